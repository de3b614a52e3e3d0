//! Settings of the PayPal gateway, and how much PayPal takes.

use crate::{
    ConfigError, Limits,
    config::{Check, is_http},
};
use domain::{Currency, Money};
use rustls_pki_types::{CertificateDer, pem::PemObject};
use secrecy::{ExposeSecret, SecretString};

/// Settings of the PayPal gateway.
#[derive(Debug, Clone)]
pub struct Config {
    /// `PAYPAL_API_URL`: the API's base, [`Config::LIVE_URL`] or [`Config::SANDBOX_URL`].
    pub api_url: String,
    /// `PAYPAL_CLIENT_ID`: the app's public name.
    pub client_id: String,
    /// `PAYPAL_CLIENT_SECRET`: the app's secret.
    pub client_secret: SecretString,
    /// `PAYPAL_WEBHOOK_ID`: PayPal's id of our webhook; it is part of what PayPal signs.
    pub webhook_id: String,
    /// `PAYPAL_SANDBOX`: no money moves. PayPal's objects do not say so themselves.
    pub sandbox: bool,
    /// `PAYPAL_BRAND_NAME`: the shop's name on PayPal's page, at most 127 characters.
    pub brand_name: Option<String>,
    /// `PAYPAL_EXTRA_ROOTS_PEM`, read with [`Config::roots_of_pem`]: certificates (DER) that are trusted to sign
    /// webhooks besides the public roots, for a local world. One that signs webhooks itself is trusted as it is.
    pub extra_roots: Vec<Vec<u8>>,
    /// `PAYPAL_CERT_BASE_URL`: where the certificates that webhooks name are read from instead of PayPal's own host,
    /// for a local world. The named host is checked all the same.
    pub cert_base: Option<String>,
}

impl Config {
    /// The live API.
    pub const LIVE_URL: &str = "https://api-m.paypal.com";
    /// The sandbox's API.
    pub const SANDBOX_URL: &str = "https://api-m.sandbox.paypal.com";

    /// The certificates in a PEM text, for [`Config::extra_roots`].
    pub fn roots_of_pem(pem: &str) -> Result<Vec<Vec<u8>>, ConfigError> {
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
        let certificates = certificates.ok().filter(|list| !list.is_empty() || pem.trim().is_empty());
        let mut check = Check::default();
        check.rule(certificates.is_some(), "PAYPAL_EXTRA_ROOTS_PEM", "no certificates in PEM");
        check.finish()?;
        Ok(certificates.unwrap_or_default().iter().map(|certificate| certificate.to_vec()).collect())
    }

    /// Every mistake at once.
    pub fn check(&self) -> Result<(), ConfigError> {
        let mut check = Check::default();
        check.rule(is_http(&self.api_url), "PAYPAL_API_URL", "not an http(s) address");
        let plain = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
        let name = plain(&self.client_id) && !self.client_id.contains(':');
        check.rule(name, "PAYPAL_CLIENT_ID", "empty or not plain text");
        let secret = plain(self.client_secret.expose_secret());
        check.rule(secret, "PAYPAL_CLIENT_SECRET", "empty or not plain text");
        let hook = plain(&self.webhook_id) && self.webhook_id.bytes().all(|b| b.is_ascii_alphanumeric());
        check.rule(hook, "PAYPAL_WEBHOOK_ID", "not an id such as 1JE4291016473214C");
        let brand = self
            .brand_name
            .as_deref()
            .is_none_or(|brand| !brand.trim().is_empty() && brand.encode_utf16().count() <= 127);
        check.rule(brand, "PAYPAL_BRAND_NAME", "empty or longer than 127 characters");
        let readable =
            |der: &Vec<u8>| webpki::anchor_from_trusted_cert(&CertificateDer::from(der.as_slice())).is_ok();
        let roots = self.extra_roots.iter().all(readable);
        check.rule(roots, "PAYPAL_EXTRA_ROOTS_PEM", "not all of it is certificates");
        let base = self.cert_base.as_deref().is_none_or(is_http);
        check.rule(base, "PAYPAL_CERT_BASE_URL", "not an http(s) address");
        check.finish()
    }
}

/// The least and the most, in major units. PayPal publishes no least amount; below one unit its fee eats the price. The
/// most is what it lets one transaction carry (10 000 USD), rounded in other currencies. PayPal's other currencies are
/// left out: HUF and TWD, which it takes without decimals, and RUB, which it does not serve any more.
const RANGES: [(Currency, i64, i64); 22] = [
    (Currency::Usd, 1, 10_000),
    (Currency::Eur, 1, 8_000),
    (Currency::Gbp, 1, 7_000),
    (Currency::Pln, 3, 36_000),
    (Currency::Aud, 1, 12_500),
    (Currency::Brl, 3, 50_000),
    (Currency::Cad, 1, 12_500),
    (Currency::Chf, 1, 8_000),
    (Currency::Cny, 5, 70_000),
    (Currency::Czk, 15, 200_000),
    (Currency::Dkk, 5, 60_000),
    (Currency::Hkd, 5, 75_000),
    (Currency::Ils, 3, 32_000),
    (Currency::Jpy, 100, 1_000_000),
    (Currency::Mxn, 15, 180_000),
    (Currency::Myr, 3, 40_000),
    (Currency::Nok, 5, 100_000),
    (Currency::Nzd, 1, 15_000),
    (Currency::Php, 40, 500_000),
    (Currency::Sek, 5, 90_000),
    (Currency::Sgd, 1, 13_000),
    (Currency::Thb, 30, 320_000),
];

pub(super) fn limits() -> Vec<Limits> {
    let range = |(currency, least, most): (Currency, i64, i64)| {
        let unit = 10_i64.pow(currency.exponent());
        Limits { min: Money::new(least * unit, currency), max: Money::new(most * unit, currency) }
    };
    RANGES.into_iter().map(range).collect()
}
