//! The invariants of the books, from the events alone: I1 every charge counts once, I2 what came in is credited, on a
//! balance, held or sent back, I3 an end moves only by an event that says so.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod support;

use domain::{
    Activation, Actor, Currency, Event, EventKind, Money, PaymentId, PaymentState, Period, Promo, Promotion,
    Record, TimePolicy,
    checkout::Choice,
    credit::{self, Release, Report, Status, Verdict},
    promo::{self, Offered},
    referral::{Gift, Rules},
    refund::Target,
};
use jiff::{Timestamp, tz::TimeZone};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use support::{INVITER, World, report, rub, terms};

/// A charge at the provider: of which order, and the how-manieth of it.
type Charge = (usize, usize);

const ORDERS: usize = 3;
const CHARGES: usize = 3;

/// What the provider took with a charge; always the same, however often it is reported.
#[derive(Debug, Clone, Copy)]
enum Truth {
    Agreed,
    More(i64),
    Dollars(i64),
    Test,
}

/// What happens to the shop.
#[derive(Debug, Clone, Copy)]
enum Step {
    Paid(Charge),
    Canceled(usize),
    Expired(usize),
    /// The provider's total of what went back, in tenths.
    Total(Charge, i64),
    /// One refund by its number.
    Part(Charge, i64),
    Asked(Charge, i64, Target, TimePolicy),
    RefundFailed(Charge),
    Disputed(Charge),
    Released(Charge, Release),
    /// Days by a promo code.
    Gift(u16),
    Pass(i64),
}

fn truths() -> impl Strategy<Value = Vec<Truth>> {
    let one = prop_oneof![
        6 => Just(Truth::Agreed),
        2 => (1_i64..5_000).prop_map(Truth::More),
        1 => (1_i64..5_000).prop_map(Truth::Dollars),
        1 => Just(Truth::Test),
    ];
    proptest::collection::vec(one, ORDERS * CHARGES)
}

fn policy() -> impl Strategy<Value = TimePolicy> {
    prop_oneof![Just(TimePolicy::Keep), Just(TimePolicy::Cut), Just(TimePolicy::End)]
}

fn friends() -> impl Strategy<Value = Rules> {
    let days = (Gift::Days([3, 7, 15, 30]), Gift::Days([1, 3, 7, 15]));
    let shares = (Gift::Percent(10), Gift::Percent(7));
    (any::<bool>(), any::<bool>(), 0_u16..3).prop_map(move |(by_days, first_only, cap)| {
        let (inviter, friend) = if by_days { days } else { shares };
        Rules { inviter, friend, first_only, cap }
    })
}

fn story() -> impl Strategy<Value = Vec<Step>> {
    let charge = || (0..ORDERS, 0..CHARGES);
    let target = prop_oneof![Just(Target::Payer), Just(Target::Balance)];
    let how = prop_oneof![Just(Release::AsOrdered), Just(Release::ToBalance)];
    let one = prop_oneof![
        8 => charge().prop_map(Step::Paid),
        1 => (0..ORDERS).prop_map(Step::Canceled),
        1 => (0..ORDERS).prop_map(Step::Expired),
        2 => (charge(), 1_i64..11).prop_map(|(charge, tenths)| Step::Total(charge, tenths)),
        1 => (charge(), 1_i64..5).prop_map(|(charge, number)| Step::Part(charge, number)),
        3 => (charge(), 1_i64..11, target, policy())
            .prop_map(|(charge, tenths, target, time)| Step::Asked(charge, tenths, target, time)),
        1 => charge().prop_map(Step::RefundFailed),
        1 => charge().prop_map(Step::Disputed),
        2 => (charge(), how).prop_map(|(charge, how)| Step::Released(charge, how)),
        1 => (1_u16..40).prop_map(Step::Gift),
        1 => (1_i64..400).prop_map(Step::Pass),
    ];
    proptest::collection::vec(one, 1..50)
}

/// The world, its orders, and what the provider knows.
struct Game {
    world: World,
    orders: Vec<PaymentId>,
    truths: Vec<Truth>,
    taken: BTreeMap<Charge, Money>,
    /// When the inviter's month would have ended.
    inviters_end: Timestamp,
}

impl Game {
    /// A plan, a plan that the balance pays a part of, and a top-up.
    fn new(truths: Vec<Truth>, friends: Rules) -> Self {
        let mut world = World::brought(friends);
        world.state.user.as_mut().unwrap().balance = World::with_balance(4_000).state.user.unwrap().balance;
        let inviters_end = world.friends.as_ref().unwrap().1.subscriptions[0].end;
        let part = Choice { use_balance: true, ..Choice::default() };
        let orders = vec![
            world.open(Choice::default(), "0-0"),
            world.open(part, "1-0"),
            world.open_top_up(5_000, "2-0"),
        ];
        Self { world, orders, truths, taken: BTreeMap::new(), inviters_end }
    }

    fn name((order, charge): Charge) -> String {
        format!("{order}-{charge}")
    }

    /// The payment that holds the money of `charge`, if it came.
    fn of(&self, charge: Charge) -> Option<PaymentId> {
        let name = Self::name(charge);
        let holds = |payment: &&domain::Payment| {
            payment.received.is_some() && payment.external_id.as_deref() == Some(name.as_str())
        };
        self.world.payments.values().find(holds).map(|payment| payment.id)
    }

    fn paid(&mut self, charge: Charge) -> Verdict {
        let order = self.orders[charge.0];
        let agreed = self.world.payment(order).amount;
        let truth = self.truths[charge.0 * CHARGES + charge.1];
        let amount = match truth {
            Truth::Agreed | Truth::Test => agreed,
            Truth::More(minor) => rub(agreed.minor + minor),
            Truth::Dollars(minor) => Money::new(minor, Currency::Usd),
        };
        let paid = Report {
            test: matches!(truth, Truth::Test),
            ..report(&Self::name(charge), Status::Paid(amount))
        };
        self.taken.insert(charge, amount);
        self.world.report(order, &paid)
    }

    fn told(&mut self, charge: Charge, status: impl FnOnce(Money) -> Status) {
        let Some(id) = self.of(charge) else { return };
        let received = self.world.payment(id).received.unwrap();
        self.world.report(id, &report(&Self::name(charge), status(received)));
    }

    fn gift(&mut self, days: u16) {
        let order = ["GIFT", "days", &days.to_string(), "per=1000"];
        let promo = Promo::draft(&order, &TimeZone::UTC, self.world.now).unwrap();
        let count = u32::try_from(self.world.count("promo_applied")).unwrap();
        let (user, at) = (self.world.state.user.as_ref().unwrap().id, self.world.now);
        let activation = Activation { code: promo.code.clone(), user, count, at, version: 1 };
        let known = Promotion { promo, activation: Some(activation) };
        let plan = terms("m1", Period::Months(1));
        let offered = Offered { trial: None, plan: Some(&plan) };
        let (_, mut decision) = promo::enter(&self.world.state, Some(&known), offered, at).unwrap();
        decision.records.retain(|record| !matches!(record, Record::Promo(_) | Record::Activation(_)));
        self.world.commit(&decision);
    }

    fn play(&mut self, step: Step) {
        let tenth = |received: Money, tenths| Money::new(received.minor * tenths / 10, received.currency);
        match step {
            Step::Paid(charge) => {
                self.paid(charge);
            }
            Step::Canceled(order) => {
                self.world.report(self.orders[order], &report("any", Status::Canceled("any".into())));
            }
            Step::Expired(order) => {
                let payment = self.world.payment(self.orders[order]);
                let (_, decision) = credit::expired(&self.world.state, payment, self.world.now);
                self.world.commit(&decision);
            }
            Step::Total(charge, tenths) => {
                self.told(charge, |received| Status::Refunded(tenth(received, tenths)));
            }
            Step::Part(charge, number) => {
                let refund = format!("{}-r{number}", Self::name(charge));
                self.told(charge, |received| Status::RefundedPart {
                    refund,
                    amount: tenth(received, number),
                });
            }
            Step::Asked(charge, tenths, target, time) => {
                let Some(id) = self.of(charge) else { return };
                let received = self.world.payment(id).received.unwrap();
                let _ = self.world.refund(id, tenth(received, tenths).minor, target, time);
            }
            Step::RefundFailed(charge) => self.told(charge, |_| Status::RefundFailed("no".into())),
            Step::Disputed(charge) => self.told(charge, |_| Status::Disputed("fraud".into())),
            Step::Released(charge, how) => {
                let Some(id) = self.of(charge) else { return };
                let _ = self.world.release(id, how);
            }
            Step::Gift(days) => self.gift(days),
            Step::Pass(hours) => self.world.pass(hours),
        }
    }
}

/// What the events say of the money of one currency.
#[derive(Debug, Default, PartialEq, Eq)]
struct Books {
    credited: i64,
    topped_up: i64,
    held: i64,
    /// Sent back before it counted.
    returned: i64,
    /// Sent back in all.
    refunded: i64,
}

impl Books {
    fn money_in(&self) -> i64 {
        self.credited + self.topped_up + self.held + self.returned
    }
}

fn books(events: &[Event]) -> BTreeMap<&'static str, Books> {
    let mut all: BTreeMap<&'static str, Books> = BTreeMap::new();
    let mut held: BTreeMap<PaymentId, Money> = BTreeMap::new();
    for event in events {
        let released = matches!(event.actor, Actor::Operator(_));
        match &event.kind {
            EventKind::PaymentHeld { payment, received, .. } => {
                held.insert(*payment, *received);
            }
            EventKind::Credited { payment, amount, .. } => {
                assert_eq!(held.remove(payment).is_some(), released);
                all.entry(amount.currency.code()).or_default().credited += amount.minor;
            }
            EventKind::ToppedUp { payment, amount, .. } => {
                assert_eq!(held.remove(payment).is_some(), released);
                all.entry(amount.currency.code()).or_default().topped_up += amount.minor;
            }
            EventKind::PaymentRefunded { payment, amount, .. } => {
                let books = all.entry(amount.currency.code()).or_default();
                books.refunded += amount.minor;
                if let Some(left) = held.get_mut(payment) {
                    left.minor -= amount.minor;
                    books.returned += amount.minor;
                }
            }
            _ => {}
        }
    }
    for left in held.into_values() {
        all.entry(left.currency.code()).or_default().held += left.minor;
    }
    all
}

/// The end as the events tell it; `Err` if one of them begins where the last did not end.
fn end_told<'e>(
    events: impl Iterator<Item = &'e Event>,
    mut end: Option<Timestamp>,
) -> Result<Option<Timestamp>, String> {
    for event in events {
        let (from, to) = match &event.kind {
            EventKind::Credited { from, to, .. }
            | EventKind::PromoApplied { from, to: Some(to), .. }
            | EventKind::ReferralBonus { from, to: Some(to), .. }
            | EventKind::ReferralRewarded { from, to: Some(to), .. } => (*from, *to),
            EventKind::ReferralDaysAdded { from, to, .. } => (Some(*from), *to),
            EventKind::PaymentRefunded { cut: Some((from, to)), .. }
            | EventKind::PaymentDisputed { cut: Some((from, to)), .. } => {
                if to >= from {
                    return Err(format!("{event:?} cuts nothing"));
                }
                (Some(*from), *to)
            }
            _ => continue,
        };
        if from != end {
            return Err(format!("{event:?} after {end:?}"));
        }
        end = Some(to);
    }
    Ok(end)
}

/// The charges that the events count, each as often as they do.
fn counted(events: &[Event]) -> Vec<String> {
    let names = events.iter().filter_map(|event| match &event.kind {
        EventKind::Credited { external_id, .. } | EventKind::ToppedUp { external_id, .. } => {
            Some(external_id.clone())
        }
        _ => None,
    });
    names.collect()
}

fn check(game: &Game) -> Result<(), TestCaseError> {
    let events = &game.world.events;
    let names = counted(events);
    let distinct: BTreeSet<&String> = names.iter().collect();
    prop_assert_eq!(distinct.len(), names.len(), "I1: {:?}", names);
    let books = books(events);
    for currency in [Currency::Rub, Currency::Usd] {
        let taken = game.taken.values().filter(|amount| amount.currency == currency);
        let taken: i64 = taken.map(|amount| amount.minor).sum();
        let of = books.get(currency.code());
        prop_assert_eq!(taken, of.map_or(0, Books::money_in), "I2 in {}: {:?}", currency, of);
        let payments = game.world.payments.values();
        let refunded: i64 = payments
            .filter(|payment| payment.received.is_some_and(|received| received.currency == currency))
            .map(|payment| payment.refunded + payment.to_balance)
            .sum();
        prop_assert_eq!(refunded, of.map_or(0, |books| books.refunded), "I2 in {}: {:?}", currency, of);
    }
    let end = game.world.state.subscriptions.first().map(|subscription| subscription.end);
    let own = events.iter().filter(|event| event.user != Some(INVITER));
    prop_assert_eq!(end_told(own, None), Ok(end), "I3");
    let Some((_, inviter)) = &game.world.friends else { return Ok(()) };
    let theirs = events.iter().filter(|event| event.user == Some(INVITER));
    let end = inviter.subscriptions[0].end;
    prop_assert_eq!(end_told(theirs, Some(game.inviters_end)), Ok(Some(end)), "I3 of the inviter");
    for payment in game.world.payments.values() {
        let received = payment.received.map_or(0, |received| received.minor);
        prop_assert!(
            (0..=received).contains(&payment.refunded) && (0..=received).contains(&payment.to_balance),
            "{:?}",
            payment
        );
        prop_assert_eq!(payment.state.is_settled(), payment.received.is_some());
        prop_assert_eq!(payment.refund.is_some(), payment.state == PaymentState::Refunding);
        prop_assert!(game.world.balance() >= 0);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn the_books_fit_after_whatever_happened(
        truths in truths(),
        story in story(),
        refund in policy(),
        dispute in policy(),
        friends in friends(),
    ) {
        let mut game = Game::new(truths, friends);
        (game.world.rules.refund, game.world.rules.dispute) = (refund, dispute);
        for step in story {
            let before = game.taken.len();
            game.play(step);
            if let (Step::Paid(charge), true) = (step, game.taken.len() > before) {
                prop_assert!(game.of(charge).is_some(), "money that came is in a payment");
            }
            check(&game)?;
        }
    }

    /// The same reports, once more and in the same order, change nothing.
    #[test]
    fn a_day_of_reports_that_is_delivered_twice_changes_nothing(
        truths in truths(),
        charges in proptest::collection::vec((0..ORDERS, 0..CHARGES), 1..20),
        friends in friends(),
    ) {
        let mut game = Game::new(truths, friends);
        for charge in &charges {
            game.paid(*charge);
        }
        let before = game.world.clone();
        for charge in &charges {
            prop_assert_eq!(game.paid(*charge), Verdict::Nothing);
        }
        prop_assert_eq!(game.world.state, before.state);
        prop_assert_eq!(game.world.events.len(), before.events.len());
    }
}
