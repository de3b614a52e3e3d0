//! WATA: cards, SBP, T-Pay and SberPay in rubles, dollars and euros, by a one-time payment link.
//!
//! `POST /links` opens a link; everybody who pays on it makes a *transaction*, and a link may see several of them fail
//! before one is paid. WATA asks us before it takes money (a webhook with `Created`, to be answered at once) and tells
//! us afterwards (`Paid`, `Declined`); a refund is a transaction of its own and says `Paid` too. Webhooks are signed:
//! RSA PKCS#1 v1.5 over SHA-512 of the raw body, with the key of `GET /public-key`.
//!
//! Ids. An open payment is `{link}/{our order id}`, because WATA finds transactions by our order id; a paid one is its
//! transaction's id. [`Gateway::fetch`] takes both.
//!
//! WATA knows no idempotency key, for nothing.
//! - A link whose answer was lost is looked for by our order id (`GET /links/?orderId=`). If it is not found (yet), the
//!   outcome stays unknown, and the repeated order may open a second link. Nobody is shown the first one, and money on
//!   either names our order.
//! - Before a refund the order's transactions are listed: a refund of the same charge with the same sum, unless it was
//!   declined, is taken for this one. So a lost answer never sends money twice; but two refunds of one charge with
//!   equal sums are one to us: the second reports the first one's id. A refund that WATA lists only after the repeated
//!   order has been sent would still be doubled.
//!
//! A refund that WATA still works on is [`Status::Pending`] with the *refund's* id as `external_id`.
//!
//! Facts: api.wata.pro/en (links, transactions, webhooks), read 2026-11.
//!
//! [`Status::Pending`]: domain::credit::Status::Pending

mod api;
mod config;
mod key;
mod wire;

pub use config::Config;

use crate::{
    Abilities, Asking, AuthError, BoxFuture, Claim, ConfigError, Fetched, Gateway, GatewayError, Limits,
    ObjectRef, Order, RawWebhook, RefundOrder, Refunds, Verified, sign::rsa_sha512_is_valid,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{Currency, Money, Provider, checkout::Opened};
use jiff::SignedDuration;
use key::Keys;
use reqwest::Client;
use std::{
    borrow::Cow,
    net::{IpAddr, Ipv4Addr},
};

/// Where webhooks come from, as WATA's documentation lists them.
pub const SENDERS: [IpAddr; 2] =
    [IpAddr::V4(Ipv4Addr::new(62, 84, 126, 140)), IpAddr::V4(Ipv4Addr::new(51, 250, 106, 150))];

/// One object may be asked about this often; more is answered with 429.
const EVERY: SignedDuration = SignedDuration::from_secs(30);

/// The documented limits of a link: 10 RUB, 1 USD, 1 EUR, and 999 999.99 of each.
const LIMITS: [Limits; 3] =
    [limits(1_000, Currency::Rub), limits(100, Currency::Usd), limits(100, Currency::Eur)];

const fn limits(least: i64, currency: Currency) -> Limits {
    Limits { min: Money::new(least, currency), max: Money::new(99_999_999, currency) }
}

/// The WATA gateway.
pub struct Wata {
    http: Client,
    config: Config,
    keys: Keys,
    abilities: Abilities,
}

impl Wata {
    /// A gateway with these settings, or every mistake in them.
    pub fn new(http: Client, config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        let abilities = Abilities {
            limits: LIMITS.to_vec(),
            refunds: Refunds::Partial,
            saves_methods: false,
            binds: false,
            asking: Asking::Every(EVERY),
            wants_email: false,
        };
        let keys = Keys::new(config.public_key_pem.as_deref());
        Ok(Self { http, config, keys, abilities })
    }

    async fn judge(&self, raw: &RawWebhook) -> Result<Claim, AuthError> {
        let from_wata = |ip: IpAddr| SENDERS.contains(&ip.to_canonical());
        if self.config.check_ip && !raw.source_ip.is_some_and(from_wata) {
            return Err(AuthError::Address);
        }
        let given = raw.header("X-Signature").ok_or(AuthError::Signature("X-Signature is missing"))?;
        let signature =
            STANDARD.decode(given.trim()).map_err(|_| AuthError::Signature("X-Signature is not base64"))?;
        let valid = |key: &[u8]| rsa_sha512_is_valid(key, &raw.body, &signature);
        self.keys.check(raw.received_at, valid, || self.public_key()).await?;
        wire::Notice::claim(&raw.body, self.config.test)
    }
}

impl Gateway for Wata {
    fn provider(&self) -> Provider {
        Provider::Wata
    }

    fn abilities(&self) -> &Abilities {
        &self.abilities
    }

    fn create<'a>(&'a self, order: &'a Order<'a>) -> BoxFuture<'a, Result<Opened, GatewayError>> {
        Box::pin(self.open(order))
    }

    fn authenticate<'a>(&'a self, raw: &'a RawWebhook) -> BoxFuture<'a, Result<Claim, AuthError>> {
        Box::pin(self.judge(raw))
    }

    fn fetch<'a>(
        &'a self,
        object: &'a ObjectRef,
    ) -> BoxFuture<'a, Result<Option<Verified<Fetched>>, GatewayError>> {
        Box::pin(async { Ok(self.ask(object).await?.map(Verified::new)) })
    }

    fn refund<'a>(
        &'a self,
        order: &'a RefundOrder<'a>,
    ) -> BoxFuture<'a, Result<Verified<Fetched>, GatewayError>> {
        Box::pin(async { Ok(Verified::new(self.send_back(order).await?)) })
    }

    /// WATA reads the status only.
    fn ack(&self, _: &RawWebhook) -> Cow<'static, str> {
        Cow::Borrowed("")
    }
}

/// The shape of WATA's ids (UUIDs): safe inside a path.
fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
