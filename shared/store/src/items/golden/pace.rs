//! How fast somebody presses, every field filled.

use super::examples::at;
use domain::*;

pub(super) fn pace() -> Pace {
    Pace {
        user: UserId(42),
        minute: 29_920_920,
        count: 60,
        stopped_until: Some(at("2026-11-21T10:05:00Z")),
        told_at: Some(at("2026-11-21T10:00:00Z")),
        version: 8,
    }
}

pub(super) fn kinds() -> Vec<EventKind> {
    vec![EventKind::PaceStopped { requests: 60, until: at("2026-11-21T10:05:00Z"), told: true }]
}
