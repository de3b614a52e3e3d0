//! What a provider sold by its own link.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod support;

use domain::{
    Actor, EventKind, PaymentState, Provider, Renewal, SubscriptionNo, TimePolicy, UserId,
    credit::Verdict,
    provisioning::Cause,
    reaction::{self, Task},
    renewal,
    sale::{self, Sold},
    upkeep::Stage,
};
use jiff::Timestamp;
use support::{World, at, plan, refunded, rub};

fn sold(external_id: &str, until: Option<&str>, renews: bool) -> Sold {
    Sold {
        provider: Provider::Tribute,
        user: UserId(42),
        external_id: external_id.into(),
        amount: rub(20_000),
        until: until.map(at),
        renews,
    }
}

/// Takes a sale; false if it was taken before.
fn take(world: &mut World, sold: &Sold) -> bool {
    let decision = sale::take(&world.state, sold, &plan(), world.now);
    world.commit(&decision)
}

fn granted(world: &World, external_id: &str) -> Option<(Timestamp, Timestamp)> {
    world.payments[&sale::payment_id(Provider::Tribute, external_id)].granted
}

#[test]
fn a_new_one_is_credited_until_the_promised_day() {
    let mut world = World::new();
    assert!(take(&mut world, &sold("sub/1", Some("2026-12-25T00:00:00Z"), true)));
    let subscription = world.subscription();
    assert_eq!((subscription.end, subscription.stage), (at("2026-12-25T00:00:00Z"), Stage::Fresh));
    let renewal = Renewal::Provider { provider: Provider::Tribute, reference: "sub/1".into() };
    assert_eq!(subscription.renewal, renewal);
    let id = sale::payment_id(Provider::Tribute, "sub/1");
    assert_eq!(
        (subscription.pending.as_slice(), world.status(id)),
        (&[Cause::Payment(id)][..], PaymentState::Succeeded)
    );
    assert_eq!(world.payment(id).received, Some(rub(20_000)));
    let event = world.events.last().unwrap();
    assert_eq!(event.actor, Actor::Provider(Provider::Tribute));
    assert!(matches!(&event.kind, EventKind::Credited { from: None, amount, .. } if *amount == rub(20_000)));
    assert!(matches!(reaction::jobs(event).as_slice(), [job] if matches!(job.task, Task::Provision(_))));
}

#[test]
fn a_retry_is_the_same_sale() {
    let mut world = World::new();
    let sale = sold("sub/1", Some("2026-12-25T00:00:00Z"), true);
    assert!(take(&mut world, &sale));
    world.pass(5);
    assert!(!take(&mut world, &sale));
    assert_eq!((world.count("credited"), world.end()), (1, at("2026-12-25T00:00:00Z")));
}

#[test]
fn a_renewal_is_never_added_blindly() {
    let mut world = World::new();
    take(&mut world, &sold("sub/1", Some("2026-12-25T00:00:00Z"), true));
    take(&mut world, &sold("sub/2", Some("2027-01-25T00:00:00Z"), true));
    assert_eq!(world.end(), at("2027-01-25T00:00:00Z"));
    assert_eq!(granted(&world, "sub/2"), Some((at("2026-12-25T00:00:00Z"), at("2027-01-25T00:00:00Z"))));
    // News that come out of order, and a promise that is shorter than what there is, shorten nothing.
    take(&mut world, &sold("sub/0", Some("2026-12-01T00:00:00Z"), true));
    assert_eq!(world.end(), at("2027-01-25T00:00:00Z"));
    let (from, to) = granted(&world, "sub/0").unwrap();
    assert_eq!(from, to, "it bought nothing");
}

#[test]
fn a_promise_that_is_over_buys_nothing() {
    let mut world = World::new();
    take(&mut world, &sold("sub/1", Some("2026-11-01T00:00:00Z"), true));
    let end = at("2026-11-01T00:00:00Z");
    assert_eq!((world.end(), granted(&world, "sub/1")), (end, Some((end, end))));
}

#[test]
fn a_sale_without_a_promise_lasts_as_long_as_the_plan() {
    let mut world = World::new();
    take(&mut world, &sold("buy/1", None, false));
    assert_eq!(world.end(), at("2026-12-21T10:00:00Z"));
    take(&mut world, &sold("buy/2", None, false));
    assert_eq!((world.end(), &world.subscription().renewal), (at("2027-01-21T10:00:00Z"), &Renewal::Off));
}

#[test]
fn what_was_bought_elsewhere_is_kept() {
    let mut world = World::new();
    world.buy("ext-1");
    take(&mut world, &sold("sub/1", Some("2026-12-01T00:00:00Z"), true));
    assert_eq!(world.end(), at("2026-12-21T10:00:00Z"));
    assert!(matches!(world.subscription().renewal, Renewal::Provider { .. }));
}

#[test]
fn gifts_and_trials_cost_nothing_and_do_not_renew() {
    for external_id in ["gift/1", "trial/1"] {
        let mut world = World::new();
        let free = Sold { amount: rub(0), ..sold(external_id, Some("2026-11-28T10:00:00Z"), false) };
        assert!(take(&mut world, &free) && !take(&mut world, &free));
        assert_eq!(world.end(), at("2026-11-28T10:00:00Z"));
        let subscription = world.subscription();
        assert_eq!((&subscription.renewal, subscription.trial), (&Renewal::Off, false));
        let id = sale::payment_id(Provider::Tribute, external_id);
        assert_eq!(world.payment(id).refundable(), rub(0));
        assert_eq!(world.report(id, &refunded(external_id, 100)), Verdict::Nothing);
    }
}

#[test]
fn a_gift_does_not_stop_what_renews() {
    let mut world = World::new();
    take(&mut world, &sold("sub/1", Some("2026-12-25T00:00:00Z"), true));
    take(&mut world, &Sold { amount: rub(0), ..sold("gift/1", Some("2027-02-25T00:00:00Z"), false) });
    let renewal = Renewal::Provider { provider: Provider::Tribute, reference: "sub/1".into() };
    assert_eq!((world.end(), &world.subscription().renewal), (at("2027-02-25T00:00:00Z"), &renewal));
}

#[test]
fn a_cancellation_stops_the_renewal_and_leaves_the_access() {
    let mut world = World::new();
    take(&mut world, &sold("sub/1", Some("2026-12-25T00:00:00Z"), true));
    let (end, revision) = (world.end(), world.subscription().revision);
    let stop = |world: &World| {
        renewal::by_provider(&world.state, SubscriptionNo::FIRST, (Provider::Tribute, false), world.now)
    };
    let decision = stop(&world);
    world.commit(&decision);
    let subscription = world.subscription();
    assert_eq!((subscription.end, subscription.revision), (end, revision));
    assert_eq!(subscription.renewal, Renewal::Off);
    assert_eq!(*world.last(), EventKind::RenewalSet { no: SubscriptionNo::FIRST, by: None });
    assert!(stop(&world).is_nothing());
    assert!(stop(&World::new()).is_nothing(), "nothing to stop");
    take(&mut world, &sold("sub/2", Some("2027-01-25T00:00:00Z"), true));
    assert!(matches!(world.subscription().renewal, Renewal::Provider { .. }), "bought anew");
}

#[test]
fn a_sale_goes_back_as_a_payment_does() {
    let mut world = World::new();
    world.rules.refund = TimePolicy::Cut;
    take(&mut world, &sold("sub/1", Some("2026-12-01T10:00:00Z"), true));
    let id = sale::payment_id(Provider::Tribute, "sub/1");
    assert_eq!(world.report(id, &refunded("sub/1", 10_000)), Verdict::Closed);
    assert_eq!(world.end(), at("2026-11-26T10:00:00Z"), "half of ten days");
    assert_eq!(world.report(id, &refunded("sub/1", 20_000)), Verdict::Closed);
    assert_eq!((world.end(), world.status(id)), (world.now, PaymentState::Refunded));
}
