//! Orders that exist before anything is delivered, and the names of the states they come into.

use super::{Mismatch, expect, shop::Shop};
use domain::{
    Decision, Goods, Money, Payment, PaymentId, PaymentState, Provider, QuoteId, Record, Renewal,
    SubscriptionNo, UserId,
};
use jiff::{SignedDuration, tz::TimeZone};
use serde_json::Value;

/// Writes the case's order into the store, as a payment that waits for its buyer. `None`: the case has no order.
pub async fn store(
    shop: &Shop,
    provider: Provider,
    buyer: UserId,
    order: &Value,
) -> Result<Option<Payment>, Mismatch> {
    let Some(id) = order["id"].as_str() else { return Ok(None) };
    let payment = payment(shop, provider, buyer, (id, order))?;
    let records = vec![Record::Payment(payment.clone())];
    shop.write(&Decision { records, ..Decision::nothing() }).await?;
    Ok(Some(Payment { version: 1, ..payment }))
}

fn payment(
    shop: &Shop,
    provider: Provider,
    buyer: UserId,
    (id, order): (&str, &Value),
) -> Result<Payment, Mismatch> {
    let id = PaymentId::from_order(id).ok_or_else(|| Mismatch::unknown(format!("the order id {id:?}")))?;
    let plan = shop.plans.first().ok_or_else(|| Mismatch::unknown("a shop that sells nothing"))?;
    let external_id =
        ["provider_payment_id", "provider_invoice_id"].into_iter().find_map(|name| scalar(&order[name]));
    let opened = shop.now() - SignedDuration::from_mins(10);
    Ok(Payment {
        id,
        user: buyer,
        provider,
        amount: money(order)?,
        from_balance: None,
        goods: Goods::Plan(plan.terms.clone()),
        no: SubscriptionNo::FIRST,
        quote: QuoteId::derive(opened, &id.to_string()),
        state: PaymentState::Awaiting,
        external_id,
        pay_url: None,
        created_at: opened,
        expires_at: opened + SignedDuration::from_mins(60),
        paid_at: None,
        next_at: None,
        save_method: false,
        recurring: false,
        charge: None,
        received: None,
        granted: None,
        refunded: 0,
        to_balance: 0,
        earned: None,
        refund: None,
        promo: None,
        version: 0,
    })
}

/// The order's amount: text or number in major units.
pub fn money(order: &Value) -> Result<Money, Mismatch> {
    let unknown = || Mismatch::unknown(format!("an order of {} {}", order["amount"], order["currency"]));
    let currency = order["currency"].as_str().and_then(|code| code.parse().ok()).ok_or_else(unknown)?;
    Money::parse(&scalar(&order["amount"]).ok_or_else(unknown)?, currency).map_err(|_| unknown())
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The state that a file calls so.
fn state(name: &str) -> Option<&'static [PaymentState]> {
    use PaymentState as S;
    Some(match name {
        "pending" | "created" | "awaiting" => &[S::Created, S::Awaiting],
        "paid" | "succeeded" => &[S::Succeeded],
        "canceled" | "cancelled" | "failed" => &[S::Canceled, S::Failed],
        "expired" => &[S::Expired, S::Canceled],
        "held" | "mismatch" | "review" | "manual_review" => &[S::Held],
        "refunded" => &[S::Refunded],
        "partially_refunded" | "partial_refund" => &[S::PartiallyRefunded],
        "disputed" | "chargeback" => &[S::Disputed],
        _ => return None,
    })
}

/// The first state that a file calls so.
pub fn state_before(name: &str) -> Result<PaymentState, Mismatch> {
    let found = state(name).and_then(|states| states.last()).copied();
    found.ok_or_else(|| Mismatch::unknown(format!("the order state {name:?}")))
}

/// The order, or the buyer's subscription, is as the file says: `paid`, `active until 2026-12-20`.
pub async fn is(
    shop: &Shop,
    payment: Option<PaymentId>,
    buyer: UserId,
    expected: &str,
) -> Result<(), Mismatch> {
    if let Some(rest) = expected.strip_prefix("active until ") {
        return active(shop, buyer, rest, expected).await;
    }
    let states = state(expected).ok_or_else(|| Mismatch::unknown(format!("the order state {expected:?}")))?;
    let payment = payment.ok_or_else(|| Mismatch::unknown("the state of an order that there is not"))?;
    let stored = shop.store.payment(payment).await.map_err(|error| Mismatch::broken("a payment", error))?;
    let now = stored.map(|stored| stored.state);
    let happened = || now.map_or_else(|| "there is no such payment".to_owned(), |now| format!("it is {now}"));
    expect(now.is_some_and(|now| states.contains(&now)), format!("the order is {expected}"), happened)
}

/// A day, and perhaps that it ends there.
async fn active(shop: &Shop, buyer: UserId, rest: &str, expected: &str) -> Result<(), Mismatch> {
    let (day, note) = rest.split_at_checked(10).unwrap_or((rest, ""));
    let ends = ["cancel", "no renew", "not renew", "off"].into_iter().any(|word| note.contains(word));
    if !note.is_empty() && !ends {
        return Err(Mismatch::unknown(format!("the order state {expected:?}")));
    }
    let state = shop.store.user_state(buyer).await.map_err(|error| Mismatch::broken("a buyer", error))?;
    let subscription = state.subscription(SubscriptionNo::FIRST);
    let last = subscription.map(|subscription| subscription.end.to_zoned(TimeZone::UTC).date().to_string());
    let stopped = subscription.is_some_and(|subscription| subscription.renewal == Renewal::Off);
    expect(last.as_deref() == Some(day) && (stopped || !ends), format!("the buyer is {expected}"), || {
        subscription.map_or_else(
            || "there is no subscription".to_owned(),
            |found| format!("it ends {} and goes on by {:?}", found.end, found.renewal),
        )
    })
}
