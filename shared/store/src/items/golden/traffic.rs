//! One of everything about traffic packages, every field filled.

use super::examples::{at, payment_id, rub};
use domain::*;

pub(super) fn id() -> PackageId {
    "gb50".parse().unwrap()
}

pub(super) fn goods() -> Goods {
    Goods::Traffic { package: id(), bytes: 50 << 30 }
}

pub(super) fn package() -> Package {
    let prices = vec![rub(9_900), Money::new(60, Currency::Xtr)];
    Package { id: id(), bytes: 50 << 30, prices, order: 50, visible: true, version: 1 }
}

/// A bought one that lasts a period, and a gift that lasts as long as the subscription.
pub(super) fn extras() -> Vec<Extra> {
    let until = Some(at("2026-12-21T10:00:00Z"));
    vec![
        Extra { bytes: 50 << 30, until, payment: Some(payment_id()) },
        Extra { bytes: 10 << 30, until: None, payment: None },
    ]
}

pub(super) fn kinds() -> Vec<EventKind> {
    let (payment, no) = (payment_id(), SubscriptionNo(2));
    vec![
        EventKind::TrafficBought {
            payment,
            external_id: "22d6d597".into(),
            amount: rub(1),
            from_balance: Some(rub(2)),
            package: id(),
            no,
            bytes: 50 << 30,
        },
        EventKind::TrafficEnded { no, bytes: 50 << 30, payment: Some(payment) },
        EventKind::PackagesSeeded { packages: vec![id()] },
    ]
}

/// A count that started anew took them off.
pub(super) fn sparse_kinds() -> Vec<(&'static str, EventKind)> {
    let ended = EventKind::TrafficEnded { no: SubscriptionNo::FIRST, bytes: 1, payment: None };
    vec![("traffic_ended_plain", ended)]
}
