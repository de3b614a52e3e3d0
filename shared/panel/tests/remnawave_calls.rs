//! What is done to one account and its devices, gates, and events, against panels of all versions, over HTTP.
#![expect(clippy::unwrap_used, reason = "the functions beside the tests are tests too")]

mod support;

use axum::{extract::Request, middleware::Next, response::IntoResponse};
use jiff::Timestamp;
use panel::{
    Config, GateSign, Panel, PanelError, Remnawave,
    webhook::{self, Kind, Scope},
};
use secrecy::SecretString;
use serde_json::{Value, json};
use standin_panels::remnawave::{self as standin, Fault as Break};
use support::{
    Bench, FAMILIES, GIB, SECRET, VERSIONS, bench, bench_of, confirmed, desired, http, named, serve, settled,
};

/// The account vanishes after it was looked up.
fn gone() -> [Break; 2] {
    let body = json!({"message": "User not found", "errorCode": "A025"}).to_string();
    [Break::Pass, Break::Answer { status: 404, headers: Vec::new(), body }]
}

fn link(bench: &Bench) -> String {
    bench.panel.user("tg_7_1").unwrap()["subscriptionUrl"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn accounts_live_in_every_version() {
    for version in VERSIONS {
        let bench = bench_of(version).await;
        let mut want = settled(&bench).await;
        bench.add_device("tg_7_1", "dev-aaaaaaaaaa").await;
        bench.panel.edit("tg_7_1", &json!({"tag": "VIP", "email": "a@example.com"})).unwrap();
        want.access.end = bench.after(60 * 24);
        want.fresh_period = true;
        let account = bench.client.converge(&want, bench.now()).await.unwrap();
        // A renewal sends what the plan changed, and nothing that it does not own.
        assert_eq!(bench.patched("tg_7_1"), json!({"expireAt": "2027-01-20T10:00:00.000Z"}), "{version}");
        let shown = bench.panel.user("tg_7_1").unwrap();
        assert_eq!((&shown["tag"], &shown["email"]), (&json!("VIP"), &json!("a@example.com")));
        let again = bench.client.converge(&confirmed(&want, &account), bench.now()).await.unwrap();
        assert_eq!((again, bench.calls()), (account, vec!["GET 200".to_owned()]), "{version}");
        assert_eq!(bench.client.devices(&named("tg_7_1")).await.unwrap().len(), 1, "{version}");
    }
}

#[tokio::test]
async fn no_change_ever_holds_what_the_plan_does_not_own() {
    let owned = [
        "expireAt",
        "trafficLimitBytes",
        "trafficLimitStrategy",
        "hwidDeviceLimit",
        "activeInternalSquads",
        "externalSquadUuid",
        "telegramId",
        "status",
    ];
    for version in VERSIONS {
        let bench = bench_of(version).await;
        let mut want = settled(&bench).await;
        let patch = json!({
            "expireAt": "2026-11-25T00:00:00.000Z", "trafficLimitBytes": 5, "trafficLimitStrategy": "DAY",
            "hwidDeviceLimit": null, "activeInternalSquads": [], "telegramId": null, "status": "DISABLED",
            "description": "my note", "tag": "VIP", "email": "a@example.com",
        });
        bench.panel.edit("tg_7_1", &patch).unwrap();
        want.fresh_period = true;
        bench.client.converge(&want, bench.now()).await.unwrap();
        let body = bench.patched("tg_7_1");
        let foreign: Vec<_> =
            body.as_object().unwrap().keys().filter(|key| !owned.contains(&key.as_str())).collect();
        assert!(foreign.is_empty() && body.as_object().unwrap().len() == 7, "{version}: {body}");
        assert_eq!(bench.panel.user("tg_7_1").unwrap()["description"], "my note");
    }
}

#[tokio::test]
async fn a_new_link_kills_the_old_one() {
    for family in FAMILIES {
        let bench = bench(family).await;
        assert_eq!(bench.client.revoke(&named("tg_7_1")).await.unwrap(), None);
        settled(&bench).await;
        let old = link(&bench);
        bench.panel.clear_calls();
        let account = bench.client.revoke(&named("tg_7_1")).await.unwrap().unwrap();
        assert_eq!(bench.panel.calls()[1].body, Some(json!({})));
        assert_eq!(bench.calls(), ["GET 200", "POST 200"]);
        assert!(account.link == link(&bench) && account.link != old);
        // The answer to the first try is lost: the second link counts.
        bench.panel.fail_next([Break::Pass, Break::LoseAnswer]);
        let account = bench.client.revoke(&named("tg_7_1")).await.unwrap().unwrap();
        assert_eq!((bench.calls().len(), account.link), (3, link(&bench)));
        bench.panel.fail_next(gone());
        assert_eq!(bench.client.revoke(&named("tg_7_1")).await.unwrap(), None);
    }
}

#[tokio::test]
async fn an_account_is_switched_off_and_on() {
    for family in FAMILIES {
        let bench = bench(family).await;
        let key = named("tg_7_1");
        assert!(!bench.client.set_enabled(&key, true).await.unwrap());
        settled(&bench).await;
        assert!(bench.client.set_enabled(&key, false).await.unwrap());
        assert_eq!(
            (bench.calls(), bench.status("tg_7_1")),
            (vec!["GET 200".into(), "POST 200".into()], "DISABLED".into())
        );
        assert!(bench.client.set_enabled(&key, false).await.unwrap());
        assert_eq!(bench.calls(), ["GET 200"], "it is so already");
        bench.panel.fail_next([Break::Pass, Break::LoseAnswer]);
        assert!(bench.client.set_enabled(&key, true).await.unwrap());
        assert_eq!(
            (bench.calls().as_slice(), bench.status("tg_7_1").as_str()),
            (["GET 200", "POST 0", "POST 400"].map(str::to_owned).as_slice(), "ACTIVE")
        );
        bench.panel.fail_next(gone());
        assert!(!bench.client.set_enabled(&key, false).await.unwrap());
        bench.pass(31 * 24);
        assert!(bench.client.set_enabled(&key, true).await.unwrap());
        assert_eq!(bench.status("tg_7_1"), "EXPIRED", "its time is over, nobody switched it off");
    }
}

#[tokio::test]
async fn traffic_counts_from_zero() {
    for family in FAMILIES {
        let bench = bench(family).await;
        let key = named("tg_7_1");
        assert!(!bench.client.reset_traffic(&key).await.unwrap());
        settled(&bench).await;
        assert!(bench.panel.connect("tg_7_1", 100 * GIB));
        bench.pass(1);
        assert_eq!(bench.status("tg_7_1"), "LIMITED");
        bench.panel.fail_next([Break::Pass, Break::LoseAnswer]);
        assert!(bench.client.reset_traffic(&key).await.unwrap());
        assert_eq!(bench.calls(), ["GET 200", "POST 0", "POST 200"]);
        let used = bench.client.account(&key).await.unwrap().unwrap().used;
        assert_eq!((bench.status("tg_7_1").as_str(), used), ("ACTIVE", 0));
        bench.panel.edit("tg_7_1", &json!({"status": "DISABLED"})).unwrap();
        assert!(bench.client.reset_traffic(&key).await.unwrap());
        assert_eq!(bench.status("tg_7_1"), "DISABLED");
        bench.panel.fail_next(gone());
        assert!(!bench.client.reset_traffic(&key).await.unwrap());
    }
}

#[tokio::test]
async fn an_account_is_deleted_once() {
    for family in FAMILIES {
        let bench = bench(family).await;
        let key = named("tg_7_1");
        settled(&bench).await;
        assert!(bench.client.delete(&key).await.unwrap());
        let status = if family == standin::Family::V2 { "DELETE 200" } else { "DELETE 204" };
        assert_eq!((bench.calls(), bench.panel.users().len()), (vec!["GET 200".into(), status.into()], 0));
        assert!(!bench.client.delete(&key).await.unwrap());
        settled(&bench).await;
        bench.panel.fail_next([Break::Pass, Break::LoseAnswer]);
        assert!(bench.client.delete(&key).await.unwrap(), "our own first try deleted it");
        assert_eq!(bench.calls(), ["GET 200", "DELETE 0", "DELETE 404"]);
    }
}

#[tokio::test]
async fn nothing_but_names_survives_an_upgrade() {
    let bench = bench_of("2.7.4").await;
    let want = settled(&bench).await;
    let known = want.known.clone().unwrap();
    assert!(known.panel_uuid.is_some());
    bench.add_device("tg_7_1", "dev-aaaaaaaaaa").await;
    bench.panel.set_version("3.3.2");
    let account = bench.client.converge(&want, bench.now()).await.unwrap();
    assert_eq!((account.panel_uuid, account.panel_id), (None, known.panel_id));
    assert_eq!(bench.client.devices(&known).await.unwrap().len(), 1);
    assert_eq!(bench.client.forget_device(&known, "dev-aaaaaaaaaa").await.unwrap(), []);
    assert!(bench.client.revoke(&known).await.unwrap().is_some());
    assert!(bench.client.set_enabled(&known, false).await.unwrap());
    assert!(bench.client.reset_traffic(&known).await.unwrap());
    assert!(bench.client.delete(&known).await.unwrap());
    assert!(bench.panel.calls().iter().all(|call| matches!(call.status, 200 | 204)));
}

#[tokio::test]
async fn an_id_from_another_life_of_the_panel_touches_nobody() {
    for family in FAMILIES {
        let bench = bench(family).await;
        let known = settled(&bench).await.known.unwrap();
        bench
            .import(json!({"username": "other", "telegramId": 9, "expireAt": "2026-12-21T10:00:00.000Z"}))
            .await;
        let other = bench.panel.user("other").unwrap();
        let mut stale = known.clone();
        stale.panel_id = other["id"].as_i64();
        stale.panel_uuid = other["uuid"].as_str().map(str::to_owned);
        assert!(bench.client.delete(&stale).await.unwrap());
        assert_eq!((bench.panel.users(), bench.panel.user("tg_7_1")), (vec![other], None));
    }
}

#[tokio::test]
async fn devices_come_and_go() {
    for version in VERSIONS {
        let bench = bench_of(version).await;
        let key = named("tg_7_1");
        assert_eq!(bench.client.devices(&key).await.unwrap(), [], "{version}: no account, no devices");
        settled(&bench).await;
        for hwid in ["dev-aaaaaaaaaa", "dev-bbbbbbbbbb", "dev-cccccccccc"] {
            bench.add_device("tg_7_1", hwid).await;
            bench.pass(1);
        }
        let names = |devices: Vec<panel::Device>| -> Vec<String> {
            devices.into_iter().map(|device| device.hwid).collect()
        };
        let devices = bench.client.devices(&key).await.unwrap();
        let first = &devices[0];
        assert_eq!(
            (first.platform.as_deref(), first.user_agent.as_deref()),
            (Some("Android"), Some("Happ/3.0"))
        );
        assert_eq!((first.model.as_deref(), first.added_at), (None, bench.after(-1)));
        assert_eq!(names(devices), ["dev-cccccccccc", "dev-bbbbbbbbbb", "dev-aaaaaaaaaa"]);
        let left = bench.client.forget_device(&key, "dev-bbbbbbbbbb").await.unwrap();
        assert_eq!(names(left), ["dev-cccccccccc", "dev-aaaaaaaaaa"]);
        bench.calls();
        let left = bench.client.forget_device(&key, "dev-bbbbbbbbbb").await.unwrap();
        assert_eq!(bench.calls(), ["GET 200", "POST 404", "GET 200"], "gone already is gone");
        assert_eq!(names(left), ["dev-cccccccccc", "dev-aaaaaaaaaa"]);
        bench.panel.fail_next([Break::Pass, Break::LoseAnswer]);
        let left = bench.client.forget_device(&key, "dev-aaaaaaaaaa").await.unwrap();
        assert_eq!(names(left), ["dev-cccccccccc"], "{version}");
        bench.add_device("tg_7_1", "dev-dddddddddd").await;
        bench.client.forget_devices(&key).await.unwrap();
        assert_eq!(bench.client.devices(&key).await.unwrap(), [], "{version}");
        bench.panel.fail_next(gone());
        bench.client.forget_devices(&key).await.unwrap();
        bench.panel.fail_next(gone());
        assert_eq!(bench.client.forget_device(&key, "x").await.unwrap(), []);
    }
}

#[tokio::test]
async fn calls_to_a_panel_that_is_not_there_fail_all_alike() {
    let bench = bench(standin::Family::V3).await;
    let key = named("tg_7_1");
    settled(&bench).await;
    let faults = || {
        let headers = vec![("location", "https://login.example.com/".to_owned())];
        bench.panel.fail_next([Break::Answer { status: 302, headers, body: String::new() }]);
    };
    let mut errors = Vec::new();
    faults();
    errors.push(bench.client.revoke(&key).await.unwrap_err());
    faults();
    errors.push(bench.client.set_enabled(&key, false).await.unwrap_err());
    faults();
    errors.push(bench.client.reset_traffic(&key).await.unwrap_err());
    faults();
    errors.push(bench.client.delete(&key).await.unwrap_err());
    faults();
    errors.push(bench.client.page(None, 5).await.unwrap_err());
    faults();
    errors.push(bench.client.squads().await.unwrap_err());
    faults();
    errors.push(bench.client.nodes().await.unwrap_err());
    faults();
    errors.push(bench.client.statistics().await.unwrap_err());
    faults();
    errors.push(bench.client.devices(&key).await.unwrap_err());
    faults();
    errors.push(bench.client.forget_devices(&key).await.unwrap_err());
    for error in errors {
        assert!(matches!(error, PanelError::Gate { sign: GateSign::Redirect }), "{error:?}");
    }
    assert_eq!(bench.status("tg_7_1"), "ACTIVE");
}

/// A panel behind a gate that lets only requests with this header through.
async fn gated(name: &'static str, value: &'static str) -> (standin::Remnawave, String) {
    let bench = bench(standin::Family::V3).await;
    let gate = axum::middleware::from_fn(move |request: Request, next: Next| async move {
        if request.headers().get(name).is_some_and(|given| given == value) {
            return next.run(request).await;
        }
        (axum::http::StatusCode::FOUND, [("location", "https://login.example.com/")]).into_response()
    });
    let base = serve(bench.panel.router().layer(gate)).await;
    (bench.panel, base)
}

#[tokio::test]
async fn the_keys_of_gates_are_shown_at_every_call() {
    let plain = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let gates = [
        ("cookie", "aEmFnBcC=WbYWpixX", Config::cookie("aEmFnBcC:WbYWpixX").unwrap()),
        ("x-api-key", "Basic dXNlcjpwYXNz", Config::tiny_auth("user", "pass")),
        ("x-api-key", "caddy-key", plain("X-Api-Key", "caddy-key")),
        ("cf-access-client-secret", "cloud", plain("CF-Access-Client-Secret", "cloud")),
    ];
    for (name, value, header) in gates {
        let (_panel, base) = gated(name, value).await;
        let client = |extra_headers: Vec<_>| {
            let config = Config { base_url: base.parse().unwrap(), token: "key".into(), extra_headers };
            Remnawave::new(http(), config)
        };
        let error = client(Vec::new()).health().await.unwrap_err();
        assert!(matches!(error, PanelError::Gate { sign: GateSign::Redirect }), "{error:?}");
        assert_eq!(client(vec![header.clone()]).health().await.unwrap().version.as_deref(), Some("3.3.2"));
        assert_eq!(client(vec![header]).page(None, 5).await.unwrap().accounts, []);
    }
}

#[tokio::test]
async fn a_token_that_ends_says_when() {
    // The payload is {"role":"API","exp":2110742127}.
    let token = "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiQVBJIiwiZXhwIjoyMTEwNzQyMTI3fQ.c2ln";
    let end: Timestamp = "2036-11-19T21:15:27Z".parse().unwrap();
    assert_eq!(support::client("https://panel.example.com", token).token_expires(), Some(end));
    assert_eq!(support::client("https://panel.example.com", "key").token_expires(), None);
}

#[tokio::test]
async fn events_of_every_version_are_read() {
    let secret = SecretString::from(SECRET);
    for version in VERSIONS {
        let bench = bench_of(version).await;
        let want = desired(&bench);
        bench.client.converge(&want, bench.now()).await.unwrap();
        bench.add_device("tg_7_1", "dev-aaaaaaaaaa").await;
        bench.panel.add_node("Berlin");
        bench.panel.set_node("Berlin", false, 0);
        let read = |delivery: &standin::Delivery| {
            let header = |name| delivery.headers.iter().find(|(key, _)| *key == name).unwrap().1.as_str();
            webhook::verify(&secret, &delivery.body, Some(header("x-remnawave-signature")), bench.now())
                .unwrap()
        };
        let deliveries = bench.panel.take_webhooks();
        let events: Vec<_> = deliveries.iter().map(|delivery| read(delivery).details().clone()).collect();
        let kinds: Vec<_> = events.iter().map(|event| event.kind.clone()).collect();
        assert_eq!(
            kinds,
            [Kind::UserCreated, Kind::DeviceAdded, Kind::NodeCreated, Kind::NodeLost],
            "{version}"
        );
        let user = events[0].user.as_ref().unwrap();
        assert_eq!((user.telegram_id, user.traffic_limit, user.used), (Some(7), Some(100 * GIB), Some(0)));
        assert_eq!((user.end, user.panel_uuid.is_some()), (Some(want.access.end), version < "3"));
        assert_eq!(events[1].device.as_ref().unwrap().hwid, "dev-aaaaaaaaaa");
        assert_eq!((events[1].scope.clone(), events[3].scope.clone()), (Scope::Devices, Scope::Node));
        assert!(!events[3].node.as_ref().unwrap().connected);
        let raw: Value = serde_json::from_slice(&deliveries[0].body).unwrap();
        assert_eq!(raw["data"]["telegramId"].is_string(), version < "2.3", "{version}");
    }
}
