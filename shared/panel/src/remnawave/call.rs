//! One HTTP call: headers, time limit, size limit, one repeat after a dropped connection.

use super::{Config, Remnawave, wire};
use crate::{Fault, GateSign, PanelError};
use reqwest::{
    Method, Response,
    header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER},
};
use secrecy::ExposeSecret;
use serde_json::Value;
use std::time::Duration;
use url::Url;

/// A call may take this long; two of them still fit a worker's life.
const LIMIT: Duration = Duration::from_secs(7);
/// A user object has 2 KB, and a part of the listing up to a thousand of them.
const MAX_ANSWER: usize = 4 << 20;

/// `base` with exactly one `/api` at its end.
pub(super) fn api_root(mut base: Url) -> Url {
    let path = base.path().trim_end_matches('/');
    let path = path.strip_suffix("/api").unwrap_or(path).trim_end_matches('/');
    let path = format!("{path}/api");
    base.set_path(&path);
    base.set_query(None);
    base.set_fragment(None);
    base
}

/// The headers of every call; or the name of the setting that cannot be one.
///
/// Remnawave in production destroys a connection whose request was not forwarded by an HTTPS proxy. A proxy says so
/// itself; on a plain `http://` address there is none, and the panel's own SDK sends the same two headers.
pub(super) fn headers(config: &Config) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    if config.base_url.scheme() == "http" {
        headers.insert("x-forwarded-proto", HeaderValue::from_static("https"));
        headers.insert("x-forwarded-for", HeaderValue::from_static("127.0.0.1"));
    }
    for (name, value) in &config.extra_headers {
        let key = HeaderName::try_from(name).map_err(|_| format!("extra header {name:?}"))?;
        headers.insert(key, secret(value).ok_or_else(|| format!("value of extra header {name:?}"))?);
    }
    let token = secret(&format!("Bearer {}", config.token.expose_secret())).ok_or("token")?;
    headers.insert(AUTHORIZATION, token);
    Ok(headers)
}

fn secret(value: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::try_from(value).ok()?;
    value.set_sensitive(true);
    Some(value)
}

struct Call<'a> {
    method: Method,
    path: &'a [&'a str],
    query: &'a [(&'a str, &'a str)],
    body: Option<&'a Value>,
}

impl Remnawave {
    /// Calls `/api/<path>`; answers what is inside the envelope.
    pub(super) async fn call(
        &self,
        method: Method,
        path: &[&str],
        body: Option<&Value>,
    ) -> Result<Value, PanelError> {
        self.send(&Call { method, path, query: &[], body }).await
    }

    /// The same for a GET with a query.
    pub(super) async fn look(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Value, PanelError> {
        self.send(&Call { method: Method::GET, path, query, body: None }).await
    }

    /// Every call we make may be repeated: reads, absolute writes, a reset, a deletion, and a create that a repeat
    /// answers with "exists". So a connection that dies before the answer (an idle one that the panel closed, say) is
    /// tried once more. A timeout is not: the time is spent.
    async fn send(&self, call: &Call<'_>) -> Result<Value, PanelError> {
        match self.send_once(call).await {
            Err(
                PanelError::Gate { sign: GateSign::Closed }
                | PanelError::Unavailable { cause: Fault::Dropped },
            ) => self.send_once(call).await,
            settled => settled,
        }
    }

    async fn send_once(&self, call: &Call<'_>) -> Result<Value, PanelError> {
        let headers = self.headers.clone().map_err(|what| PanelError::Unusable { what })?;
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| PanelError::Unusable { what: "address".to_owned() })?
            .extend(call.path);
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(call.query);
        }
        let mut request = self.http.request(call.method.clone(), url).headers(headers).timeout(LIMIT);
        if let Some(body) = call.body {
            request = request.json(body);
        }
        let mut response = request.send().await.map_err(failure)?;
        let bytes = read(&mut response).await?;
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        wire::open(response.status().as_u16(), retry_after, &bytes)
    }
}

async fn read(response: &mut Response) -> Result<Vec<u8>, PanelError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failure)? {
        if bytes.len() + chunk.len() > MAX_ANSWER {
            return Err(PanelError::Garbage { cause: format!("more than {MAX_ANSWER} bytes") });
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
    use secrecy::SecretString;

    fn config(base: &str, extra: &[(&str, &str)]) -> Config {
        Config {
            base_url: base.parse().unwrap(),
            token: SecretString::from("key"),
            extra_headers: extra.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        }
    }

    #[test]
    fn the_address_may_end_with_api_or_not() {
        let cases = [
            ("https://panel.example.com", "https://panel.example.com/api"),
            ("https://panel.example.com/", "https://panel.example.com/api"),
            ("https://panel.example.com/api", "https://panel.example.com/api"),
            ("https://panel.example.com/api/", "https://panel.example.com/api"),
            ("http://127.0.0.1:3000/panel?x=1#y", "http://127.0.0.1:3000/panel/api"),
        ];
        for (base, root) in cases {
            assert_eq!(api_root(base.parse().unwrap()).as_str(), root);
        }
    }

    #[test]
    fn only_a_plain_address_pretends_a_proxy() {
        let plain = headers(&config("http://remnawave:3000", &[("X-Api-Key", "gate")])).unwrap();
        assert_eq!(plain["x-forwarded-proto"], "https");
        assert_eq!(plain["x-forwarded-for"], "127.0.0.1");
        assert_eq!(plain["x-api-key"], "gate");
        let proxied = headers(&config("https://panel.example.com", &[])).unwrap();
        assert!(!proxied.contains_key("x-forwarded-proto") && !proxied.contains_key("x-forwarded-for"));
        assert_eq!(proxied[AUTHORIZATION], "Bearer key");
    }

    #[test]
    fn secrets_are_not_printed() {
        let config = config("https://panel.example.com", &[("Cookie", "hush=hush")]);
        let client = Remnawave::new(reqwest::Client::new(), Config { token: "key-hush".into(), ..config });
        let printed = format!("{client:?} {:?}", client.headers);
        assert!(!printed.contains("hush"), "{printed}");
    }

    #[test]
    fn an_unusable_header_is_named() {
        let what = headers(&config("https://panel.example.com", &[("X Api", "1")])).unwrap_err();
        assert_eq!(what, "extra header \"X Api\"");
        let what = headers(&config("https://panel.example.com", &[("X-Api", "a\nb")])).unwrap_err();
        assert_eq!(what, "value of extra header \"X-Api\"");
    }
}
