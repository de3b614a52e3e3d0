//! From YooKassa's notification to what the shop believes: addresses, forged statements, refunds, outages.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do: by panicking")]

mod support;

use axum::{Router, http::StatusCode, response::IntoResponse};
use domain::{
    Currency, Money, Payment, PaymentState, Record, UserState,
    credit::{self, Status, Verdict},
};
use payments::{
    AuthError, Claim, Fetched, Gateway, GatewayError, ObjectRef, Order, RawWebhook, Verified,
    yookassa::{NETWORKS, Yookassa},
};
use serde_json::Value;
use standin_providers::Webhook;
use support::{Hand, gateway, payment, serve, shop};

fn vectors() -> Value {
    serde_json::from_str(include_str!("data/yookassa-vectors.json")).unwrap()
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap()
}

const NOTICE: &str = r#"{"type":"notification","event":"payment.succeeded","object":{"id":"22d6d597-000f-5000-9000-145f6df21d6f"}}"#;

fn raw(body: &str, source_ip: Option<&str>) -> RawWebhook {
    let source_ip = source_ip.map(|ip| ip.parse().unwrap());
    RawWebhook { source_ip, ..RawWebhook::of_body(body, support::now()) }
}

#[tokio::test]
async fn the_senders_address_decides_as_in_the_vectors() {
    let gateway = gateway("http://127.0.0.1:1");
    let cases = vectors()["source_ip"].as_array().unwrap().clone();
    assert_eq!(cases.len(), 12);
    for case in &cases {
        let mut listed: Vec<String> = case["config"]["networks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|net| net.as_str().unwrap().to_owned())
            .collect();
        let mut ours: Vec<String> = NETWORKS.iter().map(ToString::to_string).collect();
        listed.sort();
        ours.sort();
        assert_eq!(ours, listed);

        let mut webhook = raw(NOTICE, Some(text(case, "/source_ip")));
        for header in case["headers"].as_array().into_iter().flatten() {
            webhook.headers.push((text(header, "/0").to_owned(), text(header, "/1").to_owned()));
        }
        let taken = gateway.authenticate(&webhook).await;
        match text(case, "/expect/signature") {
            "valid" => assert!(matches!(taken, Ok(Claim::Ask(_))), "{case}: {taken:?}"),
            "invalid" => assert_eq!(taken, Err(AuthError::Address), "{case}"),
            other => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn addresses_in_ipv6_dress_none_at_all_and_the_switch() {
    let strict = gateway("http://127.0.0.1:1");
    let take = async |source_ip| strict.authenticate(&raw(NOTICE, source_ip)).await;
    assert!(take(Some("::ffff:185.71.76.1")).await.is_ok());
    assert_eq!(take(Some("::ffff:8.8.8.8")).await, Err(AuthError::Address));
    assert_eq!(take(None).await, Err(AuthError::Address));
    assert_eq!(AuthError::Address.status(), 403);

    let open = payments::yookassa::Config { check_ip: false, ..support::config("http://127.0.0.1:1") };
    let open = Yookassa::new(support::http(), open).unwrap();
    assert!(open.authenticate(&raw(NOTICE, None)).await.is_ok());
    let malformed = open.authenticate(&raw("{", None)).await.unwrap_err();
    assert_eq!(malformed.status(), 400);
    assert_eq!(open.ack(&raw(NOTICE, None)), "");
}

/// A provider whose every GET answers this.
async fn answering(status: u64, body: Value) -> Yookassa {
    let status = StatusCode::from_u16(u16::try_from(status).unwrap()).unwrap();
    let router = Router::new().fallback(move || async move { (status, axum::Json(body)).into_response() });
    gateway(&serve(router).await)
}

/// What the real path does with a notification: authenticate, ask, decide.
async fn handle(
    gateway: &Yookassa,
    body: &str,
    payment: &Payment,
) -> Result<Option<(Verdict, Option<Payment>)>, GatewayError> {
    let Ok(Claim::Ask(object)) = gateway.authenticate(&raw(body, Some("185.71.76.1"))).await else {
        panic!("not a question: {body}")
    };
    let Some(fetched) = gateway.fetch(&object).await? else { return Ok(None) };
    assert_eq!(Some(&fetched.report.external_id), payment.external_id.as_ref());
    let rules =
        credit::Rules { live: true, refund: domain::TimePolicy::Cut, dispute: domain::TimePolicy::End };
    let (verdict, decision) =
        credit::report(&UserState::default(), payment, &fetched.report, rules, support::now());
    let changed = decision.records.into_iter().find_map(|record| match record {
        Record::Payment(payment) => Some(payment),
        _ => None,
    });
    Ok(Some((verdict, changed)))
}

#[tokio::test]
async fn the_scenarios_of_the_vectors() {
    let cases = vectors()["scenarios"].as_array().unwrap().clone();
    assert_eq!(cases.len(), 7);
    for case in &cases {
        let order = &case["config"]["order"];
        let before = match text(case, "/order_state_before") {
            "pending" => PaymentState::Awaiting,
            "paid" => PaymentState::Succeeded,
            other => panic!("{other}"),
        };
        let agreed = Money::parse(text(order, "/amount"), text(order, "/currency").parse().unwrap()).unwrap();
        let payment = Payment {
            amount: agreed,
            state: before,
            external_id: Some(text(order, "/provider_payment_id").to_owned()),
            ..payment()
        };
        let answer = &case["api_get_response"];
        let provider = answering(answer["http_status"].as_u64().unwrap(), answer["json"].clone()).await;
        let outcome = handle(&provider, text(case, "/webhook_body"), &payment).await;
        let title = text(case, "/title");
        match text(case, "/expected_action") {
            "credit_once_and_ack_200" => {
                let (verdict, changed) = outcome.unwrap().unwrap();
                assert_eq!(
                    (verdict, changed.unwrap().state),
                    (Verdict::Credited, PaymentState::Succeeded),
                    "{title}"
                );
            }
            "do_not_credit" => {
                let nothing = outcome
                    .unwrap()
                    .is_none_or(|(verdict, changed)| verdict == Verdict::Nothing && changed.is_none());
                assert!(nothing, "{title}");
            }
            "do_not_credit_and_return_non_200_for_retry" => {
                assert!(matches!(outcome, Err(GatewayError::Unavailable { .. })), "{title}: {outcome:?}");
            }
            "no_second_credit_ack_200" | "keep_paid_ack_200" => {
                assert_eq!(outcome.unwrap(), Some((Verdict::Nothing, None)), "{title}");
            }
            "do_not_credit_flag_mismatch_ack_200" => {
                let (verdict, changed) = outcome.unwrap().unwrap();
                assert_eq!((verdict, changed.unwrap().state), (Verdict::Held, PaymentState::Held), "{title}");
            }
            other => panic!("{other}"),
        }
    }
}

/// Delivers a stand-in's notification to the gateway and asks what it asks.
async fn deliver(gateway: &Yookassa, webhook: Webhook) -> (ObjectRef, Fetched) {
    let raw = support::raw(webhook);
    let Ok(Claim::Ask(object)) = gateway.authenticate(&raw).await else { panic!("{raw:?}") };
    let fetched = gateway.fetch(&object).await.unwrap().map(Verified::into_inner).unwrap();
    (object, fetched)
}

fn rub(minor: i64) -> Money {
    Money::new(minor, Currency::Rub)
}

#[tokio::test]
async fn a_payments_life_as_told_by_the_stand_in() {
    let hand = Hand::new();
    let shop = shop(&hand);
    let gateway = gateway(&serve(shop.api()).await);
    let payment = payment();
    let opened = gateway.create(&Order::new(&payment, "VPN", "https://t.me/our_bot")).await.unwrap();
    let id = opened.external_id.unwrap();
    let object = ObjectRef::Payment(id.clone());
    let ask = async || gateway.fetch(&object).await.unwrap().unwrap().into_inner();

    let pending = ask().await;
    assert_eq!(pending.payment, Some(payment.id));
    assert_eq!((pending.report.status, pending.report.test), (Status::Pending, true));

    shop.pay_twice(&id).unwrap();
    let notices = shop.take_webhooks();
    assert_eq!(notices.len(), 2);
    assert_eq!(notices[0], notices[1]);
    for notice in notices {
        let (about, fetched) = deliver(&gateway, notice).await;
        assert_eq!((about, fetched.report.status), (object.clone(), Status::Paid(rub(19_900))));
        assert_eq!((fetched.report.external_id, fetched.payment), (id.clone(), Some(payment.id)));
    }

    shop.refund(&id, 5_000).unwrap();
    let (about, fetched) = deliver(&gateway, shop.take_webhooks().remove(0)).await;
    assert!(matches!(about, ObjectRef::Refund { payment, .. } if payment == id));
    assert_eq!(
        (fetched.report.status, fetched.report.external_id),
        (Status::Refunded(rub(5_000)), id.clone())
    );
    // Whoever has not heard of the money must still hear of it.
    assert_eq!(ask().await.report.status, Status::Paid(rub(19_900)));

    shop.refund(&id, 14_900).unwrap();
    let (_, fetched) = deliver(&gateway, shop.take_webhooks().remove(0)).await;
    assert_eq!(fetched.report.status, Status::Refunded(rub(19_900)));
    assert_eq!(ask().await.report.status, Status::Refunded(rub(19_900)));
}

#[tokio::test]
async fn endings_without_the_agreed_money() {
    let hand = Hand::new();
    let shop = shop(&hand);
    let gateway = gateway(&serve(shop.api()).await);
    let open = async |seed: &str| {
        let mut payment = payment();
        payment.id = domain::PaymentId::derive(support::now(), seed);
        let opened = gateway.create(&Order::new(&payment, "VPN", "https://t.me/our_bot")).await.unwrap();
        opened.external_id.unwrap()
    };
    let told = async || deliver(&gateway, shop.take_webhooks().remove(0)).await.1.report.status;

    shop.cancel(&open("declined").await).unwrap();
    assert_eq!(told().await, Status::Canceled("general_decline".to_owned()));

    shop.pay_wrong_amount(&open("short").await, 100).unwrap();
    assert_eq!(told().await, Status::Paid(rub(100)));

    let slow = open("slow").await;
    shop.pay_later(&slow).unwrap();
    open("forgotten").await;
    hand.advance(60);
    assert_eq!(told().await, Status::Canceled("expired_on_confirmation".to_owned()));
    hand.advance(5);
    assert_eq!(told().await, Status::Paid(rub(19_900)));
}

#[tokio::test]
async fn a_refund_that_is_not_of_that_payment_is_nothing() {
    let shop = shop(&Hand::new());
    let gateway = gateway(&serve(shop.api()).await);
    let mut ids = Vec::new();
    for seed in ["one", "two"] {
        let mut payment = payment();
        payment.id = domain::PaymentId::derive(support::now(), seed);
        let order = Order::new(&payment, "VPN", "https://t.me/our_bot");
        ids.push(gateway.create(&order).await.unwrap().external_id.unwrap());
        shop.pay(ids.last().unwrap()).unwrap();
    }
    shop.refund(&ids[0], 19_900).unwrap();
    let notice = shop.take_webhooks().pop().unwrap();
    let (object, _) = deliver(&gateway, notice).await;
    let ObjectRef::Refund { refund, .. } = object else { panic!("{object:?}") };

    let mixed = ObjectRef::Refund { refund: refund.clone(), payment: ids[1].clone() };
    assert_eq!(gateway.fetch(&mixed).await.unwrap(), None);
    let unknown = ObjectRef::Refund {
        refund: "00000000-0015-5000-8000-000000000000".to_owned(),
        payment: ids[0].clone(),
    };
    assert_eq!(gateway.fetch(&unknown).await.unwrap(), None);
}

#[tokio::test]
async fn improper_ids_are_not_put_into_an_address() {
    let shop = shop(&Hand::new());
    let gateway = gateway(&serve(shop.api()).await);
    for id in ["", "../me", "22d6d597-000f-5000-9000-145f6df21d6f/../../me", "22d6d597?a=b-000f"] {
        let asked = gateway.fetch(&ObjectRef::Payment(id.to_owned())).await.unwrap();
        assert_eq!(asked, None, "{id}");
    }
    assert_eq!(shop.calls(), []);
}

#[tokio::test]
async fn answers_that_contradict_themselves_are_not_believed() {
    let good = vectors()["scenarios"][0]["api_get_response"]["json"].clone();
    let object = ObjectRef::Payment(text(&good, "/id").to_owned());
    let ask = async |body: Value| answering(200, body).await.fetch(&object).await;
    assert!(ask(good.clone()).await.unwrap().is_some());
    for (pointer, value) in [
        ("/id", Value::from("22d6d597-000f-5000-9000-000000000000")),
        ("/amount/value", Value::from("199.005")),
        ("/amount/value", Value::from("-199.00")),
        ("/amount/value", Value::from(199)),
        ("/amount/currency", Value::from("rub")),
        ("/paid", Value::from(false)),
        ("/status", Value::from("refunded")),
        ("/test", Value::from("false")),
        ("/recipient/account_id", Value::from("100501")),
    ] {
        let mut body = good.clone();
        *body.pointer_mut(pointer).unwrap() = value;
        let outcome = ask(body.clone()).await;
        assert!(matches!(outcome, Err(GatewayError::Garbage { .. })), "{body}: {outcome:?}");
    }
    let huge = Value::from("x".repeat(300 * 1024));
    assert!(matches!(ask(huge).await, Err(GatewayError::Garbage { .. })));
}
