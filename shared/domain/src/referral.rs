//! Friends: what both sides get when somebody who came by a link buys, and what is counted of it.
//!
//! Who brought whom is written down at first contact and never again ([`crate::registration`]), so that nobody can invite
//! themselves, nor two people each other. A reward is part of the very commit that credits the purchase ([`earn`]): the
//! once-key of the purchase guards it, and the first purchase is a fact on the record of whoever bought. The inviter's
//! figures stand in a record of their own ([`Referrals`]), so that a popular inviter's profile is not in anybody's way.

mod earn;
mod reverse;

pub use earn::due;
pub(crate) use earn::{begin_with, earned};
pub use reverse::owing;
pub(crate) use reverse::reversed;

use crate::{Decision, IdError, Money, Once, PaymentId, Period, Record, UserId, UserState, Wallet};
use jiff::{SignedDuration, Timestamp};
use std::{fmt, str::FromStr};

/// What the shop gives for a friend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// To whoever brought the friend.
    pub inviter: Gift,
    /// To the friend.
    pub friend: Gift,
    /// Only the friend's first purchase counts.
    pub first_only: bool,
    /// How many rewards an inviter gets in thirty days; 0 = any number.
    pub cap: u16,
}

/// The months that days are given for, and with each the longer periods up to the next.
pub const STEPS: [u16; 4] = [1, 3, 6, 12];

/// How a reward follows from a purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gift {
    /// So many days for one month, three, six and twelve.
    Days([u16; 4]),
    /// So many percent of the money paid, on the balance.
    Percent(u8),
}

impl Gift {
    /// What a purchase of `period` for `paid` brings: the days of the longest step that fits into it (thirty days are a
    /// month), or the share of the money rounded down to whole minor units. `None` if that is nothing.
    pub fn of(self, period: Period, paid: Money) -> Option<Reward> {
        match self {
            Self::Days(days) => {
                let months = match period {
                    Period::Months(months) => months,
                    Period::Days(days) => days / 30,
                };
                let step = STEPS.iter().rposition(|step| *step <= months)?;
                days.get(step).copied().filter(|days| *days > 0).map(Reward::Days)
            }
            Self::Percent(percent) => {
                let share = i128::from(paid.minor) * i128::from(percent.min(100)) / 100;
                let share = Money::new(i64::try_from(share).ok()?, paid.currency);
                share.is_positive().then_some(Reward::Money(share))
            }
        }
    }

    /// It never gives anything.
    pub fn is_nothing(self) -> bool {
        matches!(self, Self::Percent(0) | Self::Days([0, 0, 0, 0]))
    }
}

/// What somebody got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reward {
    /// So many days.
    Days(u16),
    /// This much on the balance.
    Money(Money),
}

impl fmt::Display for Reward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Days(days) => write!(f, "days/{days}"),
            Self::Money(money) => write!(f, "money/{money}"),
        }
    }
}

impl FromStr for Reward {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let read = match text.split_once('/') {
            Some(("days", days)) => days.parse().ok().map(Self::Days),
            Some(("money", money)) => money.parse().ok().map(Self::Money),
            _ => None,
        };
        read.ok_or(IdError { kind: "reward" })
    }
}

/// What a person's friends brought, and what they are as somebody's friend themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referrals {
    /// Whose.
    pub user: UserId,
    /// How many people came by their link.
    pub invited: u32,
    /// How many of those bought.
    pub bought: u32,
    /// Days that they earned in all.
    pub days: u32,
    /// Money that they earned in all and was not taken back.
    pub money: Wallet,
    /// Earned days that wait for a subscription.
    pub waiting: u16,
    /// When the rewards of the last thirty days came; only kept where there is a cap.
    pub recent: Vec<Timestamp>,
    /// When they, brought by somebody, bought for the first time.
    pub first_purchase: Option<Timestamp>,
    /// What the last of their purchases brought them for having been brought.
    pub bonus: Option<Bonus>,
    /// 0 = not stored yet.
    pub version: u64,
}

/// What a purchase brought the buyer on top.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bonus {
    /// Which purchase.
    pub payment: PaymentId,
    /// What.
    pub reward: Reward,
}

/// What a purchase brought whom, kept with the payment: a refund may take it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Earned {
    /// Who brought the buyer.
    pub inviter: UserId,
    /// What the inviter got.
    pub reward: Option<Reward>,
    /// What the buyer got.
    pub bonus: Option<Reward>,
}

/// Whoever brought a buyer, as loaded for a decision about a purchase of that buyer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inviter {
    /// What is given; `None` where only something may be taken back.
    pub rules: Option<Rules>,
    /// Their records. Without a profile they are gone, and get nothing.
    pub state: UserState,
}

/// The cap counts the rewards of so long.
const MONTH: SignedDuration = SignedDuration::from_hours(30 * 24);

impl Referrals {
    /// Of somebody of whom nothing was counted yet.
    pub fn of(user: UserId) -> Self {
        Self {
            user,
            invited: 0,
            bought: 0,
            days: 0,
            money: Wallet::default(),
            waiting: 0,
            recent: Vec::new(),
            first_purchase: None,
            bonus: None,
            version: 0,
        }
    }

    /// Counts one more reward, if the cap leaves room for it.
    fn make_room(&mut self, cap: u16, now: Timestamp) -> bool {
        if cap == 0 {
            self.recent.clear();
            return true;
        }
        self.recent.retain(|at| now.duration_since(*at) < MONTH);
        let room = self.recent.len() < usize::from(cap);
        if room {
            self.recent.push(now);
        }
        room
    }
}

/// `friend` came by the link of whoever owns `state`: counted once, whoever says it however often.
pub fn joined(state: &UserState, friend: UserId) -> Decision {
    let Some(user) = &state.user else { return Decision::nothing() };
    let mut figures = state.referrals.clone().unwrap_or_else(|| Referrals::of(user.id));
    figures.invited = figures.invited.saturating_add(1);
    let once = Once::new(format!("joined/{friend}"), "counted");
    Decision { once: Some(once), records: vec![Record::Referrals(figures)], events: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Currency;

    #[test]
    fn a_period_counts_as_the_longest_step_that_fits() {
        let gift = Gift::Days([3, 7, 15, 30]);
        let cases = [
            (Period::Days(29), None),
            (Period::Days(30), Some(3)),
            (Period::Days(89), Some(3)),
            (Period::Days(90), Some(7)),
            (Period::Months(1), Some(3)),
            (Period::Months(2), Some(3)),
            (Period::Months(5), Some(7)),
            (Period::Months(11), Some(15)),
            (Period::Months(24), Some(30)),
        ];
        for (period, days) in cases {
            assert_eq!(gift.of(period, Money::new(1, Currency::Rub)), days.map(Reward::Days), "{period}");
        }
        assert_eq!(Gift::Days([0, 7, 0, 0]).of(Period::Months(1), Money::new(1, Currency::Rub)), None);
    }

    #[test]
    fn a_share_is_rounded_down_in_the_currency_paid() {
        let of =
            |percent, minor| Gift::Percent(percent).of(Period::Days(1), Money::new(minor, Currency::Xtr));
        assert_eq!(of(10, 159), Some(Reward::Money(Money::new(15, Currency::Xtr))));
        assert_eq!((of(10, 9), of(0, 1_000), of(10, -100)), (None, None, None));
        assert_eq!(of(200, 7), Some(Reward::Money(Money::new(7, Currency::Xtr))));
        assert_eq!(of(100, i64::MAX), Some(Reward::Money(Money::new(i64::MAX, Currency::Xtr))));
    }

    #[test]
    fn rewards_read_back() {
        for reward in [Reward::Days(7), Reward::Money(Money::new(1_550, Currency::Rub))] {
            assert_eq!(reward.to_string().parse(), Ok(reward));
        }
        assert!("days/-1".parse::<Reward>().is_err() && "weeks/1".parse::<Reward>().is_err());
    }
}
