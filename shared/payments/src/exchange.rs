//! One HTTP exchange with a provider: bounded in time and size, transport failures told apart.

use crate::{Cause, GatewayError};
use reqwest::{RequestBuilder, header::RETRY_AFTER};
use serde::de::DeserializeOwned;
use std::time::Duration;

/// No provider answers with more, in bytes.
const LARGEST: usize = 256 * 1024;

/// An HTTP answer, read whole.
pub(crate) struct Answer {
    pub status: u16,
    /// `Retry-After` in seconds, if it was given so.
    pub retry_after: Option<Duration>,
    pub body: Vec<u8>,
}

/// Whether a call changes something: then a lost answer leaves its outcome unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    Changes,
    Asks,
}

/// Sends `request` and sorts out what is the same with every provider: no answer, 401, 429 and 5xx. Every other status,
/// success or refusal, is the caller's to read.
pub(crate) async fn call(kind: Call, request: RequestBuilder) -> Result<Answer, GatewayError> {
    match exchange(request).await {
        Ok(answer) if answer.status == 401 => Err(GatewayError::Unauthorized),
        Ok(answer) if answer.status == 429 => {
            Err(GatewayError::RateLimited { retry_after: answer.retry_after.unwrap_or(USUAL_PAUSE) })
        }
        Ok(answer) if answer.status >= 500 => Err(no_outcome(kind, Cause::Status(answer.status))),
        Ok(answer) => Ok(answer),
        Err(cause @ Cause::Unreachable(_)) => Err(GatewayError::Unavailable { cause }),
        Err(cause) => Err(no_outcome(kind, cause)),
    }
}

fn no_outcome(kind: Call, cause: Cause) -> GatewayError {
    match kind {
        Call::Changes => GatewayError::UnknownOutcome { cause },
        Call::Asks => GatewayError::Unavailable { cause },
    }
}

/// Reads a body as JSON. The error says only where it is wrong: what stands there may be somebody's name.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, GatewayError> {
    let place =
        |error: serde_json::Error| format!("{:?} at {}:{}", error.classify(), error.line(), error.column());
    serde_json::from_slice(body).map_err(|error| GatewayError::garbage(place(error)))
}

/// How long to wait after "too many requests" without a number.
const USUAL_PAUSE: Duration = Duration::from_secs(2);

/// Sends `request`, which carries its own timeout.
///
/// Errors: [`Cause::Unreachable`] if it cannot have arrived, else [`Cause::NoAnswer`]. An answer beyond the size limit is
/// cut there, and so fails to parse.
pub(crate) async fn exchange(request: RequestBuilder) -> Result<Answer, Cause> {
    let mut response = request.send().await.map_err(cause)?;
    let status = response.status().as_u16();
    let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let retry_after = retry_after.map(Duration::from_secs);
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(cause)? {
        let room = LARGEST - body.len();
        body.extend(chunk.iter().take(room));
        if chunk.len() > room {
            break;
        }
    }
    Ok(Answer { status, retry_after, body })
}

/// The address is left out: ids in it belong in log fields, not in texts.
fn cause(error: reqwest::Error) -> Cause {
    let error = error.without_url();
    if error.is_connect() || error.is_builder() { Cause::Unreachable(error) } else { Cause::NoAnswer(error) }
}
