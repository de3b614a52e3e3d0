//! The Bot API over HTTPS: one call, one answer, no retries. Whoever calls knows whether a second try is worth it.

use crate::{Method, SendError, method::SendPhoto};
use reqwest::header::CONTENT_TYPE;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::{fmt, time::Duration};
use url::Url;

/// A call that takes longer is given up; a webhook has to answer its own caller.
const PATIENCE: Duration = Duration::from_secs(8);

/// Tells the parts of a form apart; must not occur in them.
const BOUNDARY: &str = "2getpro-7d1f0c5e9a4b48f2b6c3";

/// A client of the Bot API.
#[derive(Clone)]
pub struct Telegram {
    http: reqwest::Client,
    api_url: Url,
    token: SecretString,
}

impl fmt::Debug for Telegram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telegram").field("api_url", &self.api_url.as_str()).finish_non_exhaustive()
    }
}

impl Telegram {
    /// A client that calls `api_url` (`https://api.telegram.org`, or a stand-in) as the bot that `token` names.
    pub fn new(http: reqwest::Client, api_url: Url, token: SecretString) -> Self {
        Self { http, api_url, token }
    }

    /// Makes the call and answers its result.
    pub async fn call(&self, method: &Method) -> Result<Value, SendError> {
        let request = self.http.post(self.address(method.name())).timeout(patience(method));
        let request = match method {
            Method::SendPhoto(photo) => request.header(CONTENT_TYPE, form_type()).body(form(photo)?),
            method => request.header(CONTENT_TYPE, "application/json").body(json(method)?),
        };
        // The address holds the token, and reqwest puts it into its errors.
        let answer = request.send().await.map_err(|error| SendError::Network(cause(error)))?;
        let status = answer.status().as_u16();
        let body = answer.bytes().await.map_err(|error| SendError::Network(cause(error)))?;
        if (200..300).contains(&status)
            && let Ok(Value::Object(mut answer)) = serde_json::from_slice(&body)
            && answer.get("ok") == Some(&Value::Bool(true))
        {
            return Ok(answer.remove("result").unwrap_or_default());
        }
        Err(SendError::of_answer(status, &body))
    }

    /// The path of the setting is kept: test servers put the API under a prefix.
    fn address(&self, method: &str) -> String {
        let base = self.api_url.as_str().trim_end_matches('/');
        format!("{base}/bot{}/{method}", self.token.expose_secret())
    }
}

fn patience(method: &Method) -> Duration {
    match method {
        Method::GetUpdates(poll) => PATIENCE + Duration::from_secs(u64::from(poll.timeout)),
        _ => PATIENCE,
    }
}

fn cause(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(inner) = source {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        source = inner.source();
    }
    text
}

fn json(method: &Method) -> Result<Vec<u8>, SendError> {
    serde_json::to_vec(method).map_err(|error| SendError::BadRequest(error.to_string()))
}

fn form_type() -> String {
    format!("multipart/form-data; boundary={BOUNDARY}")
}

/// A `multipart/form-data` body (RFC 7578): every field as text, objects as JSON, the picture as a file.
fn form(photo: &SendPhoto) -> Result<Vec<u8>, SendError> {
    let fields = serde_json::to_value(photo).map_err(|error| SendError::BadRequest(error.to_string()))?;
    let mut body = Vec::with_capacity(photo.png.len() + 2048);
    for (name, value) in fields.as_object().into_iter().flatten() {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let part =
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"qr.png\"\r\n\
         Content-Type: image/png\r\n\r\n"
    );
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(&photo.png);
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    Ok(body)
}
