//! Several subscriptions of one person: bought, extended, named and told apart.

use crate::{
    buyer::{Buyer, all_is_well, days, start_of_time, world, world_with},
    purchase::{at, buy_a_month},
};
use jiff::Timestamp;
use sandbox::world::{Plan, World};

const GB: u64 = 1 << 30;

/// A person may have three subscriptions of 100 GB.
async fn shop() -> World {
    let plan = Plan::at(start_of_time());
    let settings = plan.settings.clone().with("SUBSCRIPTION_LIMIT", "3").with("USER_TRAFFIC_LIMIT_GB", "100");
    world_with(Plan { settings, ..plan }).await
}

async fn newcomer(world: &World) -> Buyer<'_> {
    let anna = Buyer::new(world, 42, "en");
    anna.say("/start").await;
    anna
}

/// Pays the month that is on the screen.
async fn pay(anna: &Buyer<'_>) {
    anna.press("Card or SBP").await;
    anna.world.yookassa.pay(&anna.external_payment()).unwrap();
    anna.world.settle().await;
}

async fn buy_one_more(anna: &Buyer<'_>) {
    anna.say("/subscription").await;
    anna.press("One more subscription").await;
    anna.press("1 month").await;
    assert!(anna.reads().contains("A new subscription, with a link of its own"), "{}", anna.chat());
    pay(anna).await;
}

fn until(anna: &Buyer<'_>, no: u16) -> Timestamp {
    let account = anna.world.panel.user(&format!("tg_{}_{no}", anna.id)).expect("an account");
    account["expireAt"].as_str().unwrap().parse().unwrap()
}

/// Presses a button that nobody was shown.
async fn forge(anna: &Buyer<'_>, data: &str) {
    let message = anna.messages().last().unwrap().id;
    anna.world.telegram.press_stale(anna.id, message, data).unwrap();
    anna.world.settle().await;
}

#[tokio::test]
async fn one_more_is_bought_and_each_is_extended_by_itself() {
    let world = shop().await;
    let anna = newcomer(&world).await;
    buy_a_month(&anna).await;
    assert_eq!(anna.times_told("Subscription 1"), 0, "the only one needs no name: {}", anna.chat());
    buy_one_more(&anna).await;
    let month = at("2026-12-21T10:00:00Z");
    assert_eq!((until(&anna, 1), until(&anna, 2)), (month, month));
    let link = |no: u16| world.panel.user(&format!("tg_42_{no}")).unwrap()["subscriptionUrl"].clone();
    assert_ne!(link(1), link(2));
    assert!(anna.reads().contains("🔐 Subscription 2"), "{}", anna.chat());
    assert!(anna.reads().contains(link(2).as_str().unwrap()), "{}", anna.chat());

    anna.say("/buy").await;
    anna.press("1 month").await;
    assert!(anna.reads().contains("For which subscription?"), "{}", anna.chat());
    anna.press("Subscription 2").await;
    assert!(anna.reads().contains("🔐 Subscription 2"), "{}", anna.chat());
    pay(&anna).await;
    assert_eq!((until(&anna, 1), until(&anna, 2)), (month, at("2027-01-21T10:00:00Z")));

    // Each has a screen of its own, and the list says which is the main one.
    anna.say("/subscription").await;
    assert!(anna.reads().contains("⭐ Subscription 2"), "{}", anna.reads());
    anna.press("🟢 Subscription 1").await;
    assert!(anna.reads().contains(link(1).as_str().unwrap()), "{}", anna.reads());
    anna.press("Make it the main one").await;
    assert!(anna.reads().contains("⭐ The main one"), "{}", anna.reads());
    anna.say("/connect").await;
    anna.press("Android").await;
    assert!(anna.reads().contains(link(1).as_str().unwrap()), "{}", anna.reads());
    assert_eq!(world.panel.users().len(), 2);
    all_is_well(&world);
}

#[tokio::test]
async fn no_more_than_the_shop_allows_and_nothing_for_made_up_numbers() {
    for (limit, shop) in [(1_u16, world().await), (3, shop().await)] {
        let anna = newcomer(&shop).await;
        buy_a_month(&anna).await;
        for _ in 1..limit {
            buy_one_more(&anna).await;
        }
        anna.say("/subscription").await;
        assert!(anna.button("One more").is_none(), "{}", anna.chat());
        let (orders, stored) = (shop.yookassa.payments().len(), anna.stored("#SUB#"));
        let next = limit + 1;
        for no in [next, 0, 9, 65_535] {
            for data in
                ["plans:N", "buy:N:m1", "pick:N:m1:n", "sub:N", "qr:N", "connect:N", "on:N:a", "primary:N"]
            {
                forge(&anna, &format!("1:{}", data.replace('N', &no.to_string()))).await;
                assert!(anna.button("Card or SBP").is_none(), "{data} {no}: {}", anna.chat());
            }
            for data in ["rename:N", "unname:N", "packages:N", "package:N:gb50", "renew:N:on", "newlinknow:N"]
            {
                forge(&anna, &format!("1:{}", data.replace('N', &no.to_string()))).await;
            }
        }
        assert_eq!(shop.yookassa.payments().len(), orders);
        assert_eq!(anna.stored("#SUB#"), stored, "limit {limit}");
        assert_eq!(shop.panel.users().len(), usize::from(limit));
        all_is_well(&shop);
    }
}

#[tokio::test]
async fn two_orders_of_the_last_place_are_both_delivered() {
    let world = shop().await;
    let anna = newcomer(&world).await;
    buy_a_month(&anna).await;
    buy_one_more(&anna).await;
    let mut orders = Vec::new();
    for plan in ["1 month", "3 months"] {
        anna.say("/subscription").await;
        anna.press("One more subscription").await;
        anna.press(plan).await;
        anna.press("Card or SBP").await;
        orders.push(anna.external_payment());
    }
    assert_ne!(orders[0], orders[1]);
    for order in &orders {
        world.yookassa.pay(order).unwrap();
        world.settle().await;
    }
    assert_eq!(world.panel.users().len(), 3);
    assert_eq!(until(&anna, 3), at("2027-03-21T10:00:00Z"), "a month and three: {}", anna.chat());
    // The offer of a place that is gone is refused before anything is paid.
    forge(&anna, "1:buy:4:m1").await;
    assert_eq!(world.yookassa.payments().len(), 4);
    all_is_well(&world);
}

#[tokio::test]
async fn buttons_of_older_messages_mean_the_main_one() {
    let world = shop().await;
    let anna = newcomer(&world).await;
    buy_a_month(&anna).await;
    buy_one_more(&anna).await;
    forge(&anna, "1:primary:2").await;
    let link = world.panel.user("tg_42_2").unwrap()["subscriptionUrl"].as_str().unwrap().to_owned();
    forge(&anna, "1:on:android").await;
    assert!(anna.reads().contains(&link), "{}", anna.reads());
    forge(&anna, "1:qr").await;
    assert!(anna.messages().iter().any(|message| message.photo.is_some()), "{}", anna.chat());
    forge(&anna, "1:sub").await;
    assert!(anna.reads().contains("My subscriptions"), "{}", anna.reads());
    forge(&anna, "1:choose:m1:n").await;
    assert!(anna.reads().contains("🔐 Subscription 2"), "{}", anna.reads());
    all_is_well(&world);
}

#[tokio::test]
async fn a_name_is_cleaned_shown_and_taken_back() {
    let world = shop().await;
    let anna = newcomer(&world).await;
    buy_a_month(&anna).await;
    buy_one_more(&anna).await;
    let rename = async |name: &str| {
        anna.say("/subscription").await;
        anna.press("Subscription 1").await;
        anna.press("Rename").await;
        anna.say(name).await;
    };
    rename("For <b>Mum</b> @evil t.me/evil \u{202e}").await;
    assert!(anna.reads().contains("For <b>Mum</b>") && !anna.reads().contains("evil"), "{}", anna.reads());
    anna.press("Rename").await;
    anna.say(&"long ".repeat(9)).await;
    assert!(anna.reads().contains("too long"), "{}", anna.reads());
    anna.say("Mum").await;
    assert!(anna.reads().contains("🔐 Mum"), "{}", anna.reads());
    anna.press("Rename").await;
    anna.press("Use the usual name").await;
    assert!(anna.reads().contains("🔐 Subscription 1"), "{}", anna.reads());
    rename("https://evil.example").await;
    assert!(anna.reads().contains("🔐 Subscription 1"), "nothing of it is left: {}", anna.reads());
    all_is_well(&world);
}

#[tokio::test]
async fn reminders_use_and_renewals_belong_to_one() {
    let world = shop().await;
    let anna = newcomer(&world).await;
    buy_a_month(&anna).await;
    world.pass(days(10)).await;
    buy_one_more(&anna).await;
    assert!(world.panel.connect("tg_42_2", 100 * GB));
    world.settle().await;
    let told = |text: &str, name: &str| {
        let messages = anna.messages();
        messages.iter().filter(|message| message.text.contains(text) && message.text.contains(name)).count()
    };
    assert_eq!(
        (told("used up", "Subscription 2"), told("used up", "Subscription 1")),
        (1, 0),
        "{}",
        anna.chat()
    );
    world.pass(days(18)).await;
    assert_eq!(told("ends", "Subscription 1"), 1, "{}", anna.chat());
    // "Renew" in the message is about that one.
    let ends = until(&anna, 2);
    anna.press("Renew").await;
    anna.press("1 month").await;
    assert!(anna.reads().contains("🔐 Subscription 1"), "{}", anna.reads());
    pay(&anna).await;
    assert_eq!((until(&anna, 1), until(&anna, 2)), (at("2027-01-21T10:00:00Z"), ends));
    all_is_well(&world);
}
