//! One call: what every request carries, and what is inside the envelope of its answer.

use super::{Config, Remnawave, wire};
use crate::{
    PanelError,
    http::{self, secret},
};
use reqwest::{
    Method,
    header::{AUTHORIZATION, HeaderMap, HeaderValue},
};
use secrecy::ExposeSecret;
use serde_json::Value;

/// A user object has 2 KB, and a part of the listing up to a thousand of them.
const MAX_ANSWER: usize = 4 << 20;

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
    http::add_headers(&mut headers, &config.extra_headers)?;
    let token = secret(&format!("Bearer {}", config.token.expose_secret())).ok_or("token")?;
    headers.insert(AUTHORIZATION, token);
    Ok(headers)
}

impl Remnawave {
    /// Calls `/api/<path>`; answers what is inside the envelope.
    pub(super) async fn call(
        &self,
        method: Method,
        path: &[&str],
        body: Option<&Value>,
    ) -> Result<Value, PanelError> {
        let build = || {
            let request = self.line.request(method.clone(), path, &[])?;
            Ok(match body {
                Some(body) => request.json(body),
                None => request,
            })
        };
        wire::open(&http::send(build, MAX_ANSWER).await?)
    }

    /// The same for a GET with a query.
    pub(super) async fn look(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Value, PanelError> {
        wire::open(&http::send(|| self.line.request(Method::GET, path, query), MAX_ANSWER).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(base: &str, extra: &[(&str, &str)]) -> Config {
        let extra = extra.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config { base_url: base.parse().unwrap(), token: "key".into(), extra_headers: extra.collect() }
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
        let printed = format!("{client:?} {:?}", client.line.headers);
        assert!(!printed.contains("hush"), "{printed}");
    }
}
