//! A stand-in for WATA: the H2H API (links, transactions, refunds, the public key) and signed webhooks.
//!
//! What is really WATA's: shapes, statuses, one link with many attempts, the webhook before every payment, the RSA
//! signature, the pace of one question about one object in 30 seconds. What is stricter: a request with a field that this
//! shop has no business sending, or with a value of another type, is refused with a text that begins with `STRICT`.
//!
//! `test-only-key.pem` was made for this stand-in and is the key of nothing else.

mod api;
mod ledger;
mod request;

use crate::{Act, Call, Clock, NotPossible, OrderView, Till, Webhook};
use axum::Router;
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use ledger::Ledger;
use ring::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA512, RsaKeyPair},
};
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// One of the addresses that WATA sends webhooks from.
const SENDER: IpAddr = IpAddr::V4(Ipv4Addr::new(62, 84, 126, 140));

/// The key that webhooks are signed with, PKCS#8.
const TEST_ONLY_KEY: &str = include_str!("wata/test-only-key.pem");

/// The public half of the key that webhooks are signed with, as `GET /public-key` tells it.
pub const PUBLIC_KEY: &str = include_str!("wata/test-only-key.pub.pem");

/// The terminal as WATA knows it.
#[derive(Debug, Clone)]
pub struct Config {
    /// The access token.
    pub token: String,
    /// Where the browser reaches the mount, without a slash at the end.
    pub public_base: String,
}

/// A handle to the stand-in; clones share its state.
#[derive(Clone)]
pub struct Wata(Arc<Shared>);

struct Shared {
    config: Config,
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    ledger: Ledger,
    calls: Vec<Call>,
    /// When each object was last asked about.
    asked: HashMap<String, Timestamp>,
}

impl Wata {
    /// A terminal without links.
    pub fn new(config: Config, clock: Clock) -> Self {
        Self(Arc::new(Shared { config, clock, state: Mutex::default() }))
    }

    /// A webhook with this body, signed as WATA signs; for bodies that WATA would not send by itself.
    pub fn signed(&self, body: Vec<u8>) -> Webhook {
        let headers = vec![
            ("Content-Type".to_owned(), "application/json".to_owned()),
            ("X-Signature".to_owned(), signature(&body).unwrap_or_default()),
        ];
        Webhook { provider: "wata", method: "POST", query: None, headers, body, source_ip: SENDER }
    }

    /// The next refund that the shop orders is worked on until [`Self::settle_refunds`].
    pub fn delay_refunds(&self) {
        self.state().ledger.slow_refunds = true;
    }

    /// Settles every refund under way: the money goes back, or does not.
    pub fn settle_refunds(&self, paid: bool) {
        self.state().ledger.settle_refunds(paid);
    }

    fn config(&self) -> &Config {
        &self.0.config
    }

    fn now(&self) -> Timestamp {
        (self.0.clock)()
    }

    /// The state, as of now.
    fn state(&self) -> MutexGuard<'_, State> {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.ledger.tick(self.now());
        state
    }
}

impl Till for Wata {
    fn name(&self) -> &'static str {
        "wata"
    }

    /// `/api/h2h/links`, `/api/h2h/transactions`, `/api/h2h/transactions/refunds`, `/api/h2h/public-key`.
    fn api(&self) -> Router {
        api::router(self.clone())
    }

    fn orders(&self) -> Vec<OrderView> {
        self.state().ledger.orders()
    }

    fn act(&self, id: &str, act: Act) -> Result<(), NotPossible> {
        let now = self.now();
        let mut state = self.state();
        let ledger = &mut state.ledger;
        match act {
            Act::Pay => ledger.pay(id, None, 1, now),
            Act::PayAndRepeat => ledger.pay(id, None, 2, now),
            Act::PayOther(minor) => ledger.pay(id, Some(minor), 1, now),
            Act::PaySilently => ledger.pay(id, None, 0, now),
            Act::PayLate => ledger.pay_late(id, now),
            Act::Cancel => ledger.decline(id, now),
            Act::Refund(minor) => ledger.refund_link(id, minor, now),
            // A one-time link closes with the first success.
            Act::PayAgain | Act::Dispute => Err(NotPossible::Never("WATA")),
        }
    }

    fn take_webhooks(&self) -> Vec<Webhook> {
        let bodies = self.state().ledger.take_notices();
        bodies.into_iter().map(|body| self.signed(body)).collect()
    }

    fn signed(&self, body: Vec<u8>) -> Webhook {
        Self::signed(self, body)
    }

    fn calls(&self) -> Vec<Call> {
        self.state().calls.clone()
    }
}

/// Standard base64 of RSA PKCS#1 v1.5 over SHA-512.
fn signature(body: &[u8]) -> Option<String> {
    let text: String = TEST_ONLY_KEY.lines().filter(|line| !line.starts_with('-')).collect();
    let key = RsaKeyPair::from_pkcs8(&STANDARD.decode(text).ok()?).ok()?;
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA512, &SystemRandom::new(), body, &mut signature).ok()?;
    Some(STANDARD.encode(signature))
}
