//! Paying, and what came of it.

use super::{Action, Key, Screen, View, invite, markup, paragraphs, several, subscription};
use crate::{
    callback::Button,
    method::{CreateInvoiceLink, LabeledPrice, SendInvoice},
};
use domain::{Goods, Payment, PaymentState, Subscription, SubscriptionNo, UserState};
use payments::stars::{self, Invoice, StarsError};
use shop::Check;
use url::Url;

/// The way to a provider's payment page. `None` if the payment has no page to go to.
pub fn pay(view: &View<'_>, payment: &Payment) -> Option<Screen> {
    let page = payment.pay_url.as_deref().and_then(|url| Url::parse(url).ok());
    let page = page.filter(|url| matches!(url.scheme(), "https" | "http"))?;
    let price = view.texts.money(payment.amount);
    let until = view.html("checkout-until", &[("date", view.date(payment.expires_at).into())]);
    let title = view.html("pay-title", &[("price", price.clone().into())]);
    let open = view.texts.plain("button-open-payment", &[("price", price.into())]);
    let (parts, label) = match payment.goods {
        Goods::Plan(_) => ([title, view.html("pay-steps", &[]), until], open),
        Goods::Gift(_) => ([title, view.html("pay-steps-gift", &[]), until], open),
        Goods::Traffic { .. } => ([title, view.html("pay-steps-traffic", &[]), until], open),
        Goods::TopUp => ([title, view.html("pay-steps-topup", &[]), String::new()], open),
        Goods::Method => {
            let open = view.texts.plain("button-open-bind", &[]);
            ([view.html("bind-title", &[]), view.html("bind-steps", &[]), String::new()], open)
        }
    };
    let (check, other) = match payment.goods {
        Goods::Method => ("button-check-bind", "button-back"),
        Goods::Plan(_) | Goods::Gift(_) | Goods::Traffic { .. } | Goods::TopUp => {
            ("button-check", "button-other-method")
        }
    };
    let keyboard = vec![
        vec![Key { label, action: Action::Open(page) }],
        vec![view.press(check, Button::Check(payment.id))],
        vec![view.press(other, other_way(payment))],
    ];
    Some(Screen { text: paragraphs(parts), keyboard })
}

/// Back to where the payment was chosen.
fn other_way(payment: &Payment) -> Button {
    match &payment.goods {
        Goods::Plan(terms) => Button::PlanFor(payment.no, terms.plan.clone()),
        Goods::Gift(order) => Button::Gift(order.terms.plan.clone()),
        Goods::Traffic { package, .. } => Button::Package(payment.no, package.clone(), None),
        Goods::TopUp => Button::Offer(payment.quote),
        Goods::Method => Button::Methods,
    }
}

/// The texts of an invoice: title, description, and the label of its one price.
fn invoice_of(view: &View<'_>, payment: &Payment) -> Result<Invoice, StarsError> {
    let texts = view.texts;
    let (title, description, label) = match &payment.goods {
        Goods::Plan(terms) => {
            let name = super::plan_name(view, terms);
            let key = if payment.recurring { "invoice-subscription" } else { "invoice-description" };
            let period = texts.period(terms.period);
            let description = texts.plain(key, &[("period", period.into())]);
            (texts.plain("invoice-title", &[("name", name.as_str().into())]), description, name)
        }
        Goods::Gift(order) => {
            let name = order.terms.name.get(texts.language()).to_owned();
            let period = texts.period(order.terms.period);
            let description = texts.plain("invoice-gift-description", &[("period", period.into())]);
            (texts.plain("invoice-gift-title", &[("name", name.as_str().into())]), description, name)
        }
        Goods::Traffic { bytes, .. } => {
            let traffic = texts.bytes(*bytes);
            let title = texts.plain("invoice-traffic-title", &[("traffic", traffic.into())]);
            (title.clone(), texts.plain("invoice-traffic-description", &[]), title)
        }
        Goods::TopUp => {
            let title = texts.plain("invoice-topup-title", &[]);
            (title.clone(), texts.plain("invoice-topup-description", &[]), title)
        }
        Goods::Method => return Err(StarsError::Amount),
    };
    let texts = stars::Texts { title: &title, description: &description, label: &label };
    if payment.recurring { Invoice::subscription(payment, texts) } else { Invoice::of(payment, texts) }
}

/// The invoice in Stars.
pub fn invoice(view: &View<'_>, payment: &Payment) -> Result<SendInvoice, StarsError> {
    let invoice = invoice_of(view, payment)?;
    let price = view.texts.money(payment.amount);
    let label = view.texts.plain("button-open-payment", &[("price", price.into())]);
    let keyboard = vec![
        vec![Key { label, action: Action::Pay }],
        vec![view.press("button-other-method", other_way(payment))],
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

/// The invoice that Telegram charges again every thirty days.
pub fn subscription_invoice(view: &View<'_>, payment: &Payment) -> Result<CreateInvoiceLink, StarsError> {
    let invoice = invoice_of(view, payment)?;
    Ok(CreateInvoiceLink {
        title: invoice.title,
        description: invoice.description,
        payload: invoice.payload,
        provider_token: String::new(),
        currency: invoice.currency.to_owned(),
        prices: vec![LabeledPrice { label: invoice.label, amount: invoice.amount }],
        subscription_period: invoice.subscription_period.ok_or(StarsError::Amount)?,
    })
}

/// The way to the invoice of a subscription in Stars.
pub fn subscribe(view: &View<'_>, payment: &Payment, link: Url) -> Screen {
    let price = view.texts.money(payment.amount);
    let text = view.html("subscribe-stars", &[("price", price.clone().into())]);
    let label = view.texts.plain("button-subscribe-stars", &[("price", price.into())]);
    let keyboard = vec![
        vec![Key { label, action: Action::Open(link) }],
        vec![view.press("button-other-method", other_way(payment))],
    ];
    Screen { text, keyboard }
}

/// The trial began; the access is there or on its way.
pub fn trial_started(view: &View<'_>, state: &UserState) -> Screen {
    gained(view, state.subscription(SubscriptionNo::FIRST), "trial-title", String::new())
}

/// `payment` was credited: the access is there or on its way, or the money is on the balance, or the method is saved.
pub fn received(view: &View<'_>, state: &UserState, payment: &Payment) -> Screen {
    let (key, button) = match &payment.goods {
        Goods::Plan(_) => {
            let bonus = invite::bonus(view, state, payment.id).unwrap_or_default();
            return gained(view, state.subscription(payment.no), "paid-title", bonus);
        }
        Goods::Gift(_) => return super::gift_ready(view, state, payment),
        Goods::Traffic { bytes, .. } => return widened(view, state, (payment, *bytes)),
        Goods::TopUp => ("paid-topup", view.press("button-balance", Button::Balance)),
        Goods::Method => ("paid-method", view.press("button-methods", Button::Methods)),
    };
    let amounts = super::balance::held(view, state);
    let text = view.html(key, &[("balance", amounts.into())]);
    Screen { text, keyboard: vec![vec![button], view.back_to_menu()] }
}

/// More traffic is there or on its way.
fn widened(view: &View<'_>, state: &UserState, (payment, bytes): (&Payment, u64)) -> Screen {
    let text = view.html("paid-traffic", &[("traffic", view.texts.bytes(bytes).into())]);
    let keyboard =
        vec![vec![view.press("button-subscription", Button::Own(payment.no))], view.back_to_menu()];
    let screen = Screen { text, keyboard };
    match state.subscription(payment.no) {
        Some(own) => several::named(view, state, own, screen),
        None => screen,
    }
}

/// What `title` says came, and with it a `bonus`; the access is there or on its way.
pub(super) fn gained(
    view: &View<'_>,
    subscription: Option<&Subscription>,
    title: &str,
    bonus: String,
) -> Screen {
    let title = paragraphs([view.html(title, &[]), bonus]);
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
        PaymentState::Succeeded => Some(received(view, &check.state, payment)),
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
    let next = match &payment.goods {
        Goods::Plan(_) | Goods::Traffic { .. } => view.press("button-buy", other_way(payment)),
        Goods::Gift(_) => view.press("button-give", other_way(payment)),
        Goods::TopUp => view.press("button-balance", Button::Balance),
        Goods::Method => view.press("button-methods", Button::Methods),
    };
    Screen { text: view.html(key, &[]), keyboard: vec![vec![next], view.support(), view.back_to_menu()] }
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
