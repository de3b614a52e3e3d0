//! The channel that people join before the shop serves them: who is exempt, and what is remembered of a look.

use crate::{Actor, Decision, Event, EventKind, Once, Record, User, UserState};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};

/// So long a look at somebody's membership counts. Leaving ends it at once, where Telegram tells us.
pub const LASTS: SignedDuration = SignedDuration::from_mins(10);

/// What the last look said: in the channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass {
    /// Not asked again before.
    pub ok_until: Timestamp,
}

/// The person has paid for something that they still have: nothing may stand between them and it.
pub fn is_exempt(state: &UserState, now: Timestamp) -> bool {
    let runs = state.subscriptions.iter().any(|held| !held.trial && held.end > now);
    runs || state.user.as_ref().is_some_and(|user| !user.balance.is_empty())
}

/// The last look still counts.
pub fn has_passed(user: &User, now: Timestamp) -> bool {
    user.gate.is_some_and(|pass| pass.ok_until > now)
}

/// The person is in the channel (`true`) or not, as Telegram says at `now`. No event: nothing changes but what has to
/// be asked next time.
pub fn seen(user: &User, inside: bool, now: Timestamp) -> Decision {
    let gate = inside.then_some(Pass { ok_until: now + LASTS });
    if user.gate == gate {
        return Decision::nothing();
    }
    Decision { once: None, records: vec![Record::User(User { gate, ..user.clone() })], events: Vec::new() }
}

/// Nobody can be looked up in `channel`, for `reason`. Told once a day (UTC).
pub fn broken(channel: &str, reason: &str, now: Timestamp) -> Decision {
    let key = format!("gate/{channel}/{}", now.to_zoned(TimeZone::UTC).date());
    let kind = EventKind::GateBroken { channel: channel.to_owned(), reason: reason.to_owned() };
    let event = Event::of_shop(now, Actor::System, kind, &key);
    Decision { once: Some(Once::new(key, "told")), records: Vec::new(), events: vec![event] }
}
