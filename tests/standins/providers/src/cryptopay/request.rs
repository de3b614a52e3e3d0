//! Requests, read more strictly than Crypto Pay reads them.

use super::api::Refusal;
use serde_json::{Map, Value};

const FIATS: [&str; 22] = [
    "USD", "EUR", "RUB", "BYN", "UAH", "GBP", "CNY", "KZT", "UZS", "GEL", "TRY", "AMD", "THB", "INR", "BRL",
    "IDR", "AZN", "AED", "PLN", "ILS", "KGS", "TJS",
];
const ASSETS: [&str; 9] = ["USDT", "TON", "BTC", "ETH", "LTC", "BNB", "TRX", "USDC", "SEND"];
const BUTTONS: [&str; 4] = ["viewItem", "openChannel", "openBot", "callback"];

/// `createInvoice`, of the fiat kind.
pub(super) struct NewInvoice {
    pub fiat: String,
    /// Hundredths.
    pub minor: i64,
    pub accepted_assets: Vec<String>,
    pub description: Option<String>,
    /// Name and address.
    pub paid_btn: Option<(String, String)>,
    pub payload: Option<String>,
    pub allow_comments: bool,
    /// Seconds.
    pub expires_in: Option<i64>,
}

impl NewInvoice {
    pub fn read(given: &Map<String, Value>) -> Result<Self, Refusal> {
        known(
            given,
            &[
                "currency_type",
                "fiat",
                "accepted_assets",
                "amount",
                "description",
                "paid_btn_name",
                "paid_btn_url",
                "payload",
                "allow_comments",
                "expires_in",
            ],
        )?;
        if text(given, "currency_type")? != Some("fiat") {
            return Err(Refusal::strict("only currency_type fiat is stood in for"));
        }
        let fiat = text(given, "fiat")?.filter(|fiat| FIATS.contains(fiat));
        let fiat = fiat.ok_or_else(|| Refusal::strict("fiat"))?.to_owned();
        let minor = text(given, "amount")?.and_then(minor).ok_or_else(|| Refusal::strict("amount"))?;
        let expires_in = given
            .get("expires_in")
            .map(|value| value.as_i64().ok_or_else(|| Refusal::strict("expires_in")))
            .transpose()?;
        if expires_in.is_some_and(|seconds| !(1..=2_678_400).contains(&seconds)) {
            return Err(Refusal::strict("expires_in is 1-2678400"));
        }
        let allow_comments = given.get("allow_comments").map_or(Some(true), Value::as_bool);
        Ok(Self {
            fiat,
            minor,
            accepted_assets: assets(given)?,
            description: limited(given, "description", 1024)?,
            paid_btn: button(given)?,
            payload: limited(given, "payload", 4096)?,
            allow_comments: allow_comments.ok_or_else(|| Refusal::strict("allow_comments"))?,
            expires_in,
        })
    }
}

fn assets(given: &Map<String, Value>) -> Result<Vec<String>, Refusal> {
    let Some(list) = text(given, "accepted_assets")? else {
        return Ok(ASSETS.map(str::to_owned).to_vec());
    };
    let assets: Vec<&str> = list.split(',').collect();
    if assets.iter().all(|asset| ASSETS.contains(asset)) {
        Ok(assets.into_iter().map(str::to_owned).collect())
    } else {
        Err(Refusal::strict("accepted_assets"))
    }
}

fn button(given: &Map<String, Value>) -> Result<Option<(String, String)>, Refusal> {
    match (text(given, "paid_btn_name")?, text(given, "paid_btn_url")?) {
        (None, None) => Ok(None),
        (Some(name), Some(url))
            if BUTTONS.contains(&name) && (url.starts_with("https://") || url.starts_with("http://")) =>
        {
            Ok(Some((name.to_owned(), url.to_owned())))
        }
        _ => Err(Refusal::strict("paid_btn_name and paid_btn_url")),
    }
}

fn limited(given: &Map<String, Value>, name: &str, bytes: usize) -> Result<Option<String>, Refusal> {
    match text(given, name)? {
        Some(text) if text.is_empty() || text.len() > bytes => Err(Refusal::strict(name)),
        text => Ok(text.map(str::to_owned)),
    }
}

/// Hundredths of a decimal with at most two decimals; more than nothing.
fn minor(text: &str) -> Option<i64> {
    let (whole, cents) = text.split_once('.').unwrap_or((text, "00"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let proper = digits(whole) && digits(cents) && cents.len() <= 2;
    proper.then(|| format!("{whole}{cents:0<2}").parse().ok())?.filter(|minor| *minor > 0)
}

/// No other parameters than these.
pub(super) fn known(given: &Map<String, Value>, names: &[&str]) -> Result<(), Refusal> {
    match given.keys().find(|name| !names.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => Err(Refusal::strict(format!("{name} is not stood in for"))),
    }
}

/// A text.
pub(super) fn text<'a>(given: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, Refusal> {
    match given.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Refusal::strict(format!("{name} is not text"))),
    }
}

/// A number; in a query it comes as text.
pub(super) fn number(given: &Map<String, Value>, name: &str) -> Result<Option<i64>, Refusal> {
    let Some(value) = given.get(name) else { return Ok(None) };
    let number = value.as_i64().or_else(|| value.as_str()?.parse().ok());
    number.map(Some).ok_or_else(|| Refusal::strict(format!("{name} is not a number")))
}
