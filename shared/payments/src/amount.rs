//! Amounts as providers write them: JSON numbers, strings, `199`, `199.0`, `199.000000`. Read from the literal text, so
//! that no float comes near money.

use domain::{Currency, Money, MoneyError};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// A decimal number, kept as the literal text in which it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decimal(String);

impl Decimal {
    /// The amount in `currency`, major units; never rounded.
    pub fn money(&self, currency: Currency) -> Result<Money, MoneyError> {
        Money::parse(&self.0, currency)
    }

    /// The literal text.
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let literal = raw.get();
        let text = match literal.strip_prefix('"') {
            Some(_) => serde_json::from_str(literal).map_err(serde::de::Error::custom)?,
            None => literal.to_owned(),
        };
        let numeric = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-'));
        if text.is_empty() || !numeric {
            return Err(serde::de::Error::custom("not a plain decimal number"));
        }
        Ok(Self(text))
    }
}

/// A currency by its ISO code in any case (`usd`, `RUB`).
pub(crate) fn currency(code: &str) -> Result<Currency, MoneyError> {
    code.to_ascii_uppercase().parse()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_texts_are_read_to_the_digit() {
        for (literal, minor) in [
            ("199", 19_900),
            ("199.0", 19_900),
            ("199.000000", 19_900),
            ("\"199.00\"", 19_900),
            ("0.07", 7),
            ("90071992547409.93", 9_007_199_254_740_993),
        ] {
            let decimal: Decimal = serde_json::from_str(literal).unwrap();
            assert_eq!(decimal.money(Currency::Rub), Ok(Money::new(minor, Currency::Rub)), "{literal}");
        }
    }

    #[test]
    fn what_is_no_plain_decimal_is_refused() {
        for literal in ["1e3", "true", "null", "\"\"", "\"1,5\"", "[1]", "\"NaN\""] {
            assert!(serde_json::from_str::<Decimal>(literal).is_err(), "{literal}");
        }
    }
}
