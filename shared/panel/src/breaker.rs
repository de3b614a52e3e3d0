//! A circuit breaker: a panel that is down is left alone for a while.
//!
//! | state | a call |
//! |---|---|
//! | closed | goes through; the third outage in a row opens it |
//! | open | is answered at once with [`PanelError::Resting`], without touching the network |
//! | half open: the rest is over | one is let through; the others wait as if it were still open |
//!
//! The rest is 10 s, then doubles up to 5 minutes, or is as long as the panel asked for (`Retry-After`). Any answer of
//! the panel about an account closes the breaker, a refusal too. It lives in the memory of one container: each
//! container finds out by itself, and none asks the table.

use crate::PanelError;
use jiff::{SignedDuration, Timestamp};
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// So many outages in a row open it.
const PATIENCE: u32 = 3;
/// The first rest, in seconds.
const SHORTEST: i64 = 10;
/// No rest of our own choice is longer, in seconds.
const LONGEST: i64 = 300;
/// A probe that has not come back after so long never will: its container was frozen, or its caller gave up.
const PROBE: SignedDuration = SignedDuration::from_secs(30);

/// The breaker of one panel.
#[derive(Debug, Default)]
pub(crate) struct Breaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Outages in a row.
    failures: u32,
    /// Nobody is let through before; `None` = closed.
    until: Option<Timestamp>,
}

impl Breaker {
    /// May a call be made at `now`? If so, its outcome must be told to [`Self::settle`].
    pub(crate) fn admit(&self, now: Timestamp) -> Result<(), PanelError> {
        let mut state = self.state();
        let Some(until) = state.until else { return Ok(()) };
        if now < until {
            let left = Duration::try_from(until.duration_since(now)).unwrap_or_default();
            // Whole seconds are what queues count in; a part of one would come too early.
            let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
            return Err(PanelError::Resting { retry_after: Duration::from_secs(seconds) });
        }
        state.until = Some(later(now, PROBE));
        Ok(())
    }

    /// What became of a call that began at `now`.
    pub(crate) fn settle(&self, outcome: Result<(), &PanelError>, now: Timestamp) {
        let mut state = self.state();
        let Err(error) = outcome else { return *state = State::default() };
        if !error.is_outage() {
            return *state = State::default();
        }
        state.failures = state.failures.saturating_add(1);
        let asked = match error {
            PanelError::RateLimited { retry_after } => {
                i64::try_from(retry_after.as_secs()).unwrap_or(LONGEST)
            }
            _ => 0,
        };
        if state.failures >= PATIENCE {
            let doublings = (state.failures - PATIENCE).min(16);
            let rest = (SHORTEST << doublings).min(LONGEST).max(asked);
            state.until = Some(later(now, SignedDuration::from_secs(rest)));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn later(now: Timestamp, span: SignedDuration) -> Timestamp {
    now.saturating_add(span).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fault, GateSign};

    const START: i64 = 1_795_255_200;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(START + second).unwrap()
    }

    fn down() -> PanelError {
        PanelError::Unavailable { cause: Fault::Status(502) }
    }

    /// A call at `second` that ends so; whether it went through.
    fn call(breaker: &Breaker, second: i64, outcome: Result<(), &PanelError>) -> bool {
        let admitted = breaker.admit(at(second)).is_ok();
        if admitted {
            breaker.settle(outcome, at(second));
        }
        admitted
    }

    /// When the next call is let through, seen from `second`.
    fn rest(breaker: &Breaker, second: i64) -> u64 {
        match breaker.admit(at(second)) {
            Err(PanelError::Resting { retry_after }) => retry_after.as_secs(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_third_outage_in_a_row_opens_it() {
        let breaker = Breaker::default();
        for _ in 0..2 {
            assert!(call(&breaker, 0, Err(&down())) && call(&breaker, 0, Err(&down())));
            assert!(call(&breaker, 0, Ok(())), "two are not enough, and an answer forgets them");
        }
        (0..3).for_each(|_| assert!(call(&breaker, 0, Err(&down()))));
        assert_eq!((rest(&breaker, 0), rest(&breaker, 9)), (10, 1));
    }

    #[test]
    fn rests_double_up_to_five_minutes_and_each_lets_one_through() {
        let breaker = Breaker::default();
        (0..2).for_each(|_| assert!(call(&breaker, 0, Err(&down()))));
        let mut second = 0;
        for seconds in [10, 20, 40, 80, 160, 300, 300] {
            assert!(call(&breaker, second, Err(&down())));
            assert!(!call(&breaker, second + seconds - 1, Ok(())), "{seconds}");
            second += seconds;
        }
        assert!(breaker.admit(at(second)).is_ok(), "the probe");
        assert!(breaker.admit(at(second)).is_err(), "and nobody beside it");
        breaker.settle(Ok(()), at(second));
        (0..2).for_each(|_| assert!(call(&breaker, second, Err(&down())), "closed, and as patient as ever"));
        assert!(breaker.admit(at(second)).is_ok());
    }

    #[test]
    fn a_probe_that_never_comes_back_is_followed_by_another() {
        let breaker = Breaker::default();
        (0..3).for_each(|_| assert!(call(&breaker, 0, Err(&down()))));
        assert!(breaker.admit(at(10)).is_ok());
        assert_eq!(rest(&breaker, 11), 29);
        assert!(breaker.admit(at(40)).is_ok());
    }

    #[test]
    fn the_panel_may_ask_for_a_longer_rest() {
        for (asked, rests) in [(3, 10), (700, 700)] {
            let breaker = Breaker::default();
            let slow_down = PanelError::RateLimited { retry_after: Duration::from_secs(asked) };
            (0..3).for_each(|_| assert!(call(&breaker, 0, Err(&slow_down))));
            assert_eq!(rest(&breaker, 0), rests);
        }
    }

    #[test]
    fn what_concerns_one_account_does_not_count() {
        let refused = |status, code: &str| PanelError::Refused {
            code: Some(code.to_owned()),
            message: String::new(),
            status,
        };
        let about_one = [
            refused(400, "A018"),
            refused(500, "A018"),
            PanelError::Foreign { username: "tg_7_1".to_owned() },
            PanelError::Garbage { cause: "another account".to_owned() },
            PanelError::Unavailable { cause: Fault::Vanished },
            // The key is read anew for this one, and a rest would keep it from being tried.
            PanelError::Unauthorized,
        ];
        for error in &about_one {
            let breaker = Breaker::default();
            (0..4).for_each(|_| assert!(call(&breaker, 0, Err(error)), "{error:?}"));
            (0..2).for_each(|_| assert!(call(&breaker, 0, Err(&down()))));
            assert!(call(&breaker, 0, Err(error)) && call(&breaker, 0, Err(&down())), "{error:?}");
        }
        for error in [
            PanelError::Unavailable { cause: Fault::Timeout },
            PanelError::Unavailable { cause: Fault::Dropped },
            PanelError::Gate { sign: GateSign::Closed },
        ] {
            let breaker = Breaker::default();
            (0..3).for_each(|_| assert!(call(&breaker, 0, Err(&error)), "{error:?}"));
            assert!(!call(&breaker, 0, Ok(())), "{error:?}");
        }
    }

    #[test]
    fn parts_of_a_second_are_rounded_up() {
        let breaker = Breaker::default();
        (0..3).for_each(|_| assert!(call(&breaker, 0, Err(&down()))));
        let soon = at(9) + SignedDuration::from_millis(1);
        let Err(error) = breaker.admit(soon) else { panic!("open") };
        assert_eq!(error.retry(), crate::Retry::Later(Duration::from_secs(1)));
    }
}
