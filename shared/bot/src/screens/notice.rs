//! Messages that nobody asked for: made when they are sent, and only if they are still true.

use super::{Screen, View, paragraphs, subscription};
use crate::callback::Button;
use domain::{
    PaymentId, Provider, Subscription, UserState, provisioning::Cause, reaction::Notice, upkeep::Stage,
};

/// The message for `notice`, or `None` if it is no longer true.
pub fn notice(view: &View<'_>, state: &UserState, notice: &Notice) -> Option<Screen> {
    match notice {
        Notice::Delivered { no, causes } => delivered(view, state.subscription(*no)?, causes),
        Notice::Delayed { no, causes } => delayed(view, state.subscription(*no)?, causes),
        Notice::Held { payment } => Some(super::unmatched(view, &payment.to_string())),
        Notice::Canceled { payment } => canceled(view, state, *payment),
        Notice::Reminder { no, stage } => reminder(view, state.subscription(*no)?, *stage),
    }
}

fn bought(causes: &[Cause]) -> bool {
    causes.iter().any(|cause| matches!(cause, Cause::Payment(_)))
}

fn delivered(view: &View<'_>, subscription: &Subscription, causes: &[Cause]) -> Option<Screen> {
    if !subscription.is_delivered() || subscription.end <= view.now {
        return None;
    }
    let key = if bought(causes) { "notice-delivered-payment" } else { "notice-delivered-trial" };
    let text = subscription::full(view, subscription, view.html(key, &[]));
    Some(Screen { text, keyboard: subscription::keyboard(view, subscription) })
}

fn delayed(view: &View<'_>, subscription: &Subscription, causes: &[Cause]) -> Option<Screen> {
    if subscription.is_delivered() {
        return None;
    }
    let key = if bought(causes) { "notice-delayed-payment" } else { "notice-delayed-trial" };
    Some(Screen { text: view.html(key, &[]), keyboard: vec![view.support(), view.back_to_menu()] })
}

/// Nothing is said if the same offer was paid in another way meanwhile.
fn canceled(view: &View<'_>, state: &UserState, payment: PaymentId) -> Option<Screen> {
    let paid = state.quote.as_ref().is_some_and(|quote| {
        quote.closed && Provider::ALL.into_iter().any(|provider| PaymentId::of(quote.id, provider) == payment)
    });
    let keyboard = vec![vec![view.press("button-buy", Button::Plans)], view.support(), view.back_to_menu()];
    (!paid).then(|| Screen { text: view.html("closed-canceled", &[]), keyboard })
}

/// A renewal starts the stages anew, and a later stage replaces an earlier one.
fn reminder(view: &View<'_>, subscription: &Subscription, stage: Stage) -> Option<Screen> {
    let over = subscription.end <= view.now;
    if subscription.stage != stage || over != (stage == Stage::Ended) {
        return None;
    }
    let (told, advice) = match stage {
        Stage::Fresh => return None,
        Stage::ThreeDays | Stage::OneDay => ("notice-reminder", "notice-reminder-renew"),
        Stage::Ended => ("notice-ended", "notice-ended-renew"),
    };
    let kind = || if subscription.trial { "trial" } else { "paid" }.into();
    let mut args = vec![("kind", kind()), ("date", view.date(subscription.end).into())];
    if !over {
        args.push(("left", view.texts.time_left(view.now, subscription.end).into()));
    }
    let text = paragraphs([view.html(told, &args), view.html(advice, &[("kind", kind())])]);
    let buy = if subscription.trial { "button-buy" } else { "button-renew" };
    let keyboard = vec![vec![view.press(buy, Button::Plans)], view.back_to_menu()];
    Some(Screen { text, keyboard })
}
