//! PayPal: money that goes back, by us, by the operator or by the payer's bank.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do: by panicking")]

mod paypal_world;
mod support;

use domain::{Payment, credit::Status};
use payments::{Gateway, GatewayError, ObjectRef, RefundOrder, Refunds};
use paypal_world::{Meets, World, gateway, payment, usd};
use serde_json::json;
use standin_providers::{Act, Till};
use support::serve;

fn refund_of<'a>(payment: &'a Payment, minor: i64, key: &str) -> RefundOrder<'a> {
    RefundOrder {
        payment,
        amount: usd(minor),
        key: key.to_owned(),
        external_id: None,
        description: "why".to_owned(),
    }
}

/// A payment that has been paid: by its capture's id, and its order's.
async fn paid(world: &World, seed: &str) -> (Payment, String) {
    let payment = payment(seed);
    let order = world.open(&payment).await;
    world.act(&order, Act::Pay);
    let capture = world.last().await.external_id;
    (Payment { external_id: Some(capture), ..payment }, order)
}

#[tokio::test]
async fn refunds_are_totals_and_one_per_key() {
    let world = World::new().await;
    assert_eq!(world.gateway.abilities().refunds, Refunds::Partial);
    let (payment, order) = paid(&world, "refunds").await;
    let first = world.gateway.refund(&refund_of(&payment, 100, "one")).await.unwrap();
    assert_eq!(first.report.status, Status::Refunded(usd(100)));
    assert_eq!(
        (first.payment, Some(&first.report.external_id)),
        (Some(payment.id), payment.external_id.as_ref())
    );
    assert_eq!(world.last().await, first.report, "the webhook says the same");
    let second = world.gateway.refund(&refund_of(&payment, 200, "two")).await.unwrap();
    assert_eq!(second.report.status, Status::Refunded(usd(300)));
    let sent = world.posts().pop().unwrap();
    let golden = json!({ "amount": { "currency_code": "USD", "value": "2.00" }, "custom_id": "two", "note_to_payer": "why" });
    assert_eq!((sent.key.as_deref(), sent.request), (Some("two"), golden));
    // Repeated, also when PayPal has forgotten the key and when the payment is known by its order.
    world.hand.advance(7 * 60);
    let by_order = Payment { external_id: Some(order), ..payment.clone() };
    for payment in [&payment, &by_order] {
        let again = world.gateway.refund(&refund_of(payment, 100, "one")).await.unwrap();
        assert_eq!(again.report.status, Status::Refunded(usd(300)));
    }
    assert_eq!(world.till.orders()[0].refunded_minor, 300);

    let much = world.gateway.refund(&refund_of(&payment, 200, "three")).await;
    assert!(matches!(much, Err(GatewayError::Refused { .. })), "{much:?}");
    let rest = world.gateway.refund(&refund_of(&payment, 199, "rest")).await.unwrap();
    assert_eq!(rest.report.status, Status::Refunded(usd(499)));
    let gone = world.gateway.refund(&refund_of(&payment, 1, "more")).await.unwrap();
    assert_eq!(gone.report.status, Status::Refunded(usd(499)), "nothing is left to send");
    for id in [None, Some("UNKNOWN".to_owned())] {
        let unknown = Payment { external_id: id, ..payment.clone() };
        let unknown = world.gateway.refund(&refund_of(&unknown, 1, "x")).await;
        assert!(matches!(unknown, Err(GatewayError::Refused { .. })));
    }
}

#[tokio::test]
async fn refunds_that_take_their_time_or_fail() {
    let world = World::new().await;
    let (payment, _) = paid(&world, "slow refunds").await;
    world.till.slow_refunds(true);
    for (key, arrives, outcome) in
        [("one", true, Status::Refunded(usd(100))), ("two", false, Status::RefundFailed("failed".to_owned()))]
    {
        let pending = world.gateway.refund(&refund_of(&payment, 100, key)).await.unwrap();
        assert_eq!(pending.report.status, Status::Pending);
        let id = world.till.refunds().pop().unwrap();
        let refund = ObjectRef::Refund { refund: id.clone(), payment: payment.external_id.clone().unwrap() };
        assert_eq!(world.fetch(&refund).await.unwrap().report.status, Status::Pending);
        world.till.settle_refund(&id, arrives).unwrap();
        let told = world.told().await.pop().unwrap();
        assert_eq!((told.payment, &told.report.status), (Some(payment.id), &outcome));
        assert_eq!(world.fetch(&refund).await.unwrap(), told);
    }
}

#[tokio::test]
async fn a_lost_answer_to_a_refund_is_one_refund() {
    let world = World::new().await;
    let (payment, _) = paid(&world, "lost refund").await;
    // Token, capture, order, refund.
    let fates = vec![Meets::Answer, Meets::Answer, Meets::Answer, Meets::Lost(500)];
    let base = serve(paypal_world::fated(world.till.api(), fates)).await;
    let told = gateway(&base).refund(&refund_of(&payment, 100, "one")).await.unwrap();
    assert_eq!(told.report.status, Status::Refunded(usd(100)));
    assert_eq!(world.till.refunds().len(), 1);
}

#[tokio::test]
async fn reversals_and_disputes() {
    let world = World::new().await;
    let (payment, order) = paid(&world, "dispute").await;
    world.act(&order, Act::Dispute);
    world.till.dispute_unnamed(&order).unwrap();
    let told = world.told().await;
    assert_eq!(told.len(), 2);
    for told in told {
        assert_eq!((told.payment, told.report.test), (Some(payment.id), true));
        assert_eq!(told.report.status, Status::Disputed("unauthorised".to_owned()));
        assert_eq!(Some(told.report.external_id), payment.external_id);
    }
    world.till.reverse(&order).unwrap();
    assert_eq!(world.last().await.status, Status::Refunded(usd(499)));
}

#[tokio::test]
async fn a_refund_that_is_not_of_that_payment_is_nothing() {
    let world = World::new().await;
    let mut captures = Vec::new();
    for seed in ["one", "two"] {
        let order = world.open(&payment(seed)).await;
        world.act(&order, Act::Pay);
        captures.push(world.last().await.external_id);
    }
    world.act(&world.till.orders()[0].id, Act::Refund(10));
    world.act(&world.till.orders()[1].id, Act::Refund(20));
    let refund = world.till.refunds()[0].clone();
    let mixed = ObjectRef::Refund { refund, payment: captures[1].clone() };
    assert_eq!(world.fetch(&mixed).await, None);
}
