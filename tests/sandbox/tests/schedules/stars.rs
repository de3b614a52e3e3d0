//! Telegram as a till: who paid which invoice with which charge, and the updates that tell the bot. The words are those of
//! the Bot API; what the bot would show is left out.

use domain::{PaymentId, UserId};
use serde_json::{Value, json};
use standin_providers::{NotPossible, OrderView};

use crate::plan::Deed;

#[derive(Debug, Default)]
pub struct StarTill {
    invoices: Vec<Invoice>,
    updates: Vec<Value>,
    serial: u64,
}

#[derive(Debug)]
struct Invoice {
    payload: PaymentId,
    amount: i64,
    recurring: bool,
    charges: Vec<Charge>,
}

#[derive(Debug)]
struct Charge {
    id: String,
    refunded: bool,
}

impl StarTill {
    /// The bot sends an invoice, or the same one again.
    pub fn open(&mut self, payload: PaymentId, amount: i64, recurring: bool) {
        if !self.invoices.iter().any(|invoice| invoice.payload == payload) {
            self.invoices.push(Invoice { payload, amount, recurring, charges: Vec::new() });
        }
    }

    pub fn orders(&self) -> Vec<OrderView> {
        let view = |invoice: &Invoice| {
            let count = |refunded: bool| {
                let charges = invoice.charges.iter().filter(|charge| !refunded || charge.refunded);
                invoice.amount * i64::try_from(charges.count()).unwrap()
            };
            OrderView {
                id: invoice.payload.to_string(),
                order: Some(invoice.payload.to_string()),
                minor: invoice.amount,
                currency: "XTR".to_owned(),
                status: if invoice.charges.is_empty() { "open" } else { "paid" }.to_owned(),
                open: invoice.charges.is_empty(),
                paid_minor: count(false),
                refunded_minor: count(true),
                description: String::new(),
                return_url: String::new(),
            }
        };
        self.invoices.iter().map(view).collect()
    }

    /// `asked`: the bot said that the Stars may be taken. An invoice that was answered twice is paid twice.
    pub fn act(&mut self, buyer: UserId, id: &str, deed: Deed, asked: bool) -> Result<(), NotPossible> {
        let place = self.invoices.iter().position(|invoice| invoice.payload.to_string() == id);
        let invoice = &mut self.invoices[place.ok_or(NotPossible::Unknown)?];
        let paid = !invoice.charges.is_empty();
        match deed {
            Deed::Pay if asked => self.charge(buyer, id, 1),
            Deed::PayAndRepeat if asked => self.charge(buyer, id, 2),
            Deed::PayAgain if paid => self.charge(buyer, id, 1),
            Deed::Refund(_) => {
                let charge = invoice.charges.iter_mut().rev().find(|charge| !charge.refunded);
                let charge = charge.ok_or_else(|| NotPossible::State("without Stars".to_owned()))?;
                charge.refunded = true;
                let charge = charge.id.clone();
                self.tell_refund(buyer, &charge);
                Ok(())
            }
            _ => Err(NotPossible::State("not to be paid so".to_owned())),
        }
    }

    fn charge(&mut self, buyer: UserId, id: &str, times: usize) -> Result<(), NotPossible> {
        self.serial += 1;
        let charge = format!("stx{:x}Q{:08}", buyer.0, self.serial);
        let invoice = self.invoices.iter_mut().find(|invoice| invoice.payload.to_string() == id);
        let invoice = invoice.ok_or(NotPossible::Unknown)?;
        let mut payment = json!({
            "currency": "XTR", "total_amount": invoice.amount, "invoice_payload": id,
            "telegram_payment_charge_id": charge, "provider_payment_charge_id": format!("{buyer}_{}", self.serial),
        });
        if invoice.recurring {
            payment["is_recurring"] = true.into();
            payment["is_first_recurring"] = invoice.charges.is_empty().into();
        }
        invoice.charges.push(Charge { id: charge, refunded: false });
        for _ in 0..times {
            self.tell(buyer, "successful_payment", &payment);
        }
        Ok(())
    }

    /// `refundStarPayment`; the description if Telegram refuses.
    pub fn send_back(&mut self, buyer: UserId, charge: &str) -> Option<&'static str> {
        let mut charges = self.invoices.iter_mut().flat_map(|invoice| &mut invoice.charges);
        match charges.find(|known| known.id == charge) {
            None => Some("Bad Request: CHARGE_ID_INVALID"),
            Some(known) if known.refunded => Some("Bad Request: CHARGE_ALREADY_REFUNDED"),
            Some(known) => {
                known.refunded = true;
                self.tell_refund(buyer, charge);
                None
            }
        }
    }

    fn tell_refund(&mut self, buyer: UserId, charge: &str) {
        let of = |invoice: &&Invoice| invoice.charges.iter().any(|known| known.id == charge);
        let Some(invoice) = self.invoices.iter().find(of) else { return };
        let refund = json!({
            "currency": "XTR", "total_amount": invoice.amount, "invoice_payload": invoice.payload.to_string(),
            "telegram_payment_charge_id": charge,
        });
        self.tell(buyer, "refunded_payment", &refund);
    }

    fn tell(&mut self, buyer: UserId, kind: &str, payment: &Value) {
        let number = self.updates.len() + 1;
        let mut update = json!({
            "update_id": number,
            "message": {
                "message_id": number, "date": 1_795_000_000,
                "chat": { "id": buyer.0, "type": "private", "first_name": "Anna" },
                "from": { "id": buyer.0, "is_bot": false, "first_name": "Anna", "language_code": "en" },
            },
        });
        update["message"][kind] = payment.clone();
        self.updates.push(update);
    }

    pub fn take_updates(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.updates).iter().map(|update| update.to_string().into_bytes()).collect()
    }
}
