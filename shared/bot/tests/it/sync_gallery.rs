//! Comparisons of the panels with the shop, as operators see them.

use crate::{fixtures::now, gallery::Gallery};
use bot::{
    BotSettings,
    screens::{self, View},
};
use domain::{
    Language, PanelId, Sync, UserId,
    reaction::Alert,
    sync::{Counts, Depth},
};
use jiff::ToSpan;

pub fn syncs(settings: &BotSettings, language: Language) -> Gallery {
    let view = View::new(settings, language, now());
    let first = Sync::first(PanelId::default(), now());
    let down = first.clone().troubled("the panel is not available <b>".repeat(20), None, now());
    let counts = Counts {
        checked: 20_000,
        found: 19_000,
        drifted: 3,
        missing: 2,
        movable: 900,
        created: 0,
        updated: 0,
        foreign: 94,
        errors: 1,
    };
    let mut looked = Sync {
        depth: Depth::Look,
        asked_by: Some(UserId(7)),
        ended_at: Some(now() + 3.minutes()),
        panel_version: Some("3.4.15".into()),
        counts,
        ..first.clone()
    };
    for what in ["drifted", "missing", "movable", "foreign", "error"] {
        looked.note(what, "tg_42_1<b>", "end, squads");
    }
    let (ended_at, depth) = (looked.ended_at, Depth::Adopt);
    let counts = Counts { created: 900, updated: 5, ..counts };
    let adopted = Sync { ended_at, depth, counts, panel: "marzban".parse().unwrap(), ..first.clone() };
    let told = |depth| {
        screens::alert(&view, &Alert::Synced { panel: PanelId::default(), depth, counts: looked.counts })
    };
    let newer = Alert::PanelNewer { panel: PanelId::default(), version: "4.0.0".into() };
    vec![
        ("never compared", screens::syncs(&view, &[])),
        ("under way", screens::syncs(&view, std::slice::from_ref(&first))),
        ("panel down", screens::sync(&view, &down)),
        ("looked", screens::sync(&view, &looked)),
        ("taken over", screens::sync(&view, &adopted)),
        ("several panels", screens::syncs(&view, &[looked.clone(), adopted.clone(), down, first])),
        ("alert, looked", told(Depth::Look)),
        ("alert, set right", told(Depth::Repair)),
        ("alert, taken over", told(Depth::Adopt)),
        ("alert, newer panel", screens::alert(&view, &newer)),
    ]
}
