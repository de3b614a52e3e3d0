//! A person with a phone.

use jiff::{SignedDuration, Timestamp};
use sandbox::world::{Plan, World};
use serde_json::Value;
use standin_telegram::{MessageView, User};

/// When the worlds of the tests begin.
pub fn start_of_time() -> Timestamp {
    "2026-11-21T10:00:00Z".parse().unwrap()
}

/// A world in memory that stands still.
pub async fn world() -> World {
    world_with(Plan::at(start_of_time())).await
}

pub async fn world_with(plan: Plan) -> World {
    World::start(plan, |_| axum::Router::new()).await.unwrap()
}

pub struct Buyer<'w> {
    pub world: &'w World,
    pub id: i64,
}

impl<'w> Buyer<'w> {
    /// A person whose phone speaks `language`.
    pub fn new(world: &'w World, id: i64, language: &str) -> Self {
        let user = User { language_code: Some(language.into()), ..User::new(id, "Anna") };
        world.telegram.add_user(user);
        Self { world, id }
    }

    pub async fn say(&self, text: &str) {
        self.world.telegram.send_text(self.id, text).unwrap();
        self.world.settle().await;
    }

    /// Presses the newest button whose label contains `label`.
    pub async fn press(&self, label: &str) {
        let (message, data) = self.find(label);
        self.world.telegram.press(self.id, message, &data).unwrap();
        self.world.settle().await;
    }

    /// The newest button whose label contains `label`: its message and its data.
    pub fn find(&self, label: &str) -> (i64, String) {
        self.button(label).unwrap_or_else(|| panic!("no button {label:?} in\n{}", self.chat()))
    }

    pub fn button(&self, label: &str) -> Option<(i64, String)> {
        self.messages().iter().rev().find_map(|message| {
            let mut buttons = message.buttons.iter().flatten();
            buttons
                .find(|button| button.text.contains(label))
                .map(|button| (message.id, button.value.clone()))
        })
    }

    pub fn messages(&self) -> Vec<MessageView> {
        self.world.telegram.chat(self.id).unwrap().messages
    }

    /// The text of the newest message of the bot.
    pub fn reads(&self) -> String {
        let mut messages = self.messages().into_iter().rev();
        messages
            .find(|message| message.from_bot && message.service.is_none())
            .map(|message| message.text)
            .unwrap_or_default()
    }

    /// How many messages of the bot contain `part`.
    pub fn times_told(&self, part: &str) -> usize {
        self.messages().iter().filter(|message| message.from_bot && message.text.contains(part)).count()
    }

    /// The whole chat, for a failing test.
    pub fn chat(&self) -> String {
        let line = |message: &MessageView| {
            let labels: Vec<&str> =
                message.buttons.iter().flatten().map(|button| button.text.as_str()).collect();
            format!("[{}] {} {labels:?}", if message.from_bot { "bot" } else { "person" }, message.text)
        };
        self.messages().iter().map(line).collect::<Vec<_>>().join("\n")
    }

    /// Opens the payment page of the newest payment and does `act` there.
    pub fn external_payment(&self) -> String {
        self.world
            .yookassa
            .payments()
            .last()
            .map(|payment| payment.id.clone())
            .expect("a payment at YooKassa")
    }

    /// The person's account in the panel.
    pub fn account(&self) -> Option<Value> {
        self.world.panel.user(&format!("tg_{}_1", self.id))
    }

    /// Until when the panel lets the person in.
    pub fn access_until(&self) -> Timestamp {
        self.account().expect("an account in the panel")["expireAt"].as_str().unwrap().parse().unwrap()
    }

    /// Everything of the person in the store whose sort key begins so.
    pub fn stored(&self, sort_key: &str) -> Vec<Value> {
        let partition = format!("USER#{}", self.id);
        let items = self.world.table.items().unwrap();
        let ours = |item: &Value| {
            item["PK"]["S"] == partition.as_str()
                && item["SK"]["S"].as_str().is_some_and(|key| key.starts_with(sort_key))
        };
        items.into_iter().filter(|item| ours(item)).collect()
    }

    /// How many events of a kind the person's history holds.
    pub fn events(&self, kind: &str) -> usize {
        self.stored("EVENT#").iter().filter(|event| event["kind"]["M"]["kind"]["S"] == kind).count()
    }
}

/// After every test: the stand-ins had nothing to complain about, nothing waits, nothing is dead.
pub fn all_is_well(world: &World) {
    let violations: Vec<String> = world
        .telegram
        .violations()
        .iter()
        .map(|violation| format!("{violation:?}"))
        .filter(|text| !text.contains("message is not modified"))
        .collect();
    assert!(violations.is_empty(), "Telegram complains: {violations:#?}");
    let unanswered = world.telegram.unanswered();
    assert!(unanswered.is_empty(), "buttons without an answer: {unanswered:#?}");
    for queue in world.queues.snapshot() {
        assert!(queue.messages.is_empty(), "left in {}: {:#?}", queue.name, queue.messages);
    }
}

pub fn days(count: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * count)
}
