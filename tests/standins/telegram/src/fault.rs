//! Trouble on demand.

use serde::{Deserialize, Serialize};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum FaultKind {
    /// 429, nothing is done.
    TooManyRequests {
        /// Seconds the server wants the bot to wait.
        retry_after: u32,
    },
    /// 502, nothing is done.
    BadGateway,
    /// The call is carried out, but the caller sees 502.
    AnswerLost,
}

/// Trouble for one call made over HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The method it waits for; any if `None`.
    pub method: Option<String>,
    /// What happens then.
    pub kind: FaultKind,
}

/// Removes and answers the first fault that waits for `method`.
pub(crate) fn next(faults: &mut Vec<Fault>, method: &str) -> Option<FaultKind> {
    let matches =
        |fault: &Fault| fault.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method));
    let index = faults.iter().position(matches)?;
    Some(faults.remove(index).kind)
}
