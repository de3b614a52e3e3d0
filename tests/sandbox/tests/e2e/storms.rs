//! Duplicates, outages, deaths: the money is credited once, what is paid arrives, and the buyer is told.

use crate::{
    buyer::{Buyer, all_is_well, days, start_of_time, world, world_with},
    purchase::{at, buy_a_month, order_a_month},
};
use futures::{StreamExt, stream};
use jiff::SignedDuration;
use sandbox::{
    calls::Target,
    clock::Clock,
    faults::{Answer, CrashPlan, Effect, Loss, Moment, Rule, When},
    queues::Disorder,
    world::{Plan, World},
};
use serde_json::json;

fn rule(target: Target, operation: &str, when: When, effect: Effect) -> Rule {
    Rule { target, operation: Some(operation.to_owned()).filter(|name| !name.is_empty()), when, effect }
}

#[tokio::test]
async fn a_thousand_genuine_callbacks_credit_once() {
    // On a running clock: on one that stands still all decisions would name the same event, and that alone would save us.
    let world = world_with(Plan { clock: Clock::system(), ..Plan::at(start_of_time()) }).await;
    let begun = world.clock.now();
    let anna = Buyer::new(&world, 42, "en");
    anna.say("/start").await;
    // A renewal: the first purchase would be saved by the subscription that must not exist yet.
    buy_a_month(&anna).await;
    let order = order_a_month(&anna).await;
    world.yookassa.pay(&order).unwrap();
    let webhook = world.yookassa.take_webhooks().remove(0);
    let url = format!("{}/webhook/yookassa", world.address.base());
    let client = reqwest::Client::new();
    let send = |_| {
        let request = client.post(&url).body(webhook.body.clone());
        let request = request.header("x-sandbox-source-ip", webhook.source_ip.to_string());
        async move { request.send().await.unwrap().status().as_u16() }
    };
    let statuses: Vec<u16> = stream::iter(0..1000).map(send).buffer_unordered(50).collect().await;
    assert!(
        statuses.iter().all(|status| *status == 200),
        "{:?}",
        statuses.iter().find(|status| **status != 200)
    );
    world.settle().await;
    assert_eq!(anna.events("credited"), 2);
    let granted = anna.access_until().duration_since(begun);
    assert!(granted < days(63), "two months, not {granted:#}");
    assert_eq!(anna.times_told("Your access is ready"), 2);
    all_is_well(&world);
}

#[tokio::test]
async fn the_panel_is_down_for_an_hour() {
    let world = world().await;
    let anna = Buyer::new(&world, 42, "en");
    anna.say("/start").await;
    let until = start_of_time() + SignedDuration::from_hours(1);
    world.outside.faults.push(rule(
        Target::Panel,
        "",
        When::Until(until),
        Effect::Answer(Answer::unavailable(Target::Panel)),
    ));
    buy_a_month(&anna).await;
    assert_eq!(anna.events("credited"), 1);
    assert_eq!(anna.events("provision_delayed"), 1, "{}", anna.chat());
    let told = anna.messages().len();
    world.pass(SignedDuration::from_mins(50)).await;
    assert!(anna.account().is_none());
    assert_eq!(anna.messages().len(), told, "told once: {}", anna.chat());
    world.pass(SignedDuration::from_mins(30)).await;
    assert_eq!(anna.access_until(), at("2026-12-21T10:00:00Z"));
    assert_eq!(anna.times_told("Your access is ready"), 1, "{}", anna.chat());
    all_is_well(&world);
}

/// Two jobs of one buyer come in one batch: what follows the failed one must be kept with it.
#[tokio::test]
async fn two_purchases_while_the_panel_is_down_both_arrive() {
    let world = world().await;
    let anna = Buyer::new(&world, 42, "en");
    anna.say("/start").await;
    let until = start_of_time() + SignedDuration::from_hours(1);
    let down = Effect::Answer(Answer::unavailable(Target::Panel));
    world.outside.faults.push(rule(Target::Panel, "", When::Until(until), down));
    buy_a_month(&anna).await;
    buy_a_month(&anna).await;
    world.pass(SignedDuration::from_mins(90)).await;
    assert_eq!(anna.events("credited"), 2);
    assert_eq!(anna.access_until(), at("2027-01-21T10:00:00Z"));
    all_is_well(&world);
}

#[tokio::test]
async fn telegrams_limit_is_obeyed() {
    let world = world().await;
    let anna = Buyer::new(&world, 42, "en");
    anna.say("/start").await;
    let order = order_a_month(&anna).await;
    let slow = Effect::Answer(Answer::slow_down(Target::Telegram, 17));
    world.outside.faults.push(rule(Target::Telegram, "sendMessage", When::First(1), slow));
    world.yookassa.pay(&order).unwrap();
    world.settle().await;
    assert_eq!(anna.times_told("Your access is ready"), 0);
    world.pass(SignedDuration::from_secs(16)).await;
    assert_eq!(anna.times_told("Your access is ready"), 0, "not before Telegram allows");
    world.pass(SignedDuration::from_secs(2)).await;
    assert_eq!(anna.times_told("Your access is ready"), 1, "{}", anna.chat());
    all_is_well(&world);
}

#[tokio::test]
async fn who_blocks_the_bot_is_remembered_and_may_come_back() {
    let world = world().await;
    let anna = Buyer::new(&world, 42, "en");
    anna.say("/start").await;
    let order = order_a_month(&anna).await;
    world.telegram.block(42).unwrap();
    world.settle().await;
    let unreachable = || anna.stored("#PROFILE")[0]["unreachable"]["BOOL"].as_bool().unwrap();
    assert!(unreachable());
    world.yookassa.pay(&order).unwrap();
    world.settle().await;
    assert_eq!(anna.access_until(), at("2026-12-21T10:00:00Z"), "paid is paid");
    world.telegram.unblock(42).unwrap();
    world.settle().await;
    assert!(!unreachable());
    all_is_well(&world);
}

#[tokio::test]
async fn a_block_that_nobody_reported_is_learned_from_the_refusal() {
    let world = world().await;
    let anna = Buyer::new(&world, 42, "en");
    anna.say("/start").await;
    let order = order_a_month(&anna).await;
    let blocked =
        json!({"ok": false, "error_code": 403, "description": "Forbidden: bot was blocked by the user"});
    let effect = Effect::Answer(Answer::json(403, &blocked));
    world.outside.faults.push(rule(Target::Telegram, "sendMessage", When::Always, effect));
    world.yookassa.pay(&order).unwrap();
    world.settle().await;
    assert_eq!(anna.stored("#PROFILE")[0]["unreachable"]["BOOL"], true);
    assert_eq!(anna.events("reachability_changed"), 1);
    world.outside.faults.clear();
    anna.say("/start").await;
    assert_eq!(anna.stored("#PROFILE")[0]["unreachable"]["BOOL"], false);
    all_is_well(&world);
}

#[tokio::test]
async fn an_order_whose_answer_was_lost_is_not_opened_twice() {
    let world = world().await;
    let anna = Buyer::new(&world, 42, "en");
    anna.say("/buy").await;
    anna.press("1 month").await;
    let lost = Effect::LoseAnswer(Loss::Closed);
    world.outside.faults.push(rule(Target::Provider("yookassa"), "POST /v3/payments", When::First(2), lost));
    anna.press("Card or SBP").await;
    assert_eq!(anna.events("payment_opened"), 0, "{}", anna.chat());
    anna.press("Card or SBP").await;
    assert_eq!((anna.events("payment_opened"), world.yookassa.payments().len()), (1, 1));
    all_is_well(&world);
}

#[tokio::test]
async fn yookassa_down_is_said_and_another_way_is_open() {
    let world = world().await;
    let anna = Buyer::new(&world, 42, "en");
    anna.say("/buy").await;
    anna.press("1 month").await;
    let down = Effect::Answer(Answer::unavailable(Target::Provider("yookassa")));
    world.outside.faults.push(rule(Target::Provider("yookassa"), "", When::Always, down));
    anna.press("Card or SBP").await;
    assert!(anna.button("Telegram Stars").is_some(), "{}", anna.chat());
    anna.press("Telegram Stars").await;
    assert!(anna.messages().iter().any(|message| message.invoice.is_some()));
    all_is_well(&world);
}

#[tokio::test]
async fn a_table_that_is_down_loses_no_update_and_no_callback() {
    let world = world().await;
    let anna = Buyer::new(&world, 42, "en");
    let down = |minutes| {
        let until = world.clock.now() + SignedDuration::from_mins(minutes);
        rule(Target::Dynamodb, "", When::Until(until), Effect::Answer(Answer::slow_down(Target::Dynamodb, 1)))
    };
    world.outside.faults.push(down(1));
    anna.say("/start").await;
    assert_eq!(anna.stored("#PROFILE").len(), 0);
    world.pass(SignedDuration::from_mins(3)).await;
    assert_eq!(anna.stored("#PROFILE").len(), 1);
    let order = order_a_month(&anna).await;
    world.outside.faults.push(down(1));
    world.yookassa.pay(&order).unwrap();
    world.settle().await;
    world.pass(SignedDuration::from_mins(20)).await;
    assert_eq!(anna.events("credited"), 1);
    assert_eq!(anna.times_told("Your access is ready"), 1, "{}", anna.chat());
    all_is_well(&world);
}

/// A purchase from the first word to the link; the world may die once in it.
async fn purchase(world: &World) -> Buyer<'_> {
    let anna = Buyer::new(world, 42, "en");
    anna.say("/start").await;
    world.pass(SignedDuration::from_mins(5)).await;
    anna.say("/buy").await;
    world.pass(SignedDuration::from_mins(1)).await;
    for label in ["1 month", "Card or SBP"] {
        anna.press(label).await;
        world.pass(SignedDuration::from_secs(5)).await;
        if anna.button(label).is_some() {
            // What a person does when nothing happened.
            anna.press(label).await;
        }
    }
    world.yookassa.pay(&anna.external_payment()).unwrap();
    world.settle().await;
    world.pass(SignedDuration::from_mins(90)).await;
    anna
}

/// What must be the same whatever died: rights, money, panel.
fn final_state(anna: &Buyer<'_>) -> serde_json::Value {
    let account = anna.account().expect("an account");
    let subscription = &anna.stored("#SUB")[0];
    let end: jiff::Timestamp = subscription["end"]["S"].as_str().unwrap().parse().unwrap();
    // Time counts from the credit, which a death delays by the sender's pause.
    let month = at("2026-12-21T10:06:00Z")..at("2026-12-21T11:36:00Z");
    json!({
        "panel has the end": anna.access_until() == end,
        "a month": month.contains(&end),
        "squads": account["activeInternalSquads"].as_array().map(Vec::len),
        "status": account["status"],
        "revision": subscription["revision"],
        "pending": subscription["pending"],
        "credited": anna.events("credited"),
        "provisioned": anna.events("provisioned"),
        "registered": anna.events("registered"),
        "orders": anna.world.yookassa.payments().len(),
        "accounts": anna.world.panel.users().len(),
    })
}

/// I1, I6, I9: the process dies before or after every single outgoing call of a purchase.
#[tokio::test]
async fn dying_at_any_call_of_a_purchase_changes_nothing_in_the_end() {
    let calm = world().await;
    calm.outside.faults.begin_run(None);
    let anna = purchase(&calm).await;
    let (want, calls) = (final_state(&anna), calm.outside.faults.count());
    assert_eq!(anna.times_told("Your access is ready"), 1);
    assert!(calls > 20, "{calls} calls");
    let mut told_twice = Vec::new();
    for call_number in 1..=calls {
        for moment in [Moment::Before, Moment::After] {
            let world = world().await;
            world.outside.faults.begin_run(Some(CrashPlan { call_number, moment }));
            let anna = purchase(&world).await;
            let died_at = world.outside.calls.all().into_iter().find(|call| call.fault.is_some());
            let died_at =
                died_at.map(|call| format!("{} {}", call.target, call.operation)).unwrap_or_default();
            let place = format!("died {moment:?} call {call_number}, {died_at}");
            assert_eq!(final_state(&anna), want, "{place}\n{}", anna.chat());
            match anna.times_told("Your access is ready") {
                1 => {}
                2 => told_twice.push(place),
                times => panic!("told {times} times: {place}\n{}", anna.chat()),
            }
            all_is_well(&world);
        }
    }
    // Telegram knows no idempotency key: dying between its acceptance and our note is the one place for a repetition.
    assert!(told_twice.len() <= 2, "{told_twice:#?}");
    println!("{} places of death, told twice at {told_twice:?}", calls * 2);
}

#[tokio::test]
async fn two_people_who_press_and_write_at_once_do_not_mix() {
    let world = world().await;
    let people: Vec<Buyer<'_>> = (1..=8).map(|id| Buyer::new(&world, id, "en")).collect();
    for person in &people {
        world.telegram.send_text(person.id, "/start").unwrap();
    }
    world.settle().await;
    for person in &people {
        let (message, data) = person.find("Try it free");
        world.telegram.press(person.id, message, &data).unwrap();
    }
    world.settle().await;
    for person in &people {
        assert_eq!(person.access_until(), start_of_time() + days(3));
    }
    assert_eq!(world.panel.users().len(), 8);
    all_is_well(&world);
}

/// What the network does all the time: the service worked, its answer never came.
#[tokio::test]
async fn losing_any_answer_of_a_purchase_changes_nothing_in_the_end() {
    let calm = world().await;
    calm.outside.calls.clear();
    let anna = purchase(&calm).await;
    let want = final_state(&anna);
    let targets =
        [Target::Dynamodb, Target::Sqs, Target::Telegram, Target::Panel, Target::Provider("yookassa")];
    for target in targets {
        let calls = u32::try_from(calm.outside.calls.to(target, "").len()).unwrap();
        assert!(calls > 0, "{target}");
        for number in 1..=calls {
            let world = world().await;
            world.outside.faults.push(rule(target, "", When::Nth(number), Effect::LoseAnswer(Loss::Closed)));
            let anna = purchase(&world).await;
            let place = format!("the answer of {target} number {number} was lost\n{}", anna.chat());
            assert_eq!(final_state(&anna), want, "{place}");
            assert!((1..=2).contains(&anna.times_told("Your access is ready")), "{place}");
            all_is_well(&world);
        }
    }
}

/// I7: queues that repeat and shuffle, and a stream that begins anew, tell nobody anything twice.
#[tokio::test]
async fn repeated_and_shuffled_deliveries_are_told_once() {
    let world = world().await;
    world.queues.set_disorder("notifications", Disorder::new(Some(1), Some(7))).unwrap();
    let people: Vec<Buyer<'_>> = (1..=5).map(|id| Buyer::new(&world, id, "en")).collect();
    for person in &people {
        buy_a_month(person).await;
    }
    for _ in 0..3 {
        world.stream.resume_after(None);
        world.pass(SignedDuration::from_mins(10)).await;
    }
    for person in &people {
        assert_eq!(person.times_told("Your access is ready"), 1, "{}", person.chat());
        assert_eq!((person.events("credited"), person.events("provisioned")), (1, 1));
        assert_eq!(person.access_until(), at("2026-12-21T10:00:00Z"));
    }
    all_is_well(&world);
}

#[tokio::test]
async fn a_person_who_starts_twenty_times_at_once_is_registered_once() {
    let world = world().await;
    let anna = Buyer::new(&world, 42, "en");
    let update = world.telegram.send_text(42, "/start ads").unwrap().to_string();
    let url = format!("{}/webhook/telegram", world.address.base());
    let client = reqwest::Client::new();
    let send = |_| {
        let request = client.post(&url).body(update.clone());
        let request =
            request.header("x-telegram-bot-api-secret-token", world.setting("WEBHOOK_SECRET_TOKEN"));
        async move { request.send().await.unwrap().status().as_u16() }
    };
    let statuses: Vec<u16> = stream::iter(0..20).map(send).buffer_unordered(20).collect().await;
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    assert_eq!((anna.events("registered"), anna.stored("#PROFILE").len()), (1, 1));
}
