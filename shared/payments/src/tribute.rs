//! Tribute: sells inside Telegram, in two ways.
//!
//! *By the Shop API* (switched on by Tribute's support): an order carries our payment's id, the webhook names the order,
//! and the shop believes the answers of `GET /shop/orders/{uuid}` and `…/transactions`. The API has no idempotency key and
//! no search, so an order whose answer is lost is not repeated here; opened again, it is another order, and only the last
//! one's page is shown to anybody.
//!
//! *By links* to what the operator made in Tribute's cabinet: a link cannot carry our order, so a sale is told by a webhook
//! alone, as [`Claim::Sold`] to a Telegram user. A subscription is renewed and stopped there, too; nothing can be asked.
//!
//! Webhooks carry `trbt-signature`, HMAC-SHA256 of the raw body under the API key. Whether in hex or in base64 is not
//! documented (all known receivers read hex), so both texts of the same MAC are taken. There is no event id and no signed
//! time: a repeated delivery has other bytes, and is known by what it says.
//!
//! Facts: wiki.tribute.tg (creator and shop API), read 2026-11.

mod config;
mod notice;
mod shop;
mod wire;

pub use config::{Config, Item, items, limits};

use crate::{
    Abilities, Asking, AuthError, BoxFuture, Claim, ConfigError, Fetched, Gateway, GatewayError, Limits,
    ObjectRef, Order, RawWebhook, RefundOrder, Refunds, Verified, sign,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{Money, PlanId, Provider, checkout::Opened};
use jiff::SignedDuration;
use reqwest::Client;
use secrecy::ExposeSecret;
use std::borrow::Cow;

/// The Tribute gateway.
pub struct Tribute {
    http: Client,
    config: Config,
    abilities: Abilities,
}

impl Tribute {
    /// A gateway with these settings, or every mistake in them.
    pub fn new(http: Client, config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        let (limits, refunds, asking) = if config.shop_api {
            (config.shop_limits.clone(), Refunds::Full, Asking::Every(SignedDuration::ZERO))
        } else {
            (prices(&config.items), Refunds::Never, Asking::Never)
        };
        let abilities =
            Abilities { limits, refunds, saves_methods: false, binds: false, asking, wants_email: false };
        Ok(Self { http, config, abilities })
    }

    /// What is sold by links: tells which plan a [`crate::Sale`] gives.
    pub fn items(&self) -> &[Item] {
        &self.config.items
    }

    fn linked(&self, plan: &PlanId, price: Money) -> Option<&Item> {
        self.config.items.iter().find(|item| item.plan == *plan && item.price == price)
    }

    /// The link of the ordered plan: nothing is created, so there is nothing to be found again.
    fn link(&self, order: &Order<'_>) -> Result<Opened, GatewayError> {
        let payment = order.payment;
        let plan = payment.goods.terms().map(|terms| &terms.plan);
        let item =
            plan.and_then(|plan| self.linked(plan, payment.amount)).ok_or_else(|| GatewayError::Refused {
                code: "no_link".to_owned(),
                description: format!("no link sells this for {}", payment.amount),
            })?;
        Ok(Opened { external_id: None, pay_url: Some(item.url.clone()) })
    }

    fn is_signed(&self, raw: &RawWebhook) -> Result<(), AuthError> {
        let given = raw.header("trbt-signature").map(str::trim).filter(|given| !given.is_empty());
        let given = given.ok_or(AuthError::Signature("no trbt-signature"))?;
        let mac = sign::hmac_sha256(self.config.api_key.expose_secret().as_bytes(), &raw.body);
        let hex = sign::same_hex(given, &hex::encode(mac));
        let base64 = sign::same(given.as_bytes(), STANDARD.encode(mac).as_bytes());
        if hex || base64 { Ok(()) } else { Err(AuthError::Signature("another trbt-signature")) }
    }
}

impl Gateway for Tribute {
    fn provider(&self) -> Provider {
        Provider::Tribute
    }

    fn abilities(&self) -> &Abilities {
        &self.abilities
    }

    fn sells(&self, plan: Option<&PlanId>, amount: Money) -> bool {
        if self.config.shop_api {
            return self.abilities.takes(amount);
        }
        plan.is_some_and(|plan| self.linked(plan, amount).is_some())
    }

    fn create<'a>(&'a self, order: &'a Order<'a>) -> BoxFuture<'a, Result<Opened, GatewayError>> {
        Box::pin(async { if self.config.shop_api { self.open(order).await } else { self.link(order) } })
    }

    fn authenticate<'a>(&'a self, raw: &'a RawWebhook) -> BoxFuture<'a, Result<Claim, AuthError>> {
        Box::pin(async {
            self.is_signed(raw)?;
            notice::read(&raw.body, self.config.test)
        })
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

    fn ack(&self, _: &RawWebhook) -> Cow<'static, str> {
        Cow::Borrowed("")
    }
}

/// One range a currency, over all that has a link.
fn prices(items: &[Item]) -> Vec<Limits> {
    let mut ranges: Vec<Limits> = Vec::new();
    for price in items.iter().map(|item| item.price) {
        match ranges.iter_mut().find(|range| range.min.currency == price.currency) {
            Some(range) => {
                range.min.minor = range.min.minor.min(price.minor);
                range.max.minor = range.max.minor.max(price.minor);
            }
            None => ranges.push(Limits { min: price, max: price }),
        }
    }
    ranges
}

/// The shape of an order's id: safe inside a path.
fn is_id(text: &str) -> bool {
    (8..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
