//! What must be true when a schedule is over, of every currency and of every order: I1, I2, I3 of `ARCHITECTURE.md`, the
//! balance, and that nothing is left half done.

use crate::{
    books::{Books, about, kept},
    life::Life,
};
use domain::{Event, EventKind, Money, Payment, PaymentId, PaymentState, Provider, SubscriptionNo, new_end};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Everything that is wrong.
pub fn broken(life: &Life<'_>, books: &Books) -> Vec<String> {
    let mut wrong = Vec::new();
    once(books, &mut wrong);
    orders(life, books, &mut wrong);
    for payment in books.payments.values() {
        finished(payment, &mut wrong);
        explained(books, payment, &mut wrong);
    }
    balance(books, &mut wrong);
    time(books, &mut wrong);
    wrong
}

/// I1: a charge is credited once, and held once.
fn once(books: &Books, wrong: &mut Vec<String>) {
    let (mut credited, mut held) = (BTreeSet::new(), BTreeSet::new());
    for event in &books.events {
        let (seen, payment, charge) = match &event.kind {
            EventKind::Credited { payment, external_id, .. }
            | EventKind::ToppedUp { payment, external_id, .. } => (&mut credited, payment, external_id),
            EventKind::PaymentHeld { payment, external_id, .. } => (&mut held, payment, external_id),
            _ => continue,
        };
        let Some(provider) = books.payments.get(payment).map(|payment| payment.provider) else {
            wrong.push(format!("I1 {payment} has events and is not there"));
            continue;
        };
        // What the balance pays has no charge at a provider.
        let charge = if provider == Provider::Balance { payment.to_string() } else { charge.clone() };
        if !seen.insert((provider, charge.clone())) {
            wrong.push(format!("I1 {provider} {charge} counts twice"));
        }
    }
}

/// I2: what came is credited, held or in quarantine; what went back is in the books.
fn orders(life: &Life<'_>, books: &Books, wrong: &mut Vec<String>) {
    let mut roots: BTreeMap<(Provider, Option<PaymentId>), Sums> = BTreeMap::new();
    let (untold, charges) = {
        let notes = life.notes();
        (notes.untold.clone(), notes.charges.clone())
    };
    for (provider, order) in &books.orders {
        let place = (*provider, order.id.clone());
        let root = order.order.as_deref().and_then(|order| order.parse().ok());
        let charges = charges.get(&place).copied().unwrap_or_default();
        let sums = roots.entry((*provider, root)).or_default();
        sums.paid += order.paid_minor;
        sums.charges += charges.all;
        sums.silent += charges.silent;
        sums.refunded += order.refunded_minor;
        sums.untold += untold.get(&place).copied().unwrap_or_default();
        sums.currency.clone_from(&order.currency);
    }
    for ((provider, root), there) in roots {
        let ours: Vec<&Payment> = match root {
            Some(root) => books.of_order(root).collect(),
            // Sold by links: a payment of its own for every sale, in no order of ours.
            None => books.payments.values().filter(|payment| payment.provider == provider).collect(),
        };
        let strays = books.strays.iter().filter(|stray| stray.payment == root && stray.provider == provider);
        let (kept, kept_back) = kept(strays);
        let received = ours.iter().filter_map(|payment| payment.received);
        let foreign = received.clone().any(|money| money.currency.code() != there.currency);
        let paid = received.map(|money| money.minor).sum::<i64>() + kept;
        let refunded = ours.iter().map(|payment| payment.refunded).sum::<i64>() + kept_back;
        // What came and went before anybody heard of it need not be in the books.
        let unheard = there.paid == there.refunded && (paid, refunded) == (0, 0);
        let told = there.refunded - there.untold..=there.refunded;
        // Whoever is told nothing must ask: about the only charge of an order. A further one is found by its notification.
        let deaf = life.case.deaf(provider);
        let silent = if deaf || there.charges > 1 { there.silent } else { 0 };
        let heard = there.paid - silent..=there.paid;
        if foreign || !(unheard || heard.contains(&paid) && told.contains(&refunded)) {
            let name = root.map_or_else(|| "sales".to_owned(), |root| root.to_string());
            wrong.push(format!(
                "I2 {provider} {name}: the provider {there:?}, the books {paid} paid, {refunded} refunded"
            ));
        }
    }
}

/// What the provider says of all charges of an order.
#[derive(Debug, Default)]
struct Sums {
    paid: i64,
    charges: usize,
    /// Of charges that were not told.
    silent: i64,
    refunded: i64,
    /// Of these, what was sent back in a cabinet that tells nobody.
    untold: i64,
    currency: String,
}

/// Nothing is open for ever, and no more goes back than came.
fn finished(payment: &Payment, wrong: &mut Vec<String>) {
    let Payment { id, state, .. } = payment;
    if state.is_open() || *state == PaymentState::Refunding || payment.refund.is_some() {
        wrong.push(format!("{id} is left {state} ({:?})", payment.refund));
    }
    let received = payment.received.map_or(0, |money| money.minor);
    let back = payment.refunded + payment.to_balance;
    if payment.refunded < 0 || payment.to_balance < 0 || back > received {
        wrong.push(format!("I2 {id}: {received} came, {back} went back"));
    }
    let all_back = received > 0 && back == received;
    if state.is_settled()
        && all_back != (*state == PaymentState::Refunded)
        && *state != PaymentState::Disputed
    {
        wrong.push(format!("{id} is {state} with {back} of {received} back"));
    }
}

/// A payment is what its events say: what came, what it was worth, what went back.
fn explained(books: &Books, payment: &Payment, wrong: &mut Vec<String>) {
    let (mut came, mut released, mut refunded, mut to_balance, mut held) = (0, 0, 0, 0, None);
    for event in books.events.iter().filter(|event| about(&event.kind) == Some(payment.id)) {
        match &event.kind {
            EventKind::PaymentHeld { received, .. } => held = Some(received.minor),
            EventKind::Credited { amount, .. } | EventKind::ToppedUp { amount, .. } if held.is_some() => {
                released += amount.minor;
            }
            EventKind::Credited { amount, .. } | EventKind::ToppedUp { amount, .. } => came += amount.minor,
            EventKind::PaymentRefunded { amount, to_balance: true, .. } => to_balance += amount.minor,
            EventKind::PaymentRefunded { amount, .. } => refunded += amount.minor,
            _ => {}
        }
    }
    let received = payment.received.map_or(0, |money| money.minor);
    if came == 0 && held.is_none() && payment.state == PaymentState::Refunded {
        // It went back before it was heard of.
        came = refunded;
    }
    let said = (came + held.unwrap_or(0), refunded, to_balance);
    let is = (received, payment.refunded, payment.to_balance);
    if said != is || released > held.unwrap_or(0) {
        wrong.push(format!("I2 {}: the events say {said:?}, the payment {is:?}", payment.id));
    }
}

/// The balance is the sum of what came to it and left it.
fn balance(books: &Books, wrong: &mut Vec<String>) {
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    let mut add = |money: Money, sign: i64| {
        *sums.entry(money.currency.code().to_owned()).or_default() += sign * money.minor;
    };
    // When a payment's money was put on the balance.
    let on_balance: BTreeMap<PaymentId, Timestamp> = books
        .events
        .iter()
        .filter_map(|event| match event.kind {
            EventKind::ToppedUp { payment, .. } => Some((payment, event.at)),
            _ => None,
        })
        .collect();
    for event in &books.events {
        match &event.kind {
            EventKind::ToppedUp { amount, .. } => add(*amount, 1),
            EventKind::Credited { from_balance: Some(part), .. } => add(*part, -1),
            EventKind::PaymentRefunded { payment, amount, to_balance, missing, .. } => {
                match (*to_balance, on_balance.get(payment).is_some_and(|at| *at <= event.at)) {
                    (true, false) => add(*amount, 1),
                    (false, true) => {
                        add(*amount, -1);
                        if let Some(missing) = missing {
                            add(*missing, 1);
                        }
                    }
                    // From the balance to the balance, or from the money that bought time.
                    (true, true) | (false, false) => {}
                }
            }
            _ => {}
        }
    }
    sums.retain(|_, minor| *minor != 0);
    let wallet = books.state.user.as_ref().map(|user| user.balance.clone()).unwrap_or_default();
    let is: BTreeMap<String, i64> =
        wallet.amounts().iter().map(|money| (money.currency.code().to_owned(), money.minor)).collect();
    if sums != is {
        wrong.push(format!("the balance is {is:?}, its events say {sums:?}"));
    }
}

/// I3: every move of the end is told, one leads to the next, and a purchase gives its period exactly.
fn time(books: &Books, wrong: &mut Vec<String>) {
    let subscription = books.state.subscription(SubscriptionNo::FIRST);
    let mut ends: BTreeMap<Option<Timestamp>, i64> = BTreeMap::new();
    let mut step = |from: Option<Timestamp>, to: Timestamp| {
        *ends.entry(from).or_default() -= 1;
        *ends.entry(Some(to)).or_default() += 1;
    };
    for event in &books.events {
        match &event.kind {
            EventKind::Credited { payment, from, to, .. } => {
                step(*from, *to);
                if !fits(books, event, *payment, (*from, *to)) {
                    wrong.push(format!("I3 {payment} moved the end from {from:?} to {to}"));
                }
            }
            EventKind::PaymentRefunded { cut: Some((from, to)), .. }
            | EventKind::PaymentDisputed { cut: Some((from, to)), .. } => {
                step(Some(*from), *to);
                if to > from {
                    wrong.push(format!("I3 a cut from {from} to {to}"));
                }
            }
            _ => {}
        }
    }
    // Every end that was reached was left again, but the last; the first was none.
    if let Some(subscription) = subscription {
        *ends.entry(None).or_default() += 1;
        *ends.entry(Some(subscription.end)).or_default() -= 1;
    }
    ends.retain(|_, count| *count != 0);
    if !ends.is_empty() {
        wrong.push(format!("I3 the end is {:?}, unexplained: {ends:?}", subscription.map(|own| own.end)));
    }
}

/// The plan's period from the old end or from then, whichever is later. Tribute promises ends of its own.
fn fits(
    books: &Books,
    event: &Event,
    payment: PaymentId,
    (from, to): (Option<Timestamp>, Timestamp),
) -> bool {
    let Some(payment) = books.payments.get(&payment) else { return false };
    let Some(terms) = payment.goods.terms() else { return false };
    payment.provider == Provider::Tribute || to == new_end(event.at, from, terms.period)
}
