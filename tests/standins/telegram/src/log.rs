//! What the bot did, for tests and for the page that shows outgoing calls.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::failure::Failure;

/// How a call came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// Request to the API.
    Http,
    /// Body of an answer to a webhook; the bot does not see the result.
    WebhookReply,
}

/// One call, as it came and as it was answered.
#[derive(Clone, Debug, Serialize)]
pub struct Call {
    /// Counts from 1.
    pub number: usize,
    /// When it was answered.
    pub at: Timestamp,
    /// The method's canonical name, or what the caller wrote.
    pub method: String,
    /// How it came.
    pub via: Via,
    /// Parameters as they came; files by name and size.
    pub params: Value,
    /// HTTP status.
    pub status: u16,
    /// The whole answer.
    pub answer: Value,
}

/// A call that a correct bot would not have made.
#[derive(Clone, Debug, Serialize)]
pub struct Violation {
    /// [`Call::number`].
    pub call: usize,
    /// The method.
    pub method: String,
    /// What was wrong, in the words of the answer.
    pub description: String,
}

#[derive(Default)]
pub(crate) struct Log {
    pub(crate) calls: Vec<Call>,
    pub(crate) violations: Vec<Violation>,
}

impl Log {
    /// Appends a call; gives it its number.
    pub(crate) fn add(&mut self, mut call: Call, failure: Option<&Failure>) {
        call.number = self.calls.len() + 1;
        if let Some(failure) = failure.filter(|failure| failure.is_violation()) {
            self.violations.push(Violation {
                call: call.number,
                method: call.method.clone(),
                description: failure.description.clone(),
            });
        }
        self.calls.push(call);
    }
}
