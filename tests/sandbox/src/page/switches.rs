//! Trouble that a person switches on and off on the page.

use crate::{
    calls::Target,
    faults::{Answer, Effect, Faults, Rule, When},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Switch {
    /// A reverse proxy answers 502 in the panel's name.
    PanelDown,
    /// Telegram asks to wait.
    TelegramBusy,
    /// YooKassa answers 500.
    YookassaDown,
    /// DynamoDB answers 500.
    TableDown,
}

/// What Telegram asks for, in seconds.
const WAIT: u32 = 5;

impl Switch {
    fn rule(self) -> Rule {
        let (target, answer) = match self {
            Self::PanelDown => (Target::Panel, Answer::unavailable(Target::Panel)),
            Self::TelegramBusy => (Target::Telegram, Answer::slow_down(Target::Telegram, WAIT)),
            Self::YookassaDown => {
                (Target::Provider("yookassa"), Answer::unavailable(Target::Provider("yookassa")))
            }
            Self::TableDown => (Target::Dynamodb, Answer::unavailable(Target::Dynamodb)),
        };
        Rule { target, operation: None, when: When::Always, effect: Effect::Answer(answer) }
    }
}

/// Makes `faults` what the switches in `on` say.
pub fn apply(faults: &Faults, on: &BTreeSet<Switch>) {
    faults.clear();
    for switch in on {
        faults.push(switch.rule());
    }
}
