//! Random schedules: what may happen to a buyer's money, in any order and at once, for every provider; and what must be
//! true when everything has come to rest. A failing schedule prints its seed and its steps, made as few as they can be.
//!
//! | variable | what |
//! |---|---|
//! | `SCHEDULES_FAST`, `SCHEDULES_WHOLE` | how many a case over the table in memory, and in a whole world |
//! | `FUZZED` | how many changed notifications a case ([`fuzz`]) |
//! | `FUZZ_SEED=stripe:123` | `cargo test -p sandbox --test schedules -- one_fuzzed` judges that one alone |
//! | `SCHEDULE_SEED=stripe:123` | `cargo test -p sandbox --test schedules -- replay` plays that one alone; `stripe:whole:123` in a whole world |
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::large_futures,
    reason = "a test may fail, and says what it did"
)]

mod acts;
mod books;
mod cases;
mod desk;
mod ending;
mod fuzz;
mod life;
mod likeness;
mod mail;
mod memory;
mod plan;
mod post;
mod rules;
mod shorten;
mod stage;
mod stars;
mod stranger;

use cases::Case;
use ending::play;
use stage::Market;

/// How many schedules share their providers before those are made anew: their lists only grow.
const SHARED: u64 = 100;

fn count(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

async fn market(case: Case, whole: bool) -> Market {
    if whole { Market::whole(case).await } else { Market::fast(case).await }
}

/// Plays the seeds `0..count`; says which fail, and of the first one everything.
async fn play_all(case: Case, whole: bool, count: u64) {
    let begun = std::time::Instant::now();
    let (mut credited, mut stage, mut failed) = (0, None, Vec::new());
    for seed in 0..count {
        if seed % SHARED == 0 {
            stage = Some(market(case, whole).await);
        }
        let steps = plan::steps(seed);
        let outcome = play(stage.as_ref().unwrap(), seed, &steps).await;
        credited += outcome.credited;
        if !outcome.wrong.is_empty() {
            println!("{case}, seed {seed}: {}", outcome.wrong.join("; "));
            failed.push((seed, steps, outcome));
        }
    }
    if let Some((seed, steps, outcome)) = failed.into_iter().next() {
        shorten::fail(case, whole, seed, (steps, outcome)).await;
    }
    let place = if whole { "in a whole world" } else { "over the table in memory" };
    println!("{case}: {count} schedules {place}, {credited} credits, {:.1?}", begun.elapsed());
    assert!(count < 50 || credited > 0, "nobody ever paid: the test shows nothing");
}

macro_rules! fast {
    ($($name:ident $case:ident),+ $(,)?) => { $(
        #[tokio::test]
        async fn $name() {
            play_all(Case::$case, false, count("SCHEDULES_FAST", 870)).await;
        }
    )+ };
}

fast!(
    yookassa Yookassa, freekassa Freekassa, freekassa_form FreekassaForm, robokassa Robokassa, wata Wata,
    stripe Stripe, paypal Paypal, cryptopay Cryptopay, stars_of_telegram Stars, tribute Tribute,
    tribute_shop TributeShop,
);

/// One after the other: each has a world of its own, and worlds are large.
#[tokio::test]
async fn whole_worlds() {
    for case in Case::whole() {
        play_all(case, true, count("SCHEDULES_WHOLE", 60)).await;
    }
}

/// Plays the schedule of `SCHEDULE_SEED`, and says what happened.
#[tokio::test]
async fn replay() {
    let Ok(name) = std::env::var("SCHEDULE_SEED") else { return };
    let (case, seed) = name.rsplit_once(':').expect("case:seed");
    let (case, whole) = case.strip_suffix(":whole").map_or((case, false), |case| (case, true));
    let (case, seed): (Case, u64) = (case.parse().unwrap(), seed.parse().unwrap());
    let steps = plan::steps(seed);
    let outcome = play(&market(case, whole).await, seed, &steps).await;
    println!("{}", outcome.story.join("\n"));
    if !outcome.wrong.is_empty() {
        shorten::fail(case, whole, seed, (steps, outcome)).await;
    }
}

/// What the parsers of all providers make of signed nonsense.
#[tokio::test]
async fn fuzzed() {
    for case in Case::ALL {
        fuzz::fuzz(case, count("FUZZED", 2_000), None).await;
    }
}

/// Judges the notification of `FUZZ_SEED`.
#[tokio::test]
async fn one_fuzzed() {
    let Ok(name) = std::env::var("FUZZ_SEED") else { return };
    let (case, seed) = name.rsplit_once(':').expect("case:seed");
    fuzz::fuzz(case.parse().unwrap(), 1, Some(seed.parse().unwrap())).await;
}

#[tokio::test]
async fn the_table_in_memory_is_like_the_embedded_database() {
    likeness::compare().await;
}
