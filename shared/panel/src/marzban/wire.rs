//! What Marzban answers: its errors, and the user object.

use super::groups::{self, Tags};
use crate::{
    Fault, GateSign, Listed, PanelError,
    http::{Answer, by_status, decode, plain},
};
use domain::{Access, TrafficReset, provisioning::Account};
use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::{Map, Value};
use url::Url;

/// 2099-12-31T23:59:59Z: how an account without an end is reported.
const FOREVER: i64 = 4_102_444_799;

/// Our names for refusals that decide something; Marzban has words only.
const ABSENT: &str = "absent";
const TAKEN: &str = "taken";
const FORBIDDEN: &str = "forbidden";

/// Opens an answer: its JSON, or the error it stands for. There is no envelope, so whether a success is one shows
/// when its fields are read.
pub(super) fn open(answer: &Answer) -> Result<Value, PanelError> {
    let Answer { status, retry_after, body } = answer;
    if let Some(error) = by_status(*status, retry_after.as_deref()) {
        return Err(error);
    }
    let json = serde_json::from_slice::<Value>(body).ok().filter(|json| json.is_object() || json.is_array());
    match (*status, json) {
        (200..=299, Some(json)) => Ok(json),
        (200..=299, None) => Err(PanelError::Garbage { cause: format!("no JSON in a {status} answer") }),
        (500.., _) => Err(PanelError::Unavailable { cause: Fault::Status(*status) }),
        (_, None) => Err(PanelError::Gate { sign: GateSign::Page }),
        (401, Some(_)) => Err(PanelError::Unauthorized),
        (_, Some(error)) => Err(refusal(*status, &error["detail"])),
    }
}

/// `detail` is a text, or for a validation a map from fields to texts.
fn refusal(status: u16, detail: &Value) -> PanelError {
    let message = match detail {
        Value::String(text) => text.clone(),
        Value::Object(fields) => {
            let fields: Vec<_> =
                fields.iter().map(|(field, text)| format!("{field}: {}", plain(text))).collect();
            fields.join("; ")
        }
        other => other.to_string(),
    };
    let code = match status {
        404 if message == "User not found" => Some(ABSENT),
        409 => Some(TAKEN),
        403 => Some(FORBIDDEN),
        _ => None,
    };
    PanelError::Refused { code: code.map(str::to_owned), message, status }
}

fn has_code(error: &PanelError, wanted: &str) -> bool {
    matches!(error, PanelError::Refused { code: Some(code), .. } if code == wanted)
}

/// There is no such account.
pub(super) fn is_absent(error: &PanelError) -> bool {
    has_code(error, ABSENT)
}

/// The user name exists already.
pub(super) fn is_taken(error: &PanelError) -> bool {
    has_code(error, TAKEN)
}

/// Another administrator's account, or a call that is not for our administrator.
pub(super) fn is_forbidden(error: &PanelError) -> bool {
    has_code(error, FORBIDDEN)
}

/// The program behind the panel broke down over this call: it may have done it all the same.
pub(super) fn is_crash(error: &PanelError) -> bool {
    matches!(error, PanelError::Unavailable { cause: Fault::Status(500) })
}

/// What we read of a user. No `Debug`: `proxies` holds keys and passwords, which a change has to send back.
#[derive(Deserialize)]
pub(super) struct User {
    pub(super) username: String,
    pub(super) status: String,
    /// Unix seconds; none or 0 = never, or not yet while on hold.
    expire: Option<i64>,
    data_limit: Option<u64>,
    pub(super) data_limit_reset_strategy: String,
    pub(super) proxies: Map<String, Value>,
    #[serde(default)]
    pub(super) inbounds: Tags,
    #[serde(default)]
    pub(super) excluded_inbounds: Tags,
    pub(super) note: Option<String>,
    pub(super) used_traffic: u64,
    #[serde(deserialize_with = "instant")]
    pub(super) created_at: Timestamp,
    #[serde(default, deserialize_with = "maybe_instant")]
    online_at: Option<Timestamp>,
    on_hold_expire_duration: Option<i64>,
    /// Carried over by every change: one without it deletes it.
    pub(super) next_plan: Option<Value>,
    subscription_url: String,
}

/// Until when an account is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    At(Timestamp),
    Never,
    /// It has so many seconds from its first connection on.
    Held(i64),
}

impl User {
    /// Reads a user, and checks that it is the one that was asked for (on `MySQL` names have no case).
    pub(super) fn read(answer: Value, username: &str) -> Result<Self, PanelError> {
        let user: Self = decode(answer)?;
        if user.username.eq_ignore_ascii_case(username) {
            return Ok(user);
        }
        Err(PanelError::Garbage { cause: format!("asked for {username:?}, answered {:?}", user.username) })
    }

    pub(super) fn end(&self) -> End {
        let held = self.on_hold_expire_duration.filter(|seconds| *seconds > 0);
        match (self.expire.filter(|seconds| *seconds != 0), held) {
            (Some(seconds), _) => Timestamp::from_second(seconds).map_or(End::Never, End::At),
            // One that was switched off while on hold is on hold again when it is switched on.
            (None, Some(seconds)) if self.status == "on_hold" || self.status == "disabled" => {
                End::Held(seconds)
            }
            (None, _) => End::Never,
        }
    }

    /// The end as the shop counts: never is far away; on hold, the soonest that it can be.
    pub(super) fn end_at(&self) -> Timestamp {
        let forever = Timestamp::from_second(FOREVER).unwrap_or(Timestamp::MAX);
        match self.end() {
            End::At(end) => end,
            End::Never => forever,
            End::Held(seconds) => {
                let end = self.created_at.saturating_add(SignedDuration::from_secs(seconds));
                end.ok().and_then(|end| Timestamp::from_second(end.as_second()).ok()).unwrap_or(forever)
            }
        }
    }

    /// Bytes; 0 = unlimited.
    pub(super) fn limit(&self) -> u64 {
        self.data_limit.unwrap_or(0)
    }

    /// The user as the domain sees it. With `want`, what Marzban has no word for is reported as wanted: devices,
    /// an external squad, the kind of month, groups that grant the same in other words.
    pub(super) fn into_account(self, base: &Url, want: Option<&Access>) -> Result<Account, PanelError> {
        let link = absolute(base, &self.subscription_url)?;
        let reset = match (self.data_limit_reset_strategy.as_str(), want.map(|want| want.traffic_reset)) {
            (there, Some(wanted)) if there == strategy(wanted) => wanted,
            ("day", _) => TrafficReset::Day,
            ("week", _) => TrafficReset::Week,
            ("month", _) => TrafficReset::Month,
            // `year` too: the nearest that the shop knows.
            _ => TrafficReset::NoReset,
        };
        let end = match (self.end(), want) {
            (End::Held(_), Some(want)) => want.end,
            _ => self.end_at(),
        };
        let squads = match want {
            Some(want) if !want.squads.is_empty() => want.squads.clone(),
            _ => groups::granted(&self),
        };
        Ok(Account {
            link,
            link_varies: true,
            access: Access {
                end,
                traffic_limit: self.limit(),
                traffic_reset: reset,
                device_limit: want.and_then(|want| want.device_limit),
                squads,
                external_squad: want.and_then(|want| want.external_squad.clone()),
            },
            username: self.username,
            panel_id: None,
            panel_uuid: None,
            used: self.used_traffic,
            first_connected_at: self.online_at,
            online_at: self.online_at,
        })
    }

    /// The user in a listing of all.
    pub(super) fn into_listed(mut self, base: &Url) -> Result<Listed, PanelError> {
        let description = self.note.take().filter(|note| !note.is_empty());
        let disabled = self.status == "disabled";
        Ok(Listed { account: self.into_account(base, None)?, telegram_id: None, description, disabled })
    }
}

/// Marzban's word. Its month is 30 days from the start, so both of ours are meant by it.
pub(super) fn strategy(reset: TrafficReset) -> &'static str {
    match reset {
        TrafficReset::NoReset => "no_reset",
        TrafficReset::Day => "day",
        TrafficReset::Week => "week",
        TrafficReset::Month | TrafficReset::MonthRolling => "month",
    }
}

/// A link without a host is one on the panel's own address.
fn absolute(base: &Url, link: &str) -> Result<String, PanelError> {
    let url = if link.starts_with('/') { base.join(link) } else { Url::parse(link) };
    match url {
        Ok(url) if matches!(url.scheme(), "https" | "http") => {
            Ok(if link.starts_with('/') { url.into() } else { link.to_owned() })
        }
        _ => Err(PanelError::Garbage { cause: "the subscription link is not a web address".to_owned() }),
    }
}

/// Marzban's times are UTC and do not say so.
pub(super) fn time(text: &str) -> Result<Timestamp, jiff::Error> {
    text.parse().or_else(|_| text.parse::<DateTime>()?.to_zoned(TimeZone::UTC).map(|at| at.timestamp()))
}

fn instant<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
    time(&String::deserialize(from)?).map_err(D::Error::custom)
}

fn maybe_instant<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    text.map(|text| time(&text).map_err(D::Error::custom)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const RECORDED: &str = include_str!("../../../../tests/standins/panels/data/marzban-0.8.4.jsonl");

    fn base() -> Url {
        "https://panel.example.com/api".parse().unwrap()
    }

    /// Every full user object in `value`, however deep.
    fn users(value: &Value) -> Vec<&Value> {
        let inside = match value {
            Value::Object(map) => map.values().flat_map(users).collect::<Vec<_>>(),
            Value::Array(items) => items.iter().flat_map(users).collect(),
            _ => Vec::new(),
        };
        let is_user = value.get("proxies").is_some() && value.get("admin").is_some();
        is_user.then_some(value).into_iter().chain(inside).collect()
    }

    fn check_user(recorded: &Value) {
        let name = recorded["username"].as_str().unwrap();
        let user = User::read(recorded.clone(), name).unwrap();
        let end = match (user.end(), recorded["expire"].as_i64()) {
            (End::At(end), Some(seconds)) => end.as_second() == seconds,
            (End::Held(seconds), None) => recorded["on_hold_expire_duration"] == seconds,
            (End::Never, None) => recorded["status"] != "on_hold",
            _ => false,
        };
        assert!(end, "{recorded}");
        assert_eq!(user.next_plan.is_some(), recorded["next_plan"].is_object());
        let account = user.into_account(&base(), None).unwrap();
        assert_eq!(account.username, name);
        assert_eq!(account.link, recorded["subscription_url"].as_str().unwrap());
        assert_eq!(account.access.traffic_limit, recorded["data_limit"].as_u64().unwrap_or(0));
        assert_eq!(account.access.squads.is_empty(), recorded["links"] == json!([]), "{recorded}");
    }

    /// Reads one recorded answer as the client would; answers how many users were in it.
    fn check(line: &Value) -> usize {
        let (label, answer) = (line["label"].as_str().unwrap(), &line["answer"]);
        let status = u16::try_from(line["status"].as_u64().unwrap()).unwrap();
        let body = answer.as_str().map_or_else(|| answer.to_string(), str::to_owned);
        match (status, open(&Answer::of(status, body.as_bytes()))) {
            (200, Ok(inside)) => assert_eq!(inside, *answer, "{label}"),
            // What an app gets is no JSON.
            (200, Err(PanelError::Garbage { .. })) => assert!(answer.is_string(), "{label}"),
            (401, Err(PanelError::Unauthorized)) => {}
            (500, Err(error)) => assert!(is_crash(&error), "{label}"),
            (404, Err(error)) => {
                assert_eq!(is_absent(&error), answer["detail"] == "User not found", "{label}");
            }
            (409, Err(error)) => assert!(is_taken(&error), "{label}"),
            (400 | 422, Err(PanelError::Refused { code: None, message, .. })) => {
                let detail = &answer["detail"];
                let words = detail.as_str().or_else(|| detail.as_object()?.values().next()?.as_str());
                assert!(message.contains(words.unwrap()), "{label}: {message}");
            }
            (_, other) => panic!("{label}: {status} was read as {other:?}"),
        }
        let users = users(answer);
        for user in &users {
            check_user(user);
        }
        users.len()
    }

    #[test]
    fn every_recorded_answer_is_read() {
        let lines = RECORDED.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        assert_eq!(lines.map(|line| check(&line)).sum::<usize>(), 28);
    }

    #[test]
    fn gates_are_told_apart() {
        assert!(matches!(open(&Answer::of(302, b"")), Err(PanelError::Gate { sign: GateSign::Redirect })));
        assert!(matches!(open(&Answer::of(401, b"<html>")), Err(PanelError::Gate { sign: GateSign::Page })));
        assert!(matches!(open(&Answer::of(200, b"<html>")), Err(PanelError::Garbage { .. })));
        assert!(matches!(open(&Answer::of(200, b"null")), Err(PanelError::Garbage { .. })));
        let forbidden = open(&Answer::of(403, br#"{"detail":"You're not allowed"}"#)).unwrap_err();
        assert!(is_forbidden(&forbidden));
        let body = br#"{"detail":{"expire":"not a number","note":"too long"}}"#;
        let PanelError::Refused { message, .. } = open(&Answer::of(422, body)).unwrap_err() else {
            panic!("?")
        };
        assert_eq!(message, "expire: not a number; note: too long");
    }

    #[test]
    fn a_link_without_a_host_is_on_the_panels_own() {
        let cases = [
            ("/sub/dGdf_x-Y", Some("https://panel.example.com/sub/dGdf_x-Y")),
            ("https://sub.example.com/sub/x", Some("https://sub.example.com/sub/x")),
            ("", None),
            ("sub.example.com/sub/x", None),
            ("javascript:alert(1)", None),
        ];
        for (link, expected) in cases {
            assert_eq!(absolute(&base(), link).ok().as_deref(), expected, "{link}");
        }
    }

    #[test]
    fn times_are_utc() {
        for text in ["2026-11-20T20:40:36.691487", "2026-11-20T20:40:36.691487Z"] {
            assert_eq!(time(text).unwrap(), "2026-11-20T20:40:36.691487Z".parse().unwrap());
        }
        assert!(time("yesterday").is_err());
    }
}
