//! Every recorded call to Marzban 0.8.4, made to the stand-in: the status must be the same, and so must the shape of
//! the answer (keys and types, at every depth) and the words of a refusal. Then its faults and its webhooks.
#![expect(clippy::unwrap_used, reason = "the functions beside the tests are tests too")]

use axum::{body::Body, http::Request};
use jiff::Timestamp;
use serde_json::{Value, json};
use standin_panels::marzban::{Admin, Config, Marzban};
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};
use tower::ServiceExt;

const RECORDED: &str = include_str!("../data/marzban-0.8.4.jsonl");
const WEBHOOKS: &str = include_str!("../data/marzban-webhooks.json");

/// Recorded calls that are not replayed: part of the path, and why.
const LEFT_OUT: &[(&str, &str)] = &[
    ("/api/core", "no servers run behind the stand-in"),
    ("/api/hosts", "no servers run behind the stand-in"),
    ("/usage", "traffic is not counted by node"),
    ("/api/users/expired", "the shop makes no bulk calls and reads every account"),
    ("/api/user_template", "the shop's plans are the templates"),
];

struct Bench {
    panel: Marzban,
    seconds: Arc<AtomicI64>,
    token: String,
    environment: String,
}

impl Bench {
    async fn new() -> Self {
        let start: Timestamp = "2026-11-20T20:40:36Z".parse().unwrap();
        let seconds = Arc::new(AtomicI64::new(start.as_second()));
        let clock = {
            let seconds = Arc::clone(&seconds);
            move || Timestamp::from_second(seconds.load(Ordering::SeqCst)).unwrap()
        };
        let admin = |username: &str, password: &str| Admin {
            username: username.to_owned(),
            password: password.to_owned(),
            sudo: true,
        };
        let config = Config {
            environment: admin("admin", "admin-test-pw"),
            admins: vec![admin("shopbot", "bot-pw-1")],
            link_prefix: "https://sub.example.com".to_owned(),
            login_minutes: 1440,
            webhook_secret: Some("something-very-very-secret".to_owned()),
        };
        let panel = Marzban::new(config, Arc::new(clock));
        let mut bench = Self { panel, seconds, token: String::new(), environment: String::new() };
        bench.token = bench.log_in("shopbot", "bot-pw-1").await;
        bench.environment = bench.log_in("admin", "admin-test-pw").await;
        bench
    }

    fn pass(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    async fn send(&self, request: Request<Body>) -> (u16, Value) {
        let response = self.panel.router().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        assert_eq!(response.headers().contains_key("connection"), status == 500);
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    async fn log_in(&self, username: &str, password: &str) -> String {
        let request = Request::post("/api/admin/token")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(format!("username={username}&password={password}")));
        let (status, answer) = self.send(request.unwrap()).await;
        assert_eq!(status, 200, "{answer}");
        answer["access_token"].as_str().unwrap().to_owned()
    }

    async fn call(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()));
        self.send(request.unwrap()).await
    }

    async fn user(&self, more: Value) -> Value {
        let mut body = json!({"username": "tg_1", "proxies": {"vless": {}}, "inbounds": {}});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let (status, user) = self.call("POST", "/api/user", body).await;
        assert_eq!(status, 200, "{user}");
        user
    }
}

fn request(bench: &Bench, line: &Value, path: &str) -> Request<Body> {
    let pairs = line["query"].as_array().into_iter().flatten();
    let pairs: Vec<_> =
        pairs.map(|pair| format!("{}={}", pair[0].as_str().unwrap(), pair[1].as_str().unwrap())).collect();
    let uri = if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) };
    let mut request = Request::builder().method(line["method"].as_str().unwrap()).uri(uri);
    request = request.header("user-agent", "python-requests/2.32.3");
    let token = match line["auth"].as_str().unwrap() {
        "token" => Some(bench.token.as_str()),
        "env" => Some(bench.environment.as_str()),
        "wrong" => Some("eyJhbGciOiJIUzI1NiJ9.e30.x"),
        _ => None,
    };
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    if let Some(form) = line["form"].as_object() {
        let form: Vec<_> = form.iter().map(|(k, v)| format!("{k}={}", v.as_str().unwrap())).collect();
        request = request.header("content-type", "application/x-www-form-urlencoded");
        return request.body(Body::from(form.join("&"))).unwrap();
    }
    let body = line.get("body").map_or_else(Body::empty, |body| Body::from(body.to_string()));
    request.header("content-type", "application/json").body(body).unwrap()
}

/// Where two values differ in keys or types.
fn differences(at: &str, recorded: &Value, ours: &Value, found: &mut Vec<String>) {
    match (recorded, ours) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys()).collect::<BTreeSet<_>>() {
                match (a.get(key), b.get(key)) {
                    (Some(a), Some(b)) => differences(&format!("{at}/{key}"), a, b, found),
                    (Some(_), None) => found.push(format!("{at}/{key} is missing")),
                    _ => found.push(format!("{at}/{key} should not be there")),
                }
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            if a.len() != b.len() {
                found.push(format!("{at} has {} items, not {}", b.len(), a.len()));
            }
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                differences(&format!("{at}/{index}"), a, b, found);
            }
        }
        _ => {
            // What decides something has to be the same; keys, links and dates differ between runs.
            let exact = ["/status", "/username", "/expire", "/data_limit", "/total", "/used_traffic", "/tag"];
            let exact = at.contains("/detail") || exact.iter().any(|end| at.ends_with(end));
            let same_kind = std::mem::discriminant(recorded) == std::mem::discriminant(ours);
            if !same_kind || (exact && recorded != ours) {
                found.push(format!("{at} is {ours}, recorded was {recorded}"));
            }
        }
    }
}

#[tokio::test]
async fn the_recorded_calls_are_answered_alike() {
    let bench = Bench::new().await;
    // The recording began with this user in the panel.
    bench.user(json!({})).await;
    let mut unused: Vec<_> = LEFT_OUT.iter().map(|(part, _)| *part).collect();
    let (mut replayed, mut wrong, mut links) = (0, Vec::new(), Vec::<(String, String)>::new());
    for line in RECORDED.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let (label, path) = (line["label"].as_str().unwrap(), line["path"].as_str().unwrap());
        if let Some((part, _)) = LEFT_OUT.iter().find(|(part, _)| path.contains(part)) {
            unused.retain(|known| known != part);
            continue;
        }
        let known = links.iter().rev().find(|(old, _)| path.contains(old.as_str()));
        let path = known.map_or_else(|| path.to_owned(), |(old, new)| path.replace(old, new));
        let (status, ours) = bench.send(request(&bench, &line, &path)).await;
        let token =
            |answer: &Value| Some(answer["subscription_url"].as_str()?.rsplit_once('/')?.1.to_owned());
        links.extend(token(&line["answer"]).zip(token(&ours)));
        replayed += 1;
        let mut found = Vec::new();
        if line["status"] != status {
            found.push(format!("status {status}, recorded was {}", line["status"]));
        }
        differences("", &line["answer"], &ours, &mut found);
        wrong.extend(found.into_iter().map(|what| format!("{label}: {} {path}: {what}", line["method"])));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(unused.is_empty(), "nothing recorded is left out for {unused:?}");
    // Of 71: a recording that shrinks is noticed.
    assert_eq!(replayed, 62);
}

#[tokio::test]
async fn m1_a_create_without_proxies_breaks_every_listing() {
    for body in [json!({"username": "tg_9"}), json!({"username": "tg_9", "proxies": {}, "inbounds": {}})] {
        let bench = Bench::new().await;
        bench.user(json!({})).await;
        let crash = (500, json!("Internal Server Error"));
        assert_eq!(bench.call("POST", "/api/user", body).await, crash);
        assert_eq!(bench.call("GET", "/api/users", json!({})).await, crash);
        assert_eq!(bench.call("GET", "/api/user/tg_9", json!({})).await, crash);
        assert_eq!(bench.call("GET", "/api/user/tg_1", json!({})).await.0, 200);
        assert_eq!(bench.call("DELETE", "/api/user/tg_9", json!({})).await.0, 200);
        assert_eq!(bench.call("GET", "/api/users", json!({})).await.1["total"], 1);
    }
}

#[tokio::test]
async fn m3_proxies_in_a_change_replace_all() {
    let bench = Bench::new().await;
    let both = json!({"proxies": {"vless": {"flow": "xtls-rprx-vision"}, "trojan": {}}});
    let before = bench.user(both).await;
    let keep = json!({"proxies": {"vless": before["proxies"]["vless"], "shadowsocks": {}}});
    let (_, kept) = bench.call("PUT", "/api/user/tg_1", keep).await;
    assert_eq!(kept["proxies"]["vless"], before["proxies"]["vless"]);
    assert_eq!(kept["inbounds"], json!({"vless": ["VLESS TCP REALITY"], "shadowsocks": ["Shadowsocks TCP"]}));
    let (_, lost) = bench.call("PUT", "/api/user/tg_1", json!({"proxies": {"vless": {}}})).await;
    assert_ne!(lost["proxies"]["vless"]["id"], before["proxies"]["vless"]["id"]);
    assert_eq!(lost["proxies"].as_object().unwrap().len(), 1);
    let (_, closed) = bench.call("PUT", "/api/user/tg_1", json!({"inbounds": {"vless": []}})).await;
    assert_eq!(closed["excluded_inbounds"], json!({"vless": ["VLESS TCP REALITY"]}));
    assert!(!bench.panel.connect("tg_1", 1));
}

#[tokio::test]
async fn m7_only_a_limit_or_a_reset_opens_a_limited_user() {
    let bench = Bench::new().await;
    bench.user(json!({"data_limit": 100, "expire": 1_797_799_236})).await;
    assert!(bench.panel.connect("tg_1", 100));
    bench.pass(10);
    let status = |answer: (u16, Value)| answer.1["status"].as_str().unwrap().to_owned();
    assert_eq!(status(bench.call("GET", "/api/user/tg_1", json!({})).await), "limited");
    let later = json!({"expire": 1_800_391_236});
    assert_eq!(status(bench.call("PUT", "/api/user/tg_1", later).await), "limited");
    assert_eq!(status(bench.call("PUT", "/api/user/tg_1", json!({"status": "active"})).await), "active");
    bench.pass(10);
    assert_eq!(status(bench.call("GET", "/api/user/tg_1", json!({})).await), "limited", "not for long");
    assert_eq!(status(bench.call("PUT", "/api/user/tg_1", json!({"data_limit": 101})).await), "active");
    bench.panel.connect("tg_1", 1);
    bench.panel.tick();
    assert_eq!(status(bench.call("POST", "/api/user/tg_1/reset", json!({})).await), "active");
}

#[tokio::test]
async fn m9_on_hold_starts_with_the_first_connection() {
    let bench = Bench::new().await;
    let (code, answer) = bench
        .call("POST", "/api/user", json!({"username": "tg_2", "proxies": {"vless": {}}, "status": null}))
        .await;
    assert_eq!((code, &answer["detail"]["status"]), (422, &json!("Input should be 'active' or 'on_hold'")));
    bench.user(json!({"status": "on_hold", "on_hold_expire_duration": 86_400})).await;
    bench.pass(3600);
    assert!(bench.panel.connect("tg_1", 1));
    bench.panel.tick();
    let user = bench.panel.user("tg_1").unwrap();
    let end = bench.seconds.load(Ordering::SeqCst) + 86_400;
    assert_eq!((&user["status"], &user["expire"]), (&json!("active"), &json!(end)));
}

#[tokio::test]
async fn links_are_good_until_they_are_revoked() {
    let bench = Bench::new().await;
    let link = |user: &Value| {
        let link = user["subscription_url"].as_str().unwrap();
        link.strip_prefix("https://sub.example.com").unwrap().to_owned()
    };
    let first = link(&bench.user(json!({})).await);
    bench.pass(5);
    let second = link(&bench.panel.user("tg_1").unwrap());
    assert_ne!(first, second);
    for path in [&first, &second] {
        assert_eq!(bench.call("GET", &format!("{path}/info"), json!({})).await.0, 200);
    }
    bench.pass(5);
    let (_, user) = bench.call("POST", "/api/user/tg_1/revoke_sub", json!({})).await;
    assert_eq!(bench.call("GET", &first, json!({})).await.0, 404);
    assert_eq!(bench.call("GET", &link(&user), json!({})).await.0, 200);
}

#[tokio::test]
async fn unknown_fields_are_refused_loudly() {
    let bench = Bench::new().await;
    bench.user(json!({})).await;
    for body in [json!({"hwidDeviceLimit": 3}), json!({"proxies": {"vless": {"uuid": "x"}}})] {
        let (status, answer) = bench.call("PUT", "/api/user/tg_1", body).await;
        assert_eq!(status, 422);
        assert!(answer["detail"].to_string().contains("STRICT"), "{answer}");
    }
}

#[tokio::test]
async fn webhooks_have_the_recorded_shape() {
    let bench = Bench::new().await;
    let both = json!({"proxies": {"vless": {}, "shadowsocks": {}}, "note": "x", "data_limit": 1000});
    bench.user(json!({"username": "tg_0", "data_limit": 1000})).await;
    bench.user(json!({"username": "tg_1", "data_limit": 1000})).await;
    bench.user(json!({"username": "tg_2", "expire": 1_795_293_636})).await;
    assert!(bench.panel.connect("tg_0", 1500) && bench.panel.connect("tg_1", 850));
    bench.panel.tick();
    let mut big = both.clone();
    big["username"] = json!("tg_100500");
    big["expire"] = json!(1_797_799_236);
    bench.user(big).await;
    for (method, path, body) in [
        ("PUT", "/api/user/tg_100500", json!({"expire": 1_800_391_236})),
        ("PUT", "/api/user/tg_100500", json!({"data_limit": 0})),
        ("PUT", "/api/user/tg_100500", json!({"status": "disabled"})),
        ("POST", "/api/user/tg_100500/reset", json!({})),
        ("PUT", "/api/user/tg_100500", json!({"expire": 1_795_207_231})),
        ("PUT", "/api/user/tg_100500", json!({"expire": 1_795_293_636})),
        ("POST", "/api/user/tg_100500/revoke_sub", json!({})),
        ("DELETE", "/api/user/tg_100500", json!({})),
    ] {
        assert_eq!(bench.call(method, path, body).await.0, 200, "{method} {path}");
    }
    let delivery = bench.panel.take_webhooks().unwrap();
    let recorded: Value = serde_json::from_str(WEBHOOKS).unwrap();
    for (name, value) in &delivery.headers {
        assert_eq!(recorded["headers"][name], *value);
    }
    let items: Vec<Value> = serde_json::from_slice(&delivery.body).unwrap();
    for known in recorded["items"].as_array().unwrap() {
        let ours = items.iter().find(|item| item["action"] == known["action"]);
        let ours = ours.unwrap_or_else(|| panic!("no {}", known["action"]));
        let keys = |value: &Value| {
            let keys = value.as_object().into_iter().flatten().map(|(key, _)| key.clone());
            keys.collect::<BTreeSet<_>>()
        };
        assert_eq!(keys(ours), keys(known), "{}", known["action"]);
        assert_eq!(keys(&ours["user"]), keys(&known["user"]), "{}", known["action"]);
        assert_eq!(ours["user"]["status"], known["user"]["status"], "{}", known["action"]);
    }
    assert_eq!(bench.panel.take_webhooks(), None);
}
