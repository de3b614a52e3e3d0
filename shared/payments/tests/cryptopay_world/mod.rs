//! What the tests of Crypto Pay share: the app and its settings.

#![allow(dead_code, reason = "every test file uses its own part of this")]

use super::support::{self, Hand, http, now};
use domain::{Currency, Money, Payment, PaymentId, Provider};
use jiff::SignedDuration;
use payments::cryptopay::{Config, Cryptopay};
use secrecy::SecretString;
use serde_json::Value;
use standin_providers::cryptopay as standin;

pub const TOKEN: &str = "112233:AAFakeToken";
pub const RETURN: &str = "https://shop.example.com/pay/return/quo_1";

pub fn vectors() -> Value {
    serde_json::from_str(include_str!("../data/cryptopay-vectors.json")).unwrap()
}

pub fn config(token: &str, base: &str) -> Config {
    Config {
        token: SecretString::from(token),
        testnet: true,
        api_url: Some(format!("{base}/api")),
        assets: vec!["USDT".to_owned(), "TON".to_owned()],
    }
}

pub fn gateway(token: &str, base: &str) -> Cryptopay {
    Cryptopay::new(http(), config(token, base)).unwrap()
}

pub fn app(hand: &Hand) -> standin::Cryptopay {
    let config = standin::Config {
        token: TOKEN.to_owned(),
        public_base: "http://localhost:8080/cryptopay".to_owned(),
    };
    standin::Cryptopay::new(config, hand.clock())
}

pub fn payment(seed: &str) -> Payment {
    Payment {
        id: PaymentId::derive(now(), seed),
        provider: Provider::Cryptopay,
        expires_at: now() + SignedDuration::from_mins(60),
        ..support::payment()
    }
}

pub fn rub(minor: i64) -> Money {
    Money::new(minor, Currency::Rub)
}
