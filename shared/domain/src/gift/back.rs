//! Gifts that nobody opened: the reminder, the way back to the giver's balance, and refunds that come before.

use super::{Gift, GiftState, REMINDED_BEFORE};
use crate::{
    Actor, Decision, Event, EventKind, Money, Payment, PaymentState, Record, Refusal, TimePolicy, User,
    UserState,
    refund::{self, Back},
};
use jiff::{SignedDuration, Timestamp};

/// While a refund of the payment is under way, the clock looks again after this long.
const PATIENCE: SignedDuration = SignedDuration::from_hours(1);

/// When the clock should ring next for a gift that waits.
pub(super) fn next_at(gift: &Gift, now: Timestamp) -> Option<Timestamp> {
    let end = gift.expires_at?;
    let reminder = end.checked_sub(REMINDED_BEFORE).ok().filter(|at| *at > now && !gift.reminded);
    Some(reminder.unwrap_or(end))
}

/// The clock rang: what is due at `now` for the gift that `payment` paid. `state` is the giver's.
pub fn tick(state: &UserState, payment: &Payment, now: Timestamp) -> Result<Decision, Refusal> {
    let due = |gift: &&Gift| gift.is_waiting() && gift.next_at.is_some_and(|at| at <= now);
    let Some(gift) = state.gift(payment.id).filter(due) else { return Ok(Decision::nothing()) };
    match gift.expires_at {
        Some(end) if end <= now => returned(state, payment, gift, now),
        Some(_) => Ok(reminded(gift, now)),
        None => Ok(later(gift, None)),
    }
}

/// Looks at `gift` at another time.
pub fn later(gift: &Gift, next_at: Option<Timestamp>) -> Decision {
    let next = Gift { next_at, ..gift.clone() };
    Decision { once: None, records: next.records().into(), events: Vec::new() }
}

fn reminded(gift: &Gift, now: Timestamp) -> Decision {
    let next = Gift { reminded: true, ..gift.clone() };
    let next = Gift { next_at: next_at(&next, now), ..next };
    let kind = EventKind::GiftReminded { payment: gift.payment };
    let event = Event::new(gift.giver, now, Actor::System, kind, &format!("gift/{}", gift.payment));
    Decision { once: None, records: next.records().into(), events: vec![event] }
}

/// The whole price goes to the giver's balance: what the provider took and is still here, and the part that came from
/// the balance. What a promo code took off nobody paid.
fn returned(state: &UserState, payment: &Payment, gift: &Gift, now: Timestamp) -> Result<Decision, Refusal> {
    // Where the rest of it goes is not known yet.
    if payment.refund.is_some() || payment.state == PaymentState::Disputed {
        return Ok(later(gift, now.checked_add(PATIENCE).ok()));
    }
    let giver = state.user.as_ref().ok_or(Refusal::NotRegistered)?;
    let left = payment.refundable();
    let part = payment.from_balance.unwrap_or(Money::new(0, left.currency));
    let amount = left.plus(part).map_err(|_| Refusal::BadAmount)?;
    let balance = giver.balance.plus(left)?.plus(part)?;
    let back = Back { amount: left, time: TimePolicy::Keep, to_balance: true, actor: Actor::System };
    let mut decision = refund::back(state, payment, back, None, now);
    decision.records.retain(|record| matches!(record, Record::Payment(_)));
    // Paid from the balance alone: no provider's money goes anywhere.
    decision.events.retain(|_| left.is_positive());
    decision.records.push(Record::User(User { balance, ..giver.clone() }));
    decision.records.extend(gift.ended(GiftState::Returned { at: now, amount }).records());
    let kind = EventKind::GiftReturned { payment: payment.id, amount };
    let key = format!("gift/{}", payment.id);
    decision.events.push(Event::new(gift.giver, now, Actor::System, kind, &key));
    Ok(decision)
}

/// The money of `payment` leaves: its gift, if it still waits, cannot be opened any more.
pub(crate) fn withdrawn(state: &UserState, payment: &Payment, now: Timestamp) -> Vec<Record> {
    let gift = state.gift(payment.id).filter(|gift| gift.is_waiting());
    gift.map(|gift| gift.ended(GiftState::Withdrawn { at: now }).records().into()).unwrap_or_default()
}

/// The money of `payment` stays after all: so does its gift.
pub(crate) fn kept(state: &UserState, payment: &Payment, now: Timestamp) -> Vec<Record> {
    let withdrawn = |gift: &&Gift| matches!(gift.state, GiftState::Withdrawn { .. });
    let Some(gift) = state.gift(payment.id).filter(withdrawn) else { return Vec::new() };
    let waiting = Gift { state: GiftState::Waiting, ..gift.clone() };
    // Its time may have run out meanwhile: looked at in the next round.
    let soon = now.checked_add(SignedDuration::from_secs(1)).ok();
    let next_at = next_at(&waiting, now).map(|at| soon.map_or(at, |soon| at.max(soon)));
    Gift { next_at, ..waiting }.records().into()
}
