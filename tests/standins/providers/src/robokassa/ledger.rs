//! Robokassa's books: payments, refunds, and what ResultURL is told.

use super::request::NewPayment;
use crate::{NotPossible, OrderView};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// How long a slow payment takes.
const SLOW: SignedDuration = SignedDuration::from_mins(65);
/// How long a refund is worked on.
const REFUND: SignedDuration = SignedDuration::from_mins(1);

const BEGUN: u16 = 5;
const CANCELED: u16 = 10;
const RECEIVED: u16 = 50;
const RETURNED: u16 = 60;
const DONE: u16 = 100;

struct Payment {
    new: NewPayment,
    state: u16,
    op_key: String,
    /// A slow payment: when it arrives.
    due: Option<Timestamp>,
}

struct Refund {
    id: String,
    payment: usize,
    minor: i64,
    label: &'static str,
    created_at: Timestamp,
}

/// What ResultURL is told: the fields without the signature, and whether it is a test.
type Notice = (Vec<(String, String)>, bool);

#[derive(Default)]
pub(super) struct Ledger {
    payments: Vec<Payment>,
    refunds: Vec<Refund>,
    notices: Vec<Notice>,
    /// Charges of saved cards are declined.
    pub declines: bool,
}

impl Ledger {
    /// The buyer opens a link: its page, again and again, until it is paid.
    pub fn open(&mut self, new: NewPayment) -> Result<(), String> {
        match self.payments.iter().find(|payment| payment.new.inv_id == new.inv_id) {
            Some(old) if old.new != new => Err("STRICT: another payment with this InvId".to_owned()),
            Some(old) if old.state == BEGUN => Ok(()),
            Some(_) => Err("40 This InvId was paid or canceled".to_owned()),
            None => {
                self.push(new, BEGUN);
                Ok(())
            }
        }
    }

    /// A saved card is charged.
    pub fn charge(&mut self, new: NewPayment) -> Result<(), String> {
        let first = self.payments.iter().find(|payment| Some(&payment.new.inv_id) == new.previous.as_ref());
        let saved = first.is_some_and(|first| first.new.recurring && first.state == DONE);
        if !saved {
            return Err("STRICT: no card was saved with this payment".to_owned());
        }
        if self.payments.iter().any(|payment| payment.new.inv_id == new.inv_id) {
            return Err("40 This InvoiceID was used".to_owned());
        }
        let state = if self.declines { CANCELED } else { DONE };
        let at = self.push(new, state);
        if state == DONE {
            self.tell(at);
        }
        Ok(())
    }

    fn push(&mut self, new: NewPayment, state: u16) -> usize {
        let at = self.payments.len();
        let op_key = format!("7a4f2c1e-0b3d-4a6f-9c2e-{:012x}", at + 1);
        self.payments.push(Payment { new, state, op_key, due: None });
        at
    }

    pub fn pay(&mut self, id: &str, notices: usize, now: Timestamp) -> Result<(), NotPossible> {
        let at = self.begun(id, now)?;
        self.finish(at, notices);
        Ok(())
    }

    pub fn pay_late(&mut self, id: &str, now: Timestamp) -> Result<(), NotPossible> {
        let at = self.begun(id, now)?;
        if let Some(slow) = self.payments.get_mut(at) {
            slow.state = RECEIVED;
            slow.due = now.checked_add(SLOW).ok();
        }
        Ok(())
    }

    /// Nobody is told.
    pub fn cancel(&mut self, id: &str) -> Result<(), NotPossible> {
        let at = self.find(id)?;
        match self.payments.get_mut(at) {
            Some(payment) if payment.state == BEGUN => {
                payment.state = CANCELED;
                Ok(())
            }
            payment => Err(NotPossible::State(payment.map_or("", |payment| word(payment.state)).to_owned())),
        }
    }

    fn finish(&mut self, at: usize, notices: usize) {
        if let Some(paid) = self.payments.get_mut(at) {
            paid.state = DONE;
            paid.due = None;
        }
        for _ in 0..notices {
            self.tell(at);
        }
    }

    fn find(&self, id: &str) -> Result<usize, NotPossible> {
        self.payments.iter().position(|payment| payment.new.inv_id == id).ok_or(NotPossible::Unknown)
    }

    fn begun(&self, id: &str, now: Timestamp) -> Result<usize, NotPossible> {
        let at = self.find(id)?;
        let payment = self.payments.get(at).ok_or(NotPossible::Unknown)?;
        let late = payment.new.expires_at.is_some_and(|expires_at| expires_at <= now);
        if payment.state == BEGUN && !late {
            Ok(at)
        } else {
            Err(NotPossible::State(word(payment.state).to_owned()))
        }
    }

    /// A refund in the cabinet: at once, and ResultURL is not told.
    pub fn refund(&mut self, id: &str, minor: i64, now: Timestamp) -> Result<(), NotPossible> {
        let at = self.find(id)?;
        let refund = self.send_back(at, minor, now)?;
        self.settle(refund, "finished");
        Ok(())
    }

    /// A refund that the shop orders; its id.
    pub fn order_refund(&mut self, key: &str, minor: Option<i64>, now: Timestamp) -> Result<String, String> {
        let found = self.payments.iter().enumerate().find(|(_, payment)| payment.op_key == key);
        let (at, payment) = found.ok_or("The operation was not found")?;
        let minor = minor.unwrap_or(payment.new.minor);
        let refund = self.send_back(at, minor, now).map_err(|why| format!("STRICT: {why}"))?;
        self.refunds.get(refund).map(|refund| refund.id.clone()).ok_or_else(String::new)
    }

    fn send_back(&mut self, at: usize, minor: i64, now: Timestamp) -> Result<usize, NotPossible> {
        let payment = self.payments.get(at).ok_or(NotPossible::Unknown)?;
        if payment.state != DONE {
            return Err(NotPossible::State(word(payment.state).to_owned()));
        }
        let ordered = |refund: &&Refund| refund.payment == at && refund.label != "canceled";
        let gone: i64 = self.refunds.iter().filter(ordered).map(|refund| refund.minor).sum();
        if minor <= 0 || minor > payment.new.minor - gone {
            return Err(NotPossible::Amount);
        }
        let id = format!("3f2b8c14-5d6e-4a7b-8c9d-{:012x}", self.refunds.len() + 1);
        self.refunds.push(Refund { id, payment: at, minor, label: "processing", created_at: now });
        Ok(self.refunds.len() - 1)
    }

    fn settle(&mut self, at: usize, label: &'static str) {
        let Some(refund) = self.refunds.get_mut(at) else { return };
        refund.label = label;
        let payment = refund.payment;
        let gone = self.gone(payment);
        if let Some(payment) = self.payments.get_mut(payment).filter(|payment| payment.new.minor == gone) {
            payment.state = RETURNED;
        }
    }

    fn gone(&self, payment: usize) -> i64 {
        let sent = |refund: &&Refund| refund.payment == payment && refund.label == "finished";
        self.refunds.iter().filter(sent).map(|refund| refund.minor).sum()
    }

    pub fn cancel_refunds(&mut self) {
        self.refunds
            .iter_mut()
            .filter(|refund| refund.label == "processing")
            .for_each(|refund| refund.label = "canceled");
    }

    pub fn refund_state(&self, id: &str) -> Value {
        let found = self.refunds.iter().find(|refund| refund.id == id);
        found.map_or_else(
            || json!({ "message": "The request was not found" }),
            |refund| {
                let kopecks: serde_json::Number =
                    decimal(refund.minor, 2).parse().unwrap_or_else(|_| 0.into());
                json!({ "requestId": refund.id, "amount": kopecks, "label": refund.label })
            },
        )
    }

    /// What time alone does.
    pub fn tick(&mut self, now: Timestamp) {
        for at in 0..self.payments.len() {
            let Some(payment) = self.payments.get_mut(at) else { continue };
            if payment.state == BEGUN && payment.new.expires_at.is_some_and(|expires_at| expires_at <= now) {
                payment.state = CANCELED;
            }
            if payment.due.is_some_and(|due| due <= now) {
                self.finish(at, 1);
            }
        }
        for at in 0..self.refunds.len() {
            let over = |refund: &Refund| {
                refund.label == "processing" && now.duration_since(refund.created_at) >= REFUND
            };
            if self.refunds.get(at).is_some_and(over) {
                self.settle(at, "finished");
            }
        }
    }

    fn tell(&mut self, at: usize) {
        let Some(payment) = self.payments.get(at) else { return };
        let new = &payment.new;
        let mut fields = vec![
            ("OutSum".to_owned(), decimal(new.minor, 6)),
            ("InvId".to_owned(), new.inv_id.clone()),
            ("Fee".to_owned(), decimal(new.minor * 3 / 100, 6)),
            ("EMail".to_owned(), new.email.clone().unwrap_or_default()),
            ("PaymentMethod".to_owned(), "BankCard".to_owned()),
            ("IncCurrLabel".to_owned(), "BankCardPSR".to_owned()),
        ];
        fields.extend(new.shp.iter().cloned());
        if new.test {
            fields.push(("IsTest".to_owned(), "1".to_owned()));
        }
        self.notices.push((fields, new.test));
    }

    pub fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    /// `State` and everything after it, of a payment that is no test; `None` if there is none.
    pub fn operation(&self, id: &str, now: Timestamp) -> Option<String> {
        let payment = self.payments.iter().find(|payment| payment.new.inv_id == id && !payment.new.test)?;
        let (new, sum) = (&payment.new, decimal(payment.new.minor, 6));
        let field = |(name, value): &(String, String)| {
            format!("<Field><Name>{name}</Name><Value>{}</Value></Field>", value.replace('&', "&amp;"))
        };
        let own: String = new.shp.iter().map(field).collect();
        let key = match payment.state {
            DONE | RETURNED => format!("<OpKey>{}</OpKey>", payment.op_key),
            _ => String::new(),
        };
        Some(format!(
            "<State><Code>{state}</Code><RequestDate>{now:.7}</RequestDate><StateDate>{now:.7}</StateDate></State>\
             <Info><IncCurrLabel>BankCardPSR</IncCurrLabel><IncSum>{sum}</IncSum>\
             <IncAccount>220220******4444</IncAccount><PaymentMethod><Code>BankCard</Code>\
             <Description>Банковская карта</Description></PaymentMethod><OutCurrLabel>RUR</OutCurrLabel>\
             <OutSum>{sum}</OutSum>{key}</Info><UserField>{own}</UserField>",
            state = payment.state,
        ))
    }

    pub fn orders(&self) -> Vec<OrderView> {
        let view = |(at, payment): (usize, &Payment)| {
            let new = &payment.new;
            let order = new.shp.iter().find(|(name, _)| name == "Shp_order").map(|(_, value)| value.clone());
            OrderView {
                id: new.inv_id.clone(),
                order,
                minor: new.minor,
                currency: "RUB".to_owned(),
                status: word(payment.state).to_owned(),
                open: payment.state == BEGUN,
                paid_minor: if matches!(payment.state, DONE | RETURNED) { new.minor } else { 0 },
                refunded_minor: self.gone(at),
                description: new.description.clone(),
                return_url: new.return_url.clone(),
            }
        };
        self.payments.iter().enumerate().map(view).collect()
    }
}

fn word(state: u16) -> &'static str {
    match state {
        BEGUN => "begun",
        CANCELED => "canceled",
        RECEIVED => "received",
        RETURNED => "returned",
        _ => "done",
    }
}

/// Rubles with this many decimals.
fn decimal(minor: i64, places: usize) -> String {
    format!("{}.{:0<places$}", minor / 100, format!("{:02}", minor % 100))
}
