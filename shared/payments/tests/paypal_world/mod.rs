//! A shop's gateway and a stand-in for PayPal on the other end of a loopback connection.

#![allow(dead_code, unused_imports, reason = "every test file uses its own part of this")]

#[path = "../stripe_world/fates.rs"]
mod fates;

pub use fates::{Meets, fated, impatiently};

use crate::support::{self, Hand, http, now, serve};
use axum::{Router, extract::Path, routing::get};
use domain::{Currency, Money, Payment, PaymentId, Provider, credit::Report};
use jiff::SignedDuration;
use payments::{
    Claim, Fetched, Gateway, ObjectRef, Order, RawWebhook, Verified,
    paypal::{Config, Paypal},
};
use secrecy::SecretString;
use serde_json::Value;
use standin_providers::{Act, Call, Till, Webhook, paypal as standin};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

pub const SECRET: &str = "EStandInSecret";
pub const WEBHOOK_ID: &str = "1JE4291016473214C";
pub const RETURN: &str = "https://shop.example.com/pay/return/quo_1";

pub struct World {
    pub hand: Hand,
    pub till: standin::Paypal,
    pub gateway: Paypal,
}

pub fn config(base: &str) -> Config {
    Config {
        api_url: base.to_owned(),
        client_id: "AStandIn".to_owned(),
        client_secret: SecretString::from(SECRET),
        webhook_id: WEBHOOK_ID.to_owned(),
        sandbox: true,
        brand_name: None,
        extra_roots: Config::roots_of_pem(standin::CERTIFICATE_PEM).unwrap(),
        cert_base: Some(base.to_owned()),
    }
}

pub fn gateway(base: &str) -> Paypal {
    Paypal::new(http(), config(base)).unwrap()
}

pub fn till(hand: &Hand) -> standin::Paypal {
    let config = standin::Config {
        client_id: "AStandIn".to_owned(),
        client_secret: SECRET.to_owned(),
        webhook_id: WEBHOOK_ID.to_owned(),
        public_base: "http://localhost:8080/paypal".to_owned(),
    };
    standin::Paypal::new(config, hand.clock())
}

impl World {
    pub async fn new() -> Self {
        Self::fated(Vec::new()).await
    }

    /// The n-th call meets the n-th fate; the first call is for a token.
    pub async fn fated(fates: Vec<Meets>) -> Self {
        let hand = Hand::new();
        let till = till(&hand);
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

    /// What the deliveries amount to, and those that they cause, until there are none.
    pub async fn told(&self) -> Vec<Fetched> {
        let mut told = Vec::new();
        loop {
            let webhooks = self.till.take_webhooks();
            if webhooks.is_empty() {
                return told;
            }
            for webhook in webhooks {
                match self.gateway.authenticate(&self.raw(webhook)).await.unwrap() {
                    Claim::Signed(fetched) => told.push(fetched.into_inner()),
                    Claim::Ask(object) => told.extend(self.fetch(&object).await),
                    Claim::Ignore(_) => {}
                    Claim::Sold(_) => panic!("PayPal sells nothing by itself"),
                }
            }
        }
    }

    /// The last of them.
    pub async fn last(&self) -> Report {
        self.told().await.pop().unwrap().report
    }

    pub fn act(&self, id: &str, act: Act) {
        self.till.act(id, act).unwrap();
    }

    pub fn raw(&self, webhook: Webhook) -> RawWebhook {
        let Webhook { headers, body, source_ip, query, .. } = webhook;
        RawWebhook { headers, body, source_ip: Some(source_ip), query, received_at: self.hand.clock()() }
    }

    /// The calls that moved money or opened orders.
    pub fn posts(&self) -> Vec<Call> {
        let moves = |call: &Call| call.method == "POST" && call.path.starts_with("/v2/");
        self.till.calls().into_iter().filter(moves).collect()
    }
}

pub fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::Usd)
}

/// A payment of 4.99 USD that waits for its buyer; `seed` tells payments apart.
pub fn payment(seed: &str) -> Payment {
    Payment {
        id: PaymentId::derive(now(), seed),
        provider: Provider::Paypal,
        amount: usd(499),
        expires_at: now().checked_add(SignedDuration::from_mins(60)).unwrap(),
        ..support::payment()
    }
}

pub fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{pointer} of {value}"))
}

/// A server that gives this certificate under every name, and how often it was asked.
pub async fn serving(pem: String) -> (String, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let serve_pem = move |Path(_): Path<String>| {
        counter.fetch_add(1, Ordering::SeqCst);
        let pem = pem.clone();
        async move { pem }
    };
    let router = Router::new().route("/v1/notifications/certs/{name}", get(serve_pem));
    (serve(router).await, asked)
}

/// A genuine webhook of the stand-in: a capture was completed.
pub async fn completed() -> (World, RawWebhook) {
    let world = World::new().await;
    let id = world.open(&payment("completed")).await;
    world.act(&id, Act::Pay);
    world.till.take_webhooks();
    world.ask(&id).await;
    let webhook = world.till.take_webhooks().pop().unwrap();
    let raw = world.raw(webhook);
    (world, raw)
}

pub fn set(raw: &RawWebhook, name: &str, value: &str) -> RawWebhook {
    let mut raw = raw.clone();
    raw.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    raw.headers.push((name.to_ascii_lowercase(), value.to_owned()));
    raw
}
