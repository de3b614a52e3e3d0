//! Gifts: opened at most once, and every kopeck of them is with somebody, whatever happens in whatever order.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod support;

use domain::{
    Currency, Decision, EventKind, Gift, GiftCode, GiftSecret, GiftState, Goods, Money, PaymentId,
    PaymentState, Period, Person, Provider, Record, Refusal, Renewal, Subscription, TimePolicy, User, UserId,
    UserState,
    checkout::{self, Choice},
    credit::{self, Status, Verdict},
    gift::{self, Found},
    new_end,
    refund::Target,
    registration::{self, FirstTouch},
};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use std::collections::BTreeMap;
use support::{World, later, now, paid, plan, refunded, registered, report, rub, saving, subscription_in};

fn person(id: i64) -> UserState {
    let person = Person { id: UserId(id), ..support::person() };
    let (user, _) =
        registration::register(&person, FirstTouch::default(), domain::Language::En, support::now(), 0);
    UserState { user: Some(User { version: 1, ..user }), ..UserState::default() }
}

/// A paid gift that waits for thirty days.
fn given() -> (World, Gift) {
    let mut world = World::with_balance(4_000);
    let id = world.open_gift(Choice::default(), 30, "ext-1");
    assert_eq!(world.report(id, &paid("ext-1", 15_000)), Verdict::Credited);
    let gift = world.gifts[&id].clone();
    (world, gift)
}

fn tick(world: &mut World, id: PaymentId) {
    let decision = gift::tick(&world.state, world.payment(id), world.now).unwrap();
    world.commit(&decision);
}

#[test]
fn a_paid_gift_waits_and_the_givers_own_subscription_stays_as_it_is() {
    let mut world = World::new();
    world.buy("own");
    let before = world.subscription().clone();
    let id = world.open_gift(Choice::default(), 30, "ext-1");
    assert!(world.gifts.is_empty(), "nothing is given before the money comes");
    assert_eq!(world.report(id, &saving(paid("ext-1", 15_000), "tok")), Verdict::Credited);
    assert_eq!(world.report(id, &paid("ext-1", 15_000)), Verdict::Nothing);
    assert_eq!(*world.subscription(), before);
    assert!(world.state.saved.is_empty(), "no method is saved by a gift");
    let gift = &world.gifts[&id];
    assert_eq!(Some(gift), world.state.gift(id));
    assert_eq!((gift.giver, gift.from.as_str(), gift.is_waiting()), (UserId(42), "Ann", true));
    assert_eq!(gift.expires_at, Some(later(30 * 24)));
    assert_eq!((world.count("gift_bought"), world.count("credited")), (1, 1));
    assert_eq!(world.payment(id).granted, None);
}

#[test]
fn an_offer_is_kept_while_the_deal_is_the_same() {
    let state = registered();
    let freeze = |state: &UserState, seed: u8, days| {
        let secret = GiftSecret::draw([seed; GiftSecret::LENGTH]);
        checkout::freeze_gift(state, &plan(), (secret, days), (Choice::default(), &[]), now()).unwrap()
    };
    let (first, decision) = freeze(&state, 1, 30);
    let state = state.after(&decision);
    let (again, nothing) = freeze(&state, 2, 30);
    assert_eq!((&again.goods, again.id), (&first.goods, first.id));
    assert!(nothing.is_nothing());
    assert_ne!(freeze(&state, 3, 14).0.goods, first.goods);
    let (own, _) = checkout::freeze(&state, &plan(), Choice::default(), &[], now()).unwrap();
    assert_ne!(own.id, first.id);
    let recurring = checkout::star_subscription(&state, first.id, now());
    assert_eq!(recurring, Err(Refusal::MethodUnavailable), "nobody gives every month");
}

#[test]
fn every_way_to_pay_and_every_charge_has_a_code_of_its_own() {
    let mut world = World::new();
    let id = world.open_gift(Choice::default(), 30, "ext-1");
    let quote = world.state.quote.clone().unwrap();
    let other =
        checkout::payment(&world.state, quote.id, (Provider::Stars, Currency::Xtr), world.now).unwrap();
    world.accept(&other, "ext-2");
    world.report(id, &paid("ext-1", 15_000));
    world.report(id, &paid("ext-1b", 15_000));
    world.report(other.id, &report("ext-2", Status::Paid(Money::new(150, Currency::Xtr))));
    let codes: std::collections::BTreeSet<GiftCode> =
        world.gifts.values().map(|gift| gift.code.clone()).collect();
    assert_eq!((world.gifts.len(), codes.len()), (3, 3));
    let Goods::Gift(order) = &quote.goods else { panic!("a gift") };
    for code in codes {
        assert!(code.to_string() != order.secret.to_string() && code.to_string().len() == 24);
        assert!(!format!("{code:?}").contains(&code.to_string()), "no code is logged");
    }
}

#[test]
fn a_gift_is_like_a_purchase_of_its_plan_for_whoever_opens_it() {
    let (world, gift) = given();
    let mut bob = person(43);
    let trial = domain::trial::start(&bob, Some(&support::terms("trial", Period::Days(3))), now()).unwrap();
    bob = bob.after(&trial);
    let kept = Subscription { renewal: Renewal::Charge, ..bob.subscriptions[0].clone() };
    bob.subscriptions[0] = kept;
    let (opened, decision) = gift::open(&bob, &gift, later(2)).unwrap();
    let subscription = subscription_in(&decision);
    assert_eq!(subscription.end, new_end(later(2), Some(later(72)), Period::Months(1)));
    assert_eq!((subscription.trial, &subscription.terms), (false, &gift.terms));
    assert_eq!(subscription.renewal, Renewal::Charge);
    let names: Vec<_> = decision.events.iter().map(|event| (event.user, event.kind.name())).collect();
    assert_eq!(names, [(Some(UserId(43)), "gift_opened"), (Some(UserId(42)), "gift_taken")]);
    // Pressed again, or by somebody else: nothing.
    for state in [bob.after(&decision), person(44)] {
        let (found, nothing) = gift::open(&state, &opened, later(3)).unwrap();
        assert!(nothing.is_nothing() && found == opened);
    }
    let found = Found::Gift(Box::new(opened));
    assert!(found.open_to(UserId(43)).is_some() && found.open_to(UserId(44)).is_none());
    // One's own gift: nobody has to be told.
    let (_, decision) = gift::open(&world.state, &gift, later(2)).unwrap();
    assert_eq!(decision.events.len(), 1);
}

#[test]
fn an_unopened_gift_is_called_to_mind_and_then_goes_back_whole() {
    let mut world = World::with_balance(4_000);
    let part = Choice { use_balance: true, save_method: true };
    let id = world.open_gift(part, 30, "ext-1");
    world.report(id, &paid("ext-1", 11_000));
    assert_eq!(world.balance(), 0);
    world.now = later(26 * 24);
    tick(&mut world, id);
    assert_eq!(world.count("gift_reminded"), 0);
    world.now = later(27 * 24);
    tick(&mut world, id);
    tick(&mut world, id);
    assert_eq!((world.count("gift_reminded"), world.balance()), (1, 0));
    world.now = later(30 * 24);
    tick(&mut world, id);
    tick(&mut world, id);
    assert_eq!((world.balance(), world.status(id)), (15_000, PaymentState::Refunded));
    assert_eq!((world.payment(id).to_balance, world.gone_back(id)), (11_000, 11_000));
    let returned = GiftState::Returned { at: world.now, amount: rub(15_000) };
    assert_eq!((world.gifts[&id].state, world.gifts[&id].next_at), (returned, None));
    assert_eq!(world.count("gift_returned"), 1);
    let (_, nothing) = gift::open(&person(43), &world.gifts[&id], world.now).unwrap();
    assert!(nothing.is_nothing());
}

#[test]
fn what_the_balance_paid_alone_goes_back_to_it() {
    let mut world = World::with_balance(20_000);
    let secret = GiftSecret::draw([9; GiftSecret::LENGTH]);
    let (quote, decision) =
        checkout::freeze_gift(&world.state, &plan(), (secret, 2), (Choice::default(), &[]), world.now)
            .unwrap();
    world.commit(&decision);
    let (payment, decision) = checkout::spend(&world.state, quote.id, Currency::Rub, world.now).unwrap();
    world.commit(&decision);
    assert_eq!((world.balance(), world.gifts.len()), (5_000, 1));
    world.now = later(48);
    tick(&mut world, payment.id);
    assert_eq!((world.balance(), world.status(payment.id)), (20_000, PaymentState::Refunded));
    assert_eq!((world.count("payment_refunded"), world.count("gift_reminded")), (0, 0));
}

#[test]
fn a_gift_without_days_waits_for_ever() {
    let mut world = World::new();
    let id = world.open_gift(Choice::default(), 0, "ext-1");
    world.report(id, &paid("ext-1", 15_000));
    assert_eq!((world.gifts[&id].expires_at, world.gifts[&id].next_at), (None, None));
    world.pass(100_000);
    tick(&mut world, id);
    assert!(world.gifts[&id].is_waiting());
}

#[test]
fn money_on_its_way_back_takes_the_gift_along_and_brings_it_again_if_it_stays() {
    let (mut world, gift) = given();
    let id = gift.payment;
    world.refund(id, 5_000, Target::Payer, TimePolicy::Keep).unwrap();
    assert!(world.gifts[&id].is_waiting(), "a part of the price is no reason");
    world.now = later(30 * 24);
    tick(&mut world, id);
    assert!(world.gifts[&id].is_waiting(), "where the part goes is not known yet");
    world.report(id, &report("ext-1", Status::RefundFailed("no".into())));
    world.now = later(10);
    world.refund(id, 15_000, Target::Payer, TimePolicy::End).unwrap();
    assert!(matches!(world.gifts[&id].state, GiftState::Withdrawn { .. }));
    world.report(id, &report("ext-1", Status::RefundFailed("no".into())));
    assert!(world.gifts[&id].is_waiting() && world.gifts[&id].next_at > Some(world.now));
    world.report(id, &report("ext-1", Status::Disputed("fraud".into())));
    assert!(matches!(world.gifts[&id].state, GiftState::Withdrawn { .. }));
    assert_eq!(world.status(id), PaymentState::Disputed);
}

#[test]
fn a_wrong_code_is_counted_with_the_promo_codes() {
    let mut world = World::new();
    for _ in 0..5 {
        assert_eq!(gift::found(&world.state, None, world.now), Found::Unknown);
        let decision = gift::wrong(&world.state, world.now);
        world.commit(&decision);
    }
    let (_, gift) = given();
    assert_eq!(gift::found(&world.state, Some(gift), world.now), Found::Later);
}

/// An operator sends a part back while another part goes back in the provider's cabinet: together it is all.
#[test]
fn parts_that_make_up_the_whole_take_the_gift_along() {
    let (mut world, gift) = given();
    let id = gift.payment;
    world.refund(id, 10_000, Target::Payer, TimePolicy::Cut).unwrap();
    assert!(world.gifts[&id].is_waiting());
    world.report(id, &refunded("ext-1", 5_000));
    assert!(matches!(world.gifts[&id].state, GiftState::Withdrawn { .. }));
    world.report(id, &report("ext-1", Status::RefundFailed("no".into())));
    assert!(world.gifts[&id].is_waiting());
}

/// What happens around two orders of gifts, of which each may be charged twice.
#[derive(Debug, Clone, Copy)]
enum Step {
    Paid(usize, usize),
    /// Somebody opens a gift, as they saw it now or a while ago.
    Open(usize, usize, bool),
    /// Somebody looks at it, and will press later.
    Look(usize),
    Ring,
    Pass(i64),
    Ask(usize, i64, Target),
    Refunded(usize, i64),
    Failed(usize),
    Disputed(usize),
}

fn story() -> impl Strategy<Value = Vec<Step>> {
    let one = prop_oneof![
        4 => (0..2_usize, 0..2_usize).prop_map(|(order, charge)| Step::Paid(order, charge)),
        3 => (0..2_usize, 0..4_usize, any::<bool>()).prop_map(|(who, gift, stale)| Step::Open(who, gift, stale)),
        2 => (0..4_usize).prop_map(Step::Look),
        4 => Just(Step::Ring),
        3 => (1_i64..400).prop_map(Step::Pass),
        1 => (0..4_usize, 1_i64..4, prop_oneof![Just(Target::Payer), Just(Target::Balance)])
            .prop_map(|(gift, thirds, target)| Step::Ask(gift, thirds, target)),
        1 => (0..4_usize, 1_i64..4).prop_map(|(gift, thirds)| Step::Refunded(gift, thirds)),
        1 => (0..4_usize).prop_map(Step::Failed),
        1 => (0..4_usize).prop_map(Step::Disputed),
    ];
    proptest::collection::vec(one, 1..60)
}

struct Game {
    world: World,
    orders: [PaymentId; 2],
    people: [UserState; 2],
    seen: BTreeMap<PaymentId, Gift>,
}

const START: i64 = 4_000;

impl Game {
    fn new() -> Self {
        let mut world = World::with_balance(START);
        let first = world.open_gift(Choice::default(), 30, "0-0");
        // The balance pays a part of the second; of a further charge it cannot, and that goes there instead.
        let second = world.open_gift(Choice { use_balance: true, save_method: false }, 10, "1-0");
        let people = [person(43), person(44)];
        Self { world, orders: [first, second], people, seen: BTreeMap::new() }
    }

    fn gift(&self, index: usize) -> Option<PaymentId> {
        self.world.gifts.keys().nth(index).copied()
    }

    /// Committed as the store does: on the versions of gift and copy, or not at all.
    fn open(&mut self, who: usize, id: PaymentId, gift: &Gift) {
        let (_, decision) = gift::open(&self.people[who], gift, self.world.now).unwrap();
        let stored = (self.world.gifts[&id].version, self.world.state.gift(id).unwrap().version);
        if decision.is_nothing() || stored != (gift.version, gift.version) {
            return;
        }
        self.people[who] = std::mem::take(&mut self.people[who]).after(&decision);
        let givers = |record: &&Record| matches!(record, Record::Gift(_) | Record::OwnGift(_));
        let records = decision.records.iter().filter(givers).cloned().collect();
        self.world.commit(&Decision { records, ..decision });
    }

    fn play(&mut self, step: Step) {
        match step {
            Step::Paid(order, charge) => {
                let id = self.orders[order];
                let amount = self.world.payment(id).amount.minor;
                self.world.report(id, &paid(&format!("{order}-{charge}"), amount));
            }
            Step::Look(index) => {
                let Some(id) = self.gift(index) else { return };
                self.seen.insert(id, self.world.gifts[&id].clone());
            }
            Step::Open(who, index, stale) => {
                let Some(id) = self.gift(index) else { return };
                let old = self.seen.get(&id).filter(|_| stale).cloned();
                let gift = old.unwrap_or_else(|| self.world.gifts[&id].clone());
                self.open(who, id, &gift);
            }
            Step::Ring => {
                let ids: Vec<PaymentId> = self.world.gifts.keys().copied().collect();
                for id in ids {
                    tick(&mut self.world, id);
                }
            }
            Step::Pass(hours) => self.world.pass(hours),
            Step::Ask(index, thirds, target) => {
                let Some(id) = self.gift(index) else { return };
                let received = self.world.payment(id).received.unwrap().minor;
                let _ = self.world.refund(id, received * thirds / 3, target, TimePolicy::Cut);
            }
            Step::Refunded(index, thirds) => {
                let Some(id) = self.gift(index) else { return };
                let payment = self.world.payment(id).clone();
                let total = payment.received.unwrap().minor * thirds / 3;
                let left = payment.received.unwrap().minor - payment.to_balance;
                self.world.report(id, &refunded(payment.external_id.as_deref().unwrap(), total.min(left)));
            }
            Step::Failed(index) => self.tell(index, Status::RefundFailed("no".into())),
            Step::Disputed(index) => self.tell(index, Status::Disputed("fraud".into())),
        }
    }

    fn tell(&mut self, index: usize, status: Status) {
        let Some(id) = self.gift(index) else { return };
        let name = self.world.payment(id).external_id.clone().unwrap();
        self.world.report(id, &report(&name, status));
    }

    fn check(&self) -> Result<(), TestCaseError> {
        let mut balance = START;
        let mut ends: BTreeMap<UserId, Timestamp> = BTreeMap::new();
        let (mut paid_for, mut opened) = (0, BTreeMap::<PaymentId, usize>::new());
        for event in &self.world.events {
            match &event.kind {
                EventKind::GiftBought { amount, from_balance, .. } => {
                    balance -= from_balance.map_or(0, |part| part.minor);
                    paid_for += amount.minor + from_balance.map_or(0, |part| part.minor);
                }
                EventKind::GiftReturned { amount, .. } | EventKind::ToppedUp { amount, .. } => {
                    balance += amount.minor;
                }
                EventKind::PaymentRefunded { amount, to_balance: true, .. }
                    if matches!(event.actor, domain::Actor::Operator(_)) =>
                {
                    balance += amount.minor;
                }
                EventKind::GiftOpened { payment, from, to, .. } => {
                    *opened.entry(*payment).or_default() += 1;
                    let known = ends.insert(event.user.unwrap(), *to);
                    prop_assert_eq!(*from, known, "I3");
                }
                _ => {}
            }
        }
        prop_assert_eq!(balance, self.world.balance());
        prop_assert!(opened.values().all(|times| *times == 1), "{:?}", opened);
        for person in &self.people {
            let end = person.subscriptions.first().map(|first| first.end);
            prop_assert_eq!(end, ends.get(&person.user.as_ref().unwrap().id).copied());
        }
        let mut accounted = 0;
        for (id, gift) in &self.world.gifts {
            prop_assert_eq!(Some(gift), self.world.state.gift(*id), "the copy is the gift");
            let payment = self.world.payment(*id);
            let price = payment.received.unwrap().minor + payment.from_balance.map_or(0, |part| part.minor);
            accounted += price;
            prop_assert_eq!(opened.contains_key(id), matches!(gift.state, GiftState::Opened { .. }));
            let gone = matches!(payment.state, PaymentState::Refunded | PaymentState::Disputed);
            let refunding = payment.refund.as_ref().is_some_and(|open| open.amount == payment.refundable());
            match gift.state {
                GiftState::Waiting => prop_assert!(!gone && !refunding, "{:?}", payment),
                GiftState::Opened { .. } => {}
                GiftState::Returned { amount, .. } => {
                    prop_assert_eq!(payment.state, PaymentState::Refunded);
                    prop_assert_eq!(amount.minor + payment.refunded, price - operators(self, *id));
                }
                GiftState::Withdrawn { .. } => {
                    prop_assert!(gone || payment.state == PaymentState::Refunding, "{:?}", payment);
                }
            }
        }
        prop_assert_eq!(accounted, paid_for, "what came is opened, waiting, returned or withdrawn");
        Ok(())
    }
}

/// What operators put on the balance of this payment before.
fn operators(game: &Game, id: PaymentId) -> i64 {
    let amounts = game.world.events.iter().map(|event| match (&event.kind, event.actor) {
        (
            EventKind::PaymentRefunded { payment, amount, to_balance: true, .. },
            domain::Actor::Operator(_),
        ) if *payment == id => amount.minor,
        _ => 0,
    });
    amounts.sum()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn a_gift_is_opened_once_and_its_money_is_with_somebody(story in story()) {
        let mut game = Game::new();
        for step in story {
            game.play(step);
            game.check()?;
        }
    }

    #[test]
    fn codes_and_secrets_read_back(random in any::<[u8; 24]>(), text in "\\PC{0,40}") {
        let secret = GiftSecret::draw(random);
        prop_assert_eq!(secret.to_string().parse::<GiftSecret>().unwrap(), secret);
        if let Ok(code) = text.parse::<GiftCode>() {
            prop_assert_eq!(code.to_string(), text);
        }
    }
}

#[test]
fn a_late_expiry_of_the_order_still_makes_a_gift() {
    let mut world = World::new();
    let id = world.open_gift(Choice::default(), 30, "ext-1");
    world.now = now() + SignedDuration::from_hours(48);
    let (_, decision) = credit::expired(&world.state, world.payment(id), world.now);
    world.commit(&decision);
    assert_eq!(world.report(id, &paid("ext-1", 15_000)), Verdict::Credited);
    assert_eq!(world.gifts[&id].expires_at, Some(later(48 + 30 * 24)), "its days count from the money");
}

/// A gift that somebody opened who had twenty days, with the giver's records and theirs.
fn taken() -> (World, PaymentId, UserState) {
    let (mut world, gift) = given();
    let bob = person(43);
    let trial = domain::trial::start(&bob, Some(&support::terms("trial", Period::Days(20))), now()).unwrap();
    let bob = bob.after(&trial);
    let (_, decision) = gift::open(&bob, &gift, now()).unwrap();
    let bob = bob.after(&decision);
    let givers = |record: &&Record| matches!(record, Record::Gift(_) | Record::OwnGift(_));
    let records = decision.records.iter().filter(givers).cloned().collect();
    world.commit(&Decision { records, ..decision });
    world.state.recipient = Some(Box::new(bob.clone()));
    (world, gift.payment, bob)
}

/// Money of an opened gift goes back: the recipient's subscription by the policy, and not a day more than it gave.
#[test]
fn the_recipient_loses_by_the_policy_what_the_gift_gave() {
    let end = |hours: i64| later(20 * 24 + hours);
    let month = end(29 * 24);
    let cases = [
        (TimePolicy::Keep, Status::Refunded(rub(15_000)), None),
        (
            TimePolicy::Cut,
            Status::Refunded(rub(5_000)),
            Some(new_end(now(), Some(later(480)), Period::Months(1))),
        ),
        (TimePolicy::End, Status::Refunded(rub(15_000)), Some(end(0))),
        (TimePolicy::End, Status::Disputed("fraud".into()), Some(end(0))),
    ];
    for (policy, status, want) in cases {
        let (mut world, id, bob) = taken();
        let before = bob.subscriptions[0].end;
        assert!(before > month, "{before}");
        (world.rules.refund, world.rules.dispute) = (policy, policy);
        let told = report("ext-1", status);
        let (_, decision) = credit::report(&world.state, world.payment(id), &told, world.rules, world.now);
        let cut = decision.events.iter().find(|event| event.kind.name() == "gift_cut");
        assert_eq!(cut.map(|event| event.user), want.map(|_| Some(UserId(43))), "{policy}");
        let Some(want) = want else { continue };
        let changed = subscription_in(&decision);
        assert_eq!(changed.user, UserId(43));
        let share = policy == TimePolicy::Cut;
        let expected = if share { before - before.duration_since(later(480)) / 3 } else { want };
        assert_eq!(changed.end.as_second(), expected.as_second(), "{policy}");
        // The giver's own records keep none of it, and what was ended for good is not ended again.
        let after = world.state.clone().after(&decision);
        assert!(after.subscriptions.is_empty());
        let again = credit::report(
            &UserState { recipient: Some(Box::new(bob.after(&decision))), ..after },
            &domain::Payment { version: 4, ..support::payment_in(&decision) },
            &refunded("ext-1", 15_000),
            world.rules,
            world.now,
        );
        let cuts = again.1.events.iter().filter(|event| event.kind.name() == "gift_cut").count();
        assert_eq!(cuts, usize::from(share), "{policy}");
    }
}
