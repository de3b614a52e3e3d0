//! What has to be sent, decided without I/O. The table in [`crate::Panel::converge`] is the specification.

use super::{
    Proxy,
    groups::{self, Groups, Tags},
    wire::{End, User, strategy},
};
use crate::Desired;
use domain::Access;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// What a user needs to be as wanted.
#[derive(Debug, PartialEq)]
pub(super) struct Changes {
    /// For the PUT: exactly the fields that differ.
    pub(super) fields: Map<String, Value>,
    /// Those of them that we had confirmed before: a person changed them.
    pub(super) by_hand: Vec<&'static str>,
    /// The traffic counter has to start anew.
    pub(super) reset: bool,
}

/// The body that creates the account; `groups` must not be empty.
pub(super) fn creation(want: &Desired, groups: &Groups, settings: &[Proxy]) -> Value {
    let (proxies, inbounds) = groups::creation(groups, settings);
    let mut body = json!({
        "username": want.username,
        "proxies": proxies,
        "inbounds": inbounds,
        "expire": seconds(want.access.end),
        "data_limit": want.access.traffic_limit,
        "data_limit_reset_strategy": strategy(want.access.traffic_reset),
    });
    if !want.description.is_empty() {
        body["note"] = json!(want.description);
    }
    body
}

/// Is `user` ours to change? By the name it was confirmed under, by our mark; one without a note is nobody's, and its
/// name is one that only we would give.
pub(super) fn is_ours(user: &User, want: &Desired) -> bool {
    want.known.as_ref().is_some_and(|known| known.username.eq_ignore_ascii_case(&user.username))
        || is_blank(user)
        || is_marked(user, want)
}

fn is_blank(user: &User) -> bool {
    user.note.as_deref().is_none_or(|note| note.trim().is_empty())
}

fn is_marked(user: &User, want: &Desired) -> bool {
    let mark = want.description.trim();
    !mark.is_empty() && user.note.iter().flat_map(|note| note.lines()).any(|line| line.trim() == mark)
}

/// What `user` lacks. An empty `groups` leaves its servers to the operator.
pub(super) fn changes(
    user: &User,
    want: &Desired,
    now: Timestamp,
    (groups, offer, settings): (&Groups, &Tags, &[Proxy]),
) -> Changes {
    let mut changes = Changes { fields: Map::new(), by_hand: Vec::new(), reset: false };
    if let Some(end) = end(user, want, now) {
        let by_hand =
            want.applied.as_ref().is_some_and(|old| old.end == want.access.end && user.end_at() < old.end);
        changes.set("expire", json!(end), by_hand);
    }
    if want.fresh_period && matches!(user.status.as_str(), "disabled" | "on_hold") {
        changes.set("status", json!("active"), false);
    }
    limits(&mut changes, user, want);
    if !groups.is_empty() {
        servers(&mut changes, want, groups::compare(user, groups, offer, settings));
    }
    if want.known.is_none() && is_blank(user) && !want.description.trim().is_empty() {
        changes.set("note", json!(want.description), false);
    }
    let counted = want.access.traffic_limit > 0 && user.used_traffic > 0;
    changes.reset = want.fresh_period && (user.status == "limited" || counted);
    changes
}

impl Changes {
    fn set(&mut self, field: &'static str, value: Value, by_hand: bool) {
        self.fields.insert(field.to_owned(), value);
        if by_hand {
            self.by_hand.push(field);
        }
    }
}

/// The end to send, if one has to be. An account on hold gets one only with a fresh period, and then always: active
/// without an end would be for ever.
fn end(user: &User, want: &Desired, now: Timestamp) -> Option<i64> {
    let there = user.end();
    if let End::Held(_) = there {
        return want.fresh_period.then(|| seconds(want.access.end));
    }
    let at = user.end_at();
    let ours = want.applied.as_ref().is_some_and(|old| at <= old.end);
    if want.shortened && ours && want.access.end < at {
        return Some(seconds(want.access.end));
    }
    let expired = user.status == "expired";
    if there == End::Never {
        return expired.then_some(0);
    }
    let target = want.access.end.max(at);
    ((target > at || expired) && target > now).then(|| seconds(target))
}

/// 0 would mean never.
fn seconds(at: Timestamp) -> i64 {
    at.as_second().max(1)
}

fn limits(changes: &mut Changes, user: &User, want: &Desired) {
    let access = &want.access;
    // The panel ends `limited` only when it is told a limit; one that fell away must be told even if it is 0 already.
    let stuck = user.status == "limited" && access.traffic_limit == 0;
    if user.limit() != access.traffic_limit || stuck {
        let by_hand = !stuck && was(want, |old| old.traffic_limit == access.traffic_limit);
        changes.set("data_limit", json!(access.traffic_limit), by_hand);
    }
    let wanted = strategy(access.traffic_reset);
    if user.data_limit_reset_strategy != wanted {
        let by_hand = was(want, |old| strategy(old.traffic_reset) == wanted);
        changes.set("data_limit_reset_strategy", json!(wanted), by_hand);
    }
}

fn servers(changes: &mut Changes, want: &Desired, difference: groups::Difference) {
    let set = |access: &Access| access.squads.iter().cloned().collect::<BTreeSet<_>>();
    let by_hand = was(want, |old| set(old) == set(&want.access));
    if let Some(proxies) = difference.proxies {
        changes.set("proxies", proxies, by_hand);
    }
    if !difference.inbounds.is_empty() {
        changes.set("inbounds", Value::Object(difference.inbounds), by_hand);
    }
}

fn was(want: &Desired, same: impl Fn(&Access) -> bool) -> bool {
    want.applied.as_ref().is_some_and(same)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::TrafficReset;

    const NOW: i64 = 1_795_255_200;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn want(end: i64, limit: u64) -> Desired {
        Desired {
            username: "tg_7_1".to_owned(),
            telegram_id: 7,
            description: "2getpro 7/1".to_owned(),
            access: Access {
                end: at(end),
                traffic_limit: limit,
                traffic_reset: TrafficReset::NoReset,
                device_limit: None,
                squads: Vec::new(),
                external_squad: None,
            },
            known: None,
            applied: None,
            fresh_period: false,
            shortened: false,
        }
    }

    fn sent(status: &str, expire: i64, want: &Desired) -> Value {
        let user: User = serde_json::from_value(json!({
            "username": "tg_7_1", "status": status, "expire": expire, "data_limit": null, "used_traffic": 5,
            "data_limit_reset_strategy": "no_reset", "created_at": "2026-11-20T20:40:36", "proxies": {"vless": {}},
            "note": "2getpro 7/1", "subscription_url": "/sub/x",
        }))
        .unwrap();
        Value::Object(changes(&user, want, at(NOW), (&Groups::new(), &Tags::new(), &[])).fields)
    }

    /// States that the panel's own jobs repair in a few seconds.
    #[test]
    fn passing_states_are_ended_with_what_is_there() {
        let soon = want(NOW + 60, 0);
        assert_eq!(sent("expired", NOW + 600, &soon), json!({"expire": NOW + 600}), "never earlier");
        assert_eq!(sent("expired", 0, &soon), json!({"expire": 0}));
        assert_eq!(sent("expired", NOW - 600, &want(NOW - 60, 0)), json!({}));
        assert_eq!(
            sent("limited", NOW + 60, &soon),
            json!({"data_limit": 0}),
            "a limit that fell away is told"
        );
        assert_eq!(sent("active", 0, &soon), json!({}));
    }

    #[test]
    fn no_end_is_ever_sent_as_never() {
        assert_eq!(creation(&want(0, 0), &Groups::new(), &[])["expire"], 1);
        let over = Desired { applied: Some(want(NOW + 60, 0).access), shortened: true, ..want(-5, 0) };
        assert_eq!(sent("active", NOW + 60, &over), json!({"expire": 1}));
    }
}
