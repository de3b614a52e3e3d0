//! One of everything about e-mail addresses and time zones.

use super::examples::at;
use domain::{email::Proof, *};

pub(super) fn dialog() -> Dialog {
    let asked_at = at("2026-11-21T10:00:00.123Z");
    let email = "anna@example.com".parse().unwrap();
    Dialog {
        user: UserId(42),
        topic: Some(Topic::EmailCode),
        draft: None,
        proof: Some(Proof { email, asked_at, wrong: 2 }),
        expires_at: at("2026-11-21T10:15:00Z"),
        version: 6,
    }
}

pub(super) fn kinds() -> Vec<EventKind> {
    let email = || "a•••@example.com".to_owned();
    vec![
        EventKind::ZoneChosen { zone: Some("Asia/Tashkent".parse().unwrap()) },
        EventKind::EmailCodeDue { asked_at: at("2026-11-21T10:00:00.123Z") },
        EventKind::EmailConfirmed { email: email() },
        EventKind::EmailRemoved { email: email() },
        EventKind::EmailRefused { email: email() },
        EventKind::LettersSet { on: true },
    ]
}

pub(super) fn sparse_kinds() -> Vec<(&'static str, EventKind)> {
    vec![("zone_chosen_shop", EventKind::ZoneChosen { zone: None })]
}
