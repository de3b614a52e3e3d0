//! A server with a clock the test moves, and one person who has started the bot.

#![allow(
    dead_code,
    clippy::needless_pass_by_value,
    reason = "each test file uses a part; JSON literals are values"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::body::{Body, to_bytes};
use axum::http::Request;
use jiff::Timestamp;
use serde_json::{Value, json};
use standin_telegram::{Telegram, TelegramConfig, User, conforms};
use tower::ServiceExt as _;

/// The person.
pub const ANNA: i64 = 5_100_000_001;
/// Known to Telegram, has never written to the bot.
pub const STRANGER: i64 = 5_100_000_002;
/// The bot's token.
pub const TOKEN: &str = "7000000001:AAtest";

pub struct World {
    pub telegram: Telegram,
    seconds: Arc<AtomicI64>,
}

impl World {
    pub fn new() -> Self {
        let seconds = Arc::new(AtomicI64::new(1_795_600_800));
        let clock = {
            let seconds = Arc::clone(&seconds);
            Arc::new(move || Timestamp::from_second(seconds.load(Ordering::SeqCst)).unwrap())
        };
        let config = TelegramConfig {
            token: TOKEN.into(),
            bot_username: "test_vpn_bot".into(),
            bot_id: 7_000_000_001,
        };
        let telegram = Telegram::new(config, clock);
        telegram.add_user(User { language_code: Some("ru".into()), ..User::new(ANNA, "Анна <b>") });
        telegram.add_user(User::new(STRANGER, "Bob"));
        let start = telegram.send_text(ANNA, "/start").unwrap();
        assert!(telegram.ack(start["update_id"].as_i64().unwrap()));
        Self { telegram, seconds }
    }

    pub fn pass(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    /// A call that must be accepted.
    pub fn ok(&self, method: &str, params: Value) -> Value {
        let answer = self.telegram.call(method, params.clone());
        assert_eq!(answer.status, 200, "{method} {params}: {}", answer.body);
        answer.body["result"].clone()
    }

    /// A call that must be refused; its status and description.
    pub fn refused(&self, method: &str, params: Value) -> (u16, String) {
        let answer = self.telegram.call(method, params.clone());
        assert_ne!(answer.status, 200, "{method} {params}: {}", answer.body);
        assert_eq!(answer.body["error_code"], answer.status);
        (answer.status, answer.description().to_owned())
    }

    /// Sends a text to Anna; its id.
    pub fn message(&self, extra: Value) -> i64 {
        let mut params = json!({ "chat_id": ANNA, "text": "menu" });
        params.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        self.ok("sendMessage", params)["message_id"].as_i64().unwrap()
    }

    /// Takes the only waiting update, which must be what the Bot API describes.
    pub fn update(&self) -> Value {
        let updates = self.telegram.take_updates();
        let [update] = updates.as_slice() else { panic!("{} updates: {updates:?}", updates.len()) };
        conforms("Update", update).unwrap();
        assert!(self.telegram.ack(update["update_id"].as_i64().unwrap()));
        update.clone()
    }
}

/// One button that calls back.
pub fn button(data: &str) -> Value {
    json!({ "inline_keyboard": [[{ "text": "Go", "callback_data": data }]] })
}

/// Parameters of `sendInvoice` with some changed.
pub fn invoice(changes: Value) -> Value {
    let mut params = json!({
        "chat_id": ANNA, "title": "VPN", "description": "30 days", "payload": "pay_1", "currency": "XTR",
        "provider_token": "", "prices": [{ "label": "VPN", "amount": 150 }],
    });
    for (key, value) in changes.as_object().unwrap() {
        params[key] = value.clone();
    }
    params
}

/// A method, its parameters, and the status and words of its refusal.
pub type Refusal<'a> = (&'a str, Value, u16, &'a str);

/// Makes every call; each must be refused as said, and be noted as a mistake if it is one.
pub fn check(world: &World, cases: &[Refusal<'_>]) {
    for (method, params, status, text) in cases {
        let (found_status, found) = world.refused(method, params.clone());
        assert_eq!((found_status, found.as_str()), (*status, *text), "{method} {params}");
    }
    assert_eq!(
        world.telegram.violations().len(),
        cases.iter().filter(|(_, _, status, _)| matches!(status, 400 | 401 | 404 | 501)).count()
    );
}

/// Makes calls of one method that the server refuses as bad requests, in these words.
pub fn bad_requests(world: &World, method: &str, cases: &[(Value, &str)]) {
    for (params, words) in cases {
        let refusal = world.refused(method, params.clone());
        assert_eq!(refusal, (400, format!("Bad Request: {words}")), "{method} {params}");
        assert_eq!(world.telegram.violations().last().map(|last| last.description.clone()), Some(refusal.1));
    }
}

/// A request over HTTP: status and body.
pub async fn http(world: &World, request: Request<Body>) -> (u16, Value) {
    let response = world.telegram.router().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

/// A request with a body.
pub fn post(method: &str, content_type: &str, body: impl Into<Body>) -> Request<Body> {
    Request::post(format!("/bot{TOKEN}/{method}"))
        .header("content-type", content_type)
        .body(body.into())
        .unwrap()
}
