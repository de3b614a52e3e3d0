//! Settings of the WATA gateway.

use super::key;
use crate::{
    ConfigError,
    config::{Check, is_http},
};
use secrecy::{ExposeSecret, SecretString};

/// Settings of the WATA gateway.
#[derive(Debug, Clone)]
pub struct Config {
    /// The API's base, `https://api.wata.pro/api/h2h` or `https://api-sandbox.wata.pro/api/h2h`.
    pub api_url: String,
    /// The terminal's access token (a JWT). It lives 1 to 12 months; then every call is answered with 401.
    pub token: SecretString,
    /// The key that webhooks are signed with, as PEM, if it is to be pinned; else it is read from the API.
    pub public_key_pem: Option<String>,
    /// Take webhooks from [`super::SENDERS`] only.
    pub check_ip: bool,
    /// The token is one of WATA's sandbox: no money moves.
    pub test: bool,
}

impl Config {
    /// Every mistake at once.
    pub fn check(&self) -> Result<(), ConfigError> {
        let mut check = Check::default();
        check.rule(is_http(&self.api_url), "WATA_API_URL", "not an http(s) address");
        let token = self.token.expose_secret();
        let plain = !token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic());
        check.rule(plain, "WATA_TOKEN", "empty, or with characters that no token has");
        let known = self.public_key_pem.as_deref().is_none_or(|pem| key::read(pem).is_some());
        check.rule(known, "WATA_PUBLIC_KEY_PEM", "not an RSA public key of 2048 bits or more in PEM");
        let sandbox = self.api_url.contains("api-sandbox.wata.pro");
        let production = self.api_url.contains("//api.wata.pro");
        let fits = if self.test { !production } else { !sandbox };
        check.rule(fits, "WATA_TEST", "contradicts WATA_API_URL");
        check.finish()
    }
}
