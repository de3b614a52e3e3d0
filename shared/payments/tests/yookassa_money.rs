//! YooKassa beyond the purchase: refunds that never count twice, saved methods, charges without the buyer.

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
use payments::{Claim, Gateway, GatewayError, ObjectRef, Order, RefundOrder, Verified, yookassa::Yookassa};
use serde_json::{Value, json};
use standin_providers::{
    Act, Till,
    yookassa::{self as standin, RefundFate},
};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use support::{Hand, config, gateway, http, payment, raw, serve, shop};

const RETURN: &str = "https://shop.example.com/pay/return";

fn rub(minor: i64) -> Money {
    Money::new(minor, Currency::Rub)
}

fn named(seed: &str) -> Payment {
    Payment { id: PaymentId::derive(support::now(), seed), ..payment() }
}

/// A payment that was opened and paid.
async fn paid(shop: &standin::Yookassa, gateway: &Yookassa, seed: &str) -> Payment {
    let payment = named(seed);
    let opened = gateway.create(&Order::new(&payment, "VPN, 30 дней", RETURN)).await.unwrap();
    shop.pay(opened.external_id.as_ref().unwrap()).unwrap();
    shop.take_webhooks();
    Payment { external_id: opened.external_id, ..payment }
}

fn back<'a>(payment: &'a Payment, minor: i64, key: &str) -> RefundOrder<'a> {
    RefundOrder {
        payment,
        amount: rub(minor),
        key: key.to_owned(),
        external_id: None,
        description: "Возврат".to_owned(),
    }
}

/// The claim of the only notification that waits, and what is read about it.
async fn told(shop: &standin::Yookassa, gateway: &Yookassa) -> payments::Fetched {
    let mut webhooks = shop.take_webhooks();
    assert_eq!(webhooks.len(), 1);
    let raw = raw(webhooks.remove(0));
    let Ok(Claim::Ask(object)) = gateway.authenticate(&raw).await else { panic!("{raw:?}") };
    gateway.fetch(&object).await.unwrap().map(Verified::into_inner).unwrap()
}

fn posts(shop: &standin::Yookassa, path: &str) -> Vec<Value> {
    let calls = shop.calls().into_iter().filter(|call| call.method == "POST" && call.path == path);
    calls.map(|call| call.request).collect()
}

#[tokio::test]
async fn refunds_are_told_as_totals_and_never_twice() {
    let shop = shop(&Hand::new());
    let gateway = gateway(&serve(shop.api()).await);
    let payment = paid(&shop, &gateway, "refunded").await;
    let id = payment.external_id.clone().unwrap();

    let first = gateway.refund(&back(&payment, 5_000, "ref_1")).await.unwrap();
    assert_eq!(first.report.status, Status::Refunded(rub(5_000)));
    assert_eq!((first.report.external_id.as_str(), first.payment), (id.as_str(), Some(payment.id)));
    assert_eq!(told(&shop, &gateway).await, first.clone().into_inner(), "the webhook says the same");
    let golden = json!({
        "payment_id": id,
        "amount": { "value": "50.00", "currency": "RUB" },
        "description": "Возврат",
        "receipt": {
            "customer": { "email": "shop@example.com" },
            "items": [{
                "description": "VPN, 30 дней",
                "quantity": 1,
                "amount": { "value": "50.00", "currency": "RUB" },
                "vat_code": 1,
                "payment_mode": "full_payment",
                "payment_subject": "service",
                "measure": "piece",
            }],
            "tax_system_code": 2,
        },
        "metadata": { "refund_key": "ref_1" },
    });
    assert_eq!(posts(&shop, "/refunds")[0].to_string(), golden.to_string());
    let call = shop.calls().into_iter().find(|call| call.path == "/refunds" && call.method == "POST");
    assert_eq!(call.unwrap().key.as_deref(), Some("ref_1"));

    let second = gateway.refund(&back(&payment, 14_900, "ref_2")).await.unwrap();
    assert_eq!(second.report.status, Status::Refunded(rub(19_900)));
    assert_eq!(told(&shop, &gateway).await.report.status, Status::Refunded(rub(19_900)));
    let again = gateway.refund(&back(&payment, 5_000, "ref_1")).await.unwrap();
    assert_eq!(again.report.status, Status::Refunded(rub(19_900)));
    assert_eq!(posts(&shop, "/refunds").len(), 2);
}

#[tokio::test]
async fn the_key_of_a_refund_holds_longer_than_yookassa_remembers_it() {
    let hand = Hand::new();
    let shop = shop(&hand);
    let gateway = gateway(&serve(shop.api()).await);
    let payment = paid(&shop, &gateway, "slow").await;
    gateway.refund(&back(&payment, 5_000, "ref_1")).await.unwrap();
    hand.advance(25 * 60);
    let again = gateway.refund(&back(&payment, 5_000, "ref_1")).await.unwrap();
    assert_eq!(again.report.status, Status::Refunded(rub(5_000)));
    assert_eq!(shop.payments()[0].refunded_minor, 5_000);

    let other = gateway.refund(&back(&payment, 6_000, "ref_1")).await;
    assert!(matches!(other, Err(GatewayError::Garbage { .. })), "{other:?}");
}

#[tokio::test]
async fn a_refund_that_waits_and_one_that_fails() {
    let shop = shop(&Hand::new());
    let gateway = gateway(&serve(shop.api()).await);
    let payment = paid(&shop, &gateway, "waits").await;
    shop.next_refund(RefundFate::Waits);
    let order = back(&payment, 5_000, "ref_1");
    let waits = gateway.refund(&order).await.unwrap().into_inner();
    assert_eq!((waits.payment, waits.report.status), (Some(payment.id), Status::Pending));
    let id = waits.report.external_id;
    assert_eq!(gateway.refund(&order).await.unwrap().report.external_id, id, "the same refund");
    let object = ObjectRef::Refund { refund: id.clone(), payment: payment.external_id.clone().unwrap() };
    let ask = async || gateway.fetch(&object).await.unwrap().unwrap().into_inner().report.status;
    assert_eq!(ask().await, Status::Pending);
    // The key of the same order still gives the first answer; the state is read afresh.
    shop.settle_refund(&id, RefundFate::Fails("insufficient_funds".to_owned())).unwrap();
    let failed = Status::RefundFailed("insufficient_funds".to_owned());
    assert_eq!(gateway.refund(&order).await.unwrap().report.status, failed);
    assert_eq!(ask().await, failed);
    let by_id = RefundOrder { key: "lost".to_owned(), external_id: Some(&id), ..order };
    assert_eq!(gateway.refund(&by_id).await.unwrap().report.status, failed);
    assert_eq!(posts(&shop, "/refunds").len(), 1);
    assert!(shop.take_webhooks().is_empty(), "nobody tells of a canceled refund");
}

#[tokio::test]
async fn refunds_that_cannot_be() {
    let shop = shop(&Hand::new());
    let gateway = gateway(&serve(shop.api()).await);
    let payment = paid(&shop, &gateway, "small").await;
    let refuse = async |payment: &Payment, minor| {
        let refused = gateway.refund(&back(payment, minor, "ref_1")).await;
        assert!(matches!(refused, Err(GatewayError::Refused { .. })), "{refused:?}");
    };
    refuse(&payment, 19_901).await;
    refuse(&Payment { external_id: None, ..payment.clone() }, 100).await;
    let unknown = Some("22d6d597-000f-5000-9000-145f6df21d6f".to_owned());
    refuse(&Payment { external_id: unknown, ..payment.clone() }, 100).await;
    refuse(&Payment { external_id: Some("../me".to_owned()), ..payment }, 100).await;
    assert_eq!(posts(&shop, "/refunds").len(), 1);
}

/// Answers the n-th POST with 500 although it was carried out.
fn losing(api: Router, lost: usize) -> Router {
    let posts = Arc::new(AtomicUsize::new(0));
    api.layer(from_fn(move |request: Request, next: Next| {
        let lose = request.method() == "POST" && posts.fetch_add(1, Ordering::SeqCst) == lost;
        async move {
            let answer = next.run(request).await;
            if lose { StatusCode::INTERNAL_SERVER_ERROR.into_response() } else { answer }
        }
    }))
}

#[tokio::test]
async fn a_lost_answer_to_a_refund_is_found_by_its_key() {
    let shop = shop(&Hand::new());
    let gateway = gateway(&serve(losing(shop.api(), 1)).await);
    let payment = paid(&shop, &gateway, "lost").await;
    let order = back(&payment, 5_000, "ref_1");
    let lost = gateway.refund(&order).await;
    assert!(matches!(lost, Err(GatewayError::UnknownOutcome { .. })), "{lost:?}");
    let found = gateway.refund(&order).await.unwrap();
    assert_eq!(found.report.status, Status::Refunded(rub(5_000)));
    assert_eq!(posts(&shop, "/refunds").len(), 1);
}

/// A method saved by a payment: what the payment's notification says of it.
async fn saved(shop: &standin::Yookassa, gateway: &Yookassa) -> String {
    let payment = named("saving");
    let mut order = Order::new(&payment, "VPN", RETURN);
    order.save_method = true;
    let id = gateway.create(&order).await.unwrap().external_id.unwrap();
    shop.pay(&id).unwrap();
    let token = told(shop, gateway).await.report.saved.unwrap();
    assert_eq!((token.token.as_str(), token.title.as_str()), (id.as_str(), "Bank card *4477"));
    token.token
}

#[tokio::test]
async fn a_method_is_saved_and_charged() {
    let shop = shop(&Hand::new());
    let gateway = gateway(&serve(shop.api()).await);
    assert!(gateway.abilities().saves_methods && gateway.abilities().binds);
    let token = saved(&shop, &gateway).await;
    assert_eq!(posts(&shop, "/payments")[0]["save_payment_method"], true);

    let renewal = named("renewal");
    let order = Order::new(&renewal, "VPN, 30 дней", RETURN);
    let charged = gateway.charge(&order, &token).await.unwrap();
    assert_eq!((charged.payment, &charged.report.status), (Some(renewal.id), &Status::Paid(rub(19_900))));
    assert_ne!(charged.report.external_id, token, "a charge of its own");
    let request = &posts(&shop, "/payments")[1];
    assert_eq!((&request["payment_method_id"], &request["capture"]), (&json!(token), &json!(true)));
    assert_eq!((request.get("confirmation"), request.get("save_payment_method")), (None, None));
    assert_eq!(request["receipt"]["items"][0]["description"], "VPN, 30 дней");
    let same = gateway.charge(&order, &token).await.unwrap();
    assert_eq!(same.report.external_id, charged.report.external_id);
    assert_eq!(shop.payments().len(), 2);
    assert_eq!(told(&shop, &gateway).await.report, charged.report);

    shop.slow_method(&token).unwrap();
    let waits = named("waits");
    let pending = gateway.charge(&Order::new(&waits, "VPN", RETURN), &token).await.unwrap();
    assert_eq!(pending.report.status, Status::Pending);
    for reason in ["insufficient_funds", "permission_revoked"] {
        shop.decline_method(&token, reason).unwrap();
        let declined = named(reason);
        let declined = gateway.charge(&Order::new(&declined, "VPN", RETURN), &token).await.unwrap();
        assert_eq!(declined.report.status, Status::Canceled(reason.to_owned()));
        assert_eq!(declined.report.saved, None);
    }
    let unknown = "22d6d597-000f-5000-9000-145f6df21d6f";
    let other = named("unknown");
    let refused = gateway.charge(&Order::new(&other, "VPN", RETURN), unknown).await;
    assert!(matches!(refused, Err(GatewayError::Refused { .. })), "{refused:?}");
}

#[tokio::test]
async fn a_lost_answer_to_a_charge_is_one_charge() {
    let shop = shop(&Hand::new());
    let gateway = gateway(&serve(losing(shop.api(), 1)).await);
    let token = saved(&shop, &gateway).await;
    let renewal = named("renewal");
    let charged = gateway.charge(&Order::new(&renewal, "VPN", RETURN), &token).await.unwrap();
    assert_eq!(charged.report.status, Status::Paid(rub(19_900)));
    assert_eq!((shop.payments().len(), posts(&shop, "/payments").len()), (2, 3));
}

#[tokio::test]
async fn a_method_is_bound_without_paying() {
    let shop = shop(&Hand::new());
    let gateway = gateway(&serve(shop.api()).await);
    let binding = named("binding");
    let order = Order::new(&binding, "", RETURN);
    let opened = gateway.bind(&order).await.unwrap();
    assert_eq!(gateway.bind(&order).await.unwrap(), opened);
    let id = opened.external_id.unwrap();
    assert_eq!(opened.pay_url, Some(format!("http://localhost:8080/yookassa/pay/{id}")));
    let golden = json!({
        "type": "bank_card",
        "confirmation": { "type": "redirect", "return_url": RETURN },
        "metadata": { "order_id": binding.id.to_string() },
    });
    assert_eq!(posts(&shop, "/payment_methods")[0], golden);

    let object = ObjectRef::Method(id.clone());
    let ask = async || gateway.fetch(&object).await.unwrap().unwrap().into_inner();
    assert_eq!(ask().await.report.status, Status::Pending);
    shop.act(&id, Act::Pay).unwrap();
    let active = told(&shop, &gateway).await;
    assert_eq!(active, ask().await);
    assert_eq!((active.payment, &active.report.status), (Some(binding.id), &Status::Paid(rub(0))));
    assert_eq!((active.report.external_id.as_str(), active.report.test), (id.as_str(), true));
    let token = active.report.saved.unwrap();
    assert_eq!((token.token.as_str(), token.title.as_str()), (id.as_str(), "Bank card *4477"));
    let renewal = named("renewal");
    let charged = gateway.charge(&Order::new(&renewal, "VPN", RETURN), &token.token).await.unwrap();
    assert_eq!(charged.report.status, Status::Paid(rub(19_900)));

    let other = named("other");
    let given_up = gateway.bind(&Order::new(&other, "", RETURN)).await.unwrap().external_id.unwrap();
    shop.act(&given_up, Act::Cancel).unwrap();
    let canceled = gateway.fetch(&ObjectRef::Method(given_up)).await.unwrap().unwrap();
    assert_eq!(canceled.report.status, Status::Canceled("inactive".to_owned()));
    for unknown in ["22d6d597-000f-5000-9000-145f6df21d6f", "../me"] {
        assert_eq!(gateway.fetch(&ObjectRef::Method(unknown.to_owned())).await.unwrap(), None);
    }
}

#[tokio::test]
async fn without_the_managers_leave_nothing_is_saved() {
    let shop = shop(&Hand::new());
    let base = serve(shop.api()).await;
    let plain = payments::yookassa::Config { autopayments: false, ..config(&base) };
    let plain = Yookassa::new(http(), plain).unwrap();
    assert!(!plain.abilities().saves_methods && !plain.abilities().binds);
    let payment = payment();
    let mut order = Order::new(&payment, "VPN", RETURN);
    order.save_method = true;
    plain.create(&order).await.unwrap();
    assert_eq!(posts(&shop, "/payments")[0].get("save_payment_method"), None);
    let charge = plain.charge(&order, "22d6d597-000f-5000-9000-145f6df21d6f").await;
    assert!(matches!(charge, Err(GatewayError::Refused { .. })), "{charge:?}");
    assert!(matches!(plain.bind(&order).await, Err(GatewayError::Refused { .. })));
    assert_eq!(shop.calls().len(), 1);
}

/// A method whose object says something else than was asked is not believed.
#[tokio::test]
async fn contradictory_methods_are_not_believed() {
    let id = "2da5c87d-0384-50e8-a7f3-8d5646dd9e10";
    let good = json!({
        "type": "bank_card", "id": id, "saved": true, "status": "active",
        "holder": { "account_id": support::SHOP_ID }, "card": { "last4": "4444" },
    });
    let ask = async |body: Value| {
        let router = Router::new().fallback(move || async move { axum::Json(body) });
        gateway(&serve(router).await).fetch(&ObjectRef::Method(id.to_owned())).await
    };
    let taken = ask(good.clone()).await.unwrap().unwrap();
    assert_eq!(taken.report.saved.as_ref().unwrap().title, "Bank card *4444");
    for (pointer, value) in [
        ("/id", json!("2da5c87d-0384-50e8-a7f3-000000000000")),
        ("/saved", json!(false)),
        ("/status", json!("ready")),
        ("/holder/account_id", json!("100501")),
    ] {
        let mut body = good.clone();
        *body.pointer_mut(pointer).unwrap() = value;
        let outcome = ask(body.clone()).await;
        assert!(matches!(outcome, Err(GatewayError::Garbage { .. })), "{body}: {outcome:?}");
    }
}
