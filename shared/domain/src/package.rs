//! Traffic packages: bytes that are sold beside the plans, for a subscription that runs.

use crate::{Actor, Currency, Decision, Event, EventKind, Money, PackageId, Record};
use jiff::Timestamp;

/// A package in the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its short name.
    pub id: PackageId,
    /// How many bytes it adds.
    pub bytes: u64,
    /// One price a currency.
    pub prices: Vec<Money>,
    /// Smaller comes first.
    pub order: u32,
    /// Shown to buyers.
    pub visible: bool,
    /// 0 = not stored yet.
    pub version: u64,
}

impl Package {
    /// The price in `currency`, if it is sold in it.
    pub fn price(&self, currency: Currency) -> Option<Money> {
        self.prices.iter().copied().find(|price| price.currency == currency && price.is_positive())
    }
}

/// The packages a buyer sees, in the operator's order.
pub fn visible(packages: &[Package]) -> Vec<&Package> {
    let shown = packages.iter().filter(|package| package.visible && !package.prices.is_empty());
    let mut shown: Vec<&Package> = shown.filter(|package| package.bytes > 0).collect();
    shown.sort_by(|a, b| (a.order, &a.id).cmp(&(b.order, &b.id)));
    shown
}

/// The package `id`, if it is for sale.
pub fn find<'a>(packages: &'a [Package], id: &PackageId) -> Option<&'a Package> {
    visible(packages).into_iter().find(|package| package.id == *id)
}

/// Fills a window without packages from the settings.
pub fn seed(packages: &[Package], now: Timestamp) -> Decision {
    let ids = packages.iter().map(|package| package.id.clone()).collect();
    let kind = EventKind::PackagesSeeded { packages: ids };
    let event = Event::of_shop(now, Actor::System, kind, "seed");
    let fresh = packages.iter().map(|package| Record::Package(Package { version: 0, ..package.clone() }));
    Decision { once: None, records: fresh.collect(), events: vec![event] }
}
