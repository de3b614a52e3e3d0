//! Buying a plan: from the offer to the credited money.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod support;

use domain::{
    Actor, Currency, EventKind, Money, PaymentState, Plan, Provider, Record, Refusal, UserId,
    checkout::{self, Choice},
    credit::{self, Release, Report, Status, Verdict},
    event::HoldReason,
    provisioning::Cause,
    reaction::{self, Notice, Task},
};
use support::{World, at, later, now, paid, payment_in, plan, registered, report, rub, subscription_in};

#[test]
fn the_agreed_money_is_credited_in_one_decision() {
    let mut world = World::new();
    let id = world.open(Choice::default(), "ext-1");
    let payment = world.payment(id);
    let (verdict, decision) =
        credit::report(&world.state, payment, &paid("ext-1", 15_000), world.rules, later(1));
    assert_eq!(verdict, Verdict::Credited);
    assert_eq!(decision.once.as_ref().unwrap().key, "paid/yookassa/ext-1");
    let credited = payment_in(&decision);
    assert_eq!((credited.state, credited.received), (PaymentState::Succeeded, Some(rub(15_000))));
    assert_eq!(credited.granted, Some((later(1), at("2026-12-21T11:00:00Z"))));
    let subscription = subscription_in(&decision);
    assert_eq!(subscription.end, at("2026-12-21T11:00:00Z"));
    assert_eq!(subscription.pending, [Cause::Payment(id)]);
    assert!(decision.records.iter().any(|record| matches!(record, Record::Quote(quote) if quote.closed)));
    let [event] = decision.events.as_slice() else { panic!("one event") };
    assert_eq!(event.actor, Actor::Provider(Provider::Yookassa));
    assert!(matches!(event.kind, EventKind::Credited { from: None, from_balance: None, .. }));
    let jobs = reaction::jobs(event);
    assert!(matches!(jobs.as_slice(), [job] if job.task == Task::Provision(subscription.no)));
}

#[test]
fn a_second_purchase_starts_where_the_first_ends() {
    let mut world = World::new();
    let first = world.buy("ext-1");
    world.pass(1);
    let second = world.buy("ext-2");
    assert_ne!(world.payment(first).quote, world.payment(second).quote, "a paid quote is not offered again");
    assert_eq!(world.end(), at("2027-01-21T10:00:00Z"));
    let granted = (at("2026-12-21T10:00:00Z"), at("2027-01-21T10:00:00Z"));
    assert_eq!(world.payment(second).granted, Some(granted));
}

#[test]
fn money_that_does_not_fit_is_held() {
    let foreign = report("ext-1", Status::Paid(Money::new(15_000, Currency::Usd)));
    let test = Report { test: true, ..paid("ext-1", 15_000) };
    let cases = [
        (paid("ext-1", 14_999), true, HoldReason::Amount),
        (paid("ext-1", 15_001), true, HoldReason::Amount),
        (foreign, true, HoldReason::Amount),
        (test, true, HoldReason::Mode),
        (paid("ext-1", 15_000), false, HoldReason::Mode),
    ];
    for (report, live, want) in cases {
        let mut world = World::new();
        world.rules.live = live;
        let id = world.open(Choice::default(), "ext-1");
        assert_eq!(world.report(id, &report), Verdict::Held, "{report:?}");
        assert_eq!(world.status(id), PaymentState::Held);
        assert!(world.state.subscriptions.is_empty());
        assert!(matches!(world.last(), EventKind::PaymentHeld { reason, .. } if *reason == want));
        let jobs = reaction::jobs(world.events.last().unwrap());
        assert!(matches!(jobs[0].task, Task::Notify(Notice::Held { .. })));
        assert!(matches!(jobs[1].task, Task::Alert(reaction::Alert::Held { .. })));
        assert_eq!(world.report(id, &report), Verdict::Nothing, "again");
    }
}

#[test]
fn an_operator_lets_held_money_count_as_ordered_or_as_a_balance() {
    for (how, end, balance) in
        [(Release::AsOrdered, Some(at("2026-12-21T10:00:00Z")), 0), (Release::ToBalance, None, 15_001)]
    {
        let mut world = World::new();
        let id = world.open(Choice::default(), "ext-1");
        assert_eq!(world.release(id, how), Err(Refusal::NotRefundable), "nothing came");
        world.report(id, &paid("ext-1", 15_001));
        world.release(id, how).unwrap();
        assert_eq!(world.status(id), PaymentState::Succeeded);
        assert_eq!((world.state.subscriptions.first().map(|s| s.end), world.balance()), (end, balance));
        assert_eq!(world.events.last().unwrap().actor, Actor::Operator(support::OPERATOR));
        assert_eq!(world.release(id, how), Err(Refusal::NotRefundable), "once");
    }
}

#[test]
fn repetitions_and_late_cancellations_change_nothing() {
    let mut world = World::new();
    let id = world.buy("ext-1");
    world.pass(2);
    for status in
        [Status::Paid(rub(15_000)), Status::Paid(rub(1)), Status::Canceled("late".into()), Status::Pending]
    {
        let repeated = report("ext-1", status);
        let payment = world.payment(id);
        let (verdict, decision) = credit::report(&world.state, payment, &repeated, world.rules, world.now);
        assert!(verdict == Verdict::Nothing && decision.is_nothing(), "{repeated:?}");
    }
}

#[test]
fn a_cancellation_closes_the_offer_and_is_told() {
    let mut world = World::new();
    let id = world.open(Choice::default(), "ext-1");
    assert_eq!(world.report(id, &report("ext-1", Status::Canceled("any".into()))), Verdict::Closed);
    assert_eq!(world.status(id), PaymentState::Canceled);
    assert!(world.state.quote.as_ref().unwrap().closed);
    let jobs = reaction::jobs(world.events.last().unwrap());
    assert!(matches!(jobs.as_slice(), [job] if job.task == Task::Notify(Notice::Canceled { payment: id })));
    assert_eq!(world.report(id, &paid("ext-1", 15_000)), Verdict::Credited, "late money is money");
}

#[test]
fn money_after_expiry_is_credited() {
    let mut world = World::new();
    let id = world.open(Choice::default(), "ext-1");
    assert_eq!(credit::expired(&world.state, world.payment(id), now()).0, Verdict::Nothing, "not yet");
    let (verdict, decision) = credit::expired(&world.state, world.payment(id), later(2));
    assert_eq!(verdict, Verdict::Closed);
    world.commit(&decision);
    world.pass(30);
    assert_eq!(world.report(id, &paid("ext-1", 15_000)), Verdict::Credited);
}

#[test]
fn an_invoice_paid_twice_is_credited_twice() {
    let mut world = World::new();
    let id = world.buy("ext-1");
    world.pass(1);
    assert_eq!(world.report(id, &paid("ext-2", 15_000)), Verdict::Credited);
    assert_eq!(world.end(), at("2027-01-21T10:00:00Z"));
    let other = world.payments.values().find(|payment| payment.id != id).unwrap();
    assert_eq!((other.external_id.as_deref(), other.version), (Some("ext-2"), 1), "a payment of its own");
    assert_eq!(world.payment(id).external_id.as_deref(), Some("ext-1"));
    for again in ["ext-1", "ext-2"] {
        assert_eq!(world.report(id, &paid(again, 15_000)), Verdict::Nothing, "{again}");
    }
}

#[test]
fn stars_are_taken_for_the_agreed_deal_only() {
    let (quote, decision) = checkout::freeze(&registered(), &plan(), Choice::default(), &[], now()).unwrap();
    let state = registered().after(&decision);
    let way = (Provider::Stars, Currency::Xtr);
    let payment = checkout::payment(&state, quote.id, way, now()).unwrap();
    let stars = Money::new(150, Currency::Xtr);
    assert_eq!(checkout::may_pay(&payment, UserId(42), stars, now()), Ok(()));
    assert_eq!(checkout::may_pay(&payment, UserId(43), stars, now()), Err(Refusal::PaymentUnknown));
    let less = Money::new(149, Currency::Xtr);
    assert_eq!(checkout::may_pay(&payment, UserId(42), less, now()), Err(Refusal::OtherDeal));
    assert_eq!(checkout::may_pay(&payment, UserId(42), stars, later(2)), Err(Refusal::QuoteExpired));
    let paid = domain::Payment { state: PaymentState::Succeeded, ..payment };
    assert_eq!(checkout::may_pay(&paid, UserId(42), stars, now()), Err(Refusal::AlreadyPaid));
}

#[test]
fn a_tap_on_the_same_plan_keeps_the_offer() {
    let choice = Choice::default();
    let (quote, decision) = checkout::freeze(&registered(), &plan(), choice, &[], now()).unwrap();
    let state = registered().after(&decision);
    let (again, nothing) = checkout::freeze(&state, &plan(), choice, &[], later(0)).unwrap();
    assert!(again.id == quote.id && nothing.is_nothing());
    let dearer = Plan { prices: vec![rub(20_000)], ..plan() };
    let (other, changed) = checkout::freeze(&state, &dearer, choice, &[], now()).unwrap();
    assert!(other.id != quote.id && !changed.is_nothing());
    let saving = Choice { save_method: true, ..choice };
    let (agreed, _) = checkout::freeze(&state, &plan(), saving, &[], now()).unwrap();
    assert!(agreed.id != quote.id && agreed.save_method, "another deal");
    let (late, _) = checkout::freeze(&state, &plan(), choice, &[], later(2)).unwrap();
    assert_ne!(late.id, quote.id);
}
