//! What operators are told without asking.

use super::{Action, Key, Screen, View, provider_name};
use crate::callback::{Button, Desk};
use domain::{Currency, Money, PaymentId, Reward, reaction::Alert};

/// The message for `alert`, with the way to what it is about.
pub fn alert(view: &View<'_>, alert: &Alert) -> Screen {
    let money = |amount| view.texts.money(amount);
    match alert {
        Alert::Held { payment, expected, received } => {
            let args = [("expected", money(*expected).into()), ("received", money(*received).into())];
            Screen { text: view.html("operator-alert-held", &args), keyboard: open(view, *payment) }
        }
        Alert::Stray { provider, external_id, amount } => {
            let amount = amount.map_or_else(|| view.texts.plain("name-unknown-amount", &[]), money);
            let args = [
                ("provider", provider_name(view, *provider).into()),
                ("number", cut(external_id).into()),
                ("price", amount.into()),
            ];
            Screen { text: view.html("operator-alert-stray", &args), keyboard: Vec::new() }
        }
        Alert::Disputed { payment, reason } => {
            let text = view.html("operator-alert-disputed", &[("reason", cut(reason).into())]);
            Screen { text, keyboard: open(view, *payment) }
        }
        Alert::RefundFailed { payment, reason } => {
            let text = view.html("operator-alert-refund-failed", &[("reason", cut(reason).into())]);
            Screen { text, keyboard: open(view, *payment) }
        }
        Alert::Foreign { panel, username } => {
            let args = [("panel", panel.to_string().into()), ("account", cut(username).into())];
            Screen { text: view.html("operator-alert-foreign", &args), keyboard: Vec::new() }
        }
        Alert::Node { panel, node, up } => {
            let key = if *up { "operator-alert-node-up" } else { "operator-alert-node-down" };
            let args = [("panel", panel.to_string().into()), ("node", cut(node).into())];
            Screen { text: view.html(key, &args), keyboard: Vec::new() }
        }
        Alert::Gate { channel, reason } => {
            let args = [("channel", cut(channel).into()), ("reason", cut(reason).into())];
            Screen { text: view.html("operator-alert-gate", &args), keyboard: Vec::new() }
        }
        Alert::Synced { panel, depth, counts } => super::sync::ended(view, panel, (*depth, counts)),
        Alert::PanelNewer { panel, version } => {
            let args = [("panel", panel.to_string().into()), ("version", cut(version).into())];
            Screen { text: view.html("operator-alert-panel-newer", &args), keyboard: Vec::new() }
        }
        Alert::ReferralReversed { person, payment, reward, taken } => {
            let nothing = match reward {
                Reward::Money(of) => Money::new(0, of.currency),
                Reward::Days(_) => Money::new(0, Currency::Rub),
            };
            let args = [
                ("person", person.to_string().into()),
                ("amount", super::invite::amount(view, *reward).into()),
                ("taken", money(taken.unwrap_or(nothing)).into()),
            ];
            let key = match reward {
                Reward::Days(_) => "operator-alert-referral-days",
                Reward::Money(_) => "operator-alert-referral",
            };
            Screen { text: view.html(key, &args), keyboard: open(view, *payment) }
        }
        Alert::Guessing { person, failures } => {
            let args = [("user", person.to_string().into()), ("count", failures.to_string().into())];
            Screen { text: view.html("operator-alert-guessing", &args), keyboard: Vec::new() }
        }
        Alert::Hurry { person, requests, until } => {
            let args = [
                ("user", person.to_string().into()),
                ("count", requests.to_string().into()),
                ("date", view.date(*until).into()),
            ];
            Screen { text: view.html("operator-alert-hurry", &args), keyboard: Vec::new() }
        }
        Alert::Unbalanced { day } => {
            let label = view.texts.plain("button-sheet", &[]);
            let key = Key { label, action: Action::Press(Button::Desk(Desk::Sheet(*day))) };
            let text = view.html("operator-alert-unbalanced", &[("day", day.to_string().into())]);
            Screen { text, keyboard: vec![vec![key]] }
        }
    }
}

fn open(view: &View<'_>, payment: PaymentId) -> Vec<Vec<Key>> {
    let label = view.texts.plain("button-open-case", &[]);
    vec![vec![Key { label, action: Action::Press(Button::Desk(Desk::Payment(payment))) }]]
}

/// Providers' texts have any length.
fn cut(text: &str) -> String {
    text.chars().take(300).collect()
}
