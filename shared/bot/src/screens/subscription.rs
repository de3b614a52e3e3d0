//! What the person has.

use super::{
    Key, Screen, View, lines, packages, paragraphs,
    renewal::{self, Outlook},
    several, usage,
};
use crate::callback::Button;
use domain::{Standing, Subscription, SubscriptionNo, UserState};

/// Squares of the traffic bar.
const BAR: u64 = 10;

/// What the subscription's screen tells beside the subscription.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each adds a button or a sentence of its own")]
pub struct Beside {
    /// Which one, if there are several or may be; `None` = the only one.
    pub no: Option<SubscriptionNo>,
    /// Extra traffic is sold.
    pub packages: bool,
    /// A trial can be taken.
    pub trial_due: bool,
    /// Methods can be saved in this shop.
    pub saves_methods: bool,
    /// The panel knows devices.
    pub has_devices: bool,
    /// The charge before the end, if there will be one.
    pub outlook: Option<Outlook>,
}

/// The subscription: until when, how much, the link, and how it goes on.
pub fn subscription(view: &View<'_>, state: &UserState, beside: &Beside) -> Screen {
    let asked = beside.no.and_then(|no| state.subscription(no));
    let Some(first) = asked.or_else(|| state.primary(view.now)) else { return none(view, beside.trial_due) };
    let mut keyboard = keyboard(view, first);
    let last = keyboard.pop();
    let methods = beside.saves_methods || !state.methods().is_empty();
    let methods = methods.then(|| view.press("button-methods", Button::Methods));
    if beside.packages {
        keyboard.push(packages::more(view, first).into_iter().collect());
    }
    keyboard.push(own_access(view, first, beside.has_devices));
    keyboard.push(renewal::keys(view, state, first));
    keyboard.push(methods.into_iter().collect());
    if beside.no.is_some() {
        keyboard.push(several::keys(view, state, first));
        keyboard.push(vec![view.press("button-subscriptions", Button::Subscription)]);
    }
    keyboard.extend(last);
    let text = full(view, first, title(view, state, first));
    Screen { text: paragraphs([text, renewal::sentence(view, first, beside.outlook.as_ref())]), keyboard }
}

fn title(view: &View<'_>, state: &UserState, own: &Subscription) -> String {
    let named = state.subscriptions.len() > 1 || own.name.is_some();
    if !named {
        return view.html("subscription-title", &[]);
    }
    let name = view.html("subscription-title-named", &[("name", several::name(view, own).into())]);
    let primary = state.subscriptions.len() > 1 && state.primary_no(view.now) == own.no;
    let primary = primary.then(|| view.html("subscription-primary", &[]));
    lines([name].into_iter().chain(primary))
}

/// What the buyer can do about devices and link.
fn own_access(view: &View<'_>, first: &Subscription, has_devices: bool) -> Vec<Key> {
    if first.standing(view.now) == Standing::Expired || link(first).is_none() {
        return Vec::new();
    }
    let devices = has_devices.then(|| view.press("button-devices", Button::Devices(first.no)));
    devices.into_iter().chain([view.press("button-new-link", Button::NewLink(first.no))]).collect()
}

fn none(view: &View<'_>, trial_due: bool) -> Screen {
    let mut keyboard = Vec::new();
    if trial_due {
        keyboard.push(vec![view.press("button-trial", Button::Trial)]);
    }
    keyboard.push(vec![view.press("button-buy", Button::Plans)]);
    keyboard.push(view.back_to_menu());
    let key = if trial_due { "subscription-none-trial" } else { "subscription-none" };
    Screen { text: view.html(key, &[]), keyboard }
}

/// Everything about `subscription` below `title`.
pub(super) fn full(view: &View<'_>, subscription: &Subscription, title: String) -> String {
    if subscription.standing(view.now) == Standing::Expired {
        let kind = if subscription.trial { "trial" } else { "paid" };
        let advice = view.html("notice-ended-renew", &[("kind", kind.into())]);
        return paragraphs([title, standing(view, subscription), advice]);
    }
    let facts = [
        Some(plan(view, subscription)),
        Some(traffic(view, subscription)),
        packages::extra(view, subscription),
        devices(view, subscription),
        usage::activity(view, subscription),
        usage::age(view, subscription),
    ];
    let facts = lines(facts.into_iter().flatten());
    paragraphs([title, standing(view, subscription), facts, access(view, subscription)])
}

/// Whether it runs, until when, and how long that is.
pub(super) fn standing(view: &View<'_>, subscription: &Subscription) -> String {
    let date = view.date(subscription.end);
    let standing = subscription.standing(view.now);
    let (status, until) = match standing {
        Standing::Trial => ("status-trial", "subscription-until"),
        Standing::Active => ("status-active", "subscription-until"),
        Standing::Expired => ("status-expired", "subscription-ended"),
    };
    let status = format!("{} {}", view.html(status, &[]), view.html(until, &[("date", date.into())]));
    if standing == Standing::Expired {
        return status;
    }
    let left = view.texts.time_left(view.now, subscription.end);
    let left = view.html("subscription-left", &[("left", left.into())]);
    let preparing = (!subscription.is_delivered()).then(|| view.html("status-preparing", &[]));
    lines([status, left].into_iter().chain(preparing))
}

fn plan(view: &View<'_>, subscription: &Subscription) -> String {
    let name = super::plan_name(view, &subscription.terms);
    view.html("subscription-plan", &[("name", name.into())])
}

pub(super) fn traffic(view: &View<'_>, subscription: &Subscription) -> String {
    let limit = subscription.allowance();
    let Some(used) = subscription.observed.as_ref().map(|observed| observed.used) else {
        return super::checkout::traffic(view, limit);
    };
    let told = view.texts.bytes(used);
    if limit == 0 {
        return view.html("subscription-traffic-unlimited", &[("used", told.into())]);
    }
    let numbers = view
        .html("subscription-traffic", &[("used", told.into()), ("limit", view.texts.bytes(limit).into())]);
    format!("{numbers}\n{}", bar(used, limit))
}

/// `▰▰▰▱▱▱▱▱▱▱ 31 %`, cut, so that it is full only when everything is used.
fn bar(used: u64, limit: u64) -> String {
    let percent = u64::try_from(u128::from(used.min(limit)) * 100 / u128::from(limit.max(1))).unwrap_or(100);
    let full = percent * BAR / 100;
    (0..BAR)
        .map(|square| if square < full { '▰' } else { '▱' })
        .chain(format!(" {percent}\u{a0}%").chars())
        .collect()
}

fn devices(view: &View<'_>, subscription: &Subscription) -> Option<String> {
    super::checkout::devices(view, &subscription.terms)
}

/// The link, or why there is none.
fn access(view: &View<'_>, subscription: &Subscription) -> String {
    match link(subscription) {
        Some(link) => lines([
            view.html("subscription-link", &[("link", link.into())]),
            view.html("subscription-secret", &[]),
        ]),
        None => view.html("subscription-preparing", &[]),
    }
}

/// The link that works: it stays the same while a renewal is on its way to the panel. None of one that was revoked.
pub(super) fn link(subscription: &Subscription) -> Option<&str> {
    subscription.applied.as_ref().filter(|applied| !applied.revoked).map(|applied| applied.link.as_str())
}

/// The link of a subscription that runs.
pub(super) fn running_link<'a>(view: &View<'_>, first: &'a Subscription) -> Option<&'a str> {
    if first.standing(view.now) == Standing::Expired { None } else { link(first) }
}

/// The ways on from a subscription.
pub(super) fn keyboard(view: &View<'_>, subscription: &Subscription) -> Vec<Vec<Key>> {
    let running = subscription.standing(view.now) != Standing::Expired;
    let mut rows = Vec::new();
    if running && link(subscription).is_some() {
        rows.push(vec![
            view.press("button-connect", Button::ConnectTo(subscription.no)),
            view.press("button-qr", Button::QrOf(subscription.no)),
        ]);
    }
    rows.push(vec![view.press(
        if subscription.trial { "button-buy" } else { "button-renew" },
        Button::PlansFor(subscription.no),
    )]);
    if running {
        rows.push(vec![
            view.press("button-refresh", Button::Own(subscription.no)),
            view.press("button-menu", Button::Menu),
        ]);
    } else {
        rows.push(view.back_to_menu());
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::bar;

    #[test]
    fn the_bar_is_full_only_when_all_is_used() {
        let cases = [
            (0, 100, "▱▱▱▱▱▱▱▱▱▱ 0\u{a0}%"),
            (31, 100, "▰▰▰▱▱▱▱▱▱▱ 31\u{a0}%"),
            (999, 1000, "▰▰▰▰▰▰▰▰▰▱ 99\u{a0}%"),
            (1000, 1000, "▰▰▰▰▰▰▰▰▰▰ 100\u{a0}%"),
            (u64::MAX, 1, "▰▰▰▰▰▰▰▰▰▰ 100\u{a0}%"),
            (u64::MAX, u64::MAX, "▰▰▰▰▰▰▰▰▰▰ 100\u{a0}%"),
        ];
        for (used, limit, want) in cases {
            assert_eq!(bar(used, limit), want);
        }
    }
}
