//! A stand-in for PayPal: Orders v2, Payments v2, and signed webhooks.
//!
//! What is really PayPal's: shapes, statuses, tokens, idempotency by request id (6 hours), error names and issues, the
//! signature and where its certificate is read. What is stricter: an unknown field, or a POST without a request id, is
//! refused; where PayPal's own text is not known, it begins with `STRICT`.
//!
//! The certificate is the stand-in's own: whoever shall believe its webhooks must trust [`CERTIFICATE_PEM`] and read
//! certificates from the mount (`{mount}/v1/notifications/certs/…`).

mod api;
mod ledger;
mod object;
mod request;

use crate::{Act, Call, Clock, NotPossible, OrderView, Till, Webhook};
use axum::Router;
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use ledger::{Buyer, Ledger, Order};
use request::NewRefund;
use ring::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use serde_json::Value;
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// One of the addresses that PayPal sends from.
const SENDER: IpAddr = IpAddr::V4(Ipv4Addr::new(173, 0, 81, 1));
/// The certificate of the key that signs webhooks, valid 2026 to 2056. Self-signed: to be trusted by name.
pub const CERTIFICATE_PEM: &str = include_str!("paypal/message-certificate.pem");
/// Made for this stand-in: it opens nothing.
const KEY: &[u8] = include_bytes!("paypal/message-key.pk8");
const CERTIFICATE_NAME: &str = "CERT-360caa42-fca2a594-standin";

/// The app as PayPal knows it.
#[derive(Debug, Clone)]
pub struct Config {
    /// The app's public name.
    pub client_id: String,
    /// The app's secret.
    pub client_secret: String,
    /// The id of the shop's webhook.
    pub webhook_id: String,
    /// Where the browser reaches the mount, without a slash at the end.
    pub public_base: String,
}

/// A handle to the stand-in; clones share its state.
#[derive(Clone)]
pub struct Paypal(Arc<Shared>);

struct Shared {
    config: Config,
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    ledger: Ledger,
    /// Tokens, and until when (Unix seconds) they are good.
    tokens: Vec<(String, i64)>,
    tokens_made: usize,
    remembered: HashMap<String, api::Remembered>,
    calls: Vec<Call>,
    /// Deliveries ever made.
    sent: usize,
}

impl Paypal {
    /// An app without orders.
    pub fn new(config: Config, clock: Clock) -> Self {
        let public_base = config.public_base.trim_end_matches('/').to_owned();
        let ledger = Ledger { public_base, ..Ledger::default() };
        let state = Mutex::new(State { ledger, ..State::default() });
        Self(Arc::new(Shared { config, clock, state }))
    }

    /// Every token given so far is good no more.
    pub fn expire_tokens(&self) {
        self.current().tokens.clear();
    }

    /// The buyer approves with a card that will say no when the money is taken; another one may be chosen then.
    pub fn approve_with_bad_card(&self, id: &str) -> Result<(), NotPossible> {
        let now = self.now();
        let ledger = &mut self.current().ledger;
        let index = ledger.order(id).ok_or(NotPossible::Unknown)?;
        ledger.approve(index, Buyer::MustChooseAgain, now)
    }

    /// From now on refunds stay pending until [`Self::settle_refund`], or no longer.
    pub fn slow_refunds(&self, slow: bool) {
        self.current().ledger.slow_refunds = slow;
    }

    /// The ids of all refunds, in order.
    pub fn refunds(&self) -> Vec<String> {
        self.current().ledger.refunds.iter().map(|refund| refund.id.clone()).collect()
    }

    /// A pending refund arrives, or fails.
    pub fn settle_refund(&self, id: &str, arrives: bool) -> Result<(), NotPossible> {
        let now = self.now();
        self.current().ledger.settle_refund(id, arrives, now)
    }

    /// The payer's bank takes all that is left back (`PAYMENT.CAPTURE.REVERSED`).
    pub fn reverse(&self, id: &str) -> Result<(), NotPossible> {
        let now = self.now();
        let ledger = &mut self.current().ledger;
        let index = ledger.order(id).ok_or(NotPossible::Unknown)?;
        let new = NewRefund { amount: None, custom_id: None, note_to_payer: None };
        let reversed = ledger.refund(index, new, "PAYMENT.CAPTURE.REVERSED", now);
        reversed.map(drop).map_err(|_| NotPossible::Amount)
    }

    /// A dispute that names the money only, not the order.
    pub fn dispute_unnamed(&self, id: &str) -> Result<(), NotPossible> {
        let now = self.now();
        let ledger = &mut self.current().ledger;
        let index = ledger.order(id).ok_or(NotPossible::Unknown)?;
        ledger.dispute(index, false, now)
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

    fn webhook(&self, number: usize, body: Vec<u8>) -> Webhook {
        let id = format!("69cd13f0-d67a-11e5-baa3-{number:012x}");
        let time = object::time(self.now());
        let message = format!("{id}|{time}|{}|{}", self.config().webhook_id, crc32fast::hash(&body));
        let headers = [
            ("Content-Type", "application/json".to_owned()),
            ("PAYPAL-AUTH-ALGO", "SHA256withRSA".to_owned()),
            ("PAYPAL-AUTH-VERSION", "v2".to_owned()),
            (
                "PAYPAL-CERT-URL",
                format!("https://api.sandbox.paypal.com/v1/notifications/certs/{CERTIFICATE_NAME}"),
            ),
            ("PAYPAL-TRANSMISSION-ID", id),
            ("PAYPAL-TRANSMISSION-SIG", signature(message.as_bytes())),
            ("PAYPAL-TRANSMISSION-TIME", time),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value)).to_vec();
        Webhook { provider: "paypal", method: "POST", query: None, headers, body, source_ip: SENDER }
    }
}

impl Till for Paypal {
    fn name(&self) -> &'static str {
        "paypal"
    }

    /// `/v1/oauth2/token`, `/v1/notifications/certs/{name}`, `/v2/…`.
    fn api(&self) -> Router {
        api::router(self.clone())
    }

    fn orders(&self) -> Vec<OrderView> {
        let ledger = &self.current().ledger;
        ledger.orders.iter().enumerate().map(|(index, order)| ledger.view(index, order)).collect()
    }

    /// The buyer only approves: money moves when the shop takes it, and all of it, once.
    fn act(&self, id: &str, act: Act) -> Result<(), NotPossible> {
        let now = self.now();
        let ledger = &mut self.current().ledger;
        let index = ledger.order(id).ok_or(NotPossible::Unknown)?;
        match act {
            Act::Pay => ledger.approve(index, Buyer::Pays, now),
            Act::PayAndRepeat => ledger.approve(index, Buyer::PaysTwiceTold, now),
            Act::PaySilently => ledger.approve(index, Buyer::PaysUntold, now),
            Act::PayLate => ledger.approve(index, Buyer::PaysLate, now),
            Act::PayAgain | Act::PayOther(_) => Err(NotPossible::Never("PayPal")),
            Act::Cancel if ledger.orders[index].capture.is_some() => ledger.deny(index, now),
            Act::Cancel => ledger.approve(index, Buyer::IsDeclined, now),
            Act::Refund(minor) if minor < 1 || minor > ledger.left(index) => Err(NotPossible::Amount),
            Act::Refund(minor) => {
                let amount = ledger.orders[index].amount(minor);
                let new = NewRefund { amount, custom_id: None, note_to_payer: None };
                let done = ledger.refund(index, new, "PAYMENT.CAPTURE.REFUNDED", now);
                done.map(drop).map_err(|_| NotPossible::State("not captured".to_owned()))
            }
            Act::Dispute => ledger.dispute(index, true, now),
        }
    }

    fn take_webhooks(&self) -> Vec<Webhook> {
        let (events, first) = {
            let mut state = self.current();
            let events = std::mem::take(&mut state.ledger.events);
            let first = state.sent;
            state.sent += events.len();
            (events, first)
        };
        let webhook =
            |(index, event): (usize, &Value)| self.webhook(first + index, event.to_string().into_bytes());
        events.iter().enumerate().map(webhook).collect()
    }

    fn signed(&self, body: Vec<u8>) -> Webhook {
        self.webhook(0, body)
    }

    fn calls(&self) -> Vec<Call> {
        self.current().calls.clone()
    }
}

impl Ledger {
    fn view(&self, index: usize, order: &Order) -> OrderView {
        let arrived = |status: &str| !matches!(status, "PENDING" | "DECLINED");
        let paid = order.capture.as_ref().is_some_and(|capture| arrived(capture.status));
        let status = order.capture.as_ref().map_or(order.status, |capture| capture.status);
        OrderView {
            id: order.id.clone(),
            order: Some(order.unit.custom_id.clone()),
            minor: order.minor,
            currency: order.unit.amount.currency_code.clone(),
            status: if order.gone { "EXPIRED" } else { status }.to_owned(),
            open: !order.gone && order.status == "PAYER_ACTION_REQUIRED",
            paid_minor: if paid { order.minor } else { 0 },
            refunded_minor: self.back(index),
            description: order.unit.description.clone(),
            return_url: order.return_url.clone(),
        }
    }
}

impl Order {
    fn amount(&self, minor: i64) -> Option<request::Amount> {
        serde_json::from_value(object::money(minor, &self.unit.amount.currency_code)).ok()
    }
}

/// RSA PKCS#1 v1.5 with SHA-256, in base64.
fn signature(message: &[u8]) -> String {
    let Ok(key) = RsaKeyPair::from_pkcs8(KEY) else { return String::new() };
    let mut signature = vec![0; key.public().modulus_len()];
    match key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature) {
        Ok(()) => STANDARD.encode(signature),
        Err(_) => String::new(),
    }
}
