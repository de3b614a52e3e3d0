//! Comparing the panels with the shop.

use crate::{
    buyer::{Buyer, all_is_well, days},
    providers::{act, order_of},
    purchase::at,
    refunds::{operator, shop_with_operator},
};
use jiff::SignedDuration;
use sandbox::{
    calls::Target,
    faults::{Answer, Effect, Rule, When},
    world::World,
};
use serde_json::{Value, json};
use standin_providers::Act;

async fn buy(buyer: &Buyer<'_>) {
    let order = order_of(buyer, "1 month", ("yookassa", "YooKassa")).await;
    act(buyer.world, "yookassa", &order.id, Act::Pay).await;
}

/// The comparison of a panel as it is stored.
fn run(world: &World, panel: &str) -> Value {
    let items = world.table.items().unwrap();
    items.into_iter().find(|item| item["PK"]["S"] == "SYNC" && item["SK"]["S"] == panel).unwrap_or_default()
}

fn counts(world: &World, panel: &str) -> Vec<(String, u64)> {
    let run = run(world, panel);
    let counted = run["counts"]["M"].as_object().cloned().unwrap_or_default();
    let counted =
        counted.into_iter().map(|(name, count)| (name, count["N"].as_str().unwrap().parse().unwrap()));
    let mut counted: Vec<_> = counted.filter(|(_, count)| *count > 0).collect();
    counted.sort();
    counted
}

fn counted(pairs: &[(&str, u64)]) -> Vec<(String, u64)> {
    pairs.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

async fn a_minute(world: &World) {
    world.pass(SignedDuration::from_mins(1)).await;
}

/// What was written to a panel.
fn writes(world: &World, target: Target) -> Vec<String> {
    let calls = world.outside.calls.all();
    let written = calls.iter().filter(|call| call.target == target && !call.operation.starts_with("GET"));
    written.map(|call| call.operation.clone()).filter(|operation| !operation.contains("token")).collect()
}

fn stranger(name: &str, telegram_id: Option<i64>, end: &str) -> Value {
    let mut body = json!({
        "username": name, "expireAt": end, "trafficLimitBytes": 5_000_000_000_u64,
        "trafficLimitStrategy": "MONTH", "hwidDeviceLimit": 2,
        "activeInternalSquads": [standin_panels::remnawave::DEFAULT_SQUAD],
    });
    if let Some(id) = telegram_id {
        body["telegramId"] = json!(id);
    }
    body
}

#[tokio::test]
async fn a_scheduled_run_sets_right_what_is_ours_and_leaves_strangers_alone() {
    let world = shop_with_operator().await;
    let boss = operator(&world).await;
    let (anna, bob) = (Buyer::new(&world, 42, "en"), Buyer::new(&world, 43, "en"));
    for buyer in [&anna, &bob] {
        buyer.say("/start").await;
        buy(buyer).await;
    }
    a_minute(&world).await;
    assert_eq!(counts(&world, "main"), counted(&[("checked", 2), ("found", 2)]));
    assert_eq!(boss.times_told("compared"), 0, "the schedule is quiet while all is well");

    // Nobody hears of any of this: the panel's webhook is lost.
    world.panel.edit("tg_42_1", &json!({ "trafficLimitBytes": 1, "hwidDeviceLimit": 9 })).unwrap();
    assert!(world.panel.delete("tg_43_1"));
    world.panel.create(&stranger("an_old_friend", None, "2030-01-01T00:00:00.000Z")).unwrap();
    world.panel.create(&stranger("moved_in", Some(77), "2030-01-01T00:00:00.000Z")).unwrap();
    world.panel.take_webhooks();
    let friends = ["an_old_friend", "moved_in"].map(|name| world.panel.user(name));
    world.pass(days(1) + SignedDuration::from_mins(2)).await;
    let found = [
        ("checked", 4),
        ("drifted", 1),
        ("foreign", 1),
        ("found", 1),
        ("missing", 1),
        ("movable", 1),
        ("updated", 2),
    ];
    assert_eq!(counts(&world, "main"), counted(&found));
    let account = anna.account().unwrap();
    assert_eq!((&account["trafficLimitBytes"], &account["hwidDeviceLimit"]), (&json!(0), &Value::Null));
    assert_eq!(bob.access_until(), at("2026-12-21T10:00:00Z"));
    assert_eq!((anna.events("drift_found"), bob.events("drift_found")), (1, 1));
    assert_eq!(["an_old_friend", "moved_in"].map(|name| world.panel.user(name)), friends, "untouched");
    assert_eq!(boss.times_told("Compared and set right"), 1, "{}", boss.chat());
    assert_eq!(bob.times_told("access is ready"), 1, "nobody is told twice of what they have");

    world.pass(days(1)).await;
    let calm = [("checked", 4), ("foreign", 1), ("found", 2), ("movable", 1)];
    assert_eq!(counts(&world, "main"), counted(&calm), "nothing is left to set right");
    all_is_well(&world);
}

#[tokio::test]
async fn an_operator_looks_first_and_then_takes_over() {
    let world = shop_with_operator().await;
    let boss = operator(&world).await;
    let carl = Buyer::new(&world, 77, "en");
    world.panel.create(&stranger("tg_77", Some(77), "2027-03-01T00:00:00.000Z")).unwrap();
    world.panel.create(&stranger("tg_78", Some(78), "2026-01-01T00:00:00.000Z")).unwrap();
    a_minute(&world).await;
    let before = ["tg_77", "tg_78"].map(|name| world.panel.user(name));
    world.outside.calls.clear();

    boss.say("/sync").await;
    boss.press("main").await;
    assert!(boss.reads().contains("Could be taken over: 2"), "{}", boss.chat());
    boss.press("Look now").await;
    assert!(boss.reads().contains("looking since"), "{}", boss.chat());
    assert!(boss.button("Take over").is_none_or(|(message, _)| message < boss.find("Refresh").0));
    a_minute(&world).await;
    assert_eq!(boss.times_told("🔄 Compared: panel"), 1, "{}", boss.chat());
    assert!(carl.stored("#SUB#").is_empty(), "looking changes nothing");

    boss.press("Open").await;
    boss.press("Take over (2)").await;
    a_minute(&world).await;
    assert_eq!(counts(&world, "main"), counted(&[("checked", 2), ("created", 2), ("movable", 2)]));
    assert_eq!(
        ["tg_77", "tg_78"].map(|name| world.panel.user(name)),
        before,
        "nothing extended, nothing cut"
    );
    assert_eq!(writes(&world, Target::Panel), [""; 0], "nothing is written to the panel");
    assert_eq!(carl.events("imported"), 1);

    // Carl comes: his subscription is there, with its link, and no trial is due.
    carl.say("/start").await;
    assert!(carl.button("Try").is_none(), "{}", carl.chat());
    carl.press("My subscription").await;
    assert!(carl.reads().contains("1 March 2027"), "{}", carl.chat());
    buy(&carl).await;
    let account = world.panel.user("tg_77").unwrap();
    assert_eq!(account["expireAt"], "2027-04-01T00:00:00.000Z", "extended where it was");
    assert!(carl.account().is_none(), "no second account");

    // Another run finds nothing to take over.
    boss.say("/sync").await;
    boss.press("main").await;
    boss.press("Look now").await;
    a_minute(&world).await;
    assert_eq!(counts(&world, "main"), counted(&[("checked", 2), ("found", 2)]));
    all_is_well(&world);
}

#[tokio::test]
async fn a_marzban_is_compared_too() {
    let world = shop_with_operator().await;
    let boss = operator(&world).await;
    let theirs =
        |name: &str| json!({ "username": name, "proxies": { "vless": {} }, "expire": 1_900_000_000 });
    world.marzban.create(&theirs("tg_77")).unwrap();
    world.marzban.create(&theirs("someone")).unwrap();
    a_minute(&world).await;
    assert_eq!(counts(&world, "marzban"), counted(&[("checked", 2), ("foreign", 1), ("movable", 1)]));
    // The panel makes a new link for every look.
    let users = || -> Vec<Value> {
        let mut shown = world.marzban.users();
        for user in &mut shown {
            user["subscription_url"] = Value::Null;
        }
        shown
    };
    let before = users();
    boss.say("/sync").await;
    boss.press("marzban").await;
    boss.press("Take over (1)").await;
    a_minute(&world).await;
    assert_eq!(
        counts(&world, "marzban"),
        counted(&[("checked", 2), ("created", 1), ("foreign", 1), ("movable", 1)])
    );
    assert_eq!(users(), before);
    let carl = Buyer::new(&world, 77, "en");
    carl.say("/start").await;
    carl.press("My subscription").await;
    assert!(carl.reads().contains("17 March 2030"), "{}", carl.chat());
    all_is_well(&world);
}

#[tokio::test]
async fn a_panel_that_is_down_is_waited_for() {
    let world = shop_with_operator().await;
    let boss = operator(&world).await;
    let down = Effect::Answer(Answer::unavailable(Target::Panel));
    world.outside.faults.push(Rule {
        target: Target::Panel,
        operation: None,
        when: When::Always,
        effect: down,
    });
    world.pass(SignedDuration::from_mins(10)).await;
    boss.say("/sync").await;
    boss.press("main").await;
    assert!(boss.reads().contains("does not answer"), "{}", boss.chat());
    let asked = world.outside.calls.all().iter().filter(|call| call.target == Target::Panel).count();
    assert!(asked <= 12, "{asked} calls in ten minutes");
    world.outside.faults.clear();
    world.pass(SignedDuration::from_mins(70)).await;
    boss.press("Refresh").await;
    assert!(boss.reads().contains("looked and set right"), "{}", boss.chat());
    all_is_well(&world);
}

/// An upgrade of the panel to a version that we do not know is told once, and buying goes on.
#[tokio::test]
async fn a_panel_of_an_unknown_version_is_told() {
    let world = shop_with_operator().await;
    let boss = operator(&world).await;
    a_minute(&world).await;
    world.panel.set_version("3.5.0");
    world.pass(days(2)).await;
    assert_eq!(boss.times_told("now version 3.5.0"), 1, "{}", boss.chat());
    let anna = Buyer::new(&world, 42, "en");
    anna.say("/start").await;
    buy(&anna).await;
    assert_eq!(anna.times_told("access is ready"), 1, "{}", anna.chat());
    all_is_well(&world);
}
