//! WATA's books: links, transactions, and the webhooks they cause.

use super::request::{NewLink, Refusal};
use crate::{NotPossible, OrderView};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Value, json, value::RawValue};

/// How long a slow payment takes.
const SLOW: SignedDuration = SignedDuration::from_mins(65);

const TERMINAL: (&str, &str) = ("VPN", "3a165b4e-0000-0000-0000-000000000001");

struct Link {
    id: String,
    new: NewLink,
    open: bool,
    created_at: Timestamp,
}

struct Transaction {
    id: String,
    link: usize,
    /// The charge that a refund sends back.
    original: Option<String>,
    status: &'static str,
    minor: i64,
    created_at: Timestamp,
    /// A slow payment: when it arrives.
    due: Option<Timestamp>,
}

#[derive(Default)]
pub(super) struct Ledger {
    links: Vec<Link>,
    transactions: Vec<Transaction>,
    notices: Vec<Vec<u8>>,
    pub slow_refunds: bool,
}

/// A webhook, with its fields in WATA's order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Notice<'a> {
    transaction_type: &'static str,
    kind: &'static str,
    transaction_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    original_transaction_id: Option<&'a str>,
    transaction_status: &'static str,
    error_code: Option<&'static str>,
    error_description: Option<&'static str>,
    terminal_name: &'static str,
    terminal_public_id: &'static str,
    amount: Box<RawValue>,
    currency: &'a str,
    order_id: &'a str,
    order_description: &'a str,
    payment_time: String,
    commission: Box<RawValue>,
    email: Option<&'a str>,
    payment_link_id: &'a str,
}

impl Transaction {
    fn kind(&self) -> &'static str {
        if self.original.is_some() { "Refund" } else { "Payment" }
    }

    fn error(&self) -> (Option<&'static str>, Option<&'static str>) {
        match self.status {
            "Declined" => (Some("TRA_2999"), Some("Declined by issuer")),
            _ => (None, None),
        }
    }
}

impl Ledger {
    pub fn create(&mut self, new: NewLink, base: &str, now: Timestamp) -> Value {
        let id = id(0x3fa8_5f64, self.links.len());
        self.links.push(Link { id, new, open: true, created_at: now });
        self.links.last().map_or(Value::Null, |link| link.json(base))
    }

    pub fn link(&self, id: &str, base: &str) -> Option<Value> {
        self.links.iter().find(|link| link.id == id).map(|link| link.json(base))
    }

    pub fn links_of(&self, order: &str, base: &str) -> Vec<Value> {
        self.links.iter().filter(|link| link.new.order == order).map(|link| link.json(base)).collect()
    }

    pub fn transaction(&self, id: &str) -> Option<Value> {
        self.transactions.iter().find(|found| found.id == id).and_then(|found| self.json(found))
    }

    pub fn transactions_of(&self, order: &str) -> Vec<Value> {
        let of =
            |found: &&Transaction| self.links.get(found.link).is_some_and(|link| link.new.order == order);
        // The newest first.
        self.transactions.iter().rev().filter(of).filter_map(|found| self.json(found)).collect()
    }

    fn json(&self, of: &Transaction) -> Option<Value> {
        let link = self.links.get(of.link)?;
        let (code, description) = of.error();
        Some(json!({
            "id": of.id,
            "terminalName": TERMINAL.0,
            "terminalPublicId": TERMINAL.1,
            "type": "SBP",
            "kind": of.kind(),
            "originalTransactionId": of.original,
            "amount": number(of.minor),
            "currency": link.new.currency,
            "status": of.status,
            "errorCode": code,
            "errorDescription": description,
            "orderId": link.new.order,
            "orderDescription": link.new.description,
            "creationTime": time(of.created_at),
            "paymentTime": time(of.created_at),
            "totalCommission": number(of.minor * 35 / 1000),
            "paymentLinkId": link.id,
        }))
    }

    /// The buyer pays; with `notices` of 0 nobody is told.
    pub fn pay(
        &mut self,
        id: &str,
        minor: Option<i64>,
        notices: usize,
        now: Timestamp,
    ) -> Result<(), NotPossible> {
        let at = self.attempt(id, minor, now)?;
        if notices > 0 {
            self.tell(at);
        }
        self.settle(at, "Paid", notices);
        Ok(())
    }

    /// The buyer pays, and the bank takes its time.
    pub fn pay_late(&mut self, id: &str, now: Timestamp) -> Result<(), NotPossible> {
        let at = self.attempt(id, None, now)?;
        self.tell(at);
        if let Some(slow) = self.transactions.get_mut(at) {
            slow.status = "Pending";
            slow.due = now.checked_add(SLOW).ok();
        }
        Ok(())
    }

    /// One attempt fails; the link stays open.
    pub fn decline(&mut self, id: &str, now: Timestamp) -> Result<(), NotPossible> {
        let at = self.attempt(id, None, now)?;
        self.tell(at);
        self.settle(at, "Declined", 1);
        Ok(())
    }

    fn attempt(&mut self, id: &str, minor: Option<i64>, now: Timestamp) -> Result<usize, NotPossible> {
        let found = self.links.iter().enumerate().find(|(_, link)| link.id == id);
        let (link, found) = found.ok_or(NotPossible::Unknown)?;
        if !found.open {
            return Err(NotPossible::State("Closed".to_owned()));
        }
        let minor = minor.unwrap_or(found.new.minor);
        if minor <= 0 {
            return Err(NotPossible::Amount);
        }
        Ok(self.push(link, None, "Created", minor, now))
    }

    fn push(
        &mut self,
        link: usize,
        original: Option<String>,
        status: &'static str,
        minor: i64,
        now: Timestamp,
    ) -> usize {
        let at = self.transactions.len();
        let id = id(0x3a16_a4f0, at);
        self.transactions.push(Transaction { id, link, original, status, minor, created_at: now, due: None });
        at
    }

    fn settle(&mut self, at: usize, status: &'static str, notices: usize) {
        let Some(settled) = self.transactions.get_mut(at) else { return };
        settled.status = status;
        settled.due = None;
        let closes = status == "Paid" && settled.original.is_none();
        if let Some(link) = self.links.get_mut(settled.link).filter(|_| closes) {
            link.open = false;
        }
        for _ in 0..notices {
            self.tell(at);
        }
    }

    /// A refund that the shop orders.
    pub fn refund(&mut self, original: &str, minor: i64, now: Timestamp) -> Result<Value, Refusal> {
        let refund = self.send_back(original, minor, now).map_err(|why| match why {
            NotPossible::Amount => Refusal::invalid("STRICT: more than is left", "amount"),
            _ => Refusal::payment("TRA_1404", "STRICT: no such paid transaction"),
        })?;
        let answer = |refund: &Transaction| {
            json!({
                "transactionId": refund.id,
                "transactionStatus": refund.status,
                "kind": "Refund",
                "errorCode": null,
                "errorDescription": null,
            })
        };
        Ok(self.transactions.get(refund).map_or(Value::Null, answer))
    }

    /// A refund in the cabinet.
    pub fn refund_link(&mut self, id: &str, minor: i64, now: Timestamp) -> Result<(), NotPossible> {
        let link = self.links.iter().position(|link| link.id == id).ok_or(NotPossible::Unknown)?;
        let paid = self
            .transactions
            .iter()
            .find(|paid| paid.link == link && paid.original.is_none() && paid.status == "Paid");
        let original = paid.ok_or_else(|| NotPossible::State("not paid".to_owned()))?.id.clone();
        self.send_back(&original, minor, now).map(drop)
    }

    fn send_back(&mut self, original: &str, minor: i64, now: Timestamp) -> Result<usize, NotPossible> {
        let charge = self.transactions.iter().find(|found| found.id == original && found.status == "Paid");
        let charge = charge.filter(|found| found.original.is_none()).ok_or(NotPossible::Unknown)?;
        let gone: i64 = self
            .transactions
            .iter()
            .filter(|found| found.original.as_deref() == Some(original) && found.status != "Declined")
            .map(|found| found.minor)
            .sum();
        if minor <= 0 || minor > charge.minor - gone {
            return Err(NotPossible::Amount);
        }
        let link = charge.link;
        let at = self.push(link, Some(original.to_owned()), "Pending", minor, now);
        if !self.slow_refunds {
            self.settle(at, "Paid", 1);
        }
        Ok(at)
    }

    pub fn settle_refunds(&mut self, paid: bool) {
        let waits = |found: &Transaction| found.original.is_some() && found.status == "Pending";
        for at in 0..self.transactions.len() {
            if self.transactions.get(at).is_some_and(waits) {
                self.settle(at, if paid { "Paid" } else { "Declined" }, 1);
            }
        }
    }

    /// What time alone does.
    pub fn tick(&mut self, now: Timestamp) {
        for link in &mut self.links {
            link.open &= now < link.new.expires_at;
        }
        for at in 0..self.transactions.len() {
            if self.transactions.get(at).is_some_and(|slow| slow.due.is_some_and(|due| due <= now)) {
                self.settle(at, "Paid", 1);
            }
        }
    }

    pub fn orders(&self) -> Vec<OrderView> {
        let view = |(at, link): (usize, &Link)| {
            let sum = |refunds: bool| {
                let counts = |found: &&Transaction| {
                    found.link == at && found.status == "Paid" && found.original.is_some() == refunds
                };
                self.transactions.iter().filter(counts).map(|found| found.minor).sum()
            };
            OrderView {
                id: link.id.clone(),
                order: Some(link.new.order.clone()),
                minor: link.new.minor,
                currency: link.new.currency.clone(),
                status: link.status().to_owned(),
                open: link.open,
                paid_minor: sum(false),
                refunded_minor: sum(true),
                description: link.new.description.clone(),
                return_url: link.new.success_url.clone(),
            }
        };
        self.links.iter().enumerate().map(view).collect()
    }

    pub fn take_notices(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.notices)
    }

    /// Writes the webhook about a transaction as it is now.
    fn tell(&mut self, at: usize) {
        let Some(of) = self.transactions.get(at) else { return };
        let Some(link) = self.links.get(of.link) else { return };
        let (error_code, error_description) = of.error();
        let notice = Notice {
            transaction_type: "SBP",
            kind: of.kind(),
            transaction_id: &of.id,
            original_transaction_id: of.original.as_deref(),
            transaction_status: of.status,
            error_code,
            error_description,
            terminal_name: TERMINAL.0,
            terminal_public_id: TERMINAL.1,
            amount: number(of.minor),
            currency: &link.new.currency,
            order_id: &link.new.order,
            order_description: &link.new.description,
            payment_time: time(of.created_at),
            commission: number(of.minor * 35 / 1000),
            email: None,
            payment_link_id: &link.id,
        };
        self.notices.extend(serde_json::to_vec(&notice));
    }
}

impl Link {
    fn status(&self) -> &'static str {
        if self.open { "Opened" } else { "Closed" }
    }

    fn json(&self, base: &str) -> Value {
        json!({
            "id": self.id,
            "type": "OneTime",
            "amount": number(self.new.minor),
            "currency": self.new.currency,
            "status": self.status(),
            "url": format!("{base}/pay/{}", self.id),
            "terminalName": TERMINAL.0,
            "terminalPublicId": TERMINAL.1,
            "creationTime": time(self.created_at),
            "orderId": self.new.order,
            "description": self.new.description,
            "successRedirectUrl": self.new.success_url,
            "failRedirectUrl": self.new.success_url,
            "expirationDateTime": time(self.new.expires_at),
        })
    }
}

/// An amount as WATA writes it: a number with one or two decimals, `1188.0`.
fn number(minor: i64) -> Box<RawValue> {
    let text = format!("{}.{:02}", minor / 100, minor % 100);
    let text = if minor % 10 == 0 { text.trim_end_matches('0').to_owned() } else { text };
    let text = if text.ends_with('.') { format!("{text}0") } else { text };
    RawValue::from_string(text).unwrap_or_default()
}

/// With seven digits behind the seconds.
fn time(at: Timestamp) -> String {
    format!("{at:.7}")
}

fn id(kind: u32, number: usize) -> String {
    format!("{kind:08x}-5717-4562-b3fc-{:012x}", number + 1)
}
