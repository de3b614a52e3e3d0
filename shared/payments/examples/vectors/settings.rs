//! A case's configuration as settings of the shop.

use super::{
    Mismatch,
    file::{Case, Delivery, Owner},
    services::{Answer, Services},
};
use domain::Provider;
use sandbox::world::Overrides;
use serde_json::Value;

/// Names in a case's configuration, and the shop's settings of the same meaning.
const NAMES: [(Owner, &str, &str); 20] = [
    (Owner::Ours(Provider::Stripe), "webhook_secret", "STRIPE_WEBHOOK_SECRET"),
    (Owner::Ours(Provider::Stripe), "tolerance_seconds", "STRIPE_WEBHOOK_TOLERANCE_SECONDS"),
    (Owner::Ours(Provider::Cryptopay), "api_token", "CRYPTOPAY_TOKEN"),
    (Owner::Ours(Provider::Cryptopay), "testnet", "CRYPTOPAY_TESTNET"),
    (Owner::Ours(Provider::Freekassa), "shop_id", "FREEKASSA_SHOP_ID"),
    (Owner::Ours(Provider::Freekassa), "secret_word_1", "FREEKASSA_SECRET_WORD_1"),
    (Owner::Ours(Provider::Freekassa), "secret_word_2", "FREEKASSA_SECRET_WORD_2"),
    (Owner::Ours(Provider::Freekassa), "allowed_ips", "FREEKASSA_ALLOWED_IPS"),
    (Owner::Ours(Provider::Robokassa), "merchant_login", "ROBOKASSA_MERCHANT_LOGIN"),
    (Owner::Ours(Provider::Robokassa), "password_1", "ROBOKASSA_PASSWORD_1"),
    (Owner::Ours(Provider::Robokassa), "password_2", "ROBOKASSA_PASSWORD_2"),
    (Owner::Ours(Provider::Robokassa), "test_password_1", "ROBOKASSA_TEST_PASSWORD_1"),
    (Owner::Ours(Provider::Robokassa), "test_password_2", "ROBOKASSA_TEST_PASSWORD_2"),
    (Owner::Ours(Provider::Robokassa), "password_3", "ROBOKASSA_PASSWORD_3"),
    (Owner::Ours(Provider::Robokassa), "is_test", "ROBOKASSA_TEST"),
    (Owner::Ours(Provider::Robokassa), "hash", "ROBOKASSA_HASH"),
    (Owner::Ours(Provider::Wata), "public_key_pem", "WATA_PUBLIC_KEY_PEM"),
    (Owner::Ours(Provider::Paypal), "webhook_id", "PAYPAL_WEBHOOK_ID"),
    (Owner::Ours(Provider::Tribute), "api_key", "TRIBUTE_API_KEY"),
    (Owner::Telegram, "secret_token", "WEBHOOK_SECRET_TOKEN"),
];

/// Settings of addresses: a key without its address means the real service to a sandbox world.
const ADDRESSES: [&str; 7] = [
    "YOOKASSA_API_URL",
    "FREEKASSA_API_URL",
    "FREEKASSA_PAY_URL",
    "ROBOKASSA_API_URL",
    "STRIPE_API_URL",
    "CRYPTOPAY_API_URL",
    "TRIBUTE_API_URL",
];

/// Where nothing is.
const NOWHERE: &str = "/nowhere";

/// The settings of a shop with the case's configuration. What the case does not configure is as in every sandbox world.
pub fn of(case: &Case, services: &Services) -> Result<Overrides, Mismatch> {
    let owner = case.owner().ok_or_else(|| Mismatch::unknown("a provider that it does not know"))?;
    let config = &case.value["config"];
    let mut settings = Overrides::default();
    for name in ADDRESSES {
        settings.set(name, services.url(NOWHERE));
    }
    // Without anything to sell there is no shop at Tribute.
    settings.set("TRIBUTE_ITEMS", format!("m1=subscription/1@{}@150.00 RUB", services.url(NOWHERE)));
    for (of, theirs, ours) in NAMES {
        if let Some(text) = config.get(theirs).filter(|_| of == owner).and_then(text) {
            settings.set(ours, text);
        }
    }
    match owner {
        Owner::Ours(Provider::Stripe) => {
            // The key says whether a shop takes real money, and must fit what the case sends.
            let live = deliveries(case).any(|delivery| is_live(&delivery));
            settings.set("STRIPE_SECRET_KEY", if live { "sk_live_vectors" } else { "sk_test_vectors" });
        }
        Owner::Ours(Provider::Robokassa) => {
            settings.set("ROBOKASSA_PAY_URL", services.url(NOWHERE));
            settings.set("ROBOKASSA_REFUND_URL", services.url(NOWHERE));
            settings.set("ROBOKASSA_CHECK_IP", config.get("allowed_ips").is_some().to_string());
        }
        Owner::Ours(Provider::Wata) => {
            settings.set("WATA_CHECK_IP", config.get("allowed_ips").is_some().to_string());
        }
        Owner::Ours(Provider::Paypal) => certificate(config, services, &mut settings),
        Owner::Ours(Provider::Yookassa) => {
            let test = config["shop_is_test"].as_bool() == Some(true);
            settings.set("YOOKASSA_SECRET_KEY", if test { "test_vectors" } else { "live_vectors" });
        }
        Owner::Ours(_) | Owner::Telegram | Owner::Other(_) => {}
    }
    Ok(settings)
}

/// A scalar as a setting; a list with commas.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Array(items) => {
            let items: Option<Vec<String>> = items.iter().map(text).collect();
            Some(items?.join(","))
        }
        Value::Null | Value::Object(_) => None,
    }
}

/// Serves the case's certificate, which is its own issuer, and has it trusted.
fn certificate(config: &Value, services: &Services, settings: &mut Overrides) {
    if let Some(pem) = config["cert_pem_served_at_cert_url"].as_str() {
        let path = format!("/certificates/{:08x}", crc32fast::hash(pem.as_bytes()));
        services.put(&format!("{path}/"), Answer::Text(pem.to_owned()));
        settings.set("PAYPAL_CERT_BASE_URL", services.url(&path));
        settings.set("PAYPAL_EXTRA_ROOTS_PEM", pem.replace('\n', "\\n"));
    }
}

/// Everything that the case delivers, of what can be read.
pub fn deliveries(case: &Case) -> impl Iterator<Item = Delivery> {
    let steps = case.value["steps"].as_array().into_iter().flatten();
    std::iter::once(&case.value).chain(steps).filter_map(|value| Delivery::of(value).ok())
}

fn is_live(delivery: &Delivery) -> bool {
    serde_json::from_slice::<Value>(&delivery.body).is_ok_and(|event| event["livemode"] == true)
}
