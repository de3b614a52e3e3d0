//! Stripe: money sent back, and methods that are saved and charged again.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do: by panicking")]

mod stripe_world;
mod support;

use domain::{
    Payment,
    credit::{SavedToken, Status},
};
use payments::{Gateway, GatewayError, ObjectRef, Order, RefundOrder, Refunds};
use standin_providers::{Act, Till};
use stripe_world::{Meets, RETURN, World, payment, usd};

fn refund_of<'a>(payment: &'a Payment, minor: i64, key: &str) -> RefundOrder<'a> {
    RefundOrder {
        payment,
        amount: usd(minor),
        key: key.to_owned(),
        external_id: None,
        description: "why".to_owned(),
    }
}

/// A payment that has been paid; its `external_id` is the payment intent's.
async fn paid(world: &World, seed: &str) -> (Payment, String) {
    let payment = payment(seed);
    let session = world.open(&payment).await;
    world.act(&session, Act::Pay);
    let intent = world.only().await.external_id;
    (Payment { external_id: Some(intent), ..payment }, session)
}

#[tokio::test]
async fn refunds_are_totals_and_one_per_key() {
    let world = World::new().await;
    assert_eq!(world.gateway.abilities().refunds, Refunds::Partial);
    let (payment, session) = paid(&world, "refunds").await;
    let first = world.gateway.refund(&refund_of(&payment, 100, "one")).await.unwrap();
    assert_eq!(first.report.status, Status::Refunded(usd(100)));
    assert_eq!(
        (first.payment, &first.report.external_id),
        (Some(payment.id), payment.external_id.as_ref().unwrap())
    );
    assert_eq!(world.only().await, first.report, "the webhook says the same");
    let second = world.gateway.refund(&refund_of(&payment, 200, "two")).await.unwrap();
    assert_eq!(second.report.status, Status::Refunded(usd(300)));
    // Repeated, also when Stripe has forgotten the key and when the payment is known by its session.
    world.hand.advance(25 * 60);
    let by_session = Payment { external_id: Some(session), ..payment.clone() };
    for payment in [&payment, &by_session] {
        let again = world.gateway.refund(&refund_of(payment, 100, "one")).await.unwrap();
        assert_eq!(again.report.status, Status::Refunded(usd(300)));
    }
    assert_eq!(world.till.orders()[0].refunded_minor, 300);

    let much = world.gateway.refund(&refund_of(&payment, 200, "three")).await;
    assert!(matches!(much, Err(GatewayError::Refused { .. })), "{much:?}");
    world.gateway.refund(&refund_of(&payment, 199, "rest")).await.unwrap();
    let gone = world.gateway.refund(&refund_of(&payment, 1, "more")).await.unwrap();
    assert_eq!(gone.report.status, Status::Refunded(usd(499)), "nothing is left to send");
    let unknown = Payment { external_id: None, ..payment.clone() };
    let unknown = world.gateway.refund(&refund_of(&unknown, 1, "x")).await;
    assert!(matches!(unknown, Err(GatewayError::Refused { .. })));
}

#[tokio::test]
async fn refunds_that_take_their_time_or_fail() {
    let world = World::new().await;
    let (payment, _) = paid(&world, "slow refunds").await;
    world.till.slow_refunds(true);
    let pending = world.gateway.refund(&refund_of(&payment, 100, "one")).await.unwrap();
    assert_eq!(pending.report.status, Status::Pending);
    let id = world.till.refunds()[0].clone();
    world.told().await;
    world.till.settle_refund(&id, true).unwrap();
    assert_eq!(world.only().await.status, Status::Refunded(usd(100)));
    world.till.settle_refund(&id, false).unwrap();
    let reason = Status::RefundFailed("expired_or_canceled_card".to_owned());
    for told in world.told().await {
        assert_eq!((told.payment, &told.report.status), (Some(payment.id), &reason));
    }
    let refund = ObjectRef::Refund { refund: id, payment: payment.external_id.clone().unwrap() };
    assert_eq!(world.fetch(&refund).await.unwrap().report.status, reason);
    // One made in the cabinet carries no mark of ours: it is asked about.
    world.act(&world.till.orders()[0].id, Act::Refund(50));
    world.told().await;
    world.till.settle_refund(&world.till.refunds()[1], false).unwrap();
    for told in world.told().await {
        assert_eq!((told.payment, &told.report.status), (Some(payment.id), &reason));
    }
}

#[tokio::test]
async fn a_lost_answer_to_a_refund_is_one_refund() {
    // Create, list, refund.
    let world = World::fated(vec![Meets::Answer, Meets::Answer, Meets::Lost(500)]).await;
    let (payment, _) = paid(&world, "lost refund").await;
    let told = world.gateway.refund(&refund_of(&payment, 100, "one")).await.unwrap();
    assert_eq!(told.report.status, Status::Refunded(usd(100)));
    assert_eq!(world.till.refunds().len(), 1);
}

/// Pays and saves the method.
async fn saved(world: &World, seed: &str) -> SavedToken {
    let payment = payment(seed);
    let order = Order { save_method: true, ..Order::new(&payment, "VPN", RETURN) };
    let session = world.gateway.create(&order).await.unwrap().external_id.unwrap();
    world.act(&session, Act::Pay);
    let told = world.only().await;
    assert_eq!(told.status, Status::Paid(usd(499)));
    told.saved.unwrap()
}

#[tokio::test]
async fn a_saved_method_is_charged_again() {
    let world = World::new().await;
    assert!(world.gateway.abilities().saves_methods);
    let token = saved(&world, "saving").await;
    assert_eq!(token.title, "Visa •4242");
    assert!(token.token.starts_with("cus_") && token.token.contains("/pm_"), "{}", token.token);

    let next = payment("renewal");
    let order = Order::new(&next, "VPN", RETURN);
    let charged = world.gateway.charge(&order, &token.token).await.unwrap();
    assert_eq!((charged.payment, &charged.report.status), (Some(next.id), &Status::Paid(usd(499))));
    assert_eq!(charged.report.saved, None);
    assert_eq!(world.only().await, charged.report, "the webhook names the same money");
    assert_eq!(world.gateway.charge(&order, &token.token).await.unwrap(), charged);
    assert_eq!(world.ask(&charged.report.external_id).await, *charged);
    assert_eq!(world.till.orders().len(), 2);

    for code in ["insufficient_funds", "authentication_required"] {
        world.till.decline_method(&token.token, Some(code)).unwrap();
        let next = payment(code);
        let order = Order::new(&next, "VPN", RETURN);
        for _ in 0..2 {
            let declined = world.gateway.charge(&order, &token.token).await.unwrap();
            assert_eq!(declined.report.status, Status::Canceled(code.to_owned()));
            assert_eq!((declined.payment, declined.report.test), (Some(next.id), true));
            assert_eq!(world.ask(&declined.report.external_id).await.report, declined.report);
        }
        assert_eq!(world.only().await.status, Status::Canceled(code.to_owned()));
    }
    world.till.revoke_method(&token.token).unwrap();
    let gone = world.gateway.charge(&Order::new(&payment("gone"), "VPN", RETURN), &token.token).await;
    assert!(matches!(gone, Err(GatewayError::Refused { code, .. }) if code == "resource_missing"));
    for bad in ["", "cus_1", "pm_1/cus_1", "cus_1/pm_1/x", "cus_1/pm_1&amount=1"] {
        let calls = world.till.calls().len();
        let refused = world.gateway.charge(&order, bad).await;
        assert!(matches!(refused, Err(GatewayError::Refused { .. })), "{bad}");
        assert_eq!(world.till.calls().len(), calls, "{bad}");
    }
}

#[tokio::test]
async fn a_lost_answer_to_a_charge_is_one_charge() {
    // Create, ask for what was saved, charge.
    let world = World::fated(vec![Meets::Answer, Meets::Answer, Meets::Lost(502)]).await;
    let token = saved(&world, "saving").await;
    let next = payment("renewal");
    let charged = world.gateway.charge(&Order::new(&next, "VPN", RETURN), &token.token).await.unwrap();
    assert_eq!(charged.report.status, Status::Paid(usd(499)));
    assert_eq!(world.till.orders().len(), 2);
}

#[tokio::test]
async fn a_method_is_saved_without_paying() {
    let world = World::new().await;
    assert!(world.gateway.abilities().binds);
    let payment = Payment { amount: usd(0), ..payment("binding") };
    let opened = world.gateway.bind(&Order::new(&payment, "VPN", RETURN)).await.unwrap();
    let id = opened.external_id.unwrap();
    assert_eq!(world.ask(&id).await.report.status, Status::Pending);
    world.act(&id, Act::Pay);
    let told = world.only().await;
    assert_eq!((&told.status, &told.external_id), (&Status::Paid(usd(0)), &id));
    let token = told.saved.clone().unwrap();
    let asked = world.fetch(&ObjectRef::Method(id)).await.unwrap();
    assert_eq!((asked.payment, asked.report), (Some(payment.id), told));
    let next = stripe_world::payment("after binding");
    let charged = world.gateway.charge(&Order::new(&next, "VPN", RETURN), &token.token).await.unwrap();
    assert_eq!(charged.report.status, Status::Paid(usd(499)));
}
