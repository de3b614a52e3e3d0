//! What lets a call through: gates in front of the panel, and how long its token is good for.

use super::Config;
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use jiff::Timestamp;
use serde_json::Value;

impl Config {
    /// The extra header that eGames' reverse proxy wants. `text` is the pair that its nginx.conf and the address of
    /// its login page hold, written `NAME=VALUE` or `NAME:VALUE`. `None`: it is no such pair.
    pub fn cookie(text: &str) -> Option<(String, String)> {
        let text = text.trim().trim_matches(['"', '?']).trim_end_matches(';');
        let (name, value) = text.split_once(['=', ':'])?;
        let (name, value) = (name.trim(), value.trim());
        let plain = |text: &str| {
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && !b";,\"".contains(&byte))
        };
        (plain(name) && plain(value)).then(|| ("Cookie".to_owned(), format!("{name}={value}")))
    }

    /// The extra header that TinyAuth wants: like Basic authentication, in a field of its own, as `Authorization`
    /// holds the panel's token.
    pub fn tiny_auth(user: &str, password: &str) -> (String, String) {
        ("X-Api-Key".to_owned(), format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
    }
}

/// When an API token ends, as it says itself: the panel's signature is not looked at. `None`: it does not say.
pub(super) fn expiry(token: &str) -> Option<Timestamp> {
    let payload = token.split('.').nth(1)?;
    let claims: Value = serde_json::from_slice(&decode(payload)?).ok()?;
    Timestamp::from_second(super::loose::whole(&claims["exp"])?).ok()
}

/// Base64 of either alphabet, padded or not.
fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=').replace('+', "-").replace('/', "_")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_writings_of_a_cookie_are_one() {
        for text in
            ["aEmFnBcC=WbYWpixX", "aEmFnBcC:WbYWpixX", " \"aEmFnBcC=WbYWpixX\" ", "?aEmFnBcC=WbYWpixX;"]
        {
            let header = ("Cookie".to_owned(), "aEmFnBcC=WbYWpixX".to_owned());
            assert_eq!(Config::cookie(text), Some(header), "{text}");
        }
        for text in ["", "aEmFnBcC", "=x", "x=", "a b=c", "a=b\r\nX: y", "a=b;c=d"] {
            assert_eq!(Config::cookie(text), None, "{text:?}");
        }
        assert_eq!(Config::cookie("a=b=c").unwrap().1, "a=b=c", "only the first mark divides");
    }

    #[test]
    fn tiny_auth_has_a_field_of_its_own() {
        let header = ("X-Api-Key".to_owned(), "Basic dXNlcjpwYXNzOndvcmQ=".to_owned());
        assert_eq!(Config::tiny_auth("user", "pass:word"), header);
    }

    #[test]
    fn a_token_tells_its_end() {
        // {"alg":"HS256","typ":"JWT"} . {"uuid":"…","username":null,"role":"API","iat":1795209171,"exp":2110742127}
        let payload = STANDARD
            .encode(br#"{"uuid":"1","username":null,"role":"API","iat":1795209171,"exp":2110742127}"#);
        let token = format!("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.{}.c2ln", payload.trim_end_matches('='));
        assert_eq!(expiry(&token), Some("2036-11-19T21:15:27Z".parse().unwrap()));
        for token in ["", "key", "a.b.c", "a.e30.c", "a.!!.c"] {
            assert_eq!(expiry(token), None, "{token}");
        }
    }
}
