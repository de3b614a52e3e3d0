//! What can go wrong with a panel, and when to try again.

use std::time::Duration;

/// A call to a panel failed.
#[derive(Debug, thiserror::Error)]
pub enum PanelError {
    /// No usable answer: down, restarting, or too slow.
    #[error("the panel is not available")]
    Unavailable {
        /// What was seen.
        #[source]
        cause: Fault,
    },
    /// It asked us to slow down.
    #[error("the panel asks to wait {} s", retry_after.as_secs())]
    RateLimited {
        /// For how long.
        retry_after: Duration,
    },
    /// It was down a moment ago and is left alone for now: nothing was sent.
    #[error("the panel was down and is asked again in {} s", retry_after.as_secs())]
    Resting {
        /// When it may be asked again, in whole seconds from the `now` of the call.
        retry_after: Duration,
    },
    /// It does not take our token, or the token lacks a scope (401, 403).
    #[error("the panel does not accept our token, or the token lacks a scope")]
    Unauthorized,
    /// Something in front of the panel refused us: a login portal, a cookie gate, a proxy check.
    #[error("a gate in front of the panel refused the call: {sign}")]
    Gate {
        /// How it showed.
        sign: GateSign,
    },
    /// The panel understood and said no.
    #[error("the panel refused: {message} ({status}, {})", code.as_deref().unwrap_or("no code"))]
    Refused {
        /// Its own code (`A019`, …), where it gave one.
        code: Option<String>,
        /// Its words, with the fields that a validation complains of. For operators, not for buyers.
        message: String,
        /// HTTP status.
        status: u16,
    },
    /// The user name we need belongs to somebody else.
    #[error("the account {username} in the panel is not ours")]
    Foreign {
        /// Which.
        username: String,
    },
    /// An answer we cannot read, or an error dressed as success.
    #[error("the panel's answer makes no sense: {cause}")]
    Garbage {
        /// In what way.
        cause: String,
    },
    /// This kind (or version) of panel has no such thing.
    #[error("the panel has no {what}")]
    NotOffered {
        /// What was wanted.
        what: &'static str,
    },
    /// The address or an extra header of the settings cannot be sent at all.
    #[error("a panel setting is unusable: {what}")]
    Unusable {
        /// Which.
        what: String,
    },
}

/// Why a panel is not available.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// No answer in time: it may have done what we asked.
    #[error("no answer in time")]
    Timeout,
    /// No connection.
    #[error("no connection")]
    Connect(#[source] reqwest::Error),
    /// The answer broke off.
    #[error("the answer broke off")]
    Dropped,
    /// A status that speaks of a server in trouble.
    #[error("HTTP {0}")]
    Status(u16),
    /// The account vanished while we worked on it, twice.
    #[error("the account vanished while it was being written")]
    Vanished,
}

/// How a gate shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GateSign {
    /// It redirects, usually to a login page.
    #[error("a redirect")]
    Redirect,
    /// It answers with a page of its own.
    #[error("a page instead of JSON")]
    Page,
    /// It closes the connection without a word, twice: nginx's 444, or Remnawave's proxy check.
    #[error("the connection was closed without an answer")]
    Closed,
}

/// When to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// At once.
    Now,
    /// After a while.
    Later(Duration),
    /// Not before something was changed: in the panel, in the plan, or in this program.
    Never,
}

const SOON: Duration = Duration::from_secs(15);
const LATER: Duration = Duration::from_mins(1);
/// An operator has to act first; buyers' jobs wait for that rather than fail.
const OPERATOR: Duration = Duration::from_mins(5);

impl PanelError {
    /// When the same call may succeed.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Unavailable { cause: Fault::Timeout | Fault::Dropped | Fault::Vanished } => Retry::Now,
            Self::Unavailable { .. } => Retry::Later(SOON),
            Self::RateLimited { retry_after } | Self::Resting { retry_after } => Retry::Later(*retry_after),
            Self::Gate { .. } | Self::Garbage { .. } | Self::Refused { status: 500.., .. } => {
                Retry::Later(LATER)
            }
            // "Cannot GET …": the address in the settings is not the panel's.
            Self::Refused { status: 404, code: None, .. } | Self::Unauthorized | Self::Unusable { .. } => {
                Retry::Later(OPERATOR)
            }
            Self::Refused { .. } | Self::Foreign { .. } | Self::NotOffered { .. } => Retry::Never,
        }
    }

    /// The panel as a whole is out of reach, rather than this one account refused or unreadable: what the circuit
    /// breaker counts. A key that is not taken is none: it is read anew, and must be tried.
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Unavailable { cause } => !matches!(cause, Fault::Vanished),
            Self::RateLimited { .. } | Self::Gate { .. } => true,
            _ => false,
        }
    }

    /// The call may have been carried out although no answer came.
    pub(crate) fn may_have_worked(&self) -> bool {
        matches!(
            self,
            Self::Unavailable { cause: Fault::Timeout | Fault::Dropped }
                | Self::Gate { sign: GateSign::Closed }
        )
    }

    /// The panel says that there is no such account: `A063` on reading by a name or id, `A025` on writing.
    pub(crate) fn is_absent(&self) -> bool {
        matches!(self, Self::Refused { code: Some(code), status: 404, .. } if code == "A063" || code == "A025")
    }

    /// `A019`: the user name exists already.
    pub(crate) fn is_taken(&self) -> bool {
        matches!(self, Self::Refused { code: Some(code), .. } if code == "A019")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, code: Option<&str>) -> PanelError {
        PanelError::Refused { code: code.map(str::to_owned), message: "no".to_owned(), status }
    }

    #[test]
    fn when_to_try_again() {
        let wait = Duration::from_secs(7);
        let cases = [
            (PanelError::Unavailable { cause: Fault::Timeout }, Retry::Now, true),
            (PanelError::Unavailable { cause: Fault::Status(503) }, Retry::Later(SOON), true),
            (PanelError::RateLimited { retry_after: wait }, Retry::Later(wait), true),
            (PanelError::Resting { retry_after: wait }, Retry::Later(wait), false),
            (PanelError::Unauthorized, Retry::Later(OPERATOR), false),
            (PanelError::Gate { sign: GateSign::Page }, Retry::Later(LATER), true),
            (PanelError::Garbage { cause: "?".to_owned() }, Retry::Later(LATER), false),
            (refused(400, None), Retry::Never, false),
            (refused(404, Some("A025")), Retry::Never, false),
            (refused(404, None), Retry::Later(OPERATOR), false),
            (refused(500, Some("A018")), Retry::Later(LATER), false),
            (PanelError::Foreign { username: "tg_1_1".to_owned() }, Retry::Never, false),
        ];
        for (error, retry, outage) in cases {
            assert_eq!((error.retry(), error.is_outage()), (retry, outage), "{error:?}");
        }
    }
}
