//! YooKassa's books: payments, refunds, saved methods, and the notifications they cause.

use super::{
    Config,
    method::Method,
    request::{NewMethod, NewPayment, NewRefund, Refusal},
};
use crate::NotPossible;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use std::collections::VecDeque;

/// A payment nobody confirms lives this long.
const CONFIRMATION: SignedDuration = SignedDuration::from_hours(1);
/// When a slow payment arrives, counted from its creation.
const SLOW: SignedDuration = SignedDuration::from_mins(65);

#[expect(clippy::struct_excessive_bools, reason = "what the request says, field by field")]
pub(super) struct Payment {
    pub id: String,
    pub status: &'static str,
    pub minor: i64,
    pub refunded: i64,
    /// Of refunds that are still being worked on.
    pub reserved: i64,
    pub capture: bool,
    pub description: Option<String>,
    pub metadata: Map<String, Value>,
    /// `None`: charged without the buyer.
    pub return_url: Option<String>,
    pub receipt: bool,
    /// The method is to be saved.
    pub save: bool,
    /// The saved method that was charged.
    pub method: Option<String>,
    pub created_at: Timestamp,
    pub captured_at: Option<Timestamp>,
    pub canceled: Option<(&'static str, String)>,
    pub slow: bool,
}

pub(super) struct Refund {
    pub id: String,
    pub payment: String,
    pub minor: i64,
    pub fate: RefundFate,
    pub description: Option<String>,
    pub metadata: Map<String, Value>,
    pub created_at: Timestamp,
}

/// What becomes of a refund that the shop orders.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum RefundFate {
    /// The money goes back at once.
    #[default]
    Succeeds,
    /// It is worked on until [`super::Yookassa::settle_refund`].
    Waits,
    /// It is canceled, for this reason; nobody is notified.
    Fails(String),
}

/// A notification that is not written yet: the event, and the object as of then.
enum Notice {
    Payment(&'static str, String),
    Refund(String),
    Method(String),
}

#[derive(Default)]
pub(super) struct Ledger {
    payments: Vec<Payment>,
    refunds: Vec<Refund>,
    methods: Vec<Method>,
    next_refund: RefundFate,
    due: Vec<Notice>,
    written: VecDeque<Vec<u8>>,
    repeat: bool,
}

impl Ledger {
    pub fn payments(&self) -> impl Iterator<Item = &Payment> {
        self.payments.iter()
    }

    pub fn payment(&self, id: &str) -> Option<&Payment> {
        self.payments.iter().find(|payment| payment.id == id)
    }

    pub fn refund_by_id(&self, id: &str) -> Option<&Refund> {
        self.refunds.iter().find(|refund| refund.id == id)
    }

    /// The newest first.
    pub fn refunds_of(&self, payment: &str) -> impl Iterator<Item = &Refund> {
        self.refunds.iter().rev().filter(move |refund| refund.payment == payment)
    }

    pub fn methods(&self) -> impl Iterator<Item = &Method> {
        self.methods.iter()
    }

    pub fn method(&self, id: &str) -> Option<&Method> {
        self.methods.iter().find(|method| method.id == id)
    }

    pub fn method_mut(&mut self, id: &str) -> Result<&mut Method, NotPossible> {
        self.methods.iter_mut().find(|method| method.id == id).ok_or(NotPossible::Unknown)
    }

    pub fn create(&mut self, new: NewPayment, now: Timestamp) -> Result<&Payment, Refusal> {
        let method = match new.payment_method_id.as_deref().map(|id| self.method(id)) {
            None => None,
            Some(Some(method)) if method.was_saved() => Some((method.declines.clone(), method.slow)),
            Some(_) => return Err(Refusal::not_found("Payment method", "payment_method_id")),
        };
        let payment = Payment {
            id: id(now, "000f-5000-8000", self.payments.len()),
            status: "pending",
            minor: new.amount.minor("amount")?,
            refunded: 0,
            reserved: 0,
            capture: new.capture,
            description: new.description,
            metadata: new.metadata,
            return_url: new.confirmation.map(|confirmation| confirmation.return_url),
            receipt: new.receipt.is_some(),
            save: new.save_payment_method,
            method: new.payment_method_id,
            created_at: now,
            captured_at: None,
            canceled: None,
            slow: method.as_ref().is_some_and(|(_, slow)| *slow),
        };
        let id = payment.id.clone();
        self.payments.push(payment);
        let done = match method {
            Some((Some(reason), _)) => self.cancel(&id, ("payment_network", reason)),
            Some((None, false)) => self.pay(&id, None, now),
            Some((None, true)) | None => Ok(()),
        };
        // A payment that was created just now can be paid and canceled.
        debug_assert_eq!(done, Ok(()));
        self.payment(&id).ok_or_else(|| Refusal::not_found("Payment", "payment_id"))
    }

    pub fn pay(&mut self, id: &str, minor: Option<i64>, now: Timestamp) -> Result<(), NotPossible> {
        let payment = self.pending(id)?;
        if minor.is_some_and(|minor| minor <= 0) {
            return Err(NotPossible::Amount);
        }
        payment.minor = minor.unwrap_or(payment.minor);
        let event = if payment.capture {
            payment.status = "succeeded";
            payment.captured_at = Some(now);
            "payment.succeeded"
        } else {
            payment.status = "waiting_for_capture";
            "payment.waiting_for_capture"
        };
        if payment.save {
            self.methods.push(Method::of_payment(id));
        }
        self.due.push(Notice::Payment(event, id.to_owned()));
        Ok(())
    }

    pub fn pay_later(&mut self, id: &str) -> Result<(), NotPossible> {
        self.pending(id)?.slow = true;
        Ok(())
    }

    pub fn cancel(&mut self, id: &str, why: (&'static str, String)) -> Result<(), NotPossible> {
        let payment = self.pending(id)?;
        payment.status = "canceled";
        payment.canceled = Some(why);
        self.due.push(Notice::Payment("payment.canceled", id.to_owned()));
        Ok(())
    }

    /// A refund made in the cabinet: it succeeds at once.
    pub fn refund(&mut self, id: &str, minor: i64, now: Timestamp) -> Result<(), NotPossible> {
        let refund = self.open_refund(id, minor, now)?.id.clone();
        self.settle_refund(&refund, RefundFate::Succeeds)
    }

    /// A refund that the shop ordered: what becomes of it was said beforehand.
    pub fn ordered_refund(&mut self, new: NewRefund, now: Timestamp) -> Result<&Refund, NotPossible> {
        let minor = new.amount.minor("amount").map_err(|_| NotPossible::Amount)?;
        let refund = self.open_refund(&new.payment_id, minor, now)?;
        refund.description = new.description;
        refund.metadata = new.metadata;
        let id = refund.id.clone();
        let fate = std::mem::take(&mut self.next_refund);
        self.settle_refund(&id, fate)?;
        self.refund_by_id(&id).ok_or(NotPossible::Unknown)
    }

    fn open_refund(&mut self, id: &str, minor: i64, now: Timestamp) -> Result<&mut Refund, NotPossible> {
        let found = self.payments.iter_mut().find(|payment| payment.id == id);
        let payment = found.ok_or(NotPossible::Unknown)?;
        if payment.status != "succeeded" {
            return Err(NotPossible::State(payment.status.to_owned()));
        }
        if minor <= 0 || minor > payment.minor - payment.refunded - payment.reserved {
            return Err(NotPossible::Amount);
        }
        payment.reserved += minor;
        let index = self.refunds.len();
        self.refunds.push(Refund {
            id: self::id(now, "0015-5000-8000", index),
            payment: id.to_owned(),
            minor,
            fate: RefundFate::Waits,
            description: None,
            metadata: Map::new(),
            created_at: now,
        });
        self.refunds.get_mut(index).ok_or(NotPossible::Unknown)
    }

    pub fn next_refund(&mut self, fate: RefundFate) {
        self.next_refund = fate;
    }

    pub fn settle_refund(&mut self, id: &str, fate: RefundFate) -> Result<(), NotPossible> {
        let found = self.refunds.iter_mut().find(|refund| refund.id == id);
        let refund = found.ok_or(NotPossible::Unknown)?;
        if refund.fate != RefundFate::Waits {
            return Err(NotPossible::State(refund.status().to_owned()));
        }
        let payment = self.payments.iter_mut().find(|payment| payment.id == refund.payment);
        let payment = payment.ok_or(NotPossible::Unknown)?;
        refund.fate = fate;
        match refund.fate {
            RefundFate::Waits => {}
            RefundFate::Succeeds => {
                payment.reserved -= refund.minor;
                payment.refunded += refund.minor;
                self.due.push(Notice::Refund(id.to_owned()));
            }
            RefundFate::Fails(_) => payment.reserved -= refund.minor,
        }
        Ok(())
    }

    /// A method to be saved without paying.
    pub fn bind(&mut self, new: NewMethod, now: Timestamp) -> &Method {
        let id = id(now, "000e-5000-8000", self.methods.len());
        self.methods.push(Method::to_bind(id, new, now));
        let last = self.methods.len() - 1;
        &self.methods[last]
    }

    /// The buyer confirms on the binding's page.
    pub fn confirm(&mut self, id: &str) -> Result<(), NotPossible> {
        self.method_mut(id)?.decide("active")?;
        self.due.push(Notice::Method(id.to_owned()));
        Ok(())
    }

    /// What time alone does.
    pub fn tick(&mut self, config: &Config, now: Timestamp) {
        let due = |payment: &&Payment| {
            let age = now.duration_since(payment.created_at);
            payment.status == "pending" && age >= if payment.slow { SLOW } else { CONFIRMATION }
        };
        let due: Vec<_> =
            self.payments.iter().filter(due).map(|payment| (payment.id.clone(), payment.slow)).collect();
        for (id, slow) in due {
            let done = if slow {
                self.pay(&id, None, now)
            } else {
                self.cancel(&id, ("yoo_money", "expired_on_confirmation".to_owned()))
            };
            // Only pending payments were picked, so nothing can stand in the way.
            debug_assert_eq!(done, Ok(()));
        }
        for method in &mut self.methods {
            method.expire(now, CONFIRMATION);
        }
        self.write_notices(config);
    }

    pub fn repeat_last_notice(&mut self) {
        self.repeat = true;
    }

    /// The notifications that are due are lost on their way.
    pub fn drop_notices(&mut self) {
        self.due.clear();
    }

    /// Writes what is due, with the objects as they are now.
    pub fn write_notices(&mut self, config: &Config) {
        for notice in std::mem::take(&mut self.due) {
            let (event, object) = match &notice {
                Notice::Payment(event, id) => (*event, self.payment(id).map(|payment| payment.json(config))),
                Notice::Refund(id) => ("refund.succeeded", self.refund_by_id(id).map(Refund::json)),
                Notice::Method(id) => {
                    ("payment_method.active", self.method(id).map(|method| method.json(config)))
                }
            };
            let body = json!({ "type": "notification", "event": event, "object": object });
            self.written.push_back(body.to_string().into_bytes());
        }
        if std::mem::take(&mut self.repeat) {
            self.written.extend(self.written.back().cloned());
        }
    }

    pub fn take_notices(&mut self) -> Vec<Vec<u8>> {
        self.written.drain(..).collect()
    }

    fn pending(&mut self, id: &str) -> Result<&mut Payment, NotPossible> {
        let payment =
            self.payments.iter_mut().find(|payment| payment.id == id).ok_or(NotPossible::Unknown)?;
        if payment.status == "pending" {
            Ok(payment)
        } else {
            Err(NotPossible::State(payment.status.to_owned()))
        }
    }
}

/// An id of YooKassa's shape: seconds, a fixed part that tells the kind, a number.
fn id(now: Timestamp, kind: &str, number: usize) -> String {
    let seconds = now.as_second().unsigned_abs() & 0xffff_ffff;
    format!("{seconds:08x}-{kind}-{:012x}", number + 1)
}
