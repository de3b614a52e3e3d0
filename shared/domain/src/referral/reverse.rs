//! A purchase that earned something went back, all of it.
//!
//! Money is taken back from both as far as it is still on their balances. Days stay with the inviter, who did nothing
//! wrong; the buyer's own are part of what was bought, and follow what the refund does to the time.

use super::{Referrals, Reward};
use crate::{Actor, Event, EventKind, Money, Payment, Record, User, UserId};
use jiff::Timestamp;

/// Whose records must be loaded before `payment` goes back; `None` if nothing is to be taken from anybody.
pub fn owing(payment: &Payment) -> Option<UserId> {
    let earned = payment.earned.as_ref()?;
    matches!(earned.reward, Some(Reward::Money(_))).then_some(earned.inviter)
}

/// What was taken back, and what the balance had not any more.
fn taken(user: &User, amount: Money) -> (Option<User>, Option<Money>) {
    let there = user.balance.get(amount.currency).minor.min(amount.minor);
    let there = Money::new(there, amount.currency);
    let poorer = user.balance.minus(there).ok().filter(|_| there.is_positive());
    (poorer.map(|balance| User { balance, ..user.clone() }), there.is_positive().then_some(there))
}

/// Takes back what `payment` earned. `user`: the buyer, as the refund leaves them.
pub(crate) fn reversed(
    inviter: Option<&crate::UserState>,
    payment: &Payment,
    (user, buyer): (Option<User>, Option<&User>),
    (actor, key): (Actor, &str),
    now: Timestamp,
) -> (Option<User>, Vec<Record>, Vec<Event>) {
    let (mut user, mut records, mut events) = (user, Vec::new(), Vec::new());
    let Some(earned) = payment.earned else { return (user, records, events) };
    let event = |whose, friend, reward, taken| {
        let kind = EventKind::ReferralReversed { payment: payment.id, friend, reward, taken };
        Event::new(whose, now, actor, kind, key)
    };
    if let Some(reward @ Reward::Money(amount)) = earned.bonus {
        let (poorer, gone) = user.as_ref().or(buyer).map_or((None, None), |user| taken(user, amount));
        user = poorer.or(user);
        events.push(event(payment.user, None, reward, gone));
    }
    let Some(reward) = earned.reward else { return (user, records, events) };
    let mut gone = None;
    let known = inviter.and_then(|state| Some((state, state.user.as_ref()?)));
    if let (Reward::Money(amount), Some((state, inviter))) =
        (reward, known.filter(|(_, user)| user.id == earned.inviter))
    {
        let (poorer, amount) = taken(inviter, amount);
        gone = amount;
        records.extend(poorer.map(Record::User));
        let less = |figures: &Referrals| {
            let money = figures.money.minus(amount?).ok()?;
            Some(Record::Referrals(Referrals { money, ..figures.clone() }))
        };
        records.extend(state.referrals.as_ref().and_then(less));
    }
    events.push(event(earned.inviter, Some(payment.user), reward, gone));
    (user, records, events)
}
