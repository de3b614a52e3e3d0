//! Money that goes back: whole and in parts, to the payer and to the balance, in whatever order it is told.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod support;

use domain::{
    Actor, EventKind, PaymentId, PaymentState, Refusal, TimePolicy,
    checkout::Choice,
    credit::{self, Release, Status, Verdict},
    reaction::{self, Alert, Task},
    refund::{self, Target},
};
use jiff::Timestamp;
use proptest::prelude::*;
use support::{World, at, paid, part, refunded, report, rub};

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

fn failed(reason: &str) -> credit::Report {
    report("ext-1", Status::RefundFailed(reason.into()))
}

fn cut_of(kind: &EventKind) -> Option<(Timestamp, Timestamp)> {
    match kind {
        EventKind::PaymentRefunded { cut, .. } | EventKind::PaymentDisputed { cut, .. } => *cut,
        other => panic!("{other:?}"),
    }
}

#[test]
fn parts_to_the_payer_and_to_the_balance_add_up() {
    let (mut world, id) = bought();
    world.refund(id, 3_000, Target::Balance, TimePolicy::Keep).unwrap();
    assert_eq!((world.balance(), world.status(id)), (3_000, PaymentState::PartiallyRefunded));
    assert_eq!(world.events.last().unwrap().actor, Actor::Operator(support::OPERATOR));
    world.refund(id, 12_000, Target::Balance, TimePolicy::Keep).unwrap();
    assert_eq!((world.balance(), world.status(id)), (15_000, PaymentState::Refunded));
    assert!(matches!(world.last(), EventKind::PaymentRefunded { full: true, to_balance: true, .. }));
    assert_eq!(world.refund(id, 1, Target::Balance, TimePolicy::Keep), Err(Refusal::BadAmount));
    assert_eq!(world.gone_back(id), 15_000);
}

#[test]
fn a_part_to_the_payer_may_be_followed_by_the_rest_to_the_balance() {
    let (mut world, id) = bought();
    world.refund(id, 5_000, Target::Payer, TimePolicy::Cut).unwrap();
    world.report(id, &refunded("ext-1", 5_000));
    world.refund(id, 10_000, Target::Balance, TimePolicy::Cut).unwrap();
    assert_eq!((world.balance(), world.status(id)), (10_000, PaymentState::Refunded));
    assert_eq!(world.end(), world.now, "never before now");
    assert_eq!(world.report(id, &refunded("ext-1", 5_000)), Verdict::Nothing, "a late repetition");
}

#[test]
fn held_money_goes_back_and_nothing_else_moves() {
    let part = Choice { use_balance: true, ..Choice::default() };
    for target in [Target::Payer, Target::Balance] {
        let mut world = World::with_balance(4_000);
        world.buy("ext-0");
        let id = world.open(part, "ext-1");
        assert_eq!(world.report(id, &paid("ext-1", 10_000)), Verdict::Held);
        world.refund(id, 10_000, target, TimePolicy::End).unwrap();
        if target == Target::Payer {
            assert_eq!(world.status(id), PaymentState::Refunding);
            world.report(id, &refunded("ext-1", 10_000));
        }
        let back = if target == Target::Balance { 10_000 } else { 0 };
        assert_eq!((world.status(id), world.end()), (PaymentState::Refunded, month()), "{target:?}");
        assert_eq!((world.balance(), cut_of(world.last())), (4_000 + back, None));
    }
}

#[test]
fn a_held_top_up_never_came_to_the_balance_and_does_not_leave_it() {
    let mut world = World::with_balance(700);
    let id = world.open_top_up(50_000, "ext-1");
    world.report(id, &paid("ext-1", 40_000));
    world.refund(id, 10_000, Target::Payer, TimePolicy::Keep).unwrap();
    world.report(id, &refunded("ext-1", 10_000));
    assert_eq!((world.status(id), world.balance()), (PaymentState::Held, 700), "the rest waits on");
    world.refund(id, 30_000, Target::Payer, TimePolicy::Keep).unwrap();
    world.report(id, &refunded("ext-1", 40_000));
    assert_eq!((world.status(id), world.balance()), (PaymentState::Refunded, 700));
    assert!(matches!(world.last(), EventKind::PaymentRefunded { missing: None, full: true, .. }));
}

#[test]
fn what_is_too_much_goes_back_and_the_rest_counts() {
    let mut world = World::new();
    let id = world.open(Choice::default(), "ext-1");
    world.report(id, &paid("ext-1", 20_000));
    world.refund(id, 5_000, Target::Payer, TimePolicy::Keep).unwrap();
    world.report(id, &refunded("ext-1", 5_000));
    let mut other = world.clone();
    world.release(id, Release::AsOrdered).unwrap();
    assert_eq!((world.status(id), world.end(), world.balance()), (PaymentState::Succeeded, month(), 0));
    other.release(id, Release::ToBalance).unwrap();
    assert_eq!((other.status(id), other.balance()), (PaymentState::Succeeded, 15_000));
    other.report(id, &refunded("ext-1", 20_000));
    assert_eq!((other.status(id), other.balance()), (PaymentState::Refunded, 0));
}

#[test]
fn a_top_up_goes_back_from_the_balance_as_far_as_it_is_there() {
    let mut world = World::new();
    let id = world.top_up(20_000, "ext-1");
    world.refund(id, 8_000, Target::Payer, TimePolicy::Keep).unwrap();
    assert_eq!(world.balance(), 20_000, "asked for only");
    world.report(id, &refunded("ext-1", 8_000));
    assert_eq!(world.balance(), 12_000);
    // Most of it is spent; an operator cannot send back what is not there, but a bank can.
    let mut spent = world.state.user.clone().unwrap();
    spent.balance = spent.balance.minus(rub(9_000)).unwrap();
    world.state.user = Some(spent);
    assert_eq!(world.refund(id, 3_001, Target::Payer, TimePolicy::Keep), Err(Refusal::NotEnough));
    assert_eq!(world.report(id, &refunded("ext-1", 20_000)), Verdict::Closed);
    assert_eq!(world.balance(), 0);
    let EventKind::PaymentRefunded { amount, missing, full, .. } = world.last() else { panic!() };
    assert_eq!((*amount, *missing, *full), (rub(12_000), Some(rub(9_000)), true));
}

#[test]
fn what_cannot_go_back_is_refused() {
    let (world, id) = bought();
    let payment = world.payment(id);
    let ask = |amount| {
        let wish = (amount, Target::Payer, TimePolicy::Keep);
        refund::request(&world.state, payment, wish, support::OPERATOR, world.now).map(drop)
    };
    for minor in [0, -1, 15_001, i64::MAX, i64::MIN] {
        assert_eq!(ask(rub(minor)), Err(Refusal::BadAmount), "{minor}");
    }
    let dollars = domain::Money::new(100, domain::Currency::Usd);
    assert_eq!(ask(dollars), Err(Refusal::BadAmount));
    let mut unpaid = World::new();
    let id = unpaid.open(Choice::default(), "ext-1");
    assert_eq!(unpaid.refund(id, 1, Target::Payer, TimePolicy::Keep), Err(Refusal::BadAmount));
}

/// Notifications overtake each other: the money went back before we heard that it had come.
#[test]
fn what_came_and_went_unheard_is_not_credited_when_it_is_heard() {
    for gone in [refunded("ext-1", 15_000), part("ext-1", "re-1", 15_000)] {
        let mut world = World::new();
        let id = world.open(Choice::default(), "order-1");
        assert_eq!(world.report(id, &gone), Verdict::Closed);
        let payment = world.payment(id);
        assert_eq!((payment.state, payment.received), (PaymentState::Refunded, Some(rub(15_000))));
        assert_eq!((world.gone_back(id), payment.next_at), (15_000, None));
        for late in [paid("ext-1", 15_000), gone.clone()] {
            assert_eq!(world.report(id, &late), Verdict::Nothing);
        }
        assert_eq!((world.count("credited"), world.count("payment_refunded")), (0, 1));
    }
}

/// Of a part nothing can be said before the whole came: it is told again when it has.
#[test]
fn a_part_that_overtook_its_payment_is_early() {
    let mut world = World::new();
    let id = world.open(Choice::default(), "ext-1");
    let disputed = report("ext-1", Status::Disputed("fraud".into()));
    for early in [refunded("ext-1", 5_000), part("ext-1", "re-1", 5_000), disputed.clone()] {
        assert_eq!(world.report(id, &early), Verdict::Nothing);
        assert!(credit::is_early(world.payment(id), &early), "{early:?}");
    }
    world.report(id, &paid("ext-1", 15_000));
    assert!(!credit::is_early(world.payment(id), &disputed));
    assert_eq!(world.report(id, &refunded("ext-1", 5_000)), Verdict::Closed);
    assert_eq!(world.gone_back(id), 5_000);
}

#[test]
fn one_refund_at_a_time() {
    let (mut world, id) = bought();
    world.refund(id, 5_000, Target::Payer, TimePolicy::Keep).unwrap();
    for target in [Target::Payer, Target::Balance] {
        assert_eq!(world.refund(id, 5_000, target, TimePolicy::Keep), Err(Refusal::NotRefundable));
    }
    let first = world.payment(id).clone();
    let key = first.refund_key(first.refund.as_ref().unwrap().no);
    world.report(id, &refunded("ext-1", 5_000));
    world.refund(id, 5_000, Target::Payer, TimePolicy::Keep).unwrap();
    let second = world.payment(id);
    assert_ne!(second.refund_key(second.refund.as_ref().unwrap().no), key, "a key of its own");
}

#[test]
fn a_refund_that_fails_leaves_everything_as_it_was() {
    let (mut world, id) = bought();
    let mut held = World::new();
    let wrong = held.open(Choice::default(), "ext-1");
    held.report(wrong, &paid("ext-1", 1_000));
    for (world, id, before) in
        [(&mut world, id, PaymentState::Succeeded), (&mut held, wrong, PaymentState::Held)]
    {
        assert_eq!(world.report(id, &failed("of what?")), Verdict::Nothing);
        world.refund(id, 500, Target::Payer, TimePolicy::Cut).unwrap();
        assert!(world.payment(id).next_at > Some(world.now), "looked after");
        assert_eq!(world.report(id, &failed("no funds")), Verdict::Closed);
        let payment = world.payment(id);
        assert_eq!((payment.state, payment.refunded, &payment.refund), (before, 0, &None));
        let jobs = reaction::jobs(world.events.last().unwrap());
        assert!(
            matches!(jobs.as_slice(), [job] if matches!(job.task, Task::Alert(Alert::RefundFailed { .. })))
        );
        assert_eq!(world.report(id, &failed("no funds")), Verdict::Nothing);
        world.refund(id, 500, Target::Payer, TimePolicy::Cut).unwrap();
        world.report(id, &failed("no funds again"));
        assert_eq!((world.status(id), world.count("refund_failed")), (before, 2));
    }
    assert_eq!(world.end(), month());
}

#[test]
fn another_refund_does_not_finish_the_one_that_was_asked_for() {
    let (mut world, id) = bought();
    world.refund(id, 10_000, Target::Payer, TimePolicy::Keep).unwrap();
    // Somebody sends a part back at the provider meanwhile.
    world.report(id, &refunded("ext-1", 6_000));
    let payment = world.payment(id).clone();
    assert_eq!((payment.state, payment.refunded), (PaymentState::Refunding, 6_000));
    assert!(payment.refund.is_some() && payment.next_at.is_some(), "still looked after");
    let mut whole = world.clone();
    assert_eq!(world.report(id, &failed("more than is left")), Verdict::Closed);
    assert_eq!((world.status(id), world.payment(id).refunded), (PaymentState::PartiallyRefunded, 6_000));
    world.refund(id, 9_000, Target::Payer, TimePolicy::Keep).unwrap();
    world.report(id, &refunded("ext-1", 15_000));
    whole.report(id, &refunded("ext-1", 15_000));
    for world in [world, whole] {
        assert_eq!((world.status(id), world.gone_back(id)), (PaymentState::Refunded, 15_000));
        assert_eq!(world.payment(id).refund, None);
    }
}

#[test]
fn a_report_that_is_faster_than_our_own_answer_finishes_the_refund() {
    let (mut world, id) = bought();
    world.refund(id, 15_000, Target::Payer, TimePolicy::Cut).unwrap();
    let asked = world.payment(id).clone();
    assert_eq!(world.report(id, &refunded("ext-1", 15_000)), Verdict::Closed);
    assert!(refund::accepted(world.payment(id), "ref-1").is_nothing(), "the answer comes too late");
    assert_eq!(world.report(id, &refunded("ext-1", 15_000)), Verdict::Nothing);
    assert_eq!((world.gone_back(id), world.end()), (15_000, world.now));
    // In the usual order the provider's name is kept, once.
    let named = refund::accepted(&asked, "ref-1");
    let named = support::payment_in(&named);
    assert_eq!(named.refund.as_ref().unwrap().external_id.as_deref(), Some("ref-1"));
    assert!(refund::accepted(&named, "ref-1").is_nothing() && refund::accepted(&asked, "").is_nothing());
}

#[test]
fn a_total_in_another_currency_or_beyond_what_came_is_not_believed() {
    let (mut world, id) = bought();
    let dollars = Status::Refunded(domain::Money::new(15_000, domain::Currency::Usd));
    assert_eq!(world.report(id, &report("ext-1", dollars)), Verdict::Nothing);
    assert_eq!(world.report(id, &refunded("ext-1", -5)), Verdict::Nothing);
    assert_eq!(world.report(id, &refunded("ext-1", i64::MAX)), Verdict::Closed);
    assert_eq!((world.gone_back(id), world.status(id)), (15_000, PaymentState::Refunded));
}

#[test]
fn parts_by_their_own_ids_count_once_each() {
    let (mut world, id) = bought();
    for (refund, verdict, total) in [
        ("r-2", Verdict::Closed, 4_000),
        ("r-1", Verdict::Closed, 8_000),
        ("r-2", Verdict::Nothing, 8_000),
        ("r-3", Verdict::Closed, 12_000),
        ("r-1", Verdict::Nothing, 12_000),
        // More than is left: as much as is left.
        ("r-4", Verdict::Closed, 15_000),
        ("r-5", Verdict::Nothing, 15_000),
    ] {
        assert_eq!(world.report(id, &part("ext-1", refund, 4_000)), verdict, "{refund}");
        assert_eq!((world.payment(id).refunded, world.gone_back(id)), (total, total));
    }
}

/// Something that is told about refunds.
#[derive(Debug, Clone, Copy)]
enum Told {
    /// The total after so many of the provider's refunds.
    Total(usize),
    /// One of them by its id.
    Part(usize),
    Failed,
    Asked(i64),
    Paid,
    Canceled,
}

fn told(by_total: bool) -> impl Strategy<Value = Told> {
    prop_oneof![
        6 => (0_usize..6).prop_map(move |n| if by_total { Told::Total(n) } else { Told::Part(n) }),
        1 => Just(Told::Failed),
        2 => (1_i64..16_000).prop_map(Told::Asked),
        1 => Just(Told::Paid),
        1 => Just(Told::Canceled),
    ]
}

fn tell(world: &mut World, id: PaymentId, one: Told, parts: &[i64]) {
    match one {
        Told::Total(n) => {
            let total: i64 = parts.iter().take(n + 1).sum();
            world.report(id, &refunded("ext-1", total));
        }
        Told::Part(n) => {
            let n = n % parts.len();
            world.report(id, &part("ext-1", &format!("r-{n}"), parts[n]));
        }
        Told::Failed => {
            world.report(id, &failed("no"));
        }
        Told::Asked(minor) => {
            let _ = world.refund(id, minor, Target::Payer, TimePolicy::Cut);
        }
        Told::Paid => {
            world.report(id, &paid("ext-1", 15_000));
        }
        Told::Canceled => {
            world.report(id, &report("ext-1", Status::Canceled("late".into())));
        }
    }
}

fn parts() -> impl Strategy<Value = Vec<i64>> {
    proptest::collection::vec(1_i64..2_500, 1..6)
}

proptest! {
    #[test]
    fn totals_in_any_order_and_number_count_once(
        parts in parts(),
        story in proptest::collection::vec(told(true), 1..30),
    ) {
        let (mut world, id) = bought();
        world.buy("ext-2");
        let before = world.end();
        let mut highest = 0;
        for one in story {
            if let Told::Total(n) = one {
                highest = highest.max(parts.iter().take(n + 1).sum());
            }
            tell(&mut world, id, one, &parts);
            prop_assert_eq!(world.gone_back(id), highest);
            prop_assert_eq!(world.payment(id).refunded, highest);
            prop_assert_eq!(world.payment(id).refund.is_some(), world.status(id) == PaymentState::Refunding);
            let share = i128::from(30 * 86_400) * i128::from(highest) / 15_000;
            let cut = i128::from(before.duration_since(world.end()).as_secs());
            prop_assert!(cut <= share && share - cut <= 6, "{} of {}", cut, share);
        }
    }

    #[test]
    fn parts_in_any_order_and_number_count_once(
        parts in parts(),
        story in proptest::collection::vec(told(false), 1..30),
    ) {
        let (mut world, id) = bought();
        let mut seen = std::collections::BTreeSet::new();
        for one in story {
            if let Told::Part(n) = one {
                seen.insert(n % parts.len());
            }
            tell(&mut world, id, one, &parts);
            let sum: i64 = seen.iter().map(|n| parts[*n]).sum();
            prop_assert_eq!((world.gone_back(id), world.payment(id).refunded), (sum, sum));
        }
    }
}
