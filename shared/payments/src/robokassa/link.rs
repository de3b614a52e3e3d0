//! What we sign: payment links, charges of a saved card, questions.

use super::config::{Config, Hash, Receipt};
use crate::{GatewayError, Order, config::is_email, text};
use domain::{Money, PaymentId};
use jiff::{Timestamp, tz};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

/// What the buyer reads, at most.
const DESCRIPTION: usize = 100;
/// The name of a receipt's line; 128 are allowed, but every Cyrillic letter becomes ten characters of the link.
const ITEM: usize = 64;

/// RFC 3986: everything but the unreserved characters.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// `InvId`, the number under which Robokassa knows the payment: from its most significant bit, 0, then 32 bits of the
/// second in which the payment was made, then 31 bits of a hash of its id. So the same payment has the same number, and
/// two payments of one second share one with a probability of 1 to 2^31.
pub(super) fn number(payment: PaymentId) -> i64 {
    let hash = Sha256::digest(payment.to_string());
    let tail = hash.iter().take(4).fold(0, |bits, byte| (bits << 8) | i64::from(*byte));
    let seconds = payment.time().as_second() & 0xffff_ffff;
    ((seconds << 31) | (tail & 0x7fff_ffff)).max(1)
}

/// The fields of a payment, as they are hashed and sent.
pub(super) struct Link {
    pub inv_id: String,
    pub out_sum: String,
    /// URL-encoded once: so it is hashed, and so it is the value of a form field.
    receipt: Option<String>,
    /// Where the buyer goes afterwards.
    return_url: Option<String>,
    /// In the order of their names.
    shp: Vec<(&'static str, String)>,
    /// What is sent besides, outside the hash.
    more: Vec<(&'static str, String)>,
}

impl Link {
    /// The link for `order`. The same order gives the same link.
    pub fn of(order: &Order<'_>, config: &Config) -> Result<Self, GatewayError> {
        let payment = order.payment;
        let saves = order.save_method && config.recurring;
        let mut link = Self::bare(order, config)?;
        link.return_url = config.return_urls.then(|| order.return_url.clone());
        link.more.push(("Culture", order.language.code().to_owned()));
        link.more.push(("ExpirationDate", moscow(payment.expires_at)));
        if saves {
            link.shp.push(("Shp_save", "1".to_owned()));
            link.more.push(("Recurring", "true".to_owned()));
        }
        Ok(link)
    }

    /// The charge of a card that was saved with the payment `first`. That number is not hashed.
    pub fn again(order: &Order<'_>, config: &Config, first: &str) -> Result<Self, GatewayError> {
        let mut link = Self::bare(order, config)?;
        link.more.push(("PreviousInvoiceID", first.to_owned()));
        Ok(link)
    }

    fn bare(order: &Order<'_>, config: &Config) -> Result<Self, GatewayError> {
        let payment = order.payment;
        let description = plain(&order.description);
        let receipt = config.receipt.as_ref().map(|receipt| {
            let item = text::cut(&description, ITEM);
            encode_receipt(receipt, &item, payment.amount)
        });
        let mut more = vec![("Description", text::cut(&description, DESCRIPTION))];
        more.push(("Encoding", "utf-8".to_owned()));
        if let Some(email) = order.receipt_email.as_deref().filter(|email| is_email(email)) {
            more.push(("Email", email.to_owned()));
        }
        if config.test {
            more.push(("IsTest", "1".to_owned()));
        }
        Ok(Self {
            inv_id: number(payment.id).to_string(),
            out_sum: payment.amount.to_decimal(),
            receipt: receipt.transpose()?,
            return_url: None,
            shp: vec![("Shp_order", payment.id.to_string())],
            more,
        })
    }

    fn signature(&self, config: &Config) -> String {
        let mut more: Vec<&str> = self.receipt.as_deref().into_iter().collect();
        if let Some(url) = &self.return_url {
            more.extend([url, "GET", url, "GET"]);
        }
        let shp: Vec<(&str, &str)> = self.shp.iter().map(|(name, value)| (*name, value.as_str())).collect();
        link_signature(config, &self.out_sum, &self.inv_id, &more, &shp)
    }

    /// All fields, with the signature; the number goes under `number`.
    fn fields(&self, config: &Config, number: &'static str) -> Vec<(&'static str, String)> {
        let mut fields = vec![
            ("MerchantLogin", config.merchant_login.clone()),
            ("OutSum", self.out_sum.clone()),
            (number, self.inv_id.clone()),
        ];
        fields.extend(self.receipt.clone().map(|receipt| ("Receipt", receipt)));
        if let Some(url) = &self.return_url {
            for (address, method) in [("SuccessUrl2", "SuccessUrl2Method"), ("FailUrl2", "FailUrl2Method")] {
                fields.push((address, url.clone()));
                fields.push((method, "GET".to_owned()));
            }
        }
        fields.extend(self.more.iter().cloned());
        fields.extend(self.shp.iter().cloned());
        fields.push(("SignatureValue", self.signature(config)));
        fields
    }

    /// The query of a payment link.
    pub fn query(&self, config: &Config) -> String {
        encode_fields(&self.fields(config, "InvId"))
    }

    /// The form of a charge.
    pub fn form(&self, config: &Config) -> String {
        encode_fields(&self.fields(config, "InvoiceID"))
    }
}

/// Signs a payment link: `login:sum:number[:more…]:password 1[:Shp_…]`. `sum` and `number` are the texts that are sent (the
/// number may be empty), `more` is what stands behind them: the receipt, encoded once, then the addresses with their methods.
/// `shp` may come in any order.
pub fn link_signature(
    config: &Config,
    sum: &str,
    number: &str,
    more: &[&str],
    shp: &[(&str, &str)],
) -> String {
    let mut parts = vec![config.merchant_login.as_str(), sum, number];
    parts.extend(more);
    parts.push(config.passwords().first.expose_secret());
    let pairs = pairs(shp);
    parts.extend(pairs.iter().map(String::as_str));
    config.hash.hex(&parts.join(":"))
}

/// `name=value`, in alphabetical order.
fn pairs(shp: &[(&str, &str)]) -> Vec<String> {
    let mut pairs: Vec<String> = shp.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.sort_unstable();
    pairs
}

/// Signs a question about a payment: `login:number:password 2`.
pub fn question(config: &Config, inv_id: &str) -> String {
    let password = config.passwords().second.expose_secret();
    config.hash.hex(&format!("{}:{inv_id}:{password}", config.merchant_login))
}

/// What Robokassa must have signed: `sum:number:password 2[:Shp_…]`, the pairs in alphabetical order.
pub(super) fn answer(hash: Hash, sum: &str, inv_id: &str, password: &str, shp: &[(&str, &str)]) -> String {
    let pairs = pairs(shp);
    let mut parts = vec![sum, inv_id, password];
    parts.extend(pairs.iter().map(String::as_str));
    hash.hex(&parts.join(":"))
}

#[derive(Serialize)]
struct ReceiptText<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    sno: Option<&'a str>,
    items: [Item<'a>; 1],
}

#[derive(Serialize)]
struct Item<'a> {
    name: &'a str,
    quantity: u8,
    /// Of the line, not of one piece: the lines add up to the payment.
    sum: Box<RawValue>,
    payment_method: &'a str,
    payment_object: &'a str,
    tax: &'a str,
}

fn encode_receipt(receipt: &Receipt, name: &str, amount: Money) -> Result<String, GatewayError> {
    let broken = |_| GatewayError::garbage("a receipt that is no JSON");
    let item = Item {
        name,
        quantity: 1,
        sum: RawValue::from_string(amount.to_decimal()).map_err(broken)?,
        payment_method: &receipt.payment_method,
        payment_object: &receipt.payment_object,
        tax: &receipt.tax,
    };
    let text = ReceiptText { sno: receipt.sno.as_deref(), items: [item] };
    Ok(encode(&serde_json::to_string(&text).map_err(broken)?))
}

/// URL-encoded as Robokassa reads it: everything but the unreserved characters of RFC 3986.
pub fn encode(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// The fields of a query or a form: here the receipt is encoded for the second time.
pub(super) fn encode_fields(fields: &[(&'static str, String)]) -> String {
    let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    pairs.join("&")
}

/// Robokassa takes letters of the two alphabets, digits and punctuation; anything else stops the payment.
fn plain(text: &str) -> String {
    let known = |c: &char| matches!(c, ' '..='~' | 'А'..='я' | 'Ё' | 'ё' | '«' | '»' | '–' | '—' | '№');
    let kept: String = text.chars().filter(known).collect();
    let kept = kept.split_whitespace().collect::<Vec<_>>().join(" ");
    if kept.is_empty() { "VPN".to_owned() } else { kept }
}

/// ISO 8601 with Robokassa's own offset, so that a reader who overlooks the offset is right too.
fn moscow(at: Timestamp) -> String {
    let zone = tz::TimeZone::fixed(tz::offset(3));
    at.to_zoned(zone).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::robokassa::config::Passwords;
    use domain::Currency;
    use proptest::prelude::*;
    use serde_json::Value;

    fn vectors() -> Vec<Value> {
        let vectors: Value =
            serde_json::from_str(include_str!("../../tests/data/robokassa-vectors.json")).unwrap();
        vectors["cases"].as_array().unwrap().clone()
    }

    fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
        value.pointer(pointer).and_then(Value::as_str).unwrap()
    }

    fn config(of: &Value) -> Config {
        let text = |name: &str| of[name].as_str().unwrap().to_owned();
        let passwords =
            |first: &str, second: &str| Passwords { first: text(first).into(), second: text(second).into() };
        Config {
            pay_url: "https://auth.robokassa.ru".to_owned(),
            api_url: "https://auth.robokassa.ru".to_owned(),
            refund_url: "https://services.robokassa.ru".to_owned(),
            merchant_login: text("merchant_login"),
            passwords: passwords("password_1", "password_2"),
            test_passwords: passwords("test_password_1", "test_password_2"),
            password_3: None,
            test: of["is_test"].as_bool().unwrap(),
            hash: text("hash").parse().unwrap(),
            receipt: None,
            check_ip: false,
            recurring: false,
            return_urls: false,
        }
    }

    #[test]
    fn signs_as_in_the_vectors() {
        let cases = vectors();
        let cases: Vec<&Value> = cases.iter().filter(|case| case["kind"] == "outgoing_signature").collect();
        assert_eq!(cases.len(), 3);
        for case in cases {
            let (config, input) = (config(&case["config"]), &case["input"]);
            let expected = text(case, "/expected");
            if let Some(number) = input["InvoiceID"].as_str() {
                assert_eq!(question(&config, number), expected, "{case}");
                continue;
            }
            let receipt = Receipt {
                sno: Some("usn_income".to_owned()),
                tax: "none".to_owned(),
                payment_method: "full_payment".to_owned(),
                payment_object: "service".to_owned(),
            };
            let amount = Money::parse(text(input, "/OutSum"), Currency::Rub).unwrap();
            let encoded = encode_receipt(&receipt, "Подписка VPN, 1 месяц", amount).unwrap();
            let with_receipt = input.get("Receipt_json").is_some();
            let link = Link {
                inv_id: text(input, "/InvId").to_owned(),
                out_sum: amount.to_decimal(),
                receipt: with_receipt.then_some(encoded),
                return_url: None,
                shp: vec![("Shp_order", text(input, "/Shp_order").to_owned())],
                more: Vec::new(),
            };
            assert_eq!(link.signature(&config), expected, "{case}");
            if with_receipt {
                assert_eq!(link.receipt.as_deref(), Some(text(case, "/receipt_in_signature")));
                let sent = format!("&Receipt={}&", text(case, "/receipt_in_get_query"));
                assert!(link.query(&config).contains(&sent), "{}", link.query(&config));
            }
        }
    }

    #[test]
    fn every_hash_is_the_one_it_is_called() {
        for (name, empty) in [
            ("MD5", "d41d8cd98f00b204e9800998ecf8427e"),
            ("ripemd160", "9c1185a5c5e9fc54612808977ee8f548b2258d31"),
            ("sha1", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            ("SHA256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ] {
            assert_eq!(name.parse::<Hash>().unwrap().hex(""), empty);
        }
        assert_eq!("sha384".parse::<Hash>().unwrap().hex("").len(), 96);
        assert_eq!("sha512".parse::<Hash>().unwrap().hex("").len(), 128);
        assert!("crc32".parse::<Hash>().unwrap_err().0[0].starts_with("ROBOKASSA_HASH: "));
    }

    #[test]
    fn descriptions_lose_what_would_stop_the_payment() {
        assert_eq!(plain("🚀 VPN «Ёж», 1\u{a0}месяц\n№ 5 — 100 %"), "VPN «Ёж», 1месяц№ 5 — 100 %");
        assert_eq!(plain("🚀"), "VPN");
    }

    #[test]
    fn times_are_moscows() {
        let at = "2026-11-24T22:59:00.5Z".parse().unwrap();
        assert_eq!(moscow(at), "2026-11-25T01:59:00+03:00");
    }

    proptest! {
        #[test]
        fn numbers_are_positive_and_grow_with_time(millis in 1_000_i64..4_000_000_000_000, seed in ".{0,9}") {
            let at = |millis| Timestamp::from_millisecond(millis).unwrap();
            let early = number(PaymentId::derive(at(millis), &seed));
            let late = number(PaymentId::derive(at(millis + 1_000), &seed));
            prop_assert!(0 < early && early < late);
            prop_assert!(crate::robokassa::is_number(&early.to_string()));
        }
    }
}
