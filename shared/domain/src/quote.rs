//! A quote: an offer frozen for one buyer. Prices are taken from here, never from what a client sends.

use crate::{Language, Money, PromoCode, QuoteId, SubscriptionNo, UserId, payment::Goods};
use jiff::{SignedDuration, Timestamp};

/// How long an offer holds.
pub const LIFETIME: SignedDuration = SignedDuration::from_mins(60);

/// What a line of a quote is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// The plan's price, or the sum to be put on the balance.
    Base,
    /// What a promo code takes off, as a negative amount.
    Promo,
    /// What is taken from the balance, as a negative amount.
    Balance,
}

/// One line: what, and how much it adds (or, if negative, takes off).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// What for.
    pub kind: LineKind,
    /// How much.
    pub amount: Money,
}

/// The offer in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// The lines; their sum is what is paid.
    pub lines: Vec<Line>,
    /// The sum.
    pub total: Money,
}

impl Price {
    /// What is to pay of `base` after a promo code took `off` (a positive amount) and the `balance` paid what it can of
    /// the rest, leaving something to the provider. A balance that covers everything pays by itself, see
    /// [`crate::checkout::spend`]; so does an offer of which a code left nothing.
    pub fn agreed(base: Money, off: Money, balance: Money) -> Option<Self> {
        let negative =
            |kind, amount: Money| Line { kind, amount: Money::new(-amount.minor, amount.currency) };
        let mut lines = vec![Line { kind: LineKind::Base, amount: base }];
        let reduces = off.currency == base.currency && off.is_positive() && off.minor <= base.minor;
        let rest = if reduces { base.minor - off.minor } else { base.minor };
        if reduces {
            lines.push(negative(LineKind::Promo, off));
        }
        if base.is_positive() && rest == 0 {
            return Some(Self { lines, total: Money::new(0, base.currency) });
        }
        if balance.currency == base.currency && balance.is_positive() && balance.minor < rest {
            lines.push(negative(LineKind::Balance, balance));
        }
        Self::sum(lines)
    }

    /// The part that comes from the balance, as a positive amount.
    pub fn from_balance(&self) -> Option<Money> {
        self.taken_off(LineKind::Balance)
    }

    /// What a promo code took off, as a positive amount.
    pub fn promo_off(&self) -> Option<Money> {
        self.taken_off(LineKind::Promo)
    }

    fn taken_off(&self, kind: LineKind) -> Option<Money> {
        let line = self.lines.iter().find(|line| line.kind == kind)?;
        Some(Money::new(-line.amount.minor, line.amount.currency))
    }

    /// The price before anything was taken off.
    pub fn base(&self) -> Money {
        let base = self.lines.iter().find(|line| line.kind == LineKind::Base);
        base.map_or(self.total, |line| line.amount)
    }

    /// The price before the balance paid its part.
    pub fn whole(&self) -> Money {
        let part = self.from_balance().map_or(0, |part| part.minor);
        Money::new(self.total.minor + part, self.total.currency)
    }

    /// Sums the lines; `None` if they mix currencies, overflow, or leave nothing to pay.
    pub fn sum(lines: Vec<Line>) -> Option<Self> {
        let (first, rest) = lines.split_first()?;
        let total = rest.iter().try_fold(first.amount, |sum, line| sum.plus(line.amount)).ok()?;
        total.is_positive().then_some(Self { lines, total })
    }
}

/// What a buyer reads at the provider about `goods`.
pub fn describe(goods: &Goods, language: Language) -> String {
    match (goods, language) {
        (Goods::Plan(terms), _) => format!("VPN: {}", terms.name.get(language)),
        (Goods::Gift(order), Language::Ru) => format!("VPN в подарок: {}", order.terms.name.get(language)),
        (Goods::Gift(order), Language::En) => format!("VPN gift: {}", order.terms.name.get(language)),
        (Goods::Traffic { bytes, .. }, Language::Ru) => format!("VPN: трафик {} ГБ", gigabytes(*bytes)),
        (Goods::Traffic { bytes, .. }, Language::En) => format!("VPN: traffic {} GB", gigabytes(*bytes)),
        (Goods::TopUp, Language::Ru) => "VPN: пополнение баланса".to_owned(),
        (Goods::TopUp, Language::En) => "VPN: balance top-up".to_owned(),
        (Goods::Method, Language::Ru) => "VPN: привязка способа оплаты".to_owned(),
        (Goods::Method, Language::En) => "VPN: saving a payment method".to_owned(),
    }
}

/// Whole and hundredths of gibibytes, without zeros that say nothing.
fn gigabytes(bytes: u64) -> String {
    let hundredths = (u128::from(bytes) * 100) >> 30;
    let (whole, rest) = (hundredths / 100, hundredths % 100);
    if rest == 0 { whole.to_string() } else { format!("{whole}.{rest:02}") }
}

/// An offer frozen for one buyer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// Its id.
    pub id: QuoteId,
    /// For whom.
    pub user: UserId,
    /// For which subscription.
    pub no: SubscriptionNo,
    /// What is offered.
    pub goods: Goods,
    /// One price a currency.
    pub prices: Vec<Price>,
    /// The promo code that reduces it.
    pub promo: Option<PromoCode>,
    /// In which language it was offered: what a provider is told must not change when the order is repeated.
    pub language: Language,
    /// Until when it can be taken.
    pub expires_at: Timestamp,
    /// The buyer agreed that the method is saved and charged again before the end.
    pub save_method: bool,
    /// Paid: the next press on "buy" freezes a new one.
    pub closed: bool,
    /// 0 = not stored yet.
    pub version: u64,
}

impl Quote {
    /// What the buyer reads at the provider.
    pub fn description(&self) -> String {
        describe(&self.goods, self.language)
    }

    /// The balance is used in it.
    pub fn uses_balance(&self) -> bool {
        self.prices.iter().any(|price| price.from_balance().is_some())
    }

    /// It can still be taken.
    pub fn is_open(&self, now: Timestamp) -> bool {
        !self.closed && now < self.expires_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Currency;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_total_is_the_sum_of_the_lines(amounts in proptest::collection::vec(-1_000_000_i64..1_000_000, 0..6)) {
            let lines: Vec<Line> = amounts.iter()
                .map(|minor| Line { kind: LineKind::Base, amount: Money::new(*minor, Currency::Rub) }).collect();
            let sum: i64 = amounts.iter().sum();
            match Price::sum(lines) {
                Some(price) => prop_assert!(price.total.minor == sum && sum > 0),
                None => prop_assert!(amounts.is_empty() || sum <= 0),
            }
        }

        #[test]
        fn currencies_never_mix(a in 1_i64..1000, b in 1_i64..1000) {
            let line = |amount| Line { kind: LineKind::Base, amount };
            let lines = vec![line(Money::new(a, Currency::Rub)), line(Money::new(b, Currency::Xtr))];
            prop_assert_eq!(Price::sum(lines), None);
        }
    }
}
