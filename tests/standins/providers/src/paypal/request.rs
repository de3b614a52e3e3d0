//! Requests, read more strictly than PayPal reads them.

use serde::Deserialize;
use serde_json::{Value, json};

/// An error answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub status: u16,
    name: &'static str,
    issue: String,
    description: String,
}

impl Refusal {
    /// Not well-formed.
    pub fn invalid(why: impl std::fmt::Display) -> Self {
        let (issue, description) = ("INVALID_PARAMETER_VALUE".to_owned(), format!("STRICT: {why}"));
        Self { status: 400, name: "INVALID_REQUEST", issue, description }
    }

    /// Well-formed, but not possible.
    pub fn business(issue: &str, description: &str) -> Self {
        let (issue, description) = (issue.to_owned(), description.to_owned());
        Self { status: 422, name: "UNPROCESSABLE_ENTITY", issue, description }
    }

    pub fn missing() -> Self {
        let description = "Specified resource ID does not exist. Please check the resource ID and try again.";
        let issue = "INVALID_RESOURCE_ID".to_owned();
        Self { status: 404, name: "RESOURCE_NOT_FOUND", issue, description: description.to_owned() }
    }

    pub fn body(&self, number: usize) -> Value {
        let message = match self.status {
            400 => "Request is not well-formed, syntactically incorrect, or violates schema.",
            404 => "The specified resource does not exist.",
            _ => {
                "The requested action could not be performed, semantically incorrect, or failed business validation."
            }
        };
        json!({
            "name": self.name,
            "details": [{ "issue": self.issue, "description": self.description }],
            "message": message,
            "debug_id": format!("{number:013x}"),
            "links": [],
        })
    }
}

/// Money on the wire.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Amount {
    pub currency_code: String,
    value: String,
}

const CURRENCIES: &str =
    "AUD BRL CAD CNY CZK DKK EUR HKD HUF ILS JPY MYR MXN TWD NZD NOK PHP PLN GBP SGD SEK CHF THB USD";

/// How many decimals PayPal takes.
pub(super) fn decimals(currency: &str) -> usize {
    if matches!(currency, "HUF" | "JPY" | "TWD") { 0 } else { 2 }
}

impl Amount {
    /// Minor units, more than nothing.
    pub fn minor(&self) -> Result<i64, Refusal> {
        if !CURRENCIES.split_ascii_whitespace().any(|known| known == self.currency_code) {
            let why = "Currency code is not currently supported.";
            return Err(Refusal::business("CURRENCY_NOT_SUPPORTED", why));
        }
        let places = decimals(&self.currency_code);
        let (whole, cents) = self.value.split_once('.').unwrap_or((&self.value, ""));
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(cents) || self.value.len() > 32 {
            return Err(Refusal::invalid(format!("not an amount: {:?}", self.value)));
        }
        if cents.len() != places {
            let why = "If the currency supports decimals, only two decimal place precision is supported.";
            return Err(Refusal::business("DECIMAL_PRECISION", why));
        }
        let minor = format!("{whole}{cents}").parse().map_err(Refusal::invalid)?;
        if minor < 1 {
            return Err(Refusal::business("CANNOT_BE_ZERO_OR_NEGATIVE", "Must be greater than zero."));
        }
        Ok(minor)
    }
}

/// `POST /v2/checkout/orders`: the fields this shop sends.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewOrder {
    intent: String,
    purchase_units: Vec<Unit>,
    payment_source: Source,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Unit {
    pub reference_id: String,
    pub custom_id: String,
    pub invoice_id: String,
    #[serde(default)]
    pub description: String,
    pub amount: Amount,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    paypal: Wallet,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wallet {
    experience_context: Experience,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Experience {
    pub return_url: String,
    cancel_url: String,
    user_action: String,
    shipping_preference: String,
    payment_method_preference: String,
    brand_name: Option<String>,
    locale: String,
}

impl NewOrder {
    /// The one unit and what the buyer sees.
    pub fn read(body: &Value) -> Result<(Unit, Experience), Refusal> {
        let new = Self::deserialize(body).map_err(Refusal::invalid)?;
        let [unit] = <[Unit; 1]>::try_from(new.purchase_units)
            .map_err(|_| Refusal::invalid("one purchase unit is stood in for"))?;
        let context = new.payment_source.paypal.experience_context;
        let short = |text: &str, longest: usize| (1..=longest).contains(&text.chars().count());
        let web =
            |text: &str| url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "https" | "http"));
        let brand = context.brand_name.as_deref().is_none_or(|brand| short(brand, 127));
        let rules = [
            (new.intent == "CAPTURE", "intent"),
            (short(&unit.reference_id, 256), "reference_id"),
            (short(&unit.custom_id, 127), "custom_id"),
            (short(&unit.invoice_id, 127), "invoice_id"),
            (unit.description.chars().count() <= 127, "description"),
            (web(&context.return_url), "return_url"),
            (web(&context.cancel_url), "cancel_url"),
            (matches!(context.user_action.as_str(), "CONTINUE" | "PAY_NOW"), "user_action"),
            (context.shipping_preference == "NO_SHIPPING", "shipping_preference"),
            (context.payment_method_preference == "IMMEDIATE_PAYMENT_REQUIRED", "payment_method_preference"),
            (brand, "brand_name"),
            (matches!(context.locale.as_str(), "ru-RU" | "en-US"), "locale"),
        ];
        match rules.into_iter().find(|(holds, _)| !holds) {
            Some((_, field)) => Err(Refusal::invalid(field)),
            None => unit.amount.minor().map(|_| (unit, context)),
        }
    }
}

/// `POST /v2/payments/captures/{id}/refund`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewRefund {
    pub amount: Option<Amount>,
    pub custom_id: Option<String>,
    pub note_to_payer: Option<String>,
}

impl NewRefund {
    pub fn read(body: &Value) -> Result<Self, Refusal> {
        let new = Self::deserialize(body).map_err(Refusal::invalid)?;
        let fits = |text: &Option<String>, longest: usize| {
            text.as_deref().is_none_or(|text| (1..=longest).contains(&text.chars().count()))
        };
        if fits(&new.custom_id, 127) && fits(&new.note_to_payer, 255) {
            Ok(new)
        } else {
            Err(Refusal::invalid("custom_id or note_to_payer"))
        }
    }
}
