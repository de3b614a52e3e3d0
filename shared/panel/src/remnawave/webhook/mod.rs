//! What the panel tells by itself: who it is from is settled here, what it says in `event`.
//!
//! The signature is the lower-case hex HMAC-SHA256 of the exact body bytes; the time it was sent stands inside the
//! body, so it is signed too. Deliveries are repeated (identical, for 15 s), reordered and lost: an event is a hint to
//! read the account, its data no more than a key. There is no delivery id; [`VerifiedEvent::delivery_id`] serves.

mod event;

use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

pub use event::{Event, Kind, LoginAttempt, NodePayment, Scope, Token, Torrent, User};

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedEvent {
    delivery_id: String,
    event: Event,
}

#[derive(Deserialize)]
struct Message {
    /// From 2.5 on.
    scope: Option<String>,
    event: String,
    timestamp: String,
    #[serde(default)]
    data: Value,
    #[serde(default)]
    meta: Value,
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
    let Message { scope, event, data, meta, .. } = message;
    let event = Event::read(scope.as_deref(), event, sent, &data, &meta);
    Ok(VerifiedEvent { delivery_id: hex::encode(Sha256::digest(body)), event })
}

impl VerifiedEvent {
    /// The same for every repetition of a delivery: SHA-256 of the body, hex.
    pub fn delivery_id(&self) -> &str {
        &self.delivery_id
    }

    /// All that it says.
    pub fn details(&self) -> &Event {
        &self.event
    }

    /// The group of events: `user`, `user_hwid_devices`, `node`, `service`, ….
    pub fn scope(&self) -> &str {
        self.event.scope.name()
    }

    /// The full name: `user.modified`, ….
    pub fn event(&self) -> &str {
        &self.event.name
    }

    /// When the panel sent it.
    pub fn timestamp(&self) -> Timestamp {
        self.event.at
    }

    /// The account it speaks of, if it speaks of one.
    pub fn username(&self) -> Option<&str> {
        self.event.user.as_ref().map(|user| user.username.as_str())
    }

    /// The Telegram id of that account.
    pub fn telegram_id(&self) -> Option<i64> {
        self.event.user.as_ref()?.telegram_id
    }

    /// Until when that account is open.
    pub fn end(&self) -> Option<Timestamp> {
        self.event.user.as_ref()?.end
    }

    /// Its state: `ACTIVE`, `DISABLED`, `LIMITED`, `EXPIRED`, or what a newer panel calls it.
    pub fn status(&self) -> Option<&str> {
        self.event.user.as_ref()?.status.as_deref()
    }

    /// A reminder's distance to the end in hours; negative before it.
    pub fn hours_from_end(&self) -> Option<i64> {
        match self.event.kind {
            Kind::Expiration { hours } => hours,
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const VECTORS: &str = include_str!("../../../../../tests/standins/panels/data/remnawave-webhooks.json");

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

    /// Every captured event has its kind and its objects, and none of its secrets.
    fn check_details(event: &Event, data: &Value) {
        assert_ne!(event.kind, Kind::Unknown, "{}", event.name);
        assert_eq!(event.user.is_some(), matches!(event.scope, Scope::User | Scope::Devices));
        assert_eq!(event.device.is_some(), event.scope == Scope::Devices);
        let hours = match event.kind {
            Kind::NotConnected { hours } => hours,
            _ => Some(1),
        };
        assert_eq!(hours, Some(1));
        let printed = format!("{event:?}");
        let user = if event.scope == Scope::Devices { &data["user"] } else { data };
        if let Some(read) = &event.user {
            assert_eq!(
                read.threshold,
                user["lastTriggeredThreshold"].as_u64().filter(|percent| *percent > 0)
            );
            assert_eq!(read.reset_at, user["lastTrafficResetAt"].as_str().map(at));
            let link = read.link.as_ref().zip(user["subscriptionUrl"].as_str());
            assert!(link.is_some_and(|(read, told)| read.is(told)));
        }
        let secrets = ["vlessUuid", "trojanPassword", "ssPassword", "shortUuid", "subscriptionUrl"];
        let secrets = secrets.map(|name| &user[name]).into_iter().chain([&data["loginAttempt"]["password"]]);
        for secret in secrets.filter_map(Value::as_str) {
            let told = secret == "wrong" && !printed.contains("\"wrong\"");
            assert!(told || !printed.contains(secret), "{} tells {secret}", event.name);
        }
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
            check_details(event.details(), &raw["data"]);
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
        let details = event.details();
        assert_eq!((&details.kind, &details.scope), (&Kind::Unknown, &Scope::Other("moon".to_owned())));
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

    fn read(name: &str, data: &Value) -> Event {
        Event::read(None, name.to_owned(), at("2026-11-20T21:00:00Z"), data, &Value::Null)
    }

    #[test]
    fn every_event_of_the_contract_has_its_kind() {
        let user = ["created", "modified", "deleted", "revoked", "disabled", "enabled", "limited", "expired"];
        let more = ["traffic_reset", "first_connected", "bandwidth_usage_threshold_reached", "not_connected"];
        let ends = ["expiration", "expires_in_72_hours", "expires_in_48_hours", "expired_24_hours_ago"];
        let node = ["created", "modified", "disabled", "enabled", "deleted", "connection_lost"];
        let rest = [
            "user_hwid_devices.added",
            "user_hwid_devices.deleted",
            "node.connection_restored",
            "node.traffic_notify",
            "service.panel_started",
            "service.login_attempt_failed",
            "service.login_attempt_success",
            "service.subpage_config_changed",
            "service.api_token_created",
            "service.api_token_deleted",
            "errors.bandwidth_usage_threshold_reached_max_notifications",
            "crm.infra_billing_node_payment_in_7_days",
            "crm.infra_billing_node_payment_in_48hrs",
            "crm.infra_billing_node_payment_in_24hrs",
            "crm.infra_billing_node_payment_due_today",
            "crm.infra_billing_node_payment_overdue_24hrs",
            "crm.infra_billing_node_payment_overdue_48hrs",
            "crm.infra_billing_node_payment_overdue_7_days",
            "torrent_blocker.report",
        ];
        let users = user.iter().chain(&more).chain(&ends).map(|name| format!("user.{name}"));
        let nodes = node.iter().map(|name| format!("node.{name}"));
        let mut kinds = Vec::new();
        for name in users.chain(nodes).chain(rest.map(str::to_owned)) {
            let event = read(&name, &Value::Null);
            assert!(!matches!(event.scope, Scope::Other(_)) && event.user.is_none(), "{name}");
            assert!(event.kind != Kind::Unknown && !kinds.contains(&event.kind), "{name}: {:?}", event.kind);
            kinds.push(event.kind);
        }
        for name in
            ["user.sneezed", "node.moved", "service.x", "errors.x", "crm.x", "torrent_blocker.x", "user"]
        {
            assert_eq!(read(name, &Value::Null).kind, Kind::Unknown, "{name}");
        }
    }

    #[test]
    fn events_about_other_things_than_users_are_read() {
        let node = json!({"name": "Berlin", "isConnected": false, "isDisabled": false, "usersOnline": "3"});
        let berlin =
            crate::Node { name: "Berlin".into(), connected: false, disabled: false, online: Some(3) };
        assert_eq!(read("node.connection_lost", &node).node, Some(berlin.clone()));
        let report =
            json!({"actionReport": {"blocked": true, "ip": "9.9.9.9", "blockDuration": 3600, "userId": "3"}});
        let data = json!({"node": node, "user": {"id": 3, "username": "tg_7_1"}, "report": report});
        let event = read("torrent_blocker.report", &data);
        let torrent = Torrent { blocked: true, ip: Some("9.9.9.9".into()), seconds: Some(3600) };
        assert_eq!((event.kind, event.node), (Kind::Torrent(torrent), Some(berlin)));
        assert_eq!(event.user.unwrap().panel_id, Some(3));
        let bill = json!({"providerName": "Host", "nodeName": "Berlin", "nextBillingAt": "2026-11-22T00:00:00.000Z", "loginUrl": "https://u:p@host.example"});
        let event = read("crm.infra_billing_node_payment_in_48hrs", &bill);
        assert!(matches!(&event.kind, Kind::NodePayment(bill) if bill.hours == -48 && bill.due_at.is_some()));
        let secret = json!({"loginAttempt": {"username": "admin", "password": "hush", "ip": "9.9.9.9"}});
        let event = read("service.login_attempt_failed", &secret);
        assert!(
            matches!(&event.kind, Kind::LoginFailed(attempt) if attempt.ip.as_deref() == Some("9.9.9.9"))
        );
        assert!(!format!("{event:?}").contains("hush"));
        let token =
            json!({"apiToken": {"name": "shop", "expireAt": "2036-11-17T20:55:27.460Z", "scopes": ["*"]}});
        let event = read("service.api_token_deleted", &token);
        assert!(
            matches!(&event.kind, Kind::TokenDeleted(token) if token.scopes == ["*"] && token.expires_at.is_some())
        );
    }
}
