//! The world's time: the real one moved by an offset, or one that stands still until told otherwise.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// What library code is given instead of a clock.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// A handle on the world's time; clones share it. Precision: milliseconds.
#[derive(Clone, Debug)]
pub struct Clock {
    /// How far a running clock is ahead of the real one, in milliseconds; `None` for a clock that stands still.
    offset: Option<Arc<AtomicI64>>,
    /// Milliseconds since the epoch: the truth of a standing clock, the last time shown by a running one.
    millis: Arc<AtomicI64>,
}

impl Clock {
    /// The real time, which [`Clock::advance`] and [`Clock::set`] then shift.
    pub fn system() -> Self {
        let clock = Self { offset: Some(Arc::default()), millis: Arc::default() };
        clock.now();
        clock
    }

    /// A clock that shows `start` until it is moved.
    pub fn fixed(start: Timestamp) -> Self {
        Self { offset: None, millis: Arc::new(AtomicI64::new(start.as_millisecond())) }
    }

    /// The time it shows.
    pub fn now(&self) -> Timestamp {
        if let Some(offset) = &self.offset {
            let shown = system_millis().saturating_add(offset.load(Ordering::SeqCst));
            self.millis.store(shown, Ordering::SeqCst);
        }
        timestamp(self.millis.load(Ordering::SeqCst))
    }

    /// Moves the clock by `step`, which may be negative.
    pub fn advance(&self, step: SignedDuration) {
        let step = i64::try_from(step.as_millis()).unwrap_or(i64::MAX);
        self.offset.as_ref().unwrap_or(&self.millis).fetch_add(step, Ordering::SeqCst);
        self.now();
    }

    /// Makes the clock show `time`. A running clock runs on from there.
    pub fn set(&self, time: Timestamp) {
        match &self.offset {
            Some(offset) => offset.store(time.as_millisecond() - system_millis(), Ordering::SeqCst),
            None => self.millis.store(time.as_millisecond(), Ordering::SeqCst),
        }
        self.now();
    }

    /// Whether the clock stands still between calls.
    pub fn is_fixed(&self) -> bool {
        self.offset.is_none()
    }

    /// The clock as a closure, for what takes its time that way.
    pub fn source(&self) -> Now {
        let clock = self.clone();
        Arc::new(move || clock.now())
    }

    /// The milliseconds since the epoch that a fixed clock shows, shared and live: a virtual `runtime` clock is
    /// built on it. Of a running clock it is the time of the last [`Clock::now`], so whoever delivers an event
    /// asks for the time first.
    pub fn millis(&self) -> Arc<AtomicI64> {
        Arc::clone(&self.millis)
    }
}

impl dynoxide::storage_backend::Clock for Clock {
    fn now_unix_secs(&self) -> u64 {
        u64::try_from(self.now().as_second()).unwrap_or(0)
    }

    fn now_unix_secs_f64(&self) -> f64 {
        self.now().as_duration().as_secs_f64()
    }
}

#[expect(clippy::disallowed_methods, reason = "this is where the sandbox's time comes from")]
fn system_millis() -> i64 {
    Timestamp::now().as_millisecond()
}

fn timestamp(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or(if millis < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_moves_only_when_told_and_shares_its_milliseconds() {
        let start: Timestamp = "2026-01-31T10:00:00Z".parse().unwrap();
        let clock = Clock::fixed(start);
        let source = clock.source();
        assert_eq!(source(), start);
        clock.advance(SignedDuration::from_mins(5));
        assert_eq!(source(), start + SignedDuration::from_mins(5));
        clock.millis().store(start.as_millisecond() + 1, Ordering::SeqCst);
        assert_eq!(clock.now(), start + SignedDuration::from_millis(1));
        clock.set(start);
        assert_eq!(clock.now(), start);
    }

    #[test]
    fn a_system_clock_runs_on_from_where_it_was_set() {
        let clock = Clock::system();
        let target: Timestamp = "2030-06-01T00:00:00Z".parse().unwrap();
        clock.set(target);
        let shown = clock.now();
        assert!(shown >= target && shown < target + SignedDuration::from_mins(1), "{shown}");
        clock.advance(SignedDuration::from_hours(-2));
        assert!(clock.now() < target);
        assert!(clock.millis().load(Ordering::SeqCst) < target.as_millisecond());
    }
}
