//! Payments in Telegram Stars: the ten-second question before, the service message and the transaction after.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};

use crate::failure::{Failure, query_is_too_old};
use crate::model::{Content, Invoice, Place, set};
use crate::state::{Draft, State};

/// How long the server waits for `answerPreCheckoutQuery`.
pub(crate) const PRE_CHECKOUT_WINDOW: SignedDuration = SignedDuration::from_secs(10);
/// The only subscription period there is, in seconds: 30 days.
pub(crate) const SUBSCRIPTION_PERIOD: i64 = 2_592_000;

/// What became of an attempt to pay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum CheckoutOutcome {
    /// The bot still has time to answer.
    Waiting,
    /// Paid; the bot was told by a `successful_payment`.
    Paid {
        /// `telegram_payment_charge_id`.
        charge_id: String,
    },
    /// The bot refused.
    Declined {
        /// What the person is shown.
        message: String,
    },
    /// The bot did not answer within ten seconds; nothing was paid.
    TimedOut,
}

#[derive(Clone, Debug)]
pub(crate) struct Checkout {
    pub(crate) user_id: i64,
    pub(crate) invoice: Invoice,
    pub(crate) asked: Timestamp,
    pub(crate) outcome: CheckoutOutcome,
}

impl Checkout {
    /// The outcome as of `now`.
    pub(crate) fn outcome_at(&self, now: Timestamp) -> CheckoutOutcome {
        match self.outcome {
            CheckoutOutcome::Waiting if now > self.asked + PRE_CHECKOUT_WINDOW => CheckoutOutcome::TimedOut,
            _ => self.outcome.clone(),
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Subscription {
    pub(crate) user_id: i64,
    pub(crate) invoice: Invoice,
    pub(crate) canceled_by_person: bool,
    pub(crate) canceled_by_bot: bool,
}

/// A payment to be booked.
struct Payment<'a> {
    user_id: i64,
    invoice: &'a Invoice,
    renewal: bool,
}

impl State {
    /// A person pressed Pay: asks the bot and answers the update, `None` if the bot does not want such updates.
    pub(crate) fn begin_checkout(&mut self, user_id: i64, invoice: Invoice) -> Option<Value> {
        let id = self.query_id();
        let question = json!({
            "id": id, "from": self.user_json(user_id)?, "currency": invoice.currency,
            "total_amount": invoice.total_amount, "invoice_payload": invoice.payload,
        });
        let checkout = Checkout { user_id, invoice, asked: self.now, outcome: CheckoutOutcome::Waiting };
        self.checkouts.insert(id, checkout);
        self.queue.push("pre_checkout_query", &question, self.now)
    }

    /// The bot's answer to the question; a refusal has a message.
    pub(crate) fn answer_checkout(&mut self, query_id: &str, refusal: Option<&str>) -> Result<(), Failure> {
        let now = self.now;
        let checkout = self.checkouts.get(query_id).cloned().ok_or_else(query_is_too_old)?;
        if checkout.outcome_at(now) != CheckoutOutcome::Waiting {
            return Err(query_is_too_old());
        }
        let outcome = if let Some(message) = refusal {
            CheckoutOutcome::Declined { message: message.to_owned() }
        } else {
            let (user_id, invoice) = (checkout.user_id, &checkout.invoice);
            let charge_id = self.book(&Payment { user_id, invoice, renewal: false })?;
            CheckoutOutcome::Paid { charge_id }
        };
        if let Some(checkout) = self.checkouts.get_mut(query_id) {
            checkout.outcome = outcome;
        }
        Ok(())
    }

    /// Charges a running subscription again, without asking the bot first; answers the new charge id.
    pub(crate) fn renew(&mut self, first_charge_id: &str) -> Result<String, Failure> {
        let subscription = self.subscriptions.get(first_charge_id).cloned();
        let subscription = subscription.filter(|own| !own.canceled_by_person && !own.canceled_by_bot);
        let Some(Subscription { user_id, invoice, .. }) = subscription else {
            return Err(Failure::bad("CHARGE_ID_INVALID"));
        };
        self.book(&Payment { user_id, invoice: &invoice, renewal: true })
    }

    /// Books a payment: transaction, service message, update.
    fn book(&mut self, payment: &Payment<'_>) -> Result<String, Failure> {
        let Payment { user_id, invoice, renewal } = *payment;
        let serial = self.serial();
        let charge_id = format!("stx{user_id:x}Q{serial:08}");
        let mut message = json!({
            "currency": invoice.currency, "total_amount": invoice.total_amount, "invoice_payload": invoice.payload,
            "telegram_payment_charge_id": charge_id, "provider_payment_charge_id": format!("{user_id}_{serial}"),
        });
        if let Some(period) = invoice.subscription_period {
            message["subscription_expiration_date"] = (self.now.as_second() + period).into();
            message["is_recurring"] = true.into();
            if !renewal {
                message["is_first_recurring"] = true.into();
                let invoice = invoice.clone();
                let subscription =
                    Subscription { user_id, invoice, canceled_by_person: false, canceled_by_bot: false };
                self.subscriptions.insert(charge_id.clone(), subscription);
            }
        }
        let source = self.partner(user_id, invoice);
        self.transactions.push(json!({
            "id": charge_id, "amount": invoice.total_amount, "date": self.now.as_second(), "source": source,
        }));
        self.service_message(user_id, Content::Payment(message))?;
        Ok(charge_id)
    }

    /// `refundStarPayment`: gives the Stars of one payment back.
    pub(crate) fn refund(&mut self, user_id: i64, charge_id: &str) -> Result<(), Failure> {
        let of_charge = |side: &'static str| {
            move |transaction: &&Value| {
                transaction["id"] == charge_id && transaction[side]["user"]["id"] == user_id
            }
        };
        if self.transactions.iter().any(|transaction| of_charge("receiver")(&transaction)) {
            return Err(Failure::bad("CHARGE_ALREADY_REFUNDED"));
        }
        let Some(paid) = self.transactions.iter().find(of_charge("source")).cloned() else {
            return Err(Failure::bad("CHARGE_ID_INVALID"));
        };
        let partner = paid["source"].clone();
        let message = json!({
            "currency": "XTR", "total_amount": paid["amount"], "invoice_payload": partner["invoice_payload"],
            "telegram_payment_charge_id": charge_id,
        });
        self.transactions.push(json!({
            "id": charge_id, "amount": paid["amount"], "date": self.now.as_second(), "receiver": partner,
        }));
        self.service_message(user_id, Content::Refund(message))
    }

    fn partner(&self, user_id: i64, invoice: &Invoice) -> Value {
        let mut partner = json!({
            "type": "user", "transaction_type": "invoice_payment", "user": self.user_json(user_id),
            "invoice_payload": invoice.payload,
        });
        set(&mut partner, "subscription_period", invoice.subscription_period);
        partner
    }

    fn service_message(&mut self, user_id: i64, content: Content) -> Result<(), Failure> {
        // Paying by a link opens the chat.
        if let Some(Place::Private { started, .. }) = self.chats.get_mut(&user_id).map(|chat| &mut chat.place)
        {
            *started = true;
        }
        let message = self.post(user_id, Draft::incoming(content))?;
        self.queue.push("message", &message, self.now);
        Ok(())
    }
}
