//! What YooKassa answers, and what it means. Field names and rules: API v3, OpenAPI of 2026-07-01.

use super::is_id;
use crate::{Fetched, GatewayError, Order, RefundOrder, config::is_http};
use domain::{
    Money, MoneyError, PaymentId, Provider,
    checkout::Opened,
    credit::{Report, Status},
};
use serde::{Deserialize, Serialize};

/// Money: the value is text, with exactly two decimals.
#[derive(Serialize, Deserialize)]
pub(super) struct Amount {
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

/// What we read of a payment object.
#[derive(Deserialize)]
pub(super) struct Payment {
    id: String,
    status: PaymentStatus,
    amount: Amount,
    paid: bool,
    test: bool,
    pub description: Option<String>,
    refunded_amount: Option<Amount>,
    confirmation: Option<Confirmation>,
    cancellation_details: Option<Cancellation>,
    #[serde(rename = "payment_method")]
    method: Option<super::method::Used>,
    recipient: Option<Shop>,
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
pub(super) struct Confirmation {
    confirmation_url: Option<String>,
}

#[derive(Deserialize)]
struct Cancellation {
    reason: String,
}

/// Whose object it is.
#[derive(Deserialize)]
pub(super) struct Shop {
    account_id: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Metadata {
    order_id: Option<String>,
    refund_key: Option<String>,
}

/// What we read of a refund object.
#[derive(Deserialize)]
pub(super) struct Refund {
    id: String,
    payment_id: String,
    status: RefundStatus,
    amount: Amount,
    cancellation_details: Option<Cancellation>,
    metadata: Option<Metadata>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum RefundStatus {
    Pending,
    Succeeded,
    Canceled,
}

/// `GET /refunds`.
#[derive(Deserialize)]
pub(super) struct Refunds {
    pub items: Vec<Refund>,
}

/// What we read of `GET /me`.
#[derive(Deserialize)]
pub(super) struct Me {
    pub account_id: String,
    pub status: String,
    pub test: bool,
}

/// An error object. Everything is optional in the description; `retry_after` counts milliseconds.
#[derive(Deserialize, Default)]
pub(super) struct Fault {
    pub code: Option<String>,
    pub description: Option<String>,
    pub parameter: Option<String>,
    pub retry_after: Option<u64>,
}

impl Shop {
    /// An object that names another shop is none of ours, whatever led to it.
    pub fn is(given: Option<&Self>, shop: &str) -> Result<(), GatewayError> {
        let other = given.and_then(|given| given.account_id.as_deref()).is_some_and(|id| id != shop);
        if other { Err(GatewayError::garbage("an object of another shop")) } else { Ok(()) }
    }
}

impl Confirmation {
    /// The page on which to confirm; none is no mistake yet.
    pub fn page(given: Option<Self>) -> Result<Option<String>, GatewayError> {
        let page = given.and_then(|confirmation| confirmation.confirmation_url);
        if page.as_deref().is_some_and(|url| !is_http(url)) {
            return Err(GatewayError::garbage("a payment page that is no web page"));
        }
        Ok(page)
    }
}

impl Metadata {
    /// Which of our payments it is. Objects of the shop's other tills carry something else, or nothing.
    pub fn ours(given: Option<&Self>) -> Option<PaymentId> {
        PaymentId::from_order(given?.order_id.as_ref()?)
    }
}

impl Payment {
    /// It is what `order` ordered, in our shop.
    fn answers(&self, order: &Order<'_>, shop: &str) -> Result<(), GatewayError> {
        Shop::is(self.recipient.as_ref(), shop)?;
        let ours = Metadata::ours(self.metadata.as_ref());
        if self.money()? != order.payment.amount || ours != Some(order.payment.id) {
            return Err(GatewayError::garbage("another payment than the one ordered"));
        }
        if is_id(&self.id) { Ok(()) } else { Err(GatewayError::garbage("a payment without a proper id")) }
    }

    /// What the answer to `order` opened.
    pub fn opened(self, order: &Order<'_>, shop: &str) -> Result<Opened, GatewayError> {
        self.answers(order, shop)?;
        let pay_url = Confirmation::page(self.confirmation)?;
        if pay_url.is_none() && self.status == PaymentStatus::Pending {
            return Err(GatewayError::garbage("a payment without a page to pay on"));
        }
        Ok(Opened { external_id: Some(self.id), pay_url })
    }

    /// What became of the saved method that was charged for `order`.
    pub fn charged(self, order: &Order<'_>, shop: &str) -> Result<Fetched, GatewayError> {
        self.answers(order, shop)?;
        let status = self.status(self.money()?)?;
        Ok(self.told(status))
    }

    /// What the payment asked for as `id` says of itself; `refund` is the refund that made us ask. While that is worked
    /// on, the report carries the refund's id: it is what to ask about.
    pub fn fetched(self, id: &str, refund: Option<&Refund>, shop: &str) -> Result<Fetched, GatewayError> {
        Shop::is(self.recipient.as_ref(), shop)?;
        if self.id != id {
            return Err(GatewayError::garbage("another payment than the one asked for"));
        }
        let amount = self.money()?;
        let gone = self.refunded(refund)?;
        let status = match refund.map(|refund| refund.status) {
            Some(RefundStatus::Pending) => Status::Pending,
            Some(RefundStatus::Canceled) => {
                Status::RefundFailed(reason(refund.and_then(|refund| refund.cancellation_details.as_ref())))
            }
            Some(RefundStatus::Succeeded) => Status::Refunded(gone),
            // A partial refund is told when it is the news. Else the payment is first of all paid: whoever has not heard
            // of the money yet must hear of it.
            None if gone.minor >= amount.minor => Status::Refunded(gone),
            None => self.status(amount)?,
        };
        let waits = refund.filter(|refund| refund.status == RefundStatus::Pending);
        let mut told = self.told(status);
        if let Some(refund) = waits {
            told.report.external_id.clone_from(&refund.id);
        }
        Ok(told)
    }

    fn told(self, status: Status) -> Fetched {
        let saved = match status {
            Status::Paid(_) => self.method.as_ref().and_then(super::method::Used::saved),
            _ => None,
        };
        Fetched {
            payment: Metadata::ours(self.metadata.as_ref()),
            report: Report { external_id: self.id, status, test: self.test, saved },
            provider: Provider::Yookassa,
        }
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
            PaymentStatus::Canceled => Ok(Status::Canceled(reason(self.cancellation_details.as_ref()))),
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
}

fn reason(details: Option<&Cancellation>) -> String {
    details.map_or("unknown", |details| &details.reason).to_owned()
}

impl Refund {
    /// It is the refund asked for, of the payment asked for.
    pub fn is(&self, refund: &str, payment: &str) -> bool {
        self.id == refund && self.payment_id == payment
    }

    /// It is the refund that `order` names: it carries its key, or the id that an earlier attempt learned.
    pub fn is_of(&self, order: &RefundOrder<'_>) -> bool {
        let key = self.metadata.as_ref().and_then(|metadata| metadata.refund_key.as_ref());
        key == Some(&order.key) || order.external_id == Some(self.id.as_str())
    }

    /// It is what `order` ordered for the payment `payment`.
    pub fn answers(&self, order: &RefundOrder<'_>, payment: &str) -> Result<(), GatewayError> {
        if self.payment_id == payment && self.amount.money() == Ok(order.amount) {
            return Ok(());
        }
        Err(GatewayError::garbage("another refund than the one ordered"))
    }
}
