//! Nonces: every call under one API key must carry a larger number than the call before, whichever process makes it.

use jiff::Timestamp;
use ring::rand::{SecureRandom, SystemRandom};
use std::sync::atomic::{AtomicI64, Ordering};

/// A nonce is nanoseconds; their last 1024 are replaced by a number of this process.
const GRAIN: i64 = 1 << 10;
/// How far a nonce leaps over one that was refused: further than clocks of one data centre are apart.
const LEAP: i64 = 20_000_000;

/// The nonces of this process: growing always, and rarely the same as another process's.
#[derive(Debug)]
pub(super) struct Nonces {
    last: AtomicI64,
    tail: i64,
}

impl Nonces {
    /// With a random tail.
    pub(super) fn new() -> Self {
        let mut random = [0; 2];
        // Without randomness two processes may collide, which costs a repetition.
        let _ = SystemRandom::new().fill(&mut random);
        Self { last: AtomicI64::new(0), tail: i64::from(u16::from_le_bytes(random)) % GRAIN }
    }

    /// The next one.
    pub(super) fn next(&self, now: Timestamp) -> i64 {
        self.beyond(now, 0)
    }

    /// The next one after a refusal.
    pub(super) fn leap(&self, now: Timestamp) -> i64 {
        self.beyond(now, LEAP)
    }

    fn beyond(&self, now: Timestamp, ahead: i64) -> i64 {
        let nanoseconds = i64::try_from(now.as_nanosecond()).unwrap_or(0).max(0);
        let grown = |last: i64| {
            let next = nanoseconds.max(last.saturating_add(GRAIN)).saturating_add(ahead);
            next - next % GRAIN + self.tail
        };
        let before = self.last.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |last| Some(grown(last)));
        grown(before.unwrap_or_else(|last| last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn grows_however_the_clock_goes() {
        let nonces = Nonces::new();
        let mut last = 0;
        for second in [1_795_600_800, 1_795_600_800, 1_795_600_799, 1_795_600_801, 0, -5] {
            let now = Timestamp::from_second(second).unwrap();
            for nonce in [nonces.next(now), nonces.next(now), nonces.leap(now)] {
                assert!(nonce > last, "{nonce} after {last}");
                last = nonce;
            }
        }
    }

    #[test]
    fn threads_share_no_nonce() {
        let nonces = Nonces::new();
        let now = Timestamp::from_second(1_795_600_800).unwrap();
        let batches: Vec<Vec<i64>> = std::thread::scope(|scope| {
            let batch = || (0..500).map(|_| nonces.next(now)).collect();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(batch)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let all: BTreeSet<i64> = batches.iter().flatten().copied().collect();
        assert_eq!(all.len(), 2_000);
        assert!(batches.iter().all(|batch| batch.is_sorted()));
    }
}
