//! Renewals without the buyer: when they are tried, from what, and what a decline does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod support;

use domain::{
    Actor, Currency, Decision, EventKind, Money, Payment, PaymentId, PaymentState, Plan, Provider, Refusal,
    Renewal, SavedMethod, SubscriptionNo, Wallet,
    checkout::{self, Choice},
    credit::{self, Status, Verdict},
    method,
    reaction::{self, Letter, Notice, Task},
    renewal::{self, Step},
    upkeep::Stage,
};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use support::{World, at, method_id, now, paid, plan, report, rub, saving, subscription_in};

const NO: SubscriptionNo = SubscriptionNo::FIRST;

fn takes_rubles(provider: Provider, price: Money) -> bool {
    provider == Provider::Yookassa && price.currency == Currency::Rub
}

fn begin(world: &World, plan: Option<&Plan>) -> Step {
    renewal::begin(&world.state, NO, plan, takes_rubles, world.now)
}

/// The attempt that is due, committed.
fn charge(world: &mut World) -> (Payment, SavedMethod) {
    let Step::Charge { payment, method, decision } = begin(world, Some(&plan())) else {
        panic!("{:?}", begin(world, Some(&plan())))
    };
    assert!(world.commit(&decision));
    assert_eq!(*payment, world.payments[&payment.id]);
    (*payment, method)
}

/// Commits what is to be done without a charge.
fn commit(world: &mut World) -> Decision {
    let Step::Commit(decision) = begin(world, Some(&plan())) else {
        panic!("{:?}", begin(world, Some(&plan())))
    };
    world.commit(&decision);
    decision
}

fn decline(world: &mut World, id: PaymentId, reason: &str) {
    let external_id = format!("charge of {id}");
    assert_eq!(world.report(id, &report(&external_id, Status::Canceled(reason.into()))), Verdict::Closed);
}

fn failure(kind: &EventKind) -> (String, bool) {
    match kind {
        EventKind::RenewalFailed { reason, last, .. } => (reason.clone(), *last),
        other => panic!("{other:?}"),
    }
}

#[test]
fn three_attempts_each_a_payment_of_its_own() {
    let mut world = World::agreed();
    let end = world.end();
    let mut ids = Vec::new();
    for (attempt, hours) in [(1, 24), (2, 12), (3, 1)] {
        assert_eq!(renewal::charge_at(world.subscription()), Some(end - SignedDuration::from_hours(hours)));
        world.now = world.before_end(hours * 60 + 1);
        assert_eq!(begin(&world, Some(&plan())), Step::Nothing, "{hours} hours and a minute before");
        world.now = world.before_end(hours * 60);
        let (payment, method) = charge(&mut world);
        assert_eq!((payment.amount, payment.charge), (rub(15_000), Some(method_id("tok-1"))));
        assert_eq!((payment.state, method.token.as_str()), (PaymentState::Awaiting, "tok-1"));
        assert!(payment.next_at > Some(world.now), "looked after");
        assert!(attempt == 3 || payment.expires_at < end - SignedDuration::from_hours(1), "before the next");
        let started = EventKind::RenewalStarted { no: NO, payment: payment.id, amount: rub(15_000), attempt };
        assert_eq!(*world.last(), started);
        assert!(!ids.contains(&payment.id), "an id of its own");
        assert_eq!(begin(&world, Some(&plan())), Step::Nothing, "once");
        decline(&mut world, payment.id, "insufficient_funds");
        assert_eq!(failure(world.last()), ("insufficient_funds".into(), attempt == 3));
        ids.push(payment.id);
    }
    assert_eq!(renewal::charge_at(world.subscription()), None);
    assert_eq!((world.end(), world.count("renewal_failed")), (end, 3));
}

#[test]
fn a_decline_is_told_as_one_and_keeps_the_method() {
    let mut world = World::agreed();
    world.now = world.before_end(24 * 60);
    let (payment, _) = charge(&mut world);
    decline(&mut world, payment.id, "insufficient_funds");
    assert_eq!((world.count("payment_canceled"), world.count("renewal_failed")), (0, 1));
    let jobs = reaction::jobs(world.events.last().unwrap());
    let told = Task::Notify(Notice::RenewalFailed { no: NO, last: false });
    let written = Task::Letter(Letter::Notice(Notice::RenewalFailed { no: NO, last: false }));
    assert_eq!(jobs.iter().map(|job| &job.task).collect::<Vec<_>>(), [&told, &written]);
    assert_eq!(world.status(payment.id), PaymentState::Canceled);
    assert_eq!(world.state.methods().len(), 1);
    // It came nevertheless.
    assert_eq!(world.report(payment.id, &paid("late", 15_000)), Verdict::Credited);
    assert_eq!(world.end(), at("2027-01-21T10:00:00Z"));
}

#[test]
fn a_final_decline_removes_the_method_and_the_next_one_is_charged() {
    let mut world = World::agreed();
    let id = world.open(Choice { save_method: true, ..Choice::default() }, "ext-2");
    world.report(id, &saving(paid("ext-2", 15_000), "tok-2"));
    world.now = world.before_end(24 * 60);
    let (payment, method) = charge(&mut world);
    assert_eq!(method.id, method_id("tok-1"), "the default one");
    decline(&mut world, payment.id, "card_expired");
    assert!(world.state.method(method_id("tok-1")).is_none());
    assert!(world.state.methods()[0].default, "the other is the default now");
    world.now = world.before_end(12 * 60);
    let (payment, method) = charge(&mut world);
    assert_eq!(method.id, method_id("tok-2"));
    decline(&mut world, payment.id, "permission_revoked");
    world.now = world.before_end(60);
    commit(&mut world);
    assert_eq!(failure(world.last()), ("no saved method".into(), true));
    assert!(!method::is_final_decline("insufficient_funds"));
}

#[test]
fn success_begins_anew() {
    let mut world = World::agreed();
    world.now = world.before_end(24 * 60);
    let (first, _) = charge(&mut world);
    decline(&mut world, first.id, "insufficient_funds");
    world.now = world.before_end(12 * 60);
    world.state.subscriptions[0].stage = Stage::OneDay;
    let (second, _) = charge(&mut world);
    assert_eq!(world.report(second.id, &paid("charge-2", 15_000)), Verdict::Credited);
    let subscription = world.subscription();
    assert_eq!((subscription.end, subscription.attempts), (at("2027-01-21T10:00:00Z"), 0));
    assert_eq!((subscription.stage, &subscription.renewal), (Stage::Fresh, &Renewal::Charge));
    assert_eq!(renewal::charge_at(subscription), Some(at("2027-01-20T10:00:00Z")));
    world.now = world.before_end(24 * 60);
    let (third, _) = charge(&mut world);
    assert_ne!(third.id, first.id, "another end, another payment");
}

#[test]
fn the_balance_pays_first_and_needs_no_method() {
    let mut world = World::agreed();
    let user = world.state.user.as_mut().unwrap();
    user.balance = Wallet::of([rub(20_000), Money::new(10, Currency::Usd)]);
    world.now = world.before_end(24 * 60);
    let decision = commit(&mut world);
    assert_eq!(decision.events[0].actor, Actor::System);
    let EventKind::Credited { payment, amount, from_balance, .. } = world.last() else { panic!() };
    assert_eq!((*amount, *from_balance), (rub(0), Some(rub(15_000))));
    assert_eq!(world.payments[payment].provider, Provider::Balance);
    assert_eq!((world.balance(), world.end()), (5_000, at("2027-01-21T10:00:00Z")));
    assert_eq!(begin(&world, Some(&plan())), Step::Nothing);
    // What is left does not cover the next month: the method is charged.
    world.now = world.before_end(24 * 60);
    let (payment, _) = charge(&mut world);
    assert_eq!((payment.from_balance, world.balance()), (None, 5_000));
}

#[test]
fn nothing_to_pay_with_is_told_once() {
    let mut world = World::agreed();
    let gone = method::remove(&world.state, method_id("tok-1"), world.now);
    world.commit(&Decision { once: None, records: gone, events: Vec::new() });
    world.now = world.before_end(24 * 60);
    commit(&mut world);
    assert_eq!(failure(world.last()), ("no saved method".into(), true));
    for minutes in [12 * 60, 60, 1] {
        world.now = world.before_end(minutes);
        assert_eq!(begin(&world, Some(&plan())), Step::Nothing);
    }
    assert_eq!(world.count("renewal_failed"), 1);
    // The same for a plan that is no longer sold, and for one without a price that the method could take.
    let mut world = World::agreed();
    world.now = world.before_end(24 * 60);
    let Step::Commit(decision) = begin(&world, None) else { panic!() };
    assert_eq!(failure(&decision.events[0].kind), ("no such plan any more".into(), true));
    let stars = Plan { prices: vec![Money::new(150, Currency::Xtr)], ..plan() };
    let Step::Commit(decision) = begin(&world, Some(&stars)) else { panic!() };
    assert_eq!(failure(&decision.events[0].kind), ("no saved method".into(), true));
}

#[test]
fn a_clock_that_was_late_makes_one_attempt_and_not_all_at_once() {
    for (minutes, attempt) in [(24 * 60, 1), (23 * 60, 1), (13 * 60, 2), (12 * 60, 2), (10 * 60, 3), (30, 3)]
    {
        let mut world = World::agreed();
        world.now = world.before_end(minutes);
        charge(&mut world);
        assert_eq!(world.subscription().attempts, attempt, "{minutes} minutes before");
        let open = world.payments.values().max_by_key(|payment| payment.created_at).unwrap();
        let next = renewal::charge_at(world.subscription());
        assert!(next.is_none_or(|at| at > open.expires_at), "the first may not be answered by {next:?}");
    }
}

#[test]
fn turning_it_off_and_on_again_makes_a_new_payment() {
    let mut world = World::agreed();
    world.now = world.before_end(24 * 60);
    let (first, _) = charge(&mut world);
    decline(&mut world, first.id, "insufficient_funds");
    for on in [false, true] {
        let decision = renewal::set(&world.state, NO, on, world.now).unwrap();
        world.commit(&decision);
    }
    // The world refuses to write a payment twice.
    let (second, _) = charge(&mut world);
    assert_ne!(second.id, first.id);
}

#[test]
fn a_trial_and_what_is_turned_off_are_not_charged() {
    let mut world = World::agreed();
    let decision = renewal::set(&world.state, NO, false, world.now).unwrap();
    world.commit(&decision);
    assert_eq!(*world.last(), EventKind::RenewalSet { no: NO, by: None });
    world.now = world.before_end(60);
    assert_eq!(begin(&world, Some(&plan())), Step::Nothing);
    let mut trial = World::agreed();
    trial.state.subscriptions[0].trial = true;
    trial.now = trial.before_end(60);
    assert_eq!(begin(&trial, Some(&plan())), Step::Nothing);
}

#[test]
fn it_is_turned_on_only_with_something_to_charge() {
    let set = |world: &World, on| renewal::set(&world.state, NO, on, world.now);
    let mut bare = World::new();
    assert_eq!(set(&bare, true), Err(Refusal::NoSubscription));
    bare.buy("ext-1");
    assert_eq!(set(&bare, true), Err(Refusal::MethodUnknown));
    assert!(set(&bare, false).unwrap().is_nothing(), "it is off");
    bare.top_up(1, "ext-2");
    let decision = set(&bare, true).unwrap();
    assert_eq!(subscription_in(&decision).renewal, Renewal::Charge);
    assert!(set(&World::agreed(), true).unwrap().is_nothing(), "it is on");
}

#[test]
fn a_subscription_in_stars_is_renewed_by_telegram() {
    let mut world = World::new();
    let (quote, decision) = checkout::freeze(&world.state, &plan(), Choice::default(), &[], now()).unwrap();
    world.commit(&decision);
    let draft = checkout::star_subscription(&world.state, quote.id, now()).unwrap();
    assert_eq!((draft.amount, draft.recurring), (Money::new(150, Currency::Xtr), true));
    assert_ne!(draft.id, PaymentId::of(quote.id, Provider::Stars), "not the single purchase");
    let id = world.accept(&draft, "invoice");
    let stars = |charge: &str| report(charge, Status::Paid(Money::new(150, Currency::Xtr)));
    assert_eq!(world.report(id, &stars("charge-1")), Verdict::Credited);
    let by_stars = Renewal::Provider { provider: Provider::Stars, reference: "charge-1".into() };
    assert_eq!((world.end(), &world.subscription().renewal), (at("2026-12-21T10:00:00Z"), &by_stars));
    assert_eq!(renewal::charge_at(world.subscription()), None, "not by us");
    // Thirty days later Telegram takes the next ones, for the same order.
    world.pass(30 * 24 - 1);
    assert_eq!(world.report(id, &stars("charge-2")), Verdict::Credited);
    assert_eq!(world.end(), at("2027-01-20T10:00:00Z"));
    let stopped = renewal::by_provider(&world.state, NO, (Provider::Tribute, false), world.now);
    assert!(stopped.is_nothing(), "another's word");
    let stopped = renewal::by_provider(&world.state, NO, (Provider::Stars, false), world.now);
    world.commit(&stopped);
    assert_eq!((world.end(), &world.subscription().renewal), (at("2027-01-20T10:00:00Z"), &Renewal::Off));
    assert_eq!(world.events.last().unwrap().actor, Actor::Provider(Provider::Stars));
    let again = renewal::by_provider(&world.state, NO, (Provider::Stars, true), world.now);
    world.commit(&again);
    assert_eq!(*world.last(), EventKind::RenewalSet { no: NO, by: Some(Provider::Stars) });
}

#[test]
fn only_about_a_month_is_renewed_in_stars() {
    let mut year = plan();
    year.terms.period = domain::Period::Months(12);
    let mut world = World::new();
    let (quote, decision) = checkout::freeze(&world.state, &year, Choice::default(), &[], now()).unwrap();
    world.commit(&decision);
    let refused = checkout::star_subscription(&world.state, quote.id, now());
    assert_eq!(refused.unwrap_err(), Refusal::MethodUnavailable);
}

proptest! {
    /// However late or often the clock rings and whatever is answered, every attempt is charged once, and an end is
    /// never charged more than three times.
    #[test]
    fn however_often_it_rings_an_end_is_charged_three_times_at_most(
        rings in proptest::collection::vec((1_i64..700, 0_u8..4), 1..40),
    ) {
        let mut world = World::agreed();
        world.now = world.before_end(25 * 60);
        let mut charged = std::collections::BTreeMap::<Timestamp, usize>::new();
        for (minutes, answer) in rings {
            world.now += SignedDuration::from_mins(minutes);
            let end = world.end();
            match begin(&world, Some(&plan())) {
                Step::Nothing => {}
                Step::Commit(decision) => {
                    world.commit(&decision);
                }
                Step::Charge { payment, decision, .. } => {
                    prop_assert!(world.commit(&decision));
                    *charged.entry(end).or_default() += 1;
                    match answer {
                        0 => prop_assert_eq!(world.report(payment.id, &paid(&payment.id.to_string(), 15_000)), Verdict::Credited),
                        1 => decline(&mut world, payment.id, "insufficient_funds"),
                        2 => decline(&mut world, payment.id, "lost_card"),
                        _ => {
                            let (_, expired) = credit::expired(&world.state, &payment, payment.expires_at);
                            world.commit(&expired);
                        }
                    }
                }
            }
        }
        prop_assert!(charged.values().all(|times| *times <= 3), "{:?}", charged);
    }
}
