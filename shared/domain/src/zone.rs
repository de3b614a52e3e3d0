//! Time zones that people can choose from: one place for every offset in use, by its name in the IANA database, so that
//! summer time needs no care.

use crate::{Actor, Decision, Event, EventKind, IdError, Record, User};
use jiff::Timestamp;
use std::{fmt, str::FromStr};

/// A time zone of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Zone(&'static str);

impl Zone {
    /// All of them, from west to east.
    pub const ALL: [Self; 36] = [
        Self("Etc/GMT+12"),
        Self("Pacific/Pago_Pago"),
        Self("Pacific/Honolulu"),
        Self("America/Anchorage"),
        Self("America/Los_Angeles"),
        Self("America/Denver"),
        Self("America/Chicago"),
        Self("America/New_York"),
        Self("America/Caracas"),
        Self("America/Sao_Paulo"),
        Self("Atlantic/South_Georgia"),
        Self("Atlantic/Cape_Verde"),
        Self("UTC"),
        Self("Europe/London"),
        Self("Europe/Kaliningrad"),
        Self("Europe/Berlin"),
        Self("Europe/Kyiv"),
        Self("Europe/Istanbul"),
        Self("Europe/Minsk"),
        Self("Europe/Moscow"),
        Self("Asia/Tehran"),
        Self("Asia/Dubai"),
        Self("Europe/Samara"),
        Self("Asia/Tashkent"),
        Self("Asia/Almaty"),
        Self("Asia/Yekaterinburg"),
        Self("Asia/Kolkata"),
        Self("Asia/Omsk"),
        Self("Asia/Novosibirsk"),
        Self("Asia/Irkutsk"),
        Self("Asia/Yakutsk"),
        Self("Asia/Vladivostok"),
        Self("Asia/Magadan"),
        Self("Asia/Kamchatka"),
        Self("Pacific/Tongatapu"),
        Self("Pacific/Kiritimati"),
    ];

    /// Its name in the IANA database.
    pub const fn name(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl FromStr for Zone {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::ALL.into_iter().find(|zone| zone.0 == text).ok_or(IdError { kind: "time zone of the list" })
    }
}

/// The buyer chose `zone`; `None` = the shop's.
pub fn choose(user: &User, zone: Option<Zone>, now: Timestamp) -> Decision {
    if user.zone == zone {
        return Decision::nothing();
    }
    let key = format!("zone/{}", user.version);
    let event = Event::new(user.id, now, Actor::Buyer, EventKind::ZoneChosen { zone }, &key);
    let next = User { zone, ..user.clone() };
    Decision { once: None, records: vec![Record::User(next)], events: vec![event] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_zone_is_known_and_fits_a_button() {
        for zone in Zone::ALL {
            assert!(jiff::tz::TimeZone::get(zone.name()).is_ok(), "{zone}");
            assert_eq!(zone.name().parse(), Ok(zone));
            assert!(zone.name().len() <= 32);
        }
        assert!("Europe/Nowhere".parse::<Zone>().is_err());
    }
}
