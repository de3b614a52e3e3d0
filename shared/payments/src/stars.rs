//! Telegram Stars: invoices out, charges in. Everything goes through the bot, so there is no gateway here: only values
//! that the bot sends, and what the bot's updates and answers mean.
//!
//! An invoice for a subscription is a link ([`Invoice::subscription`] for `createInvoiceLink`). Telegram then charges the
//! buyer every 30 days by itself: each time comes another charge with the same payload, and [`SubscriptionChange`] tells
//! when the buyer stops it or a charge fails.
//!
//! Protocol facts: Bot API 10.3, `sendInvoice`, `createInvoiceLink`, `SuccessfulPayment`, `RefundedPayment`,
//! `refundStarPayment`, `BotSubscriptionUpdated`.

use crate::{Fetched, Limits, RefundOrder, Verified, text};
use domain::{
    Currency, Money, Payment, PaymentId, Provider, UserId,
    credit::{Report, Status},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What one invoice may cost. Telegram documents 10 000 for subscriptions only; more than that is refused here rather
/// than at the moment of paying.
pub const LIMITS: Limits =
    Limits { min: Money::new(1, Currency::Xtr), max: Money::new(10_000, Currency::Xtr) };

/// The one period of subscriptions that Telegram offers, in seconds: 30 days.
pub const SUBSCRIPTION_PERIOD: u32 = 2_592_000;

/// What Telegram answers to `refundStarPayment` for a charge whose Stars went back before.
const REFUNDED_BEFORE: &str = "CHARGE_ALREADY_REFUNDED";

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
    /// Seconds until Telegram charges again; `None` = never. Only `createInvoiceLink` knows it.
    pub subscription_period: Option<u32>,
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
    /// Stars go back whole only.
    #[error("Stars go back whole only")]
    Part,
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
            subscription_period: None,
        };
        let empty = [&invoice.title, &invoice.description, &invoice.label].into_iter().any(String::is_empty);
        if empty { Err(StarsError::Text) } else { Ok(invoice) }
    }

    /// The same as a subscription of 30 days each; at most 10 000 Stars.
    pub fn subscription(payment: &Payment, texts: Texts<'_>) -> Result<Self, StarsError> {
        Ok(Self { subscription_period: Some(SUBSCRIPTION_PERIOD), ..Self::of(payment, texts)? })
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
    /// Until when a subscription is paid, in seconds since 1970.
    #[serde(default)]
    pub subscription_expiration_date: Option<i64>,
    /// A charge of a subscription.
    #[serde(default)]
    pub is_recurring: bool,
    /// The first charge of a subscription.
    #[serde(default)]
    pub is_first_recurring: bool,
}

impl StarCharge {
    /// Telegram charged a subscription again, without the buyer.
    pub fn is_renewal(&self) -> bool {
        self.is_recurring && !self.is_first_recurring
    }

    /// Until when the subscription is paid.
    pub fn paid_until(&self) -> Option<Timestamp> {
        Timestamp::from_second(self.subscription_expiration_date?).ok()
    }
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

/// The request `refundStarPayment`, to be sent by the bot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StarRefund {
    /// Who paid.
    pub user_id: i64,
    /// Which charge goes back.
    pub telegram_payment_charge_id: String,
}

impl StarRefund {
    /// The request for `order`, which must be about all that was paid.
    pub fn of(order: &RefundOrder<'_>) -> Result<Self, StarsError> {
        if order.amount != order.payment.amount {
            return Err(StarsError::Part);
        }
        let id = order.payment.external_id.as_deref().ok_or(StarsError::Charge)?;
        Ok(Self { user_id: order.payment.user.0, telegram_payment_charge_id: charge_id(id)?.to_owned() })
    }
}

/// What Telegram's answer to [`StarRefund`] means. `refusal` is the description of a plain refusal (status 400), `None` the
/// success; anything else (no answer, 429, 5xx) leaves the outcome open: send the same again. A refund that was made
/// before is a success, so that repeating is safe.
///
/// To be called only with an answer of the Bot API itself.
pub fn answered(
    order: &RefundOrder<'_>,
    refusal: Option<&str>,
    test: bool,
) -> Result<Verified<Fetched>, StarsError> {
    let request = StarRefund::of(order)?;
    let status = match refusal {
        Some(why) if !why.contains(REFUNDED_BEFORE) => Status::RefundFailed(why.to_owned()),
        _ => Status::Refunded(order.amount),
    };
    Ok(Verified::new(Fetched {
        payment: Some(order.payment.id),
        report: Report { external_id: request.telegram_payment_charge_id, status, test, saved: None },
        provider: Provider::Stars,
    }))
}

/// The update `subscription`: what the buyer or Telegram did to a subscription. Access stays until the end of the period
/// that is paid.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SubscriptionChange {
    user: Subscriber,
    invoice_payload: String,
    /// What became of it.
    pub state: SubscriptionState,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Subscriber {
    id: i64,
}

/// The states that Telegram tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionState {
    /// The buyer stopped it.
    Canceled,
    /// The buyer took it up again.
    Active,
    /// A charge failed.
    Failed,
    /// One that is newer than this code.
    #[serde(other)]
    Unknown,
}

impl SubscriptionChange {
    /// Whose subscription.
    pub fn user(&self) -> UserId {
        UserId(self.user.id)
    }

    /// Which payment opened it; `None` if it is none of ours.
    pub fn payment(&self) -> Option<PaymentId> {
        PaymentId::from_order(&self.invoice_payload)
    }
}

/// It becomes part of a key; no length is documented, the known ones have about 40 visible characters.
fn charge_id(id: &str) -> Result<&str, StarsError> {
    let proper = (1..=256).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic());
    if proper { Ok(id) } else { Err(StarsError::Charge) }
}

fn fetched(charge: &StarCharge, test: bool, status: Status) -> Result<Verified<Fetched>, StarsError> {
    let external_id = charge_id(&charge.telegram_payment_charge_id)?.to_owned();
    Ok(Verified::new(Fetched {
        payment: PaymentId::from_order(&charge.invoice_payload),
        report: Report { external_id, status, test, saved: None },
        provider: Provider::Stars,
    }))
}
