//! Updates of a real Telegram, fetched (`getUpdates`) and given to the same webhook that serves in the cloud.
//!
//! An update is confirmed, by asking for the ones after it, only when the webhook has answered 2xx. A method in that
//! answer is carried out by calling it, as Telegram would.

use crate::{front::SOURCE_IP, gateway::Address, world::Overrides};
use bot::{
    Method, SendError, Telegram,
    method::{ALLOWED_UPDATES, GetMe, GetUpdates},
};
use serde_json::Value;
use std::time::Duration;
use thiserror::Error;
use url::Url;

/// How long Telegram keeps a request open when there is nothing to tell, in seconds.
const PATIENCE: u32 = 25;
/// An address that Telegram's webhooks come from.
const SENDER: &str = "149.154.167.220";
/// How often a method from the webhook's answer is tried.
const ATTEMPTS: u32 = 4;

/// What keeps the polling from going on, for people to read.
#[derive(Debug, Error)]
pub enum PollingError {
    /// The token is not a bot's.
    #[error(
        "BOT_TOKEN: Telegram ({0}) refuses it; copy the token from @BotFather again, or take the setting out to play \
         with the stand-in"
    )]
    Token(String),
    /// Another receiver has the updates.
    #[error(
        "Telegram gives this bot's updates to somebody else: {0}. A bot with a webhook cannot be polled, and only one \
         process may poll: use a bot of your own for this, or end the other one (deleteWebhook, or stop that process). \
         Trying again"
    )]
    Taken(String),
    /// The API cannot be used.
    #[error("Telegram ({api}): {error}")]
    Api {
        /// Its address.
        api: String,
        /// Why.
        error: SendError,
    },
    /// The shop did not take an update; it comes again.
    #[error("the shop did not take update {update}: {why}; it is delivered again")]
    Shop {
        /// `update_id`.
        update: i64,
        /// What the webhook said.
        why: String,
    },
    /// The settings do not name an API.
    #[error("TELEGRAM_API_URL: {0}")]
    Url(#[from] url::ParseError),
    /// No HTTP client can be made.
    #[error("{0}")]
    Client(reqwest::Error),
}

/// How long to wait after failures: twice as long each time.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    /// After the first failure.
    pub first: Duration,
    /// At most.
    pub longest: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { first: Duration::from_secs(1), longest: Duration::from_secs(30) }
    }
}

impl Backoff {
    fn after(self, failures: u32) -> Duration {
        self.first.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(self.longest)
    }
}

/// One bot's updates on their way to one shop.
#[derive(Debug)]
pub struct Poller {
    telegram: Telegram,
    http: reqwest::Client,
    /// `…/bot<token>`: never shown.
    api: Secret,
    shown_api: String,
    webhook: String,
    webhook_secret: Secret,
    backoff: Backoff,
    /// The first update that is not confirmed yet.
    offset: Option<i64>,
}

struct Secret(String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("•••")
    }
}

impl Poller {
    /// Fetches for the bot that `settings` name and delivers to the shop at `door`.
    pub fn new(settings: &Overrides, door: Address, backoff: Backoff) -> Result<Self, PollingError> {
        let setting = |name: &str| settings.get(name).unwrap_or_default().to_owned();
        let url: Url = setting("TELEGRAM_API_URL").parse()?;
        let http = reqwest::Client::builder().connect_timeout(Duration::from_secs(10)).build();
        let http = http.map_err(PollingError::Client)?;
        let shown_api = url.as_str().trim_end_matches('/').to_owned();
        Ok(Self {
            api: Secret(format!("{shown_api}/bot{}", setting("BOT_TOKEN"))),
            shown_api,
            telegram: Telegram::new(http.clone(), url, setting("BOT_TOKEN").into()),
            http,
            webhook: format!("{}/webhook/telegram", door.base()),
            webhook_secret: Secret(setting("WEBHOOK_SECRET_TOKEN")),
            backoff,
            offset: None,
        })
    }

    /// Asks who the bot is; answers its username.
    pub async fn greet(&self) -> Result<String, PollingError> {
        let me = self.telegram.call(&Method::GetMe(GetMe {})).await.map_err(|error| self.explain(error))?;
        Ok(me["username"].as_str().unwrap_or_default().to_owned())
    }

    /// Fetches and delivers for ever. What goes wrong is logged, once for each new reason.
    pub async fn run(mut self) {
        let mut failures = 0;
        let mut told = String::new();
        loop {
            match self.round(PATIENCE).await {
                Ok(_) => {
                    failures = 0;
                    told.clear();
                }
                Err(error) => {
                    failures += 1;
                    let text = error.to_string();
                    if text != told {
                        tracing::warn!("{text}");
                        told = text;
                    }
                    tokio::time::sleep(self.pause(&error, failures)).await;
                }
            }
        }
    }

    fn pause(&self, error: &PollingError, failures: u32) -> Duration {
        match error {
            PollingError::Api { error: SendError::RetryAfter(seconds), .. } => Duration::from_secs(*seconds),
            _ => self.backoff.after(failures),
        }
    }

    /// Waits up to `patience` seconds for updates and delivers them in order; answers how many. After an error the
    /// updates from the failed one on come again.
    pub async fn round(&mut self, patience: u32) -> Result<usize, PollingError> {
        let poll =
            GetUpdates { offset: self.offset, timeout: patience, allowed_updates: ALLOWED_UPDATES.to_vec() };
        let answer = self.telegram.call(&Method::GetUpdates(poll)).await;
        let answer = answer.map_err(|error| self.explain(error))?;
        let updates = answer.as_array().map(Vec::as_slice).unwrap_or_default();
        for update in updates {
            let id = update["update_id"].as_i64().unwrap_or_default();
            if let Some(method) = self.deliver(id, update).await? {
                self.carry_out(method).await;
            }
            self.offset = Some(id + 1);
        }
        Ok(updates.len())
    }

    /// Gives an update to the webhook; answers the method in its answer.
    async fn deliver(&self, id: i64, update: &Value) -> Result<Option<Value>, PollingError> {
        let refused = |why: String| PollingError::Shop { update: id, why };
        let request = self
            .http
            .post(&self.webhook)
            .header("x-telegram-bot-api-secret-token", &self.webhook_secret.0)
            .header(SOURCE_IP, SENDER)
            .json(update);
        let answer = request.send().await.map_err(|error| refused(error.without_url().to_string()))?;
        if !answer.status().is_success() {
            return Err(refused(answer.status().to_string()));
        }
        let method = answer.json::<Value>().await.ok();
        Ok(method.filter(|body| body["method"].is_string()))
    }

    /// The update is dealt with by now, so a failure here can only be told. Of what surely was not done, another try
    /// is made.
    async fn carry_out(&self, mut method: Value) {
        let name = method["method"].as_str().unwrap_or_default().to_owned();
        if let Some(body) = method.as_object_mut() {
            body.remove("method");
        }
        for attempt in 1..=ATTEMPTS {
            let sent = self.http.post(format!("{}/{name}", self.api.0)).json(&method).send().await;
            let (again, why) = match sent {
                Ok(answer) if answer.status().is_success() => return,
                Ok(answer) => {
                    let status = answer.status();
                    let body: Value = answer.json().await.unwrap_or_default();
                    let wait = body["parameters"]["retry_after"].as_u64().map(Duration::from_secs);
                    (wait, format!("{status} {}", body["description"].as_str().unwrap_or_default()))
                }
                Err(error) => {
                    let unsent = error.is_connect().then(|| self.backoff.after(attempt));
                    (unsent, error.without_url().to_string())
                }
            };
            match again.filter(|_| attempt < ATTEMPTS) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return tracing::warn!(method = name, why, "Telegram did not carry out an answer"),
            }
        }
    }

    fn explain(&self, error: SendError) -> PollingError {
        match error {
            SendError::Unauthorized => PollingError::Token(self.shown_api.clone()),
            SendError::BadRequest(text) if text.contains("409") || text.contains("Conflict") => {
                PollingError::Taken(text)
            }
            error => PollingError::Api { api: self.shown_api.clone(), error },
        }
    }
}

#[cfg(test)]
mod tests;
