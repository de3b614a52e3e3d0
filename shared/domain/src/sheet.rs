//! The daily balance sheet: for every provider and currency, what the books say against what the provider says.

use crate::{Actor, Currency, Decision, Event, EventKind, Money, Payment, PaymentState, Provider, Record};
use jiff::{Timestamp, civil::Date};

/// The sums of one provider and currency, in minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Which provider.
    pub provider: Provider,
    /// Which currency.
    pub currency: Currency,
    /// Payments opened.
    pub count: u64,
    /// The sum they were opened for.
    pub created: i64,
    /// What the provider says was paid.
    pub paid: i64,
    /// What our books credited.
    pub credited: i64,
    /// What our books hold for the operator.
    pub held: i64,
    /// What went back of both.
    pub refunded: i64,
    /// Payments that the provider could not be asked about.
    pub unasked: u64,
}

impl Row {
    /// What the provider took and our books do not know; must be nothing.
    pub fn difference(&self) -> i64 {
        self.paid - self.credited - self.held
    }
}

/// A day's payments, counted page by page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// The day (UTC) on which the payments were opened.
    pub day: Date,
    /// One row a provider and currency.
    pub rows: Vec<Row>,
    /// Where the count goes on; `None` = from the beginning.
    pub cursor: Option<String>,
    /// When the count goes on; `None` = it is complete.
    pub next_at: Option<Timestamp>,
    /// 0 = not stored yet.
    pub version: u64,
}

impl Sheet {
    /// An empty sheet, to be counted from `now` on.
    pub fn begin(day: Date, now: Timestamp) -> Self {
        Self { day, rows: Vec::new(), cursor: None, next_at: Some(now), version: 0 }
    }

    /// Counts one payment in. `at_provider` is what the provider says was paid for it; `None` if it cannot be asked, and
    /// then the books are believed.
    pub fn count(&mut self, payment: &Payment, at_provider: Option<Money>) {
        let Payment { provider, amount, .. } = *payment;
        let opened = self.row(provider, amount.currency);
        opened.count += 1;
        opened.created += amount.minor;
        // What came may be of another currency than what was agreed.
        let received = payment.received.unwrap_or(Money::new(0, amount.currency));
        let books = self.row(provider, received.currency);
        books.refunded += payment.refunded + payment.to_balance;
        let held = payment.state == PaymentState::Held;
        *(if held { &mut books.held } else { &mut books.credited }) += received.minor;
        if at_provider.is_none() {
            books.unasked += 1;
        }
        let paid = at_provider.unwrap_or(received);
        self.row(provider, paid.currency).paid += paid.minor;
    }

    fn row(&mut self, provider: Provider, currency: Currency) -> &mut Row {
        let found = self.rows.iter().position(|row| row.provider == provider && row.currency == currency);
        let index = found.unwrap_or_else(|| {
            self.rows.push(Row {
                provider,
                currency,
                count: 0,
                created: 0,
                paid: 0,
                credited: 0,
                held: 0,
                refunded: 0,
                unasked: 0,
            });
            self.rows.len() - 1
        });
        &mut self.rows[index]
    }

    /// No difference anywhere.
    pub fn is_balanced(&self) -> bool {
        self.rows.iter().all(|row| row.difference() == 0)
    }

    /// A page was counted: it goes on at `cursor`, or is complete.
    pub fn turned(mut self, cursor: Option<String>, now: Timestamp) -> Decision {
        let complete = cursor.is_none();
        self.next_at = (!complete).then_some(now);
        self.cursor = cursor;
        self.rows.sort_by_key(|row| (row.provider, row.currency));
        let kind = EventKind::SheetClosed { day: self.day, balanced: self.is_balanced() };
        let key = format!("sheet/{}", self.day);
        let events = if complete { vec![Event::of_shop(now, Actor::System, kind, &key)] } else { Vec::new() };
        Decision { once: None, records: vec![Record::Sheet(self)], events }
    }
}
