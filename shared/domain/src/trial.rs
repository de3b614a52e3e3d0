//! The trial: once a person, for ever.

use crate::{
    Actor, Decision, Event, EventKind, Period, Promos, Record, Refusal, Renewal, Subscription,
    SubscriptionNo, Terms, User, UserState, new_end, provisioning::Cause, referral, upkeep, upkeep::Stage,
};
use jiff::Timestamp;

/// Starts the trial that `terms` describe (`None`: the shop gives none).
///
/// Refused to people who had one or have any subscription. The user record carries the mark, so that of two presses
/// at the same moment one loses its version condition.
pub fn start(state: &UserState, terms: Option<&Terms>, now: Timestamp) -> Result<Decision, Refusal> {
    let user = state.user.as_ref().ok_or(Refusal::NotRegistered)?;
    if user.trial_at.is_some() {
        return Err(Refusal::TrialUsed);
    }
    let terms = terms.ok_or(Refusal::TrialOff)?;
    if !state.subscriptions.is_empty() {
        return Err(Refusal::HasSubscription);
    }
    let mut end = new_end(now, None, terms.period);
    if user.promos.trial_days > 0 {
        end = new_end(now, Some(end), Period::Days(user.promos.trial_days));
    }
    let mut subscription = fresh(user, terms.clone(), end, now);
    subscription.next_at = upkeep::next_at(&subscription, now);
    let kind = EventKind::TrialStarted { no: subscription.no, end };
    let event = Event::new(user.id, now, Actor::Buyer, kind, "trial");
    let mut own = state.referrals.clone();
    let waited = referral::begin_with(own.as_mut(), &mut subscription, "trial", now);
    let promos = Promos { trial_days: 0, ..user.promos.clone() };
    let marked = User { trial_at: Some(now), promos, ..user.clone() };
    let mut records = vec![Record::User(marked), Record::Subscription(subscription)];
    records.extend(own.filter(|_| waited.is_some()).map(Record::Referrals));
    Ok(Decision { once: None, records, events: [event].into_iter().chain(waited).collect() })
}

pub(crate) fn fresh(user: &User, terms: Terms, end: Timestamp, now: Timestamp) -> Subscription {
    Subscription {
        user: user.id,
        no: SubscriptionNo::FIRST,
        name: None,
        terms,
        extras: Vec::new(),
        trial: true,
        started_at: now,
        end,
        revision: 1,
        applied: None,
        leaving: Vec::new(),
        pending: vec![Cause::Trial],
        observed: None,
        stage: Stage::Fresh,
        renewal: Renewal::Off,
        attempts: 0,
        resets: crate::Resets::default(),
        next_at: None,
        version: 0,
    }
}

/// The button is shown: the shop gives trials and this person is due one.
pub fn is_due(state: &UserState, terms: Option<&Terms>) -> bool {
    let fresh = state.user.as_ref().is_some_and(|user| user.trial_at.is_none());
    fresh && terms.is_some() && state.subscriptions.is_empty()
}
