//! From a plan to an open payment: freeze a quote, then open the payment at a provider.

use crate::{
    Actor, Currency, Decision, Event, EventKind, Payment, PaymentId, PaymentState, Plan, Provider, Quote,
    QuoteId, Record, Refusal, SubscriptionNo, UserId, UserState,
    payment::Signal,
    quote::{self, Line, LineKind, Price},
};
use jiff::{SignedDuration, Timestamp};

/// When the sweeper first asks about a payment nobody reported.
const FIRST_CHECK: SignedDuration = SignedDuration::from_mins(5);

/// Freezes an offer of `plan`. An open offer of the same deal is kept, so that a second tap changes nothing.
pub fn freeze(state: &UserState, plan: &Plan, now: Timestamp) -> Result<(Quote, Decision), Refusal> {
    let user = state.user.as_ref().ok_or(Refusal::NotRegistered)?;
    let prices: Vec<Price> = plan.prices.iter().filter_map(|base| price(*base)).collect();
    if prices.is_empty() {
        return Err(Refusal::PlanUnavailable);
    }
    let same = |old: &&Quote| old.is_open(now) && old.terms == plan.terms && old.prices == prices;
    if let Some(old) = state.quote.as_ref().filter(same) {
        return Ok((old.clone(), Decision::nothing()));
    }
    let version = state.quote.as_ref().map_or(0, |old| old.version);
    let quote = Quote {
        id: QuoteId::derive(now, &format!("{}/{}/{version}", user.id, plan.terms.plan)),
        user: user.id,
        no: SubscriptionNo::FIRST,
        terms: plan.terms.clone(),
        prices,
        language: user.language,
        expires_at: now.checked_add(quote::LIFETIME).unwrap_or(now),
        closed: false,
        version,
    };
    Ok((quote.clone(), Decision { once: None, records: vec![Record::Quote(quote)], events: Vec::new() }))
}

fn price(base: crate::Money) -> Option<Price> {
    Price::sum(vec![Line { kind: LineKind::Base, amount: base }])
}

/// The payment that taking `quote` through `provider` in `currency` opens. Pure: the same press names the same payment.
pub fn payment(
    state: &UserState,
    quote: QuoteId,
    (provider, currency): (Provider, Currency),
    now: Timestamp,
) -> Result<Payment, Refusal> {
    let quote = state.quote.as_ref().filter(|open| open.id == quote && open.is_open(now));
    let quote = quote.ok_or(Refusal::QuoteExpired)?;
    let price = quote.prices.iter().find(|price| price.total.currency == currency);
    let amount = price.ok_or(Refusal::MethodUnavailable)?.total;
    Ok(Payment {
        id: PaymentId::of(quote.id, provider),
        user: quote.user,
        provider,
        amount,
        terms: quote.terms.clone(),
        no: quote.no,
        quote: quote.id,
        state: PaymentState::Created,
        external_id: None,
        pay_url: None,
        created_at: now,
        expires_at: now.checked_add(quote::LIFETIME).unwrap_or(now),
        paid_at: None,
        next_at: None,
        version: 0,
    })
}

/// The provider accepted `payment`: it now waits for the buyer. `opened` is what the provider called it and where to pay.
pub fn opened(payment: &Payment, opened: Opened, now: Timestamp) -> (Payment, Decision) {
    let state = payment.state.after(Signal::Accepted).unwrap_or(payment.state);
    let next = Payment {
        state,
        external_id: opened.external_id,
        pay_url: opened.pay_url,
        next_at: now.checked_add(FIRST_CHECK).ok(),
        ..payment.clone()
    };
    let kind = EventKind::PaymentOpened {
        payment: next.id,
        provider: next.provider,
        amount: next.amount,
        plan: next.terms.plan.clone(),
    };
    let event = Event::new(next.user, now, Actor::Buyer, kind, &format!("opened/{}", next.id));
    let decision = Decision { once: None, records: vec![Record::Payment(next.clone())], events: vec![event] };
    (next, decision)
}

/// How a provider named the payment it accepted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Opened {
    /// The provider's id, if it gives one before the money comes.
    pub external_id: Option<String>,
    /// The page on which to pay, if there is one.
    pub pay_url: Option<String>,
}

/// May `user` still pay `payment` with this `amount`? Asked by Telegram before it takes Stars.
pub fn may_pay(payment: &Payment, user: UserId, amount: crate::Money, now: Timestamp) -> Result<(), Refusal> {
    if payment.user != user {
        return Err(Refusal::PaymentUnknown);
    }
    if payment.amount != amount {
        return Err(Refusal::OtherDeal);
    }
    match payment.state {
        state if state.is_open() && now < payment.expires_at => Ok(()),
        PaymentState::Succeeded => Err(Refusal::AlreadyPaid),
        _ => Err(Refusal::QuoteExpired),
    }
}
