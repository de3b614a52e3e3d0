//! How a subscription goes on after its end: in words, and the buttons that change it.

use super::{Key, Screen, View, methods, paragraphs};
use crate::callback::Button;
use domain::{
    EventKind, Money, Plan, Provider, Renewal, Standing, Subscription, UserState,
    renewal::{self, ATTEMPTS, Step},
};
use jiff::Timestamp;

/// The charge before the end, as it would be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook {
    /// When; not before now.
    pub at: Timestamp,
    /// By what.
    pub source: Source,
}

/// What pays for a renewal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The balance.
    Balance(Money),
    /// A saved method.
    Method {
        /// What the buyer recognises it by.
        title: String,
        /// How much is charged.
        amount: Money,
    },
    /// Nothing there can pay it, or the plan is gone.
    Nothing,
}

/// What the clock would do if everything stays as it is; `None` if it does nothing. `plan` is what is renewed, `takes`
/// says which sums a provider takes.
pub fn outlook(
    view: &View<'_>,
    state: &UserState,
    subscription: &Subscription,
    plan: Option<&Plan>,
    takes: impl Fn(Provider, Money) -> bool,
) -> Option<Outlook> {
    let at = renewal::charge_at(subscription)?.max(view.now);
    let source = match renewal::begin(state, subscription.no, plan, takes, at) {
        Step::Charge { payment, method, .. } => {
            Source::Method { title: methods::title(view, &method), amount: payment.amount }
        }
        Step::Commit(decision) => {
            let paid = decision.events.iter().find_map(|event| match event.kind {
                EventKind::Credited { from_balance, .. } => from_balance,
                _ => None,
            });
            paid.map_or(Source::Nothing, Source::Balance)
        }
        Step::Nothing => return None,
    };
    Some(Outlook { at, source })
}

/// The sentence on the subscription's screen.
pub(super) fn sentence(view: &View<'_>, subscription: &Subscription, outlook: Option<&Outlook>) -> String {
    if subscription.standing(view.now) != Standing::Active {
        return String::new();
    }
    match (&subscription.renewal, outlook) {
        (Renewal::Off, _) => view.html("renewal-off", &[]),
        (Renewal::Charge, Some(outlook)) => charge(view, outlook),
        (Renewal::Charge, None) => view.html("renewal-failed", &[]),
        (Renewal::Provider { provider, reference }, _) => view.html(by_provider(*provider, reference), &[]),
    }
}

fn charge(view: &View<'_>, Outlook { at, source }: &Outlook) -> String {
    let when =
        ("when", if *at > view.now { view.date(*at) } else { view.texts.plain("name-now", &[]) }.into());
    match source {
        Source::Balance(amount) => {
            view.html("renewal-balance", &[when, ("price", view.texts.money(*amount).into())])
        }
        Source::Method { title, amount } => {
            let price = view.texts.money(*amount);
            view.html("renewal-method", &[when, ("title", title.as_str().into()), ("price", price.into())])
        }
        Source::Nothing => view.html("renewal-nothing", &[]),
    }
}

fn by_provider(provider: Provider, reference: &str) -> &'static str {
    match provider {
        Provider::Stars if reference.is_empty() => "renewal-stars",
        Provider::Stars => "renewal-stars-stop",
        _ => "renewal-tribute",
    }
}

/// The buttons that change it.
pub(super) fn keys(view: &View<'_>, state: &UserState, subscription: &Subscription) -> Vec<Key> {
    if subscription.standing(view.now) != Standing::Active {
        return Vec::new();
    }
    let no = subscription.no;
    match &subscription.renewal {
        Renewal::Charge => vec![view.press("button-renewal-off", Button::Renew(no, false))],
        Renewal::Off if can_pay(state) => vec![view.press("button-renewal-on", Button::Renew(no, true))],
        Renewal::Provider { provider: Provider::Stars, reference } if !reference.is_empty() => {
            vec![view.press("button-stop-stars", Button::StopStars(no))]
        }
        Renewal::Off | Renewal::Provider { .. } => Vec::new(),
    }
}

fn can_pay(state: &UserState) -> bool {
    !state.methods().is_empty() || state.user.as_ref().is_some_and(|user| !user.balance.is_empty())
}

/// What a reminder says about a subscription that goes on by itself; `None` if it will not.
pub(super) fn promise(view: &View<'_>, state: &UserState, subscription: &Subscription) -> Option<String> {
    let attempts_left = usize::from(subscription.attempts) < ATTEMPTS.len();
    match &subscription.renewal {
        Renewal::Off => None,
        Renewal::Provider { provider: Provider::Stars, .. } => Some(view.html("notice-renews-stars", &[])),
        Renewal::Provider { .. } => Some(view.html("notice-renews-tribute", &[])),
        Renewal::Charge if !attempts_left || !can_pay(state) => None,
        Renewal::Charge => {
            let method = state.methods().first().map(|method| methods::title(view, method));
            let by_method = |title: String| view.html("notice-renews-method", &[("title", title.into())]);
            let balance = || ("balance", super::balance::held(view, state).into());
            Some(method.map_or_else(|| view.html("notice-renews-balance", &[balance()]), by_method))
        }
    }
}

/// A charge failed. `None` if the subscription was renewed meanwhile, or is over (which is told anyway).
pub(super) fn failed(view: &View<'_>, subscription: &Subscription, last: bool) -> Option<Screen> {
    if subscription.attempts == 0 || subscription.end <= view.now {
        return None;
    }
    let date = view.date(subscription.end);
    let key = if last { "notice-renewal-failed-last" } else { "notice-renewal-failed" };
    let text = paragraphs([view.html(key, &[("date", date.into())])]);
    let keyboard = vec![
        vec![view.press("button-renew", Button::PlansFor(subscription.no))],
        vec![view.press("button-methods", Button::Methods)],
        view.back_to_menu(),
    ];
    Some(Screen { text, keyboard })
}
