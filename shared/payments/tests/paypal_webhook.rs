//! PayPal's webhooks: which are genuine, and what they are believed to say.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do: by panicking")]

mod paypal_world;
mod support;

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{
    Currency, Money, PaymentId, PaymentState, Record, UserState,
    credit::{self, Status, Verdict},
};
use payments::{
    AuthError, Claim, Fetched, Gateway, ObjectRef, RawWebhook,
    paypal::{Config, Paypal},
};
use paypal_world::{completed, config, gateway, payment, serving, set, text, usd};
use proptest::prelude::*;
use serde_json::{Value, json};
use standin_providers::paypal as standin;
use support::{http, now};

fn vectors() -> Value {
    serde_json::from_str(include_str!("data/paypal-vectors.json")).unwrap()
}

/// A request of the vectors, as API Gateway hands it on.
fn request(case: &Value) -> RawWebhook {
    let body = STANDARD.decode(text(case, "/request/body_base64")).unwrap();
    let mut raw = RawWebhook::of_body(body, now());
    for header in case["request"]["headers"].as_array().unwrap() {
        raw.headers.push((text(header, "/0").to_lowercase(), text(header, "/1").to_owned()));
    }
    raw
}

/// A gateway as a case wants it; the certificate is served, and trusted by name.
async fn for_case(case: &Value) -> Paypal {
    let pem = text(case, "/config/cert_pem_served_at_cert_url").to_owned();
    let extra_roots = Config::roots_of_pem(&pem).unwrap();
    let (base, _) = serving(pem).await;
    let webhook_id = text(case, "/config/webhook_id").to_owned();
    Paypal::new(http(), Config { webhook_id, extra_roots, ..config(&base) }).unwrap()
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
    let cases = vectors()["paypal"].as_array().unwrap().clone();
    assert_eq!(cases.len(), 9);
    for case in &cases {
        let (gateway, raw, title) = (for_case(case).await, request(case), text(case, "/title"));
        let outcome = gateway.authenticate(&raw).await;
        match text(case, "/expect/signature") {
            "invalid" => assert!(matches!(outcome, Err(AuthError::Signature(_))), "{title}: {outcome:?}"),
            "valid" => {
                let told = signed(outcome.unwrap_or_else(|error| panic!("{title}: {error}")));
                let fields = &case["expect"]["fields"];
                let amount =
                    Money::parse(text(fields, "/amount"), text(fields, "/currency_code").parse().unwrap());
                assert_eq!(told.report.status, Status::Paid(amount.unwrap()), "{title}");
                assert_eq!(told.report.external_id, text(fields, "/capture_id"), "{title}");
                assert_eq!(told.payment, PaymentId::from_order(text(fields, "/custom_id")), "{title}");
                assert!(told.payment.is_some() && told.report.test, "{title}");
                assert_eq!(fields["crc32_decimal"], 2_895_336_300_u32, "{title}");
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
        let gateway = for_case(case).await;
        let mut credits = 0;
        for step in case["steps"].as_array().unwrap() {
            let told = signed(gateway.authenticate(&request(step)).await.unwrap());
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
                other => panic!("{other}"),
            };
            assert_eq!(current.state, state, "{step}");
        }
    }
}

#[tokio::test]
async fn one_changed_byte_is_noticed() {
    let (world, raw) = completed().await;
    assert!(matches!(world.gateway.authenticate(&raw).await, Ok(Claim::Signed(_))));
    for index in (0..raw.body.len()).step_by(29) {
        let mut changed = raw.clone();
        changed.body[index] ^= 1;
        assert!(matches!(world.gateway.authenticate(&changed).await, Err(AuthError::Signature(_))));
    }
    let signature = raw.header("PAYPAL-TRANSMISSION-SIG").unwrap().to_owned();
    let mut bytes = STANDARD.decode(&signature).unwrap();
    for index in (0..bytes.len()).step_by(17) {
        bytes[index] ^= 1;
        let changed = set(&raw, "PAYPAL-TRANSMISSION-SIG", &STANDARD.encode(&bytes));
        assert!(matches!(world.gateway.authenticate(&changed).await, Err(AuthError::Signature(_))));
        bytes[index] ^= 1;
    }
    for (name, value) in [
        ("PAYPAL-TRANSMISSION-ID", "other"),
        ("PAYPAL-TRANSMISSION-TIME", "2026-11-24T09:59:01Z"),
        ("PAYPAL-TRANSMISSION-SIG", "not base64"),
        ("PAYPAL-TRANSMISSION-SIG", ""),
        ("PAYPAL-AUTH-ALGO", "SHA1withRSA"),
        ("PAYPAL-CERT-URL", "https://evil.example/v1/notifications/certs/CERT-360caa42-fca2a594-standin"),
    ] {
        let outcome = world.gateway.authenticate(&set(&raw, name, value)).await;
        assert!(matches!(outcome, Err(AuthError::Signature(_))), "{name}: {outcome:?}");
    }
    for name in ["TRANSMISSION-ID", "TRANSMISSION-TIME", "TRANSMISSION-SIG", "AUTH-ALGO", "CERT-URL"] {
        let mut without = raw.clone();
        without.headers.retain(|(known, _)| *known != format!("PAYPAL-{name}"));
        let outcome = world.gateway.authenticate(&without).await;
        assert!(matches!(outcome, Err(AuthError::Signature(_))), "{name}: {outcome:?}");
    }
}

/// A webhook with this body that the stand-in's key signs.
fn genuine(body: &[u8]) -> RawWebhook {
    let key = include_bytes!("../../../tests/standins/providers/src/paypal/message-key.pk8");
    let key = ring::signature::RsaKeyPair::from_pkcs8(key).unwrap();
    let message = format!("t|2026-11-24T09:59:00Z|{}|{}", paypal_world::WEBHOOK_ID, crc32fast::hash(body));
    let mut signature = vec![0; key.public().modulus_len()];
    let random = ring::rand::SystemRandom::new();
    key.sign(&ring::signature::RSA_PKCS1_SHA256, &random, message.as_bytes(), &mut signature).unwrap();
    let headers = [
        ("paypal-transmission-id", "t"),
        ("paypal-transmission-time", "2026-11-24T09:59:00Z"),
        ("paypal-auth-algo", "SHA256withRSA"),
        ("paypal-cert-url", "https://api.paypal.com/v1/notifications/certs/CERT-1"),
        ("paypal-transmission-sig", &STANDARD.encode(signature)),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    RawWebhook { headers, ..RawWebhook::of_body(body, now()) }
}

fn event(kind: &str, resource: &Value) -> Value {
    json!({ "id": "WH-1", "event_type": kind, "resource_type": "x", "resource": resource, "links": [] })
}

fn capture(order: &str, status: &str) -> Value {
    json!({
        "id": "42311647XV020574X", "status": status, "amount": { "currency_code": "USD", "value": "4.99" },
        "custom_id": order, "invoice_id": order, "links": [],
        "supplementary_data": { "related_ids": { "order_id": "5O190127TN364715T" } },
    })
}

#[tokio::test]
async fn what_each_event_amounts_to() {
    let (base, _) = serving(standin::CERTIFICATE_PEM.to_owned()).await;
    let gateway = gateway(&base);
    let ours = payment("events").id;
    let order = ours.to_string();
    let told = async |kind: &str, resource: Value| {
        gateway.authenticate(&genuine(event(kind, &resource).to_string().as_bytes())).await
    };
    let ask = |id: &str| Ok(Claim::Ask(ObjectRef::Payment(id.to_owned())));
    let completed = "PAYMENT.CAPTURE.COMPLETED";

    let paid = signed(told(completed, capture(&order, "COMPLETED")).await.unwrap());
    assert_eq!((paid.payment, paid.report.status), (Some(ours), Status::Paid(usd(499))));
    assert_eq!(paid.report.external_id, "42311647XV020574X");
    let mut by_invoice = capture(&order, "COMPLETED");
    by_invoice["custom_id"] = Value::Null;
    assert_eq!(signed(told(completed, by_invoice).await.unwrap()).payment, Some(ours));
    let foreign = signed(told(completed, capture("T-shirt", "COMPLETED")).await.unwrap());
    assert_eq!((foreign.payment, foreign.report.status), (None, Status::Paid(usd(499))));
    // The name of the event and the state of the capture differ: asked.
    assert_eq!(told(completed, capture(&order, "PENDING")).await, ask("capture/42311647XV020574X"));
    let pending = signed(told("PAYMENT.CAPTURE.PENDING", capture(&order, "PENDING")).await.unwrap());
    assert_eq!(pending.report.status, Status::Pending);
    let mut denied = capture(&order, "DECLINED");
    denied["status_details"] = json!({ "reason": "BUYER_COMPLAINT" });
    let denied = signed(told("PAYMENT.CAPTURE.DENIED", denied).await.unwrap());
    assert_eq!(denied.report.status, Status::Canceled("buyer_complaint".to_owned()));

    assert_eq!(
        told("CHECKOUT.ORDER.APPROVED", json!({ "id": "5O190127TN364715T" })).await,
        ask("5O190127TN364715T")
    );
    let up =
        json!([{ "href": "https://api.paypal.com/v2/payments/captures/42311647XV020574X", "rel": "up" }]);
    for kind in ["PAYMENT.CAPTURE.REFUNDED", "PAYMENT.CAPTURE.REVERSED", "PAYMENT.REFUND.FAILED"] {
        let claim = told(kind, json!({ "id": "1JU08902781691411", "links": up })).await;
        let (refund, payment) = ("1JU08902781691411".to_owned(), "capture/42311647XV020574X".to_owned());
        assert_eq!(claim, Ok(Claim::Ask(ObjectRef::Refund { refund, payment })), "{kind}");
    }
    for kind in ["CHECKOUT.ORDER.COMPLETED", "CUSTOMER.DISPUTE.RESOLVED", "BILLING.PLAN.CREATED", ""] {
        assert!(matches!(told(kind, json!({})).await, Ok(Claim::Ignore(_))), "{kind}");
    }
    let mut exotic = capture("T-shirt", "COMPLETED");
    exotic["amount"]["currency_code"] = json!("HUF");
    assert!(matches!(told(completed, exotic.clone()).await, Ok(Claim::Ignore(_))));
    exotic["custom_id"] = json!(order);
    assert!(matches!(told(completed, exotic).await, Err(AuthError::Malformed(_))));
}

#[tokio::test]
async fn authentic_nonsense_is_malformed() {
    let (base, _) = serving(standin::CERTIFICATE_PEM.to_owned()).await;
    let gateway = gateway(&base);
    let order = payment("nonsense").id.to_string();
    let kind = "PAYMENT.CAPTURE.COMPLETED";
    let with = |pointer: &str, value: Value| {
        let mut resource = capture(&order, "COMPLETED");
        *resource.pointer_mut(pointer).unwrap() = value;
        event(kind, &resource).to_string()
    };
    let twice =
        event(kind, &capture(&order, "COMPLETED")).to_string().replacen('{', r#"{"event_type":"X","#, 1);
    for body in [
        String::new(),
        "[]".to_owned(),
        "{".to_owned(),
        twice,
        event(kind, &Value::Null).to_string(),
        with("/id", json!("../x")),
        with("/amount/value", json!("4.995")),
        with("/amount/value", json!("-4.99")),
        with("/amount/value", json!(4.99)),
        with("/amount/value", json!("4,99")),
        event("CHECKOUT.ORDER.APPROVED", &json!({ "id": "a/b" })).to_string(),
        event("PAYMENT.CAPTURE.REFUNDED", &json!({ "id": "1" })).to_string(),
        event("CUSTOMER.DISPUTE.CREATED", &json!({ "disputed_transactions": [] })).to_string(),
        event("CUSTOMER.DISPUTE.CREATED", &json!({ "disputed_transactions": [{}] })).to_string(),
    ] {
        let outcome = gateway.authenticate(&genuine(body.as_bytes())).await;
        assert!(matches!(outcome, Err(AuthError::Malformed(_))), "{body}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_dispute_that_cannot_be_looked_up_is_repeated() {
    let (base, _) = serving(standin::CERTIFICATE_PEM.to_owned()).await;
    let dead = Config { api_url: "http://127.0.0.1:1".to_owned(), ..config(&base) };
    let gateway = Paypal::new(http(), dead).unwrap();
    let resource = json!({ "disputed_transactions": [{ "seller_transaction_id": "42311647XV020574X" }] });
    let outcome = gateway
        .authenticate(&genuine(event("CUSTOMER.DISPUTE.CREATED", &resource).to_string().as_bytes()))
        .await;
    assert!(matches!(outcome, Err(AuthError::Unchecked(_))), "{outcome:?}");
}

/// Judges one webhook; nobody but a server of certificates answers.
fn judge(raw: &RawWebhook) -> Result<Claim, AuthError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (base, _) = serving(standin::CERTIFICATE_PEM.to_owned()).await;
        gateway(&base).authenticate(raw).await
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn garbage_is_never_believed(
        body in proptest::collection::vec(any::<u8>(), 0..200),
        values in proptest::collection::vec("[ -~]{0,40}", 5), url in "https://api\\.paypal\\.com/v1/notifications/certs/[ -~]{0,20}",
    ) {
        let names = ["TRANSMISSION-ID", "TRANSMISSION-TIME", "TRANSMISSION-SIG", "AUTH-ALGO", "CERT-URL"];
        let mut raw = RawWebhook::of_body(body, now());
        for (name, value) in names.iter().zip(values) {
            raw.headers.push((format!("PAYPAL-{name}"), value));
        }
        prop_assert!(judge(&raw).is_err());
        let raw = set(&set(&raw, "PAYPAL-AUTH-ALGO", "SHA256withRSA"), "PAYPAL-CERT-URL", &url);
        prop_assert!(judge(&set(&raw, "PAYPAL-TRANSMISSION-SIG", "AAAA")).is_err());
    }

    #[test]
    fn mutated_events_with_good_signatures_do_no_harm(
        kind in prop_oneof![
            Just("PAYMENT.CAPTURE.COMPLETED"), Just("PAYMENT.CAPTURE.PENDING"), Just("PAYMENT.CAPTURE.REFUNDED"),
            Just("CHECKOUT.ORDER.APPROVED"), Just("CUSTOMER.DISPUTE.CREATED"), Just("PAYMENT.CAPTURE.DENIED"),
        ],
        at in any::<prop::sample::Index>(), byte in any::<u8>(), value in "\\PC{0,12}",
    ) {
        let mut resource = capture("pay_x", "COMPLETED");
        resource["amount"]["value"] = json!(value);
        let mut body = event(kind, &resource).to_string().into_bytes();
        let index = at.index(body.len());
        body[index] = byte;
        let _ = judge(&genuine(&body));
    }
}
