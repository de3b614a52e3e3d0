//! `sequence`: authentic deliveries one after the other; after each the buyer was credited so often, and the order is in
//! that state.

use super::{
    Mismatch, expect,
    file::{Case, Delivery, Owner, Signature, moment, need},
    order,
    paypal::Paypal,
    services::Services,
    settings,
    shop::{Answer, Shop},
    webhook,
};
use domain::{Provider, UserId};
use serde_json::Value;

/// Judges a sequence in a shop of its own.
pub async fn check(services: &Services, owner: Owner, case: &Case) -> Result<(), Mismatch> {
    let steps = case.value["steps"].as_array().filter(|steps| !steps.is_empty());
    let steps = steps.ok_or_else(|| Mismatch::unknown("a sequence without steps"))?;
    let ordered = &case.value["order"];
    let mut settings = settings::of(case, services)?;
    if let Some(items) = articles(ordered) {
        settings.set("TRIBUTE_ITEMS", items);
    }
    let mut paypal = Paypal::new(services, case);
    if owner == Owner::Ours(Provider::Paypal) {
        settings.set("PAYPAL_API_URL", paypal.url());
    }
    let shop = Shop::open(settings).await?;
    shop.set_time(moment(&steps[0]["now_unix"])?);
    let provider = match owner {
        Owner::Ours(provider) => provider,
        Owner::Telegram | Owner::Other(_) => Provider::Stars,
    };
    let buyer = buyer(owner, case, ordered);
    let payment = order::store(&shop, provider, buyer, ordered).await?.map(|payment| payment.id);
    for (at, step) in steps.iter().enumerate() {
        let checked = async {
            shop.set_time(moment(&step["now_unix"])?);
            let mut delivery = Delivery::of(step)?;
            delivery.source_ip = delivery.source_ip.or_else(|| webhook::sender(owner, case));
            paypal.tells(&delivery);
            let answer = shop.deliver(owner, &delivery).await?;
            answered(step, &answer)?;
            let credits = shop.credits(Some(buyer))?;
            let expected = step["expect"]["credits_total"].as_u64();
            let expected = expected.ok_or_else(|| Mismatch::unknown("a step without credits_total"))?;
            let holds = u64::try_from(credits) == Ok(expected);
            expect(holds, format!("{expected} credit(s)"), || {
                format!("{credits} credit(s), {}", answer.shown())
            })?;
            order::is(&shop, payment, buyer, need(step, "/expect/order_state")?).await
        };
        checked.await.map_err(|mismatch: Mismatch| Mismatch {
            expected: format!("step {}: {}", at + 1, mismatch.expected),
            ..mismatch
        })?;
    }
    Ok(())
}

fn answered(step: &Value, answer: &Answer) -> Result<(), Mismatch> {
    match Signature::of(step)? {
        Signature::Valid => {
            expect(answer.is_success(), "taken: a status 2xx", || answer.shown())?;
            webhook::acknowledged(&step["expect"]["ack"], answer)?;
            // Two notes name the acknowledgement.
            let note = step["note"].as_str().unwrap_or_default();
            let said = note.strip_prefix("answer ").or_else(|| note.strip_prefix("body exactly "));
            let said = said.and_then(|said| said.split_whitespace().next()).map(Value::from);
            webhook::acknowledged(&said.unwrap_or_default(), answer)
        }
        Signature::Invalid => {
            expect((400..500).contains(&answer.status), "refused: a status 4xx", || answer.shown())
        }
        Signature::Either => Ok(()),
    }
}

/// Who pays: as the order says, in Telegram as the update says, and somebody otherwise.
fn buyer(owner: Owner, case: &Case, ordered: &Value) -> UserId {
    let update = |delivery: Delivery| {
        let update: Value = serde_json::from_slice(&delivery.body).ok()?;
        update.pointer("/message/from/id").and_then(Value::as_i64)
    };
    let told = match owner {
        Owner::Telegram => settings::deliveries(case).find_map(update),
        Owner::Ours(_) | Owner::Other(_) => ordered["telegram_user_id"].as_i64(),
    };
    UserId(told.unwrap_or(42))
}

/// What is sold by links, with a price that nobody pays here.
fn articles(ordered: &Value) -> Option<String> {
    let kinds = [("plan_by_subscription_id", "subscription"), ("plan_by_product_id", "product")];
    let entries = kinds.into_iter().flat_map(|(name, kind)| {
        let plans = ordered[name].as_object().into_iter().flatten();
        plans.filter_map(move |(number, plan)| {
            Some(format!("{}={kind}/{number}@https://t.me/tribute/app@500.00 RUB", plan.as_str()?))
        })
    });
    let entries: Vec<String> = entries.collect();
    (!entries.is_empty()).then(|| entries.join("; "))
}
