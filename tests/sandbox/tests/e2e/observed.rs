//! What the panel observes: shown fresh, and told once.

use crate::{
    buyer::{Buyer, all_is_well, days, start_of_time, world_with},
    purchase::buy_a_month,
};
use jiff::SignedDuration;
use reqwest::{Client, RequestBuilder};
use sandbox::{
    calls::Target,
    faults::{Answer, Effect, Loss, Rule, When},
    world::{Plan, World},
};
use serde_json::json;
use std::time::Duration;

const GB: u64 = 1 << 30;
const ACCOUNT: &str = "tg_42_1";

/// A month has 100 GB. Where `panel` names one, its accounts are there.
async fn shop(panel: &str) -> World {
    let plan = Plan::at(start_of_time());
    let settings = plan.settings.clone().with("USER_TRAFFIC_LIMIT_GB", "100");
    let settings = settings.with("USER_TRAFFIC_STRATEGY", "MONTH").with("PLAN_1_MONTH_PANEL", panel);
    let world = world_with(Plan { settings, ..plan }).await;
    // The first comparison of the panels is over: nothing but the looks that are tested asks them.
    minutes(&world, 1).await;
    world
}

/// Anna has a month.
async fn anna(world: &World) -> Buyer<'_> {
    let anna = Buyer::new(world, 42, "en");
    anna.say("/start").await;
    buy_a_month(&anna).await;
    anna
}

/// Below what a call to a panel may take otherwise, well above the second that a view waits.
const LIMIT: Duration = Duration::from_secs(5);

fn fail(world: &World, effect: Effect) {
    world.outside.faults.push(Rule { target: Target::Panel, operation: None, when: When::Always, effect });
}

/// Time goes by for the shop's clock alone: nothing is due.
async fn minutes(world: &World, count: i64) {
    world.pass(SignedDuration::from_mins(count)).await;
}

#[tokio::test]
async fn the_view_shows_what_the_panel_has_now() {
    let world = shop("main").await;
    let anna = anna(&world).await;
    minutes(&world, 61).await;
    anna.say("/subscription").await;
    assert!(anna.reads().contains("No connections yet"), "{}", anna.chat());
    let asked = || world.outside.calls.to(Target::Panel, "GET").len();
    let before = asked();
    assert!(world.panel.connect(ACCOUNT, 31 * GB));
    anna.say("/subscription").await;
    assert_eq!(asked(), before, "the figures are younger than a minute");
    minutes(&world, 2).await;
    anna.say("/subscription").await;
    assert_eq!(asked(), before + 1);
    let reads = anna.reads();
    assert!(reads.contains("31 GB of 100 GB") && reads.contains("Online now"), "{reads}");
    assert!(!reads.contains("As of"), "{reads}");
    anna.press("Refresh").await;
    assert_eq!(asked(), before + 1, "kept for the next look");
    minutes(&world, 3 * 60).await;
    anna.press("Refresh").await;
    assert!(anna.reads().contains("Online: 3 hours ago · first on 21 Nov 2026"), "{}", anna.reads());
    all_is_well(&world);
}

#[tokio::test]
async fn a_panel_that_is_slow_dead_or_gone_keeps_nobody_waiting() {
    let effects = [
        Effect::LoseRequest(Loss::Silent),
        Effect::LoseAnswer(Loss::Silent),
        Effect::LoseRequest(Loss::Closed),
        Effect::Answer(Answer::unavailable(Target::Panel)),
        Effect::Answer(Answer::slow_down(Target::Panel, 60)),
        Effect::Answer(Answer::json(200, &json!({"response": {"username": 5}}))),
    ];
    let world = shop("main").await;
    let anna = anna(&world).await;
    minutes(&world, 5).await;
    for effect in effects {
        let name = effect.to_string();
        fail(&world, effect);
        let answer = tokio::time::timeout(LIMIT, anna.say("/subscription")).await;
        assert!(answer.is_ok(), "{name}: waited for the panel");
        let reads = anna.reads();
        assert!(reads.contains("As of 5 min ago") && reads.contains("0 B of 100 GB"), "{name}: {reads}");
        world.outside.faults.clear();
    }
    all_is_well(&world);
}

#[tokio::test]
async fn looking_notices_what_a_lost_webhook_would_have_told() {
    let world = shop("main").await;
    let anna = anna(&world).await;
    let end = anna.access_until();
    assert!(world.panel.delete(ACCOUNT));
    drop(world.panel.take_webhooks());
    minutes(&world, 2).await;
    assert!(anna.account().is_none());
    anna.say("/subscription").await;
    assert_eq!(anna.access_until(), end, "made again");
    let link = anna.account().unwrap()["subscriptionUrl"].as_str().unwrap().to_owned();
    assert_eq!((anna.times_told("a new link"), anna.times_told(&link)), (1, 1), "{}", anna.chat());
    all_is_well(&world);
}

/// Every notice comes with its event, and not with a repetition of it.
#[tokio::test]
async fn what_the_panel_reports_is_told_once() {
    let world = shop("main").await;
    let anna = anna(&world).await;
    let tell = async |act: &dyn Fn(), text: &str| {
        act();
        world.panel.tick();
        let letters = world.panel.take_webhooks();
        assert!(!letters.is_empty(), "{text}: nothing is reported");
        for round in 0..3 {
            for letter in &letters {
                let request = world_post(&world, "/webhook/panel", letter.body.clone());
                let headers = letter.headers.iter();
                let request =
                    headers.fold(request, |request, (name, value)| request.header(*name, value.as_str()));
                assert_eq!(request.send().await.unwrap().status(), 200, "{text}");
            }
            world.settle().await;
            assert_eq!(anna.times_told(text), 1, "{text}, round {round}\n{}", anna.chat());
        }
    };
    let connect = |bytes| move |world: &World| assert!(world.panel.connect(ACCOUNT, bytes));
    tell(&|| world.panel.remind_unconnected(6), "ready and waiting").await;
    let pixel = json!({"platform": "Android", "osVersion": "14", "deviceModel": "Pixel 8"});
    tell(&|| assert!(world.panel.add_device(ACCOUNT, "dev-1", &pixel)), "New device: Pixel 8, Android 14")
        .await;
    tell(&|| connect(GB)(&world), "It works!").await;
    tell(&|| connect(80 * GB)(&world), "80% of your traffic").await;
    tell(&|| connect(15 * GB)(&world), "95% of your traffic").await;
    tell(&|| connect(5 * GB)(&world), "used up").await;
    tell(&|| assert!(world.panel.revoke(ACCOUNT)), "has a new link").await;
    let link = anna.account().unwrap()["subscriptionUrl"].as_str().unwrap().to_owned();
    assert!(anna.reads().contains(&link), "{}", anna.chat());

    // Somebody who connected is not asked why not, and the panel is not believed about other people's accounts.
    world.panel.remind_unconnected(24);
    world.settle().await;
    assert_eq!(anna.events("use_reported"), 6, "{:#?}", anna.stored("EVENT#"));
    all_is_well(&world);
}

fn world_post(world: &World, path: &str, body: Vec<u8>) -> RequestBuilder {
    Client::new().post(format!("{}{path}", world.address.base())).body(body)
}

#[tokio::test]
async fn a_new_reset_period_is_told_anew_and_a_renewal_silences_what_waits() {
    let world = shop("main").await;
    let anna = anna(&world).await;
    assert!(world.panel.connect(ACCOUNT, 100 * GB));
    world.settle().await;
    assert_eq!(anna.times_told("used up"), 1, "{}", anna.chat());
    // The report waits while she renews, which counts the traffic anew.
    assert!(!world.panel.connect(ACCOUNT, 1), "the panel keeps her out");
    buy_a_month(&anna).await;
    assert!(world.panel.connect(ACCOUNT, 85 * GB));
    world.panel.tick();
    let waiting = world.panel.take_webhooks();
    minutes(&world, 1).await;
    buy_a_month(&anna).await;
    for letter in waiting {
        let request = world_post(&world, "/webhook/panel", letter.body);
        let request =
            letter.headers.iter().fold(request, |request, (name, value)| request.header(*name, value));
        assert_eq!(request.send().await.unwrap().status(), 200);
    }
    world.settle().await;
    assert_eq!(anna.times_told("80% of your traffic"), 0, "{}", anna.chat());
    minutes(&world, 1).await;
    assert!(world.panel.connect(ACCOUNT, 100 * GB));
    world.settle().await;
    assert_eq!(anna.times_told("used up"), 2, "{}", anna.chat());
    all_is_well(&world);
}

#[tokio::test]
async fn nobody_is_told_of_what_is_over_or_left_behind() {
    let world = shop("main").await;
    let anna = anna(&world).await;
    world.pass(days(32)).await;
    let told = anna.messages().len();
    world.panel.remind_unconnected(744);
    assert!(world.panel.add_device(ACCOUNT, "dev-2", &json!({})));
    world.settle().await;
    assert_eq!(anna.messages().len(), told, "{}", anna.chat());
    assert_eq!(anna.events("use_reported"), 0);
}

#[tokio::test]
async fn a_marzban_tells_of_traffic_and_a_revoked_link_is_replaced() {
    let world = shop("marzban").await;
    let anna = anna(&world).await;
    let link = || anna.stored("#SUB#")[0]["applied"]["M"]["link"]["S"].as_str().unwrap().to_owned();
    let old = link();
    assert!(world.marzban.connect(ACCOUNT, 85 * GB));
    world.settle().await;
    assert_eq!(anna.times_told("85% of your traffic"), 1, "{}", anna.chat());
    assert!(world.marzban.connect(ACCOUNT, 15 * GB));
    minutes(&world, 20).await;
    assert_eq!(anna.times_told("used up"), 1, "{}", anna.chat());
    assert_eq!(link(), old, "all links work");

    // Of an account so young the newest link is taken anyway.
    world.pass(days(2)).await;
    assert_eq!((link(), anna.times_told("a new link")), (old.clone(), 0));
    assert!(world.marzban.revoke(ACCOUNT));
    world.settle().await;
    assert_ne!(link(), old);
    assert_eq!(anna.times_told("a new link"), 1, "{}", anna.chat());
    assert!(anna.reads().contains(&link()), "{}", anna.chat());
    anna.say("/subscription").await;
    assert!(anna.reads().contains(&link()), "kept from now on: {}", anna.reads());
    all_is_well(&world);
}
