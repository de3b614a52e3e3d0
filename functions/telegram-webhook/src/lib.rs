//! `POST /webhook/telegram`: is it Telegram, what does it say, what does the bot answer.
//!
//! Whatever is authentic is answered with 200, also what we cannot read: Telegram would only send it again. Only when
//! the table or the network failed, so that a repetition can help, the answer is 503.

use bot::{Bot, Update, UpdateError};
use jiff::Timestamp;
use runtime::{Config, Edge, Endpoint, Failure, HttpResponse, Request, StartError};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

/// Telegram's own limit for an update is far below.
const MAX_BODY: usize = 1 << 20;

/// What a deployment's set-up posts, with the same secret: Telegram is told the lists of commands.
const SET_UP: &[u8] = br#"{"setup":true}"#;

/// The function.
pub struct TelegramWebhook {
    bot: Bot,
    secret: SecretString,
}

impl Endpoint for TelegramWebhook {
    fn new(edge: &Edge, config: &Config) -> Result<Self, StartError> {
        Ok(Self { bot: edge.bot(config), secret: config.secrets.webhook_secret.clone() })
    }

    async fn answer(&self, request: Request, now: Timestamp) -> Result<HttpResponse, Failure> {
        if request.body.len() > MAX_BODY {
            return Ok(HttpResponse::text(413, "too large"));
        }
        let header = request.header("x-telegram-bot-api-secret-token").unwrap_or_default();
        if !bool::from(header.as_bytes().ct_eq(self.secret.expose_secret().as_bytes())) {
            return Err(Failure::Unauthorized("Telegram's secret token".into()));
        }
        if request.body == SET_UP {
            return match Box::pin(self.bot.set_up()).await {
                Ok(()) => Ok(HttpResponse::text(200, "ok")),
                Err(error) => Err(error.into()),
            };
        }
        let update = match Update::parse(&request.body) {
            Ok(update) => update,
            // May have been a payment: somebody has to look.
            Err(error @ UpdateError::Incomplete { .. }) => {
                tracing::error!(%error, "an update of a known kind that cannot be read");
                return Ok(HttpResponse::text(200, ""));
            }
            Err(error) => {
                tracing::warn!(%error, "no update");
                return Ok(HttpResponse::text(200, ""));
            }
        };
        match self.bot.handle(update, now).await {
            Ok(Some(method)) => Ok(HttpResponse::json(200, &method)),
            Ok(None) => Ok(HttpResponse::text(200, "")),
            Err(error) => match Failure::from(error) {
                // The same update would fail the same way for a day: one alarm is enough.
                Failure::Defect(cause) => {
                    tracing::error!(cause, "an update that cannot be dealt with");
                    Ok(HttpResponse::text(200, ""))
                }
                failure => Err(failure),
            },
        }
    }
}
