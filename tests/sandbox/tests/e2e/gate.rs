//! The channel that people join first: who is held up, where they go on, and that a mistake locks nobody out.

use crate::{
    buyer::{Buyer, all_is_well, start_of_time, world_with},
    purchase::buy_a_month,
};
use jiff::SignedDuration;
use sandbox::world::{Overrides, Plan, World};
use standin_telegram::{Fault, FaultKind, Group, GroupKind, Standing, Via};
use std::collections::BTreeMap;

const CHANNEL: i64 = -1_002_000_000_003;
const OPERATOR: i64 = 7;

fn channel(id: i64, bot: Standing) -> Group {
    let username = Some(format!("vpn_news{}", id.abs() % 10));
    Group { id, kind: GroupKind::Channel, title: "News".into(), username, bot, members: BTreeMap::new() }
}

/// A shop whose gate is `scope`, with its channel and an operator.
async fn gated(scope: &str) -> World {
    gated_by(scope, &format!("{CHANNEL}|https://t.me/+invitation")).await
}

async fn gated_by(scope: &str, channels: &str) -> World {
    let mut plan = Plan::at(start_of_time());
    plan.settings = Overrides::default()
        .with("CHANNEL_GATE", scope)
        .with("REQUIRED_CHANNELS", channels)
        .with("ADMIN_IDS", &OPERATOR.to_string());
    let world = world_with(plan).await;
    world.telegram.add_group(channel(CHANNEL, Standing::Administrator));
    world
}

fn put(anna: &Buyer<'_>, standing: Standing) {
    anna.world.telegram.set_member(CHANNEL, anna.id, standing).unwrap();
}

/// How often Telegram was asked who is in the channel.
fn looks(world: &World) -> usize {
    world.telegram.calls().iter().filter(|call| call.method == "getChatMember").count()
}

/// What the last press popped up.
fn alert(anna: &Buyer<'_>) -> String {
    let calls = anna.world.telegram.calls();
    let answer = calls.iter().rev().find(|call| call.method == "answerCallbackQuery").unwrap();
    answer.params["text"].as_str().unwrap_or_default().to_owned()
}

fn is_held(anna: &Buyer<'_>) -> bool {
    anna.reads().contains("One step before we go on")
}

#[tokio::test]
async fn the_trial_starts_right_after_joining() {
    let world = gated("trial").await;
    let anna = Buyer::new(&world, 42, "en");
    anna.say("/start").await;
    assert!(!is_held(&anna) && looks(&world) == 0, "only the trial is held up");
    anna.press("Try it free").await;
    assert!(is_held(&anna), "{}", anna.chat());
    assert_eq!(anna.find("Our channel").1, "https://t.me/+invitation");
    anna.press("I have subscribed").await;
    assert!(is_held(&anna) && alert(&anna).contains("does not see you"), "{}", anna.chat());
    assert_eq!(anna.events("trial_started"), 0);
    put(&anna, Standing::Member);
    anna.press("I have subscribed").await;
    assert_eq!(anna.events("trial_started"), 1, "{}", anna.chat());
    assert!(anna.reads().contains("https://sub.sandbox.example/"), "{}", anna.chat());
    all_is_well(&world);
}

#[tokio::test]
async fn a_link_and_a_press_lead_on_after_joining() {
    let world = gated("all").await;
    let boris = Buyer::new(&world, 43, "en");
    boris.say("/start").await;
    let code = boris.stored("#PROFILE")[0]["referral_code"]["S"].as_str().unwrap().to_owned();

    let anna = Buyer::new(&world, 42, "en");
    anna.say("/start plan_m3").await;
    assert!(is_held(&anna), "{}", anna.chat());
    put(&anna, Standing::Member);
    anna.press("I have subscribed").await;
    assert!(anna.reads().contains("3 months"), "the plan of the link: {}", anna.chat());

    let clara = Buyer::new(&world, 44, "en");
    clara.say(&format!("/start ref_{code}")).await;
    assert!(is_held(&clara));
    assert_eq!(clara.stored("#PROFILE")[0]["referrer"]["N"], "43", "kept before joining");
    clara.say("/start promo_SUMMER26").await;
    assert!(clara.find("I have subscribed").1.ends_with(":p:SUMMER26"), "{}", clara.chat());
    clara.say("/buy").await;
    put(&clara, Standing::Member);
    clara.press("I have subscribed").await;
    assert!(clara.reads().contains("hoose") && !is_held(&clara), "the plans: {}", clara.chat());
    all_is_well(&world);
}

#[tokio::test]
async fn a_look_counts_for_ten_minutes_and_leaving_ends_it_at_once() {
    let world = gated("all").await;
    let anna = Buyer::new(&world, 42, "en");
    world.telegram.set_member(CHANNEL, 42, Standing::Member).unwrap();
    anna.say("/start").await;
    assert_eq!((is_held(&anna), looks(&world)), (false, 1));
    for _ in 0..3 {
        let before = world.telegram.calls().len();
        anna.press("Help").await;
        anna.press("Menu").await;
        let calls = world.telegram.calls().split_off(before);
        assert_eq!(calls.iter().filter(|call| call.via == Via::Http).count(), 2, "one call a screen");
    }
    world.pass(SignedDuration::from_mins(11)).await;
    anna.press("Buy a subscription").await;
    assert_eq!((is_held(&anna), looks(&world)), (false, 2));

    put(&anna, Standing::Left);
    world.settle().await;
    anna.press("Back").await;
    assert!(is_held(&anna), "who left is held up: {}", anna.chat());
    put(&anna, Standing::Member);
    world.settle().await;
    let before = looks(&world);
    anna.press("I have subscribed").await;
    assert_eq!((is_held(&anna), looks(&world) - before), (false, 0), "who came back is known");
    all_is_well(&world);
}

#[tokio::test]
async fn who_paid_runs_the_shop_or_asks_for_help_is_never_held_up() {
    let world = gated("all").await;
    let anna = Buyer::new(&world, 42, "en");
    put(&anna, Standing::Member);
    anna.say("/start").await;
    buy_a_month(&anna).await;
    put(&anna, Standing::Kicked);
    world.settle().await;
    anna.say("/menu").await;
    assert!(!is_held(&anna), "{}", anna.chat());

    let operator = Buyer::new(&world, OPERATOR, "en");
    operator.say("/start").await;
    assert!(!is_held(&operator), "{}", operator.chat());

    let boris = Buyer::new(&world, 43, "en");
    for open in ["/help", "/paysupport", "/terms", "/language"] {
        boris.say(open).await;
        assert!(!is_held(&boris), "{open}");
    }
    for shut in ["/start", "/subscription", "hello", "/connect"] {
        boris.say(shut).await;
        assert!(is_held(&boris), "{shut}");
    }
    all_is_well(&world);
}

#[tokio::test]
async fn all_of_several_channels_are_needed() {
    let second = CHANNEL - 1;
    let world = gated_by("all", &format!("@vpn_news3, {second}")).await;
    world.telegram.add_group(channel(second, Standing::Administrator));
    let anna = Buyer::new(&world, 42, "en");
    put(&anna, Standing::Member);
    anna.say("/start").await;
    assert!(is_held(&anna), "{}", anna.chat());
    assert_eq!(anna.find("@vpn_news3").1, "https://t.me/vpn_news3");
    assert_eq!(anna.find("Our channel").1, "https://t.me/vpn_news4", "Telegram was asked for the way");
    world.telegram.set_member(second, 42, Standing::Member).unwrap();
    world.settle().await;
    anna.press("I have subscribed").await;
    assert!(!is_held(&anna), "{}", anna.chat());
    all_is_well(&world);
}

/// The bot was never made an administrator: people pass, and the operators hear of it once a day.
#[tokio::test]
async fn a_gate_that_cannot_be_checked_locks_nobody_out() {
    let world = gated("all").await;
    world.telegram.add_group(channel(CHANNEL, Standing::Member));
    let operator = Buyer::new(&world, OPERATOR, "en");
    operator.say("/start").await;
    let people: Vec<Buyer<'_>> = (42..45).map(|id| Buyer::new(&world, id, "en")).collect();
    for person in &people {
        person.say("/start").await;
        assert!(!is_held(person), "{}", person.chat());
    }
    let told = || operator.times_told("member list is inaccessible");
    assert_eq!(told(), 1, "{}", operator.chat());
    people[0].press("Buy a subscription").await;
    assert!(!is_held(&people[0]) && told() == 1, "{}", operator.chat());
    world.pass(SignedDuration::from_hours(24)).await;
    people[0].say("/menu").await;
    assert!(!is_held(&people[0]) && told() == 2, "{}", operator.chat());
}

/// An outage of Telegram's answer is nobody's mistake: people pass, nobody is told, and the next press asks again.
#[tokio::test]
async fn an_outage_is_passed_over_and_not_remembered() {
    let world = gated("all").await;
    let anna = Buyer::new(&world, 42, "en");
    let operator = Buyer::new(&world, OPERATOR, "en");
    operator.say("/start").await;
    for kind in [FaultKind::BadGateway, FaultKind::TooManyRequests { retry_after: 5 }] {
        world.telegram.fail_next(Fault { method: Some("getChatMember".into()), kind });
        anna.say("/start").await;
        assert!(!is_held(&anna), "{}", anna.chat());
    }
    anna.say("/menu").await;
    assert!(is_held(&anna), "{}", anna.chat());
    assert_eq!(operator.times_told("cannot be checked"), 0);
    all_is_well(&world);
}
