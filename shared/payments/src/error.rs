//! What can go wrong with a provider, and what to do about it.

use std::time::Duration;
use thiserror::Error;

/// Why a call to a provider gave no usable answer.
#[derive(Debug, Error)]
pub enum GatewayError {
    /// The credentials are wrong or were replaced.
    #[error("the provider refused our credentials")]
    Unauthorized,
    /// The provider understood and said no: repeating the same request cannot help, and nothing was done.
    #[error("the provider refused the request: {code}: {description}")]
    Refused {
        /// The provider's code.
        code: String,
        /// The provider's text, for operators.
        description: String,
    },
    /// Too many requests; this one was not carried out.
    #[error("the provider limits our rate")]
    RateLimited {
        /// How long to wait.
        retry_after: Duration,
    },
    /// Something may have been created. Repeating the *same* order is safe and tells what happened.
    #[error("the outcome is unknown")]
    UnknownOutcome {
        /// What happened instead of an answer.
        #[source]
        cause: Cause,
    },
    /// The provider could not be asked; nothing was changed.
    #[error("the provider is not available")]
    Unavailable {
        /// What happened instead of an answer.
        #[source]
        cause: Cause,
    },
    /// An answer that contradicts the provider's documentation or our order. Never a reason to call a payment failed.
    #[error("unintelligible answer: {what}")]
    Garbage {
        /// What is wrong with it.
        what: String,
    },
}

/// What happened instead of an answer.
#[derive(Debug, Error)]
pub enum Cause {
    /// No connection came about: the provider has not seen the request.
    #[error("not reachable")]
    Unreachable(#[source] reqwest::Error),
    /// The connection broke, or the time was up, after the request may have been sent.
    #[error("no answer")]
    NoAnswer(#[source] reqwest::Error),
    /// An answer that says "my fault".
    #[error("HTTP status {0}")]
    Status(u16),
    /// The provider still works on it.
    #[error("still being processed")]
    Processing {
        /// When it wants to be asked again.
        retry_after: Duration,
    },
}

/// What to do after an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Repeating does not help.
    Never,
    /// Read the secrets again, then repeat once.
    WithFreshSecret,
    /// Repeat the same after this long.
    Later(Duration),
}

impl GatewayError {
    /// What to do after this error.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Unauthorized => Retry::WithFreshSecret,
            Self::Refused { .. } | Self::Garbage { .. } => Retry::Never,
            Self::RateLimited { retry_after } => Retry::Later(*retry_after),
            Self::UnknownOutcome { cause } | Self::Unavailable { cause } => Retry::Later(cause.pause()),
        }
    }

    pub(crate) fn not_offered(what: &str) -> Self {
        Self::Refused {
            code: "not_offered".to_owned(),
            description: format!("this provider makes no {what}"),
        }
    }

    pub(crate) fn garbage(what: impl Into<String>) -> Self {
        Self::Garbage { what: what.into() }
    }
}

impl Cause {
    fn pause(&self) -> Duration {
        match self {
            Self::Processing { retry_after } => *retry_after,
            Self::Unreachable(_) | Self::NoAnswer(_) | Self::Status(_) => Duration::from_secs(1),
        }
    }
}

/// Why a webhook is turned away. Nothing of it was believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AuthError {
    /// Not sent from the provider's network.
    #[error("not from the provider's network")]
    Address,
    /// The signature is missing or wrong.
    #[error("bad signature: {0}")]
    Signature(&'static str),
    /// It cannot be checked now: what it is checked against could not be read. The provider should repeat it.
    #[error("cannot be checked now: {0}")]
    Unchecked(&'static str),
    /// Not what the provider sends.
    #[error("malformed notification: {0}")]
    Malformed(&'static str),
}

impl AuthError {
    /// The HTTP status that says so.
    pub const fn status(self) -> u16 {
        match self {
            Self::Address => 403,
            Self::Signature(_) => 401,
            Self::Unchecked(_) => 503,
            Self::Malformed(_) => 400,
        }
    }
}
