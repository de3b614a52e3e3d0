//! Tribute's Shop API: orders, questions, refunds of whole orders, and every kind of error.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do: by panicking")]

mod support;

use axum::{
    Router,
    extract::Request,
    http::StatusCode,
    middleware::{Next, from_fn},
    response::IntoResponse,
};
use domain::{Currency, Money, Payment, PaymentId, credit::Status};
use payments::{
    Asking, Claim, Fetched, Gateway, GatewayError, ObjectRef, Order, RefundOrder, Refunds, Retry, Verified,
    tribute::{Config, Tribute},
};
use secrecy::SecretString;
use serde_json::{Value, json};
use standin_providers::{
    Act, Till,
    tribute::{self as standin, RefundFate},
};
use std::time::Duration;
use support::{Hand, payment, serve};

const KEY: &str = "tribute-key-1";
const RETURN: &str = "https://shop.example.com/pay/return";

fn account() -> standin::Tribute {
    let config = standin::Config {
        api_key: KEY.to_owned(),
        public_base: "http://localhost:8080/tribute".to_owned(),
        shop_id: Some(7),
        items: Vec::new(),
    };
    standin::Tribute::new(config, Hand::new().clock())
}

fn config(base: &str) -> Config {
    Config {
        api_url: format!("{base}/api/v1"),
        api_key: SecretString::from(KEY),
        shop_api: true,
        shop_id: Some(7),
        shop_limits: Config::usual_limits(),
        items: Vec::new(),
        test: true,
    }
}

async fn gateway(router: Router) -> Tribute {
    Tribute::new(support::http(), config(&serve(router).await)).unwrap()
}

fn rub(minor: i64) -> Money {
    Money::new(minor, Currency::Rub)
}

async fn opened(gateway: &Tribute, payment: &Payment) -> Payment {
    let opened = gateway.create(&Order::new(payment, "VPN, 30 дней", RETURN)).await.unwrap();
    Payment { external_id: opened.external_id, pay_url: opened.pay_url, ..payment.clone() }
}

async fn paid(account: &standin::Tribute, gateway: &Tribute) -> Payment {
    let payment = opened(gateway, &payment()).await;
    account.act(payment.external_id.as_deref().unwrap(), Act::Pay).unwrap();
    account.take_webhooks();
    payment
}

async fn ask(gateway: &Tribute, object: &ObjectRef) -> Option<Fetched> {
    gateway.fetch(object).await.unwrap().map(Verified::into_inner)
}

/// What the notifications that wait lead to.
async fn told(account: &standin::Tribute, gateway: &Tribute) -> Vec<Fetched> {
    let mut all = Vec::new();
    for webhook in account.take_webhooks() {
        let raw = support::raw(webhook);
        let Ok(Claim::Ask(object)) = gateway.authenticate(&raw).await else { panic!("{raw:?}") };
        all.push(ask(gateway, &object).await.unwrap());
    }
    all
}

fn back(payment: &Payment) -> RefundOrder<'_> {
    RefundOrder {
        payment,
        amount: payment.amount,
        key: "ref_1".to_owned(),
        external_id: None,
        description: "Возврат".to_owned(),
    }
}

#[tokio::test]
async fn an_order_is_opened_asked_about_and_paid() {
    let account = account();
    let gateway = gateway(Till::api(&account)).await;
    let abilities = gateway.abilities();
    assert_eq!(
        (abilities.refunds, abilities.asking),
        (Refunds::Full, Asking::Every(jiff::SignedDuration::ZERO))
    );
    assert!(gateway.sells(None, rub(10_000)) && !gateway.sells(None, rub(9_999)));
    let payment = opened(&gateway, &payment()).await;
    let id = payment.external_id.clone().unwrap();
    assert_eq!(payment.pay_url, Some(format!("http://localhost:8080/tribute/pay/{id}")));
    let golden = json!({
        "amount": 19_900, "currency": "rub", "title": "VPN, 30 дней", "description": "VPN, 30 дней",
        "customerId": payment.id.to_string(), "period": "onetime", "shopId": 7,
        "successUrl": RETURN, "failUrl": RETURN,
    });
    assert_eq!(account.calls()[0].request.to_string(), golden.to_string());

    let object = ObjectRef::Payment(id.clone());
    let pending = ask(&gateway, &object).await.unwrap();
    assert_eq!((pending.payment, pending.report.status), (Some(payment.id), Status::Pending));
    account.act(&id, Act::PayAndRepeat).unwrap();
    for fetched in told(&account, &gateway).await {
        assert_eq!(fetched.report.status, Status::Paid(rub(19_900)));
        assert_eq!((fetched.report.external_id, fetched.report.test), (id.clone(), true));
    }
    let unknown = ObjectRef::Payment("550e8400-e29b-41d4-a716-446655440000".to_owned());
    assert_eq!(ask(&gateway, &unknown).await, None);
    assert_eq!(ask(&gateway, &ObjectRef::Method(id)).await, None);
}

#[tokio::test]
async fn other_ends_of_an_order() {
    let account = account();
    let gateway = gateway(Till::api(&account)).await;
    let failed = opened(&gateway, &payment()).await.external_id.unwrap();
    account.act(&failed, Act::Cancel).unwrap();
    assert_eq!(told(&account, &gateway).await[0].report.status, Status::Canceled("failed".to_owned()));
    let silent = opened(&gateway, &payment()).await.external_id.unwrap();
    account.act(&silent, Act::PaySilently).unwrap();
    assert!(account.take_webhooks().is_empty());
    let object = ObjectRef::Payment(silent.clone());
    assert_eq!(ask(&gateway, &object).await.unwrap().report.status, Status::Paid(rub(19_900)));
    account.act(&silent, Act::Dispute).unwrap();
    assert_eq!(told(&account, &gateway).await[0].report.status, Status::Refunded(rub(19_900)));
}

#[tokio::test]
async fn a_return_address_that_tribute_refuses_is_left_out() {
    let account = account();
    let gateway = gateway(Till::api(&account)).await;
    let payment = payment();
    gateway.create(&Order::new(&payment, "VPN", "http://localhost:8080/return")).await.unwrap();
    assert_eq!(account.calls()[0].request.get("successUrl"), None);
}

#[tokio::test]
async fn a_refund_is_whole_and_made_once() {
    let account = account();
    let gateway = gateway(Till::api(&account)).await;
    let payment = paid(&account, &gateway).await;
    let done = gateway.refund(&back(&payment)).await.unwrap().into_inner();
    assert_eq!((done.payment, &done.report.status), (Some(payment.id), &Status::Refunded(rub(19_900))));
    assert_eq!(Some(&done.report.external_id), payment.external_id.as_ref());
    assert_eq!(told(&account, &gateway).await, std::slice::from_ref(&done));
    assert_eq!(gateway.refund(&back(&payment)).await.unwrap().into_inner(), done);
    let posts = account.calls().iter().filter(|call| call.method == "POST").count();
    assert_eq!(posts, 2, "the order and one refund");

    let other = paid(&account, &gateway).await;
    let part = RefundOrder { amount: rub(100), ..back(&other) };
    assert!(matches!(gateway.refund(&part).await, Err(GatewayError::Refused { .. })));
    let linked = Payment { external_id: Some("1644/42/2026-12-20T01:15:57Z".to_owned()), ..other.clone() };
    assert!(matches!(gateway.refund(&back(&linked)).await, Err(GatewayError::Refused { .. })));
    let unpaid = opened(&gateway, &other).await;
    assert!(matches!(gateway.refund(&back(&unpaid)).await, Err(GatewayError::Refused { .. })));
}

#[tokio::test]
async fn a_refund_that_waits_and_one_that_fails() {
    let account = account();
    let gateway = gateway(Till::api(&account)).await;
    let payment = paid(&account, &gateway).await;
    let uuid = payment.external_id.clone().unwrap();
    account.next_refund(RefundFate::Fails);
    let failed = gateway.refund(&back(&payment)).await.unwrap();
    assert_eq!(failed.report.status, Status::RefundFailed("error_refund_failed".to_owned()));

    account.next_refund(RefundFate::Waits);
    let waits = gateway.refund(&back(&payment)).await.unwrap().into_inner();
    assert_eq!(waits.report.status, Status::Pending);
    let object = ObjectRef::Refund { refund: waits.report.external_id.clone(), payment: uuid.clone() };
    assert_eq!(ask(&gateway, &object).await, Some(waits.clone()));
    assert_eq!(gateway.refund(&back(&payment)).await.unwrap().into_inner(), waits, "the same refund");
    assert_eq!(told(&account, &gateway).await[0].report.status, Status::Paid(rub(19_900)), "not back yet");
    account.finish_refund(&uuid).unwrap();
    assert_eq!(ask(&gateway, &object).await.unwrap().report.status, Status::Refunded(rub(19_900)));
    assert_eq!(told(&account, &gateway).await[0].report.status, Status::Refunded(rub(19_900)));
    let foreign = ObjectRef::Refund { refund: "1".to_owned(), payment: uuid };
    assert_eq!(ask(&gateway, &foreign).await, None);
}

#[tokio::test]
async fn a_lost_answer_to_a_refund_is_one_refund() {
    let account = account();
    let lossy = Till::api(&account).layer(from_fn(|request: Request, next: Next| async move {
        let lost = request.uri().path().ends_with("/refund");
        let answer = next.run(request).await;
        if lost { StatusCode::BAD_GATEWAY.into_response() } else { answer }
    }));
    let gateway = gateway(lossy).await;
    let payment = paid(&account, &gateway).await;
    let lost = gateway.refund(&back(&payment)).await;
    assert!(matches!(lost, Err(GatewayError::UnknownOutcome { .. })), "{lost:?}");
    let found = gateway.refund(&back(&payment)).await.unwrap();
    assert_eq!(found.report.status, Status::Refunded(rub(19_900)));
}

#[tokio::test]
async fn every_kind_of_error() {
    let account = account();
    let base = serve(Till::api(&account)).await;
    let stale = Config { api_key: SecretString::from("old"), ..config(&base) };
    let stale = Tribute::new(support::http(), stale).unwrap();
    let payment = payment();
    let order = Order::new(&payment, "VPN", RETURN);
    assert!(matches!(stale.create(&order).await, Err(GatewayError::Unauthorized)));
    let cheap = Payment { amount: rub(1), ..payment.clone() };
    let gateway = Tribute::new(support::http(), config(&base)).unwrap();
    let refused = gateway.create(&Order::new(&cheap, "VPN", RETURN)).await;
    let Err(GatewayError::Refused { code, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(code, "error_amount_too_small");

    let object = ObjectRef::Payment("550e8400-e29b-41d4-a716-446655440000".to_owned());
    let answering = async |status: u16, body: Value| {
        let status = StatusCode::from_u16(status).unwrap();
        let answer = move || async move { (status, [("Retry-After", "7")], axum::Json(body)) };
        self::gateway(Router::new().fallback(answer)).await
    };
    let limited = answering(429, json!({})).await;
    let error = limited.create(&order).await.unwrap_err();
    assert_eq!(error.retry(), Retry::Later(Duration::from_secs(7)));
    assert!(matches!(limited.fetch(&object).await, Err(GatewayError::RateLimited { .. })));
    let broken = answering(500, json!({})).await;
    assert!(matches!(broken.create(&order).await, Err(GatewayError::UnknownOutcome { .. })));
    assert!(matches!(broken.fetch(&object).await, Err(GatewayError::Unavailable { .. })));
    let page = json!({ "uuid": "550e8400-e29b-41d4-a716-446655440000", "webappPaymentUrl": null, "paymentUrl": "https://web.tribute.tg/shop/pay/1" });
    let opened = answering(201, page.clone()).await.create(&order).await.unwrap();
    assert_eq!(opened.pay_url.as_deref(), Some("https://web.tribute.tg/shop/pay/1"));
    for (field, value) in [
        ("uuid", json!("../1")),
        ("uuid", json!(1)),
        ("paymentUrl", json!(null)),
        ("paymentUrl", json!("tg://pay")),
    ] {
        let mut body = page.clone();
        body[field] = value;
        let outcome = answering(200, body).await.create(&order).await;
        assert!(matches!(outcome, Err(GatewayError::Garbage { .. })), "{outcome:?}");
    }
}

#[tokio::test]
async fn orders_that_contradict_the_question_are_not_believed() {
    let uuid = "550e8400-e29b-41d4-a716-446655440000";
    let id = PaymentId::derive(support::now(), "ours");
    let good = json!({ "uuid": uuid, "status": "prepaid", "amount": 19_900, "currency": "rub", "customerId": id.to_string() });
    let answering = async |body: Value| {
        let gateway = gateway(Router::new().fallback(move || async move { axum::Json(body) })).await;
        gateway.fetch(&ObjectRef::Payment(uuid.to_owned())).await
    };
    let prepaid = answering(good.clone()).await.unwrap().unwrap();
    assert_eq!((prepaid.payment, &prepaid.report.status), (Some(id), &Status::Pending));
    let mut foreign = good.clone();
    foreign.as_object_mut().unwrap().remove("customerId");
    assert_eq!(answering(foreign).await.unwrap().unwrap().payment, None);
    for (field, value) in [
        ("uuid", json!("550e8400-e29b-41d4-a716-000000000000")),
        ("status", json!("done")),
        ("amount", json!(199.0)),
        ("amount", json!(0)),
        ("currency", json!("doubloon")),
    ] {
        let mut body = good.clone();
        body[field] = value.clone();
        let outcome = answering(body).await;
        assert!(matches!(outcome, Err(GatewayError::Garbage { .. })), "{field} {value}: {outcome:?}");
    }
}
