//! Requests of the Shop API, read more strictly than Tribute reads them.

use serde::Deserialize;
use serde_json::{Value, json};

/// An error answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub status: u16,
    code: &'static str,
    message: String,
}

impl Refusal {
    pub fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    pub fn strict(message: impl Into<String>) -> Self {
        Self::new(400, "bad_request", format!("STRICT: {}", message.into()))
    }

    pub fn body(&self) -> Value {
        json!({ "error": self.code, "message": self.message })
    }
}

/// `POST /shop/orders`: the fields this shop sends.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewOrder {
    /// Minor units.
    pub amount: i64,
    pub currency: String,
    pub title: String,
    pub description: String,
    pub customer_id: String,
    pub period: String,
    shop_id: Option<u64>,
    pub success_url: Option<String>,
    pub fail_url: Option<String>,
}

impl NewOrder {
    pub fn read(body: &Value, shop: u64) -> Result<Self, Refusal> {
        let new = Self::deserialize(body).map_err(|error| Refusal::strict(error.to_string()))?;
        let refuse = |code, message: &str| Err(Refusal::new(400, code, message));
        let (least, most) = match new.currency.as_str() {
            "rub" => (10_000, 30_000_000),
            "eur" | "usd" => (100, 300_000),
            _ => return refuse("error_invalid_currency", "Currency must be one of: eur, rub, usd"),
        };
        if new.amount < least {
            return refuse("error_amount_too_small", "Amount is too small");
        }
        if new.amount > most {
            return refuse("error_amount_too_large", "Amount is too large");
        }
        let length = |text: &str| text.encode_utf16().count();
        match (length(&new.title), length(&new.description)) {
            (0, _) => return refuse("error_title_required", "Title is required"),
            (101.., _) => return refuse("error_title_too_long", "Title is too long"),
            (_, 0) => return refuse("error_description_required", "Description is required"),
            (_, 301..) => return refuse("error_description_too_long", "Description is too long"),
            _ => {}
        }
        if new.customer_id.is_empty() || new.customer_id.len() > 256 {
            return refuse("error_customer_id_too_long", "Customer ID is too long");
        }
        if new.period != "onetime" {
            return Err(Refusal::strict("only onetime is stood in for"));
        }
        if new.shop_id.is_some_and(|given| given != shop) {
            return Err(Refusal::new(403, "error_forbidden", "STRICT: not your shop"));
        }
        let urls = [&new.success_url, &new.fail_url];
        if urls.into_iter().flatten().any(|url| !url.starts_with("https://")) {
            return refuse("error_invalid_url", "URL must be valid");
        }
        Ok(new)
    }
}
