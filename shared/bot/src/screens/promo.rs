//! Promo codes and the questions that a message answers.

use super::{Key, Screen, View, balance::held, lines, paragraphs};
use crate::callback::Button;
use domain::{Money, Period, Promo, PromoCode, PromoEffect, Standing, UserState};

fn cancel(view: &View<'_>) -> Vec<Key> {
    vec![view.press("button-cancel", Button::Cancel)]
}

/// "Send the code."
pub fn ask_code(view: &View<'_>) -> Screen {
    Screen { text: view.html("promo-ask", &[]), keyboard: vec![cancel(view)] }
}

/// The one answer to every code that does not work; `asked`: another one may be sent.
pub fn wrong_code(view: &View<'_>, asked: bool) -> Screen {
    let keyboard = if asked {
        vec![cancel(view)]
    } else {
        vec![vec![view.press("button-promo", Button::Promo)], view.back_to_menu()]
    };
    Screen { text: view.html("promo-wrong", &[]), keyboard }
}

/// Too many codes did not work.
pub fn later_code(view: &View<'_>) -> Screen {
    Screen { text: view.html("promo-later", &[]), keyboard: vec![view.support(), view.back_to_menu()] }
}

/// A discount waits for the next purchase.
pub fn chosen_code(view: &View<'_>, effect: PromoEffect) -> Screen {
    let text = view.html("promo-chosen", &[("amount", amount(view, effect).into())]);
    let keyboard = vec![vec![view.press("button-choose-plan", Button::Plans)], view.back_to_menu()];
    Screen { text, keyboard }
}

/// What a code gave at once.
pub fn applied_code(view: &View<'_>, state: &UserState, effect: PromoEffect) -> Screen {
    let trial = || state.subscriptions.iter().find(|own| own.standing(view.now) == Standing::Trial);
    let meant = match effect {
        PromoEffect::Trial(_) => trial().or_else(|| state.primary(view.now)),
        _ => state.primary(view.now),
    };
    let running = meant.filter(|first| first.standing(view.now) != Standing::Expired);
    let key = match effect {
        PromoEffect::Balance(_) => "promo-balance",
        PromoEffect::Traffic(_) => "promo-traffic",
        PromoEffect::Trial(_) if running.is_none() => "promo-trial-later",
        _ => "promo-days",
    };
    let mut args = vec![("amount", amount(view, effect).into())];
    match (effect, running) {
        (PromoEffect::Balance(_), _) => args.push(("balance", held(view, state).into())),
        (PromoEffect::Traffic(_), Some(running)) => {
            let until = running.extras.last().and_then(|extra| extra.until).unwrap_or(running.end);
            args.push(("date", view.date(until.min(running.end)).into()));
        }
        (_, Some(running)) => args.push(("date", view.date(running.end).into())),
        _ => {}
    }
    let onward = match (effect, running) {
        (PromoEffect::Balance(_), _) => view.press("button-balance", Button::Balance),
        (_, Some(running)) => view.press("button-subscription", Button::Own(running.no)),
        (_, None) => view.press("button-trial", Button::Trial),
    };
    Screen { text: view.html(key, &args), keyboard: vec![vec![onward], view.back_to_menu()] }
}

/// `7 days`, `20 %`, `100 ₽`, `10 GB`.
pub(super) fn amount(view: &View<'_>, effect: PromoEffect) -> String {
    match effect {
        PromoEffect::Days(days) | PromoEffect::Trial(days) => view.texts.period(Period::Days(days)),
        PromoEffect::Percent(percent) => format!("{percent}\u{a0}%"),
        PromoEffect::Fixed(money) | PromoEffect::Balance(money) => view.texts.money(money),
        PromoEffect::Traffic(gib) => view.texts.bytes(u64::from(gib) << 30),
    }
}

/// "How much?"; `again` after an answer that was no possible sum.
pub fn ask_sum(view: &View<'_>, (least, most): (Money, Money), again: bool) -> Screen {
    let key = if again { "topup-ask-again" } else { "topup-ask" };
    let args = [("least", view.texts.money(least).into()), ("most", view.texts.money(most).into())];
    Screen { text: view.html(key, &args), keyboard: vec![cancel(view)] }
}

/// The chosen code above the plans, and whether it does anything for them.
pub(super) fn above_plans(view: &View<'_>, state: &UserState, reduces: bool) -> Option<String> {
    let code = state.user.as_ref()?.promos.chosen.as_ref()?;
    let effect = state.promotion.as_ref().filter(|known| known.promo.code == *code);
    let amount = effect.map(|known| amount(view, known.promo.effect)).unwrap_or_default();
    let key = if reduces { "plans-promo" } else { "plans-promo-idle" };
    Some(view.html(key, &[("code", code.as_str().into()), ("amount", amount.into())]))
}

/// Takes the chosen code off.
pub(super) fn forget(view: &View<'_>) -> Vec<Key> {
    vec![view.press("button-forget-promo", Button::ForgetPromo)]
}

/// All codes with their uses, for operators.
pub fn promos(view: &View<'_>, promos: &[Promo]) -> Screen {
    let told = promos.iter().map(|promo| line(view, promo));
    let body = if promos.is_empty() { view.html("operator-promo-none", &[]) } else { lines(told) };
    // Telegram takes 4096 characters; each line is far from a hundredth of that, but notes are not.
    let body = if body.chars().count() > 3_500 {
        lines(promos.iter().take(30).map(|promo| line(view, &Promo { note: None, ..promo.clone() })))
    } else {
        body
    };
    let text =
        paragraphs([view.html("operator-promo-title", &[]), body, view.html("operator-promo-usage", &[])]);
    Screen { text, keyboard: Vec::new() }
}

fn line(view: &View<'_>, promo: &Promo) -> String {
    let limit = promo.limit.map_or_else(|| "∞".to_owned(), |limit| limit.to_string());
    let key = if promo.is_valid(view.now) { "operator-promo-line" } else { "operator-promo-line-off" };
    let args = [
        ("code", promo.code.as_str().into()),
        ("kind", promo.effect.kind().into()),
        ("amount", amount(view, promo.effect).into()),
        ("used", u64::from(promo.used).to_string().into()),
        ("limit", limit.into()),
        ("held", promo.held(view.now).to_string().into()),
    ];
    let until =
        promo.until.map(|until| view.html("operator-promo-until", &[("date", view.date(until).into())]));
    let note =
        promo.note.as_ref().map(|note| view.html("operator-promo-note", &[("note", note.as_str().into())]));
    [Some(view.html(key, &args)), until, note].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// A code was made: how it reads, and its link.
pub fn promo_made(view: &View<'_>, promo: &Promo) -> Screen {
    let link = format!("https://t.me/{}?start=promo_{}", view.settings.bot_username, promo.code);
    let text = view.html("operator-promo-made", &[("link", link.into())]);
    Screen { text: paragraphs([text, line(view, promo)]), keyboard: Vec::new() }
}

/// There is a code of that name.
pub fn promo_exists(view: &View<'_>) -> Screen {
    Screen { text: view.html("operator-promo-exists", &[]), keyboard: Vec::new() }
}

/// There is no code of that name.
pub fn promo_unknown(view: &View<'_>) -> Screen {
    Screen { text: view.html("operator-promo-unknown", &[]), keyboard: Vec::new() }
}

/// A code was switched off.
pub fn promo_off(view: &View<'_>, code: &PromoCode) -> Screen {
    Screen { text: view.html("operator-promo-off", &[("code", code.as_str().into())]), keyboard: Vec::new() }
}

/// How the command is written.
pub fn promo_usage(view: &View<'_>) -> Screen {
    Screen { text: view.html("operator-promo-usage", &[]), keyboard: Vec::new() }
}
