//! One call's parameters: from what arrived to values of the types the Bot API promises.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::conform::check;
use crate::failure::{Failure, query_is_too_old};
use crate::spec::Shape;

/// An uploaded file.
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    pub(crate) name: String,
    pub(crate) mime: String,
    pub(crate) bytes: Vec<u8>,
}

/// A call as it arrived.
#[derive(Clone, Debug, Default)]
pub(crate) struct Input {
    /// From a JSON body.
    pub(crate) json: Map<String, Value>,
    /// From the query string, a form or the text parts of a multipart body.
    pub(crate) text: Vec<(String, String)>,
    /// File parts of a multipart body by field name.
    pub(crate) files: BTreeMap<String, Upload>,
}

/// Checked parameters.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params {
    values: Map<String, Value>,
    files: BTreeMap<String, Upload>,
}

/// Parameters that change what happens in a way this stand-in does not imitate. All others are either carried out or,
/// like `disable_notification`, without a visible effect.
const NOT_CARRIED_OUT: [&str; 13] = [
    "business_connection_id",
    "caption_entities",
    "certificate",
    "direct_messages_topic_id",
    "entities",
    "ephemeral_message_parameters",
    "inline_message_id",
    "ip_address",
    "message_effect_id",
    "rich_message",
    "suggested_post_parameters",
    "thumbnail",
    "video_start_timestamp",
];

impl Input {
    /// Everything as one object, for the log of calls; files appear by name and size.
    pub(crate) fn to_log(&self) -> Value {
        let mut log = self.json.clone();
        for (key, value) in &self.text {
            log.insert(key.clone(), Value::String(value.clone()));
        }
        for (key, file) in &self.files {
            log.insert(key.clone(), Value::String(format!("{} ({} bytes)", file.name, file.bytes.len())));
        }
        Value::Object(log)
    }

    /// Checks the call against the description of its method.
    ///
    /// # Errors
    /// The first mistake found: unknown or repeated parameter, wrong type, missing parameter, unused file.
    pub(crate) fn check(self, method: &str, shape: &Shape) -> Result<Params, Failure> {
        let mut values = Map::new();
        for (name, value) in self.json {
            let types = types_of(shape, method, &name)?;
            let value = match value {
                // Objects may also arrive as text that holds JSON.
                Value::String(text) if !accepts_text(types) => from_text(&name, types, &text)?,
                value => value,
            };
            values.insert(name, value);
        }
        for (name, text) in self.text {
            let types = types_of(shape, method, &name)?;
            // An empty parameter is the same as none, for the server.
            let value = if text.is_empty() { Value::String(text) } else { from_text(&name, types, &text)? };
            if values.insert(name.clone(), value).is_some() {
                return Err(Failure::strict(format_args!("parameter {name} is given twice")));
            }
        }
        for name in self.files.keys() {
            if let Some(types) = shape.fields.get(name)
                && types.iter().any(|kind| kind == "InputFile")
            {
                values.insert(name.clone(), Value::String(format!("attach://{name}")));
            }
        }
        check_values(shape, &values)?;
        check_required(method, shape, &values)?;
        check_uploads(&values, &self.files)?;
        Ok(Params { values, files: self.files })
    }
}

fn types_of<'a>(shape: &'a Shape, method: &str, name: &str) -> Result<&'a [String], Failure> {
    match shape.fields.get(name) {
        None => Err(Failure::strict(format_args!("unknown field {name} of {method}"))),
        Some(_) if NOT_CARRIED_OUT.contains(&name) => {
            Err(Failure::not_carried_out(format_args!("the parameter {name} of {method}")))
        }
        Some(types) => Ok(types),
    }
}

fn accepts_text(types: &[String]) -> bool {
    types.iter().any(|kind| matches!(kind.as_str(), "String" | "InputFile" | "Integer" | "Boolean" | "Float"))
}

/// Reads a parameter that arrived as text.
fn from_text(name: &str, types: &[String], text: &str) -> Result<Value, Failure> {
    let has = |wanted: &str| types.iter().any(|kind| kind == wanted);
    let integer = text.parse::<i64>().ok().map(Value::from);
    if has("Integer") && (integer.is_some() || !has("String")) {
        return integer.ok_or_else(|| Failure::strict(format_args!("{name} must be an Integer")));
    }
    if has("String") || has("InputFile") {
        return Ok(Value::String(text.to_owned()));
    }
    if has("Boolean") {
        // The server takes true, yes and 1 (in any case) for true, and anything else silently for false.
        return match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" => Ok(Value::Bool(true)),
            "false" | "no" | "0" => Ok(Value::Bool(false)),
            _ => Err(Failure::strict(format_args!("{name} must be a Boolean"))),
        };
    }
    let what = if name == "reply_markup" { "reply keyboard markup" } else { name };
    serde_json::from_str(text).map_err(|_| Failure::bad(format_args!("can't parse {what} JSON object")))
}

fn check_values(shape: &Shape, values: &Map<String, Value>) -> Result<(), Failure> {
    values.iter().filter(|(_, value)| !is_empty(value)).try_for_each(|(name, value)| {
        let types = shape.fields.get(name).map(Vec::as_slice).unwrap_or_default();
        check(types, value, name)
    })
}

fn is_empty(value: &Value) -> bool {
    value.as_str().is_some_and(str::is_empty)
}

fn check_required(method: &str, shape: &Shape, values: &Map<String, Value>) -> Result<(), Failure> {
    let missing = |name: &&String| values.get(*name).is_none_or(is_empty);
    match shape.required.iter().find(missing) {
        // An empty address removes the webhook.
        Some(name) if method == "setWebhook" && values.contains_key(name) => Ok(()),
        Some(name) => Err(missing_parameter(method, name)),
        None => Ok(()),
    }
}

/// The server has no general check: each method stumbles over a missing parameter in its own words.
fn missing_parameter(method: &str, name: &str) -> Failure {
    match (method, name) {
        (_, "chat_id") => match method {
            "deleteMessage" => Failure::bad("chat identifier is not specified"),
            _ => Failure::bad("chat_id is empty"),
        },
        (_, "text") => Failure::bad("message text is empty"),
        (_, "photo" | "document") => Failure::bad(format_args!("there is no {name} in the request")),
        ("deleteMessage", "message_id") => Failure::bad("message identifier is not specified"),
        ("copyMessage", "message_id") => Failure::bad("message to copy not found"),
        (_, "user_id") => Failure::bad("invalid user_id specified"),
        (_, "action") => Failure::bad("wrong parameter action in request"),
        (_, "callback_query_id" | "pre_checkout_query_id" | "inline_query_id") => query_is_too_old(),
        (
            _,
            "title"
            | "description"
            | "payload"
            | "currency"
            | "prices"
            | "from_chat_id"
            | "telegram_payment_charge_id",
        ) => required(name),
        _ => Failure::strict(format_args!("{method} lacks the parameter {name}")),
    }
}

/// The server's words for most missing texts.
pub(crate) fn required(name: &str) -> Failure {
    Failure::bad(format_args!("parameter \"{name}\" is required"))
}

fn check_uploads(values: &Map<String, Value>, files: &BTreeMap<String, Upload>) -> Result<(), Failure> {
    let mentioned = Value::Object(values.clone()).to_string();
    match files.keys().find(|name| !mentioned.contains(&format!("\"attach://{name}\""))) {
        Some(name) => Err(Failure::strict(format_args!("the file part {name} is not used by any parameter"))),
        None => Ok(()),
    }
}

impl Params {
    /// A parameter, if given and not empty.
    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        self.values.get(name).filter(|value| !is_empty(value))
    }

    /// A text, if given and not empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.value(name)?.as_str()
    }

    /// A number.
    pub(crate) fn int(&self, name: &str) -> Option<i64> {
        self.value(name)?.as_i64()
    }

    /// A flag; false if not given.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.value(name).and_then(Value::as_bool).unwrap_or(false)
    }

    /// An array; empty if not given.
    pub(crate) fn list(&self, name: &str) -> &[Value] {
        self.value(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }

    /// The upload behind an `attach://…` reference.
    pub(crate) fn upload(&self, reference: &str) -> Option<&Upload> {
        self.files.get(reference.strip_prefix("attach://")?)
    }
}
