//! What goes wrong around the bot: old buttons, strange places, blocked chats, slow servers, a store that is away.

use crate::{
    fixtures::settings,
    updates::samples,
    world::{ANNA, BOB, TOKEN, World, no_store},
};
use bot::{
    BotError, Method, Notices, SendError, Telegram,
    method::{GetMe, chat_of},
    screens::Screen,
};
use domain::UserId;
use serde_json::{Value, json};
use standin_telegram::{Fault, FaultKind, Via};

fn sample(start: &str) -> Value {
    samples().into_iter().find(|(name, _)| name.starts_with(start)).unwrap().1
}

#[tokio::test]
async fn every_sample_is_dealt_with() {
    let world = World::new().await;
    for user in [ANNA, BOB] {
        world.say(user, "/start").await;
    }
    for (name, update) in samples() {
        world.give(&update).await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
    }
}

#[tokio::test]
async fn old_buttons_get_an_alert_and_a_fresh_menu() {
    let world = World::new().await;
    let menu = world.say(BOB, "/menu").await;
    for data in ["legacy|x", "v1:buy:30", "1:plan:M1", "1:", ""] {
        let update = world.telegram.press_stale(BOB, menu.id, data).unwrap();
        let popup = world.popup(&update).await;
        assert!(popup.alert && popup.text.contains("out of date"), "{data}: {popup:?}");
    }
    let unknown = world.telegram.press_stale(BOB, menu.id, "1:plan:gone").unwrap();
    let popup = world.popup(&unknown).await;
    assert!(popup.text.contains("no longer for sale"), "{popup:?}");
}

#[tokio::test]
async fn a_message_that_cannot_be_edited_is_replaced() {
    let world = World::new().await;
    world.say(ANNA, "/start").await;
    let before = world.last(ANNA).id;
    let mut lost = sample("11_");
    lost["callback_query"]["data"] = json!("1:help");
    world.give(&lost).await.unwrap();
    assert!(world.last(ANNA).id > before && world.last(ANNA).text.contains("Помощь"));
    let mut gone = sample("10_");
    gone["callback_query"]["data"] = json!("1:languages");
    world.give(&gone).await.unwrap();
    assert!(world.last(ANNA).text.contains("Язык"));
}

#[tokio::test]
async fn buttons_in_other_peoples_places_reveal_nothing() {
    let world = World::new().await;
    world.say(BOB, "/start").await;
    let before = world.telegram.calls().len();
    let mut in_group = sample("10_");
    in_group["callback_query"]["data"] = json!("1:sub");
    in_group["callback_query"]["message"]["chat"] =
        json!({"id": -1_002_000_000_001_i64, "type": "supergroup"});
    let mut inline = sample("12_");
    inline["callback_query"]["data"] = json!("1:sub");
    for update in [in_group, inline] {
        world.give(&update).await.unwrap();
    }
    let calls = world.telegram.calls().split_off(before);
    assert_eq!(calls.len(), 2);
    for call in calls {
        assert_eq!((call.method.as_str(), call.via), ("answerCallbackQuery", Via::WebhookReply));
        assert_eq!(call.params["show_alert"], json!(true));
    }
}

#[tokio::test]
async fn groups_are_answered_only_when_they_call() {
    let world = World::new().await;
    let hint = |update: Value| {
        let update = bot::Update::from_value(&update).unwrap();
        world.bot.handle(update, world.now())
    };
    let answer = hint(sample("03_")).await.unwrap().unwrap();
    assert_eq!(answer["method"], "sendMessage");
    assert_eq!(answer["chat_id"], json!(-1_002_000_000_001_i64));
    let url = &answer["reply_markup"]["inline_keyboard"][0][0]["url"];
    assert_eq!(url, "https://t.me/test_vpn_bot?start=promo-SUMMER_26");
    for silent in ["04_", "09_", "22_", "23_", "24_", "25_", "31_", "32_"] {
        assert_eq!(hint(sample(silent)).await.unwrap(), None, "{silent}");
    }
    assert_eq!(world.state(BOB).await.user, None);
}

#[tokio::test]
async fn blocking_is_remembered_and_forgotten() {
    let world = World::new().await;
    world.say(ANNA, "/start").await;
    let unreachable = async || world.state(ANNA).await.user.unwrap().unreachable;
    for (update, want) in [("20_", true), ("38_", true), ("21_", false)] {
        world.give(&sample(update)).await.unwrap();
        assert_eq!(unreachable().await, want, "{update}");
    }
    // Blocked between the press and the answer: the call itself tells.
    let press = world.telegram.press(ANNA, world.last(ANNA).id, "1:help").unwrap();
    world.telegram.block(ANNA).unwrap();
    world.give(&press).await.unwrap();
    assert!(unreachable().await);
    let user = world.state(ANNA).await.user.unwrap();
    let notice = domain::reaction::Notice::Held { payment: domain::PaymentId::derive(world.now(), "x") };
    assert_eq!(Notices::new(settings()).notice(&user, &world.state(ANNA).await, &notice, world.now()), None);
}

#[tokio::test]
async fn a_busy_telegram_costs_one_more_press() {
    let world = World::new().await;
    world.say(BOB, "/start").await;
    for kind in [FaultKind::TooManyRequests { retry_after: 7 }, FaultKind::BadGateway] {
        world.telegram.fail_next(Fault { method: Some("editMessageText".into()), kind });
        let popup = world.press(BOB, "1:help").await;
        assert!(popup.alert && popup.text.contains("Tap again") && popup.outgoing.len() == 1, "{popup:?}");
    }
    world.press(BOB, "1:help").await;
    assert!(world.last(BOB).text.contains("Help"));
}

#[tokio::test]
async fn an_unanswered_question_about_stars_is_worth_a_redelivery() {
    let world = World::new().await;
    world.say(ANNA, "/start").await;
    world
        .telegram
        .fail_next(Fault { method: Some("answerPreCheckoutQuery".into()), kind: FaultKind::BadGateway });
    let error = world.give(&sample("14_")).await.unwrap_err();
    assert!(matches!(error, BotError::Telegram(SendError::Server(502))) && error.is_transient());
}

#[tokio::test]
async fn without_a_store_updates_come_again_and_no_stars_are_taken() {
    let world = World::over(no_store()).await;
    for update in ["01_", "05_", "10_", "15_", "20_"] {
        let error = world.give(&sample(update)).await.unwrap_err();
        assert!(error.is_transient(), "{update}: {error:?}");
    }
    let mut bill = sample("14_");
    bill["pre_checkout_query"]["invoice_payload"] = json!("pay_01JD7S1P0G00000000000000AA");
    world.give(&bill).await.ok();
    let call = world.telegram.calls().pop().unwrap();
    assert_eq!((call.method.as_str(), &call.params["ok"]), ("answerPreCheckoutQuery", &json!(false)));
    assert!(call.params["error_message"].as_str().unwrap().contains("Деньги не списаны"));
}

#[tokio::test]
async fn the_token_is_in_no_error_and_no_log() {
    let world = World::new().await;
    let unreachable = "http://127.0.0.1:1".parse().unwrap();
    let client = Telegram::new(reqwest::Client::new(), unreachable, TOKEN.to_owned().into());
    let error = client.call(&Method::GetMe(GetMe {})).await.unwrap_err();
    assert!(matches!(error, SendError::Network(_)));
    for text in [format!("{error} {error:?}"), format!("{client:?}")] {
        assert!(!text.contains("test-token"), "{text}");
    }
    let screen = Screen { text: "x".into(), keyboard: Vec::new() };
    let stranger = Method::SendMessage(screen.message(chat_of(UserId(1))));
    let api = crate::world::serve(world.telegram.router()).await;
    let ours = Telegram::new(reqwest::Client::new(), api.clone(), TOKEN.to_owned().into());
    assert!(matches!(ours.call(&stranger).await, Err(SendError::Blocked(_))));
    assert_eq!(ours.call(&Method::GetMe(GetMe {})).await.unwrap()["username"], "test_vpn_bot");
    let foreign = Telegram::new(reqwest::Client::new(), api, "1:other".to_owned().into());
    assert_eq!(foreign.call(&stranger).await, Err(SendError::Unauthorized));
}
