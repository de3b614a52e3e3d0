//! The balance: topped up by any way, spent wholly or in part, never below nothing.

use crate::{
    buyer::{Buyer, all_is_well, days, start_of_time, world},
    providers::{act, open_page},
};
use futures::{StreamExt, stream};
use sandbox::world::World;
use serde_json::json;
use standin_providers::Act;

/// Puts 300 rubles on the balance by YooKassa.
async fn top_up(buyer: &Buyer<'_>, sum: &str) {
    buyer.say("/start").await;
    buyer.press("Profile").await;
    buyer.press("Balance").await;
    buyer.press(sum).await;
    buyer.press("YooKassa").await;
    let order = open_page(buyer, "yookassa").await;
    act(buyer.world, "yookassa", &order.id, Act::Pay).await;
}

fn balance(buyer: &Buyer<'_>) -> Vec<String> {
    let held = &buyer.stored("#PROFILE")[0]["balance"]["L"];
    let texts = held.as_array().into_iter().flatten().filter_map(|text| text["S"].as_str());
    texts.map(str::to_owned).collect()
}

async fn newcomer(world: &World, id: i64) -> Buyer<'_> {
    let anna = Buyer::new(world, id, "en");
    anna.say("/start").await;
    anna
}

#[tokio::test]
async fn a_top_up_pays_for_a_month_in_one_press() {
    let world = world().await;
    let anna = newcomer(&world, 42).await;
    top_up(&anna, "300").await;
    assert_eq!(balance(&anna), ["300.00 RUB"]);
    assert_eq!(anna.times_told("came to your balance"), 1, "{}", anna.chat());
    anna.say("/buy").await;
    anna.press("1 month").await;
    anna.press("From the balance").await;
    assert_eq!(balance(&anna), ["150.00 RUB"]);
    assert_eq!(anna.access_until(), start_of_time() + days(30));
    assert_eq!(anna.events("credited"), 1);
    anna.say("/start").await;
    anna.press("Profile").await;
    anna.press("Balance").await;
    anna.press("history").await;
    assert!(anna.reads().contains("top-up"), "{}", anna.chat());
    all_is_well(&world);
}

#[tokio::test]
async fn the_balance_pays_a_part_in_the_same_commit() {
    let world = world().await;
    let anna = newcomer(&world, 42).await;
    top_up(&anna, "100").await;
    anna.say("/buy").await;
    anna.press("1 month").await;
    anna.press("Use the balance").await;
    anna.press("YooKassa").await;
    let order = open_page(&anna, "yookassa").await;
    assert_eq!(order.minor, 5_000, "the rest of 150 rubles");
    assert_eq!(balance(&anna), ["100.00 RUB"], "not taken before the money is there");
    act(&world, "yookassa", &order.id, Act::Pay).await;
    assert!(balance(&anna).is_empty());
    assert_eq!(anna.events("credited"), 1, "{}", anna.chat());
    all_is_well(&world);
}

#[tokio::test]
async fn a_balance_spent_meanwhile_turns_the_payment_into_a_top_up() {
    let world = world().await;
    let anna = newcomer(&world, 42).await;
    top_up(&anna, "300").await;
    anna.say("/buy").await;
    anna.press("3 months").await;
    anna.press("Use the balance").await;
    anna.press("YooKassa").await;
    let order = open_page(&anna, "yookassa").await;
    assert_eq!(order.minor, 10_000);
    anna.say("/buy").await;
    anna.press("1 month").await;
    anna.press("From the balance").await;
    assert_eq!(balance(&anna), ["150.00 RUB"]);
    act(&world, "yookassa", &order.id, Act::Pay).await;
    assert_eq!(balance(&anna), ["250.00 RUB"], "nothing is lost");
    assert_eq!(anna.events("credited"), 1);
    assert_eq!(anna.times_told("did not go through"), 1, "{}", anna.chat());
    all_is_well(&world);
}

/// Thirty-two presses at once, of two different offers' worth: the balance covers two months, and two are bought at most.
#[tokio::test]
async fn thirty_two_spends_at_once_never_overdraw() {
    let world = world().await;
    let anna = newcomer(&world, 42).await;
    top_up(&anna, "300").await;
    for _ in 0..3 {
        anna.say("/buy").await;
        anna.press("1 month").await;
        let Some((message, data)) = anna.button("From the balance") else { break };
        let url = format!("{}/webhook/telegram", world.address.base());
        let client = reqwest::Client::new();
        let before = anna.events("credited");
        let press = |number: i64| {
            let update = json!({
                "update_id": 900_000 + number + i64::try_from(before).unwrap() * 100,
                "callback_query": {
                    "id": format!("{}", 77_000 + number), "chat_instance": "1", "data": data,
                    "from": { "id": 42, "is_bot": false, "first_name": "Anna", "language_code": "en" },
                    "message": {
                        "message_id": message, "date": 1, "chat": { "id": 42, "type": "private" }, "text": "x"
                    },
                },
            });
            let request = client.post(&url).body(update.to_string());
            let request =
                request.header("x-telegram-bot-api-secret-token", world.setting("WEBHOOK_SECRET_TOKEN"));
            async move { request.send().await.unwrap().status().as_u16() }
        };
        let statuses: Vec<u16> = stream::iter(0..32).map(press).buffer_unordered(32).collect().await;
        world.settle().await;
        assert!(statuses.iter().all(|status| matches!(status, 200 | 503)), "{statuses:?}");
        assert_eq!(anna.events("credited"), before + 1, "one offer is bought once");
    }
    assert_eq!(anna.events("credited"), 2);
    assert!(balance(&anna).is_empty());
    assert_eq!(anna.access_until(), "2027-01-21T10:00:00Z".parse().unwrap());
}
