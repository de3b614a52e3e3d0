//! Inline mode: a card to share, in any chat.

use crate::buyer::{Buyer, all_is_well, world};
use sandbox::world::World;
use serde_json::Value;

/// What Telegram shows to somebody who types the bot's name.
async fn cards(world: &World, user: i64) -> Vec<Value> {
    let update = world.telegram.inline_query(user, "").unwrap();
    world.settle().await;
    world.telegram.inline_results(update["inline_query"]["id"].as_str().unwrap()).expect("an answer")
}

fn link(card: &Value) -> &str {
    card["reply_markup"]["inline_keyboard"][0][0]["url"].as_str().unwrap()
}

#[tokio::test]
async fn a_card_brings_a_friend_who_counts() {
    let world = world().await;
    let anna = Buyer::new(&world, 42, "ru");
    anna.say("/start").await;
    let code = anna.stored("#PROFILE")[0]["referral_code"]["S"].as_str().unwrap().to_owned();
    let offered = cards(&world, 42).await;
    let [card] = offered.as_slice() else { panic!("{offered:?}") };
    assert_eq!(card["title"], "Поделиться своей ссылкой");
    assert_eq!(link(card), format!("https://t.me/sandbox_vpn_bot?start=ref_u{code}"));
    assert!(!card.to_string().contains("42") && !card.to_string().contains("Anna"), "{card}");

    let payload = link(card).split_once("start=").unwrap().1.to_owned();
    let boris = Buyer::new(&world, 43, "en");
    boris.say(&format!("/start {payload}")).await;
    assert_eq!(boris.stored("#PROFILE")[0]["referrer"]["N"], "42");
    all_is_well(&world);
}

#[tokio::test]
async fn a_stranger_sees_the_way_to_the_shop_and_is_not_registered() {
    let world = world().await;
    let clara = Buyer::new(&world, 44, "en");
    let before = world.table.items().unwrap();
    let offered = cards(&world, 44).await;
    assert_eq!((offered.len(), &offered[0]["title"]), (1, &"Open the shop".into()));
    assert_eq!(link(&offered[0]), "https://t.me/sandbox_vpn_bot");
    assert_eq!(world.table.items().unwrap(), before);
    let answer = world.telegram.calls().into_iter().find(|call| call.method == "answerInlineQuery").unwrap();
    assert_eq!((&answer.params["is_personal"], &answer.params["cache_time"]), (&true.into(), &10.into()));
    clara.say("/start").await;
    assert!(
        link(&cards(&world, 44).await[0]).contains("?start=ref_u"),
        "after the first contact it is their own"
    );
    all_is_well(&world);
}
