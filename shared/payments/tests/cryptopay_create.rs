//! Opening invoices at Crypto Pay: what comes of lost answers, refusals, and answers about something else.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do: by panicking")]

mod cryptopay_world;
mod support;

use axum::{
    Router,
    extract::Request,
    http::StatusCode,
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
};
use cryptopay_world::{RETURN, TOKEN, app, gateway, payment};
use payments::{Gateway, GatewayError, ObjectRef, Order};
use serde_json::{Value, json};
use standin_providers::Till;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use support::{Hand, serve};

/// What a call meets before or after the app's API.
#[derive(Clone)]
enum Meets {
    /// Nothing unusual.
    Answer,
    /// Carried out, but answered with this status.
    Lost(u16),
    /// Carried out, and never answered.
    Silence,
    /// Not carried out; answered with this status.
    Refusal(u16),
}

/// Puts the n-th fate before the n-th call; later calls meet nothing unusual.
fn fated(api: Router, fates: Vec<Meets>) -> Router {
    let (fates, calls) = (Arc::new(fates), Arc::new(AtomicUsize::new(0)));
    api.layer(from_fn(move |request: Request, next: Next| {
        let call = calls.fetch_add(1, Ordering::SeqCst);
        meet(fates.get(call).cloned().unwrap_or(Meets::Answer), request, next)
    }))
}

async fn meet(fate: Meets, request: Request, next: Next) -> Response {
    let answer = |status| {
        let status = StatusCode::from_u16(status).unwrap();
        let body = json!({ "ok": false, "error": { "code": status.as_u16(), "name": "FATE" } });
        (status, [("Retry-After", "7")], axum::Json(body)).into_response()
    };
    match fate {
        Meets::Answer => next.run(request).await,
        Meets::Lost(status) => {
            next.run(request).await;
            answer(status)
        }
        Meets::Silence => {
            next.run(request).await;
            std::future::pending().await
        }
        Meets::Refusal(status) => answer(status),
    }
}

/// Creates once against these fates: the outcome, the paths called, and how many invoices there are.
async fn create(fates: Vec<Meets>) -> (Result<(), GatewayError>, Vec<String>, usize) {
    let app = app(&Hand::new());
    let gateway = gateway(TOKEN, &serve(fated(app.api(), fates)).await);
    let outcome = gateway.create(&Order::new(&payment("fated"), "VPN", RETURN)).await;
    let orders = app.orders();
    if let Ok(opened) = &outcome {
        assert_eq!(opened.external_id, orders.last().map(|order| order.id.clone()));
    }
    (outcome.map(drop), app.calls().into_iter().map(|call| call.path).collect(), orders.len())
}

#[tokio::test]
async fn after_a_lost_answer_the_waiting_invoices_are_searched() {
    for fate in [Meets::Lost(500), Meets::Lost(502), Meets::Silence] {
        let (outcome, calls, invoices) = create(vec![fate]).await;
        outcome.unwrap();
        assert_eq!((calls, invoices), (vec!["/createInvoice".to_owned(), "/getInvoices".to_owned()], 1));
    }
    let (outcome, calls, invoices) = create(vec![Meets::Refusal(500)]).await;
    outcome.unwrap();
    assert_eq!((calls, invoices), (vec!["/getInvoices".to_owned(), "/createInvoice".to_owned()], 1));
}

#[tokio::test]
async fn what_stays_unknown_and_what_does_not() {
    for fates in [
        vec![Meets::Lost(500), Meets::Refusal(500)],
        vec![Meets::Lost(500), Meets::Refusal(401)],
        vec![Meets::Refusal(500), Meets::Answer, Meets::Lost(500)],
        vec![Meets::Refusal(500), Meets::Answer, Meets::Refusal(429)],
    ] {
        let (outcome, _, invoices) = create(fates).await;
        assert!(matches!(outcome, Err(GatewayError::UnknownOutcome { .. })), "{outcome:?}");
        assert!(invoices <= 1);
    }
    let (outcome, ..) = create(vec![Meets::Refusal(401)]).await;
    assert!(matches!(outcome, Err(GatewayError::Unauthorized)), "{outcome:?}");
    let (outcome, ..) = create(vec![Meets::Refusal(429)]).await;
    let Err(GatewayError::RateLimited { retry_after }) = outcome else { panic!("{outcome:?}") };
    assert_eq!(retry_after, Duration::from_secs(7));
    let (outcome, calls, _) = create(vec![Meets::Refusal(400)]).await;
    assert!(matches!(outcome, Err(GatewayError::Refused { .. })), "{outcome:?}");
    assert_eq!(calls, Vec::<String>::new());
}

/// The envelope's own code, under status 200, means the same.
#[tokio::test]
async fn errors_inside_a_success() {
    let answering = async |body: Value| {
        let router = Router::new().fallback(move || async move { axum::Json(body) });
        let gateway = gateway(TOKEN, &serve(router).await);
        gateway.fetch(&ObjectRef::Payment("1".to_owned())).await.unwrap_err()
    };
    let fault = |code: u16| json!({ "ok": false, "error": { "code": code, "name": "NAME" } });
    assert!(matches!(answering(fault(401)).await, GatewayError::Unauthorized));
    assert!(matches!(answering(fault(429)).await, GatewayError::RateLimited { .. }));
    assert!(matches!(answering(fault(500)).await, GatewayError::Unavailable { .. }));
    assert!(matches!(answering(fault(400)).await, GatewayError::Refused { code, .. } if code == "NAME"));
    for body in
        [json!({ "ok": false }), json!({ "ok": true }), json!({}), json!({ "ok": true, "result": [] })]
    {
        assert!(matches!(answering(body.clone()).await, GatewayError::Garbage { .. }), "{body}");
    }
    let invoice = json!({ "invoice_id": 1, "status": "melted" });
    let melted = json!({ "ok": true, "result": { "items": [invoice] } });
    assert!(matches!(answering(melted).await, GatewayError::Garbage { .. }));
}

#[tokio::test]
async fn an_answer_about_another_deal_is_no_success() {
    let ours = payment("deal");
    let good = json!({
        "invoice_id": 1, "status": "active", "currency_type": "fiat", "fiat": "RUB", "amount": "199",
        "payload": ours.id.to_string(), "bot_invoice_url": "https://t.me/CryptoBot?start=IV",
    });
    for (field, value) in [
        ("amount", json!("1.99")),
        ("fiat", json!("USD")),
        ("currency_type", json!("crypto")),
        ("payload", json!("pay_other")),
        ("bot_invoice_url", json!("javascript:alert(1)")),
        ("bot_invoice_url", json!(null)),
    ] {
        let mut body = good.clone();
        body[field] = value;
        let body = json!({ "ok": true, "result": body });
        let router = Router::new().fallback(move || async move { axum::Json(body) });
        let outcome = gateway(TOKEN, &serve(router).await).create(&Order::new(&ours, "VPN", RETURN)).await;
        assert!(matches!(outcome, Err(GatewayError::Garbage { .. })), "{field}: {outcome:?}");
    }
}
