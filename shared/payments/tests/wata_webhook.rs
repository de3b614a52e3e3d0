//! WATA: signed webhooks, against the vectors and the stand-in.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do: by panicking")]

mod wata_world;

use axum::{Router, body::Bytes};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{
    Currency, Money, Payment, PaymentId, UserState,
    credit::{self, Status, Verdict},
};
use jiff::SignedDuration;
use payments::{
    AuthError, Claim, Gateway, RawWebhook,
    wata::{Config, Wata},
};
use proptest::prelude::*;
use serde_json::{Value, json};
use standin_providers::wata as standin;
use std::sync::{
    Arc, LazyLock, Mutex,
    atomic::{AtomicUsize, Ordering},
};
use wata_world::{
    config, gateway, payment, pinned, raw, rub,
    support::{Hand, http, now, serve},
    terminal, text,
};

fn vectors() -> Value {
    serde_json::from_str(include_str!("data/wata-vectors.json")).unwrap()
}

fn request(of: &Value) -> RawWebhook {
    let headers = of["request"]["headers"].as_array().unwrap();
    RawWebhook {
        headers: headers.iter().map(|h| (text(h, "/0").to_owned(), text(h, "/1").to_owned())).collect(),
        source_ip: Some(text(of, "/request/source_ip").parse().unwrap()),
        ..RawWebhook::of_body(STANDARD.decode(text(of, "/request/body_base64")).unwrap(), now())
    }
}

const RULES: credit::Rules =
    credit::Rules { live: false, refund: domain::TimePolicy::Cut, dispute: domain::TimePolicy::End };

#[tokio::test]
async fn the_vectors() {
    let cases = vectors()["cases"].as_array().unwrap().clone();
    assert_eq!(cases.len(), 9);
    for case in &cases {
        let pem = text(case, "/config/public_key_pem");
        // The key as a setting, and the key as the API tells it.
        let told = json!({ "value": pem });
        let base = serve(Router::new().fallback(move || async move { axum::Json(told) })).await;
        for gateway in [pinned(pem), gateway(&base)] {
            let claim = gateway.authenticate(&request(case)).await;
            let fields = &case["expect"]["fields"];
            match (text(case, "/expect/signature"), fields["transactionStatus"].as_str()) {
                ("valid", Some("Paid")) => {
                    let Ok(Claim::Signed(told)) = claim else { panic!("{case}: {claim:?}") };
                    let amount = Money::parse(text(fields, "/amount"), Currency::Rub).unwrap();
                    assert_eq!(told.payment, PaymentId::from_order(text(fields, "/orderId")));
                    assert_eq!(told.report.external_id, text(fields, "/transactionId"));
                    assert_eq!(told.report.status, Status::Paid(amount));
                }
                ("valid", _) => assert!(matches!(claim, Ok(Claim::Ignore(_))), "{case}: {claim:?}"),
                ("invalid", _) => assert!(matches!(claim, Err(AuthError::Signature(_))), "{case}: {claim:?}"),
                other => panic!("{other:?}"),
            }
            assert_eq!(gateway.ack(&request(case)), "");
        }
    }
}

#[tokio::test]
async fn the_sequences_of_the_vectors() {
    let sequences = vectors()["sequences"].as_array().unwrap().clone();
    assert_eq!(sequences.len(), 1);
    for sequence in &sequences {
        let gateway = pinned(text(sequence, "/config/public_key_pem"));
        let order = &sequence["order"];
        let mut payment = Payment {
            id: PaymentId::from_order(text(order, "/id")).unwrap(),
            amount: Money::parse(text(order, "/amount"), Currency::Rub).unwrap(),
            ..payment("sequence")
        };
        let mut credits = 0;
        for step in sequence["steps"].as_array().unwrap() {
            match gateway.authenticate(&request(step)).await.unwrap() {
                Claim::Signed(told) => {
                    assert_eq!(told.payment, Some(payment.id));
                    let (verdict, decision) =
                        credit::report(&UserState::default(), &payment, &told.report, RULES, now());
                    credits += i32::from(verdict == Verdict::Credited);
                    let paid = decision.records.into_iter().find_map(|record| match record {
                        domain::Record::Payment(payment) => Some(payment),
                        _ => None,
                    });
                    payment = paid.unwrap_or(payment);
                }
                Claim::Ignore(_) => {}
                other => panic!("{other:?}"),
            }
            assert_eq!(i64::from(credits), step["expect"]["credits_total"].as_i64().unwrap(), "{step}");
            let paid = payment.state == domain::PaymentState::Succeeded;
            assert_eq!(paid, text(step, "/expect/order_state") == "paid", "{step}");
        }
    }
}

/// A server that tells a key, which can be exchanged, and counts.
async fn keys(pem: Arc<Mutex<String>>) -> (Wata, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let router = Router::new().fallback(move |_: Bytes| {
        counted.fetch_add(1, Ordering::SeqCst);
        let pem = pem.lock().unwrap().clone();
        async move { axum::Json(json!({ "value": pem })) }
    });
    (gateway(&serve(router).await), asked)
}

#[tokio::test]
async fn the_key_is_kept_and_looked_for_again_at_a_measured_pace() {
    let other = text(&vectors(), "/cases/0/config/public_key_pem").to_owned();
    let current = Arc::new(Mutex::new("no key".to_owned()));
    let (gateway, asked) = keys(Arc::clone(&current)).await;
    let wata = terminal(&Hand::new());
    let body = br#"{"kind":"Payment","transactionStatus":"Created"}"#.to_vec();
    let deliver = async |second: i64, body: &[u8], forged: bool| {
        let mut raw = raw(wata.signed(body.to_vec()));
        raw.received_at = now().checked_add(SignedDuration::from_secs(second)).unwrap();
        if forged {
            raw.body.push(b' ');
        }
        let claim = gateway.authenticate(&raw).await;
        (claim.map(drop).map_err(AuthError::status), asked.load(Ordering::SeqCst))
    };
    // Nothing that could be a key: try again soon, but not at once.
    assert_eq!(deliver(0, &body, false).await, (Err(503), 1));
    assert_eq!(deliver(1, &body, false).await, (Err(503), 1));
    *current.lock().unwrap() = other;
    assert_eq!(deliver(5, &body, false).await, (Err(401), 2));
    // Another key: a minute.
    *current.lock().unwrap() = standin::PUBLIC_KEY.to_owned();
    assert_eq!(deliver(64, &body, false).await, (Err(401), 2));
    assert_eq!(deliver(65, &body, false).await, (Ok(()), 3));
    for second in 66..80 {
        assert_eq!(deliver(second, &body, false).await, (Ok(()), 3));
        assert_eq!(deliver(second, &body, true).await, (Err(401), 3));
    }
    assert_eq!(deliver(200, &body, true).await, (Err(401), 4));
    assert_eq!(deliver(201, &body, true).await, (Err(401), 4));
    assert_eq!(deliver(202, &body, false).await, (Ok(()), 4));
}

#[tokio::test]
async fn addresses_count_only_if_wanted() {
    let wata = terminal(&Hand::new());
    let open = pinned(standin::PUBLIC_KEY);
    let config = Config {
        check_ip: true,
        public_key_pem: Some(standin::PUBLIC_KEY.to_owned()),
        ..config("http://127.0.0.1:1")
    };
    let strict = Wata::new(http(), config).unwrap();
    let webhook = raw(wata.signed(br#"{"kind":"Payment","transactionStatus":"Declined"}"#.to_vec()));
    for (address, taken) in [
        (Some("62.84.126.140"), true),
        (Some("::ffff:51.250.106.150"), true),
        (Some("62.84.126.141"), false),
        (None, false),
    ] {
        let webhook = RawWebhook { source_ip: address.map(|ip| ip.parse().unwrap()), ..webhook.clone() };
        assert!(open.authenticate(&webhook).await.is_ok());
        let claim = strict.authenticate(&webhook).await;
        assert_eq!(claim.map(drop), if taken { Ok(()) } else { Err(AuthError::Address) }, "{address:?}");
    }
}

fn notice(changes: &[(&str, Value)]) -> Vec<u8> {
    let mut notice = json!({
        "kind": "Payment", "transactionId": "3a16a4f0-27b0", "transactionStatus": "Paid",
        "amount": 199.0, "currency": "RUB", "orderId": payment("notice").id.to_string(),
    });
    for (name, value) in changes {
        notice[*name] = value.clone();
    }
    notice.to_string().into_bytes()
}

#[tokio::test]
async fn what_a_signed_webhook_may_say() {
    let wata = terminal(&Hand::new());
    let gateway = pinned(standin::PUBLIC_KEY);
    let claim =
        async |changes: &[(&str, Value)]| gateway.authenticate(&raw(wata.signed(notice(changes)))).await;
    let status = async |changes: &[(&str, Value)]| match claim(changes).await {
        Ok(Claim::Signed(told)) => Some(told.into_inner()),
        Ok(Claim::Ignore(_)) => None,
        other => panic!("{other:?}"),
    };
    // Nobody's order is money all the same.
    for order in [json!(null), json!(""), json!("order 7")] {
        let told = status(&[("orderId", order)]).await.unwrap();
        assert_eq!((told.payment, told.report.status), (None, Status::Paid(rub(19_900))));
    }
    // A refund says "Paid" as well; without `kind` its original gives it away.
    let original = ("originalTransactionId", json!("3a16-0001"));
    for kind in [json!("Refund"), json!(null)] {
        let told = status(&[("kind", kind), original.clone()]).await.unwrap();
        let part = Status::RefundedPart { refund: "3a16a4f0-27b0".to_owned(), amount: rub(19_900) };
        assert_eq!((told.report.status, told.report.external_id.as_str()), (part, "3a16-0001"));
    }
    assert!(status(&[("kind", json!("Chargeback"))]).await.is_none());
    assert!(status(&[("transactionStatus", json!("Frozen"))]).await.is_none());
    assert!(status(&[("kind", json!("Refund")), ("transactionStatus", json!("Pending"))]).await.is_none());
    // What WATA asks before the payment is never delayed by a closer look.
    let before = ("transactionStatus", json!("Created"));
    assert!(status(&[before.clone(), ("amount", json!("?")), ("currency", json!(7))]).await.is_none());
    for (name, value) in [
        ("amount", json!(199.001)),
        ("amount", json!(-199)),
        ("amount", json!(0)),
        ("amount", json!(null)),
        ("amount", json!("a lot")),
        ("currency", json!("XXX")),
        ("transactionId", json!("../1")),
        ("transactionStatus", json!(null)),
    ] {
        let claim = claim(&[(name, value.clone())]).await;
        assert!(matches!(claim, Err(AuthError::Malformed(_))), "{name} {value}: {claim:?}");
    }
}

/// The stand-in, its gateway with the key pinned, and a place to run them.
static WORLD: LazyLock<(standin::Wata, Wata, tokio::runtime::Runtime)> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    (terminal(&Hand::new()), pinned(standin::PUBLIC_KEY), runtime)
});

fn judged(raw: &RawWebhook) -> Result<Claim, AuthError> {
    let (_, gateway, runtime) = &*WORLD;
    runtime.block_on(gateway.authenticate(raw))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_are_refused_without_panic(body in proptest::collection::vec(any::<u8>(), 0..200), header in ".{0,90}") {
        let headers = vec![("x-signature".to_owned(), header)];
        let raw = RawWebhook { headers, ..RawWebhook::of_body(body, now()) };
        prop_assert!(matches!(judged(&raw), Err(AuthError::Signature(_))));
    }

    #[test]
    fn one_changed_bit_is_refused(at in any::<prop::sample::Index>(), bit in 0_u32..8, in_body in any::<bool>()) {
        let mut raw = raw(WORLD.0.signed(notice(&[])));
        if in_body {
            let at = at.index(raw.body.len());
            raw.body[at] ^= 1 << bit;
        } else {
                    let header = &mut raw.headers[1].1;
            let mut signature = STANDARD.decode(&header).unwrap();
            let at = at.index(signature.len());
            signature[at] ^= 1 << bit;
            *header = STANDARD.encode(signature);
        }
        prop_assert!(matches!(judged(&raw), Err(AuthError::Signature(_))));
    }

    /// Behind a good signature stands the parser.
    #[test]
    fn signed_nonsense_is_judged_without_panic(body in proptest::collection::vec(any::<u8>(), 0..80)) {
        let _ = judged(&raw(WORLD.0.signed(body)));
    }

    #[test]
    fn signed_variations_say_only_what_they_say(
        kind in "(Payment|Refund|Other)", status in "(Created|Pending|Paid|Declined|New)", minor in 0_i64..1_000_000_000,
        id in "[0-9a-f./-]{0,70}", original in proptest::option::of("[0-9a-f./-]{1,12}"), cut in 0_usize..400,
    ) {
        let amount: Value = serde_json::from_str(&format!("{}.{:02}", minor / 100, minor % 100)).unwrap();
        let mut body = notice(&[
            ("kind", kind.as_str().into()), ("transactionStatus", status.as_str().into()), ("amount", amount),
            ("transactionId", id.into()), ("originalTransactionId", original.into()),
        ]);
        if cut < 40 {
            body.truncate(cut);
        }
        match judged(&raw(WORLD.0.signed(body))) {
            Ok(Claim::Signed(told)) => match &told.report.status {
                Status::Paid(paid) => prop_assert!(kind == "Payment" && status == "Paid" && paid.minor == minor),
                Status::RefundedPart { amount, .. } => {
                    prop_assert!(kind == "Refund" && status == "Paid" && amount.minor == minor);
                }
                Status::RefundFailed(_) => prop_assert!(kind == "Refund" && status == "Declined"),
                other => prop_assert!(false, "{other:?}"),
            },
            Ok(Claim::Ignore(_)) => prop_assert!(kind == "Other" || status != "Paid"),
            Ok(other) => prop_assert!(false, "{other:?}"),
            Err(error) => prop_assert!(matches!(error, AuthError::Malformed(_))),
        }
    }
}
