//! Messages that nobody asked for: made when they are sent, and only if they are still true.

use super::{Screen, View, balance, gift, invite, paragraphs, renewal, several, subscription, usage};
use crate::callback::{Button, Own};
use domain::{
    GiftState, Money, PaymentId, Provider, Standing, Subscription, UserState, provisioning::Cause,
    reaction::Notice, upkeep::Stage,
};

/// The message for `notice`, or `None` if it is no longer true.
pub fn notice(view: &View<'_>, state: &UserState, notice: &Notice) -> Option<Screen> {
    // Whoever has several subscriptions reads which one is spoken of.
    let of = |no, made: &dyn Fn(&Subscription) -> Option<Screen>| {
        let own = state.subscription(no)?;
        Some(several::named(view, state, own, made(own)?))
    };
    match notice {
        Notice::Delivered { no, causes } => of(*no, &|own| delivered(view, state, own, causes)),
        Notice::Delayed { no, causes } => of(*no, &|own| delayed(view, own, causes)),
        Notice::Held { payment } => Some(super::unmatched(view, &payment.to_string())),
        Notice::Canceled { payment } => canceled(view, state, *payment),
        Notice::Gift { payment, news } => gift::news(view, state, state.gift(*payment)?, *news),
        Notice::ToppedUp { amount, shortfall } => Some(topped_up(view, state, *amount, *shortfall)),
        // Of a gift that came back another message tells, and of all of its price.
        Notice::Refunded { payment, to_balance: true, .. } if came_back(state, *payment) => None,
        Notice::Refunded { payment, amount, to_balance } => {
            Some(refunded(view, state, *payment, (*amount, *to_balance)))
        }
        Notice::MethodSaved { title } => Some(method_saved(view, title)),
        Notice::RenewalFailed { no, last } => of(*no, &|own| renewal::failed(view, own, *last)),
        Notice::Reminder { no, stage } => of(*no, &|own| reminder(view, state, own, *stage)),
        Notice::Use { no, revision, news } => {
            of(*no, &|own| news.holds(own, *revision, view.now).then(|| usage::news(view, own, news)))
        }
        Notice::FriendJoined { .. } => invite::joined_by_link(view, state),
        Notice::Rewarded { reward, waits } => Some(invite::rewarded(view, state, *reward, *waits)),
        Notice::RewardReversed { amount } => Some(invite::reversed(view, state, *amount)),
        Notice::EmailRefused { email } => Some(email_refused(view, email)),
        Notice::LinkChanged { no } => of(*no, &|own| usage::link_changed(view, own)),
    }
}

fn came_back(state: &UserState, payment: PaymentId) -> bool {
    state.gift(payment).is_some_and(|gift| matches!(gift.state, GiftState::Returned { .. }))
}

/// Of several causes the one that matters most to the buyer: the first of these texts that fits.
fn by_cause(causes: &[Cause], [paid, gift, traffic, promo, trial]: [&'static str; 5]) -> &'static str {
    if causes.iter().any(|cause| matches!(cause, Cause::Payment(_))) {
        paid
    } else if causes.iter().any(|cause| matches!(cause, Cause::Gift(_))) {
        gift
    } else if causes.iter().any(|cause| matches!(cause, Cause::Traffic(_))) {
        traffic
    } else if causes.contains(&Cause::Promo) {
        promo
    } else {
        trial
    }
}

fn delivered(
    view: &View<'_>,
    state: &UserState,
    subscription: &Subscription,
    causes: &[Cause],
) -> Option<Screen> {
    // Of a refund that shortened it another message tells.
    let gained = causes.iter().any(Cause::is_awaited);
    if !gained || !subscription.is_delivered() || subscription.end <= view.now {
        return None;
    }
    let texts = [
        "notice-delivered-payment",
        "notice-delivered-gift",
        "notice-delivered-traffic",
        "notice-delivered-promo",
        "notice-delivered-trial",
    ];
    let key = by_cause(causes, texts);
    let bonus = causes.iter().find_map(|cause| match cause {
        Cause::Payment(payment) => invite::bonus(view, state, *payment),
        _ => None,
    });
    let title = paragraphs([view.html(key, &[]), bonus.unwrap_or_default()]);
    let text = subscription::full(view, subscription, title);
    Some(Screen { text, keyboard: subscription::keyboard(view, subscription) })
}

/// What a letter says of a delivery: how long the access runs, without the link that opens it. `None` if it is no longer
/// true.
pub fn delivered_letter(view: &View<'_>, subscription: &Subscription) -> Option<String> {
    let holds = subscription.is_delivered() && subscription.end > view.now;
    let told = || {
        let title = view.html("notice-delivered-payment", &[]);
        paragraphs([title, subscription::standing(view, subscription), view.html("letter-link", &[])])
    };
    holds.then(told)
}

fn delayed(view: &View<'_>, subscription: &Subscription, causes: &[Cause]) -> Option<Screen> {
    let gained = causes.iter().any(Cause::is_awaited);
    if !gained || subscription.is_delivered() {
        return None;
    }
    let texts = [
        "notice-delayed-payment",
        "notice-delayed-gift",
        "notice-delayed-traffic",
        "notice-delayed-promo",
        "notice-delayed-trial",
    ];
    let key = by_cause(causes, texts);
    Some(Screen { text: view.html(key, &[]), keyboard: vec![view.support(), view.back_to_menu()] })
}

/// Nothing is said if the same offer was paid in another way meanwhile.
fn canceled(view: &View<'_>, state: &UserState, payment: PaymentId) -> Option<Screen> {
    let paid = state.quote.as_ref().is_some_and(|quote| {
        let of_quote = |id| id == payment;
        let mut ids = Provider::ALL.iter().map(|provider| PaymentId::of(quote.id, *provider));
        quote.closed && (ids.any(of_quote) || of_quote(PaymentId::recurring(quote.id)))
    });
    let keyboard = vec![vec![view.press("button-buy", Button::Plans)], view.support(), view.back_to_menu()];
    (!paid).then(|| Screen { text: view.html("closed-canceled", &[]), keyboard })
}

/// A renewal starts the stages anew, and a later stage replaces an earlier one.
fn reminder(view: &View<'_>, state: &UserState, subscription: &Subscription, stage: Stage) -> Option<Screen> {
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
    let promise = if over { None } else { renewal::promise(view, state, subscription) };
    let buy = if subscription.trial { "button-buy" } else { "button-renew" };
    let onward = match promise {
        Some(_) => view.press("button-subscription", Button::Own(subscription.no)),
        None => view.press(buy, Button::PlansFor(subscription.no)),
    };
    let advice = promise.unwrap_or_else(|| view.html(advice, &[("kind", kind())]));
    let text = paragraphs([view.html(told, &args), advice]);
    let keyboard = vec![vec![onward], view.back_to_menu()];
    Some(Screen { text, keyboard })
}

/// Money on the balance. A shortfall is explained: a purchase was meant, and did not happen.
fn topped_up(view: &View<'_>, state: &UserState, amount: Money, shortfall: bool) -> Screen {
    let args = [("price", view.texts.money(amount).into()), ("balance", balance::held(view, state).into())];
    let why = if shortfall { view.html("notice-shortfall", &[]) } else { String::new() };
    let keyboard = vec![
        vec![view.press("button-buy", Button::Plans)],
        vec![view.press("button-balance", Button::Balance)],
        view.back_to_menu(),
    ];
    Screen { text: paragraphs([view.html("notice-topped-up", &args), why]), keyboard }
}

/// Money that went back, and until when the subscription runs now.
fn refunded(
    view: &View<'_>,
    state: &UserState,
    payment: PaymentId,
    (amount, to_balance): (Money, bool),
) -> Screen {
    let key = if to_balance { "notice-refunded-balance" } else { "notice-refunded-payer" };
    let told = view.html(key, &[("price", view.texts.money(amount).into())]);
    let running = state.primary(view.now).filter(|first| first.standing(view.now) != Standing::Expired);
    let until =
        running.map(|first| view.html("notice-refunded-until", &[("date", view.date(first.end).into())]));
    let number = view.html("notice-payment-number", &[("payment", payment.to_string().into())]);
    let balance = to_balance.then(|| vec![view.press("button-balance", Button::Balance)]);
    let keyboard = balance.into_iter().chain([view.support(), view.back_to_menu()]).collect();
    Screen { text: paragraphs([told, until.unwrap_or_default(), number]), keyboard }
}

/// Letters come back; told once.
fn email_refused(view: &View<'_>, email: &str) -> Screen {
    let keyboard = vec![vec![view.press("button-email", Own::Email)], view.back_to_menu()];
    Screen { text: view.html("notice-email-refused", &[("email", email.into())]), keyboard }
}

fn method_saved(view: &View<'_>, title: &str) -> Screen {
    let keyboard = vec![vec![view.press("button-methods", Button::Methods)], view.back_to_menu()];
    Screen { text: view.html("notice-method-saved", &[("title", title.into())]), keyboard }
}
