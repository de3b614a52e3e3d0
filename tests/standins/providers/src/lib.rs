//! Stand-ins for the payment providers: in-process servers that speak a provider's real wire format and are not kinder
//! than it. Made for end-to-end tests and for the sandbox's browser page, on any clock.
//!
//! Data flows like at the provider. The shop calls the API routes; the buyer opens the payment page those calls named and
//! presses a button there (or a test calls the same action on the handle); what the provider would notify piles up as
//! [`Webhook`] values, and whoever drives the world takes them and delivers them to the shop's webhook.
//!
//! One module a provider. Faults (lost answers, 5xx, delays) are not made here: they are put in front of the routes.

use jiff::Timestamp;
use serde::Serialize;
use std::{net::IpAddr, sync::Arc};

pub mod cryptopay;
pub mod freekassa;
mod page;
pub mod paypal;
pub mod robokassa;
pub mod stripe;
mod till;
pub mod tribute;
pub mod wata;
pub mod yookassa;

pub use page::pages;
pub use till::{Act, NotPossible, OrderView, Till};

/// Where the stand-ins read the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// A notification that the provider wants delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// The provider's name, as in `/webhook/{provider}`.
    pub provider: &'static str,
    /// `POST`, or `GET` where the provider may send so; then everything is in `query`.
    pub method: &'static str,
    /// The query string without `?`.
    pub query: Option<String>,
    /// Headers it sends.
    pub headers: Vec<(String, String)>,
    /// The body, byte for byte.
    pub body: Vec<u8>,
    /// The address it sends from.
    pub source_ip: IpAddr,
}

/// One call that the shop made.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Call {
    /// When.
    #[serde(serialize_with = "as_text")]
    pub at: Timestamp,
    /// The HTTP method.
    pub method: String,
    /// The path below the API's base.
    pub path: String,
    /// The idempotence key, if it carried one.
    pub key: Option<String>,
    /// The request's body; `null` if there was none, a string if it was not JSON.
    pub request: serde_json::Value,
    /// The HTTP status of the answer.
    pub status: u16,
    /// The answer's body.
    pub answer: serde_json::Value,
}

/// A moment in RFC 3339.
fn as_text<S: serde::Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}
