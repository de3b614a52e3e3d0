//! The main menu.

use super::{Action, Key, Screen, View, invite, lines, paragraphs, several, subscription};
use crate::callback::{Button, Own};
use domain::{UserState, registration::StartLink};
use locale::clean_name;
use url::Url;

/// How the menu begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Greeting {
    /// For somebody new.
    Welcome,
    /// For somebody known.
    Hello,
    /// For somebody who wrote instead of pressing.
    ReadsButtons,
}

/// What the shop offers to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Offers {
    /// A trial.
    pub trial: bool,
}

/// The main menu: where the person stands, and the ways from here.
pub fn menu(view: &View<'_>, state: &UserState, offers: Offers, greeting: Greeting) -> Screen {
    Screen {
        text: paragraphs([
            hello(view, state, greeting),
            standing(view, state, offers.trial),
            if greeting == Greeting::Welcome { invite::welcome(view, state) } else { String::new() },
        ]),
        keyboard: keyboard(view, state, offers),
    }
}

fn hello(view: &View<'_>, state: &UserState, greeting: Greeting) -> String {
    let name = state.user.as_ref().map(|user| clean_name(&user.first_name)).unwrap_or_default();
    let name = if name.is_empty() { view.texts.plain("name-unknown", &[]) } else { name };
    match greeting {
        Greeting::Welcome => view.html("menu-welcome", &[("name", name.into())]),
        Greeting::Hello => view.html("menu-hello", &[("name", name.into())]),
        Greeting::ReadsButtons => view.html("menu-text", &[]),
    }
}

fn standing(view: &View<'_>, state: &UserState, trial_due: bool) -> String {
    match state.primary(view.now) {
        Some(first) => {
            let which = several::which(view, state, first);
            let standing = subscription::standing(view, first);
            lines([which, standing].into_iter().filter(|line| !line.is_empty()))
        }
        None if trial_due => view.html("menu-trial-due", &[]),
        None => view.html("menu-no-subscription", &[]),
    }
}

fn keyboard(view: &View<'_>, state: &UserState, offers: Offers) -> Vec<Vec<Key>> {
    let known = !state.subscriptions.is_empty();
    let renews = state.subscriptions.iter().any(|subscription| !subscription.trial);
    let settings = view.settings;
    let mut rows = Vec::new();
    if offers.trial {
        rows.push(vec![view.press("button-trial", Button::Trial)]);
    }
    rows.push(vec![view.press(if renews { "button-renew" } else { "button-buy" }, Button::Plans)]);
    if known {
        rows.push(vec![view.press("button-subscription", Button::Subscription)]);
    }
    let invite = settings.referral.map(|_| view.press("button-invite", Button::Invite));
    rows.push([view.press("button-promo", Button::Promo)].into_iter().chain(invite).collect());
    rows.push(vec![view.press("button-profile", Own::Profile)]);
    rows.push(vec![
        view.press("button-help", Button::Help),
        view.press("button-language", Button::Languages),
    ]);
    let support = view.support();
    let status = settings.status_url.iter().map(|url| view.open("button-status", url));
    rows.push(support.into_iter().chain(status).collect());
    rows.push(settings.terms_url.iter().map(|url| view.open("button-terms", url)).collect());
    rows
}

/// What the bot says in a group that calls it by name: come to me. A payload goes along.
pub fn group_hint(view: &View<'_>, payload: &str) -> Screen {
    let mut address = format!("https://t.me/{}", view.settings.bot_username);
    // Only payloads that mean something are repeated: nobody writes on our buttons.
    if StartLink::parse(payload) != StartLink::Plain {
        address = format!("{address}?start={payload}");
    }
    let label = view.texts.plain("button-private", &[]);
    let key = Url::parse(&address).ok().map(|url| Key { label, action: Action::Open(url) });
    Screen { text: view.html("group-hint", &[]), keyboard: vec![key.into_iter().collect()] }
}
