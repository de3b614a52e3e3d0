//! Buttons of what is the person's own: profile, payments, time zone, e-mail address.

use super::{Stale, number, read};
use domain::{PaymentId, Zone};
use std::fmt;

/// A button about the person's own things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Own {
    /// The profile.
    Profile,
    /// A page of the payments, from 0.
    Payments(u8),
    /// A payment, and the page of the list it stands on.
    Paid(PaymentId, u8),
    /// A page of the time zones, from 0; `None` = the page of the present one.
    Zones(Option<u8>),
    /// Show dates in this zone; `None` = in the shop's.
    Zone(Option<Zone>),
    /// The e-mail address.
    Email,
    /// Ask for an address.
    EmailAsk,
    /// Send another code.
    EmailAgain,
    /// Take the address off; `false`: really?
    EmailRemove(bool),
    /// Letters, or none.
    Letters(bool),
}

impl fmt::Display for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Profile => f.write_str("profile"),
            Self::Payments(page) => write!(f, "pays:{page}"),
            Self::Paid(payment, page) => write!(f, "paid:{payment}:{page}"),
            Self::Zones(None) => f.write_str("zones"),
            Self::Zones(Some(page)) => write!(f, "zones:{page}"),
            Self::Zone(None) => f.write_str("nozone"),
            Self::Zone(Some(zone)) => write!(f, "zone:{zone}"),
            Self::Email => f.write_str("email"),
            Self::EmailAsk => f.write_str("emailask"),
            Self::EmailAgain => f.write_str("emailagain"),
            Self::EmailRemove(false) => f.write_str("emailoff"),
            Self::EmailRemove(true) => f.write_str("emailoffnow"),
            Self::Letters(true) => f.write_str("letters:on"),
            Self::Letters(false) => f.write_str("letters:off"),
        }
    }
}

/// The button that is written so; `None` if it is none of these.
pub(super) fn of(parts: &[&str]) -> Result<Option<Own>, Stale> {
    Ok(Some(match parts {
        ["profile"] => Own::Profile,
        ["pays", page] => Own::Payments(number(page)?),
        ["paid", payment, page] => Own::Paid(read(payment)?, number(page)?),
        ["zones"] => Own::Zones(None),
        ["zones", page] => Own::Zones(Some(number(page)?)),
        ["nozone"] => Own::Zone(None),
        ["zone", zone] => Own::Zone(Some(read(zone)?)),
        ["email"] => Own::Email,
        ["emailask"] => Own::EmailAsk,
        ["emailagain"] => Own::EmailAgain,
        ["emailoff"] => Own::EmailRemove(false),
        ["emailoffnow"] => Own::EmailRemove(true),
        ["letters", "on"] => Own::Letters(true),
        ["letters", "off"] => Own::Letters(false),
        _ => return Ok(None),
    }))
}
