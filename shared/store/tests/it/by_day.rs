//! Payments by day.

use crate::support::{at, payment, put, store, store_at};
use axum::{Json, Router, http::HeaderMap, routing::post};
use domain::{Payment, PaymentId, PaymentState, Record};
use jiff::{
    SignedDuration,
    civil::{Date, date},
};
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use store::{Store, StoreError, snapshot};
use tokio::net::TcpListener;

const DAY: Date = date(2026, 11, 20);

/// Every page of the day.
async fn pages(store: &Store, limit: i32) -> Vec<Vec<Payment>> {
    let (mut pages, mut cursor) = (Vec::new(), None);
    loop {
        let (payments, next) = store.payments_of_day(DAY, cursor, limit).await.unwrap();
        pages.push(payments);
        match next {
            Some(next) => cursor = Some(next),
            None => return pages,
        }
    }
}

#[tokio::test]
async fn every_payment_of_the_day_comes_once_and_as_it_is_now() {
    let store = store().await;
    let start = at("2026-11-20T00:00:00Z");
    let opened = |minutes| start.checked_add(SignedDuration::from_mins(minutes)).unwrap();
    let mut day: Vec<Payment> =
        (0..130).map(|index| payment(&format!("p{index}"), opened(index * 11))).collect();
    day.push(payment("last", at("2026-11-20T23:59:59.999Z")));
    let neighbours =
        ["2026-11-19T23:59:59.999Z", "2026-11-21T00:00:00Z"].map(|time| payment("other", at(time)));
    put(&store, day.iter().chain(&neighbours).cloned().map(Record::Payment)).await;
    put(&store, [Record::Payment(Payment { state: PaymentState::Expired, version: 1, ..day[7].clone() })])
        .await;

    let mut want: Vec<(PaymentId, u64)> = day.iter().map(|payment| (payment.id, 1)).collect();
    want[7].1 = 2;
    for limit in [1, 7, 120, 131, 500] {
        let pages = pages(&store, limit).await;
        let longest = pages.iter().map(Vec::len).max().unwrap();
        assert!(longest <= usize::try_from(limit).unwrap(), "{limit}: {longest}");
        let found: Vec<_> = pages.concat().iter().map(|payment| (payment.id, payment.version)).collect();
        assert_eq!(found, want, "{limit}");
    }
}

#[tokio::test]
async fn a_day_without_payments_is_one_empty_page() {
    assert_eq!(pages(&store().await, 10).await, [Vec::<Payment>::new()]);
}

/// A table that answers only one key of a batch at a time, and after `good` answers none at all.
async fn sluggish(payments: Vec<Payment>, good: usize) -> (Store, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    let items: Vec<Value> = payments.iter().map(item).collect();
    let answer = move |headers: HeaderMap, body: String| {
        let (counter, items) = (counter.clone(), items.clone());
        async move {
            let target = headers["x-amz-target"].to_str().unwrap();
            if target.ends_with("Query") {
                return Json(json!({ "Items": items }));
            }
            assert!(target.ends_with("BatchGetItem"), "{target}");
            let request: Value = serde_json::from_str(&body).unwrap();
            let mut left = request["RequestItems"]["shop"]["Keys"].as_array().unwrap().clone();
            let answered = if counter.fetch_add(1, Ordering::SeqCst) < good { left.pop() } else { None };
            let found: Vec<&Value> = items
                .iter()
                .filter(|item| answered.as_ref().is_some_and(|key| item["PK"] == key["PK"]))
                .collect();
            let rest = if left.is_empty() { json!({}) } else { json!({ "shop": { "Keys": left } }) };
            Json(json!({ "Responses": { "shop": found }, "UnprocessedKeys": rest }))
        }
    };
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/", post(answer));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (store_at(&format!("http://{address}")), asked)
}

/// As it goes over the wire.
fn item(payment: &Payment) -> Value {
    let item = snapshot(&Record::Payment(payment.clone())).unwrap();
    let wire = item.into_iter().filter_map(|(name, value)| {
        let text = value.as_s().map(|text| json!({ "S": text }));
        let number = value.as_n().map(|number| json!({ "N": number }));
        text.or(number).ok().map(|value| (name, value))
    });
    Value::Object(wire.collect())
}

#[tokio::test]
async fn what_the_table_left_out_is_asked_for_again() {
    let payments: Vec<Payment> =
        ["a", "b", "c"].map(|name| payment(name, at("2026-11-20T10:00:00Z"))).to_vec();
    let (store, asked) = sluggish(payments.clone(), usize::MAX).await;
    let (found, next) = store.payments_of_day(DAY, None, 10).await.unwrap();
    let mut ids: Vec<PaymentId> = payments.iter().map(|payment| payment.id).collect();
    ids.sort();
    assert_eq!(found.iter().map(|payment| payment.id).collect::<Vec<_>>(), ids);
    assert_eq!((next, asked.load(Ordering::SeqCst)), (None, 3));
}

#[tokio::test]
async fn a_part_of_a_page_is_not_given_for_the_whole() {
    let payments = ["a", "b", "c"].map(|name| payment(name, at("2026-11-20T10:00:00Z"))).to_vec();
    let (store, asked) = sluggish(payments, 2).await;
    let error = store.payments_of_day(DAY, None, 10).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
    assert_eq!(asked.load(Ordering::SeqCst), 5);
}
