//! Settings of what is given for a friend.
//!
//! | name | meaning | default |
//! |---|---|---|
//! | `REFERRAL_ENABLED` | anything is given, and the screen is there | true |
//! | `REFERRAL_REWARD` | `days`, or `percent` of the money paid, on the balance | `days` |
//! | `REFERRAL_BONUS_DAYS_<n>_MONTH(S)` | days for whoever brought the friend, by the period bought | 3, 7, 15, 30 |
//! | `REFEREE_BONUS_DAYS_<n>_MONTH(S)` | days for the friend | 1, 3, 7, 15 |
//! | `REFERRAL_PERCENT`, `REFEREE_PERCENT` | the shares of both | 10, 0 |
//! | `REFERRAL_ONE_BONUS_PER_REFEREE` | only the friend's first purchase counts | true |
//! | `REFERRAL_MONTHLY_CAP` | rewards that an inviter gets in thirty days, at most 1000; 0 = any number | 0 |

use crate::vars::Reader;
use domain::referral::{Gift, Rules};
use std::str::FromStr;

const PERIODS: [&str; 4] = ["1_MONTH", "3_MONTHS", "6_MONTHS", "12_MONTHS"];

/// How rewards are counted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Days,
    Percent,
}

impl FromStr for Kind {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "days" => Ok(Self::Days),
            "percent" => Ok(Self::Percent),
            _ => Err(()),
        }
    }
}

/// What is given for a friend; `None`: nothing.
pub(crate) fn rules(reader: &mut Reader<'_>) -> Option<Rules> {
    let kind = reader.parsed("REFERRAL_REWARD", "days or percent", Kind::Days);
    let days = [
        Gift::Days(days(reader, "REFERRAL_BONUS_DAYS", [3, 7, 15, 30])),
        Gift::Days(days(reader, "REFEREE_BONUS_DAYS", [1, 3, 7, 15])),
    ];
    let shares = [
        Gift::Percent(percent(reader, "REFERRAL_PERCENT", 10)),
        Gift::Percent(percent(reader, "REFEREE_PERCENT", 0)),
    ];
    let [inviter, friend] = if kind == Kind::Days { days } else { shares };
    let first_only = reader.flag("REFERRAL_ONE_BONUS_PER_REFEREE", true);
    let cap: u16 = reader.parsed("REFERRAL_MONTHLY_CAP", "a number of rewards", 0);
    if cap > 1_000 {
        reader.mistake("REFERRAL_MONTHLY_CAP", "at most 1000 rewards are counted");
    }
    let enabled = reader.flag("REFERRAL_ENABLED", true);
    enabled.then_some(Rules { inviter, friend, first_only, cap })
}

fn days(reader: &mut Reader<'_>, name: &str, usual: [u16; 4]) -> [u16; 4] {
    let mut days = usual;
    for (days, period) in days.iter_mut().zip(PERIODS) {
        let name = format!("{name}_{period}");
        *days = reader.parsed(&name, "a number of days", *days);
        if *days > 3_650 {
            reader.mistake(&name, "more than ten years");
        }
    }
    days
}

fn percent(reader: &mut Reader<'_>, name: &str, usual: u8) -> u8 {
    let percent = reader.parsed(name, "0 to 100", usual);
    if percent > 100 {
        reader.mistake(name, "more than was paid");
    }
    percent
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vars::{Mistakes, Vars};

    fn read(pairs: &[(&str, &str)]) -> Result<Option<Rules>, Mistakes> {
        let vars: Vars = pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let mut reader = Reader::new(&vars);
        let rules = rules(&mut reader);
        reader.finish(rules)
    }

    #[test]
    fn both_get_days_unless_told_otherwise() {
        let rules =
            read(&[("REFEREE_BONUS_DAYS_3_MONTHS", "0"), ("REFERRAL_MONTHLY_CAP", "9")]).unwrap().unwrap();
        assert_eq!((rules.inviter, rules.friend), (Gift::Days([3, 7, 15, 30]), Gift::Days([1, 0, 7, 15])));
        assert_eq!((rules.first_only, rules.cap), (true, 9));
        assert_eq!(read(&[("REFERRAL_ENABLED", "false")]), Ok(None));
        let rules = read(&[("REFERRAL_REWARD", "percent"), ("REFEREE_PERCENT", "5")]).unwrap().unwrap();
        assert_eq!((rules.inviter, rules.friend), (Gift::Percent(10), Gift::Percent(5)));
    }

    #[test]
    fn every_mistake_is_named() {
        let wrong = [
            ("REFERRAL_REWARD", "gold"),
            ("REFERRAL_PERCENT", "101"),
            ("REFEREE_PERCENT", "-1"),
            ("REFERRAL_BONUS_DAYS_1_MONTH", "3651"),
            ("REFEREE_BONUS_DAYS_12_MONTHS", "many"),
            ("REFERRAL_MONTHLY_CAP", "1001"),
            ("REFERRAL_ONE_BONUS_PER_REFEREE", "maybe"),
        ];
        let Err(Mistakes(found)) = read(&wrong) else { panic!("accepted") };
        for (name, _) in wrong {
            assert!(found.iter().any(|line| line.starts_with(&format!("{name}:"))), "{name}: {found:#?}");
        }
    }
}
