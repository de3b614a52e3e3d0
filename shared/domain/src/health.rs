//! How well a provider works: what failed lately pushes it down the list of methods, or hides it for a while.

use crate::{Decision, Provider, Record};
use jiff::{SignedDuration, Timestamp};

/// So many failures in a row hide a provider.
const TRIP: u32 = 3;
/// For so long; then one buyer's press is the probe.
const HIDDEN: SignedDuration = SignedDuration::from_mins(5);
/// Failures older than this are forgotten.
const MEMORY: SignedDuration = SignedDuration::from_hours(6);

/// What is remembered of a provider's failures. No record means: none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderHealth {
    /// Which.
    pub provider: Provider,
    /// Failures to open a payment, one after the other.
    pub failures: u32,
    /// Payments that were paid but never called back, lately.
    pub silent: u32,
    /// When something failed last.
    pub failed_at: Timestamp,
    /// 0 = not stored yet.
    pub version: u64,
}

/// How a method is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// In its place.
    Well,
    /// Behind those that work.
    Shaky,
    /// Not at all, for now.
    Hidden,
}

impl ProviderHealth {
    fn blank(provider: Provider, now: Timestamp) -> Self {
        Self { provider, failures: 0, silent: 0, failed_at: now, version: 0 }
    }

    /// How the provider is offered at `now`.
    pub fn standing(&self, now: Timestamp) -> Standing {
        let age = now.duration_since(self.failed_at);
        if age >= MEMORY || (self.failures == 0 && self.silent == 0) {
            Standing::Well
        } else if self.failures >= TRIP && age < HIDDEN {
            Standing::Hidden
        } else {
            Standing::Shaky
        }
    }
}

/// Opening a payment failed.
pub fn failed(known: Option<&ProviderHealth>, provider: Provider, now: Timestamp) -> Decision {
    let mut next = fresh(known, provider, now);
    next.failures = next.failures.saturating_add(1);
    write(next, now)
}

/// A payment was paid, and the sweeper had to find it out.
pub fn silent(known: Option<&ProviderHealth>, provider: Provider, now: Timestamp) -> Decision {
    let mut next = fresh(known, provider, now);
    next.silent = next.silent.saturating_add(1);
    write(next, now)
}

/// Opening a payment worked: what was held against the provider is forgotten. Nothing to write if there was nothing.
pub fn worked(known: Option<&ProviderHealth>) -> Decision {
    match known {
        Some(health) if health.failures > 0 => {
            let next = ProviderHealth { failures: 0, ..health.clone() };
            Decision { once: None, records: vec![Record::Health(next)], events: Vec::new() }
        }
        _ => Decision::nothing(),
    }
}

fn fresh(known: Option<&ProviderHealth>, provider: Provider, now: Timestamp) -> ProviderHealth {
    let Some(known) = known else { return ProviderHealth::blank(provider, now) };
    let old = now.duration_since(known.failed_at) >= MEMORY;
    if old { ProviderHealth { failures: 0, silent: 0, ..known.clone() } } else { known.clone() }
}

fn write(mut next: ProviderHealth, now: Timestamp) -> Decision {
    next.failed_at = now;
    Decision { once: None, records: vec![Record::Health(next)], events: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(decision: &Decision) -> ProviderHealth {
        match &decision.records[0] {
            Record::Health(health) => ProviderHealth { version: health.version + 1, ..health.clone() },
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn three_failures_hide_a_provider_until_it_may_be_probed() {
        let at = |minute: i64| Timestamp::from_second(1_795_000_000 + minute * 60).unwrap();
        let mut health = of(&failed(None, Provider::Wata, at(0)));
        assert_eq!(health.standing(at(0)), Standing::Shaky);
        for minute in [1, 2] {
            health = of(&failed(Some(&health), Provider::Wata, at(minute)));
        }
        assert_eq!(health.standing(at(3)), Standing::Hidden);
        assert_eq!(health.standing(at(7)), Standing::Shaky, "offered again, behind the others");
        assert_eq!(of(&failed(Some(&health), Provider::Wata, at(8))).standing(at(9)), Standing::Hidden);
        assert_eq!(of(&worked(Some(&health))).standing(at(8)), Standing::Well);
        assert!(worked(None).is_nothing());
        assert_eq!(health.standing(at(2 + 6 * 60)), Standing::Well);
    }
}
