//! YooKassa's books: payments, refunds, and the notifications they cause.

use super::{
    Config,
    request::{NewPayment, Refusal},
};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::VecDeque;
use thiserror::Error;

/// A payment nobody confirms lives this long.
const CONFIRMATION: SignedDuration = SignedDuration::from_hours(1);
/// When a slow payment arrives, counted from its creation.
const SLOW: SignedDuration = SignedDuration::from_mins(65);

/// Why an action has no effect.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotPossible {
    /// There is no such payment.
    #[error("no such payment")]
    Unknown,
    /// The payment is in a state that does not allow it.
    #[error("the payment is {0}")]
    State(&'static str),
    /// Not more than nothing, or more than is there.
    #[error("not a possible amount")]
    Amount,
}

/// A payment, as tests and pages look at it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PaymentView {
    /// YooKassa's id.
    pub id: String,
    /// `metadata.payment_id`: the shop's id.
    pub payment_id: Option<String>,
    /// `pending`, `waiting_for_capture`, `succeeded` or `canceled`.
    pub status: &'static str,
    /// Minor units of RUB.
    pub minor: i64,
    /// Minor units that went back.
    pub refunded_minor: i64,
    /// What the buyer reads.
    pub description: String,
    /// Where the shop wants the buyer back.
    pub return_url: String,
    /// The payment page.
    pub confirmation_url: String,
    /// When it was created.
    #[serde(serialize_with = "crate::as_text")]
    pub created_at: Timestamp,
    /// A receipt came with it.
    pub receipt: bool,
}

pub(super) struct Payment {
    id: String,
    status: &'static str,
    minor: i64,
    refunded: i64,
    capture: bool,
    description: Option<String>,
    metadata: Map<String, Value>,
    return_url: String,
    receipt: bool,
    created_at: Timestamp,
    captured_at: Option<Timestamp>,
    canceled: Option<(&'static str, &'static str)>,
    slow: bool,
}

pub(super) struct Refund {
    id: String,
    payment: String,
    minor: i64,
    description: Option<String>,
    created_at: Timestamp,
}

/// A notification that is not written yet: the event, and the object as of then.
enum Notice {
    Payment(&'static str, String),
    Refund(String),
}

#[derive(Default)]
pub(super) struct Ledger {
    payments: Vec<Payment>,
    refunds: Vec<Refund>,
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

    pub fn create(&mut self, new: NewPayment, now: Timestamp) -> Result<&Payment, Refusal> {
        let payment = Payment {
            id: id(now, "000f-5000-8000", self.payments.len()),
            status: "pending",
            minor: new.amount.minor("amount")?,
            refunded: 0,
            capture: new.capture,
            description: new.description,
            metadata: new.metadata,
            return_url: new.confirmation.return_url,
            receipt: new.receipt.is_some(),
            created_at: now,
            captured_at: None,
            canceled: None,
            slow: false,
        };
        let index = self.payments.len();
        self.payments.push(payment);
        self.payments.get(index).ok_or_else(|| Refusal::not_found("Payment", "payment_id"))
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
        self.due.push(Notice::Payment(event, id.to_owned()));
        Ok(())
    }

    pub fn pay_later(&mut self, id: &str) -> Result<(), NotPossible> {
        self.pending(id)?.slow = true;
        Ok(())
    }

    pub fn cancel(&mut self, id: &str, why: (&'static str, &'static str)) -> Result<(), NotPossible> {
        let payment = self.pending(id)?;
        payment.status = "canceled";
        payment.canceled = Some(why);
        self.due.push(Notice::Payment("payment.canceled", id.to_owned()));
        Ok(())
    }

    pub fn refund(&mut self, id: &str, minor: i64, now: Timestamp) -> Result<&mut Refund, NotPossible> {
        let payment =
            self.payments.iter_mut().find(|payment| payment.id == id).ok_or(NotPossible::Unknown)?;
        if payment.status != "succeeded" {
            return Err(NotPossible::State(payment.status));
        }
        if minor <= 0 || minor > payment.minor - payment.refunded {
            return Err(NotPossible::Amount);
        }
        payment.refunded += minor;
        let index = self.refunds.len();
        let refund = Refund {
            id: self::id(now, "0015-5000-8000", index),
            payment: id.to_owned(),
            minor,
            description: None,
            created_at: now,
        };
        self.due.push(Notice::Refund(refund.id.clone()));
        self.refunds.push(refund);
        self.refunds.get_mut(index).ok_or(NotPossible::Unknown)
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
                self.cancel(&id, ("yoo_money", "expired_on_confirmation"))
            };
            // Only pending payments were picked, so nothing can stand in the way.
            debug_assert_eq!(done, Ok(()));
        }
        self.write_notices(config);
    }

    pub fn repeat_last_notice(&mut self) {
        self.repeat = true;
    }

    /// Writes what is due, with the objects as they are now.
    pub fn write_notices(&mut self, config: &Config) {
        for notice in std::mem::take(&mut self.due) {
            let (event, object) = match &notice {
                Notice::Payment(event, id) => (*event, self.payment(id).map(|payment| payment.json(config))),
                Notice::Refund(id) => ("refund.succeeded", self.refund_by_id(id).map(Refund::json)),
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
        if payment.status == "pending" { Ok(payment) } else { Err(NotPossible::State(payment.status)) }
    }
}

impl Payment {
    pub fn view(&self, config: &Config) -> PaymentView {
        let payment_id = self.metadata.get("payment_id").and_then(Value::as_str);
        PaymentView {
            id: self.id.clone(),
            payment_id: payment_id.map(str::to_owned),
            status: self.status,
            minor: self.minor,
            refunded_minor: self.refunded,
            description: self.description.clone().unwrap_or_default(),
            return_url: self.return_url.clone(),
            confirmation_url: self.confirmation_url(config),
            created_at: self.created_at,
            receipt: self.receipt,
        }
    }

    fn confirmation_url(&self, config: &Config) -> String {
        format!("{}/yookassa/pay/{}", config.public_base, self.id)
    }

    /// The payment object, with the fields its state gives it.
    pub fn json(&self, config: &Config) -> Value {
        let paid = matches!(self.status, "succeeded" | "waiting_for_capture");
        let mut object = json!({
            "id": self.id,
            "status": self.status,
            "amount": rubles(self.minor),
            "recipient": { "account_id": config.shop_id, "gateway_id": "100700" },
            "created_at": time(self.created_at),
            "test": config.test,
            "paid": paid,
            "refundable": self.status == "succeeded" && self.refunded < self.minor,
            "metadata": self.metadata,
        });
        let optional = [
            ("description", self.description.clone().map(Value::String)),
            (
                "confirmation",
                (self.status == "pending").then(
                    || json!({ "type": "redirect", "confirmation_url": self.confirmation_url(config) }),
                ),
            ),
            ("payment_method", paid.then(|| card(&self.id))),
            ("captured_at", self.captured_at.map(|at| time(at).into())),
            // What is left after a commission of 3.5 %.
            ("income_amount", self.captured_at.map(|_| rubles(self.minor - self.minor * 35 / 1000))),
            ("refunded_amount", self.captured_at.map(|_| rubles(self.refunded))),
            ("receipt_registration", (self.receipt && paid).then(|| "pending".into())),
            (
                "cancellation_details",
                self.canceled.map(|(party, reason)| json!({ "party": party, "reason": reason })),
            ),
        ];
        if let Some(fields) = object.as_object_mut() {
            let given = optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
            fields.extend(given);
        }
        object
    }
}

impl Refund {
    pub fn describe(&mut self, description: Option<String>) {
        self.description = description;
    }

    pub fn json(&self) -> Value {
        let mut object = json!({
            "id": self.id,
            "payment_id": self.payment,
            "status": "succeeded",
            "created_at": time(self.created_at),
            "amount": rubles(self.minor),
        });
        if let (Some(fields), Some(text)) = (object.as_object_mut(), &self.description) {
            fields.insert("description".to_owned(), text.as_str().into());
        }
        object
    }
}

/// An id of YooKassa's shape: seconds, a fixed part that tells the kind, a number.
fn id(now: Timestamp, kind: &str, number: usize) -> String {
    let seconds = now.as_second().unsigned_abs() & 0xffff_ffff;
    format!("{seconds:08x}-{kind}-{:012x}", number + 1)
}

fn rubles(minor: i64) -> Value {
    json!({ "value": format!("{}.{:02}", minor / 100, minor % 100), "currency": "RUB" })
}

fn time(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// The test card with 3-D Secure.
fn card(payment: &str) -> Value {
    json!({
        "type": "bank_card",
        "id": payment,
        "saved": false,
        "status": "inactive",
        "title": "Bank card *4477",
        "card": {
            "first6": "555555",
            "last4": "4477",
            "expiry_year": "2030",
            "expiry_month": "12",
            "card_type": "MasterCard",
            "issuer_country": "RU",
        },
    })
}
