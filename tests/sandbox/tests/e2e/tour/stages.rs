//! Who takes the tour: people for whom different buttons are there.

use super::{act, start_of_time};
use crate::buyer::{Buyer, days, world_with};
use jiff::SignedDuration;
use sandbox::world::{Plan, World};
use serde_json::json;
use standin_providers::Act;
use standin_telegram::{Group, GroupKind, Standing};
use std::collections::BTreeMap;

pub const OPERATOR: i64 = 7;
const CHANNEL: i64 = -1_002_000_000_003;

/// A person in a shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Somebody new.
    Newcomer,
    /// Runs the trial.
    Trial,
    /// Has paid, saved a card, put money on the balance, connected devices.
    Customer,
    /// Was a customer once.
    Former,
    /// Has not joined the channel.
    Held,
    /// Runs the shop.
    Operator,
}

pub const STAGES: &[Stage] =
    &[Stage::Newcomer, Stage::Trial, Stage::Customer, Stage::Former, Stage::Held, Stage::Operator];

impl Stage {
    /// The shop, with everything turned on that it can offer.
    pub async fn world(self, language: &str) -> World {
        let mut settings = Plan::at(start_of_time())
            .settings
            .with("ADMIN_IDS", &OPERATOR.to_string())
            .with("DEFAULT_LANGUAGE", language)
            .with("SERVER_STATUS_URL", "https://status.example")
            .with("SUBSCRIPTION_LIMIT", "3")
            .with("USER_TRAFFIC_LIMIT_GB", "100")
            .with("TRAFFIC_PACKAGES", "10:99, 50:299")
            .with("STARS_TRAFFIC_PACKAGES", "10:60");
        if self == Self::Held {
            settings = settings
                .with("CHANNEL_GATE", "all")
                .with("REQUIRED_CHANNELS", &format!("{CHANNEL}|https://t.me/+invitation"));
        }
        let world = world_with(Plan { settings, ..Plan::at(start_of_time()) }).await;
        let channel = Group {
            id: CHANNEL,
            kind: GroupKind::Channel,
            title: "News".into(),
            username: Some("vpn_news".into()),
            bot: Standing::Administrator,
            members: BTreeMap::new(),
        };
        world.telegram.add_group(channel);
        let boss = Buyer::new(&world, OPERATOR, language);
        for order in ["week days 7", "tenth percent 10", "gift balance 500RUB"] {
            boss.say(&format!("/promo new {order}")).await;
        }
        world
    }

    /// What the person says first; each answer is a way into the bot.
    pub fn doors(self) -> &'static [&'static str] {
        match self {
            Self::Operator => &[
                "/start",
                "/promo",
                "/promo off WEEK",
                "/sync",
                "/texts",
                "/texts trial",
                "/texts nothing of the kind",
                "/help",
                "/payment",
                "/nonsense",
                "hello",
            ],
            Self::Held => &["/start", "/start plan_m1", "/buy", "hello"],
            _ => &[
                "/start",
                "/start promo_TENTH",
                "/start promo_NOBODY",
                "/start plan_m1",
                "/start gift_nobody",
                "/start gift_GIFT",
                "/start ref_nobody",
                "/start vk_ads",
                "/menu",
                "/buy",
                "/subscription",
                "/balance",
                "/history",
                "/methods",
                "/connect",
                "/profile",
                "/gifts",
                "/ref",
                "/help",
                "/support",
                "/paysupport",
                "/terms",
                "/language",
                "/nonsense",
                "hello",
            ],
        }
    }

    /// A person of this kind, who is not one yet. The operator is always the same.
    pub async fn person<'w>(self, world: &'w World, language: &str, id: i64) -> Buyer<'w> {
        let id = if self == Self::Operator { OPERATOR } else { id };
        let anna = Buyer::new(world, id, language);
        anna.say("/start").await;
        match self {
            Self::Newcomer | Self::Held => {}
            Self::Trial => press(&anna, "1:trial").await,
            Self::Customer => customer(&anna).await,
            Self::Former => {
                buy(&anna, "n").await;
                world.pass(days(45)).await;
            }
            Self::Operator => {
                let bob = Buyer::new(world, 500, language);
                bob.say("/start").await;
                buy(&bob, "n").await;
                let payments = world.table.items().unwrap_or_default();
                let payment = payments.iter().find_map(|item| item["PK"]["S"].as_str()?.strip_prefix("PAY#"));
                anna.say(&format!("/payment {}", payment.unwrap_or_default())).await;
                // Once for ever, and there is one operator only.
                anna.say("/start").await;
                if anna
                    .messages()
                    .iter()
                    .flat_map(|message| message.buttons.iter().flatten())
                    .any(|b| b.value == "1:trial")
                {
                    press(&anna, "1:trial").await;
                }
            }
        }
        anna
    }
}

/// Somebody buys a gift; answers its code.
pub async fn a_gift(world: &World, language: &str) -> String {
    let bob = Buyer::new(world, 600, language);
    bob.say("/buy").await;
    press(&bob, "1:gifts").await;
    press(&bob, "1:gift:").await;
    press_where(&bob, |data| data.starts_with("1:pay:") && data.ends_with(":yookassa")).await;
    pay(&bob).await;
    let chat = bob.chat();
    let code = chat.split("start=gift_").last().unwrap_or_default();
    code.chars().take_while(char::is_ascii_alphanumeric).collect()
}

async fn customer(anna: &Buyer<'_>) {
    buy(anna, "s").await;
    anna.say("/balance").await;
    press(anna, "1:topup:1").await;
    press(anna, "1:pay:").await;
    pay(anna).await;
    anna.say("/menu").await;
    press(anna, "1:promo").await;
    anna.say("tenth").await;
    let account = format!("tg_{}_1", anna.id);
    for (hwid, model) in [("hwid-aaaaaaaaaa", "Pixel 8"), ("hwid-bbbbbbbbbb", "iPhone 15")] {
        anna.world.panel.add_device(
            &account,
            &format!("{hwid}-{}", anna.id),
            &json!({ "deviceModel": model }),
        );
    }
    anna.world.panel.connect(&account, 5_000_000_000);
    anna.world.pass(SignedDuration::from_mins(3)).await;
}

/// Buys a month by YooKassa: `choice` as the button spells it.
async fn buy(anna: &Buyer<'_>, choice: &str) {
    anna.say("/buy").await;
    press(anna, "1:plan:").await;
    if choice != "n" {
        press_where(anna, |data| data.starts_with("1:pick:") && data.ends_with(&format!(":{choice}"))).await;
    }
    press_where(anna, |data| data.starts_with("1:pay:") && data.ends_with(":yookassa")).await;
    pay(anna).await;
}

async fn pay(anna: &Buyer<'_>) {
    let order = anna.external_payment();
    assert!(act(anna.world, "yookassa", &order, Act::Pay).await);
}

pub async fn press(anna: &Buyer<'_>, prefix: &str) {
    press_where(anna, |data| data.starts_with(prefix)).await;
}

/// Presses the newest button whose data fits.
async fn press_where(anna: &Buyer<'_>, fits: impl Fn(&str) -> bool) {
    let messages = anna.messages();
    let found = messages.iter().rev().find_map(|message| {
        let mut buttons = message.buttons.iter().flatten();
        let button = buttons.find(|button| button.action == "callback_data" && fits(&button.value))?;
        Some((message.id, button.value.clone()))
    });
    let (message, data) = found.unwrap_or_else(|| panic!("no such button in\n{}", anna.chat()));
    anna.world.telegram.press(anna.id, message, &data).unwrap();
    anna.world.settle().await;
}
