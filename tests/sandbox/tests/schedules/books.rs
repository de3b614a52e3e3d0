//! The shop's books about one buyer, as they are stored, and the orders of the providers beside them.

use crate::life::Life;
use domain::{
    Event, EventKind, Payment, PaymentId, Provider, Stray, UserState,
    credit::{Status, second_charge},
};
use jiff::Timestamp;
use standin_providers::OrderView;
use std::collections::{BTreeMap, BTreeSet};

pub struct Books {
    pub state: UserState,
    /// In the order of their time.
    pub events: Vec<Event>,
    pub payments: BTreeMap<PaymentId, Payment>,
    pub strays: Vec<Stray>,
    pub orders: Vec<(Provider, OrderView)>,
}

impl Books {
    pub async fn read(life: &Life<'_>) -> Self {
        let (stage, buyer) = (life.stage, life.stage.buyer);
        let state = stage.store().user_state(buyer).await.unwrap();
        let mut events = stage.store().events(buyer, 1_000).await.unwrap();
        events.reverse();
        let orders = life.orders();
        let mut ids: BTreeSet<PaymentId> = events.iter().filter_map(|event| about(&event.kind)).collect();
        let ordered = orders.iter().filter_map(|(_, order)| order.order.as_deref()?.parse().ok());
        ids.extend(ordered.collect::<Vec<PaymentId>>());
        let mut payments = BTreeMap::new();
        for id in ids {
            if let Some(payment) = stage.store().payment(id).await.unwrap() {
                payments.insert(id, payment);
            }
        }
        let mut books = Self { state, events, payments, strays: Vec::new(), orders };
        // In a whole world they are looked for only if money is missing: that reads the whole table.
        if stage.memory.is_some() || books.moved_there() != books.moved_here() {
            books.strays = strays(life).await;
        }
        books
    }

    /// What came and what went back, over all orders.
    fn moved_there(&self) -> (i64, i64) {
        let moved = self.orders.iter().map(|(_, order)| (order.paid_minor, order.refunded_minor));
        moved.fold((0, 0), |sum, moved| (sum.0 + moved.0, sum.1 + moved.1))
    }

    fn moved_here(&self) -> (i64, i64) {
        let came = |payment: &Payment| payment.received.map_or(0, |money| money.minor);
        let moved = self.payments.values().map(|payment| (came(payment), payment.refunded));
        moved.fold((0, 0), |sum, moved| (sum.0 + moved.0, sum.1 + moved.1))
    }

    /// When the clock has something to do for this buyer's money.
    pub fn next_due(&self) -> Option<Timestamp> {
        let payments = self.payments.values().filter_map(|payment| payment.next_at);
        payments.chain(self.strays.iter().filter_map(|stray| stray.next_at)).min()
    }

    /// The payments that stand for the money of an order of ours: its own, and one for every further charge.
    pub fn of_order(&self, root: PaymentId) -> impl Iterator<Item = &Payment> {
        let belongs = move |payment: &&Payment| {
            let charge = payment.external_id.as_deref().unwrap_or_default();
            payment.id == root || payment.id == second_charge(root, charge)
        };
        self.payments.values().filter(belongs)
    }
}

/// Which payment an event is about.
pub fn about(kind: &EventKind) -> Option<PaymentId> {
    match kind {
        EventKind::PaymentOpened { payment, .. }
        | EventKind::Credited { payment, .. }
        | EventKind::ToppedUp { payment, .. }
        | EventKind::PaymentHeld { payment, .. }
        | EventKind::PaymentCanceled { payment, .. }
        | EventKind::PaymentExpired { payment }
        | EventKind::RefundRequested { payment, .. }
        | EventKind::PaymentRefunded { payment, .. }
        | EventKind::RefundFailed { payment, .. }
        | EventKind::PaymentDisputed { payment, .. }
        | EventKind::RenewalStarted { payment, .. } => Some(*payment),
        _ => None,
    }
}

/// What is in quarantine about this buyer's orders.
async fn strays(life: &Life<'_>) -> Vec<Stray> {
    let quotes: Vec<_> = life.notes().quotes.iter().map(|quote| quote.id).collect();
    let ours = |id: PaymentId| {
        let of = |quote: &domain::QuoteId| {
            let all = Provider::ALL.iter().map(|provider| PaymentId::of(*quote, *provider));
            all.chain([PaymentId::recurring(*quote)]).any(|known| known == id)
        };
        quotes.iter().any(of)
    };
    let mut strays = Vec::new();
    for (pk, _) in life.stage.items().keys() {
        let Some((provider, id)) = pk.strip_prefix("STRAY#").and_then(|rest| rest.split_once('#')) else {
            continue;
        };
        let stray = life.stage.store().stray(provider.parse().unwrap(), id).await.unwrap();
        strays.extend(stray.filter(|stray| stray.payment.is_some_and(ours)));
    }
    strays
}

/// What strays keep that nobody has been found for: what came, and what of it went back.
pub fn kept<'a>(strays: impl Iterator<Item = &'a Stray>) -> (i64, i64) {
    let (mut came, mut parts, mut total) = (0, 0, 0);
    for stray in strays.filter(|stray| !stray.resolved) {
        match &stray.report.status {
            Status::Paid(amount) => came += amount.minor,
            Status::RefundedPart { amount, .. } => parts += amount.minor,
            Status::Refunded(amount) => total = total.max(amount.minor),
            _ => {}
        }
    }
    // What went back has come.
    (came.max(parts + total), parts + total)
}
