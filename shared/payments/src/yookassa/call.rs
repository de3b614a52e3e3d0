//! Calls to YooKassa: credentials, timeouts, the repetition of a lost answer, what errors mean.

use super::{PAUSE, Yookassa, wire};
use crate::{
    Cause, GatewayError,
    attempts::still_unknown,
    exchange::{Answer, Call, call, exchange, parse},
};
use reqwest::{RequestBuilder, header::CONTENT_TYPE};
use secrecy::ExposeSecret;
use serde::{Serialize, de::DeserializeOwned};
use std::time::Duration;

/// What YooKassa's own client waits for after 202 or 429 when it is not told.
const USUAL_PAUSE: Duration = Duration::from_millis(1_800);

/// A POST that may be sent again under its key.
pub(super) struct Post<'a> {
    /// Below the API's base.
    pub path: &'static str,
    /// `Idempotence-Key`; YooKassa remembers it for 24 hours.
    pub key: &'a str,
    /// For one attempt.
    pub timeout: Duration,
}

impl Yookassa {
    /// Sends `body`; after a lost answer once more with the same key.
    pub(super) async fn post_twice<T: DeserializeOwned>(
        &self,
        post: &Post<'_>,
        body: &impl Serialize,
    ) -> Result<T, GatewayError> {
        let body = written(body)?;
        let answer = match self.attempt(post, &body).await {
            Err(GatewayError::UnknownOutcome { cause }) => {
                tracing::warn!(order.key = post.key, cause = %cause, "YooKassa's answer is lost; repeating the request");
                tokio::time::sleep(pause(&cause)).await;
                self.attempt(post, &body).await.map_err(|error| still_unknown(error, cause))?
            }
            other => other?,
        };
        parse(&answer)
    }

    /// Sends `body` once.
    pub(super) async fn post_once<T: DeserializeOwned>(
        &self,
        post: &Post<'_>,
        body: &impl Serialize,
    ) -> Result<T, GatewayError> {
        parse(&self.attempt(post, &written(body)?).await?)
    }

    async fn attempt(&self, post: &Post<'_>, body: &[u8]) -> Result<Vec<u8>, GatewayError> {
        let request = self.http.post(self.url(post.path)).timeout(post.timeout);
        let request = request.header("Idempotence-Key", post.key).header(CONTENT_TYPE, "application/json");
        match exchange(self.signed(request.body(body.to_vec()))).await {
            Ok(answer) if answer.status == 202 => {
                let retry_after = retry_after(&answer);
                Err(GatewayError::UnknownOutcome { cause: Cause::Processing { retry_after } })
            }
            Ok(answer) if answer.status == 401 => Err(GatewayError::Unauthorized),
            // Not left to `call`: how long to wait stands in the body.
            Ok(answer) if answer.status == 429 => {
                Err(GatewayError::RateLimited { retry_after: retry_after(&answer) })
            }
            Ok(answer) if answer.status >= 500 => {
                Err(GatewayError::UnknownOutcome { cause: Cause::Status(answer.status) })
            }
            Ok(answer) => accepted(answer),
            Err(cause @ Cause::Unreachable(_)) => Err(GatewayError::Unavailable { cause }),
            Err(cause) => Err(GatewayError::UnknownOutcome { cause }),
        }
    }

    /// The object at `path`; `None` if there is none.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        timeout: Duration,
    ) -> Result<Option<T>, GatewayError> {
        let request = self.http.get(self.url(path)).timeout(timeout);
        let answer = call(Call::Asks, self.signed(request)).await?;
        match answer.status {
            404 => Ok(None),
            202 => {
                let retry_after = retry_after(&answer);
                Err(GatewayError::Unavailable { cause: Cause::Processing { retry_after } })
            }
            _ => parse(&accepted(answer)?).map(Some),
        }
    }

    fn signed(&self, request: RequestBuilder) -> RequestBuilder {
        request.basic_auth(&self.config.shop_id, Some(self.config.secret_key.expose_secret()))
    }

    fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.config.api_url.trim_end_matches('/'))
    }
}

fn written(body: &impl Serialize) -> Result<Vec<u8>, GatewayError> {
    serde_json::to_vec(body)
        .map_err(|error| GatewayError::garbage(format!("an order that is no JSON: {error}")))
}

/// The body of a success, or what the refusal says.
fn accepted(answer: Answer) -> Result<Vec<u8>, GatewayError> {
    match answer.status {
        200..=299 => Ok(answer.body),
        400..=499 => Err(refused(answer.status, &answer.body)),
        status => Err(GatewayError::garbage(format!("HTTP status {status}"))),
    }
}

fn refused(status: u16, body: &[u8]) -> GatewayError {
    let fault: wire::Fault = serde_json::from_slice(body).unwrap_or_default();
    let description = fault.description.unwrap_or_else(|| format!("HTTP status {status}"));
    let parameter = fault.parameter.map(|parameter| format!(" ({parameter})")).unwrap_or_default();
    GatewayError::Refused {
        code: fault.code.unwrap_or_else(|| "unknown".to_owned()),
        description: format!("{description}{parameter}"),
    }
}

/// The body says it in milliseconds, `Retry-After` would in seconds.
fn retry_after(answer: &Answer) -> Duration {
    let fault: wire::Fault = serde_json::from_slice(&answer.body).unwrap_or_default();
    fault.retry_after.map(Duration::from_millis).or(answer.retry_after).unwrap_or(USUAL_PAUSE)
}

/// How long to wait before the second attempt: a lost answer can be asked for at once.
fn pause(cause: &Cause) -> Duration {
    match cause {
        Cause::Processing { retry_after } => PAUSE.min(*retry_after),
        Cause::Unreachable(_) | Cause::NoAnswer(_) | Cause::Status(_) => Duration::ZERO,
    }
}
