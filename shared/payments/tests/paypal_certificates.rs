//! PayPal's certificates: which are read, how often, and which are believed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do: by panicking")]

mod paypal_world;
mod support;

use axum::{Router, http::StatusCode};
use jiff::{SignedDuration, Timestamp};
use payments::{
    AuthError, Claim, Gateway, RawWebhook,
    paypal::{Config, Paypal},
};
use paypal_world::{completed, config, gateway, serving, set, text};
use serde_json::Value;
use standin_providers::paypal as standin;
use std::sync::atomic::Ordering;
use support::{http, now, serve};

fn certificates() -> Value {
    serde_json::from_str(include_str!("data/paypal-certificates.json")).unwrap()
}

#[tokio::test]
async fn a_certificate_is_read_once_and_failures_are_few() {
    let (_, raw) = completed().await;
    let (base, asked) = serving(standin::CERTIFICATE_PEM.to_owned()).await;
    let good = gateway(&base);
    for _ in 0..3 {
        assert!(good.authenticate(&raw).await.is_ok());
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);

    // Nobody there: the provider shall repeat it.
    let nobody = gateway("http://127.0.0.1:1").authenticate(&raw).await.unwrap_err();
    assert!(matches!(nobody, AuthError::Unchecked(_)) && nobody.status() == 503, "{nobody:?}");

    let (base, asked) = serving("not a certificate".to_owned()).await;
    let flooded = gateway(&base);
    let at = |name: usize| {
        let url = format!("https://api.paypal.com/v1/notifications/certs/CERT-{name}");
        set(&raw, "PAYPAL-CERT-URL", &url)
    };
    for name in 0..200 {
        assert!(flooded.authenticate(&at(name % 100)).await.is_err());
    }
    assert_eq!(asked.load(Ordering::SeqCst), 16);
    let mut later = at(500);
    later.received_at = later.received_at.checked_add(SignedDuration::from_mins(2)).unwrap();
    assert!(flooded.authenticate(&later).await.is_err());
    assert_eq!(asked.load(Ordering::SeqCst), 17);

    let router = Router::new().fallback(|| async { (StatusCode::NOT_FOUND, "none") });
    let missing = gateway(&serve(router).await).authenticate(&raw).await;
    assert!(matches!(missing, Err(AuthError::Unchecked(_))), "{missing:?}");
    let (base, _) = serving("x".repeat(100_000)).await;
    assert!(matches!(gateway(&base).authenticate(&raw).await, Err(AuthError::Unchecked(_))));
}

#[tokio::test]
async fn certificates_must_chain_be_valid_and_be_paypals() {
    let (_, raw) = completed().await;
    let all = certificates();
    let pem = |names: &[&str]| names.iter().map(|name| text(&all, &format!("/{name}"))).collect::<String>();
    let root = Config::roots_of_pem(&pem(&["root"])).unwrap();
    let judge = async |names: &[&str], roots: &Vec<Vec<u8>>, at: Timestamp| {
        let (base, _) = serving(pem(names)).await;
        let gateway = Paypal::new(http(), Config { extra_roots: roots.clone(), ..config(&base) }).unwrap();
        let raw = RawWebhook { received_at: at, ..raw.clone() };
        gateway.authenticate(&raw).await
    };
    for names in [
        &["good", "intermediate"][..],
        &["good", "root", "intermediate"],
        &["by_root"],
        &["san_only", "intermediate"],
    ] {
        let outcome = judge(names, &root, now()).await;
        assert!(matches!(outcome, Ok(Claim::Signed(_))), "{names:?}: {outcome:?}");
    }
    for names in [
        &["good"][..],
        &["intermediate", "good"],
        &["expired", "intermediate"],
        &["not_yet", "intermediate"],
        &["other_subject", "intermediate"],
        &["lookalike", "intermediate"],
        &["suffix_inside", "intermediate"],
        &["for_clients", "intermediate"],
        &["self_signed"],
        &["root"],
    ] {
        let outcome = judge(names, &root, now()).await;
        assert!(matches!(outcome, Err(AuthError::Signature(_))), "{names:?}: {outcome:?}");
    }
    // Public roots alone do not make it good, and time passes.
    let nobody = judge(&["good", "intermediate"], &Vec::new(), now()).await;
    assert!(matches!(nobody, Err(AuthError::Signature(_))), "{nobody:?}");
    let late: Timestamp = "2057-01-01T00:00:00Z".parse().unwrap();
    let late = judge(&["good", "intermediate"], &root, late).await;
    assert!(matches!(late, Err(AuthError::Signature(_))), "{late:?}");
    // One that is listed itself is trusted as it is, if it is PayPal's by name.
    let own = Config::roots_of_pem(&pem(&["self_signed", "other_subject"])).unwrap();
    assert!(judge(&["self_signed"], &own, now()).await.is_ok());
    assert!(judge(&["other_subject"], &own, now()).await.is_err());
}

#[tokio::test]
async fn a_certificate_that_ends_while_it_is_kept_is_not_believed_any_more() {
    let (_, raw) = completed().await;
    let all = certificates();
    let extra_roots = Config::roots_of_pem(text(&all, "/root")).unwrap();
    let (base, _) = serving(text(&all, "/by_root").to_owned()).await;
    let gateway = Paypal::new(http(), Config { extra_roots, ..config(&base) }).unwrap();
    assert!(gateway.authenticate(&raw).await.is_ok());
    let late = RawWebhook { received_at: "2057-01-01T00:00:00Z".parse().unwrap(), ..raw };
    assert!(matches!(gateway.authenticate(&late).await, Err(AuthError::Signature(_))));
}
