//! What the panel sends by itself, signed as it signs.

use super::{version::Version, world::instant};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::Sha256;

/// `WEBHOOK_ENABLED=true`.
#[derive(Clone)]
pub struct Webhook {
    /// `WEBHOOK_SECRET_HEADER`.
    pub secret: String,
}

impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Webhook")
    }
}

/// One POST to the shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// Compact JSON; the signature is over exactly these bytes.
    pub body: Vec<u8>,
}

pub(super) enum Event {
    User { event: &'static str, data: Value, meta: Value },
    Device { event: &'static str, device: Value, user: Value },
    Node { event: &'static str, data: Value },
}

impl Webhook {
    pub(super) fn deliver(&self, event: Event, version: Version, now: Timestamp) -> Delivery {
        let timestamp = instant(now);
        let mut message = match event {
            Event::User { event, mut data, meta } => {
                if version < Version(2, 3, 0) {
                    make_raw(&mut data);
                }
                json!({"scope": "user", "event": event, "timestamp": timestamp, "data": data, "meta": meta})
            }
            Event::Device { event, device, mut user } => {
                // A quirk of the panel: squads are always empty here.
                user["activeInternalSquads"] = json!([]);
                let data = json!({"hwidUserDevice": device, "user": user});
                json!({"scope": "user_hwid_devices", "event": event, "timestamp": timestamp, "data": data})
            }
            Event::Node { event, data } => {
                json!({"scope": "node", "event": event, "timestamp": timestamp, "data": data})
            }
        };
        if version < Version(2, 5, 0)
            && let Some(message) = message.as_object_mut()
        {
            message.shift_remove("scope");
        }
        let body = message.to_string().into_bytes();
        let headers = vec![
            ("content-type", "application/json".to_owned()),
            ("user-agent", "Remnawave".to_owned()),
            ("x-remnawave-signature", self.sign(&body)),
            ("x-remnawave-timestamp", timestamp),
        ];
        Delivery { headers, body }
    }

    fn sign(&self, body: &[u8]) -> String {
        // HMAC takes a key of any length; the empty signature of the impossible case fits nothing.
        Hmac::<Sha256>::new_from_slice(self.secret.as_bytes()).map_or_else(
            |_| String::new(),
            |mut mac| {
                mac.update(body);
                hex::encode(mac.finalize().into_bytes())
            },
        )
    }
}

/// Before 2.3 the row of the table was sent as it was: large numbers as text, and no link.
fn make_raw(user: &mut Value) {
    for name in ["trafficLimitBytes", "usedTrafficBytes", "lifetimeUsedTrafficBytes", "telegramId"] {
        if user[name].is_number() {
            user[name] = json!(user[name].to_string());
        }
    }
    if let Some(user) = user.as_object_mut() {
        user.shift_remove("subscriptionUrl");
    }
}
