//! A buyer with several subscriptions: which one is meant, which number a new one gets, names.

use crate::{
    Decision, Provider, Record, Refusal, Renewal, Subscription, SubscriptionNo, User, UserState, dialog,
};
use jiff::Timestamp;

/// The longest name of a subscription, in characters.
pub const LONGEST_NAME: usize = 24;

/// The most subscriptions that a shop may allow a person.
pub const MOST: u8 = 10;

impl UserState {
    /// The subscription that is meant when nobody says which: the one that the buyer chose, else the running one that
    /// ends last, else the first. `None` = there is none.
    pub fn primary(&self, now: Timestamp) -> Option<&Subscription> {
        let chosen = self.user.as_ref().and_then(|user| user.primary);
        let running = || {
            let running = self.subscriptions.iter().filter(|own| own.end > now);
            // Of equal ends the smallest number.
            running.max_by_key(|own| (own.end, std::cmp::Reverse(own.no)))
        };
        chosen
            .and_then(|no| self.subscription(no))
            .or_else(running)
            .or_else(|| self.subscriptions.iter().min_by_key(|own| own.no))
    }

    /// The number of [`Self::primary`]; the first for whoever has none yet.
    pub fn primary_no(&self, now: Timestamp) -> SubscriptionNo {
        self.primary(now).map_or(SubscriptionNo::FIRST, |own| own.no)
    }

    /// All subscriptions, the primary one first, the others by number.
    pub fn in_order(&self, now: Timestamp) -> Vec<&Subscription> {
        let first = self.primary_no(now);
        let mut all: Vec<&Subscription> = self.subscriptions.iter().collect();
        all.sort_by_key(|own| (own.no != first, own.no));
        all
    }

    /// The subscription that `provider` renews by itself.
    pub fn renewed_by(&self, provider: Provider) -> Option<&Subscription> {
        self.subscriptions.iter().find(
            |own| matches!(&own.renewal, Renewal::Provider { provider: known, .. } if *known == provider),
        )
    }

    /// The number that one more subscription gets: the smallest free one.
    pub fn free_number(&self) -> SubscriptionNo {
        let taken = |no: &u16| self.subscription(SubscriptionNo(*no)).is_some();
        let free = (SubscriptionNo::FIRST.0..=u16::MAX).find(|no| !taken(no));
        free.map_or(SubscriptionNo(u16::MAX), SubscriptionNo)
    }

    /// One more subscription may be bought where `limit` are allowed.
    pub fn may_add(&self, limit: u8) -> bool {
        self.subscriptions.len() < usize::from(limit)
    }
}

/// Somebody who buys a plan has to say for which subscription.
pub fn must_choose(state: &UserState, limit: u8) -> bool {
    !state.subscriptions.is_empty() && (state.subscriptions.len() > 1 || limit > 1)
}

/// The subscription that a purchase is for: `wanted` if the buyer has it, or if it is the number of a new one and one
/// more is allowed. Without a wish the primary one.
///
/// # Errors
/// [`Refusal::TooMany`] if a new one is wanted and there are as many as the shop allows; [`Refusal::NoSubscription`] if
/// the number means nothing.
pub fn place(
    state: &UserState,
    wanted: Option<SubscriptionNo>,
    limit: u8,
    now: Timestamp,
) -> Result<SubscriptionNo, Refusal> {
    let Some(no) = wanted else { return Ok(state.primary_no(now)) };
    if state.subscription(no).is_some() {
        return Ok(no);
    }
    match (no == state.free_number(), state.may_add(limit)) {
        (true, true) => Ok(no),
        (true, false) => Err(Refusal::TooMany),
        (false, _) => Err(Refusal::NoSubscription),
    }
}

/// The buyer makes `no` the primary one.
///
/// # Errors
/// [`Refusal::NoSubscription`] if they have none of that number.
pub fn prefer(state: &UserState, no: SubscriptionNo) -> Result<Decision, Refusal> {
    let user = state.user.as_ref().ok_or(Refusal::NotRegistered)?;
    state.subscription(no).ok_or(Refusal::NoSubscription)?;
    if user.primary == Some(no) {
        return Ok(Decision::nothing());
    }
    let next = User { primary: Some(no), ..user.clone() };
    Ok(Decision { once: None, records: vec![Record::User(next)], events: Vec::new() })
}

/// The buyer names `no`, and is asked nothing any more. `name` is clean already; blank gives the default name back.
///
/// # Errors
/// [`Refusal::NoSubscription`] if they have none of that number, [`Refusal::BadName`] if it is too long.
pub fn rename(state: &UserState, no: SubscriptionNo, name: &str) -> Result<Decision, Refusal> {
    let old = state.subscription(no).ok_or(Refusal::NoSubscription)?;
    let name = Some(name.trim()).filter(|name| !name.is_empty());
    if name.is_some_and(|name| name.chars().count() > LONGEST_NAME) {
        return Err(Refusal::BadName);
    }
    let mut records: Vec<Record> = dialog::ended(state).into_iter().collect();
    if old.name.as_deref() != name {
        records.push(Record::Subscription(Subscription { name: name.map(str::to_owned), ..old.clone() }));
    }
    Ok(Decision { once: None, records, events: Vec::new() })
}
