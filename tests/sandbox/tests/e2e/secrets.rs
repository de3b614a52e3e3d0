//! Secrets: read from one place, read anew when they no longer fit, and seen nowhere.

use crate::{
    buyer::{Buyer, start_of_time, world_with},
    purchase::order_a_month,
};
use axum::{Json, Router, body::Bytes, extract::State, http::StatusCode, routing::post};
use jiff::SignedDuration;
use sandbox::world::{Overrides, Plan};
use serde_json::{Value, json};
use std::{
    io::Write,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

/// A secret that an operator may change, and how often it was read.
#[derive(Clone)]
struct Vault {
    secret: Arc<Mutex<Value>>,
    reads: Arc<AtomicU32>,
}

impl Vault {
    /// Secrets Manager with one secret, on loopback; answers its address.
    async fn open(secret: Value) -> (Self, String) {
        let vault = Self { secret: Arc::new(Mutex::new(secret)), reads: Arc::default() };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().route("/", post(get_secret)).with_state(vault.clone());
        tokio::spawn(async { axum::serve(listener, router).await });
        (vault, address)
    }

    fn change(&self, name: &str, value: &str) {
        self.secret.lock().unwrap()[name] = value.into();
    }
}

async fn get_secret(State(vault): State<Vault>, request: Bytes) -> (StatusCode, Json<Value>) {
    vault.reads.fetch_add(1, Ordering::SeqCst);
    let request: Value = serde_json::from_slice(&request).unwrap();
    if request["SecretId"] != "shop-secret" {
        return (StatusCode::BAD_REQUEST, Json(json!({"__type": "ResourceNotFoundException"})));
    }
    let text = vault.secret.lock().unwrap().to_string();
    (StatusCode::OK, Json(json!({"Name": "shop-secret", "SecretString": text})))
}

fn secret() -> Value {
    json!({
        "BOT_TOKEN": "7000000001:AAF-sandbox-token-of-the-shop-0001",
        "WEBHOOK_SECRET_TOKEN": "sandbox-webhook-secret",
        "PANEL_API_KEY": "an-old-panel-key",
        "PANEL_WEBHOOK_SECRET": "sandboxpanelwebhooksecret0123456789abcdef0123456789abcdef0123456",
        "YOOKASSA_SECRET_KEY": "live_sandbox_key",
    })
}

#[tokio::test]
async fn a_changed_secret_is_read_anew_when_the_old_one_is_refused() {
    let (vault, address) = Vault::open(secret()).await;
    let settings = Overrides::default()
        .with("SECRET_ID", "shop-secret")
        .with("AWS_ENDPOINT_URL_SECRETS_MANAGER", &address);
    let world = world_with(Plan { settings, ..Plan::at(start_of_time()) }).await;
    let anna = Buyer::new(&world, 42, "en");
    anna.say("/start").await;
    anna.press("Try it free").await;
    assert!(anna.account().is_none(), "the panel refuses the old key");
    vault.change("PANEL_API_KEY", "sandbox-panel-token");
    world.pass(SignedDuration::from_mins(10)).await;
    assert!(anna.account().is_some(), "{}", anna.chat());
    assert_eq!(anna.times_told("Your trial is ready"), 1, "{}", anna.chat());
}

#[tokio::test]
async fn a_providers_new_key_is_found_while_the_buyer_presses() {
    let mut old = secret();
    old["PANEL_API_KEY"] = "sandbox-panel-token".into();
    old["YOOKASSA_SECRET_KEY"] = "live_old_key".into();
    let (vault, address) = Vault::open(old).await;
    let settings = Overrides::default()
        .with("SECRET_ID", "shop-secret")
        .with("AWS_ENDPOINT_URL_SECRETS_MANAGER", &address);
    let world = world_with(Plan { settings, ..Plan::at(start_of_time()) }).await;
    let anna = Buyer::new(&world, 42, "en");
    anna.say("/buy").await;
    anna.press("1 month").await;
    anna.press("YooKassa").await;
    assert!(anna.button("Telegram Stars").is_some(), "refused: another way is open\n{}", anna.chat());
    assert_eq!(world.yookassa.payments().len(), 0);
    vault.change("YOOKASSA_SECRET_KEY", "live_sandbox_key");
    world.clock.advance(SignedDuration::from_mins(2));
    anna.say("/buy").await;
    anna.press("1 month").await;
    anna.press("YooKassa").await;
    assert_eq!(world.yookassa.payments().len(), 1, "{}", anna.chat());
}

#[tokio::test]
async fn wrong_secrets_of_strangers_do_not_make_us_read_ours_again_and_again() {
    let (vault, address) = Vault::open(secret()).await;
    let settings = Overrides::default()
        .with("SECRET_ID", "shop-secret")
        .with("AWS_ENDPOINT_URL_SECRETS_MANAGER", &address);
    let world = world_with(Plan { settings, ..Plan::at(start_of_time()) }).await;
    let before = vault.reads.load(Ordering::SeqCst);
    let client = reqwest::Client::new();
    for _ in 0..50 {
        let answer = client
            .post(format!("{}/webhook/telegram", world.address.base()))
            .body("{}")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 401);
    }
    world.clock.advance(SignedDuration::from_mins(2));
    for _ in 0..50 {
        let answer = client
            .post(format!("{}/webhook/telegram", world.address.base()))
            .body("{}")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 401);
    }
    let reads = vault.reads.load(Ordering::SeqCst) - before;
    assert_eq!(reads, 1, "once a minute at most");
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// At the level functions run with, and at the most talkative one of our own crates.
#[tokio::test]
async fn no_secret_is_in_any_log_line() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let world = world_with(Plan::at(start_of_time())).await;
    let anna = Buyer::new(&world, 42, "en");
    anna.say("/start").await;
    let order = order_a_month(&anna).await;
    world.yookassa.pay(&order).unwrap();
    world.settle().await;
    let client = reqwest::Client::new();
    let url = format!("{}/webhook/telegram", world.address.base());
    client.post(&url).header("x-telegram-bot-api-secret-token", "guess").body("{}").send().await.unwrap();
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("reported"), "the purchase was logged");
    let names =
        ["BOT_TOKEN", "WEBHOOK_SECRET_TOKEN", "PANEL_API_KEY", "PANEL_WEBHOOK_SECRET", "YOOKASSA_SECRET_KEY"];
    for name in names {
        let hit = text.lines().find(|line| line.contains(world.setting(name)));
        assert!(hit.is_none(), "{name} in {hit:?}");
    }
    let link = anna.account().unwrap()["shortUuid"].as_str().unwrap().to_owned();
    assert!(!text.contains(&link), "a subscription link is a key too");
}
