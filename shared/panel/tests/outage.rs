//! Everything but an honest answer: gates, pages, silence, and a panel that talks by itself.

mod support;

use panel::{AccountKey, Family, Fault, GateSign, Health, Panel, PanelError, Retry, webhook};
use secrecy::SecretString;
use serde_json::json;
use standin_panels::remnawave::{Family as Standin, Fault as Break};
use std::time::Duration;
use support::{FAMILIES, SECRET, bench, client, desired, serve};

/// Is it the error that was expected?
type Fits = fn(&PanelError) -> bool;

fn page(status: u16, kind: &str, body: &str) -> Break {
    let headers = vec![
        ("content-type", kind.to_owned()),
        ("location", "https://login.example.com/".to_owned()),
        ("retry-after", "7".to_owned()),
    ];
    Break::Answer { status, headers, body: body.to_owned() }
}

#[tokio::test]
async fn what_is_not_the_panel_is_told_apart() {
    let (html, json_type) = ("text/html", "application/json");
    let login = "<!doctype html><title>Log in</title>";
    let error = r#"{"timestamp":"…","path":"/api/users","message":"Server error","errorCode":"A001"}"#;
    let cases: [(Break, Fits); 9] = [
        (page(302, html, ""), |e| matches!(e, PanelError::Gate { sign: GateSign::Redirect })),
        (page(403, html, login), |e| matches!(e, PanelError::Gate { sign: GateSign::Page })),
        (page(404, html, login), |e| matches!(e, PanelError::Gate { sign: GateSign::Page })),
        (page(200, html, login), |e| matches!(e, PanelError::Garbage { .. })),
        (page(200, json_type, error), |e| matches!(e, PanelError::Garbage { .. })),
        (page(401, json_type, r#"{"message":"Unauthorized","statusCode":401}"#), |e| {
            matches!(e, PanelError::Unauthorized)
        }),
        (page(429, html, ""), |e| e.retry() == Retry::Later(Duration::from_secs(7))),
        (page(502, html, login), |e| matches!(e, PanelError::Unavailable { cause: Fault::Status(502) })),
        (
            page(500, json_type, error),
            |e| matches!(e, PanelError::Refused { status: 500, code: Some(code), .. } if code == "A001"),
        ),
    ];
    let bench = bench(Standin::V3).await;
    for (fault, fits) in cases {
        bench.panel.fail_next([fault.clone()]);
        let error = bench.client.converge(&desired(&bench), bench.now()).await.unwrap_err();
        assert!(fits(&error), "{fault:?} was read as {error:?}");
    }
    assert!(
        bench.panel.users().is_empty(),
        "nothing is created while it is unclear whether the account exists"
    );
}

#[tokio::test]
async fn a_dropped_connection_is_tried_once_more() {
    let bench = bench(Standin::V3).await;
    bench.panel.fail_next([Break::HangUp]);
    bench.client.converge(&desired(&bench), bench.now()).await.unwrap();
    assert_eq!(bench.calls(), ["GET 0", "GET 404", "POST 201", "GET 200"]);
    bench.panel.fail_next([Break::HangUp, Break::HangUp]);
    let error = bench.client.converge(&desired(&bench), bench.now()).await.unwrap_err();
    assert!(matches!(error, PanelError::Gate { sign: GateSign::Closed }), "{error:?}");
    assert_eq!(bench.calls(), ["GET 0", "GET 0"]);
}

#[tokio::test]
async fn nobody_listening_is_an_outage() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = client(&format!("http://{address}"), "key").health().await.unwrap_err();
    assert!(matches!(error, PanelError::Unavailable { cause: Fault::Connect(_) }), "{error:?}");
    assert!(error.is_outage());
}

#[tokio::test]
async fn a_refusal_names_its_reason() {
    for family in FAMILIES {
        let bench = bench(family).await;
        let mut want = desired(&bench);
        want.username = "a!".to_owned();
        let error = bench.client.converge(&want, bench.now()).await.unwrap_err();
        assert_eq!(error.retry(), Retry::Never);
        assert!(error.to_string().contains("username: Username must be at least 3 characters"), "{error}");
        want = desired(&bench);
        want.access.squads = vec!["11111111-1111-4111-8111-111111111111".to_owned()];
        let error = bench.client.converge(&want, bench.now()).await.unwrap_err();
        assert!(
            matches!(&error, PanelError::Refused { code: Some(code), status: 500, .. } if code == "A018")
        );
        assert!(matches!(error.retry(), Retry::Later(_)), "an operator may yet make the squad");
    }
}

#[tokio::test]
async fn health_tells_version_and_family() {
    for (family, version, seen) in [(Standin::V2, "2.7.4", Family::V2), (Standin::V3, "3.3.2", Family::V3)] {
        let bench = bench(family).await;
        let health = bench.client.health().await.unwrap();
        assert_eq!(
            health,
            Health { version: Some(version.to_owned()), family: Some(seen), ..Health::default() }
        );
        let base = serve(bench.panel.router()).await;
        let error = client(&base, "other").health().await.unwrap_err();
        assert!(matches!(error, PanelError::Unauthorized), "{error:?}");
    }
}

/// What nobody knows yet is used like the newest known, and says so.
#[tokio::test]
async fn a_newer_panel_says_so() {
    let bench = bench(Standin::V3).await;
    for (version, newer) in [
        ("3.4.15", false),
        ("2.9.0", false),
        ("3.5.0", true),
        ("4.0.0", true),
        ("v5.1-beta", true),
        ("next", true),
    ] {
        let body = format!(r#"{{"response":{{"version":"{version}"}}}}"#);
        bench.panel.fail_next([page(200, "application/json", &body)]);
        let health = bench.client.health().await.unwrap();
        assert_eq!((health.newer, health.version.as_deref()), (newer, Some(version)));
    }
}

#[tokio::test]
async fn health_of_panels_that_do_not_tell() {
    let bench = bench(Standin::V2).await;
    let unknown = r#"{"message":"Cannot GET /api/system/metadata","error":"Not Found","statusCode":404}"#;
    bench.panel.fail_next([page(404, "application/json", unknown)]);
    let health = bench.client.health().await.unwrap();
    assert_eq!(health, Health { family: Some(Family::V2), ..Health::default() });
    let scope = r#"{"message":"Forbidden resource","error":"Forbidden","statusCode":403}"#;
    bench.panel.fail_next([page(403, "application/json", scope)]);
    assert_eq!(bench.client.health().await.unwrap(), Health::default());
    bench.panel.fail_next([page(403, "application/json", scope), page(403, "application/json", scope)]);
    assert!(matches!(bench.client.health().await.unwrap_err(), PanelError::Unauthorized));
}

#[tokio::test]
async fn an_account_can_be_looked_at() {
    for family in FAMILIES {
        let bench = bench(family).await;
        let want = desired(&bench);
        let key = AccountKey { panel_id: None, panel_uuid: None, username: want.username.clone() };
        assert_eq!(bench.client.account(&key).await.unwrap(), None);
        let account = bench.client.converge(&want, bench.now()).await.unwrap();
        assert_eq!(bench.client.account(&key).await.unwrap(), Some(account));
    }
}

#[tokio::test]
async fn what_the_panel_reports_is_verified() {
    let secret = SecretString::from(SECRET);
    for family in FAMILIES {
        let bench = bench(family).await;
        let want = desired(&bench);
        bench.client.converge(&want, bench.now()).await.unwrap();
        assert!(bench.panel.connect("tg_7_1", 1));
        bench.panel.edit("tg_7_1", &json!({"status": "DISABLED", "description": "Тест 🚀 \"x\""})).unwrap();
        bench.panel.edit("tg_7_1", &json!({"status": "ACTIVE"})).unwrap();
        bench.pass(31 * 24);
        bench.panel.delete("tg_7_1");
        let mut events = Vec::new();
        for delivery in bench.panel.take_webhooks() {
            let header =
                |name| delivery.headers.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str());
            let sent = header("x-remnawave-timestamp").unwrap().parse().unwrap();
            let event =
                webhook::verify(&secret, &delivery.body, header("x-remnawave-signature"), sent).unwrap();
            assert_eq!((event.username(), event.end()), (Some("tg_7_1"), Some(want.access.end)));
            assert_eq!(event.telegram_id(), Some(7));
            events.push(event.event().trim_start_matches("user.").to_owned());
        }
        let expected =
            ["created", "first_connected", "modified", "disabled", "enabled", "expired", "deleted"];
        assert_eq!(events, expected);
        assert!(bench.panel.take_webhooks().is_empty());
    }
}

#[tokio::test]
async fn a_production_panel_hangs_up_on_what_no_proxy_forwarded() {
    let bench = bench(Standin::V3).await;
    let base = serve(bench.panel.router()).await;
    let bare = || support::http().get(format!("{base}/api/system/metadata")).bearer_auth("key").send();
    assert!(bare().await.is_err());
    assert!(bench.client.health().await.is_ok(), "the client says what a proxy would");
    bench.panel.set_proxy_check(false);
    assert_eq!(bare().await.unwrap().status(), 200);
}
