//! One of everything about promo codes and questions, every field filled.

use super::examples::{at, payment_id, quote_id, rub};
use domain::*;

pub(super) fn code() -> PromoCode {
    "SUMMER_26".parse().unwrap()
}

pub(super) fn dialog() -> Dialog {
    let expires_at = at("2026-11-21T11:00:00Z");
    let topic = Some(Topic::TopUp(Currency::Rub));
    Dialog { user: UserId(42), topic, draft: Some("500".into()), proof: None, expires_at, version: 6 }
}

pub(super) fn promo() -> Promo {
    Promo {
        code: code(),
        effect: PromoEffect::Fixed(rub(5_000)),
        limit: Some(100),
        per_user: 1,
        from: Some(at("2026-11-01T00:00:00Z")),
        until: Some(at("2026-12-01T00:00:00Z")),
        plans: vec!["m1".parse().unwrap(), "m3".parse().unwrap()],
        min: Some(rub(30_000)),
        note: Some("for the <news>letter".into()),
        off: true,
        used: 41,
        holds: vec![Hold { user: UserId(42), quote: quote_id(), until: at("2026-11-21T12:00:00Z") }],
        created_at: at("2026-10-30T08:00:00Z"),
        version: 50,
    }
}

pub(super) fn activation() -> Activation {
    Activation { code: code(), user: UserId(42), count: 1, at: at("2026-11-21T10:00:00Z"), version: 1 }
}

pub(super) fn kinds() -> Vec<EventKind> {
    vec![
        EventKind::PromoApplied {
            code: code(),
            effect: PromoEffect::Days(7),
            no: Some(SubscriptionNo::FIRST),
            from: Some(at("2026-12-21T10:00:00Z")),
            to: Some(at("2026-12-28T10:00:00Z")),
        },
        EventKind::PromoConsumed { code: code(), payment: payment_id(), off: rub(5_000) },
        EventKind::PromoGuessed { failures: 20 },
        EventKind::PromoCreated { code: code(), effect: PromoEffect::Percent(20) },
        EventKind::PromoOff { code: code() },
    ]
}

/// On the balance, or for a trial that is still to begin.
pub(super) fn sparse_kinds() -> Vec<(&'static str, EventKind)> {
    let effect = PromoEffect::Balance(rub(5_000));
    let applied = EventKind::PromoApplied { code: code(), effect, no: None, from: None, to: None };
    vec![("promo_applied_plain", applied)]
}
