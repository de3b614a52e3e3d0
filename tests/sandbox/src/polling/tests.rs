//! A shop that polls a Bot API server elsewhere: a second stand-in behind its own port.

use super::*;
use crate::{
    calls::Target,
    faults::{Answer, Effect, Rule, When},
    world::{Plan, World},
};
use serde_json::json;
use standin_telegram::{Fault, FaultKind, Telegram as StandIn, TelegramConfig, User};
use std::{net::Ipv4Addr, sync::Arc};

const TOKEN: &str = "8000000002:AAF-a-bot-that-lives-elsewhere";
const ANNA: i64 = 7;

struct Elsewhere {
    telegram: StandIn,
    world: World,
    poller: Poller,
}

async fn elsewhere(token: &str) -> Elsewhere {
    let start = "2026-11-21T10:00:00Z".parse().unwrap();
    let config =
        TelegramConfig { token: TOKEN.into(), bot_username: "real_bot".into(), bot_id: 8_000_000_002 };
    let telegram = StandIn::new(config, Arc::new(move || start));
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let service = telegram.router();
    tokio::spawn(async move { axum::serve(listener, service).await });
    let mut plan = Plan::at(start);
    plan.settings = Overrides::default().with("BOT_TOKEN", token).with("TELEGRAM_API_URL", &url);
    let world = World::start(plan, |_| axum::Router::new()).await.unwrap();
    assert!(world.sides.real_telegram);
    let backoff = Backoff { first: Duration::from_millis(1), longest: Duration::from_millis(4) };
    let poller = Poller::new(world.settings(), world.address, backoff).unwrap();
    telegram.add_user(User { language_code: Some("en".into()), ..User::new(ANNA, "Anna") });
    Elsewhere { telegram, world, poller }
}

impl Elsewhere {
    fn told(&self) -> Vec<String> {
        let messages = self.telegram.chat(ANNA).unwrap().messages;
        messages.into_iter().filter(|message| message.from_bot).map(|message| message.text).collect()
    }

    /// What `getUpdates` would still hand out.
    fn waiting(&self) -> i64 {
        self.telegram.call("getWebhookInfo", json!({})).body["result"]["pending_update_count"]
            .as_i64()
            .unwrap()
    }
}

#[tokio::test]
async fn updates_reach_the_webhook_and_its_answer_is_carried_out() {
    let mut shop = elsewhere(TOKEN).await;
    assert_eq!(shop.poller.greet().await.unwrap(), "real_bot");
    assert_eq!(shop.poller.round(0).await.unwrap(), 0);
    shop.telegram.send_text(ANNA, "/start").unwrap();
    assert_eq!(shop.poller.round(0).await.unwrap(), 1);
    assert!(shop.told()[0].contains("Anna"), "{:?}", shop.told());
    assert_eq!(shop.poller.round(0).await.unwrap(), 0, "confirmed");
    assert_eq!((shop.waiting(), shop.told().len()), (0, 1));
    assert!(shop.telegram.violations().is_empty(), "{:?}", shop.telegram.violations());
}

#[tokio::test]
async fn an_update_that_the_shop_does_not_take_comes_again() {
    let mut shop = elsewhere(TOKEN).await;
    let effect = Effect::Answer(Answer::unavailable(Target::Dynamodb));
    let rule = Rule { target: Target::Dynamodb, operation: None, when: When::Always, effect };
    shop.world.outside.faults.push(rule);
    shop.telegram.send_text(ANNA, "/start").unwrap();
    shop.telegram.send_text(ANNA, "/menu").unwrap();
    for _ in 0..2 {
        let error = shop.poller.round(0).await.unwrap_err();
        assert!(matches!(error, PollingError::Shop { update: 700_100_001, .. }), "{error}");
    }
    assert_eq!((shop.waiting(), shop.told().len()), (2, 0), "neither lost nor answered");
    shop.world.outside.faults.clear();
    assert_eq!(shop.poller.round(0).await.unwrap(), 2);
    assert_eq!(shop.told().len(), 2);
}

#[tokio::test]
async fn an_answer_is_carried_out_when_telegram_has_time() {
    let mut shop = elsewhere(TOKEN).await;
    shop.telegram.send_text(ANNA, "/start").unwrap();
    let busy = FaultKind::TooManyRequests { retry_after: 0 };
    shop.telegram.fail_next(Fault { method: Some("sendMessage".into()), kind: busy });
    assert_eq!(shop.poller.round(0).await.unwrap(), 1);
    assert_eq!(shop.told().len(), 1);
}

#[tokio::test]
async fn refusals_are_explained_and_hold_no_token() {
    let mut shop = elsewhere(TOKEN).await;
    shop.telegram.call("setWebhook", json!({ "url": "https://shop.example/webhook/telegram" }));
    let error = shop.poller.round(0).await.unwrap_err();
    assert!(
        matches!(error, PollingError::Taken(_)) && error.to_string().contains("deleteWebhook"),
        "{error}"
    );

    let shop = elsewhere("8000000002:AAF-withdrawn").await;
    let error = shop.poller.greet().await.unwrap_err();
    assert!(matches!(error, PollingError::Token(_)), "{error}");
    for text in [error.to_string(), format!("{:?}", shop.poller)] {
        assert!(!text.contains("AAF"), "{text}");
    }
}

#[test]
fn pauses_grow_up_to_a_limit() {
    let pauses: Vec<u64> = (1..=7).map(|failures| Backoff::default().after(failures).as_secs()).collect();
    assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30]);
}
