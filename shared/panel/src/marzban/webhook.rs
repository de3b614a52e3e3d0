//! What the panel tells by itself.
//!
//! There is no signature: the secret itself stands in the header `x-webhook-secret`, so the address must be HTTPS. One
//! delivery holds a list of items, up to hundreds. Items are repeated (not 200 answered), mixed into later lists, lost
//! at a restart of the panel, and carry no time of their own: each is a hint to read the account, no more than a key.

use crate::Link;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt;
use subtle::ConstantTimeEq;

/// A larger delivery is refused; hundreds of items of 3 KB fit.
pub const MAX_BODY: usize = 4 << 20;

/// A delivery that is not to be believed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum WebhookError {
    /// It carries no secret, or we have none to compare with.
    #[error("the delivery carries no secret, or none is configured")]
    Unsigned,
    /// The secret is not ours.
    #[error("the secret is not ours")]
    Forged,
    /// More than [`MAX_BODY`] bytes.
    #[error("the delivery is too large")]
    TooLarge,
    /// Authentic, but not a list.
    #[error("the delivery cannot be read")]
    Malformed,
}

/// An authentic message of the panel. Only [`verify`] makes one.
#[derive(Clone, PartialEq, Eq)]
pub struct Event {
    /// `user_created`, `user_updated`, `user_deleted`, `user_limited`, `user_expired`, `user_enabled`,
    /// `user_disabled`, `data_usage_reset`, `data_reset_by_next`, `subscription_revoked`, `reached_usage_percent`,
    /// `reached_days_left`, or what a newer panel says.
    pub action: String,
    /// The account it speaks of.
    pub username: String,
    /// The account as it was; not with `user_deleted`.
    pub user: Option<User>,
    /// Which administrator did it; `None` = the panel by itself.
    pub by: Option<String>,
    /// With `reached_usage_percent`: how much of the limit is used, whole percents.
    pub used_percent: Option<u64>,
    /// With `reached_days_left`: how many days are left.
    pub days_left: Option<i64>,
}

/// What an event shows of the account; keys are not read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct User {
    /// `active`, `disabled`, `limited`, `expired`, `on_hold`, or what a newer panel calls it.
    pub status: String,
    /// Unix seconds; `None` or 0 = never.
    pub expire: Option<i64>,
    /// Bytes; `None` or 0 = unlimited.
    pub data_limit: Option<u64>,
    /// Bytes.
    pub used_traffic: u64,
    /// Our mark, if it is ours.
    pub note: Option<String>,
    /// Its link as of then; without a host where the panel has no prefix set.
    #[serde(default, rename = "subscription_url", deserialize_with = "link")]
    pub link: Option<Link>,
}

fn link<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Link>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.and_then(Link::new))
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("action", &self.action)
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Item {
    action: String,
    username: String,
    #[serde(default)]
    user: Value,
    #[serde(default)]
    by: Value,
    #[serde(default)]
    used_percent: Value,
    #[serde(default)]
    days_left: Value,
}

/// Checks a delivery and reads it. `header` is `x-webhook-secret` as received. An item that cannot be read is left
/// out and logged; an account in it that cannot be read only costs the account.
///
/// # Errors
/// [`WebhookError`]; nothing of the body is looked at before the secret fits.
pub fn verify(secret: &SecretString, header: Option<&[u8]>, body: &[u8]) -> Result<Vec<Event>, WebhookError> {
    let key = secret.expose_secret().as_bytes();
    let given = header.filter(|given| !given.is_empty() && !key.is_empty()).ok_or(WebhookError::Unsigned)?;
    // Of equal length always: the hashes are compared, and the length of the secret does not show.
    if !bool::from(Sha256::digest(key).ct_eq(&Sha256::digest(given))) {
        return Err(WebhookError::Forged);
    }
    if body.len() > MAX_BODY {
        return Err(WebhookError::TooLarge);
    }
    let items: Vec<Value> = serde_json::from_slice(body).map_err(|_| WebhookError::Malformed)?;
    let total = items.len();
    let events: Vec<_> = items.into_iter().filter_map(read).collect();
    if events.len() < total {
        tracing::warn!(items = total - events.len(), "items of a delivery cannot be read");
    }
    Ok(events)
}

fn read(item: Value) -> Option<Event> {
    let Item { action, username, user, by, used_percent, days_left } = serde_json::from_value(item).ok()?;
    // A percentage comes with a fraction.
    let percent = used_percent.as_number().map(ToString::to_string);
    let whole = percent.as_deref().and_then(|text| text.split('.').next()?.parse().ok());
    Some(Event {
        action,
        username,
        user: serde_json::from_value(user).ok(),
        by: by["username"].as_str().map(str::to_owned),
        used_percent: whole,
        days_left: days_left.as_i64(),
    })
}

impl Event {
    /// Until when the account is open, as far as it says so.
    pub fn end(&self) -> Option<Timestamp> {
        let seconds = self.user.as_ref()?.expire.filter(|seconds| *seconds != 0)?;
        Timestamp::from_second(seconds).ok()
    }

    /// The same for every repetition of an item, and for another one that tells the same: hex. Good for a short while
    /// only, since the same may truly happen again.
    pub fn delivery_id(&self) -> String {
        let user = self.user.as_ref();
        let figures = user.map(|user| (user.expire, user.data_limit, &user.status, user.used_traffic));
        hex::encode(Sha256::digest(format!("{:?}", (&self.action, &self.username, figures))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const RECORDED: &str = include_str!("../../../../tests/standins/panels/data/marzban-webhooks.json");

    fn secret() -> SecretString {
        "something-very-very-secret".into()
    }

    fn read_all(items: &Value) -> Result<Vec<Event>, WebhookError> {
        verify(&secret(), Some(b"something-very-very-secret"), items.to_string().as_bytes())
    }

    #[test]
    fn every_captured_item_is_read() {
        let recorded: Value = serde_json::from_str(RECORDED).unwrap();
        let header = recorded["headers"]["x-webhook-secret"].as_str().unwrap();
        let body = recorded["items"].to_string();
        let events = verify(&secret(), Some(header.as_bytes()), body.as_bytes()).unwrap();
        let items = recorded["items"].as_array().unwrap();
        assert_eq!((events.len(), items.len()), (11, 11));
        for (event, item) in events.iter().zip(items) {
            let user = event.user.as_ref();
            assert_eq!(
                (event.action.as_str(), event.username.as_str()),
                (item["action"].as_str().unwrap(), item["username"].as_str().unwrap())
            );
            assert_eq!(user.map(|user| user.status.as_str()), item["user"]["status"].as_str());
            assert_eq!(user.map(|user| user.used_traffic), item["user"]["used_traffic"].as_u64());
            assert_eq!(event.end().map(Timestamp::as_second), item["user"]["expire"].as_i64());
            let link =
                user.and_then(|user| user.link.as_ref()).zip(item["user"]["subscription_url"].as_str());
            assert!(user.is_none() || link.is_some_and(|(read, told)| read.is(told)));
            assert_eq!(event.by.as_deref(), item["by"]["username"].as_str());
            assert_eq!(event.days_left, item["days_left"].as_i64());
        }
        assert_eq!(events.iter().filter_map(|event| event.used_percent).collect::<Vec<_>>(), [85]);
        assert!(!format!("{events:?}").contains("2fdf0333"), "keys are not printed");
    }

    #[test]
    fn the_secret_decides() {
        let cases: [(&str, Option<&[u8]>, WebhookError); 5] = [
            ("something", None, WebhookError::Unsigned),
            ("something", Some(b""), WebhookError::Unsigned),
            ("", Some(b"something"), WebhookError::Unsigned),
            ("something", Some(b"somethin"), WebhookError::Forged),
            ("something", Some(b"something "), WebhookError::Forged),
        ];
        for (secret, header, refusal) in cases {
            assert_eq!(verify(&secret.into(), header, b"[]"), Err(refusal), "{secret} {header:?}");
        }
        let (secret, header) = (secret(), Some(&b"something-very-very-secret"[..]));
        assert_eq!(verify(&secret, header, b"[]"), Ok(Vec::new()));
        assert_eq!(verify(&secret, header, b"{}"), Err(WebhookError::Malformed));
        assert_eq!(verify(&secret, header, &vec![b' '; MAX_BODY + 1]), Err(WebhookError::TooLarge));
    }

    #[test]
    fn a_broken_item_does_not_lose_the_others() {
        let items = json!([
            7, {"action": "user_updated"}, {"action": "moon_risen", "username": "tg_7_1", "tries": "many"},
            {"action": "user_updated", "username": "tg_8_1", "user": {"status": 5}, "used_percent": "x"},
        ]);
        let events = read_all(&items).unwrap();
        let seen: Vec<_> =
            events.iter().map(|event| (event.action.as_str(), event.username.as_str())).collect();
        assert_eq!(seen, [("moon_risen", "tg_7_1"), ("user_updated", "tg_8_1")]);
        assert!(events.iter().all(|event| event.user.is_none() && event.end().is_none()));
    }

    #[test]
    fn a_repetition_has_the_same_id() {
        let item = |tries: u64, used: u64| {
            json!({"action": "user_updated", "username": "tg_7_1", "tries": tries, "send_at": tries,
                "user": {"status": "active", "used_traffic": used, "subscription_url": format!("/sub/{tries}")}})
        };
        let ids: Vec<_> = read_all(&json!([item(0, 1), item(1, 1), item(0, 2)]))
            .unwrap()
            .iter()
            .map(Event::delivery_id)
            .collect();
        assert_eq!(ids[0], ids[1]);
        assert_ne!(ids[0], ids[2]);
    }
}
