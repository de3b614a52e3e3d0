//! What providers said, kept beside a payment.

use crate::support::{at, payment, put, store};
use domain::{Payment, Provider, Record};
use store::Callback;

#[tokio::test]
async fn callbacks_are_kept_in_order_and_once_a_moment() {
    let store = store().await;
    let paid = payment("p", at("2026-11-20T10:00:00Z"));
    let other = payment("q", at("2026-11-20T10:00:00Z"));
    let said = [
        ("2026-11-20T10:00:09.998Z", Provider::Wata, r#"{"status":"Pending"}"#),
        ("2026-11-20T10:00:09.999Z", Provider::Wata, "status=Платёж&sign=00"),
        ("2026-11-20T10:00:10Z", Provider::Wata, ""),
        ("2026-11-20T10:10:00.001Z", Provider::Stripe, r#"{"status":"Paid"}"#),
    ];
    // Before the payment itself is written, backwards, and each twice.
    for (time, provider, body) in said.iter().rev().chain(&said) {
        store.keep_callback(paid.id, *provider, at(time), body).await.unwrap();
    }
    store.keep_callback(other.id, Provider::Wata, at("2026-11-20T10:00:00Z"), "other").await.unwrap();
    let want = said.map(|(time, provider, body)| Callback { at: at(time), provider, body: body.into() });
    assert_eq!(store.timeline(paid.id).await.unwrap(), want);

    assert_eq!(store.payment(paid.id).await.unwrap(), None);
    put(&store, [Record::Payment(paid.clone())]).await;
    assert_eq!(store.payment(paid.id).await.unwrap(), Some(Payment { version: 1, ..paid.clone() }));
    assert_eq!(store.timeline(paid.id).await.unwrap().len(), 4, "the payment is none of them");
}

#[tokio::test]
async fn what_came_together_is_told_apart() {
    let store = store().await;
    let paid = payment("p", at("2026-11-20T10:00:00Z"));
    let now = at("2026-11-20T10:00:09Z");
    for (provider, body) in [(Provider::Wata, "a"), (Provider::Wata, "b"), (Provider::Stripe, "a")] {
        store.keep_callback(paid.id, provider, now, body).await.unwrap();
    }
    let mut found: Vec<(Provider, String)> =
        store.timeline(paid.id).await.unwrap().into_iter().map(|said| (said.provider, said.body)).collect();
    found.sort();
    let want = [(Provider::Wata, "a"), (Provider::Wata, "b"), (Provider::Stripe, "a")];
    assert_eq!(found, want.map(|(provider, body)| (provider, body.to_owned())));
}

#[tokio::test]
async fn a_long_story_is_read_to_its_end() {
    let store = store().await;
    let paid = payment("p", at("2026-11-20T10:00:00Z"));
    let long = "x".repeat(250_000);
    for second in 10..16 {
        let time = at(&format!("2026-11-20T10:00:{second}Z"));
        store.keep_callback(paid.id, Provider::Wata, time, &long).await.unwrap();
    }
    let found = store.timeline(paid.id).await.unwrap();
    assert_eq!(found.len(), 6, "more than one answer of the table holds");
    assert!(found.is_sorted_by_key(|said| said.at));
}
