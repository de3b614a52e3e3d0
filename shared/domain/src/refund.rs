//! Money that goes back: asked for by an operator, or reported by the provider.
//!
//! An operator's refund is first written down ([`request`]: the payment is `Refunding`, with a key that never changes),
//! then made at the provider, then finished by whatever reports it first: the provider's answer, its webhook, or the
//! sweeper. What a refund does to the bought time was chosen when it was asked for; one that was made at the provider
//! follows the operator's standing policy.

use crate::{
    Actor, Decision, Event, EventKind, Goods, Money, Once, Payment, PaymentState, Record, Refund, Refusal,
    Renewal, Subscription, TimePolicy, User, UserId, UserState, credit, credit::Verdict, extra, gift,
    payment::Signal, provisioning::Cause, referral, upkeep, upkeep::Stage,
};
use jiff::{SignedDuration, Timestamp};

/// Where an operator sends money back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// To where it came from.
    Payer,
    /// To the buyer's balance in the shop.
    Balance,
}

/// The provider is asked about an open refund again after this long.
const FIRST_LOOK: SignedDuration = SignedDuration::from_mins(2);

/// An operator wants `amount` of `payment` back to `target`. To the balance it goes at once; to the payer it is written
/// down as under way.
pub fn request(
    state: &UserState,
    payment: &Payment,
    (amount, target, time): (Money, Target, TimePolicy),
    operator: UserId,
    now: Timestamp,
) -> Result<(Payment, Decision), Refusal> {
    if payment.refund.is_some() || payment.state == PaymentState::Disputed {
        return Err(Refusal::NotRefundable);
    }
    let left = payment.refundable();
    if amount.currency != left.currency || !amount.is_positive() || amount.minor > left.minor {
        return Err(Refusal::BadAmount);
    }
    // A top-up goes back only as far as it was not spent.
    if payment.goods == Goods::TopUp && payment.state != PaymentState::Held {
        let user = state.user.as_ref().ok_or(Refusal::NotRegistered)?;
        user.balance.minus(amount)?;
    }
    let next_state = payment.state.after(Signal::RefundRequested).ok_or(Refusal::NotRefundable)?;
    let actor = Actor::Operator(operator);
    if target == Target::Balance {
        let decision = back(state, payment, Back { amount, time, to_balance: true, actor }, None, now);
        return Ok((payment.clone(), decision));
    }
    let no = payment.version.try_into().unwrap_or(u32::MAX);
    let refund = Refund { no, amount, time, external_id: None, requested_at: now, before: payment.state };
    let next = Payment {
        state: next_state,
        refund: Some(refund),
        next_at: now.checked_add(FIRST_LOOK).ok(),
        ..payment.clone()
    };
    let key = next.refund_key(no);
    let kind = EventKind::RefundRequested { payment: next.id, no, amount, time };
    let event = Event::new(next.user, now, actor, kind, &key);
    let mut records = vec![Record::Payment(next.clone())];
    if amount == left {
        // Else it could be opened while the money is on its way.
        records.extend(gift::withdrawn(state, payment, now));
    }
    let decision = Decision { once: None, records, events: vec![event] };
    Ok((Payment { version: next.version + 1, ..next }, decision))
}

/// The provider took the refund but still works on it: remember what it calls it.
pub fn accepted(payment: &Payment, external_id: &str) -> Decision {
    match &payment.refund {
        Some(refund) if refund.external_id.as_deref() != Some(external_id) && !external_id.is_empty() => {
            let refund = Refund { external_id: Some(external_id.to_owned()), ..refund.clone() };
            let next = Payment { refund: Some(refund), ..payment.clone() };
            Decision { once: None, records: vec![Record::Payment(next)], events: Vec::new() }
        }
        _ => Decision::nothing(),
    }
}

/// All that was agreed came and went back before we heard that it had come: both are written down at once, so that the
/// late news of the money credits nothing. Of less than all nothing can be said yet, see [`credit::is_early`].
pub(crate) fn overtaken(
    state: &UserState,
    payment: &Payment,
    (external_id, gone): (&str, Money),
    now: Timestamp,
) -> (Verdict, Decision) {
    let paid = payment.state.after(Signal::Paid).filter(|_| gone == payment.amount && gone.is_positive());
    let Some(next_state) = paid.and_then(|paid| paid.after(Signal::RefundedInFull)) else {
        return (Verdict::Nothing, Decision::nothing());
    };
    let next = Payment {
        state: next_state,
        external_id: Some(external_id.to_owned()),
        received: Some(gone),
        refunded: gone.minor,
        paid_at: Some(now),
        next_at: None,
        ..payment.clone()
    };
    let key = format!("paid/{}/{external_id}", next.provider);
    let kind = EventKind::PaymentRefunded {
        payment: next.id,
        amount: gone,
        full: true,
        to_balance: false,
        no: next.no,
        cut: None,
        missing: None,
    };
    let event = Event::new(next.user, now, Actor::Provider(next.provider), kind, &key);
    let mut records: Vec<Record> = credit::closed_quote(state, &next).into_iter().collect();
    records.push(Record::Payment(next));
    (Verdict::Closed, Decision { once: Some(Once::new(key, "refunded")), records, events: vec![event] })
}

/// The provider says that `total` has gone back in all.
pub(crate) fn total(
    state: &UserState,
    payment: &Payment,
    total: Money,
    policy: TimePolicy,
    now: Timestamp,
) -> (Verdict, Decision) {
    let Some(received) = payment.received.filter(|received| received.currency == total.currency) else {
        return (Verdict::Nothing, Decision::nothing());
    };
    let amount = Money::new(total.minor.min(received.minor) - payment.refunded, received.currency);
    if !amount.is_positive() {
        return (Verdict::Nothing, Decision::nothing());
    }
    reported(state, payment, (amount, None), policy, now)
}

/// The provider says that one refund, by its own id, has gone back.
pub(crate) fn part(
    state: &UserState,
    payment: &Payment,
    (refund, amount): (&str, Money),
    policy: TimePolicy,
    now: Timestamp,
) -> (Verdict, Decision) {
    let left = payment.refundable();
    let amount = Money::new(amount.minor.min(left.minor), amount.currency);
    if amount.currency != left.currency || !amount.is_positive() {
        return (Verdict::Nothing, Decision::nothing());
    }
    let key = format!("refunded/{}/{refund}", payment.provider);
    reported(state, payment, (amount, Some(Once::new(key, "refunded"))), policy, now)
}

fn reported(
    state: &UserState,
    payment: &Payment,
    (amount, once): (Money, Option<Once>),
    policy: TimePolicy,
    now: Timestamp,
) -> (Verdict, Decision) {
    if payment.state.after(Signal::RefundedInFull).is_none() {
        return (Verdict::Nothing, Decision::nothing());
    }
    let time = payment.refund.as_ref().map_or(policy, |refund| refund.time);
    let actor = Actor::Provider(payment.provider);
    let decision = back(state, payment, Back { amount, time, to_balance: false, actor }, once, now);
    (Verdict::Closed, decision)
}

/// Money that goes back.
#[derive(Clone, Copy)]
pub(crate) struct Back {
    /// How much.
    pub amount: Money,
    /// What becomes of the time.
    pub time: TimePolicy,
    /// To the balance, not to the payer.
    pub to_balance: bool,
    /// Who wanted it.
    pub actor: Actor,
}

/// The payment and its buyer after money of it went back, with the event that says so.
pub(crate) fn back(
    state: &UserState,
    payment: &Payment,
    back: Back,
    once: Option<Once>,
    now: Timestamp,
) -> Decision {
    let Back { amount, time, to_balance, actor } = back;
    let (mut refunded, mut in_balance) = (payment.refunded, payment.to_balance);
    *(if to_balance { &mut in_balance } else { &mut refunded }) += amount.minor;
    let full = payment.received.is_some_and(|received| refunded + in_balance >= received.minor);
    let before = payment.refund.as_ref().map_or(payment.state, |refund| refund.before);
    let was_held = before == PaymentState::Held;
    let signal = if full { Signal::RefundedInFull } else { Signal::RefundedInPart };
    let settled =
        if was_held && !full { before } else { payment.state.after(signal).unwrap_or(payment.state) };
    // Less than was asked for: that was another refund, and ours is still under way.
    let open = payment.refund.clone().filter(|open| !full && open.amount.minor > amount.minor);
    let left = payment.received.map_or(0, |received| received.minor - refunded - in_balance);
    let all_leaves = full || open.as_ref().is_some_and(|open| open.amount.minor >= left);
    let shorter = if was_held { None } else { shortened(state, payment, amount, time, now) };
    let ended = time == TimePolicy::End && shorter.is_some();
    let next = Payment {
        state: if open.is_some() { payment.state } else { settled },
        refunded,
        to_balance: in_balance,
        next_at: payment.next_at.filter(|_| open.is_some()),
        refund: open.map(|open| Refund { before: settled, ..open }),
        // Its time is over: what is bought later is not cut for it.
        granted: if ended { spent_time(payment, now) } else { payment.granted },
        ..payment.clone()
    };
    let (cut, of_gift) = explained(state, payment, shorter.as_ref());
    let (user, missing) = purse(state, payment, amount, to_balance, was_held);
    let key = format!("refund/{}/{refunded}/{in_balance}", next.id);
    let inviter = state.inviter.as_deref().map(|inviter| &inviter.state);
    let (user, taken, reversals) = if full {
        referral::reversed(inviter, payment, (user, state.user.as_ref()), (actor, &key), now)
    } else {
        (user, Vec::new(), Vec::new())
    };
    let kind =
        EventKind::PaymentRefunded { payment: next.id, amount, full, to_balance, no: next.no, cut, missing };
    let mut events = vec![Event::new(next.user, now, actor, kind, &key)];
    events.extend(of_gift.map(|(shorter, before)| gift::cut(shorter, payment, before, (actor, &key), now)));
    let mut records = vec![Record::Payment(next)];
    records.extend(shorter.map(Record::Subscription));
    records.extend(user.map(Record::User).into_iter().chain(taken));
    if all_leaves {
        records.extend(gift::withdrawn(state, payment, now));
    }
    events.extend(reversals);
    let mut decision = Decision { once, records, events };
    if !was_held {
        narrow(state, payment, (amount, time), (actor, &key), &mut decision, now);
    }
    decision
}

/// Takes the traffic away that `amount` of a package bought and nobody used.
fn narrow(
    state: &UserState,
    payment: &Payment,
    (amount, time): (Money, TimePolicy),
    (actor, key): (Actor, &str),
    decision: &mut Decision,
    now: Timestamp,
) {
    let own = state.subscription(payment.no).filter(|own| own.end > now);
    let taken = own.and_then(|own| extra::take_back(own, payment, (amount, time)));
    let Some((mut next, bytes)) = taken else { return };
    next.revision += 1;
    next.next_at = upkeep::next_at(&next, now);
    decision.events.push(extra::ended(&next, (bytes, Some(payment.id)), actor, key, now));
    decision.records.push(Record::Subscription(next));
}

/// After its time ended, nothing of it is left to cut: a gift's is known by the gift, so that its payment has to say so.
fn spent_time(payment: &Payment, now: Timestamp) -> Option<(Timestamp, Timestamp)> {
    payment.goods.terms().is_none().then_some((now, now))
}

/// How the end moved from and to: of the payer's own subscription, or of a gift's recipient with its end before.
#[expect(clippy::type_complexity, reason = "one of two, told apart by their places")]
fn explained<'a>(
    state: &UserState,
    payment: &Payment,
    shorter: Option<&'a Subscription>,
) -> (Option<(Timestamp, Timestamp)>, Option<(&'a Subscription, Timestamp)>) {
    let known = state.granted_by(payment);
    let before = known.and_then(|(holder, no, _)| holder.subscription(no)).map(|old| old.end);
    let (Some(shorter), Some(before)) = (shorter, before) else { return (None, None) };
    if payment.goods.terms().is_none() {
        return (None, Some((shorter, before)));
    }
    (Some((before, shorter.end)), None)
}

/// The buyer with what came to the balance, or left it with a top-up that went back; and what was not there any more.
fn purse(
    state: &UserState,
    payment: &Payment,
    amount: Money,
    to_balance: bool,
    was_held: bool,
) -> (Option<User>, Option<Money>) {
    let Some(user) = &state.user else { return (None, None) };
    let leaves = payment.goods == Goods::TopUp && !was_held;
    let balance = match (to_balance, leaves) {
        // What came from the balance goes back to it: nothing moves.
        (true, true) | (false, false) => return (None, None),
        (true, false) => user.balance.plus(amount),
        (false, true) => {
            let there =
                Money::new(user.balance.get(amount.currency).minor.min(amount.minor), amount.currency);
            let missing = Money::new(amount.minor - there.minor, amount.currency);
            let balance = user.balance.minus(there);
            let user = balance.ok().map(|balance| User { balance, ..user.clone() });
            return (user, missing.is_positive().then_some(missing));
        }
    };
    (balance.ok().map(|balance| User { balance, ..user.clone() }), None)
}

/// The subscription with the time cut that `amount` of `payment` bought; `None` if nothing is left to cut.
fn shortened(
    state: &UserState,
    payment: &Payment,
    amount: Money,
    time: TimePolicy,
    now: Timestamp,
) -> Option<Subscription> {
    let (holder, no, (from, to)) = state.granted_by(payment)?;
    let old = holder.subscription(no).filter(|subscription| subscription.end > now)?;
    let end = match time {
        TimePolicy::Keep => return None,
        // Of a gift's recipient only what the gift gave: nobody paid them anything back.
        TimePolicy::End if payment.goods.terms().is_none() => {
            old.end.checked_sub(to.duration_since(from)).unwrap_or(now).max(now)
        }
        TimePolicy::End => now,
        TimePolicy::Cut => {
            let whole = payment.received.map_or(0, |received| received.minor);
            let span = to.duration_since(from);
            let seconds = i128::from(span.as_secs()) * i128::from(amount.minor) / i128::from(whole.max(1));
            let cut = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(span.as_secs()));
            old.end.checked_sub(cut).unwrap_or(now).max(now)
        }
    };
    let end = Timestamp::from_second(end.as_second()).unwrap_or(end).min(old.end);
    if end == old.end {
        return None;
    }
    let mut next = old.clone();
    next.end = end;
    next.revision += 1;
    next.stage = if end <= now { Stage::Ended } else { Stage::Fresh };
    // Who got the money back and lost the time is not charged for more of it.
    if end <= now && next.renewal == Renewal::Charge {
        next.renewal = Renewal::Off;
    }
    next.pending.push(Cause::Refund(payment.id));
    next.next_at = upkeep::next_at(&next, now);
    Some(next)
}

/// The refund that was asked for will not happen: the payment is what it was before.
pub(crate) fn failed(
    state: &UserState,
    payment: &Payment,
    reason: &str,
    now: Timestamp,
) -> (Verdict, Decision) {
    let Some(refund) = payment.refund.as_ref().filter(|_| payment.state == PaymentState::Refunding) else {
        return (Verdict::Nothing, Decision::nothing());
    };
    let next = Payment { state: refund.before, refund: None, next_at: None, ..payment.clone() };
    let key = payment.refund_key(refund.no);
    let kind = EventKind::RefundFailed { payment: next.id, no: refund.no, reason: reason.to_owned() };
    let event = Event::new(next.user, now, Actor::Provider(next.provider), kind, &key);
    let records = [Record::Payment(next)].into_iter().chain(gift::kept(state, payment, now)).collect();
    (Verdict::Closed, Decision { once: None, records, events: vec![event] })
}

/// The payer's bank takes the money back.
pub(crate) fn disputed(
    state: &UserState,
    payment: &Payment,
    reason: &str,
    policy: TimePolicy,
    now: Timestamp,
) -> (Verdict, Decision) {
    let Some(next_state) = payment.state.after(Signal::Disputed) else {
        return (Verdict::Nothing, Decision::nothing());
    };
    let shorter = match payment.state {
        PaymentState::Held => None,
        _ => shortened(state, payment, payment.refundable(), policy, now),
    };
    let (cut, of_gift) = explained(state, payment, shorter.as_ref());
    // What was cut for the dispute is not cut again when the money goes.
    let granted = if shorter.is_some() { spent_time(payment, now) } else { payment.granted };
    let next = Payment { state: next_state, refund: None, next_at: None, granted, ..payment.clone() };
    let kind = EventKind::PaymentDisputed { payment: next.id, reason: reason.to_owned(), no: next.no, cut };
    let (actor, key) = (Actor::Provider(next.provider), format!("dispute/{}", next.id));
    let mut events = vec![Event::new(next.user, now, actor, kind, &key)];
    events.extend(of_gift.map(|(shorter, before)| gift::cut(shorter, payment, before, (actor, &key), now)));
    let mut records = vec![Record::Payment(next)];
    records.extend(shorter.map(Record::Subscription));
    records.extend(gift::withdrawn(state, payment, now));
    let mut decision = Decision { once: None, records, events };
    if payment.state != PaymentState::Held {
        narrow(state, payment, (payment.refundable(), policy), (actor, &key), &mut decision, now);
    }
    (Verdict::Closed, decision)
}
