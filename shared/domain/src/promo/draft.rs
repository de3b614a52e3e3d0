//! A code as an operator writes it: `CODE kind value [limit=N] [per=1] [from=…] [until=…] [plans=m1,m3] [min=300RUB] [note=…]`.

use super::{Promo, PromoEffect};
use crate::{Currency, Money};
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};

impl Promo {
    /// Reads an operator's words; `None` if they make no sense. Dates are days of `zone`; the last day counts.
    pub fn draft(words: &[&str], zone: &TimeZone, now: Timestamp) -> Option<Self> {
        let [code, kind, value, options @ ..] = words else { return None };
        let mut promo = Self {
            code: code.parse().ok()?,
            effect: effect(kind, value)?,
            limit: None,
            per_user: 1,
            from: None,
            until: None,
            plans: Vec::new(),
            min: None,
            note: None,
            off: false,
            used: 0,
            holds: Vec::new(),
            created_at: now,
            version: 0,
        };
        for (place, option) in options.iter().enumerate() {
            let (name, value) = option.split_once('=')?;
            if name == "note" {
                // The rest of the line.
                let rest = options.get(place + 1..).unwrap_or_default();
                let words: Vec<&str> = std::iter::once(value).chain(rest.iter().copied()).collect();
                promo.note = Some(words.join(" ").chars().take(200).collect());
                break;
            }
            promo.set(name, value, zone)?;
        }
        promo.makes_sense(now).then_some(promo)
    }

    fn set(&mut self, name: &str, value: &str, zone: &TimeZone) -> Option<()> {
        let count = || value.parse::<u32>().ok().filter(|n| *n > 0);
        let day = |later: i64| -> Option<Timestamp> {
            let day: Date = value.parse().ok()?;
            let start = day.checked_add(later.days()).ok()?.to_zoned(zone.clone()).ok()?;
            Some(start.timestamp())
        };
        match name {
            "limit" => self.limit = Some(count()?),
            "per" => self.per_user = count()?,
            "from" => self.from = Some(day(0)?),
            "until" => self.until = Some(day(1)?),
            "plans" => self.plans = value.split(',').map(|id| id.parse().ok()).collect::<Option<_>>()?,
            "min" => self.min = Some(money(value)?),
            _ => return None,
        }
        Some(())
    }

    /// A code that nobody could ever use, or whose conditions mean nothing, is a slip of the hand.
    fn makes_sense(&self, now: Timestamp) -> bool {
        let conditions = self.min.is_some() || !self.plans.is_empty();
        let begins = self.from.unwrap_or(now);
        let lasts = self.until.is_none_or(|until| until > now && until > begins);
        lasts && (!conditions || self.effect.is_discount())
    }
}

fn effect(kind: &str, value: &str) -> Option<PromoEffect> {
    match kind {
        "fixed" | "balance" => format!("{kind}/{}", money(value)?).parse().ok(),
        "percent" => format!("{kind}/{}", value.trim_end_matches('%')).parse().ok(),
        _ => format!("{kind}/{value}").parse().ok(),
    }
}

/// `300RUB`, `9.99USD`.
fn money(text: &str) -> Option<Money> {
    let (amount, currency) = text.split_at_checked(text.len().checked_sub(3)?)?;
    let currency: Currency = currency.to_ascii_uppercase().parse().ok()?;
    Money::parse(&amount.replace(',', "."), currency).ok().filter(|money| money.is_positive())
}
