//! What PayPal remembers, and what happens to it. Time is given, never read.

use super::{
    object,
    request::{Experience, NewRefund, Refusal, Unit},
};
use crate::NotPossible;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// How long a reviewed payment takes: longer than the shop waits.
const SLOW: SignedDuration = SignedDuration::from_mins(65);
/// How long an order lives that nobody captures.
const LIFE: SignedDuration = SignedDuration::from_hours(3);

#[derive(Default)]
pub(super) struct Ledger {
    pub public_base: String,
    pub orders: Vec<Order>,
    pub refunds: Vec<Refund>,
    /// New refunds stay pending until they are settled by hand.
    pub slow_refunds: bool,
    /// Events to be sent, in order.
    pub events: Vec<Value>,
    /// Events ever made.
    pub made: usize,
}

pub(super) struct Order {
    pub id: String,
    pub unit: Unit,
    pub minor: i64,
    pub return_url: String,
    pub created: Timestamp,
    /// `PAYER_ACTION_REQUIRED`, `APPROVED` or `COMPLETED`.
    pub status: &'static str,
    pub buyer: Buyer,
    pub capture: Option<Capture>,
    /// It was not captured in time: PayPal does not know it any more.
    pub gone: bool,
}

/// What happens when the order is captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Buyer {
    Pays,
    /// And every notification comes twice.
    PaysTwiceTold,
    /// And no notification comes.
    PaysUntold,
    /// After a review.
    PaysLate,
    /// The bank says no, and that is the end.
    IsDeclined,
    /// The card says no; another one may be chosen.
    MustChooseAgain,
}

pub(super) struct Capture {
    pub id: String,
    pub status: &'static str,
    pub reason: Option<&'static str>,
    pub created: Timestamp,
    pub due: Option<Timestamp>,
}

pub(super) struct Refund {
    pub id: String,
    /// Which order.
    pub order: usize,
    pub minor: i64,
    /// All refunds of the capture up to and with this one.
    pub total: i64,
    pub status: &'static str,
    pub custom_id: Option<String>,
    pub note: Option<String>,
    pub created: Timestamp,
}

/// An id of PayPal's look: 17 capitals and digits.
fn id(kind: &str, number: usize) -> String {
    format!("{kind}{:0width$}", number + 1, width = 17 - kind.len())
}

impl Ledger {
    /// The order that PayPal still knows.
    pub fn order(&self, id: &str) -> Option<usize> {
        self.orders.iter().position(|order| order.id == id && !order.gone)
    }

    /// The order whose capture this is.
    pub fn captured(&self, id: &str) -> Option<usize> {
        let is = |order: &Order| order.capture.as_ref().is_some_and(|capture| capture.id == id);
        self.orders.iter().position(is)
    }

    /// Orders nobody captures die; reviews end.
    pub fn pass(&mut self, now: Timestamp) {
        for index in 0..self.orders.len() {
            let order = &mut self.orders[index];
            order.gone |= order.capture.is_none() && now.duration_since(order.created) >= LIFE;
            if let Some(capture) = &mut order.capture
                && capture.due.is_some_and(|due| due <= now)
            {
                (capture.status, capture.reason, capture.due) = ("COMPLETED", None, None);
                self.tell_capture("PAYMENT.CAPTURE.COMPLETED", index, now);
            }
        }
    }

    pub fn open(&mut self, unit: Unit, context: Experience, now: Timestamp) -> Result<usize, Refusal> {
        let minor = unit.amount.minor()?;
        let order = Order {
            id: id("5OSTAND", self.orders.len()),
            unit,
            minor,
            return_url: context.return_url,
            created: now,
            status: "PAYER_ACTION_REQUIRED",
            buyer: Buyer::Pays,
            capture: None,
            gone: false,
        };
        self.orders.push(order);
        Ok(self.orders.len() - 1)
    }

    /// The buyer presses the button. No money moves yet.
    pub fn approve(&mut self, index: usize, buyer: Buyer, now: Timestamp) -> Result<(), NotPossible> {
        let order = &mut self.orders[index];
        if order.status != "PAYER_ACTION_REQUIRED" {
            return Err(NotPossible::State(order.status.to_owned()));
        }
        (order.status, order.buyer) = ("APPROVED", buyer);
        let resource = self.order_json(index);
        self.tell("CHECKOUT.ORDER.APPROVED", "checkout-order", &resource, buyer, now);
        Ok(())
    }

    /// The shop takes the money.
    pub fn capture(&mut self, index: usize, now: Timestamp) -> Result<(), Refusal> {
        let order = &self.orders[index];
        match order.status {
            "APPROVED" => {}
            "COMPLETED" => {
                let why =
                    "Order already captured. If 'intent=CAPTURE' only one capture per order is allowed.";
                return Err(Refusal::business("ORDER_ALREADY_CAPTURED", why));
            }
            _ => {
                let why = "Payer has not yet approved the Order for payment.";
                return Err(Refusal::business("ORDER_NOT_APPROVED", why));
            }
        }
        let paid = |other: &Order| {
            let took = other.capture.as_ref().is_some_and(|capture| capture.status != "DECLINED");
            took && other.unit.invoice_id == order.unit.invoice_id
        };
        if self.orders.iter().any(paid) {
            let why = "Duplicate Invoice ID detected. To avoid a potential duplicate transaction your account setting requires that Invoice Id be unique for each transaction.";
            return Err(Refusal::business("DUPLICATE_INVOICE_ID", why));
        }
        let (status, reason, event) = match order.buyer {
            Buyer::Pays | Buyer::PaysTwiceTold | Buyer::PaysUntold => ("COMPLETED", None, "COMPLETED"),
            Buyer::PaysLate => ("PENDING", Some("PENDING_REVIEW"), "PENDING"),
            Buyer::IsDeclined => ("DECLINED", Some("OTHER"), "DENIED"),
            Buyer::MustChooseAgain => {
                self.orders[index].status = "PAYER_ACTION_REQUIRED";
                let why = "The instrument presented was either declined by the processor or bank, or it can't be used for this payment.";
                return Err(Refusal::business("INSTRUMENT_DECLINED", why));
            }
        };
        let due = (status == "PENDING").then(|| now.checked_add(SLOW).unwrap_or(now));
        let order = &mut self.orders[index];
        order.status = "COMPLETED";
        order.capture = Some(Capture { id: id("42STAND", index), status, reason, created: now, due });
        self.tell_capture(&format!("PAYMENT.CAPTURE.{event}"), index, now);
        Ok(())
    }

    /// A review ends badly.
    pub fn deny(&mut self, index: usize, now: Timestamp) -> Result<(), NotPossible> {
        let order = &mut self.orders[index];
        let status = order.status;
        let capture = order.capture.as_mut().filter(|capture| capture.status == "PENDING");
        let capture = capture.ok_or_else(|| NotPossible::State(status.to_owned()))?;
        (capture.status, capture.reason, capture.due) = ("DECLINED", Some("OTHER"), None);
        self.tell_capture("PAYMENT.CAPTURE.DENIED", index, now);
        Ok(())
    }

    /// Money that is not on its way back, in minor units.
    pub fn left(&self, index: usize) -> i64 {
        let back = self.refunds.iter().filter(|refund| refund.order == index && refund.status != "FAILED");
        self.orders[index].minor - back.map(|refund| refund.minor).sum::<i64>()
    }

    /// Money that has gone back, in minor units.
    pub fn back(&self, index: usize) -> i64 {
        let back = self.refunds.iter().filter(|refund| refund.order == index && refund.status == "COMPLETED");
        back.map(|refund| refund.minor).sum()
    }

    /// Money goes back; which refund it is. `event` is how it is told.
    pub fn refund(
        &mut self,
        index: usize,
        new: NewRefund,
        event: &str,
        now: Timestamp,
    ) -> Result<usize, Refusal> {
        let (order, left) = (&self.orders[index], self.left(index));
        let paid =
            order.capture.as_ref().is_some_and(|capture| !matches!(capture.status, "PENDING" | "DECLINED"));
        if !paid {
            return Err(Refusal::business("INVALID_CAPTURE_STATUS", "STRICT: the capture is not completed"));
        }
        if left == 0 {
            return Err(Refusal::business(
                "CAPTURE_FULLY_REFUNDED",
                "The capture has already been fully refunded",
            ));
        }
        let minor = match &new.amount {
            None => left,
            Some(amount) if amount.currency_code != order.unit.amount.currency_code => {
                let why = "Refund must be in the same currency as the capture";
                return Err(Refusal::business("REFUND_CAPTURE_CURRENCY_MISMATCH", why));
            }
            Some(amount) => amount.minor()?,
        };
        if minor > left {
            let why = "The refund amount must be less than or equal to the capture amount that has not yet been refunded.";
            return Err(Refusal::business("REFUND_AMOUNT_EXCEEDED", why));
        }
        let number = self.refunds.len();
        self.refunds.push(Refund {
            id: id("1RSTAND", number),
            order: index,
            minor,
            total: self.back(index) + minor,
            status: if self.slow_refunds { "PENDING" } else { "COMPLETED" },
            custom_id: new.custom_id,
            note: new.note_to_payer,
            created: now,
        });
        if !self.slow_refunds {
            self.count_back(index);
            self.tell_refund(event, number, now);
        }
        Ok(number)
    }

    fn count_back(&mut self, index: usize) {
        let back = self.back(index);
        let order = &mut self.orders[index];
        if let Some(capture) = &mut order.capture {
            capture.status = match back {
                0 => "COMPLETED",
                all if all == order.minor => "REFUNDED",
                _ => "PARTIALLY_REFUNDED",
            };
        }
    }

    /// A pending refund arrives, or does not.
    pub fn settle_refund(&mut self, id: &str, arrives: bool, now: Timestamp) -> Result<(), NotPossible> {
        let number = self.refunds.iter().position(|refund| refund.id == id).ok_or(NotPossible::Unknown)?;
        let refund = &mut self.refunds[number];
        if refund.status != "PENDING" {
            return Err(NotPossible::State(refund.status.to_owned()));
        }
        refund.status = if arrives { "COMPLETED" } else { "FAILED" };
        let order = refund.order;
        self.count_back(order);
        let event = if arrives { "PAYMENT.CAPTURE.REFUNDED" } else { "PAYMENT.REFUND.FAILED" };
        self.tell_refund(event, number, now);
        Ok(())
    }

    /// The payer complains; `named` is whether the dispute says which order it is about.
    pub fn dispute(&mut self, index: usize, named: bool, now: Timestamp) -> Result<(), NotPossible> {
        if self.orders[index].capture.is_none() {
            return Err(NotPossible::State(self.orders[index].status.to_owned()));
        }
        let resource = self.dispute_json(index, named, now);
        self.tell("CUSTOMER.DISPUTE.CREATED", "dispute", &resource, Buyer::Pays, now);
        Ok(())
    }

    fn tell_capture(&mut self, kind: &str, index: usize, now: Timestamp) {
        let (resource, buyer) = (self.capture_json(index), self.orders[index].buyer);
        self.tell(kind, "capture", &resource, buyer, now);
    }

    fn tell_refund(&mut self, kind: &str, number: usize, now: Timestamp) {
        let resource = self.refund_json(number);
        self.tell(kind, "refund", &resource, Buyer::Pays, now);
    }

    fn tell(&mut self, kind: &str, resource_type: &str, resource: &Value, buyer: Buyer, now: Timestamp) {
        let event = object::event(self.made, kind, resource_type, resource, now);
        self.made += 1;
        let times = match buyer {
            Buyer::PaysUntold => 0,
            Buyer::PaysTwiceTold => 2,
            _ => 1,
        };
        self.events.extend(std::iter::repeat_n(event, times));
    }
}
