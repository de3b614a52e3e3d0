//! What the panel tells by itself.
//!
//! The signature is the lower-case hex HMAC-SHA256 of the exact body bytes; the time it was sent stands inside the
//! body, so it is signed too. Deliveries are repeated (identical, for 15 s), reordered and lost: an event is a hint to
//! read the account, its data no more than a key. There is no delivery id; [`VerifiedEvent::delivery_id`] serves.

use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt;
use subtle::ConstantTimeEq;

/// How far a delivery's time may be from ours: the panel repeats for 15 s, queues and clocks add to that.
const WINDOW: SignedDuration = SignedDuration::from_mins(10);

/// A delivery that is not to be believed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum WebhookError {
    /// It carries no signature, or we have no secret to check it with.
    #[error("the delivery is not signed, or no secret is configured")]
    Unsigned,
    /// The signature is not that of this body.
    #[error("the signature does not fit the body")]
    Forged,
    /// Authentic, but from another time: perhaps replayed.
    #[error("the delivery is from {sent}, outside the accepted window")]
    Stale {
        /// When it was sent.
        sent: Timestamp,
    },
    /// Authentic, but not a message of the known form.
    #[error("the delivery cannot be read")]
    Malformed,
}

/// An authentic message of the panel. Only [`verify`] makes one.
#[derive(Clone, PartialEq)]
pub struct VerifiedEvent {
    delivery_id: String,
    scope: String,
    event: String,
    timestamp: Timestamp,
    data: Value,
    meta: Option<Value>,
}

impl fmt::Debug for VerifiedEvent {
    /// Without the data: it holds keys and passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedEvent")
            .field("event", &self.event)
            .field("timestamp", &self.timestamp)
            .field("username", &self.username())
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Message {
    /// From 2.5 on.
    scope: Option<String>,
    event: String,
    timestamp: String,
    #[serde(default)]
    data: Value,
    meta: Option<Value>,
}

/// Checks a delivery and reads it. `body` are the bytes as received, `signature` is the header
/// `X-Remnawave-Signature`. Events that we do not know are kept.
///
/// # Errors
/// [`WebhookError`]; nothing of the body is looked at before the signature fits.
pub fn verify(
    secret: &SecretString,
    body: &[u8],
    signature: Option<&str>,
    now: Timestamp,
) -> Result<VerifiedEvent, WebhookError> {
    let key = secret.expose_secret().as_bytes();
    let signature =
        signature.filter(|text| !text.is_empty() && !key.is_empty()).ok_or(WebhookError::Unsigned)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|_| WebhookError::Unsigned)?;
    mac.update(body);
    let expected = hex::encode(mac.finalize().into_bytes());
    if !bool::from(expected.as_bytes().ct_eq(signature.as_bytes())) {
        return Err(WebhookError::Forged);
    }
    let message: Message = serde_json::from_slice(body).map_err(|_| WebhookError::Malformed)?;
    let sent: Timestamp = message.timestamp.parse().map_err(|_| WebhookError::Malformed)?;
    if sent.duration_until(now).abs() > WINDOW {
        return Err(WebhookError::Stale { sent });
    }
    let first = message.event.split('.').next().unwrap_or_default().to_owned();
    Ok(VerifiedEvent {
        delivery_id: hex::encode(Sha256::digest(body)),
        scope: message.scope.unwrap_or(first),
        event: message.event,
        timestamp: sent,
        data: message.data,
        meta: message.meta,
    })
}

impl VerifiedEvent {
    /// The same for every repetition of a delivery: SHA-256 of the body, hex.
    pub fn delivery_id(&self) -> &str {
        &self.delivery_id
    }

    /// The group of events: `user`, `user_hwid_devices`, `node`, `service`, ….
    pub fn scope(&self) -> &str {
        &self.scope
    }

    /// The full name: `user.modified`, ….
    pub fn event(&self) -> &str {
        &self.event
    }

    /// When the panel sent it.
    pub fn timestamp(&self) -> Timestamp {
        self.timestamp
    }

    /// The user it speaks of, as the panel's API shows it: credentials inside, never log it.
    fn user(&self) -> Option<&Value> {
        match self.scope.as_str() {
            "user" => Some(&self.data),
            "user_hwid_devices" => self.data.get("user"),
            _ => None,
        }
    }

    /// The account it speaks of, if it speaks of one.
    pub fn username(&self) -> Option<&str> {
        self.user()?.get("username")?.as_str()
    }

    /// The Telegram id of that account; panels before 2.3 write it as text.
    pub fn telegram_id(&self) -> Option<i64> {
        let id = self.user()?.get("telegramId")?;
        id.as_i64().or_else(|| id.as_str()?.parse().ok())
    }

    /// Until when that account is open.
    pub fn end(&self) -> Option<Timestamp> {
        self.user()?.get("expireAt")?.as_str()?.parse().ok()
    }

    /// Its state: `ACTIVE`, `DISABLED`, `LIMITED`, `EXPIRED`, or what a newer panel calls it.
    pub fn status(&self) -> Option<&str> {
        self.user()?.get("status")?.as_str()
    }

    /// A reminder's distance to the end in hours; negative before it. Panels up to 2.7 put it into the event's name.
    pub fn hours_from_end(&self) -> Option<i64> {
        match self.event.as_str() {
            "user.expiration" => self.meta.as_ref()?.get("expiration")?.as_i64(),
            "user.expires_in_72_hours" => Some(-72),
            "user.expires_in_48_hours" => Some(-48),
            "user.expires_in_24_hours" => Some(-24),
            "user.expired_24_hours_ago" => Some(24),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VECTORS: &str = include_str!("../../../../tests/standins/panels/data/remnawave-webhooks.json");

    fn vectors() -> (SecretString, Value) {
        let vectors: Value = serde_json::from_str(VECTORS).unwrap();
        (vectors["secret"].as_str().unwrap().into(), vectors)
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn sign(secret: &SecretString, body: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()).unwrap();
        mac.update(body.as_bytes());
        hex::encode(mac.finalize().into_bytes())
    }

    #[test]
    fn captured_deliveries_verify_and_forged_ones_do_not() {
        let (secret, vectors) = vectors();
        let genuine = vectors["vectors"].as_array().unwrap();
        assert_eq!(genuine.len(), 34);
        for vector in genuine {
            let body = vector["body"].as_str().unwrap();
            let sent = at(vector["headers"]["x-remnawave-timestamp"].as_str().unwrap());
            let signature = vector["headers"]["x-remnawave-signature"].as_str();
            let event = verify(&secret, body.as_bytes(), signature, sent).unwrap();
            let raw: Value = serde_json::from_str(body).unwrap();
            assert_eq!(event.event(), vector["event"].as_str().unwrap());
            assert_eq!((event.scope(), event.timestamp()), (raw["scope"].as_str().unwrap(), sent));
            let user = if event.scope() == "user" { &raw["data"] } else { &raw["data"]["user"] };
            assert_eq!(event.username(), user["username"].as_str());
            assert_eq!(event.status(), user["status"].as_str());
            assert_eq!(event.telegram_id(), user["telegramId"].as_i64());
            assert_eq!(event.end(), user["expireAt"].as_str().map(at));
            assert_eq!(event.hours_from_end(), raw["meta"]["expiration"].as_i64());
        }
        let forged = vectors["negative"].as_array().unwrap();
        assert_eq!(forged.len(), 8);
        for vector in forged {
            let signature = vector["signature"].as_str();
            let refusal = verify(
                &secret,
                vector["body"].as_str().unwrap().as_bytes(),
                signature,
                at("2026-11-20T20:51:58Z"),
            );
            let expected = if signature == Some("") { WebhookError::Unsigned } else { WebhookError::Forged };
            assert_eq!(refusal, Err(expected), "{}", vector["why"]);
        }
    }

    #[test]
    fn a_delivery_is_good_for_ten_minutes_both_ways() {
        let (secret, vectors) = vectors();
        let body = vectors["vectors"][0]["body"].as_str().unwrap().as_bytes();
        let signature = vectors["vectors"][0]["headers"]["x-remnawave-signature"].as_str();
        let sent = at("2026-11-20T20:51:58.231Z");
        for (now, good) in [
            ("2026-11-20T20:41:58.231Z", true),
            ("2026-11-20T20:41:58.230Z", false),
            ("2026-11-20T21:01:58.231Z", true),
            ("2026-11-20T21:01:58.232Z", false),
        ] {
            let result = verify(&secret, body, signature, at(now));
            assert_eq!(result.is_ok(), good, "{now}");
            assert!(good || result == Err(WebhookError::Stale { sent }));
        }
    }

    #[test]
    fn without_signature_or_secret_nothing_is_believed() {
        let (secret, _) = vectors();
        let now = at("2026-11-20T20:51:58Z");
        assert_eq!(verify(&secret, b"{}", None, now), Err(WebhookError::Unsigned));
        let empty = SecretString::from("");
        let signature = sign(&empty, "{}");
        assert_eq!(verify(&empty, b"{}", Some(&signature), now), Err(WebhookError::Unsigned));
    }

    #[test]
    fn old_panels_and_unknown_events_are_read() {
        let (secret, _) = vectors();
        let now = at("2025-10-01T00:00:00Z");
        let body = r#"{"event":"user.expires_in_24_hours","timestamp":"2025-10-01T00:00:00.000Z","data":{"username":"tg_7_1","telegramId":"7","expireAt":"2025-10-02T00:00:00.000Z","vlessUuid":"hush"}}"#;
        let event = verify(&secret, body.as_bytes(), Some(&sign(&secret, body)), now).unwrap();
        assert_eq!((event.scope(), event.username(), event.telegram_id()), ("user", Some("tg_7_1"), Some(7)));
        assert_eq!(event.hours_from_end(), Some(-24));
        assert!(!format!("{event:?}").contains("hush"));
        let body =
            r#"{"scope":"moon","event":"moon.risen","timestamp":"2025-10-01T00:00:00.000Z","data":[1]}"#;
        let event = verify(&secret, body.as_bytes(), Some(&sign(&secret, body)), now).unwrap();
        assert_eq!((event.event(), event.username(), event.end()), ("moon.risen", None, None));
        for body in ["{}", "[]", r#"{"event":"x","timestamp":"today"}"#] {
            let result = verify(&secret, body.as_bytes(), Some(&sign(&secret, body)), now);
            assert_eq!(result, Err(WebhookError::Malformed), "{body}");
        }
    }

    #[test]
    fn a_repetition_has_the_same_id() {
        let (secret, vectors) = vectors();
        let id = |vector: &Value| {
            let sent = at(vector["headers"]["x-remnawave-timestamp"].as_str().unwrap());
            let signature = vector["headers"]["x-remnawave-signature"].as_str();
            let body = vector["body"].as_str().unwrap().as_bytes();
            verify(&secret, body, signature, sent).unwrap().delivery_id().to_owned()
        };
        let vectors = &vectors["vectors"];
        assert_eq!(id(&vectors[3]), id(&vectors[3]));
        assert_ne!(id(&vectors[3]), id(&vectors[4]));
    }
}
