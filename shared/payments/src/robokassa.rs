//! Robokassa: cards and SBP in rubles, by a signed link.
//!
//! Nothing is called to open a payment: the link carries the order and a hash with password 1, and Robokassa hears of the
//! payment when the buyer opens it. Money is told by *ResultURL*: a form whose hash is made with password 2 and which
//! must be answered with `OK{InvId}`. Only payments that succeeded are told; what became of the others is asked with
//! `OpStateExt`, in a live shop only. Everything about a payment hangs on `InvId`, a number that we derive from our
//! payment's id and that can be paid once.
//!
//! A test payment says `IsTest=1` and is signed with the passwords for tests. The flag itself is not signed, so it never
//! decides alone: a shop in test mode checks flagged notifications with the test password; a live shop knows only the
//! live password, with which no test notification is signed.
//!
//! Refunds need password 3 and a live shop. Robokassa knows no idempotency key for them and lists none. When an answer
//! is lost, a refund of everything is [`GatewayError::UnknownOutcome`]: repeated, it is refused or found as state 60. A
//! refund of a *part* would be made twice, so its lost answer is [`GatewayError::Garbage`], which nobody repeats: an
//! operator looks into Robokassa's cabinet. A refund that was accepted is [`Status::Pending`] with the *refund's* id as
//! `external_id`; ask about it with [`ObjectRef::Refund`].
//!
//! A saved method is the `InvId` of a payment that was made with `Recurring=true`; charging it answers at once that the
//! charge has begun, and ResultURL tells the rest.
//!
//! Facts: docs.robokassa.ru and the SDKs named in the design notes, read 2026-11.
//!
//! [`Status::Pending`]: domain::credit::Status::Pending

mod api;
mod config;
mod link;
mod result;
mod wire;

pub use config::{Config, Hash, Passwords, Receipt};
pub use link::{encode as url_encoded, link_signature, question as question_signature};

use crate::{
    Abilities, Asking, AuthError, BoxFuture, Claim, ConfigError, Fetched, Gateway, GatewayError, Limits,
    ObjectRef, Order, RawWebhook, RefundOrder, Refunds, Verified,
};
use domain::{Currency, Money, Provider, checkout::Opened};
use jiff::SignedDuration;
use link::Link;
use reqwest::Client;
use std::{
    borrow::Cow,
    net::{IpAddr, Ipv4Addr},
};

/// Where notifications come from, as Robokassa's documentation lists them.
pub const SENDERS: [IpAddr; 2] =
    [IpAddr::V4(Ipv4Addr::new(185, 59, 216, 65)), IpAddr::V4(Ipv4Addr::new(185, 59, 217, 65))];

/// No limits are documented: these are ours, and the payment methods have narrower ones of their own.
const LIMITS: Limits =
    Limits { min: Money::new(100, Currency::Rub), max: Money::new(100_000_000, Currency::Rub) };

/// The Robokassa gateway.
pub struct Robokassa {
    http: Client,
    config: Config,
    abilities: Abilities,
}

impl Robokassa {
    /// A gateway with these settings, or every mistake in them.
    pub fn new(http: Client, config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        let refunds =
            if config.password_3.is_some() && !config.test { Refunds::Partial } else { Refunds::Never };
        let asking = if config.test { Asking::Never } else { Asking::Every(SignedDuration::ZERO) };
        let abilities = Abilities {
            limits: vec![LIMITS],
            refunds,
            saves_methods: config.recurring,
            binds: false,
            asking,
            wants_email: false,
        };
        Ok(Self { http, config, abilities })
    }

    fn open(&self, order: &Order<'_>) -> Result<Opened, GatewayError> {
        if !self.abilities.takes(order.payment.amount) {
            return Err(GatewayError::not_offered("payment of this amount"));
        }
        let link = Link::of(order, &self.config)?;
        let page = format!("{}/Merchant/Index.aspx", self.config.pay_url.trim_end_matches('/'));
        let pay_url = format!("{page}?{}", link.query(&self.config));
        Ok(Opened { external_id: Some(link.inv_id), pay_url: Some(pay_url) })
    }
}

impl Gateway for Robokassa {
    fn provider(&self) -> Provider {
        Provider::Robokassa
    }

    fn abilities(&self) -> &Abilities {
        &self.abilities
    }

    fn create<'a>(&'a self, order: &'a Order<'a>) -> BoxFuture<'a, Result<Opened, GatewayError>> {
        Box::pin(async { self.open(order) })
    }

    fn authenticate<'a>(&'a self, raw: &'a RawWebhook) -> BoxFuture<'a, Result<Claim, AuthError>> {
        Box::pin(async {
            let theirs = |ip: IpAddr| SENDERS.contains(&ip.to_canonical());
            if self.config.check_ip && !raw.source_ip.is_some_and(theirs) {
                return Err(AuthError::Address);
            }
            result::read(raw, &self.config)
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

    fn charge<'a>(
        &'a self,
        order: &'a Order<'a>,
        token: &'a str,
    ) -> BoxFuture<'a, Result<Verified<Fetched>, GatewayError>> {
        Box::pin(async { Ok(Verified::new(self.charge_again(order, token).await?)) })
    }

    fn ack(&self, raw: &RawWebhook) -> Cow<'static, str> {
        result::ack(raw).map_or(Cow::Borrowed(""), Cow::Owned)
    }
}

/// The shape of our numbers: 1 to 2^63-1, written without anything superfluous.
fn is_number(text: &str) -> bool {
    text.parse::<i64>().is_ok_and(|number| number > 0 && number.to_string() == text)
}
