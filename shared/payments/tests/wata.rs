//! WATA: links, questions, refunds, against the stand-in.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do: by panicking")]

mod wata_world;

use axum::Router;
use domain::{Currency, Money, Payment, credit::Status};
use payments::{
    Claim, Gateway, GatewayError, ObjectRef, Order, RefundOrder, Retry,
    wata::{Config, Wata},
};
use secrecy::SecretString;
use serde_json::{Value, json};
use standin_providers::{Act, NotPossible, Till};
use std::{sync::atomic::Ordering, time::Duration};
use wata_world::{
    RETURN, config, fated, gateway, payment, raw, rub, signed,
    support::{Hand, http, serve},
    terminal, text,
};

#[tokio::test]
async fn sends_exactly_this() {
    let terminal = terminal(&Hand::new());
    let gateway = gateway(&serve(terminal.api()).await);
    let payment = payment("exact");
    let opened = gateway.create(&Order::new(&payment, "VPN, 30 дней", RETURN)).await.unwrap();
    let call = &terminal.calls()[0];
    assert_eq!((call.method.as_str(), call.path.as_str()), ("POST", "/links"));
    assert_eq!(
        call.request.to_string(),
        format!(
            r#"{{"type":"OneTime","amount":199.0,"currency":"RUB","description":"VPN, 30 дней","orderId":"{}","#,
            payment.id
        ) + &format!(
            r#""successRedirectUrl":"{RETURN}","failRedirectUrl":"{RETURN}","expirationDateTime":"2026-11-24T10:59:00Z","isArbitraryAmountAllowed":false}}"#
        )
    );
    let link = text(&call.answer, "/id");
    assert_eq!(opened.external_id, Some(format!("{link}/{}", payment.id)));
    assert_eq!(opened.pay_url, Some(format!("http://localhost:8080/wata/pay/{link}")));

    // An offer that ends soon: the link may not.
    let short = Payment { expires_at: payment.created_at, ..wata_world::payment("short") };
    gateway.create(&Order::new(&short, "VPN", RETURN)).await.unwrap();
    assert_eq!(terminal.calls()[1].request["expirationDateTime"], "2026-11-24T10:14:00Z");
}

/// The stand-in reads amounts from the text, and refuses whatever is not a plain number.
#[tokio::test]
async fn amounts_are_exact_and_within_the_limits() {
    let terminal = terminal(&Hand::new());
    let gateway = gateway(&serve(terminal.api()).await);
    for (minor, currency, taken) in [
        (1_000, Currency::Rub, true),
        (99_999_999, Currency::Rub, true),
        (100, Currency::Usd, true),
        (107, Currency::Eur, true),
        (999, Currency::Rub, false),
        (100_000_000, Currency::Rub, false),
        (99, Currency::Usd, false),
        (1_000, Currency::Kzt, false),
    ] {
        let amount = Money::new(minor, currency);
        let payment = Payment { amount, ..payment(&amount.to_string()) };
        let opened = gateway.create(&Order::new(&payment, "VPN", RETURN)).await;
        assert_eq!(opened.is_ok(), taken, "{amount}: {opened:?}");
        assert_eq!(gateway.abilities().takes(amount), taken);
    }
    let minors: Vec<i64> = terminal.orders().iter().map(|order| order.minor).collect();
    assert_eq!(minors, [1_000, 99_999_999, 100, 107]);
}

#[tokio::test]
async fn a_payments_life_as_told_by_the_stand_in() {
    let hand = Hand::new();
    let terminal = terminal(&hand);
    let gateway = gateway(&serve(terminal.api()).await);
    let payment = payment("life");
    let opened = gateway.create(&Order::new(&payment, "VPN", RETURN)).await.unwrap();
    let id = terminal.orders()[0].id.clone();
    let object = ObjectRef::Payment(opened.external_id.unwrap());
    let ask = async || {
        hand.advance(1);
        gateway.fetch(&object).await.unwrap().unwrap().into_inner()
    };
    let pending = ask().await;
    assert_eq!((pending.payment, pending.report.status), (Some(payment.id), Status::Pending));
    assert!(pending.report.test);

    // One attempt fails: the link is still open.
    terminal.act(&id, Act::Cancel).unwrap();
    for webhook in terminal.take_webhooks() {
        assert!(matches!(gateway.authenticate(&raw(webhook)).await, Ok(Claim::Ignore(_))));
    }
    assert_eq!(ask().await.report.status, Status::Pending);

    terminal.act(&id, Act::PayAndRepeat).unwrap();
    let webhooks = terminal.take_webhooks();
    assert_eq!(webhooks.len(), 3);
    assert!(matches!(gateway.authenticate(&raw(webhooks[0].clone())).await, Ok(Claim::Ignore(_))));
    let mut told = Vec::new();
    for webhook in &webhooks[1..] {
        told.push(signed(&gateway, webhook.clone()).await);
    }
    assert_eq!(told[0], told[1]);
    let paid = told.remove(0);
    assert_eq!((paid.payment, &paid.report.status), (Some(payment.id), &Status::Paid(rub(19_900))));
    assert_eq!(ask().await, paid);
    // Once paid it is known by its transaction.
    let by_transaction = ObjectRef::Payment(paid.report.external_id.clone());
    assert_eq!(gateway.fetch(&by_transaction).await.unwrap().unwrap().into_inner(), paid);

    terminal.act(&id, Act::Refund(5_000)).unwrap();
    let part = signed(&gateway, terminal.take_webhooks().remove(0)).await;
    assert_eq!((part.payment, &part.report.external_id), (Some(payment.id), &paid.report.external_id));
    let Status::RefundedPart { refund, amount } = part.report.status.clone() else { panic!("{part:?}") };
    assert_eq!(amount, rub(5_000));
    assert_ne!(refund, paid.report.external_id);
    let of = |payment: &str| ObjectRef::Refund { refund: refund.clone(), payment: payment.to_owned() };
    let asked = gateway.fetch(&of(&paid.report.external_id)).await.unwrap().unwrap().into_inner();
    assert_eq!(asked, part);
    hand.advance(1);
    assert_eq!(gateway.fetch(&of("3a16a4f0-0000")).await.unwrap(), None);
    // Whoever has not heard of the money must still hear of it: a refund is no payment.
    assert_eq!(ask().await, paid);
}

#[tokio::test]
async fn endings_without_the_agreed_money() {
    let hand = Hand::new();
    let terminal = terminal(&hand);
    let gateway = gateway(&serve(terminal.api()).await);
    let open = async |seed: &str| {
        let payment = payment(seed);
        let opened = gateway.create(&Order::new(&payment, "VPN", RETURN)).await.unwrap();
        (terminal.orders().last().unwrap().id.clone(), ObjectRef::Payment(opened.external_id.unwrap()))
    };
    let (other, _) = open("other").await;
    terminal.act(&other, Act::PayOther(100)).unwrap();
    let told = signed(&gateway, terminal.take_webhooks().pop().unwrap()).await;
    assert_eq!(told.report.status, Status::Paid(rub(100)));

    let (silent, asked) = open("silent").await;
    terminal.act(&silent, Act::PaySilently).unwrap();
    assert_eq!(terminal.take_webhooks(), []);
    let found = gateway.fetch(&asked).await.unwrap().unwrap();
    assert_eq!(found.report.status, Status::Paid(rub(19_900)));

    let (late, late_asked) = open("late").await;
    terminal.act(&late, Act::PayLate).unwrap();
    let (_, forgotten) = open("forgotten").await;
    let (failed, failed_asked) = open("failed").await;
    terminal.act(&failed, Act::Cancel).unwrap();
    terminal.take_webhooks();
    hand.advance(61);
    let status =
        async |object: &ObjectRef| gateway.fetch(object).await.unwrap().unwrap().into_inner().report.status;
    assert_eq!(status(&forgotten).await, Status::Canceled("closed".to_owned()));
    let declined = Status::Canceled("TRA_2999 Declined by issuer".to_owned());
    assert_eq!(status(&failed_asked).await, declined);
    // Closed, but money is under way.
    assert_eq!(status(&late_asked).await, Status::Pending);
    hand.advance(5);
    let told = signed(&gateway, terminal.take_webhooks().remove(0)).await;
    assert_eq!(told.report.status, Status::Paid(rub(19_900)));

    for act in [Act::PayAgain, Act::Dispute] {
        assert!(matches!(terminal.act(&late, act), Err(NotPossible::Never(_))));
    }
}

#[tokio::test]
async fn a_lost_answer_is_found_again_or_stays_unknown() {
    let terminal = terminal(&Hand::new());
    let (api, calls) = fated(terminal.api(), vec![Some((true, 502, "bad gateway"))]);
    let gateway = gateway(&serve(api).await);
    let payment = payment("lost");
    let opened = gateway.create(&Order::new(&payment, "VPN", RETURN)).await.unwrap();
    let orders = terminal.orders();
    assert_eq!((orders.len(), calls.load(Ordering::SeqCst)), (1, 2));
    assert_eq!(opened.external_id, Some(format!("{}/{}", orders[0].id, payment.id)));

    for search in [None, Some((false, 500, "")), Some((false, 429, ""))] {
        let (api, calls) =
            fated(wata_world::terminal(&Hand::new()).api(), vec![Some((false, 500, "")), search]);
        let outcome =
            wata_world::gateway(&serve(api).await).create(&Order::new(&payment, "VPN", RETURN)).await;
        assert!(matches!(outcome, Err(GatewayError::UnknownOutcome { .. })), "{outcome:?}");
        assert_eq!(calls.load(Ordering::SeqCst), 2);
    }
}

#[tokio::test]
async fn every_kind_of_refusal() {
    let invalid = r#"{"error":{"code":null,"message":"Your request is invalid!","details":"'Amount' is required.","data":{},"validationErrors":[]}}"#;
    let try_with = async |status: u16, body: &'static str| {
        let (api, _) = fated(terminal(&Hand::new()).api(), vec![Some((false, status, body))]);
        let payment = payment("refused");
        gateway(&serve(api).await).create(&Order::new(&payment, "VPN", RETURN)).await.unwrap_err()
    };
    assert!(matches!(try_with(401, "").await, GatewayError::Unauthorized));
    assert!(matches!(try_with(403, "{}").await, GatewayError::Unauthorized));
    assert_eq!(try_with(429, "").await.retry(), Retry::Later(Duration::from_secs(7)));
    let GatewayError::Refused { description, .. } = try_with(400, invalid).await else { panic!() };
    assert_eq!(description, "Your request is invalid! 'Amount' is required.");
    assert!(matches!(try_with(404, "<html>").await, GatewayError::Refused { .. }));
    for body in ["", "{}", "[]", r#"{"id":"x"}"#] {
        assert!(matches!(try_with(200, body).await, GatewayError::Garbage { .. }), "{body}");
    }
    // Nobody there: nothing was created.
    let payment = payment("nobody");
    let outcome = gateway("http://127.0.0.1:1").create(&Order::new(&payment, "VPN", RETURN)).await;
    assert!(matches!(outcome, Err(GatewayError::Unavailable { .. })), "{outcome:?}");
    // The stand-in knows strangers too.
    let base = serve(terminal(&Hand::new()).api()).await;
    let stranger = Wata::new(http(), Config { token: "other".into(), ..config(&base) }).unwrap();
    let outcome = stranger.create(&Order::new(&payment, "VPN", RETURN)).await;
    assert!(matches!(outcome, Err(GatewayError::Unauthorized)), "{outcome:?}");
    // A second question about one object within 30 seconds.
    let gateway = gateway(&serve(terminal(&Hand::new()).api()).await);
    let object = ObjectRef::Payment(format!("3fa85f64-1/{}", payment.id));
    assert_eq!(gateway.fetch(&object).await.unwrap(), None);
    let outcome = gateway.fetch(&object).await;
    assert!(matches!(outcome, Err(GatewayError::RateLimited { retry_after }) if retry_after.as_secs() == 30));
}

#[tokio::test]
async fn links_that_contradict_the_order_are_not_believed() {
    let payment = payment("contradiction");
    let good = json!({
        "id": "3fa85f64-5717", "amount": 199.0, "currency": "RUB", "status": "Opened",
        "url": "https://payment.wata.pro/pay-form/1", "orderId": payment.id.to_string(),
    });
    let try_with = async |pointer: &str, value: Value| {
        let mut body = good.clone();
        *body.pointer_mut(pointer).unwrap() = value;
        let router = Router::new().fallback(move || async move { axum::Json(body) });
        gateway(&serve(router).await).create(&Order::new(&payment, "VPN", RETURN)).await
    };
    assert!(try_with("/amount", json!(199)).await.is_ok());
    for (pointer, value) in [
        ("/amount", json!(199.01)),
        ("/amount", json!(1.99e2)),
        ("/currency", json!("USD")),
        ("/orderId", json!("pay_other")),
        ("/orderId", json!(null)),
        ("/status", json!("Closed")),
        ("/id", json!("../transactions")),
        ("/url", json!("javascript:alert(1)")),
        ("/url", json!(null)),
    ] {
        let outcome = try_with(pointer, value.clone()).await;
        let exact = value == json!(1.99e2);
        assert!(matches!(outcome, Err(GatewayError::Garbage { .. })) != exact, "{value}: {outcome:?}");
    }
}

fn refund_of<'a>(payment: &'a Payment, minor: i64, external_id: Option<&'a str>) -> RefundOrder<'a> {
    let key = format!("refund_{minor}");
    RefundOrder { payment, amount: rub(minor), key, external_id, description: "back".to_owned() }
}

#[tokio::test]
async fn refunds_are_made_once() {
    let hand = Hand::new();
    let terminal = terminal(&hand);
    // The fourth call is the first refund: its answer is lost.
    let fates = vec![None, None, None, Some((true, 504, ""))];
    let (api, _) = fated(terminal.api(), fates);
    let gateway = gateway(&serve(api).await);
    let mut payment = payment("refunds");
    let opened = gateway.create(&Order::new(&payment, "VPN", RETURN)).await.unwrap();
    payment.external_id = opened.external_id;
    terminal.act(&terminal.orders()[0].id, Act::Pay).unwrap();
    let paid = signed(&gateway, terminal.take_webhooks().pop().unwrap()).await;
    payment.external_id = Some(paid.report.external_id.clone());
    let back = async |minor, known: Option<&str>| {
        hand.advance(1);
        gateway.refund(&refund_of(&payment, minor, known)).await
    };

    let lost = back(5_000, None).await;
    assert!(matches!(lost, Err(GatewayError::UnknownOutcome { .. })), "{lost:?}");
    // Repeated: it is found, not made again.
    let found = back(5_000, None).await.unwrap().into_inner();
    let Status::RefundedPart { refund, amount } = &found.report.status else { panic!("{found:?}") };
    assert_eq!((*amount, terminal.orders()[0].refunded_minor), (rub(5_000), 5_000));
    assert_eq!((found.payment, &found.report.external_id), (Some(payment.id), &paid.report.external_id));
    let told = signed(&gateway, terminal.take_webhooks().remove(0)).await;
    assert_eq!(told, found);
    assert_eq!(back(5_000, Some(refund)).await.unwrap().into_inner(), found);

    // One that takes its time, and then fails.
    terminal.delay_refunds();
    let slow = back(4_900, None).await.unwrap().into_inner();
    assert_eq!(slow.report.status, Status::Pending);
    let id = slow.report.external_id.clone();
    assert_eq!(back(4_900, Some(&id)).await.unwrap().into_inner(), slow);
    terminal.settle_refunds(false);
    let told = signed(&gateway, terminal.take_webhooks().remove(0)).await;
    let failed = Status::RefundFailed("TRA_2999 Declined by issuer".to_owned());
    assert_eq!((&told.report.status, &told.report.external_id), (&failed, &paid.report.external_id));
    assert_eq!(back(4_900, Some(&id)).await.unwrap().report.status, failed);

    let more = back(14_901, None).await;
    assert!(matches!(more, Err(GatewayError::Refused { .. })), "{more:?}");
    // Ordered anew, the declined one does not count.
    let anew = back(4_900, None).await.unwrap().into_inner();
    assert_eq!(anew.report.status, Status::Pending);
    assert_ne!(anew.report.external_id, id);
    back(10_000, None).await.unwrap();
    terminal.settle_refunds(true);
    assert_eq!(terminal.orders()[0].refunded_minor, 19_900);
}

#[tokio::test]
async fn an_unpaid_payment_is_not_refunded_and_a_link_finds_its_charge() {
    let hand = Hand::new();
    let terminal = terminal(&hand);
    let gateway = gateway(&serve(terminal.api()).await);
    let mut payment = payment("by link");
    payment.external_id = gateway.create(&Order::new(&payment, "VPN", RETURN)).await.unwrap().external_id;
    let unpaid = gateway.refund(&refund_of(&payment, 100, None)).await;
    assert!(matches!(unpaid, Err(GatewayError::Refused { .. })), "{unpaid:?}");
    terminal.act(&terminal.orders()[0].id, Act::Pay).unwrap();
    hand.advance(1);
    let back = gateway.refund(&refund_of(&payment, 19_900, None)).await.unwrap();
    assert!(matches!(&back.report.status, Status::RefundedPart { amount, .. } if *amount == rub(19_900)));
}

#[tokio::test]
async fn improper_ids_are_not_put_into_an_address() {
    let terminal = terminal(&Hand::new());
    let gateway = gateway(&serve(terminal.api()).await);
    for id in ["", "/", "../links", "a/b", "3fa8/../pay_1", "3fa8?x=1", "3fa8%2f"] {
        assert_eq!(gateway.fetch(&ObjectRef::Payment(id.to_owned())).await.unwrap(), None, "{id}");
        let refund = ObjectRef::Refund { refund: id.to_owned(), payment: "3fa8".to_owned() };
        assert_eq!(gateway.fetch(&refund).await.unwrap(), None, "{id}");
    }
    assert_eq!(terminal.calls(), []);
}

#[test]
fn settings_are_checked_all_at_once() {
    let bad = Config {
        api_url: "https://api-sandbox.wata.pro".to_owned(),
        token: SecretString::from("with space"),
        public_key_pem: Some("-----BEGIN NOTHING-----".to_owned()),
        check_ip: false,
        test: false,
    };
    let mistakes = bad.check().unwrap_err().0;
    let names: Vec<&str> = mistakes.iter().map(|mistake| mistake.split(':').next().unwrap()).collect();
    assert_eq!(names, ["WATA_TOKEN", "WATA_PUBLIC_KEY_PEM", "WATA_TEST"]);
    assert!(!format!("{bad:?}").contains("with space"));
    assert!(
        Config { api_url: "ftp://x".to_owned(), ..bad }.check().unwrap_err().0[0].starts_with("WATA_API_URL")
    );
}
