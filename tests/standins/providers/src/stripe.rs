//! A stand-in for Stripe, API version 2026-10-28.endive: Checkout Sessions, charges of saved methods, refunds, disputes,
//! and signed events.
//!
//! What is really Stripe's: shapes, statuses, expiry, idempotency by key (24 hours; a request that could not even begin is
//! not remembered), error types and codes, pretty-printed events, a fresh signature at every delivery. What is stricter:
//! an unknown parameter, another `Stripe-Version` or a POST without a key is refused; where Stripe's own text is not
//! known, it begins with `STRICT`.

mod api;
mod form;
mod ledger;
mod object;

use crate::{Act, Call, Clock, NotPossible, OrderView, Till, Webhook};
use axum::Router;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use ledger::Ledger;
use serde_json::{Map, Value};
use sha2::Sha256;
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// One of the addresses that Stripe sends from.
const SENDER: IpAddr = IpAddr::V4(Ipv4Addr::new(3, 18, 12, 63));

/// The account as Stripe knows it.
#[derive(Debug, Clone)]
pub struct Config {
    /// The secret key.
    pub secret_key: String,
    /// The webhook endpoint's signing secret, `whsec_…`.
    pub webhook_secret: String,
    /// Where the browser reaches the mount, without a slash at the end.
    pub public_base: String,
    /// Real money, as Stripe would say.
    pub livemode: bool,
}

/// A handle to the stand-in; clones share its state.
#[derive(Clone)]
pub struct Stripe(Arc<Shared>);

struct Shared {
    config: Config,
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    ledger: Ledger,
    remembered: HashMap<String, api::Remembered>,
    calls: Vec<Call>,
}

impl Stripe {
    /// An account without payments.
    pub fn new(config: Config, clock: Clock) -> Self {
        let ledger = Ledger {
            livemode: config.livemode,
            public_base: config.public_base.trim_end_matches('/').to_owned(),
            ..Ledger::default()
        };
        let state = Mutex::new(State { ledger, ..State::default() });
        Self(Arc::new(Shared { config, clock, state }))
    }

    /// From now on refunds stay pending until [`Self::settle_refund`], or no longer.
    pub fn slow_refunds(&self, slow: bool) {
        self.current().ledger.slow_refunds = slow;
    }

    /// The ids of all refunds, in order.
    pub fn refunds(&self) -> Vec<String> {
        self.current().ledger.refunds.iter().map(|refund| refund.id.clone()).collect()
    }

    /// A refund arrives, or fails (which happens even to one that had succeeded).
    pub fn settle_refund(&self, id: &str, arrives: bool) -> Result<(), NotPossible> {
        let now = self.now();
        self.current().ledger.settle_refund(id, arrives, now)
    }

    /// The bank decides all disputes of this payment intent for the shop.
    pub fn win_disputes(&self, intent: &str) {
        let mut state = self.current();
        let index = state.ledger.intent(intent);
        for dispute in state.ledger.disputes.iter_mut().filter(|dispute| Some(dispute.intent) == index) {
            dispute.status = "won";
        }
    }

    /// Charges of this saved method (`customer/method` or the method alone) fail with this code from now on;
    /// `authentication_required` if the bank wants to see the buyer.
    pub fn decline_method(&self, token: &str, code: Option<&str>) -> Result<(), NotPossible> {
        let id = token.rsplit('/').next().unwrap_or_default();
        let mut state = self.current();
        let method = state.ledger.methods.iter_mut().find(|method| method.id == id);
        method.ok_or(NotPossible::Unknown)?.declines = code.map(str::to_owned);
        Ok(())
    }

    /// The buyer takes a saved method back.
    pub fn revoke_method(&self, token: &str) -> Result<(), NotPossible> {
        let id = token.rsplit('/').next().unwrap_or_default();
        let mut state = self.current();
        let method = state.ledger.methods.iter_mut().find(|method| method.id == id);
        method.ok_or(NotPossible::Unknown)?.customer = None;
        Ok(())
    }

    fn config(&self) -> &Config {
        &self.0.config
    }

    fn now(&self) -> Timestamp {
        (self.0.clock)()
    }

    /// The state, after time has had its effect.
    fn current(&self) -> MutexGuard<'_, State> {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.ledger.pass(self.now());
        state
    }

    fn webhook(&self, body: Vec<u8>) -> Webhook {
        let stamp = self.now().as_second().to_string();
        let signature = signature(&self.config().webhook_secret, &stamp, &body);
        let headers = vec![
            ("Content-Type".to_owned(), "application/json; charset=utf-8".to_owned()),
            ("Stripe-Signature".to_owned(), format!("t={stamp},v1={signature},v0={}", "0".repeat(64))),
            ("User-Agent".to_owned(), "Stripe/1.0 (+https://stripe.com/docs/webhooks)".to_owned()),
        ];
        Webhook { provider: "stripe", method: "POST", query: None, headers, body, source_ip: SENDER }
    }
}

impl Till for Stripe {
    fn name(&self) -> &'static str {
        "stripe"
    }

    /// `/v1/…`.
    fn api(&self) -> Router {
        api::router(self.clone())
    }

    fn orders(&self) -> Vec<OrderView> {
        let ledger = &self.current().ledger;
        let sessions = ledger.sessions.iter().map(|session| ledger.session_view(session));
        let by_page = |index: &usize| ledger.sessions.iter().any(|session| session.intent == Some(*index));
        let charges = (0..ledger.intents.len()).filter(|index| !by_page(index));
        sessions.chain(charges.map(|index| ledger.charge_view(index))).collect()
    }

    /// One session is one charge, of exactly its amount.
    fn act(&self, id: &str, act: Act) -> Result<(), NotPossible> {
        let now = self.now();
        let ledger = &mut self.current().ledger;
        let session = ledger.session(id);
        let intent = session.map_or_else(|| ledger.intent(id), |session| ledger.sessions[session].intent);
        let told = ledger.events.len();
        match (act, session, intent) {
            (_, None, None) => Err(NotPossible::Unknown),
            (Act::PayAgain | Act::PayOther(_), ..) => Err(NotPossible::Never("Stripe")),
            (Act::Pay, Some(session), _) => ledger.pay(session, false, now),
            (Act::PayLate, Some(session), _) => ledger.pay(session, true, now),
            (Act::PayAndRepeat, Some(session), _) => {
                ledger.pay(session, false, now)?;
                let again = ledger.events[told..].to_vec();
                ledger.events.extend(again);
                Ok(())
            }
            (Act::PaySilently, Some(session), _) => {
                ledger.pay(session, false, now)?;
                ledger.events.truncate(told);
                Ok(())
            }
            (Act::Cancel, Some(session), _) => ledger.cancel(session, now),
            (Act::Refund(minor), _, Some(intent)) => ledger.refund(intent, minor, Map::new(), now).map(drop),
            (Act::Dispute, _, Some(intent)) => ledger.dispute(intent, now),
            _ => Err(NotPossible::State("in another state".to_owned())),
        }
    }

    fn take_webhooks(&self) -> Vec<Webhook> {
        let events = std::mem::take(&mut self.current().ledger.events);
        // Pretty, as Stripe prints it; never fails for a value.
        let body = |event: &Value| serde_json::to_vec_pretty(event).unwrap_or_default();
        events.iter().map(|event| self.webhook(body(event))).collect()
    }

    fn signed(&self, body: Vec<u8>) -> Webhook {
        self.webhook(body)
    }

    fn calls(&self) -> Vec<Call> {
        self.current().calls.clone()
    }
}

impl Ledger {
    fn session_view(&self, session: &ledger::Session) -> OrderView {
        let (paid_minor, refunded_minor) = session.intent.map_or((0, 0), |intent| self.moved(intent));
        OrderView {
            id: session.id.clone(),
            order: text(&session.metadata, "order_id"),
            minor: session.minor,
            currency: session.currency.to_ascii_uppercase(),
            status: match session.status {
                "complete" => session.payment_status.to_owned(),
                other => other.to_owned(),
            },
            open: session.status == "open",
            paid_minor,
            refunded_minor,
            description: session.description.clone(),
            return_url: session.success_url.clone(),
        }
    }

    fn charge_view(&self, index: usize) -> OrderView {
        let intent = &self.intents[index];
        let (paid_minor, refunded_minor) = self.moved(index);
        OrderView {
            id: intent.id.clone(),
            order: text(&intent.metadata, "order_id"),
            minor: intent.minor,
            currency: intent.currency.to_ascii_uppercase(),
            status: intent.status.to_owned(),
            open: false,
            paid_minor,
            refunded_minor,
            description: intent.description.clone(),
            return_url: String::new(),
        }
    }

    /// What came and what went back, in minor units.
    fn moved(&self, index: usize) -> (i64, i64) {
        let intent = &self.intents[index];
        intent.charge.as_ref().map_or((0, 0), |charge| (intent.minor, charge.refunded))
    }
}

fn text(metadata: &Map<String, Value>, key: &str) -> Option<String> {
    metadata.get(key).and_then(Value::as_str).map(str::to_owned)
}

/// HMAC-SHA256 over the stamp, a dot and the body, in hex; the key is the whole secret.
fn signature(secret: &str, stamp: &str, body: &[u8]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(stamp.as_bytes());
    mac.update(b".");
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}
