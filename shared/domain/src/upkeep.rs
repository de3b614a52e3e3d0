//! The alarm clock of a subscription: reminders, the end, and a second look at deliveries that did not arrive.

use crate::{Actor, Decision, Event, EventKind, IdError, Record, Renewal, Subscription, extra, renewal};
use jiff::{SignedDuration, Timestamp};
use std::{fmt, str::FromStr};

/// How long a delivery may take before the clock asks for it again. The queue itself tries far more often; this is for
/// what the queue gave up.
const REDELIVER_AFTER: SignedDuration = SignedDuration::from_mins(60);

/// Others who renew a subscription take the money about when it ends: so long after that nobody is told that it is over.
const RENEWS_LATE: SignedDuration = SignedDuration::from_hours(6);

/// Reminders, in order; each is given once for an end date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// None given yet.
    Fresh,
    /// Three days are left.
    ThreeDays,
    /// One day is left.
    OneDay,
    /// It is over.
    Ended,
}

impl Stage {
    /// Every reminder of `subscription` and when it is due.
    fn due(subscription: &Subscription) -> [(Self, Timestamp); 3] {
        let ended = match subscription.renewal {
            Renewal::Provider { .. } => RENEWS_LATE,
            Renewal::Off | Renewal::Charge => SignedDuration::ZERO,
        };
        [
            (Self::ThreeDays, SignedDuration::from_hours(-72)),
            (Self::OneDay, SignedDuration::from_hours(-24)),
            (Self::Ended, ended),
        ]
        .map(|(stage, offset)| (stage, due_at(subscription.end, offset)))
    }

    const NAMES: [(Self, &'static str); 4] = [
        (Self::Fresh, "fresh"),
        (Self::ThreeDays, "three_days"),
        (Self::OneDay, "one_day"),
        (Self::Ended, "ended"),
    ];
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::NAMES.iter().find(|(stage, _)| stage == self).map_or("fresh", |(_, name)| name))
    }
}

impl FromStr for Stage {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let found = Self::NAMES.iter().find(|(_, name)| *name == text);
        found.map(|(stage, _)| *stage).ok_or(IdError { kind: "reminder stage" })
    }
}

fn due_at(end: Timestamp, offset: SignedDuration) -> Timestamp {
    end.checked_add(offset).unwrap_or(end)
}

/// When the clock should ring next for `subscription`, seen from `now`; always later than `now`.
pub fn next_at(subscription: &Subscription, now: Timestamp) -> Option<Timestamp> {
    let reminders = Stage::due(subscription).into_iter().filter(|(stage, _)| *stage > subscription.stage);
    let reminders = reminders.map(|(_, at)| at);
    let charge = renewal::charge_at(subscription).map(|at| at.max(due_at(now, SignedDuration::from_secs(1))));
    let redelivery = (!subscription.is_delivered()).then(|| due_at(now, REDELIVER_AFTER));
    let leaving = subscription.leaving.iter().map(|left| left.until);
    let leaving = leaving.map(|until| if until > now { until } else { due_at(now, REDELIVER_AFTER) });
    reminders
        .chain(redelivery)
        .chain(subscription.extras_end_at())
        .chain(charge)
        .chain(leaving)
        .filter(|at| *at > now)
        .min()
}

/// The clock rang: what is due for `subscription` at `now`.
///
/// Of several reminders that came due together only the last is given. The key holds the version, so that a second
/// ring for the same state does nothing.
pub fn tick(subscription: &Subscription, now: Timestamp) -> Decision {
    if subscription.next_at.is_none_or(|at| at > now) {
        return Decision::nothing();
    }
    let mut next = subscription.clone();
    let key = format!("tick/{}/{}/{}", next.user, next.no, next.version);
    let event = |kind| Event::new(subscription.user, now, Actor::System, kind, &key);
    let mut events = Vec::new();
    let due = Stage::due(subscription);
    let due = due.into_iter().rev().find(|(stage, at)| *stage > subscription.stage && *at <= now);
    if let Some((stage, _)) = due {
        next.stage = stage;
        // Who pays without being asked needs no second reminder to pay.
        if stage != Stage::OneDay || next.renewal == Renewal::Off {
            events.push(event(EventKind::Reminded { no: next.no, stage, end: next.end }));
        }
    }
    let lapsed = extra::lapse(&mut next, now);
    if lapsed > 0 {
        next.revision += 1;
        events.push(extra::ended(&next, (lapsed, None), Actor::System, &key, now));
    }
    if !subscription.is_delivered() || subscription.leaving.iter().any(|left| left.until <= now) {
        events.push(event(EventKind::RedeliveryDue { no: next.no, revision: next.revision }));
    }
    next.next_at = next_at(&next, now);
    Decision { once: None, records: vec![Record::Subscription(next)], events }
}
