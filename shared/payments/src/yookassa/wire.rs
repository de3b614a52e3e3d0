//! YooKassa's shapes, and what they mean. Field names and rules: API v3, OpenAPI of 2026-07-01.

use super::config::{Config, Receipt};
use crate::{Fetched, GatewayError, Order};
use domain::{
    Money, MoneyError, Provider,
    checkout::Opened,
    credit::{Report, Status},
};
use serde::{Deserialize, Serialize};

/// Money: the value is text, with exactly two decimals.
#[derive(Serialize, Deserialize)]
struct Amount {
    value: String,
    currency: String,
}

impl From<Money> for Amount {
    fn from(money: Money) -> Self {
        Self { value: money.to_decimal(), currency: money.currency.code().to_owned() }
    }
}

impl Amount {
    fn money(&self) -> Result<Money, MoneyError> {
        Money::parse(&self.value, self.currency.parse()?)
    }
}

/// `POST /payments`.
#[derive(Serialize)]
pub(super) struct NewPayment<'a> {
    amount: Amount,
    capture: bool,
    confirmation: Redirect<'a>,
    description: &'a str,
    metadata: NewMetadata,
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
struct NewMetadata {
    payment_id: String,
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
    /// The request for `order`. The same order gives the same bytes, or repeating it would be refused.
    pub(super) fn of(order: &'a Order<'_>, config: &'a Config) -> Self {
        Self {
            amount: order.payment.amount.into(),
            // Without it the money would only be reserved.
            capture: true,
            confirmation: Redirect {
                kind: "redirect",
                return_url: config.return_url.as_deref().unwrap_or(&order.return_url),
            },
            description: &order.description,
            metadata: NewMetadata { payment_id: order.payment.id.to_string() },
            receipt: config.receipt.as_ref().map(|receipt| NewReceipt::of(order, receipt)),
        }
    }
}

impl<'a> NewReceipt<'a> {
    fn of(order: &'a Order<'_>, receipt: &'a Receipt) -> Self {
        let item = Item {
            description: &order.description,
            quantity: 1,
            amount: order.payment.amount.into(),
            vat_code: receipt.vat_code,
            payment_mode: &receipt.payment_mode,
            payment_subject: &receipt.payment_subject,
            measure: &receipt.measure,
        };
        let customer = Customer { email: receipt.email(order.receipt_email.as_deref()) };
        Self { customer, items: [item], tax_system_code: receipt.tax_system_code }
    }
}

/// What we read of a payment object.
#[derive(Deserialize)]
pub(super) struct Payment {
    id: String,
    status: PaymentStatus,
    amount: Amount,
    paid: bool,
    test: bool,
    refunded_amount: Option<Amount>,
    confirmation: Option<Confirmation>,
    cancellation_details: Option<Cancellation>,
    metadata: Option<Metadata>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum PaymentStatus {
    Pending,
    WaitingForCapture,
    Succeeded,
    Canceled,
}

#[derive(Deserialize)]
struct Confirmation {
    confirmation_url: Option<String>,
}

#[derive(Deserialize)]
struct Cancellation {
    reason: String,
}

#[derive(Deserialize)]
struct Metadata {
    payment_id: Option<String>,
}

/// What we read of a refund object.
#[derive(Deserialize)]
pub(super) struct Refund {
    id: String,
    payment_id: String,
    status: RefundStatus,
    amount: Amount,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum RefundStatus {
    Pending,
    Succeeded,
    Canceled,
}

/// What we read of `GET /me`.
#[derive(Deserialize)]
pub(super) struct Me {
    pub(super) account_id: String,
    pub(super) status: String,
    pub(super) test: bool,
}

/// An error object. Everything is optional in the description; `retry_after` counts milliseconds.
#[derive(Deserialize, Default)]
pub(super) struct Fault {
    pub(super) code: Option<String>,
    pub(super) description: Option<String>,
    pub(super) parameter: Option<String>,
    pub(super) retry_after: Option<u64>,
}

impl Payment {
    /// What the answer to `order` opened.
    pub(super) fn opened(self, order: &Order<'_>) -> Result<Opened, GatewayError> {
        if self.money()? != order.payment.amount || self.ours() != Some(order.payment.id) {
            return Err(GatewayError::garbage("another payment than the one ordered"));
        }
        if !super::is_id(&self.id) {
            return Err(GatewayError::garbage("a payment without a proper id"));
        }
        let pay_url = self.confirmation.and_then(|confirmation| confirmation.confirmation_url);
        if pay_url.as_deref().is_some_and(|url| !super::config::is_http(url)) {
            return Err(GatewayError::garbage("a payment page that is no web page"));
        }
        if pay_url.is_none() && self.status == PaymentStatus::Pending {
            return Err(GatewayError::garbage("a payment without a page to pay on"));
        }
        Ok(Opened { external_id: Some(self.id), pay_url })
    }

    /// What the payment asked for as `id` says of itself; `refund` is the refund that made us ask.
    pub(super) fn fetched(self, id: &str, refund: Option<&Refund>) -> Result<Fetched, GatewayError> {
        if self.id != id {
            return Err(GatewayError::garbage("another payment than the one asked for"));
        }
        let amount = self.money()?;
        let gone = self.refunded(refund)?;
        // A partial refund is told when it is the news. Else the payment is first of all paid: whoever has not heard of
        // the money yet must hear of it.
        let told = gone.minor > 0 && (refund.is_some() || gone.minor >= amount.minor);
        let status = if told { Status::Refunded(gone) } else { self.status(amount)? };
        Ok(Fetched {
            payment: self.ours(),
            report: Report { external_id: self.id, status, test: self.test },
            provider: Provider::Yookassa,
        })
    }

    fn money(&self) -> Result<Money, GatewayError> {
        let money = self.amount.money().ok().filter(|money| money.is_positive());
        money.ok_or_else(|| GatewayError::garbage("a payment without a proper amount"))
    }

    fn status(&self, amount: Money) -> Result<Status, GatewayError> {
        match self.status {
            // Captured at once, as ordered; meanwhile the money is not ours.
            PaymentStatus::Pending | PaymentStatus::WaitingForCapture => Ok(Status::Pending),
            PaymentStatus::Succeeded if self.paid => Ok(Status::Paid(amount)),
            PaymentStatus::Succeeded => Err(GatewayError::garbage("succeeded but not paid")),
            PaymentStatus::Canceled => {
                let reason = self.cancellation_details.as_ref().map_or("unknown", |details| &details.reason);
                Ok(Status::Canceled(reason.to_owned()))
            }
        }
    }

    /// All that has gone back. The payment's own total may lag behind the refund that is being told.
    fn refunded(&self, refund: Option<&Refund>) -> Result<Money, GatewayError> {
        let currency = self.money()?.currency;
        let succeeded = refund.filter(|refund| refund.status == RefundStatus::Succeeded);
        let parts = [self.refunded_amount.as_ref(), succeeded.map(|refund| &refund.amount)];
        let mut total = Money::new(0, currency);
        for part in parts.into_iter().flatten() {
            let part = part.money().ok().filter(|part| part.currency == currency);
            let part = part.ok_or_else(|| GatewayError::garbage("a refund without a proper amount"))?;
            total.minor = total.minor.max(part.minor);
        }
        Ok(total)
    }

    /// Which of our payments it is. Payments of the shop's other tills carry something else, or nothing.
    fn ours(&self) -> Option<domain::PaymentId> {
        self.metadata.as_ref()?.payment_id.as_ref()?.parse().ok()
    }
}

impl Refund {
    /// It is the refund asked for, of the payment asked for.
    pub(super) fn is(&self, refund: &str, payment: &str) -> bool {
        self.id == refund && self.payment_id == payment
    }
}
