//! The seam between the shop and a provider.

use crate::{AuthError, Fetched, GatewayError, Verified, text};
use domain::{Currency, Money, Payment, Provider, checkout::Opened};
use std::{borrow::Cow, fmt, net::IpAddr, pin::Pin};

/// A future behind a pointer, so that providers can stand side by side in [`Gateways`].
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A payment provider with an HTTP API.
///
/// Nothing here has a default implementation. A provider that cannot sign its webhooks answers [`Claim::Ask`] and is
/// asked; there is no third way.
pub trait Gateway: Send + Sync {
    /// Who this is.
    fn provider(&self) -> Provider;

    /// What it takes.
    fn currencies(&self) -> &[Currency];

    /// How little and how much it takes at once; `None` for a currency it does not take.
    fn limits(&self, currency: Currency) -> Option<Limits>;

    /// Opens the payment. The same order may be sent again any number of times: it opens one payment.
    ///
    /// Only [`GatewayError::Refused`] means that no payment exists. Takes less than eight seconds.
    fn create<'a>(&'a self, order: &'a Order<'a>) -> BoxFuture<'a, Result<Opened, GatewayError>>;

    /// Is this webhook the provider's, and what does it claim?
    fn authenticate(&self, raw: &RawWebhook) -> Result<Claim, AuthError>;

    /// Asks the provider about `object`; `None` if it knows no such object of ours. Takes less than eight seconds.
    fn fetch<'a>(
        &'a self,
        object: &'a ObjectRef,
    ) -> BoxFuture<'a, Result<Option<Verified<Fetched>>, GatewayError>>;

    /// The body, with status 200, that tells the provider that `raw` has arrived for good.
    fn ack(&self, raw: &RawWebhook) -> Cow<'static, str>;
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
}

impl<'a> Order<'a> {
    /// An order whose description is cut to what every provider takes.
    pub fn new(payment: &'a Payment, description: &str, return_url: impl Into<String>) -> Self {
        let description = text::cut(description, 128);
        Self { payment, description, return_url: return_url.into(), receipt_email: None }
    }
}

/// A webhook as it came in, unread.
#[derive(Clone, Default)]
pub struct RawWebhook {
    /// Names in any case; repeated headers joined with a comma, as API Gateway does.
    pub headers: Vec<(String, String)>,
    /// The bytes as sent: signatures are over them.
    pub body: Vec<u8>,
    /// The peer of the TCP connection, never taken from a header.
    pub source_ip: Option<IpAddr>,
    /// The query string without `?`, still encoded.
    pub query: Option<String>,
}

impl RawWebhook {
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
}

/// The providers that are switched on.
pub struct Gateways(Vec<Box<dyn Gateway>>);

impl Gateways {
    /// The registry; of two gateways of one provider the first counts.
    pub fn new(gateways: Vec<Box<dyn Gateway>>) -> Self {
        Self(gateways)
    }

    /// The gateway of `provider`, if it is switched on. [`Provider::Stars`] never has one: see [`crate::stars`].
    pub fn get(&self, provider: Provider) -> Option<&dyn Gateway> {
        self.all().find(|gateway| gateway.provider() == provider)
    }

    /// All of them, in the order of the menu.
    pub fn all(&self) -> impl Iterator<Item = &dyn Gateway> {
        self.0.iter().map(Box::as_ref)
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
            body: b"buyer@example.com".to_vec(),
            ..RawWebhook::default()
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
