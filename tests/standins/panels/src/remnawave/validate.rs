//! The request types: which fields a call takes, and what each must look like.

use super::{
    Family,
    issue::{Bound, Issues},
    reply::Reply,
};
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use serde_json::{Map, Value};

/// A field of a request.
#[derive(Clone, Copy)]
pub(super) struct Field {
    name: &'static str,
    rule: Rule,
    required: bool,
    nullable: bool,
}

impl Field {
    pub(super) const fn required(name: &'static str, rule: Rule) -> Self {
        Self { name, rule, required: true, nullable: false }
    }

    pub(super) const fn optional(name: &'static str, rule: Rule) -> Self {
        Self { name, rule, required: false, nullable: false }
    }

    pub(super) const fn nullable(name: &'static str, rule: Rule) -> Self {
        Self { name, rule, required: false, nullable: true }
    }
}

/// What a field must look like.
#[derive(Clone, Copy)]
pub(super) enum Rule {
    /// `^[a-zA-Z0-9_-]+$`, 3-36.
    Username,
    Text,
    /// 8-32 characters.
    Password,
    Uuid,
    /// A list of UUIDs.
    Uuids,
    /// A number, any.
    Id,
    /// A number from 0.
    Bytes,
    /// A whole number from 0.
    Count,
    /// A whole number from 1.
    Days,
    OneOf(&'static [&'static str]),
    /// ISO 8601; without a zone it is UTC.
    Instant,
    /// The same, and ahead.
    Future,
    /// `^[A-Z0-9_]+$`, up to 16.
    Tag,
    Email,
    Flag,
    /// A device: `^[a-zA-Z0-9=-]{10,64}$` in 3.x.
    Hwid,
    /// A short id of one's own choice: 16-64.
    ShortUuid,
}

/// Checks a body against the fields of `call`.
///
/// # Errors
/// What the panel answers; or, for a field that is not among `fields`, what no panel answers.
pub(super) fn check(
    family: Family,
    call: &str,
    body: &Value,
    fields: &[Field],
    now: Timestamp,
) -> Result<Map<String, Value>, Reply> {
    let mut issues = Issues::new(family);
    let Value::Object(body) = body else {
        issues.wrong_type(&[], "object", kind(Some(body)));
        return Err(Reply::validation(&issues.list));
    };
    if let Some(unknown) = body.keys().find(|key| !fields.iter().any(|field| field.name == key.as_str())) {
        return Err(Reply::strict(&format!(
            "{call}: unknown field `{unknown}`; a panel would drop it silently"
        )));
    }
    for field in fields {
        match body.get(field.name) {
            None if field.required => issues.wrong_type(&[field.name], expected(field.rule), "undefined"),
            None => {}
            Some(Value::Null) if field.nullable => {}
            Some(value) => apply(field, value, now, &mut issues),
        }
    }
    if issues.list.is_empty() { Ok(body.clone()) } else { Err(Reply::validation(&issues.list)) }
}

fn expected(rule: Rule) -> &'static str {
    match rule {
        Rule::Id | Rule::Bytes | Rule::Count | Rule::Days => "number",
        Rule::Uuids => "array",
        Rule::Flag => "boolean",
        _ => "string",
    }
}

fn kind(value: Option<&Value>) -> &'static str {
    match value {
        None => "undefined",
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "boolean",
        Some(Value::Number(_)) => "number",
        Some(Value::String(_)) => "string",
        Some(Value::Array(_)) => "array",
        Some(Value::Object(_)) => "object",
    }
}

fn apply(field: &Field, value: &Value, now: Timestamp, issues: &mut Issues) {
    let path = &[field.name];
    let (wanted, found) = (expected(field.rule), kind(Some(value)));
    if wanted != found {
        return issues.wrong_type(path, wanted, found);
    }
    match value {
        Value::String(text) => text_rule(field.rule, path, text, now, issues),
        Value::Array(items) => items.iter().for_each(|item| uuid_rule(path, item, issues)),
        Value::Number(_) => number_rule(field, value, issues),
        _ => {}
    }
}

fn number_rule(field: &Field, value: &Value, issues: &mut Issues) {
    let path = &[field.name];
    let whole = value.as_u64().is_some() || value.as_i64().is_some();
    let negative = value.as_f64().is_some_and(|number| number < 0.0);
    match field.rule {
        Rule::Bytes if negative => {
            issues.bound(path, "number", Bound::Small(0), "Traffic limit must be greater than 0");
        }
        Rule::Count if negative => {
            issues.bound(path, "number", Bound::Small(0), "Too small: expected number to be >=0");
        }
        Rule::Days if negative || value.as_u64() == Some(0) => {
            issues.bound(path, "number", Bound::Small(1), "Too small: expected number to be >=1");
        }
        Rule::Count | Rule::Days if !whole => issues.wrong_type(path, "int", "number"),
        _ => {}
    }
}

fn uuid_rule(path: &[&str], item: &Value, issues: &mut Issues) {
    match item.as_str() {
        Some(text) if is_uuid(text) => {}
        Some(_) => issues.format(path, "uuid", "Invalid uuid", "Invalid UUID"),
        None => issues.wrong_type(path, "string", kind(Some(item))),
    }
}

fn text_rule(rule: Rule, path: &[&str], text: &str, now: Timestamp, issues: &mut Issues) {
    let length = text.chars().count();
    match rule {
        Rule::Username => {
            if !all(text, |c| c.is_ascii_alphanumeric() || c == '_' || c == '-') {
                let message = "Username can only contain letters, numbers, underscores and dashes";
                issues.pattern(path, "/^[a-zA-Z0-9_-]+$/", message);
            }
            between(
                path,
                length,
                (3, "Username must be at least 3 characters"),
                (36, "Username must be less than 36 characters"),
                issues,
            );
        }
        Rule::Password => between(
            path,
            length,
            (8, "Too small: expected string to have >=8 characters"),
            (32, "Too big: expected string to have <=32 characters"),
            issues,
        ),
        Rule::ShortUuid => between(
            path,
            length,
            (16, "Too small: expected string to have >=16 characters"),
            (64, "Too big: expected string to have <=64 characters"),
            issues,
        ),
        Rule::Uuid if !is_uuid(text) => issues.format(path, "uuid", "Invalid uuid", "Invalid UUID"),
        Rule::OneOf(values) if !values.contains(&text) => issues.not_one_of(path, values, text),
        Rule::Instant | Rule::Future => match instant(text) {
            None => issues.format(path, "datetime", "Invalid date format", "Invalid ISO datetime"),
            Some(at) if matches!(rule, Rule::Future) && at <= now => {
                issues.custom(path, "Expiration date cannot be in the past");
            }
            Some(_) => {}
        },
        Rule::Tag => tag_rule(path, text, length, issues),
        Rule::Email if !is_email(text) => {
            issues.format(path, "email", "Invalid email", "Invalid email address");
        }
        Rule::Hwid if issues.family == Family::V3 && !is_hwid(text) => {
            let pattern = "/^[a-zA-Z0-9=-]{10,64}$/";
            issues.pattern(path, pattern, &format!("Invalid string: must match pattern {pattern}"));
        }
        _ => {}
    }
}

fn tag_rule(path: &[&str], text: &str, length: usize, issues: &mut Issues) {
    if !all(text, |c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_') {
        issues.pattern(
            path,
            "/^[A-Z0-9_]+$/",
            "Tag can only contain uppercase letters, numbers, underscores",
        );
    }
    between(path, length, (0, ""), (16, "Tag must be less than 16 characters"), issues);
}

fn between(path: &[&str], length: usize, least: (u64, &str), most: (u64, &str), issues: &mut Issues) {
    let length = u64::try_from(length).unwrap_or(u64::MAX);
    if length < least.0 {
        issues.bound(path, "string", Bound::Small(least.0), least.1);
    } else if length > most.0 {
        issues.bound(path, "string", Bound::Big(most.0), most.1);
    }
}

fn all(text: &str, is: impl Fn(char) -> bool) -> bool {
    !text.is_empty() && text.chars().all(is)
}

fn is_hwid(text: &str) -> bool {
    (10..=64).contains(&text.len()) && all(text, |c| c.is_ascii_alphanumeric() || c == '=' || c == '-')
}

fn is_email(text: &str) -> bool {
    let parts = text.split_once('@');
    parts.is_some_and(|(name, host)| {
        !name.is_empty() && host.contains('.') && !host.ends_with('.') && !host.starts_with('.')
    })
}

/// `8-4-4-4-12` hexadecimal digits.
pub(super) fn is_uuid(text: &str) -> bool {
    let lengths = [8, 4, 4, 4, 12];
    let parts: Vec<_> = text.split('-').collect();
    parts.len() == lengths.len()
        && parts
            .iter()
            .zip(lengths)
            .all(|(part, length)| part.len() == length && all(part, |c| c.is_ascii_hexdigit()))
}

/// An ISO 8601 instant with `Z`, an offset, or no zone (then UTC).
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    if text.as_bytes().get(10) != Some(&b'T') {
        return None;
    }
    let local = || text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    text.parse().ok().or_else(local)
}
