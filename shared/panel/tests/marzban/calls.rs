//! The login, and answers that are none.

use crate::bench::{Bench, bench, config, desired, http, key, settled};
use panel::{Fault, GateSign, Panel, PanelError, marzban::Marzban};
use serde_json::json;
use standin_panels::marzban::Fault as Break;

fn answer(status: u16, kind: &str, body: &str) -> Break {
    Break::Answer { status, headers: vec![("content-type", kind.to_owned())], body: body.to_owned() }
}

#[tokio::test]
async fn one_login_serves_all_calls_and_all_clones() {
    let bench = bench().await;
    let want = desired(&bench);
    bench.converge(&want).await;
    bench.client.clone().account(&key()).await.unwrap();
    bench.client.squads().await.unwrap();
    let calls = bench.calls();
    assert_eq!(calls.iter().filter(|call| call.starts_with("LOGIN")).count(), 1, "{calls:?}");
}

#[tokio::test]
async fn a_token_that_goes_stale_in_the_middle_is_replaced_once() {
    let bench = bench().await;
    let mut want = settled(&bench).await;
    bench.panel.expire_tokens();
    want.access.end = bench.after(60 * 24);
    assert_eq!(bench.converge(&want).await.access, want.access);
    assert_eq!(bench.calls(), ["GET 401", "LOGIN 200", "GET 200", "PUT 200"]);
    // Between reading and writing.
    let stale = || answer(401, "application/json", r#"{"detail":"Could not validate credentials"}"#);
    want.access.end = bench.after(90 * 24);
    bench.panel.fail_next([Break::Pass, stale()]);
    assert_eq!(bench.converge(&want).await.access, want.access);
    assert_eq!(bench.calls(), ["GET 200", "PUT 401", "LOGIN 200", "PUT 200"]);
    // A new one that is refused, too, is not replaced again.
    bench.panel.fail_next([stale(), Break::Pass, stale()]);
    let error = bench.client.account(&key()).await.unwrap_err();
    assert!(matches!(error, PanelError::Unauthorized), "{error:?}");
    assert_eq!(bench.calls(), ["GET 401", "LOGIN 200", "GET 401"]);
}

#[tokio::test]
async fn a_login_lasts_a_day() {
    let bench = bench().await;
    settled(&bench).await;
    bench.pass(23);
    bench.client.account(&key()).await.unwrap();
    assert_eq!(bench.calls(), ["GET 200"]);
    bench.pass(2);
    bench.client.account(&key()).await.unwrap();
    assert_eq!(bench.calls(), ["GET 401", "LOGIN 200", "GET 200"]);
}

#[tokio::test]
async fn a_wrong_password_is_told() {
    let bench = bench().await;
    let client = Marzban::new(http(), config(&bench.base, "wrong"));
    let error = client.health().await.unwrap_err();
    assert!(matches!(error, PanelError::Unauthorized), "{error:?}");
    assert_eq!(bench.calls(), ["LOGIN 401"]);
}

/// What a call says when `fault` answers it.
async fn told(bench: &Bench, fault: Break) -> PanelError {
    bench.panel.fail_next([fault]);
    let result = bench.client.account(&key()).await;
    bench.calls();
    result.unwrap_err()
}

#[tokio::test]
async fn answers_that_are_none_are_told_apart() {
    let bench = bench().await;
    settled(&bench).await;
    let json = "application/json";
    for body in ["", "null", "\"ok\"", "<html>", r#"{"detail":"An error"}"#, "[]", r#"{"username":"tg_7_1"}"#]
    {
        let error = told(&bench, answer(200, json, body)).await;
        assert!(matches!(error, PanelError::Garbage { .. }), "{body}: {error:?}");
    }
    let huge = format!("\"{}\"", "x".repeat(1 << 20));
    assert!(matches!(told(&bench, answer(200, json, &huge)).await, PanelError::Garbage { .. }));
    let mut other = bench.panel.user("tg_7_1").unwrap();
    other["username"] = json!("tg_8_1");
    let error = told(&bench, answer(200, json, &other.to_string())).await;
    assert!(matches!(error, PanelError::Garbage { .. }), "somebody else's account: {error:?}");
    let error = told(&bench, answer(302, "text/html", "")).await;
    assert!(matches!(error, PanelError::Gate { sign: GateSign::Redirect }), "{error:?}");
    let error = told(&bench, answer(403, "text/html", "<html>")).await;
    assert!(matches!(error, PanelError::Gate { sign: GateSign::Page }), "{error:?}");
    let error = told(&bench, answer(403, json, r#"{"detail":"You're not allowed"}"#)).await;
    assert!(matches!(error, PanelError::Foreign { .. }), "another administrator's: {error:?}");
    let error = told(&bench, answer(404, json, r#"{"detail":"Not Found"}"#)).await;
    assert!(matches!(error.retry(), panel::Retry::Later(_)), "the address is not the panel's: {error:?}");
    let error = told(&bench, answer(429, json, "{}")).await;
    assert!(matches!(error, PanelError::RateLimited { .. }), "{error:?}");
    for status in [500, 502, 503] {
        let error = told(&bench, answer(status, "text/plain", "Internal Server Error")).await;
        assert!(matches!(error, PanelError::Unavailable { cause: Fault::Status(_) }), "{error:?}");
    }
}

#[tokio::test]
async fn a_dropped_connection_is_tried_once_more() {
    let bench = bench().await;
    settled(&bench).await;
    bench.panel.fail_next([Break::HangUp]);
    assert!(bench.client.account(&key()).await.unwrap().is_some());
    assert_eq!(bench.calls(), ["GET 0", "GET 200"]);
    bench.panel.fail_next([Break::HangUp, Break::HangUp]);
    let error = bench.client.account(&key()).await.unwrap_err();
    assert!(matches!(error, PanelError::Gate { sign: GateSign::Closed }), "{error:?}");
}

#[tokio::test]
async fn nobody_there_is_told() {
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let error = Marzban::new(http(), config(&base, "secret")).health().await.unwrap_err();
    assert!(matches!(error, PanelError::Unavailable { cause: Fault::Connect(_) }), "{error:?}");
    assert!(!format!("{error:?}").contains("secret"));
}
