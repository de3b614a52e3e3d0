//! Secrets: one JSON object in Secrets Manager, or, locally, the environment. Never logged, never in `Debug`.

use crate::{
    aws::{Aws, cause},
    vars::{Mistakes, Reader, Vars},
};
use secrecy::SecretString;
use std::collections::BTreeMap;
use thiserror::Error;

/// The shop's secrets.
#[derive(Debug, Clone)]
pub struct Secrets {
    /// `BOT_TOKEN`: from `BotFather`.
    pub bot_token: SecretString,
    /// `WEBHOOK_SECRET_TOKEN`: what Telegram repeats in a header.
    pub webhook_secret: SecretString,
}

/// The secret could not be read.
#[derive(Debug, Error)]
pub enum SecretsError {
    /// Secrets Manager did not answer.
    #[error("Secrets Manager: {0}")]
    Unavailable(String),
    /// The secret is not a JSON object of texts. The value is not shown.
    #[error("the secret is not a JSON object of texts")]
    Shape,
}

const NAMES: [&str; 6] =
    ["BOT_TOKEN", "WEBHOOK_SECRET_TOKEN", "PANEL_API_KEY", "PANEL_WEBHOOK_SECRET", "SMTP_URL", "MAIL_FROM"];

/// Reads the secret texts: from Secrets Manager if `SECRET_ID` is set (any other setting may stand there too), else from
/// the environment.
pub async fn load(aws: &Aws, vars: &Vars) -> Result<BTreeMap<String, String>, SecretsError> {
    let Some(id) = vars.get("SECRET_ID") else {
        let local = NAMES.iter().filter_map(|name| Some(((*name).to_owned(), vars.get(name)?.to_owned())));
        return Ok(local.collect());
    };
    let answer = aws.secrets().get_secret_value().secret_id(id).send().await;
    let answer = answer.map_err(|error| SecretsError::Unavailable(cause(&error)))?;
    serde_json::from_str(answer.secret_string().unwrap_or_default()).map_err(|_| SecretsError::Shape)
}

/// Checks the texts and types them.
pub fn read(texts: BTreeMap<String, String>) -> Result<Secrets, Mistakes> {
    let vars: Vars = texts.into_iter().collect();
    let mut reader = Reader::new(&vars);
    let webhook_secret = reader.required("WEBHOOK_SECRET_TOKEN");
    let legal = webhook_secret.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    if !legal || webhook_secret.len() > 256 {
        reader.mistake("WEBHOOK_SECRET_TOKEN", "1-256 characters of A-Z a-z 0-9 _ - are expected");
    }
    let bot_token = reader.required("BOT_TOKEN");
    if !bot_token.is_empty() && bot_token.split_once(':').is_none_or(|(id, _)| id.parse::<u64>().is_err()) {
        reader.mistake("BOT_TOKEN", "digits, a colon and the key from BotFather are expected");
    }
    let secrets = Secrets { bot_token: bot_token.into(), webhook_secret: webhook_secret.into() };
    reader.finish(secrets)
}
