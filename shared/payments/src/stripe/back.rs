//! Money and its way back: charges, refunds and disputes.

use super::wire::{Linked, Metadata, fetched, money, order};
use crate::{Fetched, GatewayError};
use domain::{Money, PaymentId, credit::Status};
use serde::Deserialize;

/// `charge`.
#[derive(Deserialize)]
pub(super) struct Charge {
    pub id: String,
    livemode: bool,
    amount_refunded: i64,
    currency: String,
    refunded: bool,
    #[serde(default)]
    pub disputed: bool,
    payment_intent: Option<String>,
    metadata: Option<Metadata>,
}

/// `refund`.
#[derive(Deserialize)]
pub(super) struct Refund {
    pub id: String,
    amount: i64,
    currency: String,
    pub status: Option<String>,
    failure_reason: Option<String>,
    pub payment_intent: Option<String>,
    charge: Option<Linked<Charge>>,
    metadata: Option<Metadata>,
}

/// `dispute`.
#[derive(Deserialize)]
pub(super) struct Dispute {
    charge: String,
    livemode: bool,
    pub payment_intent: Option<String>,
    reason: String,
    status: String,
}

impl Charge {
    /// All that has gone back.
    pub fn refunded(&self) -> Result<Money, GatewayError> {
        money(self.amount_refunded, &self.currency)
    }

    /// Nothing of it is left.
    pub fn is_gone(&self) -> bool {
        self.refunded
    }

    pub fn payment_intent(&self) -> Option<&str> {
        self.payment_intent.as_deref()
    }

    /// Stripe copies the payment intent's marks onto the charge.
    pub fn order(&self) -> Option<PaymentId> {
        order(self.metadata.as_ref())
    }

    pub fn fetched(&self, status: Status) -> Fetched {
        let id = self.payment_intent.as_deref().unwrap_or(&self.id);
        fetched(self.order(), id, status, self.livemode)
    }
}

impl Refund {
    /// It is the one that `key` names.
    pub fn has_key(&self, key: &str) -> bool {
        self.metadata.as_ref().is_some_and(|marks| marks.refund_key.as_deref() == Some(key))
    }

    /// Why it will not happen, if so.
    pub fn failure(&self) -> Option<&str> {
        let failed = matches!(self.status.as_deref(), Some("failed" | "canceled"));
        failed.then(|| self.failure_reason.as_deref().or(self.status.as_deref()).unwrap_or("failed"))
    }

    /// What it says by itself, without its charge, if it carries our order's id and failed.
    pub fn failed(&self, livemode: bool) -> Option<Fetched> {
        let payment = order(self.metadata.as_ref())?;
        let intent = self.payment_intent.as_deref()?;
        let status = Status::RefundFailed(self.failure()?.to_owned());
        Some(fetched(Some(payment), intent, status, livemode))
    }

    /// How much of `charge` has gone back by it for certain.
    pub fn gone(&self) -> Result<i64, GatewayError> {
        let done = self.status.as_deref() == Some("succeeded");
        Ok(if done { money(self.amount, &self.currency)?.minor } else { 0 })
    }

    /// The charge that it sends back.
    pub fn of(&self) -> Option<&Charge> {
        self.charge.as_ref().and_then(Linked::object)
    }

    /// What it says together with its charge: all that has gone back, so that nothing counts twice.
    pub fn fetched(&self) -> Result<Fetched, GatewayError> {
        let charge = self.of().ok_or_else(|| GatewayError::garbage("a refund without its charge"))?;
        let status = match (self.status.as_deref(), self.failure()) {
            (_, Some(reason)) => Status::RefundFailed(reason.to_owned()),
            (Some("succeeded"), _) => {
                let (own, total) = (money(self.amount, &self.currency)?, charge.refunded()?);
                // The charge's total may lag behind.
                Status::Refunded(if total.minor < own.minor { own } else { total })
            }
            (Some("pending" | "requires_action"), _) => Status::Pending,
            _ => return Err(GatewayError::garbage("an unknown status of a refund")),
        };
        let mut told = charge.fetched(status);
        told.payment = told.payment.or_else(|| order(self.metadata.as_ref()));
        if told.report.status == Status::Pending {
            // What to ask about.
            told.report.external_id.clone_from(&self.id);
        }
        Ok(told)
    }
}

impl Dispute {
    /// It still threatens the money.
    pub fn stands(&self) -> bool {
        !matches!(self.status.as_str(), "won" | "warning_closed" | "prevented")
    }

    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// A dispute of a charge that no payment intent stands behind: none of ours.
    pub fn fetched(&self) -> Fetched {
        fetched(None, &self.charge, Status::Disputed(self.reason.clone()), self.livemode)
    }
}
