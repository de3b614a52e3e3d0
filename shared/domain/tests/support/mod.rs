//! What the tests of this crate share: a shop in memory, which commits decisions as strictly as the store does.

#![allow(dead_code, reason = "every test file uses its own part of this")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

pub mod promo;

use domain::{
    Currency, Decision, Event, EventId, EventKind, Gift, GiftSecret, Language, Localized, MethodId, Money,
    Payment, PaymentId, PaymentState, Period, Person, Plan, Provider, Record, Refusal, Renewal, Subscription,
    Terms, TimePolicy, TrafficReset, User, UserId, UserState, Wallet,
    checkout::{self, Choice, Opened},
    credit::{self, Release, Report, Rules, SavedToken, Status, Verdict},
    referral::{Inviter, Rules as Friends},
    refund::{self, Target},
    registration::{self, FirstTouch},
};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Who brought the buyer.
pub const INVITER: UserId = UserId(41);

/// Who works for the shop.
pub const OPERATOR: UserId = UserId(7);

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn now() -> Timestamp {
    at("2026-11-21T10:00:00Z")
}

pub fn later(hours: i64) -> Timestamp {
    now() + SignedDuration::from_hours(hours)
}

pub fn rub(minor: i64) -> Money {
    Money::new(minor, Currency::Rub)
}

pub fn terms(plan: &str, period: Period) -> Terms {
    Terms {
        plan: plan.parse().unwrap(),
        name: Localized { ru: "План".into(), en: "Plan".into() },
        period,
        traffic_limit: 0,
        traffic_reset: TrafficReset::NoReset,
        device_limit: Some(3),
        panel: domain::PanelId::default(),
        squads: vec!["f94b10f8-561c-4c60-afbb-2647d6008ca8".into()],
        external_squad: None,
    }
}

/// A month for 150.00 rubles or 150 Stars.
pub fn plan() -> Plan {
    let prices = vec![rub(15_000), Money::new(150, Currency::Xtr)];
    Plan { terms: terms("m1", Period::Months(1)), prices, order: 1, visible: true, version: 1 }
}

pub fn person() -> Person {
    Person { id: UserId(42), first_name: "Ann".into(), username: None, language_tag: Some("en-GB".into()) }
}

pub fn registered() -> UserState {
    let (user, _) = registration::register(&person(), FirstTouch::default(), Language::Ru, now(), 0);
    UserState { user: Some(User { version: 1, ..user }), ..UserState::default() }
}

pub fn report(external_id: &str, status: Status) -> Report {
    Report { external_id: external_id.into(), status, test: false, saved: None }
}

pub fn paid(external_id: &str, minor: i64) -> Report {
    report(external_id, Status::Paid(rub(minor)))
}

pub fn refunded(external_id: &str, total: i64) -> Report {
    report(external_id, Status::Refunded(rub(total)))
}

pub fn part(external_id: &str, refund: &str, minor: i64) -> Report {
    report(external_id, Status::RefundedPart { refund: refund.into(), amount: rub(minor) })
}

/// `report`, with which the provider saved a method.
pub fn saving(report: Report, token: &str) -> Report {
    let saved = SavedToken { token: token.into(), title: "Visa •4444".into() };
    Report { saved: Some(saved), ..report }
}

pub fn method_id(token: &str) -> MethodId {
    MethodId::of(UserId(42), Provider::Yookassa, token)
}

/// The last payment, subscription and so on that `decision` writes.
pub fn payment_in(decision: &Decision) -> Payment {
    let found = decision.records.iter().find_map(|record| match record {
        Record::Payment(payment) => Some(payment.clone()),
        _ => None,
    });
    found.expect("a payment")
}

pub fn subscription_in(decision: &Decision) -> Subscription {
    let found = decision.records.iter().find_map(|record| match record {
        Record::Subscription(subscription) => Some(subscription.clone()),
        _ => None,
    });
    found.expect("a subscription")
}

/// One buyer and everything that was committed for them.
#[derive(Debug, Clone)]
pub struct World {
    pub state: UserState,
    pub payments: BTreeMap<PaymentId, Payment>,
    /// As they stand under their codes.
    pub gifts: BTreeMap<PaymentId, Gift>,
    pub once: BTreeSet<String>,
    pub events: Vec<Event>,
    pub now: Timestamp,
    pub rules: Rules,
    /// What is given for a friend, and whoever brought the buyer.
    pub friends: Option<(Friends, UserState)>,
}

impl World {
    /// A registered buyer. Refunds cut the time, disputes end it.
    pub fn new() -> Self {
        let rules = Rules { live: true, refund: TimePolicy::Cut, dispute: TimePolicy::End };
        Self {
            state: registered(),
            payments: BTreeMap::new(),
            gifts: BTreeMap::new(),
            once: BTreeSet::new(),
            events: Vec::new(),
            now: now(),
            rules,
            friends: None,
        }
    }

    /// A registered buyer with so many kopecks.
    pub fn with_balance(minor: i64) -> Self {
        let mut world = Self::new();
        if let Some(user) = &mut world.state.user {
            user.balance = Wallet::of([rub(minor)]);
        }
        world
    }

    /// A buyer whom somebody with a month brought.
    pub fn brought(friends: Friends) -> Self {
        let mut world = Self::new();
        let inviter = Person { id: INVITER, ..person() };
        let (user, _) = registration::register(&inviter, FirstTouch::default(), Language::Ru, now(), 0);
        let user = User { version: 1, ..user };
        if let Some(buyer) = &mut world.state.user {
            buyer.referrer = Some(INVITER);
        }
        let mut lender =
            Self { state: UserState { user: Some(user), ..UserState::default() }, ..Self::new() };
        lender.buy("inviter's own");
        world.friends = Some((friends, lender.state));
        world
    }

    /// The buyer as loaded for a purchase or a refund.
    pub fn loaded(&self) -> UserState {
        let inviter =
            self.friends.as_ref().map(|(rules, state)| Inviter { rules: Some(*rules), state: state.clone() });
        UserState { inviter: inviter.map(Box::new), ..self.state.clone() }
    }

    /// Commits as the store does: wholly or not at all, a business key once, every record at its version. False if it
    /// had been done before.
    pub fn commit(&mut self, decision: &Decision) -> bool {
        if decision.once.as_ref().is_some_and(|once| self.once.contains(&once.key)) {
            return false;
        }
        let mut written = BTreeSet::new();
        for record in &decision.records {
            let (name, version, stored) = self.versions(record);
            assert_eq!(version, stored, "the version of {name}");
            assert!(written.insert(name), "a record is written twice: {decision:?}");
        }
        let known: BTreeSet<EventId> = self.events.iter().map(|event| event.id).collect();
        for event in &decision.events {
            assert!(!known.contains(&event.id), "two events share an id: {event:?}");
        }
        self.once.extend(decision.once.iter().map(|once| once.key.clone()));
        for record in &decision.records {
            if let Record::Payment(payment) = record {
                let stored = Payment { version: payment.version + 1, ..payment.clone() };
                self.payments.insert(payment.id, stored);
            }
            if let Record::Gift(gift) = record {
                let stored = Gift { version: gift.version + 1, ..gift.clone() };
                self.gifts.insert(gift.payment, stored);
            }
        }
        self.state = std::mem::take(&mut self.state).after(decision);
        if let Some((_, inviter)) = &mut self.friends {
            *inviter = std::mem::take(inviter).after(decision);
        }
        self.events.extend(decision.events.iter().cloned());
        true
    }

    /// The name of a record, the version it was loaded with, and the one that is stored.
    fn versions(&self, record: &Record) -> (String, u64, u64) {
        let (state, theirs) = (&self.state, self.friends.as_ref().map(|(_, inviter)| inviter));
        match (record, theirs) {
            (Record::User(user), Some(theirs)) if user.id == INVITER => {
                return (
                    "the inviter".into(),
                    user.version,
                    theirs.user.as_ref().map_or(0, |user| user.version),
                );
            }
            (Record::Subscription(changed), Some(theirs)) if changed.user == INVITER => {
                let stored = theirs.subscription(changed.no).map_or(0, |stored| stored.version);
                return ("the inviter's subscription".into(), changed.version, stored);
            }
            (Record::Referrals(figures), Some(theirs)) if figures.user == INVITER => {
                let stored = theirs.referrals.as_ref().map_or(0, |stored| stored.version);
                return ("the inviter's figures".into(), figures.version, stored);
            }
            _ => {}
        }
        match record {
            Record::Referrals(figures) => {
                let stored = state.referrals.as_ref().map_or(0, |stored| stored.version);
                ("the buyer's figures".into(), figures.version, stored)
            }
            Record::User(user) => {
                ("the user".into(), user.version, state.user.as_ref().map_or(0, |user| user.version))
            }
            Record::Subscription(changed) => {
                let stored = state.subscription(changed.no).map_or(0, |stored| stored.version);
                (format!("subscription {}", changed.no), changed.version, stored)
            }
            Record::Quote(quote) => {
                ("the quote".into(), quote.version, state.quote.as_ref().map_or(0, |quote| quote.version))
            }
            Record::Payment(payment) => {
                let stored = self.payments.get(&payment.id).map_or(0, |stored| stored.version);
                (payment.id.to_string(), payment.version, stored)
            }
            Record::Method(method) => {
                let stored = state.saved.iter().find(|saved| saved.id == method.id);
                (method.id.to_string(), method.version, stored.map_or(0, |stored| stored.version))
            }
            Record::Gift(gift) => {
                let stored = self.gifts.get(&gift.payment).map_or(0, |stored| stored.version);
                (format!("the gift of {}", gift.payment), gift.version, stored)
            }
            Record::OwnGift(gift) => {
                let stored = state.gift(gift.payment).map_or(0, |stored| stored.version);
                (format!("the own gift of {}", gift.payment), gift.version, stored)
            }
            other => panic!("not a buyer's record: {other:?}"),
        }
    }

    /// Opens the payment of the plan at `provider`, which calls it `external_id`.
    pub fn open(&mut self, choice: Choice, external_id: &str) -> PaymentId {
        let (quote, decision) = checkout::freeze(&self.state, &plan(), choice, &[], self.now).unwrap();
        self.commit(&decision);
        let way = (Provider::Yookassa, Currency::Rub);
        let draft = checkout::payment(&self.state, quote.id, way, self.now).unwrap();
        self.accept(&draft, external_id)
    }

    /// Opens the payment of the plan as a gift that waits for `days`.
    pub fn open_gift(&mut self, choice: Choice, days: u16, external_id: &str) -> PaymentId {
        let seed = u8::try_from(self.payments.len()).unwrap();
        let secret = GiftSecret::draw([seed; GiftSecret::LENGTH]);
        let (quote, decision) =
            checkout::freeze_gift(&self.state, &plan(), (secret, days), (choice, &[]), self.now).unwrap();
        self.commit(&decision);
        let way = (Provider::Yookassa, Currency::Rub);
        let draft = checkout::payment(&self.state, quote.id, way, self.now).unwrap();
        self.accept(&draft, external_id)
    }

    /// Opens a payment of so many kopecks to the balance.
    pub fn open_top_up(&mut self, minor: i64, external_id: &str) -> PaymentId {
        let (quote, decision) = checkout::freeze_top_up(&self.state, rub(minor), self.now).unwrap();
        self.commit(&decision);
        let way = (Provider::Yookassa, Currency::Rub);
        let draft = checkout::payment(&self.state, quote.id, way, self.now).unwrap();
        self.accept(&draft, external_id)
    }

    /// The provider takes the order of `draft`.
    pub fn accept(&mut self, draft: &Payment, external_id: &str) -> PaymentId {
        let opened = Opened { external_id: Some(external_id.into()), pay_url: None };
        let (payment, decision) = checkout::opened(draft, opened, self.now);
        self.commit(&decision);
        payment.id
    }

    /// Buys the plan for its price.
    pub fn buy(&mut self, external_id: &str) -> PaymentId {
        let id = self.open(Choice::default(), external_id);
        assert_eq!(self.report(id, &paid(external_id, 15_000)), Verdict::Credited);
        id
    }

    /// Puts so many kopecks on the balance.
    pub fn top_up(&mut self, minor: i64, external_id: &str) -> PaymentId {
        let id = self.open_top_up(minor, external_id);
        assert_eq!(self.report(id, &paid(external_id, minor)), Verdict::Credited);
        id
    }

    /// The provider reports about `id`.
    pub fn report(&mut self, id: PaymentId, report: &Report) -> Verdict {
        let payment = self.payments[&id].clone();
        let (verdict, decision) = credit::report(&self.loaded(), &payment, report, self.rules, self.now);
        assert_eq!(verdict == Verdict::Nothing, decision.is_nothing(), "{report:?}");
        if self.commit(&decision) { verdict } else { Verdict::Nothing }
    }

    /// An operator asks for a refund.
    pub fn refund(
        &mut self,
        id: PaymentId,
        minor: i64,
        target: Target,
        time: TimePolicy,
    ) -> Result<(), Refusal> {
        let payment = self.payments[&id].clone();
        let wish = (Money::new(minor, payment.refundable().currency), target, time);
        let (_, decision) = refund::request(&self.loaded(), &payment, wish, OPERATOR, self.now)?;
        self.commit(&decision);
        Ok(())
    }

    /// An operator lets held money count.
    pub fn release(&mut self, id: PaymentId, how: Release) -> Result<(), Refusal> {
        let payment = self.payments[&id].clone();
        let decision = credit::release(&self.loaded(), &payment, how, OPERATOR, self.now)?;
        self.commit(&decision);
        Ok(())
    }

    pub fn payment(&self, id: PaymentId) -> &Payment {
        &self.payments[&id]
    }

    pub fn status(&self, id: PaymentId) -> PaymentState {
        self.payments[&id].state
    }

    pub fn subscription(&self) -> &Subscription {
        &self.state.subscriptions[0]
    }

    pub fn end(&self) -> Timestamp {
        self.subscription().end
    }

    /// How much is on the balance, in kopecks.
    pub fn balance(&self) -> i64 {
        self.state.user.as_ref().map_or(0, |user| user.balance.get(Currency::Rub).minor)
    }

    pub fn last(&self) -> &EventKind {
        &self.events.last().expect("an event").kind
    }

    /// How often something happened, by the event's name.
    pub fn count(&self, name: &str) -> usize {
        self.events.iter().filter(|event| event.kind.name() == name).count()
    }

    pub fn pass(&mut self, hours: i64) {
        self.now += SignedDuration::from_hours(hours);
    }

    /// A buyer of a month who let us charge `tok-1` before its end.
    pub fn agreed() -> Self {
        let mut world = Self::new();
        let id = world.open(Choice { save_method: true, ..Choice::default() }, "ext-1");
        assert_eq!(world.report(id, &saving(paid("ext-1", 15_000), "tok-1")), Verdict::Credited);
        assert_eq!(world.subscription().renewal, Renewal::Charge);
        world
    }

    /// So many minutes before the end.
    pub fn before_end(&self, minutes: i64) -> Timestamp {
        self.end() - SignedDuration::from_mins(minutes)
    }

    /// The same with the subscription renewed by charges from now on.
    pub fn renewing(mut self) -> Self {
        if let Some(subscription) = self.state.subscriptions.first_mut() {
            subscription.renewal = Renewal::Charge;
        }
        self
    }

    /// Everything that went back, by the events.
    pub fn gone_back(&self, id: PaymentId) -> i64 {
        let amounts = self.events.iter().map(|event| match &event.kind {
            EventKind::PaymentRefunded { payment, amount, .. } if *payment == id => amount.minor,
            _ => 0,
        });
        amounts.sum()
    }
}
