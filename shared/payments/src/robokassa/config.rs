//! Settings of the Robokassa gateway.

use crate::{
    ConfigError,
    config::{Check, is_http},
};
use md5::Md5;
use ripemd::Ripemd160;
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};
use std::str::FromStr;

/// Settings of the Robokassa gateway.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub struct Config {
    /// Where the buyer's browser finds `/Merchant/Index.aspx`: `https://auth.robokassa.ru`.
    pub pay_url: String,
    /// Where we find `/Merchant/Recurring` and the XML service: `https://auth.robokassa.ru`.
    pub api_url: String,
    /// Where we find `/RefundService`: `https://services.robokassa.ru`.
    pub refund_url: String,
    /// The shop's id at Robokassa.
    pub merchant_login: String,
    /// The passwords of the live shop. May be empty in test mode.
    pub passwords: Passwords,
    /// The passwords for tests. May be empty in a live shop.
    pub test_passwords: Passwords,
    /// Password 3, with which refunds are signed; without it there are none.
    pub password_3: Option<SecretString>,
    /// Payments are tests.
    pub test: bool,
    /// The hash that the shop's technical settings name.
    pub hash: Hash,
    /// What to put into receipts (54-FZ); `None` if the shop sends them another way.
    pub receipt: Option<Receipt>,
    /// Take notifications from [`super::SENDERS`] only.
    pub check_ip: bool,
    /// Robokassa has allowed this shop to charge saved cards again.
    pub recurring: bool,
    /// Tell Robokassa with every link where the buyer goes afterwards, instead of what the shop's settings there say.
    pub return_urls: bool,
}

/// A pair of passwords.
#[derive(Debug, Clone)]
pub struct Passwords {
    /// Password 1: signs what we send.
    pub first: SecretString,
    /// Password 2: signs what Robokassa sends, and our questions.
    pub second: SecretString,
}

/// What receipts say. The right values are for the merchant's accountant to name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Tax system, such as `usn_income`; `None` if the merchant has only one.
    pub sno: Option<String>,
    /// VAT, such as `none`, `vat5`, `vat22`.
    pub tax: String,
    /// Such as `full_payment`.
    pub payment_method: String,
    /// Such as `service`.
    pub payment_object: String,
}

/// The hashes a shop can choose from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Hash {
    /// MD5: what a shop has unless it chose another.
    #[default]
    Md5,
    /// RIPEMD-160.
    Ripemd160,
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Hash {
    /// The hash of `text`, in lower-case hex.
    pub(super) fn hex(self, text: &str) -> String {
        match self {
            Self::Md5 => hex::encode(Md5::digest(text)),
            Self::Ripemd160 => hex::encode(Ripemd160::digest(text)),
            Self::Sha1 => hex::encode(Sha1::digest(text)),
            Self::Sha256 => hex::encode(Sha256::digest(text)),
            Self::Sha384 => hex::encode(Sha384::digest(text)),
            Self::Sha512 => hex::encode(Sha512::digest(text)),
        }
    }
}

impl FromStr for Hash {
    type Err = ConfigError;
    /// Reads `md5`, `ripemd160`, `sha1`, `sha256`, `sha384` or `sha512`, in any case.
    fn from_str(text: &str) -> Result<Self, ConfigError> {
        Ok(match text.to_ascii_lowercase().as_str() {
            "md5" => Self::Md5,
            "ripemd160" => Self::Ripemd160,
            "sha1" => Self::Sha1,
            "sha256" => Self::Sha256,
            "sha384" => Self::Sha384,
            "sha512" => Self::Sha512,
            _ => {
                let known = "ROBOKASSA_HASH: none of md5, ripemd160, sha1, sha256, sha384, sha512";
                return Err(ConfigError(vec![known.to_owned()]));
            }
        })
    }
}

impl Config {
    /// Every mistake at once.
    pub fn check(&self) -> Result<(), ConfigError> {
        let mut check = Check::default();
        for (setting, url) in [
            ("ROBOKASSA_PAY_URL", &self.pay_url),
            ("ROBOKASSA_API_URL", &self.api_url),
            ("ROBOKASSA_REFUND_URL", &self.refund_url),
        ] {
            check.rule(is_http(url), setting, "not an http(s) address");
        }
        let login = &self.merchant_login;
        let plain = !login.is_empty() && login.bytes().all(|b| b.is_ascii_graphic() && b != b':');
        check.rule(plain, "ROBOKASSA_MERCHANT_LOGIN", "empty, or not the id of a shop");
        let (used, names) = if self.test {
            (&self.test_passwords, ["ROBOKASSA_TEST_PASSWORD_1", "ROBOKASSA_TEST_PASSWORD_2"])
        } else {
            (&self.passwords, ["ROBOKASSA_PASSWORD_1", "ROBOKASSA_PASSWORD_2"])
        };
        for (password, setting) in [&used.first, &used.second].into_iter().zip(names) {
            check.rule(!password.expose_secret().is_empty(), setting, "empty");
        }
        let second = |passwords: &Passwords| passwords.second.expose_secret().to_owned();
        let (live, test) = (second(&self.passwords), second(&self.test_passwords));
        // What is signed for a test must not pass as money.
        check.rule(live.is_empty() || live != test, "ROBOKASSA_TEST_PASSWORD_2", "the same as the live one");
        let third = self.password_3.as_ref().is_none_or(|password| !password.expose_secret().is_empty());
        check.rule(third, "ROBOKASSA_PASSWORD_3", "empty");
        if let Some(receipt) = &self.receipt {
            receipt.check(&mut check);
        }
        check.finish()
    }

    /// The passwords that payments of this mode are signed with.
    pub(super) fn passwords(&self) -> &Passwords {
        if self.test { &self.test_passwords } else { &self.passwords }
    }
}

impl Receipt {
    fn check(&self, check: &mut Check) {
        let name = |text: &str| {
            (1..=32).contains(&text.len())
                && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        for (setting, text) in [
            ("ROBOKASSA_RECEIPT_SNO", self.sno.as_deref().unwrap_or("none")),
            ("ROBOKASSA_RECEIPT_TAX", &self.tax),
            ("ROBOKASSA_RECEIPT_PAYMENT_METHOD", &self.payment_method),
            ("ROBOKASSA_RECEIPT_PAYMENT_OBJECT", &self.payment_object),
        ] {
            check.rule(name(text), setting, "not one of Robokassa's names");
        }
    }
}
