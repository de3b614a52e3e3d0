//! PayPal from order to refund, against the stand-in: what is sent, and what comes of every kind of answer.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do: by panicking")]

mod paypal_world;
mod support;

use axum::Router;
use domain::{Currency, Language, Money, Payment, credit::Status};
use payments::{
    Cause, Gateway, GatewayError, ObjectRef, Order, Retry,
    paypal::{Config, Paypal},
};
use paypal_world::{Meets, RETURN, SECRET, World, config, gateway, impatiently, payment, usd};
use secrecy::SecretString;
use serde_json::{Value, json};
use standin_providers::{Act, NotPossible, Till};
use std::{sync::Arc, time::Duration};
use support::{http, serve};
use tokio::sync::Notify;

#[tokio::test]
async fn sends_exactly_this() {
    let world = World::new().await;
    let first = payment("golden");
    let id = first.id.to_string();
    let opened = world.gateway.create(&Order::new(&first, "VPN, 30 дней", RETURN)).await.unwrap();
    let yen = Payment { amount: Money::new(500, Currency::Jpy), ..payment("yen") };
    let order = Order { language: Language::En, ..Order::new(&yen, &"й".repeat(200), RETURN) };
    world.gateway.create(&order).await.unwrap();

    let calls = world.posts();
    assert_eq!((calls[0].path.as_str(), calls[0].key.as_ref()), ("/v2/checkout/orders", Some(&id)));
    let golden = json!({
        "intent": "CAPTURE",
        "purchase_units": [{
            "reference_id": "default",
            "custom_id": id,
            "invoice_id": id,
            "description": "VPN, 30 дней",
            "amount": { "currency_code": "USD", "value": "4.99" },
        }],
        "payment_source": { "paypal": { "experience_context": {
            "return_url": RETURN,
            "cancel_url": RETURN,
            "user_action": "PAY_NOW",
            "shipping_preference": "NO_SHIPPING",
            "payment_method_preference": "IMMEDIATE_PAYMENT_REQUIRED",
            "locale": "ru-RU",
        } } },
    });
    assert_eq!(calls[0].request.to_string(), golden.to_string(), "the bytes, with the order of fields");
    let unit = &calls[1].request["purchase_units"][0];
    assert_eq!(
        (&unit["amount"]["value"], unit["description"].as_str().unwrap().chars().count()),
        (&json!("500"), 127)
    );
    assert_eq!(calls[1].request["payment_source"]["paypal"]["experience_context"]["locale"], "en-US");

    let view = &world.till.orders()[0];
    assert_eq!(opened.external_id.as_deref(), Some(view.id.as_str()));
    assert_eq!(opened.pay_url, Some(format!("http://localhost:8080/paypal/pay/{}", view.id)));
    let tokens = world.till.calls().iter().filter(|call| call.path == "/v1/oauth2/token").count();
    assert_eq!(tokens, 1, "a token is used as long as it is good");
}

#[tokio::test]
async fn one_order_is_one_order_however_often_it_is_sent() {
    let world = World::new().await;
    let payment = payment("one");
    let order = Order::new(&payment, "VPN", RETURN);
    let first = world.gateway.create(&order).await.unwrap();
    assert_eq!(world.gateway.create(&order).await.unwrap(), first);
    let other = world.gateway.create(&Order::new(&payment, "VPN, another text", RETURN)).await;
    assert!(matches!(other, Err(GatewayError::UnknownOutcome { cause: Cause::Status(422) })), "{other:?}");
    assert_eq!(world.till.orders().len(), 1);
}

#[tokio::test]
async fn lost_answers_are_asked_for_again_with_the_same_key() {
    let silence = Arc::new(Notify::new());
    let payment = payment("lost");
    let order = Order::new(&payment, "VPN", RETURN);
    for fate in [Meets::Lost(500), Meets::Lost(503), Meets::Silence(Arc::clone(&silence))] {
        let world = World::fated(vec![Meets::Answer, fate]).await;
        let opened = impatiently(world.gateway.create(&order), &silence).await.unwrap();
        assert_eq!(opened.external_id, Some(world.till.orders()[0].id.clone()));
        assert_eq!((world.posts().len(), world.till.orders().len()), (2, 1));
    }
    let world = World::fated(vec![Meets::Answer, Meets::Lost(500), Meets::Lost(500)]).await;
    let outcome = world.gateway.create(&order).await;
    assert!(
        matches!(outcome, Err(GatewayError::UnknownOutcome { cause: Cause::Status(500) })),
        "{outcome:?}"
    );
    assert!(world.gateway.create(&order).await.is_ok());
    assert_eq!(world.till.orders().len(), 1);
}

#[tokio::test]
async fn every_class_of_error() {
    let payment = payment("errors");
    let order = Order::new(&payment, "VPN", RETURN);
    let create = async |fates: Vec<Meets>| {
        let world = World::fated(fates).await;
        let outcome = world.gateway.create(&order).await;
        assert_eq!(world.till.orders(), []);
        outcome.unwrap_err()
    };
    let refusal = |status, body| Meets::Refusal(status, body, None);
    let error = create(vec![Meets::Answer, Meets::Refusal(429, "{}", Some(7))]).await;
    assert_eq!(error.retry(), Retry::Later(Duration::from_secs(7)));
    assert!(matches!(create(vec![Meets::Answer, refusal(200, "{}")]).await, GatewayError::Garbage { .. }));
    let body = r#"{"name":"UNPROCESSABLE_ENTITY","message":"m","details":[{"issue":"PAYEE_ACCOUNT_RESTRICTED","description":"d","field":"/x"}]}"#;
    let GatewayError::Refused { code, description } = create(vec![Meets::Answer, refusal(422, body)]).await
    else {
        panic!("not refused")
    };
    assert_eq!((code.as_str(), description.as_str()), ("PAYEE_ACCOUNT_RESTRICTED", "d (/x)"));
    // Without a token nothing has been asked for yet.
    let cut_off = create(vec![Meets::Lost(500)]).await;
    assert!(matches!(cut_off, GatewayError::Unavailable { cause: Cause::Status(500) }), "{cut_off:?}");
    // A token that PayPal forgot is replaced once.
    assert!(matches!(
        create(vec![Meets::Answer, refusal(401, "{}"), Meets::Answer, refusal(401, "{}")]).await,
        GatewayError::Unauthorized
    ));

    let world = World::new().await;
    let euros = Payment { amount: Money::new(500, Currency::Rub), ..payment.clone() };
    let refused = world.gateway.create(&Order::new(&euros, "VPN", RETURN)).await;
    assert!(matches!(refused, Err(GatewayError::Refused { code, .. }) if code == "CURRENCY_NOT_SUPPORTED"));
    assert!(!world.gateway.abilities().takes(Money::new(500, Currency::Rub)));
    let base = serve(world.till.api()).await;
    let stale = Config { client_secret: SecretString::from("old"), ..config(&base) };
    let stale = Paypal::new(http(), stale).unwrap();
    assert!(matches!(stale.create(&order).await, Err(GatewayError::Unauthorized)));
    let unreachable = gateway("http://127.0.0.1:1").create(&order).await;
    assert!(matches!(unreachable, Err(GatewayError::Unavailable { cause: Cause::Unreachable(_) })));
}

#[tokio::test]
async fn tokens_end_and_are_replaced() {
    let world = World::new().await;
    let first = payment("first");
    let id = world.open(&first).await;
    world.till.expire_tokens();
    assert_eq!(world.ask(&id).await.report.status, Status::Pending);
    let tokens = world.till.calls().iter().filter(|call| call.path == "/v1/oauth2/token").count();
    assert_eq!(tokens, 2);
}

/// A success that is not about our order is no success.
#[tokio::test]
async fn answers_that_contradict_the_order_are_not_believed() {
    let payment = payment("contradiction");
    let id = payment.id.to_string();
    let good = json!({
        "id": "5O190127TN364715T", "status": "PAYER_ACTION_REQUIRED", "access_token": "a", "expires_in": 100,
        "purchase_units": [{ "custom_id": id, "amount": { "currency_code": "USD", "value": "4.99" } }],
        "links": [{ "href": "https://www.paypal.com/checkoutnow?token=5O19", "rel": "payer-action" }],
    });
    let try_with = async |body: Value| {
        let router = Router::new().fallback(move || async move { axum::Json(body) });
        gateway(&serve(router).await).create(&Order::new(&payment, "VPN", RETURN)).await
    };
    assert!(try_with(good.clone()).await.is_ok());
    for (pointer, value) in [
        ("/purchase_units/0/amount/value", json!("4.98")),
        ("/purchase_units/0/amount/value", json!("4.990000001")),
        ("/purchase_units/0/amount/value", json!(4.99)),
        ("/purchase_units/0/amount/currency_code", json!("EUR")),
        ("/purchase_units/0/custom_id", json!("other")),
        ("/purchase_units", json!([])),
        ("/id", json!("../x")),
        ("/links/0/href", json!("javascript:alert(1)")),
        ("/links", json!([])),
    ] {
        let mut body = good.clone();
        *body.pointer_mut(pointer).unwrap() = value;
        let outcome = try_with(body).await;
        assert!(matches!(outcome, Err(GatewayError::Garbage { .. })), "{pointer}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_payments_life_as_told_by_the_stand_in() {
    let world = World::new().await;
    let payment = payment("life");
    let order = world.open(&payment).await;
    let pending = world.ask(&order).await;
    assert_eq!((pending.payment, &pending.report.status), (Some(payment.id), &Status::Pending));
    assert_eq!((&pending.report.external_id, pending.report.test), (&order, true));

    world.act(&order, Act::PayAndRepeat);
    assert_eq!(world.till.orders()[0].paid_minor, 0, "approval is not money");
    let told = world.told().await;
    assert_eq!(world.till.orders()[0].paid_minor, 499);
    assert_eq!(told.len(), 4, "two approvals, two captures");
    assert!(told.iter().all(|one| *one == told[0]), "{told:?}");
    assert_eq!((told[0].payment, &told[0].report.status), (Some(payment.id), &Status::Paid(usd(499))));
    let capture = told[0].report.external_id.clone();
    assert_ne!(capture, order);
    let captures = world.posts().into_iter().filter(|call| call.path.ends_with("/capture"));
    let keys: Vec<_> = captures.map(|call| (call.key, call.status)).collect();
    assert_eq!(keys, [(Some(format!("{}-c", payment.id)), 201)]);
    for id in [order.clone(), capture.clone(), format!("capture/{capture}")] {
        assert_eq!(world.ask(&id).await, told[0], "{id}");
    }

    world.act(&order, Act::Refund(99));
    let part = world.last().await;
    assert_eq!((&part.status, &part.external_id), (&Status::Refunded(usd(99)), &capture));
    for payment in [&capture, &order] {
        let refund = ObjectRef::Refund { refund: world.till.refunds()[0].clone(), payment: payment.clone() };
        assert_eq!(world.fetch(&refund).await.unwrap().report, part);
    }
    // Whoever has not heard of the money must still hear of it.
    assert_eq!(world.ask(&capture).await.report.status, Status::Paid(usd(499)));
    world.act(&order, Act::Refund(400));
    assert_eq!(world.last().await.status, Status::Refunded(usd(499)));
    // The older refund knows only its own total; all that is gone is told.
    let first = ObjectRef::Refund { refund: world.till.refunds()[0].clone(), payment: capture.clone() };
    assert_eq!(world.fetch(&first).await.unwrap().report.status, Status::Refunded(usd(499)));
    for id in [&order, &capture] {
        assert_eq!(world.ask(id).await.report.status, Status::Refunded(usd(499)));
    }
    for id in ["", "UNKNOWN", "capture/UNKNOWN", "capture/", "../x", "cs_test_1", &"A".repeat(99)] {
        assert_eq!(world.fetch(&ObjectRef::Payment(id.to_owned())).await, None, "{id}");
    }
    let mixed = ObjectRef::Refund { refund: "UNKNOWN".to_owned(), payment: "UNKNOWN".to_owned() };
    assert_eq!(world.fetch(&mixed).await, None);
}

#[tokio::test]
async fn the_sweeper_takes_approved_money_when_every_notification_is_lost() {
    let world = World::new().await;
    let order = world.open(&payment("silent")).await;
    world.act(&order, Act::PaySilently);
    world.till.take_webhooks();
    let paid = world.ask(&order).await;
    assert_eq!(paid.report.status, Status::Paid(usd(499)));
    assert_eq!(world.ask(&order).await, paid);
    for act in [Act::PayAgain, Act::PayOther(1)] {
        assert_eq!(world.till.act(&order, act), Err(NotPossible::Never("PayPal")));
    }
}

#[tokio::test]
async fn reviews_declines_and_second_choices() {
    let world = World::new().await;
    let late = world.open(&payment("late")).await;
    world.act(&late, Act::PayLate);
    assert!(world.told().await.iter().all(|told| told.report.status == Status::Pending));
    let other = world.open(&payment("denied")).await;
    world.act(&other, Act::PayLate);
    world.told().await;
    world.act(&other, Act::Cancel);
    assert_eq!(world.last().await.status, Status::Canceled("other".to_owned()));
    let declined = world.open(&payment("declined")).await;
    world.act(&declined, Act::Cancel);
    for told in world.told().await {
        assert_eq!(told.report.status, Status::Canceled("other".to_owned()));
    }
    assert_eq!(world.ask(&declined).await.report.status, Status::Canceled("other".to_owned()));

    let again = world.open(&payment("again")).await;
    world.till.approve_with_bad_card(&again).unwrap();
    assert_eq!(world.last().await.status, Status::Pending);
    world.act(&again, Act::Pay);
    assert_eq!(world.last().await.status, Status::Paid(usd(499)));

    world.hand.advance(65);
    assert_eq!(world.last().await.status, Status::Paid(usd(499)));
    assert_eq!(world.ask(&late).await.report.status, Status::Paid(usd(499)));
    let forgotten = world.open(&payment("forgotten")).await;
    world.hand.advance(180);
    assert_eq!(world.fetch(&ObjectRef::Payment(forgotten)).await, None, "PayPal forgets it");
}

#[tokio::test]
async fn a_lost_answer_to_a_capture_is_one_capture() {
    // Token, create, ask, capture.
    let world = World::fated(vec![Meets::Answer, Meets::Answer, Meets::Answer, Meets::Lost(500)]).await;
    let order = world.open(&payment("lost capture")).await;
    world.act(&order, Act::PaySilently);
    assert_eq!(world.ask(&order).await.report.status, Status::Paid(usd(499)));
    // The same, but PayPal has forgotten the request id.
    let fates = vec![Meets::Answer, Meets::Answer, Meets::Answer, Meets::Lost(500), Meets::Lost(500)];
    let world = World::fated(fates).await;
    let order = world.open(&payment("lost capture")).await;
    world.act(&order, Act::PaySilently);
    let lost = world.gateway.fetch(&ObjectRef::Payment(order.clone())).await;
    assert!(matches!(lost, Err(GatewayError::UnknownOutcome { .. })), "{lost:?}");
    world.hand.advance(7 * 60);
    assert_eq!(world.ask(&order).await.report.status, Status::Paid(usd(499)));
    assert_eq!(world.till.orders()[0].paid_minor, 499);
}

#[tokio::test]
async fn an_order_captured_meanwhile_is_read_again() {
    // Token, create, ask, capture: another container was faster.
    let body = r#"{"name":"UNPROCESSABLE_ENTITY","details":[{"issue":"ORDER_ALREADY_CAPTURED"}]}"#;
    let refusal = Meets::Refusal(422, body, None);
    let world = World::fated(vec![Meets::Answer, Meets::Answer, Meets::Answer, refusal]).await;
    let order = world.open(&payment("raced")).await;
    world.act(&order, Act::PaySilently);
    assert_eq!(world.ask(&order).await.report.status, Status::Pending);
    assert_eq!(world.ask(&order).await.report.status, Status::Paid(usd(499)));
}

#[tokio::test]
async fn orders_of_other_shops_are_not_captured() {
    let foreign = json!({
        "id": "5O190127TN364715T", "status": "APPROVED", "access_token": "a", "expires_in": 100, "links": [],
        "purchase_units": [{ "custom_id": "T-shirt", "amount": { "currency_code": "USD", "value": "4.99" } }],
    });
    let router = Router::new().fallback(move |request: axum::extract::Request| async move {
        assert!(!request.uri().path().ends_with("/capture"));
        axum::Json(foreign)
    });
    let gateway = gateway(&serve(router).await);
    let told = gateway.fetch(&ObjectRef::Payment("5O190127TN364715T".to_owned())).await.unwrap().unwrap();
    assert_eq!((told.payment, &told.report.status), (None, &Status::Pending));
}

#[tokio::test]
async fn settings_are_checked_all_at_once_and_secrets_are_not_shown() {
    let wrong = Config {
        api_url: "ftp://x".to_owned(),
        client_id: "a:b".to_owned(),
        client_secret: SecretString::from(""),
        webhook_id: "WEBHOOK ID".to_owned(),
        sandbox: false,
        brand_name: Some(" ".to_owned()),
        extra_roots: vec![vec![1, 2, 3]],
        cert_base: Some("x".to_owned()),
    };
    let error = Paypal::new(http(), wrong).err().unwrap();
    let names: Vec<&str> = error.0.iter().map(|line| line.split(':').next().unwrap()).collect();
    let all = "PAYPAL_API_URL PAYPAL_CLIENT_ID PAYPAL_CLIENT_SECRET PAYPAL_WEBHOOK_ID PAYPAL_BRAND_NAME \
        PAYPAL_EXTRA_ROOTS_PEM PAYPAL_CERT_BASE_URL";
    assert_eq!(names, all.split_ascii_whitespace().collect::<Vec<_>>());
    assert!(!format!("{:?}", config("http://x")).contains(SECRET));
    assert_eq!(Config::roots_of_pem(" ").unwrap(), Vec::<Vec<u8>>::new());
    for bad in ["x", "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n"] {
        assert!(Config::roots_of_pem(bad).unwrap_err().0[0].starts_with("PAYPAL_EXTRA_ROOTS_PEM:"), "{bad}");
    }
    let limits = gateway("http://x").abilities().limits.clone();
    assert!(limits.iter().all(|range| range.min.minor > 0 && range.min.minor < range.max.minor));
    assert_eq!(gateway("http://x").abilities().limits(Currency::Rub), None);
}
