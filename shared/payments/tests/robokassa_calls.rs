//! Robokassa: questions, refunds and charges, against the stand-in.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do: by panicking")]

mod robokassa_world;

use axum::{Router, http::StatusCode};
use domain::{Payment, credit::Status};
use payments::{
    Gateway, GatewayError, ObjectRef, Order, RefundOrder, Refunds, Retry,
    robokassa::{Config, Robokassa},
};
use robokassa_world::{
    RETURN, config, fated, gateway, open, passwords, payment, rub, shop, signed,
    support::{Hand, http, serve},
};
use standin_providers::{Act, Till, robokassa as standin};

fn refund_of<'a>(payment: &'a Payment, minor: i64, external_id: Option<&'a str>) -> RefundOrder<'a> {
    let key = format!("refund_{minor}");
    RefundOrder { payment, amount: rub(minor), key, external_id, description: "back".to_owned() }
}

/// A paid payment at a shop whose later calls (the visit of the page is the first) meet these fates.
async fn paid(
    hand: &Hand,
    fates: Vec<Option<(bool, u16, &'static str)>>,
) -> (standin::Robokassa, Robokassa, Payment) {
    let shop = shop(hand);
    let fates = [vec![None], fates].concat();
    let gateway = gateway(&serve(fated(shop.api(), fates).0).await);
    let mut payment = payment("refunds");
    let number = open(&gateway, &Order::new(&payment, "VPN", RETURN)).await;
    shop.act(&number, Act::Pay).unwrap();
    payment.external_id = Some(number);
    (shop, gateway, payment)
}

#[tokio::test]
async fn a_refunds_life() {
    let hand = Hand::new();
    let (shop, gateway, payment) = paid(&hand, Vec::new()).await;
    let number = payment.external_id.clone().unwrap();
    let ordered = gateway.refund(&refund_of(&payment, 5_000, None)).await.unwrap().into_inner();
    assert_eq!((ordered.payment, &ordered.report.status), (Some(payment.id), &Status::Pending));
    let id = ordered.report.external_id.clone();
    let object = ObjectRef::Refund { refund: id.clone(), payment: number.clone() };
    assert_eq!(gateway.fetch(&object).await.unwrap().unwrap().into_inner(), ordered);
    hand.advance(1);
    let done = gateway.fetch(&object).await.unwrap().unwrap().into_inner();
    let part = Status::RefundedPart { refund: id.clone(), amount: rub(5_000) };
    assert_eq!((&done.report.status, &done.report.external_id), (&part, &number));
    assert_eq!(done.payment, Some(payment.id));
    // Repeated with what was learned: it is the same refund.
    let again = gateway.refund(&refund_of(&payment, 5_000, Some(&id))).await.unwrap().into_inner();
    assert_eq!((again, shop.orders()[0].refunded_minor), (done, 5_000));

    let more = gateway.refund(&refund_of(&payment, 14_901, None)).await;
    assert!(matches!(&more, Err(GatewayError::Refused { .. })), "{more:?}");
    let failing = gateway.refund(&refund_of(&payment, 14_900, None)).await.unwrap().into_inner();
    shop.cancel_refunds();
    let object = ObjectRef::Refund { refund: failing.report.external_id, payment: number.clone() };
    let failed = gateway.fetch(&object).await.unwrap().unwrap().into_inner();
    assert_eq!(failed.report.status, Status::RefundFailed("canceled".to_owned()));
    gateway.refund(&refund_of(&payment, 14_900, None)).await.unwrap();
    hand.advance(1);
    // All of it is gone: whoever repeats an order is told so.
    let told = gateway.refund(&refund_of(&payment, 14_900, None)).await.unwrap();
    assert_eq!(told.report.status, Status::Refunded(rub(19_900)));

    let unknown = ObjectRef::Refund { refund: "3f2b8c14-0".to_owned(), payment: number };
    assert_eq!(gateway.fetch(&unknown).await.unwrap(), None);
}

#[tokio::test]
async fn refunds_that_go_wrong() {
    let hand = Hand::new();
    // OpStateExt answers, Create is carried out but its answer lost.
    let (shop, gateway, payment) = paid(&hand, vec![None, Some((true, 502, ""))]).await;
    let lost = gateway.refund(&refund_of(&payment, 19_900, None)).await;
    assert!(matches!(lost, Err(GatewayError::UnknownOutcome { .. })), "{lost:?}");
    // Repeated while the first is under way: refused, not doubled.
    let again = gateway.refund(&refund_of(&payment, 19_900, None)).await;
    assert!(matches!(again, Err(GatewayError::Refused { .. })), "{again:?}");
    hand.advance(1);
    let told = gateway.refund(&refund_of(&payment, 19_900, None)).await.unwrap();
    assert_eq!(
        (&told.report.status, shop.orders()[0].refunded_minor),
        (&Status::Refunded(rub(19_900)), 19_900)
    );

    // A part would be doubled: nobody repeats it.
    let (_, gateway, payment) = paid(&hand, vec![None, Some((true, 502, ""))]).await;
    let lost = gateway.refund(&refund_of(&payment, 100, None)).await.unwrap_err();
    assert!(matches!(&lost, GatewayError::Garbage { what } if what.contains("look before repeating")));
    assert_eq!(lost.retry(), Retry::Never);

    let (_, gateway, payment) = paid(&hand, vec![None, Some((false, 400, "<html>"))]).await;
    let refused = gateway.refund(&refund_of(&payment, 100, None)).await;
    assert!(matches!(refused, Err(GatewayError::Refused { .. })));
    let (_, gateway, payment) = paid(&hand, vec![Some((false, 500, ""))]).await;
    let down = gateway.refund(&refund_of(&payment, 100, None)).await;
    assert!(matches!(down, Err(GatewayError::Unavailable { .. })));
    let unpaid = robokassa_world::payment("unpaid");
    let refused = gateway.refund(&refund_of(&unpaid, 100, None)).await;
    assert!(matches!(refused, Err(GatewayError::Refused { .. })));

    let without = Config { password_3: None, ..config("http://127.0.0.1:1") };
    let without = Robokassa::new(http(), without).unwrap();
    assert_eq!(without.abilities().refunds, Refunds::Never);
    let refused = without.refund(&refund_of(&payment, 100, None)).await;
    assert!(matches!(refused, Err(GatewayError::Refused { .. })));
}

#[tokio::test]
async fn a_saved_card_is_charged_again() {
    let hand = Hand::new();
    let shop = shop(&hand);
    // The first calls pass: the page, then the charges.
    let fates = vec![None, None, Some((true, 500, "")), None, Some((false, 500, ""))];
    let gateway = gateway(&serve(fated(shop.api(), fates).0).await);
    let first = payment("first");
    let mut order = Order::new(&first, "VPN", RETURN);
    order.save_method = true;
    let number = open(&gateway, &order).await;
    shop.act(&number, Act::Pay).unwrap();
    let told = signed(&gateway, shop.take_webhooks().remove(0)).await;
    let saved = told.report.saved.unwrap();
    assert_eq!((saved.token.as_str(), saved.title.as_str()), (number.as_str(), "Robokassa"));

    let charge = async |seed: &str, token: &str| {
        let payment = payment(seed);
        gateway.charge(&Order::new(&payment, "VPN", RETURN), token).await
    };
    let begun = charge("second", &number).await.unwrap().into_inner();
    assert_eq!(begun.report.status, Status::Pending);
    let told = signed(&gateway, shop.take_webhooks().remove(0)).await;
    assert_eq!(told.report.external_id, begun.report.external_id);
    assert_eq!(told.payment, Some(payment("second").id));
    assert_eq!((told.report.status, told.report.saved), (Status::Paid(rub(19_900)), None));

    // The answer is lost: the question finds the charge.
    let found = charge("third", &number).await.unwrap();
    assert_eq!(found.report.status, Status::Paid(rub(19_900)));
    // Nothing happened and nothing is found: unknown, and the same order may be sent again.
    let unknown = charge("fourth", &number).await;
    assert!(matches!(unknown, Err(GatewayError::UnknownOutcome { .. })), "{unknown:?}");
    charge("fourth", &number).await.unwrap();
    // Repeated once more: one charge, and its state.
    let again = charge("fourth", &number).await.unwrap();
    assert_eq!(again.report.status, Status::Paid(rub(19_900)));
    assert_eq!(shop.orders().len(), 4);

    shop.decline_charges(true);
    charge("fifth", &number).await.unwrap();
    let declined = charge("fifth", &number).await.unwrap();
    assert_eq!(declined.report.status, Status::Canceled("canceled".to_owned()));
    let other = charge("sixth", "7").await;
    assert!(matches!(&other, Err(GatewayError::Refused { .. })), "{other:?}");
    assert!(matches!(charge("seventh", "../7").await, Err(GatewayError::Refused { .. })));

    let asked = gateway.fetch(&ObjectRef::Payment(number.clone())).await.unwrap().unwrap();
    assert_eq!(asked.report.saved.as_ref().unwrap().title, "Robokassa •4444");
    // Not allowed: nothing is saved, nothing charged.
    let without =
        Robokassa::new(http(), Config { recurring: false, ..config("http://127.0.0.1:1") }).unwrap();
    assert!(!without.abilities().saves_methods);
    assert!(!without.create(&order).await.unwrap().pay_url.unwrap().contains("Recurring"));
    assert!(without.charge(&order, &number).await.is_err());
}

#[tokio::test]
async fn every_kind_of_answer_to_a_question() {
    let state = |result: &str, rest: &str| {
        format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><OperationStateResponse xmlns=\"http://merchant.roboxchange.com/WebService/\"><Result><Code>{result}</Code></Result>{rest}</OperationStateResponse>"
        )
    };
    let done = |sum: &str| format!("<State><Code>100</Code></State><Info><OutSum>{sum}</OutSum></Info>");
    let ask = async |status: u16, body: String| {
        let status = StatusCode::from_u16(status).unwrap();
        let router = Router::new().fallback(move || async move { (status, [("Retry-After", "7")], body) });
        let gateway = gateway(&serve(router).await);
        gateway.fetch(&ObjectRef::Payment("7".to_owned())).await
    };
    let ok = async |body: String| ask(200, body).await;
    let told = ok(state("0", &done("199.000000"))).await.unwrap().unwrap();
    assert_eq!((told.payment, &told.report.status), (None, &Status::Paid(rub(19_900))));
    assert_eq!(ok(state("3", "")).await.unwrap(), None);
    for code in ["1", "2"] {
        assert!(matches!(ok(state(code, "")).await, Err(GatewayError::Unauthorized)));
    }
    assert!(matches!(ok(state("1000", "")).await, Err(GatewayError::Unavailable { .. })));
    for code in ["5", "20", "50", "80"] {
        let told = ok(state("0", &format!("<State><Code>{code}</Code></State>"))).await.unwrap().unwrap();
        assert_eq!(told.report.status, Status::Pending);
    }
    for body in [
        String::new(),
        "<html>".to_owned(),
        "<html></html>".to_owned(),
        state("", ""),
        state("4", ""),
        state("0", ""),
        state("0", "<State><Code>7</Code></State>"),
        state("0", "<State><Code>100</Code></State>"),
        state("0", &done("")),
        state("0", &done("0.00")),
        state("0", &done("199.001")),
        format!("<!DOCTYPE x [<!ENTITY e \"7\">]>{}", state("0", &done("&e;"))),
    ] {
        let answer = ok(body.clone()).await;
        assert!(matches!(answer, Err(GatewayError::Garbage { .. })), "{body}: {answer:?}");
    }
    assert!(matches!(ask(401, String::new()).await, Err(GatewayError::Unauthorized)));
    assert!(matches!(ask(500, String::new()).await, Err(GatewayError::Unavailable { .. })));
    let limited = ask(429, String::new()).await;
    assert!(matches!(limited, Err(GatewayError::RateLimited { retry_after }) if retry_after.as_secs() == 7));
    // Our own passwords are wrong: the stand-in says so as Robokassa does.
    let base = serve(shop(&Hand::new()).api()).await;
    for wrong in [
        Config { passwords: passwords("livePass1", "other"), ..config(&base) },
        Config { merchant_login: "other".to_owned(), ..config(&base) },
    ] {
        let stranger = Robokassa::new(http(), wrong).unwrap();
        let answer = stranger.fetch(&ObjectRef::Payment("7".to_owned())).await;
        assert!(matches!(answer, Err(GatewayError::Unauthorized)), "{answer:?}");
    }
    let nobody = gateway("http://127.0.0.1:1");
    for id in ["", "0", "07", "-7", "+7", "7&x=1", "9223372036854775808", "3fa85f64"] {
        assert_eq!(nobody.fetch(&ObjectRef::Payment(id.to_owned())).await.unwrap(), None, "{id}");
    }
}
