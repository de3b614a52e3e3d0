//! Requests, read more strictly than Stripe reads them: every parameter must be one that this shop has business sending.

use serde_json::{Map, Value, json};
use url::form_urlencoded;

/// An error answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub status: u16,
    kind: &'static str,
    code: Option<&'static str>,
    message: String,
    param: Option<String>,
    /// Where a card was declined.
    pub declined: Option<Box<Declined>>,
}

/// Why a card does not pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Declined {
    code: String,
    pub intent: String,
}

impl Refusal {
    pub fn invalid(message: impl Into<String>, param: &str) -> Self {
        Self {
            status: 400,
            kind: "invalid_request_error",
            code: None,
            message: message.into(),
            param: Some(param.to_owned()),
            declined: None,
        }
    }

    pub fn coded(code: &'static str, message: impl Into<String>, param: &str) -> Self {
        Self { code: Some(code), ..Self::invalid(message, param) }
    }

    pub fn missing(what: &str, id: &str, param: &str) -> Self {
        Self { status: 404, ..Self::coded("resource_missing", format!("No such {what}: '{id}'"), param) }
    }

    /// No such route.
    pub fn unknown(message: String) -> Self {
        Self { status: 404, param: None, ..Self::invalid(message, "") }
    }

    pub fn credentials(key: &str) -> Self {
        let shown: String = key.chars().take(8).collect();
        let message = format!("Invalid API Key provided: {shown}****");
        Self { status: 401, param: None, ..Self::invalid(message, "") }
    }

    pub fn other_parameters(key: &str) -> Self {
        let message = format!(
            "Keys for idempotent requests can only be used with the same parameters they were first used with. \
             Try using a key other than '{key}' if you meant to execute a different request."
        );
        Self { kind: "idempotency_error", param: None, ..Self::invalid(message, "") }
    }

    /// A card that does not pay; `code` is `authentication_required` or the bank's own.
    pub fn declined(code: &str, intent: &str) -> Self {
        let own = code == "authentication_required";
        let declined = Declined { code: code.to_owned(), intent: intent.to_owned() };
        Self {
            status: 402,
            kind: "card_error",
            code: Some(if own { "authentication_required" } else { "card_declined" }),
            message: "Your card was declined.".to_owned(),
            param: None,
            declined: Some(Box::new(declined)),
        }
    }

    /// The error object; `intent` is written out.
    pub fn body(&self, intent: Option<Value>) -> Value {
        let mut error = Map::new();
        let texts = [
            ("code", self.code),
            ("decline_code", self.declined.as_ref().map(|declined| declined.code.as_str())),
            ("message", Some(self.message.as_str())),
            ("param", self.param.as_deref()),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                error.insert(name.to_owned(), text.into());
            }
        }
        if let Some(intent) = intent {
            error.insert("payment_intent".to_owned(), intent);
        }
        error.insert("type".to_owned(), self.kind.into());
        json!({ "error": error })
    }
}

/// A form or a query; what is read is taken out of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    pub fn parse(encoded: &[u8]) -> Result<Self, Refusal> {
        let fields: Vec<(String, String)> = form_urlencoded::parse(encoded).into_owned().collect();
        for (index, (name, _)) in fields.iter().enumerate() {
            if !name.ends_with("[]") && fields[..index].iter().any(|(known, _)| known == name) {
                return Err(Refusal::invalid("STRICT: a parameter comes twice", name));
            }
        }
        Ok(Self(fields))
    }

    /// As JSON, for the record of calls.
    pub fn json(&self) -> Value {
        Value::Object(self.0.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect())
    }

    pub fn take(&mut self, name: &str) -> Option<String> {
        let index = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.remove(index).1)
    }

    pub fn need(&mut self, name: &str) -> Result<String, Refusal> {
        let value = self.take(name).filter(|value| !value.is_empty());
        value.ok_or_else(|| {
            Refusal::coded("parameter_missing", format!("Missing required param: {name}."), name)
        })
    }

    /// One of these words.
    pub fn word(&mut self, name: &str, words: &[&'static str]) -> Result<Option<&'static str>, Refusal> {
        let Some(given) = self.take(name) else { return Ok(None) };
        let known = words.iter().copied().find(|word| *word == given);
        let known = known.ok_or_else(|| {
            Refusal::invalid(format!("Invalid {name}: must be one of {}", words.join(", ")), name)
        });
        known.map(Some)
    }

    pub fn integer(&mut self, name: &str) -> Result<i64, Refusal> {
        let text = self.need(name)?;
        let plain = text.bytes().all(|b| b.is_ascii_digit());
        let number = text.parse().ok().filter(|_| plain);
        number.ok_or_else(|| {
            Refusal::coded("parameter_invalid_integer", format!("Invalid integer: {text}"), name)
        })
    }

    pub fn text(&mut self, name: &str, longest: usize) -> Result<String, Refusal> {
        let text = self.need(name)?;
        if text.chars().count() > longest {
            return Err(Refusal::invalid(format!("Invalid string: at most {longest} characters"), name));
        }
        Ok(text)
    }

    pub fn web(&mut self, name: &str) -> Result<String, Refusal> {
        let text = self.need(name)?;
        let web = url::Url::parse(&text).is_ok_and(|url| matches!(url.scheme(), "https" | "http"));
        if web { Ok(text) } else { Err(Refusal::coded("url_invalid", "Not a valid URL", name)) }
    }

    /// A currency that Stripe has, as it writes it.
    pub fn currency(&mut self, name: &str) -> Result<String, Refusal> {
        const KNOWN: &str = "usd eur gbp pln aed aud brl cad chf czk dkk hkd jpy mxn myr nok nzd sek sgd thb inr kzt \
            uah uzs try mdl azn amd cny gel idr ils kgs tjs php";
        let text = self.need(name)?;
        if KNOWN.split_ascii_whitespace().any(|known| known == text) {
            return Ok(text);
        }
        Err(Refusal::invalid(format!("Invalid currency: {text}."), name))
    }

    /// An amount in minor units that Stripe takes.
    pub fn amount(&mut self, name: &str, currency: &str) -> Result<i64, Refusal> {
        let minor = self.integer(name)?;
        let least = match currency {
            "gbp" => 30,
            "pln" | "aed" => 200,
            "czk" => 1_500,
            "mxn" | "thb" => 1_000,
            "hkd" => 400,
            "nok" | "sek" => 300,
            "dkk" => 250,
            _ => 50,
        };
        if minor < least {
            let message = format!("Amount must be at least {least} {currency}");
            return Err(Refusal::coded("amount_too_small", message, name));
        }
        if minor > 99_999_999 {
            return Err(Refusal::coded("amount_too_large", "Amount must be no more than $999,999.99", name));
        }
        Ok(minor)
    }

    /// All of `prefix[…]`: at most 50, keys up to 40 characters, values up to 500.
    pub fn metadata(&mut self, prefix: &str) -> Result<Map<String, Value>, Refusal> {
        let mut found = Map::new();
        let key = |name: &str| {
            let rest = name.strip_prefix(prefix)?.strip_prefix('[')?.strip_suffix(']')?;
            (!rest.contains(['[', ']'])).then(|| rest.to_owned())
        };
        while let Some((index, key)) =
            self.0.iter().enumerate().find_map(|(i, (name, _))| Some((i, key(name)?)))
        {
            let (_, value) = self.0.remove(index);
            if key.len() > 40 || value.chars().count() > 500 || found.len() == 50 {
                return Err(Refusal::invalid("STRICT: metadata beyond its limits", prefix));
            }
            found.insert(key, value.into());
        }
        Ok(found)
    }

    /// `expand[]`, each one of `known`.
    pub fn expand(&mut self, known: &[&str]) -> Result<Vec<String>, Refusal> {
        let mut paths = Vec::new();
        while let Some(path) = self.take("expand[]") {
            if !known.contains(&path.as_str()) {
                return Err(Refusal::invalid(
                    format!("This property cannot be expanded ({path})."),
                    "expand",
                ));
            }
            paths.push(path);
        }
        Ok(paths)
    }

    /// Nothing may be left.
    pub fn finish(self) -> Result<(), Refusal> {
        match self.0.first() {
            None => Ok(()),
            Some((name, _)) => {
                Err(Refusal::coded("parameter_unknown", format!("Received unknown parameter: {name}"), name))
            }
        }
    }
}
