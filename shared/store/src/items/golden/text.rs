//! A text in own words, every field filled.

use super::examples::at;
use domain::*;

pub(super) fn own_text() -> OwnText {
    OwnText {
        key: "menu-hello".into(),
        language: Language::Ru,
        text: Some("Привет, <b>{ $name }</b>!".into()),
        by: UserId(7),
        at: at("2026-11-21T10:00:00Z"),
        version: 2,
    }
}

pub(super) fn kinds() -> Vec<EventKind> {
    vec![EventKind::TextChanged { key: "menu-hello".into(), language: Language::Ru, own: true }]
}
