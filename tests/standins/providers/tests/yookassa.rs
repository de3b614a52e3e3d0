//! The stand-in's own manners: strictness, idempotence, the page, and the hour.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do: by panicking")]

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Method, Request, StatusCode, header},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde_json::{Value, json};
use standin_providers::{
    Act, NotPossible, Till,
    yookassa::{Config, RefundFate, Yookassa},
};
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};
use tower::ServiceExt;

struct World {
    shop: Yookassa,
    minutes: Arc<AtomicI64>,
}

impl World {
    fn new() -> Self {
        let minutes = Arc::new(AtomicI64::new(0));
        let hand = Arc::clone(&minutes);
        let clock = move || Timestamp::from_second(1_795_600_800 + 60 * hand.load(Ordering::SeqCst)).unwrap();
        let config = Config {
            shop_id: "100500".to_owned(),
            secret_key: "test_key".to_owned(),
            public_base: "http://localhost:1/yookassa".to_owned(),
            test: true,
            receipts: false,
            autopayments: true,
        };
        Self { shop: Yookassa::new(config, Arc::new(clock)), minutes }
    }

    async fn post(&self, path: &str, key: Option<&str>, body: &Value) -> (StatusCode, Value) {
        let basic = format!("Basic {}", STANDARD.encode("100500:test_key"));
        let mut request = Request::post(format!("/v3/{path}")).header(header::AUTHORIZATION, basic);
        if let Some(key) = key {
            request = request.header("Idempotence-Key", key);
        }
        let (status, body, _) =
            send(self.shop.router(), request.body(Body::from(body.to_string())).unwrap()).await;
        (status, serde_json::from_str(&body).unwrap())
    }

    async fn get(&self, path: &str) -> (StatusCode, Value) {
        let basic = format!("Basic {}", STANDARD.encode("100500:test_key"));
        let request = Request::get(format!("/v3/{path}")).header(header::AUTHORIZATION, basic);
        let (status, body, _) = send(self.shop.router(), request.body(Body::empty()).unwrap()).await;
        (status, serde_json::from_str(&body).unwrap())
    }

    async fn create(&self, key: &str) -> String {
        let (status, payment) = self.post("payments", Some(key), &order()).await;
        assert_eq!(status, StatusCode::OK, "{payment}");
        payment["id"].as_str().unwrap().to_owned()
    }

    async fn page(&self, method: Method, path: &str) -> (StatusCode, String, Option<String>) {
        let request = Request::builder().method(method).uri(format!("/pay/{path}"));
        send(self.shop.router(), request.body(Body::empty()).unwrap()).await
    }

    fn events(&self) -> Vec<String> {
        let event = |body: Vec<u8>| {
            serde_json::from_slice::<Value>(&body).unwrap()["event"].as_str().unwrap().to_owned()
        };
        self.shop.take_webhooks().into_iter().map(|webhook| event(webhook.body)).collect()
    }
}

async fn send(router: Router, request: Request<Body>) -> (StatusCode, String, Option<String>) {
    let response = router.oneshot(request).await.unwrap();
    let location = response.headers().get(header::LOCATION).map(|value| value.to_str().unwrap().to_owned());
    let status = response.status();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap(), location)
}

fn order() -> Value {
    json!({
        "amount": { "value": "199.00", "currency": "RUB" },
        "capture": true,
        "confirmation": { "type": "redirect", "return_url": "https://t.me/our_bot?start=a&b" },
        "description": "VPN <30> дней",
        "metadata": { "order_id": "pay_1" },
    })
}

#[tokio::test]
async fn what_is_refused_and_for_what() {
    let world = World::new();
    let item = json!({
        "description": "VPN", "quantity": 1, "amount": { "value": "199.00", "currency": "RUB" },
        "vat_code": 1, "measure": "piece", "payment_mode": "full_payment", "payment_subject": "service",
    });
    let receipt = |change: &dyn Fn(&mut Value)| {
        let mut receipt = json!({ "customer": { "email": "a@b.c" }, "items": [item] });
        change(&mut receipt);
        receipt
    };
    let cases = [
        ("/amount/value", json!("199.0"), "amount"),
        ("/amount/value", json!("0.00"), "amount"),
        ("/amount/value", json!("1e3.00"), "amount"),
        ("/amount/value", json!(199), "body"),
        ("/amount/currency", json!("USD"), "amount"),
        ("/amount", json!({ "value": "199.00", "currency": "RUB", "extra": 1 }), "body"),
        ("/capture", json!("true"), "body"),
        ("/confirmation/type", json!("qr"), "confirmation.type"),
        ("/confirmation/return_url", json!("tg://resolve"), "confirmation.return_url"),
        ("/description", json!("я".repeat(129)), "description"),
        ("/metadata", json!({ "order_id": 1 }), "metadata"),
        ("/metadata", json!({ "k".repeat(33): "v" }), "metadata"),
        ("/receipt", receipt(&|r| r["items"][0]["quantity"] = json!(2)), "receipt"),
        ("/receipt", receipt(&|r| r["items"][0]["quantity"] = json!(1.0005)), "receipt"),
        ("/receipt", receipt(&|r| r["items"][0]["vat_code"] = json!(13)), "receipt"),
        ("/receipt", receipt(&|r| r["customer"]["email"] = json!("nobody")), "receipt"),
        ("/receipt", receipt(&|r| r["items"] = json!([])), "receipt"),
        ("/payment_method_id", json!("22d6d597-000f-5000-9000-145f6df21d6f"), "confirmation"),
        ("/confirmation", json!(null), "confirmation"),
        ("/surprise", json!(1), "body"),
    ];
    for (number, (pointer, value, parameter)) in cases.into_iter().enumerate() {
        let mut body = order();
        match body.pointer_mut(pointer) {
            Some(place) => *place = value,
            None => body[&pointer[1..]] = value,
        }
        let (status, answer) = world.post("payments", Some(&format!("k{number}")), &body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
        assert_eq!(
            (&answer["code"], &answer["parameter"]),
            (&json!("invalid_request"), &json!(parameter)),
            "{body}: {answer}"
        );
    }
    assert_eq!(world.shop.payments(), []);
    let mut good = order();
    good["receipt"] = receipt(&|_| {});
    assert_eq!(world.post("payments", Some("good"), &good).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_key_is_one_request_for_a_day() {
    let world = World::new();
    let (status, answer) = world.post("payments", None, &order()).await;
    assert_eq!((status, &answer["parameter"]), (StatusCode::BAD_REQUEST, &json!("Idempotence-Key")));
    let long = "k".repeat(65);
    assert_eq!(world.post("payments", Some(&long), &order()).await.0, StatusCode::BAD_REQUEST);

    let first = world.create("k1").await;
    assert_eq!(world.create("k1").await, first);
    let mut other = order();
    other["description"] = json!("other");
    let (status, answer) = world.post("payments", Some("k1"), &other).await;
    assert_eq!(
        (status, &answer["description"]),
        (StatusCode::BAD_REQUEST, &json!("Idempotence key duplicated"))
    );

    world.minutes.store(24 * 60 - 1, Ordering::SeqCst);
    assert_eq!(world.create("k1").await, first);
    world.minutes.store(24 * 60, Ordering::SeqCst);
    assert_ne!(world.create("k1").await, first);
    assert_eq!(world.shop.payments().len(), 2);
}

#[tokio::test]
async fn nobody_confirms_for_an_hour() {
    let world = World::new();
    let id = world.create("k1").await;
    world.minutes.store(59, Ordering::SeqCst);
    world.shop.tick();
    assert_eq!(world.events(), Vec::<String>::new());
    world.minutes.store(60, Ordering::SeqCst);
    assert_eq!(world.events(), ["payment.canceled"]);
    assert_eq!(world.shop.pay(&id), Err(NotPossible::State("canceled".to_owned())));
    assert_eq!(world.events(), Vec::<String>::new());
}

#[tokio::test]
async fn a_refund_never_exceeds_what_is_there() {
    let world = World::new();
    let id = world.create("k1").await;
    let refund = |value: &str| json!({ "payment_id": id, "amount": { "value": value, "currency": "RUB" } });
    assert_eq!(
        world.post("refunds", Some("r0"), &refund("1.00")).await.0,
        StatusCode::BAD_REQUEST,
        "not paid yet"
    );
    world.shop.pay(&id).unwrap();
    assert_eq!(world.post("refunds", Some("r1"), &refund("100.00")).await.0, StatusCode::OK);
    assert_eq!(
        world.post("refunds", Some("r1"), &refund("100.00")).await.0,
        StatusCode::OK,
        "the same once more"
    );
    assert_eq!(world.shop.payments()[0].refunded_minor, 10_000);
    assert_eq!(world.post("refunds", Some("r2"), &refund("99.01")).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(world.shop.refund(&id, 9_901), Err(NotPossible::Amount));
    world.shop.refund(&id, 9_900).unwrap();
    assert_eq!(world.events(), ["payment.succeeded", "refund.succeeded", "refund.succeeded"]);
}

#[tokio::test]
async fn the_page_shows_the_payment_and_carries_out_its_buttons() {
    let world = World::new();
    let id = world.create("k1").await;
    let (status, html, _) = world.page(Method::GET, &id).await;
    assert_eq!(status, StatusCode::OK);
    assert!(html.contains("199.00") && html.contains("VPN &lt;30&gt; дней"), "{html}");
    for action in ["pay", "pay-and-repeat", "pay-late", "pay-other", "pay-silently", "cancel"] {
        assert!(html.contains(&format!(r#"action="{id}/{action}""#)), "{action}");
    }
    let (status, _, location) = world.page(Method::POST, &format!("{id}/pay")).await;
    assert_eq!(
        (status, location.as_deref()),
        (StatusCode::SEE_OTHER, Some("https://t.me/our_bot?start=a&b"))
    );
    assert_eq!(world.page(Method::POST, &format!("{id}/pay")).await.0, StatusCode::CONFLICT, "paid already");
    let (_, html, _) = world.page(Method::GET, &id).await;
    assert!(
        html.contains("refund")
            && html.contains("https://t.me/our_bot?start=a&amp;b")
            && !html.contains("/cancel"),
        "{html}"
    );
    let (status, _, location) = world.page(Method::POST, &format!("{id}/refund")).await;
    assert_eq!((status, location), (StatusCode::SEE_OTHER, Some(format!("../{id}"))));
    assert_eq!(world.events(), ["payment.succeeded", "refund.succeeded"]);

    let twice = world.create("k2").await;
    world.page(Method::POST, &format!("{twice}/pay-and-repeat")).await;
    assert_eq!(world.events(), ["payment.succeeded", "payment.succeeded"]);
    let declined = world.create("k3").await;
    world.page(Method::POST, &format!("{declined}/cancel")).await;
    assert_eq!(world.events(), ["payment.canceled"]);
    assert_eq!(world.page(Method::GET, "unknown").await.0, StatusCode::NOT_FOUND);
    assert_eq!(world.page(Method::POST, &format!("{id}/steal")).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_refund_waits_or_fails_as_it_was_told_to() {
    let world = World::new();
    let id = world.create("k1").await;
    world.shop.pay(&id).unwrap();
    let refund = |value: &str| {
        json!({
            "payment_id": id,
            "amount": { "value": value, "currency": "RUB" },
            "metadata": { "refund_key": value },
        })
    };
    world.shop.next_refund(RefundFate::Waits);
    let (_, waits) = world.post("refunds", Some("r1"), &refund("150.00")).await;
    assert_eq!(waits["status"], "pending");
    assert_eq!(world.post("refunds", Some("r2"), &refund("50.00")).await.0, StatusCode::BAD_REQUEST);
    world.shop.next_refund(RefundFate::Fails("insufficient_funds".to_owned()));
    let (_, failed) = world.post("refunds", Some("r3"), &refund("49.00")).await;
    assert_eq!(
        (&failed["status"], &failed["cancellation_details"]["reason"]),
        (&json!("canceled"), &json!("insufficient_funds"))
    );
    assert_eq!(world.shop.payments()[0].refunded_minor, 0);
    assert_eq!(world.events(), ["payment.succeeded"]);

    world.shop.settle_refund(waits["id"].as_str().unwrap(), RefundFate::Succeeds).unwrap();
    assert_eq!(world.shop.payments()[0].refunded_minor, 15_000);
    assert_eq!(world.events(), ["refund.succeeded"]);
    let (_, list) = world.get(&format!("refunds?payment_id={id}&limit=100")).await;
    let keys: Vec<&Value> =
        list["items"].as_array().unwrap().iter().map(|item| &item["metadata"]["refund_key"]).collect();
    assert_eq!(keys, ["49.00", "150.00"], "the newest first");
    for query in ["refunds", "refunds?limit=100", "payments?limit=1", "refunds?payment_id=x&limit=0"] {
        assert_eq!(world.get(query).await.0, StatusCode::BAD_REQUEST, "{query}");
    }
}

#[tokio::test]
async fn a_method_is_saved_by_paying_and_charged_again() {
    let world = World::new();
    let mut saving = order();
    saving["save_payment_method"] = json!(true);
    let (_, first) = world.post("payments", Some("k1"), &saving).await;
    let id = first["id"].as_str().unwrap().to_owned();
    let charge = || {
        let mut body = order();
        body.as_object_mut().unwrap().remove("confirmation");
        body["payment_method_id"] = json!(id);
        body
    };
    assert_eq!(world.post("payments", Some("c0"), &charge()).await.0, StatusCode::NOT_FOUND, "not saved yet");
    world.shop.pay(&id).unwrap();
    assert_eq!(world.shop.methods(), std::slice::from_ref(&id));

    let (_, charged) = world.post("payments", Some("c1"), &charge()).await;
    assert_eq!((&charged["status"], charged.get("confirmation")), (&json!("succeeded"), None));
    assert_eq!(charged["payment_method"]["saved"], true);
    world.shop.slow_method(&id).unwrap();
    let (_, slow) = world.post("payments", Some("c2"), &charge()).await;
    assert_eq!(slow["status"], "pending");
    world.minutes.store(65, Ordering::SeqCst);
    world.shop.tick();
    assert_eq!(world.shop.payments()[2].status, "succeeded");
    world.shop.revoke_method(&id).unwrap();
    let (_, declined) = world.post("payments", Some("c3"), &charge()).await;
    assert_eq!(
        (&declined["status"], &declined["cancellation_details"]["reason"]),
        (&json!("canceled"), &json!("permission_revoked"))
    );
    let expected = ["payment.succeeded", "payment.succeeded", "payment.succeeded", "payment.canceled"];
    assert_eq!(world.events(), expected);
}

#[tokio::test]
async fn a_method_is_bound_without_paying() {
    let world = World::new();
    let body = json!({
        "type": "bank_card",
        "confirmation": { "type": "redirect", "return_url": "https://t.me/our_bot" },
        "metadata": { "order_id": "pay_1" },
    });
    let (status, bound) = world.post("payment_methods", Some("b1"), &body).await;
    assert_eq!(
        (status, &bound["status"], &bound["saved"]),
        (StatusCode::OK, &json!("pending"), &json!(false))
    );
    let id = bound["id"].as_str().unwrap();
    assert_eq!(bound["confirmation"]["confirmation_url"], format!("http://localhost:1/yookassa/pay/{id}"));
    assert_eq!(world.page(Method::GET, id).await.0, StatusCode::OK);
    assert!(matches!(world.shop.act(id, Act::Refund(1)), Err(NotPossible::Never(_))));
    assert_eq!(world.page(Method::POST, &format!("{id}/pay")).await.0, StatusCode::SEE_OTHER);
    assert_eq!(world.events(), ["payment_method.active"]);
    let (_, active) = world.get(&format!("payment_methods/{id}")).await;
    assert_eq!((&active["status"], &active["saved"]), (&json!("active"), &json!(true)));

    world.post("payment_methods", Some("b2"), &body).await;
    world.minutes.store(60, Ordering::SeqCst);
    let forgotten = world.shop.orders().pop().unwrap();
    assert_eq!((forgotten.status.as_str(), forgotten.open), ("inactive", false));
    assert_eq!(world.get("payment_methods/unknown").await.0, StatusCode::NOT_FOUND);
}
