//! What the tests of Robokassa share: a shop, a gateway, a payment, a browser, and calls that go wrong.

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
    Claim, Fetched, Gateway, Order, RawWebhook,
    robokassa::{Config, Passwords, Receipt, Robokassa},
};
use standin_providers::{Webhook, robokassa as standin};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use support::{Hand, http, now};

pub const RETURN: &str = "https://shop.example.com/pay/return/quo_1";

pub fn shop_config() -> standin::Config {
    standin::Config {
        merchant_login: "2getpro".to_owned(),
        password_1: "livePass1".to_owned(),
        password_2: "livePass2".to_owned(),
        test_password_1: "testPass1".to_owned(),
        test_password_2: "testPass2".to_owned(),
        password_3: Some("livePass3".to_owned()),
        hash: "sha256".to_owned(),
        receipts: true,
        recurring: true,
        result_by_get: false,
        public_base: "http://localhost:8080/robokassa".to_owned(),
    }
}

pub fn shop(hand: &Hand) -> standin::Robokassa {
    standin::Robokassa::new(shop_config(), hand.clock())
}

pub fn passwords(first: &str, second: &str) -> Passwords {
    Passwords { first: first.into(), second: second.into() }
}

pub fn config(base: &str) -> Config {
    Config {
        pay_url: base.to_owned(),
        api_url: base.to_owned(),
        refund_url: base.to_owned(),
        merchant_login: "2getpro".to_owned(),
        passwords: passwords("livePass1", "livePass2"),
        test_passwords: passwords("testPass1", "testPass2"),
        password_3: Some("livePass3".into()),
        test: false,
        hash: "sha256".parse().unwrap(),
        receipt: Some(Receipt {
            sno: Some("usn_income".to_owned()),
            tax: "vat22".to_owned(),
            payment_method: "full_payment".to_owned(),
            payment_object: "service".to_owned(),
        }),
        check_ip: false,
        recurring: true,
        return_urls: true,
    }
}

pub fn gateway(base: &str) -> Robokassa {
    Robokassa::new(http(), config(base)).unwrap()
}

pub fn testing(base: &str) -> Robokassa {
    Robokassa::new(http(), Config { test: true, ..config(base) }).unwrap()
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

pub async fn signed(gateway: &Robokassa, webhook: Webhook) -> Fetched {
    match gateway.authenticate(&raw(webhook)).await {
        Ok(Claim::Signed(told)) => told.into_inner(),
        other => panic!("{other:?}"),
    }
}

/// The buyer opens the page; where it leads, or what it complains about.
pub async fn visit(url: &str) -> Result<String, String> {
    let browser = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    let answer = browser.build().unwrap().get(url).send().await.unwrap();
    match answer.status().as_u16() {
        303 => Ok(answer.headers()["location"].to_str().unwrap().to_owned()),
        _ => Err(answer.text().await.unwrap()),
    }
}

/// Opens a payment and its page; its number.
pub async fn open(gateway: &Robokassa, order: &Order<'_>) -> String {
    let opened = gateway.create(order).await.unwrap();
    let number = opened.external_id.unwrap();
    let page = visit(&opened.pay_url.unwrap()).await.unwrap();
    assert_eq!(page, format!("http://localhost:8080/robokassa/pay/{number}"));
    number
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
    (StatusCode::from_u16(status).unwrap(), [("Retry-After", "7")], body).into_response()
}
