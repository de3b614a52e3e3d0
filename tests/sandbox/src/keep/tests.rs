//! A world is stopped and started again on the same folder.

use super::*;
use crate::world::Plan;

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

fn folder(name: &str) -> Folder {
    let path = std::env::temp_dir().join(format!("sandbox-keep-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&path).unwrap();
    Folder(path)
}

async fn world(folder: &Folder, clock: Clock) -> World {
    let start = clock.now();
    let plan = Plan { clock, data: Some(folder.0.clone()), ..Plan::at(start) };
    World::start(plan, |_| axum::Router::new()).await.unwrap()
}

fn press(world: &World, user: i64, label: &str) {
    let chat = world.telegram.chat(user).unwrap();
    let buttons = chat
        .messages
        .iter()
        .rev()
        .flat_map(|message| message.buttons.iter().flatten().map(|button| (message.id, button)));
    let (message, button) = buttons.into_iter().find(|(_, button)| button.text.contains(label)).unwrap();
    world.telegram.press(user, message, &button.value).unwrap();
}

#[tokio::test]
async fn a_restart_brings_back_people_accounts_and_the_time() {
    let folder = folder("restart");
    let mut keeper = Keeper::open(&folder.0).unwrap();
    let clock = keeper.clock();
    let before = world(&folder, clock.clone()).await;
    before.telegram.add_user(User { language_code: Some("en".into()), ..User::new(42, "Anna") });
    before.telegram.add_user(User::new(43, "Guest"));
    before.telegram.send_text(42, "/start").unwrap();
    before.settle().await;
    press(&before, 42, "Try it free");
    before.settle().await;
    before.panel.connect("tg_42_1", 5_000);
    before.settle().await;
    clock.advance(SignedDuration::from_hours(30));
    keeper.save(&before).unwrap();
    let account = before.panel.user("tg_42_1").unwrap();
    drop(before);

    let keeper = Keeper::open(&folder.0).unwrap();
    let ahead = keeper.clock().now().duration_since(Clock::system().now());
    assert!((ahead - SignedDuration::from_hours(30)).abs() < SignedDuration::from_secs(5), "{ahead:#}");
    let after = world(&folder, keeper.clock()).await;
    keeper.restore(&after).await.unwrap();
    let again = after.panel.user("tg_42_1").unwrap();
    for field in ["subscriptionUrl", "expireAt", "status", "trafficLimitBytes", "vlessUuid", "telegramId"] {
        assert_eq!(again[field], account[field], "{field}");
    }
    assert_eq!(again["userTraffic"]["usedTrafficBytes"], 5_000);
    assert!(!after.telegram.chat(43).unwrap().started);
    after.settle().await;
    let told = after.telegram.chat(42).unwrap().messages.iter().filter(|message| message.from_bot).count();
    assert_eq!(told, 0, "nothing is told a second time");

    after.telegram.send_text(42, "/subscription").unwrap();
    after.settle().await;
    let text = after.telegram.chat(42).unwrap().messages.pop().unwrap().text;
    assert!(text.contains(account["subscriptionUrl"].as_str().unwrap()), "{text}");
}

#[tokio::test]
async fn charges_of_stars_are_not_numbered_twice() {
    let folder = folder("charges");
    let mut keeper = Keeper::open(&folder.0).unwrap();
    let start = Plan::at(keeper.clock().now());
    let world = World::start(start, |_| axum::Router::new()).await.unwrap();
    world.telegram.add_user(User::new(42, "Anna"));
    let charge = |world: &World| {
        world.telegram.send_text(42, "hi").unwrap();
        let invoice = json!({
            "chat_id": 42, "title": "t", "description": "d", "payload": "p", "provider_token": "", "currency": "XTR",
            "prices": [{ "label": "l", "amount": 1 }],
        });
        let sent = world.telegram.call("sendInvoice", invoice);
        let message = sent.body["result"]["message_id"].as_i64().unwrap();
        let query = world.telegram.pay_invoice(42, message).unwrap()["pre_checkout_query"]["id"].clone();
        world.telegram.call("answerPreCheckoutQuery", json!({ "pre_checkout_query_id": query, "ok": true }));
        world.telegram.star_transactions().last().unwrap()["id"].as_str().unwrap().to_owned()
    };
    let first = charge(&world);
    keeper.save(&world).unwrap();

    let keeper = Keeper::open(&folder.0).unwrap();
    let again = World::start(Plan::at(keeper.clock().now()), |_| axum::Router::new()).await.unwrap();
    keeper.restore(&again).await.unwrap();
    assert_ne!(charge(&again), first);
}

#[test]
fn a_damaged_file_is_named() {
    let folder = folder("damaged");
    std::fs::write(folder.0.join("sandbox.json"), b"{").unwrap();
    let error = Keeper::open(&folder.0).unwrap_err().to_string();
    assert!(error.contains("sandbox.json is damaged"), "{error}");
}
