//! What a button carries: a verb and the ids it speaks of, never a price, a sum or a right.
//!
//! Written as `1:verb:argument…`, at most 64 bytes (Telegram's limit). The leading number is the version of this
//! codec: buttons of older messages stay on people's screens for years and must be recognised as old, not misread.

use crate::connect::Platform;
use domain::{Language, PaymentId, PlanId, Provider, QuoteId};
use std::{fmt, str::FromStr};
use thiserror::Error;

const VERSION: &str = "1";

/// Telegram's limit for callback data, in bytes.
pub const LONGEST: usize = 64;

/// A button that this version of the bot did not make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a button of another version, or a forged one")]
pub struct Stale;

/// A button of the bot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Button {
    /// The main menu.
    Menu,
    /// Start the trial.
    Trial,
    /// The plans for sale.
    Plans,
    /// Freeze an offer of this plan.
    Plan(PlanId),
    /// Take this offer through this provider.
    Pay(QuoteId, Provider),
    /// "I have paid."
    Check(PaymentId),
    /// My subscription.
    Subscription,
    /// The connect guide: choose a platform.
    Connect,
    /// The connect guide of a platform.
    ConnectOn(Platform),
    /// The link as a QR code.
    Qr,
    /// Help.
    Help,
    /// Choose a language.
    Languages,
    /// Speak this language.
    Speak(Language),
}

impl fmt::Display for Button {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{VERSION}:")?;
        match self {
            Self::Menu => f.write_str("menu"),
            Self::Trial => f.write_str("trial"),
            Self::Plans => f.write_str("plans"),
            Self::Plan(plan) => write!(f, "plan:{plan}"),
            Self::Pay(quote, provider) => write!(f, "pay:{quote}:{provider}"),
            Self::Check(payment) => write!(f, "check:{payment}"),
            Self::Subscription => f.write_str("sub"),
            Self::Connect => f.write_str("connect"),
            Self::ConnectOn(platform) => write!(f, "on:{}", platform.code()),
            Self::Qr => f.write_str("qr"),
            Self::Help => f.write_str("help"),
            Self::Languages => f.write_str("languages"),
            Self::Speak(language) => write!(f, "speak:{language}"),
        }
    }
}

impl FromStr for Button {
    type Err = Stale;

    fn from_str(data: &str) -> Result<Self, Stale> {
        if data.len() > LONGEST {
            return Err(Stale);
        }
        let rest = data.strip_prefix(VERSION).and_then(|rest| rest.strip_prefix(':')).ok_or(Stale)?;
        let mut parts = rest.split(':');
        let verb = parts.next().unwrap_or_default();
        let button = match (verb, parts.next(), parts.next(), parts.next()) {
            ("menu", None, None, None) => Self::Menu,
            ("trial", None, None, None) => Self::Trial,
            ("plans", None, None, None) => Self::Plans,
            ("plan", Some(plan), None, None) => Self::Plan(read(plan)?),
            ("pay", Some(quote), Some(provider), None) => Self::Pay(read(quote)?, read(provider)?),
            ("check", Some(payment), None, None) => Self::Check(read(payment)?),
            ("sub", None, None, None) => Self::Subscription,
            ("connect", None, None, None) => Self::Connect,
            ("on", Some(platform), None, None) => {
                Self::ConnectOn(Platform::from_code(platform).ok_or(Stale)?)
            }
            ("qr", None, None, None) => Self::Qr,
            ("help", None, None, None) => Self::Help,
            ("languages", None, None, None) => Self::Languages,
            ("speak", Some(language), None, None) => Self::Speak(read(language)?),
            _ => return Err(Stale),
        };
        Ok(button)
    }
}

fn read<T: FromStr>(text: &str) -> Result<T, Stale> {
    text.parse().map_err(|_| Stale)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use proptest::prelude::*;

    fn button() -> impl Strategy<Value = Button> {
        let at = (0_i64..4_000_000_000).prop_map(|second| Timestamp::from_second(second).unwrap());
        let provider = prop::sample::select(Provider::ALL.to_vec());
        prop_oneof![
            prop::sample::select(vec![
                Button::Menu,
                Button::Trial,
                Button::Plans,
                Button::Subscription,
                Button::Connect,
                Button::Qr,
                Button::Help,
                Button::Languages,
            ]),
            "[a-z0-9_]{1,16}".prop_map(|plan| Button::Plan(plan.parse().unwrap())),
            (at.clone(), ".{0,9}", provider)
                .prop_map(|(at, seed, by)| Button::Pay(QuoteId::derive(at, &seed), by)),
            (at, ".{0,9}").prop_map(|(at, seed)| Button::Check(PaymentId::derive(at, &seed))),
            prop::sample::select(Platform::ALL.to_vec()).prop_map(Button::ConnectOn),
            prop::sample::select(Language::ALL.to_vec()).prop_map(Button::Speak),
        ]
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_and_fits(button in button()) {
            let data = button.to_string();
            prop_assert!(data.len() <= LONGEST, "{data}");
            prop_assert_eq!(data.parse(), Ok(button));
        }

        #[test]
        fn hostile_data_is_stale_or_exactly_a_button(data in "(1:)?[a-z:0-9_]{0,70}|\\PC{0,70}") {
            if let Ok(button) = data.parse::<Button>() {
                prop_assert_eq!(button.to_string(), data);
            }
        }

        #[test]
        fn a_mutilated_button_never_means_another_shape(button in button(), cut in 0_usize..64) {
            let data = button.to_string();
            let shorter: String = data.chars().take(cut.min(data.len())).collect();
            if let Ok(read) = shorter.parse::<Button>() {
                prop_assert_eq!(read.to_string(), shorter);
            }
        }
    }

    #[test]
    fn other_versions_and_forgeries_are_stale() {
        let quote = QuoteId::derive(Timestamp::UNIX_EPOCH, "x");
        let forged = [
            String::new(),
            "legacy|x".to_owned(),
            "v1:buy:30".to_owned(),
            "0:menu".to_owned(),
            "2:menu".to_owned(),
            "11:menu".to_owned(),
            "1:menu:".to_owned(),
            "1:menu:x".to_owned(),
            "1:MENU".to_owned(),
            "1:plan:".to_owned(),
            "1:plan:M1".to_owned(),
            "1:plan:m1:100".to_owned(),
            format!("1:pay:{quote}"),
            format!("1:pay:{quote}:yookassa:1"),
            format!("1:pay:{quote}:free"),
            format!("1:pay:{}:stars", quote.to_string().to_lowercase()),
            "1:speak:de".to_owned(),
            "1:on:zx".to_owned(),
        ];
        for data in forged {
            assert_eq!(data.parse::<Button>(), Err(Stale), "{data}");
        }
    }
}
