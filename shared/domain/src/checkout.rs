//! From a plan to an open payment: freeze a quote, then open the payment at a provider.

use crate::{
    Actor, Currency, Decision, Event, EventKind, GiftOrder, GiftSecret, Goods, Money, Package, Payment,
    PaymentId, PaymentState, Period, Plan, Provider, Quote, QuoteId, Record, Reduction, Refusal,
    SubscriptionNo, Terms, UserId, UserState, credit, dialog,
    payment::Signal,
    promo::{self, Deal, Reduced},
    quote::{self, Line, LineKind, Price},
};
use jiff::{SignedDuration, Timestamp};

/// When the sweeper first asks about a payment nobody reported.
const FIRST_CHECK: SignedDuration = SignedDuration::from_mins(5);

/// What the buyer chose about an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Choice {
    /// Let the balance pay a part.
    pub use_balance: bool,
    /// Save the method and renew by it.
    pub save_method: bool,
}

/// Freezes an offer of `plan`. An open offer of the same deal is kept, so that a second tap changes nothing. A promo
/// code that the buyer chose reduces it, but never below what somebody takes: `floors` has the least payable amount of
/// a currency.
pub fn freeze(
    state: &UserState,
    plan: &Plan,
    choice: Choice,
    floors: &[Money],
    now: Timestamp,
) -> Result<(Quote, Decision), Refusal> {
    freeze_for(state, (plan, state.primary_no(now)), choice, floors, now)
}

/// The same for the subscription `no`, which the caller has found a place for ([`crate::several::place`]). For another
/// one it is another offer.
pub fn freeze_for(
    state: &UserState,
    (plan, no): (&Plan, SubscriptionNo),
    choice: Choice,
    floors: &[Money],
    now: Timestamp,
) -> Result<(Quote, Decision), Refusal> {
    let thing = Thing {
        goods: Goods::Plan(plan.terms.clone()),
        name: plan.terms.plan.to_string(),
        no,
        deal: Deal::of(plan),
    };
    frozen(state, thing, choice, floors, now)
}

/// Freezes an offer of `plan` for somebody else, like one of the plan itself. `secret` is freshly drawn, and dropped if
/// the open offer is kept; `days`: how long the gift will wait, 0 = for ever. No method is saved by it.
pub fn freeze_gift(
    state: &UserState,
    plan: &Plan,
    (secret, days): (GiftSecret, u16),
    (choice, floors): (Choice, &[Money]),
    now: Timestamp,
) -> Result<(Quote, Decision), Refusal> {
    let thing = Thing {
        goods: Goods::Gift(Box::new(GiftOrder { terms: plan.terms.clone(), secret, days })),
        name: format!("gift/{}", plan.terms.plan),
        no: SubscriptionNo::FIRST,
        deal: Deal::of(plan),
    };
    frozen(state, thing, Choice { save_method: false, ..choice }, floors, now)
}

/// Freezes an offer of extra traffic for the subscription `no`.
///
/// # Errors
/// [`Refusal::NoSubscription`] without such a subscription, [`Refusal::NoTraffic`] if it is over or unlimited.
pub fn freeze_traffic(
    state: &UserState,
    (package, no): (&Package, SubscriptionNo),
    choice: Choice,
    floors: &[Money],
    now: Timestamp,
) -> Result<(Quote, Decision), Refusal> {
    let goods = Goods::Traffic { package: package.id.clone(), bytes: package.bytes };
    takes(state, &goods, no, now)?;
    let thing = Thing {
        name: format!("traffic/{}", package.id),
        goods,
        no,
        deal: Deal { plan: None, prices: &package.prices },
    };
    let choice = Choice { save_method: false, ..choice };
    frozen(state, thing, choice, floors, now)
}

/// What is bought for a subscription can be used there now.
fn takes(state: &UserState, goods: &Goods, no: SubscriptionNo, now: Timestamp) -> Result<(), Refusal> {
    if !matches!(goods, Goods::Traffic { .. }) {
        return Ok(());
    }
    let own = state.subscription(no).ok_or(Refusal::NoSubscription)?;
    if own.takes_traffic(now) { Ok(()) } else { Err(Refusal::NoTraffic) }
}

/// Something to be offered.
struct Thing<'a> {
    goods: Goods,
    /// Tells it from other things in the offer's id.
    name: String,
    no: SubscriptionNo,
    deal: Deal<'a>,
}

fn frozen(
    state: &UserState,
    thing: Thing<'_>,
    choice: Choice,
    floors: &[Money],
    now: Timestamp,
) -> Result<(Quote, Decision), Refusal> {
    let user = state.user.as_ref().ok_or(Refusal::NotRegistered)?;
    let balance =
        |currency| if choice.use_balance { user.balance.get(currency) } else { Money::new(0, currency) };
    let reduced = promo::reduced(state, thing.deal, now);
    let price = |base: &Money| {
        let floor =
            floors.iter().find(|floor| floor.currency == base.currency).map_or(1, |floor| floor.minor);
        let off = reduced.as_ref().map_or(Money::new(0, base.currency), |by| by.off(*base, floor));
        Price::agreed(*base, off, balance(base.currency))
    };
    let prices: Vec<Price> = thing.deal.prices.iter().filter_map(price).collect();
    if prices.is_empty() {
        return Err(Refusal::PlanUnavailable);
    }
    let reduced = reduced.filter(|_| prices.iter().any(|price| price.promo_off().is_some()));
    let first = thing.no == SubscriptionNo::FIRST;
    let name = if first { thing.name } else { format!("{}/{}", thing.name, thing.no) };
    offer(state, (thing.goods, &name, thing.no), (prices, reduced), choice.save_method, now)
}

/// Freezes an offer to put `amount` on the balance. If the buyer was asked for the sum, they are not any more.
pub fn freeze_top_up(state: &UserState, amount: Money, now: Timestamp) -> Result<(Quote, Decision), Refusal> {
    let line = Line { kind: LineKind::Base, amount };
    let price = Price::sum(vec![line]).ok_or(Refusal::BadAmount)?;
    let goods = (Goods::TopUp, &*format!("top-up/{amount}"), SubscriptionNo::FIRST);
    let (quote, mut decision) = offer(state, goods, (vec![price], None), false, now)?;
    decision.records.extend(dialog::ended(state));
    Ok((quote, decision))
}

fn offer(
    state: &UserState,
    (goods, name, no): (Goods, &str, SubscriptionNo),
    (prices, reduced): (Vec<Price>, Option<Reduced<'_>>),
    save_method: bool,
    now: Timestamp,
) -> Result<(Quote, Decision), Refusal> {
    let user = state.user.as_ref().ok_or(Refusal::NotRegistered)?;
    let promo = reduced.as_ref().map(Reduced::code);
    let same = |old: &&Quote| {
        let deal = old.goods.is_same_deal(&goods) && old.prices == prices && old.promo == promo;
        old.is_open(now) && deal && old.no == no && old.save_method == save_method
    };
    if let Some(old) = state.quote.as_ref().filter(same) {
        return Ok((old.clone(), Decision::nothing()));
    }
    let version = state.quote.as_ref().map_or(0, |old| old.version);
    let quote = Quote {
        id: QuoteId::derive(now, &format!("{}/{name}/{version}", user.id)),
        user: user.id,
        no,
        goods,
        prices,
        promo,
        language: user.language,
        expires_at: now.checked_add(quote::LIFETIME).unwrap_or(now),
        save_method,
        closed: false,
        version,
    };
    let held = reduced.and_then(|by| by.held_for(&quote, now));
    let records = [Record::Quote(quote.clone())].into_iter().chain(held).collect();
    Ok((quote, Decision { once: None, records, events: Vec::new() }))
}

/// The payment that taking `quote` through `provider` in `currency` opens. Pure: the same press names the same payment.
pub fn payment(
    state: &UserState,
    quote: QuoteId,
    (provider, currency): (Provider, Currency),
    now: Timestamp,
) -> Result<Payment, Refusal> {
    let quote = open_quote(state, quote, now)?;
    let price = quote.prices.iter().find(|price| price.total.currency == currency);
    let price = price.ok_or(Refusal::MethodUnavailable)?;
    takes(state, &quote.goods, quote.no, now)?;
    let draft = draft(quote, PaymentId::of(quote.id, provider), provider, price.total);
    Ok(Payment { from_balance: price.from_balance(), promo: reduction(quote, price), ..draft })
}

/// How long Telegram's subscriptions last: thirty days, no other.
pub const STAR_PERIOD: Period = Period::Days(30);

/// The payment that subscribing in Stars opens: thirty days, taken again by Telegram every thirty days.
pub fn star_subscription(state: &UserState, quote: QuoteId, now: Timestamp) -> Result<Payment, Refusal> {
    let quote = open_quote(state, quote, now)?;
    let price = quote.prices.iter().find(|price| price.total.currency == Currency::Xtr);
    // A code reduces one purchase, not every month to come.
    let price = price.ok_or(Refusal::MethodUnavailable)?.base();
    let Goods::Plan(terms) = &quote.goods else { return Err(Refusal::MethodUnavailable) };
    if !renews_in_stars(terms) {
        return Err(Refusal::MethodUnavailable);
    }
    let goods = Goods::Plan(Terms { period: STAR_PERIOD, ..terms.clone() });
    let draft = draft(quote, PaymentId::recurring(quote.id), Provider::Stars, price);
    Ok(Payment { goods, recurring: true, ..draft })
}

/// Telegram can renew this: it lasts about as long as Telegram's only period.
pub fn renews_in_stars(terms: &Terms) -> bool {
    matches!(terms.period, Period::Months(1) | STAR_PERIOD)
}

/// An offer that was reduced by a code is open only while that code is still chosen: else two offers of one code could
/// be taken.
fn open_quote(state: &UserState, id: QuoteId, now: Timestamp) -> Result<&Quote, Refusal> {
    let chosen = state.user.as_ref().and_then(|user| user.promos.chosen.as_ref());
    let open = |quote: &&Quote| quote.id == id && quote.is_open(now);
    let kept = |quote: &&Quote| quote.promo.is_none() || quote.promo.as_ref() == chosen;
    state.quote.as_ref().filter(open).filter(kept).ok_or(Refusal::QuoteExpired)
}

fn reduction(quote: &Quote, price: &Price) -> Option<Reduction> {
    Some(Reduction { code: quote.promo.clone()?, off: price.promo_off()? })
}

/// The payment of a quote. Its times follow from the quote too: a provider that is given the same order twice must be told
/// the same.
fn draft(quote: &Quote, id: PaymentId, provider: Provider, amount: Money) -> Payment {
    Payment {
        id,
        user: quote.user,
        provider,
        amount,
        from_balance: None,
        promo: None,
        goods: quote.goods.clone(),
        no: quote.no,
        quote: quote.id,
        state: PaymentState::Created,
        external_id: None,
        pay_url: None,
        created_at: quote.id.time(),
        // Whoever chooses a way to pay at the last moment still has as long to pay.
        expires_at: quote.expires_at.checked_add(quote::LIFETIME).unwrap_or(quote.expires_at),
        paid_at: None,
        next_at: None,
        save_method: quote.save_method,
        recurring: false,
        charge: None,
        received: None,
        granted: None,
        refunded: 0,
        to_balance: 0,
        earned: None,
        refund: None,
        version: 0,
    }
}

/// Pays a quote wholly from the balance: withdrawn and credited in one decision, once. So is taken what a promo code left
/// nothing to pay of.
pub fn spend(
    state: &UserState,
    quote: QuoteId,
    currency: Currency,
    now: Timestamp,
) -> Result<(Payment, Decision), Refusal> {
    let quote = open_quote(state, quote, now)?;
    if quote.goods == Goods::TopUp || quote.goods == Goods::Method {
        return Err(Refusal::MethodUnavailable);
    }
    takes(state, &quote.goods, quote.no, now)?;
    let price = quote.prices.iter().find(|price| price.total.currency == currency);
    let price = price.ok_or(Refusal::MethodUnavailable)?;
    let whole = price.whole();
    let user = state.user.as_ref().ok_or(Refusal::NotRegistered)?;
    user.balance.minus(whole)?;
    let nothing = Money::new(0, currency);
    let draft = draft(quote, PaymentId::of(quote.id, Provider::Balance), Provider::Balance, nothing);
    let paid = Payment {
        from_balance: whole.is_positive().then_some(whole),
        promo: reduction(quote, price),
        received: Some(nothing),
        state: PaymentState::Succeeded,
        paid_at: Some(now),
        ..draft
    };
    let key = format!("paid/balance/{}", paid.id);
    let decision = credit::settle(state, paid.clone(), (Actor::Buyer, key), now)?;
    Ok((paid, decision))
}

/// The payment that saving a method of `provider` without paying opens; the same within a minute.
pub fn binding(user: UserId, provider: Provider, currency: Currency, now: Timestamp) -> Payment {
    let minute = now.as_second() / 60;
    let at = Timestamp::from_second(minute * 60).unwrap_or(now);
    let id = PaymentId::derive(at, &format!("bind/{user}/{provider}"));
    Payment {
        id,
        user,
        provider,
        amount: Money::new(0, currency),
        from_balance: None,
        promo: None,
        goods: Goods::Method,
        no: SubscriptionNo::FIRST,
        quote: QuoteId::derive(at, &format!("bind/{user}/{provider}")),
        state: PaymentState::Created,
        external_id: None,
        pay_url: None,
        created_at: at,
        expires_at: at.checked_add(quote::LIFETIME).unwrap_or(at),
        paid_at: None,
        next_at: None,
        save_method: true,
        recurring: false,
        charge: None,
        received: None,
        granted: None,
        refunded: 0,
        to_balance: 0,
        earned: None,
        refund: None,
        version: 0,
    }
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
        plan: next.goods.any_terms().map(|terms| terms.plan.clone()),
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
