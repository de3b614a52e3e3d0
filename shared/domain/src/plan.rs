//! Plans: what is sold, for how long, with which limits, at which price.

use crate::{Currency, Language, Money, PanelId, PlanId};
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use std::{fmt, str::FromStr};

/// A text in the shop's languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Localized {
    /// Russian.
    pub ru: String,
    /// English.
    pub en: String,
}

impl Localized {
    /// The text in `language`.
    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::Ru => &self.ru,
            Language::En => &self.en,
        }
    }
}

/// How long a purchase lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Period {
    /// Days of 24 hours.
    Days(u16),
    /// Calendar months; the day is cut to the month's length (31 January + 1 month = 28 or 29 February).
    Months(u16),
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Days(n) => write!(f, "{n}d"),
            Self::Months(n) => write!(f, "{n}m"),
        }
    }
}

impl FromStr for Period {
    type Err = crate::IdError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = crate::IdError { kind: "period" };
        let (count, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or(error.clone())?;
        match (count.parse::<u16>(), unit) {
            (Ok(n), "d") if n > 0 => Ok(Self::Days(n)),
            (Ok(n), "m") if n > 0 => Ok(Self::Months(n)),
            _ => Err(error),
        }
    }
}

/// When the panel counts traffic from zero again (the names Remnawave uses).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TrafficReset {
    /// Never.
    #[default]
    NoReset,
    /// Every day.
    Day,
    /// Every week.
    Week,
    /// On the first of the month.
    Month,
    /// Every month from the day of purchase.
    MonthRolling,
}

impl TrafficReset {
    const NAMES: [(Self, &str); 5] = [
        (Self::NoReset, "NO_RESET"),
        (Self::Day, "DAY"),
        (Self::Week, "WEEK"),
        (Self::Month, "MONTH"),
        (Self::MonthRolling, "MONTH_ROLLING"),
    ];

    /// The name in settings, in the store and in Remnawave's API.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(reset, _)| *reset == self).map_or("NO_RESET", |(_, name)| name)
    }
}

impl fmt::Display for TrafficReset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for TrafficReset {
    type Err = crate::IdError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::NAMES.iter().find(|(_, name)| *name == text);
        found.map(|(reset, _)| *reset).ok_or(crate::IdError { kind: "traffic reset strategy" })
    }
}

/// What a purchase grants. Frozen into the quote and the payment, so that a later edit of the plan changes no deal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Which plan.
    pub plan: PlanId,
    /// Its name when it was offered.
    pub name: Localized,
    /// For how long.
    pub period: Period,
    /// Bytes per reset period; 0 = unlimited.
    pub traffic_limit: u64,
    /// When traffic is counted anew.
    pub traffic_reset: TrafficReset,
    /// How many devices; `None` = as the panel is set, `Some(0)` = any number.
    pub device_limit: Option<u32>,
    /// Where the accounts are.
    pub panel: PanelId,
    /// The groups of servers, as that panel names them: Remnawave's internal squads (UUIDs), Marzban's inbounds
    /// (`vless`, `vless:TAG`).
    pub squads: Vec<String>,
    /// External squad of the panel (UUID).
    pub external_squad: Option<String>,
}

/// One thing in the shop's window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What it grants.
    pub terms: Terms,
    /// One price a currency; a method is offered only if its currency has a price.
    pub prices: Vec<Money>,
    /// Smaller comes first.
    pub order: u32,
    /// Shown to buyers.
    pub visible: bool,
    /// 0 = not stored yet.
    pub version: u64,
}

impl Plan {
    /// The price in `currency`, if the plan is sold in it.
    pub fn price(&self, currency: Currency) -> Option<Money> {
        self.prices.iter().copied().find(|price| price.currency == currency && price.is_positive())
    }
}

/// The last instant we ever grant: panels and calendars agree on four-digit years only, and 2099 is what operators
/// write for "for ever".
const LAST_END: &str = "2099-12-31T23:59:59Z";

/// The end date after a purchase at `now`: `period` is added to the old end if that is still ahead, else to `now`.
/// Counted in UTC, whole seconds, never before `old_end` and never after 2099.
pub fn new_end(now: Timestamp, old_end: Option<Timestamp>, period: Period) -> Timestamp {
    let last: Timestamp = LAST_END.parse().unwrap_or(Timestamp::MAX);
    let base = old_end.filter(|end| *end > now).unwrap_or(now);
    let from = Timestamp::from_second(base.as_second()).unwrap_or(base).to_zoned(TimeZone::UTC);
    let span = match period {
        Period::Days(days) => i32::from(days).days(),
        Period::Months(months) => i32::from(months).months(),
    };
    let end = from.checked_add(span).map_or(last, |end| end.timestamp()).min(last);
    old_end.map_or(end, |old| end.max(old))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn months_follow_the_calendar() {
        let cases = [
            ("2026-01-31T12:00:00Z", None, Period::Months(1), "2026-02-28T12:00:00Z"),
            ("2028-01-31T12:00:00Z", None, Period::Months(1), "2028-02-29T12:00:00Z"),
            ("2028-02-29T00:00:00Z", None, Period::Months(12), "2029-02-28T00:00:00Z"),
            ("2026-08-31T23:59:59Z", None, Period::Months(6), "2027-02-28T23:59:59Z"),
            ("2026-11-21T10:00:00.789Z", None, Period::Months(3), "2027-02-21T10:00:00Z"),
            ("2026-11-21T10:00:00Z", None, Period::Days(3), "2026-11-24T10:00:00Z"),
        ];
        for (now, old, period, want) in cases {
            assert_eq!(new_end(at(now), old, period), at(want), "{now} + {period}");
        }
    }

    #[test]
    fn a_renewal_starts_where_the_old_one_ends() {
        let now = at("2026-11-21T10:00:00Z");
        let ahead = Some(at("2026-12-31T08:00:00Z"));
        let past = Some(at("2026-11-01T08:00:00Z"));
        assert_eq!(new_end(now, ahead, Period::Months(2)), at("2027-02-28T08:00:00Z"));
        assert_eq!(new_end(now, past, Period::Months(1)), at("2026-12-21T10:00:00Z"));
    }

    #[test]
    fn for_ever_is_2099() {
        let far = Some(at("2099-12-01T00:00:00Z"));
        assert_eq!(new_end(at("2026-11-21T10:00:00Z"), far, Period::Months(12)), at(LAST_END));
    }

    fn instant() -> impl Strategy<Value = Timestamp> {
        (1_700_000_000_i64..4_000_000_000).prop_map(|second| Timestamp::from_second(second).unwrap())
    }

    fn period() -> impl Strategy<Value = Period> {
        prop_oneof![(1_u16..4000).prop_map(Period::Days), (1_u16..240).prop_map(Period::Months)]
    }

    proptest! {
        #[test]
        fn the_end_never_moves_back(now in instant(), old in proptest::option::of(instant()), period in period()) {
            let end = new_end(now, old, period);
            prop_assert!(old.is_none_or(|old| end >= old));
            prop_assert!(end > now || end == at(LAST_END));
        }

        #[test]
        fn a_month_is_28_to_31_days(now in instant(), months in 1_u16..24) {
            let days = (new_end(now, None, Period::Months(months)).as_second() - now.as_second()) / 86_400;
            prop_assert!((i64::from(months) * 28..=i64::from(months) * 31).contains(&days));
        }

        #[test]
        fn what_was_left_is_kept(now in instant(), left in 1_i64..100_000_000, days in 1_u16..400) {
            let old = Timestamp::from_second(now.as_second() + left).unwrap();
            let end = new_end(now, Some(old), Period::Days(days));
            let whole = old.as_second() + i64::from(days) * 86_400;
            prop_assert_eq!(end.as_second(), whole.min(at(LAST_END).as_second()).max(old.as_second()));
        }
    }
}
