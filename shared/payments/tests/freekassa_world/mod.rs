//! What the tests of FreeKassa share: the shop, its settings, and fates of calls.

#![allow(dead_code, reason = "every test file uses its own part of this")]

use super::support::{self, Hand, http, now};
use axum::{
    Router,
    extract::Request,
    http::StatusCode,
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
};
use domain::{Currency, Money, Payment, PaymentId, Provider};
use jiff::{SignedDuration, Timestamp};
use payments::{
    AuthError, Claim, Fetched, RawWebhook,
    freekassa::{ADDRESSES, CURRENCIES, Config, Freekassa},
};
use secrecy::SecretString;
use serde_json::{Value, json};
use standin_providers::{Webhook, freekassa as standin};
use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicUsize, Ordering},
};

pub const PUBLIC: &str = "http://localhost:8080/freekassa";
pub const RETURN: &str = "https://shop.example.com/pay/return/quo_1";

pub fn vectors() -> Value {
    serde_json::from_str(include_str!("../data/freekassa-vectors.json")).unwrap()
}

/// A clock that runs: a millisecond each time it is read.
pub fn running() -> Arc<dyn Fn() -> Timestamp + Send + Sync> {
    let reads = AtomicI64::new(0);
    Arc::new(move || now() + SignedDuration::from_millis(reads.fetch_add(1, Ordering::SeqCst)))
}

/// Settings with an API key.
pub fn config(base: &str) -> Config {
    Config {
        shop_id: "7012".to_owned(),
        secret_word_1: SecretString::from("fakeSecretWord1"),
        secret_word_2: SecretString::from("fakeSecretWord2"),
        api_key: Some(SecretString::from("fake-api-key")),
        pay_url: format!("{base}/form/"),
        api_url: format!("{base}/v1/"),
        payment_method: None,
        payment_ip: Some("198.51.100.7".parse().unwrap()),
        default_email: Some("shop@example.com".to_owned()),
        allowed_ips: ADDRESSES.to_vec(),
        currency: Currency::Rub,
        currencies: CURRENCIES.to_vec(),
        test_mode: false,
        clock: running(),
    }
}

/// Settings without one.
pub fn form_config(base: &str) -> Config {
    Config { api_key: None, payment_ip: None, ..config(base) }
}

pub fn gateway(config: Config) -> Freekassa {
    Freekassa::new(http(), config).unwrap()
}

pub fn shop(hand: &Hand, sends: standin::Sends) -> standin::Freekassa {
    let config = standin::Config {
        shop_id: "7012".to_owned(),
        secret_word_1: "fakeSecretWord1".to_owned(),
        secret_word_2: "fakeSecretWord2".to_owned(),
        api_key: "fake-api-key".to_owned(),
        public_base: PUBLIC.to_owned(),
        success_url: "https://t.me/our_bot".to_owned(),
        sends,
    };
    standin::Freekassa::new(config, hand.clock())
}

pub fn payment(seed: &str) -> Payment {
    Payment { id: PaymentId::derive(now(), seed), provider: Provider::Freekassa, ..support::payment() }
}

pub fn rub(minor: i64) -> Money {
    Money::new(minor, Currency::Rub)
}

pub fn delivered(webhook: Webhook) -> RawWebhook {
    RawWebhook {
        headers: webhook.headers,
        source_ip: Some(webhook.source_ip),
        query: webhook.query,
        ..RawWebhook::of_body(webhook.body, now())
    }
}

pub fn signed(claim: Result<Claim, AuthError>) -> Fetched {
    match claim {
        Ok(Claim::Signed(fetched)) => fetched.into_inner(),
        other => panic!("{other:?}"),
    }
}

/// What a call meets before or after the API.
#[derive(Clone)]
pub enum Meets {
    /// Nothing unusual.
    Answer,
    /// Carried out, but answered with this status.
    Lost(u16),
    /// Carried out, and never answered.
    Silence,
    /// Not carried out; answered with this status and message.
    Refusal(u16, &'static str),
}

/// Puts the n-th fate before the n-th call; later calls meet nothing unusual.
pub fn fated(api: Router, fates: Vec<Meets>) -> Router {
    let (fates, calls) = (Arc::new(fates), Arc::new(AtomicUsize::new(0)));
    api.layer(from_fn(move |request: Request, next: Next| {
        let call = calls.fetch_add(1, Ordering::SeqCst);
        meet(fates.get(call).cloned().unwrap_or(Meets::Answer), request, next)
    }))
}

async fn meet(fate: Meets, request: Request, next: Next) -> Response {
    let answer = |status, message: &str| {
        let body = axum::Json(json!({ "type": "error", "message": message }));
        (StatusCode::from_u16(status).unwrap(), [("Retry-After", "7")], body).into_response()
    };
    match fate {
        Meets::Answer => next.run(request).await,
        Meets::Lost(status) => {
            next.run(request).await;
            answer(status, "lost")
        }
        Meets::Silence => {
            next.run(request).await;
            std::future::pending().await
        }
        Meets::Refusal(status, message) => answer(status, message),
    }
}
