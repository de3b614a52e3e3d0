//! The bot speaks in the operator's own words, in notices too.

use crate::{
    buyer::{Buyer, all_is_well},
    purchase::order_a_month,
    refunds::{operator, shop_with_operator},
};
use jiff::SignedDuration;

/// The operator puts a text in these words.
async fn say_instead(boss: &Buyer<'_>, key: &str, words: &str) {
    boss.say(&format!("/texts {key}")).await;
    boss.press(key).await;
    boss.press("Change EN").await;
    boss.say(words).await;
    assert!(boss.reads().contains("How it will look"), "{}", boss.chat());
    boss.press("Save").await;
}

#[tokio::test]
async fn own_words_are_spoken_everywhere_and_audited() {
    let world = shop_with_operator().await;
    let boss = operator(&world).await;
    let anna = Buyer::new(&world, 42, "en");
    anna.say("/start").await;
    say_instead(&boss, "button-help", "🆘 Rescue me").await;
    anna.say("/menu").await;
    assert!(anna.button("Rescue me").is_some(), "{}", anna.chat());
    say_instead(&boss, "notice-delivered-payment", "🎉 <b>You are in!</b>").await;
    world.pass(SignedDuration::from_mins(5)).await;
    let order = order_a_month(&anna).await;
    world.yookassa.pay(&order).unwrap();
    world.settle().await;
    assert_eq!(anna.times_told("You are in!"), 1, "{}", anna.chat());
    let events = world.table.items().unwrap();
    let changed: Vec<_> =
        events.iter().filter(|item| item["kind"]["M"]["kind"]["S"] == "text_changed").collect();
    assert_eq!(changed.len(), 2);
    assert!(changed.iter().all(|event| event["actor"]["S"] == "operator/7"), "{changed:?}");
    boss.say("/texts button-help").await;
    boss.press("button-help").await;
    boss.press("EN as delivered").await;
    anna.say("/menu").await;
    let menu = anna.messages().pop().unwrap();
    assert!(menu.buttons.iter().flatten().all(|button| !button.text.contains("Rescue me")), "{menu:?}");
    all_is_well(&world);
}

#[tokio::test]
async fn the_set_up_gives_everybody_their_commands() {
    let world = shop_with_operator().await;
    let boss = operator(&world).await;
    let anna = Buyer::new(&world, 42, "en");
    anna.say("/start").await;
    let names = |buyer: &Buyer<'_>| {
        let list = world.telegram.chat(buyer.id).unwrap().commands.unwrap_or_default();
        list.as_array()
            .into_iter()
            .flatten()
            .map(|one| one["command"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let stranger = world.set_up("wrong").await;
    assert_eq!((stranger, names(&anna).len()), (401, 0));
    for _ in 0..2 {
        assert_eq!(world.set_up(world.setting("WEBHOOK_SECRET_TOKEN")).await, 200);
    }
    assert!(names(&anna).contains(&"buy".to_owned()) && !names(&anna).contains(&"refund".to_owned()));
    assert!(names(&boss).contains(&"refund".to_owned()));
    for command in names(&anna) {
        let before = anna.messages().len();
        anna.say(&format!("/{command}")).await;
        assert_eq!(anna.messages().len(), before + 2, "/{command} is answered");
    }
    all_is_well(&world);
}
