//! The answers' envelopes and errors, in the panel's words.

use serde_json::{Map, Value, json};

/// An answer. A domain error's `timestamp` and `path` are added where it leaves.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    body: Option<Value>,
}

/// Code, HTTP status, text; as recorded, or as in the panel's error table.
const DOMAIN_ERRORS: &[(&str, u16, &str)] = &[
    ("A018", 500, "Failed to create user"),
    ("A019", 400, "User username already exists"),
    ("A020", 400, "User short UUID already exists"),
    ("A025", 404, "User not found"),
    ("A029", 400, "User already disabled"),
    ("A030", 400, "User already enabled"),
    ("A039", 500, "Failed to update user"),
    ("A063", 404, "User with specified params not found"),
    ("A098", 400, "User hwid device already exists"),
    ("A189", 400, "External squad name already exists"),
    ("A204", 404, "HWID device not found"),
    ("E000", 403, "Forbidden"),
];

impl Reply {
    pub(super) fn ok(response: Value) -> Self {
        Self::with(200, response)
    }

    pub(super) fn created(response: Value) -> Self {
        Self::with(201, response)
    }

    fn with(status: u16, response: Value) -> Self {
        let envelope = Map::from_iter([("response".to_owned(), response)]);
        Self { status, body: Some(Value::Object(envelope)) }
    }

    pub(super) fn empty() -> Self {
        Self { status: 204, body: None }
    }

    pub(super) fn domain(code: &str) -> Self {
        let known = DOMAIN_ERRORS.iter().find(|(known, ..)| *known == code);
        let (_, status, message) = known.copied().unwrap_or(("A001", 500, "Server error"));
        Self { status, body: Some(json!({"message": message, "errorCode": code})) }
    }

    pub(super) fn validation(issues: &[Value]) -> Self {
        let body = json!({"statusCode": 400, "message": "Validation failed", "errors": issues});
        Self { status: 400, body: Some(body) }
    }

    /// What no panel answers: the shop sent something that a panel would drop without a word.
    pub(super) fn strict(what: &str) -> Self {
        let body = json!({"statusCode": 400, "message": format!("STRICT: {what}"), "error": "STRICT"});
        Self { status: 400, body: Some(body) }
    }

    pub(super) fn plain(status: u16, message: &str, error: Option<&str>) -> Self {
        let body = match error {
            Some(error) => json!({"message": message, "error": error, "statusCode": status}),
            None => json!({"message": message, "statusCode": status}),
        };
        Self { status, body: Some(body) }
    }

    /// The body as it leaves: domain errors tell when and where.
    pub(super) fn body(self, path: &str, timestamp: &str) -> Option<Value> {
        let body = self.body?;
        if body.get("errorCode").is_none() {
            return Some(body);
        }
        let (message, code) = (&body["message"], &body["errorCode"]);
        Some(json!({"timestamp": timestamp, "path": path, "message": message, "errorCode": code}))
    }

    pub(super) fn into_body(self) -> Value {
        self.body.unwrap_or_default()
    }
}
