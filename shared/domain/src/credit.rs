//! What a provider reports about a payment, turned into money credited, held or sent back.
//!
//! Webhook, "I have paid" button, return page and sweeper all come through [`report`].

use crate::{
    Actor, Decision, Event, EventKind, Money, Once, Payment, PaymentId, PaymentState, Quote, Record,
    Subscription, UserState, event::HoldReason, new_end, payment::Signal, provisioning::Cause, upkeep,
    upkeep::Stage,
};
use jiff::{SignedDuration, Timestamp};

/// A report about a payment, verified to come from the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The provider's id of the money object (of the charge, once paid).
    pub external_id: String,
    /// What it says.
    pub status: Status,
    /// Test money.
    pub test: bool,
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
}

/// What came of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Credited now.
    Credited,
    /// Held for the operator now.
    Held,
    /// Canceled, expired or refunded now.
    Closed,
    /// Nothing new.
    Nothing,
}

/// Decides what `report` does to `payment`. `live` is the shop's mode: test money is not credited in a live shop.
pub fn report(
    state: &UserState,
    payment: &Payment,
    report: &Report,
    live: bool,
    now: Timestamp,
) -> (Verdict, Decision) {
    match &report.status {
        Status::Pending => (Verdict::Nothing, Decision::nothing()),
        Status::Paid(received) => paid(state, payment, (report, *received), live, now),
        Status::Canceled(reason) => canceled(state, payment, reason, now),
        Status::Refunded(total) => refunded(payment, *total, now),
    }
}

fn paid(
    state: &UserState,
    payment: &Payment,
    (report, received): (&Report, Money),
    live: bool,
    now: Timestamp,
) -> (Verdict, Decision) {
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
    let key = format!("paid/{}/{}", payment.provider, report.external_id);
    let paid = Payment {
        state: next_state,
        external_id: Some(report.external_id.clone()),
        paid_at: Some(now),
        next_at: None,
        ..payment.clone()
    };
    let actor = Actor::Provider(payment.provider);
    if let Some(reason) = hold {
        let kind = EventKind::PaymentHeld {
            payment: paid.id,
            external_id: report.external_id.clone(),
            expected: payment.amount,
            received,
            reason,
        };
        let event = Event::new(paid.user, now, actor, kind, &key);
        let once = Some(Once::new(key, "held"));
        return (Verdict::Held, Decision { once, records: vec![Record::Payment(paid)], events: vec![event] });
    }
    let subscription = extended(state, &paid, now);
    let kind = EventKind::Credited {
        payment: paid.id,
        external_id: report.external_id.clone(),
        amount: received,
        plan: paid.terms.plan.clone(),
        no: paid.no,
        from: state.subscription(paid.no).map(|old| old.end),
        to: subscription.end,
    };
    let event = Event::new(paid.user, now, actor, kind, &key);
    let mut records: Vec<Record> = closed_quote(state, &paid).into_iter().collect();
    records.extend([Record::Payment(paid), Record::Subscription(subscription)]);
    (Verdict::Credited, Decision { once: Some(Once::new(key, "credited")), records, events: vec![event] })
}

/// The quote of a payment that is settled: the next press on "buy" must freeze a new one, with a new payment.
fn closed_quote(state: &UserState, payment: &Payment) -> Option<Record> {
    let quote = state.quote.as_ref().filter(|quote| quote.id == payment.quote && !quote.closed)?;
    Some(Record::Quote(Quote { closed: true, ..quote.clone() }))
}

/// The payment that this charge pays. An invoice can be paid again later: every further charge is a payment of its own,
/// with the same deal, so that no money is swallowed.
fn charged(payment: &Payment, external_id: &str, now: Timestamp) -> Payment {
    let settled = matches!(
        payment.state,
        PaymentState::Succeeded
            | PaymentState::Held
            | PaymentState::Refunding
            | PaymentState::PartiallyRefunded
            | PaymentState::Refunded
            | PaymentState::Disputed
    );
    if !settled || payment.external_id.as_deref() == Some(external_id) {
        return payment.clone();
    }
    Payment {
        id: PaymentId::derive(payment.id.time(), &format!("{}/{external_id}", payment.id)),
        state: PaymentState::Created,
        external_id: None,
        pay_url: None,
        created_at: now,
        paid_at: None,
        version: 0,
        ..payment.clone()
    }
}

fn extended(state: &UserState, payment: &Payment, now: Timestamp) -> Subscription {
    let old = state.subscription(payment.no);
    let end = new_end(now, old.map(|old| old.end), payment.terms.period);
    let mut next = old.cloned().unwrap_or_else(|| Subscription {
        user: payment.user,
        no: payment.no,
        terms: payment.terms.clone(),
        trial: false,
        started_at: now,
        end,
        revision: 0,
        applied: None,
        pending: Vec::new(),
        observed: None,
        stage: Stage::Fresh,
        next_at: None,
        version: 0,
    });
    next.terms = payment.terms.clone();
    next.trial = false;
    next.end = end;
    next.revision += 1;
    next.stage = Stage::Fresh;
    next.pending.push(Cause::Payment(payment.id));
    next.next_at = upkeep::next_at(&next, now);
    next
}

fn canceled(state: &UserState, payment: &Payment, reason: &str, now: Timestamp) -> (Verdict, Decision) {
    let kind = EventKind::PaymentCanceled { payment: payment.id, reason: reason.to_owned() };
    close_with_quote(state, payment, Signal::Canceled, kind, now)
}

fn refunded(payment: &Payment, total: Money, now: Timestamp) -> (Verdict, Decision) {
    let full = total.currency == payment.amount.currency && total.minor >= payment.amount.minor;
    let signal = if full { Signal::RefundedInFull } else { Signal::RefundedInPart };
    close(payment, signal, EventKind::PaymentRefunded { payment: payment.id, amount: total, full }, now)
}

/// Nobody paid before the payment's time was up (the provider was asked and said so).
pub fn expired(state: &UserState, payment: &Payment, now: Timestamp) -> (Verdict, Decision) {
    if now < payment.expires_at {
        return (Verdict::Nothing, Decision::nothing());
    }
    let kind = EventKind::PaymentExpired { payment: payment.id };
    close_with_quote(state, payment, Signal::TimedOut, kind, now)
}

fn close_with_quote(
    state: &UserState,
    payment: &Payment,
    signal: Signal,
    kind: EventKind,
    now: Timestamp,
) -> (Verdict, Decision) {
    let (verdict, mut decision) = close(payment, signal, kind, now);
    if verdict == Verdict::Closed {
        decision.records.extend(closed_quote(state, payment));
    }
    (verdict, decision)
}

fn close(payment: &Payment, signal: Signal, kind: EventKind, now: Timestamp) -> (Verdict, Decision) {
    let Some(state) = payment.state.after(signal) else { return (Verdict::Nothing, Decision::nothing()) };
    let key = format!("{}/{}/{}", kind.name(), payment.id, payment.version);
    let event = Event::new(payment.user, now, Actor::Provider(payment.provider), kind, &key);
    let next = Payment { state, next_at: None, ..payment.clone() };
    (Verdict::Closed, Decision { once: None, records: vec![Record::Payment(next)], events: vec![event] })
}

/// Still waiting: ask again later. The pause doubles with the payment's age, from five minutes on.
pub fn ask_later(payment: &Payment, now: Timestamp) -> Decision {
    let age = now.duration_since(payment.created_at).max(SignedDuration::from_mins(5));
    let next = Payment { next_at: now.checked_add(age).ok(), ..payment.clone() };
    Decision { once: None, records: vec![Record::Payment(next)], events: Vec::new() }
}
