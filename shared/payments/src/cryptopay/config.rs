//! Settings of the Crypto Pay gateway, and what it takes.

use crate::{
    ConfigError, Limits,
    config::{Check, is_http},
};
use domain::{Currency, Money};
use secrecy::{ExposeSecret, SecretString};

/// The API's base for real money.
pub const MAINNET: &str = "https://pay.crypt.bot/api";
/// The API's base for test money: @CryptoTestnetBot, with its own tokens.
pub const TESTNET: &str = "https://testnet-pay.crypt.bot/api";

/// Settings of the Crypto Pay gateway.
#[derive(Debug, Clone)]
pub struct Config {
    /// `CRYPTOPAY_TOKEN`: the app's API token, `12345:AA…`. Secret; also the key of the webhooks' signatures.
    pub token: SecretString,
    /// `CRYPTOPAY_TESTNET`: the token is the test bot's; its money is test money.
    pub testnet: bool,
    /// `CRYPTOPAY_API_URL`: the API's base; `None` = [`MAINNET`] or [`TESTNET`].
    pub api_url: Option<String>,
    /// `CRYPTOPAY_ASSETS`: the assets that may be paid with (`USDT`, `TON` …); none = all that Crypto Pay knows.
    pub assets: Vec<String>,
}

impl Config {
    /// Every mistake at once.
    pub fn check(&self) -> Result<(), ConfigError> {
        let mut check = Check::default();
        let token = self.token.expose_secret();
        let proper = token.split_once(':').is_some_and(|(app, key)| {
            !app.is_empty()
                && app.bytes().all(|b| b.is_ascii_digit())
                && !key.is_empty()
                && key.bytes().all(|b| b.is_ascii_graphic())
        });
        check.rule(
            proper,
            "CRYPTOPAY_TOKEN",
            "not a token as @CryptoBot gives it (digits, a colon, letters)",
        );
        check.rule(is_http(self.base()), "CRYPTOPAY_API_URL", "not an http(s) URL");
        let asset = |name: &String| {
            (2..=10).contains(&name.len())
                && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        };
        check.rule(
            self.assets.iter().all(asset),
            "CRYPTOPAY_ASSETS",
            "not a list of asset names such as USDT,TON",
        );
        check.finish()
    }

    /// The API's base, without a slash at the end.
    pub(super) fn base(&self) -> &str {
        let usual = if self.testnet { TESTNET } else { MAINNET };
        self.api_url.as_deref().unwrap_or(usual).trim_end_matches('/')
    }
}

/// The fiat currencies of `createInvoice`.
const CURRENCIES: [Currency; 22] = [
    Currency::Usd,
    Currency::Eur,
    Currency::Rub,
    Currency::Byn,
    Currency::Uah,
    Currency::Gbp,
    Currency::Cny,
    Currency::Kzt,
    Currency::Uzs,
    Currency::Gel,
    Currency::Try,
    Currency::Amd,
    Currency::Thb,
    Currency::Inr,
    Currency::Brl,
    Currency::Idr,
    Currency::Azn,
    Currency::Aed,
    Currency::Pln,
    Currency::Ils,
    Currency::Kgs,
    Currency::Tjs,
];

/// Crypto Pay documents no limits of fiat invoices. These keep typing mistakes out: 1 to 1 000 000 major units; of sums and
/// rupiahs, of which a dollar has thousands, a hundred times as many.
pub(super) fn limits() -> Vec<Limits> {
    let limits = |currency| {
        let scale = if matches!(currency, Currency::Uzs | Currency::Idr) { 100 } else { 1 };
        Limits { min: Money::new(100 * scale, currency), max: Money::new(100_000_000 * scale, currency) }
    };
    CURRENCIES.into_iter().map(limits).collect()
}
