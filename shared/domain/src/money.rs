//! Money: an integer of minor units with its currency. There is no float anywhere near it.

use std::{fmt, str::FromStr};
use thiserror::Error;

/// Why text or an operation is not an amount of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum MoneyError {
    /// Not a plain decimal number.
    #[error("not a decimal amount")]
    Syntax,
    /// More decimals than the currency has, and they are not zeros.
    #[error("finer than the currency's smallest unit")]
    TooFine,
    /// Does not fit, or two currencies were mixed.
    #[error("amount out of range or currencies mixed")]
    Range,
    /// Not a currency we know.
    #[error("unknown currency")]
    Currency,
}

macro_rules! currencies {
    ($($name:ident $code:literal $exponent:literal),+ $(,)?) => {
        /// ISO 4217 currencies the providers take, and Telegram Stars.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Currency { $(#[doc = $code] $name),+ }

        impl Currency {
            /// Every currency.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The code on the wire.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }

            /// How many decimals the major unit has.
            pub const fn exponent(self) -> u32 {
                match self { $(Self::$name => $exponent),+ }
            }
        }
    };
}

currencies!(
    Rub "RUB" 2, Usd "USD" 2, Eur "EUR" 2, Kzt "KZT" 2, Byn "BYN" 2, Uah "UAH" 2, Uzs "UZS" 2, Try "TRY" 2,
    Inr "INR" 2, Mdl "MDL" 2, Azn "AZN" 2, Amd "AMD" 2, Gbp "GBP" 2, Pln "PLN" 2, Cny "CNY" 2, Gel "GEL" 2,
    Thb "THB" 2, Idr "IDR" 2, Brl "BRL" 2, Aed "AED" 2, Ils "ILS" 2, Kgs "KGS" 2, Tjs "TJS" 2, Aud "AUD" 2,
    Cad "CAD" 2, Czk "CZK" 2, Dkk "DKK" 2, Hkd "HKD" 2, Mxn "MXN" 2, Myr "MYR" 2, Nok "NOK" 2, Nzd "NZD" 2,
    Php "PHP" 2, Sek "SEK" 2, Sgd "SGD" 2, Chf "CHF" 2, Jpy "JPY" 0, Xtr "XTR" 0,
);

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Currency {
    type Err = MoneyError;
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        Self::ALL.iter().copied().find(|currency| currency.code() == text).ok_or(MoneyError::Currency)
    }
}

/// An amount. `minor` counts kopecks, cents or whole Stars, as [`Currency::exponent`] says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    /// Minor units.
    pub minor: i64,
    /// Of which currency.
    pub currency: Currency,
}

impl Money {
    /// `minor` units of `currency`.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Reads major units exactly: `199`, `199.0`, `199.000000`; never rounds.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        let dangling = digits.contains('.') && fraction.is_empty();
        if whole.is_empty() || dangling || !all_digits(whole) || !all_digits(fraction) {
            return Err(MoneyError::Syntax);
        }
        let places = currency.exponent() as usize;
        let (kept, beyond) = fraction.split_at(fraction.len().min(places));
        if beyond.bytes().any(|b| b != b'0') {
            return Err(MoneyError::TooFine);
        }
        let minor: i64 = format!("{whole}{kept:0<places$}").parse().map_err(|_| MoneyError::Range)?;
        Ok(Self::new(if negative { -minor } else { minor }, currency))
    }

    /// Major units with all decimals of the currency, a dot between: `199.00`, `150`.
    pub fn to_decimal(self) -> String {
        let places = self.currency.exponent() as usize;
        let sign = if self.minor < 0 { "-" } else { "" };
        let digits = format!("{:0>width$}", self.minor.unsigned_abs(), width = places + 1);
        let (whole, fraction) = digits.split_at(digits.len() - places);
        if places == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
    }

    /// The sum; refuses to mix currencies or to overflow.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::Range);
        }
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::Range)?;
        Ok(Self::new(minor, self.currency))
    }

    /// More than nothing.
    pub const fn is_positive(self) -> bool {
        self.minor > 0
    }
}

impl FromStr for Money {
    type Err = MoneyError;
    /// Reads what [`fmt::Display`] writes: `199.00 RUB`.
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let (amount, currency) = text.split_once(' ').ok_or(MoneyError::Syntax)?;
        Self::parse(amount, currency.parse()?)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.to_decimal(), self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_providers_write() {
        for text in ["199", "199.0", "199.00", "199.000000"] {
            assert_eq!(Money::parse(text, Currency::Rub), Ok(Money::new(19_900, Currency::Rub)), "{text}");
        }
        assert_eq!(Money::parse("-0.05", Currency::Rub), Ok(Money::new(-5, Currency::Rub)));
        assert_eq!(Money::parse("150", Currency::Xtr), Ok(Money::new(150, Currency::Xtr)));
        assert_eq!(Money::parse("150.0", Currency::Jpy), Ok(Money::new(150, Currency::Jpy)));
    }

    #[test]
    fn refuses_the_rest() {
        for text in ["", ".", "1.", ".5", "1,5", "1e3", "+1", " 1", "1 ", "--1", "NaN", "٣"] {
            assert_eq!(Money::parse(text, Currency::Rub), Err(MoneyError::Syntax), "{text:?}");
        }
        assert_eq!(Money::parse("1.005", Currency::Rub), Err(MoneyError::TooFine));
        assert_eq!(Money::parse("1.5", Currency::Xtr), Err(MoneyError::TooFine));
        assert_eq!(Money::parse("99999999999999999999", Currency::Rub), Err(MoneyError::Range));
        let mixed = Money::new(1, Currency::Rub).plus(Money::new(1, Currency::Usd));
        assert_eq!(mixed, Err(MoneyError::Range));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(minor in i64::MIN + 1..i64::MAX, index in 0..Currency::ALL.len()) {
            let money = Money::new(minor, Currency::ALL[index]);
            prop_assert_eq!(Money::parse(&money.to_decimal(), money.currency), Ok(money));
            prop_assert_eq!(money.to_string().parse(), Ok(money));
        }

        #[test]
        fn any_text_is_judged_without_panic(text in ".{0,40}") {
            let _ = Money::parse(&text, Currency::Rub);
        }
    }
}
