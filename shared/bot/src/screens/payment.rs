//! Paying, and what came of it.

use super::{Action, Key, Screen, View, markup, paragraphs, subscription};
use crate::{
    callback::Button,
    method::{LabeledPrice, SendInvoice},
};
use domain::{Payment, PaymentState, Subscription, UserState};
use payments::stars::{self, Invoice, StarsError};
use shop::Check;
use url::Url;

/// The way to a provider's payment page. `None` if the payment has no page to go to.
pub fn pay(view: &View<'_>, payment: &Payment) -> Option<Screen> {
    let page = payment.pay_url.as_deref().and_then(|url| Url::parse(url).ok());
    let page = page.filter(|url| matches!(url.scheme(), "https" | "http"))?;
    let price = view.texts.money(payment.amount);
    let text = paragraphs([
        view.html("pay-title", &[("price", price.clone().into())]),
        view.html("pay-steps", &[]),
        view.html("checkout-until", &[("date", view.date(payment.expires_at).into())]),
    ]);
    let label = view.texts.plain("button-open-payment", &[("price", price.into())]);
    let keyboard = vec![
        vec![Key { label, action: Action::Open(page) }],
        vec![view.press("button-check", Button::Check(payment.id))],
        vec![view.press("button-other-method", Button::Plan(payment.terms.plan.clone()))],
    ];
    Some(Screen { text, keyboard })
}

/// The invoice in Stars.
pub fn invoice(view: &View<'_>, payment: &Payment) -> Result<SendInvoice, StarsError> {
    let texts = view.texts;
    let name = payment.terms.name.get(texts.language());
    let title = texts.plain("invoice-title", &[("name", name.into())]);
    let period = texts.period(payment.terms.period);
    let description = texts.plain("invoice-description", &[("period", period.into())]);
    let invoice =
        Invoice::of(payment, stars::Texts { title: &title, description: &description, label: name })?;
    let label = texts.plain("button-open-payment", &[("price", texts.money(payment.amount).into())]);
    let keyboard = vec![
        vec![Key { label, action: Action::Pay }],
        vec![view.press("button-other-method", Button::Plan(payment.terms.plan.clone()))],
    ];
    Ok(SendInvoice {
        chat_id: crate::method::chat_of(payment.user),
        title: invoice.title,
        description: invoice.description,
        payload: invoice.payload,
        provider_token: String::new(),
        currency: invoice.currency.to_owned(),
        prices: vec![LabeledPrice { label: invoice.label, amount: invoice.amount }],
        reply_markup: markup(keyboard),
    })
}

/// The trial began; the access is there or on its way.
pub fn trial_started(view: &View<'_>, state: &UserState) -> Screen {
    gained(view, state.subscriptions.first(), "trial-title")
}

/// Money was credited; the access is there or on its way.
pub fn received(view: &View<'_>, state: &UserState) -> Screen {
    gained(view, state.subscriptions.first(), "paid-title")
}

fn gained(view: &View<'_>, subscription: Option<&Subscription>, title: &str) -> Screen {
    let title = view.html(title, &[]);
    match subscription.filter(|subscription| subscription.is_delivered()) {
        Some(subscription) => Screen {
            text: subscription::full(view, subscription, title),
            keyboard: subscription::keyboard(view, subscription),
        },
        None => Screen {
            text: paragraphs([title, view.html("delivering", &[])]),
            keyboard: vec![
                vec![view.press("button-subscription", Button::Subscription)],
                view.back_to_menu(),
            ],
        },
    }
}

/// What "I have paid" found. `None` while the money has not come: the bill stays on the screen.
pub fn check_result(view: &View<'_>, check: &Check) -> Option<Screen> {
    let payment = &check.payment;
    match payment.state {
        PaymentState::Created | PaymentState::Awaiting => None,
        PaymentState::Succeeded => Some(received(view, &check.state)),
        PaymentState::Canceled | PaymentState::Failed => Some(again(view, "closed-canceled", payment)),
        PaymentState::Expired => Some(again(view, "closed-expired", payment)),
        PaymentState::Held | PaymentState::Disputed => {
            Some(settled(view, "closed-held", &payment.id.to_string()))
        }
        PaymentState::Refunding => Some(settled(view, "closed-refunding", &payment.id.to_string())),
        PaymentState::PartiallyRefunded | PaymentState::Refunded => {
            Some(settled(view, "closed-refunded", &payment.id.to_string()))
        }
    }
}

fn again(view: &View<'_>, key: &str, payment: &Payment) -> Screen {
    let plan = payment.terms.plan.clone();
    let keyboard =
        vec![vec![view.press("button-buy", Button::Plan(plan))], view.support(), view.back_to_menu()];
    Screen { text: view.html(key, &[]), keyboard }
}

fn settled(view: &View<'_>, key: &str, number: &str) -> Screen {
    let text = view.html(key, &[("payment", number.into())]);
    Screen { text, keyboard: vec![view.support(), view.back_to_menu()] }
}

/// Money came that fits no deal; `number` lets support find it.
pub fn unmatched(view: &View<'_>, number: &str) -> Screen {
    settled(view, "closed-held", number)
}

/// Stars went back.
pub fn refunded_charge(view: &View<'_>, number: &str) -> Screen {
    settled(view, "closed-refunded", number)
}
