//! Where somebody was going when they were asked to join a channel first: carried by the button that checks it.

use super::{Button, LONGEST, Stale};
use domain::registration::StartLink;
use std::{fmt, str::FromStr};

/// Where somebody was going.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intent {
    /// A button was pressed.
    Press(Box<Button>),
    /// A link was followed; what stood after `/start`.
    Start(String),
}

const PROMO: &str = "promo_";

impl Intent {
    /// Presses `button`, if that fits into a button of its own; the menu otherwise.
    pub fn press(button: Button) -> Self {
        let whole = Self::Press(Box::new(button));
        if whole.fits() { whole } else { Self::Press(Box::new(Button::Menu)) }
    }

    /// Follows a link with this payload. Who brought the person is known by now; of the rest everything that fits is
    /// kept, and every promo code and plan fits.
    pub fn start(payload: &str) -> Self {
        match StartLink::parse(payload) {
            StartLink::Plain => Self::press(Button::Menu),
            StartLink::Plan(plan) => Self::press(Button::Plan(plan)),
            _ => {
                let whole = Self::Start(payload.to_owned());
                if whole.fits() { whole } else { Self::press(Button::Menu) }
            }
        }
    }

    fn fits(&self) -> bool {
        Button::Join(self.clone()).to_string().len() <= LONGEST
    }
}

impl fmt::Display for Intent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Press(button) => {
                let data = button.to_string();
                f.write_str(data.split_once(':').map_or("", |(_, rest)| rest))
            }
            Self::Start(payload) => match payload.strip_prefix(PROMO) {
                Some(code) => write!(f, "p:{code}"),
                None => write!(f, "s:{payload}"),
            },
        }
    }
}

impl FromStr for Intent {
    type Err = Stale;

    fn from_str(text: &str) -> Result<Self, Stale> {
        let link = |payload: String| match StartLink::parse(&payload) {
            StartLink::Plain | StartLink::Plan(_) => Err(Stale),
            _ => Ok(Self::Start(payload)),
        };
        if let Some(code) = text.strip_prefix("p:") {
            return link(format!("{PROMO}{code}"));
        }
        if let Some(payload) = text.strip_prefix("s:") {
            return if payload.starts_with(PROMO) { Err(Stale) } else { link(payload.to_owned()) };
        }
        match format!("{}:{text}", super::VERSION).parse()? {
            // What operators may do is asked of the button itself.
            Button::Join(_) | Button::Desk(_) => Err(Stale),
            button => Ok(Self::Press(Box::new(button))),
        }
    }
}
