//! What a provider reports about a payment, turned into money credited, held or sent back.
//!
//! Webhook, "I have paid" button, return page and sweeper all come through [`report`].

use crate::{
    Actor, Decision, Event, EventKind, Goods, MethodId, Money, Once, Payment, PaymentId, PaymentState, Quote,
    Record, Renewal, Subscription, SubscriptionNo, TimePolicy, User, UserId, UserState, event::HoldReason,
    extra, gift, method, new_end, payment::Signal, promo, provisioning::Cause, referral, refund, upkeep,
    upkeep::Stage,
};
use jiff::{SignedDuration, Timestamp};
use std::fmt;

/// A report about a payment, verified to come from the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The provider's id of the money object (of the charge, once paid). A second charge of one order has another.
    pub external_id: String,
    /// What it says.
    pub status: Status,
    /// Test money.
    pub test: bool,
    /// A method that the buyer let us charge again, if the provider saved one.
    pub saved: Option<SavedToken>,
}

/// What the provider wants to hear when a saved method is charged.
#[derive(Clone, PartialEq, Eq)]
pub struct SavedToken {
    /// The provider's name of it.
    pub token: String,
    /// What the buyer recognises it by: `Visa •4444`.
    pub title: String,
}

/// Without the token.
impl fmt::Debug for SavedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SavedToken").field("title", &self.title).finish_non_exhaustive()
    }
}

/// What a report says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Still waiting.
    Pending,
    /// This much was paid.
    Paid(Money),
    /// It will not be paid, and why.
    Canceled(String),
    /// This much has gone back in all.
    Refunded(Money),
    /// One refund of this much has gone back, by its own id; earlier ones are not in it.
    RefundedPart {
        /// The refund's id at the provider.
        refund: String,
        /// How much this one sent back.
        amount: Money,
    },
    /// A refund that was asked for will not happen, and why; the money stayed.
    RefundFailed(String),
    /// The payer's bank takes the money back, and why.
    Disputed(String),
}

/// What came of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Credited now.
    Credited,
    /// Held for the operator now.
    Held,
    /// Canceled, expired, refunded or disputed now.
    Closed,
    /// Nothing new.
    Nothing,
}

/// What the operator decided about money that comes and goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Real money is taken: test money is not credited. And the reverse.
    pub live: bool,
    /// What a refund that was made at the provider does to the time.
    pub refund: TimePolicy,
    /// What a dispute does to it.
    pub dispute: TimePolicy,
}

/// Decides what `report` does to `payment`.
pub fn report(
    state: &UserState,
    payment: &Payment,
    report: &Report,
    rules: Rules,
    now: Timestamp,
) -> (Verdict, Decision) {
    match &report.status {
        Status::Pending => (Verdict::Nothing, Decision::nothing()),
        Status::Paid(received) => paid(state, payment, (report, *received), rules.live, now),
        Status::Refunded(gone) | Status::RefundedPart { amount: gone, .. } if payment.received.is_none() => {
            refund::overtaken(state, payment, (&report.external_id, *gone), now)
        }
        Status::Canceled(reason) => canceled(state, payment, reason, now),
        Status::Refunded(total) => refund::total(state, payment, *total, rules.refund, now),
        Status::RefundedPart { refund, amount } => {
            refund::part(state, payment, (refund, *amount), rules.refund, now)
        }
        Status::RefundFailed(reason) => refund::failed(state, payment, reason, now),
        Status::Disputed(reason) => refund::disputed(state, payment, reason, rules.dispute, now),
    }
}

/// `payment` has not yet counted the money that the provider calls `external_id`.
pub fn is_news(payment: &Payment, external_id: &str) -> bool {
    !payment.state.is_settled() || payment.external_id.as_deref() != Some(external_id)
}

/// `report` speaks of money on its way back, and nobody has told us yet that it came: to be looked at again later, when
/// the payment has caught up.
pub fn is_early(payment: &Payment, report: &Report) -> bool {
    let back =
        matches!(report.status, Status::Refunded(_) | Status::RefundedPart { .. } | Status::Disputed(_));
    back && payment.state.after(Signal::Paid).is_some()
}

fn paid(
    state: &UserState,
    payment: &Payment,
    (report, received): (&Report, Money),
    live: bool,
    now: Timestamp,
) -> (Verdict, Decision) {
    let agreed_at = payment.created_at;
    let payment = &charged(payment, &report.external_id, now);
    let hold = if received != payment.amount {
        Some(HoldReason::Amount)
    } else if report.test == live {
        Some(HoldReason::Mode)
    } else {
        None
    };
    let signal = if hold.is_some() { Signal::PaidOtherwise } else { Signal::Paid };
    let Some(next_state) = payment.state.after(signal) else {
        return (Verdict::Nothing, Decision::nothing());
    };
    let paid = Payment {
        state: next_state,
        external_id: Some(report.external_id.clone()),
        received: Some(received),
        paid_at: Some(now),
        next_at: None,
        ..payment.clone()
    };
    let key = format!("paid/{}/{}", payment.provider, report.external_id);
    let actor = Actor::Provider(payment.provider);
    let credited = match hold {
        Some(reason) => return held(&paid, reason, key, now),
        None => settle(state, paid.clone(), (actor, key.clone()), now),
    };
    // Nobody to credit, or more than fits: not silently lost either.
    let Ok(mut decision) = credited else { return held(&paid, HoldReason::Buyer, key, now) };
    if let Some(token) = report.saved.as_ref().filter(|_| paid.save_method || paid.goods == Goods::Method) {
        remember(state, (&paid, agreed_at), token, &mut decision, now);
    }
    (Verdict::Credited, decision)
}

fn held(paid: &Payment, reason: HoldReason, key: String, now: Timestamp) -> (Verdict, Decision) {
    let received = paid.received.unwrap_or(paid.amount);
    let held = Payment { state: PaymentState::Held, ..paid.clone() };
    let kind = EventKind::PaymentHeld {
        payment: held.id,
        external_id: held.external_id.clone().unwrap_or_default(),
        expected: held.amount,
        received,
        reason,
    };
    let event = Event::new(held.user, now, Actor::Provider(held.provider), kind, &key);
    let once = Some(Once::new(key, "held"));
    (Verdict::Held, Decision { once, records: vec![Record::Payment(held)], events: vec![event] })
}

/// Saves the method that came with the money, and lets it renew the subscription, as the buyer agreed.
fn remember(
    state: &UserState,
    (paid, agreed_at): (&Payment, Timestamp),
    token: &SavedToken,
    decision: &mut Decision,
    now: Timestamp,
) {
    let record = method::saved(state, (paid.user, paid.provider), token, agreed_at, now);
    let known = MethodId::of(paid.user, paid.provider, &token.token);
    if record.is_none() && state.method(known).is_none() {
        // Removed after it was agreed to.
        return;
    }
    for changed in &mut decision.records {
        if let Record::Subscription(subscription) = changed
            && subscription.user == paid.user
        {
            subscription.renewal = Renewal::Charge;
            subscription.next_at = upkeep::next_at(subscription, now);
        }
    }
    let Some(record) = record else { return };
    let kind = EventKind::MethodSaved { provider: paid.provider, title: token.title.clone() };
    decision.events.push(Event::new(
        paid.user,
        now,
        Actor::Provider(paid.provider),
        kind,
        &format!("saved/{}", paid.id),
    ));
    decision.records.push(record);
}

/// Credits `paid`, whose money is there: what it bought is granted, its part of the balance is withdrawn, all in one
/// decision under `key`. If the balance was spent meanwhile, the money that came goes to the balance instead.
pub(crate) fn settle(
    state: &UserState,
    paid: Payment,
    (actor, key): (Actor, String),
    now: Timestamp,
) -> Result<Decision, crate::Refusal> {
    match &paid.goods {
        Goods::Plan(_) | Goods::Gift(_) => match spent(state, &paid) {
            Ok(user) if paid.goods.terms().is_none() => gift::bought(state, paid, user, (actor, key), now),
            Ok(user) => Ok(granted(state, paid, user, (actor, key), now)),
            Err(crate::Refusal::NotEnough) => topped_up(state, paid, true, (actor, key), now),
            Err(other) => Err(other),
        },
        Goods::Traffic { .. } => {
            let running = state.subscription(paid.no).is_some_and(|own| own.takes_traffic(now));
            match spent(state, &paid) {
                Ok(user) if running => Ok(extra::bought(state, paid, user, (actor, key), now)),
                // Too late for that subscription: the money stays the buyer's.
                Ok(_) | Err(crate::Refusal::NotEnough) => topped_up(state, paid, true, (actor, key), now),
                Err(other) => Err(other),
            }
        }
        Goods::TopUp => topped_up(state, paid, false, (actor, key), now),
        Goods::Method => {
            let records = vec![Record::Payment(paid)];
            Ok(Decision { once: Some(Once::new(key, "saved")), records, events: Vec::new() })
        }
    }
}

/// The buyer after the payment's part of the balance was withdrawn; `None` if it has no such part.
fn spent(state: &UserState, paid: &Payment) -> Result<Option<User>, crate::Refusal> {
    let Some(part) = paid.from_balance else { return Ok(None) };
    let user = state.user.as_ref().ok_or(crate::Refusal::NotRegistered)?;
    Ok(Some(User { balance: user.balance.minus(part)?, ..user.clone() }))
}

fn granted(
    state: &UserState,
    mut paid: Payment,
    user: Option<User>,
    (actor, key): (Actor, String),
    now: Timestamp,
) -> Decision {
    let Goods::Plan(terms) = paid.goods.clone() else { return Decision::nothing() };
    let old = state.subscription(paid.no).map(|old| old.end);
    let mut subscription = extended(state, &paid, terms, None, now);
    let bought = subscription.end;
    paid.granted = Some((old.filter(|end| *end > now).unwrap_or(now), bought));
    let mut records: Vec<Record> = closed_quote(state, &paid).into_iter().collect();
    let (counted, user, reduced) = promo::consumed(state, &paid, user, &key, now);
    let extra = referral::earned(state, (&mut paid, &mut subscription), user, &key, now);
    records.extend(counted);
    let mut decision = credited(paid, (subscription, bought), old, (actor, key), records, now);
    decision.events.extend(reduced);
    extra.join(&mut decision);
    decision
}

/// The money that counts: of what was held a part may have gone back before an operator let it.
pub(crate) fn counted(paid: &Payment) -> Money {
    paid.received.map_or(paid.amount, |_| paid.refundable())
}

/// `bought`: the end that was bought; what came on top has events of its own.
pub(crate) fn credited(
    paid: Payment,
    (subscription, bought): (Subscription, Timestamp),
    old: Option<Timestamp>,
    (actor, key): (Actor, String),
    mut records: Vec<Record>,
    now: Timestamp,
) -> Decision {
    let kind = EventKind::Credited {
        payment: paid.id,
        external_id: paid.external_id.clone().unwrap_or_default(),
        amount: counted(&paid),
        from_balance: paid.from_balance,
        plan: subscription.terms.plan.clone(),
        no: paid.no,
        from: old,
        to: bought,
    };
    let event = Event::new(paid.user, now, actor, kind, &key);
    records.extend([Record::Payment(paid), Record::Subscription(subscription)]);
    Decision { once: Some(Once::new(key, "credited")), records, events: vec![event] }
}

fn topped_up(
    state: &UserState,
    mut paid: Payment,
    shortfall: bool,
    (actor, key): (Actor, String),
    now: Timestamp,
) -> Result<Decision, crate::Refusal> {
    let user = state.user.as_ref().ok_or(crate::Refusal::NotRegistered)?;
    let amount = counted(&paid);
    let user = User { balance: user.balance.plus(amount)?, ..user.clone() };
    let mut records: Vec<Record> = closed_quote(state, &paid).into_iter().collect();
    if shortfall {
        // What was bought instead: a refund must take it from the balance again.
        paid.goods = Goods::TopUp;
        paid.from_balance = None;
        paid.promo = None;
    }
    let external_id = paid.external_id.clone().unwrap_or_default();
    let kind = EventKind::ToppedUp { payment: paid.id, external_id, amount, shortfall };
    let event = Event::new(paid.user, now, actor, kind, &key);
    records.extend([Record::Payment(paid), Record::User(user)]);
    Ok(Decision { once: Some(Once::new(key, "topped up")), records, events: vec![event] })
}

/// What an operator does with money that is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// Takes it as if it fitted: grants what was ordered.
    AsOrdered,
    /// Puts what came on the buyer's balance.
    ToBalance,
}

/// An operator lets held money count.
pub fn release(
    state: &UserState,
    payment: &Payment,
    how: Release,
    operator: crate::UserId,
    now: Timestamp,
) -> Result<Decision, crate::Refusal> {
    let next = payment.state.after(Signal::Released).ok_or(crate::Refusal::NotRefundable)?;
    let mut paid = Payment { state: next, ..payment.clone() };
    let key = format!("released/{}", paid.id);
    if how == Release::ToBalance {
        paid.goods = Goods::TopUp;
        paid.from_balance = None;
        paid.promo = None;
    }
    settle(state, paid, (Actor::Operator(operator), key), now)
}

/// The quote of a payment that is settled: the next press on "buy" must freeze a new one, with a new payment.
pub(crate) fn closed_quote(state: &UserState, payment: &Payment) -> Option<Record> {
    let quote = state.quote.as_ref().filter(|quote| quote.id == payment.quote && !quote.closed)?;
    Some(Record::Quote(Quote { closed: true, ..quote.clone() }))
}

/// The payment that stands for a further charge of an order that was settled before.
pub fn second_charge(first: PaymentId, external_id: &str) -> PaymentId {
    PaymentId::derive(first.time(), &format!("{first}/{external_id}"))
}

/// The payment that this charge pays. An invoice can be paid again later: every further charge is a payment of its own,
/// with the same deal, so that no money is swallowed.
fn charged(payment: &Payment, external_id: &str, now: Timestamp) -> Payment {
    if !payment.state.is_settled() || payment.external_id.as_deref() == Some(external_id) {
        return payment.clone();
    }
    Payment {
        id: second_charge(payment.id, external_id),
        state: PaymentState::Created,
        external_id: None,
        pay_url: None,
        created_at: now,
        paid_at: None,
        received: None,
        granted: None,
        refunded: 0,
        to_balance: 0,
        earned: None,
        refund: None,
        version: 0,
        ..payment.clone()
    }
}

/// The subscription after `terms` were bought: until `until` if the provider promised that, else by the plan's period.
pub(crate) fn extended(
    state: &UserState,
    payment: &Payment,
    terms: crate::Terms,
    until: Option<Timestamp>,
    now: Timestamp,
) -> Subscription {
    let cause = Cause::Payment(payment.id);
    let mut next = lengthened(state, (payment.user, payment.no), (terms, until), cause, now);
    if payment.recurring {
        let reference = payment.external_id.clone().unwrap_or_default();
        let known =
            matches!(&next.renewal, Renewal::Provider { provider, .. } if *provider == payment.provider);
        if !known {
            next.renewal = Renewal::Provider { provider: payment.provider, reference };
            next.next_at = upkeep::next_at(&next, now);
        }
    }
    next
}

/// Subscription `no` of `user` after they got `terms` because of `cause`: until `until` if that was promised.
pub(crate) fn lengthened(
    state: &UserState,
    (user, no): (UserId, SubscriptionNo),
    (terms, until): (crate::Terms, Option<Timestamp>),
    cause: Cause,
    now: Timestamp,
) -> Subscription {
    let old = state.subscription(no);
    let old_end = old.map(|old| old.end);
    let end = match until {
        Some(until) => old_end.map_or(until, |old| old.max(until)),
        None => new_end(now, old_end, terms.period),
    };
    let mut next = old.cloned().unwrap_or_else(|| Subscription {
        user,
        no,
        name: None,
        terms: terms.clone(),
        extras: Vec::new(),
        trial: false,
        started_at: now,
        end,
        revision: 0,
        applied: None,
        leaving: Vec::new(),
        pending: Vec::new(),
        observed: None,
        stage: Stage::Fresh,
        renewal: Renewal::Off,
        attempts: 0,
        resets: crate::Resets::default(),
        next_at: None,
        version: 0,
    });
    extra::carry(&mut next, now);
    next.terms = terms;
    next.trial = false;
    next.end = end;
    next.revision += 1;
    next.stage = Stage::Fresh;
    next.attempts = 0;
    next.pending.push(cause);
    next.next_at = upkeep::next_at(&next, now);
    next
}

fn canceled(state: &UserState, payment: &Payment, reason: &str, now: Timestamp) -> (Verdict, Decision) {
    let kind = EventKind::PaymentCanceled { payment: payment.id, reason: reason.to_owned() };
    let (verdict, mut decision) = close_with_quote(state, payment, Signal::Canceled, kind, now);
    if verdict == Verdict::Closed && payment.charge.is_some() {
        crate::renewal::declined(state, payment, reason, &mut decision, now);
    }
    (verdict, decision)
}

/// Nobody paid before the payment's time was up (the provider was asked and said so).
pub fn expired(state: &UserState, payment: &Payment, now: Timestamp) -> (Verdict, Decision) {
    if now < payment.expires_at {
        return (Verdict::Nothing, Decision::nothing());
    }
    let kind = EventKind::PaymentExpired { payment: payment.id };
    let (verdict, mut decision) = close_with_quote(state, payment, Signal::TimedOut, kind, now);
    if verdict == Verdict::Closed && payment.charge.is_some() {
        crate::renewal::declined(state, payment, "no answer in time", &mut decision, now);
    }
    (verdict, decision)
}

fn close_with_quote(
    state: &UserState,
    payment: &Payment,
    signal: Signal,
    kind: EventKind,
    now: Timestamp,
) -> (Verdict, Decision) {
    let Some(next) = payment.state.after(signal) else { return (Verdict::Nothing, Decision::nothing()) };
    let key = format!("{}/{}/{}", kind.name(), payment.id, payment.version);
    let event = Event::new(payment.user, now, Actor::Provider(payment.provider), kind, &key);
    let closed = Payment { state: next, next_at: None, ..payment.clone() };
    let mut records = vec![Record::Payment(closed)];
    records.extend(closed_quote(state, payment));
    (Verdict::Closed, Decision { once: None, records, events: vec![event] })
}

/// Still waiting: ask again later. The pause doubles with the payment's age, from five minutes on.
pub fn ask_later(payment: &Payment, now: Timestamp) -> Decision {
    let since = payment.refund.as_ref().map_or(payment.created_at, |refund| refund.requested_at);
    let age = now.duration_since(since).max(SignedDuration::from_mins(5));
    let next = Payment { next_at: now.checked_add(age).ok(), ..payment.clone() };
    Decision { once: None, records: vec![Record::Payment(next)], events: Vec::new() }
}
