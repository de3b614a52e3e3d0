//! One HTTP call: the login, headers, time limit, size limit, one repeat after a dropped connection.

use super::{Config, wire};
use crate::{Fault, GateSign, PanelError};
use reqwest::{
    Method, RequestBuilder, Response,
    header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER},
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use url::Url;

/// A call may take this long.
const LIMIT: Duration = Duration::from_secs(7);
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
    http: reqwest::Client,
    /// Ends with `/api`.
    pub(super) base: Url,
    /// Gate headers; or which of the settings cannot be a header.
    pub(super) headers: Result<HeaderMap, String>,
    username: String,
    password: SecretString,
    /// `Bearer …`, from the last login.
    token: Mutex<Option<HeaderValue>>,
}

impl Door {
    pub(super) fn new(http: reqwest::Client, config: &Config) -> Self {
        Self {
            http,
            base: api_root(config.base_url.clone()),
            headers: headers(&config.extra_headers),
            username: config.username.clone(),
            password: config.password.clone(),
            token: Mutex::new(None),
        }
    }

    /// Makes the call, logged in. A token that has gone stale is replaced once.
    ///
    /// Every call we make may be repeated: reads, absolute writes, a reset, new keys instead of new keys, and a create
    /// that a repeat answers with "exists". So a connection that dies before the answer (an idle one that the panel
    /// closed, say) is tried once more. A timeout is not: the time is spent.
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
            let mut url = self.url(call.path)?;
            if !call.query.is_empty() {
                url.query_pairs_mut().extend_pairs(call.query);
            }
            let request = self.http.request(call.method.clone(), url).header(AUTHORIZATION, token);
            Ok(match call.body {
                Some(body) => request.json(body),
                None => request,
            })
        };
        self.send(build, call.largest).await
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
        let build = || Ok(self.http.post(self.url(&["admin", "token"])?).form(&form));
        let Login { access_token } = wire::decode(self.send(build, SMALL).await?)?;
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

    fn url(&self, path: &[&str]) -> Result<Url, PanelError> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| PanelError::Unusable { what: "address".to_owned() })?
            .extend(path);
        Ok(url)
    }

    async fn send(
        &self,
        build: impl Fn() -> Result<RequestBuilder, PanelError>,
        largest: usize,
    ) -> Result<Value, PanelError> {
        match self.send_once(build()?, largest).await {
            Err(
                PanelError::Gate { sign: GateSign::Closed }
                | PanelError::Unavailable { cause: Fault::Dropped },
            ) => self.send_once(build()?, largest).await,
            settled => settled,
        }
    }

    async fn send_once(&self, request: RequestBuilder, largest: usize) -> Result<Value, PanelError> {
        let headers = self.headers.clone().map_err(|what| PanelError::Unusable { what })?;
        let mut response = request.headers(headers).timeout(LIMIT).send().await.map_err(failure)?;
        let bytes = read(&mut response, largest).await?;
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        wire::open(response.status().as_u16(), retry_after, &bytes)
    }
}

/// `base` with exactly one `/api` at its end; people copy the address of the dashboard, too.
fn api_root(mut base: Url) -> Url {
    let path = base.path().trim_end_matches('/');
    let path = path.strip_suffix("/api").or_else(|| path.strip_suffix("/dashboard")).unwrap_or(path);
    let path = format!("{}/api", path.trim_end_matches('/'));
    base.set_path(&path);
    base.set_query(None);
    base.set_fragment(None);
    base
}

/// The headers for a gate in front of the panel; or the name of the setting that cannot be one.
fn headers(extra: &[(String, String)]) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    for (name, value) in extra {
        let key = HeaderName::try_from(name).map_err(|_| format!("extra header {name:?}"))?;
        headers.insert(key, secret(value).ok_or_else(|| format!("value of extra header {name:?}"))?);
    }
    if headers.contains_key(AUTHORIZATION) {
        return Err("extra header \"Authorization\": the panel's own token goes there".to_owned());
    }
    Ok(headers)
}

fn secret(value: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::try_from(value).ok()?;
    value.set_sensitive(true);
    Some(value)
}

async fn read(response: &mut Response, largest: usize) -> Result<Vec<u8>, PanelError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failure)? {
        if bytes.len() + chunk.len() > largest {
            return Err(PanelError::Garbage { cause: format!("more than {largest} bytes") });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn failure(error: reqwest::Error) -> PanelError {
    let error = error.without_url();
    if error.is_timeout() {
        PanelError::Unavailable { cause: Fault::Timeout }
    } else if error.is_connect() {
        PanelError::Unavailable { cause: Fault::Connect(error) }
    } else if error.is_builder() {
        PanelError::Unusable { what: "address".to_owned() }
    } else if error.is_body() || error.is_decode() {
        PanelError::Unavailable { cause: Fault::Dropped }
    } else {
        PanelError::Gate { sign: GateSign::Closed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_may_be_that_of_the_dashboard() {
        let cases = [
            ("https://panel.example.com", "https://panel.example.com/api"),
            ("https://panel.example.com/api/", "https://panel.example.com/api"),
            ("https://panel.example.com/dashboard/#/login", "https://panel.example.com/api"),
            ("http://127.0.0.1:8000/marzban?x=1", "http://127.0.0.1:8000/marzban/api"),
        ];
        for (base, root) in cases {
            assert_eq!(api_root(base.parse().unwrap()).as_str(), root);
        }
    }

    #[test]
    fn an_unusable_header_is_named() {
        let named = |name: &str, value: &str| headers(&[(name.to_owned(), value.to_owned())]).unwrap_err();
        assert_eq!(named("X Api", "1"), "extra header \"X Api\"");
        assert_eq!(named("X-Api", "a\nb"), "value of extra header \"X-Api\"");
        assert!(named("authorization", "Basic eDp5").starts_with("extra header \"Authorization\""));
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
        let printed = format!("{client:?} {:?}", client.door.headers);
        assert!(!printed.contains("hush"), "{printed}");
    }
}
