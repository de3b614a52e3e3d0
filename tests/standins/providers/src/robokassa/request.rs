//! Links, charges and refunds, read more strictly than Robokassa reads them.

use super::{Config, sign};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use std::collections::BTreeMap;
use url::form_urlencoded;

/// What a payment link may carry here.
const KNOWN: [&str; 16] = [
    "MerchantLogin",
    "OutSum",
    "InvId",
    "Description",
    "SignatureValue",
    "Receipt",
    "Email",
    "Culture",
    "Encoding",
    "ExpirationDate",
    "IsTest",
    "Recurring",
    "SuccessUrl2",
    "SuccessUrl2Method",
    "FailUrl2",
    "FailUrl2Method",
];

/// What a charge of a saved card may carry here.
const CHARGE: [&str; 10] = [
    "MerchantLogin",
    "OutSum",
    "InvoiceID",
    "PreviousInvoiceID",
    "Description",
    "SignatureValue",
    "Receipt",
    "Email",
    "Encoding",
    "IsTest",
];

/// A payment as a link describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NewPayment {
    pub inv_id: String,
    pub minor: i64,
    pub description: String,
    pub email: Option<String>,
    pub test: bool,
    pub recurring: bool,
    pub previous: Option<String>,
    pub expires_at: Option<Timestamp>,
    pub return_url: String,
    pub shp: Vec<(String, String)>,
}

type Fields = BTreeMap<String, String>;

impl NewPayment {
    /// Reads a payment link's query or form.
    pub fn of_link(encoded: &str, config: &Config, now: Timestamp) -> Result<Self, String> {
        let new = Self::read(encoded, config, &KNOWN, "InvId")?;
        if new.recurring && !config.recurring {
            return Err("34 STRICT: recurring payments are not allowed for this shop".to_owned());
        }
        if new.expires_at.is_some_and(|at| at <= now) {
            return Err("33 The time to pay has passed".to_owned());
        }
        Ok(new)
    }

    /// Reads the form of a charge.
    pub fn of_charge(encoded: &str, config: &Config) -> Result<Self, String> {
        if !config.recurring {
            return Err("34 STRICT: recurring payments are not allowed for this shop".to_owned());
        }
        Self::read(encoded, config, &CHARGE, "InvoiceID")
    }

    fn read(encoded: &str, config: &Config, known: &[&str], number: &str) -> Result<Self, String> {
        let fields = fields(encoded, known)?;
        let get = |name: &str| fields.get(name).map(String::as_str);
        let need = |name: &str| get(name).ok_or_else(|| format!("STRICT: {name} is missing"));
        if need("MerchantLogin")? != config.merchant_login {
            return Err("26 No such shop".to_owned());
        }
        let inv_id = need(number)?.to_owned();
        if !inv_id.parse::<i64>().is_ok_and(|id| id > 0 && id.to_string() == inv_id) {
            return Err("STRICT: a number from 1 to 2^63-1 is wanted".to_owned());
        }
        let minor = decimal(need("OutSum")?).ok_or("STRICT: OutSum is not an amount with two decimals")?;
        let description = need("Description")?.to_owned();
        if !(1..=100).contains(&description.chars().count()) || !description.chars().all(plain) {
            return Err("STRICT: Description is too long, or has strange characters".to_owned());
        }
        let test = flag(get("IsTest"), "1")?;
        check_signature(&fields, config, (number, test))?;
        match get("Receipt") {
            Some(receipt) => check_receipt(receipt, minor)?,
            None if config.receipts => return Err("STRICT: this shop is bound to send a receipt".to_owned()),
            None => {}
        }
        if get("Encoding").is_some_and(|encoding| encoding != "utf-8")
            || get("Culture").is_some_and(|culture| !matches!(culture, "ru" | "en"))
            || get("Email").is_some_and(|email| !email.contains('@'))
        {
            return Err("STRICT: Encoding, Culture or Email".to_owned());
        }
        let expires_at = get("ExpirationDate").map(str::parse::<Timestamp>).transpose();
        let shp = fields.iter().filter(|(name, _)| name.starts_with("Shp_"));
        Ok(Self {
            inv_id,
            minor,
            description,
            email: get("Email").map(str::to_owned),
            test,
            recurring: flag(get("Recurring"), "true")?,
            previous: get("PreviousInvoiceID").map(str::to_owned),
            expires_at: expires_at.map_err(|_| "STRICT: ExpirationDate is not ISO 8601")?,
            return_url: get("SuccessUrl2").unwrap_or_default().to_owned(),
            shp: shp.map(|(name, value)| (name.clone(), value.clone())).collect(),
        })
    }
}

fn fields(encoded: &str, known: &[&str]) -> Result<Fields, String> {
    let mut fields = Fields::new();
    for (name, value) in form_urlencoded::parse(encoded.as_bytes()) {
        let own = name.strip_prefix("Shp_").is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_lowercase()));
        // A shop's own texts would have to be encoded before they are hashed: ASCII needs no such care.
        if own && !value.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(format!("STRICT: {name} is not plain ASCII"));
        }
        if !own && !known.contains(&&*name) {
            return Err(format!("STRICT: {name} is unknown here"));
        }
        if fields.insert(name.clone().into_owned(), value.into_owned()).is_some() {
            return Err(format!("STRICT: {name} comes twice"));
        }
    }
    Ok(fields)
}

fn check_signature(fields: &Fields, config: &Config, (number, test): (&str, bool)) -> Result<(), String> {
    let password = if test { &config.test_password_1 } else { &config.password_1 };
    let get = |name: &str| fields.get(name).map(String::as_str);
    let mut parts: Vec<&str> = ["MerchantLogin", "OutSum", number].into_iter().filter_map(get).collect();
    let optional = ["Receipt", "SuccessUrl2", "SuccessUrl2Method", "FailUrl2", "FailUrl2Method"];
    parts.extend(optional.into_iter().filter_map(get));
    parts.push(password);
    let shp: Vec<(&str, &str)> = fields
        .iter()
        .filter(|(name, _)| name.starts_with("Shp_"))
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let expected = sign::hash(&config.hash, &sign::with_shp(&parts, &shp));
    if get("SignatureValue").is_some_and(|given| given.eq_ignore_ascii_case(&expected)) {
        Ok(())
    } else {
        Err("29 Wrong SignatureValue".to_owned())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Receipt {
    sno: Option<String>,
    items: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    name: String,
    quantity: u32,
    sum: Box<RawValue>,
    payment_method: String,
    payment_object: String,
    tax: String,
}

/// The receipt is still encoded once. Its lines add up to what is paid.
fn check_receipt(encoded: &str, paid: i64) -> Result<(), String> {
    let text = percent_decode_str(encoded).decode_utf8().map_err(|_| "STRICT: Receipt is not UTF-8")?;
    if encoded.contains(['{', '"', ' ']) {
        return Err("STRICT: Receipt is not URL-encoded".to_owned());
    }
    let receipt: Receipt =
        serde_json::from_str(&text).map_err(|error| format!("STRICT: Receipt: {error}"))?;
    let name = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let mut total = 0;
    for item in &receipt.items {
        let names = [&item.payment_method, &item.payment_object, &item.tax];
        if !names.into_iter().all(|text| name(text)) || item.quantity == 0 {
            return Err("STRICT: Receipt: a line's names or quantity".to_owned());
        }
        if !(1..=128).contains(&item.name.chars().count()) {
            return Err("STRICT: Receipt: a line's name".to_owned());
        }
        total += decimal(item.sum.get()).ok_or("STRICT: Receipt: a line's sum")?;
    }
    if receipt.sno.as_deref().is_some_and(|sno| !name(sno)) || total != paid {
        return Err("STRICT: Receipt: sno, or lines that do not add up to OutSum".to_owned());
    }
    Ok(())
}

/// A refund: of which operation, and how much of it (`None` = all).
pub(super) fn refund(body: &[u8], password: &str) -> Result<(String, Option<i64>), String> {
    let token: String = serde_json::from_slice(body).map_err(|_| "STRICT: the body is not a JSON string")?;
    let (signed, signature) = token.rsplit_once('.').ok_or("STRICT: not a JWT")?;
    let (header, payload) = signed.split_once('.').ok_or("STRICT: not a JWT")?;
    if URL_SAFE_NO_PAD.decode(signature).ok() != Some(sign::hmac(password, signed)) {
        return Err("The signature is wrong".to_owned());
    }
    let json = |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
    let header = json(header).ok_or("STRICT: no header")?;
    if header["alg"] != "HS256" || header["typ"] != "JWT" {
        return Err("STRICT: HS256 is wanted".to_owned());
    }
    let payload = json(payload).and_then(|payload| payload.as_object().cloned());
    let payload = payload.ok_or("STRICT: no payload")?;
    if payload.keys().any(|key| key != "OpKey" && key != "RefundSum") {
        return Err("STRICT: an unknown field".to_owned());
    }
    let key = payload.get("OpKey").and_then(Value::as_str).ok_or("STRICT: no OpKey")?;
    let sum = payload.get("RefundSum").map(|sum| sum.as_str().and_then(decimal).ok_or("STRICT: RefundSum"));
    Ok((key.to_owned(), sum.transpose()?))
}

fn flag(given: Option<&str>, set: &str) -> Result<bool, String> {
    match given {
        None => Ok(false),
        Some(value) if value == set => Ok(true),
        Some(value) => Err(format!("STRICT: a flag is {value:?}")),
    }
}

/// Letters of the two alphabets, digits, punctuation.
fn plain(c: char) -> bool {
    c.is_ascii_graphic() || c == ' ' || ('А'..='я').contains(&c) || "Ёё«»–—№".contains(c)
}

/// Minor units of an amount with exactly two decimals.
fn decimal(text: &str) -> Option<i64> {
    let (whole, cents) = text.split_once('.')?;
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let proper = digits(whole) && digits(cents) && cents.len() == 2;
    proper.then(|| format!("{whole}{cents}").parse().ok()).flatten().filter(|minor| *minor > 0)
}
