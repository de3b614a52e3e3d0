//! A stand-in for YooKassa: API v3 as of 2026-07-01, and its payment page.
//!
//! What is really YooKassa's: shapes, statuses, idempotence by key (24 hours), error codes, the texts of the errors a shop
//! meets most, the hour after which an unconfirmed payment is canceled. What is stricter: a request with a field that
//! this shop has no business sending is refused with a text that begins with `STRICT`.

mod api;
mod ledger;
mod page;
mod request;

pub use ledger::{NotPossible, PaymentView};

use crate::{Call, Clock, Webhook};
use axum::Router;
use jiff::Timestamp;
use ledger::Ledger;
use serde_json::Value;
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// One of the addresses that YooKassa sends notifications from.
const SENDER: IpAddr = IpAddr::V4(Ipv4Addr::new(185, 71, 76, 5));

/// The shop as YooKassa knows it.
#[derive(Debug, Clone)]
pub struct Config {
    /// The shop's number: the user name of the API.
    pub shop_id: String,
    /// The secret key: the password of the API.
    pub secret_key: String,
    /// Where the browser reaches [`Yookassa::pages`], without a slash at the end.
    pub public_base: String,
    /// A test shop.
    pub test: bool,
    /// The shop is bound to send receipts: a payment without one is refused.
    pub receipts: bool,
}

/// A handle to the stand-in; clones share its state.
#[derive(Clone)]
pub struct Yookassa(Arc<Shared>);

struct Shared {
    config: Config,
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    ledger: Ledger,
    remembered: HashMap<String, Remembered>,
    calls: Vec<Call>,
}

/// What was answered to an idempotence key.
struct Remembered {
    at: Timestamp,
    request: (String, Value),
    answer: (u16, Value),
}

impl Yookassa {
    /// A shop without payments.
    pub fn new(config: Config, clock: Clock) -> Self {
        Self(Arc::new(Shared { config, clock, state: Mutex::default() }))
    }

    /// [`Self::api`] and [`Self::pages`] together.
    pub fn router(&self) -> Router {
        self.api().merge(self.pages())
    }

    /// `/v3/payments`, `/v3/payments/{id}`, `/v3/refunds`, `/v3/refunds/{id}`, `/v3/me`.
    pub fn api(&self) -> Router {
        api::router(self.clone())
    }

    /// `/yookassa/pay/{id}` and its actions, for the buyer's browser.
    pub fn pages(&self) -> Router {
        page::router(self.clone())
    }

    /// The buyer pays the whole amount.
    pub fn pay(&self, id: &str) -> Result<(), NotPossible> {
        self.act(|ledger, now| ledger.pay(id, None, now))
    }

    /// The buyer pays, and YooKassa notifies twice.
    pub fn pay_twice(&self, id: &str) -> Result<(), NotPossible> {
        self.act(|ledger, now| {
            ledger.pay(id, None, now)?;
            ledger.repeat_last_notice();
            Ok(())
        })
    }

    /// The buyer confirms now, but the bank takes 65 minutes: longer than the shop waits.
    pub fn pay_later(&self, id: &str) -> Result<(), NotPossible> {
        self.act(|ledger, _| ledger.pay_later(id))
    }

    /// The payment succeeds with another amount than ordered, in minor units.
    pub fn pay_wrong_amount(&self, id: &str, minor: i64) -> Result<(), NotPossible> {
        self.act(|ledger, now| ledger.pay(id, Some(minor), now))
    }

    /// The buyer's bank declines.
    pub fn cancel(&self, id: &str) -> Result<(), NotPossible> {
        self.act(|ledger, _| ledger.cancel(id, ("payment_network", "general_decline")))
    }

    /// An operator sends `minor` units back, in YooKassa's cabinet.
    pub fn refund(&self, id: &str, minor: i64) -> Result<(), NotPossible> {
        self.act(|ledger, now| ledger.refund(id, minor, now).map(drop))
    }

    /// Lets time have its effect: payments nobody confirmed within an hour are canceled, slow ones arrive. Every other
    /// way into the stand-in does so too.
    pub fn tick(&self) {
        drop(self.current());
    }

    /// The notifications since the last call, in order.
    pub fn take_webhooks(&self) -> Vec<Webhook> {
        let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
        let bodies = self.current().ledger.take_notices();
        let webhook =
            |body| Webhook { provider: "yookassa", headers: headers.clone(), body, source_ip: SENDER };
        bodies.into_iter().map(webhook).collect()
    }

    /// Every payment ever created, in order.
    pub fn payments(&self) -> Vec<PaymentView> {
        self.current().ledger.payments().map(|payment| payment.view(&self.0.config)).collect()
    }

    /// The last payment that carries our payment's id in its metadata.
    pub fn payment_of(&self, our_payment_id: &str) -> Option<PaymentView> {
        self.payments().into_iter().rfind(|payment| payment.payment_id.as_deref() == Some(our_payment_id))
    }

    /// Every call that the shop made, in order, refused ones too.
    pub fn calls(&self) -> Vec<Call> {
        self.current().calls.clone()
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
        state.ledger.tick(&self.0.config, self.now());
        state
    }

    fn act(
        &self,
        action: impl FnOnce(&mut Ledger, Timestamp) -> Result<(), NotPossible>,
    ) -> Result<(), NotPossible> {
        let now = self.now();
        let mut state = self.current();
        let outcome = action(&mut state.ledger, now);
        state.ledger.write_notices(&self.0.config);
        outcome
    }
}
