//! What the shop asked of the outside world: one entry a call, with secrets taken out.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex};

use axum::http::Method;
use jiff::Timestamp;
use serde::Serialize;

use crate::lock;

/// How many calls are kept; the oldest go first.
const KEPT: usize = 5_000;
/// How much of a body is kept, in bytes.
const BODY: usize = 64 * 1024;
/// What stands in the place of a secret.
const HIDDEN: &str = "•••";

/// A service that the shop calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// The store.
    Dynamodb,
    /// The queues.
    Sqs,
    /// The Bot API.
    Telegram,
    /// The VPN panel.
    Panel,
    /// The second panel, a Marzban.
    Marzban,
    /// A payment provider, by its name.
    Provider(&'static str),
}

impl Serialize for Target {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dynamodb => "dynamodb",
            Self::Sqs => "sqs",
            Self::Telegram => "telegram",
            Self::Panel => "panel",
            Self::Marzban => "marzban",
            Self::Provider(name) => name,
        })
    }
}

/// One call, as it went.
#[derive(Clone, Debug, Serialize)]
pub struct Call {
    /// Place in the run: the number that a crash plan names. Starts at 1.
    pub number: u32,
    /// Who was called.
    pub target: Target,
    /// The AWS operation (`TransactWriteItems`), or method and path (`POST /bot•••/sendMessage`).
    pub operation: String,
    /// The request's body; of a binary one, its size.
    pub request: String,
    /// The status that was answered; `None` if the caller got no answer.
    pub status: Option<u16>,
    /// The response's body, even of an answer that got lost.
    pub response: String,
    /// What was done to the call, if something was.
    pub fault: Option<String>,
    /// When (RFC 3339).
    pub at: String,
}

/// A call on its way, before anybody answered it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub number: u32,
    pub target: Target,
    pub operation: String,
    pub request: String,
    pub at: Timestamp,
}

/// What came of a call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answered {
    pub status: Option<u16>,
    pub response: String,
    pub fault: Option<String>,
}

/// The calls of the world, newest last; clones share them.
#[derive(Clone, Debug, Default)]
pub struct CallLog {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    calls: VecDeque<Call>,
    secrets: Vec<String>,
    total: u64,
}

impl CallLog {
    /// Takes `secret` out of every call from now on. Bot tokens in paths are taken out without being asked.
    pub fn hide(&self, secret: impl Into<String>) {
        let secret = secret.into();
        if !secret.is_empty() {
            lock(&self.inner).secrets.push(secret);
        }
    }

    /// The kept calls, oldest first.
    pub fn all(&self) -> Vec<Call> {
        lock(&self.inner).calls.iter().cloned().collect()
    }

    /// The kept calls to `target` whose operation contains `operation`.
    pub fn to(&self, target: Target, operation: &str) -> Vec<Call> {
        let wanted = |call: &&Call| call.target == target && call.operation.contains(operation);
        lock(&self.inner).calls.iter().filter(wanted).cloned().collect()
    }

    /// How many calls there have been, those no longer kept included.
    pub fn total(&self) -> u64 {
        lock(&self.inner).total
    }

    /// Forgets the kept calls.
    pub fn clear(&self) {
        lock(&self.inner).calls.clear();
    }

    pub(crate) fn push(&self, asked: &Asked, answered: Answered) {
        let mut inner = lock(&self.inner);
        let clean = |text: &str| {
            inner.secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, HIDDEN))
        };
        let call = Call {
            number: asked.number,
            target: asked.target,
            operation: clean(&asked.operation),
            request: clean(&asked.request),
            status: answered.status,
            response: clean(&answered.response),
            fault: answered.fault,
            at: asked.at.to_string(),
        };
        inner.total += 1;
        inner.calls.push_back(call);
        if inner.calls.len() > KEPT {
            inner.calls.pop_front();
        }
    }
}

/// The operation of a plain HTTP call: method and path without the query, bot tokens taken out.
pub(crate) fn http_operation(method: &Method, path: &str) -> String {
    let hide = |segment: &str| match segment.strip_prefix("bot") {
        Some(token) if token.contains(':') || token.contains("%3A") => format!("bot{HIDDEN}"),
        _ => segment.to_owned(),
    };
    format!("{method} {}", path.split('/').map(hide).collect::<Vec<_>>().join("/"))
}

/// A body as text; of a binary one, its size; of a long one, its beginning.
pub(crate) fn body_text(body: &[u8]) -> String {
    match std::str::from_utf8(body) {
        Ok(text) if text.len() <= BODY => text.to_owned(),
        Ok(text) => format!("{}… ({} bytes)", &text[..text.floor_char_boundary(BODY)], text.len()),
        Err(_) => format!("({} bytes)", body.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_reach_the_log() {
        let log = CallLog::default();
        log.hide("panel-key");
        let asked = Asked {
            number: 1,
            target: Target::Telegram,
            operation: http_operation(&Method::POST, "/bot123:AAbb/sendMessage"),
            request: r#"{"key":"panel-key"}"#.into(),
            at: Timestamp::UNIX_EPOCH,
        };
        log.push(&asked, Answered { status: Some(200), response: "panel-key".into(), fault: None });
        let call = &log.to(Target::Telegram, "sendMessage")[0];
        assert_eq!(call.operation, "POST /bot•••/sendMessage");
        assert_eq!((call.request.as_str(), call.response.as_str()), (r#"{"key":"•••"}"#, "•••"));
        assert!(log.to(Target::Panel, "").is_empty());
    }

    #[test]
    fn long_and_binary_bodies_are_cut() {
        assert_eq!(body_text(&[0xff, 0xfe]), "(2 bytes)");
        let text = body_text("ж".repeat(BODY).as_bytes());
        assert!(text.ends_with(&format!("… ({} bytes)", 2 * BODY)) && text.len() < BODY + 64);
    }

    #[test]
    fn the_log_keeps_the_newest_calls() {
        let log = CallLog::default();
        for number in 1..=u32::try_from(KEPT).unwrap() + 2 {
            let asked = Asked {
                number,
                target: Target::Sqs,
                operation: "SendMessage".into(),
                request: String::new(),
                at: Timestamp::UNIX_EPOCH,
            };
            log.push(&asked, Answered::default());
        }
        assert_eq!((log.all().len(), log.all()[0].number), (KEPT, 3));
        assert_eq!(log.total(), 5_002);
    }
}
