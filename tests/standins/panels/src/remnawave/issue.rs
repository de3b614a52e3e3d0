//! Complaints of the panel's validator: zod 3 in 2.x, zod 4 in 3.x. Their objects differ in all but `code`, `path`
//! and `message`, and in part in those.

use super::Family;
use serde_json::{Value, json};

/// Complaints about one request.
pub(super) struct Issues {
    pub(super) family: Family,
    pub(super) list: Vec<Value>,
}

/// A bound that was passed.
#[derive(Clone, Copy)]
pub(super) enum Bound {
    Small(u64),
    Big(u64),
}

impl Issues {
    pub(super) fn new(family: Family) -> Self {
        Self { family, list: Vec::new() }
    }

    fn push(&mut self, v2: Value, v3: Value) {
        self.list.push(match self.family {
            Family::V2 => v2,
            Family::V3 => v3,
        });
    }

    /// `received` is zod's name of what came: `undefined`, `null`, `string`, ….
    pub(super) fn wrong_type(&mut self, path: &[&str], expected: &str, received: &str) {
        let missing = if received == "undefined" {
            "Required".to_owned()
        } else {
            format!("Expected {expected}, received {received}")
        };
        let message = format!("Invalid input: expected {expected}, received {received}");
        self.push(
            json!({"code": "invalid_type", "expected": expected, "received": received, "path": path, "message": missing}),
            json!({"expected": expected, "code": "invalid_type", "path": path, "message": message}),
        );
    }

    /// A path segment that should be a number.
    pub(super) fn not_a_number(&mut self, path: &[&str]) {
        let message = "Invalid input: expected number, received NaN";
        self.push(
            json!({"code": "invalid_type", "expected": "number", "received": "nan", "path": path, "message": "Expected number, received nan"}),
            json!({"expected": "number", "code": "invalid_type", "received": "NaN", "path": path, "message": message}),
        );
    }

    pub(super) fn pattern(&mut self, path: &[&str], pattern: &str, message: &str) {
        self.push(
            json!({"validation": "regex", "code": "invalid_string", "message": message, "path": path}),
            json!({"origin": "string", "code": "invalid_format", "format": "regex", "pattern": pattern, "path": path, "message": message}),
        );
    }

    /// A named format: `datetime`, `uuid`, `email`.
    pub(super) fn format(&mut self, path: &[&str], format: &str, v2: &str, v3: &str) {
        let mut issue = json!({"origin": "string", "code": "invalid_format", "format": format, "pattern": format!("/{format}/"), "path": path, "message": v3});
        if format == "uuid"
            && let Some(issue) = issue.as_object_mut()
        {
            issue.shift_remove("pattern");
        }
        self.push(
            json!({"code": "invalid_string", "validation": format, "message": v2, "path": path}),
            issue,
        );
    }

    /// `origin`: `string` or `number`.
    pub(super) fn bound(&mut self, path: &[&str], origin: &str, bound: Bound, message: &str) {
        let (code, key, value) = match bound {
            Bound::Small(value) => ("too_small", "minimum", value),
            Bound::Big(value) => ("too_big", "maximum", value),
        };
        self.push(
            json!({"code": code, key: value, "type": origin, "inclusive": true, "exact": false, "message": message, "path": path}),
            json!({"origin": origin, "code": code, key: value, "inclusive": true, "path": path, "message": message}),
        );
    }

    pub(super) fn not_one_of(&mut self, path: &[&str], values: &[&str], received: &str) {
        let quoted: Vec<_> = values.iter().map(|value| format!("\"{value}\"")).collect();
        let old = values.iter().map(|value| format!("'{value}'")).collect::<Vec<_>>().join(" | ");
        let old = format!("Invalid enum value. Expected {old}, received '{received}'");
        let new = format!("Invalid option: expected one of {}", quoted.join("|"));
        self.push(
            json!({"received": received, "code": "invalid_enum_value", "options": values, "path": path, "message": old}),
            json!({"code": "invalid_value", "values": values, "path": path, "message": new}),
        );
    }

    pub(super) fn custom(&mut self, path: &[&str], message: &str) {
        self.push(
            json!({"code": "custom", "message": message, "path": path}),
            json!({"code": "custom", "path": path, "message": message}),
        );
    }
}
