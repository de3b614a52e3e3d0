//! Requests, read more strictly than WATA reads them.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json, value::RawValue};

/// An error answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub status: u16,
    /// Seconds, for 429.
    pub retry_after: Option<i64>,
    code: Option<&'static str>,
    message: String,
    member: Option<&'static str>,
}

impl Refusal {
    pub fn invalid(message: impl Into<String>, member: &'static str) -> Self {
        let (message, member) = (message.into(), Some(member));
        Self { status: 400, retry_after: None, code: None, message, member }
    }

    pub fn payment(code: &'static str, message: &str) -> Self {
        let message = message.to_owned();
        Self { status: 400, retry_after: None, code: Some(code), message, member: None }
    }

    pub fn status(status: u16, message: &str) -> Self {
        Self { status, retry_after: None, code: None, message: message.to_owned(), member: None }
    }

    pub fn too_many(retry_after: i64) -> Self {
        Self { retry_after: Some(retry_after), ..Self::status(429, "Too many requests") }
    }

    pub fn body(&self) -> Value {
        let errors: Vec<Value> = self
            .member
            .iter()
            .map(|member| json!({ "message": self.message, "members": [member] }))
            .collect();
        let (message, details) = match self.member {
            Some(_) => ("Your request is invalid!", Some(&self.message)),
            None => (self.message.as_str(), None),
        };
        json!({ "error": {
            "code": self.code, "message": message, "details": details, "data": {}, "validationErrors": errors,
        } })
    }
}

/// `POST /links`: the fields this shop sends.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewLinkText {
    #[serde(rename = "type")]
    kind: String,
    amount: Box<RawValue>,
    currency: String,
    description: String,
    order_id: String,
    success_redirect_url: String,
    fail_redirect_url: String,
    expiration_date_time: String,
    is_arbitrary_amount_allowed: bool,
}

/// A link that can be made.
pub(super) struct NewLink {
    pub minor: i64,
    pub currency: String,
    pub description: String,
    pub order: String,
    pub success_url: String,
    pub expires_at: Timestamp,
}

/// `POST /transactions/refunds`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewRefundText {
    original_transaction_id: String,
    amount: Box<RawValue>,
}

impl NewLink {
    pub fn read(body: &[u8], now: Timestamp) -> Result<Self, Refusal> {
        let new: NewLinkText = read(body)?;
        if new.kind != "OneTime" || new.is_arbitrary_amount_allowed {
            return Err(Refusal::invalid("STRICT: this shop sells one-time links of a fixed amount", "type"));
        }
        let least = match new.currency.as_str() {
            "RUB" => 1_000,
            "USD" | "EUR" => 100,
            _ => return Err(Refusal::invalid("STRICT: RUB, USD or EUR", "currency")),
        };
        let minor = minor(&new.amount)?;
        if !(least..=99_999_999).contains(&minor) {
            return Err(Refusal::invalid("STRICT: less or more than a link takes", "amount"));
        }
        if !(1..=255).contains(&new.description.chars().count()) {
            return Err(Refusal::invalid("STRICT: 1 to 255 characters", "description"));
        }
        if new.order_id.is_empty() || !new.order_id.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(Refusal::invalid("STRICT: no order id", "orderId"));
        }
        for url in [&new.success_redirect_url, &new.fail_redirect_url] {
            if !url.starts_with("https://") && !url.starts_with("http://") {
                return Err(Refusal::invalid("STRICT: not a web address", "successRedirectUrl"));
            }
        }
        let expires_at = new.expiration_date_time.parse::<Timestamp>();
        let expires_at =
            expires_at.map_err(|_| Refusal::invalid("STRICT: not a time", "expirationDateTime"))?;
        let life = expires_at.duration_since(now);
        if life <= SignedDuration::from_mins(10) || life > SignedDuration::from_hours(30 * 24) {
            return Err(Refusal::invalid("STRICT: 10 minutes to 30 days ahead", "expirationDateTime"));
        }
        Ok(Self {
            minor,
            currency: new.currency,
            description: new.description,
            order: new.order_id,
            success_url: new.success_redirect_url,
            expires_at,
        })
    }
}

/// The charge, and how much of it.
pub(super) fn read_refund(body: &[u8]) -> Result<(String, i64), Refusal> {
    let new: NewRefundText = read(body)?;
    Ok((new.original_transaction_id, minor(&new.amount)?))
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal::invalid(format!("STRICT: {error}"), "body"))
}

/// Minor units of a JSON number with at most two decimals.
fn minor(number: &RawValue) -> Result<i64, Refusal> {
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let (whole, cents) = number.get().split_once('.').unwrap_or((number.get(), ""));
    let minor = (!whole.is_empty() && digits(whole) && digits(cents) && cents.len() <= 2)
        .then(|| format!("{whole}{cents:0<2}").parse().ok())
        .flatten();
    minor.ok_or_else(|| Refusal::invalid("STRICT: not a JSON number with at most two decimals", "amount"))
}
