//! Crypto Pay: the vectors, the life of an invoice against the stand-in, forged updates.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do: by panicking")]

mod cryptopay_world;
mod support;

use base64::{Engine, engine::general_purpose::STANDARD};
use cryptopay_world::{RETURN, TOKEN, app, config, gateway, payment, rub, vectors};
use domain::{Currency, Money, PaymentId, credit::Status};
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use payments::{
    Asking, AuthError, Claim, Fetched, Gateway, GatewayError, ObjectRef, Order, RawWebhook, Refunds,
    cryptopay::{Config, MAINNET},
};
use proptest::prelude::*;
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use standin_providers::{Act, NotPossible, Till, Webhook};
use support::{Hand, now, serve};

fn raw(request: &Value) -> RawWebhook {
    let headers = request["headers"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    RawWebhook {
        headers: headers.map(|pair| (text(&pair[0]), text(&pair[1]))).collect(),
        ..RawWebhook::of_body(STANDARD.decode(request["body_base64"].as_str().unwrap()).unwrap(), now())
    }
}

fn delivered(webhook: Webhook) -> RawWebhook {
    RawWebhook {
        headers: webhook.headers,
        source_ip: Some(webhook.source_ip),
        query: webhook.query,
        ..RawWebhook::of_body(webhook.body, now())
    }
}

/// An update signed as Crypto Pay signs.
fn signed(token: &str, body: impl Into<Vec<u8>>) -> RawWebhook {
    let body = body.into();
    let mut mac = Hmac::<Sha256>::new_from_slice(&Sha256::digest(token)).unwrap();
    mac.update(&body);
    let signature = hex::encode(mac.finalize().into_bytes());
    RawWebhook {
        headers: vec![("crypto-pay-api-signature".to_owned(), signature)],
        ..RawWebhook::of_body(body, now())
    }
}

fn fetched(claim: Result<Claim, AuthError>) -> Fetched {
    match claim {
        Ok(Claim::Signed(fetched)) => fetched.into_inner(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_vectors() {
    let cases = vectors()["cases"].as_array().unwrap().clone();
    assert_eq!(cases.len(), 8);
    for case in &cases {
        let gateway = gateway(case["config"]["api_token"].as_str().unwrap(), "http://127.0.0.1:1");
        let webhook = raw(&case["request"]);
        let claim = gateway.authenticate(&webhook).await;
        let fields = &case["expect"]["fields"];
        match case["expect"]["signature"].as_str().unwrap() {
            "invalid" => assert!(matches!(claim, Err(AuthError::Signature(_))), "{case}: {claim:?}"),
            _ if fields["update_type"] != "invoice_paid" => {
                assert!(matches!(claim, Ok(Claim::Ignore(_))), "{case}: {claim:?}");
            }
            _ => {
                let told = fetched(claim);
                assert_eq!(told.report.external_id, fields["invoice_id"].to_string());
                assert_eq!(told.payment, PaymentId::from_order(fields["payload"].as_str().unwrap()));
                let fiat = fields["fiat"].as_str().unwrap().parse().unwrap();
                let amount = Money::parse(fields["amount"].as_str().unwrap(), fiat).unwrap();
                assert_eq!(told.report.status, Status::Paid(amount));
            }
        }
        assert_eq!(gateway.ack(&webhook), "");
    }
}

#[tokio::test]
async fn the_sequence_is_one_fact_told_twice() {
    let sequence = &vectors()["sequences"][0];
    let gateway = gateway(sequence["config"]["api_token"].as_str().unwrap(), "http://127.0.0.1:1");
    let mut told = Vec::new();
    for step in sequence["steps"].as_array().unwrap() {
        told.push(fetched(gateway.authenticate(&raw(&step["request"])).await));
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(told[0].report.external_id, sequence["order"]["provider_payment_id"].as_str().unwrap());
    assert_eq!(told[0].report.status, Status::Paid(rub(19_900)));
}

#[tokio::test]
async fn an_invoices_life_as_told_by_the_stand_in() {
    let hand = Hand::new();
    let app = app(&hand);
    let gateway = gateway(TOKEN, &serve(app.api()).await);
    let payment = payment("life");
    let opened = gateway.create(&Order::new(&payment, "VPN, 30 дней", RETURN)).await.unwrap();
    let id = opened.external_id.unwrap();
    assert_eq!(opened.pay_url, Some(format!("http://localhost:8080/cryptopay/pay/{id}")));
    let call = &app.calls()[0];
    let golden = json!({
        "currency_type": "fiat",
        "fiat": "RUB",
        "accepted_assets": "USDT,TON",
        "amount": "199.00",
        "description": "VPN, 30 дней",
        "paid_btn_name": "callback",
        "paid_btn_url": RETURN,
        "payload": payment.id.to_string(),
        "allow_comments": false,
        "expires_in": 3600,
    });
    assert_eq!((call.path.as_str(), call.request.to_string()), ("/createInvoice", golden.to_string()));

    let object = ObjectRef::Payment(id.clone());
    let ask = async || gateway.fetch(&object).await.unwrap().unwrap().into_inner();
    let waiting = ask().await;
    assert_eq!((waiting.payment, &waiting.report.status), (Some(payment.id), &Status::Pending));
    assert!(waiting.report.test);

    app.act(&id, Act::PayAndRepeat).unwrap();
    assert_eq!(app.act(&id, Act::Pay), Err(NotPossible::State("paid".to_owned())));
    let updates = app.take_webhooks();
    assert_eq!(updates.len(), 2);
    let asked = ask().await;
    assert_eq!((&asked.report.external_id, &asked.report.status), (&id, &Status::Paid(rub(19_900))));
    for update in updates {
        assert_eq!(fetched(gateway.authenticate(&delivered(update)).await), asked);
    }
    assert_eq!(app.take_webhooks(), []);
}

#[tokio::test]
async fn nobody_tells_of_an_expired_invoice() {
    let hand = Hand::new();
    let app = app(&hand);
    let gateway = gateway(TOKEN, &serve(app.api()).await);
    let opened = gateway.create(&Order::new(&payment("late"), "VPN", RETURN)).await.unwrap();
    let id = opened.external_id.unwrap();
    hand.advance(60);
    assert_eq!(app.act(&id, Act::Pay), Err(NotPossible::State("expired".to_owned())));
    let told = gateway.fetch(&ObjectRef::Payment(id)).await.unwrap().unwrap();
    assert_eq!(told.report.status, Status::Canceled("expired".to_owned()));
    assert_eq!(app.take_webhooks(), []);
}

#[tokio::test]
async fn one_changed_byte_spoils_an_update() {
    let app = app(&Hand::new());
    let gateway = gateway(TOKEN, &serve(app.api()).await);
    let opened = gateway.create(&Order::new(&payment("forged"), "VPN", RETURN)).await.unwrap();
    app.act(&opened.external_id.unwrap(), Act::Pay).unwrap();
    let genuine = delivered(app.take_webhooks().remove(0));
    assert!(gateway.authenticate(&genuine).await.is_ok());
    let refused = async |webhook: RawWebhook| {
        let claim = gateway.authenticate(&webhook).await;
        assert!(matches!(claim, Err(AuthError::Signature(_))), "{claim:?}");
    };
    for at in [0, genuine.body.len() / 2, genuine.body.len() - 1] {
        let mut forged = genuine.clone();
        forged.body[at] ^= 1;
        refused(forged).await;
    }
    for at in 0..64 {
        let mut forged = genuine.clone();
        let digit = if forged.headers[1].1.as_bytes()[at] == b'0' { "1" } else { "0" };
        forged.headers[1].1.replace_range(at..=at, digit);
        refused(forged).await;
    }
    let mut spaced = genuine.clone();
    spaced.body.push(b' ');
    refused(spaced).await;
    refused(signed("112233:AAOther", genuine.body.clone())).await;
    for header in ["", "sha256", "абвг", &"0".repeat(64)] {
        let mut forged = genuine.clone();
        header.clone_into(&mut forged.headers[1].1);
        refused(forged).await;
    }
}

/// An authentic update about this invoice.
async fn told(invoice: Value) -> Result<Claim, AuthError> {
    let update = json!({ "update_id": 1, "update_type": "invoice_paid", "payload": invoice });
    gateway(TOKEN, "http://127.0.0.1:1").authenticate(&signed(TOKEN, update.to_string())).await
}

#[tokio::test]
async fn what_an_authentic_update_can_be_about() {
    let ours = payment("ours").id;
    let invoice = |changes: Value| {
        let mut invoice = json!({
            "invoice_id": 7, "status": "paid", "currency_type": "fiat", "fiat": "RUB", "amount": "199",
            "payload": ours.to_string(),
        });
        invoice.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        invoice
    };
    let usd = |minor| Money::new(minor, Currency::Usd);
    for (changes, received) in [
        (json!({ "amount": 199 }), rub(19_900)),
        (json!({ "amount": 199.5 }), rub(19_950)),
        (json!({ "amount": "0.01" }), rub(1)),
        (json!({ "fiat": "USD" }), usd(19_900)),
        // Nothing of the kind that an order can be about.
        (json!({ "currency_type": "crypto", "asset": "USDT", "fiat": null, "amount": "199" }), usd(0)),
        (json!({ "currency_type": "crypto" }), usd(0)),
        (json!({ "fiat": "XYZ" }), usd(0)),
        (json!({ "amount": "199.005" }), rub(0)),
        (json!({ "amount": "-199" }), rub(0)),
        (json!({ "amount": "1e3" }), rub(0)),
        (json!({ "amount": null }), rub(0)),
    ] {
        let told = fetched(told(invoice(changes.clone())).await);
        assert_eq!((told.payment, told.report.status), (Some(ours), Status::Paid(received)), "{changes}");
    }
    let foreign = fetched(told(invoice(json!({ "payload": "donation" }))).await);
    assert_eq!((foreign.payment, foreign.report.status), (None, Status::Paid(rub(19_900))));
    let bare = fetched(told(invoice(json!({ "payload": null }))).await);
    assert_eq!(bare.payment, None);
    let asset = invoice(json!({ "payload": "donation", "currency_type": "crypto", "asset": "TON" }));
    assert!(matches!(told(asset).await, Ok(Claim::Ignore(_))));
    let odd = told(invoice(json!({ "status": "active" }))).await;
    assert_eq!(odd, Ok(Claim::Ask(ObjectRef::Payment("7".to_owned()))));
    for broken in [json!(null), json!([]), json!({}), json!({ "invoice_id": "x", "status": "paid" })] {
        assert!(matches!(told(broken).await, Err(AuthError::Malformed(_))));
    }
}

#[tokio::test]
async fn wrong_credentials_unknown_ids_and_what_it_cannot_do() {
    let app = app(&Hand::new());
    let base = serve(app.api()).await;
    let stale = gateway("112233:AAOld", &base);
    let outcome = stale.create(&Order::new(&payment("stale"), "VPN", RETURN)).await;
    assert!(matches!(outcome, Err(GatewayError::Unauthorized)), "{outcome:?}");

    let gateway = gateway(TOKEN, &base);
    for id in ["1", "", "1,2", "1&status=paid", "١", "99999999999999999999"] {
        assert_eq!(gateway.fetch(&ObjectRef::Payment(id.to_owned())).await.unwrap(), None, "{id}");
    }
    assert_eq!(app.calls().len(), 2, "improper ids are not asked about");
    let opened = gateway.create(&Order::new(&payment("acts"), "VPN", RETURN)).await.unwrap();
    for act in [Act::PayAgain, Act::PayLate, Act::PayOther(1), Act::Cancel, Act::Refund(1), Act::Dispute] {
        let outcome = app.act(opened.external_id.as_ref().unwrap(), act);
        assert!(matches!(outcome, Err(NotPossible::Never(_))), "{act:?}");
    }
    let abilities = gateway.abilities();
    assert_eq!((abilities.refunds, abilities.limits.len()), (Refunds::Never, 22));
    assert_eq!(abilities.asking, Asking::Every(SignedDuration::ZERO));
    assert!(abilities.takes(rub(100)) && !abilities.takes(rub(99)));
    assert!(abilities.takes(rub(100_000_000)) && !abilities.takes(rub(100_000_001)));
    assert!(!abilities.takes(Money::new(100, Currency::Xtr)));
}

#[test]
fn every_mistake_in_the_settings_is_named() {
    let wrong = Config {
        token: SecretString::from("no token"),
        testnet: false,
        api_url: Some("pay.crypt.bot".to_owned()),
        assets: vec!["usdt".to_owned()],
    };
    let mistakes = wrong.check().unwrap_err().0;
    let names: Vec<&str> = mistakes.iter().map(|text| text.split(':').next().unwrap()).collect();
    assert_eq!(names, ["CRYPTOPAY_TOKEN", "CRYPTOPAY_API_URL", "CRYPTOPAY_ASSETS"]);
    let usual = Config { api_url: None, testnet: false, ..config(TOKEN, MAINNET) };
    assert_eq!(usual.check(), Ok(()));
    assert!(!format!("{usual:?}").contains("AAFake"));
}

fn judge(webhook: &RawWebhook) -> Result<Claim, AuthError> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(gateway(TOKEN, "http://127.0.0.1:1").authenticate(webhook))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn garbage_is_refused_without_panic(
        body in proptest::collection::vec(any::<u8>(), 0..200), name in "\\PC{0,30}", value in "\\PC{0,80}",
    ) {
        let headers = vec![("crypto-pay-api-signature".to_owned(), value.clone()), (name, value)];
        let webhook = RawWebhook { headers, ..RawWebhook::of_body(body, Timestamp::UNIX_EPOCH) };
        prop_assert!(matches!(judge(&webhook), Err(AuthError::Signature(_))));
    }

    #[test]
    fn any_signed_bytes_are_judged_without_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = judge(&signed(TOKEN, body));
    }

    #[test]
    fn mutated_genuine_updates_are_judged_without_panic(
        at in 0_usize..900, byte in any::<u8>(), cut in 0_usize..900,
    ) {
        let case = &vectors()["cases"][0];
        let mut body = STANDARD.decode(case["request"]["body_base64"].as_str().unwrap()).unwrap();
        let length = body.len();
        body[at % length] = byte;
        if cut % 3 == 0 {
            body.truncate(cut);
        }
        let _ = judge(&signed(TOKEN, body));
    }
}
