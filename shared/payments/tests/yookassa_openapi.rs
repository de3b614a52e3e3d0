//! Our requests and the stand-in's answers against YooKassa's own description of its API.
//!
//! The description is not ours to ship: the test runs where it lies beside the project, and passes elsewhere.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do: by panicking")]

mod support;

#[path = "support/openapi.rs"]
mod openapi;

use domain::{Currency, Money};
use openapi::Description;
use payments::{Gateway, ObjectRef, Order, RefundOrder};
use serde_json::{Value, json};
use standin_providers::{Act, Call, Till, yookassa::Yookassa};
use std::path::Path;
use support::{Hand, gateway, payment, serve, shop};

fn description() -> Option<Description> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2)?;
    let file = project.parent()?.join("shared/data/yookassa-openapi-2026-07-01.yaml");
    std::fs::read_to_string(file).ok().map(|yaml| Description::read(&yaml))
}

/// Walks a shop through everything: waits, is paid, refunded by us and in the cabinet, declined, refused, not found.
async fn everything(shop: &Yookassa) -> Vec<Call> {
    let base = serve(shop.api()).await;
    let gateway = gateway(&base);
    let mut ids = Vec::new();
    for seed in ["refunded", "declined", "waiting", "saving"] {
        let mut payment = payment();
        payment.id = domain::PaymentId::derive(support::now(), seed);
        let mut order = Order::new(&payment, "VPN, 30 дней", "https://t.me/our_bot");
        order.receipt_email = Some("anna@example.com".to_owned());
        order.save_method = seed == "saving";
        ids.push(gateway.create(&order).await.unwrap().external_id.unwrap());
    }
    shop.pay(&ids[0]).unwrap();
    shop.cancel(&ids[1]).unwrap();
    shop.pay(&ids[3]).unwrap();
    save_and_charge(shop, &gateway, &ids[3]).await;
    let raw = |path: &str| support::http().post(format!("{base}/v3/{path}")).header("Idempotence-Key", "k1");
    let paid = domain::Payment { external_id: Some(ids[0].clone()), ..payment() };
    let order = RefundOrder {
        payment: &paid,
        amount: Money::new(5_000, Currency::Rub),
        key: "ref_1".to_owned(),
        external_id: None,
        description: "Sorry".to_owned(),
    };
    gateway.refund(&order).await.unwrap();
    let posted = shop.calls().into_iter().find(|call| call.method == "POST" && call.path == "/refunds");
    let refund = posted.unwrap().answer;
    for id in &ids {
        gateway.fetch(&ObjectRef::Payment(id.clone())).await.unwrap().unwrap();
    }
    let refund = refund["id"].as_str().unwrap().to_owned();
    gateway.fetch(&ObjectRef::Refund { refund, payment: ids[0].clone() }).await.unwrap().unwrap();
    gateway.me().await.unwrap();
    let unknown = "22d6d597-000f-5000-9000-145f6df21d6f".to_owned();
    assert_eq!(gateway.fetch(&ObjectRef::Payment(unknown)).await.unwrap(), None);
    raw("payments").json(&json!({})).send().await.unwrap();
    let signed = raw("payments").basic_auth(support::SHOP_ID, Some(support::SECRET_KEY));
    signed.json(&json!({})).send().await.unwrap();
    shop.calls()
}

/// The method that the payment `id` saved is charged, declined, and another one is bound.
async fn save_and_charge(shop: &Yookassa, gateway: &payments::yookassa::Yookassa, id: &str) {
    for seed in ["charged", "charge declined"] {
        let mut payment = payment();
        payment.id = domain::PaymentId::derive(support::now(), seed);
        gateway.charge(&Order::new(&payment, "VPN", "https://t.me/our_bot"), id).await.unwrap();
        shop.revoke_method(id).unwrap();
    }
    let mut payment = payment();
    payment.id = domain::PaymentId::derive(support::now(), "binding");
    let opened = gateway.bind(&Order::new(&payment, "", "https://t.me/our_bot")).await.unwrap();
    let bound = opened.external_id.unwrap();
    gateway.fetch(&ObjectRef::Method(bound.clone())).await.unwrap().unwrap();
    shop.act(&bound, Act::Pay).unwrap();
    gateway.fetch(&ObjectRef::Method(bound)).await.unwrap().unwrap();
}

/// The path of the description that a called path is an instance of.
fn template(path: &str) -> &str {
    match path.split('/').nth(2) {
        Some(_) if path.starts_with("/payments/") => "/payments/{payment_id}",
        Some(_) if path.starts_with("/refunds/") => "/refunds/{refund_id}",
        Some(_) if path.starts_with("/payment_methods/") => "/payment_methods/{payment_method_id}",
        _ => path,
    }
}

#[tokio::test]
async fn requests_and_answers_are_as_described() {
    let Some(description) = description() else { return };
    let shop = shop(&Hand::new());
    let calls = everything(&shop).await;
    let mut statuses: Vec<u16> = calls.iter().map(|call| call.status).collect();
    statuses.sort_unstable();
    statuses.dedup();
    assert_eq!(statuses, [200, 400, 401, 404], "the walk meets every kind of answer");
    for call in &calls {
        let (method, path) = (call.method.to_lowercase(), template(&call.path));
        if call.status == 200 && method == "post" {
            description
                .check(&description.request(path), &call.request)
                .unwrap_or_else(|why| panic!("{why}: {call:?}"));
        }
        let schema = description.answer(&method, path, call.status);
        description.check(&schema, &call.answer).unwrap_or_else(|why| panic!("{why}: {call:?}"));
    }
    let notices = shop.take_webhooks();
    assert_eq!(notices.len(), 7);
    for notice in notices {
        let body: Value = serde_json::from_slice(&notice.body).unwrap();
        description.check(&description.schema("NotificationEventType"), &body["event"]).unwrap();
        let kind = match body["event"].as_str().unwrap() {
            "refund.succeeded" => "Refund",
            "payment_method.active" => "SavePaymentMethodBankCard",
            _ => "Payment",
        };
        description
            .check(&description.schema(kind), &body["object"])
            .unwrap_or_else(|why| panic!("{why}: {body}"));
    }
}

/// The validator sees mistakes, or the test above would be worth nothing.
#[tokio::test]
async fn mistakes_are_seen() {
    let Some(description) = description() else { return };
    let shop = shop(&Hand::new());
    let call = everything(&shop).await.remove(0);
    let (request, answer) = (description.request("/payments"), description.schema("Payment"));
    for (schema, body, pointer, value) in [
        (&request, &call.request, "/amount", json!("199.00")),
        (&request, &call.request, "/amount/value", json!(199)),
        (&request, &call.request, "/amount/currency", json!("XTR")),
        (&request, &call.request, "/description", json!("x".repeat(129))),
        (&request, &call.request, "/metadata/order_id", json!(1)),
        (&request, &call.request, "/receipt/items/0/vat_code", json!(13)),
        (&request, &call.request, "/receipt/items/0/payment_mode", json!("cash")),
        (&request, &call.request, "/receipt/items/0", json!({ "description": "VPN" })),
        (&request, &call.request, "/confirmation", json!({ "type": "redirect", "url": "https://t.me" })),
        (&answer, &call.answer, "/status", json!("paid")),
        (&answer, &call.answer, "/created_at", json!("yesterday")),
        (&answer, &call.answer, "/id", json!("short")),
        (&answer, &call.answer, "/confirmation", json!({ "type": "redirect" })),
    ] {
        assert_eq!(description.check(schema, body), Ok(()));
        let mut broken = body.clone();
        *broken.pointer_mut(pointer).unwrap() = value;
        assert!(description.check(schema, &broken).is_err(), "{pointer}: {broken}");
    }
}
