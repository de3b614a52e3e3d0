//! Bytes beyond a plan's own: bought as a package, or given by a promo code.
//!
//! One rule for both. A panel knows one limit, so what it is sent is the plan's bytes and the extra ones together
//! ([`Subscription::allowance`]), and they are used up after the plan's own. Extra bytes last
//! - where traffic is counted anew by a schedule, for one whole period from when they came: never shorter than until the
//!   panel next counts anew, whatever day it does that on. Then the alarm clock takes them off ([`crate::upkeep::tick`]);
//! - where it is not, until the end of the subscription, wherever that moves.
//!
//! A purchase of a plan starts the count anew and keeps what is left of them; one after the end starts with none. A
//! refund takes of a package what is not used yet, see [`take_back`].

use crate::{
    Actor, Decision, Event, EventKind, Goods, Money, Once, Payment, PaymentId, Period, Record, Subscription,
    TimePolicy, TrafficReset, User, UserState, credit, new_end, promo, provisioning::Cause, upkeep,
};
use jiff::Timestamp;

/// Some bytes beyond the plan's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extra {
    /// How many.
    pub bytes: u64,
    /// Until when they count; `None` = as long as the subscription.
    pub until: Option<Timestamp>,
    /// What paid for them; `None` = a promo code.
    pub payment: Option<PaymentId>,
}

impl Subscription {
    /// Bytes per reset period, extra ones included; 0 = unlimited.
    pub fn allowance(&self) -> u64 {
        match self.terms.traffic_limit {
            0 => 0,
            own => own.saturating_add(self.extra()),
        }
    }

    /// The extra bytes of all sources.
    pub fn extra(&self) -> u64 {
        self.extras.iter().fold(0, |sum, extra| sum.saturating_add(extra.bytes))
    }

    /// Extra bytes would be of use: it runs, and its traffic is limited.
    pub fn takes_traffic(&self, now: Timestamp) -> bool {
        self.end > now && self.terms.traffic_limit > 0
    }

    /// Extra bytes that are not used yet, as far as the panel told.
    pub fn unused_extra(&self) -> u64 {
        let used = self.observed.as_ref().map_or(0, |observed| observed.used);
        self.extra().min(self.allowance().saturating_sub(used))
    }

    /// When the next of the extra bytes end before the subscription does.
    pub(crate) fn extras_end_at(&self) -> Option<Timestamp> {
        self.extras.iter().filter_map(|extra| extra.until).filter(|until| *until < self.end).min()
    }
}

/// Adds `bytes` that `payment` bought (`None`: a gift). `false` if they would be of no use.
pub(crate) fn add(
    subscription: &mut Subscription,
    bytes: u64,
    payment: Option<PaymentId>,
    now: Timestamp,
) -> bool {
    if !subscription.takes_traffic(now) {
        return false;
    }
    let period = match subscription.terms.traffic_reset {
        TrafficReset::NoReset => None,
        TrafficReset::Day => Some(Period::Days(1)),
        TrafficReset::Week => Some(Period::Days(7)),
        TrafficReset::Month | TrafficReset::MonthRolling => Some(Period::Days(31)),
    };
    let until = period.map(|period| new_end(now, None, period));
    subscription.extras.push(Extra { bytes, until, payment });
    true
}

/// Keeps of the extra bytes what is not used yet, the ones that last longest first: a plan was bought, and the count
/// starts anew. Nothing of a subscription that was over.
pub(crate) fn carry(subscription: &mut Subscription, now: Timestamp) {
    if subscription.end <= now {
        subscription.extras.clear();
        return;
    }
    if subscription.extras.is_empty() {
        return;
    }
    let mut left = subscription.unused_extra();
    // `None`, which lasts longest, is the smallest.
    subscription.extras.sort_by_key(|extra| extra.until.map(std::cmp::Reverse));
    for extra in &mut subscription.extras {
        extra.bytes = extra.bytes.min(left);
        left -= extra.bytes;
    }
    subscription.extras.retain(|extra| extra.bytes > 0);
    // What was used before the count started anew is not used of the new one.
    if let Some(observed) = &mut subscription.observed {
        observed.used = 0;
    }
}

/// Takes off what has ended by `now`; answers how many bytes that were.
pub(crate) fn lapse(subscription: &mut Subscription, now: Timestamp) -> u64 {
    if subscription.end <= now {
        return 0;
    }
    let before = subscription.extra();
    subscription.extras.retain(|extra| extra.until.is_none_or(|until| until > now));
    before - subscription.extra()
}

/// Takes back what `amount` of the package `payment` bought, as far as it is not used: all of it if the policy is to
/// end, the same share as of the money if it is to cut. `None` if nothing changes.
pub(crate) fn take_back(
    subscription: &Subscription,
    payment: &Payment,
    (amount, time): (Money, TimePolicy),
) -> Option<(Subscription, u64)> {
    let Goods::Traffic { bytes, .. } = payment.goods else { return None };
    let whole = payment.received.map_or(0, |received| received.minor);
    let share = match time {
        TimePolicy::Keep => return None,
        TimePolicy::End => bytes,
        // Nothing was received of what the balance paid wholly.
        TimePolicy::Cut if whole <= 0 => bytes,
        TimePolicy::Cut => {
            let part = i128::from(bytes) * i128::from(amount.minor.clamp(0, whole)) / i128::from(whole);
            u64::try_from(part).unwrap_or(bytes)
        }
    };
    let mut next = subscription.clone();
    let unused = next.unused_extra();
    let extra = next.extras.iter_mut().find(|extra| extra.payment == Some(payment.id))?;
    let taken = share.min(extra.bytes).min(unused);
    extra.bytes -= taken;
    next.extras.retain(|extra| extra.bytes > 0);
    (taken > 0).then_some((next, taken))
}

/// Credits `paid`, a package for a subscription that runs, under `key`; `user` is the buyer if the balance paid a part.
pub(crate) fn bought(
    state: &UserState,
    paid: Payment,
    user: Option<User>,
    (actor, key): (Actor, String),
    now: Timestamp,
) -> Decision {
    let (Goods::Traffic { package, bytes }, Some(old)) = (&paid.goods, state.subscription(paid.no)) else {
        return Decision::nothing();
    };
    let mut next = old.clone();
    add(&mut next, *bytes, Some(paid.id), now);
    next.revision += 1;
    next.pending.push(Cause::Traffic(paid.id));
    next.next_at = upkeep::next_at(&next, now);
    let kind = EventKind::TrafficBought {
        payment: paid.id,
        external_id: paid.external_id.clone().unwrap_or_default(),
        amount: credit::counted(&paid),
        from_balance: paid.from_balance,
        package: package.clone(),
        no: paid.no,
        bytes: *bytes,
    };
    let event = Event::new(paid.user, now, actor, kind, &key);
    let (used, user, reduced) = promo::consumed(state, &paid, user, &key, now);
    let mut records: Vec<Record> = credit::closed_quote(state, &paid).into_iter().chain(used).collect();
    records.extend(user.map(Record::User));
    records.extend([Record::Payment(paid), Record::Subscription(next)]);
    let events = [event].into_iter().chain(reduced).collect();
    Decision { once: Some(Once::new(key, "credited")), records, events }
}

/// Extra bytes of `subscription` are gone: the panel has to hear of it. `key` names the decision.
pub(crate) fn ended(
    subscription: &Subscription,
    (bytes, payment): (u64, Option<PaymentId>),
    actor: Actor,
    key: &str,
    now: Timestamp,
) -> Event {
    let kind = EventKind::TrafficEnded { no: subscription.no, bytes, payment };
    Event::new(subscription.user, now, actor, kind, key)
}
