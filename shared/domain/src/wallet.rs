//! The balance of a buyer: money of several currencies side by side, never exchanged and never below nothing.

use crate::{Currency, Money, Refusal};

/// How much of each currency a buyer has in the shop.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wallet(Vec<Money>);

impl Wallet {
    /// A wallet with these amounts; what is not more than nothing is left out.
    pub fn of(amounts: impl IntoIterator<Item = Money>) -> Self {
        let mut held: Vec<Money> = amounts.into_iter().filter(|amount| amount.is_positive()).collect();
        held.sort_by_key(|amount| amount.currency);
        held.dedup_by_key(|amount| amount.currency);
        Self(held)
    }

    /// What is there in `currency`.
    pub fn get(&self, currency: Currency) -> Money {
        let found = self.0.iter().copied().find(|held| held.currency == currency);
        found.unwrap_or(Money::new(0, currency))
    }

    /// Every amount, ordered by currency.
    pub fn amounts(&self) -> &[Money] {
        &self.0
    }

    /// There is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The wallet after `amount` came in. Refused if it is negative or does not fit.
    pub fn plus(&self, amount: Money) -> Result<Self, Refusal> {
        let sum = self.get(amount.currency).plus(amount).map_err(|_| Refusal::BadAmount)?;
        if amount.minor < 0 { Err(Refusal::BadAmount) } else { Ok(self.with(sum)) }
    }

    /// The wallet after `amount` went out. Refused if it is negative or more than is there.
    pub fn minus(&self, amount: Money) -> Result<Self, Refusal> {
        let held = self.get(amount.currency);
        if amount.minor < 0 {
            return Err(Refusal::BadAmount);
        }
        if amount.minor > held.minor {
            return Err(Refusal::NotEnough);
        }
        Ok(self.with(Money::new(held.minor - amount.minor, held.currency)))
    }

    fn with(&self, amount: Money) -> Self {
        let others = self.0.iter().copied().filter(|held| held.currency != amount.currency);
        Self::of(others.chain([amount]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_never_falls_below_nothing_and_loses_nothing(moves in proptest::collection::vec((any::<bool>(), 0_i64..500, 0..3_usize), 0..60)) {
            let currencies = [Currency::Rub, Currency::Usd, Currency::Xtr];
            let (mut wallet, mut sums) = (Wallet::default(), [0_i64; 3]);
            for (comes, minor, index) in moves {
                let amount = Money::new(minor, currencies[index]);
                if comes {
                    wallet = wallet.plus(amount).unwrap();
                    sums[index] += minor;
                } else if let Ok(less) = wallet.minus(amount) {
                    wallet = less;
                    sums[index] -= minor;
                } else {
                    prop_assert!(sums[index] < minor);
                }
                for (currency, sum) in currencies.iter().zip(sums) {
                    prop_assert_eq!(wallet.get(*currency).minor, sum);
                    prop_assert!(sum >= 0);
                }
            }
        }
    }

    #[test]
    fn negative_amounts_are_no_way_around() {
        let wallet = Wallet::of([Money::new(5, Currency::Rub)]);
        assert_eq!(wallet.plus(Money::new(-5, Currency::Rub)), Err(Refusal::BadAmount));
        assert_eq!(wallet.minus(Money::new(-5, Currency::Rub)), Err(Refusal::BadAmount));
        assert_eq!(wallet.plus(Money::new(i64::MAX, Currency::Rub)), Err(Refusal::BadAmount));
    }
}
