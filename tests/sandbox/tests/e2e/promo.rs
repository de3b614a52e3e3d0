//! Promo codes, from the operator's command to the panel.

use crate::{
    buyer::{Buyer, all_is_well, days, start_of_time},
    purchase::{at, order_a_month},
    refunds::{operator, shop_with_operator},
};
use jiff::SignedDuration;
use sandbox::world::World;
use serde_json::Value;

/// A shop in which an operator gave these orders.
async fn shop(orders: &[&str]) -> World {
    let world = shop_with_operator().await;
    let boss = operator(&world).await;
    for order in orders {
        boss.say(&format!("/promo new {order}")).await;
        assert!(boss.reads().contains("The code is ready"), "{}", boss.chat());
    }
    world
}

async fn newcomer(world: &World, id: i64) -> Buyer<'_> {
    let anna = Buyer::new(world, id, "en");
    anna.say("/start").await;
    anna
}

async fn enter(buyer: &Buyer<'_>, code: &str) {
    buyer.say("/menu").await;
    buyer.press("Promo code").await;
    buyer.say(code).await;
}

fn stored(world: &World, code: &str) -> Value {
    let partition = format!("PROMO#{code}");
    let items = world.table.items().unwrap();
    let found =
        items.into_iter().find(|item| item["PK"]["S"] == partition.as_str() && item["SK"]["S"] == "#");
    found.expect("the code")
}

fn used(world: &World, code: &str) -> String {
    stored(world, code)["used"]["N"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn days_by_a_link_reach_the_panel() {
    let world = shop(&["week days 7"]).await;
    let anna = Buyer::new(&world, 42, "en");
    anna.say("/start promo_week").await;
    assert_eq!(anna.access_until(), start_of_time() + days(7));
    assert_eq!(anna.times_told("The code worked: +7 days"), 1, "{}", anna.chat());
    assert_eq!(anna.times_told("Your bonus is in place"), 1, "{}", anna.chat());
    // Days on top of what was bought, for somebody else.
    let bob = newcomer(&world, 43).await;
    let order = order_a_month(&bob).await;
    world.yookassa.pay(&order).unwrap();
    world.settle().await;
    enter(&bob, " Week ").await;
    assert_eq!(bob.access_until(), at("2026-12-28T10:00:00Z"), "{}", bob.chat());
    assert_eq!((anna.events("promo_applied"), bob.events("promo_applied")), (1, 1));
    assert_eq!(used(&world, "WEEK"), "2");
    all_is_well(&world);
}

#[tokio::test]
async fn a_percentage_reduces_what_the_provider_takes() {
    let world = shop(&["half percent 50 limit=10 plans=m1"]).await;
    let anna = newcomer(&world, 42).await;
    enter(&anna, "HALF").await;
    anna.press("Choose a plan").await;
    assert!(anna.button("instead of").is_some(), "{}", anna.chat());
    let order = order_a_month(&anna).await;
    assert_eq!(world.yookassa.payments()[0].minor, 7_500);
    assert_eq!(used(&world, "HALF"), "0");
    world.yookassa.pay(&order).unwrap();
    world.settle().await;
    assert_eq!(anna.access_until(), at("2026-12-21T10:00:00Z"));
    assert_eq!((anna.events("credited"), anna.events("promo_consumed")), (1, 1));
    assert_eq!(used(&world, "HALF"), "1");
    // The next one is at the full price.
    order_a_month(&anna).await;
    assert_eq!(world.yookassa.payments().last().unwrap().minor, 15_000);
    anna.say("/history").await;
    assert!(anna.reads().contains("code HALF"), "{}", anna.chat());
    all_is_well(&world);
}

#[tokio::test]
async fn the_full_price_for_a_reduced_order_is_held() {
    let world = shop(&["half percent 50"]).await;
    let anna = newcomer(&world, 42).await;
    enter(&anna, "HALF").await;
    let order = order_a_month(&anna).await;
    world.yookassa.pay_wrong_amount(&order, 15_000).unwrap();
    world.settle().await;
    assert_eq!((anna.events("payment_held"), anna.events("promo_consumed")), (1, 0));
    assert_eq!(used(&world, "HALF"), "0");
}

#[tokio::test]
async fn one_use_serves_one_of_two_people_and_comes_back_when_abandoned() {
    let world = shop(&["once fixed 50RUB limit=1"]).await;
    let (anna, bob) = (newcomer(&world, 42).await, newcomer(&world, 43).await);
    enter(&anna, "once").await;
    enter(&bob, "once").await;
    order_a_month(&anna).await;
    assert_eq!(world.yookassa.payments().last().unwrap().minor, 10_000);
    order_a_month(&bob).await;
    assert_eq!(world.yookassa.payments().last().unwrap().minor, 15_000, "it is held for Anna");
    world.pass(SignedDuration::from_mins(130)).await;
    let order = order_a_month(&bob).await;
    assert_eq!(world.yookassa.payments().last().unwrap().minor, 10_000, "Anna did not come back");
    world.yookassa.pay(&order).unwrap();
    world.settle().await;
    assert_eq!(used(&world, "ONCE"), "1");
    let carl = newcomer(&world, 44).await;
    enter(&carl, "once").await;
    assert!(carl.reads().contains("does not work"), "{}", carl.chat());
}

#[tokio::test]
async fn guessing_is_slowed_down_and_told() {
    let world = shop(&["right balance 10RUB"]).await;
    let anna = newcomer(&world, 42).await;
    for round in 0..5 {
        enter(&anna, &format!("guess-{round}")).await;
        assert!(anna.reads().contains("does not work"), "{}", anna.chat());
    }
    enter(&anna, "right").await;
    assert!(anna.reads().contains("Too many attempts"), "{}", anna.chat());
    world.pass(SignedDuration::from_mins(11)).await;
    enter(&anna, "right").await;
    assert!(anna.reads().contains("The code worked"), "{}", anna.chat());
    for round in 0..30 {
        if round % 5 == 0 {
            world.pass(SignedDuration::from_mins(11)).await;
        }
        anna.say(&format!("/start promo_nope{round}")).await;
    }
    let boss = Buyer { world: &world, id: 7 };
    assert_eq!(boss.times_told("guesses promo codes"), 1, "{}", boss.chat());
    all_is_well(&world);
}

/// Everybody's message is on its way before the first is read.
#[tokio::test]
async fn ten_people_at_once_use_a_code_three_times() {
    let world = shop(&["rush balance 10RUB limit=3"]).await;
    let people: Vec<Buyer<'_>> = (50..60).map(|id| Buyer::new(&world, id, "en")).collect();
    for person in &people {
        world.telegram.send_text(person.id, "/start promo_rush").unwrap();
    }
    world.settle().await;
    let applied: usize = people.iter().map(|person| person.events("promo_applied")).sum();
    assert_eq!((applied, used(&world, "RUSH").as_str()), (3, "3"));
    all_is_well(&world);
}

#[tokio::test]
async fn all_of_the_price_off_needs_no_provider() {
    let world = shop(&["free percent 100 limit=1"]).await;
    let anna = newcomer(&world, 42).await;
    enter(&anna, "free").await;
    anna.say("/buy").await;
    anna.press("1 month").await;
    anna.press("Take it").await;
    assert_eq!(anna.access_until(), at("2026-12-21T10:00:00Z"), "{}", anna.chat());
    assert!(world.yookassa.payments().is_empty());
    assert_eq!((anna.events("credited"), used(&world, "FREE").as_str()), (1, "1"));
    all_is_well(&world);
}

#[tokio::test]
async fn a_discount_can_be_taken_off_and_a_code_switched_off() {
    let world = shop(&["half percent 50 limit=5"]).await;
    let anna = newcomer(&world, 42).await;
    enter(&anna, "half").await;
    anna.say("/buy").await;
    anna.press("1 month").await;
    anna.press("Remove the promo code").await;
    assert!(anna.button("instead of").is_none() || !anna.reads().contains("HALF"), "{}", anna.chat());
    order_a_month(&anna).await;
    assert_eq!(world.yookassa.payments().last().unwrap().minor, 15_000);
    let boss = Buyer { world: &world, id: 7 };
    boss.say("/promo off half").await;
    boss.say("/promo").await;
    assert!(boss.reads().contains("HALF"), "{}", boss.chat());
    enter(&anna, "half").await;
    assert!(anna.reads().contains("does not work"), "{}", anna.chat());
    boss.say("/promo new half percent 500").await;
    assert!(boss.reads().contains("/promo new CODE"), "{}", boss.chat());
    all_is_well(&world);
}

#[tokio::test]
async fn a_sum_of_ones_own_is_asked_for_and_a_command_ends_the_question() {
    let world = shop(&[]).await;
    let anna = newcomer(&world, 42).await;
    anna.say("/balance").await;
    anna.press("Another sum").await;
    for nonsense in ["a lot", "0", "-5", "1e3", "99999999999999999999"] {
        anna.say(nonsense).await;
        assert!(anna.reads().contains("This sum is not possible"), "{nonsense}: {}", anna.chat());
    }
    anna.say("1 234,50").await;
    anna.press("YooKassa").await;
    assert_eq!(world.yookassa.payments()[0].minor, 123_450);
    anna.say("500").await;
    assert!(anna.reads().contains("only buttons"), "answered once: {}", anna.chat());
    anna.say("/balance").await;
    anna.press("Another sum").await;
    anna.say("/menu").await;
    anna.say("500").await;
    assert!(anna.reads().contains("only buttons"), "{}", anna.chat());
    anna.say("/balance").await;
    anna.press("Another sum").await;
    world.pass(SignedDuration::from_mins(61)).await;
    anna.say("500").await;
    assert!(anna.reads().contains("only buttons"), "too late: {}", anna.chat());
    all_is_well(&world);
}
