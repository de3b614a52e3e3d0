//! What is sent to YooKassa. Field names and rules: API v3, OpenAPI of 2026-07-01.

use super::{
    config::{Config, Receipt},
    wire::Amount,
};
use crate::{Order, RefundOrder, text};
use domain::Money;
use serde::Serialize;

/// `POST /payments`.
#[derive(Serialize)]
pub(super) struct NewPayment<'a> {
    amount: Amount,
    capture: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirmation: Option<Redirect<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_method_id: Option<&'a str>,
    description: &'a str,
    metadata: OrderId,
    #[serde(skip_serializing_if = "Option::is_none")]
    save_payment_method: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<NewReceipt<'a>>,
}

#[derive(Serialize)]
struct Redirect<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    return_url: &'a str,
}

#[derive(Serialize)]
struct OrderId {
    order_id: String,
}

/// `POST /payment_methods`.
#[derive(Serialize)]
pub(super) struct NewMethod<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    confirmation: Redirect<'a>,
    metadata: OrderId,
}

/// `POST /refunds`.
#[derive(Serialize)]
pub(super) struct NewRefund<'a> {
    payment_id: &'a str,
    amount: Amount,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<NewReceipt<'a>>,
    metadata: RefundKey<'a>,
}

#[derive(Serialize)]
struct RefundKey<'a> {
    refund_key: &'a str,
}

#[derive(Serialize)]
struct NewReceipt<'a> {
    customer: Customer<'a>,
    items: [Item<'a>; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    tax_system_code: Option<u8>,
}

#[derive(Serialize)]
struct Customer<'a> {
    email: &'a str,
}

#[derive(Serialize)]
struct Item<'a> {
    description: &'a str,
    quantity: u8,
    amount: Amount,
    vat_code: u8,
    payment_mode: &'a str,
    payment_subject: &'a str,
    measure: &'a str,
}

impl<'a> NewPayment<'a> {
    /// The request that opens `order`. The same order gives the same bytes, or repeating it would be refused.
    pub fn of(order: &'a Order<'_>, config: &'a Config) -> Self {
        Self {
            confirmation: Some(Redirect::of(order, config)),
            save_payment_method: (order.save_method && config.autopayments).then_some(true),
            ..Self::bare(order, config)
        }
    }

    /// The request that charges the saved method `token` for `order`, without the buyer.
    pub fn charge(order: &'a Order<'_>, token: &'a str, config: &'a Config) -> Self {
        Self { payment_method_id: Some(token), ..Self::bare(order, config) }
    }

    fn bare(order: &'a Order<'_>, config: &'a Config) -> Self {
        let amount = order.payment.amount;
        let receipt = config.receipt.as_ref().map(|receipt| {
            let email = receipt.email(order.receipt_email.as_deref());
            NewReceipt::of(&order.description, amount, email, receipt)
        });
        Self {
            amount: amount.into(),
            // Without it the money would only be reserved.
            capture: true,
            confirmation: None,
            payment_method_id: None,
            description: &order.description,
            metadata: OrderId::of(order),
            save_payment_method: None,
            receipt,
        }
    }
}

impl<'a> NewMethod<'a> {
    /// The request that saves a card for `order`.
    pub fn of(order: &'a Order<'_>, config: &'a Config) -> Self {
        Self { kind: "bank_card", confirmation: Redirect::of(order, config), metadata: OrderId::of(order) }
    }
}

impl<'a> NewRefund<'a> {
    /// The request for `order`, of the payment that YooKassa calls `payment` and describes as `item`: a receipt of a
    /// refund names the same article as the receipt of the sale.
    pub fn of(
        order: &'a RefundOrder<'_>,
        payment: &'a str,
        item: Option<&'a str>,
        config: &'a Config,
    ) -> Self {
        let item = item.filter(|item| !item.is_empty()).unwrap_or(&order.description);
        // The buyer's own address is not kept with the payment.
        let receipt = config
            .receipt
            .as_ref()
            .map(|receipt| NewReceipt::of(item, order.amount, &receipt.default_email, receipt));
        Self {
            payment_id: payment,
            amount: order.amount.into(),
            description: text::cut(&order.description, 250),
            receipt,
            metadata: RefundKey { refund_key: &order.key },
        }
    }
}

impl<'a> Redirect<'a> {
    fn of(order: &'a Order<'_>, config: &'a Config) -> Self {
        let return_url = config.return_url.as_deref().unwrap_or(&order.return_url);
        Self { kind: "redirect", return_url }
    }
}

impl OrderId {
    fn of(order: &Order<'_>) -> Self {
        Self { order_id: order.payment.id.to_string() }
    }
}

impl<'a> NewReceipt<'a> {
    fn of(description: &'a str, amount: Money, email: &'a str, receipt: &'a Receipt) -> Self {
        let item = Item {
            description,
            quantity: 1,
            amount: amount.into(),
            vat_code: receipt.vat_code,
            payment_mode: &receipt.payment_mode,
            payment_subject: &receipt.payment_subject,
            measure: &receipt.measure,
        };
        Self { customer: Customer { email }, items: [item], tax_system_code: receipt.tax_system_code }
    }
}
