//! The daily balance sheet: every payment of a day is asked about at its provider and compared with the books.

use crate::{
    Rulebook, ShopError,
    confirm::{self, Loaded},
};
use domain::{Money, Payment, Sheet, credit::Status};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use payments::{Asking, Gateways};
use store::Store;

/// So many payments are compared in one round.
const PAGE: i32 = 25;

/// Begins the sheet of the day before `now` (UTC), unless it was begun. To be called once a day; more is harmless.
pub async fn begin(store: &Store, now: Timestamp) -> Result<Date, ShopError> {
    let today = now.to_zoned(TimeZone::UTC).date();
    let day = today.yesterday().unwrap_or(today);
    let decision = domain::Decision {
        once: None,
        records: vec![domain::Record::Sheet(Sheet::begin(day, now))],
        events: Vec::new(),
    };
    store.commit(&decision).await?;
    Ok(day)
}

/// Counts the next page of a sheet. What the provider took and the books did not know is credited on the way.
pub(crate) async fn turn(
    store: &Store,
    gateways: &Gateways,
    rules: &Rulebook,
    day: Date,
    now: Timestamp,
) -> Result<(), ShopError> {
    let Some(mut sheet) = store.sheet(day).await? else { return Ok(()) };
    if sheet.next_at.is_none_or(|at| at > now) {
        return Ok(());
    }
    let (payments, cursor) = store.payments_of_day(day, sheet.cursor.clone(), PAGE).await?;
    for payment in payments {
        let (payment, at_provider) = compare(store, gateways, rules, payment, now).await?;
        sheet.count(&payment, at_provider);
    }
    // A conflict means that another round counted the same page.
    store.commit(&sheet.turned(cursor, now)).await?;
    Ok(())
}

/// What the provider says was paid for `payment`, which is confirmed by it; `None` if it cannot say.
async fn compare(
    store: &Store,
    gateways: &Gateways,
    rules: &Rulebook,
    payment: Payment,
    now: Timestamp,
) -> Result<(Payment, Option<Money>), ShopError> {
    let gateway = gateways.get(payment.provider).filter(|g| g.abilities().asking != Asking::Never);
    let (Some(gateway), Some(external_id)) = (gateway, payment.external_id.clone()) else {
        return Ok((payment, None));
    };
    let asked = gateway.fetch(&crate::checkout::object(&payment, &external_id)).await;
    let fetched = match asked {
        Ok(Some(fetched)) => fetched,
        Ok(None) => return Ok((payment.clone(), Some(Money::new(0, payment.amount.currency)))),
        Err(error) => {
            tracing::warn!(payment.id = %payment.id, %error, "could not be compared");
            return Ok((payment, None));
        }
    };
    let gross = match &fetched.report.status {
        Status::Paid(paid) => Some(*paid),
        Status::Pending | Status::Canceled(_) => Some(Money::new(0, payment.amount.currency)),
        // What went back had come before; how much that was, the books say.
        Status::Refunded(_) | Status::RefundedPart { .. } | Status::RefundFailed(_) | Status::Disputed(_) => {
            None
        }
    };
    let state = store.user_state(payment.user).await?;
    let confirmed = confirm::report(store, Loaded { payment, state }, &fetched.report, rules, now).await?;
    Ok((confirmed.payment, gross))
}
