//! A stand-in for Tribute: its Shop API, its links to subscriptions and products, and its signed webhooks.
//!
//! What is really Tribute's: shapes, events, amounts in minor units, error codes, the signature, refunds of whole
//! transactions only. What is stricter: a request with a field that this shop has no business sending, or a header or
//! query it does not know, is refused with a text that begins with `STRICT`. Tribute knows its buyers by Telegram; here a
//! link is opened for somebody: `{public_base}/link/{item}?user=<telegram id>`.

mod api;
mod ledger;
mod order;
mod request;

pub use ledger::RefundFate;

use crate::{Act, Call, Clock, NotPossible, OrderView, Till, Webhook};
use axum::Router;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use ledger::Ledger;
use order::Kind;
use serde_json::Value;
use sha2::Sha256;
use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Tribute publishes no addresses; any will do.
const SENDER: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 30));

/// The account as Tribute knows it.
#[derive(Debug, Clone)]
pub struct Config {
    /// The API key, which also signs webhooks.
    pub api_key: String,
    /// Where the browser reaches the mount, without a slash at the end.
    pub public_base: String,
    /// The number of the account's shop; `None` = the Shop API is not switched on.
    pub shop_id: Option<u64>,
    /// What was made in the cabinet.
    pub items: Vec<Item>,
}

/// A subscription or a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// `subscription/1644` or `product/456`.
    pub item: String,
    /// What the buyer reads.
    pub name: String,
    /// The price in minor units.
    pub minor: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// How long a period of a subscription is.
    pub days: i64,
}

/// A handle to the stand-in; clones share its state.
#[derive(Clone)]
pub struct Tribute(Arc<Shared>);

struct Shared {
    config: Config,
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    ledger: Ledger,
    calls: Vec<Call>,
}

impl Tribute {
    /// An account without sales.
    pub fn new(config: Config, clock: Clock) -> Self {
        Self(Arc::new(Shared { config, clock, state: Mutex::default() }))
    }

    /// The API, the links and the pages together, as under the mount.
    pub fn router(&self) -> Router {
        Till::api(self).merge(crate::pages(Arc::new(self.clone())))
    }

    /// Somebody opens the link of an item; the id of the page that shows.
    pub fn visit(&self, user: i64, item: &str) -> Result<String, NotPossible> {
        let item = self.item(item)?.clone();
        self.act_now(|ledger, now| Ok(ledger.visit(item, user, now)))
    }

    /// Somebody subscribes, or buys a product; the page's id.
    pub fn subscribe(&self, user: i64, item: &str) -> Result<String, NotPossible> {
        self.start(user, item, Kind::Regular)
    }

    /// Somebody is given a subscription.
    pub fn gift(&self, user: i64, item: &str) -> Result<String, NotPossible> {
        self.start(user, item, Kind::Gift)
    }

    /// Somebody tries a subscription without paying.
    pub fn trial(&self, user: i64, item: &str) -> Result<String, NotPossible> {
        self.start(user, item, Kind::Trial)
    }

    fn start(&self, user: i64, item: &str, kind: Kind) -> Result<String, NotPossible> {
        let id = self.visit(user, item)?;
        self.act_now(|ledger, now| ledger.sell(&id, kind, now))?;
        Ok(id)
    }

    /// Tribute takes the next period's money.
    pub fn renew(&self, user: i64, item: &str) -> Result<(), NotPossible> {
        self.act_now(|ledger, now| {
            let id = ledger.latest(user, item)?;
            ledger.again(&id, now)
        })
    }

    /// Somebody stops a subscription; it lasts until the end of its period.
    pub fn cancel_subscription(&self, user: i64, item: &str) -> Result<(), NotPossible> {
        self.act_now(|ledger, now| {
            let id = ledger.latest(user, item)?;
            ledger.cancel(&id, now)
        })
    }

    /// The money for a product goes back to somebody.
    pub fn refund(&self, user: i64, item: &str) -> Result<(), NotPossible> {
        self.act_now(|ledger, now| {
            let id = ledger.latest(user, item)?;
            ledger.refund(&id, None, now)
        })
    }

    /// What becomes of the next refund that the shop orders.
    pub fn next_refund(&self, fate: RefundFate) {
        self.current().ledger.next_refund = fate;
    }

    /// A refund that waits is carried out.
    pub fn finish_refund(&self, id: &str) -> Result<(), NotPossible> {
        self.act_now(|ledger, now| ledger.finish_refund(id, now))
    }

    /// Tribute notifies of whatever, properly signed: a donation, the cabinet's test.
    pub fn notify(&self, name: &str, payload: &Value) {
        let now = self.now();
        self.current().ledger.notify(name, payload, now);
    }

    /// Every order and visit, in order.
    pub fn orders(&self) -> Vec<OrderView> {
        self.current().ledger.orders().map(order::Order::view).collect()
    }

    /// The notifications since the last call, in order.
    pub fn take_webhooks(&self) -> Vec<Webhook> {
        let bodies = self.current().ledger.take_notices();
        bodies.into_iter().map(|body| self.webhook(body)).collect()
    }

    fn webhook(&self, body: Vec<u8>) -> Webhook {
        let headers = vec![
            ("Content-Type".to_owned(), "application/json".to_owned()),
            ("trbt-signature".to_owned(), self.signature(&body)),
        ];
        Webhook { provider: "tribute", method: "POST", query: None, headers, body, source_ip: SENDER }
    }

    /// Every call that the shop made, in order, refused ones too.
    pub fn calls(&self) -> Vec<Call> {
        self.current().calls.clone()
    }

    fn signature(&self, body: &[u8]) -> String {
        // A key of any length is taken.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.0.config.api_key.as_bytes()) else {
            return String::new();
        };
        mac.update(body);
        hex::encode(mac.finalize().into_bytes())
    }

    fn item(&self, item: &str) -> Result<&Item, NotPossible> {
        self.0.config.items.iter().find(|known| known.item == item).ok_or(NotPossible::Unknown)
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

    fn act_now<T>(
        &self,
        action: impl FnOnce(&mut Ledger, Timestamp) -> Result<T, NotPossible>,
    ) -> Result<T, NotPossible> {
        let now = self.now();
        action(&mut self.current().ledger, now)
    }
}

impl Till for Tribute {
    fn name(&self) -> &'static str {
        "tribute"
    }

    fn api(&self) -> Router {
        api::router(self.clone())
    }

    fn is_api(&self, path: &str) -> bool {
        path.starts_with("/api/")
    }

    fn orders(&self) -> Vec<OrderView> {
        Self::orders(self)
    }

    fn act(&self, id: &str, act: Act) -> Result<(), NotPossible> {
        self.act_now(|ledger, now| match act {
            Act::Pay => ledger.sell(id, Kind::Regular, now),
            Act::PayAndRepeat => {
                ledger.sell(id, Kind::Regular, now)?;
                ledger.repeat_last_notice(now);
                Ok(())
            }
            Act::PayAgain => ledger.again(id, now),
            Act::PayLate => ledger.pay_late(id),
            Act::PaySilently => ledger.sell_silently(id, now),
            Act::Cancel => ledger.cancel(id, now),
            Act::Refund(minor) => ledger.refund(id, Some(minor), now),
            Act::Dispute => ledger.charge_back(id, now),
            Act::PayOther(_) => Err(NotPossible::Never("Tribute")),
        })
    }

    fn take_webhooks(&self) -> Vec<Webhook> {
        Self::take_webhooks(self)
    }

    fn signed(&self, body: Vec<u8>) -> Webhook {
        self.webhook(body)
    }

    fn calls(&self) -> Vec<Call> {
        Self::calls(self)
    }
}
