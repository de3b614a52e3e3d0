//! What can go wrong with a call, told apart by what has to be done about it.
//!
//! The texts are those of the server (`tdlib/telegram-bot-api` and `tdlib/td`); only their telling parts are compared,
//! because the rest varies.

use serde_json::Value;
use thiserror::Error;

/// Why a call was not carried out. Never holds the token.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SendError {
    /// Too much was sent: wait this many seconds.
    #[error("Telegram asks to wait {0} s")]
    RetryAfter(u64),
    /// The person cannot be written to: blocked the bot, deleted the account, or never opened it.
    #[error("the person cannot be reached: {0}")]
    Blocked(String),
    /// The message shows this already.
    #[error("nothing to change")]
    NotModified,
    /// The message is gone, too old, or has no text: send a new one.
    #[error("the message cannot be edited")]
    MessageGone,
    /// The press or question was answered, or is too old to be.
    #[error("the query is too old")]
    QueryTooOld,
    /// The call is wrong, which is a defect of ours.
    #[error("refused by Telegram: {0}")]
    BadRequest(String),
    /// The token is not valid.
    #[error("the bot token is not valid")]
    Unauthorized,
    /// The server failed; whether it did the work first is not known.
    #[error("Telegram answered {0}")]
    Server(u16),
    /// No answer; whether the work was done is not known.
    #[error("no answer from Telegram: {0}")]
    Network(String),
}

/// When the same call may succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Never.
    Never,
    /// After this many seconds.
    After(u64),
    /// After a while; a message may then arrive twice.
    Unknown,
}

impl SendError {
    /// When to try again.
    pub const fn retry(&self) -> Retry {
        match self {
            Self::RetryAfter(seconds) => Retry::After(*seconds),
            Self::Server(_) | Self::Network(_) => Retry::Unknown,
            _ => Retry::Never,
        }
    }

    /// Reads the answer to a failed call: the HTTP status and the body.
    pub(crate) fn of_answer(status: u16, body: &[u8]) -> Self {
        let answer: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = answer.get("description").and_then(Value::as_str).unwrap_or_default();
        let wait = answer.pointer("/parameters/retry_after").and_then(Value::as_u64);
        match (wait, status) {
            (Some(seconds), _) => Self::RetryAfter(seconds.max(1)),
            (None, 429) => Self::RetryAfter(1),
            (None, 401 | 404) => Self::Unauthorized,
            (None, 403) => Self::Blocked(text.to_owned()),
            (None, 400) => Self::of_bad_request(text),
            (None, 500..) => Self::Server(status),
            (None, _) => Self::BadRequest(format!("{status} {text}")),
        }
    }

    fn of_bad_request(text: &str) -> Self {
        const BLOCKED: [&str; 4] =
            ["chat not found", "user not found", "PEER_ID_INVALID", "bot can't initiate conversation"];
        const GONE: [&str; 6] = [
            "message to edit not found",
            "message can't be edited",
            "there is no text in the message to edit",
            "message to delete not found",
            "message can't be deleted",
            "MESSAGE_ID_INVALID",
        ];
        const OLD: [&str; 3] = ["query is too old", "query ID is invalid", "QUERY_ID_INVALID"];
        let has = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
        if text.contains("message is not modified") {
            Self::NotModified
        } else if has(&BLOCKED) {
            Self::Blocked(text.to_owned())
        } else if has(&GONE) {
            Self::MessageGone
        } else if has(&OLD) {
            Self::QueryTooOld
        } else {
            Self::BadRequest(text.to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_texts_are_understood() {
        let blocked = |text: &str| SendError::Blocked(text.to_owned());
        let cases = [
            (
                403,
                "Forbidden: bot was blocked by the user",
                blocked("Forbidden: bot was blocked by the user"),
            ),
            (403, "Forbidden: user is deactivated", blocked("Forbidden: user is deactivated")),
            (
                403,
                "Forbidden: bot can't initiate conversation with a user",
                blocked("Forbidden: bot can't initiate conversation with a user"),
            ),
            (400, "Bad Request: chat not found", blocked("Bad Request: chat not found")),
            (
                400,
                "Bad Request: message is not modified: specified new message content and reply markup are exactly the \
                 same as a current content and reply markup of the message",
                SendError::NotModified,
            ),
            (400, "Bad Request: message to edit not found", SendError::MessageGone),
            (400, "Bad Request: there is no text in the message to edit", SendError::MessageGone),
            (400, "Bad Request: message can't be edited", SendError::MessageGone),
            (
                400,
                "Bad Request: query is too old and response timeout expired or query ID is invalid",
                SendError::QueryTooOld,
            ),
            (
                400,
                "Bad Request: BUTTON_DATA_INVALID",
                SendError::BadRequest("Bad Request: BUTTON_DATA_INVALID".into()),
            ),
            (401, "Unauthorized", SendError::Unauthorized),
            (404, "Not Found", SendError::Unauthorized),
            (502, "Bad Gateway", SendError::Server(502)),
        ];
        for (status, description, want) in cases {
            let body = serde_json::json!({"ok": false, "error_code": status, "description": description})
                .to_string();
            assert_eq!(SendError::of_answer(status, body.as_bytes()), want, "{description}");
        }
    }

    #[test]
    fn the_time_to_wait_is_obeyed_whatever_the_text() {
        let body = br#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 17","parameters":{"retry_after":17}}"#;
        assert_eq!(SendError::of_answer(429, body), SendError::RetryAfter(17));
        assert_eq!(SendError::of_answer(429, b"<html>").retry(), Retry::After(1));
        assert_eq!(SendError::of_answer(503, b"<html>").retry(), Retry::Unknown);
    }
}
