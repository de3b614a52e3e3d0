//! A discount on an offer: how much, held while it can be paid, counted when it was.

use super::{Hold, Promo, PromoEffect, Promos, Promotion};
use crate::{Actor, Event, EventKind, Money, Payment, Plan, PlanId, Quote, Record, User, UserState, quote};
use jiff::Timestamp;

/// What could be reduced.
#[derive(Debug, Clone, Copy)]
pub struct Deal<'a> {
    /// The plan; `None` = a traffic package.
    pub plan: Option<&'a PlanId>,
    /// What it costs.
    pub prices: &'a [Money],
}

impl<'a> Deal<'a> {
    /// Buying `plan`.
    pub fn of(plan: &'a Plan) -> Self {
        Self { plan: Some(&plan.terms.plan), prices: &plan.prices }
    }
}

/// A discount that fits an offer.
pub(crate) struct Reduced<'a> {
    promotion: &'a Promotion,
}

/// The discount that `state`'s owner chose, if it can be used for `deal` now.
pub(crate) fn reduced<'a>(state: &'a UserState, deal: Deal<'_>, now: Timestamp) -> Option<Reduced<'a>> {
    let user = state.user.as_ref()?;
    let promotion = state.promotion.as_deref()?;
    let promo = &promotion.promo;
    let chosen = user.promos.chosen.as_ref() == Some(&promo.code);
    let fits = chosen && promo.fits_deal(deal) && promotion.is_open_to(user.id, now);
    fits.then_some(Reduced { promotion })
}

/// The first price of `plan` as the chosen code makes it; what a provider takes at least is not known here.
pub fn preview(state: &UserState, plan: &Plan, now: Timestamp) -> Option<Money> {
    let base = *plan.prices.first()?;
    let off = reduced(state, Deal::of(plan), now)?.off(base, 1);
    off.is_positive().then(|| Money::new(base.minor - off.minor, base.currency))
}

impl Reduced<'_> {
    /// The code and how much it takes off `base`, as a positive amount; never more than leaves `least` to pay, unless
    /// it covers everything.
    pub(crate) fn off(&self, base: Money, least: i64) -> Money {
        self.promotion.promo.off(base, least)
    }

    pub(crate) fn code(&self) -> super::PromoCode {
        self.promotion.promo.code.clone()
    }

    /// The code with a use held for `quote`; `None` if it needs no counting.
    pub(crate) fn held_for(&self, quote: &Quote, now: Timestamp) -> Option<Record> {
        self.promotion.promo.limit?;
        let mut promo = self.promotion.promo.clone();
        promo.holds.retain(|hold| hold.user != quote.user && hold.until > now);
        // As long as an order that is made of it at the last moment can be paid.
        let until = quote.expires_at.checked_add(quote::LIFETIME).unwrap_or(quote.expires_at);
        promo.holds.push(Hold { user: quote.user, quote: quote.id, until });
        Some(Record::Promo(promo))
    }
}

impl Promo {
    /// Its conditions let it reduce `plan`.
    pub fn fits(&self, plan: &Plan) -> bool {
        self.fits_deal(Deal::of(plan))
    }

    /// Its conditions let it reduce `deal`. One that is limited to plans reduces nothing else.
    pub fn fits_deal(&self, deal: Deal<'_>) -> bool {
        let named = self.plans.is_empty() || deal.plan.is_some_and(|plan| self.plans.contains(plan));
        let price = |currency| deal.prices.iter().find(|price| price.currency == currency);
        let enough = |min: Money| price(min.currency).is_some_and(|price| price.minor >= min.minor);
        self.effect.is_discount() && named && self.min.is_none_or(enough)
    }

    /// What it takes off `base`: see [`Reduced::off`]. Rounded down to whole minor units.
    pub fn off(&self, base: Money, least: i64) -> Money {
        let off = match self.effect {
            PromoEffect::Percent(percent) => {
                let part = i128::from(base.minor) * i128::from(percent.min(100)) / 100;
                i64::try_from(part).unwrap_or(0)
            }
            PromoEffect::Fixed(off) if off.currency == base.currency => off.minor,
            _ => 0,
        };
        let covered = off >= base.minor;
        let most = if covered { base.minor } else { base.minor - least.max(1) };
        Money::new(off.min(most).max(0), base.currency)
    }
}

/// What crediting `paid` does to the code that reduced it: its records, the buyer without the discount they chose, and
/// the event that explains it.
pub(crate) fn consumed(
    state: &UserState,
    paid: &Payment,
    user: Option<User>,
    key: &str,
    now: Timestamp,
) -> (Vec<Record>, Option<User>, Option<Event>) {
    let Some(reduction) = &paid.promo else { return (Vec::new(), user, None) };
    let kind =
        EventKind::PromoConsumed { code: reduction.code.clone(), payment: paid.id, off: reduction.off };
    let event = Event::new(paid.user, now, Actor::System, kind, key);
    let promotion = state.promotion.as_deref().filter(|known| known.promo.code == reduction.code);
    let records = promotion.map(|known| known.used_by(paid.user, now).into()).unwrap_or_default();
    let holder = user.clone().or_else(|| state.user.clone());
    let spent = holder.filter(|user| user.promos.chosen.as_ref() == Some(&reduction.code));
    let spent = spent.map(|user| User { promos: Promos { chosen: None, ..user.promos.clone() }, ..user });
    (records, spent.or(user), Some(event))
}
