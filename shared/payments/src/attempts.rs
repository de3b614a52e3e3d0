//! What a call that takes several requests needs: one budget of time for all of them, and a verdict on the last.

use crate::{Cause, GatewayError};
use std::time::Duration;
use tokio::time::Instant;

/// Time that several requests share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget(Instant);

impl Budget {
    /// This much, from now on.
    pub fn of(total: Duration) -> Self {
        Self(Instant::now() + total)
    }

    /// The timeout of the next request: `usual`, or what is left.
    pub fn at_most(self, usual: Duration) -> Duration {
        usual.min(self.0.saturating_duration_since(Instant::now()))
    }
}

/// The error of a second attempt whose `first` was lost. Only a plain no settles the matter: "too many requests" and the
/// like do not say what became of the first attempt.
pub(crate) fn still_unknown(second: GatewayError, first: Cause) -> GatewayError {
    match second {
        GatewayError::Refused { .. } | GatewayError::UnknownOutcome { .. } => second,
        GatewayError::Unavailable { cause } => GatewayError::UnknownOutcome { cause },
        GatewayError::Unauthorized | GatewayError::RateLimited { .. } | GatewayError::Garbage { .. } => {
            GatewayError::UnknownOutcome { cause: first }
        }
    }
}
