//! Demands on Stars. A recorded update speaks of an order of another shop: as it is, it must move nothing. With an
//! order of ours in its place it must do what it says, once.

use super::{
    checks::{simply, told, well_behaved},
    stage::{Case, Seen, Stage},
};
use serde_json::{Value, json};

/// An order of ours in a world of its own.
struct Deal {
    stage: Stage,
    person: i64,
    payload: String,
}

const PAID: &str = "/message/successful_payment";
const REFUNDED: &str = "/message/refunded_payment";

/// How many Stars the update speaks of.
fn amount(case: &Case<'_>) -> Result<i64, String> {
    let places = ["/pre_checkout_query", PAID, REFUNDED];
    let found = places.iter().find_map(|place| case.update.pointer(place)?.get("total_amount")?.as_i64());
    found.ok_or_else(|| "no Stars".to_owned())
}

impl Deal {
    /// Orders a month for `price` Stars, once or as a subscription.
    async fn open(case: &Case<'_>, price: i64, subscription: bool) -> Result<Self, String> {
        let stage = Stage::of(case, &[("PRICE_1_MONTH_STARS", &price.to_string())]).await?;
        let person = case.person().ok_or("nobody pays")?;
        let deal = Self { stage, person, payload: String::new() };
        deal.stage.say(person, "/buy").await?;
        deal.press("1:plan:m1").await?;
        let payload = if subscription {
            deal.press("1:subscribe:").await?;
            let calls = deal.stage.world.telegram.calls();
            let link = calls.iter().rev().find(|call| call.method == "createInvoiceLink");
            link.and_then(|call| call.params["payload"].as_str().map(str::to_owned))
        } else {
            deal.press_last("1:pay:", ":stars").await?;
            let messages = deal.stage.world.telegram.chat(person).map(|chat| chat.messages);
            let invoices = messages.into_iter().flatten().rev();
            invoices.into_iter().find_map(|message| message.invoice).map(|invoice| invoice.payload)
        };
        Ok(Self { payload: payload.ok_or("no bill came")?, ..deal })
    }

    async fn press(&self, data: &str) -> Result<(), String> {
        self.press_last(data, "").await
    }

    /// Presses the newest button whose data begins and ends so.
    async fn press_last(&self, begin: &str, end: &str) -> Result<(), String> {
        let telegram = &self.stage.world.telegram;
        let messages = telegram.chat(self.person).map(|chat| chat.messages).unwrap_or_default();
        let found = messages.iter().rev().find_map(|message| {
            let mut buttons = message.buttons.iter().flatten();
            let fits = |value: &str| value.starts_with(begin) && value.ends_with(end);
            buttons.find(|button| fits(&button.value)).map(|button| (message.id, button.value.clone()))
        });
        let (message, data) = found.ok_or_else(|| format!("no button {begin}"))?;
        telegram.press(self.person, message, &data).map_err(|error| error.to_string())?;
        self.stage.world.settle().await;
        Ok(())
    }

    /// The update with our order in it, as the `nth` delivery.
    fn ours(&self, update: &Value, nth: i64) -> Value {
        let mut update = update.clone();
        let until = self.stage.world.clock.now().as_second() + 30 * 24 * 3600;
        for place in ["/pre_checkout_query", PAID, REFUNDED, "/subscription"] {
            if let Some(Value::Object(fields)) = update.pointer_mut(place) {
                fields.insert("invoice_payload".to_owned(), self.payload.clone().into());
                if fields.contains_key("subscription_expiration_date") {
                    fields.insert("subscription_expiration_date".to_owned(), until.into());
                }
            }
        }
        if let Some(id) = update["update_id"].as_i64() {
            update["update_id"] = (id + nth).into();
        }
        update
    }

    async fn give(&self, case: &Case<'_>, update: &Value) -> Result<Seen, String> {
        let seen = self.stage.give(update).await?;
        well_behaved(case, &seen)?;
        Ok(seen)
    }

    /// The Stars come, as a first charge of `charge`.
    async fn pay(&self, case: &Case<'_>, price: i64, charge: &str, subscription: bool) -> Result<(), String> {
        let mut paid = json!({ "currency": "XTR", "total_amount": price, "invoice_payload": self.payload,
            "telegram_payment_charge_id": charge, "provider_payment_charge_id": "1_1" });
        if subscription {
            let until = self.stage.world.clock.now().as_second() + 30 * 24 * 3600;
            paid["is_recurring"] = true.into();
            paid["is_first_recurring"] = true.into();
            paid["subscription_expiration_date"] = until.into();
        }
        let person = json!({ "id": self.person, "is_bot": false, "first_name": "Payer" });
        let chat = json!({ "id": self.person, "type": "private", "first_name": "Payer" });
        let message =
            json!({ "message_id": 1, "date": 1, "from": person, "chat": chat, "successful_payment": paid });
        self.give(case, &json!({ "update_id": 7, "message": message })).await.map(drop)
    }

    fn count(&self, event: &str, times: usize) -> Result<(), String> {
        let found = self.stage.events(self.person, event);
        if found == times { Ok(()) } else { Err(format!("{event}: {found} instead of {times}")) }
    }

    /// Telegram renews the subscription by itself.
    fn renewed_by_telegram(&self) -> bool {
        let held = self.stage.stored(self.person, "#SUB");
        held.iter().any(|item| item["renewal"].to_string().contains("\"stars\""))
    }
}

/// As it is the update is of another shop: told, if somebody waits, and nothing moves.
async fn strange(case: &Case<'_>) -> Result<Seen, String> {
    let (stage, seen) = simply(case).await?;
    let person = case.person().ok_or("nobody pays")?;
    let moved = ["credited", "payment_refunded", "renewal_set"];
    match moved.iter().find(|event| stage.events(person, event) > 0) {
        Some(event) => Err(format!("{event} for an order that we do not know")),
        None => Ok(seen),
    }
}

/// What was said to the question: yes, or why not.
fn verdict(seen: &Seen, id: &Value) -> Result<Option<String>, String> {
    let answers: Vec<_> = seen
        .of("answerPreCheckoutQuery")
        .filter(|call| call.params["pre_checkout_query_id"] == *id)
        .collect();
    match answers.as_slice() {
        [one] if one.params["ok"] == true => Ok(None),
        [one] => match one.params["error_message"].as_str() {
            Some(why) if !why.is_empty() => Ok(Some(why.to_owned())),
            _ => Err("refused without a reason".to_owned()),
        },
        all => Err(format!("{} answers to the question", all.len())),
    }
}

pub(super) async fn pre_checkout(case: &Case<'_>) -> Result<(), String> {
    pre_checkout_refused(case).await?;
    let price = amount(case)?;
    let id = &case.update["pre_checkout_query"]["id"];
    let deal = Deal::open(case, price, false).await?;
    let seen = deal.give(case, &deal.ours(case.update, 0)).await?;
    if let Some(why) = verdict(&seen, id)? {
        return Err(format!("our own order is refused: {why}"));
    }
    // The same order at another price is not what was agreed.
    let dearer = Deal::open(case, price + 1, false).await?;
    let seen = dearer.give(case, &dearer.ours(case.update, 0)).await?;
    if verdict(&seen, id)?.is_none() { Err("another sum is taken".to_owned()) } else { Ok(()) }
}

/// As it is the order is nobody's.
pub(super) async fn pre_checkout_refused(case: &Case<'_>) -> Result<(), String> {
    let seen = strange(case).await?;
    match verdict(&seen, &case.update["pre_checkout_query"]["id"])? {
        Some(_) => Ok(()),
        None => Err("an order that we do not know is taken".to_owned()),
    }
}

pub(super) async fn payment(case: &Case<'_>) -> Result<(), String> {
    let seen = strange(case).await?;
    told(case, &seen)?;
    let recurring = case.update.pointer(PAID).is_some_and(|paid| paid["is_recurring"] == true);
    let deal = Deal::open(case, amount(case)?, recurring).await?;
    for nth in 0..3 {
        let seen = deal.give(case, &deal.ours(case.update, nth)).await?;
        told(case, &seen)?;
        deal.count("credited", 1)?;
    }
    Ok(())
}

pub(super) async fn subscription_start(case: &Case<'_>) -> Result<(), String> {
    let deal = Deal::open(case, amount(case)?, true).await?;
    deal.give(case, &deal.ours(case.update, 0)).await?;
    deal.count("credited", 1)?;
    if deal.renewed_by_telegram() { Ok(()) } else { Err("no subscription began".to_owned()) }
}

pub(super) async fn subscription_renewal(case: &Case<'_>) -> Result<(), String> {
    let price = amount(case)?;
    let deal = Deal::open(case, price, true).await?;
    deal.pay(case, price, "stxFirst", true).await?;
    for nth in 0..2 {
        deal.give(case, &deal.ours(case.update, nth)).await?;
        deal.count("credited", 2)?;
    }
    Ok(())
}

pub(super) async fn revoke(case: &Case<'_>) -> Result<(), String> {
    let seen = strange(case).await?;
    told(case, &seen)?;
    let price = amount(case)?;
    let deal = Deal::open(case, price, false).await?;
    let charge =
        case.update.pointer(REFUNDED).and_then(|refund| refund["telegram_payment_charge_id"].as_str());
    deal.pay(case, price, charge.ok_or("no charge")?, false).await?;
    deal.count("credited", 1)?;
    let now = deal.stage.world.clock.now().to_string();
    for nth in 0..2 {
        deal.give(case, &deal.ours(case.update, nth)).await?;
        deal.count("payment_refunded", 1)?;
    }
    let held = deal.stage.stored(deal.person, "#SUB");
    let ends = held.first().and_then(|item| item["end"]["S"].as_str()).unwrap_or_default();
    if ends <= now.as_str() { Ok(()) } else { Err(format!("access goes on until {ends}")) }
}

pub(super) async fn subscription_state(case: &Case<'_>, goes_on: bool) -> Result<(), String> {
    strange(case).await?;
    let price = 150;
    let deal = Deal::open(case, price, true).await?;
    deal.pay(case, price, "stxFirst", true).await?;
    if goes_on {
        let mut stopped = deal.ours(case.update, 1);
        stopped["subscription"]["state"] = "canceled".into();
        deal.give(case, &stopped).await?;
    }
    if deal.renewed_by_telegram() == goes_on {
        return Err("no subscription to speak of".to_owned());
    }
    let seen = deal.give(case, &deal.ours(case.update, 2)).await?;
    if let Some(call) = seen.calls.first() {
        return Err(format!("{} was called", call.method));
    }
    if deal.renewed_by_telegram() == goes_on { Ok(()) } else { Err("not written down".to_owned()) }
}
