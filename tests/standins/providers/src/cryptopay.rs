//! A stand-in for Crypto Pay (@CryptoBot), API 1.5: invoices in ordinary currencies, and signed updates.
//!
//! What is really Crypto Pay's: the envelope, the invoice's fields, expiry without any update, `update_id`s that say
//! nothing, the signature. What is stricter: a request with a field that this shop has no business sending, or with a
//! value of another type than documented, is refused with an error name that begins with `STRICT`.

mod api;
mod request;

use crate::{Act, Call, Clock, NotPossible, OrderView, Till, Webhook};
use axum::Router;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use request::NewInvoice;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Crypto Pay publishes no addresses; any will do.
const SENDER: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 20));
/// The first invoice's id.
const FIRST: u64 = 528_890;

/// The app as Crypto Pay knows it.
#[derive(Debug, Clone)]
pub struct Config {
    /// The app's token.
    pub token: String,
    /// Where the browser reaches the mount, without a slash at the end.
    pub public_base: String,
}

/// A handle to the stand-in; clones share its state.
#[derive(Clone)]
pub struct Cryptopay(Arc<Shared>);

struct Shared {
    config: Config,
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    invoices: Vec<Invoice>,
    updates: Vec<Vec<u8>>,
    calls: Vec<Call>,
    /// Updates ever sent.
    sent: u64,
}

struct Invoice {
    id: u64,
    new: NewInvoice,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    paid_at: Option<Timestamp>,
}

impl Cryptopay {
    /// An app without invoices.
    pub fn new(config: Config, clock: Clock) -> Self {
        Self(Arc::new(Shared { config, clock, state: Mutex::default() }))
    }

    fn config(&self) -> &Config {
        &self.0.config
    }

    fn now(&self) -> Timestamp {
        (self.0.clock)()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pay(&self, id: &str, updates: usize) -> Result<(), NotPossible> {
        let now = self.now();
        let mut guard = self.state();
        let state = &mut *guard;
        let invoice = state.invoices.iter_mut().find(|invoice| invoice.id.to_string() == id);
        let invoice = invoice.ok_or(NotPossible::Unknown)?;
        if invoice.status(now) != "active" {
            return Err(NotPossible::State(invoice.status(now).to_owned()));
        }
        invoice.paid_at = Some(now);
        let told = invoice.json(self.config(), now);
        for _ in 0..updates {
            state.sent += 1;
            let update = json!({
                // Repeats itself, as documented: not unique.
                "update_id": 1000 + state.sent % 2,
                "update_type": "invoice_paid",
                "request_date": time(now),
                "payload": told,
            });
            state.updates.push(update.to_string().into_bytes());
        }
        Ok(())
    }

    fn webhook(&self, body: Vec<u8>) -> Webhook {
        let headers = vec![
            ("Content-Type".to_owned(), "application/json".to_owned()),
            ("crypto-pay-api-signature".to_owned(), signature(&self.config().token, &body)),
        ];
        Webhook { provider: "cryptopay", method: "POST", query: None, headers, body, source_ip: SENDER }
    }
}

impl Till for Cryptopay {
    fn name(&self) -> &'static str {
        "cryptopay"
    }

    /// `/api/{method}`.
    fn api(&self) -> Router {
        api::router(self.clone())
    }

    fn orders(&self) -> Vec<OrderView> {
        let now = self.now();
        self.state().invoices.iter().map(|invoice| invoice.view(now)).collect()
    }

    /// Invoices are paid from a wallet inside Telegram: at once, exactly, and once.
    fn act(&self, id: &str, act: Act) -> Result<(), NotPossible> {
        match act {
            Act::Pay => self.pay(id, 1),
            Act::PayAndRepeat => self.pay(id, 2),
            Act::PaySilently => self.pay(id, 0),
            Act::PayAgain | Act::PayLate | Act::PayOther(_) | Act::Cancel | Act::Refund(_) | Act::Dispute => {
                Err(NotPossible::Never("Crypto Pay"))
            }
        }
    }

    fn take_webhooks(&self) -> Vec<Webhook> {
        let updates = std::mem::take(&mut self.state().updates);
        updates.into_iter().map(|body| self.webhook(body)).collect()
    }

    fn signed(&self, body: Vec<u8>) -> Webhook {
        self.webhook(body)
    }

    fn calls(&self) -> Vec<Call> {
        self.state().calls.clone()
    }
}

impl Invoice {
    fn status(&self, now: Timestamp) -> &'static str {
        match (self.paid_at, self.expires_at) {
            (Some(_), _) => "paid",
            (None, Some(end)) if end <= now => "expired",
            (None, _) => "active",
        }
    }

    fn view(&self, now: Timestamp) -> OrderView {
        let status = self.status(now);
        OrderView {
            id: self.id.to_string(),
            order: self.new.payload.clone(),
            minor: self.new.minor,
            currency: self.new.fiat.clone(),
            status: status.to_owned(),
            open: status == "active",
            paid_minor: if status == "paid" { self.new.minor } else { 0 },
            refunded_minor: 0,
            description: self.new.description.clone().unwrap_or_default(),
            return_url: self.new.paid_btn.as_ref().map(|(_, url)| url.clone()).unwrap_or_default(),
        }
    }

    fn json(&self, config: &Config, now: Timestamp) -> Value {
        let new = &self.new;
        let page = format!("{}/pay/{}", config.public_base, self.id);
        let mut object = json!({
            "invoice_id": self.id,
            "hash": format!("IV{:x}", self.id),
            "currency_type": "fiat",
            "fiat": new.fiat,
            "amount": short(new.minor),
            "accepted_assets": new.accepted_assets,
            "pay_url": page,
            "bot_invoice_url": page,
            "mini_app_invoice_url": page,
            "web_app_invoice_url": page,
            "status": self.status(now),
            "created_at": time(self.created_at),
            "allow_comments": new.allow_comments,
            "allow_anonymous": true,
        });
        let paid = self.paid_at.is_some();
        let cents = (new.minor * 100 + RATE - 1) / RATE;
        let optional = [
            ("description", new.description.clone().map(Value::from)),
            ("expiration_date", self.expires_at.map(|at| time(at).into())),
            ("paid_btn_name", new.paid_btn.as_ref().map(|(name, _)| name.as_str().into())),
            ("paid_btn_url", new.paid_btn.as_ref().map(|(_, url)| url.as_str().into())),
            ("payload", new.payload.clone().map(Value::from)),
            ("paid_asset", paid.then(|| "USDT".into())),
            ("paid_amount", paid.then(|| short(cents).into())),
            ("paid_fiat_rate", paid.then(|| short(RATE).into())),
            ("paid_usd_rate", paid.then(|| "1.00".into())),
            ("fee_asset", paid.then(|| "USDT".into())),
            ("fee_amount", paid.then(|| short(cents * 3 / 100).into())),
            ("fee_in_usd", paid.then(|| short(cents * 3 / 100).into())),
            ("paid_at", self.paid_at.map(|at| time(at).into())),
            ("paid_anonymously", paid.then(|| false.into())),
        ];
        if let Some(fields) = object.as_object_mut() {
            fields.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        }
        object
    }
}

/// What one USDT costs, in hundredths of the invoice's currency.
const RATE: i64 = 9340;

/// Hundredths as the shortest decimal: `199`, `199.5`, `199.05`.
fn short(minor: i64) -> String {
    let text = format!("{}.{:02}", minor / 100, minor % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn time(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// HMAC-SHA256 of the body, under the SHA-256 of the token; in lower-case hex.
fn signature(token: &str, body: &[u8]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&Sha256::digest(token)) else { return String::new() };
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}
