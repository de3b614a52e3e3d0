//! A stand-in for YooKassa: API v3 as of 2026-07-01.
//!
//! What is really YooKassa's: shapes, statuses, idempotence by key (24 hours), error codes, the texts of the errors a shop
//! meets most, the hour after which an unconfirmed payment is canceled, saved methods. What is stricter: a request with a field that
//! this shop has no business sending is refused with a text that begins with `STRICT`.

mod api;
mod ledger;
mod method;
mod object;
mod request;

pub use crate::NotPossible;
pub use ledger::RefundFate;
pub use object::PaymentView;

use crate::{Act, Call, Clock, OrderView, Till, Webhook};
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
    /// Where the browser reaches the mount, without a slash at the end.
    pub public_base: String,
    /// A test shop.
    pub test: bool,
    /// The shop is bound to send receipts: a payment without one is refused.
    pub receipts: bool,
    /// The manager allowed saved methods; without that a payment that asks for one is refused.
    pub autopayments: bool,
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

    /// The API and the pages together, as under the mount.
    pub fn router(&self) -> Router {
        self.api().merge(crate::pages(Arc::new(self.clone())))
    }

    /// `/v3/payments`, `/v3/refunds`, `/v3/payment_methods`, each with `/{id}`, and `/v3/me`.
    pub fn api(&self) -> Router {
        api::router(self.clone())
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
        self.act(|ledger, _| ledger.cancel(id, ("payment_network", "general_decline".to_owned())))
    }

    /// An operator sends `minor` units back, in YooKassa's cabinet.
    pub fn refund(&self, id: &str, minor: i64) -> Result<(), NotPossible> {
        self.act(|ledger, now| ledger.refund(id, minor, now))
    }

    /// What becomes of the next refund that the shop orders.
    pub fn next_refund(&self, fate: RefundFate) {
        self.current().ledger.next_refund(fate);
    }

    /// A refund that waits comes to its end.
    pub fn settle_refund(&self, id: &str, fate: RefundFate) -> Result<(), NotPossible> {
        self.act(|ledger, _| ledger.settle_refund(id, fate))
    }

    /// The ids of the methods that were saved.
    pub fn methods(&self) -> Vec<String> {
        let state = self.current();
        state.ledger.methods().filter(|method| method.was_saved()).map(|method| method.id.clone()).collect()
    }

    /// From now on charges of this method are declined, for this reason (`insufficient_funds`).
    pub fn decline_method(&self, id: &str, reason: &str) -> Result<(), NotPossible> {
        self.act(|ledger, _| {
            ledger.method_mut(id)?.declines = Some(reason.to_owned());
            Ok(())
        })
    }

    /// The buyer forbids further charges of this method, at the bank.
    pub fn revoke_method(&self, id: &str) -> Result<(), NotPossible> {
        self.decline_method(id, "permission_revoked")
    }

    /// From now on charges of this method wait, for 65 minutes or until [`Self::pay`].
    pub fn slow_method(&self, id: &str) -> Result<(), NotPossible> {
        self.act(|ledger, _| {
            ledger.method_mut(id)?.slow = true;
            Ok(())
        })
    }

    /// Lets time have its effect: payments nobody confirmed within an hour are canceled, slow ones arrive. Every other
    /// way into the stand-in does so too.
    pub fn tick(&self) {
        drop(self.current());
    }

    /// The notifications since the last call, in order.
    pub fn take_webhooks(&self) -> Vec<Webhook> {
        let bodies = self.current().ledger.take_notices();
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

    fn is_binding(&self, id: &str) -> bool {
        self.current().ledger.method(id).is_some_and(|method| method.order().is_some())
    }

    fn act_on_binding(&self, id: &str, act: Act) -> Result<(), NotPossible> {
        self.act(|ledger, _| match act {
            Act::Pay => ledger.confirm(id),
            Act::PayAndRepeat => {
                ledger.confirm(id)?;
                ledger.repeat_last_notice();
                Ok(())
            }
            Act::PaySilently => {
                ledger.confirm(id)?;
                ledger.drop_notices();
                Ok(())
            }
            Act::Cancel => ledger.method_mut(id)?.decide("inactive"),
            Act::PayAgain | Act::PayLate | Act::PayOther(_) | Act::Refund(_) | Act::Dispute => {
                Err(NotPossible::Never("a method that is saved without paying"))
            }
        })
    }
}

impl Till for Yookassa {
    fn name(&self) -> &'static str {
        "yookassa"
    }

    fn api(&self) -> Router {
        Self::api(self)
    }

    fn orders(&self) -> Vec<OrderView> {
        let state = self.current();
        let payments = state.ledger.payments().map(|payment| payment.order(&self.0.config));
        payments.chain(state.ledger.methods().filter_map(method::Method::order)).collect()
    }

    fn act(&self, id: &str, act: Act) -> Result<(), NotPossible> {
        if self.is_binding(id) {
            return self.act_on_binding(id, act);
        }
        match act {
            Act::Pay => self.pay(id),
            Act::PayAndRepeat => self.pay_twice(id),
            Act::PayLate => self.pay_later(id),
            Act::PayOther(minor) => self.pay_wrong_amount(id, minor),
            Act::PaySilently => self.act(|ledger, now| {
                ledger.pay(id, None, now)?;
                ledger.drop_notices();
                Ok(())
            }),
            Act::Cancel => self.cancel(id),
            Act::Refund(minor) => self.refund(id, minor),
            Act::PayAgain | Act::Dispute => Err(NotPossible::Never("YooKassa")),
        }
    }

    fn take_webhooks(&self) -> Vec<Webhook> {
        Self::take_webhooks(self)
    }

    /// `YooKassa` signs nothing: it counts where a notification comes from.
    fn signed(&self, body: Vec<u8>) -> Webhook {
        webhook(body)
    }

    fn calls(&self) -> Vec<Call> {
        Self::calls(self)
    }
}

fn webhook(body: Vec<u8>) -> Webhook {
    let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
    Webhook { provider: "yookassa", method: "POST", query: None, headers, body, source_ip: SENDER }
}
