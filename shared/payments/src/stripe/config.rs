//! Settings of the Stripe gateway, and how much Stripe takes.

use crate::{
    ConfigError, Limits,
    config::{Check, is_http},
};
use domain::{Currency, Money};
use secrecy::{ExposeSecret, SecretString};

/// Settings of the Stripe gateway.
#[derive(Debug, Clone)]
pub struct Config {
    /// `STRIPE_API_URL`: the API's base, [`Config::API_URL`].
    pub api_url: String,
    /// `STRIPE_SECRET_KEY`: `sk_live_…`, or a restricted `rk_live_…`; with `_test_` no money moves. A restricted key
    /// needs: Checkout Sessions write, PaymentIntents write, Refunds write, and read of Charges, Disputes,
    /// PaymentMethods and SetupIntents.
    pub secret_key: SecretString,
    /// `STRIPE_WEBHOOK_SECRET`: the endpoint's signing secret, the whole `whsec_…` text.
    pub webhook_secret: SecretString,
    /// `STRIPE_WEBHOOK_TOLERANCE_SECONDS`: how old a signature may be, in seconds; [`Config::TOLERANCE`].
    pub tolerance_seconds: u32,
}

impl Config {
    /// Stripe's API.
    pub const API_URL: &str = "https://api.stripe.com";
    /// What Stripe's own libraries take, in seconds.
    pub const TOLERANCE: u32 = 300;

    /// Every mistake at once.
    pub fn check(&self) -> Result<(), ConfigError> {
        let mut check = Check::default();
        check.rule(is_http(&self.api_url), "STRIPE_API_URL", "not an http(s) address");
        let key = self.secret_key.expose_secret();
        let known = ["sk_live_", "sk_test_", "rk_live_", "rk_test_"];
        let proper = known.iter().any(|prefix| key.len() > prefix.len() && key.starts_with(prefix));
        let plain = |text: &str| text.bytes().all(|b| b.is_ascii_graphic());
        check.rule(proper && plain(key), "STRIPE_SECRET_KEY", "does not look like sk_live_… or sk_test_…");
        let hook = self.webhook_secret.expose_secret();
        let proper = hook.len() > "whsec_".len() && hook.starts_with("whsec_") && plain(hook);
        check.rule(proper, "STRIPE_WEBHOOK_SECRET", "does not look like whsec_…");
        let tolerance = (1..=86_400).contains(&self.tolerance_seconds);
        check.rule(tolerance, "STRIPE_WEBHOOK_TOLERANCE_SECONDS", "not 1-86400");
        check.finish()
    }

    /// The key is of a sandbox: its payments move no money.
    pub fn is_test(&self) -> bool {
        self.secret_key.expose_secret().contains("k_test_")
    }
}

/// Least amounts in minor units: those Stripe publishes, for other currencies about 0.50 USD and a margin, because there
/// the amount is judged after conversion. Rubles and Belarusian rubles are left out: no merchant is served there.
const LEAST: [(Currency, i64); 35] = [
    (Currency::Usd, 50),
    (Currency::Eur, 50),
    (Currency::Gbp, 30),
    (Currency::Pln, 200),
    (Currency::Aed, 200),
    (Currency::Aud, 50),
    (Currency::Brl, 50),
    (Currency::Cad, 50),
    (Currency::Chf, 50),
    (Currency::Czk, 1_500),
    (Currency::Dkk, 250),
    (Currency::Hkd, 400),
    (Currency::Jpy, 50),
    (Currency::Mxn, 1_000),
    (Currency::Myr, 200),
    (Currency::Nok, 300),
    (Currency::Nzd, 50),
    (Currency::Sek, 300),
    (Currency::Sgd, 50),
    (Currency::Thb, 1_000),
    (Currency::Inr, 5_000),
    (Currency::Kzt, 35_000),
    (Currency::Uah, 2_500),
    (Currency::Uzs, 800_000),
    (Currency::Try, 3_000),
    (Currency::Mdl, 1_200),
    (Currency::Azn, 100),
    (Currency::Amd, 25_000),
    (Currency::Cny, 400),
    (Currency::Gel, 200),
    (Currency::Idr, 1_000_000),
    (Currency::Ils, 200),
    (Currency::Kgs, 5_000),
    (Currency::Tjs, 600),
    (Currency::Php, 3_500),
];

/// Stripe takes eight digits of minor units: 999 999.99, or 99 999 999 yen.
const MOST: i64 = 99_999_999;

pub(super) fn limits() -> Vec<Limits> {
    let range = |(currency, least): (Currency, i64)| Limits {
        min: Money::new(least, currency),
        max: Money::new(MOST, currency),
    };
    LEAST.into_iter().map(range).collect()
}
