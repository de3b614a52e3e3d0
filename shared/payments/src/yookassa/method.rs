//! Saved methods: as a payment tells of them, and as objects of their own (`/payment_methods`).

use super::{
    is_id,
    wire::{Confirmation, Metadata, Shop},
};
use crate::{Fetched, GatewayError, Order, text};
use domain::{
    Currency, Money, Provider,
    checkout::Opened,
    credit::{Report, SavedToken, Status},
};
use serde::Deserialize;

/// `payment_method` of a payment: what it was paid with.
#[derive(Deserialize)]
pub(super) struct Used {
    #[serde(rename = "type")]
    kind: String,
    id: Option<String>,
    #[serde(default)]
    saved: bool,
    title: Option<String>,
    card: Option<Card>,
}

#[derive(Deserialize)]
struct Card {
    last4: Option<String>,
}

/// What we read of a saved method's own object.
#[derive(Deserialize)]
pub(super) struct Method {
    #[serde(flatten)]
    used: Used,
    status: MethodStatus,
    confirmation: Option<Confirmation>,
    holder: Option<Shop>,
    metadata: Option<Metadata>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum MethodStatus {
    Pending,
    Active,
    Inactive,
}

impl Used {
    /// The method, if it may be charged again.
    pub fn saved(&self) -> Option<SavedToken> {
        let token = self.id.clone().filter(|id| self.saved && is_id(id))?;
        let last4 = self.card.as_ref().and_then(|card| card.last4.as_ref());
        let title = match (&self.title, last4) {
            (Some(title), _) if !title.trim().is_empty() => text::cut(title, 64),
            (_, Some(last4)) => text::cut(&format!("Bank card *{last4}"), 64),
            _ => text::cut(&self.kind, 64),
        };
        Some(SavedToken { token, title })
    }
}

impl Method {
    /// What the answer to `order` opened.
    pub fn opened(self, order: &Order<'_>, shop: &str) -> Result<Opened, GatewayError> {
        Shop::is(self.holder.as_ref(), shop)?;
        if Metadata::ours(self.metadata.as_ref()).is_some_and(|ours| ours != order.payment.id) {
            return Err(GatewayError::garbage("another method than the one ordered"));
        }
        let id = self.used.id.filter(|id| is_id(id));
        let id = id.ok_or_else(|| GatewayError::garbage("a method without a proper id"))?;
        let pay_url = Confirmation::page(self.confirmation)?;
        if pay_url.is_none() && self.status == MethodStatus::Pending {
            return Err(GatewayError::garbage("a method without a page to confirm it on"));
        }
        Ok(Opened { external_id: Some(id), pay_url })
    }

    /// What the method asked for as `id` says of itself. The object does not tell test shops from real ones: `test` is
    /// what our key says.
    pub fn fetched(self, id: &str, shop: &str, test: bool) -> Result<Fetched, GatewayError> {
        Shop::is(self.holder.as_ref(), shop)?;
        if self.used.id.as_deref() != Some(id) {
            return Err(GatewayError::garbage("another method than the one asked for"));
        }
        let (status, saved) = match self.status {
            MethodStatus::Pending => (Status::Pending, None),
            MethodStatus::Inactive => (Status::Canceled("inactive".to_owned()), None),
            MethodStatus::Active => {
                let saved = self.used.saved();
                let saved = saved.ok_or_else(|| GatewayError::garbage("active but not saved"))?;
                (Status::Paid(Money::new(0, Currency::Rub)), Some(saved))
            }
        };
        Ok(Fetched {
            payment: Metadata::ours(self.metadata.as_ref()),
            report: Report { external_id: id.to_owned(), status, test, saved },
            provider: Provider::Yookassa,
        })
    }
}
