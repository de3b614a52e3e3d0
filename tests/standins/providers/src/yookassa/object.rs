//! The objects of the API, with the fields that their state gives them, and what pages and tests see of payments.

use super::{
    Config,
    ledger::{Payment, Refund, RefundFate},
};
use crate::OrderView;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

/// A payment, as tests and pages look at it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PaymentView {
    /// YooKassa's id.
    pub id: String,
    /// `metadata.order_id`: the shop's id.
    pub payment_id: Option<String>,
    /// `pending`, `waiting_for_capture`, `succeeded` or `canceled`.
    pub status: &'static str,
    /// Minor units of RUB.
    pub minor: i64,
    /// Minor units that went back.
    pub refunded_minor: i64,
    /// What the buyer reads.
    pub description: String,
    /// Where the shop wants the buyer back; empty if a saved method was charged.
    pub return_url: String,
    /// The payment page.
    pub confirmation_url: String,
    /// When it was created.
    #[serde(serialize_with = "crate::as_text")]
    pub created_at: Timestamp,
    /// A receipt came with it.
    pub receipt: bool,
}

impl Payment {
    pub fn view(&self, config: &Config) -> PaymentView {
        let payment_id = self.metadata.get("order_id").and_then(Value::as_str);
        PaymentView {
            id: self.id.clone(),
            payment_id: payment_id.map(str::to_owned),
            status: self.status,
            minor: self.minor,
            refunded_minor: self.refunded,
            description: self.description.clone().unwrap_or_default(),
            return_url: self.return_url.clone().unwrap_or_default(),
            confirmation_url: page(config, &self.id),
            created_at: self.created_at,
            receipt: self.receipt,
        }
    }

    pub fn order(&self, config: &Config) -> OrderView {
        let view = self.view(config);
        OrderView {
            id: view.id,
            order: view.payment_id,
            minor: self.minor,
            currency: "RUB".to_owned(),
            status: self.status.to_owned(),
            open: self.status == "pending" && self.return_url.is_some(),
            paid_minor: if self.is_paid() { self.minor } else { 0 },
            refunded_minor: self.refunded,
            description: view.description,
            return_url: view.return_url,
        }
    }

    fn is_paid(&self) -> bool {
        matches!(self.status, "succeeded" | "waiting_for_capture")
    }

    fn method(&self) -> Value {
        let saved = self.save || self.method.is_some();
        let status = if saved { "active" } else { "inactive" };
        card(self.method.as_ref().unwrap_or(&self.id), saved, status)
    }

    /// The payment object.
    pub fn json(&self, config: &Config) -> Value {
        let paid = self.is_paid();
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
        let waits = self.status == "pending" && self.return_url.is_some();
        let optional = [
            ("description", self.description.clone().map(Value::String)),
            (
                "confirmation",
                waits.then(|| json!({ "type": "redirect", "confirmation_url": page(config, &self.id) })),
            ),
            ("payment_method", (paid || self.method.is_some()).then(|| self.method())),
            ("captured_at", self.captured_at.map(|at| time(at).into())),
            // What is left after a commission of 3.5 %.
            ("income_amount", self.captured_at.map(|_| rubles(self.minor - self.minor * 35 / 1000))),
            ("refunded_amount", self.captured_at.map(|_| rubles(self.refunded))),
            ("receipt_registration", (self.receipt && paid).then(|| "pending".into())),
            (
                "cancellation_details",
                self.canceled.as_ref().map(|(party, reason)| json!({ "party": party, "reason": reason })),
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
    pub fn status(&self) -> &'static str {
        match self.fate {
            RefundFate::Succeeds => "succeeded",
            RefundFate::Waits => "pending",
            RefundFate::Fails(_) => "canceled",
        }
    }

    /// The refund object.
    pub fn json(&self) -> Value {
        let mut object = json!({
            "id": self.id,
            "payment_id": self.payment,
            "status": self.status(),
            "created_at": time(self.created_at),
            "amount": rubles(self.minor),
        });
        let Some(fields) = object.as_object_mut() else { return object };
        if let Some(text) = &self.description {
            fields.insert("description".to_owned(), text.as_str().into());
        }
        if let RefundFate::Fails(reason) = &self.fate {
            let details = json!({ "party": "refund_network", "reason": reason });
            fields.insert("cancellation_details".to_owned(), details);
        }
        if !self.metadata.is_empty() {
            fields.insert("metadata".to_owned(), Value::Object(self.metadata.clone()));
        }
        object
    }
}

/// The page of a payment or a binding.
pub(super) fn page(config: &Config, id: &str) -> String {
    format!("{}/pay/{id}", config.public_base)
}

fn rubles(minor: i64) -> Value {
    json!({ "value": format!("{}.{:02}", minor / 100, minor % 100), "currency": "RUB" })
}

fn time(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// The test card with 3-D Secure.
pub(super) fn card(id: &str, saved: bool, status: &str) -> Value {
    json!({
        "type": "bank_card",
        "id": id,
        "saved": saved,
        "status": status,
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
