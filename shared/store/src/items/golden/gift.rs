//! One of everything about gifts, every field filled.

use super::examples::{at, payment_id, rub, terms};
use domain::*;

pub(super) fn order() -> GiftOrder {
    GiftOrder { terms: terms(), secret: "0123456789ABCDEFGHIJabcd".parse().unwrap(), days: 30 }
}

pub(super) fn gift() -> Gift {
    Gift {
        code: "aB3dE6gH9jK2mN5pQ8sT1vW4".parse().unwrap(),
        giver: UserId(42),
        from: "Anna <3".into(),
        terms: terms(),
        payment: payment_id(),
        state: GiftState::Waiting,
        bought_at: at("2026-11-21T10:02:00Z"),
        expires_at: Some(at("2026-12-21T10:02:00Z")),
        reminded: true,
        next_at: Some(at("2026-12-21T10:02:00Z")),
        version: 1,
    }
}

/// Every state but that of [`gift`], with its name in the golden files.
pub(super) fn states() -> Vec<(&'static str, GiftState)> {
    let at = at("2026-12-01T10:00:00Z");
    vec![
        (
            "gift_opened",
            GiftState::Opened { by: UserId(43), at, no: SubscriptionNo::FIRST, granted: (at, at) },
        ),
        ("gift_returned", GiftState::Returned { at, amount: rub(15_000) }),
        ("gift_withdrawn", GiftState::Withdrawn { at }),
    ]
}

pub(super) fn kinds() -> Vec<EventKind> {
    let (payment, plan) = (payment_id(), terms().plan);
    vec![
        EventKind::GiftBought {
            payment,
            external_id: "22d6".into(),
            amount: rub(10_000),
            from_balance: Some(rub(5_000)),
            plan: plan.clone(),
        },
        EventKind::GiftOpened {
            payment,
            giver: UserId(42),
            plan,
            no: SubscriptionNo::FIRST,
            from: Some(at("2026-12-21T10:00:00Z")),
            to: at("2027-01-21T10:00:00Z"),
        },
        EventKind::GiftTaken { payment, by: UserId(43) },
        EventKind::GiftCut {
            payment,
            no: SubscriptionNo::FIRST,
            from: at("2027-01-21T10:00:00Z"),
            to: at("2026-12-21T10:00:00Z"),
        },
        EventKind::GiftReminded { payment },
        EventKind::GiftReturned { payment, amount: rub(15_000) },
    ]
}
