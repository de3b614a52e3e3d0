//! Extra traffic: what there is, what is for sale, what it is for.

use super::{Action, Key, Screen, View, paragraphs, several, subscription};
use crate::callback::Button;
use domain::{
    Package, PackageId, Subscription, SubscriptionNo, TrafficReset, UserState, checkout::Choice, package,
};

/// The packages for sale for `own`.
pub fn packages(view: &View<'_>, state: &UserState, own: &Subscription, packages: &[Package]) -> Screen {
    let shown = package::visible(packages);
    let back = vec![view.press("button-back", Button::Own(own.no))];
    if shown.is_empty() {
        return Screen { text: view.html("packages-none", &[]), keyboard: vec![view.support(), back] };
    }
    let mut keyboard: Vec<Vec<Key>> =
        shown.into_iter().map(|package| vec![key(view, own.no, package)]).collect();
    keyboard.push(back);
    let text = paragraphs([
        several::which(view, state, own),
        view.html("packages-title", &[]),
        subscription::traffic(view, own),
        lasts(view, own),
    ]);
    Screen { text, keyboard }
}

fn key(view: &View<'_>, no: SubscriptionNo, package: &Package) -> Key {
    let price = package.prices.first().map(|price| view.texts.money(*price)).unwrap_or_default();
    let args = [("traffic", view.texts.bytes(package.bytes).into()), ("price", price.into())];
    let label = view.texts.plain("button-package", &args);
    Key { label, action: Action::Press(Button::Package(no, package.id.clone(), None)) }
}

/// How long a package counts that is bought now.
fn lasts(view: &View<'_>, own: &Subscription) -> String {
    let period = match own.terms.traffic_reset {
        TrafficReset::NoReset => "never",
        TrafficReset::Day => "day",
        TrafficReset::Week => "week",
        TrafficReset::Month | TrafficReset::MonthRolling => "month",
    };
    view.html("packages-lasts", &[("resets", period.into())])
}

/// The extra bytes of a subscription; `None` if it has none.
pub(super) fn extra(view: &View<'_>, own: &Subscription) -> Option<String> {
    let bytes = own.extra();
    if bytes == 0 || own.terms.traffic_limit == 0 {
        return None;
    }
    // The ones that go first are what people have to know about.
    let until = own.extras.iter().filter_map(|extra| extra.until).min().unwrap_or(own.end).min(own.end);
    let args = [("traffic", view.texts.bytes(bytes).into()), ("date", view.date(until).into())];
    Some(view.html("subscription-extra", &args))
}

/// The way to more traffic, where it is sold and would be of use.
pub(super) fn more(view: &View<'_>, own: &Subscription) -> Option<Key> {
    let offered = own.takes_traffic(view.now);
    offered.then(|| view.press("button-more-traffic", Button::Packages(own.no)))
}

/// Freezes the offer of a package again, with another choice.
pub(super) fn again(no: SubscriptionNo, package: &PackageId, choice: Choice) -> Button {
    Button::Package(no, package.clone(), Some(choice))
}
