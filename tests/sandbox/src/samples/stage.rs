//! A world for one update, and what the shop did with it there.

use super::Index;
use crate::{
    front::SOURCE_IP,
    world::{Overrides, Plan, World},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use standin_telegram::{Call, Group, GroupKind, Standing};
use std::collections::BTreeMap;

/// An update and where it comes from.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    pub index: &'a Index,
    /// As JSON; `null` if it is none.
    pub update: &'a Value,
    /// As it was recorded.
    pub body: &'a [u8],
}

/// What became of an update.
#[derive(Debug)]
pub(super) struct Seen {
    /// What the webhook answered.
    pub status: u16,
    /// Every call to Telegram that came of it, but questions.
    pub calls: Vec<Call>,
    /// Every question to Telegram.
    pub asked: usize,
    /// The table before.
    pub before: Vec<Value>,
    /// The table after.
    pub after: Vec<Value>,
}

/// A world with the people of one update in it.
pub(super) struct Stage {
    pub world: World,
    http: reqwest::Client,
}

impl Case<'_> {
    /// Who wrote, pressed, asked or changed.
    pub fn person(&self) -> Option<i64> {
        let kinds = self.update.as_object()?.iter().filter(|(name, _)| *name != "update_id");
        kinds.into_iter().find_map(|(_, value)| {
            ["from", "user"].iter().find_map(|key| value.get(*key)?.get("id")?.as_i64())
        })
    }

    /// Where it happened.
    pub fn chat(&self) -> Option<i64> {
        let object = self.update.as_object()?;
        object
            .values()
            .find_map(|value| value.pointer("/chat/id").or(value.pointer("/message/chat/id"))?.as_i64())
    }

    /// It happened between one person and the bot.
    pub fn private(&self) -> bool {
        self.chat().is_some_and(|chat| chat > 0)
    }

    /// When it was recorded, a moment later.
    fn now(&self) -> Timestamp {
        fn newest(value: &Value) -> i64 {
            match value {
                Value::Object(fields) => {
                    let own = fields.get("date").and_then(Value::as_i64).unwrap_or(0);
                    fields.values().map(newest).max().unwrap_or(0).max(own)
                }
                _ => 0,
            }
        }
        let second = Some(newest(self.update)).filter(|second| *second > 0).unwrap_or(1_763_600_000);
        Timestamp::from_second(second + 1).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// The same update with another value at a place in it.
    pub fn with(&self, pointer: &str, value: Value) -> Value {
        let mut update = self.update.clone();
        if let Some(place) = update.pointer_mut(pointer) {
            *place = value;
        }
        update
    }
}

impl Stage {
    /// A world at the time of the update, where its people are in the channel and nobody has met the bot.
    pub async fn of(case: &Case<'_>, settings: &[(&str, &str)]) -> Result<Self, String> {
        let index = case.index;
        let mut plan = Plan::at(case.now());
        plan.settings = Overrides::default()
            .with("BOT_USERNAME", &index.bot.username)
            .with("ADMIN_IDS", &index.admin_user_id.to_string())
            .with("REQUIRED_CHANNELS", &format!("{}|https://t.me/+judge", index.gate_channel))
            .with("CHANNEL_GATE", "all");
        for (name, value) in settings {
            plan.settings.set(name, *value);
        }
        let world = World::start(plan, |_| axum::Router::new())
            .await
            .map_err(|error| format!("no world: {error}"))?;
        let http = reqwest::Client::builder().no_proxy().build().map_err(|error| error.to_string())?;
        world.telegram.admit(&json!([case.update]));
        world.telegram.admit(&json!({ "message": private(index.admin_user_id) }));
        let stage = Self { world, http };
        stage.open_channel(index.gate_channel);
        stage.world.settle().await;
        Ok(stage)
    }

    /// The channel exists, the bot runs it, and everybody is in it.
    fn open_channel(&self, id: i64) {
        let people = self.world.telegram.users().into_iter();
        let members: BTreeMap<i64, Standing> = people.map(|user| (user.id, Standing::Member)).collect();
        self.world.telegram.add_group(Group {
            id,
            kind: GroupKind::Channel,
            title: "news".to_owned(),
            username: None,
            bot: Standing::Administrator,
            members,
        });
    }

    /// The person was here before.
    pub async fn register(&self, person: i64) -> Result<(), String> {
        self.say(person, "/start").await
    }

    /// The person writes something before the update comes.
    pub async fn say(&self, person: i64, text: &str) -> Result<(), String> {
        self.world.telegram.send_text(person, text).map_err(|error| error.to_string())?;
        self.world.settle().await;
        Ok(())
    }

    /// Delivers `update` as it is.
    pub async fn give(&self, update: &Value) -> Result<Seen, String> {
        self.give_bytes(update, update.to_string().into_bytes()).await
    }

    /// Delivers the recorded bytes, of which `update` is what they say.
    pub async fn give_bytes(&self, update: &Value, body: Vec<u8>) -> Result<Seen, String> {
        let world = &self.world;
        world.telegram.admit(update);
        let before = world.table.items().map_err(|error| error.to_string())?;
        let calls = world.telegram.calls().len();
        let request = self.http.post(format!("{}/webhook/telegram", world.address.base())).body(body);
        let request = request
            .header("content-type", "application/json")
            .header("x-telegram-bot-api-secret-token", world.setting("WEBHOOK_SECRET_TOKEN"))
            .header(SOURCE_IP, "149.154.167.220");
        let answer = request.send().await.map_err(|error| error.to_string())?;
        let status = answer.status().as_u16();
        if let Ok(method) = answer.json::<Value>().await {
            world.telegram.webhook_reply(method);
        }
        world.settle().await;
        let calls = world.telegram.calls().split_off(calls);
        let is_question = |call: &Call| call.method.starts_with("get");
        let asked = calls.iter().filter(|call| is_question(call)).count();
        let calls = calls.into_iter().filter(|call| !is_question(call)).collect();
        let after = world.table.items().map_err(|error| error.to_string())?;
        Ok(Seen { status, calls, asked, before, after })
    }

    /// What is stored of a person below a sort key.
    pub fn stored(&self, person: i64, sort_key: &str) -> Vec<Value> {
        let items = self.world.table.items().unwrap_or_default();
        items.into_iter().filter(|item| is_of(item, person, sort_key)).collect()
    }

    /// The person's profile.
    pub fn profile(&self, person: i64) -> Option<Value> {
        self.stored(person, "#PROFILE").pop()
    }

    /// How many events of a kind the person's history holds.
    pub fn events(&self, person: i64, kind: &str) -> usize {
        self.stored(person, "EVENT#").iter().filter(|event| event["kind"]["M"]["kind"]["S"] == kind).count()
    }
}

fn is_of(item: &Value, person: i64, sort_key: &str) -> bool {
    item["PK"]["S"] == format!("USER#{person}")
        && item["SK"]["S"].as_str().is_some_and(|key| key.starts_with(sort_key))
}

fn private(id: i64) -> Value {
    json!({ "from": { "id": id, "is_bot": false, "first_name": "Operator" },
        "chat": { "id": id, "type": "private", "first_name": "Operator" } })
}

impl Seen {
    /// The calls of one method.
    pub fn of<'a>(&'a self, method: &'a str) -> impl Iterator<Item = &'a Call> {
        self.calls.iter().filter(move |call| call.method == method)
    }

    /// Everything that somebody gets to read.
    pub fn texts(&self) -> Vec<String> {
        let texts = self.calls.iter().filter_map(|call| {
            call.params["text"].as_str().or_else(|| call.params["caption"].as_str()).map(str::to_owned)
        });
        texts.collect()
    }

    /// Nothing was written down.
    pub fn unchanged(&self) -> bool {
        self.before == self.after
    }
}
