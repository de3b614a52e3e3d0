//! Whatever a panel does to us: after it is well again and the queues are quiet, what was paid is delivered and told, once
//! (I6), the panel has what was bought (I9), and nobody ever sees another person's link.
//!
//! `CHAOS_SEED=<n>` runs one pattern of flapping alone, `CHAOS_RUNS=<n>` runs more of them.

use crate::{
    buyer::{Buyer, all_is_well, days, start_of_time, world_with},
    purchase::buy_a_month,
};
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use sandbox::{
    calls::Target,
    faults::{Answer, Effect, Loss, Moment, Rule, When},
    world::{Plan, World},
};
use serde_json::{Value, json};

/// Somebody whose account lies in the same panel.
const STRANGER: i64 = 99;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Remnawave,
    Marzban,
}

impl Kind {
    /// A shop that sells months in a panel of this kind.
    async fn world(self) -> World {
        let plan = Plan::at(start_of_time());
        let settings = match self {
            Self::Remnawave => plan.settings.clone(),
            Self::Marzban => plan.settings.clone().with("PLAN_1_MONTH_PANEL", "marzban"),
        };
        world_with(Plan { settings, ..plan }).await
    }

    fn target(self) -> Target {
        match self {
            Self::Remnawave => Target::Panel,
            Self::Marzban => Target::Marzban,
        }
    }

    fn users(self, world: &World) -> Vec<Value> {
        match self {
            Self::Remnawave => world.panel.users(),
            Self::Marzban => world.marzban.users(),
        }
    }

    fn account(self, world: &World, id: i64) -> Value {
        let (name, mut users) = (format!("tg_{id}_1"), self.users(world));
        users.retain(|user| user["username"] == name.as_str());
        assert_eq!(users.len(), 1, "accounts {name}");
        users.remove(0)
    }

    fn end(self, account: &Value) -> Timestamp {
        match self {
            Self::Remnawave => account["expireAt"].as_str().unwrap().parse().unwrap(),
            Self::Marzban => Timestamp::from_second(account["expire"].as_i64().unwrap()).unwrap(),
        }
    }

    fn answer(self, inside: &Value) -> Answer {
        match self {
            Self::Remnawave => Answer::json(200, &json!({ "response": inside })),
            Self::Marzban => Answer::json(200, inside),
        }
    }

    /// Whose link it is, as the panel itself says.
    async fn owner_of(self, world: &World, link: &str) -> String {
        if self == Self::Remnawave {
            let users = self.users(world);
            let owner = users.iter().find(|user| user["subscriptionUrl"] == link);
            return owner.map(|user| user["username"].as_str().unwrap().to_owned()).unwrap_or_default();
        }
        let token = link.rsplit('/').next().unwrap();
        let url = format!("{}/marzban/sub/{token}/info", world.address.base());
        let told: Value = reqwest::get(&url).await.unwrap().json().await.unwrap();
        told["username"].as_str().unwrap_or_default().to_owned()
    }

    /// Everything that a call may meet, with the stranger's account at hand: in the place of the work, and after it.
    fn troubles(self, world: &World) -> Vec<(Effect, Effect)> {
        let target = self.target();
        let html = Answer {
            status: 200,
            headers: vec![("content-type".to_owned(), "text/html".to_owned())],
            body: "<!doctype html><title>Welcome</title>".to_owned(),
        };
        let text = |status, body: &str| Answer { status, headers: Vec::new(), body: body.to_owned() };
        let stranger = self.account(world, STRANGER);
        let mut retyped = stranger.clone();
        for value in retyped.as_object_mut().unwrap().values_mut() {
            *value = if value.is_string() { json!(7) } else { json!("seven") };
        }
        // Whom nothing but its name keeps from being taken for nobody's, and so for ours.
        let mut unclaimed = stranger.clone();
        for field in ["telegramId", "description", "note"] {
            unclaimed.as_object_mut().unwrap().entry(field).and_modify(|value| *value = Value::Null);
        }
        let stranger = self.answer(&stranger);
        let cut = text(200, &stranger.body[..stranger.body.len() / 2]);
        let (absent, error) = match self {
            Self::Remnawave => (
                json!({"message": "User with specified params not found", "errorCode": "A063"}),
                json!({"message": "Server error", "errorCode": "A001"}),
            ),
            Self::Marzban => (json!({"detail": "User not found"}), json!({"detail": "database is locked"})),
        };
        let answers = [
            html,
            cut,
            stranger,
            self.answer(&retyped),
            self.answer(&unclaimed),
            self.answer(&json!({})),
            Answer::json(200, &error),
            // A replica that is behind: what it does not show cannot be created either (A019, 409).
            Answer::json(404, &absent),
            text(204, ""),
            text(200, ""),
            Answer::unavailable(target),
            Answer::slow_down(target, 20),
        ];
        let unanswered = [
            (Effect::LoseRequest(Loss::Closed), Effect::LoseAnswer(Loss::Closed)),
            (Effect::Die(Moment::Before), Effect::Die(Moment::After)),
        ];
        let answered =
            answers.into_iter().map(|answer| (Effect::Answer(answer.clone()), Effect::Replace(answer)));
        answered.chain(unanswered).collect()
    }

    fn rule(self, when: When, effect: Effect) -> Rule {
        Rule { target: self.target(), operation: None, when, effect }
    }

    /// I6, I9, and whose link it is.
    async fn check(self, anna: &Buyer<'_>, purchases: usize, story: &str) {
        let world = anna.world;
        let place = format!("{self:?}: {story}\n{}", anna.chat());
        assert_eq!((anna.events("credited"), anna.events("provisioned")), (purchases, purchases), "{place}");
        assert_eq!(anna.times_told("access is ready"), purchases, "I6 {place}");
        assert!(anna.times_told("access is delayed") <= purchases, "I7 {place}");
        let subscription = &anna.stored("#SUB#")[0];
        assert!(subscription["pending"]["L"].as_array().is_none_or(Vec::is_empty), "I6 {place}");
        let account = self.account(world, anna.id);
        let end: Timestamp = subscription["end"]["S"].as_str().unwrap().parse().unwrap();
        assert_eq!(self.end(&account), end, "I9 {place}");
        assert!(account["status"].as_str().unwrap().eq_ignore_ascii_case("active"), "I9 {place}");
        let link = subscription["applied"]["M"]["link"]["S"].as_str().unwrap();
        assert_eq!(self.owner_of(world, link).await, format!("tg_{}_1", anna.id), "{link} {place}");
        let chat = anna.chat();
        let told = chat.split_whitespace().rfind(|word| word.starts_with("https://sub")).unwrap();
        assert_eq!(self.owner_of(world, told).await, format!("tg_{}_1", anna.id), "{told} {place}");
        all_is_well(world);
    }
}

/// The stranger's links as they were shown at any time, in any answer that a rule gives.
fn links_of(troubles: &[(Effect, Effect)]) -> Vec<String> {
    let bodies = troubles.iter().filter_map(|(trouble, _)| match trouble {
        Effect::Answer(answer) => serde_json::from_str::<Value>(&answer.body).ok(),
        _ => None,
    });
    let link = |body: Value| {
        let account = body.get("response").unwrap_or(&body);
        let link = account.get("subscriptionUrl").or(account.get("subscription_url"))?;
        Some(link.as_str()?.to_owned())
    };
    bodies.filter_map(link).collect()
}

fn sees_none(anna: &Buyer<'_>, links: &[String], story: &str) {
    let stored = anna.stored("").iter().map(ToString::to_string).collect::<String>();
    for link in links {
        assert!(!stored.contains(link.as_str()) && !anna.chat().contains(link.as_str()), "{link} {story}");
    }
}

async fn stranger(world: &World) {
    buy_a_month(&Buyer::new(world, STRANGER, "en")).await;
}

async fn each_trouble_alone(kind: Kind) {
    let world = kind.world().await;
    stranger(&world).await;
    let untouched = kind.end(&kind.account(&world, STRANGER));
    let troubles = kind.troubles(&world);
    let links = links_of(&troubles);
    assert_eq!(links.len(), 2, "the stranger's account, with and without a sign of whose it is");
    for (number, (instead, after)) in troubles.iter().enumerate() {
        let story = format!("{number}: {instead:?}");
        let anna = Buyer::new(&world, 1000 + i64::try_from(number).unwrap(), "en");
        let minutes = world.clock.now() + SignedDuration::from_mins(4);
        // At every look first, so that what is seen leads to writing; then at one call of a renewal.
        let looks =
            Rule { operation: Some("GET".to_owned()), ..kind.rule(When::Until(minutes), instead.clone()) };
        let rules = [looks, kind.rule(When::Nth(2), after.clone())];
        for (purchases, rule) in rules.into_iter().enumerate() {
            world.outside.faults.push(rule);
            buy_a_month(&anna).await;
            world.pass(SignedDuration::from_mins(5)).await;
            world.outside.faults.clear();
            world.pass(SignedDuration::from_mins(16)).await;
            kind.check(&anna, purchases + 1, &story).await;
            sees_none(&anna, &links, &story);
        }
    }
    assert_eq!(kind.users(&world).len(), troubles.len() + 1, "one account a person");
    assert_eq!(kind.end(&kind.account(&world, STRANGER)), untouched, "nobody wrote into the stranger's");
}

#[tokio::test]
async fn remnawave_each_trouble_alone() {
    each_trouble_alone(Kind::Remnawave).await;
}

#[tokio::test]
async fn marzban_each_trouble_alone() {
    each_trouble_alone(Kind::Marzban).await;
}

/// Every second call meets something, whatever comes next.
async fn flapping(kind: Kind) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = match number("CHAOS_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("CHAOS_RUNS").unwrap_or(6),
    };
    let world = kind.world().await;
    stranger(&world).await;
    let troubles = kind.troubles(&world);
    let links = links_of(&troubles);
    for seed in seeds {
        let mut rng = Rng::with_seed(seed);
        let anna = Buyer::new(&world, 2000 + i64::try_from(seed).unwrap(), "en");
        for purchases in 1..=2 {
            for call in 1..=40 {
                if rng.bool() {
                    let (instead, after) = &troubles[rng.usize(0..troubles.len())];
                    let trouble = if rng.bool() { instead.clone() } else { after.clone() };
                    world.outside.faults.push(kind.rule(When::Nth(call), trouble));
                }
            }
            buy_a_month(&anna).await;
            world.pass(SignedDuration::from_mins(10)).await;
            world.outside.faults.clear();
            world.pass(SignedDuration::from_mins(16)).await;
            kind.check(&anna, purchases, &format!("seed {seed}")).await;
            sees_none(&anna, &links, &format!("seed {seed}"));
        }
    }
}

#[tokio::test]
async fn remnawave_flapping() {
    flapping(Kind::Remnawave).await;
}

#[tokio::test]
async fn marzban_flapping() {
    flapping(Kind::Marzban).await;
}

/// Slow beyond the time limit, before the work and after it. The only test that waits: a client's own time limit is real.
async fn slow(kind: Kind) {
    let world = kind.world().await;
    let anna = Buyer::new(&world, 42, "en");
    let create = match kind {
        Kind::Remnawave => "POST /panel/api/users",
        Kind::Marzban => "POST /marzban/api/user",
    };
    let operation = Some(create.to_owned());
    let silent = Effect::LoseAnswer(Loss::Silent);
    world.outside.faults.push(Rule { operation, ..kind.rule(When::First(1), silent) });
    buy_a_month(&anna).await;
    kind.check(&anna, 1, "the create was slow: found at once").await;
    world.outside.faults.clear();
    world.outside.faults.push(kind.rule(When::First(1), Effect::LoseRequest(Loss::Silent)));
    buy_a_month(&anna).await;
    world.pass(SignedDuration::from_mins(5)).await;
    kind.check(&anna, 2, "the first look was slow").await;
}

#[tokio::test]
async fn remnawave_slow() {
    slow(Kind::Remnawave).await;
}

#[tokio::test]
async fn marzban_slow() {
    slow(Kind::Marzban).await;
}

/// It answers "created", and has no such account a moment later.
#[tokio::test]
async fn created_accounts_that_are_lost_are_created_again() {
    for kind in [Kind::Remnawave, Kind::Marzban] {
        for times in [1, 2, 5] {
            let world = kind.world().await;
            world.panel.forget_created(times);
            world.marzban.forget_created(times);
            let anna = Buyer::new(&world, 42, "en");
            buy_a_month(&anna).await;
            world.pass(SignedDuration::from_mins(30)).await;
            kind.check(&anna, 1, &format!("lost {times} times")).await;
        }
    }
}

/// The panel is down while fifty people wait: it is hardly asked, each of them hears of it once, and all get what they
/// paid for when it is back.
#[tokio::test]
async fn a_crowd_waits() {
    let kind = Kind::Remnawave;
    let world = kind.world().await;
    let back = start_of_time() + SignedDuration::from_hours(1);
    let down = Effect::Answer(Answer::unavailable(kind.target()));
    world.outside.faults.push(kind.rule(When::Until(back), down));
    let people: Vec<Buyer<'_>> = (1..=50).map(|id| Buyer::new(&world, id, "en")).collect();
    for person in &people {
        person.say("/start").await;
        person.press("Try it free").await;
    }
    world.pass(SignedDuration::from_mins(2)).await;
    for person in &people {
        assert_eq!(person.times_told("trial is delayed"), 1, "{}", person.chat());
    }
    world.pass(SignedDuration::from_mins(57)).await;
    let asked = world.outside.calls.to(kind.target(), "").len();
    // Three until it is clear, then one a rest: 10 s, 20 s … 5 minutes; and the comparison, ever more rarely.
    assert!((15..=28).contains(&asked), "asked {asked} times in an hour");
    world.pass(SignedDuration::from_mins(6)).await;
    let waiting = people.iter().filter(|person| person.times_told("trial is ready") == 0).count();
    assert!(waiting <= 3, "{waiting} wait; only those who were in vain in the last quarter of an hour may");
    world.pass(SignedDuration::from_mins(10)).await;
    for person in &people {
        assert_eq!(person.times_told("trial is ready"), 1, "{}", person.chat());
        assert_eq!(person.times_told("trial is delayed"), 1, "{}", person.chat());
        assert!(person.access_until() > back);
    }
    all_is_well(&world);
}

/// Nobody's message dies in the queue of the dead while a panel is down for a day.
#[tokio::test]
async fn a_day_without_the_panel_is_outlasted() {
    let kind = Kind::Remnawave;
    let world = kind.world().await;
    let back = start_of_time() + days(1);
    let down = Effect::Answer(Answer::unavailable(kind.target()));
    world.outside.faults.push(kind.rule(When::Until(back), down));
    let anna = Buyer::new(&world, 42, "en");
    buy_a_month(&anna).await;
    world.pass(days(1) + SignedDuration::from_mins(16)).await;
    kind.check(&anna, 1, "a day").await;
}
