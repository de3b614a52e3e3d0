//! Does a JSON value have a type of the Bot API? Used on what the bot sends and, in tests, on what we send.

use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::spec::{Shape, Spec};

/// Checks `value` against a type of the Bot API, in the notation of its documentation (`Message`, `Array of Update`).
///
/// # Errors
/// Says where and how the value differs: unknown field, missing field, wrong type, null.
pub fn conforms(type_name: &str, value: &Value) -> Result<(), String> {
    check(&[type_name.to_owned()], value, type_name).map_err(|failure| failure.description)
}

/// Checks `value` against any of `types`; `path` names it in the error.
pub(crate) fn check(types: &[String], value: &Value, path: &str) -> Result<(), Failure> {
    if value.is_null() {
        return Err(Failure::strict(format_args!(
            "{path} is null, which the server reads as the text \"null\""
        )));
    }
    if let [only] = types {
        return check_one(only, value, path);
    }
    let mut closest = None;
    for candidate in types.iter().filter(|name| is_candidate(name, value)) {
        match check_one(candidate, value, path) {
            Ok(()) => return Ok(()),
            Err(failure) => closest = closest.or(Some(failure)),
        }
    }
    Err(closest.unwrap_or_else(|| Failure::strict(format_args!("{path} is none of: {}", types.join(", ")))))
}

/// Whether it is worth explaining why `value` is not a `name`.
fn is_candidate(name: &str, value: &Value) -> bool {
    match (Spec::get().shape(name), value) {
        (Some(shape), Value::Object(object)) => {
            !shape.subtypes.is_empty()
                || (shape.required.iter().all(|field| object.contains_key(field))
                    && shape
                        .constants
                        .iter()
                        .all(|(field, constant)| object.get(field) == Some(&constant.as_str().into())))
        }
        (Some(_), _) => false,
        (None, _) => check_one(name, value, "").is_ok(),
    }
}

fn check_one(name: &str, value: &Value, path: &str) -> Result<(), Failure> {
    if let Some(item) = name.strip_prefix("Array of ") {
        let items = value.as_array().ok_or_else(|| wrong(path, "an Array"))?;
        let item = [item.to_owned()];
        return items
            .iter()
            .enumerate()
            .try_for_each(|(index, element)| check(&item, element, &format!("{path}[{index}]")));
    }
    let (fits, expected) = match name {
        "Integer" => (value.is_i64(), "an Integer"),
        "String" => (value.is_string(), "a String"),
        "Boolean" => (value.is_boolean(), "a Boolean"),
        "Float" => (value.is_number(), "a Number"),
        "InputFile" => (value.as_str().is_some_and(|text| text.starts_with("attach://")), "a file"),
        _ => return check_object(name, value, path),
    };
    if fits { Ok(()) } else { Err(wrong(path, expected)) }
}

fn check_object(name: &str, value: &Value, path: &str) -> Result<(), Failure> {
    let Some(shape) = Spec::get().shape(name).filter(|shape| !shape.opaque) else {
        return Err(Failure::not_carried_out(format_args!("{name} (at {path})")));
    };
    if !shape.subtypes.is_empty() {
        return check(&shape.subtypes, value, path);
    }
    let object = value.as_object().ok_or_else(|| wrong(path, &format!("an object of type {name}")))?;
    check_fields(shape, object, path)
}

fn check_fields(shape: &Shape, object: &Map<String, Value>, path: &str) -> Result<(), Failure> {
    for (key, value) in object {
        let inner = format!("{path}.{key}");
        let types =
            shape.fields.get(key).ok_or_else(|| Failure::strict(format_args!("unknown field {inner}")))?;
        check(types, value, &inner)?;
    }
    if let Some(missing) = shape.required.iter().find(|field| !object.contains_key(*field)) {
        return Err(Failure::strict(format_args!("{path} lacks the field {missing}")));
    }
    for (key, constant) in &shape.constants {
        if object.get(key).and_then(Value::as_str) != Some(constant) {
            return Err(wrong(&format!("{path}.{key}"), &format!("{constant:?}")));
        }
    }
    Ok(())
}

fn wrong(path: &str, expected: &str) -> Failure {
    Failure::strict(format_args!("{path} must be {expected}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::conforms;

    #[test]
    fn tells_right_from_wrong_and_says_where() {
        let user = json!({ "id": 1, "is_bot": false, "first_name": "A" });
        let cases = [
            ("User", user.clone(), ""),
            ("Array of User", json!([user]), ""),
            ("MenuButton", json!({ "type": "commands" }), ""),
            ("MenuButton", json!({ "type": "default", "text": "x" }), "unknown field MenuButton.text"),
            ("MenuButton", json!({ "type": "other" }), "MenuButton is none of: MenuButtonCommands"),
            ("User", json!({ "id": 1.5, "is_bot": false, "first_name": "A" }), "User.id must be an Integer"),
            ("User", json!({ "id": 1, "is_bot": false }), "User lacks the field first_name"),
            ("User", json!({ "id": 1, "is_bot": false, "first_name": null }), "User.first_name is null"),
            ("Array of User", json!([user, { "id": 1 }]), "Array of User[1] lacks the field is_bot"),
            ("InputRichMessage", json!({}), "does not carry out InputRichMessage"),
        ];
        for (name, value, expected) in cases {
            let found = conforms(name, &value).err().unwrap_or_default();
            assert!(found.contains(expected) && found.is_empty() == expected.is_empty(), "{name}: {found}");
        }
    }
}
