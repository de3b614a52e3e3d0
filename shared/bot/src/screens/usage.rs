//! How a subscription is used: a line or two on its screen, and messages about it.

use super::{Key, Screen, View, lines, packages, paragraphs, subscription};
use crate::callback::Button;
use domain::{
    Subscription, SubscriptionNo, TrafficReset,
    usage::{ALL, News},
};
use jiff::SignedDuration;
use locale::clean_name;

/// The panel counts connections every few minutes: who was there within this is there now.
const ONLINE: SignedDuration = SignedDuration::from_mins(5);

/// Whoever has a subscription for less than this is setting it up: that nobody connected yet is no news.
const NEW: SignedDuration = SignedDuration::from_hours(1);

/// When an app was online last, and when first; `None` before the panel told anything.
pub(super) fn activity(view: &View<'_>, subscription: &Subscription) -> Option<String> {
    let observed = subscription.observed.as_ref()?;
    let last = observed.online_at.or(observed.first_connected_at);
    let Some(last) = last else {
        let is_new = view.now.duration_since(subscription.started_at) < NEW;
        return (!is_new).then(|| view.html("subscription-never-online", &[]));
    };
    let told = if view.now.duration_since(last) < ONLINE {
        view.html("subscription-online", &[])
    } else {
        view.html("subscription-last-online", &[("ago", view.texts.ago(view.now, last).into())])
    };
    let first = observed.first_connected_at.map(|first| {
        let day = view.day(first);
        view.html("subscription-first-online", &[("day", day.into())])
    });
    Some([Some(told), first].into_iter().flatten().collect::<Vec<_>>().join(" · "))
}

/// How old the figures are, if they are not fresh.
pub(super) fn age(view: &View<'_>, subscription: &Subscription) -> Option<String> {
    let observed = subscription.observed.as_ref().filter(|observed| !observed.is_fresh(view.now))?;
    Some(view.html("subscription-as-of", &[("ago", view.texts.ago(view.now, observed.at).into())]))
}

/// The message about `news`.
pub(super) fn news(view: &View<'_>, subscription: &Subscription, news: &News) -> Screen {
    match news {
        News::Traffic { percent } => traffic(view, subscription, *percent),
        News::FirstConnection => Screen {
            text: view.html("notice-first-connection", &[]),
            keyboard: vec![
                vec![view.press("button-connect-more", Button::ConnectTo(subscription.no))],
                vec![own(view, subscription.no)],
                view.back_to_menu(),
            ],
        },
        News::NotConnected => Screen {
            text: view.html("notice-not-connected", &[]),
            keyboard: vec![
                vec![view.press("button-connect", Button::ConnectTo(subscription.no))],
                view.support(),
                view.back_to_menu(),
            ],
        },
        News::DeviceAdded { device } => device_added(view, subscription.no, device),
    }
}

fn own(view: &View<'_>, no: SubscriptionNo) -> Key {
    view.press("button-subscription", Button::Own(no))
}

fn traffic(view: &View<'_>, subscription: &Subscription, percent: u8) -> Screen {
    let used = subscription.observed.as_ref().map_or(0, |observed| observed.used);
    let limit = subscription.applied.as_ref().map_or(0, |applied| applied.access.traffic_limit);
    let told = if percent == ALL {
        view.html("notice-traffic-out", &[("limit", view.texts.bytes(limit).into())])
    } else {
        let args = [
            ("percent", u64::from(percent).into()),
            ("left", view.texts.bytes(limit.saturating_sub(used)).into()),
            ("limit", view.texts.bytes(limit).into()),
        ];
        view.html("notice-traffic-near", &args)
    };
    let resets = match subscription.terms.traffic_reset {
        TrafficReset::NoReset => "never",
        TrafficReset::Day => "day",
        TrafficReset::Week => "week",
        TrafficReset::Month | TrafficReset::MonthRolling => "month",
    };
    let advice = view.html("notice-traffic-advice", &[("resets", resets.into())]);
    let buy = if subscription.trial { "button-buy" } else { "button-renew" };
    let more = packages::more(view, subscription).filter(|_| view.settings.traffic_packages);
    let no = subscription.no;
    let rest = [vec![view.press(buy, Button::PlansFor(no))], vec![own(view, no)], view.back_to_menu()];
    let keyboard = more.map(|key| vec![key]).into_iter().chain(rest).collect();
    Screen { text: paragraphs([told, advice]), keyboard }
}

fn device_added(view: &View<'_>, no: SubscriptionNo, device: &str) -> Screen {
    let device = Some(clean_name(device)).filter(|name| !name.is_empty());
    let device = device.unwrap_or_else(|| view.texts.plain("name-unknown-device", &[]));
    Screen {
        text: view.html("notice-device-added", &[("device", device.into())]),
        keyboard: vec![
            vec![view.press("button-devices", Button::Devices(no))],
            vec![own(view, no)],
            view.back_to_menu(),
        ],
    }
}

/// The message about a new link; `None` if it is over, or that link is dead too by now.
pub(super) fn link_changed(view: &View<'_>, subscription: &Subscription) -> Option<Screen> {
    let link = subscription::link(subscription).filter(|_| subscription.end > view.now)?;
    let text = paragraphs([
        view.html("notice-link-changed", &[]),
        lines([
            view.html("subscription-link", &[("link", link.into())]),
            view.html("subscription-secret", &[]),
        ]),
    ]);
    let no = subscription.no;
    let connect =
        vec![view.press("button-connect", Button::ConnectTo(no)), view.press("button-qr", Button::QrOf(no))];
    Some(Screen { text, keyboard: vec![connect, vec![own(view, no)], view.back_to_menu()] })
}
