//! One person at many containers over one table.

use crate::{
    fixtures::settings,
    world::{BOB, World},
};
use bot::{Bot, PaceLimits, Update};
use jiff::SignedDuration;
use serde_json::{Value, json};
use shop::step;

const LIMIT: u32 = 12;

fn limits() -> PaceLimits {
    PaceLimits { per_minute: LIMIT, of_operators: 100, stop: SignedDuration::from_secs(300) }
}

/// Containers: each with a memory of its own.
fn fleet(world: &World, containers: usize) -> Vec<Bot> {
    (0..containers).map(|_| world.container(bot::BotSettings { pace: limits(), ..settings() })).collect()
}

pub fn typed(text: &str, number: i64) -> Update {
    let person = json!({ "id": BOB, "is_bot": false, "first_name": "Bob", "language_code": "en" });
    let chat = json!({ "id": BOB, "type": "private", "first_name": "Bob" });
    let message = json!({ "message_id": number, "date": 1, "from": person, "chat": chat, "text": text,
        "entities": [{ "type": "bot_command", "offset": 0, "length": text.len() }] });
    Update::from_value(&json!({ "update_id": number, "message": message })).unwrap()
}

async fn says(bot: &Bot, world: &World, number: i64) -> Option<Value> {
    bot.handle(typed("/help", number), world.now()).await.unwrap()
}

fn is_help(answer: Option<&Value>) -> bool {
    answer.is_some_and(|answer| answer["text"].as_str().is_some_and(|text| text.contains("Help")))
}

#[tokio::test]
async fn many_containers_let_no_more_through_than_is_written() {
    let world = World::new().await;
    world.say(BOB, "/start").await;
    let fleet = fleet(&world, 5);
    let mut helped = 0;
    for number in 0..150 {
        let bot = &fleet[usize::try_from(number).unwrap() % fleet.len()];
        helped += u32::from(is_help(says(bot, &world, number).await.as_ref()));
    }
    assert!((LIMIT..=LIMIT + 5 * step(LIMIT)).contains(&helped), "{helped}");
    let stopped = world.state(BOB).await.pace.and_then(|pace| pace.stopped_until);
    assert_eq!(stopped, Some(world.now() + SignedDuration::from_secs(300)));
    // A container that never saw the person lets one request through, and learns from it.
    let fresh = &world.container(bot::BotSettings { pace: limits(), ..settings() });
    assert!(is_help(says(fresh, &world, 1000).await.as_ref()));
    assert_eq!(says(fresh, &world, 1001).await, None);
    world.wait(SignedDuration::from_secs(300));
    assert!(is_help(says(fresh, &world, 1002).await.as_ref()));
}

#[tokio::test]
async fn what_is_written_down_is_added_up() {
    let world = World::new().await;
    world.say(BOB, "/start").await;
    let store = world.shop.store();
    let id = domain::UserId(BOB);
    let minute = domain::pace::minute_of(world.now());
    let mut sums = Vec::new();
    for (minute, requests) in [(minute, 3), (minute, 4), (minute + 1, 2), (minute, 5), (minute + 1, 1)] {
        sums.push(store.add_to_pace(id, minute, requests).await.unwrap());
    }
    assert_eq!(sums, [3, 7, 2, 5, 3], "a minute that is over changes nothing");
    let pace = world.state(BOB).await.pace.unwrap();
    assert_eq!((pace.minute, pace.count, pace.user), (minute + 1, 3, id));
    // What is decided about it is written on the version that was loaded.
    let state = world.state(BOB).await;
    let until = world.now() + SignedDuration::from_secs(300);
    let decision = domain::pace::stop(&state, id, (60, until), world.now()).unwrap();
    store.add_to_pace(id, minute + 1, 1).await.unwrap();
    assert_eq!(store.commit(&decision).await.unwrap(), store::Commit::Conflict);
}
