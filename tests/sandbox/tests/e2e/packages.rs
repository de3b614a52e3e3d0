//! Traffic packages: bought when everything is used, in both panels.

use crate::{
    buyer::{Buyer, all_is_well, days, start_of_time, world_with},
    purchase::buy_a_month,
    refunds::operator,
};
use jiff::SignedDuration;
use sandbox::world::{Plan, World};
use serde_json::Value;

const GB: u64 = 1 << 30;
const ACCOUNT: &str = "tg_42_1";

/// A month has 100 GB, counted anew as `reset` says; 50 GB more cost 99 rubles.
async fn shop(panel: &str, reset: &str) -> World {
    let plan = Plan::at(start_of_time());
    let settings = plan.settings.clone().with("USER_TRAFFIC_LIMIT_GB", "100").with("ADMIN_IDS", "7");
    let settings = settings.with("USER_TRAFFIC_STRATEGY", reset).with("PLAN_1_MONTH_PANEL", panel);
    let settings = settings.with("TRAFFIC_PACKAGES", "50:99").with("STARS_TRAFFIC_PACKAGES", "50:60,200:200");
    world_with(Plan { settings: settings.with("DEFAULT_LANGUAGE", "en"), ..plan }).await
}

async fn anna(world: &World) -> Buyer<'_> {
    let anna = Buyer::new(world, 42, "en");
    anna.say("/start").await;
    buy_a_month(&anna).await;
    anna
}

/// Limit, what is used of it, and whether the account works.
fn account(world: &World, panel: &str) -> (u64, u64, bool) {
    let number = |value: &Value| value.as_u64().unwrap_or_default();
    if panel == "marzban" {
        let user = world.marzban.user(ACCOUNT).expect("an account");
        return (number(&user["data_limit"]), number(&user["used_traffic"]), user["status"] == "active");
    }
    let user = world.panel.user(ACCOUNT).expect("an account");
    let used =
        user.get("userTraffic").map_or(&user["usedTrafficBytes"], |traffic| &traffic["usedTrafficBytes"]);
    (number(&user["trafficLimitBytes"]), number(used), user["status"] == "ACTIVE")
}

fn connect(world: &World, panel: &str, bytes: u64) -> bool {
    if panel == "marzban" {
        world.marzban.connect(ACCOUNT, bytes)
    } else {
        world.panel.connect(ACCOUNT, bytes)
    }
}

async fn order(anna: &Buyer<'_>) -> String {
    anna.press("Buy more traffic").await;
    anna.press("50 GB").await;
    anna.press("Card or SBP").await;
    anna.external_payment()
}

async fn buy(anna: &Buyer<'_>) {
    let order = order(anna).await;
    anna.world.yookassa.pay(&order).unwrap();
    anna.world.settle().await;
}

#[tokio::test]
async fn who_has_used_everything_buys_more_and_goes_on() {
    for panel in ["main", "marzban"] {
        let world = shop(panel, "WEEK").await;
        let anna = anna(&world).await;
        let until = anna.stored("#SUB#")[0]["end"].clone();
        assert!(connect(&world, panel, 100 * GB));
        world.pass(SignedDuration::from_mins(20)).await;
        assert_eq!(account(&world, panel), (100 * GB, 100 * GB, false), "{panel}");
        assert_eq!(anna.times_told("used up"), 1, "{}", anna.chat());
        // The message itself leads there.
        buy(&anna).await;
        assert_eq!(world.yookassa.payments().last().unwrap().minor, 9_900);
        assert_eq!(account(&world, panel), (150 * GB, 100 * GB, true), "{panel}: {}", anna.chat());
        assert_eq!(anna.times_told("Your traffic is in place"), 1, "{}", anna.chat());
        assert_eq!((anna.events("traffic_bought"), anna.events("credited")), (1, 1));
        assert_eq!(anna.stored("#SUB#")[0]["end"], until, "{panel}: the time stays");
        anna.say("/subscription").await;
        assert!(
            anna.reads().contains("of 150 GB") && anna.reads().contains("50 GB of it is extra"),
            "{}",
            anna.reads()
        );
        assert!(connect(&world, panel, 20 * GB), "{panel}: it works again");
        anna.say("/history").await;
        assert_eq!(anna.times_told("50 GB of traffic"), 1, "{}", anna.chat());

        // A whole period later it is over; by then a panel has counted anew, which the stand-ins do not do by themselves.
        world.pass(days(7) + SignedDuration::from_hours(1)).await;
        assert_eq!(account(&world, panel).0, 100 * GB, "{panel}");
        assert_eq!(anna.events("traffic_ended"), 1);
        all_is_well(&world);
    }
}

#[tokio::test]
async fn a_renewal_keeps_what_is_left() {
    let world = shop("main", "NO_RESET").await;
    let anna = anna(&world).await;
    anna.say("/subscription").await;
    buy(&anna).await;
    assert!(connect(&world, "main", 120 * GB));
    world.pass(SignedDuration::from_mins(10)).await;
    anna.say("/subscription").await;
    assert!(anna.reads().contains("120 GB of 150 GB"), "{}", anna.reads());
    buy_a_month(&anna).await;
    assert_eq!(account(&world, "main"), (130 * GB, 0, true), "counted anew, thirty are left");
    all_is_well(&world);
}

#[tokio::test]
async fn money_that_comes_after_the_end_goes_to_the_balance() {
    let world = shop("main", "MONTH").await;
    let anna = anna(&world).await;
    world.pass(days(30) - SignedDuration::from_mins(10)).await;
    anna.say("/subscription").await;
    let late = order(&anna).await;
    world.pass(SignedDuration::from_mins(30)).await;
    world.yookassa.pay(&late).unwrap();
    world.settle().await;
    assert_eq!((anna.events("topped_up"), anna.events("traffic_bought")), (1, 0), "{}", anna.chat());
    assert_eq!(anna.times_told("did not go through"), 1, "{}", anna.chat());
    assert!(account(&world, "main").0 == 100 * GB);
    // Nor is it offered any more.
    anna.say("/subscription").await;
    let message = anna.messages().last().unwrap().id;
    assert!(
        !anna
            .messages()
            .last()
            .unwrap()
            .buttons
            .iter()
            .flatten()
            .any(|key| key.text.contains("more traffic"))
    );
    world.telegram.press_stale(42, message, "1:package:1:gb50").unwrap();
    world.settle().await;
    assert_eq!(world.yookassa.payments().len(), 2);
    all_is_well(&world);
}

#[tokio::test]
async fn a_package_in_stars_and_a_code_for_it() {
    let world = shop("main", "MONTH").await;
    let boss = operator(&world).await;
    for order in ["half percent 50", "year percent 50 plans=m12"] {
        boss.say(&format!("/promo new {order}")).await;
    }
    let anna = anna(&world).await;
    anna.say("/start promo_year").await;
    anna.say("/subscription").await;
    anna.press("Buy more traffic").await;
    anna.press("50 GB").await;
    assert!(!anna.reads().contains("YEAR"), "a code for other plans: {}", anna.reads());
    anna.say("/start promo_half").await;
    anna.say("/subscription").await;
    anna.press("Buy more traffic").await;
    anna.press("50 GB").await;
    assert!(anna.reads().contains("HALF"), "{}", anna.reads());
    anna.press("Telegram Stars").await;
    let invoice = anna.messages().iter().rev().find(|message| message.invoice.is_some()).unwrap().id;
    world.telegram.pay_invoice(42, invoice).unwrap();
    world.settle().await;
    assert_eq!(account(&world, "main").0, 150 * GB, "{}", anna.chat());
    assert_eq!(world.telegram.star_transactions().len(), 1);
    assert_eq!(anna.events("promo_consumed"), 1);
    all_is_well(&world);
}
