//! Tribute's links and webhooks: every signature of the vectors, every kind of sale, and what is none.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do: by panicking")]

mod support;

#[path = "support/tribute.rs"]
mod links;

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{Currency, Money, Provider, UserId, credit::Status};
use hmac::{Hmac, KeyInit, Mac};
use links::{KEY, config, gateway, sale};
use payments::{
    Asking, AuthError, Claim, Gateway, GatewayError, Limits, ObjectRef, Order, RawWebhook, Refunds, Sale,
    SaleChange,
    tribute::{Config, Tribute},
};
use proptest::prelude::*;
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::Sha256;
use std::collections::HashSet;
use support::payment;

fn mac(body: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(KEY.as_bytes()).unwrap();
    mac.update(body);
    mac.finalize().into_bytes().to_vec()
}

fn with_signature(body: &[u8], signature: &str) -> RawWebhook {
    RawWebhook {
        headers: vec![("Trbt-Signature".to_owned(), signature.to_owned())],
        ..RawWebhook::of_body(body, support::now())
    }
}

fn signed(body: &[u8]) -> RawWebhook {
    with_signature(body, &hex::encode(mac(body)))
}

async fn take(body: &Value) -> Result<Claim, AuthError> {
    gateway().authenticate(&signed(body.to_string().as_bytes())).await
}

fn raw_of(request: &Value) -> RawWebhook {
    let headers = request["headers"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    RawWebhook {
        headers: headers.map(|pair| (text(&pair[0]), text(&pair[1]))).collect(),
        ..RawWebhook::of_body(STANDARD.decode(text(&request["body_base64"])).unwrap(), support::now())
    }
}

fn vectors() -> Value {
    serde_json::from_str(include_str!("data/tribute-vectors.json")).unwrap()
}

#[tokio::test]
async fn the_vectors() {
    let cases = vectors()["webhooks"].as_array().unwrap().clone();
    assert_eq!(cases.len(), 8);
    for case in &cases {
        let key = case["config"]["api_key"].as_str().unwrap();
        let config = Config { api_key: SecretString::from(key), ..config() };
        let gateway = Tribute::new(support::http(), config).unwrap();
        let raw = raw_of(&case["request"]);
        let taken = gateway.authenticate(&raw).await;
        match case["expect"]["signature"].as_str().unwrap() {
            "valid" => {
                let sale = sale(taken);
                fields(&sale, &case["expect"]["fields"]);
                assert_eq!(gateway.ack(&raw), "");
            }
            "invalid" => assert!(matches!(taken, Err(AuthError::Signature(_))), "{case}: {taken:?}"),
            other => panic!("{other}"),
        }
    }
}

/// Compares a sale with the fields that a vector names.
fn fields(sale: &Sale, fields: &Value) {
    assert_eq!((sale.provider, sale.test), (Provider::Tribute, false));
    if let Some(user) = fields["telegram_user_id"].as_i64() {
        assert_eq!(sale.user, UserId(user));
    }
    let numbered = |kind: &str| fields[format!("{kind}_id")].as_u64().map(|id| format!("{kind}/{id}"));
    if let Some(item) = numbered("subscription").or_else(|| numbered("product")) {
        assert_eq!(sale.item, item);
    }
    if let Some(purchase) = fields["purchase_id"].as_u64() {
        assert_eq!(sale.external_id, purchase.to_string());
    }
    let expires = fields["expires_at"].as_str().map(|text| text.parse().unwrap());
    match &sale.change {
        SaleChange::Paid { amount, until, .. } => {
            let code = fields["currency"].as_str().unwrap().to_uppercase();
            let told = Money::new(fields["amount_minor"].as_i64().unwrap(), code.parse().unwrap());
            assert_eq!((*amount, *until), (told, expires));
        }
        SaleChange::Canceled { until } => {
            assert_eq!(fields["name"], "cancelled_subscription");
            assert_eq!(*until, Some("2026-12-20T01:15:57.305733Z".parse().unwrap()));
        }
        SaleChange::Refunded { .. } => panic!("{sale:?}"),
    }
}

#[tokio::test]
async fn a_retry_is_the_same_sale_and_a_renewal_another() {
    let sequence = vectors()["sequences"][0].clone();
    let key = sequence["config"]["api_key"].as_str().unwrap();
    let gateway =
        Tribute::new(support::http(), Config { api_key: SecretString::from(key), ..config() }).unwrap();
    let mut seen = HashSet::new();
    for step in sequence["steps"].as_array().unwrap() {
        let sale = sale(gateway.authenticate(&raw_of(&step["request"])).await);
        let SaleChange::Paid { amount, until, renews, gift } = sale.change else { panic!("{sale:?}") };
        assert_eq!((amount, renews, gift), (Money::new(45_000, Currency::Rub), true, false));
        let state = step["expect"]["order_state"].as_str().unwrap();
        assert!(until.unwrap().to_string().starts_with(state.rsplit_once(' ').unwrap().1), "{state}");
        seen.insert(sale.external_id);
        assert_eq!(Some(seen.len() as u64), step["expect"]["credits_total"].as_u64());
    }
}

fn subscription(change: impl FnOnce(&mut Value)) -> Value {
    let mut payload = json!({
        "subscription_name": "VPN", "subscription_id": 1644, "period_id": 1547, "period": "monthly",
        "price": 1000, "amount": 700, "currency": "eur", "user_id": 31326, "telegram_user_id": 42,
        "channel_id": 614, "channel_name": "lbs", "expires_at": "2026-12-20T01:15:57.305733Z", "type": "regular",
    });
    change(&mut payload);
    json!({
        "name": "new_subscription", "created_at": "2026-11-20T01:15:58.33246Z",
        "sent_at": "2026-11-20T01:15:58.542279448Z", "payload": payload,
    })
}

#[tokio::test]
async fn both_texts_of_the_signature_are_taken_and_nothing_else() {
    let body = subscription(|_| {}).to_string();
    let (body, mac) = (body.as_bytes(), mac(body.as_bytes()));
    let gateway = gateway();
    for good in [
        hex::encode(&mac),
        format!(" {} ", hex::encode(&mac)),
        hex::encode_upper(&mac),
        STANDARD.encode(&mac),
    ] {
        assert!(gateway.authenticate(&with_signature(body, &good)).await.is_ok(), "{good}");
    }
    let flipped: Vec<u8> = mac.iter().enumerate().map(|(at, b)| if at == 31 { b ^ 1 } else { *b }).collect();
    let cut = STANDARD.encode(&mac[..31]);
    for bad in [String::new(), hex::encode(&flipped), STANDARD.encode(&flipped), cut, "null".to_owned()] {
        let taken = gateway.authenticate(&with_signature(body, &bad)).await;
        assert!(matches!(taken, Err(AuthError::Signature(_))), "{bad}: {taken:?}");
    }
    for at in 0..body.len() {
        let mut tampered = body.to_vec();
        tampered[at] ^= 1;
        let taken = gateway.authenticate(&with_signature(&tampered, &hex::encode(&mac))).await;
        assert!(matches!(taken, Err(AuthError::Signature(_))), "{at}");
    }
}

#[tokio::test]
async fn kinds_of_subscriptions() {
    let until = Some("2026-12-20T01:15:57.305733Z".parse().unwrap());
    let eur = |minor| Money::new(minor, Currency::Eur);
    let paid = |amount, renews, gift| SaleChange::Paid { amount: eur(amount), until, renews, gift };
    for (field, value, change) in [
        ("type", json!("regular"), paid(700, true, false)),
        ("type", json!("gift"), paid(700, false, true)),
        ("type", json!("trial"), paid(0, false, false)),
        ("period", json!("onetime"), paid(700, false, false)),
        ("extra", json!(null), paid(700, true, false)),
    ] {
        let sale = sale(take(&subscription(|payload| payload[field] = value.clone())).await);
        assert_eq!((sale.item.as_str(), sale.user), ("subscription/1644", UserId(42)));
        assert_eq!(sale.external_id, "1644/42/2026-12-20T01:15:57.305733Z");
        assert_eq!(sale.change, change, "{field} {value}");
    }
    let nine = subscription(|payload| payload["expires_at"] = json!("2026-12-20T01:15:57.305733123Z"));
    assert_eq!(sale(take(&nine).await).external_id, "1644/42/2026-12-20T01:15:57.305733123Z");
    let test = Tribute::new(support::http(), Config { test: true, ..config() }).unwrap();
    let body = subscription(|_| {}).to_string();
    assert!(sale(test.authenticate(&signed(body.as_bytes())).await).test);
}

#[tokio::test]
async fn money_without_a_buyer_is_told_and_the_rest_is_ignored() {
    for user in [json!(null), json!(0)] {
        let taken = take(&subscription(|payload| payload["telegram_user_id"] = user)).await;
        let Ok(Claim::Signed(fetched)) = taken else { panic!("{taken:?}") };
        assert_eq!(fetched.payment, None);
        assert_eq!(fetched.report.status, Status::Paid(Money::new(700, Currency::Eur)));
        assert_eq!(fetched.report.external_id, "1644/0/2026-12-20T01:15:57.305733Z");
    }
    let stopped = |name: &str| {
        let mut body =
            subscription(|payload| drop(payload.as_object_mut().unwrap().remove("telegram_user_id")));
        body["name"] = name.into();
        body
    };
    assert!(matches!(take(&stopped("cancelled_subscription")).await, Ok(Claim::Ignore(_))));
    assert!(matches!(take(&stopped("new_subscription")).await, Ok(Claim::Signed(_))));
    for name in [
        "",
        "new_donation",
        "recurrent_donation",
        "cancelled_donation",
        "physical_order_created",
        "shop_token_charge_success",
        "shop_orders",
        "next_year",
    ] {
        let taken = take(&json!({ "name": name, "payload": { "amount": 1 } })).await;
        assert!(matches!(taken, Ok(Claim::Ignore(_))), "{name}: {taken:?}");
    }
    for body in ["{}", r#"{"test":1}"#, r#"{"name":"","payload":null}"#] {
        let taken = gateway().authenticate(&signed(body.as_bytes())).await;
        assert_eq!(taken, Ok(Claim::Ignore("the cabinet's test")), "{body}");
    }
}

#[tokio::test]
async fn what_tribute_does_not_send() {
    for (field, value) in [
        ("amount", json!(7.5)),
        ("amount", json!("700")),
        ("amount", json!(-1)),
        ("amount", json!(null)),
        ("currency", json!("doubloon")),
        ("subscription_id", json!(-1)),
        ("expires_at", json!("tomorrow")),
        ("expires_at", json!(null)),
        ("telegram_user_id", json!("42")),
    ] {
        let taken = take(&subscription(|payload| payload[field] = value.clone())).await;
        assert!(matches!(taken, Err(AuthError::Malformed(_))), "{field} {value}: {taken:?}");
    }
    for body in [
        "",
        "[]",
        "null",
        "{",
        r#"{"name":"new_subscription"}"#,
        r#"{"name":"shop_order","payload":{}}"#,
        r#"{"name":"shop_order","payload":{"uuid":"../../shops"}}"#,
        r#"{"name":"a","name":"b"}"#,
    ] {
        let taken = gateway().authenticate(&signed(body.as_bytes())).await;
        assert!(matches!(taken, Err(AuthError::Malformed(_))), "{body}: {taken:?}");
    }
}

#[tokio::test]
async fn links_are_what_is_created() {
    let gateway = gateway();
    let rub = |minor| Money::new(minor, Currency::Rub);
    let eur = Money::new(500, Currency::Eur);
    let abilities = gateway.abilities();
    let ranges = [Limits { min: rub(19_900), max: rub(50_000) }, Limits { min: eur, max: eur }];
    assert_eq!(abilities.limits, ranges);
    assert_eq!((abilities.refunds, abilities.asking), (Refunds::Never, Asking::Never));

    let payment = payment();
    let opened = gateway.create(&Order::new(&payment, "VPN", "https://t.me/our_bot")).await.unwrap();
    assert_eq!(opened.external_id, None);
    assert_eq!(opened.pay_url.as_deref(), Some("http://localhost:8080/tribute/link/subscription/1644"));
    let plan = payment.goods.terms().unwrap().plan.clone();
    assert!(gateway.sells(Some(&plan), rub(19_900)) && gateway.sells(Some(&plan), eur));
    assert!(!gateway.sells(Some(&plan), rub(50_000)) && !gateway.sells(None, rub(19_900)));
    let dearer = domain::Payment { amount: rub(20_000), ..payment };
    let refused = gateway.create(&Order::new(&dearer, "VPN", "https://t.me/our_bot")).await;
    assert!(matches!(refused, Err(GatewayError::Refused { .. })), "{refused:?}");
    for id in ["", "1644/42/2026-12-20T01:15:57Z", "../shops"] {
        assert_eq!(gateway.fetch(&ObjectRef::Payment(id.to_owned())).await.unwrap(), None);
    }
}

fn block<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

proptest! {
    #[test]
    fn garbage_is_judged_without_panic(body in proptest::collection::vec(any::<u8>(), 0..200), signature in "\\PC{0,80}") {
        let taken = block(gateway().authenticate(&with_signature(&body, &signature)));
        prop_assert!(matches!(taken, Err(AuthError::Signature(_))));
        let taken = block(gateway().authenticate(&signed(&body)));
        prop_assert!(!matches!(taken, Err(AuthError::Signature(_))));
    }

    #[test]
    fn genuine_notifications_with_changed_bytes_are_judged_without_panic(
        changes in proptest::collection::vec((0_usize..600, any::<u8>()), 0..6),
        name in prop_oneof![Just("new_subscription"), Just("cancelled_subscription"), Just("new_digital_product"), Just("shop_order")],
    ) {
        let mut body = subscription(|payload| {
            payload["product_id"] = json!(1);
            payload["purchase_id"] = json!(2);
            payload["uuid"] = json!("550e8400-e29b-41d4-a716-446655440000");
        });
        body["name"] = name.into();
        let mut body = body.to_string().into_bytes();
        for (at, byte) in changes {
            let at = at % body.len();
            body[at] = byte;
        }
        let taken = block(gateway().authenticate(&signed(&body)));
        prop_assert!(!matches!(taken, Err(AuthError::Signature(_) | AuthError::Address)));
    }
}
