//! What a change does to a user's status, as seen with running panels of both families.
#![expect(clippy::unwrap_used, reason = "the functions beside the tests are tests too")]

use axum::{body::Body, http::Request};
use jiff::Timestamp;
use serde_json::{Value, json};
use standin_panels::remnawave::{Config, DEFAULT_SQUAD, Family, Fault, Remnawave};
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};
use tower::ServiceExt;

struct Bench {
    panel: Remnawave,
    seconds: Arc<AtomicI64>,
}

impl Bench {
    fn new(family: Family) -> Self {
        let start: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        let seconds = Arc::new(AtomicI64::new(start.as_second()));
        let clock = {
            let seconds = Arc::clone(&seconds);
            move || Timestamp::from_second(seconds.load(Ordering::SeqCst)).unwrap()
        };
        let (token, sub_domain) = ("key".to_owned(), "sub.example.com".to_owned());
        let config = Config { family, token, sub_domain, webhook: None };
        Self { panel: Remnawave::new(config, Arc::new(clock)), seconds }
    }

    fn pass(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    async fn call(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", "bearer key")
            .header("x-forwarded-for", "127.0.0.1")
            .header("x-forwarded-proto", "https")
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()))
            .unwrap();
        let response = self.panel.router().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    /// A user in `status`: limit 100, used 100, a month to go (or a day past, if EXPIRED).
    async fn user(&self, status: &str) {
        let end = if status == "EXPIRED" { "2026-11-20T10:00:00.000Z" } else { "2026-12-21T10:00:00.000Z" };
        let body = json!({
            "username": "tg_1_1", "expireAt": end, "trafficLimitBytes": 100, "status": status,
            "activeInternalSquads": [DEFAULT_SQUAD],
        });
        let (code, answer) = self.call("POST", "/api/users", body).await;
        assert_eq!((code, &answer["response"]["status"]), (201, &json!(status)));
    }
}

#[tokio::test]
async fn a_patch_changes_the_status_as_recorded() {
    let later = "2027-01-01T00:00:00.000Z";
    let cases = [
        ("EXPIRED", json!({"expireAt": later}), "ACTIVE"),
        ("EXPIRED", json!({"expireAt": later, "status": "ACTIVE"}), "ACTIVE"),
        ("EXPIRED", json!({"status": "DISABLED"}), "EXPIRED"),
        ("LIMITED", json!({"status": "DISABLED"}), "LIMITED"),
        ("LIMITED", json!({"expireAt": later}), "LIMITED"),
        ("LIMITED", json!({"trafficLimitBytes": 101}), "ACTIVE"),
        ("LIMITED", json!({"trafficLimitBytes": 0}), "ACTIVE"),
        ("LIMITED", json!({"trafficLimitBytes": 100}), "LIMITED"),
        ("LIMITED", json!({"trafficLimitBytes": 99}), "LIMITED"),
        ("DISABLED", json!({"expireAt": later}), "DISABLED"),
        ("DISABLED", json!({"expireAt": later, "status": "ACTIVE"}), "ACTIVE"),
        ("ACTIVE", json!({"status": "DISABLED"}), "DISABLED"),
    ];
    for family in [Family::V2, Family::V3] {
        for (before, patch, after) in &cases {
            let bench = Bench::new(family);
            bench.user(before).await;
            let mut body = patch.clone();
            body["username"] = json!("tg_1_1");
            let (code, answer) = bench.call("PATCH", "/api/users", body).await;
            assert_eq!((code, &answer["response"]["status"]), (200, &json!(after)), "{before} {patch}");
        }
    }
}

#[tokio::test]
async fn nulls_and_types_are_refused_where_a_panel_refuses_them() {
    let bench = Bench::new(Family::V3);
    bench.user("ACTIVE").await;
    let create = |field: &str, value: Value| {
        let mut body = json!({"username": "tg_2_1", "expireAt": "2026-12-21T10:00:00.000Z"});
        body[field] = value;
        bench.call("POST", "/api/users", body)
    };
    for field in
        ["hwidDeviceLimit", "description", "trafficLimitBytes", "status", "activeInternalSquads", "shortUuid"]
    {
        assert_eq!(create(field, Value::Null).await.0, 400, "{field}");
    }
    let wrong =
        [("trafficLimitBytes", json!("1")), ("telegramId", json!("7")), ("hwidDeviceLimit", json!(1.5))];
    for (field, value) in wrong {
        assert_eq!(create(field, value).await.0, 400, "{field}");
    }
    for field in ["tag", "telegramId", "email", "externalSquadUuid"] {
        assert_eq!(create(field, Value::Null).await.0, 201, "{field}");
        assert!(bench.panel.delete("tg_2_1"));
    }
    let patch = |field: &str| {
        let mut body = json!({"username": "tg_1_1"});
        body[field] = Value::Null;
        bench.call("PATCH", "/api/users", body)
    };
    for field in ["description", "tag", "telegramId", "email", "hwidDeviceLimit", "externalSquadUuid"] {
        assert_eq!(patch(field).await.0, 200, "{field}");
    }
    for field in ["status", "trafficLimitBytes", "trafficLimitStrategy", "expireAt", "activeInternalSquads"] {
        assert_eq!(patch(field).await.0, 400, "{field}");
    }
}

#[tokio::test]
async fn the_jobs_expire_and_limit() {
    let bench = Bench::new(Family::V3);
    bench.user("ACTIVE").await;
    let status = || bench.panel.user("tg_1_1").unwrap()["status"].clone();
    assert!(bench.panel.connect("tg_1_1", 99));
    bench.panel.tick();
    assert_eq!(status(), "ACTIVE");
    assert!(bench.panel.connect("tg_1_1", 1));
    assert_eq!(status(), "ACTIVE", "the job has not run yet");
    bench.pass(30);
    // Any call to the API after half a minute finds that the jobs have run.
    bench.call("GET", "/api/system/stats", json!({})).await;
    assert_eq!(status(), "LIMITED");
    assert!(!bench.panel.connect("tg_1_1", 1));
    let id = bench.panel.user("tg_1_1").unwrap()["id"].clone();
    let (_, answer) = bench.call("POST", &format!("/api/users/{id}/actions/reset-traffic"), json!({})).await;
    let (user, traffic) = (&answer["response"], &answer["response"]["userTraffic"]);
    assert_eq!((&user["status"], &traffic["usedTrafficBytes"]), (&json!("ACTIVE"), &json!(0)));
    assert_eq!(traffic["lifetimeUsedTrafficBytes"], 100);
    bench.pass(31 * 86_400);
    bench.panel.tick();
    assert_eq!(status(), "EXPIRED");
}

#[tokio::test]
async fn a_person_at_the_screen_may_switch_any_user_off() {
    for before in ["ACTIVE", "LIMITED", "EXPIRED"] {
        let bench = Bench::new(Family::V2);
        bench.user(before).await;
        let shown = bench.panel.edit("tg_1_1", &json!({"status": "DISABLED", "tag": "VIP"})).unwrap();
        assert_eq!((&shown["status"], &shown["tag"]), (&json!("DISABLED"), &json!("VIP")));
        let refusal = bench.panel.edit("tg_1_1", &json!({"expireAt": "2026-01-01T00:00:00Z"})).unwrap_err();
        assert_eq!(refusal["errors"][0]["message"], "Expiration date cannot be in the past");
        assert!(bench.panel.edit("tg_9_9", &json!({"tag": "VIP"})).is_err());
    }
}

#[tokio::test]
async fn faults_strike_in_order_and_calls_are_kept() {
    let bench = Bench::new(Family::V3);
    let body = "busy".to_owned();
    bench.panel.fail_next([Fault::Pass, Fault::Answer { status: 503, headers: Vec::new(), body }]);
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(bench.call("GET", "/api/system/metadata", json!({})).await.0);
    }
    assert_eq!(seen, [200, 503, 200]);
    let calls = bench.panel.calls();
    assert_eq!(calls.iter().map(|call| call.status).collect::<Vec<_>>(), seen);
    assert!(calls.iter().all(|call| call.path == "/api/system/metadata"));
}

#[tokio::test]
async fn a_panel_may_live_under_a_prefix() {
    let bench = Bench::new(Family::V3);
    bench.panel.set_proxy_check(false);
    let router = axum::Router::new().nest("/panel", bench.panel.router());
    for (path, status, inside) in [
        ("/panel/api/users/1", 404, "\"path\":\"/api/users/1\""),
        ("/panel/api/nope", 404, "Cannot GET /api/nope"),
        ("/panel/else", 404, "Cannot GET /else"),
    ] {
        let request = Request::get(path).header("authorization", "Bearer key").body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), status, "{path}");
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        assert!(text.contains(inside), "{path}: {text}");
    }
}
