//! Friends, from the link to both rewards.

use crate::{
    buyer::{Buyer, all_is_well, days, start_of_time, world, world_with},
    purchase::{at, buy_a_month, order_a_month},
};
use futures::{StreamExt, stream};
use jiff::SignedDuration;
use sandbox::{
    faults::{CrashPlan, Moment},
    world::{Plan, World},
};
use serde_json::Value;

async fn shop(settings: &[(&str, &str)]) -> World {
    let mut plan = Plan::at(start_of_time());
    for (name, value) in settings.iter().chain(&[("ADMIN_IDS", "7"), ("DEFAULT_LANGUAGE", "en")]) {
        plan.settings.set(name, *value);
    }
    world_with(plan).await
}

/// What stands after `/start` in a person's own link.
async fn link(buyer: &Buyer<'_>) -> String {
    buyer.say("/ref").await;
    let text = buyer.reads();
    let (_, rest) = text.split_once("?start=").unwrap_or_else(|| panic!("no link in {}", buyer.chat()));
    rest.chars().take_while(|sign| sign.is_ascii_alphanumeric() || *sign == '_').collect()
}

/// Anna, and Boris who came by her link.
async fn two(world: &World) -> (Buyer<'_>, Buyer<'_>) {
    let anna = Buyer::new(world, 42, "en");
    anna.say("/start").await;
    let link = link(&anna).await;
    let boris = Buyer::new(world, 43, "en");
    boris.say(&format!("/start {link}")).await;
    (anna, boris)
}

fn figures(buyer: &Buyer<'_>) -> Value {
    buyer.stored("#REFERRAL").into_iter().next().unwrap_or_default()
}

fn number(buyer: &Buyer<'_>, name: &str) -> i64 {
    figures(buyer)[name]["N"].as_str().map_or(0, |number| number.parse().unwrap())
}

fn balance(buyer: &Buyer<'_>) -> Vec<String> {
    let held = &buyer.stored("#PROFILE")[0]["balance"]["L"];
    held.as_array().into_iter().flatten().filter_map(|text| Some(text["S"].as_str()?.to_owned())).collect()
}

#[tokio::test]
async fn a_friends_first_purchase_brings_days_to_both_and_is_told() {
    let world = shop(&[]).await;
    let (anna, boris) = two(&world).await;
    assert!(boris.reads().contains("A friend invited you"), "{}", boris.chat());
    assert_eq!(anna.times_told("A friend came by your link"), 1, "{}", anna.chat());
    buy_a_month(&anna).await;
    let before = anna.access_until();
    buy_a_month(&boris).await;
    assert_eq!(boris.access_until(), at("2026-12-22T10:00:00Z"), "a month and a day");
    assert_eq!(boris.times_told("+1 day for coming from a friend"), 1, "{}", boris.chat());
    assert_eq!(anna.access_until(), before + days(3), "her panel follows");
    assert_eq!(anna.times_told("A friend bought: +3 days"), 1, "{}", anna.chat());
    assert_eq!(anna.times_told("Your access is ready"), 1, "of the days one message tells");
    buy_a_month(&boris).await;
    assert_eq!((anna.events("referral_rewarded"), boris.events("referral_bonus")), (1, 1));
    assert_eq!(anna.access_until(), before + days(3));
    link(&anna).await;
    assert!(anna.reads().contains("Came by your link: 1 · bought: 1"), "{}", anna.chat());
    assert!(anna.reads().contains("You earned: 3 days"), "{}", anna.chat());
    all_is_well(&world);
}

#[tokio::test]
async fn days_wait_for_whoever_has_no_subscription() {
    let world = shop(&[]).await;
    let (anna, boris) = two(&world).await;
    buy_a_month(&boris).await;
    assert_eq!((anna.times_told("so they wait"), number(&anna, "waiting")), (1, 3), "{}", anna.chat());
    anna.say("/menu").await;
    anna.press("Try it free").await;
    assert_eq!(anna.access_until(), start_of_time() + days(6), "three of the trial, three earned");
    assert_eq!((anna.events("referral_days_added"), number(&anna, "waiting")), (1, 0));
    all_is_well(&world);
}

#[tokio::test]
async fn a_share_of_every_purchase_reaches_the_balances() {
    let settings = [
        ("REFERRAL_REWARD", "percent"),
        ("REFERRAL_PERCENT", "10"),
        ("REFEREE_PERCENT", "5"),
        ("REFERRAL_ONE_BONUS_PER_REFEREE", "false"),
    ];
    let world = shop(&settings).await;
    let boss = Buyer::new(&world, 7, "en");
    boss.say("/start").await;
    let (anna, boris) = two(&world).await;
    buy_a_month(&boris).await;
    buy_a_month(&boris).await;
    assert_eq!(
        (balance(&anna), balance(&boris)),
        (vec!["30.00 RUB".to_owned()], vec!["15.00 RUB".to_owned()])
    );
    assert_eq!(anna.times_told("A friend bought: +15"), 2, "{}", anna.chat());
    anna.say("/history").await;
    assert!(anna.reads().contains("a friend's purchase"), "{}", anna.chat());
    // All of the second purchase goes back.
    let order = boris.external_payment();
    world.yookassa.refund(&order, 15_000).unwrap();
    world.settle().await;
    assert_eq!(balance(&anna), ["15.00 RUB"], "{}", anna.chat());
    assert_eq!(balance(&boris), ["7.50 RUB"]);
    assert_eq!(anna.times_told("A friend's purchase was refunded"), 1, "{}", anna.chat());
    assert_eq!(boss.times_told("A purchase that earned a reward was refunded"), 1, "{}", boss.chat());
    all_is_well(&world);
}

#[tokio::test]
async fn a_link_counts_only_at_first_contact() {
    let world = world().await;
    let (anna, boris) = two(&world).await;
    let back = link(&boris).await;
    anna.say(&format!("/start {back}")).await;
    let own = link(&anna).await;
    anna.say(&format!("/start {own}")).await;
    assert!(anna.stored("#PROFILE")[0].get("referrer").is_none(), "no loops, and nobody invites themselves");
    // Whoever pressed something first is registered, and nobody's friend any more.
    let clara = Buyer::new(&world, 44, "en");
    clara.say("hello").await;
    clara.say(&format!("/start {own}")).await;
    assert!(clara.stored("#PROFILE")[0].get("referrer").is_none());
    let stranger = Buyer::new(&world, 45, "en");
    stranger.say("/start ref_uZZZZZZZZZ").await;
    buy_a_month(&stranger).await;
    assert_eq!((stranger.events("credited"), stranger.events("referral_bonus")), (1, 0));
    assert_eq!(number(&anna, "invited"), 1);
    all_is_well(&world);
}

/// The link's intent survives the gate, and so does who brought the person.
#[tokio::test]
async fn who_is_held_up_at_the_channel_is_a_friend_already() {
    let world = shop(&[("REQUIRED_CHANNELS", "@news_of_shop"), ("CHANNEL_GATE", "all")]).await;
    let anna = Buyer::new(&world, 7, "en");
    anna.say("/start").await;
    let link = link(&anna).await;
    let boris = Buyer::new(&world, 43, "en");
    boris.say(&format!("/start {link}")).await;
    assert_eq!(boris.stored("#PROFILE")[0]["referrer"]["N"], "7", "{}", boris.chat());
}

#[tokio::test]
async fn a_report_that_comes_twenty_times_rewards_once() {
    let world = shop(&[]).await;
    let (anna, boris) = two(&world).await;
    let order = order_a_month(&boris).await;
    world.yookassa.pay(&order).unwrap();
    let webhook = world.yookassa.take_webhooks().remove(0);
    let url = format!("{}/webhook/yookassa", world.address.base());
    let client = reqwest::Client::new();
    let send = |_| {
        let request = client.post(&url).body(webhook.body.clone());
        let request = request.header("x-sandbox-source-ip", webhook.source_ip.to_string());
        async move { request.send().await.unwrap().status().as_u16() }
    };
    let statuses: Vec<u16> = stream::iter(0..20).map(send).buffer_unordered(20).collect().await;
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    world.settle().await;
    assert_eq!((boris.events("credited"), boris.events("referral_bonus")), (1, 1));
    assert_eq!((anna.events("referral_rewarded"), number(&anna, "waiting")), (1, 3));
    assert_eq!(anna.times_told("A friend bought"), 1, "{}", anna.chat());
}

#[tokio::test]
async fn ten_friends_who_pay_at_once_are_all_credited_and_rewarded() {
    let world = shop(&[]).await;
    let anna = Buyer::new(&world, 42, "en");
    anna.say("/start").await;
    let link = link(&anna).await;
    let friends: Vec<Buyer<'_>> = (50..60).map(|id| Buyer::new(&world, id, "en")).collect();
    for friend in &friends {
        friend.say(&format!("/start {link}")).await;
        let order = order_a_month(friend).await;
        world.yookassa.pay(&order).unwrap();
    }
    let url = format!("{}/webhook/yookassa", world.address.base());
    let client = reqwest::Client::new();
    let webhooks = world.yookassa.take_webhooks();
    let send = |webhook: standin_providers::Webhook| {
        let request = client.post(&url).body(webhook.body.clone());
        let request = request.header("x-sandbox-source-ip", webhook.source_ip.to_string());
        async move { request.send().await.unwrap().status().as_u16() }
    };
    let statuses: Vec<u16> = stream::iter(webhooks).map(send).buffer_unordered(10).collect().await;
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    world.settle().await;
    for friend in &friends {
        assert_eq!((friend.events("credited"), friend.events("referral_bonus")), (1, 1));
    }
    assert_eq!((number(&anna, "bought"), number(&anna, "invited"), number(&anna, "waiting")), (10, 10, 30));
}

/// The process dies before or after each of the first calls: those of the credit, and the relay's.
#[tokio::test]
async fn dying_at_any_call_rewards_once_in_the_end() {
    let settings = [("SYNC_HOURS", "0")];
    let calm = shop(&settings).await;
    let (anna, boris) = two(&calm).await;
    let order = order_a_month(&boris).await;
    calm.outside.faults.begin_run(None);
    finish(&calm, &order).await;
    let calls = calm.outside.faults.count();
    let want = outcome(&anna, &boris);
    assert_eq!(want, [1, 1, 1, 3, 1]);
    for call_number in 1..=calls.min(7) {
        for moment in [Moment::Before, Moment::After] {
            let world = shop(&settings).await;
            let (anna, boris) = two(&world).await;
            let order = order_a_month(&boris).await;
            world.outside.faults.begin_run(Some(CrashPlan { call_number, moment }));
            finish(&world, &order).await;
            assert_eq!(outcome(&anna, &boris), want, "died {moment:?} call {call_number}\n{}", anna.chat());
            assert!((1..=2).contains(&anna.times_told("A friend bought")), "{}", anna.chat());
        }
    }
}

async fn finish(world: &World, order: &str) {
    world.yookassa.pay(order).unwrap();
    world.settle().await;
    world.pass(SignedDuration::from_mins(60)).await;
}

fn outcome(anna: &Buyer<'_>, boris: &Buyer<'_>) -> [i64; 5] {
    let count = |buyer: &Buyer<'_>, kind| i64::try_from(buyer.events(kind)).unwrap();
    [
        count(boris, "credited"),
        count(boris, "referral_bonus"),
        count(anna, "referral_rewarded"),
        number(anna, "waiting"),
        number(anna, "bought"),
    ]
}

#[tokio::test]
async fn where_nothing_is_given_nobody_is_asked_to_bring_friends() {
    let world = shop(&[("REFERRAL_ENABLED", "false")]).await;
    let anna = Buyer::new(&world, 42, "en");
    anna.say("/start").await;
    assert!(anna.button("Invite friends").is_none(), "{}", anna.chat());
    anna.say("/ref").await;
    assert!(anna.reads().contains("Good to see you"), "{}", anna.chat());
    let boris = Buyer::new(&world, 43, "en");
    let code = anna.stored("#PROFILE")[0]["referral_code"]["S"].as_str().unwrap().to_owned();
    boris.say(&format!("/start ref_u{code}")).await;
    buy_a_month(&boris).await;
    assert_eq!(anna.events("referral_rewarded") + boris.events("referral_bonus"), 0);
    assert_eq!((number(&anna, "invited"), anna.times_told("came by your link")), (1, 0));
    all_is_well(&world);
}
