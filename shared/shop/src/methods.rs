//! Which ways to pay a buyer is offered, and in which order.

use crate::Shop;
use domain::{
    Currency, Goods, Language, Money, Provider, ProviderHealth, Quote, checkout::renews_in_stars,
    health::Standing,
};
use jiff::Timestamp;
use payments::{Abilities, stars};

/// A way to pay a quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Wholly from the balance.
    Balance(Money),
    /// Through a provider, once.
    Pay(Provider, Money),
    /// In Stars, every thirty days until the buyer stops it.
    StarSubscription(Money),
}

impl Shop {
    /// The ways to pay `quote` that can work: the balance if it covers everything, then providers in the operator's
    /// order (or, without one, those that fit the buyer's language first), shaky ones behind, tripped ones left out.
    pub fn ways(
        &self,
        quote: &Quote,
        balance: &domain::Wallet,
        health: &[ProviderHealth],
        now: Timestamp,
    ) -> Vec<Way> {
        let mut ways = Vec::new();
        if quote.goods.any_terms().is_some() || matches!(quote.goods, Goods::Traffic { .. }) {
            let whole = quote.prices.iter().map(domain::quote::Price::whole);
            ways.extend(whole.filter(|price| balance.minus(*price).is_ok()).map(Way::Balance).take(1));
        }
        let mut providers: Vec<(Standing, usize, Provider, Money)> = Vec::new();
        for provider in Provider::ALL.iter().copied() {
            let Some(price) = self.price_with(provider, quote) else { continue };
            let known = health.iter().find(|known| known.provider == provider);
            let standing = known.map_or(Standing::Well, |known| known.standing(now));
            if standing != Standing::Hidden {
                providers.push((
                    standing,
                    self.rank(provider, price.currency, quote.language),
                    provider,
                    price,
                ));
            }
        }
        providers.sort_by_key(|(standing, rank, provider, _)| (*standing, *rank, *provider));
        for (_, _, provider, price) in providers {
            ways.push(Way::Pay(provider, price));
            if provider == Provider::Stars {
                ways.extend(self.star_subscription(quote));
            }
        }
        ways
    }

    /// The first of the quote's prices that `provider` takes.
    pub(crate) fn price_with(&self, provider: Provider, quote: &Quote) -> Option<Money> {
        // Of what a code left nothing to pay, nobody is asked to take nothing.
        let prices = quote.prices.iter().map(|price| price.total).filter(|price| price.is_positive());
        match provider {
            Provider::Balance => None,
            Provider::Stars => {
                let taken = self.settings.stars;
                prices.into_iter().find(|price| taken && stars::LIMITS.allow(*price))
            }
            _ => {
                let gateway = self.gateways.get(provider)?;
                let plan = quote.goods.terms().map(|terms| &terms.plan);
                prices.into_iter().find(|price| gateway.sells(plan, *price))
            }
        }
    }

    fn star_subscription(&self, quote: &Quote) -> Option<Way> {
        let Goods::Plan(terms) = &quote.goods else { return None };
        let price = quote.prices.iter().find(|price| price.total.currency == Currency::Xtr)?.base();
        let offered =
            self.settings.star_subscriptions && renews_in_stars(terms) && stars::LIMITS.allow(price);
        offered.then_some(Way::StarSubscription(price))
    }

    fn rank(&self, provider: Provider, currency: Currency, language: Language) -> usize {
        let order = &self.settings.methods;
        if order.is_empty() {
            let domestic = matches!(currency, Currency::Rub);
            let fits = domestic == (language == Language::Ru);
            return usize::from(!fits);
        }
        order.iter().position(|name| *name == provider).unwrap_or(order.len())
    }

    /// A method may be saved while paying this quote.
    pub fn can_save(&self, quote: &Quote) -> bool {
        let saves = |abilities: &Abilities, provider| {
            abilities.saves_methods && self.price_with(provider, quote).is_some()
        };
        matches!(quote.goods, Goods::Plan(_))
            && self.gateways.all().any(|gateway| saves(gateway.abilities(), gateway.provider()))
    }
}
