//! Two panels of different kinds in one shop.

use crate::{
    buyer::{Buyer, all_is_well, days, start_of_time, world_with},
    providers::{act, order_of},
    purchase::at,
    refunds::{operator, shop_with_operator},
};
use jiff::SignedDuration;
use sandbox::{
    calls::Target,
    faults::{Answer, Effect, Rule, When},
    world::{Plan, World},
};
use serde_json::json;
use standin_providers::Act;

/// Three months are in the Marzban, everything else in the Remnawave.
async fn shop() -> World {
    let plan = Plan::at(start_of_time());
    let settings = plan.settings.clone().with("PLAN_3_MONTHS_PANEL", "marzban");
    world_with(Plan { settings, ..plan }).await
}

async fn buy(anna: &Buyer<'_>, plan: &str) {
    let order = order_of(anna, plan, ("yookassa", "YooKassa")).await;
    act(anna.world, "yookassa", &order.id, Act::Pay).await;
}

#[tokio::test]
async fn a_plan_of_the_second_panel_is_delivered_there() {
    let world = shop().await;
    let anna = Buyer::new(&world, 42, "en");
    anna.say("/start").await;
    buy(&anna, "3 months").await;
    let account = world.marzban.user("tg_42_1").expect("an account");
    assert_eq!(account["expire"], at("2027-02-21T10:00:00Z").as_second(), "{account}");
    assert_eq!(account["status"], "active");
    assert!(anna.account().is_none(), "nothing in the first panel");
    assert!(anna.reads().contains("https://sub2.sandbox.example/sub/"), "{}", anna.chat());
    let link = anna.stored("#SUB#")[0]["applied"]["M"]["link"].clone();

    // A renewal changes the end and nothing else: keys, link and inbounds stay.
    let proxies = account["proxies"].clone();
    buy(&anna, "3 months").await;
    let renewed = world.marzban.user("tg_42_1").unwrap();
    assert_eq!(renewed["expire"], at("2027-05-21T10:00:00Z").as_second());
    assert_eq!(renewed["proxies"], proxies);
    assert_eq!(anna.stored("#SUB#")[0]["applied"]["M"]["link"], link);
    all_is_well(&world);
}

#[tokio::test]
async fn moving_keeps_the_old_access_until_the_new_one_is_there() {
    let world = shop().await;
    let anna = Buyer::new(&world, 42, "en");
    anna.say("/start").await;
    buy(&anna, "1 month").await;
    let old = anna.account().expect("an account in the first panel");
    let down = Effect::Answer(Answer::unavailable(Target::Marzban));
    world.outside.faults.push(Rule {
        target: Target::Marzban,
        operation: None,
        when: When::Always,
        effect: down,
    });
    buy(&anna, "3 months").await;
    assert!(world.marzban.user("tg_42_1").is_none());
    assert_eq!(anna.account().as_ref(), Some(&old), "untouched while the second panel is down");
    assert!(anna.stored("#SUB#")[0]["applied"]["M"]["link"]["S"].as_str().unwrap().contains("sub.sandbox"));

    world.outside.faults.clear();
    world.pass(SignedDuration::from_hours(1)).await;
    let account = world.marzban.user("tg_42_1").expect("an account in the second panel");
    assert_eq!(account["expire"], at("2027-03-21T10:00:00Z").as_second(), "a month and three");
    assert!(anna.reads().contains("https://sub2.sandbox.example/"), "{}", anna.chat());
    assert_eq!(anna.account().as_ref(), Some(&old), "the old link works for another day");

    world.pass(days(2)).await;
    assert!(anna.account().is_none(), "and then is gone");
    assert_eq!(anna.events("panel_left"), 1);
    assert_eq!(anna.times_told("access is ready"), 2, "{}", anna.chat());
    assert!(world.marzban.user("tg_42_1").is_some());
    all_is_well(&world);
}

#[tokio::test]
async fn what_the_second_panel_tells_is_a_hint() {
    let world = shop().await;
    let anna = Buyer::new(&world, 42, "en");
    anna.say("/start").await;
    buy(&anna, "3 months").await;
    world.pass(SignedDuration::from_mins(5)).await;
    assert!(world.marzban.delete("tg_42_1"));
    world.pass(SignedDuration::from_mins(5)).await;
    let back = world.marzban.user("tg_42_1").expect("made again");
    assert_eq!(back["expire"], at("2027-02-21T10:00:00Z").as_second());
    assert_eq!(anna.times_told("a new link"), 1, "the old one died with the account: {}", anna.chat());

    let forged = json!([{ "action": "user_deleted", "username": "tg_42_1" }]).to_string();
    for (path, secret, status) in [
        ("/webhook/panel/marzban", "wrong", 401),
        ("/webhook/panel/marzban", "", 401),
        ("/webhook/panel/nowhere", "sandbox-marzban-webhook", 404),
        ("/webhook/panel/No%20where", "sandbox-marzban-webhook", 404),
        ("/webhook/panel", "sandbox-marzban-webhook", 401),
    ] {
        let request =
            reqwest::Client::new().post(format!("{}{path}", world.address.base())).body(forged.clone());
        let answer = request.header("x-webhook-secret", secret).send().await.unwrap();
        assert_eq!(answer.status(), status, "{path} {secret:?}");
    }
    all_is_well(&world);
}

#[tokio::test]
async fn operators_hear_of_lost_servers_once() {
    let world = shop_with_operator().await;
    let boss = operator(&world).await;
    world.panel.add_node("Riga");
    world.settle().await;
    world.panel.set_node("Riga", false, 0);
    world.settle().await;
    assert_eq!(boss.times_told("is not connected"), 1, "{}", boss.chat());
    world.panel.set_node("Riga", true, 3);
    world.pass(SignedDuration::from_mins(2)).await;
    assert_eq!((boss.times_told("is not connected"), boss.times_told("is back")), (1, 1), "{}", boss.chat());
    all_is_well(&world);
}

/// The account that the buyer needs is somebody else's: nothing is written over it, the operator is told once, and when it
/// is out of the way the buyer gets what was paid.
#[tokio::test]
async fn an_account_in_the_way_is_told_and_never_taken() {
    let world = shop_with_operator().await;
    let boss = operator(&world).await;
    let theirs = json!({
        "username": "tg_42_1", "expireAt": "2027-11-21T10:00:00.000Z", "telegramId": 9, "description": "a friend",
    });
    let made = reqwest::Client::new().post(format!("{}/panel/api/users", world.address.base())).json(&theirs);
    let made = made.bearer_auth(world.setting("PANEL_API_KEY"));
    let made = made.header("x-forwarded-proto", "https").header("x-forwarded-for", "127.0.0.1");
    assert_eq!(made.send().await.unwrap().status(), 201);
    let anna = Buyer::new(&world, 42, "en");
    anna.say("/start").await;
    let before = anna.account();
    buy(&anna, "1 month").await;
    world.pass(SignedDuration::from_hours(2)).await;
    assert_eq!(anna.account(), before, "untouched");
    assert_eq!(boss.times_told("belongs to somebody else"), 1, "{}", boss.chat());
    assert_eq!(anna.times_told("access is ready"), 0, "{}", anna.chat());

    assert!(world.panel.delete("tg_42_1"));
    world.pass(SignedDuration::from_hours(2)).await;
    assert_eq!(anna.access_until(), at("2026-12-21T10:00:00Z"), "{}", anna.chat());
    assert_eq!(anna.times_told("access is ready"), 1, "{}", anna.chat());
}
