//! A stand-in for FreeKassa: the payment form (SCI), API v1, and notifications.
//!
//! What is really FreeKassa's: the signatures, nonces that must grow, several charges of one order number, `orders` with its
//! numbers and states, the test address it refuses, notifications of paid orders only. What is stricter: an unknown field
//! or a value of another type than documented is refused with a message that begins with `STRICT`. A notification
//! is sent once: repetitions are for whoever delivers it.

mod api;
mod form;
mod ledger;

use crate::{Act, Call, Clock, NotPossible, OrderView, Till, Webhook};
use axum::Router;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use ledger::Ledger;
use md5::{Digest, Md5};
use sha2::Sha256;
use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use url::form_urlencoded::Serializer;

/// One of the addresses that FreeKassa sends notifications from.
const SENDER: IpAddr = IpAddr::V4(Ipv4Addr::new(168, 119, 157, 136));
const BOUNDARY: &str = "------------------------fk5d41402abc4b2a";

/// How notifications are sent: a setting of the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sends {
    /// `POST`, `application/x-www-form-urlencoded`.
    Form,
    /// `POST`, `multipart/form-data`.
    Multipart,
    /// `GET`, in the query.
    Query,
}

/// The shop as FreeKassa knows it.
#[derive(Debug, Clone)]
pub struct Config {
    /// The shop's number.
    pub shop_id: String,
    /// Signs links to the form.
    pub secret_word_1: String,
    /// Signs notifications.
    pub secret_word_2: String,
    /// Signs calls.
    pub api_key: String,
    /// Where the browser reaches the mount, without a slash at the end.
    pub public_base: String,
    /// Where the browser goes afterwards; set in the cabinet, not by orders.
    pub success_url: String,
    /// How notifications are sent.
    pub sends: Sends,
}

/// A handle to the stand-in; clones share its state.
#[derive(Clone)]
pub struct Freekassa(Arc<Shared>);

struct Shared {
    config: Config,
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    ledger: Ledger,
    calls: Vec<Call>,
    /// The largest nonce seen.
    nonce: i64,
}

impl Freekassa {
    /// A shop without orders.
    pub fn new(config: Config, clock: Clock) -> Self {
        Self(Arc::new(Shared { config, clock, state: Mutex::default() }))
    }

    fn config(&self) -> &Config {
        &self.0.config
    }

    fn now(&self) -> Timestamp {
        (self.0.clock)()
    }

    /// The state, as of now.
    fn current(&self) -> MutexGuard<'_, State> {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.ledger.tick(self.now());
        state
    }

    fn webhook<N: AsRef<str>>(&self, fields: &[(N, String)]) -> Webhook {
        let mut headers = vec![("User-Agent".to_owned(), "freekassa".to_owned())];
        let mut kind = |value: String| headers.push(("Content-Type".to_owned(), value));
        let encoded = || Serializer::new(String::new()).extend_pairs(fields.iter()).finish();
        let (method, query, body) = match self.config().sends {
            Sends::Query => ("GET", Some(encoded()), Vec::new()),
            Sends::Form => {
                kind("application/x-www-form-urlencoded".to_owned());
                ("POST", None, encoded().into_bytes())
            }
            Sends::Multipart => {
                kind(format!("multipart/form-data; boundary={BOUNDARY}"));
                ("POST", None, multipart(fields).into_bytes())
            }
        };
        Webhook { provider: "freekassa", method, query, headers, body, source_ip: SENDER }
    }
}

impl Till for Freekassa {
    fn name(&self) -> &'static str {
        "freekassa"
    }

    /// `/v1/…` for the shop, `/form/` for the browser.
    fn api(&self) -> Router {
        api::router(self.clone()).merge(form::router(self.clone()))
    }

    fn is_api(&self, path: &str) -> bool {
        path.starts_with("/v1/")
    }

    fn orders(&self) -> Vec<OrderView> {
        self.current().ledger.views(self.config())
    }

    fn act(&self, id: &str, act: Act) -> Result<(), NotPossible> {
        let now = self.now();
        self.current().ledger.act(id, act, now)
    }

    fn take_webhooks(&self) -> Vec<Webhook> {
        let notices = self.current().ledger.take_notices(self.config());
        notices.iter().map(|fields| self.webhook(fields)).collect()
    }

    fn signed(&self, body: Vec<u8>) -> Webhook {
        let fields = url::form_urlencoded::parse(&body).into_owned();
        let mut fields: Vec<(String, String)> = fields.filter(|(name, _)| name != "SIGN").collect();
        let get = |wanted: &str| {
            fields
                .iter()
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| value.as_str())
                .unwrap_or_default()
        };
        let word = &self.config().secret_word_2;
        let sign = md5(&[get("MERCHANT_ID"), get("AMOUNT"), word, get("MERCHANT_ORDER_ID")]);
        fields.push(("SIGN".to_owned(), sign));
        self.webhook(&fields)
    }

    fn calls(&self) -> Vec<Call> {
        self.current().calls.clone()
    }
}

fn multipart<N: AsRef<str>>(fields: &[(N, String)]) -> String {
    let part = |(name, value): &(N, String)| {
        let name = name.as_ref();
        format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    fields.iter().map(part).chain([format!("--{BOUNDARY}--\r\n")]).collect()
}

/// MD5 of the parts with colons between, in lower-case hex.
fn md5(parts: &[&str]) -> String {
    hex::encode(Md5::digest(parts.join(":")))
}

/// HMAC-SHA256 in lower-case hex.
fn hmac(key: &str, message: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else { return String::new() };
    mac.update(message.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}
