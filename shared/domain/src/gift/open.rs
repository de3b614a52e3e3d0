//! Opening a gift: once, by whoever comes first.

use super::{Gift, GiftState};
use crate::{
    Actor, Decision, Event, EventKind, Record, Refusal, UserId, UserState, credit, promo, provisioning::Cause,
};
use jiff::Timestamp;

/// What somebody finds behind a gift's link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Nothing: there is no such gift.
    Unknown,
    /// Too many links led nowhere; this one was not looked at.
    Later,
    /// This gift; its state says whether it can be opened.
    Gift(Box<Gift>),
}

impl Found {
    /// The gift, if the person may take it or has it.
    pub fn open_to(&self, person: UserId) -> Option<&Gift> {
        match self {
            Self::Gift(gift) => match gift.state {
                GiftState::Opened { by, .. } if by != person => None,
                GiftState::Waiting | GiftState::Opened { .. } => Some(gift),
                GiftState::Returned { .. } | GiftState::Withdrawn { .. } => None,
            },
            Self::Unknown | Self::Later => None,
        }
    }
}

/// What `state`'s owner finds, where `gift` is what the code names. Codes are guessed no more often than promo codes.
pub fn found(state: &UserState, gift: Option<Gift>, now: Timestamp) -> Found {
    let blocked = state.user.as_ref().is_some_and(|user| user.promos.guesses.is_blocked(now));
    match gift {
        _ if blocked => Found::Later,
        Some(gift) => Found::Gift(Box::new(gift)),
        None => Found::Unknown,
    }
}

/// Counts a code that names nothing.
pub fn wrong(state: &UserState, now: Timestamp) -> Decision {
    state.user.as_ref().map_or_else(Decision::nothing, |user| promo::failed(user, now))
}

/// `state`'s owner opens `gift`: theirs like a purchase of its plan. Whoever has it already gets the same answer; if
/// somebody else has it or its money went back, nothing happens. The answer is the gift as it is then.
pub fn open(state: &UserState, gift: &Gift, now: Timestamp) -> Result<(Gift, Decision), Refusal> {
    let user = state.user.as_ref().ok_or(Refusal::NotRegistered)?;
    if !gift.is_waiting() {
        return Ok((gift.clone(), Decision::nothing()));
    }
    let no = state.primary_no(now);
    let from = state.subscription(no).map(|old| old.end);
    let cause = Cause::Gift(gift.payment);
    let subscription = credit::lengthened(state, (user.id, no), (gift.terms.clone(), None), cause, now);
    let granted = (from.filter(|end| *end > now).unwrap_or(now), subscription.end);
    let opened = gift.ended(GiftState::Opened { by: user.id, at: now, no, granted });
    let key = format!("gift/{}", gift.payment);
    let kind = EventKind::GiftOpened {
        payment: gift.payment,
        giver: gift.giver,
        plan: gift.terms.plan.clone(),
        no,
        from,
        to: subscription.end,
    };
    let mut events = vec![Event::new(user.id, now, Actor::Buyer, kind, &key)];
    if user.id != gift.giver {
        let kind = EventKind::GiftTaken { payment: gift.payment, by: user.id };
        events.push(Event::new(gift.giver, now, Actor::System, kind, &key));
    }
    let mut records = Vec::from(opened.records());
    records.push(Record::Subscription(subscription));
    Ok((Gift { version: gift.version + 1, ..opened }, Decision { once: None, records, events }))
}
