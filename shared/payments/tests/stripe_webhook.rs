//! Stripe's webhooks: which are genuine, and what they are believed to say.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do: by panicking")]

mod stripe_world;
mod support;

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{
    Currency, Money, PaymentId, PaymentState, Record, UserState,
    credit::{self, Status, Verdict},
};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use payments::{
    AuthError, Claim, Fetched, Gateway, ObjectRef, RawWebhook,
    stripe::{Config, Stripe},
};
use proptest::prelude::*;
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::Sha256;
use standin_providers::{Act, Till};
use stripe_world::{SECRET, World, config, gateway, payment, usd};
use support::{http, now};

fn vectors() -> Value {
    serde_json::from_str(include_str!("data/stripe-vectors.json")).unwrap()
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{pointer} of {value}"))
}

/// A request of the vectors, as API Gateway hands it on.
fn request(case: &Value, now_unix: &Value) -> RawWebhook {
    let body = STANDARD.decode(text(case, "/request/body_base64")).unwrap();
    let received_at = Timestamp::from_second(now_unix.as_i64().unwrap()).unwrap();
    let mut raw = RawWebhook::of_body(body, received_at);
    for header in case["request"]["headers"].as_array().unwrap() {
        raw.headers.push((text(header, "/0").to_lowercase(), text(header, "/1").to_owned()));
    }
    raw
}

fn with_secret(case: &Value) -> Stripe {
    let config = Config {
        webhook_secret: SecretString::from(text(case, "/config/webhook_secret")),
        tolerance_seconds: u32::try_from(case["config"]["tolerance_seconds"].as_u64().unwrap()).unwrap(),
        ..config("http://127.0.0.1:1")
    };
    Stripe::new(http(), config).unwrap()
}

fn signed(claim: Claim) -> Fetched {
    match claim {
        Claim::Signed(fetched) => fetched.into_inner(),
        other => panic!("{other:?}"),
    }
}

const RULES: credit::Rules =
    credit::Rules { live: false, refund: domain::TimePolicy::Cut, dispute: domain::TimePolicy::End };

#[tokio::test]
async fn the_vectors() {
    let cases = vectors()["stripe"].as_array().unwrap().clone();
    assert_eq!(cases.len(), 15);
    for case in &cases {
        let (raw, title) = (request(case, &case["now_unix"]), text(case, "/title"));
        let gateway = with_secret(case);
        let outcome = gateway.authenticate(&raw).await;
        match text(case, "/expect/signature") {
            "invalid" => assert!(matches!(outcome, Err(AuthError::Signature(_))), "{title}: {outcome:?}"),
            "valid" => {
                let claim = outcome.unwrap_or_else(|error| panic!("{title}: {error}"));
                // Orders of another shop: money is told, the rest is nothing to us.
                let session = serde_json::from_slice::<Value>(&raw.body).unwrap()["data"]["object"].clone();
                if session["payment_status"] == "paid" {
                    let told = signed(claim);
                    assert_eq!((told.payment, told.report.test), (None, true), "{title}");
                    assert_eq!(told.report.external_id, text(&session, "/payment_intent"), "{title}");
                    assert_eq!(told.report.status, Status::Paid(usd(499)), "{title}");
                    if let Some(amount) = case["expect"]["fields"].get("amount_total") {
                        assert_eq!(amount, 499, "{title}");
                    }
                } else {
                    assert!(matches!(claim, Claim::Ignore(_)), "{title}: {claim:?}");
                }
                assert_eq!(gateway.ack(&raw), "", "{title}");
            }
            other => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn the_sequences_of_the_vectors() {
    let cases = vectors()["sequences"].as_array().unwrap().clone();
    assert!(!cases.is_empty());
    for case in &cases {
        let order = &case["order"];
        let currency: Currency = text(order, "/currency").parse().unwrap();
        let mut current = domain::Payment {
            id: PaymentId::from_order(text(order, "/id")).unwrap(),
            amount: Money::parse(text(order, "/amount"), currency).unwrap(),
            external_id: Some(text(order, "/provider_payment_id").to_owned()),
            ..payment("sequence")
        };
        let gateway = with_secret(case);
        let mut credits = 0;
        for step in case["steps"].as_array().unwrap() {
            let told = signed(gateway.authenticate(&request(step, &step["now_unix"])).await.unwrap());
            assert_eq!(told.payment, Some(current.id));
            let (verdict, decision) =
                credit::report(&UserState::default(), &current, &told.report, RULES, now());
            credits += u64::from(verdict == Verdict::Credited);
            for record in decision.records {
                if let Record::Payment(next) = record {
                    current = next;
                }
            }
            assert_eq!(step["expect"]["credits_total"], credits, "{step}");
            let state = match text(step, "/expect/order_state") {
                "pending" => PaymentState::Awaiting,
                "paid" => PaymentState::Succeeded,
                "refunded" => PaymentState::Refunded,
                "canceled" | "cancelled" | "expired" => PaymentState::Canceled,
                other => panic!("{other}"),
            };
            assert_eq!(current.state, state, "{step}");
        }
    }
}

fn sign(secret: &str, stamp: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(&[stamp.as_bytes(), b".", body].concat());
    hex::encode(mac.finalize().into_bytes())
}

/// A body with a good signature, received at once.
fn genuine(body: &[u8]) -> RawWebhook {
    let stamp = now().as_second().to_string();
    let header = format!("t={stamp},v1={}", sign(SECRET, &stamp, body));
    let headers = vec![("stripe-signature".to_owned(), header)];
    RawWebhook { headers, ..RawWebhook::of_body(body, now()) }
}

fn event(kind: &str, object: &Value) -> Value {
    json!({
        "id": "evt_1", "object": "event", "api_version": "2026-10-28.endive", "created": 1, "livemode": true,
        "type": kind, "data": { "object": object },
    })
}

fn session(order: &str) -> Value {
    json!({
        "id": "cs_live_a1", "object": "checkout.session", "livemode": true, "mode": "payment", "status": "complete",
        "payment_status": "paid", "amount_total": 499, "currency": "usd", "client_reference_id": order,
        "customer": null, "metadata": { "order_id": order }, "payment_intent": "pi_1", "setup_intent": null, "url": null,
    })
}

#[tokio::test]
async fn headers_that_are_not_stripes() {
    let gateway = gateway("http://127.0.0.1:1");
    let body = event("customer.created", &json!({})).to_string();
    let stamp = now().as_second().to_string();
    let good = sign(SECRET, &stamp, body.as_bytes());
    let judge = async |header: String| {
        let headers = vec![("Stripe-Signature".to_owned(), header)];
        let raw = RawWebhook { headers, ..RawWebhook::of_body(body.as_bytes(), now()) };
        gateway.authenticate(&raw).await
    };
    assert!(judge(format!("t={stamp},v1={good}")).await.is_ok());
    assert!(judge(format!("v1={good}, t={stamp}")).await.is_ok());
    assert!(judge(format!("t={stamp},v1=00,v1={good},v2=x,,x")).await.is_ok());
    let ahead = (now().as_second() + 86_400).to_string();
    assert!(judge(format!("t={ahead},v1={}", sign(SECRET, &ahead, body.as_bytes()))).await.is_ok());
    let plus = format!("+{stamp}");
    for header in [
        format!("v1={good}"),
        format!("t={stamp}"),
        format!("t={stamp},t={stamp},v1={good}"),
        format!("t={stamp}0,v1={good}"),
        format!("t={plus},v1={}", sign(SECRET, &plus, body.as_bytes())),
        format!("t=,v1={}", sign(SECRET, "", body.as_bytes())),
        format!("t={stamp},v1={}", sign(&SECRET["whsec_".len()..], &stamp, body.as_bytes())),
        format!("t={stamp},v1={}", &good[..63]),
        format!("t={stamp},v1=  "),
        ",,,===".to_owned(),
    ] {
        let outcome = judge(header.clone()).await;
        assert!(matches!(outcome, Err(AuthError::Signature(_))), "{header}: {outcome:?}");
    }
}

#[tokio::test]
async fn one_changed_byte_is_noticed() {
    let world = World::new().await;
    let id = world.open(&payment("bytes")).await;
    world.act(&id, Act::Pay);
    let webhook = world.till.take_webhooks().pop().unwrap();
    let raw = world.raw(webhook);
    assert!(matches!(world.gateway.authenticate(&raw).await, Ok(Claim::Signed(_))));
    for index in (0..raw.body.len()).step_by(37) {
        let mut changed = raw.clone();
        changed.body[index] ^= 1;
        assert!(matches!(world.gateway.authenticate(&changed).await, Err(AuthError::Signature(_))));
    }
    for index in 0..raw.header("stripe-signature").unwrap().find(",v0").unwrap() {
        let mut changed = raw.clone();
        let header = changed.headers.iter_mut().find(|(name, _)| name == "Stripe-Signature").unwrap();
        header.1.replace_range(index..=index, "~");
        let outcome = world.gateway.authenticate(&changed).await;
        assert!(matches!(outcome, Err(AuthError::Signature(_))), "{index}: {outcome:?}");
    }
    let mut late = raw.clone();
    late.received_at = raw.received_at.checked_add(jiff::SignedDuration::from_secs(301)).unwrap();
    assert_eq!(world.gateway.authenticate(&late).await, Err(AuthError::Signature("too old")));
}

#[tokio::test]
async fn what_each_event_amounts_to() {
    let gateway = gateway("http://127.0.0.1:1");
    let ours = payment("events").id;
    let order = ours.to_string();
    let told = async |kind: &str, object: Value| {
        gateway.authenticate(&genuine(event(kind, &object).to_string().as_bytes())).await
    };
    let with = |pointer: &str, value: Value| {
        let mut object = session(&order);
        *object.pointer_mut(pointer).unwrap() = value;
        object
    };
    let completed = "checkout.session.completed";

    let paid = signed(told(completed, session(&order)).await.unwrap());
    assert_eq!(
        (paid.payment, paid.report.test, paid.report.external_id.as_str()),
        (Some(ours), false, "pi_1")
    );
    assert_eq!(paid.report.status, Status::Paid(usd(499)));
    let by_reference = signed(told(completed, with("/metadata", json!({}))).await.unwrap());
    assert_eq!(by_reference.payment, Some(ours));
    let yen = with("/currency", json!("jpy"));
    let yen = signed(told(completed, yen).await.unwrap());
    assert_eq!(yen.report.status, Status::Paid(Money::new(499, Currency::Jpy)));
    let unpaid = signed(told(completed, with("/payment_status", json!("unpaid"))).await.unwrap());
    assert_eq!(unpaid.report.status, Status::Pending);
    let kept = told(completed, with("/customer", json!("cus_1"))).await;
    assert_eq!(kept, Ok(Claim::Ask(ObjectRef::Payment("cs_live_a1".to_owned()))));
    let expired = signed(told("checkout.session.expired", session(&order)).await.unwrap());
    assert_eq!(expired.report.status, Status::Canceled("expired".to_owned()));
    let failed = signed(told("checkout.session.async_payment_failed", session(&order)).await.unwrap());
    assert_eq!(failed.report.status, Status::Canceled("async_payment_failed".to_owned()));

    let dispute = json!({ "id": "dp_1", "charge": "ch_1", "livemode": true, "payment_intent": "pi_1",
        "reason": "fraudulent", "status": "needs_response" });
    let asked = told("charge.dispute.created", dispute.clone()).await;
    assert_eq!(asked, Ok(Claim::Ask(ObjectRef::Payment("pi_1".to_owned()))));
    let mut bare = dispute;
    bare["payment_intent"] = Value::Null;
    let bare = signed(told("charge.dispute.created", bare).await.unwrap());
    assert_eq!((bare.payment, bare.report.external_id.as_str()), (None, "ch_1"));
    assert_eq!(bare.report.status, Status::Disputed("fraudulent".to_owned()));

    for (kind, object) in [
        ("customer.created", json!({})),
        ("invoice.paid", json!(null)),
        (completed, with("/currency", json!("xaf"))).clone(),
    ] {
        let expected_bad = kind == completed;
        let outcome = told(kind, object).await;
        assert_eq!(expected_bad, outcome.is_err(), "{kind}: {outcome:?}");
    }
    let mut foreign = session("another shop's");
    foreign["currency"] = json!("xaf");
    assert!(matches!(told(completed, foreign).await, Ok(Claim::Ignore(_))));
}

#[tokio::test]
async fn authentic_nonsense_is_malformed() {
    let gateway = gateway("http://127.0.0.1:1");
    let order = payment("nonsense").id.to_string();
    let mut negative = session(&order);
    negative["amount_total"] = json!(-1);
    let mut float = session(&order);
    float["amount_total"] = json!(4.99);
    let mut nothing = session(&order);
    nothing["amount_total"] = Value::Null;
    let mut path = session(&order);
    (path["id"], path["customer"]) = (json!("cs_../x"), json!("cus_1"));
    let kind = "checkout.session.completed";
    let twice = event(kind, &session(&order)).to_string().replacen('{', r#"{"livemode":false,"#, 1);
    for body in [
        String::new(),
        "null".to_owned(),
        "[]".to_owned(),
        "{".to_owned(),
        twice,
        event(kind, &json!(null)).to_string(),
        event(kind, &json!("cs_1")).to_string(),
        event(kind, &negative).to_string(),
        event(kind, &float).to_string(),
        event(kind, &nothing).to_string(),
        event(kind, &path).to_string(),
    ] {
        let outcome = gateway.authenticate(&genuine(body.as_bytes())).await;
        assert!(matches!(outcome, Err(AuthError::Malformed(_))), "{body}: {outcome:?}");
    }
}

fn judge(raw: &RawWebhook) -> Result<Claim, AuthError> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(gateway("http://127.0.0.1:1").authenticate(raw))
}

proptest! {
    #[test]
    fn garbage_is_never_believed(body in proptest::collection::vec(any::<u8>(), 0..200), header in "(t=[0-9]{0,14})?[,=v0-9a-f ]{0,80}") {
        let headers = vec![("Stripe-Signature".to_owned(), header)];
        let raw = RawWebhook { headers, ..RawWebhook::of_body(body, now()) };
        prop_assert!(matches!(judge(&raw), Err(AuthError::Signature(_))));
    }

    #[test]
    fn mutated_events_with_good_signatures_do_no_harm(
        kind in prop_oneof![
            Just("checkout.session.completed"), Just("checkout.session.expired"), Just("charge.refunded"),
            Just("refund.updated"), Just("refund.failed"), Just("charge.dispute.created"),
            Just("payment_intent.succeeded"), Just("payment_intent.payment_failed"),
        ],
        at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>(), cuts in any::<bool>(),
    ) {
        let mut body = event(kind, &session("pay_x")).to_string().into_bytes();
        let index = at.index(body.len());
        body[index] = byte;
        if cuts {
            body.truncate(cut.index(body.len()));
        }
        let _ = judge(&genuine(&body));
    }

    #[test]
    fn any_object_in_an_event_is_judged_without_panic(
        kind in "(checkout.session.completed|charge.refunded|refund.failed|charge.dispute.created|payment_intent.canceled)",
        minor in any::<i64>(), word in "\\PC{0,12}", name in "[a-z_]{2,16}",
    ) {
        let mut object = session(&word);
        object["amount_total"] = json!(minor);
        object["amount_refunded"] = json!(minor);
        object["refunded"] = json!(true);
        object["disputed"] = json!(false);
        object["id"] = json!(word);
        object[name] = json!(word);
        let _ = judge(&genuine(event(&kind, &object).to_string().as_bytes()));
    }
}
