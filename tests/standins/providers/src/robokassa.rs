//! A stand-in for Robokassa: the payment link, ResultURL, `OpStateExt`, refunds, charges of saved cards.
//!
//! What is really Robokassa's: names, hashes, encodings, the XML, six decimals and capital hex in ResultURL, silence
//! about everything but success, tests that the XML service does not know. What is stricter: an unknown parameter or a
//! value of another shape is refused with a text that begins with `STRICT`.

mod api;
mod ledger;
mod request;
mod sign;

use crate::{Act, Call, Clock, NotPossible, OrderView, Till, Webhook};
use axum::Router;
use jiff::Timestamp;
use ledger::Ledger;
use std::{
    borrow::Cow,
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// One of the addresses that Robokassa sends from.
const SENDER: IpAddr = IpAddr::V4(Ipv4Addr::new(185, 59, 216, 65));

/// The shop as Robokassa knows it.
#[derive(Debug, Clone)]
pub struct Config {
    /// The shop's id.
    pub merchant_login: String,
    /// Password 1: signs links.
    pub password_1: String,
    /// Password 2: signs ResultURL and questions.
    pub password_2: String,
    /// Password 1 for tests.
    pub test_password_1: String,
    /// Password 2 for tests.
    pub test_password_2: String,
    /// Password 3: signs refunds; `None` if they are not switched on.
    pub password_3: Option<String>,
    /// `md5`, `ripemd160`, `sha1`, `sha256`, `sha384` or `sha512`.
    pub hash: String,
    /// The shop is bound to send receipts: a link without one is refused.
    pub receipts: bool,
    /// Saved cards may be charged again.
    pub recurring: bool,
    /// ResultURL is called with GET, not with POST.
    pub result_by_get: bool,
    /// Where the browser reaches the mount, without a slash at the end.
    pub public_base: String,
}

/// A handle to the stand-in; clones share its state.
#[derive(Clone)]
pub struct Robokassa(Arc<Shared>);

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

impl Robokassa {
    /// A shop without payments.
    pub fn new(config: Config, clock: Clock) -> Self {
        Self(Arc::new(Shared { config, clock, state: Mutex::default() }))
    }

    /// A ResultURL call with these fields (not the signature), signed as Robokassa signs; for fields that Robokassa
    /// would not send by itself. Signed with the passwords for tests if `test`.
    pub fn signed(&self, fields: &[(&str, &str)], test: bool) -> Webhook {
        let config = self.config();
        let get =
            |wanted: &str| fields.iter().find(|(name, _)| *name == wanted).map_or("", |(_, value)| value);
        let shp: Vec<(&str, &str)> =
            fields.iter().copied().filter(|(name, _)| name.starts_with("Shp_")).collect();
        let password = if test { &config.test_password_2 } else { &config.password_2 };
        let parts = [get("OutSum"), get("InvId"), password];
        let signature = sign::hash(&config.hash, &sign::with_shp(&parts, &shp)).to_uppercase();
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields).append_pair("SignatureValue", &signature);
        let encoded = form.finish();
        let headers =
            vec![("Content-Type".to_owned(), "application/x-www-form-urlencoded; charset=utf-8".to_owned())];
        let webhook = Webhook {
            provider: "robokassa",
            method: "POST",
            query: None,
            headers,
            body: Vec::new(),
            source_ip: SENDER,
        };
        if config.result_by_get {
            Webhook { method: "GET", query: Some(encoded), headers: Vec::new(), ..webhook }
        } else {
            Webhook { body: encoded.into_bytes(), ..webhook }
        }
    }

    /// The next charges of saved cards are declined, or no longer.
    pub fn decline_charges(&self, declined: bool) {
        self.state().ledger.declines = declined;
    }

    /// The refunds under way will not happen.
    pub fn cancel_refunds(&self) {
        self.state().ledger.cancel_refunds();
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

impl Till for Robokassa {
    fn name(&self) -> &'static str {
        "robokassa"
    }

    /// `/Merchant/Index.aspx` (for the browser), `/Merchant/Recurring`, `/Merchant/WebService/Service.asmx/OpStateExt`,
    /// `/RefundService/Refund/Create`, `/RefundService/Refund/GetState`.
    fn api(&self) -> Router {
        api::router(self.clone())
    }

    fn is_api(&self, path: &str) -> bool {
        !path.starts_with("/pay/") && path != "/Merchant/Index.aspx"
    }

    fn orders(&self) -> Vec<OrderView> {
        self.state().ledger.orders()
    }

    fn act(&self, id: &str, act: Act) -> Result<(), NotPossible> {
        let now = self.now();
        let mut state = self.state();
        let ledger = &mut state.ledger;
        match act {
            Act::Pay => ledger.pay(id, 1, now),
            Act::PayAndRepeat => ledger.pay(id, 2, now),
            Act::PaySilently => ledger.pay(id, 0, now),
            Act::PayLate => ledger.pay_late(id, now),
            Act::Cancel => ledger.cancel(id),
            Act::Refund(minor) => ledger.refund(id, minor, now),
            // The sum is signed, and a number is paid once.
            Act::PayAgain | Act::PayOther(_) | Act::Dispute => Err(NotPossible::Never("Robokassa")),
        }
    }

    fn take_webhooks(&self) -> Vec<Webhook> {
        let notices = self.state().ledger.take_notices();
        let signed = |(fields, test): (Vec<(String, String)>, bool)| {
            let fields: Vec<(&str, &str)> =
                fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            self.signed(&fields, test)
        };
        notices.into_iter().map(signed).collect()
    }

    fn signed(&self, body: Vec<u8>) -> Webhook {
        let fields: Vec<(Cow<'_, str>, Cow<'_, str>)> = url::form_urlencoded::parse(&body).collect();
        let fields = fields.iter().map(|(name, value)| (&**name, &**value));
        let fields: Vec<(&str, &str)> = fields.filter(|(name, _)| *name != "SignatureValue").collect();
        Self::signed(self, &fields, false)
    }

    /// The browser's visits of the link are among them.
    fn calls(&self) -> Vec<Call> {
        self.state().calls.clone()
    }
}
