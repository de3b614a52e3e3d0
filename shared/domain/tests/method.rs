//! Saved ways to pay: saved only as agreed, and gone once removed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod support;

use domain::{
    Currency, Decision, EventKind, Goods, Money, PaymentState, Provider, Renewal, UserId,
    checkout::{self, Choice},
    credit::{Status, Verdict},
    method,
    reaction::{self, Notice, Task},
};
use jiff::SignedDuration;
use support::{World, method_id, now, paid, report, rub, saving};

const SAVING: Choice = Choice { use_balance: false, save_method: true };

fn remove(world: &mut World, token: &str) {
    let records = method::remove(&world.state, method_id(token), world.now);
    world.commit(&Decision { once: None, records, events: Vec::new() });
}

/// A payment that only saves a method, opened.
fn binding(world: &mut World) -> domain::PaymentId {
    let draft = checkout::binding(UserId(42), Provider::Yookassa, Currency::Rub, world.now);
    world.accept(&draft, "bind-1")
}

#[test]
fn it_is_saved_with_a_payment_only_if_the_buyer_agreed() {
    for (choice, saved) in [(SAVING, 1), (Choice::default(), 0)] {
        let mut world = World::new();
        let id = world.open(choice, "ext-1");
        assert_eq!(world.report(id, &saving(paid("ext-1", 15_000), "tok-1")), Verdict::Credited);
        assert_eq!((world.state.methods().len(), world.count("method_saved")), (saved, saved));
        let renewal = if saved == 1 { Renewal::Charge } else { Renewal::Off };
        assert_eq!(world.subscription().renewal, renewal);
    }
}

#[test]
fn what_was_saved_is_told_and_is_the_default() {
    let mut world = World::new();
    let id = world.open(SAVING, "ext-1");
    world.report(id, &saving(paid("ext-1", 15_000), "tok-1"));
    let saved = world.state.methods()[0];
    assert_eq!((saved.id, saved.provider, saved.default), (method_id("tok-1"), Provider::Yookassa, true));
    assert_eq!((saved.token.as_str(), saved.title.as_str()), ("tok-1", "Visa •4444"));
    let jobs = reaction::jobs(world.events.last().unwrap());
    assert_eq!(jobs[0].task, Task::Notify(Notice::MethodSaved { title: "Visa •4444".into() }));
    let next_at = world.subscription().next_at;
    assert!(next_at.is_some_and(|at| at > world.now));
}

#[test]
fn money_that_is_held_saves_nothing() {
    let mut world = World::new();
    let id = world.open(SAVING, "ext-1");
    assert_eq!(world.report(id, &saving(paid("ext-1", 1), "tok-1")), Verdict::Held);
    assert!(world.state.saved.is_empty());
}

#[test]
fn the_same_method_is_saved_once() {
    let mut world = World::new();
    for (external_id, saved) in [("ext-1", 1), ("ext-2", 1)] {
        let id = world.open(SAVING, external_id);
        world.report(id, &saving(paid(external_id, 15_000), "tok-1"));
        assert_eq!((world.state.saved.len(), world.count("method_saved")), (saved, 1));
    }
}

#[test]
fn it_is_saved_without_paying() {
    let mut world = World::new();
    let id = binding(&mut world);
    let payment = world.payment(id);
    assert_eq!((&payment.goods, payment.amount, payment.save_method), (&Goods::Method, rub(0), true));
    assert_eq!(world.report(id, &saving(paid("bind-1", 0), "tok-1")), Verdict::Credited);
    assert_eq!((world.status(id), world.state.methods().len()), (PaymentState::Succeeded, 1));
    assert!(matches!(world.last(), EventKind::MethodSaved { .. }));
    assert_eq!((world.balance(), world.state.subscriptions.len()), (0, 0));
    assert_eq!(world.count("credited") + world.count("topped_up"), 0);
    assert_eq!(world.report(id, &saving(paid("bind-1", 0), "tok-1")), Verdict::Nothing);
}

#[test]
fn pressing_twice_within_a_minute_opens_one_binding() {
    let at = |seconds| now() + SignedDuration::from_secs(seconds);
    let id = |seconds| checkout::binding(UserId(42), Provider::Yookassa, Currency::Rub, at(seconds)).id;
    assert_eq!(id(0), id(59));
    assert_ne!(id(0), id(60));
    let other = checkout::binding(UserId(42), Provider::Stripe, Currency::Rub, at(0)).id;
    assert_ne!(id(0), other);
}

#[test]
fn a_binding_that_is_canceled_saves_nothing() {
    let mut world = World::new();
    let id = binding(&mut world);
    assert_eq!(world.report(id, &report("bind-1", Status::Canceled("expired".into()))), Verdict::Closed);
    assert!(world.state.saved.is_empty());
    let mut paying = World::new();
    let id = binding(&mut paying);
    assert_eq!(paying.report(id, &saving(paid("bind-1", 100), "tok-1")), Verdict::Held, "it costs nothing");
    assert!(paying.state.saved.is_empty());
}

#[test]
fn what_was_removed_stays_removed_for_late_reports() {
    let mut world = World::new();
    let first = world.open(SAVING, "ext-1");
    world.report(first, &saving(paid("ext-1", 15_000), "tok-1"));
    // A second order was agreed before the removal, and is paid after it; and the first invoice is paid again.
    let second = world.open(SAVING, "ext-2");
    world.pass(1);
    remove(&mut world, "tok-1");
    world.pass(1);
    assert_eq!(world.report(second, &saving(paid("ext-2", 15_000), "tok-1")), Verdict::Credited);
    assert_eq!(world.report(first, &saving(paid("ext-3", 15_000), "tok-1")), Verdict::Credited);
    assert!(world.state.methods().is_empty(), "{:?}", world.state.saved);
    // A new agreement is one.
    let third = world.open(SAVING, "ext-4");
    assert_eq!(world.report(third, &saving(paid("ext-4", 15_000), "tok-1")), Verdict::Credited);
    assert_eq!(world.state.methods().len(), 1);
}

#[test]
fn only_a_method_that_is_there_is_chosen_or_removed() {
    let mut world = World::new();
    let id = world.open(SAVING, "ext-1");
    world.report(id, &saving(paid("ext-1", 15_000), "tok-1"));
    assert!(method::choose(&world.state, method_id("tok-2")).is_empty());
    assert!(method::remove(&world.state, method_id("tok-2"), world.now).is_empty());
    remove(&mut world, "tok-1");
    assert!(method::choose(&world.state, method_id("tok-1")).is_empty());
    assert!(method::remove(&world.state, method_id("tok-1"), world.now).is_empty());
    assert!(!world.state.saved[0].default);
}

#[test]
fn it_takes_the_first_price_it_can() {
    let mut world = World::new();
    let id = world.open(SAVING, "ext-1");
    world.report(id, &saving(paid("ext-1", 15_000), "tok-1"));
    let prices = [Money::new(150, Currency::Xtr), rub(15_000), Money::new(2, Currency::Usd)];
    let saved = world.state.methods()[0];
    let no_stars = |_, price: Money| price.currency != Currency::Xtr;
    assert_eq!(method::price_for(saved, &prices, no_stars), Some(rub(15_000)));
    assert_eq!(method::price_for(saved, &prices, |_, _| false), None);
}
