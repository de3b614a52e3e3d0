//! Stripe from order to refund, against the stand-in: what is sent, and what comes of every kind of answer.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do: by panicking")]

mod stripe_world;
mod support;

use axum::Router;
use domain::{Currency, Language, Money, Payment, credit::Status};
use jiff::{SignedDuration, Timestamp};
use payments::{
    Cause, Gateway, GatewayError, ObjectRef, Order, Retry,
    stripe::{Config, Stripe},
};
use secrecy::SecretString;
use serde_json::{Value, json};
use standin_providers::{Act, NotPossible, Till};
use std::{sync::Arc, time::Duration};
use stripe_world::{KEY, Meets, RETURN, World, config, gateway, impatiently, payment, usd};
use support::{http, now, serve};
use tokio::sync::Notify;

#[tokio::test]
async fn sends_exactly_this() {
    let world = World::new().await;
    let payment = payment("golden");
    let id = payment.id.to_string();
    let mut order = Order::new(&payment, "VPN, 30 дней", RETURN);
    order.receipt_email = Some("anna@example.com".to_owned());
    let opened = world.gateway.create(&order).await.unwrap();
    order.language = Language::En;
    order.receipt_email = Some("anna at example".to_owned());
    let second = stripe_world::payment("second");
    let second_order = Order { payment: &second, save_method: true, ..order };
    world.gateway.create(&second_order).await.unwrap();

    let calls = world.till.calls();
    assert_eq!((calls[0].path.as_str(), calls[0].key.as_ref()), ("checkout/sessions", Some(&id)));
    let expires_at = (now().as_second() + 3600).to_string();
    let golden = json!({
        "mode": "payment",
        "line_items[0][quantity]": "1",
        "line_items[0][price_data][currency]": "usd",
        "line_items[0][price_data][unit_amount]": "499",
        "line_items[0][price_data][product_data][name]": "VPN, 30 дней",
        "payment_intent_data[metadata][order_id]": id,
        "payment_intent_data[description]": "VPN, 30 дней",
        "success_url": RETURN,
        "cancel_url": RETURN,
        "client_reference_id": id,
        "metadata[order_id]": id,
        "expires_at": expires_at,
        "locale": "ru",
        "customer_email": "anna@example.com",
    });
    assert_eq!(calls[0].request.to_string(), golden.to_string(), "the fields in order");
    let request = &calls[1].request;
    assert_eq!(request["payment_intent_data[setup_future_usage]"], "off_session");
    assert_eq!((&request["customer_creation"], &request["locale"]), (&json!("always"), &json!("en")));
    assert_eq!(request.get("customer_email"), None);

    let view = &world.till.orders()[0];
    assert_eq!(opened.external_id.as_deref(), Some(view.id.as_str()));
    assert_eq!(opened.pay_url, Some(format!("http://localhost:8080/stripe/pay/{}", view.id)));
    assert_eq!((view.minor, view.order.as_ref()), (499, Some(&id)));
}

#[tokio::test]
async fn a_session_lives_at_least_half_an_hour_and_yen_are_whole() {
    let world = World::new().await;
    let short = Payment { expires_at: now(), amount: Money::new(500, Currency::Jpy), ..payment("short") };
    let long =
        Payment { expires_at: now().checked_add(SignedDuration::from_hours(72)).unwrap(), ..payment("long") };
    for payment in [&short, &long] {
        world.gateway.create(&Order::new(payment, "VPN", RETURN)).await.unwrap();
    }
    let calls = world.till.calls();
    let expiry = |call: usize| calls[call].request["expires_at"].as_str().unwrap().parse::<i64>().unwrap();
    assert_eq!(expiry(0), now().as_second() + 35 * 60);
    assert_eq!(expiry(1), now().as_second() + 24 * 3600);
    assert_eq!(calls[0].request["line_items[0][price_data][unit_amount]"], "500");
}

#[tokio::test]
async fn one_order_is_one_session_however_often_it_is_sent() {
    let world = World::new().await;
    let payment = payment("one");
    let order = Order::new(&payment, "VPN", RETURN);
    let first = world.gateway.create(&order).await.unwrap();
    world.hand.advance(45);
    assert_eq!(world.gateway.create(&order).await.unwrap(), first);
    assert_eq!(world.till.orders().len(), 1);
    // Another text under the same key is refused by Stripe, but something exists: that is no "no".
    let other = world.gateway.create(&Order::new(&payment, "VPN, another text", RETURN)).await;
    assert!(matches!(other, Err(GatewayError::UnknownOutcome { cause: Cause::Status(400) })), "{other:?}");
    assert_eq!(world.till.orders().len(), 1);
}

#[tokio::test]
async fn lost_answers_are_asked_for_again_with_the_same_key() {
    let silence = Arc::new(Notify::new());
    for fate in [Meets::Lost(500), Meets::Lost(502), Meets::Silence(Arc::clone(&silence))] {
        let world = World::fated(vec![fate]).await;
        let payment = payment("lost");
        let order = Order::new(&payment, "VPN", RETURN);
        let opened = impatiently(world.gateway.create(&order), &silence).await.unwrap();
        assert_eq!(opened.external_id, Some(world.till.orders()[0].id.clone()));
        assert_eq!((world.till.calls().len(), world.till.orders().len()), (2, 1));
    }
    let world = World::fated(vec![Meets::Lost(500), Meets::Lost(500)]).await;
    let payment = payment("twice");
    let order = Order::new(&payment, "VPN", RETURN);
    let outcome = world.gateway.create(&order).await;
    assert!(
        matches!(outcome, Err(GatewayError::UnknownOutcome { cause: Cause::Status(500) })),
        "{outcome:?}"
    );
    assert!(world.gateway.create(&order).await.is_ok());
    assert_eq!(world.till.orders().len(), 1);

    let limited = Meets::Refusal(429, "{}", None);
    let world = World::fated(vec![Meets::Lost(500), limited]).await;
    let outcome = world.gateway.create(&order).await;
    assert!(matches!(outcome, Err(GatewayError::UnknownOutcome { .. })), "{outcome:?}");
}

#[tokio::test]
async fn every_class_of_error() {
    let payment = payment("errors");
    let order = Order::new(&payment, "VPN", RETURN);
    let create = async |fate: Meets| {
        let world = World::fated(vec![fate]).await;
        let outcome = world.gateway.create(&order).await;
        assert_eq!(world.till.orders(), []);
        outcome.unwrap_err()
    };
    let error = create(Meets::Refusal(429, "{}", Some(7))).await;
    assert_eq!(error.retry(), Retry::Later(Duration::from_secs(7)));
    assert!(matches!(create(Meets::Refusal(401, "{}", None)).await, GatewayError::Unauthorized));
    assert!(matches!(create(Meets::Refusal(200, "{}", None)).await, GatewayError::Garbage { .. }));
    assert!(matches!(create(Meets::Refusal(302, "", None)).await, GatewayError::Garbage { .. }));
    let body =
        r#"{"error":{"type":"invalid_request_error","code":"amount_too_small","message":"m","param":"p"}}"#;
    let GatewayError::Refused { code, description } = create(Meets::Refusal(400, body, None)).await else {
        panic!("not refused")
    };
    assert_eq!((code.as_str(), description.as_str()), ("amount_too_small", "m (p)"));

    let world = World::new().await;
    let tiny = Payment { amount: usd(10), ..payment.clone() };
    let refused = world.gateway.create(&Order::new(&tiny, "VPN", RETURN)).await;
    assert!(matches!(refused, Err(GatewayError::Refused { code, .. }) if code == "amount_too_small"));
    assert!(!world.gateway.abilities().takes(usd(10)));

    let base = serve(world.till.api()).await;
    let stale = Config { secret_key: SecretString::from("sk_test_other"), ..config(&base) };
    let stale = Stripe::new(http(), stale).unwrap();
    assert!(matches!(stale.create(&order).await, Err(GatewayError::Unauthorized)));
    let unreachable = gateway("http://127.0.0.1:1").create(&order).await;
    assert!(matches!(unreachable, Err(GatewayError::Unavailable { cause: Cause::Unreachable(_) })));
}

/// A success that is not about our order is no success.
#[tokio::test]
async fn answers_that_contradict_the_order_are_not_believed() {
    let payment = payment("contradiction");
    let good = json!({
        "id": "cs_test_a1", "livemode": false, "mode": "payment", "status": "open", "payment_status": "unpaid",
        "amount_total": 499, "currency": "usd", "client_reference_id": payment.id.to_string(),
        "metadata": { "order_id": payment.id.to_string() }, "url": "https://checkout.stripe.com/c/pay/cs_test_a1",
    });
    let try_with = async |body: Value| {
        let router = Router::new().fallback(move || async move { axum::Json(body) });
        gateway(&serve(router).await).create(&Order::new(&payment, "VPN", RETURN)).await
    };
    assert!(try_with(good.clone()).await.is_ok());
    for (pointer, value) in [
        ("/amount_total", json!(500)),
        ("/amount_total", json!("499")),
        ("/currency", json!("eur")),
        ("/currency", json!("zzz")),
        ("/metadata/order_id", json!(stripe_world::payment("x").id.to_string())),
        ("/id", json!("../x")),
        ("/url", json!("javascript:alert(1)")),
        ("/url", Value::Null),
        ("/livemode", json!("false")),
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
    let session = world.open(&payment).await;
    let pending = world.ask(&session).await;
    assert_eq!((pending.payment, pending.report.status), (Some(payment.id), Status::Pending));
    assert!(pending.report.test);

    world.act(&session, Act::PayAndRepeat);
    let told = world.told().await;
    assert_eq!(told.len(), 2);
    assert_eq!(told[0], told[1]);
    assert_eq!((told[0].payment, &told[0].report.status), (Some(payment.id), &Status::Paid(usd(499))));
    let intent = told[0].report.external_id.clone();
    assert!(intent.starts_with("pi_"));
    for id in [&session, &intent] {
        assert_eq!(world.ask(id).await, told[0], "{id}");
    }

    world.act(&session, Act::Refund(99));
    let refund = ObjectRef::Refund { refund: world.till.refunds()[0].clone(), payment: intent.clone() };
    let part = world.only().await;
    assert_eq!((&part.status, &part.external_id), (&Status::Refunded(usd(99)), &intent));
    assert_eq!(world.fetch(&refund).await.unwrap().report, part);
    // Whoever has not heard of the money must still hear of it.
    assert_eq!(world.ask(&intent).await.report.status, Status::Paid(usd(499)));
    world.act(&session, Act::Refund(400));
    assert_eq!(world.only().await.status, Status::Refunded(usd(499)));
    assert_eq!(world.ask(&session).await.report.status, Status::Refunded(usd(499)));
    assert_eq!(world.till.act(&session, Act::Refund(1)), Err(NotPossible::Amount));

    let mixed = ObjectRef::Refund { refund: world.till.refunds()[0].clone(), payment: "pi_other".to_owned() };
    assert_eq!(world.fetch(&mixed).await, None);
    for id in ["", "cs_unknown", "pi_unknown", "pi_../x", "ch_1", "5O190127TN364715T", "cs_"] {
        assert_eq!(world.fetch(&ObjectRef::Payment(id.to_owned())).await, None, "{id}");
    }
}

#[tokio::test]
async fn slow_money_expiry_and_disputes() {
    let world = World::new().await;
    let silent = world.open(&payment("silent")).await;
    world.act(&silent, Act::PaySilently);
    assert_eq!(world.told().await, []);
    assert_eq!(world.ask(&silent).await.report.status, Status::Paid(usd(499)));
    for act in [Act::PayAgain, Act::PayOther(1)] {
        assert_eq!(world.till.act(&silent, act), Err(NotPossible::Never("Stripe")));
    }

    let slow = world.open(&payment("slow")).await;
    world.act(&slow, Act::PayLate);
    let pending = world.only().await;
    assert_eq!(pending.status, Status::Pending);
    let failing = world.open(&payment("failing")).await;
    world.act(&failing, Act::PayLate);
    world.told().await;
    world.act(&failing, Act::Cancel);
    let failed = world.only().await;
    assert_eq!(failed.status, Status::Canceled("async_payment_failed".to_owned()));
    assert_eq!(world.ask(&failing).await.report.status, Status::Canceled("generic_decline".to_owned()));
    let forgotten = world.open(&payment("forgotten")).await;
    world.hand.advance(60);
    assert_eq!(world.only().await.status, Status::Canceled("expired".to_owned()));
    assert_eq!(world.ask(&forgotten).await.report.status, Status::Canceled("expired".to_owned()));
    assert_eq!(world.ask(&slow).await.report.status, Status::Pending);
    world.hand.advance(5);
    let arrived = world.only().await;
    assert_eq!((&arrived.status, &arrived.external_id), (&Status::Paid(usd(499)), &pending.external_id));

    world.act(&slow, Act::Dispute);
    let disputed = world.only().await;
    assert_eq!(disputed.status, Status::Disputed("fraudulent".to_owned()));
    assert_eq!(disputed.external_id, arrived.external_id);
    world.till.win_disputes(&arrived.external_id);
    assert_eq!(world.ask(&slow).await.report.status, Status::Paid(usd(499)));
}

#[tokio::test]
async fn settings_are_checked_all_at_once_and_secrets_are_not_shown() {
    let wrong = Config {
        api_url: "ftp://x".to_owned(),
        secret_key: SecretString::from("pk_live_1"),
        webhook_secret: SecretString::from("secret"),
        tolerance_seconds: 0,
    };
    let error = Stripe::new(http(), wrong).err().unwrap();
    let names: Vec<&str> = error.0.iter().map(|line| line.split(':').next().unwrap()).collect();
    let all =
        ["STRIPE_API_URL", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "STRIPE_WEBHOOK_TOLERANCE_SECONDS"];
    assert_eq!(names, all);
    let good = config("https://api.stripe.com");
    assert!(good.is_test());
    let shown = format!("{good:?}");
    assert!(!shown.contains(KEY) && !shown.contains(stripe_world::SECRET), "{shown}");
    let limits = gateway("http://x").abilities().limits.clone();
    assert!(limits.iter().all(|range| range.min.minor > 0 && range.max.minor == 99_999_999));
    assert_eq!(gateway("http://x").abilities().limits(Currency::Rub), None);
    assert!(Timestamp::UNIX_EPOCH < now());
}
