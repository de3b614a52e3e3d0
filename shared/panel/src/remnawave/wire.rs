//! What Remnawave answers: the envelope and its errors.

use crate::{
    Family, Fault, GateSign, PanelError,
    http::{Answer, by_status, plain},
};
use serde_json::Value;

/// Opens an answer: what is inside `{"response": …}`, `Null` for an empty success (v3 deletes answer 204), or the
/// error it stands for. An answer is a success only if status and body agree.
pub(super) fn open(answer: &Answer) -> Result<Value, PanelError> {
    let Answer { status, retry_after, body } = answer;
    if let Some(error) = by_status(*status, retry_after.as_deref()) {
        return Err(error);
    }
    let json = serde_json::from_slice::<Value>(body).ok().filter(Value::is_object);
    match (*status, json) {
        (200..=299, Some(Value::Object(mut envelope))) => {
            let garbage = || PanelError::Garbage { cause: format!("no `response` in a {status} answer") };
            envelope.remove("response").ok_or_else(garbage)
        }
        (200..=299, _) if body.is_empty() => Ok(Value::Null),
        (200..=299, _) => Err(PanelError::Garbage { cause: format!("no JSON object in a {status} answer") }),
        (502..=504, _) | (500.., None) => Err(PanelError::Unavailable { cause: Fault::Status(*status) }),
        (_, None) => Err(PanelError::Gate { sign: GateSign::Page }),
        (401 | 403, Some(_)) => Err(PanelError::Unauthorized),
        (_, Some(error)) => Err(refusal(*status, &error)),
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

/// The newest version that we know: what a shop needs is the same from 3.0 through 3.4.
const NEWEST: (u32, u32) = (3, 4);

/// Major and minor.
fn parts(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.trim_start_matches('v').split(['.', '-', '+']);
    let major = parts.next()?.parse().ok()?;
    Some((major, parts.next().and_then(|minor| minor.parse().ok()).unwrap_or_default()))
}

/// The family of a version such as `3.3.2`; a newer one is taken for the newest we know.
pub(super) fn family_of(version: &str) -> Option<Family> {
    Some(if parts(version)?.0 < NEWEST.0 { Family::V2 } else { Family::V3 })
}

/// Nothing is known of this version; it is used like the newest one.
pub(super) fn is_newer(version: &str) -> bool {
    parts(version).is_none_or(|parts| parts > NEWEST)
}

/// "Cannot GET …": this version has no such route, in contrast to "no such user", which has a code.
pub(super) fn is_unrouted(error: &PanelError) -> bool {
    matches!(error, PanelError::Refused { status: 404, code: None, .. })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remnawave::user::User;

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
        match (status, open(&Answer::of(status, body.as_bytes()))) {
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
        let PanelError::Refused { code: None, message, status: 400 } =
            open(&Answer::of(400, body)).unwrap_err()
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
            assert!(matches!(open(&Answer::of(200, body)), Err(PanelError::Garbage { .. })), "{body:?}");
        }
        assert_eq!(open(&Answer::of(204, b"")).unwrap(), Value::Null);
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
}
