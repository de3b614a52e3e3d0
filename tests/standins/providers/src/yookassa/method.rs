//! Saved methods: by a payment, or bound without one.

use super::{Config, object, request::NewMethod};
use crate::{NotPossible, OrderView};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

pub(super) struct Method {
    pub id: String,
    status: &'static str,
    /// Saved without a payment: the request, and when.
    binding: Option<(NewMethod, Timestamp)>,
    /// Charges are declined, for this reason.
    pub declines: Option<String>,
    /// Charges take 65 minutes.
    pub slow: bool,
}

impl Method {
    /// The method that a payment saved; YooKassa gives it the payment's id.
    pub fn of_payment(id: &str) -> Self {
        Self { id: id.to_owned(), status: "active", binding: None, declines: None, slow: false }
    }

    pub fn to_bind(id: String, new: NewMethod, now: Timestamp) -> Self {
        Self { id, status: "pending", binding: Some((new, now)), declines: None, slow: false }
    }

    /// It can be named in a payment; what comes of that is another matter.
    pub fn was_saved(&self) -> bool {
        self.status == "active"
    }

    pub fn decide(&mut self, status: &'static str) -> Result<(), NotPossible> {
        if self.status != "pending" {
            return Err(NotPossible::State(self.status.to_owned()));
        }
        self.status = status;
        Ok(())
    }

    /// Nobody confirmed it in time.
    pub fn expire(&mut self, now: Timestamp, after: SignedDuration) {
        let late = self.binding.as_ref().is_some_and(|(_, at)| now.duration_since(*at) >= after);
        if late && self.status == "pending" {
            self.status = "inactive";
        }
    }

    /// The binding's page; `None` if a payment saved it.
    pub fn order(&self) -> Option<OrderView> {
        let (new, _) = self.binding.as_ref()?;
        Some(OrderView {
            id: self.id.clone(),
            order: new.metadata.get("order_id").and_then(Value::as_str).map(str::to_owned),
            minor: 0,
            currency: "RUB".to_owned(),
            status: self.status.to_owned(),
            open: self.status == "pending",
            paid_minor: 0,
            refunded_minor: 0,
            description: "A card to be saved".to_owned(),
            return_url: new.confirmation.return_url.clone(),
        })
    }

    /// The object of `/payment_methods`.
    pub fn json(&self, config: &Config) -> Value {
        let mut object = object::card(&self.id, self.status == "active", self.status);
        if let Some(fields) = object.as_object_mut() {
            fields
                .insert("holder".to_owned(), json!({ "account_id": config.shop_id, "gateway_id": "100700" }));
            if let Some((new, _)) = &self.binding {
                if self.status != "active" {
                    fields.remove("card");
                    fields.remove("title");
                }
                if self.status == "pending" {
                    let url = object::page(config, &self.id);
                    let confirmation = json!({
                        "type": "redirect",
                        "confirmation_url": url,
                        "return_url": new.confirmation.return_url,
                    });
                    fields.insert("confirmation".to_owned(), confirmation);
                }
                fields.insert("metadata".to_owned(), Value::Object(Map::clone(&new.metadata)));
            }
        }
        object
    }
}
