//! Opening payments at YooKassa: what is sent, what comes of every kind of answer, and that one order is one payment.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do: by panicking")]

mod support;

use axum::{
    Router,
    extract::Request,
    http::StatusCode,
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
};
use domain::{Currency, Money};
use payments::{Cause, Gateway, GatewayError, Order, Retry, yookassa::Yookassa};
use secrecy::SecretString;
use serde_json::json;
use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use support::{Hand, config, gateway, http, payment, serve, shop};
use tokio::sync::Notify;

const RETURN: &str = "https://shop.example.com/pay/return/quo_1";

/// What a call meets before or after the shop's API.
#[derive(Clone)]
enum Meets {
    /// Nothing unusual.
    Answer,
    /// Carried out, but answered with this.
    Lost(u16, serde_json::Value),
    /// Carried out, and never answered; the notification tells the test that it was.
    Silence(Arc<Notify>),
    /// Not carried out; answered with this.
    Refusal(u16, serde_json::Value),
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
    let answer = |status, body| (StatusCode::from_u16(status).unwrap(), axum::Json(body)).into_response();
    match fate {
        Meets::Answer => next.run(request).await,
        Meets::Lost(status, body) => {
            next.run(request).await;
            answer(status, body)
        }
        Meets::Silence(carried_out) => {
            next.run(request).await;
            carried_out.notify_one();
            std::future::pending().await
        }
        Meets::Refusal(status, body) => answer(status, body),
    }
}

/// Runs `future`; whenever a call was carried out in silence, moves the timers beyond one attempt.
async fn impatiently<T>(future: impl Future<Output = T>, silence: &Notify) -> T {
    let mut future = Box::pin(future);
    loop {
        tokio::select! {
            done = &mut future => return done,
            () = silence.notified() => {
                tokio::time::pause();
                tokio::time::advance(Duration::from_secs(4)).await;
                tokio::time::resume();
            }
        }
    }
}

#[tokio::test]
async fn sends_exactly_this() {
    let shop = shop(&Hand::new());
    let gateway = gateway(&serve(shop.api()).await);
    let payment = payment();
    let mut order = Order::new(&payment, &format!("VPN, 30 дней {}", "и ещё ".repeat(40)), RETURN);
    order.receipt_email = Some("anna@example.com".to_owned());
    let opened = gateway.create(&order).await.unwrap();

    let calls = shop.calls();
    assert_eq!(calls.len(), 1);
    let call = &calls[0];
    assert_eq!((call.method.as_str(), call.path.as_str()), ("POST", "/payments"));
    assert_eq!(call.key, Some(payment.id.to_string()));
    let description: String = format!("VPN, 30 дней {}", "и ещё ".repeat(40)).chars().take(128).collect();
    let description = description.trim_end();
    let golden = json!({
        "amount": { "value": "199.00", "currency": "RUB" },
        "capture": true,
        "confirmation": { "type": "redirect", "return_url": RETURN },
        "description": description,
        "metadata": { "order_id": payment.id.to_string() },
        "receipt": {
            "customer": { "email": "anna@example.com" },
            "items": [{
                "description": description,
                "quantity": 1,
                "amount": { "value": "199.00", "currency": "RUB" },
                "vat_code": 1,
                "payment_mode": "full_payment",
                "payment_subject": "service",
                "measure": "piece",
            }],
            "tax_system_code": 2,
        },
    });
    assert_eq!(call.request.to_string(), golden.to_string(), "the bytes, with the order of fields");

    let created = shop.payment_of(&payment.id.to_string()).unwrap();
    assert_eq!(opened.external_id, Some(created.id));
    assert_eq!(opened.pay_url, Some(created.confirmation_url));
    assert_eq!((created.minor, created.return_url.as_str()), (19_900, RETURN));
}

#[tokio::test]
async fn the_operators_return_address_wins_and_receipts_can_be_off() {
    let shop = shop(&Hand::new());
    let base = serve(shop.api()).await;
    let own =
        payments::yookassa::Config { return_url: Some("https://t.me/our_bot".to_owned()), ..config(&base) };
    let payment = payment();
    Yookassa::new(http(), own).unwrap().create(&Order::new(&payment, "VPN", RETURN)).await.unwrap();
    assert_eq!(shop.payments()[0].return_url, "https://t.me/our_bot");

    let bare = payments::yookassa::Config { receipt: None, ..config(&base) };
    let mut other = payment.clone();
    other.id = domain::PaymentId::derive(support::now(), "other");
    let refused = Yookassa::new(http(), bare).unwrap().create(&Order::new(&other, "VPN", RETURN)).await;
    let Err(GatewayError::Refused { code, description }) = refused else { panic!("{refused:?}") };
    assert_eq!(
        (code.as_str(), description.as_str()),
        ("invalid_request", "Receipt is missing or illegal (receipt)")
    );
    assert_eq!(shop.calls()[1].request.get("receipt"), None);
}

#[tokio::test]
async fn one_order_is_one_payment_however_often_it_is_sent() {
    let shop = shop(&Hand::new());
    let gateway = gateway(&serve(shop.api()).await);
    let payment = payment();
    let order = Order::new(&payment, "VPN", RETURN);
    let first = gateway.create(&order).await.unwrap();
    for _ in 0..3 {
        assert_eq!(gateway.create(&order).await.unwrap(), first);
    }
    assert_eq!(shop.payments().len(), 1);

    let mut dearer = payment.clone();
    dearer.amount = Money::new(29_900, Currency::Rub);
    let refused = gateway.create(&Order::new(&dearer, "VPN", RETURN)).await;
    let Err(error @ GatewayError::Refused { .. }) = refused else { panic!("{refused:?}") };
    assert!(error.to_string().contains("Idempotence key duplicated"), "{error}");
    assert_eq!(error.retry(), Retry::Never);
    assert_eq!(shop.payments().len(), 1);
}

/// Creates once against these fates: the outcome, and how many calls and payments there were.
async fn create(fates: Vec<Meets>) -> (Result<(), GatewayError>, usize, usize) {
    let shop = shop(&Hand::new());
    let silence = fates.iter().find_map(|fate| match fate {
        Meets::Silence(notify) => Some(Arc::clone(notify)),
        _ => None,
    });
    let seen = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&seen);
    let counted = fated(shop.api(), fates).layer(from_fn(move |request: Request, next: Next| {
        counter.fetch_add(1, Ordering::SeqCst);
        next.run(request)
    }));
    let gateway = gateway(&serve(counted).await);
    let payment = payment();
    let order = Order::new(&payment, "VPN", RETURN);
    let outcome = impatiently(gateway.create(&order), &silence.unwrap_or_default()).await;
    if let Ok(opened) = &outcome {
        assert_eq!(opened.external_id, Some(shop.payments()[0].id.clone()));
    }
    (outcome.map(drop), seen.load(Ordering::SeqCst), shop.payments().len())
}

fn server_error() -> serde_json::Value {
    json!({ "type": "error", "id": "x", "code": "internal_server_error" })
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_with_the_same_key() {
    let silence = Arc::new(Notify::new());
    let processing = json!({ "type": "processing", "retry_after": 1 });
    for fate in [
        Meets::Lost(500, server_error()),
        Meets::Lost(502, json!("<html>bad gateway</html>")),
        Meets::Lost(202, processing),
        Meets::Silence(silence),
    ] {
        let (outcome, calls, payments) = create(vec![fate]).await;
        outcome.unwrap();
        assert_eq!((calls, payments), (2, 1));
    }
}

#[tokio::test]
async fn two_lost_answers_leave_the_outcome_open_and_a_later_press_finds_the_payment() {
    let shop = shop(&Hand::new());
    let lost = Meets::Lost(500, server_error());
    let gateway = gateway(&serve(fated(shop.api(), vec![lost.clone(), lost])).await);
    let payment = payment();
    let order = Order::new(&payment, "VPN", RETURN);
    let outcome = gateway.create(&order).await;
    let Err(error @ GatewayError::UnknownOutcome { cause: Cause::Status(500) }) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(error.retry(), Retry::Later(Duration::from_secs(1)));
    assert_eq!((shop.calls().len(), shop.payments().len()), (2, 1));

    let opened = gateway.create(&order).await.unwrap();
    assert_eq!(opened.external_id, Some(shop.payments()[0].id.clone()));
    assert_eq!((shop.calls().len(), shop.payments().len()), (3, 1));
}

#[tokio::test]
async fn silence_twice_is_an_unknown_outcome() {
    let silence = Arc::new(Notify::new());
    let (outcome, calls, payments) =
        create(vec![Meets::Silence(Arc::clone(&silence)), Meets::Silence(silence)]).await;
    assert!(
        matches!(outcome, Err(GatewayError::UnknownOutcome { cause: Cause::NoAnswer(_) })),
        "{outcome:?}"
    );
    assert_eq!((calls, payments), (2, 1));
}

#[tokio::test]
async fn after_a_lost_answer_only_a_plain_no_settles_it() {
    let lost = Meets::Lost(500, server_error());
    let limited = Meets::Refusal(429, json!({ "code": "too_many_requests", "retry_after": 5000 }));
    let (outcome, ..) = create(vec![lost.clone(), limited.clone()]).await;
    assert!(matches!(outcome, Err(GatewayError::UnknownOutcome { .. })), "{outcome:?}");
    let (outcome, ..) = create(vec![lost.clone(), Meets::Refusal(401, json!({}))]).await;
    assert!(matches!(outcome, Err(GatewayError::UnknownOutcome { .. })), "{outcome:?}");
    let (outcome, ..) = create(vec![lost, Meets::Refusal(400, json!({ "code": "invalid_request" }))]).await;
    assert!(matches!(outcome, Err(GatewayError::Refused { .. })), "{outcome:?}");

    let (outcome, calls, payments) = create(vec![limited]).await;
    let Err(error @ GatewayError::RateLimited { .. }) = outcome else { panic!("{outcome:?}") };
    assert_eq!(error.retry(), Retry::Later(Duration::from_secs(5)));
    assert_eq!((calls, payments), (1, 0), "an answer that is an answer is not asked for again");
}

#[tokio::test]
async fn a_shop_that_cannot_be_reached_has_seen_nothing() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let payment = payment();
    let outcome = gateway(&base).create(&Order::new(&payment, "VPN", RETURN)).await;
    assert!(
        matches!(outcome, Err(GatewayError::Unavailable { cause: Cause::Unreachable(_) })),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn wrong_credentials_and_the_account() {
    let shop = shop(&Hand::new());
    let base = serve(shop.api()).await;
    let stale = payments::yookassa::Config { secret_key: SecretString::from("live_old"), ..config(&base) };
    let stale = Yookassa::new(http(), stale).unwrap();
    let payment = payment();
    let error = stale.create(&Order::new(&payment, "VPN", RETURN)).await.unwrap_err();
    assert!(matches!(error, GatewayError::Unauthorized), "{error:?}");
    assert_eq!(error.retry(), Retry::WithFreshSecret);
    assert!(matches!(stale.me().await, Err(GatewayError::Unauthorized)));

    let account = gateway(&base).me().await.unwrap();
    assert_eq!((account.shop_id.as_str(), account.test, account.enabled), (support::SHOP_ID, true, true));
}

/// A success that is not about our order is no success.
#[tokio::test]
async fn answers_that_contradict_the_order_are_not_believed() {
    let payment = payment();
    let good = json!({
        "id": "22d6d597-000f-5000-9000-145f6df21d6f", "status": "pending", "paid": false, "test": true,
        "amount": { "value": "199.00", "currency": "RUB" },
        "confirmation": { "type": "redirect", "confirmation_url": "https://yoomoney.ru/pay" },
        "metadata": { "order_id": payment.id.to_string() },
    });
    let with = |pointer: &str, value: serde_json::Value| {
        let mut body = good.clone();
        *body.pointer_mut(pointer).unwrap() = value;
        body
    };
    let try_with = async |body: serde_json::Value| {
        let router = Router::new().fallback(move || async move { axum::Json(body) });
        gateway(&serve(router).await).create(&Order::new(&payment, "VPN", RETURN)).await
    };
    assert_eq!(try_with(good.clone()).await.unwrap().pay_url.as_deref(), Some("https://yoomoney.ru/pay"));
    for body in [
        json!({}),
        json!([]),
        with("/amount/value", json!("1.99")),
        with("/amount/value", json!(199)),
        with("/amount/currency", json!("USD")),
        with("/amount/currency", json!("XYZ")),
        with("/id", json!("../refunds/1")),
        with("/status", json!("paid")),
        with("/test", json!(null)),
        with("/metadata/order_id", json!("pay_other")),
        with("/metadata", json!(null)),
        with("/confirmation", json!(null)),
        with("/confirmation/confirmation_url", json!("javascript:alert(1)")),
    ] {
        let text = body.to_string();
        let outcome = try_with(body).await;
        assert!(matches!(outcome, Err(GatewayError::Garbage { .. })), "{text}: {outcome:?}");
    }
}
