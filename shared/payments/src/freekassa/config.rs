//! Settings of the FreeKassa gateway, and what it takes.

use crate::{
    ConfigError, Limits,
    config::{Check, is_email, is_http},
};
use domain::{Currency, Money};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use std::{
    fmt,
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

/// The payment form.
pub const PAY_URL: &str = "https://pay.fk.money/";
/// The API's base.
pub const API_URL: &str = "https://api.fk.life/v1";
/// The payment system that the API opens orders with unless told otherwise: SBP.
pub const API_METHOD: u32 = 44;
/// What FreeKassa takes.
pub const CURRENCIES: [Currency; 5] =
    [Currency::Rub, Currency::Usd, Currency::Eur, Currency::Uah, Currency::Kzt];
/// The addresses that notifications come from, as FreeKassa's documentation lists them (§1.4).
pub const ADDRESSES: [IpAddr; 4] = [
    IpAddr::V4(Ipv4Addr::new(168, 119, 157, 136)),
    IpAddr::V4(Ipv4Addr::new(168, 119, 60, 227)),
    IpAddr::V4(Ipv4Addr::new(178, 154, 197, 79)),
    IpAddr::V4(Ipv4Addr::new(51, 250, 54, 238)),
];

/// Where the time for nonces is read. It must run as real clocks do, the same in all processes: a clock that stands still or
/// is set back makes FreeKassa refuse calls.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Settings of the FreeKassa gateway.
#[derive(Clone)]
pub struct Config {
    /// `FREEKASSA_SHOP_ID`: the shop's number.
    pub shop_id: String,
    /// `FREEKASSA_SECRET_WORD_1`: signs payment links. Secret; not used with an API key.
    pub secret_word_1: SecretString,
    /// `FREEKASSA_SECRET_WORD_2`: signs notifications. Secret.
    pub secret_word_2: SecretString,
    /// `FREEKASSA_API_KEY`: secret; `None` = payment form only.
    pub api_key: Option<SecretString>,
    /// `FREEKASSA_PAY_URL`: the payment form, [`PAY_URL`].
    pub pay_url: String,
    /// `FREEKASSA_API_URL`: the API's base, [`API_URL`].
    pub api_url: String,
    /// `FREEKASSA_PAYMENT_METHOD_ID`: the payment system `i`; `None` = [`API_METHOD`] with the API, the buyer's choice in
    /// the form.
    pub payment_method: Option<u32>,
    /// `FREEKASSA_PAYMENT_IP`: what the API is told as the payer's address, which a shop inside Telegram never learns.
    pub payment_ip: Option<IpAddr>,
    /// `FREEKASSA_DEFAULT_RECEIPT_EMAIL`: stands in for buyers who gave none; the API wants one of each.
    pub default_email: Option<String>,
    /// `FREEKASSA_ALLOWED_IPS`: who may notify, [`ADDRESSES`]; none = anybody who can sign.
    pub allowed_ips: Vec<IpAddr>,
    /// `FREEKASSA_CURRENCY`: the shop's currency, `RUB`. The only one of the payment form, since notifications name none.
    pub currency: Currency,
    /// `FREEKASSA_CURRENCIES`: what is offered through the API, [`CURRENCIES`]; to be narrowed to what the payment system takes.
    pub currencies: Vec<Currency>,
    /// `FREEKASSA_TEST_MODE`: treat all its money as test money. FreeKassa has no sandbox and cannot say so itself.
    pub test_mode: bool,
    /// The time, for nonces; used with an API key only.
    pub clock: Clock,
}

/// Without secrets.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("shop_id", &self.shop_id)
            .field("api", &self.api_key.is_some())
            .field("pay_url", &self.pay_url)
            .field("api_url", &self.api_url)
            .field("payment_method", &self.payment_method)
            .field("allowed_ips", &self.allowed_ips)
            .field("currency", &self.currency)
            .field("currencies", &self.currencies)
            .field("test_mode", &self.test_mode)
            .finish_non_exhaustive()
    }
}

impl Config {
    /// Every mistake at once.
    pub fn check(&self) -> Result<(), ConfigError> {
        let mut check = Check::default();
        let number = self.shop_id.bytes().all(|b| b.is_ascii_digit()) && self.shop_id.parse::<u32>().is_ok();
        check.rule(number, "FREEKASSA_SHOP_ID", "not the shop's number");
        let given = |secret: &SecretString| !secret.expose_secret().is_empty();
        check.rule(given(&self.secret_word_2), "FREEKASSA_SECRET_WORD_2", "empty");
        if let Some(key) = &self.api_key {
            self.check_api(&mut check, given(key));
        } else {
            check.rule(given(&self.secret_word_1), "FREEKASSA_SECRET_WORD_1", "empty");
            check.rule(is_http(&self.pay_url), "FREEKASSA_PAY_URL", "not an http(s) URL");
        }
        check.rule(self.payment_method != Some(0), "FREEKASSA_PAYMENT_METHOD_ID", "not a payment system");
        let email = self.default_email.as_deref().is_none_or(is_email);
        check.rule(email, "FREEKASSA_DEFAULT_RECEIPT_EMAIL", "not an e-mail address");
        let taken = |currency: &Currency| CURRENCIES.contains(currency);
        check.rule(taken(&self.currency), "FREEKASSA_CURRENCY", "not one of RUB, USD, EUR, UAH, KZT");
        check.finish()
    }

    fn check_api(&self, check: &mut Check, key_given: bool) {
        check.rule(key_given, "FREEKASSA_API_KEY", "empty");
        check.rule(is_http(&self.api_url), "FREEKASSA_API_URL", "not an http(s) URL");
        check.rule(
            self.payment_ip.is_some(),
            "FREEKASSA_PAYMENT_IP",
            "the API wants an address of the payer",
        );
        let taken = self.currencies.iter().all(|currency| CURRENCIES.contains(currency));
        check.rule(
            taken && !self.currencies.is_empty(),
            "FREEKASSA_CURRENCIES",
            "not a list out of RUB, USD, EUR, UAH, KZT",
        );
    }

    /// What is taken at once. FreeKassa documents no limits, and every payment system has its own, shown in the cabinet;
    /// these keep typing mistakes out.
    pub(super) fn limits(&self) -> Vec<Limits> {
        let own = [self.currency];
        let currencies = if self.api_key.is_some() { self.currencies.as_slice() } else { own.as_slice() };
        let limits = |currency: &Currency| {
            let (min, max) = match currency {
                Currency::Rub => (1_000, 100_000_000),
                Currency::Uah => (1_000, 50_000_000),
                Currency::Kzt => (5_000, 500_000_000),
                _ => (100, 1_000_000),
            };
            Limits { min: Money::new(min, *currency), max: Money::new(max, *currency) }
        };
        currencies.iter().map(limits).collect()
    }

    /// The buyer's own address if it can be one, else the operator's.
    pub(super) fn email<'a>(&'a self, own: Option<&'a str>) -> Option<&'a str> {
        own.filter(|own| is_email(own)).or(self.default_email.as_deref())
    }
}
