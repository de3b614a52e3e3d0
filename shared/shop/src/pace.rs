//! Some providers may be asked about one payment only now and then: an impatient buyer must not spend that.

use domain::PaymentId;
use jiff::{SignedDuration, Timestamp};
use payments::Asking;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// When each payment was last asked about by this container. Others may ask too: then the provider's own refusal counts.
#[derive(Debug, Default)]
pub(crate) struct Pace(Mutex<HashMap<PaymentId, Timestamp>>);

/// So many are remembered.
const MOST: usize = 1_000;

impl Pace {
    /// The provider may be asked about `payment` at `now`; if so, that is remembered.
    pub fn may_ask(&self, payment: PaymentId, asking: Asking, now: Timestamp) -> bool {
        let pause = match asking {
            Asking::Never => return false,
            Asking::Every(pause) if pause <= SignedDuration::ZERO => return true,
            Asking::Every(pause) => pause,
        };
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.get(&payment).is_some_and(|at| now.duration_since(*at) < pause) {
            return false;
        }
        if asked.len() >= MOST {
            asked.retain(|_, at| now.duration_since(*at) < pause);
        }
        asked.insert(payment, now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_payment_is_asked_about_once_a_pause() {
        let pace = Pace::default();
        let every = Asking::Every(SignedDuration::from_secs(30));
        let at = |second: i64| Timestamp::from_second(1_795_000_000 + second).unwrap();
        let (one, other) = (PaymentId::derive(at(0), "1"), PaymentId::derive(at(0), "2"));
        assert!(pace.may_ask(one, every, at(0)) && !pace.may_ask(one, every, at(29)));
        assert!(pace.may_ask(other, every, at(29)) && pace.may_ask(one, every, at(30)));
        assert!(!pace.may_ask(one, Asking::Never, at(100)));
    }
}
