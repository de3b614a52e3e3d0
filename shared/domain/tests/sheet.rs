//! The daily balance sheet.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod support;

use domain::{
    Currency, Decision, EventKind, Money, Payment, PaymentState, Provider, Record, Row, Sheet, TimePolicy,
    checkout::Choice,
    credit::Status,
    reaction::{self, Alert, OPERATORS, Task},
    refund::Target,
};
use jiff::civil::date;
use support::{World, later, now, paid, report, rub};

fn sheet() -> Sheet {
    Sheet::begin(date(2026, 11, 21), now())
}

/// A day: one credited, one held, one credited of which a part went back, one that nobody paid.
fn day() -> Vec<Payment> {
    let mut world = World::new();
    world.buy("ext-1");
    let held = world.open(Choice::default(), "ext-2");
    world.report(held, &paid("ext-2", 14_000));
    let back = world.top_up(5_000, "ext-3");
    world.refund(back, 2_000, Target::Payer, TimePolicy::Keep).unwrap();
    world.report(back, &support::refunded("ext-3", 2_000));
    world.open_top_up(1_000, "ext-4");
    world.payments.into_values().collect()
}

fn stored(decision: &Decision) -> Sheet {
    match decision.records.as_slice() {
        [Record::Sheet(sheet)] => Sheet { version: sheet.version + 1, ..sheet.clone() },
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_day_that_fits_is_balanced() {
    let mut sheet = sheet();
    for payment in day() {
        let at_provider = payment.received.unwrap_or(rub(0));
        sheet.count(&payment, Some(at_provider));
    }
    let row = Row {
        provider: Provider::Yookassa,
        currency: Currency::Rub,
        count: 4,
        created: 36_000,
        paid: 34_000,
        credited: 20_000,
        held: 14_000,
        refunded: 2_000,
        unasked: 0,
    };
    assert_eq!(sheet.rows, [row]);
    assert!(sheet.is_balanced());
}

#[test]
fn what_the_provider_took_and_the_books_do_not_know_is_a_difference() {
    let mut sheet = sheet();
    for payment in day() {
        sheet.count(&payment, Some(payment.received.unwrap_or(payment.amount)));
    }
    assert_eq!((sheet.rows[0].difference(), sheet.is_balanced()), (1_000, false));
    // What the books have and the provider does not is one as well, and the two do not hide each other.
    let credited = day().into_iter().find(|payment| payment.state == PaymentState::Succeeded).unwrap();
    let other =
        Payment { provider: Provider::Wata, amount: rub(1_000), received: Some(rub(1_000)), ..credited };
    sheet.count(&other, Some(rub(0)));
    let differences: Vec<i64> = sheet.rows.iter().map(Row::difference).collect();
    assert_eq!(differences, [1_000, -1_000]);
    assert!(!sheet.is_balanced());
}

#[test]
fn who_cannot_be_asked_is_believed_and_counted() {
    let mut sheet = sheet();
    for payment in day() {
        sheet.count(&payment, None);
    }
    assert_eq!((sheet.rows[0].paid, sheet.rows[0].unasked), (34_000, 4));
    assert!(sheet.is_balanced());
}

#[test]
fn currencies_do_not_mix() {
    let mut world = World::new();
    let id = world.open(Choice::default(), "ext-1");
    let dollars = Money::new(200, Currency::Usd);
    world.report(id, &report("ext-1", Status::Paid(dollars)));
    let mut sheet = sheet();
    sheet.count(world.payment(id), Some(dollars));
    let of = |currency| sheet.rows.iter().find(|row| row.currency == currency).unwrap();
    let (rubles, foreign) = (of(Currency::Rub), of(Currency::Usd));
    assert_eq!((rubles.count, rubles.created, rubles.paid, rubles.held), (1, 15_000, 0, 0));
    assert_eq!((foreign.count, foreign.created, foreign.paid, foreign.held), (0, 0, 200, 200));
    assert!(sheet.is_balanced());
    // The same if it came at the provider and the books do not know it.
    let unknown = Payment { received: None, state: PaymentState::Awaiting, ..world.payment(id).clone() };
    let mut sheet = self::sheet();
    sheet.count(&unknown, Some(dollars));
    let missing = sheet.rows.iter().find(|row| row.difference() != 0).unwrap();
    assert_eq!((missing.currency, missing.difference()), (Currency::Usd, 200));
}

#[test]
fn it_is_counted_page_by_page_and_closed_once() {
    let payments = day();
    let mut sheet = sheet();
    assert_eq!((sheet.next_at, &sheet.cursor), (Some(now()), &None));
    sheet.count(&payments[0], payments[0].received);
    let decision = sheet.turned(Some("page-2".into()), later(1));
    assert!(decision.events.is_empty(), "not complete");
    let mut sheet = stored(&decision);
    assert_eq!((sheet.cursor.as_deref(), sheet.next_at, sheet.version), (Some("page-2"), Some(later(1)), 1));
    for payment in &payments[1..] {
        sheet.count(payment, Some(payment.received.unwrap_or(rub(0))));
    }
    let decision = sheet.turned(None, later(2));
    let closed = stored(&decision);
    assert_eq!((closed.next_at, &closed.cursor, closed.rows[0].count), (None, &None, 4));
    let kind = EventKind::SheetClosed { day: date(2026, 11, 21), balanced: true };
    assert_eq!(decision.events[0].kind, kind);
    assert!(reaction::jobs(&decision.events[0]).is_empty(), "no news is good news");
}

#[test]
fn a_difference_is_told_to_the_operators() {
    let mut sheet = sheet();
    sheet.count(&day()[0], Some(rub(1)));
    let decision = sheet.turned(None, later(1));
    let jobs = reaction::jobs(&decision.events[0]);
    let [job] = jobs.as_slice() else { panic!("{jobs:?}") };
    assert_eq!(
        (job.user, &job.task),
        (OPERATORS, &Task::Alert(Alert::Unbalanced { day: date(2026, 11, 21) }))
    );
}

#[test]
fn a_day_without_payments_is_balanced() {
    let decision = sheet().turned(None, now());
    assert!(matches!(decision.events[0].kind, EventKind::SheetClosed { balanced: true, .. }));
}
