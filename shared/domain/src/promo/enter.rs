//! A buyer enters a code.

use super::{Promo, PromoCode, PromoEffect, Promos, Promotion};
use crate::{
    Actor, Decision, Event, EventKind, Period, Quote, Record, Refusal, Renewal, Standing, Subscription,
    Terms, User, UserState, dialog, extra, new_end, provisioning::Cause, trial, upkeep, upkeep::Stage,
};
use jiff::{SignedDuration, Timestamp};

/// A repetition within this time is the same act: Telegram delivered it twice, or the finger did.
const SAME_ACT: SignedDuration = SignedDuration::from_secs(60);

/// What the shop gives to whoever has nothing yet.
#[derive(Debug, Clone, Copy, Default)]
pub struct Offered<'a> {
    /// The trial, if one is given.
    pub trial: Option<&'a Terms>,
    /// What bonus days are days of, for somebody without a subscription.
    pub plan: Option<&'a Terms>,
}

/// What came of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It does not work. Why, nobody is told: who guesses learns nothing.
    Wrong,
    /// Too many codes did not work; this one was not looked at.
    Later,
    /// It is chosen for the next purchase.
    Chosen(PromoEffect),
    /// It acted.
    Applied(PromoEffect),
}

/// Decides what entering a code does. `promotion`: what the code names, `None` if it names nothing (or is none).
pub fn enter(
    state: &UserState,
    promotion: Option<&Promotion>,
    offered: Offered<'_>,
    now: Timestamp,
) -> Result<(Outcome, Decision), Refusal> {
    let user = state.user.as_ref().ok_or(Refusal::NotRegistered)?;
    if user.promos.guesses.is_blocked(now) {
        return Ok((Outcome::Later, dialog::end(state)));
    }
    if let Some(effect) = promotion.and_then(|promotion| just_applied(promotion, now)) {
        return Ok((Outcome::Applied(effect), dialog::end(state)));
    }
    let open = promotion.filter(|promotion| promotion.is_open_to(user.id, now));
    let done = open.and_then(|promotion| {
        let promo = &promotion.promo;
        if promo.effect.is_discount() {
            return Some((Outcome::Chosen(promo.effect), chosen(user, &promo.code)));
        }
        let decision = applied(state, user, promotion, offered, now)?;
        Some((Outcome::Applied(promo.effect), decision))
    });
    let Some((outcome, mut decision)) = done else { return Ok((Outcome::Wrong, failed(user, now))) };
    decision.records.extend(dialog::ended(state));
    Ok((outcome, decision))
}

fn just_applied(promotion: &Promotion, now: Timestamp) -> Option<PromoEffect> {
    let Promotion { promo, activation } = promotion;
    let last = activation.as_ref().filter(|last| last.count >= promo.per_user)?;
    let same = !promo.effect.is_discount() && now.duration_since(last.at) < SAME_ACT;
    same.then_some(promo.effect)
}

fn with(user: &User, promos: Promos) -> Record {
    Record::User(User { promos, ..user.clone() })
}

fn chosen(user: &User, code: &PromoCode) -> Decision {
    let promos = Promos { chosen: Some(code.clone()), ..user.promos.clone() };
    let records = if promos == user.promos { Vec::new() } else { vec![with(user, promos)] };
    Decision { once: None, records, events: Vec::new() }
}

/// Counted in the same record that a right code writes, so that guesses at the same moment are counted one by one.
pub(crate) fn failed(user: &User, now: Timestamp) -> Decision {
    let guesses = user.promos.guesses.one_more(now);
    let promos = Promos { guesses, ..user.promos.clone() };
    let suspicious = guesses.of_day == super::Guesses::SUSPICIOUS;
    let key = format!("guesses/{}", user.version);
    let kind = EventKind::PromoGuessed { failures: guesses.of_day };
    let event = suspicious.then(|| Event::new(user.id, now, Actor::Buyer, kind, &key));
    Decision { once: None, records: vec![with(user, promos)], events: event.into_iter().collect() }
}

/// What an effect changes.
#[derive(Default)]
struct Change {
    user: Option<User>,
    subscription: Option<Subscription>,
    /// The end moved so.
    moved: Option<(Option<Timestamp>, Timestamp)>,
}

fn applied(
    state: &UserState,
    user: &User,
    promotion: &Promotion,
    offered: Offered<'_>,
    now: Timestamp,
) -> Option<Decision> {
    let Promo { effect, code, .. } = &promotion.promo;
    let first = state.primary(now);
    let running = first.filter(|first| first.standing(now) != Standing::Expired);
    let change = match *effect {
        PromoEffect::Days(days) => match first {
            Some(first) => longer(first, days, now),
            None => begun(user, offered.plan?, days, now),
        },
        PromoEffect::Balance(money) => {
            let balance = user.balance.plus(money).ok()?;
            Change { user: Some(User { balance, ..user.clone() }), ..Change::default() }
        }
        PromoEffect::Traffic(gib) => wider(running?, gib, now)?,
        PromoEffect::Trial(days) => {
            match state.subscriptions.iter().find(|own| own.standing(now) == Standing::Trial) {
                Some(trial) => longer(trial, days, now),
                None if trial::is_due(state, offered.trial) => {
                    let trial_days = user.promos.trial_days.checked_add(days)?;
                    let promos = Promos { trial_days, ..user.promos.clone() };
                    Change { user: Some(User { promos, ..user.clone() }), ..Change::default() }
                }
                None => return None,
            }
        }
        PromoEffect::Percent(_) | PromoEffect::Fixed(_) => return None,
    };
    let uses = promotion.activation.as_ref().map_or(0, |activation| activation.count);
    let kind = EventKind::PromoApplied {
        code: code.clone(),
        effect: *effect,
        no: change.subscription.as_ref().map(|subscription| subscription.no),
        from: change.moved.and_then(|(from, _)| from),
        to: change.moved.map(|(_, to)| to),
    };
    let event = Event::new(user.id, now, Actor::Buyer, kind, &format!("promo/{code}/{uses}"));
    let mut records: Vec<Record> = promotion.used_by(user.id, now).into();
    records.extend(change.user.map(Record::User));
    records.extend(change.subscription.map(Record::Subscription));
    Some(Decision { once: None, records, events: vec![event] })
}

fn longer(subscription: &Subscription, days: u16, now: Timestamp) -> Change {
    let end = new_end(now, Some(subscription.end), Period::Days(days));
    let mut next = Subscription { end, stage: Stage::Fresh, attempts: 0, ..subscription.clone() };
    if subscription.end <= now {
        next.extras.clear();
    }
    owed(&mut next, now);
    Change { moved: Some((Some(subscription.end), end)), subscription: Some(next), user: None }
}

/// A first subscription out of bonus days alone.
fn begun(user: &User, terms: &Terms, days: u16, now: Timestamp) -> Change {
    let end = new_end(now, None, Period::Days(days));
    let mut fresh = trial::fresh(user, terms.clone(), end, now);
    fresh.trial = false;
    fresh.renewal = Renewal::Off;
    fresh.revision = 0;
    fresh.pending.clear();
    owed(&mut fresh, now);
    Change { moved: Some((None, end)), subscription: Some(fresh), user: None }
}

/// Lasts as long as a package would.
fn wider(subscription: &Subscription, gib: u16, now: Timestamp) -> Option<Change> {
    let mut next = subscription.clone();
    if !extra::add(&mut next, u64::from(gib) << 30, None, now) {
        return None;
    }
    owed(&mut next, now);
    Some(Change { subscription: Some(next), ..Change::default() })
}

fn owed(subscription: &mut Subscription, now: Timestamp) {
    subscription.revision += 1;
    subscription.pending.push(Cause::Promo);
    subscription.next_at = upkeep::next_at(subscription, now);
}

/// The buyer takes the chosen discount off. The offer that was made with it ends; what it held is free again.
pub fn forget(state: &UserState, now: Timestamp) -> Decision {
    let Some(user) = &state.user else { return Decision::nothing() };
    let Some(code) = user.promos.chosen.clone() else { return Decision::nothing() };
    let mut records = vec![with(user, Promos { chosen: None, ..user.promos.clone() })];
    let offer = state.quote.as_ref().filter(|quote| quote.promo.as_ref() == Some(&code) && !quote.closed);
    records.extend(offer.map(|quote| Record::Quote(Quote { closed: true, ..quote.clone() })));
    let promotion = state.promotion.as_deref().filter(|promotion| promotion.promo.code == code);
    let mut promo = promotion.map(|promotion| promotion.promo.clone());
    if let Some(promo) = promo.as_mut().filter(|promo| promo.holds.iter().any(|hold| hold.user == user.id)) {
        promo.holds.retain(|hold| hold.user != user.id && hold.until > now);
        records.push(Record::Promo(promo.clone()));
    }
    Decision { once: None, records, events: Vec::new() }
}
