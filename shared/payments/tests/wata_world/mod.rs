//! What the tests of WATA share: a terminal, a gateway, a payment, and calls that go wrong.

#![allow(dead_code, reason = "every test file uses its own part of this")]

#[path = "../support/mod.rs"]
pub mod support;

use axum::{
    Router,
    extract::Request,
    http::StatusCode,
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
};
use domain::{Currency, Money, Payment, PaymentId};
use jiff::SignedDuration;
use payments::{
    Claim, Fetched, Gateway, RawWebhook,
    wata::{Config, Wata},
};
use secrecy::SecretString;
use serde_json::Value;
use standin_providers::{Webhook, wata as standin};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use support::{Hand, http, now};

pub const TOKEN: &str = "eyJ.fake.token";

pub const RETURN: &str = "https://shop.example.com/pay/return/quo_1";

pub fn terminal(hand: &Hand) -> standin::Wata {
    let config =
        standin::Config { token: TOKEN.to_owned(), public_base: "http://localhost:8080/wata".to_owned() };
    standin::Wata::new(config, hand.clock())
}

pub fn config(base: &str) -> Config {
    Config {
        api_url: format!("{base}/api/h2h"),
        token: SecretString::from(TOKEN),
        public_key_pem: None,
        check_ip: false,
        test: true,
    }
}

pub fn gateway(base: &str) -> Wata {
    Wata::new(http(), config(base)).unwrap()
}

pub fn pinned(pem: &str) -> Wata {
    let config = Config { public_key_pem: Some(pem.to_owned()), ..config("http://127.0.0.1:1") };
    Wata::new(http(), config).unwrap()
}

pub fn payment(seed: &str) -> Payment {
    let expires_at = now().checked_add(SignedDuration::from_mins(60)).unwrap();
    Payment { id: PaymentId::derive(now(), seed), expires_at, ..support::payment() }
}

pub fn rub(minor: i64) -> Money {
    Money::new(minor, Currency::Rub)
}

pub fn raw(webhook: Webhook) -> RawWebhook {
    RawWebhook {
        headers: webhook.headers,
        source_ip: Some(webhook.source_ip),
        query: webhook.query,
        ..RawWebhook::of_body(webhook.body, now())
    }
}

pub async fn signed(gateway: &Wata, webhook: Webhook) -> Fetched {
    match gateway.authenticate(&raw(webhook)).await {
        Ok(Claim::Signed(told)) => told.into_inner(),
        other => panic!("{other:?}"),
    }
}

/// The n-th call is answered so instead of passing; `true`: after it was carried out.
pub fn fated(api: Router, fates: Vec<Option<(bool, u16, &'static str)>>) -> (Router, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let (fates, counted) = (Arc::new(fates), Arc::clone(&calls));
    let layer = from_fn(move |request: Request, next: Next| {
        let fate = fates.get(counted.fetch_add(1, Ordering::SeqCst)).copied().flatten();
        meet(fate, request, next)
    });
    (api.layer(layer), calls)
}

pub async fn meet(fate: Option<(bool, u16, &'static str)>, request: Request, next: Next) -> Response {
    let Some((carried_out, status, body)) = fate else { return next.run(request).await };
    if carried_out {
        next.run(request).await;
    }
    let retry = [("Retry-After", "7"), ("Content-Type", "application/json")];
    (StatusCode::from_u16(status).unwrap(), retry, body).into_response()
}

pub fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap()
}
