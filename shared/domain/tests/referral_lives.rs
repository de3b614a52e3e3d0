//! Random lives of people who brought each other: nobody is rewarded twice, whatever happens in whatever order, and every
//! sum fits.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod support;

use domain::{
    Currency, Decision, Event, EventKind, Goods, Language, Payment, PaymentId, PaymentState, Period, Person,
    Record, Refusal, Reward, Standing, User, UserId, UserState,
    checkout::Choice,
    credit::{self, Rules as Till, Status},
    referral::{self, Gift, Inviter, Rules},
    registration::{self, FirstTouch},
    trial,
};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use support::{World, now, person, report, terms};

const DAYS: Rules = Rules {
    inviter: Gift::Days([3, 7, 15, 30]),
    friend: Gift::Days([1, 3, 7, 15]),
    first_only: true,
    cap: 0,
};
const PERCENT: Rules = Rules { inviter: Gift::Percent(10), friend: Gift::Percent(5), ..DAYS };

const PEOPLE: [UserId; 5] = [UserId(1), UserId(2), UserId(3), UserId(4), UserId(5)];
/// Who brought whom: 1 brought 2, 3 and 4; 2 brought 5.
const BROUGHT: [Option<UserId>; 5] =
    [None, Some(UserId(1)), Some(UserId(1)), Some(UserId(1)), Some(UserId(2))];

#[derive(Debug, Clone)]
enum Step {
    /// Buys so many months through a provider.
    Buy(usize, u16),
    /// The same money is reported again.
    Again(usize),
    /// Two deciders load at the same moment; the second writes what it decided then.
    AtOnce(usize, usize, u16),
    Refund(usize),
    Trial(usize),
    Pass(i64),
}

fn story() -> impl Strategy<Value = Vec<Step>> {
    let who = || 0..PEOPLE.len();
    let months = || prop::sample::select(vec![1_u16, 3, 5, 12]);
    let one = prop_oneof![
        6 => (who(), months()).prop_map(|(who, months)| Step::Buy(who, months)),
        2 => any::<prop::sample::Index>().prop_map(|index| Step::Again(index.index(1_000))),
        3 => (who(), who(), months()).prop_map(|(one, other, months)| Step::AtOnce(one, other, months)),
        2 => any::<prop::sample::Index>().prop_map(|index| Step::Refund(index.index(1_000))),
        1 => who().prop_map(Step::Trial),
        2 => (1_i64..2_000).prop_map(Step::Pass),
    ];
    proptest::collection::vec(one, 1..40)
}

fn rules() -> impl Strategy<Value = Rules> {
    (any::<bool>(), any::<bool>(), 0_u16..4).prop_map(|(by_days, first_only, cap)| {
        let rules = if by_days { DAYS } else { PERCENT };
        Rules { first_only, cap, ..rules }
    })
}

/// People, and everything that was committed for them.
struct Street {
    people: BTreeMap<UserId, UserState>,
    payments: BTreeMap<PaymentId, Payment>,
    once: BTreeSet<String>,
    events: Vec<Event>,
    now: Timestamp,
    rules: Rules,
    orders: u32,
}

impl Street {
    fn new(rules: Rules) -> Self {
        let people = PEOPLE.into_iter().zip(BROUGHT).map(|(id, referrer)| {
            let touch = FirstTouch { referrer, campaign: None };
            let person = Person { id, ..person() };
            let (user, _) = registration::register(&person, touch, Language::Ru, now(), 0);
            let user = Some(User { version: 1, ..user });
            (id, UserState { user, ..UserState::default() })
        });
        let (payments, once) = (BTreeMap::new(), BTreeSet::new());
        Self { people: people.collect(), payments, once, events: Vec::new(), now: now(), rules, orders: 0 }
    }

    fn loaded(&self, id: UserId, always: bool) -> UserState {
        let state = self.people[&id].clone();
        let of_refund = state.user.as_ref().unwrap().referrer.filter(|_| always);
        let inviter = referral::due(&state, &self.rules).or(of_refund);
        let rules = Some(self.rules).filter(|_| !always);
        let inviter = inviter.map(|id| Inviter { rules, state: self.people[&id].clone() });
        UserState { inviter: inviter.map(Box::new), ..state }
    }

    fn order(&mut self, id: UserId, months: u16) -> Payment {
        self.orders += 1;
        let name = format!("order {}", self.orders);
        let template = World::new();
        let mut world = World { state: self.people[&id].clone(), now: self.now, ..template };
        world.state.quote = None;
        let payment = world.open(Choice::default(), &name);
        let mut payment = world.payment(payment).clone();
        payment.id = PaymentId::derive(self.now, &name);
        payment.goods = Goods::Plan(terms("m", Period::Months(months)));
        self.payments.insert(payment.id, payment.clone());
        payment
    }

    fn decide(&self, payment: &Payment) -> Decision {
        let report = report(&payment.id.to_string(), Status::Paid(payment.amount));
        credit::report(&self.loaded(payment.user, false), payment, &report, TILL, self.now).1
    }

    /// As the store: once, and every record at its version. False: not written.
    fn commit(&mut self, decision: &Decision) -> bool {
        if decision.once.as_ref().is_some_and(|once| self.once.contains(&once.key)) {
            return false;
        }
        let mut seen = BTreeSet::new();
        for record in &decision.records {
            let (name, version, stored) = match record {
                Record::User(user) => (
                    format!("user {}", user.id),
                    user.version,
                    self.people[&user.id].user.as_ref().unwrap().version,
                ),
                Record::Subscription(s) => {
                    let stored = self.people[&s.user].subscription(s.no).map_or(0, |stored| stored.version);
                    (format!("subscription {}", s.user), s.version, stored)
                }
                Record::Referrals(figures) => {
                    let stored =
                        self.people[&figures.user].referrals.as_ref().map_or(0, |stored| stored.version);
                    (format!("figures {}", figures.user), figures.version, stored)
                }
                Record::Payment(payment) => (
                    payment.id.to_string(),
                    payment.version,
                    self.payments.get(&payment.id).map_or(0, |p| p.version),
                ),
                other => panic!("{other:?}"),
            };
            assert!(seen.insert(name), "a record is written twice: {decision:?}");
            if version != stored {
                return false;
            }
        }
        self.once.extend(decision.once.iter().map(|once| once.key.clone()));
        for record in &decision.records {
            if let Record::Payment(payment) = record {
                self.payments.insert(payment.id, Payment { version: payment.version + 1, ..payment.clone() });
            }
        }
        for state in self.people.values_mut() {
            *state = std::mem::take(state).after(decision);
        }
        let known: BTreeSet<_> = self.events.iter().map(|event| event.id).collect();
        assert!(decision.events.iter().all(|event| !known.contains(&event.id)), "two events share an id");
        self.events.extend(decision.events.iter().cloned());
        true
    }

    fn play(&mut self, step: &Step) {
        match *step {
            Step::Buy(who, months) => {
                let order = self.order(PEOPLE[who], months);
                assert!(self.commit(&self.decide(&order)));
            }
            Step::Again(index) => {
                let Some(payment) = nth(&self.payments, index) else { return };
                let before = self.events.len();
                self.commit(&self.decide(&payment));
                assert!(payment.received.is_none() || self.events.len() == before, "counted twice");
            }
            Step::AtOnce(one, other, months) => {
                let first = self.order(PEOPLE[one], months);
                let second = self.order(PEOPLE[other], 1);
                let (stale, twin) = (self.decide(&second), self.decide(&first));
                assert!(self.commit(&twin));
                if !self.commit(&stale) {
                    assert!(self.commit(&self.decide(&second)));
                }
                assert!(!self.commit(&twin), "the once-key holds");
            }
            Step::Refund(index) => {
                let Some(payment) = nth(&self.payments, index) else { return };
                let gone = report(
                    &payment.external_id.clone().unwrap_or_default(),
                    Status::Refunded(payment.amount),
                );
                let (_, decision) =
                    credit::report(&self.loaded(payment.user, true), &payment, &gone, TILL, self.now);
                self.commit(&decision);
            }
            Step::Trial(who) => {
                let terms = terms("trial", Period::Days(3));
                match trial::start(&self.people[&PEOPLE[who]], Some(&terms), self.now) {
                    Ok(decision) => assert!(self.commit(&decision)),
                    Err(Refusal::TrialUsed | Refusal::HasSubscription) => {}
                    Err(other) => panic!("{other}"),
                }
            }
            Step::Pass(hours) => self.now += SignedDuration::from_hours(hours),
        }
    }

    fn of(&self, id: UserId) -> impl Iterator<Item = &Event> {
        self.events.iter().filter(move |event| event.user == Some(id))
    }
}

const TILL: Till = Till { live: true, refund: domain::TimePolicy::Cut, dispute: domain::TimePolicy::End };

fn nth(payments: &BTreeMap<PaymentId, Payment>, index: usize) -> Option<Payment> {
    payments.values().nth(index % payments.len().max(1)).cloned()
}

/// What a person's events say they must have.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    end: Option<Timestamp>,
    balance: i64,
    days: u32,
    money: i64,
    waiting: u16,
}

fn told(street: &Street, id: UserId) -> Result<Told, String> {
    let mut told = Told::default();
    for event in street.of(id) {
        let moved = match &event.kind {
            EventKind::TrialStarted { end, .. } => Some((None, *end)),
            EventKind::Credited { from, to, .. } => Some((*from, *to)),
            EventKind::ReferralBonus { reward, from, to, .. } => {
                told.balance += minor(*reward);
                to.map(|to| (*from, to))
            }
            EventKind::ReferralRewarded { reward, from, to, .. } => {
                told.balance += minor(*reward);
                told.money += minor(*reward);
                told.days += u32::from(days(*reward));
                told.waiting += if to.is_none() { days(*reward) } else { 0 };
                to.map(|to| (*from, to))
            }
            EventKind::ReferralDaysAdded { days, from, to, .. } => {
                told.waiting -= days;
                Some((Some(*from), *to))
            }
            EventKind::ReferralReversed { friend, taken, .. } => {
                let taken = taken.map_or(0, |taken| taken.minor);
                told.balance -= taken;
                told.money -= if friend.is_some() { taken } else { 0 };
                None
            }
            EventKind::PaymentRefunded { cut, .. } => cut.map(|(from, to)| (Some(from), to)),
            _ => None,
        };
        let Some((from, to)) = moved else { continue };
        if from != told.end {
            return Err(format!("{event:?} after {:?}", told.end));
        }
        told.end = Some(to);
    }
    Ok(told)
}

fn minor(reward: Reward) -> i64 {
    if let Reward::Money(money) = reward { money.minor } else { 0 }
}

fn days(reward: Reward) -> u16 {
    if let Reward::Days(days) = reward { days } else { 0 }
}

fn check(street: &Street) -> Result<(), TestCaseError> {
    for (id, state) in &street.people {
        let figures = state.referrals.clone().unwrap_or_else(|| domain::Referrals::of(*id));
        let has = Told {
            end: state.subscriptions.first().map(|subscription| subscription.end),
            balance: state.user.as_ref().unwrap().balance.get(Currency::Rub).minor,
            days: figures.days,
            money: figures.money.get(Currency::Rub).minor,
            waiting: figures.waiting,
        };
        prop_assert_eq!(told(street, *id), Ok(has), "of {}", id);
        let friends =
            PEOPLE.into_iter().zip(BROUGHT).filter(|(_, by)| *by == Some(*id)).map(|(friend, _)| friend);
        let buyers = friends.filter(|friend| street.of(*friend).any(|event| event.kind.name() == "credited"));
        prop_assert_eq!(figures.bought as usize, buyers.count(), "friends of {} who bought", id);
        let rewards: Vec<(UserId, PaymentId, Timestamp)> = street
            .of(*id)
            .filter_map(|event| match event.kind {
                EventKind::ReferralRewarded { friend, payment, .. } => Some((friend, payment, event.at)),
                _ => None,
            })
            .collect();
        let payments: BTreeSet<PaymentId> = rewards.iter().map(|reward| reward.1).collect();
        prop_assert_eq!(payments.len(), rewards.len(), "a purchase was rewarded twice");
        let friends: BTreeSet<UserId> = rewards.iter().map(|reward| reward.0).collect();
        prop_assert!(!street.rules.first_only || friends.len() == rewards.len(), "a friend counted twice");
        for (_, _, end) in &rewards {
            let month = SignedDuration::from_hours(720);
            let within = rewards.iter().filter(|(_, _, at)| at <= end && end.duration_since(*at) < month);
            prop_assert!(street.rules.cap == 0 || within.count() <= usize::from(street.rules.cap), "the cap");
        }
        let running =
            state.subscriptions.first().is_some_and(|s| s.standing(street.now) != Standing::Expired);
        prop_assert!(!running || state.subscriptions[0].next_at.is_some(), "the clock looks after it");
    }
    for payment in street.payments.values() {
        prop_assert_eq!(payment.state == PaymentState::Awaiting, payment.received.is_none());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn nobody_is_rewarded_twice_and_every_sum_fits(story in story(), rules in rules()) {
        let mut street = Street::new(rules);
        for step in &story {
            street.play(step);
            check(&street)?;
        }
    }
}
