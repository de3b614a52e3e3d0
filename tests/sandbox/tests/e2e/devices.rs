//! Buyers see and unlink their devices and take a new link.

use crate::{
    buyer::{Buyer, all_is_well, days, start_of_time, world, world_with},
    purchase::buy_a_month,
};
use jiff::SignedDuration;
use sandbox::{
    calls::Target,
    faults::{Answer, Effect, Loss, Moment, Rule, When},
    world::{Plan, World},
};
use serde_json::json;

const ACCOUNT: &str = "tg_42_1";

async fn anna(world: &World) -> Buyer<'_> {
    let anna = Buyer::new(world, 42, "en");
    anna.say("/start").await;
    buy_a_month(&anna).await;
    world.pass(SignedDuration::from_mins(2)).await;
    anna
}

fn link(anna: &Buyer<'_>) -> String {
    anna.account().unwrap()["subscriptionUrl"].as_str().unwrap().to_owned()
}

fn fail(world: &World, operation: &str, effect: Effect) {
    let operation = Some(operation.to_owned());
    world.outside.faults.push(Rule { target: Target::Panel, operation, when: When::Always, effect });
}

#[tokio::test]
async fn devices_are_listed_and_unlinked() {
    let world = world().await;
    let anna = anna(&world).await;
    anna.say("/subscription").await;
    anna.press("Devices").await;
    assert!(anna.reads().contains("No device has connected yet"), "{}", anna.chat());
    for (hwid, model) in
        [("hwid-aaaaaaaaaa", "Pixel <8>"), ("hwid-bbbbbbbbbb", "iPhone 15"), ("hwid-cccccccccc", "TV")]
    {
        assert!(world.panel.add_device(ACCOUNT, hwid, &json!({ "deviceModel": model, "platform": "Any" })));
    }
    // Of new devices the panel tells, too; another test looks at that.
    world.panel.take_webhooks();
    anna.press("Refresh").await;
    let reads = anna.reads();
    assert!(reads.contains("3 devices") && reads.contains("Pixel <8>"), "{reads}");

    let (message, data) = anna.find("iPhone 15");
    anna.press("iPhone 15").await;
    assert!(anna.reads().contains("2 devices") && !anna.reads().contains("iPhone"), "{}", anna.reads());
    // The same button again, and another one at once: too soon for a second device.
    world.telegram.press_stale(anna.id, message, &data).unwrap();
    world.settle().await;
    anna.press("Devices").await;
    anna.press("TV").await;
    anna.press("Devices").await;
    assert!(anna.reads().contains("2 devices"), "{}", anna.reads());
    assert_eq!(anna.events("devices_unlinked"), 1);

    anna.press("Unlink all").await;
    anna.press("Yes, unlink all").await;
    assert!(anna.reads().contains("No device has connected yet"), "{}", anna.reads());
    assert_eq!(anna.events("devices_unlinked"), 2);
    all_is_well(&world);
}

#[tokio::test]
async fn a_new_link_replaces_the_old_one_once_a_day() {
    let world = world().await;
    let anna = anna(&world).await;
    let old = link(&anna);
    anna.say("/subscription").await;
    anna.press("New link").await;
    anna.press("Yes, make a new link").await;
    let new = link(&anna);
    assert_ne!(new, old);
    assert!(anna.reads().contains(&new) && !anna.reads().contains(&old), "{}", anna.chat());
    assert_eq!(anna.times_told("a new link"), 0, "the panel's own report of it is no news: {}", anna.chat());
    anna.press("My subscription").await;
    assert!(anna.reads().contains(&new), "{}", anna.reads());
    anna.press("New link").await;
    assert!(anna.reads().contains("possible from 22 November 2026"), "{}", anna.reads());
    assert_eq!((link(&anna), anna.events("link_reset")), (new.clone(), 1));
    world.pass(days(1)).await;
    anna.say("/subscription").await;
    anna.press("New link").await;
    anna.press("Yes, make a new link").await;
    assert_ne!(link(&anna), new);
    all_is_well(&world);
}

/// Whatever becomes of the call, the link that the buyer is shown in the end is the one that works.
#[tokio::test]
async fn a_panel_in_trouble_leaves_no_dead_link() {
    let effects = [
        (Effect::Answer(Answer::unavailable(Target::Panel)), "Nothing was changed"),
        (Effect::LoseRequest(Loss::Closed), ""),
        (Effect::LoseRequest(Loss::Silent), "will come to this chat"),
        (Effect::LoseAnswer(Loss::Closed), ""),
        (Effect::LoseAnswer(Loss::Silent), "will come to this chat"),
    ];
    for (effect, says) in effects {
        let name = effect.to_string();
        let world = world_with(Plan::at(start_of_time())).await;
        let anna = anna(&world).await;
        anna.say("/subscription").await;
        anna.press("New link").await;
        fail(&world, "revoke", effect);
        let (message, data) = anna.find("Yes, make a new link");
        let update = world.telegram.press(anna.id, message, &data).unwrap();
        world.settle().await;
        let query = update["callback_query"]["id"].as_str().unwrap();
        let popup = world.telegram.callback(query).unwrap().answer.expect("an answer").text;
        assert!(popup.contains(says) && !popup.is_empty(), "{name}: {popup}");
        world.outside.faults.clear();
        world.pass(SignedDuration::from_hours(2)).await;
        anna.say("/subscription").await;
        assert!(anna.reads().contains(&link(&anna)), "{name}: {}", anna.chat());
        all_is_well(&world);
    }
}

/// The function dies before or after the panel's work: the panel's own report or the alarm clock brings the right link.
#[tokio::test]
async fn dying_over_a_new_link_leaves_no_dead_link() {
    for moment in [Moment::Before, Moment::After] {
        for panel in ["main", "marzban"] {
            let plan = Plan::at(start_of_time());
            let settings = plan.settings.clone().with("PLAN_1_MONTH_PANEL", panel).with("SYNC_HOURS", "0");
            let world = world_with(Plan { settings, ..plan }).await;
            let anna = anna(&world).await;
            anna.say("/subscription").await;
            anna.press("New link").await;
            let target = if panel == "main" { Target::Panel } else { Target::Marzban };
            let rule = Rule {
                target,
                operation: Some("revoke".into()),
                when: When::Always,
                effect: Effect::Die(moment),
            };
            world.outside.faults.push(rule);
            anna.press("Yes, make a new link").await;
            world.outside.faults.clear();
            world.pass(SignedDuration::from_hours(2)).await;
            anna.say("/subscription").await;
            let reads = anna.reads();
            let shown = reads.split_whitespace().find(|word| word.starts_with("https://sub"));
            let shown = shown.unwrap_or_else(|| panic!("{panel} {moment:?}: no link in {reads}"));
            let path = shown.splitn(4, '/').nth(3).unwrap();
            let works = if panel == "main" {
                shown == link(&anna)
            } else {
                let address = format!("{}/marzban/{path}", world.address.base());
                reqwest::get(address).await.unwrap().status().is_success()
            };
            assert!(works, "{panel} {moment:?}: {shown} is dead\n{}", anna.chat());
        }
    }
}
