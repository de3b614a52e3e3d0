//! First contact, the trial, and what follows it.

use crate::{
    buyer::{Buyer, all_is_well, days, start_of_time, world},
    purchase::{at, buy_a_month},
};

#[tokio::test]
async fn a_new_person_takes_the_trial_and_gets_a_link() {
    let world = world().await;
    let anna = Buyer::new(&world, 42, "en");
    anna.say("/start").await;
    let menu = anna.messages().pop().unwrap();
    let styles: Vec<_> = menu.buttons.iter().flatten().filter_map(|button| button.style.as_deref()).collect();
    assert_eq!(styles, ["success"], "one button stands out");
    anna.press("Try it free").await;
    assert_eq!(anna.access_until(), start_of_time() + days(3));
    assert_eq!(anna.account().unwrap()["trafficLimitBytes"], 5_u64 << 30);
    assert!(anna.reads().contains("https://sub.sandbox.example/"), "{}", anna.chat());
    all_is_well(&world);
}

#[tokio::test]
async fn there_is_one_trial_however_often_it_is_asked_for() {
    let world = world().await;
    let anna = Buyer::new(&world, 42, "en");
    anna.say("/start").await;
    let (message, data) = anna.find("Try it free");
    for _ in 0..3 {
        world.telegram.press(42, message, &data).unwrap();
    }
    world.settle().await;
    assert_eq!(anna.events("trial_started"), 1);
    world.pass(days(30)).await;
    world.telegram.press_stale(42, message, &data).unwrap();
    world.settle().await;
    assert_eq!(anna.events("trial_started"), 1);
    assert_eq!(anna.access_until(), start_of_time() + days(3));
    all_is_well(&world);
}

#[tokio::test]
async fn what_is_left_of_the_trial_is_added_to_the_first_month() {
    let world = world().await;
    let anna = Buyer::new(&world, 42, "en");
    anna.say("/start").await;
    anna.press("Try it free").await;
    buy_a_month(&anna).await;
    assert_eq!(anna.access_until(), at("2026-12-24T10:00:00Z"));
    assert_eq!(anna.account().unwrap()["trafficLimitBytes"], 0, "the trial's limit is gone");
    all_is_well(&world);
}

#[tokio::test]
async fn reminders_come_once_and_stop_with_a_renewal() {
    let world = world().await;
    let anna = Buyer::new(&world, 42, "en");
    anna.say("/start").await;
    buy_a_month(&anna).await;
    world.pass(days(28)).await;
    assert_eq!(anna.events("reminded"), 1, "three days before: {}", anna.chat());
    buy_a_month(&anna).await;
    world.pass(days(5)).await;
    assert_eq!(anna.events("reminded"), 1, "renewed in time");
    world.pass(days(30)).await;
    assert_eq!(anna.events("reminded"), 4, "three days, one day, the end");
    all_is_well(&world);
}

#[tokio::test]
async fn where_a_person_came_from_is_kept_from_the_first_contact() {
    let world = world().await;
    let anna = Buyer::new(&world, 42, "en");
    anna.say("/start").await;
    let code = anna.stored("#PROFILE")[0]["referral_code"]["S"].as_str().unwrap().to_owned();
    let boris = Buyer::new(&world, 43, "ru");
    boris.say(&format!("/start ref_u{}", code.to_lowercase())).await;
    boris.say("/start ads_2").await;
    let profile = &boris.stored("#PROFILE")[0];
    assert_eq!(profile["referrer"]["N"], "42");
    assert_eq!(profile["campaign"], serde_json::Value::Null, "the first contact counts");
    assert_eq!(profile["language"]["S"], "ru");
    let clara = Buyer::new(&world, 44, "de");
    clara.say("/start vk_ads").await;
    let profile = &clara.stored("#PROFILE")[0];
    assert_eq!((&profile["campaign"]["S"], &profile["language"]["S"]), (&"vk_ads".into(), &"ru".into()));
    clara.say(&format!("/start ref_{code}")).await;
    assert_eq!(clara.stored("#PROFILE")[0]["referrer"], serde_json::Value::Null);
    all_is_well(&world);
}
