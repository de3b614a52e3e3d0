//! Telegram Stars: invoices out, charges in. Everything goes through the bot, so there is no gateway here.
//!
//! Protocol facts: Bot API 10.3, `sendInvoice`, `createInvoiceLink`, `SuccessfulPayment`, `RefundedPayment`.

use crate::{Fetched, Limits, Verified, text};
use domain::{
    Currency, Money, Payment, Provider,
    credit::{Report, Status},
};
use serde::Deserialize;
use thiserror::Error;

/// What one invoice may cost. Telegram documents 10 000 for subscriptions only; more than that is refused here rather
/// than at the moment of paying.
pub const LIMITS: Limits =
    Limits { min: Money::new(1, Currency::Xtr), max: Money::new(10_000, Currency::Xtr) };

/// The buyer's texts for an invoice, translated.
#[derive(Debug, Clone, Copy)]
pub struct Texts<'a> {
    /// The product.
    pub title: &'a str,
    /// What it gives.
    pub description: &'a str,
    /// The one price line.
    pub label: &'a str,
}

/// The fields of `sendInvoice` and `createInvoiceLink` that describe a payment in Stars; `provider_token` stays empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    /// 1-32 characters.
    pub title: String,
    /// 1-255 characters.
    pub description: String,
    /// Our payment's id; at most 128 bytes.
    pub payload: String,
    /// Always `XTR`.
    pub currency: &'static str,
    /// The label of the one price.
    pub label: String,
    /// Whole Stars.
    pub amount: i64,
}

/// Why there is no invoice for a payment, or no payment in a charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum StarsError {
    /// The money is not a number of Stars that one invoice takes.
    #[error("not an amount of Stars that an invoice takes")]
    Amount,
    /// A text is empty.
    #[error("an invoice's text is empty")]
    Text,
    /// The charge has no id, or one that no charge has.
    #[error("not the id of a charge")]
    Charge,
}

impl Invoice {
    /// The invoice for `payment`; texts are cut to Telegram's limits.
    pub fn of(payment: &Payment, texts: Texts<'_>) -> Result<Self, StarsError> {
        if !LIMITS.allow(payment.amount) {
            return Err(StarsError::Amount);
        }
        let invoice = Self {
            title: text::cut(texts.title, 32),
            description: text::cut(texts.description, 255),
            payload: payment.id.to_string(),
            currency: Currency::Xtr.code(),
            label: text::cut(texts.label, 32),
            amount: payment.amount.minor,
        };
        let empty = [&invoice.title, &invoice.description, &invoice.label].into_iter().any(String::is_empty);
        if empty { Err(StarsError::Text) } else { Ok(invoice) }
    }
}

/// A charge as Telegram reports it: `message.successful_payment`, and `message.refunded_payment` with the same fields.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StarCharge {
    /// `XTR`.
    pub currency: String,
    /// Whole Stars.
    pub total_amount: i64,
    /// What we put into the invoice.
    pub invoice_payload: String,
    /// The id of this charge. An invoice can be paid again: every charge has its own.
    pub telegram_payment_charge_id: String,
}

/// The charge of a `successful_payment`. `test`: the bot works in Telegram's test environment.
///
/// To be called only with a charge from an update that is known to be Telegram's: the webhook's secret token was compared,
/// or the update was polled from the Bot API. That comparison is the verification this function stands for.
pub fn paid(charge: &StarCharge, test: bool) -> Result<Verified<Fetched>, StarsError> {
    fetched(charge, test, Status::Paid(amount(charge)?))
}

/// The charge of a `refunded_payment`: Stars go back whole. The same duty as with [`paid`].
pub fn refunded(charge: &StarCharge, test: bool) -> Result<Verified<Fetched>, StarsError> {
    fetched(charge, test, Status::Refunded(amount(charge)?))
}

fn amount(charge: &StarCharge) -> Result<Money, StarsError> {
    let money = Money::new(charge.total_amount, Currency::Xtr);
    if charge.currency == Currency::Xtr.code() && money.is_positive() {
        Ok(money)
    } else {
        Err(StarsError::Amount)
    }
}

fn fetched(charge: &StarCharge, test: bool, status: Status) -> Result<Verified<Fetched>, StarsError> {
    let id = &charge.telegram_payment_charge_id;
    // It becomes part of a key; no length is documented, the known ones have about 40 visible characters.
    if !(1..=256).contains(&id.len()) || !id.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(StarsError::Charge);
    }
    Ok(Verified::new(Fetched {
        payment: charge.invoice_payload.parse().ok(),
        report: Report { external_id: id.clone(), status, test },
        provider: Provider::Stars,
    }))
}
