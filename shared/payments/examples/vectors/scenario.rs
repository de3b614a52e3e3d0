//! `scenario`: YooKassa's notification is not signed, so what counts is what YooKassa answers when asked.

use super::{
    Mismatch, expect,
    file::{Case, Delivery, Owner},
    order,
    services::{Answer, Services},
    settings,
    shop::Shop,
    webhook,
};
use domain::{Decision, Payment, PaymentState, Provider, Record, UserId};
use serde_json::{Value, json};

const OWNER: Owner = Owner::Ours(Provider::Yookassa);
const BUYER: UserId = UserId(42);

/// What should come of it.
#[derive(Debug, Default)]
struct Action {
    /// How often the buyer is credited.
    credits: Option<usize>,
    /// The status: 200, or anything else.
    acknowledged: Option<bool>,
    /// The state of the order afterwards.
    state: Option<PaymentState>,
}

impl Action {
    /// Reads `do_not_credit_flag_mismatch_ack_200` and the like: phrases in any order, joined by `_` and `and`. A phrase
    /// that nobody knows is no reason to guess.
    fn of(name: &str) -> Result<Self, Mismatch> {
        let mut action = Self::default();
        let mut rest = name;
        while !rest.is_empty() {
            let (phrase, meaning) = PHRASES
                .iter()
                .find(|(phrase, _)| rest.starts_with(phrase))
                .ok_or_else(|| Mismatch::unknown(format!("the action {name:?}, from {rest:?} on")))?;
            meaning(&mut action);
            rest = rest[phrase.len()..].trim_start_matches('_');
        }
        Ok(action)
    }
}

type Meaning = fn(&mut Action);

/// Longer phrases stand before those that they begin with.
const PHRASES: [(&str, Meaning); 14] = [
    ("credit_once", |action| {
        action.credits = Some(1);
        action.state = Some(PaymentState::Succeeded);
    }),
    ("do_not_credit", |action| action.credits = Some(0)),
    ("no_second_credit", |action| {
        action.credits = Some(0);
        action.state = Some(PaymentState::Succeeded);
    }),
    ("no_credit", |action| action.credits = Some(0)),
    ("keep_paid", |action| {
        action.credits = Some(0);
        action.state = Some(PaymentState::Succeeded);
    }),
    ("keep_pending", |action| action.state = Some(PaymentState::Awaiting)),
    ("flag_mismatch", |action| action.state = Some(PaymentState::Held)),
    ("mark_canceled", |action| action.state = Some(PaymentState::Canceled)),
    ("mark_refunded", |action| action.state = Some(PaymentState::Refunded)),
    ("return_non_200", |action| action.acknowledged = Some(false)),
    ("return_200", |action| action.acknowledged = Some(true)),
    ("ack_200", |action| action.acknowledged = Some(true)),
    ("for_retry", |action| action.acknowledged = Some(false)),
    ("and", |_| {}),
];

/// Judges a notification against what YooKassa answers.
pub async fn check(services: &Services, owner: Owner, case: &Case) -> Result<(), Mismatch> {
    if owner != OWNER {
        return Err(Mismatch::unknown("a scenario of a provider that signs"));
    }
    let action = Action::of(case.need("/expected_action")?)?;
    let notice = case.need("/webhook_body")?;
    let api = format!("/yookassa/{:08x}/v3", crc32fast::hash(case.value.to_string().as_bytes()));
    let mut settings = settings::of(case, services)?;
    settings.set("YOOKASSA_API_URL", services.url(&api));
    if let Some(account) = recipient(case, notice) {
        settings.set("YOOKASSA_SHOP_ID", account);
    }
    let shop = Shop::open(settings).await?;
    shop.set_time(case.now()?);
    let order = &case.value["config"]["order"];
    let payment = before(&shop, services, (&api, order), case).await?;

    let credits = shop.credits(None)?;
    publish(services, &api, notice, case)?;
    let answer = shop.deliver(OWNER, &notification(notice)).await?;
    let credited = shop.credits(None)? - credits;
    if let Some(expected) = action.credits {
        expect(credited == expected, format!("{expected} credit(s)"), || {
            format!("{credited} credit(s), and the answer {}", answer.shown())
        })?;
    }
    if let Some(acknowledged) = action.acknowledged {
        let expected = if acknowledged { "the status 200" } else { "a status that has it repeated" };
        let holds = if acknowledged { answer.status == 200 } else { answer.status >= 500 };
        expect(holds, expected, || answer.shown())?;
    }
    if let (Some(state), Some(payment)) = (action.state, payment) {
        let stored = shop.store.payment(payment.id).await;
        let now = stored.map_err(|error| Mismatch::broken("a payment", error))?.map(|stored| stored.state);
        expect(now == Some(state), format!("the order is {state}"), || format!("it is {now:?}"))?;
    }
    Ok(())
}

/// Brings the order into the state that it has before: a paid one is paid as orders are.
async fn before(
    shop: &Shop,
    services: &Services,
    (api, order): (&str, &Value),
    case: &Case,
) -> Result<Option<Payment>, Mismatch> {
    let name = case.need("/order_state_before")?;
    if matches!(name, "none" | "missing" | "unknown") {
        return Ok(None);
    }
    let state = order::state_before(name)?;
    let Some(payment) = order::store(shop, Provider::Yookassa, BUYER, order).await? else { return Ok(None) };
    if state.is_settled() {
        let paid = paid(order, case, None);
        services.put(&format!("{api}/"), Answer::Json(200, paid.clone()));
        let notice = json!({ "type": "notification", "event": "payment.succeeded", "object": paid });
        let answer = shop.deliver(OWNER, &notification(&notice.to_string())).await?;
        expect(answer.is_success(), "an order that can be paid", || answer.shown())?;
    }
    let stored =
        shop.store.payment(payment.id).await.map_err(|error| Mismatch::broken("a payment", error))?;
    let stored = stored.ok_or_else(|| Mismatch::unknown("an order that vanished"))?;
    if stored.state != state {
        let records = vec![Record::Payment(Payment { state, ..stored })];
        shop.write(&Decision { records, ..Decision::nothing() }).await?;
    }
    Ok(Some(payment))
}

/// Has YooKassa answer as the case says. About a refund two things are asked: the refund, which the case gives, and the
/// payment, which then has it in its sum.
fn publish(services: &Services, api: &str, notice: &str, case: &Case) -> Result<(), Mismatch> {
    let given = &case.value["api_get_response"];
    let status = given["http_status"].as_u64().and_then(|status| u16::try_from(status).ok());
    let silent = given.is_null() || given.as_str() == Some("timeout") || given["timeout"] == true;
    let answer = match status {
        Some(status) => Answer::Json(status, given["json"].clone()),
        None if silent => Answer::Silence,
        None => return Err(Mismatch::unknown(format!("YooKassa's answer {given}"))),
    };
    services.put(&format!("{api}/"), answer);
    let event: Value = serde_json::from_str(notice).unwrap_or_default();
    if event["event"].as_str().is_some_and(|event| event.starts_with("refund.")) && status == Some(200) {
        let back = (given["json"]["status"] == "succeeded").then(|| given["json"]["amount"].clone());
        let payment = paid(&case.value["config"]["order"], case, back);
        services.put(&format!("{api}/payments/"), Answer::Json(200, payment));
    }
    Ok(())
}

/// The order's payment at YooKassa, paid.
fn paid(order: &Value, case: &Case, refunded: Option<Value>) -> Value {
    let amount = json!({ "value": order["amount"], "currency": order["currency"] });
    let nothing = json!({ "value": "0.00", "currency": order["currency"] });
    let account = recipient(case, case.value["webhook_body"].as_str().unwrap_or_default());
    json!({
        "id": order["provider_payment_id"],
        "status": "succeeded",
        "paid": true,
        "amount": amount,
        "refunded_amount": refunded.unwrap_or(nothing),
        "recipient": { "account_id": account.unwrap_or_else(|| "100500".to_owned()), "gateway_id": "100700" },
        "created_at": "2026-11-24T09:59:00.000Z",
        "captured_at": "2026-11-24T10:00:05.000Z",
        "test": case.value["config"]["shop_is_test"] == true,
        "refundable": true,
        "metadata": { "order_id": order["id"] },
    })
}

/// The number of the shop that the payment is for.
fn recipient(case: &Case, notice: &str) -> Option<String> {
    let notice: Value = serde_json::from_str(notice).unwrap_or_default();
    let account =
        |value: &Value| value.pointer("/recipient/account_id").and_then(Value::as_str).map(str::to_owned);
    account(&case.value["api_get_response"]["json"]).or_else(|| account(&notice["object"]))
}

fn notification(body: &str) -> Delivery {
    Delivery {
        method: "POST".to_owned(),
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body.into(),
        source_ip: Some(webhook::YOOKASSA.to_owned()),
        query: None,
    }
}
