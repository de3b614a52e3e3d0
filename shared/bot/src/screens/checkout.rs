//! Choosing a plan and a way to pay.

use super::{Action, Key, Screen, View, lines, paragraphs};
use crate::callback::Button;
use domain::{Money, Plan, Provider, Quote, Standing, Terms, UserState, catalog, quote::LineKind};

/// The plans for sale, each with its first price.
pub fn plans(view: &View<'_>, state: &UserState, plans: &[Plan]) -> Screen {
    let shown = catalog::visible(plans);
    if shown.is_empty() {
        let keyboard = vec![view.support(), view.back_to_menu()];
        return Screen { text: view.html("plans-empty", &[]), keyboard };
    }
    let running =
        state.subscriptions.first().is_some_and(|first| first.standing(view.now) != Standing::Expired);
    let hint = if running { "plans-hint-renew" } else { "plans-hint" };
    let mut keyboard: Vec<Vec<Key>> = shown.into_iter().map(|plan| vec![offer(view, plan)]).collect();
    keyboard.push(vec![view.press("button-back", Button::Menu)]);
    Screen { text: paragraphs([view.html("plans-title", &[]), view.html(hint, &[])]), keyboard }
}

fn offer(view: &View<'_>, plan: &Plan) -> Key {
    let name = plan.terms.name.get(view.texts.language());
    let price = plan.prices.first().map(|price| view.texts.money(*price)).unwrap_or_default();
    let label = view.texts.plain("button-plan", &[("name", name.into()), ("price", price.into())]);
    Key { label, action: Action::Press(Button::Plan(plan.terms.plan.clone())) }
}

/// The frozen offer: what, for how much, until when, and the ways to pay.
pub fn checkout(view: &View<'_>, quote: &Quote, methods: &[(Provider, Money)]) -> Screen {
    let name = quote.terms.name.get(view.texts.language());
    let choose = if methods.is_empty() { "checkout-no-methods" } else { "checkout-choose" };
    let text = paragraphs([
        view.html("checkout-title", &[("name", name.into())]),
        goods(view, &quote.terms),
        prices(view, quote),
        view.html("checkout-until", &[("date", view.date(quote.expires_at).into())]),
        view.html(choose, &[]),
    ]);
    let mut keyboard: Vec<Vec<Key>> = methods.iter().map(|method| vec![way(view, quote, *method)]).collect();
    if methods.is_empty() {
        keyboard.push(view.support());
    }
    keyboard.push(vec![view.press("button-back", Button::Plans)]);
    Screen { text, keyboard }
}

fn way(view: &View<'_>, quote: &Quote, (provider, price): (Provider, Money)) -> Key {
    let key = match provider {
        Provider::Yookassa => "button-pay-yookassa",
        Provider::Stars => "button-pay-stars",
    };
    let label = view.texts.plain(key, &[("price", view.texts.money(price).into())]);
    Key { label, action: Action::Press(Button::Pay(quote.id, provider)) }
}

/// What is bought.
fn goods(view: &View<'_>, terms: &Terms) -> String {
    let period = view.html("checkout-period", &[("period", view.texts.period(terms.period).into())]);
    let traffic = match terms.traffic_limit {
        0 => view.html("checkout-traffic-unlimited", &[]),
        limit => view.html("checkout-traffic", &[("limit", view.texts.bytes(limit).into())]),
    };
    lines([period, traffic].into_iter().chain(devices(view, terms)))
}

/// How many devices; nothing if that is left to the panel.
pub(super) fn devices(view: &View<'_>, terms: &Terms) -> Option<String> {
    terms.device_limit.map(|limit| match limit {
        0 => view.html("subscription-devices-any", &[]),
        limit => view.html("subscription-devices", &[("count", u64::from(limit).into())]),
    })
}

/// The lines of the offer, each in every currency, and the sum if there is more than one line.
fn prices(view: &View<'_>, quote: &Quote) -> String {
    let longest = quote.prices.iter().map(|price| price.lines.len()).max().unwrap_or(0);
    let joined = |amounts: Vec<Money>| {
        amounts.into_iter().map(|amount| view.texts.money(amount)).collect::<Vec<_>>().join(" · ")
    };
    let mut told = Vec::with_capacity(longest + 1);
    for index in 0..longest {
        let line: Vec<_> = quote.prices.iter().filter_map(|price| price.lines.get(index)).collect();
        let key = match line.first().map(|line| line.kind) {
            Some(LineKind::Base) => "checkout-base",
            None => continue,
        };
        let amounts = joined(line.into_iter().map(|line| line.amount).collect());
        told.push(view.html(key, &[("price", amounts.into())]));
    }
    if longest > 1 {
        let totals = joined(quote.prices.iter().map(|price| price.total).collect());
        told.push(view.html("checkout-total", &[("price", totals.into())]));
    }
    lines(told)
}
