//! Quarantine: authentic news of money that belongs to no payment of ours, kept, looked at again, shown to the operator.

use crate::{
    Actor, Decision, Event, EventKind, Money, PaymentId, Provider, Record,
    credit::{Report, Status},
};
use jiff::{SignedDuration, Timestamp};

/// A report without a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stray {
    /// Who reported it.
    pub provider: Provider,
    /// The provider's id of the money; of news about its way back, with what tells them apart behind it.
    pub external_id: String,
    /// The payment it named, if it named one in our spelling.
    pub payment: Option<PaymentId>,
    /// What it said.
    pub report: Report,
    /// When it came first.
    pub at: Timestamp,
    /// How often its payment was looked for since.
    pub tries: u32,
    /// When to look next; `None` = given up, or found.
    pub next_at: Option<Timestamp>,
    /// Its payment was found.
    pub resolved: bool,
    /// 0 = not stored yet.
    pub version: u64,
}

/// Pauses between the looks: the order may just not be visible yet, or be written by a slow hand.
const PAUSES: [SignedDuration; 5] = [
    SignedDuration::from_mins(1),
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(30),
    SignedDuration::from_hours(4),
    SignedDuration::from_hours(24),
];

/// Money that came, and every piece of news about its way back, is kept apart.
fn name(report: &Report) -> String {
    let id = &report.external_id;
    match &report.status {
        Status::Refunded(total) => format!("{id}/refunded/{}", total.minor),
        Status::RefundedPart { refund, .. } => format!("{id}/refund/{refund}"),
        Status::Disputed(_) => format!("{id}/dispute"),
        Status::Pending | Status::Paid(_) | Status::Canceled(_) | Status::RefundFailed(_) => id.clone(),
    }
}

impl Stray {
    /// A report that was just found to belong to nothing.
    pub fn new(provider: Provider, payment: Option<PaymentId>, report: Report, now: Timestamp) -> Self {
        let external_id = name(&report);
        // Without a name of ours there is nothing to look for.
        let next_at = payment.and_then(|_| now.checked_add(PAUSES[0]).ok());
        Self {
            provider,
            external_id,
            payment,
            report,
            at: now,
            tries: 0,
            next_at,
            resolved: false,
            version: 0,
        }
    }

    /// How much it is about.
    pub fn amount(&self) -> Option<Money> {
        match self.report.status {
            Status::Paid(amount) | Status::Refunded(amount) | Status::RefundedPart { amount, .. } => {
                Some(amount)
            }
            Status::Pending | Status::Canceled(_) | Status::RefundFailed(_) | Status::Disputed(_) => None,
        }
    }

    /// Kept from now on. The operator is told at once if there is nothing to look for, else after the looks. Only money
    /// counts: a payment that nobody knows and nobody paid is no news.
    pub fn kept(&self) -> Decision {
        if self.amount().is_none() && !matches!(self.report.status, Status::Disputed(_)) {
            return Decision::nothing();
        }
        let events = if self.next_at.is_none() { vec![self.told(self.at)] } else { Vec::new() };
        Decision { once: None, records: vec![Record::Stray(self.clone())], events }
    }

    /// Looked for again in vain.
    pub fn missed(&self, now: Timestamp) -> Decision {
        let tries = self.tries + 1;
        let pause = PAUSES.get(usize::try_from(tries).unwrap_or(usize::MAX));
        let next =
            Self { tries, next_at: pause.and_then(|pause| now.checked_add(*pause).ok()), ..self.clone() };
        // Two looks are enough to call it strange; the others are for a slow restore.
        let events = if tries == 2 { vec![self.told(now)] } else { Vec::new() };
        Decision { once: None, records: vec![Record::Stray(next)], events }
    }

    /// Its payment was found and has the report now.
    pub fn found(&self, now: Timestamp) -> Decision {
        let next = Self { next_at: None, resolved: true, ..self.clone() };
        let kind =
            EventKind::StrayResolved { provider: self.provider, external_id: self.external_id.clone() };
        let event = Event::of_shop(now, Actor::System, kind, &self.key());
        Decision { once: None, records: vec![Record::Stray(next)], events: vec![event] }
    }

    fn told(&self, now: Timestamp) -> Event {
        let kind = EventKind::StrayReported {
            provider: self.provider,
            external_id: self.external_id.clone(),
            amount: self.amount(),
        };
        Event::of_shop(now, Actor::Provider(self.provider), kind, &self.key())
    }

    fn key(&self) -> String {
        format!("stray/{}/{}", self.provider, self.external_id)
    }
}
