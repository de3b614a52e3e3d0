//! The seam between the shop and a provider.

use crate::{AuthError, Fetched, GatewayError, Sale, Verified, text};
use domain::{Currency, Language, Money, Payment, PlanId, Provider, checkout::Opened};
use jiff::{SignedDuration, Timestamp};
use std::{borrow::Cow, fmt, net::IpAddr, pin::Pin, sync::Arc};

/// A future behind a pointer, so that providers can stand side by side in [`Gateways`].
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A payment provider with an HTTP API.
///
/// A provider that cannot sign its webhooks answers [`Claim::Ask`] and is asked; there is no third way. What
/// [`Abilities`] do not promise is never called; the default bodies below refuse it.
pub trait Gateway: Send + Sync {
    /// Who this is.
    fn provider(&self) -> Provider;

    /// What it can do.
    fn abilities(&self) -> &Abilities;

    /// It can take `amount` for this plan (`None`: for the balance). Where a provider sells by its own links, only what
    /// has one.
    fn sells(&self, plan: Option<&PlanId>, amount: Money) -> bool {
        let _ = plan;
        self.abilities().takes(amount)
    }

    /// Opens the payment. The same order may be sent again any number of times: it opens one payment, or, where the
    /// provider knows no idempotency key, at most one that the buyer is shown.
    ///
    /// Only [`GatewayError::Refused`] means that no payment exists. Takes less than eight seconds.
    fn create<'a>(&'a self, order: &'a Order<'a>) -> BoxFuture<'a, Result<Opened, GatewayError>>;

    /// Is this webhook the provider's, and what does it claim? Over the raw bytes, before anything is parsed.
    fn authenticate<'a>(&'a self, raw: &'a RawWebhook) -> BoxFuture<'a, Result<Claim, AuthError>>;

    /// Asks the provider about `object`; `None` if it knows no such object of ours. Where the provider waits for us to
    /// take approved money (PayPal), this takes it. Takes less than eight seconds.
    fn fetch<'a>(
        &'a self,
        object: &'a ObjectRef,
    ) -> BoxFuture<'a, Result<Option<Verified<Fetched>>, GatewayError>>;

    /// Sends money back. The same order may be sent again: it is one refund. The answer says [`Status::RefundedPart`]
    /// (or [`Status::Refunded`]) if the money is on its way for certain, [`Status::Pending`], with the *refund's* id
    /// as `external_id`, if the provider still works on it (the shop asks again with [`ObjectRef::Refund`], or is told by
    /// webhook), and [`Status::RefundFailed`] if it will not happen.
    ///
    /// [`Status::Pending`]: domain::credit::Status::Pending
    /// [`Status::Refunded`]: domain::credit::Status::Refunded
    /// [`Status::RefundedPart`]: domain::credit::Status::RefundedPart
    /// [`Status::RefundFailed`]: domain::credit::Status::RefundFailed
    fn refund<'a>(
        &'a self,
        order: &'a RefundOrder<'a>,
    ) -> BoxFuture<'a, Result<Verified<Fetched>, GatewayError>> {
        let _ = order;
        Box::pin(async { Err(GatewayError::not_offered("refund")) })
    }

    /// Charges a saved method without the buyer. The same order may be sent again: it is one charge. A decline is an
    /// answer ([`domain::credit::Status::Canceled`] with the provider's reason), not an error.
    fn charge<'a>(
        &'a self,
        order: &'a Order<'a>,
        token: &'a str,
    ) -> BoxFuture<'a, Result<Verified<Fetched>, GatewayError>> {
        let _ = (order, token);
        Box::pin(async { Err(GatewayError::not_offered("charge of a saved method")) })
    }

    /// Opens the page on which a buyer saves a method without paying; `order` carries no amount. The method arrives
    /// as [`domain::credit::Report::saved`] of a report with status [`domain::credit::Status::Paid`] of nothing.
    fn bind<'a>(&'a self, order: &'a Order<'a>) -> BoxFuture<'a, Result<Opened, GatewayError>> {
        let _ = order;
        Box::pin(async { Err(GatewayError::not_offered("saving a method without paying")) })
    }

    /// The body, with status 200, that tells the provider that `raw` has arrived for good.
    fn ack(&self, raw: &RawWebhook) -> Cow<'static, str>;
}

/// What a provider can do; the checkout offers nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Abilities {
    /// One entry a currency it takes.
    pub limits: Vec<Limits>,
    /// Whether it sends money back by itself.
    pub refunds: Refunds,
    /// It can charge a method again that the buyer saved while paying.
    pub saves_methods: bool,
    /// It can save a method without a payment.
    pub binds: bool,
    /// Whether it can be asked about a payment.
    pub asking: Asking,
    /// It will not open a payment without the buyer's own e-mail (or the operator's in its place).
    pub wants_email: bool,
}

/// Which refunds a provider's API makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refunds {
    /// None: the operator does it by hand.
    Never,
    /// The whole payment only.
    Full,
    /// Any part.
    Partial,
}

/// Whether a provider can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    /// Its webhook is all there is.
    Never,
    /// Yes, but about one payment not more often than this.
    Every(SignedDuration),
}

impl Abilities {
    /// How little and how much it takes at once; `None` for a currency it does not take.
    pub fn limits(&self, currency: Currency) -> Option<Limits> {
        self.limits.iter().copied().find(|limits| limits.min.currency == currency)
    }

    /// It takes this amount.
    pub fn takes(&self, amount: Money) -> bool {
        self.limits(amount.currency).is_some_and(|limits| limits.allow(amount))
    }
}

/// Money to be sent back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundOrder<'a> {
    /// Of which payment; its `external_id` is the provider's id of the charge.
    pub payment: &'a Payment,
    /// How much; at most what has not gone back yet.
    pub amount: Money,
    /// Names this refund for ever (at most 40 characters of `[A-Za-z0-9_-]`): the idempotency key.
    pub key: String,
    /// The provider's id of the refund, if an earlier attempt learned one.
    pub external_id: Option<&'a str>,
    /// What the buyer and the provider read, translated.
    pub description: String,
}

/// The least and the most a provider takes at once, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The least.
    pub min: Money,
    /// The most.
    pub max: Money,
}

impl Limits {
    /// The provider takes `amount`.
    pub fn allow(&self, amount: Money) -> bool {
        amount.currency == self.min.currency && (self.min.minor..=self.max.minor).contains(&amount.minor)
    }
}

/// A payment to be opened.
#[derive(Debug, Clone)]
pub struct Order<'a> {
    /// Which payment; its id is what the provider carries and what makes repetition safe.
    pub payment: &'a Payment,
    /// What the buyer reads at the provider, translated; at most 128 characters.
    pub description: String,
    /// Where the buyer's browser goes afterwards.
    pub return_url: String,
    /// The buyer's own e-mail for the receipt, if known.
    pub receipt_email: Option<String>,
    /// The buyer agreed that the method is saved and charged again.
    pub save_method: bool,
    /// The language in which the provider should speak.
    pub language: Language,
}

impl<'a> Order<'a> {
    /// An order whose description is cut to what every provider takes.
    pub fn new(payment: &'a Payment, description: &str, return_url: impl Into<String>) -> Self {
        let description = text::cut(description, 128);
        Self {
            payment,
            description,
            return_url: return_url.into(),
            receipt_email: None,
            save_method: false,
            language: Language::Ru,
        }
    }
}

/// A webhook as it came in, unread.
#[derive(Clone)]
pub struct RawWebhook {
    /// Names in any case; repeated headers joined with a comma, as API Gateway does.
    pub headers: Vec<(String, String)>,
    /// The bytes as sent: signatures are over them.
    pub body: Vec<u8>,
    /// The peer of the TCP connection, never taken from a header.
    pub source_ip: Option<IpAddr>,
    /// The query string without `?`, still encoded.
    pub query: Option<String>,
    /// When it came in, for signatures that carry a time.
    pub received_at: Timestamp,
}

impl RawWebhook {
    /// A webhook with this body only.
    pub fn of_body(body: impl Into<Vec<u8>>, received_at: Timestamp) -> Self {
        Self { headers: Vec::new(), body: body.into(), source_ip: None, query: None, received_at }
    }

    /// A header's value; the name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// Sizes only: bodies and headers carry persons' data and signatures.
impl fmt::Debug for RawWebhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawWebhook")
            .field("headers", &self.headers.len())
            .field("body", &self.body.len())
            .field("source_ip", &self.source_ip)
            .finish_non_exhaustive()
    }
}

/// What an accepted webhook amounts to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// Signed: this is so.
    Signed(Verified<Fetched>),
    /// Not signed: ask about this, and believe the answer only.
    Ask(ObjectRef),
    /// Signed: something was sold at the provider without an order of ours.
    Sold(Verified<Sale>),
    /// Nothing that concerns the shop, and why; acknowledged all the same.
    Ignore(&'static str),
}

/// An object at a provider, by the provider's ids. Not trusted: a gateway checks their shape before using them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ObjectRef {
    /// A payment: [`domain::Payment::external_id`].
    Payment(String),
    /// A refund of a payment.
    Refund {
        /// The refund's id.
        refund: String,
        /// The id of the payment that it refunds.
        payment: String,
    },
    /// A saved method, by the id that binding it gave.
    Method(String),
}

/// The providers that are switched on.
#[derive(Clone)]
pub struct Gateways(Vec<Arc<dyn Gateway>>);

impl Gateways {
    /// The registry; of two gateways of one provider the first counts.
    pub fn new(gateways: Vec<Arc<dyn Gateway>>) -> Self {
        Self(gateways)
    }

    /// The gateway of `provider`, if it is switched on. [`Provider::Stars`] never has one: see [`crate::stars`].
    pub fn get(&self, provider: Provider) -> Option<&dyn Gateway> {
        self.all().find(|gateway| gateway.provider() == provider)
    }

    /// All of them, in the order of the menu.
    pub fn all(&self) -> impl Iterator<Item = &dyn Gateway> {
        self.0.iter().map(Arc::as_ref)
    }
}

impl fmt::Debug for Gateways {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.all().map(Gateway::provider)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_names_have_no_case_and_debug_shows_no_content() {
        let raw = RawWebhook {
            headers: vec![("X-Sign".to_owned(), "topsecret".to_owned())],
            ..RawWebhook::of_body("buyer@example.com", Timestamp::UNIX_EPOCH)
        };
        assert_eq!(raw.header("x-sign"), Some("topsecret"));
        assert_eq!(raw.header("x-other"), None);
        let shown = format!("{raw:?}");
        assert!(!shown.contains("topsecret") && !shown.contains("buyer"), "{shown}");
    }

    #[test]
    fn limits_include_both_ends_and_one_currency() {
        let rub = |minor| Money::new(minor, Currency::Rub);
        let limits = Limits { min: rub(100), max: rub(500) };
        assert!(limits.allow(rub(100)) && limits.allow(rub(500)));
        assert!(!limits.allow(rub(99)) && !limits.allow(rub(501)));
        assert!(!limits.allow(Money::new(200, Currency::Usd)));
    }
}
