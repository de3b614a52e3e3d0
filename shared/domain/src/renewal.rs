//! Renewals without the buyer: from the balance, or by charging the default saved method, before the end.
//!
//! Every attempt is a payment of its own, named after the subscription as it was, its end and the attempt, and counted
//! in the subscription by the same commit: however often the clock rings, and whoever dies in between, an attempt
//! charges once.

use crate::{
    Actor, Decision, Event, EventKind, Goods, Money, Once, Payment, PaymentId, PaymentState, Plan, Provider,
    QuoteId, Record, Refusal, Renewal, SavedMethod, Subscription, SubscriptionNo, Terms, UserState, credit,
    method, upkeep,
};
use jiff::{SignedDuration, Timestamp};

/// When the attempts are made, before the end.
pub const ATTEMPTS: [SignedDuration; 3] =
    [SignedDuration::from_hours(24), SignedDuration::from_hours(12), SignedDuration::from_hours(1)];

/// How long a charge may stay unanswered before the next attempt may replace it.
const PATIENCE: SignedDuration = SignedDuration::from_hours(10);

/// When the next attempt is due; `None` if none is.
pub fn charge_at(subscription: &Subscription) -> Option<Timestamp> {
    let lead = ATTEMPTS.get(usize::from(subscription.attempts))?;
    let charges = subscription.renewal == Renewal::Charge && !subscription.trial;
    charges.then(|| subscription.end.checked_sub(*lead).unwrap_or(subscription.end))
}

/// What the clock should do about `subscription`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Nothing is due.
    Nothing,
    /// Commit this: it was paid from the balance, or it cannot be paid.
    Commit(Decision),
    /// Commit this, then charge `method` for the payment.
    Charge {
        /// The payment, as it is after the commit.
        payment: Box<Payment>,
        /// What is charged.
        method: SavedMethod,
        /// To be committed first.
        decision: Decision,
    },
}

/// The attempt that is due at `now`. `plan` is what is renewed, at its present price; `takes` says which sums a
/// provider takes.
pub fn begin(
    state: &UserState,
    no: SubscriptionNo,
    plan: Option<&Plan>,
    takes: impl Fn(Provider, Money) -> bool,
    now: Timestamp,
) -> Step {
    let Some(subscription) = state.subscription(no) else { return Step::Nothing };
    if charge_at(subscription).is_none_or(|at| at > now) {
        return Step::Nothing;
    }
    let Some(plan) = plan else { return Step::Commit(given_up(subscription, "no such plan any more", now)) };
    if let Some(decision) = from_balance(state, subscription, plan, now) {
        return Step::Commit(decision);
    }
    let method = state
        .methods()
        .into_iter()
        .find_map(|saved| method::price_for(saved, &plan.prices, &takes).map(|price| (saved.clone(), price)));
    let Some((method, price)) = method else {
        return Step::Commit(given_up(subscription, "no saved method", now));
    };
    let attempt = attempt_at(subscription, now);
    let draft = payment(subscription, &plan.terms, (method.provider, price), attempt, now);
    let charged = Payment {
        charge: Some(method.id),
        state: PaymentState::Awaiting,
        // The first look is the charge itself; this is for whoever dies before it.
        next_at: now.checked_add(SignedDuration::from_mins(2)).ok(),
        ..draft
    };
    let mut next = Subscription { attempts: attempt, ..subscription.clone() };
    next.next_at = upkeep::next_at(&next, now);
    let kind = EventKind::RenewalStarted { no, payment: charged.id, amount: price, attempt };
    let event = Event::new(charged.user, now, Actor::System, kind, &charged.id.to_string());
    let records = vec![Record::Payment(charged.clone()), Record::Subscription(next)];
    let decision = Decision { once: None, records, events: vec![event] };
    Step::Charge { payment: Box::new(Payment { version: 1, ..charged }), method, decision }
}

/// Which attempt is made at `now`: one that comes late stands for those that would come before it can be answered.
fn attempt_at(subscription: &Subscription, now: Timestamp) -> u8 {
    let answered = now.checked_add(PATIENCE).unwrap_or(now);
    let due = |lead: &&SignedDuration| subscription.end.checked_sub(**lead).is_ok_and(|at| at <= answered);
    let due = ATTEMPTS.iter().filter(due).count();
    u8::try_from(due).unwrap_or(u8::MAX).max(subscription.attempts.saturating_add(1))
}

/// The payment of an attempt. The subscription's version is in its name because the attempts are counted anew when the
/// buyer turns renewals off and on.
fn payment(
    subscription: &Subscription,
    terms: &Terms,
    (provider, amount): (Provider, Money),
    attempt: u8,
    now: Timestamp,
) -> Payment {
    let Subscription { user, no, version, .. } = subscription;
    let name = format!("renew/{user}/{no}/{attempt}/{version}");
    Payment {
        id: PaymentId::derive(subscription.end, &name),
        user: subscription.user,
        provider,
        amount,
        from_balance: None,
        promo: None,
        goods: Goods::Plan(terms.clone()),
        no: subscription.no,
        quote: QuoteId::derive(subscription.end, &name),
        state: PaymentState::Created,
        external_id: None,
        pay_url: None,
        created_at: now,
        expires_at: now.checked_add(PATIENCE).unwrap_or(now),
        paid_at: None,
        next_at: None,
        save_method: false,
        recurring: false,
        charge: None,
        received: None,
        granted: None,
        refunded: 0,
        to_balance: 0,
        earned: None,
        refund: None,
        version: 0,
    }
}

/// Pays from the balance if it covers the plan in some currency.
fn from_balance(
    state: &UserState,
    subscription: &Subscription,
    plan: &Plan,
    now: Timestamp,
) -> Option<Decision> {
    let user = state.user.as_ref()?;
    let price = plan.prices.iter().copied().find(|price| user.balance.minus(*price).is_ok())?;
    let nothing = Money::new(0, price.currency);
    let draft =
        payment(subscription, &plan.terms, (Provider::Balance, nothing), attempt_at(subscription, now), now);
    let paid = Payment {
        from_balance: Some(price),
        received: Some(nothing),
        state: PaymentState::Succeeded,
        paid_at: Some(now),
        ..draft
    };
    let key = format!("paid/balance/{}", paid.id);
    credit::settle(state, paid, (Actor::System, key), now).ok()
}

/// It cannot be charged: told once, not tried again for this end.
fn given_up(subscription: &Subscription, reason: &str, now: Timestamp) -> Decision {
    let all = u8::try_from(ATTEMPTS.len()).unwrap_or(u8::MAX);
    let mut next = Subscription { attempts: all, ..subscription.clone() };
    next.next_at = upkeep::next_at(&next, now);
    let (no, end) = (next.no, next.end);
    let key = format!("renewal/{}/{no}/{end}/none", next.user);
    let kind = EventKind::RenewalFailed { no, end, reason: reason.to_owned(), last: true };
    let event = Event::new(next.user, now, Actor::System, kind, &key);
    Decision { once: None, records: vec![Record::Subscription(next)], events: vec![event] }
}

/// The provider declined the charge: the buyer is told, and a method that will never work again is removed.
pub(crate) fn declined(
    state: &UserState,
    payment: &Payment,
    reason: &str,
    decision: &mut Decision,
    now: Timestamp,
) {
    let Some(subscription) = state.subscription(payment.no) else { return };
    let dead = payment.charge.filter(|_| method::is_final_decline(reason));
    if let Some(method) = dead.and_then(|id| state.method(id)) {
        decision.records.extend(method::remove(state, method.id, now));
        let (title, reason) = (method.title.clone(), reason.to_owned());
        let kind = EventKind::MethodRemoved { provider: method.provider, title, reason };
        let actor = Actor::Provider(payment.provider);
        decision.events.push(Event::new(payment.user, now, actor, kind, &format!("renewal/{}", payment.id)));
    }
    let last = usize::from(subscription.attempts) >= ATTEMPTS.len();
    let (no, end) = (payment.no, subscription.end);
    let kind = EventKind::RenewalFailed { no, end, reason: reason.to_owned(), last };
    let key = format!("renewal/{}", payment.id);
    decision.events.retain(|event| !matches!(event.kind, EventKind::PaymentCanceled { .. }));
    decision.events.push(Event::new(payment.user, now, Actor::Provider(payment.provider), kind, &key));
}

/// The buyer wants (or no longer wants) to be charged before the end. Refused without a way to be charged.
pub fn set(state: &UserState, no: SubscriptionNo, on: bool, now: Timestamp) -> Result<Decision, Refusal> {
    let subscription = state.subscription(no).ok_or(Refusal::NoSubscription)?;
    let funds = state.user.as_ref().is_some_and(|user| !user.balance.is_empty());
    if matches!(subscription.renewal, Renewal::Provider { .. }) {
        return Err(Refusal::RenewsElsewhere);
    }
    if on && subscription.end <= now {
        return Err(Refusal::NoSubscription);
    }
    if on && state.methods().is_empty() && !funds {
        return Err(Refusal::MethodUnknown);
    }
    let renewal = if on { Renewal::Charge } else { Renewal::Off };
    if subscription.renewal == renewal {
        return Ok(Decision::nothing());
    }
    Ok(changed(subscription, renewal, Actor::Buyer, now))
}

/// The provider says that its own renewal goes on, or stopped.
pub fn by_provider(
    state: &UserState,
    no: SubscriptionNo,
    (provider, goes_on): (Provider, bool),
    now: Timestamp,
) -> Decision {
    let Some(subscription) = state.subscription(no) else { return Decision::nothing() };
    match (&subscription.renewal, goes_on) {
        (Renewal::Provider { provider: known, .. }, false) if *known == provider => {
            changed(subscription, Renewal::Off, Actor::Provider(provider), now)
        }
        (Renewal::Off, true) => {
            let renewal = Renewal::Provider { provider, reference: String::new() };
            changed(subscription, renewal, Actor::Provider(provider), now)
        }
        _ => Decision::nothing(),
    }
}

fn changed(subscription: &Subscription, renewal: Renewal, actor: Actor, now: Timestamp) -> Decision {
    let mut next = Subscription { renewal, attempts: 0, ..subscription.clone() };
    next.next_at = upkeep::next_at(&next, now);
    let by = match &next.renewal {
        Renewal::Off => None,
        Renewal::Charge => Some(Provider::Balance),
        Renewal::Provider { provider, .. } => Some(*provider),
    };
    let key = format!("renewal/{}/{}/{}", next.user, next.no, next.version);
    let event = Event::new(next.user, now, actor, EventKind::RenewalSet { no: next.no, by }, &key);
    Decision { once: None, records: vec![Record::Subscription(next)], events: vec![event] }
}

/// The key under which a provider's own statement about renewals counts once.
pub fn once(provider: Provider, statement: &str) -> Once {
    Once::new(format!("renewal/{provider}/{statement}"), "noted")
}
