//! Random lives: people, time, deaths, lost answers and outages in any order. What must hold in the end is counted at the
//! providers, not in our own books. A failing seed is printed; `CHAOS_SEED=<n>` runs it alone, `CHAOS_RUNS=<n>` runs more.

use crate::buyer::{Buyer, all_is_well, world};
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use sandbox::{
    calls::Target,
    faults::{Answer, CrashPlan, Effect, Loss, Moment, Rule, When},
    world::World,
};

const RUNS: u64 = 12;
const STEPS: usize = 30;

#[tokio::test]
async fn every_charge_is_credited_once_and_delivered_whatever_happens() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = match number("CHAOS_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("CHAOS_RUNS").unwrap_or(RUNS),
    };
    let mut credited = 0;
    for seed in seeds {
        println!("seed {seed}");
        credited += live(seed).await;
    }
    assert!(credited > 0, "nobody ever paid: the test shows nothing");
}

async fn live(seed: u64) -> usize {
    let world = world().await;
    let mut rng = Rng::with_seed(seed);
    let anna = Buyer::new(&world, 42, "en");
    anna.say("/start").await;
    let mut story = Vec::new();
    for _ in 0..STEPS {
        story.push(step(&world, &anna, &mut rng).await);
    }
    world.outside.faults.clear();
    world.pass(SignedDuration::from_hours(30)).await;
    check(&world, &anna, &format!("seed {seed}: {story:?}"))
}

async fn step(world: &World, anna: &Buyer<'_>, rng: &mut Rng) -> &'static str {
    let faults = &world.outside.faults;
    let targets =
        [Target::Dynamodb, Target::Sqs, Target::Telegram, Target::Panel, Target::Provider("yookassa")];
    match rng.u8(0..16) {
        0 => say(anna, "/start").await,
        1..=3 => say(anna, "/buy").await,
        4..=5 => press(anna, "1 month").await,
        6 => press(anna, "Card or SBP").await,
        7 => press(anna, "Telegram Stars").await,
        8 => pay(world, rng).await,
        9 => {
            if let Some(invoice) = anna.messages().iter().rev().find(|message| message.invoice.is_some()) {
                drop(world.telegram.pay_invoice(42, invoice.id));
                world.settle().await;
            }
            "pay the invoice"
        }
        10 => {
            drop(world.yookassa.take_webhooks());
            "lose the webhooks"
        }
        11 => press(anna, "I have paid").await,
        12 => {
            let moment = if rng.bool() { Moment::Before } else { Moment::After };
            faults.begin_run(Some(CrashPlan { call_number: rng.u32(1..12), moment }));
            "die soon"
        }
        13 => {
            let target = targets[rng.usize(0..targets.len())];
            let effect =
                if rng.bool() { Effect::LoseAnswer(Loss::Closed) } else { Effect::LoseRequest(Loss::Closed) };
            faults.push(Rule { target, operation: None, when: When::Nth(rng.u32(1..4)), effect });
            "lose a call"
        }
        14 => {
            let target = [Target::Panel, Target::Provider("yookassa"), Target::Telegram][rng.usize(0..3)];
            let until = world.clock.now() + SignedDuration::from_mins(rng.i64(1..30));
            let effect = Effect::Answer(Answer::unavailable(target));
            faults.push(Rule { target, operation: None, when: When::Until(until), effect });
            "an outage"
        }
        _ => {
            if rng.u8(0..4) == 0 {
                world.stream.resume_after(None);
            }
            world.pass(SignedDuration::from_secs(rng.i64(1..2400))).await;
            "time goes by"
        }
    }
}

async fn say(anna: &Buyer<'_>, text: &'static str) -> &'static str {
    anna.say(text).await;
    text
}

async fn press(anna: &Buyer<'_>, label: &'static str) -> &'static str {
    if anna.button(label).is_some() {
        anna.press(label).await;
    }
    label
}

/// Something happens to an order at YooKassa that is still open.
async fn pay(world: &World, rng: &mut Rng) -> &'static str {
    let open: Vec<String> = world
        .yookassa
        .payments()
        .into_iter()
        .filter(|order| order.status == "pending")
        .map(|order| order.id)
        .collect();
    if let Some(order) = open.get(rng.usize(0..open.len().max(1))) {
        // What is not possible in the order's state is refused there, as in life.
        drop(match rng.u8(0..6) {
            0 => world.yookassa.cancel(order),
            1 => world.yookassa.pay_later(order),
            2 => world.yookassa.pay_wrong_amount(order, 100),
            3 => world.yookassa.pay_twice(order),
            _ => world.yookassa.pay(order),
        });
        world.settle().await;
    }
    "at YooKassa"
}

/// I1, I2, I3, I6, I9. Answers how many charges were credited.
fn check(world: &World, anna: &Buyer<'_>, story: &str) -> usize {
    let paid = world.yookassa.payments().into_iter().filter(|order| order.status == "succeeded");
    let (right, wrong): (Vec<_>, Vec<_>) = paid.partition(|order| order.minor == 15_000);
    let charges = right.len() + world.telegram.star_transactions().len();
    assert_eq!(anna.events("credited"), charges, "I1 {story}\n{}", anna.chat());
    assert_eq!(anna.events("payment_held"), wrong.len(), "I2 {story}");
    let mut end: Option<Timestamp> = None;
    for event in anna.stored("EVENT#") {
        let kind = &event["kind"]["M"];
        if kind["kind"]["S"] == "credited" {
            let read = |name: &str| kind[name]["S"].as_str().and_then(|text| text.parse().ok());
            assert_eq!(read("from"), end, "I3 {story}");
            end = read("to");
        }
    }
    let Some(end) = end else {
        assert!(anna.account().is_none() && anna.stored("#SUB").is_empty(), "I8 {story}");
        return 0;
    };
    assert_eq!(anna.access_until(), end, "I9 {story}");
    let subscription = &anna.stored("#SUB")[0];
    assert!(subscription["pending"]["L"].as_array().is_none_or(Vec::is_empty), "I6 {story}");
    assert!(anna.times_told("Your access is ready") >= 1, "I6 {story}\n{}", anna.chat());
    all_is_well(world);
    charges
}
