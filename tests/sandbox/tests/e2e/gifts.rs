//! Gifts, from the giver's first press to the recipient's access, or back to the giver's balance.

use crate::{
    buyer::{Buyer, all_is_well, days, start_of_time, world, world_with},
    purchase::{at, buy_a_month},
    refunds::{operator, shop_with_operator},
};
use jiff::SignedDuration;
use sandbox::{
    faults::{CrashPlan, Moment},
    world::{Overrides, Plan, World},
};
use standin_telegram::{Group, GroupKind, Standing};
use std::collections::BTreeMap;

async fn newcomer(world: &World, id: i64) -> Buyer<'_> {
    let anna = Buyer::new(world, id, "en");
    anna.say("/start").await;
    anna
}

/// From the plans to YooKassa's page for a month as a gift; answers YooKassa's id.
async fn order_a_gift(buyer: &Buyer<'_>) -> String {
    buyer.say("/buy").await;
    buyer.press("As a gift").await;
    buyer.press("1 month").await;
    buyer.press("Card or SBP").await;
    buyer.external_payment()
}

async fn give(buyer: &Buyer<'_>) {
    let order = order_a_gift(buyer).await;
    buyer.world.yookassa.pay(&order).unwrap();
    buyer.world.settle().await;
}

/// `/start gift_…` of the newest gift that the buyer was told of.
fn start_of(buyer: &Buyer<'_>) -> String {
    let (_, link) = buyer.find("Copy the link");
    let payload = link.split_once("?start=").expect("a link").1;
    format!("/start {payload}")
}

/// A shop whose gifts wait for so many days.
async fn patient_for(days: u16) -> World {
    let mut plan = Plan::at(start_of_time());
    plan.settings = Overrides::default().with("GIFT_DAYS", &days.to_string());
    world_with(plan).await
}

fn state_of(buyer: &Buyer<'_>, index: usize) -> String {
    buyer.stored("#GIFT#")[index]["state"]["M"]["is"]["S"].as_str().unwrap().to_owned()
}

fn rubles(buyer: &Buyer<'_>) -> String {
    let balance = &buyer.stored("#PROFILE")[0]["balance"]["L"][0]["S"];
    balance.as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_gift_reaches_whoever_opens_it_and_nobody_else() {
    let world = world().await;
    let anna = newcomer(&world, 42).await;
    let order = order_a_gift(&anna).await;
    assert!(anna.stored("#GIFT#").is_empty(), "nothing is given before it is paid");
    world.yookassa.pay(&order).unwrap();
    world.settle().await;
    assert_eq!((anna.events("gift_bought"), anna.events("credited")), (1, 0));
    assert_eq!(anna.times_told("Your gift is ready: 1 month"), 1, "{}", anna.chat());
    assert!(anna.account().is_none() && anna.stored("#SUB").is_empty());
    let (_, share) = anna.find("Send to a friend");
    assert!(share.starts_with("https://t.me/share/url?url=https%3A%2F%2Ft.me%2F"), "{share}");
    let start = start_of(&anna);
    // Whoever follows the link is registered, and nobody counts as having brought them.
    let bob = Buyer::new(&world, 43, "en");
    bob.say(&start).await;
    assert!(
        bob.reads().contains("There is a gift for you") && bob.reads().contains("Anna"),
        "{}",
        bob.chat()
    );
    assert!(bob.stored("#SUB").is_empty(), "nothing is taken by looking");
    assert!(bob.stored("#PROFILE")[0].get("referrer").is_none());
    bob.say(&start).await;
    bob.press("Take it").await;
    assert_eq!(bob.access_until(), at("2026-12-21T10:00:00Z"));
    assert_eq!((bob.events("gift_opened"), anna.events("gift_taken")), (1, 1));
    assert_eq!(bob.times_told("Your gift is in place"), 1, "{}", bob.chat());
    assert_eq!(anna.times_told("Your gift has been opened"), 1, "{}", anna.chat());
    // Pressed once more on the older message, and followed once more: the same answer, nothing twice.
    bob.press("Take it").await;
    assert_eq!(bob.events("gift_opened"), 1);
    bob.say(&start).await;
    assert!(bob.reads().contains("The gift is yours"), "{}", bob.chat());
    assert_eq!(bob.access_until(), at("2026-12-21T10:00:00Z"));
    let carl = newcomer(&world, 44).await;
    carl.say(&start).await;
    assert!(carl.reads().contains("has been opened already"), "{}", carl.chat());
    assert!(carl.stored("#SUB").is_empty());
    anna.say("/gifts").await;
    assert!(anna.reads().contains("opened on"), "{}", anna.chat());
    anna.say("/history").await;
    assert!(anna.reads().contains("a gift, 1 month"), "{}", anna.chat());
    all_is_well(&world);
}

#[tokio::test]
async fn of_many_who_press_at_once_one_has_the_gift() {
    let world = world().await;
    let anna = newcomer(&world, 42).await;
    give(&anna).await;
    let start = start_of(&anna);
    let mut people = Vec::new();
    for id in 43..51 {
        let person = newcomer(&world, id).await;
        person.say(&start).await;
        people.push(person);
    }
    for person in &people {
        let (message, take) = person.find("Take it");
        world.telegram.press(person.id, message, &take).unwrap();
    }
    world.settle().await;
    let served = people.iter().filter(|person| person.account().is_some()).count();
    let opened: usize = people.iter().map(|person| person.events("gift_opened")).sum();
    assert_eq!((served, opened, anna.events("gift_taken")), (1, 1, 1));
    let told = people.iter().filter(|person| person.reads().contains("opened already")).count();
    assert_eq!(told, 7);
    all_is_well(&world);
}

#[tokio::test]
async fn a_gift_is_added_to_what_one_has_and_ones_own_can_be_opened() {
    let world = world().await;
    let anna = newcomer(&world, 42).await;
    buy_a_month(&anna).await;
    give(&anna).await;
    assert_eq!(anna.access_until(), at("2026-12-21T10:00:00Z"), "a gift is for others");
    anna.say(&start_of(&anna)).await;
    assert!(anna.reads().contains("This is a gift from you"), "{}", anna.chat());
    anna.press("Open it myself").await;
    assert_eq!(anna.access_until(), at("2027-01-21T10:00:00Z"), "{}", anna.chat());
    assert_eq!((anna.events("gift_opened"), anna.events("gift_taken")), (1, 0));
    all_is_well(&world);
}

#[tokio::test]
async fn an_unopened_gift_comes_back_to_the_balance() {
    let world = patient_for(4).await;
    let anna = newcomer(&world, 42).await;
    give(&anna).await;
    let start = start_of(&anna);
    world.pass(days(1) - SignedDuration::from_mins(5)).await;
    assert_eq!(anna.times_told("Your gift still waits"), 0, "{}", anna.chat());
    world.pass(days(2)).await;
    assert_eq!(anna.times_told("Your gift still waits"), 1, "{}", anna.chat());
    assert_eq!((state_of(&anna, 0), rubles(&anna)), ("waiting".into(), String::new()));
    world.pass(days(2)).await;
    assert_eq!((state_of(&anna, 0), rubles(&anna)), ("returned".into(), "150.00 RUB".into()));
    assert_eq!((anna.events("gift_returned"), anna.events("payment_refunded")), (1, 1));
    assert_eq!(anna.times_told("came back to your balance"), 1, "{}", anna.chat());
    assert_eq!(anna.times_told("refunded"), 0, "told once: {}", anna.chat());
    let bob = newcomer(&world, 43).await;
    bob.say(&start).await;
    assert!(bob.reads().contains("This gift has gone back"), "{}", bob.chat());
    // What came back pays the next one.
    anna.say("/buy").await;
    anna.press("As a gift").await;
    anna.press("1 month").await;
    anna.press("From the balance").await;
    assert_eq!((anna.events("gift_bought"), anna.stored("#GIFT#").len()), (2, 2), "{}", anna.chat());
    assert!(anna.reads().contains("Your gift is ready"), "{}", anna.chat());
    all_is_well(&world);
}

#[tokio::test]
async fn a_gift_in_stars_that_nobody_opened_leaves_stars_on_the_balance() {
    let world = patient_for(1).await;
    let anna = newcomer(&world, 42).await;
    anna.say("/buy").await;
    anna.press("As a gift").await;
    anna.press("1 month").await;
    assert!(anna.button("renews itself").is_none(), "nobody gives every month");
    anna.press("Telegram Stars").await;
    let invoice = anna.messages().iter().rev().find(|message| message.invoice.is_some()).unwrap().id;
    world.telegram.pay_invoice(42, invoice).unwrap();
    world.settle().await;
    assert!(anna.reads().contains("Your gift is ready"), "{}", anna.chat());
    world.pass(days(2)).await;
    assert!(rubles(&anna).ends_with("XTR"), "{}", anna.chat());
    all_is_well(&world);
}

#[tokio::test]
async fn an_operators_refund_takes_an_unopened_gift_back() {
    let world = shop_with_operator().await;
    let boss = operator(&world).await;
    let anna = newcomer(&world, 42).await;
    give(&anna).await;
    let start = start_of(&anna);
    let bob = newcomer(&world, 43).await;
    bob.say(&start).await;
    let payment = anna.stored("#GIFT#")[0]["payment"]["S"].as_str().unwrap().to_owned();
    boss.say(&format!("/payment {payment}")).await;
    boss.press("Refund").await;
    boss.press("To the payer").await;
    world.pass(SignedDuration::from_hours(3)).await;
    assert_eq!(
        (state_of(&anna, 0), anna.events("payment_refunded")),
        ("withdrawn".into(), 1),
        "{}",
        boss.chat()
    );
    // The button is still on his screen.
    bob.press("Take it").await;
    assert!(bob.reads().contains("This gift has gone back"), "{}", bob.chat());
    assert!(bob.stored("#SUB").is_empty());
    world.pass(days(1)).await;
    assert_eq!((anna.events("gift_returned"), rubles(&anna)), (0, String::new()));
    all_is_well(&world);
}

#[tokio::test]
async fn guesses_lead_nowhere_and_are_stopped() {
    let world = world().await;
    let anna = newcomer(&world, 42).await;
    give(&anna).await;
    let start = start_of(&anna);
    let eve = newcomer(&world, 66).await;
    for guess in ["a", "aB3dE6gH9jK2mN5pQ8sT1vW4", "-", "aB3dE6gH9jK2mN5pQ8sT1vW5", "__"] {
        eve.say(&format!("/start gift_{guess}")).await;
        assert!(eve.reads().contains("no gift behind this link"), "{guess}: {}", eve.chat());
    }
    eve.say(&start).await;
    assert!(eve.reads().contains("Too many attempts"), "{}", eve.chat());
    world.pass(SignedDuration::from_mins(11)).await;
    eve.say(&start).await;
    assert!(eve.reads().contains("There is a gift for you"), "{}", eve.chat());
    all_is_well(&world);
}

#[tokio::test]
async fn the_channel_keeps_the_gift_for_later() {
    let channel = -1_002_000_000_003;
    let mut plan = Plan::at(start_of_time());
    plan.settings = Overrides::default()
        .with("CHANNEL_GATE", "all")
        .with("REQUIRED_CHANNELS", &format!("{channel}|https://t.me/+invitation"));
    let world = world_with(plan).await;
    world.telegram.add_group(Group {
        id: channel,
        kind: GroupKind::Channel,
        title: "News".into(),
        username: None,
        bot: Standing::Administrator,
        members: BTreeMap::new(),
    });
    let anna = newcomer(&world, 42).await;
    world.telegram.set_member(channel, 42, Standing::Member).unwrap();
    give(&anna).await;
    let bob = Buyer::new(&world, 43, "en");
    bob.say(&start_of(&anna)).await;
    assert!(bob.reads().contains("One step before we go on"), "{}", bob.chat());
    world.telegram.set_member(channel, 43, Standing::Member).unwrap();
    bob.press("I have subscribed").await;
    assert!(bob.reads().contains("There is a gift for you"), "{}", bob.chat());
    bob.press("Take it").await;
    assert_eq!(bob.events("gift_opened"), 1, "{}", bob.chat());
    all_is_well(&world);
}

/// The giver pays, the recipient takes; from the money on the world may die once in it.
async fn story(world: &World, plan: Option<CrashPlan>) -> (Buyer<'_>, Buyer<'_>) {
    let (anna, bob) = (newcomer(world, 42).await, newcomer(world, 43).await);
    let order = order_a_gift(&anna).await;
    world.outside.faults.begin_run(plan);
    world.yookassa.pay(&order).unwrap();
    world.settle().await;
    world.pass(SignedDuration::from_mins(8)).await;
    bob.say(&start_of(&anna)).await;
    world.pass(SignedDuration::from_mins(2)).await;
    bob.press("Take it").await;
    world.pass(SignedDuration::from_mins(12)).await;
    if bob.button("Take it").is_some() {
        // What a person does when nothing happened.
        bob.press("Take it").await;
        world.pass(SignedDuration::from_mins(20)).await;
    }
    (anna, bob)
}

#[tokio::test]
async fn dying_at_any_call_of_a_gift_changes_nothing_in_the_end() {
    let calm = world().await;
    story(&calm, None).await;
    let calls = calm.outside.faults.count();
    assert!(calls > 20, "{calls} calls");
    died(CrashPlan { call_number: 1, moment: Moment::Before }).await;
    for call_number in 1..=calls {
        // Death before a call is death after the one before it, but for its answer.
        died(CrashPlan { call_number, moment: Moment::After }).await;
    }
}

async fn died(plan: CrashPlan) {
    let world = world().await;
    let (anna, bob) = story(&world, Some(plan)).await;
    let counted = (anna.events("gift_bought"), bob.events("gift_opened"), anna.events("gift_taken"));
    assert_eq!(counted, (1, 1, 1), "{plan:?}\n{}\n{}", anna.chat(), bob.chat());
    assert!(bob.account().is_some() && bob.events("provisioned") == 1, "{plan:?}");
    assert_eq!((anna.stored("#GIFT#").len(), state_of(&anna, 0)), (1, "opened".into()));
    let told = anna.times_told("Your gift has been opened");
    assert!((1..=2).contains(&told), "{plan:?}: {}", anna.chat());
}
