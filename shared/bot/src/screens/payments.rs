//! The person's payments: a list by pages, and each of them.

use super::{Action, Key, Screen, View, balance, lines, paragraphs, provider_name};
use crate::callback::{Button, Own};
use domain::{Event, EventKind, Money, Payment, PaymentId, PaymentState, Plan, PlanId, UserState};
use jiff::{SignedDuration, Timestamp};

/// Payments of a page.
const PAGE: usize = 5;
/// An order that nobody paid is listed for so long.
const OPEN: SignedDuration = SignedDuration::from_hours(24);

/// A payment as its events tell of it.
struct Entry<'a> {
    id: PaymentId,
    at: Timestamp,
    thing: Thing<'a>,
    sum: Option<Money>,
    state: PaymentState,
}

/// What was bought, as far as an event says.
#[derive(Clone, Copy)]
enum Thing<'a> {
    Unsaid,
    Plan(&'a PlanId),
    Gift(&'a PlanId),
    Traffic(u64),
    TopUp,
}

impl Thing<'_> {
    fn name(self, view: &View<'_>, plans: &[Plan]) -> Option<String> {
        Some(match self {
            Self::Unsaid => return None,
            Self::Plan(id) => balance::name(view, id, plans),
            Self::Gift(id) => {
                view.texts.plain("name-gift", &[("name", balance::name(view, id, plans).into())])
            }
            Self::Traffic(bytes) => {
                view.texts.plain("name-traffic", &[("traffic", view.texts.bytes(bytes).into())])
            }
            Self::TopUp => view.texts.plain("name-topup", &[]),
        })
    }
}

/// What an event makes of a payment, and what it says of it: when, what, how much.
struct Trace<'a> {
    id: PaymentId,
    state: Option<PaymentState>,
    deal: Option<(Thing<'a>, Money)>,
}

fn trace(kind: &EventKind) -> Option<Trace<'_>> {
    use PaymentState as S;
    let (id, state, deal) = match kind {
        EventKind::PaymentOpened { payment, amount, plan, .. } => {
            let thing = plan.as_ref().map_or(Thing::Unsaid, Thing::Plan);
            (*payment, Some(S::Awaiting), Some((thing, *amount)))
        }
        EventKind::RenewalStarted { payment, .. } => (*payment, Some(S::Awaiting), None),
        EventKind::Credited { payment, amount, from_balance, plan, .. } => {
            (*payment, Some(S::Succeeded), Some((Thing::Plan(plan), whole(*amount, *from_balance))))
        }
        EventKind::GiftBought { payment, amount, from_balance, plan, .. } => {
            (*payment, Some(S::Succeeded), Some((Thing::Gift(plan), whole(*amount, *from_balance))))
        }
        EventKind::TrafficBought { payment, amount, from_balance, bytes, .. } => {
            (*payment, Some(S::Succeeded), Some((Thing::Traffic(*bytes), whole(*amount, *from_balance))))
        }
        EventKind::ToppedUp { payment, amount, .. } => {
            (*payment, Some(S::Succeeded), Some((Thing::TopUp, *amount)))
        }
        EventKind::PaymentHeld { payment, .. } => (*payment, Some(S::Held), None),
        EventKind::PaymentCanceled { payment, .. } => (*payment, Some(S::Canceled), None),
        EventKind::PaymentExpired { payment } => (*payment, Some(S::Expired), None),
        EventKind::RefundRequested { payment, .. } => (*payment, Some(S::Refunding), None),
        EventKind::PaymentRefunded { payment, full, .. } => {
            (*payment, Some(if *full { S::Refunded } else { S::PartiallyRefunded }), None)
        }
        EventKind::RefundFailed { payment, .. } => (*payment, Some(S::Succeeded), None),
        EventKind::PaymentDisputed { payment, .. } => (*payment, Some(S::Disputed), None),
        _ => return None,
    };
    Some(Trace { id, state, deal })
}

/// What was paid with its part from the balance.
fn whole(amount: Money, part: Option<Money>) -> Money {
    part.and_then(|part| amount.plus(part).ok()).unwrap_or(amount)
}

/// The payments that `events`, the newest first, tell of. Orders that came to nothing are left out.
fn entries<'a>(events: &'a [Event], now: Timestamp) -> Vec<Entry<'a>> {
    let mut found: Vec<Entry<'a>> = Vec::new();
    for event in events {
        let Some(Trace { id, state: Some(state), deal }) = trace(&event.kind) else { continue };
        let place = found.iter().position(|entry| entry.id == id).unwrap_or_else(|| {
            found.push(Entry { id, at: event.at, thing: Thing::Unsaid, sum: None, state });
            found.len() - 1
        });
        let Some(entry) = found.get_mut(place) else { continue };
        if let (None, Some((thing, sum))) = (entry.sum, deal) {
            (entry.at, entry.thing, entry.sum) = (event.at, thing, Some(sum));
        }
    }
    found.retain(|entry| {
        entry.state.is_settled() || (entry.state.is_open() && now.duration_since(entry.at) < OPEN)
    });
    found
}

/// A page of the person's payments, the newest first. `events` are ordered so.
pub fn payments_list(view: &View<'_>, events: &[Event], plans: &[Plan], page: u8) -> Screen {
    let all = entries(events, view.now);
    let pages = all.len().div_ceil(PAGE).max(1);
    let page = usize::from(page).min(pages - 1);
    let shown = all.iter().skip(page * PAGE).take(PAGE).map(|entry| key(view, entry, plans, page));
    let mut keyboard: Vec<Vec<Key>> = shown.map(|key| vec![key]).collect();
    let turn =
        |key: &str, page: usize| u8::try_from(page).ok().map(|page| view.press(key, Own::Payments(page)));
    let newer = page.checked_sub(1).and_then(|page| turn("button-newer", page));
    let older = (page + 1 < pages).then(|| turn("button-older", page + 1)).flatten();
    keyboard.push(newer.into_iter().chain(older).collect());
    keyboard.push(vec![view.press("button-history", Button::History)]);
    keyboard.push(vec![view.press("button-back", Own::Profile)]);
    let body = if all.is_empty() { "payments-none" } else { "payments-hint" };
    let text = paragraphs([view.html("payments-title", &[]), view.html(body, &[])]);
    Screen { text, keyboard }
}

/// `✅ 21.11.2026 · 1 month · 150 ₽`.
fn key(view: &View<'_>, entry: &Entry<'_>, plans: &[Plan], page: usize) -> Key {
    let told = [entry.thing.name(view, plans), entry.sum.map(|sum| view.texts.money(sum))];
    let day = format!("{} {}", sign(entry.state), view.day(entry.at));
    let label = std::iter::once(day).chain(told.into_iter().flatten()).collect::<Vec<_>>().join(" · ");
    let button = Own::Paid(entry.id, u8::try_from(page).unwrap_or_default());
    Key { label, action: Action::Press(button.into()) }
}

const fn sign(state: PaymentState) -> &'static str {
    match state {
        PaymentState::Created | PaymentState::Awaiting => "⏳",
        PaymentState::Succeeded => "✅",
        PaymentState::Canceled | PaymentState::Expired | PaymentState::Failed => "✖️",
        PaymentState::Held | PaymentState::Disputed => "🔎",
        PaymentState::Refunding | PaymentState::PartiallyRefunded | PaymentState::Refunded => "↩️",
    }
}

/// One payment: what, how much and of what, how, and where it stands. `page`: of the list it was chosen from.
pub fn paid(view: &View<'_>, state: &UserState, payment: &Payment, page: u8) -> Screen {
    let name = super::goods_name(view, &payment.goods);
    let number = view.html("notice-payment-number", &[("payment", payment.id.to_string().into())]);
    let text = paragraphs([
        view.html("paid-card-title", &[("sign", sign(payment.state).into()), ("name", name.into())]),
        lines(when(view, state, payment)),
        lines(sums(view, payment)),
        view.html(standing(payment.state), &[]),
        number,
    ]);
    let check = payment.state.is_open().then(|| vec![view.press("button-check", Button::Check(payment.id))]);
    let list = vec![view.press("button-back", Own::Payments(page))];
    let keyboard = check.into_iter().chain([view.support(), list]).collect();
    Screen { text, keyboard }
}

fn when(view: &View<'_>, state: &UserState, payment: &Payment) -> Vec<String> {
    let date = |key: &str, at| view.html(key, &[("date", view.date(at).into())]);
    let charged = payment.charge.and_then(|id| state.saved.iter().find(|method| method.id == id));
    let way = charged.map_or_else(|| provider_name(view, payment.provider), |method| method.title.clone());
    let way = view.html("paid-card-way", &[("name", way.into())]);
    let mut told = vec![date("paid-card-opened", payment.created_at)];
    told.extend(payment.paid_at.map(|at| date("paid-card-paid", at)));
    told.push(way);
    told.extend(payment.granted.map(|(_, to)| date("paid-card-until", to)));
    told
}

fn sums(view: &View<'_>, payment: &Payment) -> Vec<String> {
    let money = |minor| Money::new(minor, payment.amount.currency);
    let part = payment.from_balance.map_or(0, |part| part.minor);
    let off = payment.promo.as_ref().map_or(0, |promo| promo.off.minor);
    let line = |key: &str, amount: Money| view.html(key, &[("price", view.texts.money(amount).into())]);
    let mut told = Vec::new();
    if part != 0 || off != 0 {
        told.push(line("checkout-base", money(payment.amount.minor + part + off)));
    }
    if let Some(promo) = &payment.promo {
        let price = view.texts.money(money(-off));
        told.push(
            view.html("checkout-promo", &[("code", promo.code.as_str().into()), ("price", price.into())]),
        );
    }
    if part != 0 {
        told.push(line("checkout-from-balance", money(-part)));
    }
    told.push(line("paid-card-sum", payment.received.unwrap_or(payment.amount)));
    let back = [("paid-card-refunded", payment.refunded), ("paid-card-to-balance", payment.to_balance)];
    told.extend(back.into_iter().filter(|(_, minor)| *minor > 0).map(|(key, minor)| line(key, money(minor))));
    told
}

const fn standing(state: PaymentState) -> &'static str {
    match state {
        PaymentState::Created | PaymentState::Awaiting => "paid-state-awaiting",
        PaymentState::Succeeded => "paid-state-succeeded",
        PaymentState::Canceled | PaymentState::Failed => "paid-state-canceled",
        PaymentState::Expired => "paid-state-expired",
        PaymentState::Held => "paid-state-held",
        PaymentState::Refunding => "paid-state-refunding",
        PaymentState::PartiallyRefunded => "paid-state-partly",
        PaymentState::Refunded => "paid-state-refunded",
        PaymentState::Disputed => "paid-state-disputed",
    }
}
