//! Friends: nobody is rewarded twice, whatever happens in whatever order, and the sums fit.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod support;

use domain::{
    Currency, Decision, Event, EventKind, Goods, Language, Money, Payment, PaymentId, PaymentState, Period,
    Person, Provider, Record, Refusal, Reward, Standing, User, UserId, UserState,
    checkout::{self, Choice},
    credit::{self, Rules as Till, Status},
    reaction::{self, Alert, Notice, Task},
    referral::{self, Gift, Inviter, Rules},
    refund::Target,
    registration::{self, FirstTouch},
    trial,
};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use support::{INVITER, World, at, now, person, report, rub, terms};

const DAYS: Rules = Rules {
    inviter: Gift::Days([3, 7, 15, 30]),
    friend: Gift::Days([1, 3, 7, 15]),
    first_only: true,
    cap: 0,
};
const PERCENT: Rules = Rules { inviter: Gift::Percent(10), friend: Gift::Percent(5), ..DAYS };

fn inviter(world: &World) -> &UserState {
    &world.friends.as_ref().unwrap().1
}

#[test]
fn both_get_days_with_the_first_purchase_and_no_more() {
    let mut world = World::brought(DAYS);
    let before = inviter(&world).subscriptions[0].end;
    world.buy("1");
    assert_eq!(world.end(), at("2026-12-22T10:00:00Z"), "a month and a day");
    assert_eq!(inviter(&world).subscriptions[0].end, before + SignedDuration::from_hours(72));
    world.buy("2");
    assert_eq!(world.end(), at("2027-01-22T10:00:00Z"));
    assert_eq!((world.count("referral_rewarded"), world.count("referral_bonus")), (1, 1));
    let figures = inviter(&world).referrals.as_ref().unwrap();
    assert_eq!((figures.bought, figures.days), (1, 3));
}

#[test]
fn each_purchase_counts_where_the_operator_wants_it_up_to_the_cap() {
    let mut world = World::brought(Rules { first_only: false, cap: 2, ..PERCENT });
    for charge in ["1", "2", "3"] {
        world.buy(charge);
    }
    let rich = |world: &World| inviter(world).user.as_ref().unwrap().balance.get(Currency::Rub);
    assert_eq!((rich(&world), world.balance()), (rub(3_000), 2_250), "the friend's gift has no cap");
    world.pass(30 * 24);
    world.buy("4");
    assert_eq!(rich(&world), rub(4_500), "thirty days later there is room again");
    assert_eq!(inviter(&world).referrals.as_ref().unwrap().bought, 1);
}

#[test]
fn a_gone_inviter_gets_nothing_and_is_in_nobodys_way() {
    let mut world = World::brought(DAYS);
    world.friends.as_mut().unwrap().1 = UserState::default();
    world.buy("1");
    assert_eq!((world.count("credited"), world.count("referral_rewarded")), (1, 0));
    assert_eq!(world.count("referral_bonus"), 1, "what was promised to the friend is kept");
}

#[test]
fn a_top_up_earns_nothing() {
    let mut world = World::brought(PERCENT);
    world.top_up(50_000, "1");
    assert_eq!(world.count("referral_rewarded") + world.count("referral_bonus"), 0);
    assert!(world.state.referrals.is_none(), "it is still before the first purchase");
}

#[test]
fn what_is_paid_from_the_balance_counts_and_what_costs_nothing_does_not() {
    let mut world = World::brought(DAYS);
    let (quote, decision) =
        checkout::freeze(&world.state, &support::plan(), Choice::default(), &[], now()).unwrap();
    world.commit(&decision);
    world.state.user.as_mut().unwrap().balance = domain::Wallet::of([rub(15_000)]);
    let mut free = world.clone();
    let (_, decision) = checkout::spend(&world.loaded(), quote.id, Currency::Rub, now()).unwrap();
    world.commit(&decision);
    assert_eq!((world.balance(), world.count("referral_rewarded")), (0, 1));
    let quote = free.state.quote.as_mut().unwrap();
    for price in &mut quote.prices {
        *price =
            domain::quote::Price::agreed(price.base(), price.base(), Money::new(0, price.total.currency))
                .unwrap();
    }
    let (_, decision) = checkout::spend(&free.loaded(), quote_id(&free), Currency::Rub, now()).unwrap();
    free.commit(&decision);
    assert_eq!((free.count("credited"), free.count("referral_rewarded")), (1, 0));
    assert!(free.state.referrals.is_none());
}

fn quote_id(world: &World) -> domain::QuoteId {
    world.state.quote.as_ref().unwrap().id
}

#[test]
fn a_whole_refund_takes_the_money_back_as_far_as_it_is_there() {
    let mut world = World::brought(PERCENT);
    let id = world.buy("1");
    let rich = &mut world.friends.as_mut().unwrap().1;
    rich.user.as_mut().unwrap().balance = domain::Wallet::of([rub(1_000)]);
    world.refund(id, 15_000, Target::Balance, domain::TimePolicy::Keep).unwrap();
    assert!(inviter(&world).user.as_ref().unwrap().balance.is_empty());
    assert_eq!(world.balance(), 15_000, "the friend's own gift went back too");
    assert_eq!(inviter(&world).referrals.as_ref().unwrap().money.get(Currency::Rub), rub(500));
    let event = world
        .events
        .iter()
        .find(|event| matches!(event.kind, EventKind::ReferralReversed { friend: Some(_), .. }));
    let event = event.expect("an event");
    assert_eq!(event.user, Some(INVITER));
    let tasks: Vec<Task> = reaction::jobs(event).into_iter().map(|job| job.task).collect();
    let alert = Alert::ReferralReversed {
        person: INVITER,
        payment: id,
        reward: Reward::Money(rub(1_500)),
        taken: Some(rub(1_000)),
    };
    assert_eq!(tasks, [Task::Alert(alert), Task::Notify(Notice::RewardReversed { amount: rub(1_000) })]);
}

#[test]
fn a_refund_of_a_part_takes_nothing_back_and_days_stay() {
    let mut world = World::brought(PERCENT);
    let id = world.buy("1");
    world.refund(id, 14_999, Target::Balance, domain::TimePolicy::Keep).unwrap();
    assert_eq!(world.count("referral_reversed"), 0);
    world.refund(id, 1, Target::Balance, domain::TimePolicy::Keep).unwrap();
    assert_eq!(world.count("referral_reversed"), 2, "of both, with the last kopeck");
    let mut world = World::brought(DAYS);
    let id = world.buy("1");
    let end = inviter(&world).subscriptions[0].end;
    world.refund(id, 15_000, Target::Balance, domain::TimePolicy::Cut).unwrap();
    assert_eq!((inviter(&world).subscriptions[0].end, world.end()), (end, now()), "the friend's days go");
}

#[test]
fn the_inviter_is_told_and_their_panel_follows() {
    let mut world = World::brought(DAYS);
    world.buy("1");
    let event = world.events.iter().find(|event| event.kind.name() == "referral_rewarded").unwrap();
    let jobs = reaction::jobs(event);
    assert!(jobs.iter().all(|job| job.user == INVITER));
    let tasks: Vec<Task> = jobs.into_iter().map(|job| job.task).collect();
    let told = Notice::Rewarded { reward: Reward::Days(3), waits: false };
    assert_eq!(tasks, [Task::Notify(told), Task::Provision(domain::SubscriptionNo::FIRST)]);
    let kind = EventKind::Registered { referrer: Some(INVITER), campaign: None };
    let job = reaction::jobs(&Event::new(UserId(42), now(), domain::Actor::Buyer, kind, "x")).remove(0);
    let joined = Notice::FriendJoined { friend: UserId(42) };
    assert_eq!((job.user, job.task), (INVITER, Task::Notify(joined)));
}

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
        prop_assert!(payment.provider == Provider::Yookassa);
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
