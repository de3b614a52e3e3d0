//! What we send to PayPal. The same order gives the same bytes.

use super::{config::Config, wire::Amount};
use crate::{Order, RefundOrder, text};
use domain::Language;
use serde::Serialize;

/// `POST /v2/checkout/orders`.
#[derive(Serialize)]
pub(super) struct NewOrder<'a> {
    intent: &'static str,
    purchase_units: [NewUnit; 1],
    payment_source: Source<'a>,
}

#[derive(Serialize)]
struct NewUnit {
    reference_id: &'static str,
    custom_id: String,
    invoice_id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    amount: Amount,
}

#[derive(Serialize)]
struct Source<'a> {
    paypal: Wallet<'a>,
}

#[derive(Serialize)]
struct Wallet<'a> {
    experience_context: Experience<'a>,
}

#[derive(Serialize)]
struct Experience<'a> {
    return_url: &'a str,
    cancel_url: &'a str,
    user_action: &'static str,
    shipping_preference: &'static str,
    payment_method_preference: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    brand_name: Option<&'a str>,
    locale: &'static str,
}

impl<'a> NewOrder<'a> {
    /// The request for `order`; the same order gives the same bytes.
    pub fn of(order: &'a Order<'_>, config: &'a Config) -> Self {
        let id = order.payment.id.to_string();
        let unit = NewUnit {
            reference_id: "default",
            custom_id: id.clone(),
            // Unique for ever in PayPal's books: a second order of the same payment cannot be captured.
            invoice_id: id,
            description: text::cut(&order.description, 127),
            amount: order.payment.amount.into(),
        };
        let experience_context = Experience {
            return_url: &order.return_url,
            cancel_url: &order.return_url,
            // The defaults of these three would ask for an address, and take bank transfers that arrive days later.
            user_action: "PAY_NOW",
            shipping_preference: "NO_SHIPPING",
            payment_method_preference: "IMMEDIATE_PAYMENT_REQUIRED",
            brand_name: config.brand_name.as_deref(),
            locale: match order.language {
                Language::Ru => "ru-RU",
                Language::En => "en-US",
            },
        };
        let payment_source = Source { paypal: Wallet { experience_context } };
        Self { intent: "CAPTURE", purchase_units: [unit], payment_source }
    }
}

/// `POST /v2/payments/captures/{id}/refund`.
#[derive(Serialize)]
pub(super) struct NewRefund {
    amount: Amount,
    custom_id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    note_to_payer: String,
}

impl NewRefund {
    pub fn of(order: &RefundOrder<'_>) -> Self {
        let note_to_payer = text::cut(&order.description, 255);
        Self { amount: order.amount.into(), custom_id: order.key.clone(), note_to_payer }
    }
}
