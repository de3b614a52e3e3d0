//! One call: the login that opens the panel, and the headers for a gate in front of it.

use super::{Config, wire};
use crate::{
    PanelError,
    http::{self, Line, secret},
};
use reqwest::{
    Method,
    header::{AUTHORIZATION, HeaderMap, HeaderValue},
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A user object has 2 KB, and some 400 bytes more for each server.
pub(super) const SMALL: usize = 1 << 20;
/// A part of a listing.
pub(super) const LARGE: usize = 8 << 20;

/// One call to make.
pub(super) struct Call<'a> {
    pub(super) method: Method,
    /// Below `/api`.
    pub(super) path: &'a [&'a str],
    pub(super) query: &'a [(&'a str, &'a str)],
    pub(super) body: Option<&'a Value>,
    /// The largest answer, in bytes.
    pub(super) largest: usize,
}

/// The way to one panel, and the token that opens it.
pub(super) struct Door {
    pub(super) line: Line,
    username: String,
    password: SecretString,
    /// `Bearer …`, from the last login.
    token: Mutex<Option<HeaderValue>>,
}

impl Door {
    pub(super) fn new(http: reqwest::Client, config: &Config) -> Self {
        Self {
            line: Line::new(http, config.base_url.clone(), headers(&config.extra_headers)),
            username: config.username.clone(),
            password: config.password.clone(),
            token: Mutex::new(None),
        }
    }

    /// Makes the call, logged in. A token that has gone stale is replaced once.
    pub(super) async fn call(&self, call: &Call<'_>) -> Result<Value, PanelError> {
        let token = self.token().await?;
        match self.send_with(call, &token).await {
            Err(PanelError::Unauthorized) => {
                self.forget(&token);
                let token = self.token().await?;
                self.send_with(call, &token).await
            }
            settled => settled,
        }
    }

    async fn send_with(&self, call: &Call<'_>, token: &HeaderValue) -> Result<Value, PanelError> {
        let build = || {
            let request = self.line.request(call.method.clone(), call.path, call.query)?;
            let request = request.header(AUTHORIZATION, token);
            Ok(match call.body {
                Some(body) => request.json(body),
                None => request,
            })
        };
        wire::open(&http::send(build, call.largest).await?)
    }

    /// The cached token, or a new one. Each login is announced to the panel's owner, so it is made only without a
    /// token or with one that was refused; workers that start at the same moment may each make one.
    async fn token(&self) -> Result<HeaderValue, PanelError> {
        #[derive(Deserialize)]
        struct Login {
            access_token: String,
        }
        if let Some(token) = self.slot().clone() {
            return Ok(token);
        }
        let form = [("username", self.username.as_str()), ("password", self.password.expose_secret())];
        let build = || Ok(self.line.request(Method::POST, &["admin", "token"], &[])?.form(&form));
        let Login { access_token } = http::decode(wire::open(&http::send(build, SMALL).await?)?)?;
        let token = secret(&format!("Bearer {access_token}"));
        let token = token.ok_or_else(|| PanelError::Garbage { cause: "an unusable token".to_owned() })?;
        *self.slot() = Some(token.clone());
        Ok(token)
    }

    /// Drops the cached token if it still is this one: another call may have replaced it meanwhile.
    fn forget(&self, stale: &HeaderValue) {
        let mut slot = self.slot();
        if slot.as_ref() == Some(stale) {
            *slot = None;
        }
    }

    fn slot(&self) -> MutexGuard<'_, Option<HeaderValue>> {
        self.token.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The headers for a gate in front of the panel; or the name of the setting that cannot be one.
fn headers(extra: &[(String, String)]) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    http::add_headers(&mut headers, extra)?;
    if headers.contains_key(AUTHORIZATION) {
        return Err("extra header \"Authorization\": the panel's own token goes there".to_owned());
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_login_goes_where_no_gate_does() {
        let refused = headers(&[("authorization".to_owned(), "Basic eDp5".to_owned())]).unwrap_err();
        assert!(refused.starts_with("extra header \"Authorization\""));
    }

    #[test]
    fn secrets_are_not_printed() {
        let config = Config {
            base_url: "https://panel.example.com".parse().unwrap(),
            username: "shopbot".to_owned(),
            password: "hush".into(),
            extra_headers: vec![("Cookie".to_owned(), "hush=hush".to_owned())],
            proxies: Vec::new(),
        };
        let client = crate::marzban::Marzban::new(reqwest::Client::new(), config);
        let printed = format!("{client:?} {:?}", client.door.line.headers);
        assert!(!printed.contains("hush"), "{printed}");
    }
}
