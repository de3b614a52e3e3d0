//! Choosing what to buy and how to pay for it.

use super::{Action, Key, Screen, View, lines, packages, paragraphs, promo, several};
use crate::callback::Button;
use domain::{
    Goods, Money, Plan, Provider, Quote, Standing, SubscriptionNo, Terms, UserState, Wallet, catalog,
    checkout::Choice,
    quote::{LineKind, Price},
};
use shop::Way;

/// The plans for sale, each with its first price.
pub fn plans(view: &View<'_>, state: &UserState, plans: &[Plan]) -> Screen {
    plans_for(view, state, plans, None)
}

/// The plans for sale for the subscription `no`, which may be a new one; `None` = that is still to be said.
pub fn plans_for(view: &View<'_>, state: &UserState, plans: &[Plan], no: Option<SubscriptionNo>) -> Screen {
    let shown = catalog::visible(plans);
    if shown.is_empty() {
        let keyboard = vec![view.support(), view.back_to_menu()];
        return Screen { text: view.html("plans-empty", &[]), keyboard };
    }
    let meant = no.map_or_else(|| state.primary(view.now), |no| state.subscription(no));
    let running = meant.is_some_and(|own| own.standing(view.now) != Standing::Expired);
    let hint = if running { "plans-hint-renew" } else { "plans-hint" };
    let reduced: Vec<Option<Money>> =
        shown.iter().map(|plan| domain::promo::preview(state, plan, view.now)).collect();
    let code = promo::above_plans(view, state, reduced.iter().any(Option::is_some));
    let one = |(plan, reduced): (&Plan, _)| {
        let id = plan.terms.plan.clone();
        let button = no.map_or_else(|| Button::Plan(id.clone()), |no| Button::PlanFor(no, id.clone()));
        vec![offer(view, plan, reduced, button)]
    };
    let offers = shown.into_iter().zip(reduced).map(one);
    let mut keyboard: Vec<Vec<Key>> = offers.collect();
    keyboard.extend(code.as_ref().map(|_| promo::forget(view)));
    keyboard.extend(no.is_none().then(|| vec![view.press("button-give", Button::Gifts)]));
    let back = meant.filter(|_| no.is_some()).map_or(Button::Menu, |own| Button::Own(own.no));
    keyboard.push(vec![view.press("button-back", back)]);
    let purpose = no.map(|no| several::purpose(view, state, no)).unwrap_or_default();
    let text =
        paragraphs([view.html("plans-title", &[]), purpose, view.html(hint, &[]), code.unwrap_or_default()]);
    Screen { text, keyboard }
}

/// The plan with its first price, or with what a code makes of it; it leads to `button`.
pub(super) fn offer(view: &View<'_>, plan: &Plan, reduced: Option<Money>, button: Button) -> Key {
    let name = super::plan_name(view, &plan.terms);
    if let (Some(old), Some(new)) = (plan.prices.first(), reduced) {
        let (old, new) = (view.texts.money(*old), view.texts.money(new));
        let args = [("name", name.into()), ("old", old.into()), ("price", new.into())];
        let label = view.texts.plain("button-plan-reduced", &args);
        return Key { label, action: Action::Press(button) };
    }
    let price = plan.prices.first().map(|price| view.texts.money(*price)).unwrap_or_default();
    let label = view.texts.plain("button-plan", &[("name", name.into()), ("price", price.into())]);
    Key { label, action: Action::Press(button) }
}

/// A frozen offer, and what can be done about it.
#[derive(Debug, Clone, Copy)]
pub struct Offer<'a> {
    /// What, and for how much.
    pub quote: &'a Quote,
    /// The ways to pay it, in their order.
    pub ways: &'a [Way],
    /// What the buyer has in the shop.
    pub balance: &'a Wallet,
    /// A method can be saved while paying.
    pub can_save: bool,
}

/// The frozen offer: what, for how much, until when, and the ways to pay.
pub fn checkout(view: &View<'_>, offer: &Offer<'_>) -> Screen {
    checkout_for(view, offer, String::new())
}

/// The same with the line that says what it is for ([`super::purpose`]).
pub fn checkout_for(view: &View<'_>, offer: &Offer<'_>, purpose: String) -> Screen {
    let Offer { quote, ways, .. } = *offer;
    let free = ways.iter().all(|way| matches!(way, Way::Balance(price) if !price.is_positive()));
    let choose = match (ways.is_empty(), free) {
        (true, _) => "checkout-no-methods",
        (false, true) => "checkout-free",
        (false, false) => "checkout-choose",
    };
    let until = view.html("checkout-until", &[("date", view.date(quote.expires_at).into())]);
    let renews = ways.iter().any(|way| matches!(way, Way::StarSubscription(_)));
    let parts = match &quote.goods {
        Goods::Plan(terms) => {
            let name = super::plan_name(view, terms);
            [
                paragraphs([view.html("checkout-title", &[("name", name.into())]), purpose]),
                goods(view, terms),
                prices(view, quote),
                until,
            ]
        }
        Goods::Gift(order) => {
            let name = super::plan_name(view, &order.terms);
            let title = view.html("gift-checkout-title", &[("name", name.into())]);
            [title, goods(view, &order.terms), prices(view, quote), until]
        }
        Goods::Traffic { bytes, .. } => [
            view.html("checkout-traffic-title", &[("traffic", view.texts.bytes(*bytes).into())]),
            purpose,
            prices(view, quote),
            until,
        ],
        Goods::TopUp | Goods::Method => {
            [view.html("topup-title", &[]), prices(view, quote), String::new(), String::new()]
        }
    };
    let saves = if quote.save_method { view.html("checkout-saves", &[]) } else { String::new() };
    let stars = if renews { view.html("checkout-star-subscription", &[]) } else { String::new() };
    let text = paragraphs(parts.into_iter().chain([saves, stars, view.html(choose, &[])]));
    let mut keyboard: Vec<Vec<Key>> = ways.iter().map(|known| vec![way(view, quote, *known)]).collect();
    keyboard.extend(toggles(view, offer).into_iter().map(|key| vec![key]));
    keyboard.extend(quote.promo.as_ref().map(|_| promo::forget(view)));
    if ways.is_empty() {
        keyboard.push(view.support());
    }
    let back = match &quote.goods {
        Goods::TopUp => Button::Balance,
        Goods::Gift(_) => Button::Gifts,
        Goods::Traffic { .. } => Button::Packages(quote.no),
        Goods::Plan(_) | Goods::Method => Button::Plans,
    };
    keyboard.push(vec![view.press("button-back", back)]);
    Screen { text, keyboard }
}

fn way(view: &View<'_>, quote: &Quote, way: Way) -> Key {
    let (key, price, button) = match way {
        Way::Balance(price) if !price.is_positive() => {
            ("button-take-free", price, Button::Spend(quote.id, price.currency))
        }
        Way::Balance(price) => ("button-pay-balance", price, Button::Spend(quote.id, price.currency)),
        Way::Pay(provider, price) => (provider_key(provider), price, Button::Pay(quote.id, provider)),
        Way::StarSubscription(price) => ("button-pay-star-subscription", price, Button::Subscribe(quote.id)),
    };
    let label = view.texts.plain(key, &[("price", view.texts.money(price).into())]);
    Key { label, action: Action::Press(button) }
}

const fn provider_key(provider: Provider) -> &'static str {
    match provider {
        Provider::Balance => "button-pay-balance",
        Provider::Yookassa => "button-pay-yookassa",
        Provider::Freekassa => "button-pay-freekassa",
        Provider::Robokassa => "button-pay-robokassa",
        Provider::Wata => "button-pay-wata",
        Provider::Stripe => "button-pay-stripe",
        Provider::Paypal => "button-pay-paypal",
        Provider::Cryptopay => "button-pay-cryptopay",
        Provider::Stars => "button-pay-stars",
        Provider::Tribute => "button-pay-tribute",
    }
}

/// What the buyer can decide about the offer of a plan.
fn toggles(view: &View<'_>, offer: &Offer<'_>) -> Vec<Key> {
    let no = offer.quote.no;
    let again = |choice: Choice| match &offer.quote.goods {
        Goods::Plan(terms) => Some(Button::ChooseFor(no, terms.plan.clone(), choice)),
        Goods::Gift(order) => Some(Button::ChooseGift(order.terms.plan.clone(), choice.use_balance)),
        Goods::Traffic { package, .. } => Some(packages::again(no, package, choice)),
        Goods::TopUp | Goods::Method => None,
    };
    let now = Choice { use_balance: offer.quote.uses_balance(), save_method: offer.quote.save_method };
    let mut keys = Vec::new();
    let parts = parts_of(offer.balance, &offer.quote.prices);
    if !parts.is_empty() || now.use_balance {
        let amount = joined(view, parts);
        let label = [("on", tick(now.use_balance)), ("amount", amount)];
        let next = Choice { use_balance: !now.use_balance, ..now };
        keys.extend(again(next).map(|button| toggle(view, "button-use-balance", &label, button)));
    }
    if offer.can_save || now.save_method {
        let next = Choice { save_method: !now.save_method, ..now };
        let label = [("on", tick(now.save_method))];
        keys.extend(again(next).map(|button| toggle(view, "button-save-method", &label, button)));
    }
    keys
}

fn tick(on: bool) -> String {
    if on { "✅" } else { "⬜️" }.to_owned()
}

fn toggle(view: &View<'_>, key: &str, args: &[(&str, String)], button: Button) -> Key {
    let args: Vec<_> = args.iter().map(|(name, text)| (*name, text.as_str().into())).collect();
    Key { label: view.texts.plain(key, &args), action: Action::Press(button) }
}

/// What the balance could pay of the offer without paying all of it, one amount a currency.
fn parts_of(balance: &Wallet, prices: &[Price]) -> Vec<Money> {
    let part = |price: &Price| {
        let whole = price.whole();
        let held = balance.get(whole.currency);
        (held.is_positive() && held.minor < whole.minor).then_some(held)
    };
    prices.iter().filter_map(part).collect()
}

/// What is bought.
pub(super) fn goods(view: &View<'_>, terms: &Terms) -> String {
    let period = view.html("checkout-period", &[("period", view.texts.period(terms.period).into())]);
    lines([period, traffic(view, terms.traffic_limit)].into_iter().chain(devices(view, terms)))
}

/// How much traffic.
pub(super) fn traffic(view: &View<'_>, limit: u64) -> String {
    match limit {
        0 => view.html("checkout-traffic-unlimited", &[]),
        limit => view.html("checkout-traffic", &[("limit", view.texts.bytes(limit).into())]),
    }
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
    let base = if quote.goods == Goods::TopUp { "topup-sum" } else { "checkout-base" };
    let code = quote.promo.as_ref().map(domain::PromoCode::as_str).unwrap_or_default();
    let told = [
        (LineKind::Base, base),
        (LineKind::Promo, "checkout-promo"),
        (LineKind::Balance, "checkout-from-balance"),
    ];
    let told = told.into_iter();
    let told = told.filter_map(|(kind, key)| {
        let of_kind = quote.prices.iter().flat_map(|price| &price.lines).filter(|line| line.kind == kind);
        let amounts = joined(view, of_kind.map(|line| line.amount));
        (!amounts.is_empty()).then(|| view.html(key, &[("price", amounts.into()), ("code", code.into())]))
    });
    let total = quote.prices.iter().any(|price| price.lines.len() > 1).then(|| {
        let totals = joined(view, quote.prices.iter().map(|price| price.total));
        view.html("checkout-total", &[("price", totals.into())])
    });
    lines(told.chain(total))
}

/// `150 ₽ · 100 ⭐`
pub(super) fn joined(view: &View<'_>, amounts: impl IntoIterator<Item = Money>) -> String {
    amounts.into_iter().map(|amount| view.texts.money(amount)).collect::<Vec<_>>().join(" · ")
}
