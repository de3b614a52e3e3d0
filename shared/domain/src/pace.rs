//! How fast a person presses, and what becomes of somebody who does not stop.
//!
//! Requests are counted in windows of a minute. The count is a hint that several containers add up, so it is no
//! decision; to stop somebody for a while is one, with its event.

use crate::{Actor, Decision, Event, EventKind, Record, UserId, UserState};
use jiff::{SignedDuration, Timestamp};

/// The operators hear of the same person at most so often.
const TOLD_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// What is stored of a person's requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pace {
    /// Whose.
    pub user: UserId,
    /// The minute (since 1970) that is counted.
    pub minute: i64,
    /// So many requests were reported in it.
    pub count: u32,
    /// Nothing of them is answered before.
    pub stopped_until: Option<Timestamp>,
    /// When the operators last heard of it.
    pub told_at: Option<Timestamp>,
    /// 0 = not stored yet.
    pub version: u64,
}

/// The window that `now` belongs to: minutes since 1970.
pub fn minute_of(now: Timestamp) -> i64 {
    now.as_second().div_euclid(60)
}

/// Seconds until the window of `now` ends: 1 to 60.
pub fn rest_of_minute(now: Timestamp) -> u64 {
    60 - u64::try_from(now.as_second().rem_euclid(60)).unwrap_or(0)
}

impl Pace {
    /// What was reported in the minute of `now`.
    pub fn in_minute(&self, minute: i64) -> u32 {
        if self.minute == minute { self.count } else { 0 }
    }
}

/// The person has paid once, or has money here: they are slowed when they hurry, and never stopped.
pub fn has_paid(state: &UserState) -> bool {
    let bought = state.subscriptions.iter().any(|held| !held.trial);
    bought || state.user.as_ref().is_some_and(|user| !user.balance.is_empty())
}

/// Stops `user`, who made `requests` within a minute, until `until`. `None` if they may not be stopped, or are already.
pub fn stop(
    state: &UserState,
    user: UserId,
    (requests, until): (u32, Timestamp),
    now: Timestamp,
) -> Option<Decision> {
    let known = state.pace.as_ref();
    let stopped = known.and_then(|pace| pace.stopped_until).is_some_and(|until| now < until);
    if stopped || has_paid(state) {
        return None;
    }
    let told_at = known.and_then(|pace| pace.told_at);
    let told = told_at.is_none_or(|at| now.duration_since(at) >= TOLD_EVERY);
    let pace = Pace {
        user,
        minute: minute_of(now),
        count: requests,
        stopped_until: Some(until),
        told_at: if told { Some(now) } else { told_at },
        version: known.map_or(0, |pace| pace.version),
    };
    let kind = EventKind::PaceStopped { requests, until, told };
    let event = Event::new(user, now, Actor::System, kind, &format!("pace/{}", pace.version));
    Some(Decision { once: None, records: vec![Record::Pace(pace)], events: vec![event] })
}
