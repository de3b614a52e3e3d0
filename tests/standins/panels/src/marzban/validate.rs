//! Bodies as the panel validates them: every bad field is named, in a map.

use super::{route::Reply, world::World};
use serde_json::{Map, Value, json};

pub(super) const PROTOCOLS: [&str; 4] = ["vmess", "vless", "trojan", "shadowsocks"];

/// The fields of a user that a request may have.
const FIELDS: &[&str] = &[
    "proxies",
    "expire",
    "data_limit",
    "data_limit_reset_strategy",
    "inbounds",
    "note",
    "on_hold_expire_duration",
    "on_hold_timeout",
    "auto_delete_in_days",
    "next_plan",
    "status",
];

/// Checks a create or, with `create` off, a change.
pub(super) fn user(world: &World, body: &Value, create: bool) -> Result<(), Reply> {
    let Some(fields) = body.as_object() else {
        return Err(Reply::invalid(&Map::from_iter([("body".to_owned(), json!("Field required"))])));
    };
    let mut wrong = Map::new();
    for (name, value) in fields {
        let known = FIELDS.contains(&name.as_str()) || (create && name == "username");
        let complaint = if known { complaint(world, name, value, create) } else { Some(strict(name)) };
        if let Some(text) = complaint {
            wrong.insert(name.clone(), json!(text));
        }
    }
    if create && !fields.contains_key("username") {
        wrong.insert("username".to_owned(), json!("Field required"));
    }
    if wrong.is_empty()
        && let Some(text) = on_hold(body)
    {
        wrong.insert("status".to_owned(), json!(text));
    }
    if wrong.is_empty() { Ok(()) } else { Err(Reply::invalid(&wrong)) }
}

/// What no panel answers: the shop sent something that a panel would drop without a word.
fn strict(name: &str) -> String {
    format!("STRICT: a panel drops `{name}` silently")
}

fn complaint(world: &World, name: &str, value: &Value, create: bool) -> Option<String> {
    match name {
        "username" => username(value),
        "expire" | "on_hold_expire_duration" | "auto_delete_in_days" => integer(value),
        "data_limit" => limit(value),
        "data_limit_reset_strategy" => one_of(value, &["no_reset", "day", "week", "month", "year"]),
        "status" if create => one_of(value, &["active", "on_hold"]),
        "status" => one_of(value, &["active", "disabled", "on_hold"]),
        "note" => note(value),
        "proxies" => proxies(value),
        "inbounds" => inbounds(world, value),
        "next_plan" => next_plan(value),
        _ => (!value.is_null() && !value.is_string()).then(|| "Input should be a valid datetime".to_owned()),
    }
}

/// The panel's pattern: 3 to 32 word characters first, then also `-`, `@` and `.`.
fn username(value: &Value) -> Option<String> {
    let Some(text) = value.as_str() else { return Some("Input should be a valid string".to_owned()) };
    let word = text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').count();
    let rest = text.chars().skip(word).all(|c| c.is_ascii_alphanumeric() || "-_@.".contains(c));
    let message = "Value error, Username only can be 3 to 32 characters and contain a-z, 0-9, and underscores in between.";
    (!(3..=32).contains(&word) || !rest).then(|| message.to_owned())
}

fn integer(value: &Value) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        Value::Number(number) if number.is_i64() || number.is_u64() => return None,
        Value::Number(_) => "Input should be a valid integer, got a number with a fractional part",
        _ => "Input should be a valid integer",
    };
    Some(text.to_owned())
}

fn limit(value: &Value) -> Option<String> {
    let text = match value {
        Value::Number(number) if number.as_i64().is_some_and(|bytes| bytes < 0) => {
            "Input should be greater than or equal to 0"
        }
        Value::Null | Value::Number(_) => return None,
        _ => "Value error, data_limit must be an integer or a float, not a string",
    };
    Some(text.to_owned())
}

fn one_of(value: &Value, allowed: &[&str]) -> Option<String> {
    if value.as_str().is_some_and(|text| allowed.contains(&text)) {
        return None;
    }
    let quoted: Vec<_> = allowed.iter().map(|text| format!("'{text}'")).collect();
    let (last, first) = quoted.split_last()?;
    Some(format!("Input should be {} or {last}", first.join(", ")))
}

fn note(value: &Value) -> Option<String> {
    let long = value.as_str().is_some_and(|text| text.chars().count() > 500);
    let wrong = !value.is_null() && !value.is_string();
    (long || wrong).then(|| "Value error, User's note can be a maximum of 500 character".to_owned())
}

fn proxies(value: &Value) -> Option<String> {
    let Some(proxies) = value.as_object() else {
        return Some("Input should be a valid dictionary".to_owned());
    };
    proxies.iter().find_map(|(protocol, settings)| {
        let allowed: &[&str] = match protocol.as_str() {
            "vmess" => &["id"],
            "vless" => &["id", "flow"],
            "trojan" => &["password", "flow"],
            "shadowsocks" => &["password", "method"],
            _ => return one_of(&json!(protocol), &PROTOCOLS),
        };
        let fields = settings.as_object()?;
        if let Some(unknown) = fields.keys().find(|name| !allowed.contains(&name.as_str())) {
            return Some(strict(unknown));
        }
        fields.get("flow").and_then(|flow| one_of(flow, &["", "xtls-rprx-vision"]))
    })
}

fn inbounds(world: &World, value: &Value) -> Option<String> {
    let Some(inbounds) = value.as_object() else {
        return Some("Input should be a valid dictionary".to_owned());
    };
    if let Some(protocol) = inbounds.keys().find(|name| !PROTOCOLS.contains(&name.as_str())) {
        return one_of(&json!(protocol), &PROTOCOLS);
    }
    let mut tags = inbounds.values().flat_map(|tags| tags.as_array().into_iter().flatten());
    let unknown = tags.find(|tag| !world.inbounds.iter().any(|(_, known)| *tag == known))?;
    Some(format!("Value error, Inbound {} doesn't exist", unknown.as_str().unwrap_or_default()))
}

fn next_plan(value: &Value) -> Option<String> {
    let known = ["data_limit", "expire", "add_remaining_traffic", "fire_on_either"];
    let fields = value.as_object()?;
    fields.keys().find(|name| !known.contains(&name.as_str())).map(|name| strict(name))
}

fn on_hold(body: &Value) -> Option<&'static str> {
    if body["status"] != "on_hold" {
        return None;
    }
    if body["on_hold_expire_duration"].as_i64().unwrap_or(0) == 0 {
        return Some("Value error, User cannot be on hold without a valid on_hold_expire_duration.");
    }
    let ends = body["expire"].as_i64().unwrap_or(0) != 0;
    ends.then_some("Value error, User cannot be on hold with specified expire.")
}
