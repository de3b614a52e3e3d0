//! Buying, in every way.

use crate::buyer::{Buyer, all_is_well, days, start_of_time, world, world_with};
use jiff::{SignedDuration, Timestamp};
use sandbox::world::{Plan, World};

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// From the menu to the payment page of a month with YooKassa; answers YooKassa's id.
pub async fn order_a_month(buyer: &Buyer<'_>) -> String {
    buyer.say("/buy").await;
    buyer.press("1 month").await;
    buyer.press("Card or SBP").await;
    buyer.external_payment()
}

pub async fn buy_a_month(buyer: &Buyer<'_>) {
    let payment = order_a_month(buyer).await;
    buyer.world.yookassa.pay(&payment).unwrap();
    buyer.world.settle().await;
}

async fn newcomer(world: &World) -> Buyer<'_> {
    let anna = Buyer::new(world, 42, "en");
    anna.say("/start").await;
    anna
}

#[tokio::test]
async fn with_yookassa() {
    let world = world().await;
    let anna = newcomer(&world).await;
    buy_a_month(&anna).await;
    assert_eq!(anna.access_until(), at("2026-12-21T10:00:00Z"));
    assert!(anna.reads().contains("https://sub.sandbox.example/"), "{}", anna.chat());
    assert_eq!((anna.events("credited"), anna.events("provisioned")), (1, 1));
    let account = anna.account().unwrap();
    assert_eq!(account["telegramId"], 42);
    assert_eq!(account["activeInternalSquads"][0]["name"], "Default-Squad");
    let order = &world.yookassa.payments()[0];
    assert!(order.receipt && order.minor == 15_000 && order.status == "succeeded");
    all_is_well(&world);
}

#[tokio::test]
async fn with_stars() {
    let world = world().await;
    let anna = newcomer(&world).await;
    anna.say("/buy").await;
    anna.press("3 months").await;
    anna.press("Telegram Stars").await;
    let invoice =
        anna.messages().iter().rev().find(|message| message.invoice.is_some()).expect("an invoice").id;
    world.telegram.pay_invoice(42, invoice).unwrap();
    world.settle().await;
    assert_eq!(anna.access_until(), at("2027-02-21T10:00:00Z"), "{}", anna.chat());
    assert_eq!(world.telegram.star_transactions().len(), 1);
    assert!(anna.reads().contains("https://sub.sandbox.example/"), "{}", anna.chat());
    all_is_well(&world);
}

#[tokio::test]
async fn a_paid_invoice_is_not_taken_again() {
    let world = world().await;
    let anna = newcomer(&world).await;
    anna.say("/buy").await;
    anna.press("1 month").await;
    anna.press("Telegram Stars").await;
    let invoice = anna.messages().iter().rev().find(|message| message.invoice.is_some()).unwrap().id;
    for _ in 0..2 {
        world.telegram.pay_invoice(42, invoice).unwrap();
        world.settle().await;
    }
    assert_eq!(world.telegram.star_transactions().len(), 1, "{}", anna.chat());
    assert_eq!(anna.events("credited"), 1);
}

#[tokio::test]
async fn a_renewal_starts_where_the_paid_time_ends() {
    let world = world().await;
    let anna = newcomer(&world).await;
    buy_a_month(&anna).await;
    world.pass(days(10)).await;
    buy_a_month(&anna).await;
    assert_eq!(anna.access_until(), at("2027-01-21T10:00:00Z"));
    world.pass(days(90)).await;
    buy_a_month(&anna).await;
    assert_eq!(anna.access_until(), at("2027-04-01T10:00:00Z"), "bought anew on 1 March");
    all_is_well(&world);
}

#[tokio::test]
async fn months_end_with_the_month_and_dates_are_shown_in_the_shops_zone() {
    let cases = [
        ("2027-01-31T21:30:00Z", "2027-02-28T21:30:00Z", "1 March 2027, 00:30 (MSK)"),
        ("2028-01-31T12:00:00Z", "2028-02-29T12:00:00Z", "29 February 2028, 15:00 (MSK)"),
    ];
    for (start, end, shown) in cases {
        let world = world_with(Plan::at(at(start))).await;
        let anna = newcomer(&world).await;
        buy_a_month(&anna).await;
        assert_eq!(anna.access_until(), at(end));
        assert!(anna.reads().contains(shown), "{}", anna.chat());
    }
}

#[tokio::test]
async fn money_that_comes_after_the_order_expired_is_credited() {
    let world = world().await;
    let anna = newcomer(&world).await;
    let order = order_a_month(&anna).await;
    world.yookassa.pay_later(&order).unwrap();
    world.pass(SignedDuration::from_mins(180)).await;
    assert_eq!(anna.events("credited"), 1, "{}", anna.chat());
    assert!(anna.access_until() > at("2026-12-21T10:00:00Z"));
    all_is_well(&world);
}

#[tokio::test]
async fn another_amount_is_held_and_nobody_is_credited() {
    let world = world().await;
    let anna = newcomer(&world).await;
    let order = order_a_month(&anna).await;
    world.yookassa.pay_wrong_amount(&order, 14_900).unwrap();
    world.settle().await;
    assert!(anna.account().is_none());
    assert_eq!((anna.events("credited"), anna.events("payment_held")), (0, 1));
    assert_eq!(anna.times_told("does not match the bill"), 1, "{}", anna.chat());
    world.pass(SignedDuration::from_hours(48)).await;
    assert_eq!((anna.events("credited"), anna.events("payment_held")), (0, 1));
    all_is_well(&world);
}

#[tokio::test]
async fn taps_in_a_row_open_one_order() {
    let world = world().await;
    let anna = newcomer(&world).await;
    anna.say("/buy").await;
    let (message, data) = anna.find("1 month");
    for _ in 0..2 {
        world.telegram.press(42, message, &data).unwrap();
    }
    world.settle().await;
    let (message, data) = anna.find("Card or SBP");
    for _ in 0..3 {
        world.telegram.press(42, message, &data).unwrap();
    }
    world.settle().await;
    assert_eq!(world.yookassa.payments().len(), 1);
    world.yookassa.pay_twice(&anna.external_payment()).unwrap();
    world.settle().await;
    assert_eq!((anna.events("credited"), anna.events("payment_opened")), (1, 1));
    assert_eq!(anna.times_told("Your access is ready"), 1, "{}", anna.chat());
    all_is_well(&world);
}

#[tokio::test]
async fn a_canceled_order_is_told_and_the_next_one_works() {
    let world = world().await;
    let anna = newcomer(&world).await;
    let first = order_a_month(&anna).await;
    world.yookassa.cancel(&first).unwrap();
    world.settle().await;
    assert_eq!(anna.events("payment_canceled"), 1, "{}", anna.chat());
    let second = order_a_month(&anna).await;
    assert_ne!(first, second);
    world.yookassa.pay(&second).unwrap();
    world.settle().await;
    assert_eq!(anna.access_until(), start_of_time() + days(30));
    all_is_well(&world);
}

#[tokio::test]
async fn changing_the_language_between_two_taps_is_no_new_order() {
    let world = world().await;
    let anna = newcomer(&world).await;
    let order = order_a_month(&anna).await;
    anna.say("/language").await;
    anna.press("Русский").await;
    anna.say("/buy").await;
    anna.press("1 месяц").await;
    anna.press("СБП").await;
    assert_eq!(anna.external_payment(), order);
    assert_eq!(world.yookassa.payments().len(), 1);
    all_is_well(&world);
}

#[tokio::test]
async fn a_lost_webhook_is_made_good_by_the_button() {
    let world = world().await;
    let anna = newcomer(&world).await;
    let order = order_a_month(&anna).await;
    anna.press("I have paid").await;
    assert_eq!(anna.events("credited"), 0);
    world.yookassa.pay(&order).unwrap();
    drop(world.yookassa.take_webhooks());
    anna.press("I have paid").await;
    assert_eq!(anna.events("credited"), 1, "{}", anna.chat());
    assert_eq!(anna.access_until(), at("2026-12-21T10:00:00Z"));
    all_is_well(&world);
}

#[tokio::test]
async fn a_lost_webhook_is_made_good_by_the_sweeper() {
    let world = world().await;
    let anna = newcomer(&world).await;
    let order = order_a_month(&anna).await;
    world.yookassa.pay(&order).unwrap();
    drop(world.yookassa.take_webhooks());
    world.pass(SignedDuration::from_mins(7)).await;
    assert_eq!(anna.events("credited"), 1, "{}", anna.chat());
    all_is_well(&world);
}

#[tokio::test]
async fn a_lost_webhook_is_made_good_by_the_browser_that_comes_back() {
    let world = world().await;
    let anna = newcomer(&world).await;
    let order = order_a_month(&anna).await;
    world.yookassa.pay(&order).unwrap();
    drop(world.yookassa.take_webhooks());
    let back = world.yookassa.payments()[0].return_url.clone();
    let page = reqwest::get(&back).await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().contains("https://t.me/sandbox_vpn_bot"));
    world.settle().await;
    assert_eq!(anna.events("credited"), 1);
    all_is_well(&world);
}

#[tokio::test]
async fn nobody_pays_and_the_order_ends() {
    let world = world().await;
    let anna = newcomer(&world).await;
    order_a_month(&anna).await;
    world.pass(SignedDuration::from_hours(3)).await;
    assert_eq!(anna.events("payment_canceled") + anna.events("payment_expired"), 1);
    assert!(anna.account().is_none());
    all_is_well(&world);
}
