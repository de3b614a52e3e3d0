//! Who presses too fast, through the whole shop.

use crate::{
    buyer::{Buyer, all_is_well, start_of_time, world_with},
    purchase::{buy_a_month, order_a_month},
    refunds::operator,
};
use jiff::SignedDuration;
use sandbox::world::{Plan, World};

async fn shop() -> World {
    let plan = Plan::at(start_of_time());
    let settings = plan.settings.clone();
    let limits = [
        ("RATE_LIMIT_PER_MINUTE", "12"),
        ("RATE_LIMIT_OPERATOR_PER_MINUTE", "100"),
        ("ADMIN_IDS", "7"),
        ("DEFAULT_LANGUAGE", "en"),
    ];
    let settings = limits.into_iter().fold(settings, |all, (name, value)| all.with(name, value));
    world_with(Plan { settings, ..plan }).await
}

/// Presses without waiting, so often; what was answered in windows.
async fn hammer(buyer: &Buyer<'_>, label: &str, times: usize) -> Vec<String> {
    let (mut windows, (message, data)) = (Vec::new(), buyer.find(label));
    for _ in 0..times {
        // The screen behind the finger may change meanwhile.
        let update = buyer.world.telegram.press_stale(buyer.id, message, &data).unwrap();
        buyer.world.settle().await;
        let query = update["callback_query"]["id"].as_str().unwrap();
        let answer = buyer.world.telegram.callback(query).unwrap().answer.expect("every press is answered");
        if answer.show_alert {
            windows.push(answer.text);
        }
    }
    windows
}

#[tokio::test]
async fn somebody_who_never_paid_is_stopped_for_a_while() {
    let world = shop().await;
    let boss = operator(&world).await;
    let anna = Buyer::new(&world, 42, "en");
    anna.say("/start").await;
    let windows = hammer(&anna, "Help", 11).await;
    assert_eq!(windows, Vec::<String>::new(), "as many as anybody may");
    world.outside.meter.start("too fast");
    let windows = hammer(&anna, "Menu", 5).await;
    let cost = world.outside.meter.stop();
    assert_eq!((cost.calls, cost.http_calls), (0, 0), "{:?}", cost.operations);
    assert_eq!(windows, ["Too fast. Wait 60 seconds."]);
    let windows = hammer(&anna, "Menu", 20).await;
    assert_eq!(windows.len(), 1, "{windows:?}");
    assert!(windows[0].contains("answers again after 21 November 2026, 13:05"), "{windows:?}");
    assert_eq!(anna.events("pace_stopped"), 1);
    assert_eq!(boss.times_told("Suspicious activity"), 1, "{}", boss.chat());
    let before = anna.messages().len();
    anna.say("/menu").await;
    assert_eq!(anna.messages().len(), before + 1, "what they wrote, and no answer");
    world.pass(SignedDuration::from_secs(301)).await;
    anna.say("/menu").await;
    assert_eq!(anna.messages().len(), before + 3, "{}", anna.chat());
    // Again, within the hour: nobody hears of it twice.
    hammer(&anna, "Help", 40).await;
    assert_eq!((anna.events("pace_stopped"), boss.times_told("Suspicious activity")), (2, 1));
}

#[tokio::test]
async fn who_paid_is_slowed_and_never_stopped_and_money_is_never_held_up() {
    let world = shop().await;
    let anna = Buyer::new(&world, 42, "en");
    buy_a_month(&anna).await;
    world.pass(SignedDuration::from_secs(60)).await;
    let order = order_a_month(&anna).await;
    hammer(&anna, "I have paid", 60).await;
    assert_eq!(anna.events("pace_stopped"), 0);
    // The money comes in the middle of it.
    world.yookassa.pay(&order).unwrap();
    world.settle().await;
    assert_eq!(anna.events("credited"), 2);
    world.pass(SignedDuration::from_secs(60)).await;
    anna.say("/menu").await;
    assert!(anna.reads().contains("active"), "{}", anna.chat());
    all_is_well(&world);
}

#[tokio::test]
async fn typing_in_other_chats_counts_and_is_answered_empty() {
    let world = shop().await;
    let anna = Buyer::new(&world, 42, "en");
    anna.say("/start").await;
    world.pass(SignedDuration::from_secs(60)).await;
    let mut cards = Vec::new();
    for _ in 0..14 {
        let update = world.telegram.inline_query(42, "").unwrap();
        world.settle().await;
        let query = update["inline_query"]["id"].as_str().unwrap();
        cards.push(world.telegram.inline_results(query).expect("an answer").len());
    }
    assert_eq!(cards, [[1; 12].as_slice(), &[0; 2]].concat());
}
