//! The shop passes every vector, and the runner that says so would see it if it did not.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do: by panicking")]

#[path = "../examples/vectors/judge.rs"]
mod judge;

use base64::{Engine, engine::general_purpose::STANDARD};
use judge::{Mismatch, Verdicts, judge};
use serde_json::{Value, json};

const VECTORS: &str = include_str!("data/vectors.json");

fn case(id: &str) -> Value {
    let file: Value = serde_json::from_str(VECTORS).unwrap();
    let groups = file["public"].as_object().unwrap().values();
    let found = groups.flat_map(|group| group.as_array().unwrap()).find(|case| case["id"] == id);
    found.unwrap_or_else(|| panic!("no case {id}")).clone()
}

/// The case with one of its values replaced.
fn with(id: &str, pointer: &str, value: Value) -> Value {
    let mut case = case(id);
    *case.pointer_mut(pointer).unwrap_or_else(|| panic!("{id} has no {pointer}")) = value;
    case
}

/// The case with one byte of a body changed: the first of `text`.
fn flipped(id: &str, request: &str, text: &str) -> Value {
    let pointer = format!("{request}/body_base64");
    let case = case(id);
    let mut body = STANDARD.decode(case.pointer(&pointer).unwrap().as_str().unwrap()).unwrap();
    let at = body.windows(text.len()).position(|part| part == text.as_bytes()).unwrap();
    body[at] ^= 1;
    with(id, &pointer, STANDARD.encode(body).into())
}

async fn judged(file: Value) -> Verdicts {
    judge(&file.to_string()).await.unwrap()
}

fn ids(verdicts: &Verdicts) -> Vec<&str> {
    verdicts.failed.iter().map(|(id, _)| id.as_str()).collect()
}

#[tokio::test]
async fn the_shop_passes_every_vector() {
    let verdicts = judge(VECTORS).await.unwrap();
    assert!(verdicts.failed.is_empty(), "{verdicts}");
    assert_eq!((verdicts.passed, verdicts.elsewhere), (125, 16));
    let shown = verdicts.to_string();
    assert!(
        shown.starts_with("16 of the passed are of providers") && shown.ends_with("\n125 passed, 0 failed\n")
    );
}

#[tokio::test]
async fn a_changed_byte_fails() {
    let cases = [
        flipped("stripe-pub-001", "/request", "499"),
        flipped("cryptopay-pub-001", "/request", "199"),
        flipped("freekassa-pub-001", "/request", "199"),
        flipped("robokassa-pub-001", "/request", "199"),
        flipped("tribute-pub-001", "/request", "1644"),
        flipped("wata-pub-001", "/request", "1188"),
        flipped("paypal-pub-001", "/request", "4.99"),
        flipped("heleket-pub-001", "/request", "2.5"),
        flipped("sequences-pub-002", "/steps/1/request", "9100"),
        flipped("sequences-pub-007", "/steps/0/request", "stx_aP"),
    ];
    let verdicts = judged(json!(cases)).await;
    let all: Vec<&str> = cases.iter().map(|case| case["id"].as_str().unwrap()).collect();
    assert_eq!(ids(&verdicts), all, "{verdicts}");
    let (_, Mismatch { expected, happened }) = &verdicts.failed[0];
    assert_eq!(
        (expected.as_str(), happened.as_str()),
        ("taken: a status 2xx", "401 \"unauthorized\" (front door)")
    );
    assert!(verdicts.failed[8].1.expected.starts_with("step 2: "), "{verdicts}");
    // Nothing signs an update: another id of the charge is another charge.
    assert_eq!(verdicts.failed[9].1.expected, "step 2: 1 credit(s)");
}

#[tokio::test]
async fn every_expectation_is_looked_at() {
    let cases = [
        with("stripe-pub-004", "/expect/signature", json!("valid")),
        with("stripe-pub-001", "/expect/signature", json!("invalid")),
        with("stripe-pub-001", "/expect/fields/amount_total", json!(500)),
        with("stripe-pub-001", "/now_unix", json!(1_795_601_200)),
        with("cryptopay-pub-001", "/expect/fields/payload", json!("0190f5d2-7b1e-7c3a-9d4e-5f6a7b8c9d0f")),
        with("freekassa-pub-001", "/expect/ack", json!("OK")),
        with("freekassa-pub-001", "/config/allowed_ips", json!(["203.0.113.9"])),
        with("freekassa-pub-011", "/expected", json!("00")),
        with("freekassa-pub-011", "/input/nonce", json!(1)),
        with("robokassa-pub-014", "/receipt_in_get_query", json!("%7B")),
        with("robokassa-pub-016", "/config/is_test", json!(false)),
        with("wata-pub-001", "/expect/fields/amount", json!("1188.01")),
        with("paypal-pub-001", "/expect/fields/crc32_decimal", json!(1)),
        with("paypal-pub-001", "/config/webhook_id", json!("OTHER")),
        with("tribute-pub-001", "/expect/fields", json!({ "unheard_of": "nowhere" })),
        with("stripe-pub-001", "/expect/fields", json!({ "unheard_of": 1 })),
        with("yookassa_ip-pub-001", "/source_ip", json!("203.0.113.9")),
        with("yookassa_ip-pub-009", "/source_ip", json!("185.71.76.9")),
        with("yookassa_refetch-pub-001", "/expected_action", json!("do_not_credit")),
        with("yookassa_refetch-pub-002", "/expected_action", json!("credit_once_and_ack_200")),
        with("yookassa_refetch-pub-004", "/expected_action", json!("do_not_credit_ack_200")),
        with("yookassa_refetch-pub-006", "/expected_action", json!("keep_paid_ack_200")),
        with("telegram_webhook-pub-001", "/config/secret_token", json!("another")),
        with("mulenpay-pub-001", "/input/amount", json!("199.01")),
        with("sequences-pub-001", "/steps/2/expect/credits_total", json!(2)),
        with("sequences-pub-003", "/steps/0/expect/credits_total", json!(0)),
        with("sequences-pub-004", "/steps/1/note", json!("body exactly OK31002")),
        with("sequences-pub-005", "/steps/2/expect/order_state", json!("active until 2027-01-21")),
        with("sequences-pub-006", "/steps/1/expect/order_state", json!("canceled")),
        with("sequences-pub-008", "/order/amount", json!("199.01")),
    ];
    let verdicts = judged(json!({ "hidden": { "all": cases } })).await;
    let all: Vec<&str> = cases.iter().map(|case| case["id"].as_str().unwrap()).collect();
    assert_eq!(ids(&verdicts), all, "{verdicts}");
    assert_eq!(verdicts.passed, 0);
}

#[tokio::test]
async fn what_nobody_knows_how_to_judge_fails() {
    let cases = json!({ "_meta": { "kinds": [] }, "strange": [
        with("stripe-pub-001", "/kind", json!("dance")),
        with("wata-pub-001", "/expect/signature", json!("perhaps")),
        with("yookassa_refetch-pub-001", "/expected_action", json!("credit_once_and_dance")),
        with("sequences-pub-001", "/steps/0/expect/order_state", json!("glad")),
        { "id": "unheard-1", "kind": "webhook", "request": { "path": "/webhooks/unheard" } },
        { "id": "stripe-1", "title": "no kind" },
        { "title": "no name" },
    ]});
    let verdicts = judged(cases).await;
    assert_eq!((verdicts.passed, verdicts.failed.len()), (0, 7), "{verdicts}");
    let unknown = |(_, mismatch): &(String, Mismatch)| mismatch.expected.contains("knows how to judge");
    assert!(verdicts.failed.iter().all(unknown), "{verdicts}");
    assert_eq!(ids(&verdicts)[6], "strange[6]");
}

#[tokio::test]
async fn a_file_without_cases_is_no_file() {
    for text in ["", "{", "{}", "[]", "[1]", r#"{"_meta":{"x":[{"id":"a","kind":"webhook"}]}}"#] {
        assert!(judge(text).await.is_err(), "{text}");
    }
}
