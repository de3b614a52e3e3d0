//! Gifts: choosing one, its link, opening it, and what became of those that one gave.

use super::{Action, Key, Screen, View, balance, checkout, lines, paragraphs, payment, promo};
use crate::callback::Button;
use domain::{Gift, GiftState, Payment, Plan, Standing, UserState, catalog, gift::Found, reaction::GiftNews};
use locale::clean_name;
use url::Url;

/// So many gifts are listed: the latest.
const LISTED: usize = 20;
/// So many of them have buttons.
const SHARED: usize = 8;

/// The plans to give to somebody, each with its first price.
pub fn gift_plans(view: &View<'_>, state: &UserState, plans: &[Plan]) -> Screen {
    let shown = catalog::visible(plans);
    let reduced: Vec<_> = shown.iter().map(|plan| domain::promo::preview(state, plan, view.now)).collect();
    let code = promo::above_plans(view, state, reduced.iter().any(Option::is_some));
    let offer = |(plan, reduced): (&Plan, _)| {
        vec![checkout::offer(view, plan, reduced, Button::Gift(plan.terms.plan.clone()))]
    };
    let mut keyboard: Vec<Vec<Key>> = shown.into_iter().zip(reduced).map(offer).collect();
    keyboard.extend(code.as_ref().map(|_| promo::forget(view)));
    if !state.gifts.is_empty() {
        keyboard.push(my_gifts_key(view));
    }
    keyboard.push(vec![view.press("button-back", Button::Plans)]);
    let text = paragraphs([
        view.html("gift-plans-title", &[]),
        view.html("gift-plans-hint", &[]),
        code.unwrap_or_default(),
    ]);
    Screen { text, keyboard }
}

fn my_gifts_key(view: &View<'_>) -> Vec<Key> {
    vec![view.press("button-my-gifts", Button::MyGifts)]
}

fn name<'a>(view: &View<'_>, gift: &'a Gift) -> &'a str {
    gift.terms.name.get(view.texts.language())
}

fn link(view: &View<'_>, gift: &Gift) -> String {
    format!("https://t.me/{}?start=gift_{}", view.settings.bot_username, gift.code)
}

/// Sends the link to somebody, and copies it; `shared` and `copied` are the labels.
fn hand_over(view: &View<'_>, gift: &Gift, (shared, copied): (String, String)) -> Vec<Key> {
    let link = link(view, gift);
    let period = view.texts.period(gift.terms.period);
    let words = view.texts.plain("share-gift", &[("period", period.into())]);
    let share = Url::parse_with_params("https://t.me/share/url", [("url", &link), ("text", &words)]).ok();
    // Some of Telegram's apps show a plus where others show a space.
    let share = share.and_then(|url| Url::parse(&url.as_str().replace('+', "%20")).ok());
    let share = share.map(|url| Key { label: shared, action: Action::Open(url) });
    share.into_iter().chain([Key { label: copied, action: Action::Copy(link) }]).collect()
}

/// A gift's link with what to do with it, below `title`.
fn with_link(view: &View<'_>, gift: &Gift, title: String) -> Screen {
    let until = gift.expires_at.map_or_else(
        || view.html("gift-waits-for-ever", &[]),
        |until| view.html("gift-waits-until", &[("date", view.date(until).into())]),
    );
    let shown = view.html("gift-link", &[("link", link(view, gift).into())]);
    let label = |key| view.texts.plain(key, &[]);
    let mut keyboard: Vec<Vec<Key>> =
        hand_over(view, gift, (label("button-share-gift"), label("button-copy-gift")))
            .into_iter()
            .map(|key| vec![key])
            .collect();
    keyboard.push(my_gifts_key(view));
    keyboard.push(view.back_to_menu());
    Screen { text: paragraphs([title, shown, until]), keyboard }
}

/// `payment` was credited: here is the link. One that is gone already is among the others.
pub fn gift_ready(view: &View<'_>, state: &UserState, payment: &Payment) -> Screen {
    match state.gift(payment.id).filter(|gift| gift.is_waiting()) {
        Some(gift) => with_link(view, gift, view.html("gift-ready", &[("name", name(view, gift).into())])),
        None => my_gifts(view, state),
    }
}

/// What one gave, the latest first, and what became of it.
pub fn my_gifts(view: &View<'_>, state: &UserState) -> Screen {
    let told = state.gifts.iter().take(LISTED).map(|gift| line(view, gift));
    let body = if state.gifts.is_empty() { view.html("my-gifts-none", &[]) } else { lines(told) };
    let waiting = state.gifts.iter().take(LISTED).filter(|gift| gift.is_waiting()).take(SHARED);
    let mut keyboard: Vec<Vec<Key>> = waiting
        .map(|gift| {
            let args = [("name", name(view, gift).into())];
            let shared = view.texts.plain("button-share-one-gift", &args);
            hand_over(view, gift, (shared, view.texts.plain("button-copy-gift", &[])))
        })
        .collect();
    keyboard.push(vec![view.press("button-give", Button::Gifts)]);
    keyboard.push(view.back_to_menu());
    Screen { text: paragraphs([view.html("my-gifts-title", &[]), body]), keyboard }
}

fn line(view: &View<'_>, gift: &Gift) -> String {
    let day = |at| view.texts.day(at, &view.settings.time_zone);
    let mut args = vec![("day", day(gift.bought_at).into()), ("name", name(view, gift).into())];
    let key = match gift.state {
        GiftState::Waiting => match gift.expires_at {
            Some(until) => {
                args.push(("date", day(until).into()));
                "my-gifts-waits-until"
            }
            None => "my-gifts-waits",
        },
        GiftState::Opened { at, .. } => {
            args.push(("date", day(at).into()));
            "my-gifts-opened"
        }
        GiftState::Returned { at, amount } => {
            args.push(("date", day(at).into()));
            args.push(("price", view.texts.money(amount).into()));
            "my-gifts-returned"
        }
        GiftState::Withdrawn { at } => {
            args.push(("date", day(at).into()));
            "my-gifts-withdrawn"
        }
    };
    view.html(key, &args)
}

/// What stands behind a gift's link, for whoever followed or pressed it.
pub fn gift_found(view: &View<'_>, state: &UserState, found: &Found) -> Screen {
    let gift = match found {
        Found::Later => return promo::later_code(view),
        Found::Unknown => return told(view, "gift-unknown"),
        Found::Gift(gift) => gift,
    };
    let person = state.user.as_ref().map(|user| user.id);
    match gift.state {
        GiftState::Waiting => offered(view, state, gift),
        GiftState::Opened { by, no, .. } if Some(by) == person => {
            payment::gained(view, state.subscription(no), "gift-taken", String::new())
        }
        GiftState::Opened { .. } => told(view, "gift-opened-before"),
        GiftState::Returned { .. } | GiftState::Withdrawn { .. } => told(view, "gift-gone"),
    }
}

fn told(view: &View<'_>, key: &str) -> Screen {
    Screen { text: view.html(key, &[]), keyboard: vec![view.support(), view.back_to_menu()] }
}

/// Nothing is taken before the person says so: a link may be opened by mistake, and by its giver to see what it does.
fn offered(view: &View<'_>, state: &UserState, gift: &Gift) -> Screen {
    let own = state.user.as_ref().is_some_and(|user| user.id == gift.giver);
    let from = clean_name(&gift.from);
    let from = if from.is_empty() { view.texts.plain("name-somebody", &[]) } else { from };
    let title =
        if own { view.html("gift-own", &[]) } else { view.html("gift-offered", &[("from", from.into())]) };
    let what = view.html("checkout-title", &[("name", name(view, gift).into())]);
    let first = state.primary(view.now);
    let running = first.is_some_and(|first| first.standing(view.now) != Standing::Expired);
    let hint = if running { view.html("gift-added", &[]) } else { String::new() };
    let text = paragraphs([title, lines([what, checkout::goods(view, &gift.terms)]), hint]);
    let take = Button::Take(gift.code.clone());
    let mut keyboard = Vec::new();
    if own {
        let label = |key| view.texts.plain(key, &[]);
        keyboard.push(hand_over(view, gift, (label("button-share-gift"), label("button-copy-gift"))));
    }
    keyboard.push(vec![view.press(if own { "button-take-own" } else { "button-take-gift" }, take)]);
    keyboard.push(view.back_to_menu());
    Screen { text, keyboard }
}

/// What a giver is told, if it is still so.
pub(super) fn news(view: &View<'_>, state: &UserState, gift: &Gift, news: GiftNews) -> Option<Screen> {
    let named = |key| view.html(key, &[("name", name(view, gift).into())]);
    match (news, gift.state) {
        (GiftNews::Ready, GiftState::Waiting) => Some(with_link(view, gift, named("gift-ready"))),
        (GiftNews::Waits, GiftState::Waiting) => Some(with_link(view, gift, named("notice-gift-waits"))),
        (GiftNews::Opened, GiftState::Opened { .. }) => {
            let keyboard = vec![my_gifts_key(view), view.back_to_menu()];
            Some(Screen { text: named("notice-gift-opened"), keyboard })
        }
        (GiftNews::Returned, GiftState::Returned { amount, .. }) => {
            let args = [
                ("name", name(view, gift).into()),
                ("price", view.texts.money(amount).into()),
                ("balance", balance::held(view, state).into()),
            ];
            let onward = vec![view.press("button-balance", Button::Balance)];
            let keyboard = vec![onward, my_gifts_key(view), view.back_to_menu()];
            Some(Screen { text: view.html("notice-gift-returned", &args), keyboard })
        }
        _ => None,
    }
}
