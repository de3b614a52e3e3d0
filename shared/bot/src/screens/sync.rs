//! The comparison of the panels with the shop, as operators see it.

use super::{Action, Key, Screen, View, lines, paragraphs};
use crate::callback::{Button, Desk};
use domain::{
    PanelId, Sync,
    sync::{Counts, Depth},
};

/// Every panel with how its last comparison went; with one panel, that one.
pub fn syncs(view: &View<'_>, runs: &[Sync]) -> Screen {
    match runs {
        [] => Screen { text: view.html("sync-none", &[]), keyboard: vec![vec![again(view, None)]] },
        [run] => sync(view, run),
        runs => {
            let told = runs.iter().map(|run| format!("{} {}", mark(run), head(view, run)));
            let text = paragraphs([view.html("sync-title", &[]), lines(told)]);
            let open = |run: &Sync| Key {
                label: format!("{} {}", mark(run), run.panel),
                action: Action::Press(Button::Desk(Desk::Sync(run.panel.clone()))),
            };
            let mut keyboard: Vec<Vec<Key>> = runs.iter().map(|run| vec![open(run)]).collect();
            keyboard.push(vec![again(view, None)]);
            Screen { text, keyboard }
        }
    }
}

/// One panel: what was counted, some of what was found, and what can be done about it.
pub fn sync(view: &View<'_>, run: &Sync) -> Screen {
    let title = view.html("sync-panel", &[("panel", run.panel.to_string().into())]);
    let version = run.panel_version.as_ref();
    let version = version.map(|version| view.html("sync-version", &[("version", version.clone().into())]));
    let trouble = run.trouble.as_ref().filter(|_| run.is_running());
    let trouble = trouble.map(|cause| {
        let cause: String = cause.chars().take(200).collect();
        let args = [("cause", cause.into()), ("date", view.date(run.next_at).into())];
        view.html("sync-trouble", &args)
    });
    let facts = [Some(head(view, run)), version, trouble].into_iter().flatten();
    let text = paragraphs([title, lines(facts), counted(view, &run.counts), found(view, run)]);
    Screen { text, keyboard: keyboard(view, run) }
}

/// What the operators are told when a comparison is over.
pub(super) fn ended(view: &View<'_>, panel: &PanelId, (depth, counts): (Depth, &Counts)) -> Screen {
    let args = [("panel", panel.to_string().into()), ("depth", depth.name().into())];
    let label = view.texts.plain("button-sync-open", &[]);
    let open = Key { label, action: Action::Press(Button::Desk(Desk::Sync(panel.clone()))) };
    let text = paragraphs([view.html("operator-alert-synced", &args), counted(view, counts)]);
    Screen { text, keyboard: vec![vec![open]] }
}

fn mark(run: &Sync) -> &'static str {
    match (run.is_running(), run.trouble.is_some(), run.counts.agree()) {
        (true, true, _) => "🔴",
        (true, false, _) => "⏳",
        (false, _, true) => "✅",
        (false, _, false) => "⚠️",
    }
}

/// Which run it is, and when.
fn head(view: &View<'_>, run: &Sync) -> String {
    let (key, at) = match run.ended_at {
        None => ("sync-running", run.started_at),
        Some(at) => ("sync-ended", at),
    };
    let args = [
        ("panel", run.panel.to_string().into()),
        ("depth", run.depth.name().into()),
        ("date", view.date(at).into()),
    ];
    view.html(key, &args)
}

fn counted(view: &View<'_>, counts: &Counts) -> String {
    let line = |key: &str, count: u64| view.html(key, &[("count", count.into())]);
    let rest = [
        ("sync-drifted", counts.drifted),
        ("sync-missing", counts.missing),
        ("sync-updated", counts.updated),
        ("sync-movable", counts.movable),
        ("sync-created", counts.created),
        ("sync-foreign", counts.foreign),
        ("sync-errors", counts.errors),
    ];
    let rest = rest.into_iter().filter(|(_, count)| *count > 0);
    let all = [("sync-checked", counts.checked), ("sync-found", counts.found)].into_iter().chain(rest);
    lines(all.map(|(key, count)| line(key, count)))
}

fn found(view: &View<'_>, run: &Sync) -> String {
    if run.findings.is_empty() {
        return String::new();
    }
    let told = run.findings.iter().map(|finding| {
        let short = |text: &str| text.chars().take(80).collect::<String>();
        let args = [
            ("what", finding.what.as_str().into()),
            ("account", short(&finding.username).into()),
            ("detail", short(&finding.detail).into()),
        ];
        view.html("sync-finding", &args)
    });
    lines([view.html("sync-findings", &[])].into_iter().chain(told))
}

/// First a look; what it found can then be set right, or taken over.
fn keyboard(view: &View<'_>, run: &Sync) -> Vec<Vec<Key>> {
    let ask = |key: &str, depth: Depth, count: u64| Key {
        label: view.texts.plain(key, &[("count", count.into())]),
        action: Action::Press(Button::Desk(Desk::AskSync(run.panel.clone(), depth))),
    };
    let counts = &run.counts;
    let open = (counts.drifted + counts.missing).saturating_sub(counts.updated);
    let movable = counts.movable.saturating_sub(counts.created);
    let mut keyboard = Vec::new();
    if !run.is_running() {
        keyboard.push(vec![ask("button-sync-look", Depth::Look, 0)]);
        if open > 0 {
            keyboard.push(vec![ask("button-sync-repair", Depth::Repair, open)]);
        }
        if movable > 0 {
            keyboard.push(vec![ask("button-sync-adopt", Depth::Adopt, movable)]);
        }
    }
    keyboard.push(vec![again(view, Some(&run.panel))]);
    keyboard
}

fn again(view: &View<'_>, panel: Option<&PanelId>) -> Key {
    let desk = panel.map_or(Desk::Syncs, |panel| Desk::Sync(panel.clone()));
    view.press("button-refresh", Button::Desk(desk))
}
