//! Settings of the YooKassa gateway, checked before the first payment.

use crate::config::{Check, ConfigError, is_email, is_http};
use secrecy::{ExposeSecret, SecretString};

/// Settings of the YooKassa gateway.
#[derive(Debug, Clone)]
pub struct Config {
    /// The API's base, `https://api.yookassa.ru/v3`.
    pub api_url: String,
    /// The shop's number.
    pub shop_id: String,
    /// The secret key, `live_…` or `test_…`.
    pub secret_key: SecretString,
    /// Where the buyer's browser goes afterwards, instead of what the order says.
    pub return_url: Option<String>,
    /// What to put into receipts (54-FZ); `None` if the shop sends them another way.
    pub receipt: Option<Receipt>,
    /// Take webhooks from YooKassa's networks only. To be switched off where something stands before the API.
    pub check_ip: bool,
    /// YooKassa's manager allowed this shop to save methods and to charge them again; without that YooKassa refuses
    /// every payment that asks for it.
    pub autopayments: bool,
}

/// What receipts say. The right values are for the merchant's accountant to name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Where receipts go if the buyer gave no e-mail.
    pub default_email: String,
    /// VAT: 1 = none … 12 = 22/122.
    pub vat_code: u8,
    /// Such as `full_payment`.
    pub payment_mode: String,
    /// Such as `service`.
    pub payment_subject: String,
    /// 1-6, where the cash desk needs it.
    pub tax_system_code: Option<u8>,
    /// Such as `piece`.
    pub measure: String,
}

const PAYMENT_MODES: &str =
    "full_prepayment partial_prepayment advance full_payment partial_payment credit credit_payment";

const PAYMENT_SUBJECTS: &str = "commodity excise job service gambling_bet gambling_prize lottery lottery_prize \
    intellectual_activity payment agent_commission property_right non_operating_gain insurance_premium sales_tax \
    resort_fee composite another fine tax lien cost pension_insurance_without_payouts \
    pension_insurance_with_payouts health_insurance_without_payouts health_insurance_with_payouts health_insurance \
    casino agent_withdrawals non_marked_excise marked_excise marked non_marked";

const MEASURES: &str = "piece gram kilogram ton centimeter decimeter meter square_centimeter square_decimeter \
    square_meter milliliter liter cubic_meter kilowatt_hour gigacalorie day hour minute second kilobyte megabyte \
    gigabyte terabyte another";

impl Config {
    /// Every mistake at once.
    pub fn check(&self) -> Result<(), ConfigError> {
        let mut check = Check::default();
        check.rule(is_http(&self.api_url), "YOOKASSA_API_URL", "not an http(s) URL");
        let digits = !self.shop_id.is_empty() && self.shop_id.bytes().all(|b| b.is_ascii_digit());
        check.rule(digits, "YOOKASSA_SHOP_ID", "not a number");
        let key = self.secret_key.expose_secret();
        let proper = !key.is_empty() && key.bytes().all(|b| b.is_ascii_graphic());
        check.rule(proper, "YOOKASSA_SECRET_KEY", "empty, or not of visible ASCII characters");
        let returns = self.return_url.as_deref().is_none_or(|url| is_http(url) && url.len() <= 2048);
        check.rule(returns, "YOOKASSA_RETURN_URL", "not an http(s) URL of at most 2048 characters");
        if let Some(receipt) = &self.receipt {
            receipt.check(&mut check);
        }
        check.finish()
    }

    /// The key of a test shop: what it does moves no money.
    pub(super) fn is_test(&self) -> bool {
        self.secret_key.expose_secret().starts_with("test_")
    }
}

impl Receipt {
    fn check(&self, check: &mut Check) {
        let one_of = |names: &str, name: &str| names.split_ascii_whitespace().any(|known| known == name);
        check.rule(is_email(&self.default_email), "YOOKASSA_DEFAULT_RECEIPT_EMAIL", "not an address");
        check.rule((1..=12).contains(&self.vat_code), "YOOKASSA_VAT_CODE", "not 1-12");
        check.rule(one_of(PAYMENT_MODES, &self.payment_mode), "YOOKASSA_PAYMENT_MODE", "unknown");
        check.rule(one_of(PAYMENT_SUBJECTS, &self.payment_subject), "YOOKASSA_PAYMENT_SUBJECT", "unknown");
        check.rule(one_of(MEASURES, &self.measure), "YOOKASSA_MEASURE", "unknown");
        let tax = self.tax_system_code.is_none_or(|code| (1..=6).contains(&code));
        check.rule(tax, "YOOKASSA_TAX_SYSTEM_CODE", "not 1-6");
    }

    /// The buyer's own address if it can be one: a mistyped address must not stop a purchase.
    pub(super) fn email<'a>(&'a self, own: Option<&'a str>) -> &'a str {
        own.filter(|own| is_email(own)).unwrap_or(&self.default_email)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        Config {
            api_url: "https://api.yookassa.ru/v3".to_owned(),
            shop_id: "100500".to_owned(),
            secret_key: SecretString::from("test_secret"),
            return_url: None,
            receipt: Some(Receipt {
                default_email: "shop@example.com".to_owned(),
                vat_code: 1,
                payment_mode: "full_payment".to_owned(),
                payment_subject: "service".to_owned(),
                tax_system_code: None,
                measure: "piece".to_owned(),
            }),
            check_ip: true,
            autopayments: false,
        }
    }

    #[test]
    fn every_mistake_is_listed() {
        assert_eq!(config().check(), Ok(()));
        let broken = Config {
            api_url: "api.yookassa.ru".to_owned(),
            shop_id: "shop".to_owned(),
            secret_key: SecretString::from(""),
            return_url: Some("javascript:alert(1)".to_owned()),
            receipt: Some(Receipt {
                default_email: "nobody".to_owned(),
                vat_code: 13,
                payment_mode: "full".to_owned(),
                payment_subject: "vpn".to_owned(),
                tax_system_code: Some(7),
                measure: "month".to_owned(),
            }),
            check_ip: true,
            autopayments: false,
        };
        let mistakes = broken.check().unwrap_err().0;
        let names: Vec<&str> = mistakes.iter().filter_map(|text| Some(text.split_once(": ")?.0)).collect();
        assert_eq!(
            names,
            [
                "YOOKASSA_API_URL",
                "YOOKASSA_SHOP_ID",
                "YOOKASSA_SECRET_KEY",
                "YOOKASSA_RETURN_URL",
                "YOOKASSA_DEFAULT_RECEIPT_EMAIL",
                "YOOKASSA_VAT_CODE",
                "YOOKASSA_PAYMENT_MODE",
                "YOOKASSA_PAYMENT_SUBJECT",
                "YOOKASSA_MEASURE",
                "YOOKASSA_TAX_SYSTEM_CODE",
            ]
        );
    }

    #[test]
    fn the_key_is_not_shown() {
        assert!(!format!("{:?}", config()).contains("test_secret"));
    }

    #[test]
    fn a_mistyped_address_falls_back() {
        let receipt = config().receipt.unwrap();
        assert_eq!(receipt.email(Some("anna@example.com")), "anna@example.com");
        for own in [
            None,
            Some(""),
            Some("anna"),
            Some("anna@"),
            Some("@example.com"),
            Some("a b@example.com"),
            Some("a@b@c.d"),
        ] {
            assert_eq!(receipt.email(own), "shop@example.com", "{own:?}");
        }
    }
}
