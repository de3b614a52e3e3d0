//! The error half of every answer.

use std::fmt::Display;

use serde_json::{Value, json};

/// A refused call, with the code and the words the Bot API would use.
///
/// Words that begin with `STRICT:` are the stand-in's own: the real server would have ignored the mistake in silence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// `error_code`, which is also the HTTP status.
    pub code: u16,
    /// `description`, prefix included.
    pub description: String,
    /// `parameters.retry_after` in seconds, for 429.
    pub retry_after: Option<u32>,
}

impl Failure {
    fn new(code: u16, description: String) -> Self {
        Self { code, description, retry_after: None }
    }

    /// 400 with the server's own words.
    pub(crate) fn bad(text: impl Display) -> Self {
        Self::new(400, format!("Bad Request: {text}"))
    }

    /// 400 for what the real server lets pass or repairs silently.
    pub(crate) fn strict(text: impl Display) -> Self {
        Self::new(400, format!("Bad Request: STRICT: {text}"))
    }

    /// 403: the recipient cannot be reached.
    pub(crate) fn forbidden(text: impl Display) -> Self {
        Self::new(403, format!("Forbidden: {text}"))
    }

    /// 409: two consumers of updates.
    pub(crate) fn conflict(text: impl Display) -> Self {
        Self::new(409, format!("Conflict: {text}"))
    }

    /// 401, with the two texts of the server: for a token that cannot be one, and for a wrong one.
    pub(crate) fn unauthorized(token_is_well_formed: bool) -> Self {
        let text =
            if token_is_well_formed { "Unauthorized" } else { "Unauthorized: invalid token specified" };
        Self::new(401, text.to_owned())
    }

    /// 404: no such method.
    pub(crate) fn not_found() -> Self {
        Self::new(404, "Not Found".to_owned())
    }

    /// 429 with the seconds to wait.
    pub(crate) fn too_many_requests(retry_after: u32) -> Self {
        Self {
            retry_after: Some(retry_after),
            ..Self::new(429, format!("Too Many Requests: retry after {retry_after}"))
        }
    }

    /// 502, what the front servers answer while the backend is away.
    pub(crate) fn bad_gateway() -> Self {
        Self::new(502, "Bad Gateway".to_owned())
    }

    /// 501: the real server can do it, this one cannot. A test that meets it needs a richer stand-in.
    pub(crate) fn not_carried_out(what: impl Display) -> Self {
        Self::new(501, format!("Not Implemented: STRICT: the stand-in does not carry out {what}"))
    }

    /// 500: the stand-in is wrong, not the caller.
    pub(crate) fn defect(what: impl Display) -> Self {
        Self::new(500, format!("Internal Server Error: STRICT: the stand-in answers wrongly: {what}"))
    }

    /// Whether the caller made a mistake, as opposed to meeting a person or a server that is away.
    pub fn is_violation(&self) -> bool {
        matches!(self.code, 400 | 401 | 404 | 501)
    }

    /// The body of the answer.
    pub fn to_json(&self) -> Value {
        let mut answer = json!({ "ok": false, "error_code": self.code, "description": self.description });
        if let Some(seconds) = self.retry_after {
            answer["parameters"] = json!({ "retry_after": seconds });
        }
        answer
    }
}

/// What the server says for a callback, pre-checkout or inline query that is unknown, answered or out of time.
pub(crate) fn query_is_too_old() -> Failure {
    Failure::bad("query is too old and response timeout expired or query ID is invalid")
}
