//! A shop's gateway and a stand-in for Stripe on the other end of a loopback connection.

#![allow(dead_code, unused_imports, reason = "every test file uses its own part of this")]

mod fates;

pub use fates::{Meets, fated, impatiently};

use crate::support::{self, Hand, http, now, serve};
use domain::{Currency, Money, Payment, PaymentId, Provider, credit::Report};
use jiff::SignedDuration;
use payments::{
    Claim, Fetched, Gateway, ObjectRef, Order, RawWebhook, Verified,
    stripe::{Config, Stripe},
};
use secrecy::SecretString;
use standin_providers::{Act, Till, Webhook, stripe as standin};

pub const KEY: &str = "sk_test_51StandIn";
pub const SECRET: &str = "whsec_5WnTqk3m0kq8m1pZQ2uVb7LrYx9sEdCf";
pub const RETURN: &str = "https://shop.example.com/pay/return/quo_1";

pub struct World {
    pub hand: Hand,
    pub till: standin::Stripe,
    pub gateway: Stripe,
}

pub fn config(base: &str) -> Config {
    Config {
        api_url: base.to_owned(),
        secret_key: SecretString::from(KEY),
        webhook_secret: SecretString::from(SECRET),
        tolerance_seconds: Config::TOLERANCE,
    }
}

pub fn gateway(base: &str) -> Stripe {
    Stripe::new(http(), config(base)).unwrap()
}

impl World {
    pub async fn new() -> Self {
        Self::fated(Vec::new()).await
    }

    /// The n-th call meets the n-th fate.
    pub async fn fated(fates: Vec<Meets>) -> Self {
        let hand = Hand::new();
        let config = standin::Config {
            secret_key: KEY.to_owned(),
            webhook_secret: SECRET.to_owned(),
            public_base: "http://localhost:8080/stripe".to_owned(),
            livemode: false,
        };
        let till = standin::Stripe::new(config, hand.clock());
        let gateway = gateway(&serve(fated(till.api(), fates)).await);
        Self { hand, till, gateway }
    }

    pub async fn open(&self, payment: &Payment) -> String {
        let opened = self.gateway.create(&Order::new(payment, "VPN", RETURN)).await.unwrap();
        opened.external_id.unwrap()
    }

    pub async fn ask(&self, id: &str) -> Fetched {
        self.fetch(&ObjectRef::Payment(id.to_owned())).await.unwrap()
    }

    pub async fn fetch(&self, object: &ObjectRef) -> Option<Fetched> {
        self.gateway.fetch(object).await.unwrap().map(Verified::into_inner)
    }

    /// What the next delivery amounts to, of those that concern the shop; a question is asked at once.
    pub async fn told(&self) -> Vec<Fetched> {
        let mut told = Vec::new();
        for webhook in self.till.take_webhooks() {
            match self.gateway.authenticate(&self.raw(webhook)).await.unwrap() {
                Claim::Signed(fetched) => told.push(fetched.into_inner()),
                Claim::Ask(object) => told.extend(self.fetch(&object).await),
                Claim::Ignore(_) => {}
                Claim::Sold(_) => panic!("Stripe sells nothing by itself"),
            }
        }
        told
    }

    pub async fn only(&self) -> Report {
        let mut told = self.told().await;
        assert_eq!(told.len(), 1, "{told:?}");
        told.remove(0).report
    }

    pub fn act(&self, id: &str, act: Act) {
        self.till.act(id, act).unwrap();
    }

    pub fn raw(&self, webhook: Webhook) -> RawWebhook {
        raw(webhook, self.hand.clock()())
    }
}

pub fn raw(webhook: Webhook, received_at: jiff::Timestamp) -> RawWebhook {
    let Webhook { headers, body, source_ip, query, .. } = webhook;
    RawWebhook { headers, body, source_ip: Some(source_ip), query, received_at }
}

pub fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::Usd)
}

/// A payment of 4.99 USD that waits for its buyer; `seed` tells payments apart.
pub fn payment(seed: &str) -> Payment {
    Payment {
        id: PaymentId::derive(now(), seed),
        provider: Provider::Stripe,
        amount: usd(499),
        expires_at: now().checked_add(SignedDuration::from_mins(60)).unwrap(),
        ..support::payment()
    }
}
