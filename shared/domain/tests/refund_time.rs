//! What money that goes back does to the time it bought: kept, cut by the same share, or ended.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod support;

use domain::{
    Actor, EventKind, PaymentId, PaymentState, Refusal, Renewal, TimePolicy,
    credit::{Status, Verdict},
    provisioning::Cause,
    reaction::{self, Alert, Notice, Task},
    refund::Target,
    upkeep::Stage,
};
use jiff::{SignedDuration, Timestamp};
use support::{World, at, refunded, report, rub};

/// The end of a month bought at `now()`.
fn month() -> Timestamp {
    at("2026-12-21T10:00:00Z")
}

/// A buyer of one month.
fn bought() -> (World, PaymentId) {
    let mut world = World::new();
    let id = world.buy("ext-1");
    world.pass(24);
    (world, id)
}

fn cut_of(kind: &EventKind) -> Option<(Timestamp, Timestamp)> {
    match kind {
        EventKind::PaymentRefunded { cut, .. } | EventKind::PaymentDisputed { cut, .. } => *cut,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_whole_refund_does_to_the_time_what_was_chosen() {
    for time in TimePolicy::ALL {
        let (mut world, id) = bought();
        let want = if time == TimePolicy::Keep { month() } else { world.now };
        world.refund(id, 15_000, Target::Payer, time).unwrap();
        assert_eq!((world.status(id), world.end()), (PaymentState::Refunding, month()), "asked for only");
        assert_eq!(world.report(id, &refunded("ext-1", 15_000)), Verdict::Closed);
        assert_eq!((world.status(id), world.end()), (PaymentState::Refunded, want), "{time}");
        assert_eq!((world.payment(id).refunded, world.payment(id).refundable()), (15_000, rub(0)));
        let cut = (time != TimePolicy::Keep).then_some((month(), want));
        assert_eq!(cut_of(world.last()), cut);
        let jobs = reaction::jobs(world.events.last().unwrap());
        assert!(matches!(jobs[0].task, Task::Notify(Notice::Refunded { to_balance: false, .. })));
        let hears = jobs.iter().any(|job| matches!(job.task, Task::Provision(_)));
        assert_eq!(hears, cut.is_some(), "the panel hears of a cut");
        let subscription = world.subscription();
        let causes = &[Cause::Payment(id), Cause::Refund(id)][..if cut.is_some() { 2 } else { 1 }];
        assert_eq!(subscription.pending, causes);
        assert_eq!(subscription.stage, if cut.is_some() { Stage::Ended } else { Stage::Fresh });
    }
}

#[test]
fn half_the_money_cuts_half_the_seconds_of_the_month() {
    // 21 November to 21 December: 30 days, so half of it is 15.
    let (mut world, id) = bought();
    world.refund(id, 7_500, Target::Payer, TimePolicy::Cut).unwrap();
    world.report(id, &refunded("ext-1", 7_500));
    assert_eq!(world.end(), at("2026-12-06T10:00:00Z"));
    assert_eq!(world.status(id), PaymentState::PartiallyRefunded);
    // 21 December to 21 January: 31 days, of which a third is ten days and eight hours.
    let (mut world, _) = bought();
    let second = world.buy("ext-2");
    assert_eq!(world.end(), at("2027-01-21T10:00:00Z"));
    world.report(second, &refunded("ext-2", 5_000));
    assert_eq!(world.end(), at("2027-01-11T02:00:00Z"));
    // February: 28 days, of which a quarter is seven.
    let mut world = World::new();
    world.now = at("2027-02-01T00:00:00Z");
    let id = world.buy("ext-1");
    assert_eq!(world.end(), at("2027-03-01T00:00:00Z"));
    world.report(id, &refunded("ext-1", 3_750));
    assert_eq!(world.end(), at("2027-02-22T00:00:00Z"));
    world.now = at("2027-02-03T04:05:06.789Z");
    world.report(id, &refunded("ext-1", 15_000));
    assert_eq!(world.end(), at("2027-02-03T04:05:06Z"), "now, in whole seconds");
}

#[test]
fn several_parts_never_cut_more_than_the_whole_grant() {
    let (mut world, first) = bought();
    world.buy("ext-2");
    let both = world.end();
    for total in [1, 4_999, 5_000, 9_999, 14_998, 15_000] {
        world.report(first, &refunded("ext-1", total));
    }
    let gone = both.duration_since(world.end());
    assert!(gone <= SignedDuration::from_hours(30 * 24), "{gone}");
    assert!(gone > SignedDuration::from_hours(30 * 24) - SignedDuration::from_secs(6), "{gone}");
}

#[test]
fn what_was_ended_once_is_not_cut_from_what_was_bought_later() {
    let (mut world, first) = bought();
    world.refund(first, 5_000, Target::Balance, TimePolicy::End).unwrap();
    assert_eq!(world.end(), world.now);
    world.pass(1);
    world.buy("ext-2");
    let end = world.end();
    world.report(first, &refunded("ext-1", 15_000));
    assert_eq!((world.status(first), world.end()), (PaymentState::Refunded, end));
}

#[test]
fn a_dispute_that_is_lost_cuts_the_time_once() {
    let (mut world, first) = bought();
    world.rules.dispute = TimePolicy::Cut;
    world.buy("ext-2");
    assert_eq!(world.report(first, &report("ext-1", Status::Disputed("fraud".into()))), Verdict::Closed);
    let end = at("2026-12-22T10:00:00Z");
    assert_eq!((world.status(first), world.end()), (PaymentState::Disputed, end));
    assert_eq!(cut_of(world.last()), Some((at("2027-01-21T10:00:00Z"), end)));
    let jobs = reaction::jobs(world.events.last().unwrap());
    assert!(matches!(jobs[0].task, Task::Alert(Alert::Disputed { .. })));
    assert!(matches!(jobs[1].task, Task::Provision(_)));
    assert_eq!(world.report(first, &report("ext-1", Status::Disputed("again".into()))), Verdict::Nothing);
    let refused = world.refund(first, 15_000, Target::Payer, TimePolicy::Keep);
    assert_eq!(refused, Err(Refusal::NotRefundable), "the bank takes it");
    assert_eq!(world.report(first, &refunded("ext-1", 15_000)), Verdict::Closed);
    assert_eq!((world.status(first), world.end()), (PaymentState::Refunded, end));
}

#[test]
fn a_dispute_may_leave_the_time_and_its_refund_take_it() {
    let (mut world, id) = bought();
    world.rules.dispute = TimePolicy::Keep;
    world.report(id, &report("ext-1", Status::Disputed("fraud".into())));
    assert_eq!(world.end(), month());
    world.report(id, &refunded("ext-1", 15_000));
    assert_eq!(world.end(), world.now);
}

#[test]
fn whose_money_went_back_with_the_time_is_not_charged_again() {
    for target in [Target::Payer, Target::Balance] {
        let (world, id) = bought();
        let mut world = world.renewing();
        world.refund(id, 15_000, target, TimePolicy::End).unwrap();
        world.report(id, &refunded("ext-1", 15_000));
        assert_eq!((world.end(), &world.subscription().renewal), (world.now, &Renewal::Off));
        assert!(domain::renewal::charge_at(world.subscription()).is_none());
    }
    let (world, id) = bought();
    let mut world = world.renewing();
    world.report(id, &report("ext-1", Status::Disputed("fraud".into())));
    assert_eq!(world.subscription().renewal, Renewal::Off);
    let (world, id) = bought();
    let mut world = world.renewing();
    world.report(id, &refunded("ext-1", 5_000));
    assert_eq!(world.subscription().renewal, Renewal::Charge, "what is left goes on");
}

#[test]
fn what_was_made_at_the_provider_follows_the_standing_rule() {
    for time in TimePolicy::ALL {
        let (mut world, id) = bought();
        world.rules.refund = time;
        world.report(id, &refunded("ext-1", 7_500));
        let want = match time {
            TimePolicy::Keep => month(),
            TimePolicy::Cut => at("2026-12-06T10:00:00Z"),
            TimePolicy::End => world.now,
        };
        assert_eq!(world.end(), want, "{time}");
        assert_eq!(world.events.last().unwrap().actor, Actor::Provider(domain::Provider::Yookassa));
    }
}
