//! Requests, read more strictly than YooKassa reads them.

use super::Config;
use serde::Deserialize;
use serde_json::{Map, Number, Value, json};

/// An error answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub status: u16,
    code: &'static str,
    description: String,
    parameter: Option<&'static str>,
}

impl Refusal {
    pub fn invalid(description: impl Into<String>, parameter: &'static str) -> Self {
        let (status, code) = (400, "invalid_request");
        Self { status, code, description: description.into(), parameter: Some(parameter) }
    }

    pub fn credentials() -> Self {
        let description = "Error in shopId or secret key. Check their validity. You can reissue the key in the Merchant Profile";
        let (status, code, parameter) = (401, "invalid_credentials", Some("Authorization"));
        Self { status, code, description: description.to_owned(), parameter }
    }

    pub fn forbidden(what: &str) -> Self {
        let description = format!("STRICT: the manager has not allowed this shop {what}");
        Self { status: 403, code: "forbidden", description, parameter: None }
    }

    pub fn not_found(what: &str, parameter: &'static str) -> Self {
        let description = format!("{what} doesn't exist or access denied. Specify the {what} ID correctly.");
        Self { status: 404, code: "not_found", description, parameter: Some(parameter) }
    }

    /// The error object; `number` makes its id unique.
    pub fn body(&self, number: usize) -> Value {
        let mut body = json!({
            "type": "error",
            "id": format!("ab5a11cd-13cc-4e33-af8b-{number:012x}"),
            "code": self.code,
            "description": self.description,
        });
        if let (Some(parameter), Some(fields)) = (self.parameter, body.as_object_mut()) {
            fields.insert("parameter".to_owned(), parameter.into());
        }
        body
    }
}

/// Money on the wire.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Amount {
    value: String,
    currency: String,
}

impl Amount {
    /// Minor units: more than nothing, exactly two decimals, in rubles as the shop's account is.
    pub fn minor(&self, parameter: &'static str) -> Result<i64, Refusal> {
        if self.currency != "RUB" {
            return Err(Refusal::invalid(
                format!("STRICT: the account is in RUB, not {}", self.currency),
                parameter,
            ));
        }
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let minor = self
            .value
            .split_once('.')
            .filter(|(whole, cents)| digits(whole) && digits(cents) && cents.len() == 2)
            .and_then(|(whole, cents)| format!("{whole}{cents}").parse().ok())
            .filter(|minor: &i64| *minor > 0);
        minor.ok_or_else(|| Refusal::invalid(format!("STRICT: not an amount: {:?}", self.value), parameter))
    }
}

/// `POST /payments`: the fields this shop sends.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPayment {
    pub amount: Amount,
    #[serde(default)]
    pub capture: bool,
    pub confirmation: Option<Confirmation>,
    pub payment_method_id: Option<String>,
    #[serde(default)]
    pub save_payment_method: bool,
    pub description: Option<String>,
    #[serde(default)]
    pub metadata: Map<String, Value>,
    pub receipt: Option<Receipt>,
}

/// `POST /payment_methods`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewMethod {
    #[serde(rename = "type")]
    kind: String,
    pub confirmation: Confirmation,
    #[serde(default)]
    pub metadata: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Confirmation {
    #[serde(rename = "type")]
    kind: String,
    pub return_url: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Receipt {
    customer: Customer,
    items: Vec<Item>,
    tax_system_code: Option<u8>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Customer {
    email: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    description: String,
    quantity: Number,
    amount: Amount,
    vat_code: u8,
    measure: String,
    payment_mode: String,
    payment_subject: String,
}

/// `POST /refunds`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewRefund {
    pub payment_id: String,
    pub amount: Amount,
    pub description: Option<String>,
    pub receipt: Option<Receipt>,
    #[serde(default)]
    pub metadata: Map<String, Value>,
}

impl NewPayment {
    pub fn read(body: &Value, config: &Config) -> Result<Self, Refusal> {
        let new: Self = read(body)?;
        let minor = new.amount.minor("amount")?;
        match (&new.confirmation, &new.payment_method_id) {
            (Some(confirmation), None) => confirmation.check()?,
            (None, Some(_)) if !new.save_payment_method => {}
            _ => {
                let rule = "STRICT: either a confirmation or a saved method, which is not saved again";
                return Err(Refusal::invalid(rule, "confirmation"));
            }
        }
        if !config.autopayments && (new.save_payment_method || new.payment_method_id.is_some()) {
            return Err(Refusal::forbidden("to save methods"));
        }
        if length(new.description.as_deref()) > 128 {
            return Err(Refusal::invalid("STRICT: longer than 128 characters", "description"));
        }
        metadata(&new.metadata)?;
        match &new.receipt {
            Some(receipt) => receipt.check(minor)?,
            None if config.receipts => {
                return Err(Refusal::invalid("Receipt is missing or illegal", "receipt"));
            }
            None => {}
        }
        Ok(new)
    }
}

impl Confirmation {
    fn check(&self) -> Result<(), Refusal> {
        if self.kind != "redirect" {
            return Err(Refusal::invalid("STRICT: only redirect is stood in for", "confirmation.type"));
        }
        let url = &self.return_url;
        let web = url.starts_with("https://") || url.starts_with("http://");
        if web && url.bytes().all(|b| b.is_ascii_graphic()) && url.len() <= 2048 {
            return Ok(());
        }
        Err(Refusal::invalid("STRICT: not a web address", "confirmation.return_url"))
    }
}

impl NewMethod {
    pub fn read(body: &Value, config: &Config) -> Result<Self, Refusal> {
        let new: Self = read(body)?;
        if new.kind != "bank_card" {
            return Err(Refusal::invalid("STRICT: only bank_card is stood in for", "type"));
        }
        new.confirmation.check()?;
        metadata(&new.metadata)?;
        if config.autopayments { Ok(new) } else { Err(Refusal::forbidden("to save methods")) }
    }
}

impl NewRefund {
    pub fn read(body: &Value) -> Result<Self, Refusal> {
        let new: Self = read(body)?;
        let minor = new.amount.minor("amount")?;
        metadata(&new.metadata)?;
        if let Some(receipt) = &new.receipt {
            receipt.check(minor)?;
        }
        if length(new.description.as_deref()) > 250 {
            return Err(Refusal::invalid("STRICT: longer than 250 characters", "description"));
        }
        Ok(new)
    }
}

impl Receipt {
    fn check(&self, paid: i64) -> Result<(), Refusal> {
        let illegal =
            |why: &str| Refusal::invalid(format!("Receipt is missing or illegal: STRICT: {why}"), "receipt");
        if !self.customer.email.contains('@') || self.customer.email.len() > 254 {
            return Err(illegal("customer.email"));
        }
        if self.tax_system_code.is_some_and(|code| !(1..=6).contains(&code)) {
            return Err(illegal("tax_system_code"));
        }
        let mut total = 0_i64;
        for item in &self.items {
            let quantity = thousandths(&item.quantity).ok_or_else(|| illegal("quantity"))?;
            item.check().map_err(illegal)?;
            total = total.saturating_add(item.amount.minor("receipt")?.saturating_mul(quantity));
        }
        if total == paid.saturating_mul(1000) {
            Ok(())
        } else {
            Err(illegal("the items do not add up to the payment"))
        }
    }
}

impl Item {
    fn check(&self) -> Result<(), &'static str> {
        if !(1..=128).contains(&length(Some(&self.description))) {
            return Err("items.description");
        }
        if !(1..=12).contains(&self.vat_code) {
            return Err("items.vat_code");
        }
        let name = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        if [&self.measure, &self.payment_mode, &self.payment_subject].into_iter().all(|text| name(text)) {
            Ok(())
        } else {
            Err("items.measure, payment_mode or payment_subject")
        }
    }
}

fn read<T: serde::de::DeserializeOwned>(body: &Value) -> Result<T, Refusal> {
    T::deserialize(body).map_err(|error| Refusal::invalid(format!("STRICT: {error}"), "body"))
}

/// As YooKassa counts: UTF-16 units.
fn length(text: Option<&str>) -> usize {
    text.map_or(0, |text| text.encode_utf16().count())
}

fn metadata(given: &Map<String, Value>) -> Result<(), Refusal> {
    let fits = |(key, value): (&String, &Value)| {
        key.len() <= 32 && value.as_str().is_some_and(|text| text.chars().count() <= 512)
    };
    if given.len() <= 16 && given.iter().all(fits) {
        return Ok(());
    }
    Err(Refusal::invalid(
        "STRICT: at most 16 texts, keys up to 32 and values up to 512 characters",
        "metadata",
    ))
}

/// A quantity as thousandths; at most three decimals.
fn thousandths(quantity: &Number) -> Option<i64> {
    let text = quantity.to_string();
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    let count: i64 = (decimals.len() <= 3).then(|| format!("{whole}{decimals:0<3}").parse().ok())??;
    (count > 0).then_some(count)
}
