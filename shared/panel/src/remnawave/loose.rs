//! Values whose form differs between versions: a count may be a number, a number with a fraction, or text (2.2 and
//! older in webhooks; some statistics to this day).

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value;

/// A whole number, whichever way it is written; what follows the point is dropped.
pub(super) fn whole(value: &Value) -> Option<i64> {
    let text = digits(value)?;
    text.parse().ok()
}

/// A count from 0 on. JavaScript writes what no longer fits with an exponent: that is more than we can count, too.
pub(super) fn count(value: &Value) -> Option<u64> {
    let text = digits(value)?;
    let huge = text.contains(['e', 'E']) && !text.starts_with('-') && !text.contains("e-");
    if huge { Some(u64::MAX) } else { text.parse().ok() }
}

fn digits(value: &Value) -> Option<String> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return None,
    };
    if text.contains(['e', 'E']) {
        return Some(text);
    }
    Some(text.split_once('.').map_or(text.clone(), |(whole, _)| whole.to_owned()))
}

/// A text that is there and says something.
pub(super) fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// An instant in ISO 8601.
pub(super) fn instant(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

/// For serde: a count that must be there.
pub(super) fn a_count<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    let value = Value::deserialize(from)?;
    count(&value).ok_or_else(|| D::Error::custom(format!("{value} is not a count")))
}

/// For serde: a number or nothing.
pub(super) fn maybe_whole<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    maybe(from, "a number", whole)
}

/// For serde: a small count or nothing.
pub(super) fn maybe_small<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u32>, D::Error> {
    maybe(from, "a small count", |value| count(value).and_then(|count| u32::try_from(count).ok()))
}

/// For serde: an instant that must be there.
pub(super) fn an_instant<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
    String::deserialize(from)?.parse().map_err(D::Error::custom)
}

/// For serde: an instant or nothing.
pub(super) fn maybe_instant<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    maybe(from, "an instant", instant)
}

fn maybe<'de, T, D: Deserializer<'de>>(
    from: D,
    what: &str,
    read: impl Fn(&Value) -> Option<T>,
) -> Result<Option<T>, D::Error> {
    match Value::deserialize(from)? {
        Value::Null => Ok(None),
        value => read(&value).map(Some).ok_or_else(|| D::Error::custom(format!("{value} is not {what}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_come_in_many_forms() {
        let cases = [
            (json!(7), Some(7), Some(7)),
            (json!("7"), Some(7), Some(7)),
            (json!(7.9), Some(7), Some(7)),
            (json!("107374182400"), Some(107_374_182_400), Some(107_374_182_400)),
            (json!(-1), Some(-1), None),
            (json!(u64::MAX), None, Some(u64::MAX)),
            (json!(1e30), None, Some(u64::MAX)),
            (json!(1e-7), None, None),
            (json!("many"), None, None),
            (json!(true), None, None),
            (Value::Null, None, None),
        ];
        for (value, number, counted) in cases {
            assert_eq!((whole(&value), count(&value)), (number, counted), "{value}");
        }
    }
}
