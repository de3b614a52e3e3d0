//! A payment as an operator sees it.

use super::{Action, Key, Screen, View, lines, paragraphs, provider_name};
use crate::callback::{Button, Desk};
use domain::{Payment, PaymentState, Provider, UserState, credit::Release};
use jiff::Timestamp;
use locale::{clean_name, escape};

/// So many of the provider's last words are shown.
const CALLS: usize = 5;
/// So much of each of them.
const WORDS: usize = 160;

/// Something a provider said about the payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub provider: Provider,
    /// What, as it came.
    pub body: String,
}

/// A payment with everything that is known about it.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The payment.
    pub payment: &'a Payment,
    /// Its buyer.
    pub state: &'a UserState,
    /// What the provider said, the newest last.
    pub calls: &'a [Call],
}

/// An operator's screen, with the way back to the menu below it.
pub fn desk(view: &View<'_>, mut screen: Screen) -> Screen {
    let mut keys = screen.keyboard.iter().flatten();
    if !keys.any(|key| key.action == Action::Press(Button::Menu)) {
        screen.keyboard.push(view.back_to_menu());
    }
    screen
}

/// What it is, how it stands, what was said, and what can be done about it.
pub fn case(view: &View<'_>, case: &Case<'_>) -> Screen {
    let Case { payment, state, calls } = *case;
    let title = view.html("operator-payment", &[("payment", payment.id.to_string().into())]);
    let facts = lines([
        buyer(view, payment, state),
        deal(view, payment),
        provider(view, payment),
        view.html("operator-state", &[("state", payment.state.name().into())]),
        view.html("operator-opened", &[("date", view.date(payment.created_at).into())]),
    ]);
    let text = paragraphs([title, facts, lines(money(view, payment)), said(view, calls)]);
    Screen { text, keyboard: keyboard(view, payment) }
}

fn buyer(view: &View<'_>, payment: &Payment, state: &UserState) -> String {
    let name = state.user.as_ref().map(|user| clean_name(&user.first_name)).unwrap_or_default();
    view.html("operator-buyer", &[("user", payment.user.to_string().into()), ("name", name.into())])
}

fn deal(view: &View<'_>, payment: &Payment) -> String {
    let what = super::goods_name(view, &payment.goods);
    let price = view.texts.money(payment.amount);
    match payment.from_balance {
        None => view.html("operator-deal", &[("what", what.into()), ("price", price.into())]),
        Some(part) => {
            let part = view.texts.money(part);
            let args = [("what", what.into()), ("price", price.into()), ("part", part.into())];
            view.html("operator-deal-part", &args)
        }
    }
}

fn provider(view: &View<'_>, payment: &Payment) -> String {
    let number: String = payment.external_id.as_deref().unwrap_or("-").chars().take(100).collect();
    let name = provider_name(view, payment.provider);
    view.html("operator-provider", &[("provider", name.into()), ("number", number.into())])
}

/// What came, what went back, and the time it bought.
fn money(view: &View<'_>, payment: &Payment) -> Vec<String> {
    let mut told = Vec::new();
    if let (Some(received), at) = (payment.received, payment.paid_at) {
        let date = at.map_or_else(|| "-".to_owned(), |at| view.date(at));
        let price = view.texts.money(received);
        told.push(view.html("operator-received", &[("price", price.into()), ("date", date.into())]));
        if payment.refunded > 0 {
            let back = view.texts.money(domain::Money::new(payment.refunded, received.currency));
            told.push(view.html("operator-refunded", &[("price", back.into())]));
        }
        if payment.to_balance > 0 {
            let back = view.texts.money(domain::Money::new(payment.to_balance, received.currency));
            told.push(view.html("operator-to-balance", &[("price", back.into())]));
        }
    }
    if let Some((from, to)) = payment.granted {
        let (from, to) = (view.date(from), view.date(to));
        told.push(view.html("operator-granted", &[("from", from.into()), ("to", to.into())]));
    }
    if let Some(refund) = &payment.refund {
        let price = view.texts.money(refund.amount);
        let date = view.date(refund.requested_at);
        told.push(view.html("operator-refunding", &[("price", price.into()), ("date", date.into())]));
    }
    told
}

fn said(view: &View<'_>, calls: &[Call]) -> String {
    if calls.is_empty() {
        return String::new();
    }
    let latest = &calls[calls.len().saturating_sub(CALLS)..];
    let told = latest.iter().map(|call| {
        let words: String = call.body.split_whitespace().collect::<Vec<_>>().join(" ");
        let short: String = words.chars().take(WORDS).collect();
        let cut = if short.len() < words.len() { "…" } else { "" };
        format!("{} {}\n<code>{}{cut}</code>", escape(&view.date(call.at)), call.provider, escape(&short))
    });
    lines([view.html("operator-said", &[])].into_iter().chain(told))
}

fn keyboard(view: &View<'_>, payment: &Payment) -> Vec<Vec<Key>> {
    let press = |key: &str, desk| view.press(key, Button::Desk(desk));
    let mut rows = Vec::new();
    if payment.state == PaymentState::Held {
        rows.push(vec![press("button-release-ordered", Desk::Release(payment.id, Release::AsOrdered))]);
        rows.push(vec![press("button-release-balance", Desk::Release(payment.id, Release::ToBalance))]);
    }
    if payment.refund.is_some() {
        rows.push(vec![press("button-refund-again", Desk::Again(payment.id))]);
    }
    rows.push(refunds(view, payment));
    rows.push(vec![press("button-refresh", Desk::Payment(payment.id))]);
    rows
}

/// All of what is left, or half of it.
fn refunds(view: &View<'_>, payment: &Payment) -> Vec<Key> {
    let open = matches!(
        payment.state,
        PaymentState::Succeeded | PaymentState::PartiallyRefunded | PaymentState::Held
    );
    if !open || payment.refund.is_some() {
        return Vec::new();
    }
    let left = payment.refundable();
    let key = |key: &str, minor: i64| {
        let minor = u64::try_from(minor).ok().filter(|minor| *minor > 0)?;
        let price = view.texts.money(domain::Money::new(i64::try_from(minor).ok()?, left.currency));
        let label = view.texts.plain(key, &[("price", price.into())]);
        Some(Key { label, action: Action::Press(Button::Desk(Desk::Refunding(payment.id, minor))) })
    };
    let all = key("button-refund-all", left.minor);
    let half = key("button-refund-half", left.minor / 2);
    all.into_iter().chain(half).collect()
}

/// There is no such payment.
pub fn no_such_payment(view: &View<'_>) -> Screen {
    Screen { text: view.html("operator-no-payment", &[]), keyboard: Vec::new() }
}

/// How an operator's commands are written.
pub fn usage(view: &View<'_>) -> Screen {
    Screen { text: view.html("operator-usage", &[]), keyboard: Vec::new() }
}
