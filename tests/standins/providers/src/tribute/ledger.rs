//! Tribute's books: orders of the Shop API, visits by link, and the notifications they cause.

use super::{
    Item,
    order::{Deal, Kind, Order},
    request::NewOrder,
};
use crate::NotPossible;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// When slow money arrives, counted from the opening.
const SLOW: SignedDuration = SignedDuration::from_mins(65);

/// What becomes of a refund that the shop orders.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RefundFate {
    /// The money goes back at once.
    #[default]
    Completes,
    /// It is worked on until [`super::Tribute::finish_refund`].
    Waits,
    /// It fails, with status 500.
    Fails,
}

#[derive(Default)]
pub(super) struct Ledger {
    orders: Vec<Order>,
    notices: Vec<Vec<u8>>,
    /// The last event: its name, when it was created, its payload.
    last: Option<(String, Timestamp, Value)>,
    sent: i64,
    numbers: u64,
    pub next_refund: RefundFate,
}

impl Ledger {
    pub fn orders(&self) -> impl Iterator<Item = &Order> {
        self.orders.iter()
    }

    /// An order of the Shop API.
    pub fn shop_order(&self, uuid: &str) -> Option<&Order> {
        self.orders.iter().find(|order| order.id == uuid && matches!(order.deal, Deal::Shop(_)))
    }

    pub fn open(&mut self, new: NewOrder, now: Timestamp) -> &Order {
        let id = self.push(Deal::Shop(new), "4c3a", now);
        &self.orders[id]
    }

    pub fn visit(&mut self, item: Item, user: i64, now: Timestamp) -> String {
        let at = self.push(Deal::Link { item, user }, "41c4", now);
        self.orders[at].id.clone()
    }

    fn push(&mut self, deal: Deal, kind: &str, now: Timestamp) -> usize {
        let (at, seconds) = (self.orders.len(), now.as_second().unsigned_abs() & 0xffff_ffff);
        let id = format!("{seconds:08x}-7b1e-{kind}-8d4e-{:012x}", at + 1);
        let order = Order {
            id,
            deal,
            status: "pending",
            opened_at: now,
            slow: false,
            until: None,
            stopped: false,
            sales: Vec::new(),
        };
        self.orders.push(order);
        at
    }

    /// The latest visit of `user` to `item` that was paid.
    pub fn latest(&self, user: i64, item: &str) -> Result<String, NotPossible> {
        let theirs = |order: &&Order| {
            matches!(&order.deal, Deal::Link { item: of, user: by } if of.item == item && *by == user)
                && order.status == "paid"
        };
        self.orders.iter().rev().find(theirs).map(|order| order.id.clone()).ok_or(NotPossible::Unknown)
    }

    /// The buyer pays what is open.
    pub fn sell(&mut self, id: &str, kind: Kind, now: Timestamp) -> Result<(), NotPossible> {
        let number = self.number();
        let order = self.pending(id)?;
        order.status = "paid";
        let (name, payload) = order.sold("new_subscription", kind, number, now);
        self.notify(name, &payload, now);
        Ok(())
    }

    pub fn sell_silently(&mut self, id: &str, now: Timestamp) -> Result<(), NotPossible> {
        self.sell(id, Kind::Regular, now)?;
        self.notices.pop();
        Ok(())
    }

    pub fn pay_late(&mut self, id: &str) -> Result<(), NotPossible> {
        self.pending(id)?.slow = true;
        Ok(())
    }

    /// The next period of a subscription, or the same product once more.
    pub fn again(&mut self, id: &str, now: Timestamp) -> Result<(), NotPossible> {
        let number = self.number();
        let order = self.paid(id)?;
        if matches!(order.deal, Deal::Shop(_)) {
            return Err(NotPossible::Never("an order of Tribute's shop"));
        }
        if order.stopped {
            return Err(NotPossible::State("stopped".to_owned()));
        }
        let (name, payload) = order.sold("renewed_subscription", Kind::Regular, number, now);
        self.notify(name, &payload, now);
        Ok(())
    }

    /// What is open is given up; a running subscription is stopped.
    pub fn cancel(&mut self, id: &str, now: Timestamp) -> Result<(), NotPossible> {
        let order = self.find(id)?;
        match (&order.deal, order.status, order.stopped) {
            (Deal::Shop(_), "pending", _) => {
                order.status = "failed";
                let payload = order.shop_payload();
                self.notify("shop_order_payment_failed", &payload, now);
            }
            (Deal::Link { .. }, "pending", _) => order.status = "left",
            (Deal::Link { item, .. }, "paid", false) if item.is_subscription() => {
                order.stopped = true;
                let mut payload = order.subscription_payload(None);
                payload["cancel_reason"] = "".into();
                self.notify("cancelled_subscription", &payload, now);
            }
            (_, status, _) => return Err(NotPossible::State(status.to_owned())),
        }
        Ok(())
    }

    /// The whole of the last payment goes back.
    pub fn refund(&mut self, id: &str, minor: Option<i64>, now: Timestamp) -> Result<(), NotPossible> {
        let order = self.paid(id)?;
        if matches!(&order.deal, Deal::Link { item, .. } if item.is_subscription()) {
            return Err(NotPossible::Never("a subscription of Tribute's"));
        }
        let sale = order.sales.iter_mut().rev().find(|sale| !sale.refunded);
        let sale = sale.ok_or_else(|| NotPossible::State("refunded".to_owned()))?;
        if minor.is_some_and(|minor| minor != sale.minor) {
            return Err(NotPossible::Amount);
        }
        (sale.refunded, sale.going) = (true, false);
        let number = sale.number;
        let (name, payload) = order.went_back(number, now);
        self.notify(name, &payload, now);
        Ok(())
    }

    /// The payer's bank takes the money of a shop's order back: Tribute tells it like a refund.
    pub fn charge_back(&mut self, id: &str, now: Timestamp) -> Result<(), NotPossible> {
        if matches!(self.paid(id)?.deal, Deal::Link { .. }) {
            return Err(NotPossible::Never("a sale by Tribute's link"));
        }
        self.refund(id, None, now)
    }

    /// The shop orders the refund of one transaction; the error code if it cannot be.
    pub fn ordered_refund(&mut self, id: &str, number: u64, now: Timestamp) -> Result<Value, &'static str> {
        let fate = std::mem::take(&mut self.next_refund);
        let order = self.find(id).map_err(|_| "error_order_not_found")?;
        if order.status != "paid" {
            return Err("error_order_not_paid");
        }
        let sale = order.sales.iter_mut().find(|sale| sale.number == number);
        let sale = sale.ok_or("error_transaction_mismatch")?;
        if sale.refunded || sale.going {
            return Err("error_already_refunded");
        }
        if fate == RefundFate::Fails {
            return Err("error_refund_failed");
        }
        sale.going = true;
        if fate == RefundFate::Waits {
            let mut payload = order.shop_payload();
            payload["status"] = "initiated".into();
            self.notify("shop_order_refunded", &payload, now);
            return Ok(json!({ "success": true, "message": "Refund initiated", "status": "initiated" }));
        }
        self.refund(id, None, now).map_err(|_| "error_refund_failed")?;
        Ok(json!({ "success": true, "message": "Refund completed", "status": "completed" }))
    }

    pub fn finish_refund(&mut self, id: &str, now: Timestamp) -> Result<(), NotPossible> {
        if !self.paid(id)?.sales.iter().any(|sale| sale.going) {
            return Err(NotPossible::State("without a refund".to_owned()));
        }
        self.refund(id, None, now)
    }

    /// What time alone does.
    pub fn tick(&mut self, now: Timestamp) {
        let late = |order: &&Order| {
            order.slow && order.status == "pending" && now.duration_since(order.opened_at) >= SLOW
        };
        let due: Vec<_> = self.orders.iter().filter(late).map(|order| order.id.clone()).collect();
        for id in due {
            let done = self.sell(&id, Kind::Regular, now);
            // Only what was open was picked.
            debug_assert_eq!(done, Ok(()));
        }
    }

    pub fn notify(&mut self, name: &str, payload: &Value, now: Timestamp) {
        self.last = Some((name.to_owned(), now, payload.clone()));
        self.send(name, now, payload, now);
    }

    /// The same event delivered again: created as before, sent later, so other bytes.
    pub fn repeat_last_notice(&mut self, now: Timestamp) {
        if let Some((name, created_at, payload)) = self.last.clone() {
            self.send(&name, created_at, &payload, now);
        }
    }

    fn send(&mut self, name: &str, created_at: Timestamp, payload: &Value, now: Timestamp) {
        self.sent += 1;
        let sent_at = now.checked_add(SignedDuration::from_nanos(self.sent)).unwrap_or(now);
        let body = json!({
            "name": name,
            "created_at": format!("{created_at:.6}"),
            "sent_at": format!("{sent_at:.9}"),
            "payload": payload,
        });
        self.notices.push(body.to_string().into_bytes());
    }

    pub fn take_notices(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.notices)
    }

    fn number(&mut self) -> u64 {
        self.numbers += 1;
        78_900 + self.numbers
    }

    fn find(&mut self, id: &str) -> Result<&mut Order, NotPossible> {
        self.orders.iter_mut().find(|order| order.id == id).ok_or(NotPossible::Unknown)
    }

    fn pending(&mut self, id: &str) -> Result<&mut Order, NotPossible> {
        self.in_state(id, "pending")
    }

    fn paid(&mut self, id: &str) -> Result<&mut Order, NotPossible> {
        self.in_state(id, "paid")
    }

    fn in_state(&mut self, id: &str, status: &str) -> Result<&mut Order, NotPossible> {
        let order = self.find(id)?;
        if order.status == status { Ok(order) } else { Err(NotPossible::State(order.status.to_owned())) }
    }
}
