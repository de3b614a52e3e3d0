//! One of everything about friends, every field filled.

use super::examples::{at, payment_id, rub};
use domain::{
    referral::{Bonus, Earned},
    *,
};

pub(super) fn referrals() -> Referrals {
    Referrals {
        user: UserId(42),
        invited: 12,
        bought: 5,
        days: 33,
        money: Wallet::of([rub(1_500), Money::new(15, Currency::Xtr)]),
        waiting: 7,
        recent: vec![at("2026-11-20T08:00:00Z"), at("2026-11-21T10:00:00Z")],
        first_purchase: Some(at("2026-11-19T08:00:00Z")),
        bonus: Some(Bonus { payment: payment_id(), reward: Reward::Days(1) }),
        version: 17,
    }
}

pub(super) fn earned() -> Earned {
    Earned { inviter: UserId(7), reward: Some(Reward::Money(rub(1_500))), bonus: Some(Reward::Days(3)) }
}

pub(super) fn kinds() -> Vec<EventKind> {
    let (payment, no) = (payment_id(), SubscriptionNo::FIRST);
    let (from, to) = (at("2026-12-21T10:00:00Z"), at("2026-12-24T10:00:00Z"));
    vec![
        EventKind::ReferralRewarded {
            friend: UserId(43),
            payment,
            reward: Reward::Days(3),
            no: Some(no),
            from: Some(from),
            to: Some(to),
        },
        EventKind::ReferralBonus {
            payment,
            reward: Reward::Days(3),
            no: Some(no),
            from: Some(from),
            to: Some(to),
        },
        EventKind::ReferralDaysAdded { days: 3, no, from, to },
        EventKind::ReferralReversed {
            payment,
            friend: Some(UserId(43)),
            reward: Reward::Money(rub(1_500)),
            taken: Some(rub(1_000)),
        },
    ]
}

/// On the balance, where no end moves; of nothing left.
pub(super) fn sparse_kinds() -> Vec<(&'static str, EventKind)> {
    let (payment, reward) = (payment_id(), Reward::Money(rub(1_500)));
    let (no, from, to) = (None, None, None);
    vec![
        (
            "referral_rewarded_plain",
            EventKind::ReferralRewarded { friend: UserId(43), payment, reward, no, from, to },
        ),
        ("referral_bonus_plain", EventKind::ReferralBonus { payment, reward, no, from, to }),
        (
            "referral_reversed_plain",
            EventKind::ReferralReversed { payment, friend: None, reward, taken: None },
        ),
    ]
}
