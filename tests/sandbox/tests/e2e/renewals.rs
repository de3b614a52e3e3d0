//! Saved methods, renewals that need nobody, subscriptions that a provider keeps, and the daily balance sheet.

use crate::{
    buyer::{Buyer, all_is_well, days, start_of_time, world, world_with},
    providers::{act, open_page, order},
};
use jiff::SignedDuration;
use sandbox::world::{Plan, World};
use standin_providers::Act;

async fn newcomer(world: &World) -> Buyer<'_> {
    let anna = Buyer::new(world, 42, "en");
    anna.say("/start").await;
    anna
}

/// Buys a month by `provider` and lets it be remembered.
async fn buy_and_remember(buyer: &Buyer<'_>, (provider, label): (&str, &str)) {
    buyer.say("/buy").await;
    buyer.press("1 month").await;
    buyer.press("Remember and renew").await;
    buyer.press(label).await;
    let order = open_page(buyer, provider).await;
    act(buyer.world, provider, &order.id, Act::Pay).await;
}

#[tokio::test]
async fn a_saved_method_renews_before_the_end_and_only_once() {
    for way in [("yookassa", "YooKassa"), ("stripe", "Stripe"), ("robokassa", "Robokassa")] {
        let world = world().await;
        let anna = newcomer(&world).await;
        buy_and_remember(&anna, way).await;
        assert_eq!(anna.events("method_saved"), 1, "{way:?}\n{}", anna.chat());
        let until = anna.access_until();
        world.pass(until.duration_since(start_of_time()) - SignedDuration::from_hours(23)).await;
        assert_eq!(anna.events("renewal_started"), 1, "{way:?}\n{}", anna.chat());
        assert_eq!(anna.events("credited"), 2, "{way:?}\n{}", anna.chat());
        assert!(anna.access_until() >= until + days(28), "{way:?}");
        world.pass(SignedDuration::from_hours(23)).await;
        assert_eq!(anna.events("renewal_started"), 1, "{way:?}");
        all_is_well(&world);
    }
}

#[tokio::test]
async fn a_declined_renewal_is_told_and_a_revoked_method_is_gone() {
    let world = world().await;
    let anna = newcomer(&world).await;
    buy_and_remember(&anna, ("yookassa", "YooKassa")).await;
    let method = world.yookassa.methods().pop().unwrap();
    world.yookassa.revoke_method(&method).unwrap();
    world.pass(days(29) + SignedDuration::from_hours(2)).await;
    assert_eq!(anna.events("credited"), 1);
    assert_eq!(anna.events("method_removed"), 1, "{}", anna.chat());
    assert!(anna.times_told("could not be renewed") >= 1, "{}", anna.chat());
    all_is_well(&world);
}

#[tokio::test]
async fn a_renewal_whose_answer_is_lost_charges_once() {
    use sandbox::{
        calls::Target,
        faults::{Effect, Loss, Rule, When},
    };
    let world = world().await;
    let anna = newcomer(&world).await;
    buy_and_remember(&anna, ("yookassa", "YooKassa")).await;
    let paid = |world: &World| world.yookassa.payments().iter().filter(|p| p.status == "succeeded").count();
    assert_eq!(paid(&world), 1);
    world.pass(days(28)).await;
    world.outside.faults.push(Rule {
        target: Target::Provider("yookassa"),
        operation: Some("POST /v3/payments".into()),
        when: When::First(4),
        effect: Effect::LoseAnswer(Loss::Closed),
    });
    world.pass(SignedDuration::from_hours(40)).await;
    assert_eq!((paid(&world), anna.events("credited")), (2, 2), "{}", anna.chat());
    all_is_well(&world);
}

#[tokio::test]
async fn the_balance_renews_when_nothing_is_saved() {
    let world = world().await;
    let anna = newcomer(&world).await;
    let first = order(&anna, ("yookassa", "YooKassa")).await;
    act(&world, "yookassa", &first.id, Act::Pay).await;
    anna.say("/start").await;
    anna.press("Profile").await;
    anna.press("Balance").await;
    anna.press("300").await;
    anna.press("YooKassa").await;
    let top_up = open_page(&anna, "yookassa").await;
    act(&world, "yookassa", &top_up.id, Act::Pay).await;
    anna.say("/subscription").await;
    anna.press("Turn renewal on").await;
    world.pass(days(29) + SignedDuration::from_hours(2)).await;
    assert_eq!(anna.events("credited"), 2, "{}", anna.chat());
    all_is_well(&world);
}

#[tokio::test]
async fn a_method_is_saved_without_paying_and_removed_for_good() {
    let world = world().await;
    let anna = newcomer(&world).await;
    let bought = order(&anna, ("yookassa", "YooKassa")).await;
    act(&world, "yookassa", &bought.id, Act::Pay).await;
    anna.say("/subscription").await;
    anna.press("Payment methods").await;
    anna.press("Add · YooKassa").await;
    let page = anna
        .messages()
        .iter()
        .rev()
        .flat_map(|m| m.buttons.iter().flatten())
        .find(|b| b.action == "url" && b.text.contains("Open the page"))
        .unwrap()
        .value
        .clone();
    assert!(reqwest::get(&page).await.unwrap().status().is_success());
    let binding = page.rsplit('/').next().unwrap().to_owned();
    act(&world, "yookassa", &binding, Act::Pay).await;
    anna.press("Done").await;
    world.pass(SignedDuration::from_mins(10)).await;
    assert_eq!(anna.stored("#METHOD#").len(), 1, "{}", anna.chat());
    anna.say("/subscription").await;
    anna.press("Payment methods").await;
    anna.press("Remove").await;
    anna.press("Yes, remove it").await;
    assert!(anna.stored("#METHOD#")[0]["deleted_at"]["S"].is_string());
    all_is_well(&world);
}

/// Takes a subscription in Stars; the id of its first charge.
async fn subscribe_in_stars(anna: &Buyer<'_>) -> String {
    anna.say("/buy").await;
    anna.press("1 month").await;
    anna.press("renews itself").await;
    let buttons = anna.messages().into_iter().rev().flat_map(|message| message.buttons).flatten();
    let link = buttons.into_iter().find(|button| button.value.contains("t.me/$")).expect("a link").value;
    anna.world.telegram.pay_invoice_link(anna.id, &link).unwrap();
    anna.world.settle().await;
    charges(anna.world).pop().expect("a charge")
}

/// The ids of the Stars' charges, in order.
fn charges(world: &World) -> Vec<String> {
    let all = world.telegram.star_transactions();
    all.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

/// Stars that renew themselves: Telegram charges every 30 days without asking; stopped by the button, access stays.
#[tokio::test]
async fn a_subscription_in_stars_goes_on_until_it_is_stopped() {
    let world = world().await;
    let anna = newcomer(&world).await;
    let first = subscribe_in_stars(&anna).await;
    let month = anna.access_until();
    assert!(month >= start_of_time() + days(30) && anna.events("credited") == 1, "{}", anna.chat());

    world.pass(days(30)).await;
    world.telegram.renew_subscription(&first).unwrap();
    world.settle().await;
    assert_eq!(anna.events("credited"), 2, "{}", anna.chat());
    assert_eq!(anna.times_told("has ended"), 0, "{}", anna.chat());
    let renewed = anna.access_until();
    assert!(renewed >= month + days(28), "{renewed}\n{}", anna.chat());

    anna.press("My subscription").await;
    anna.press("Stop renewing").await;
    assert!(world.telegram.renew_subscription(&first).is_err(), "{}", anna.chat());
    assert_eq!(anna.access_until(), renewed);
    world.pass(days(1)).await;
    assert_eq!((anna.events("credited"), charges(&world).len()), (2, 2), "{}", anna.chat());
    all_is_well(&world);
}

/// The buyer stops in Telegram's own settings: the shop hears of it and says nothing else.
#[tokio::test]
async fn a_subscription_stopped_in_telegram_is_known_to_be_off() {
    let world = world().await;
    let anna = newcomer(&world).await;
    let first = subscribe_in_stars(&anna).await;
    anna.press("My subscription").await;
    assert!(anna.button("Stop renewing").is_some(), "{}", anna.chat());
    world.telegram.cancel_subscription(&first).unwrap();
    world.settle().await;
    anna.say("/start").await;
    anna.press("My subscription").await;
    assert!(!anna.reads().contains("every 30 days"), "{}", anna.chat());
    assert!(anna.reads().contains("renewal is off"), "{}", anna.chat());
    all_is_well(&world);
}

#[tokio::test]
async fn tribute_keeps_a_subscription() {
    let world = world().await;
    let anna = newcomer(&world).await;
    let tribute = &world.tills.tribute;
    tribute.subscribe(42, "subscription/1644").unwrap();
    world.settle().await;
    let strays: Vec<_> = world
        .table
        .items()
        .unwrap()
        .into_iter()
        .filter(|i| i["PK"]["S"].as_str().unwrap().starts_with("STRAY"))
        .collect();
    assert_eq!(anna.events("credited"), 1, "{}\n{strays:?}", anna.chat());
    let first = anna.access_until();
    world.pass(days(29)).await;
    tribute.renew(42, "subscription/1644").unwrap();
    world.settle().await;
    assert_eq!(anna.events("credited"), 2);
    assert!(anna.access_until() > first + days(20));
    let second = anna.access_until();
    tribute.cancel_subscription(42, "subscription/1644").unwrap();
    world.settle().await;
    assert_eq!((anna.access_until(), anna.events("renewal_set")), (second, 1));
    all_is_well(&world);
}

#[tokio::test]
async fn a_gift_and_a_trial_of_tribute_give_access_to_their_owners() {
    let world = world().await;
    let anna = newcomer(&world).await;
    world.tills.tribute.gift(42, "subscription/1644").unwrap();
    world.settle().await;
    assert!(anna.access_until() > start_of_time() + days(25));
    let boris = Buyer::new(&world, 43, "en");
    boris.say("/start").await;
    world.tills.tribute.trial(43, "subscription/1644").unwrap();
    world.settle().await;
    assert!(boris.account().is_some(), "{}", boris.chat());
    all_is_well(&world);
}

#[tokio::test]
async fn an_article_that_no_plan_stands_behind_is_kept_and_told() {
    let plan = Plan::at(start_of_time());
    let settings = plan.settings.clone().with("ADMIN_IDS", "7").with("DEFAULT_LANGUAGE", "en");
    let settings =
        settings.with("TRIBUTE_ITEMS", "m1=subscription/1@https://t.me/tribute/app?startapp=s1@150.00 RUB");
    let world = world_with(Plan { settings, ..plan }).await;
    let operator = Buyer::new(&world, 7, "en");
    operator.say("/start").await;
    let anna = newcomer(&world).await;
    world.tills.tribute.subscribe(42, "subscription/1644").unwrap();
    world.settle().await;
    assert_eq!(anna.events("credited"), 0);
    assert_eq!(operator.times_told("Money without a payment"), 1, "{}", operator.chat());
    all_is_well(&world);
}

#[tokio::test]
async fn the_daily_sheet_is_balanced_and_finds_what_was_lost() {
    let plan = Plan::at(start_of_time());
    let world = world_with(Plan {
        settings: plan.settings.clone().with("ADMIN_IDS", "7").with("DEFAULT_LANGUAGE", "en"),
        ..plan
    })
    .await;
    let operator = Buyer::new(&world, 7, "en");
    operator.say("/start").await;
    for (number, way) in crate::providers::WAYS.into_iter().enumerate() {
        let buyer = Buyer::new(&world, 100 + i64::try_from(number).unwrap(), "en");
        buyer.say("/start").await;
        let order = order(&buyer, way).await;
        act(&world, way.0, &order.id, Act::Pay).await;
    }
    world.pass(days(2)).await;
    operator.say("/sheet 2026-11-21").await;
    let sheet = operator.reads();
    for way in crate::providers::WAYS {
        assert!(sheet.to_lowercase().contains(way.0), "{}: {sheet}", way.0);
    }
    assert_eq!(operator.times_told("difference"), operator.times_told("no difference"), "{sheet}");
    println!("{sheet}");
    all_is_well(&world);
}
