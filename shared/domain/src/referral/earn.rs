//! A purchase of somebody who was brought by somebody.

use super::{Bonus, Earned, Inviter, Referrals, Reward, Rules};
use crate::{
    Actor, Event, EventKind, Goods, Money, Payment, Period, Record, Standing, Subscription, SubscriptionNo,
    User, UserId, UserState, new_end, provisioning::Cause, upkeep, upkeep::Stage,
};
use jiff::Timestamp;

/// Whose records must be loaded before a purchase of `state`'s owner is decided; `None` if nobody earns by it.
pub fn due(state: &UserState, rules: &Rules) -> Option<UserId> {
    let user = state.user.as_ref()?;
    let inviter = user.referrer.filter(|inviter| *inviter != user.id)?;
    counts(state, rules).then_some(inviter)
}

fn counts(state: &UserState, rules: &Rules) -> bool {
    !rules.first_only || state.referrals.as_ref().is_none_or(|own| own.first_purchase.is_none())
}

/// What a purchase brings beyond what was bought.
#[derive(Default)]
pub(crate) struct Extra {
    /// The buyer, if they changed.
    pub user: Option<User>,
    /// Other records that changed.
    pub records: Vec<Record>,
    /// What explains it.
    pub events: Vec<Event>,
}

impl Extra {
    /// Adds it to the decision that credits the purchase.
    pub(crate) fn join(self, decision: &mut crate::Decision) {
        decision.records.extend(self.user.map(Record::User));
        decision.records.extend(self.records);
        decision.events.extend(self.events);
    }
}

/// Adds to `subscription`, which `paid` has just prolonged, what the buyer gets for having been brought and the days that
/// waited for them; gives the inviter theirs. `user`: the buyer, if the purchase changed them already.
pub(crate) fn earned(
    state: &UserState,
    (paid, subscription): (&mut Payment, &mut Subscription),
    user: Option<User>,
    key: &str,
    now: Timestamp,
) -> Extra {
    let mut extra = Extra { user, ..Extra::default() };
    let mut own = state.referrals.clone();
    if let Some(inviter) = state.inviter.as_deref() {
        brought(state, (inviter, &mut own), (paid, subscription), key, &mut extra, now);
    }
    // A refund of this purchase does not cut what waited from before.
    extra.events.extend(begin_with(own.as_mut(), subscription, key, now));
    if own != state.referrals {
        extra.records.extend(own.map(Record::Referrals));
    }
    extra
}

fn brought(
    state: &UserState,
    (inviter, own): (&Inviter, &mut Option<Referrals>),
    (paid, subscription): (&mut Payment, &mut Subscription),
    key: &str,
    extra: &mut Extra,
    now: Timestamp,
) {
    let (Some(rules), Some(buyer), Goods::Plan(terms)) = (&inviter.rules, &state.user, &paid.goods) else {
        return;
    };
    let worth = worth(paid);
    let named = inviter.state.user.as_ref().is_none_or(|known| Some(known.id) == buyer.referrer);
    let Some(id) = due(state, rules).filter(|_| worth.is_positive() && named) else { return };
    let period = terms.period;
    let figures = own.get_or_insert_with(|| Referrals::of(buyer.id));
    let first = figures.first_purchase.is_none();
    figures.first_purchase.get_or_insert(now);
    let bonus = rules.friend.of(period, worth);
    let bonus = bonus.filter(|bonus| thanked(*bonus, (paid, subscription), buyer, key, extra, now));
    if let Some(reward) = bonus {
        figures.bonus = Some(Bonus { payment: paid.id, reward });
    }
    let reward = rules.inviter.of(period, worth);
    let reward = rewarded(&inviter.state, (rules, reward, first), (paid, key), extra, now);
    paid.earned = Some(Earned { inviter: id, reward, bonus });
}

/// Gives the buyer theirs; false if the balance cannot hold it.
fn thanked(
    bonus: Reward,
    (paid, subscription): (&mut Payment, &mut Subscription),
    buyer: &User,
    key: &str,
    extra: &mut Extra,
    now: Timestamp,
) -> bool {
    let mut moved = None;
    match bonus {
        Reward::Days(days) => {
            let from = subscription.end;
            prolong(subscription, days, now);
            paid.granted = paid.granted.map(|(begin, _)| (begin, subscription.end));
            moved = Some((subscription.no, from, subscription.end));
        }
        Reward::Money(amount) => {
            let holder = extra.user.as_ref().unwrap_or(buyer);
            let Ok(balance) = holder.balance.plus(amount) else { return false };
            extra.user = Some(User { balance, ..holder.clone() });
        }
    }
    let kind = EventKind::ReferralBonus {
        payment: paid.id,
        reward: bonus,
        no: moved.map(|(no, ..)| no),
        from: moved.map(|(_, from, _)| from),
        to: moved.map(|(.., to)| to),
    };
    extra.events.push(Event::new(paid.user, now, Actor::System, kind, key));
    true
}

/// All that was paid, from the balance too.
fn worth(paid: &Payment) -> Money {
    let came = crate::credit::counted(paid);
    paid.from_balance.and_then(|part| came.plus(part).ok()).unwrap_or(came)
}

type Moved = (SubscriptionNo, Timestamp, Timestamp);

/// Gives the owner of `state` what `paid` of a friend earns them; answers what they got.
fn rewarded(
    state: &UserState,
    (rules, reward, first): (&Rules, Option<Reward>, bool),
    (paid, key): (&Payment, &str),
    extra: &mut Extra,
    now: Timestamp,
) -> Option<Reward> {
    let user = state.user.as_ref()?;
    let mut figures = state.referrals.clone().unwrap_or_else(|| Referrals::of(user.id));
    if first {
        figures.bought = figures.bought.saturating_add(1);
    }
    let balance = match reward {
        Some(Reward::Money(amount)) => user.balance.plus(amount).ok(),
        Some(Reward::Days(_)) | None => None,
    };
    let fits = !matches!(reward, Some(Reward::Money(_))) || balance.is_some();
    let reward = reward.filter(|_| fits && figures.make_room(rules.cap, now));
    let mut moved: Option<Moved> = None;
    match reward {
        None => {}
        Some(Reward::Money(amount)) => {
            figures.money = figures.money.plus(amount).unwrap_or(figures.money);
            extra.records.extend(balance.map(|balance| Record::User(User { balance, ..user.clone() })));
        }
        Some(Reward::Days(days)) => {
            figures.days = figures.days.saturating_add(u32::from(days));
            let first = state.primary(now);
            match first.filter(|first| first.standing(now) != Standing::Expired) {
                Some(running) => {
                    let mut next = running.clone();
                    prolong(&mut next, days, now);
                    next.revision += 1;
                    next.pending.push(Cause::Referral);
                    moved = Some((next.no, running.end, next.end));
                    extra.records.push(Record::Subscription(next));
                }
                None => figures.waiting = figures.waiting.saturating_add(days),
            }
        }
    }
    extra.events.extend(reward.map(|reward| {
        let kind = EventKind::ReferralRewarded {
            friend: paid.user,
            payment: paid.id,
            reward,
            no: moved.map(|(no, ..)| no),
            from: moved.map(|(_, from, _)| from),
            to: moved.map(|(.., to)| to),
        };
        Event::new(user.id, now, Actor::System, kind, key)
    }));
    if state.referrals.as_ref() != Some(&figures) {
        extra.records.push(Record::Referrals(figures));
    }
    reward
}

/// Adds the days that waited to a subscription that has just begun or was prolonged, and answers what explains it.
pub(crate) fn begin_with(
    own: Option<&mut Referrals>,
    subscription: &mut Subscription,
    key: &str,
    now: Timestamp,
) -> Option<Event> {
    let own = own.filter(|own| own.waiting > 0)?;
    let (days, from) = (std::mem::take(&mut own.waiting), subscription.end);
    prolong(subscription, days, now);
    let kind = EventKind::ReferralDaysAdded { days, no: subscription.no, from, to: subscription.end };
    Some(Event::new(own.user, now, Actor::System, kind, key))
}

fn prolong(subscription: &mut Subscription, days: u16, now: Timestamp) {
    subscription.end = new_end(now, Some(subscription.end), Period::Days(days));
    subscription.stage = Stage::Fresh;
    subscription.attempts = 0;
    subscription.next_at = upkeep::next_at(subscription, now);
}
