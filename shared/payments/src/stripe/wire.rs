//! Stripe's objects, as far as we read them, and what they mean. Shapes: API version 2026-10-28.endive.

use super::{back::Charge, request::BY_SAVED_METHOD};
use crate::{Fetched, GatewayError, Order, amount, config::is_http};
use domain::{
    Currency, Money, PaymentId, Provider,
    checkout::Opened,
    credit::{Report, SavedToken, Status},
};
use serde::Deserialize;

/// Another object: named by its id, or written out if we asked for that (`expand[]`).
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Linked<T> {
    Id(String),
    Object(Box<T>),
}

impl<T> Linked<T> {
    pub fn object(&self) -> Option<&T> {
        match self {
            Self::Id(_) => None,
            Self::Object(object) => Some(object),
        }
    }
}

/// Our marks on Stripe's objects.
#[derive(Deserialize, Default)]
pub(super) struct Metadata {
    order_id: Option<String>,
    charged_by: Option<String>,
    pub refund_key: Option<String>,
}

/// `checkout.session`.
#[derive(Deserialize)]
pub(super) struct Session {
    pub id: String,
    pub livemode: bool,
    pub mode: String,
    status: Option<SessionStatus>,
    payment_status: PaymentStatus,
    amount_total: Option<i64>,
    currency: Option<String>,
    client_reference_id: Option<String>,
    pub customer: Option<String>,
    metadata: Option<Metadata>,
    payment_intent: Option<Linked<Intent>>,
    setup_intent: Option<Linked<Setup>>,
    url: Option<String>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum SessionStatus {
    Open,
    Complete,
    Expired,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum PaymentStatus {
    Paid,
    Unpaid,
    NoPaymentRequired,
}

/// `payment_intent`.
#[derive(Deserialize)]
pub(super) struct Intent {
    pub id: String,
    livemode: bool,
    amount: i64,
    amount_received: Option<i64>,
    currency: String,
    status: String,
    customer: Option<String>,
    payment_method: Option<Linked<Method>>,
    setup_future_usage: Option<String>,
    latest_charge: Option<Linked<Charge>>,
    last_payment_error: Option<Fault>,
    metadata: Option<Metadata>,
}

/// `setup_intent`.
#[derive(Deserialize)]
pub(super) struct Setup {
    customer: Option<String>,
    payment_method: Option<Linked<Method>>,
    status: String,
}

/// `payment_method`.
#[derive(Deserialize)]
pub(super) struct Method {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    card: Option<Card>,
}

#[derive(Deserialize)]
struct Card {
    brand: Option<String>,
    last4: Option<String>,
}

/// A page of a list.
#[derive(Deserialize)]
pub(super) struct List<T> {
    pub data: Vec<T>,
}

/// An error answer.
#[derive(Deserialize, Default)]
pub(super) struct Failure {
    #[serde(default)]
    pub error: Fault,
}

/// What went wrong, in an answer or in a payment intent.
#[derive(Deserialize, Default)]
pub(super) struct Fault {
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub code: Option<String>,
    decline_code: Option<String>,
    message: Option<String>,
    param: Option<String>,
    pub payment_intent: Option<Box<Intent>>,
}

impl Metadata {
    fn order(&self) -> Option<PaymentId> {
        PaymentId::from_order(self.order_id.as_deref()?)
    }
}

pub(super) fn order(metadata: Option<&Metadata>) -> Option<PaymentId> {
    metadata.and_then(Metadata::order)
}

/// What Stripe says about `payment`: `external_id` is the payment intent's, whoever tells.
pub(super) fn fetched(
    payment: Option<PaymentId>,
    external_id: &str,
    status: Status,
    livemode: bool,
) -> Fetched {
    let report = Report { external_id: external_id.to_owned(), status, test: !livemode, saved: None };
    Fetched { payment, report, provider: Provider::Stripe }
}

/// Stripe counts minor units as we do, whole units where a currency has none.
pub(super) fn money(minor: i64, code: &str) -> Result<Money, GatewayError> {
    let currency = amount::currency(code).map_err(|_| GatewayError::garbage("an unknown currency"))?;
    if minor < 0 { Err(GatewayError::garbage("a negative amount")) } else { Ok(Money::new(minor, currency)) }
}

impl Session {
    /// What the answer to `order` opened; `amount` is `None` if nothing is to be paid.
    pub fn opened(self, order: &Order<'_>, amount: Option<Money>) -> Result<Opened, GatewayError> {
        let ours = self.order() == Some(order.payment.id);
        if !ours || amount.is_some_and(|amount| self.total().ok() != Some(amount)) {
            return Err(GatewayError::garbage("another session than the one ordered"));
        }
        if !super::is_id("cs_", &self.id) {
            return Err(GatewayError::garbage("a session without a proper id"));
        }
        let url = self.url.filter(|url| is_http(url));
        let url = url.ok_or_else(|| GatewayError::garbage("a session without a page to pay on"))?;
        Ok(Opened { external_id: Some(self.id), pay_url: Some(url) })
    }

    /// Which of our payments it is.
    pub fn order(&self) -> Option<PaymentId> {
        let marked = order(self.metadata.as_ref());
        marked.or_else(|| PaymentId::from_order(self.client_reference_id.as_deref()?))
    }

    /// The money object's id: the payment intent's, the session's own as long as there is none.
    pub fn money_id(&self) -> &str {
        match &self.payment_intent {
            Some(Linked::Id(id)) => id,
            Some(Linked::Object(intent)) => &intent.id,
            None => &self.id,
        }
    }

    pub fn intent(&self) -> Option<&Intent> {
        self.payment_intent.as_ref().and_then(Linked::object)
    }

    /// A method was, or may have been, saved: only an expanded session says which.
    pub fn may_have_saved(&self) -> bool {
        self.mode == "setup" || self.customer.is_some()
    }

    /// What the session says of itself.
    pub fn status(&self) -> Result<Status, GatewayError> {
        match (self.payment_status, self.status) {
            (PaymentStatus::Paid, _) | (PaymentStatus::NoPaymentRequired, Some(SessionStatus::Complete)) => {
                Ok(Status::Paid(self.total()?))
            }
            (_, Some(SessionStatus::Expired)) => Ok(Status::Canceled("expired".to_owned())),
            (_, Some(SessionStatus::Complete)) => {
                Ok(self.intent().and_then(Intent::failure).map_or(Status::Pending, Status::Canceled))
            }
            _ => Ok(Status::Pending),
        }
    }

    /// The session with `status`, and the method it saved.
    pub fn fetched(&self, status: Status) -> Fetched {
        let mut told = fetched(self.order(), self.money_id(), status, self.livemode);
        let setup = self.setup_intent.as_ref().and_then(Linked::object);
        told.report.saved = setup.and_then(Setup::saved).or_else(|| self.intent().and_then(Intent::saved));
        told
    }

    fn total(&self) -> Result<Money, GatewayError> {
        match (self.amount_total, &self.currency) {
            (Some(minor), Some(code)) => money(minor, code),
            // Nothing of no currency: a method was saved.
            (None | Some(0), code) if self.mode == "setup" => {
                let known = code.as_deref().and_then(|code| amount::currency(code).ok());
                Ok(Money::new(0, known.unwrap_or(Currency::Usd)))
            }
            _ => Err(GatewayError::garbage("a session without an amount")),
        }
    }
}

impl Intent {
    /// It was made by charging a saved method: no page tells what becomes of it.
    pub fn is_by_saved_method(&self) -> bool {
        self.metadata.as_ref().is_some_and(|marks| marks.charged_by.as_deref() == Some(BY_SAVED_METHOD))
    }

    pub fn order(&self) -> Option<PaymentId> {
        order(self.metadata.as_ref())
    }

    pub fn amount(&self) -> Result<Money, GatewayError> {
        money(self.amount, &self.currency)
    }

    pub fn charge(&self) -> Option<&Charge> {
        self.latest_charge.as_ref().and_then(Linked::object)
    }

    /// What the intent says of itself.
    pub fn status(&self) -> Result<Status, GatewayError> {
        match self.status.as_str() {
            "succeeded" => {
                let received = self.amount_received.unwrap_or(self.amount);
                Ok(Status::Paid(money(received, &self.currency)?))
            }
            "processing" | "requires_action" | "requires_capture" | "requires_confirmation" => {
                Ok(Status::Pending)
            }
            // On Stripe's page the buyer may try again with another card.
            "requires_payment_method" if !self.is_by_saved_method() => Ok(Status::Pending),
            "requires_payment_method" | "canceled" => {
                Ok(Status::Canceled(self.failure().unwrap_or_else(|| "canceled".to_owned())))
            }
            _ => Err(GatewayError::garbage("an unknown status of a payment intent")),
        }
    }

    /// Why it will not be paid by itself any more.
    fn failure(&self) -> Option<String> {
        let failed = matches!(self.status.as_str(), "requires_payment_method" | "canceled");
        let why = self.last_payment_error.as_ref().and_then(Fault::why);
        failed.then(|| why.unwrap_or("failed").to_owned())
    }

    pub fn fetched(&self, status: Status) -> Fetched {
        let mut told = fetched(self.order(), &self.id, status, self.livemode);
        told.report.saved = self.saved();
        told
    }

    /// The method that the buyer let us keep.
    fn saved(&self) -> Option<SavedToken> {
        let kept = self.status == "succeeded" && self.setup_future_usage.as_deref() == Some("off_session");
        let method = self.payment_method.as_ref().and_then(Linked::object).filter(|_| kept)?;
        method.token(self.customer.as_deref()?)
    }
}

impl Setup {
    fn saved(&self) -> Option<SavedToken> {
        let method = self.payment_method.as_ref().and_then(Linked::object);
        method.filter(|_| self.status == "succeeded")?.token(self.customer.as_deref()?)
    }
}

impl Method {
    fn token(&self, customer: &str) -> Option<SavedToken> {
        let proper = super::is_id("cus_", customer) && super::is_method(&self.id);
        proper.then(|| SavedToken { token: format!("{customer}/{}", self.id), title: self.title() })
    }

    fn title(&self) -> String {
        let card = self.card.as_ref();
        let name = match card.and_then(|card| card.brand.as_deref()).unwrap_or(&self.kind) {
            "amex" => "American Express".to_owned(),
            "diners" => "Diners Club".to_owned(),
            "jcb" => "JCB".to_owned(),
            "unionpay" => "UnionPay".to_owned(),
            other => capitalized(&other.replace('_', " ")),
        };
        match card.and_then(|card| card.last4.as_deref()) {
            Some(last4) => format!("{name} •{last4}"),
            None => name,
        }
    }
}

fn capitalized(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}

impl Fault {
    /// The bank's own word, or Stripe's.
    pub fn why(&self) -> Option<&str> {
        self.decline_code.as_deref().or(self.code.as_deref())
    }

    pub fn refusal(&self, status: u16) -> GatewayError {
        let code = self.why().or(self.kind.as_deref()).unwrap_or("unknown").to_owned();
        let message = self.message.clone().unwrap_or_else(|| format!("HTTP status {status}"));
        let param = self.param.as_ref().map(|param| format!(" ({param})")).unwrap_or_default();
        GatewayError::Refused { code, description: format!("{message}{param}") }
    }
}
