//! What the tests of this crate share: a server on a loopback port, a payment, a gateway.

#![allow(dead_code, reason = "every test file uses its own part of this")]

use axum::Router;
use domain::{
    Currency, Money, Payment, PaymentId, PaymentState, Period, Provider, QuoteId, SubscriptionNo, Terms,
    TrafficReset, UserId,
};
use jiff::Timestamp;
use payments::yookassa::{Config, Receipt, Yookassa};
use secrecy::SecretString;
use standin_providers::yookassa as standin;
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};
use tokio::net::TcpListener;

pub const SHOP_ID: &str = "100500";
pub const SECRET_KEY: &str = "test_Fake0123456789";

/// Serves `router` for as long as the test runs; its base URL.
pub async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    format!("http://{address}")
}

/// A clock that stands still until it is moved.
#[derive(Clone)]
pub struct Hand(Arc<AtomicI64>);

impl Hand {
    pub fn new() -> Self {
        Self(Arc::new(AtomicI64::new(now().as_second())))
    }

    pub fn advance(&self, minutes: i64) {
        self.0.fetch_add(minutes * 60, Ordering::SeqCst);
    }

    pub fn clock(&self) -> standin_providers::Clock {
        let seconds = Arc::clone(&self.0);
        Arc::new(move || Timestamp::from_second(seconds.load(Ordering::SeqCst)).unwrap())
    }
}

pub fn shop(hand: &Hand) -> standin::Yookassa {
    let config = standin::Config {
        shop_id: SHOP_ID.to_owned(),
        secret_key: SECRET_KEY.to_owned(),
        public_base: "http://localhost:8080/yookassa".to_owned(),
        test: true,
        receipts: true,
        autopayments: true,
    };
    standin::Yookassa::new(config, hand.clock())
}

pub fn config(base: &str) -> Config {
    Config {
        api_url: format!("{base}/v3"),
        shop_id: SHOP_ID.to_owned(),
        secret_key: SecretString::from(SECRET_KEY),
        return_url: None,
        receipt: Some(receipt()),
        check_ip: true,
        autopayments: true,
    }
}

pub fn receipt() -> Receipt {
    Receipt {
        default_email: "shop@example.com".to_owned(),
        vat_code: 1,
        payment_mode: "full_payment".to_owned(),
        payment_subject: "service".to_owned(),
        tax_system_code: Some(2),
        measure: "piece".to_owned(),
    }
}

pub fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

pub fn gateway(base: &str) -> Yookassa {
    Yookassa::new(http(), config(base)).unwrap()
}

/// A stand-in's notification, as the shop's function sees it.
pub fn raw(webhook: standin_providers::Webhook) -> payments::RawWebhook {
    payments::RawWebhook {
        headers: webhook.headers,
        body: webhook.body,
        source_ip: Some(webhook.source_ip),
        query: webhook.query,
        received_at: now(),
    }
}

pub fn now() -> Timestamp {
    "2026-11-24T09:59:00Z".parse().unwrap()
}

/// A payment of 199 rubles that waits for its buyer.
pub fn payment() -> Payment {
    let quote = QuoteId::derive(now(), "test");
    Payment {
        id: PaymentId::of(quote, Provider::Yookassa),
        user: UserId(42),
        provider: Provider::Yookassa,
        amount: Money::new(19_900, Currency::Rub),
        goods: domain::Goods::Plan(Terms {
            plan: "m1".parse().unwrap(),
            name: domain::Localized { ru: "1 месяц".to_owned(), en: "1 month".to_owned() },
            period: Period::Months(1),
            traffic_limit: 0,
            traffic_reset: TrafficReset::NoReset,
            device_limit: None,
            panel: domain::PanelId::default(),
            squads: Vec::new(),
            external_squad: None,
        }),
        no: SubscriptionNo::FIRST,
        quote,
        state: PaymentState::Awaiting,
        external_id: None,
        pay_url: None,
        created_at: now(),
        expires_at: now(),
        from_balance: None,
        save_method: false,
        recurring: false,
        charge: None,
        received: None,
        granted: None,
        refunded: 0,
        to_balance: 0,
        earned: None,
        refund: None,
        promo: None,
        paid_at: None,
        next_at: None,
        version: 1,
    }
}
