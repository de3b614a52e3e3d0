//! What Remnawave answers: the envelope, its errors, and the user object of both families.

use crate::{Family, Fault, GateSign, PanelError};
use domain::{Access, TrafficReset, provisioning::Account};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, de::DeserializeOwned, de::Error as _};
use serde_json::{Value, json};
use std::time::Duration;

/// When a panel asks us to wait and does not say how long.
const DEFAULT_WAIT: u64 = 5;
/// No panel may park us for longer.
const LONGEST_WAIT: u64 = 3600;

/// Opens an answer: what is inside `{"response": …}`, `Null` for an empty success (v3 deletes answer 204), or the
/// error it stands for. An answer is a success only if status and body agree.
pub(super) fn open(status: u16, retry_after: Option<&str>, body: &[u8]) -> Result<Value, PanelError> {
    let json = serde_json::from_slice::<Value>(body).ok().filter(Value::is_object);
    match (status, json) {
        (200..=299, Some(Value::Object(mut envelope))) => {
            let garbage = || PanelError::Garbage { cause: format!("no `response` in a {status} answer") };
            envelope.remove("response").ok_or_else(garbage)
        }
        (200..=299, _) if body.is_empty() => Ok(Value::Null),
        (200..=299, _) => Err(PanelError::Garbage { cause: format!("no JSON object in a {status} answer") }),
        (300..=399, _) => Err(PanelError::Gate { sign: GateSign::Redirect }),
        (408, _) => Err(PanelError::Unavailable { cause: Fault::Timeout }),
        (429, _) => {
            let seconds = retry_after.and_then(|text| text.trim().parse().ok()).unwrap_or(DEFAULT_WAIT);
            Err(PanelError::RateLimited { retry_after: Duration::from_secs(seconds.clamp(1, LONGEST_WAIT)) })
        }
        (502..=504, _) | (500.., None) => Err(PanelError::Unavailable { cause: Fault::Status(status) }),
        (_, None) => Err(PanelError::Gate { sign: GateSign::Page }),
        (401 | 403, Some(_)) => Err(PanelError::Unauthorized),
        (_, Some(error)) => Err(refusal(status, &error)),
    }
}

/// Domain errors carry `errorCode`; validation errors carry `errors`, whose objects differ between the families but
/// for `path` and `message`; everything else is NestJS's `{message, error, statusCode}`.
fn refusal(status: u16, error: &Value) -> PanelError {
    let issues = error["errors"].as_array().into_iter().flatten().map(|issue| {
        let path: Vec<_> = issue["path"].as_array().into_iter().flatten().map(plain).collect();
        format!("{}: {}", path.join("."), plain(&issue["message"]))
    });
    let mut message = plain(&error["message"]);
    for issue in issues {
        message.push_str("; ");
        message.push_str(&issue);
    }
    PanelError::Refused { code: error["errorCode"].as_str().map(str::to_owned), message, status }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Reads the inside of an answer.
pub(super) fn decode<T: DeserializeOwned>(answer: Value) -> Result<T, PanelError> {
    serde_json::from_value(answer).map_err(|error| PanelError::Garbage { cause: error.to_string() })
}

/// The family of a version such as `3.3.2`; a newer major is taken for the newest we know.
pub(super) fn family_of(version: &str) -> Option<Family> {
    let major: u32 = version.trim_start_matches('v').split('.').next()?.parse().ok()?;
    Some(if major < 3 { Family::V2 } else { Family::V3 })
}

/// What we read of a user. Keys and passwords are not read at all: what is not there cannot leak.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct User {
    /// 2.x only.
    uuid: Option<String>,
    /// From 2.3 on.
    id: Option<i64>,
    pub(super) username: String,
    pub(super) status: String,
    #[serde(deserialize_with = "bytes")]
    pub(super) traffic_limit_bytes: u64,
    pub(super) traffic_limit_strategy: String,
    #[serde(rename = "expireAt", deserialize_with = "instant")]
    expire_at: Timestamp,
    pub(super) telegram_id: Option<i64>,
    pub(super) description: Option<String>,
    pub(super) hwid_device_limit: Option<u32>,
    /// From 2.2 on.
    pub(super) external_squad_uuid: Option<String>,
    subscription_url: String,
    pub(super) active_internal_squads: Vec<Squad>,
    /// From 2.3 on; before, the same fields lay in the user itself.
    #[serde(rename = "userTraffic")]
    traffic: Option<Traffic>,
    #[serde(flatten)]
    flat_traffic: Traffic,
}

/// A squad that a user is in.
#[derive(Deserialize)]
pub(super) struct Squad {
    pub(super) uuid: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Traffic {
    #[serde(deserialize_with = "bytes")]
    used_traffic_bytes: u64,
    #[serde(deserialize_with = "maybe_instant")]
    first_connected_at: Option<Timestamp>,
    #[serde(deserialize_with = "maybe_instant")]
    online_at: Option<Timestamp>,
}

impl User {
    /// Reads a user, and checks that it can be addressed.
    pub(super) fn read(answer: Value) -> Result<Self, PanelError> {
        let user: Self = decode(answer)?;
        if user.uuid.is_none() && user.id.is_none() {
            return Err(PanelError::Garbage { cause: "a user with neither uuid nor id".to_owned() });
        }
        Ok(user)
    }

    /// The name and value of the key that this user's family is addressed by.
    pub(super) fn key(&self) -> (&'static str, Value) {
        match (&self.uuid, self.id) {
            (Some(uuid), _) => ("uuid", json!(uuid)),
            (None, id) => ("id", json!(id)),
        }
    }

    /// Is this the account that was once confirmed under these ids?
    pub(super) fn has_id(&self, key: &crate::AccountKey) -> bool {
        (self.uuid.is_some() && self.uuid == key.panel_uuid) || (self.id.is_some() && self.id == key.panel_id)
    }

    /// Until when, in whole seconds, as the domain counts.
    pub(super) fn end(&self) -> Timestamp {
        Timestamp::from_second(self.expire_at.as_second()).unwrap_or(self.expire_at)
    }

    fn traffic(&self) -> &Traffic {
        self.traffic.as_ref().unwrap_or(&self.flat_traffic)
    }

    /// Bytes used in this reset period.
    pub(super) fn used(&self) -> u64 {
        self.traffic().used_traffic_bytes
    }

    /// The user as the domain sees it.
    pub(super) fn into_account(self) -> Result<Account, PanelError> {
        let traffic_reset: TrafficReset =
            self.traffic_limit_strategy.parse().map_err(|_| PanelError::Garbage {
                cause: format!("unknown traffic strategy {:?}", self.traffic_limit_strategy),
            })?;
        let end = self.end();
        let traffic = self.traffic.unwrap_or(self.flat_traffic);
        Ok(Account {
            username: self.username,
            panel_id: self.id,
            panel_uuid: self.uuid,
            link: self.subscription_url,
            access: Access {
                end,
                traffic_limit: self.traffic_limit_bytes,
                traffic_reset,
                device_limit: self.hwid_device_limit,
                squads: self.active_internal_squads.into_iter().map(|squad| squad.uuid).collect(),
                external_squad: self.external_squad_uuid,
            },
            used: traffic.used_traffic_bytes,
            first_connected_at: traffic.first_connected_at,
            online_at: traffic.online_at,
        })
    }
}

/// A count of bytes. The contract says "number", which in JavaScript may have a fraction.
fn bytes<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    let number = serde_json::Number::deserialize(from)?;
    let text = number.to_string();
    let whole = text.split_once('.').map_or(text.as_str(), |(whole, _)| whole);
    whole.parse().map_err(|_| D::Error::custom(format!("{text} is not a count of bytes")))
}

fn instant<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
    String::deserialize(from)?.parse().map_err(D::Error::custom)
}

fn maybe_instant<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    text.map(|text| text.parse().map_err(D::Error::custom)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORDED: [(Family, &str); 2] = [
        (Family::V3, include_str!("../../../../tests/standins/panels/data/remnawave-3.3.2.jsonl")),
        (Family::V2, include_str!("../../../../tests/standins/panels/data/remnawave-2.7.4.jsonl")),
    ];

    /// Every user object in `value`, however deep: alone, in lists, in pages.
    fn users(value: &Value) -> Vec<&Value> {
        let inside = match value {
            Value::Object(map) => map.values().flat_map(users).collect::<Vec<_>>(),
            Value::Array(items) => items.iter().flat_map(users).collect(),
            _ => Vec::new(),
        };
        let is_user = value.get("username").is_some() && value.get("subscriptionUrl").is_some();
        is_user.then_some(value).into_iter().chain(inside).collect()
    }

    fn check_user(family: Family, recorded: &Value) {
        let user = User::read(recorded.clone()).unwrap();
        assert_eq!(user.key().0, if family == Family::V2 { "uuid" } else { "id" });
        let account = user.into_account().unwrap();
        assert_eq!(account.username, recorded["username"].as_str().unwrap());
        assert_eq!(account.panel_id, recorded["id"].as_i64());
        assert_eq!(account.panel_uuid.as_deref(), recorded["uuid"].as_str());
        assert_eq!(account.link, recorded["subscriptionUrl"].as_str().unwrap());
        assert_eq!(Some(account.access.traffic_limit), recorded["trafficLimitBytes"].as_u64());
        assert_eq!(account.access.traffic_reset.name(), recorded["trafficLimitStrategy"].as_str().unwrap());
        assert_eq!(account.access.squads.len(), recorded["activeInternalSquads"].as_array().unwrap().len());
    }

    /// Reads one recorded answer as the client would; answers how many users were in it.
    fn check(family: Family, line: &Value) -> usize {
        let (label, answer) = (line["label"].as_str().unwrap(), &line["answer"]);
        let status = u16::try_from(line["status"].as_u64().unwrap()).unwrap();
        let body = if answer.is_string() { String::new() } else { answer.to_string() };
        match (status, open(status, None, body.as_bytes())) {
            (200 | 201, Ok(inside)) => assert_eq!(inside, answer["response"], "{label}"),
            (202 | 204, Ok(inside)) => assert_eq!(inside, Value::Null, "{label}"),
            (401 | 403, Err(PanelError::Unauthorized)) => {}
            (400 | 404 | 500, Err(PanelError::Refused { code, message, status: seen })) => {
                assert_eq!((code.as_deref(), seen), (answer["errorCode"].as_str(), status), "{label}");
                assert!(message.starts_with(answer["message"].as_str().unwrap()), "{label}: {message}");
            }
            (_, other) => panic!("{label}: {status} was read as {other:?}"),
        }
        let users = users(answer);
        for user in &users {
            check_user(family, user);
        }
        users.len()
    }

    #[test]
    fn every_recorded_answer_is_read() {
        let count = |(family, recording): (Family, &str)| {
            let lines = recording.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
            lines.map(|line| check(family, &line)).sum::<usize>()
        };
        assert_eq!(RECORDED.map(count), [30, 15]);
    }

    #[test]
    fn a_validation_error_names_the_fields() {
        let body = br#"{"statusCode":400,"message":"Validation failed","errors":[{"code":"custom","path":["expireAt"],"message":"in the past"},{"path":["a",0],"message":"bad"}]}"#;
        let PanelError::Refused { code: None, message, status: 400 } = open(400, None, body).unwrap_err()
        else {
            panic!("not a refusal");
        };
        assert_eq!(message, "Validation failed; expireAt: in the past; a.0: bad");
    }

    #[test]
    fn a_success_must_look_like_one() {
        let bodies: [&[u8]; 5] = [
            b"<html>login</html>",
            b"{\"message\":\"x\",\"errorCode\":\"A001\"}",
            b"[]",
            b"\"ok\"",
            b"{\"response\":",
        ];
        for body in bodies {
            assert!(matches!(open(200, None, body), Err(PanelError::Garbage { .. })), "{body:?}");
        }
        assert_eq!(open(204, None, b"").unwrap(), Value::Null);
    }

    #[test]
    fn waits_are_bounded() {
        for (header, seconds) in
            [(Some("7"), 7), (Some("0"), 1), (Some("99999"), 3600), (Some("soon"), 5), (None, 5)]
        {
            let Err(PanelError::RateLimited { retry_after }) = open(429, header, b"") else {
                panic!("{header:?}")
            };
            assert_eq!(retry_after.as_secs(), seconds, "{header:?}");
        }
    }

    #[test]
    fn versions_show_the_family() {
        let cases = [
            ("2.0.8", Some(Family::V2)),
            ("v2.8.1", Some(Family::V2)),
            ("3.0.0", Some(Family::V3)),
            ("11.0.0-dev", Some(Family::V3)),
            ("dev", None),
        ];
        for (version, family) in cases {
            assert_eq!(family_of(version), family, "{version}");
        }
    }

    /// 2.0-2.2: no id, traffic in the user itself, no external squad. A fraction of a byte is JavaScript's.
    #[test]
    fn the_oldest_shape_is_read() {
        let user = json!({
            "uuid": "baf876eb-0715-4732-b63c-ac1ea8747f69", "shortUuid": "9DjgSgfbEcLEVY0t", "username": "tg_1_1",
            "status": "ACTIVE", "trafficLimitBytes": 1000.5, "trafficLimitStrategy": "MONTH", "usedTrafficBytes": 12,
            "lifetimeUsedTrafficBytes": 12, "onlineAt": "2025-08-02T00:00:00.000Z", "firstConnectedAt": "2025-08-01T00:00:00.000Z",
            "expireAt": "2025-09-01T10:00:00.999Z", "telegramId": null, "email": null, "description": null, "tag": null,
            "hwidDeviceLimit": 0, "lastConnectedNode": null, "happ": {"cryptoLink": "happ://x"},
            "subscriptionUrl": "https://sub.example.com/9DjgSgfbEcLEVY0t", "activeInternalSquads": [],
        });
        let account = User::read(user).unwrap().into_account().unwrap();
        assert_eq!((account.panel_id, account.used, account.access.traffic_limit), (None, 12, 1000));
        assert_eq!(account.first_connected_at, Some("2025-08-01T00:00:00Z".parse().unwrap()));
        assert_eq!(account.access.end, "2025-09-01T10:00:00Z".parse().unwrap());
        assert_eq!(account.access.device_limit, Some(0));
    }
}
