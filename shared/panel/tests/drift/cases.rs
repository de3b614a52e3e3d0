//! The fields, and what is done to each.

use crate::{
    side::{PREMIUM, SECOND, Side, on},
    support::GIB,
};
use domain::TrafficReset;
use panel::Desired;
use std::fmt::Write;

/// What happens in a panel.
#[derive(Debug, Clone, Copy)]
pub enum Event {
    /// Nothing: there is no such field.
    None,
    /// A person edits these fields of the API; dates are `day 45`, sizes `500 GiB`.
    Edit(&'static str),
    /// All traffic is used.
    Use,
    /// So many days pass.
    Pass(i64),
    /// A person deletes it.
    Delete,
}

/// What the shop wants instead of what it wanted, in words and done.
type Wish = (&'static str, fn(&Side, &mut Desired));

/// A field.
#[derive(Debug)]
pub struct Case {
    /// Its name in the document.
    pub field: &'static str,
    /// The shop's change; without one the shop has no say.
    pub shop: Option<Wish>,
    /// The shop's change is one of this field; else it only goes with what happens in the panel.
    pub alone: bool,
    /// What happens in a Remnawave.
    pub remnawave: Event,
    /// What happens in a Marzban.
    pub marzban: Event,
    /// A refund matters.
    pub refunds: bool,
}

const LATER: Wish = ("end: day 60", |_, want| want.access.end = on(60));

const fn case(field: &'static str, shop: Option<Wish>, remnawave: Event, marzban: Event) -> Case {
    Case { field, shop, alone: true, remnawave, marzban, refunds: false }
}

/// Every field. A month of 100 GiB that began on day 0 was confirmed before.
pub const CASES: [Case; 14] = [
    Case {
        refunds: true,
        ..case(
            "end, later",
            Some(LATER),
            Event::Edit(r#"{"expireAt":"day 45"}"#),
            Event::Edit(r#"{"expire":"day 45"}"#),
        )
    },
    Case {
        refunds: true,
        ..case(
            "end, earlier",
            Some(("end: day 20", |_, want| want.access.end = on(20))),
            Event::Edit(r#"{"expireAt":"day 10"}"#),
            Event::Edit(r#"{"expire":"day 10"}"#),
        )
    },
    case(
        "traffic limit",
        Some(("200 GiB", |_, want| want.access.traffic_limit = 200 * GIB)),
        Event::Edit(r#"{"trafficLimitBytes":"500 GiB"}"#),
        Event::Edit(r#"{"data_limit":"500 GiB"}"#),
    ),
    case(
        "reset rule",
        Some(("every week", |_, want| want.access.traffic_reset = TrafficReset::Week)),
        Event::Edit(r#"{"trafficLimitStrategy":"DAY"}"#),
        Event::Edit(r#"{"data_limit_reset_strategy":"year"}"#),
    ),
    case(
        "device limit",
        Some(("5", |_, want| want.access.device_limit = Some(5))),
        Event::Edit(r#"{"hwidDeviceLimit":9}"#),
        Event::None,
    ),
    case(
        "groups of servers",
        Some(("second squad; `trojan`", |side, want| {
            want.access.squads = vec![side.other_group().to_owned()];
        })),
        Event::Edit(r#"{"activeInternalSquads":[]}"#),
        Event::Edit(r#"{"inbounds":{"vless":[]}}"#),
    ),
    case(
        "external squad",
        Some(("premium squad", |_, want| want.access.external_squad = Some(PREMIUM.to_owned()))),
        Event::Edit(r#"{"externalSquadUuid":"gold squad"}"#),
        Event::None,
    ),
    case("Telegram id", None, Event::Edit(r#"{"telegramId":9}"#), Event::None),
    case("mark", None, Event::Edit(r#"{"description":"mine"}"#), Event::Edit(r#"{"note":"mine"}"#)),
    Case {
        alone: false,
        ..case(
            "switched off",
            Some(LATER),
            Event::Edit(r#"{"status":"DISABLED"}"#),
            Event::Edit(r#"{"status":"disabled"}"#),
        )
    },
    Case {
        alone: false,
        ..case(
            "used up",
            Some(("200 GiB", |_, want| want.access.traffic_limit = 200 * GIB)),
            Event::Use,
            Event::Use,
        )
    },
    Case { alone: false, ..case("run out", Some(LATER), Event::Pass(31), Event::Pass(31)) },
    case(
        "name",
        Some(("`tg_7_2`", |_, want| "tg_7_2".clone_into(&mut want.username))),
        Event::None,
        Event::None,
    ),
    Case { alone: false, ..case("deleted", Some(LATER), Event::Delete, Event::Delete) },
];

impl Event {
    fn tell(self) -> String {
        match self {
            Self::None => "—".to_owned(),
            Self::Edit(fields) => format!("`{fields}`"),
            Self::Use => "100 GiB are used".to_owned(),
            Self::Pass(days) => format!("{days} days pass"),
            Self::Delete => "the account is deleted".to_owned(),
        }
    }
}

/// The changes as the document shows them.
pub fn table() -> String {
    let mut table =
        "| field | the shop then wants | in Remnawave | in Marzban |\n|---|---|---|---|\n".to_owned();
    for Case { field, shop, remnawave, marzban, .. } in &CASES {
        let wish = shop.map_or("—", |(wish, _)| wish);
        writeln!(table, "| {field} | {wish} | {} | {} |", remnawave.tell(), marzban.tell()).unwrap();
    }
    table
}

/// The squads by their names in the document.
pub const NAMES: [(&str, &str); 4] = [
    (SECOND, "second squad"),
    (PREMIUM, "premium squad"),
    (crate::side::GOLD, "gold squad"),
    (standin_panels::remnawave::DEFAULT_SQUAD, "first squad"),
];
