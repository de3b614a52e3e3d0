//! How fast people press, counted so that nobody who presses as people do costs a write.
//!
//! Every container counts in memory, by the minute. What the others counted comes with the one query that loads a
//! person (`#PACE`). After [`step`] requests of the same person a container adds them up in the table; somebody who
//! stays below that in a minute is never written down.
//!
//! What slips through: with `c` containers and a step of `s`, at most `limit + c × s` requests of a person are let
//! through in a minute. Before the sum in the table reaches the limit, each container holds at most `s − 1` unreported
//! ones; after it, each lets one more through, whose load shows it the sum. A test holds the bound.

use crate::{
    Shop, ShopError,
    error::{Attempt, commit, until_done},
};
use domain::{Language, UserId, UserState, pace};
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// How much a person may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Requests in a minute; 0 = as many as they like.
    pub per_minute: u32,
    /// For so long somebody is not answered who makes twice as many and never paid; zero = they are only slowed.
    pub stop: SignedDuration,
}

/// May a request go on?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Yes.
    Free,
    /// Not before so many seconds have gone by.
    Slow {
        /// Until the minute ends.
        wait: u64,
        /// They have not been told for a while.
        tell: bool,
        /// What they speak, as far as it is known.
        language: Option<Language>,
    },
    /// Not before this moment.
    Stopped {
        /// When it ends.
        until: Timestamp,
        /// It begins with this request.
        tell: bool,
        /// What they speak, as far as it is known.
        language: Option<Language>,
    },
}

/// After so many requests of one person in a minute a container writes them down.
pub fn step(limit: u32) -> u32 {
    (limit / 3).clamp(1, 10)
}

/// Who is too fast is told so once in this time; in between presses are only acknowledged.
const TELL_EVERY: SignedDuration = SignedDuration::from_secs(10);

/// So many people are remembered.
const MOST: usize = 10_000;

#[derive(Debug, Default)]
struct Local {
    minute: i64,
    /// Counted here.
    own: u32,
    /// Of these, written down.
    reported: u32,
    /// Written down by others, as far as is known.
    others: u32,
    /// They are stopped, or cannot be: decided once a minute.
    judged: bool,
    language: Option<Language>,
    stopped_until: Option<Timestamp>,
    told_at: Option<Timestamp>,
}

/// What a container knows of the people that press.
#[derive(Debug, Default)]
pub(crate) struct Meter(Mutex<HashMap<UserId, Local>>);

/// What one more request means.
#[derive(Debug, PartialEq, Eq)]
enum Count {
    Decided(Verdict),
    /// It goes on; so many are to be written down.
    Report(u32),
    /// Far too many.
    Abuse {
        requests: u32,
        slow: Verdict,
    },
}

impl Meter {
    fn with<T>(&self, id: UserId, minute: i64, act: impl FnOnce(&mut Local) -> T) -> T {
        let mut people = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if people.len() >= MOST && !people.contains_key(&id) {
            people.retain(|_, local| local.minute == minute);
            if people.len() >= MOST {
                people.clear();
            }
        }
        let local = people.entry(id).or_default();
        if local.minute != minute {
            (local.own, local.reported, local.others, local.judged) = (0, 0, 0, false);
            local.minute = minute;
        }
        act(local)
    }

    fn count(&self, id: UserId, limit: Limit, now: Timestamp) -> Count {
        self.with(id, pace::minute_of(now), |local| {
            local.own = local.own.saturating_add(1);
            if let Some(until) = local.stopped_until.filter(|until| now < *until) {
                return Count::Decided(Verdict::Stopped { until, tell: false, language: local.language });
            }
            let requests = local.own.saturating_add(local.others);
            if requests <= limit.per_minute {
                let new = local.own - local.reported;
                return if new >= step(limit.per_minute) {
                    Count::Report(new)
                } else {
                    Count::Decided(Verdict::Free)
                };
            }
            let tell = local.told_at.is_none_or(|at| now.duration_since(at) >= TELL_EVERY);
            if tell {
                local.told_at = Some(now);
            }
            let slow = Verdict::Slow { wait: pace::rest_of_minute(now), tell, language: local.language };
            let abuse = requests >= limit.per_minute.saturating_mul(2) && limit.stop > SignedDuration::ZERO;
            if abuse && !local.judged {
                local.judged = true;
                return Count::Abuse { requests, slow };
            }
            Count::Decided(slow)
        })
    }

    /// `reported` more requests of a person are written down, which makes `sum` of all containers.
    fn reported(&self, id: UserId, minute: i64, (reported, sum): (u32, u32)) {
        self.with(id, minute, |local| {
            local.reported = local.reported.saturating_add(reported);
            local.others = sum.saturating_sub(local.reported);
        });
    }

    fn stopped(&self, id: UserId, until: Timestamp, now: Timestamp) {
        self.with(id, pace::minute_of(now), |local| local.stopped_until = Some(until));
    }

    /// A person was loaded: what others counted is known.
    fn seen(&self, state: &UserState, now: Timestamp) {
        let user = state.user.as_ref();
        let Some(id) = user.map(|user| user.id).or(state.pace.as_ref().map(|pace| pace.user)) else { return };
        self.with(id, pace::minute_of(now), |local| {
            local.language = user.map(|user| user.language).or(local.language);
            let Some(known) = &state.pace else { return };
            local.others = known.in_minute(local.minute).saturating_sub(local.reported).max(local.others);
            local.stopped_until = known.stopped_until.max(local.stopped_until);
        });
    }
}

impl Shop {
    /// A request of `id` came at `now`: may it go on? Never an error: a table that cannot count keeps nobody out.
    pub async fn pace(&self, id: UserId, limit: Limit, now: Timestamp) -> Verdict {
        if limit.per_minute == 0 {
            return Verdict::Free;
        }
        match self.meter.count(id, limit, now) {
            Count::Decided(verdict) => verdict,
            Count::Report(new) => {
                let minute = pace::minute_of(now);
                match Box::pin(self.store.add_to_pace(id, minute, new)).await {
                    Ok(sum) => self.meter.reported(id, minute, (new, sum)),
                    Err(error) => tracing::warn!(%error, "how fast somebody presses is not added up"),
                }
                Verdict::Free
            }
            Count::Abuse { requests, slow } => {
                match Box::pin(self.stop(id, (requests, limit.stop), now)).await {
                    Ok(Some(verdict)) => verdict,
                    Ok(None) => slow,
                    Err(error) => {
                        tracing::warn!(%error, "somebody who presses without end is only slowed");
                        slow
                    }
                }
            }
        }
    }

    /// Stops a person who never paid; `None` if they are only slowed.
    async fn stop(
        &self,
        id: UserId,
        (requests, stop): (u32, SignedDuration),
        now: Timestamp,
    ) -> Result<Option<Verdict>, ShopError> {
        let until = now.checked_add(stop).unwrap_or(now);
        until_done(async |_| {
            let state = self.store.user_state(id).await?;
            let language = state.user.as_ref().map(|user| user.language);
            match pace::stop(&state, id, (requests, until), now) {
                None => {
                    self.saw(&state, now);
                    Ok(Attempt::Done(None))
                }
                Some(decision) => {
                    let verdict = Verdict::Stopped { until, tell: true, language };
                    let attempt = commit(&self.store, &decision, Some(verdict)).await?;
                    if matches!(attempt, Attempt::Done(_)) {
                        self.meter.stopped(id, until, now);
                    }
                    Ok(attempt)
                }
            }
        })
        .await
    }

    /// Takes what a loaded person's records say of their pace.
    pub(crate) fn saw(&self, state: &UserState, now: Timestamp) {
        self.meter.seen(state, now);
    }
}

#[cfg(test)]
mod tests;
