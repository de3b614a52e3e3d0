//! WATA's shapes, and what they mean.

use super::is_id;
use crate::{
    AuthError, Claim, Fetched, GatewayError, Order, Verified,
    amount::{Decimal, currency},
    config::is_http,
};
use domain::{
    Money, PaymentId, Provider,
    checkout::Opened,
    credit::{Report, Status},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// A link must live longer than ten minutes when it is made.
const SHORTEST: SignedDuration = SignedDuration::from_mins(15);

/// `POST /links`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewLink<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    amount: Box<RawValue>,
    currency: &'static str,
    description: &'a str,
    order_id: String,
    success_redirect_url: &'a str,
    fail_redirect_url: &'a str,
    expiration_date_time: String,
    is_arbitrary_amount_allowed: bool,
}

/// `POST /transactions/refunds`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewRefund<'a> {
    pub original_transaction_id: &'a str,
    pub amount: Box<RawValue>,
}

/// An amount as a JSON number, digit by digit.
pub(super) fn number(money: Money) -> Result<Box<RawValue>, GatewayError> {
    RawValue::from_string(money.to_decimal())
        .map_err(|_| GatewayError::garbage("an amount that is no number"))
}

impl<'a> NewLink<'a> {
    pub fn of(order: &'a Order<'_>) -> Result<Self, GatewayError> {
        let payment = order.payment;
        let soonest = payment.created_at.checked_add(SHORTEST).unwrap_or(payment.created_at);
        Ok(Self {
            kind: "OneTime",
            amount: number(payment.amount)?,
            currency: payment.amount.currency.code(),
            description: &order.description,
            order_id: payment.id.to_string(),
            success_redirect_url: &order.return_url,
            fail_redirect_url: &order.return_url,
            expiration_date_time: format!("{:.0}", payment.expires_at.max(soonest)),
            is_arbitrary_amount_allowed: false,
        })
    }
}

/// A link, as far as we read it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Link {
    id: String,
    status: String,
    amount: Decimal,
    currency: String,
    url: Option<String>,
    order_id: Option<String>,
}

/// What a search answers.
#[derive(Deserialize)]
pub(super) struct Page<T> {
    pub items: Vec<T>,
}

/// The answer to a refund. It names no amount.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RefundAnswer {
    pub transaction_id: String,
    pub transaction_status: String,
    pub kind: Option<String>,
    pub error_code: Option<String>,
    pub error_description: Option<String>,
}

/// `GET /public-key`.
#[derive(Deserialize)]
pub(super) struct PublicKey {
    pub value: String,
}

/// An error answer.
#[derive(Deserialize, Default)]
pub(super) struct Fault {
    #[serde(default)]
    pub error: FaultText,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
pub(super) struct FaultText {
    pub code: Option<String>,
    pub message: Option<String>,
    pub details: Option<String>,
}

impl Link {
    /// It may still be paid.
    pub fn is_open(&self) -> bool {
        self.status == "Opened"
    }

    /// It is the link `id`.
    pub fn is(&self, id: &str) -> bool {
        self.id == id
    }

    /// It was opened for `order`, as ordered, and waits.
    pub fn answers(&self, order: &Order<'_>) -> bool {
        let amount = currency(&self.currency).and_then(|currency| self.amount.money(currency));
        let ours = self.order_id.as_deref() == Some(&order.payment.id.to_string());
        ours && self.is_open() && amount == Ok(order.payment.amount)
    }

    /// What `order` opened.
    pub fn opened(self, order: &Order<'_>) -> Result<Opened, GatewayError> {
        if !self.answers(order) {
            return Err(GatewayError::garbage("another link than the one ordered"));
        }
        if !is_id(&self.id) {
            return Err(GatewayError::garbage("a link without a proper id"));
        }
        let url = self.url.filter(|url| is_http(url));
        let url = url.ok_or_else(|| GatewayError::garbage("a link without a page to pay on"))?;
        Ok(Opened { external_id: Some(format!("{}/{}", self.id, order.payment.id)), pay_url: Some(url) })
    }
}

/// What a transaction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Payment,
    Refund,
    Other,
}

/// `kind` first: a refund says `Paid` as well.
fn kind(kind: Option<&str>, original: Option<&str>) -> Kind {
    match (kind, original) {
        (Some("Payment"), _) | (None, None) => Kind::Payment,
        (Some("Refund"), _) | (None, Some(_)) => Kind::Refund,
        (Some(_), _) => Kind::Other,
    }
}

/// A transaction, as the API tells it. A webhook tells the same under other names: see [`Notice`].
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Transaction {
    pub id: String,
    status: String,
    kind: Option<String>,
    original_transaction_id: Option<String>,
    amount: Decimal,
    currency: String,
    order_id: Option<String>,
    payment_link_id: Option<String>,
    creation_time: Option<String>,
    error_code: Option<String>,
    error_description: Option<String>,
}

impl Transaction {
    fn kind(&self) -> Kind {
        kind(self.kind.as_deref(), self.original_transaction_id.as_deref())
    }

    /// It names this order of ours; a search may be looser than we want.
    pub fn names(&self, order: &str) -> bool {
        self.order_id.as_deref() == Some(order)
    }

    /// Money that arrived.
    pub fn is_paid(&self) -> bool {
        self.kind() == Kind::Payment && self.status == "Paid"
    }

    /// A payment that may still arrive.
    pub fn is_under_way(&self) -> bool {
        self.kind() == Kind::Payment && matches!(self.status.as_str(), "Created" | "Pending")
    }

    /// A refund of this much of `original` that has gone, or may still go, back.
    pub fn sends_back(&self, original: &str, amount: Money) -> bool {
        self.kind() == Kind::Refund
            && self.original_transaction_id.as_deref() == Some(original)
            && self.status != "Declined"
            && self.money() == Some(amount)
    }

    /// Which of several paid ones is meant: those of our own link first, then the first that was made.
    pub fn rank(&self, link: &str) -> (bool, Option<Timestamp>) {
        let made = self.creation_time.as_deref().and_then(|made| made.parse().ok());
        (self.payment_link_id.as_deref() != Some(link), made)
    }

    /// Why it failed.
    pub fn reason(&self) -> String {
        reason(self.error_code.as_deref(), self.error_description.as_deref())
    }

    /// It is of this charge, as far as it says of which.
    pub fn is_refund_of(&self, original: &str) -> bool {
        self.kind() == Kind::Refund && self.original_transaction_id.as_deref() == Some(original)
    }

    fn money(&self) -> Option<Money> {
        let money = currency(&self.currency).and_then(|currency| self.amount.money(currency)).ok()?;
        money.is_positive().then_some(money)
    }

    /// What it says; `None` if it is neither a payment nor a refund.
    pub fn fetched(self, test: bool) -> Result<Option<Fetched>, GatewayError> {
        let money = self.money().ok_or_else(|| GatewayError::garbage("a transaction without an amount"))?;
        let payment = self.order_id.as_deref().and_then(PaymentId::from_order);
        Ok(match self.kind() {
            Kind::Other => None,
            // A declined attempt says nothing about the link.
            Kind::Payment => {
                let status = if self.status == "Paid" { Status::Paid(money) } else { Status::Pending };
                Some(fetched(payment, self.id, status, test))
            }
            Kind::Refund => {
                let reason = self.reason();
                let original = self.original_transaction_id.unwrap_or_else(|| self.id.clone());
                Some(refunded((self.id, original), &self.status, (money, &reason), payment, test))
            }
        })
    }
}

/// What a refund says. While it is under way it is named by its own id, that the shop can ask about it.
pub(super) fn refunded(
    (refund, original): (String, String),
    status: &str,
    (amount, reason): (Money, &str),
    payment: Option<PaymentId>,
    test: bool,
) -> Fetched {
    match status {
        "Paid" => fetched(payment, original, Status::RefundedPart { refund, amount }, test),
        "Declined" => fetched(payment, original, Status::RefundFailed(reason.to_owned()), test),
        _ => fetched(payment, refund, Status::Pending, test),
    }
}

/// Why a transaction was declined.
pub(super) fn reason(code: Option<&str>, description: Option<&str>) -> String {
    let parts: Vec<&str> = [code, description].into_iter().flatten().collect();
    if parts.is_empty() { "declined".to_owned() } else { parts.join(" ") }
}

pub(super) fn fetched(
    payment: Option<PaymentId>,
    external_id: String,
    status: Status,
    test: bool,
) -> Fetched {
    Fetched { payment, report: Report { external_id, status, test, saved: None }, provider: Provider::Wata }
}

/// The beginning of a webhook: what decides whether the rest is read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Notice {
    kind: Option<String>,
    original_transaction_id: Option<String>,
    transaction_status: String,
}

/// A webhook about money.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Transfer {
    transaction_id: String,
    amount: Decimal,
    currency: String,
    order_id: Option<String>,
    error_code: Option<String>,
    error_description: Option<String>,
}

impl Notice {
    /// What the verified `body` claims.
    pub fn claim(body: &[u8], test: bool) -> Result<Claim, AuthError> {
        const MALFORMED: AuthError = AuthError::Malformed("not a webhook in JSON");
        let notice: Self = serde_json::from_slice(body).map_err(|_| MALFORMED)?;
        let original = notice.original_transaction_id;
        let kind = kind(notice.kind.as_deref(), original.as_deref());
        match (kind, notice.transaction_status.as_str()) {
            // Answered at once and without a look at anything: WATA waits ten seconds, then declines.
            (Kind::Payment, "Created" | "Pending") => return Ok(Claim::Ignore("asked before the payment")),
            (Kind::Payment, "Declined") => return Ok(Claim::Ignore("one attempt failed; the link is open")),
            (Kind::Payment, "Paid") | (Kind::Refund, "Paid" | "Declined") => {}
            _ => return Ok(Claim::Ignore("neither money that came nor money that went back")),
        }
        let money: Transfer = serde_json::from_slice(body).map_err(|_| MALFORMED)?;
        let amount = currency(&money.currency).and_then(|currency| money.amount.money(currency)).ok();
        let amount = amount.filter(|amount| amount.is_positive());
        let amount = amount.ok_or(AuthError::Malformed("not an amount that we know"))?;
        let id = Some(money.transaction_id).filter(|id| is_id(id));
        let id = id.ok_or(AuthError::Malformed("no proper transaction id"))?;
        let payment = money.order_id.as_deref().and_then(PaymentId::from_order);
        let told = if kind == Kind::Refund {
            let original = original.filter(|original| is_id(original)).unwrap_or_else(|| id.clone());
            let why = reason(money.error_code.as_deref(), money.error_description.as_deref());
            refunded((id, original), &notice.transaction_status, (amount, &why), payment, test)
        } else {
            fetched(payment, id, Status::Paid(amount), test)
        };
        Ok(Claim::Signed(Verified::new(told)))
    }
}
