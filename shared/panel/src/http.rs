//! What the clients of all panels do alike: one HTTP call within a time and a size, one repeat after a dropped
//! connection, failures told apart, and secrets that cannot be printed.

use crate::{Fault, GateSign, PanelError};
use reqwest::{
    Method, RequestBuilder, Response,
    header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER},
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;
use url::Url;

/// A call may take this long; two of them still fit a worker's life.
const LIMIT: Duration = Duration::from_secs(7);
/// When somebody asks us to wait and does not say how long, in seconds.
const DEFAULT_WAIT: u64 = 5;
/// Nobody may park us for longer, in seconds.
const LONGEST_WAIT: u64 = 3600;

/// The way to one panel.
#[derive(Clone)]
pub(crate) struct Line {
    http: reqwest::Client,
    /// Ends with `/api`.
    pub(crate) base: Url,
    /// Sent with every call; or which of the settings cannot be a header.
    pub(crate) headers: Result<HeaderMap, String>,
}

/// What came back, whatever it is.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<String>,
    pub(crate) body: Vec<u8>,
}

#[cfg(test)]
impl Answer {
    pub(crate) fn of(status: u16, body: &[u8]) -> Self {
        Self { status, retry_after: None, body: body.to_vec() }
    }
}

impl Line {
    pub(crate) fn new(http: reqwest::Client, base: Url, headers: Result<HeaderMap, String>) -> Self {
        Self { http, base: api_root(base), headers }
    }

    /// A request to `<base>/<path>?<query>`, with the headers and the time limit.
    pub(crate) fn request(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<RequestBuilder, PanelError> {
        let headers = self.headers.clone().map_err(|what| PanelError::Unusable { what })?;
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| PanelError::Unusable { what: "address".to_owned() })?
            .extend(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(self.http.request(method, url).headers(headers).timeout(LIMIT))
    }
}

/// Sends what `build` makes; an answer of more than `largest` bytes is refused.
///
/// Every call we make may be repeated: reads, absolute writes, a reset, new keys instead of new keys, a deletion, and a
/// create that a repeat answers with "exists". So a connection that dies before the answer (an idle one that the panel
/// closed, say) is tried once more. A timeout is not: the time is spent.
pub(crate) async fn send(
    build: impl Fn() -> Result<RequestBuilder, PanelError>,
    largest: usize,
) -> Result<Answer, PanelError> {
    match send_once(build()?, largest).await {
        Err(
            PanelError::Gate { sign: GateSign::Closed } | PanelError::Unavailable { cause: Fault::Dropped },
        ) => send_once(build()?, largest).await,
        settled => settled,
    }
}

async fn send_once(request: RequestBuilder, largest: usize) -> Result<Answer, PanelError> {
    let mut response = request.send().await.map_err(failure)?;
    let body = read(&mut response, largest).await?;
    let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    Ok(Answer { status: response.status().as_u16(), retry_after: retry_after.map(str::to_owned), body })
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

/// What a status means before anybody looks at the body; `None`: the body decides.
pub(crate) fn by_status(status: u16, retry_after: Option<&str>) -> Option<PanelError> {
    match status {
        300..=399 => Some(PanelError::Gate { sign: GateSign::Redirect }),
        408 => Some(PanelError::Unavailable { cause: Fault::Timeout }),
        429 => {
            let seconds = retry_after.and_then(|text| text.trim().parse().ok()).unwrap_or(DEFAULT_WAIT);
            let retry_after = Duration::from_secs(seconds.clamp(1, LONGEST_WAIT));
            Some(PanelError::RateLimited { retry_after })
        }
        _ => None,
    }
}

/// A text as it is, anything else as JSON.
pub(crate) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Reads the inside of an answer.
pub(crate) fn decode<T: DeserializeOwned>(answer: Value) -> Result<T, PanelError> {
    serde_json::from_value(answer).map_err(|error| PanelError::Garbage { cause: error.to_string() })
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

/// Adds the headers that a gate wants; or names the setting that cannot be one.
pub(crate) fn add_headers(headers: &mut HeaderMap, extra: &[(String, String)]) -> Result<(), String> {
    for (name, value) in extra {
        let key = HeaderName::try_from(name).map_err(|_| format!("extra header {name:?}"))?;
        headers.insert(key, secret(value).ok_or_else(|| format!("value of extra header {name:?}"))?);
    }
    Ok(())
}

/// A header's value that is never printed; `None` if it cannot be one.
pub(crate) fn secret(value: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::try_from(value).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_has_one_api_at_its_end() {
        let cases = [
            ("https://panel.example.com", "https://panel.example.com/api"),
            ("https://panel.example.com/", "https://panel.example.com/api"),
            ("https://panel.example.com/api", "https://panel.example.com/api"),
            ("https://panel.example.com/api/", "https://panel.example.com/api"),
            ("https://panel.example.com/dashboard/#/login", "https://panel.example.com/api"),
            ("http://127.0.0.1:3000/panel?x=1#y", "http://127.0.0.1:3000/panel/api"),
        ];
        for (base, root) in cases {
            assert_eq!(api_root(base.parse().unwrap()).as_str(), root);
        }
    }

    #[test]
    fn an_unusable_header_is_named() {
        let named = |name: &str, value: &str| {
            add_headers(&mut HeaderMap::new(), &[(name.to_owned(), value.to_owned())]).unwrap_err()
        };
        assert_eq!(named("X Api", "1"), "extra header \"X Api\"");
        assert_eq!(named("X-Api", "a\nb"), "value of extra header \"X-Api\"");
    }

    #[test]
    fn waits_are_kept_within_reason() {
        for (header, seconds) in
            [(Some("7"), 7), (Some("0"), 1), (Some("99999"), 3600), (Some("soon"), 5), (None, 5)]
        {
            let Some(PanelError::RateLimited { retry_after }) = by_status(429, header) else {
                panic!("{header:?}")
            };
            assert_eq!(retry_after.as_secs(), seconds);
        }
    }
}
