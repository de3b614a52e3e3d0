//! A shop with one bot: a real table (embedded), a strict Bot API (stand-in), and a payment desk to order.

use crate::fixtures::{now, plans, settings, trial_terms};
use aws_sdk_dynamodb::config::{BehaviorVersion, Region, retry::RetryConfig, timeout::TimeoutConfig};
use bot::{Bot, BotError, Telegram, Update};
use domain::{
    Currency, Money, Payment, PaymentId, Provider, TimePolicy, UserState,
    checkout::Opened,
    credit::{self, Report, SavedToken, Status},
};
use dynoxide::Database;
use jiff::{SignedDuration, Timestamp};
use payments::{
    Abilities, Asking, AuthError, BoxFuture, Claim, Fetched, Gateway, GatewayError, Gateways, Limits,
    ObjectRef, Order, RawWebhook, Refunds, Verified,
};
use serde_json::{Value, json};
use shop::{CodeKey, Rulebook, Shop, ShopSettings};
use standin_telegram::{ButtonView, Call, MessageView, TelegramConfig, User, Via};
use std::{
    borrow::Cow,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use store::Store;
use tokio::net::TcpListener;

pub const TOKEN: &str = "123456789:test-token";
pub const ANNA: i64 = 5_100_000_001;
pub const BOB: i64 = 5_100_000_002;

/// A payment desk: opens everything, unless it is closed; nobody ever pays at it.
struct Desk {
    closed: Arc<AtomicBool>,
    abilities: Abilities,
}

impl Desk {
    fn new(closed: Arc<AtomicBool>) -> Self {
        let rub = |minor| Money::new(minor, Currency::Rub);
        let abilities = Abilities {
            limits: vec![Limits { min: rub(100), max: rub(100_000_000) }],
            refunds: Refunds::Partial,
            saves_methods: true,
            binds: true,
            asking: Asking::Every(SignedDuration::ZERO),
            wants_email: false,
        };
        Self { closed, abilities }
    }

    fn open(&self, order: &Order<'_>) -> Result<Opened, GatewayError> {
        if self.closed.load(Ordering::SeqCst) {
            return Err(GatewayError::Garbage { what: "closed".into() });
        }
        let pay_url =
            Some(format!("https://desk.example/{}?for={}", order.payment.id, order.description.len()));
        Ok(Opened { external_id: Some("ext-0123456789".into()), pay_url })
    }
}

impl Gateway for Desk {
    fn provider(&self) -> Provider {
        Provider::Yookassa
    }

    fn abilities(&self) -> &Abilities {
        &self.abilities
    }

    fn create<'a>(&'a self, order: &'a Order<'a>) -> BoxFuture<'a, Result<Opened, GatewayError>> {
        Box::pin(async { self.open(order) })
    }

    fn bind<'a>(&'a self, order: &'a Order<'a>) -> BoxFuture<'a, Result<Opened, GatewayError>> {
        Box::pin(async { self.open(order) })
    }

    fn authenticate<'a>(&'a self, _: &'a RawWebhook) -> BoxFuture<'a, Result<Claim, AuthError>> {
        Box::pin(async { Ok(Claim::Ignore("a desk sends nothing")) })
    }

    fn fetch<'a>(
        &'a self,
        _: &'a ObjectRef,
    ) -> BoxFuture<'a, Result<Option<Verified<Fetched>>, GatewayError>> {
        let closed = self.closed.load(Ordering::SeqCst);
        Box::pin(async move {
            if closed { Err(GatewayError::Garbage { what: "closed".into() }) } else { Ok(None) }
        })
    }

    fn ack(&self, _: &RawWebhook) -> Cow<'static, str> {
        Cow::Borrowed("")
    }
}

pub struct World {
    pub telegram: standin_telegram::Telegram,
    pub bot: Bot,
    pub shop: Arc<Shop>,
    pub desk_closed: Arc<AtomicBool>,
    clock: Arc<Mutex<Timestamp>>,
    client: Telegram,
}

impl World {
    pub async fn new() -> Self {
        Self::over(store().await).await
    }

    pub async fn over(store: Store) -> Self {
        let clock = Arc::new(Mutex::new(now()));
        let reading = Arc::clone(&clock);
        let config =
            TelegramConfig { token: TOKEN.into(), bot_username: "test_vpn_bot".into(), bot_id: 123_456_789 };
        let telegram = standin_telegram::Telegram::new(config, Arc::new(move || *reading.lock().unwrap()));
        for (id, name, language) in [(ANNA, "Анна", "ru"), (BOB, "Bob", "en")] {
            telegram.add_user(User { language_code: Some(language.into()), ..User::new(id, name) });
        }
        let desk_closed = Arc::new(AtomicBool::new(false));
        let gateways = Gateways::new(vec![Arc::new(Desk::new(Arc::clone(&desk_closed)))]);
        let shop = ShopSettings {
            gift_days: 30,
            codes: Some(CodeKey::of(TOKEN)),
            trial: Some(trial_terms()),
            stars: true,
            star_subscriptions: true,
            subscription_limit: 1,
            methods: vec![Provider::Yookassa],
            top_ups: vec![Money::new(50_000, Currency::Rub), Money::new(100, Currency::Xtr)],
            rules: Rulebook {
                plans: plans(),
                live: shop::Live::default(),
                refund: TimePolicy::Cut,
                dispute: TimePolicy::End,
                referral: settings().referral,
                packages: Vec::new(),
                articles: Vec::new(),
            },
            return_url: "https://shop.example/pay/return".into(),
            default_language: domain::Language::Ru,
        };
        let shop = Arc::new(Shop::new(store, gateways, panel::Panels::default(), shop));
        let client =
            Telegram::new(reqwest::Client::new(), serve(telegram.router()).await, TOKEN.to_owned().into());
        let bot = Bot::new(Arc::clone(&shop), client.clone(), settings());
        Self { telegram, bot, shop, desk_closed, clock, client }
    }

    /// One more container of the same shop, with a memory of its own.
    pub fn container(&self, settings: bot::BotSettings) -> Bot {
        let (store, plans) = (self.shop.store().clone(), self.shop.settings().clone());
        let shop = Shop::new(store, self.shop.gateways().clone(), panel::Panels::default(), plans);
        Bot::new(Arc::new(shop), self.client.clone(), settings)
    }

    pub fn now(&self) -> Timestamp {
        *self.clock.lock().unwrap()
    }

    pub fn wait(&self, time: SignedDuration) {
        let later = self.now() + time;
        *self.clock.lock().unwrap() = later;
    }

    /// Gives `update` to the bot and carries out what it answers, as Telegram does.
    pub async fn give(&self, update: &Value) -> Result<Option<Call>, BotError> {
        let update = Update::from_value(update).unwrap();
        let answer = self.bot.handle(update, self.now()).await?;
        Ok(answer.and_then(|body| self.telegram.webhook_reply(body)))
    }

    /// Delivers everything that waits.
    pub async fn deliver(&self) {
        for update in self.telegram.take_updates() {
            self.give(&update).await.unwrap();
            self.telegram.ack(update["update_id"].as_i64().unwrap());
        }
    }

    pub async fn say(&self, user: i64, text: &str) -> MessageView {
        self.telegram.send_text(user, text).unwrap();
        self.deliver().await;
        self.last(user)
    }

    /// Presses the button on the bot's last message whose data starts with `data`, and tells what popped up.
    pub async fn press(&self, user: i64, data: &str) -> Popup {
        let message = self.last(user);
        let button = button(&message, data).unwrap_or_else(|| panic!("no {data} on {message:?}"));
        let update = self.telegram.press(user, message.id, &button.value).unwrap();
        self.popup(&update).await
    }

    pub async fn popup(&self, update: &Value) -> Popup {
        let before = self.telegram.calls().len();
        self.deliver().await;
        let answer = self.telegram.callback(update["callback_query"]["id"].as_str().unwrap()).unwrap().answer;
        let answer = answer.expect("every press is answered");
        let calls = self.telegram.calls().split_off(before);
        let outgoing =
            calls.iter().filter(|call| call.via == Via::Http).map(|call| call.method.clone()).collect();
        Popup { text: answer.text, alert: answer.show_alert, outgoing }
    }

    /// The bot's newest message.
    pub fn last(&self, user: i64) -> MessageView {
        let chat = self.telegram.chat(user).unwrap();
        chat.messages.into_iter().rev().find(|message| message.from_bot).expect("the bot has spoken")
    }

    pub async fn state(&self, user: i64) -> UserState {
        self.shop.store().user_state(domain::UserId(user)).await.unwrap()
    }

    pub async fn payment(&self, id: PaymentId) -> Payment {
        self.shop.store().payment(id).await.unwrap().unwrap()
    }

    /// The provider reports that `paid` came for a payment, with a saved method if `saved` names one.
    pub async fn report(&self, id: PaymentId, paid: Money, saved: Option<&str>) {
        let payment = self.payment(id).await;
        let state = self.shop.store().user_state(payment.user).await.unwrap();
        let saved = saved.map(|title| SavedToken { token: title.into(), title: title.into() });
        let report =
            Report { external_id: format!("charge-{id}"), status: Status::Paid(paid), test: false, saved };
        let rules = self.shop.settings().rules.of(payment.provider);
        let (_, decision) = credit::report(&state, &payment, &report, rules, self.now());
        assert!(!decision.is_nothing());
        self.shop.store().commit(&decision).await.unwrap();
    }

    /// The payment of the bill that is on the screen.
    pub fn billed(&self, user: i64) -> PaymentId {
        let check = button(&self.last(user), "1:check:").unwrap().value;
        check.strip_prefix("1:check:").unwrap().parse().unwrap()
    }

    /// Nothing the bot did was a mistake. Showing a screen that is there already is none: the answer says so.
    pub fn assert_clean(&self) {
        let mut violations = self.telegram.violations();
        violations.retain(|violation| !violation.description.contains("message is not modified"));
        assert!(violations.is_empty(), "{violations:#?}");
    }
}

/// What a press brought.
#[derive(Debug, PartialEq, Eq)]
pub struct Popup {
    pub text: String,
    pub alert: bool,
    /// Calls made through the API for it.
    pub outgoing: Vec<String>,
}

pub fn button(message: &MessageView, data: &str) -> Option<ButtonView> {
    message.buttons.iter().flatten().find(|button| button.value.starts_with(data)).cloned()
}

/// Serves `router` on a free port until the test ends.
pub async fn serve(router: axum::Router) -> url::Url {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}").parse().unwrap()
}

fn client(endpoint: &str) -> aws_sdk_dynamodb::Client {
    let patience = Duration::from_secs(5);
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("us-east-1"))
        .credentials_provider(aws_credential_types::Credentials::from_keys("test", "test", None))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::builder().operation_timeout(patience).build())
        .endpoint_url(endpoint);
    aws_sdk_dynamodb::Client::from_conf(config.build())
}

/// An empty table in memory.
async fn store() -> Store {
    let text = |name: &str| json!({ "AttributeName": name, "AttributeType": "S" });
    let keys = |hash: &str, range: &str| json!([{ "AttributeName": hash, "KeyType": "HASH" }, { "AttributeName": range, "KeyType": "RANGE" }]);
    let attributes = ["PK", "SK", "GSI1PK", "GSI1SK", "GSI2PK", "GSI2SK"].map(text);
    let definition = json!({
        "TableName": "shop",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": attributes,
        "KeySchema": keys("PK", "SK"),
        "GlobalSecondaryIndexes": [
            { "IndexName": "by-owner", "KeySchema": keys("GSI1PK", "GSI1SK"), "Projection": { "ProjectionType": "ALL" } },
            { "IndexName": "due", "KeySchema": keys("GSI2PK", "GSI2SK"), "Projection": { "ProjectionType": "KEYS_ONLY" } },
        ],
    });
    let database = Database::memory().unwrap();
    database.create_table(serde_json::from_value(definition).unwrap()).unwrap();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(dynoxide::server::serve_on(listener, database));
    Store::new(client(&format!("http://{address}")), "shop")
}

/// A table that cannot be reached.
pub fn no_store() -> Store {
    Store::new(client("http://127.0.0.1:1"), "shop")
}
