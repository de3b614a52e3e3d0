//! PayPal's API: a bearer token that is fetched when it is needed, and what the answers mean.

use super::{
    config::Config,
    wire::{Fault, Token},
};
use crate::{
    Cause, GatewayError,
    attempts::{Budget, still_unknown},
    exchange::{Answer, Call, call, parse},
};
use reqwest::{Client, Method, RequestBuilder, header::CONTENT_TYPE};
use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// One attempt to change something; there are at most two.
const ATTEMPT: Duration = Duration::from_millis(2_800);
/// One question.
const QUESTION: Duration = Duration::from_millis(3_500);
/// One request for a token.
const TOKEN: Duration = Duration::from_secs(2);
/// A token is not used for so long before its end.
const MARGIN: Duration = Duration::from_mins(1);

pub(super) struct Api {
    pub http: Client,
    pub config: Config,
    token: Mutex<Option<(SecretString, Instant)>>,
}

impl Api {
    pub fn new(http: Client, config: Config) -> Self {
        Self { http, config, token: Mutex::new(None) }
    }

    /// The object at `path`; `None` if there is none.
    pub async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        time: Budget,
    ) -> Result<Option<T>, GatewayError> {
        let request = || self.http.get(self.url(path));
        let answer = self.send(Call::Asks, QUESTION, &request, time).await?;
        if answer.status == 404 { Ok(None) } else { parse(&accepted(answer)?).map(Some) }
    }

    /// Changes something, at most once for one key. A lost answer is asked for again with the same key.
    pub async fn change(
        &self,
        path: &str,
        key: &str,
        body: &impl Serialize,
        time: Budget,
    ) -> Result<Answer, GatewayError> {
        let body = serde_json::to_vec(body)
            .map_err(|error| GatewayError::garbage(format!("a request that is no JSON: {error}")))?;
        match self.post(path, key, &body, time).await {
            Err(GatewayError::UnknownOutcome { cause }) => {
                tracing::warn!(key, cause = %cause, "PayPal's answer is lost; repeating the request");
                self.post(path, key, &body, time).await.map_err(|second| still_unknown(second, cause))
            }
            first => first,
        }
    }

    async fn post(&self, path: &str, key: &str, body: &[u8], time: Budget) -> Result<Answer, GatewayError> {
        let request = || {
            let request = self.http.request(Method::POST, self.url(path)).header("PayPal-Request-Id", key);
            let request = request.header("Prefer", "return=representation");
            request.header(CONTENT_TYPE, "application/json").body(body.to_vec())
        };
        let answer = self.send(Call::Changes, ATTEMPT, &request, time).await?;
        // Something exists under this key, or is just being made.
        let taken = ["DUPLICATE_REQUEST_ID", "PREVIOUS_REQUEST_IN_PROGRESS"];
        if answer.status == 409 || (answer.status >= 400 && taken.contains(&fault(&answer).code())) {
            return Err(GatewayError::UnknownOutcome { cause: Cause::Status(answer.status) });
        }
        Ok(answer)
    }

    /// Sends a request with a token. One that PayPal does not take any more is replaced once: the request was not
    /// carried out.
    async fn send(
        &self,
        kind: Call,
        usual: Duration,
        request: &(dyn Fn() -> RequestBuilder + Sync),
        time: Budget,
    ) -> Result<Answer, GatewayError> {
        let go = async |token: &SecretString| {
            let request = request().bearer_auth(token.expose_secret()).timeout(time.at_most(usual));
            call(kind, request).await
        };
        if let Some(token) = self.token_at_hand() {
            match go(&token).await {
                Err(GatewayError::Unauthorized) => {}
                outcome => return outcome,
            }
        }
        go(&self.new_token(time).await?).await
    }

    fn token_at_hand(&self) -> Option<SecretString> {
        let held = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        held.as_ref().filter(|(_, until)| Instant::now() < *until).map(|(token, _)| token.clone())
    }

    async fn new_token(&self, time: Budget) -> Result<SecretString, GatewayError> {
        let request = self.http.post(self.url("v1/oauth2/token")).timeout(time.at_most(TOKEN));
        let secret = self.config.client_secret.expose_secret();
        let request = request.basic_auth(&self.config.client_id, Some(secret));
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        // Whatever becomes of it, nothing has been changed.
        let answer = call(Call::Asks, request.body("grant_type=client_credentials")).await?;
        let token: Token = parse(&accepted(answer)?)?;
        let life = Duration::from_secs(token.expires_in).saturating_sub(MARGIN);
        let until = Instant::now().checked_add(life).unwrap_or_else(Instant::now);
        let token = SecretString::from(token.access_token);
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = Some((token.clone(), until));
        Ok(token)
    }

    fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.config.api_url.trim_end_matches('/'))
    }
}

/// The body of a success, or what the refusal says.
pub(super) fn accepted(answer: Answer) -> Result<Vec<u8>, GatewayError> {
    match answer.status {
        200..=299 => Ok(answer.body),
        400..=499 => Err(fault(&answer).refusal(answer.status)),
        status => Err(GatewayError::garbage(format!("HTTP status {status}"))),
    }
}

fn fault(answer: &Answer) -> Fault {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}
