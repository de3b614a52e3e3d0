//! The buyer's money in the shop, and what became of their money.

use super::{Action, Key, Screen, View, checkout::joined, invite, lines, paragraphs, promo};
use crate::callback::Button;
use domain::{Actor, Currency, Event, EventKind, Money, Plan, PlanId, PromoEffect, Reward, UserState};

/// So many operations stand below the balance.
const LATEST: usize = 5;
/// So many lines has a history: all of them fit into one message.
const LONGEST: usize = 30;

/// What is there, what moved it last, and the sums it can be topped up with.
pub fn balance(
    view: &View<'_>,
    state: &UserState,
    top_ups: &[Money],
    (events, plans): (&[Event], &[Plan]),
) -> Screen {
    let moves = events.iter().filter(|event| moves_balance(&event.kind));
    let moves: Vec<String> = moves.filter_map(|event| line(view, event, plans)).take(LATEST).collect();
    let moved = if moves.is_empty() { String::new() } else { view.html("balance-latest", &[]) };
    let text = paragraphs([
        view.html("balance-title", &[("balance", held(view, state).into())]),
        view.html(if top_ups.is_empty() { "balance-hint" } else { "balance-hint-topup" }, &[]),
        lines([moved].into_iter().filter(|title| !title.is_empty()).chain(moves)),
    ]);
    let sums = top_ups.iter().enumerate().filter_map(|(place, sum)| top_up(view, place, *sum));
    let sums: Vec<Key> = sums.collect();
    let mut keyboard: Vec<Vec<Key>> = sums.chunks(2).map(<[Key]>::to_vec).collect();
    keyboard.extend(other_sums(view, top_ups).into_iter().map(|key| vec![key]));
    keyboard.push(vec![view.press("button-history", Button::History)]);
    keyboard.push(view.back_to_menu());
    Screen { text, keyboard }
}

fn top_up(view: &View<'_>, place: usize, sum: Money) -> Option<Key> {
    let button = Button::TopUp(u8::try_from(place).ok()?);
    let label = view.texts.plain("button-topup", &[("price", view.texts.money(sum).into())]);
    Some(Key { label, action: Action::Press(button) })
}

/// A sum of one's own, in each currency of the menu.
fn other_sums(view: &View<'_>, top_ups: &[Money]) -> Vec<Key> {
    let mut currencies: Vec<_> = top_ups.iter().map(|sum| sum.currency).collect();
    currencies.sort_unstable();
    currencies.dedup();
    let key = |currency: Currency| {
        let label = view.texts.plain("button-other-sum", &[("currency", sign(currency).into())]);
        Key { label, action: Action::Press(Button::OtherSum(currency)) }
    };
    currencies.into_iter().map(key).collect()
}

/// What people call a currency on a button.
const fn sign(currency: Currency) -> &'static str {
    match currency {
        Currency::Rub => "₽",
        Currency::Xtr => "⭐",
        Currency::Usd => "$",
        Currency::Eur => "€",
        other => other.code(),
    }
}

/// `199 ₽ · 50 ⭐`, or that there is nothing.
pub(super) fn held(view: &View<'_>, state: &UserState) -> String {
    match &state.user {
        Some(user) if !user.balance.is_empty() => joined(view, user.balance.amounts().iter().copied()),
        _ => view.texts.plain("name-nothing", &[]),
    }
}

/// What was paid and what came back, the newest first. `events` are ordered so.
pub fn history(view: &View<'_>, events: &[Event], plans: &[Plan]) -> Screen {
    let told: Vec<String> =
        events.iter().filter_map(|event| line(view, event, plans)).take(LONGEST).collect();
    let body = if told.is_empty() { view.html("history-empty", &[]) } else { lines(told) };
    let keyboard = vec![view.support(), view.back_to_menu()];
    Screen { text: paragraphs([view.html("history-title", &[]), body]), keyboard }
}

fn moves_balance(kind: &EventKind) -> bool {
    match kind {
        EventKind::ToppedUp { .. } | EventKind::GiftReturned { .. } => true,
        EventKind::Credited { from_balance, .. }
        | EventKind::TrafficBought { from_balance, .. }
        | EventKind::GiftBought { from_balance, .. } => from_balance.is_some(),
        EventKind::PaymentRefunded { to_balance, .. } => *to_balance,
        EventKind::PromoApplied { effect, .. } => matches!(effect, PromoEffect::Balance(_)),
        EventKind::ReferralRewarded { reward, .. } | EventKind::ReferralBonus { reward, .. } => {
            matches!(reward, Reward::Money(_))
        }
        EventKind::ReferralReversed { taken, .. } => taken.is_some(),
        _ => false,
    }
}

/// The line of an event that moved money.
fn line(view: &View<'_>, event: &Event, plans: &[Plan]) -> Option<String> {
    let day = view.day(event.at);
    let told = |key: &str, amount: Money| {
        let price = view.texts.money(amount);
        Some(view.html(key, &[("day", day.as_str().into()), ("price", price.into())]))
    };
    match &event.kind {
        EventKind::ToppedUp { amount, .. } => told("history-topped-up", *amount),
        EventKind::GiftReturned { amount, .. } => told("history-gift-returned", *amount),
        // The shop itself sends back gifts alone: told above, with the part that came from the balance.
        EventKind::PaymentRefunded { .. } if event.actor == Actor::System => None,
        EventKind::PaymentRefunded { amount, to_balance: true, .. } => told("history-to-balance", *amount),
        EventKind::PaymentRefunded { amount, .. } => told("history-refunded", *amount),
        EventKind::PaymentHeld { received, .. } => told("history-held", *received),
        EventKind::PromoApplied { code, effect, .. } => {
            let gift = promo::amount(view, *effect);
            let args = [("day", day.as_str().into()), ("code", code.as_str().into()), ("gift", gift.into())];
            Some(view.html("history-promo", &args))
        }
        EventKind::ReferralRewarded { reward, .. } | EventKind::ReferralBonus { reward, .. } => {
            let gift = invite::amount(view, *reward);
            let friend = matches!(event.kind, EventKind::ReferralRewarded { .. });
            let key = if friend { "history-referral" } else { "history-referral-bonus" };
            Some(view.html(key, &[("day", day.as_str().into()), ("gift", gift.into())]))
        }
        EventKind::ReferralReversed { taken: Some(taken), .. } => told("history-referral-reversed", *taken),
        EventKind::PromoConsumed { code, off, .. } => {
            let price = view.texts.money(*off);
            let args =
                [("day", day.as_str().into()), ("code", code.as_str().into()), ("price", price.into())];
            Some(view.html("history-promo-off", &args))
        }
        EventKind::Credited { amount, from_balance, plan, .. } => {
            let keys = ("history-bought", "history-bought-part");
            Some(bought(view, &day, (*amount, *from_balance), (keys, &name(view, plan, plans))))
        }
        EventKind::GiftBought { amount, from_balance, plan, .. } => {
            let keys = ("history-gift", "history-gift-part");
            Some(bought(view, &day, (*amount, *from_balance), (keys, &name(view, plan, plans))))
        }
        EventKind::GiftOpened { plan, .. } => {
            let args = [("day", day.as_str().into()), ("name", name(view, plan, plans).into())];
            Some(view.html("history-gift-opened", &args))
        }
        EventKind::TrafficBought { amount, from_balance, bytes, .. } => {
            let name = view.texts.plain("name-traffic", &[("traffic", view.texts.bytes(*bytes).into())]);
            let keys = ("history-bought", "history-bought-part");
            Some(bought(view, &day, (*amount, *from_balance), (keys, &name)))
        }
        _ => None,
    }
}

fn bought(
    view: &View<'_>,
    day: &str,
    (amount, part): (Money, Option<Money>),
    ((whole_key, part_key), name): ((&str, &str), &str),
) -> String {
    let whole = part.and_then(|part| amount.plus(part).ok()).unwrap_or(amount);
    let mut args =
        vec![("day", day.into()), ("name", name.into()), ("price", view.texts.money(whole).into())];
    match part {
        None => view.html(whole_key, &args),
        Some(part) => {
            args.push(("part", view.texts.money(part).into()));
            view.html(part_key, &args)
        }
    }
}

/// The plan's present name; its id if it is gone.
pub(super) fn name(view: &View<'_>, id: &PlanId, plans: &[Plan]) -> String {
    let known = plans.iter().find(|plan| plan.terms.plan == *id);
    known.map_or_else(|| id.to_string(), |plan| super::plan_name(view, &plan.terms))
}
