//! What has to be sent, decided without I/O. The table in [`crate::Panel::converge`] is the specification.

use super::user::User;
use crate::Desired;
use domain::Access;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// A panel refuses an end that its own clock has passed; ours may be this much behind.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_secs(30);

/// How soon an account can be made to end.
const LAST_MOMENT: SignedDuration = SignedDuration::from_mins(2);

/// What a user needs to be as wanted.
#[derive(Debug, PartialEq)]
pub(super) struct Changes {
    /// For the PATCH: exactly the fields that differ.
    pub(super) fields: Map<String, Value>,
    /// Those of them that we had confirmed before: a person changed them.
    pub(super) by_hand: Vec<&'static str>,
    /// The traffic counter has to start anew.
    pub(super) reset: bool,
}

/// The body that creates the account. Nulls are refused there, so what is not set is left out; a past end is taken.
pub(super) fn creation(want: &Desired) -> Value {
    let access = &want.access;
    let mut body = json!({
        "username": want.username,
        "expireAt": instant(access.end),
        "trafficLimitBytes": access.traffic_limit,
        "trafficLimitStrategy": access.traffic_reset.name(),
        "telegramId": want.telegram_id,
    });
    if !want.description.is_empty() {
        body["description"] = json!(want.description);
    }
    if let Some(limit) = access.device_limit {
        body["hwidDeviceLimit"] = json!(limit);
    }
    if !access.squads.is_empty() {
        body["activeInternalSquads"] = json!(access.squads);
    }
    if let Some(squad) = &access.external_squad {
        body["externalSquadUuid"] = json!(squad);
    }
    body
}

/// Is `user` ours to change? By the id we were told, by Telegram id, by our mark; one without a Telegram id is
/// nobody's, and its name is one that only we would give.
pub(super) fn is_ours(user: &User, want: &Desired) -> bool {
    want.known.as_ref().is_some_and(|known| user.has_id(known))
        || user.telegram_id.is_none_or(|id| id == want.telegram_id)
        || is_marked(user, want)
}

fn is_marked(user: &User, want: &Desired) -> bool {
    let mark = want.description.trim();
    !mark.is_empty() && user.description.iter().flat_map(|text| text.lines()).any(|line| line.trim() == mark)
}

/// What `user` lacks.
pub(super) fn changes(user: &User, want: &Desired, now: Timestamp) -> Changes {
    let mut changes = Changes { fields: Map::new(), by_hand: Vec::new(), reset: false };
    if let Some(end) = end(user, want, now) {
        let by_hand =
            want.applied.as_ref().is_some_and(|old| old.end == want.access.end && user.end() < old.end);
        changes.set("expireAt", json!(instant(end)), by_hand);
    }
    if user.is_disabled() && want.fresh_period {
        changes.set("status", json!("ACTIVE"), false);
    }
    limits(&mut changes, user, want);
    squads(&mut changes, user, want);
    identity(&mut changes, user, want);
    let counted = want.access.traffic_limit > 0 && user.used() > 0;
    changes.reset = want.fresh_period && (user.status == "LIMITED" || counted);
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

/// The end to send, if one has to be: never an earlier one than the panel has, never a past one. An expired account
/// with days left is re-opened by sending its end.
fn end(user: &User, want: &Desired, now: Timestamp) -> Option<Timestamp> {
    if let Some(earlier) = shortened(user, want, now) {
        return Some(earlier);
    }
    let target = want.access.end.max(user.end());
    let owed = target > user.end() || user.status == "EXPIRED";
    (owed && target > now.saturating_add(CLOCK_SKEW).unwrap_or(now)).then_some(target)
}

/// The earlier end after money went back. Only what we had confirmed ourselves is taken back; and the panel refuses a
/// past date, so what is over ends in a moment.
fn shortened(user: &User, want: &Desired, now: Timestamp) -> Option<Timestamp> {
    let ours = want.applied.as_ref().is_some_and(|old| user.end() <= old.end);
    let soonest = now.saturating_add(LAST_MOMENT).unwrap_or(now);
    let target = want.access.end.max(Timestamp::from_second(soonest.as_second()).unwrap_or(soonest));
    (want.shortened && ours && target < user.end()).then_some(target)
}

fn limits(changes: &mut Changes, user: &User, want: &Desired) {
    let access = &want.access;
    // The panel ends LIMITED only when it is told a limit; one that fell away must be told even if it is 0 already.
    let stuck = user.status == "LIMITED" && access.traffic_limit == 0;
    if user.traffic_limit_bytes != access.traffic_limit || stuck {
        let by_hand = !stuck && was(want, |old| old.traffic_limit == access.traffic_limit);
        changes.set("trafficLimitBytes", json!(access.traffic_limit), by_hand);
    }
    if user.traffic_limit_strategy != access.traffic_reset.name() {
        let by_hand = was(want, |old| old.traffic_reset == access.traffic_reset);
        changes.set("trafficLimitStrategy", json!(access.traffic_reset.name()), by_hand);
    }
    if user.hwid_device_limit != access.device_limit {
        let by_hand = was(want, |old| old.device_limit == access.device_limit);
        changes.set("hwidDeviceLimit", json!(access.device_limit), by_hand);
    }
}

fn squads(changes: &mut Changes, user: &User, want: &Desired) {
    let access = &want.access;
    let there = set(user.active_internal_squads.iter().map(|squad| &squad.uuid));
    let wanted = set(&access.squads);
    if !wanted.is_empty() && there != wanted {
        let by_hand = was(want, |old| set(&old.squads) == wanted);
        changes.set("activeInternalSquads", json!(access.squads), by_hand);
    }
    let same = match (&user.external_squad_uuid, &access.external_squad) {
        (Some(there), Some(wanted)) => there.eq_ignore_ascii_case(wanted),
        (there, wanted) => there.is_none() && wanted.is_none(),
    };
    if !same {
        let by_hand = was(want, |old| old.external_squad == access.external_squad);
        changes.set("externalSquadUuid", json!(access.external_squad), by_hand);
    }
}

fn identity(changes: &mut Changes, user: &User, want: &Desired) {
    if user.telegram_id != Some(want.telegram_id) {
        changes.set("telegramId", json!(want.telegram_id), want.known.is_some());
    }
    if want.known.is_none() && !want.description.trim().is_empty() && !is_marked(user, want) {
        let text = user.description.as_deref().unwrap_or_default();
        let separator = if text.is_empty() { "" } else { "\n" };
        changes.set("description", json!(format!("{}{separator}{text}", want.description)), false);
    }
}

fn was(want: &Desired, same: impl Fn(&Access) -> bool) -> bool {
    want.applied.as_ref().is_some_and(same)
}

fn set<'a>(uuids: impl IntoIterator<Item = &'a String>) -> BTreeSet<String> {
    uuids.into_iter().map(|uuid| uuid.to_ascii_lowercase()).collect()
}

/// The form that the panel itself prints.
fn instant(at: Timestamp) -> String {
    format!("{at:.3}")
}
