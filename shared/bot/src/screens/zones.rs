//! Choosing a time zone.

use super::{Action, Key, Screen, View, paragraphs};
use crate::callback::Own;
use domain::Zone;
use jiff::tz::TimeZone;

/// Buttons of a page, two in a row.
const PAGE: usize = 12;

/// The zones of a page, the present one ticked; `None` = the page of the present one.
pub fn zones(view: &View<'_>, page: Option<u8>) -> Screen {
    let pages = Zone::ALL.len().div_ceil(PAGE);
    let page = page.map_or_else(|| own_page(view), usize::from).min(pages - 1);
    let shown = Zone::ALL.iter().skip(page * PAGE).take(PAGE).map(|zone| key(view, *zone));
    let mut keyboard: Vec<Vec<Key>> = shown.collect::<Vec<_>>().chunks(2).map(<[Key]>::to_vec).collect();
    let turn =
        |key: &str, page: usize| u8::try_from(page).ok().map(|page| view.press(key, Own::Zones(Some(page))));
    let west = page.checked_sub(1).and_then(|page| turn("button-west", page));
    let east = (page + 1 < pages).then(|| turn("button-east", page + 1)).flatten();
    keyboard.push(west.into_iter().chain(east).collect());
    if view.zone.is_some() {
        keyboard.push(vec![view.press("button-zone-shop", Own::Zone(None))]);
    }
    keyboard.push(vec![view.press("button-back", Own::Profile)]);
    let now = view.html("zone-now", &[("date", view.date(view.now).into())]);
    Screen { text: paragraphs([view.html("zone-title", &[]), now]), keyboard }
}

/// Where the clock shows what it shows to the person now.
fn own_page(view: &View<'_>) -> usize {
    let here = view.time_zone().to_offset(view.now);
    let same = |zone: &Zone| match view.zone {
        Some(own) => *zone == own,
        None => offset(view, *zone) == Some(here),
    };
    Zone::ALL.iter().position(same).unwrap_or_default() / PAGE
}

fn offset(view: &View<'_>, zone: Zone) -> Option<jiff::tz::Offset> {
    TimeZone::get(zone.name()).ok().map(|zone| zone.to_offset(view.now))
}

fn key(view: &View<'_>, zone: Zone) -> Key {
    let tick = if view.zone == Some(zone) { "✅ " } else { "" };
    let label = format!("{tick}{}", label(view, zone));
    Key { label, action: Action::Press(Own::Zone(Some(zone)).into()) }
}

/// `Moscow · UTC+03`.
fn label(view: &View<'_>, zone: Zone) -> String {
    let city = view.texts.plain(city(zone), &[]);
    match offset(view, zone).filter(|offset| !offset.is_zero()) {
        Some(offset) => format!("{city} · UTC{offset}"),
        None => format!("{city} · UTC"),
    }
}

/// The zone that the person's dates are shown in.
pub(super) fn present(view: &View<'_>) -> String {
    view.zone.map_or_else(|| view.texts.plain("name-shop-zone", &[]), |zone| label(view, zone))
}

fn city(zone: Zone) -> &'static str {
    match zone.name() {
        "Etc/GMT+12" => "city-baker",
        "Pacific/Pago_Pago" => "city-samoa",
        "Pacific/Honolulu" => "city-honolulu",
        "America/Anchorage" => "city-anchorage",
        "America/Los_Angeles" => "city-los-angeles",
        "America/Denver" => "city-denver",
        "America/Chicago" => "city-chicago",
        "America/New_York" => "city-new-york",
        "America/Caracas" => "city-caracas",
        "America/Sao_Paulo" => "city-sao-paulo",
        "Atlantic/South_Georgia" => "city-south-georgia",
        "Atlantic/Cape_Verde" => "city-praia",
        "Europe/London" => "city-london",
        "Europe/Kaliningrad" => "city-kaliningrad",
        "Europe/Berlin" => "city-berlin",
        "Europe/Kyiv" => "city-kyiv",
        "Europe/Istanbul" => "city-istanbul",
        "Europe/Minsk" => "city-minsk",
        "Europe/Moscow" => "city-moscow",
        "Asia/Tehran" => "city-tehran",
        "Asia/Dubai" => "city-dubai",
        "Europe/Samara" => "city-samara",
        "Asia/Tashkent" => "city-tashkent",
        "Asia/Almaty" => "city-almaty",
        "Asia/Yekaterinburg" => "city-yekaterinburg",
        "Asia/Kolkata" => "city-delhi",
        "Asia/Omsk" => "city-omsk",
        "Asia/Novosibirsk" => "city-novosibirsk",
        "Asia/Irkutsk" => "city-irkutsk",
        "Asia/Yakutsk" => "city-yakutsk",
        "Asia/Vladivostok" => "city-vladivostok",
        "Asia/Magadan" => "city-magadan",
        "Asia/Kamchatka" => "city-kamchatka",
        "Pacific/Tongatapu" => "city-tonga",
        "Pacific/Kiritimati" => "city-kiritimati",
        _ => "city-greenwich",
    }
}
