//! The cases of a file, and what all kinds of cases have in common.

use super::Mismatch;
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::Provider;
use jiff::Timestamp;
use serde_json::Value;
use thiserror::Error;

/// There is nothing to judge.
#[derive(Debug, Error)]
pub enum FileError {
    /// Not JSON.
    #[error("not JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// JSON of something else.
    #[error("no cases in it")]
    Empty,
}

/// The time of cases that do not say when they happen.
const NOON: &str = "2026-11-24T12:00:00Z";

/// One case.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its name.
    pub id: String,
    /// What it is.
    pub kind: String,
    /// The name of the list it stands in; empty in a file that is one list.
    group: String,
    /// All of it.
    pub value: Value,
}

/// Whose delivery a case is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// A provider with a gateway.
    Ours(Provider),
    /// Telegram's updates; the shop takes Stars through them.
    Telegram,
    /// A provider that the shop does not sell through.
    Other(Other),
}

/// The providers that the shop does not sell through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Other {
    /// CloudPayments.
    CloudPayments,
    /// Heleket.
    Heleket,
    /// Pal24.
    Pal24,
    /// Platega.
    Platega,
    /// MulenPay.
    MulenPay,
}

/// Every list of cases in `text`, however deep it stands.
pub fn cases(text: &str) -> Result<Vec<Case>, FileError> {
    let file: Value = serde_json::from_str(text)?;
    let mut found = Vec::new();
    collect("", &file, &mut found);
    if found.is_empty() { Err(FileError::Empty) } else { Ok(found) }
}

fn collect(group: &str, value: &Value, found: &mut Vec<Case>) {
    match value {
        Value::Object(fields) => {
            let fields = fields.iter().filter(|(name, _)| *name != "_meta");
            fields.for_each(|(name, field)| collect(name, field, found));
        }
        Value::Array(items) if items.iter().any(is_case) => {
            found.extend(items.iter().enumerate().map(|(at, item)| Case::of(group, at, item)));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(group, item, found)),
        _ => {}
    }
}

fn is_case(value: &Value) -> bool {
    value["id"].is_string() && value["kind"].is_string()
}

impl Case {
    /// What stands among cases without a name or a kind is a case too: one that nobody knows how to judge.
    fn of(group: &str, at: usize, value: &Value) -> Self {
        let text = |name: &str| value[name].as_str().map(str::to_owned);
        Self {
            id: text("id").unwrap_or_else(|| format!("{group}[{at}]")),
            kind: text("kind").unwrap_or_default(),
            group: group.to_owned(),
            value: value.clone(),
        }
    }

    /// Whose it is: as it says itself, by the list it stands in, by its name, or by the path it is sent to.
    pub fn owner(&self) -> Option<Owner> {
        let path = self.value.pointer("/request/path").and_then(Value::as_str).unwrap_or_default();
        let stem = self.id.split('-').next();
        let names = [self.value["provider"].as_str(), Some(self.group.as_str()), stem];
        names.into_iter().flatten().chain(path.split('/').filter(|part| !part.is_empty())).find_map(owner)
    }

    /// When it happens.
    pub fn now(&self) -> Result<Timestamp, Mismatch> {
        moment(&self.value["now_unix"])
    }

    /// A text that must be there.
    pub fn need(&self, pointer: &str) -> Result<&str, Mismatch> {
        need(&self.value, pointer)
    }
}

fn owner(name: &str) -> Option<Owner> {
    Some(match name {
        "telegram" | "telegram_webhook" | "telegram_stars" | "stars" => Owner::Telegram,
        "cloudpayments" => Owner::Other(Other::CloudPayments),
        "heleket" => Owner::Other(Other::Heleket),
        "pal24" => Owner::Other(Other::Pal24),
        "platega" => Owner::Other(Other::Platega),
        "mulenpay" => Owner::Other(Other::MulenPay),
        name => {
            let stem = name.strip_suffix("_ip").or_else(|| name.strip_suffix("_refetch")).unwrap_or(name);
            let provider = stem.parse().ok();
            Owner::Ours(provider.filter(|provider| *provider != Provider::Balance)?)
        }
    })
}

/// A text that must be there.
pub fn need<'a>(value: &'a Value, pointer: &str) -> Result<&'a str, Mismatch> {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.ok_or_else(|| Mismatch::unknown(format!("a case without {pointer}")))
}

/// Seconds since 1970, or the time of those that do not say.
pub fn moment(seconds: &Value) -> Result<Timestamp, Mismatch> {
    let found = match seconds.as_i64() {
        Some(seconds) => Timestamp::from_second(seconds),
        None => NOON.parse(),
    };
    found.map_err(|error| Mismatch::broken("a moment", error))
}

/// What the signature is expected to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signature {
    /// The delivery is taken.
    Valid,
    /// It is refused.
    Invalid,
    /// The one or the other.
    Either,
}

impl Signature {
    /// Reads `expect.signature` of a case or a step.
    pub fn of(value: &Value) -> Result<Self, Mismatch> {
        match need(value, "/expect/signature")? {
            "valid" => Ok(Self::Valid),
            "invalid" => Ok(Self::Invalid),
            "either" => Ok(Self::Either),
            other => Err(Mismatch::unknown(format!("the expected signature {other:?}"))),
        }
    }
}

/// One HTTP request to be delivered.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// `POST`, `GET` …
    pub method: String,
    /// Names and values as they are sent.
    pub headers: Vec<(String, String)>,
    /// The bytes as they are sent.
    pub body: Vec<u8>,
    /// The sender's address.
    pub source_ip: Option<String>,
    /// Behind the `?`, encoded.
    pub query: Option<String>,
}

impl Delivery {
    /// Reads the request of a case or a step. The path is not read: where deliveries arrive is the shop's own affair.
    pub fn of(value: &Value) -> Result<Self, Mismatch> {
        let request = &value["request"];
        let text = |name: &str| request[name].as_str().map(str::to_owned);
        // The text is a copy for readers; the bytes are what is signed.
        let body = match text("body_base64") {
            Some(encoded) => {
                STANDARD.decode(encoded).map_err(|error| Mismatch::broken("a body in base64", error))?
            }
            None => text("body_text").unwrap_or_default().into_bytes(),
        };
        let headers = request["headers"].as_array().into_iter().flatten();
        let pair = |header: &Value| Some((header[0].as_str()?.to_owned(), header[1].as_str()?.to_owned()));
        let headers: Option<Vec<_>> = headers.map(pair).collect();
        Ok(Self {
            method: need(request, "/method")?.to_owned(),
            headers: headers.ok_or_else(|| Mismatch::unknown("headers that are no pairs of texts"))?,
            body,
            source_ip: text("source_ip"),
            query: text("query_string").filter(|query| !query.is_empty()),
        })
    }

    /// The text that carries the fields: the body, or the query of a GET.
    pub fn text(&self) -> String {
        match (&self.body[..], &self.query) {
            ([], Some(query)) => query.clone(),
            (body, _) => String::from_utf8_lossy(body).into_owned(),
        }
    }
}
