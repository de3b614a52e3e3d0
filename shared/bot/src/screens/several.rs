//! Several subscriptions: their list, their names, and which of them a purchase is for.

use super::{Action, Key, Screen, View, lines, paragraphs, subscription};
use crate::callback::Button;
use domain::{PlanId, Standing, Subscription, SubscriptionNo, UserState};
use locale::clean_name;

/// What the buyer calls it, or its number. Typed by them: to be escaped.
pub(super) fn name(view: &View<'_>, own: &Subscription) -> String {
    let chosen = own.name.as_deref().map(clean_name).filter(|name| !name.is_empty());
    chosen.unwrap_or_else(|| numbered(view, own.no))
}

fn numbered(view: &View<'_>, no: SubscriptionNo) -> String {
    view.texts.plain("name-subscription", &[("no", no.to_string().into())])
}

/// Which subscription is spoken of; blank for whoever has only one.
pub(super) fn which(view: &View<'_>, state: &UserState, own: &Subscription) -> String {
    if state.subscriptions.len() < 2 {
        return String::new();
    }
    view.html("subscription-which", &[("name", name(view, own).into())])
}

/// `screen` with the name of the subscription above it, for whoever has several.
pub(super) fn named(view: &View<'_>, state: &UserState, own: &Subscription, screen: Screen) -> Screen {
    Screen { text: paragraphs([which(view, state, own), screen.text]), ..screen }
}

/// What an offer is for: a subscription by its name, or a new one; blank for whoever has only one.
pub fn purpose(view: &View<'_>, state: &UserState, no: SubscriptionNo) -> String {
    match state.subscription(no) {
        Some(own) => which(view, state, own),
        None if state.subscriptions.is_empty() => String::new(),
        None => view.html("checkout-new", &[]),
    }
}

/// All subscriptions, the primary one first. `new`: the number of one more, if it may be bought.
pub fn subscriptions(view: &View<'_>, state: &UserState, new: Option<SubscriptionNo>) -> Screen {
    let primary = state.primary_no(view.now);
    let shown = state.in_order(view.now);
    let told = shown.iter().map(|own| {
        let key = if own.no == primary { "subscriptions-primary" } else { "subscriptions-other" };
        lines([view.html(key, &[("name", name(view, own).into())]), subscription::standing(view, own)])
    });
    let title = view.html("subscriptions-title", &[]);
    let text = paragraphs([title].into_iter().chain(told));
    let mut keyboard: Vec<Vec<Key>> =
        shown.iter().map(|own| vec![key(view, own, Button::Own(own.no))]).collect();
    keyboard.extend(new.map(|no| vec![view.press("button-add-subscription", Button::PlansFor(no))]));
    keyboard.push(view.back_to_menu());
    Screen { text, keyboard }
}

/// A button with the name and the state of a subscription.
fn key(view: &View<'_>, own: &Subscription, button: Button) -> Key {
    let mark = match own.standing(view.now) {
        Standing::Trial => "🎁",
        Standing::Active => "🟢",
        Standing::Expired => "🔴",
    };
    let name = name(view, own);
    let label = match own.standing(view.now) {
        Standing::Expired => format!("{mark} {name}"),
        _ => format!("{mark} {name} · {}", view.texts.time_left(view.now, own.end)),
    };
    Key { label, action: Action::Press(button) }
}

/// Which subscription `plan` is bought for.
pub fn choose(view: &View<'_>, state: &UserState, plan: &PlanId, new: Option<SubscriptionNo>) -> Screen {
    let shown = state.in_order(view.now).into_iter();
    let mut keyboard: Vec<Vec<Key>> =
        shown.map(|own| vec![key(view, own, Button::PlanFor(own.no, plan.clone()))]).collect();
    let add = |no| vec![view.press("button-new-subscription", Button::PlanFor(no, plan.clone()))];
    keyboard.extend(new.map(add));
    keyboard.push(vec![view.press("button-back", Button::Plans)]);
    Screen { text: view.html("choose-subscription", &[]), keyboard }
}

/// What can be done about a subscription that is one of several.
pub(super) fn keys(view: &View<'_>, state: &UserState, own: &Subscription) -> Vec<Key> {
    let rename = view.press("button-rename", Button::Rename(own.no));
    let other = state.subscriptions.len() > 1 && state.primary_no(view.now) != own.no;
    let primary = other.then(|| view.press("button-make-primary", Button::MakePrimary(own.no)));
    [rename].into_iter().chain(primary).collect()
}

/// "Send a name"; `again` after one that was too long.
pub fn ask_name(view: &View<'_>, own: &Subscription, again: bool) -> Screen {
    let key = if again { "rename-ask-again" } else { "rename-ask" };
    let text = view.html(key, &[("name", name(view, own).into())]);
    let default = own.name.is_some().then(|| vec![view.press("button-unname", Button::Unname(own.no))]);
    let back = vec![view.press("button-back", Button::Own(own.no))];
    Screen { text, keyboard: default.into_iter().chain([back]).collect() }
}
