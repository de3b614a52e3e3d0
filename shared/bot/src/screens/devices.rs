//! Devices of a subscription, and a new link for it.

use super::{Action, Key, Screen, View, lines, paragraphs, subscription};
use crate::callback::Button;
use domain::{
    Subscription,
    reset::{Reset, device_tag},
};
use locale::{clean_name, escape};
use panel::Device;

/// So many devices have a line and a button; who has more unlinks all.
const SHOWN: usize = 10;

/// The devices, each with a way to unlink it. `None`: the panel does not say.
pub fn devices(view: &View<'_>, own: &Subscription, devices: Option<&[Device]>) -> Screen {
    let title = view.html("devices-title", &[]);
    let back = vec![
        view.press("button-refresh", Button::Devices(own.no)),
        view.press("button-subscription", Button::Own(own.no)),
    ];
    let Some(devices) = devices else {
        return Screen { text: paragraphs([title, view.html("devices-unknown", &[])]), keyboard: vec![back] };
    };
    let mut keyboard = Vec::new();
    let mut told = vec![count(view, own, devices.len())];
    for (index, device) in devices.iter().take(SHOWN).enumerate() {
        told.push(line(view, index + 1, device));
        keyboard.push(vec![unlink(view, own, index + 1, device)]);
    }
    if devices.len() > 1 {
        keyboard.push(vec![view.press("button-unlink-all", Button::UnlinkAll(own.no))]);
    }
    keyboard.push(back);
    let hint = if devices.is_empty() { "devices-none" } else { "devices-hint" };
    Screen { text: paragraphs([title, lines(told), view.html(hint, &[])]), keyboard }
}

fn count(view: &View<'_>, own: &Subscription, there: usize) -> String {
    let count = u64::try_from(there).unwrap_or(u64::MAX);
    match own.terms.device_limit.filter(|limit| *limit > 0) {
        Some(limit) => {
            let args = [("count", count.into()), ("limit", u64::from(limit).into())];
            view.html("devices-count-of", &args)
        }
        None => view.html("devices-count", &[("count", count.into())]),
    }
}

/// Apps name devices as they like.
fn name(device: &Device) -> String {
    let known = [&device.model, &device.platform].into_iter().flatten().map(|part| clean_name(part));
    let known: Vec<String> = known.filter(|part| !part.is_empty()).collect();
    let app = device.user_agent.as_deref().map(clean_name).filter(|app| !app.is_empty());
    let name = if known.is_empty() { app.unwrap_or_else(|| "?".to_owned()) } else { known.join(", ") };
    name.chars().take(40).collect()
}

fn line(view: &View<'_>, number: usize, device: &Device) -> String {
    let since = view.html("devices-since", &[("date", view.date(device.added_at).into())]);
    format!("{number}. <b>{}</b>, {since}", escape(&name(device)))
}

fn unlink(view: &View<'_>, own: &Subscription, number: usize, device: &Device) -> Key {
    let label = view.texts.plain("button-unlink", &[("name", format!("{number}. {}", name(device)).into())]);
    Key { label, action: Action::Press(Button::Unlink(own.no, device_tag(&device.hwid))) }
}

/// Really unlink all?
pub fn unlink_all(view: &View<'_>, own: &Subscription) -> Screen {
    let keyboard = vec![
        vec![view.press("button-unlink-all-now", Button::UnlinkAllNow(own.no))],
        vec![view.press("button-back", Button::Devices(own.no))],
    ];
    Screen { text: view.html("devices-unlink-all", &[]), keyboard }
}

/// Really take a new link? Or when that will be possible again.
pub fn new_link(view: &View<'_>, own: &Subscription) -> Screen {
    let back = vec![view.press("button-back", Button::Own(own.no))];
    if let Some(again) = own.resets.due(Reset::Link, view.now) {
        let text = view.html("link-reset-later", &[("date", view.date(again).into())]);
        return Screen { text, keyboard: vec![back] };
    }
    let now = vec![view.press("button-new-link-now", Button::NewLinkNow(own.no))];
    Screen { text: view.html("link-reset", &[]), keyboard: vec![now, back] }
}

/// The new link.
pub fn link_replaced(view: &View<'_>, own: &Subscription) -> Screen {
    let mut keyboard = subscription::keyboard(view, own);
    keyboard.truncate(1);
    keyboard.push(vec![view.press("button-subscription", Button::Own(own.no))]);
    let link = subscription::link(own).unwrap_or_default();
    let text = paragraphs([
        view.html("link-replaced", &[]),
        view.html("subscription-link", &[("link", link.into())]),
        view.html("link-replaced-apps", &[]),
    ]);
    Screen { text, keyboard }
}
