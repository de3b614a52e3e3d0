//! A day's balance sheet as a table.

use super::{Action, Key, Screen, View, paragraphs};
use crate::callback::{Button, Desk};
use domain::{Money, Row, Sheet};
use jiff::civil::Date;
use locale::escape;

/// The sheet; differences are marked.
pub fn sheet(view: &View<'_>, sheet: &Sheet) -> Screen {
    let outcome = match (sheet.next_at, sheet.is_balanced()) {
        (Some(_), _) => "sheet-counting",
        (None, true) => "sheet-balanced",
        (None, false) => "sheet-unbalanced",
    };
    let table = if sheet.rows.is_empty() { view.html("sheet-empty", &[]) } else { table(view, &sheet.rows) };
    let text = paragraphs([title(view, sheet.day), table, view.html(outcome, &[])]);
    Screen { text, keyboard: turn(sheet.day) }
}

/// No sheet was made for `day`.
pub fn no_sheet(view: &View<'_>, day: Date) -> Screen {
    let text = paragraphs([title(view, day), view.html("sheet-none", &[])]);
    Screen { text, keyboard: turn(day) }
}

fn title(view: &View<'_>, day: Date) -> String {
    view.html("sheet-title", &[("day", day.to_string().into())])
}

/// To the days beside it.
fn turn(day: Date) -> Vec<Vec<Key>> {
    let key = |arrow: &str, day: Date| Key {
        label: format!("{arrow} {day}"),
        action: Action::Press(Button::Desk(Desk::Sheet(day))),
    };
    let before = day.yesterday().ok().map(|day| key("⬅️", day));
    let after = day.tomorrow().ok().map(|day| key("➡️", day));
    vec![before.into_iter().chain(after).collect()]
}

/// Narrow enough for a phone: three columns of sums, and below a row what else there is to say about it.
fn table(view: &View<'_>, rows: &[Row]) -> String {
    let column = |key: &str| view.texts.plain(key, &[]);
    let head = line([column("sheet-paid"), column("sheet-books"), column("sheet-difference")]);
    let mut told = vec![head];
    for row in rows {
        let money = |minor| Money::new(minor, row.currency).to_decimal();
        let mark = if row.difference() == 0 { "" } else { " ⚠️" };
        told.push(format!("{} {} ×{}{mark}", row.provider, row.currency, row.count));
        told.push(line([row.paid, row.credited + row.held, row.difference()].map(money)));
        told.extend(notes(view, row));
    }
    format!("<pre>{}</pre>", escape(&told.join("\n")))
}

fn notes(view: &View<'_>, row: &Row) -> Vec<String> {
    let note = |key: &str, minor: i64| {
        let price = Money::new(minor, row.currency).to_decimal();
        (minor != 0).then(|| view.texts.plain(key, &[("price", price.into())]))
    };
    let unasked =
        (row.unasked > 0).then(|| view.texts.plain("sheet-unasked", &[("count", row.unasked.into())]));
    let notes = [note("sheet-held", row.held), note("sheet-refunded", row.refunded), unasked];
    notes.into_iter().flatten().map(|note| format!("  {note}")).collect()
}

fn line(columns: [String; 3]) -> String {
    let [paid, books, difference] = columns;
    format!("{paid:>11}{books:>11}{difference:>11}")
}
