//! Strangers and broken things at every door: a clear answer, and nothing changes.

use crate::{
    buyer::{Buyer, all_is_well, start_of_time, world, world_with},
    purchase::{buy_a_month, order_a_month},
};
use jiff::SignedDuration;
use reqwest::{Client, StatusCode};
use sandbox::{
    calls::Target,
    faults::{Answer, Effect, Rule, When},
    world::{Overrides, Plan, World},
};
use serde_json::{Value, json};

/// Posts to the front door; answers status and body.
async fn post(
    world: &World,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<reqwest::Body>,
) -> (StatusCode, String) {
    let request = Client::new().post(format!("{}{path}", world.address.base())).body(body);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let answer = request.send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

const SECRET: (&str, &str) = ("X-Telegram-Bot-Api-Secret-Token", "sandbox-webhook-secret");
const YOOKASSA: (&str, &str) = ("x-sandbox-source-ip", "185.71.76.5");

fn start(user: i64) -> String {
    json!({"update_id": 1, "message": {
        "message_id": 1, "date": 1_795_600_800, "chat": {"id": user, "type": "private", "first_name": "X"},
        "from": {"id": user, "is_bot": false, "first_name": "X"}, "text": "/start",
        "entities": [{"type": "bot_command", "offset": 0, "length": 6}],
    }})
    .to_string()
}

#[tokio::test]
async fn telegram_without_its_secret_changes_nothing() {
    let world = world().await;
    let before = world.table.items().unwrap();
    for headers in
        [&[][..], &[("X-Telegram-Bot-Api-Secret-Token", "wrong")], &[("X-Telegram-Bot-Api-Secret-Token", "")]]
    {
        let (status, _) = post(&world, "/webhook/telegram", headers, start(7)).await;
        assert_eq!(status, 401);
    }
    assert_eq!(world.table.items().unwrap(), before);
}

#[tokio::test]
async fn updates_that_nobody_can_read_are_answered_and_dropped() {
    let world = world().await;
    let before = world.table.items().unwrap();
    let deep = format!("{}1{}", "[".repeat(5000), "]".repeat(5000));
    for body in [
        "",
        "{",
        "null",
        "[]",
        "{\"update_id\":\"x\"}",
        "{\"update_id\":5,\"unheard_of\":{}}",
        "\u{0}",
        &deep,
    ] {
        let (status, _) = post(&world, "/webhook/telegram", &[SECRET], body.to_owned()).await;
        assert_eq!(status, 200, "{}", &body[..body.len().min(40)]);
    }
    let (status, _) = post(&world, "/webhook/telegram", &[SECRET], vec![b' '; (1 << 20) + 1]).await;
    assert_eq!(status, 413);
    assert_eq!(world.table.items().unwrap(), before);
}

#[tokio::test]
async fn forged_callbacks_change_nothing() {
    let world = world().await;
    let anna = Buyer::new(&world, 42, "en");
    anna.say("/start").await;
    let order = order_a_month(&anna).await;
    let before = world.table.items().unwrap();
    let paid = |id: &str| json!({"type": "notification", "event": "payment.succeeded", "object": {"id": id, "status": "succeeded"}});
    let (status, _) = post(
        &world,
        "/webhook/yookassa",
        &[("x-sandbox-source-ip", "203.0.113.9")],
        paid(&order).to_string(),
    )
    .await;
    assert_eq!(status, 403, "not YooKassa's address");
    let forwarded = [("x-sandbox-source-ip", "203.0.113.9"), ("x-forwarded-for", "185.71.76.5")];
    let (status, _) = post(&world, "/webhook/yookassa", &forwarded, paid(&order).to_string()).await;
    assert_eq!(status, 403, "headers prove nothing");
    let (status, _) = post(&world, "/webhook/yookassa", &[YOOKASSA], paid(&order).to_string()).await;
    assert_eq!(status, 200, "YooKassa itself says it is not paid");
    let unknown = paid("00000000-0000-5000-9000-000000000000").to_string();
    assert_eq!(post(&world, "/webhook/yookassa", &[YOOKASSA], unknown).await.0, 200);
    for body in [
        "",
        "{}",
        "{\"type\":\"notification\"}",
        "not json",
        "{\"event\":\"payment.succeeded\",\"object\":{\"id\":\"../me\"}}",
    ] {
        let (status, _) = post(&world, "/webhook/yookassa", &[YOOKASSA], body).await;
        assert_eq!(status, 400, "{body}");
    }
    let (status, _) = post(&world, "/webhook/yookassa", &[YOOKASSA], vec![b'x'; 300 << 10]).await;
    assert_eq!(status, 413);
    for provider in ["stars", "stripe", "%00", "..", "telegram%2f"] {
        let (status, _) = post(&world, &format!("/webhook/{provider}"), &[YOOKASSA], "{}").await;
        assert!(status.is_client_error(), "{provider}: {status}");
    }
    assert_eq!(world.table.items().unwrap(), before);
}

#[tokio::test]
async fn the_panel_is_believed_with_its_signature_only() {
    let world = world().await;
    let anna = Buyer::new(&world, 42, "en");
    anna.say("/start").await;
    buy_a_month(&anna).await;
    let before = world.table.items().unwrap();
    let body = json!({"scope": "user", "event": "user.deleted", "timestamp": "2026-11-21T10:00:00.000Z",
        "data": {"username": "tg_42_1"}});
    for headers in [&[][..], &[("X-Remnawave-Signature", "00")], &[("X-Remnawave-Signature", "")]] {
        assert_eq!(post(&world, "/webhook/panel", headers, body.to_string()).await.0, 401);
    }
    assert_eq!(world.table.items().unwrap(), before);
}

#[tokio::test]
async fn an_account_deleted_in_the_panel_comes_back() {
    let world = world().await;
    let anna = Buyer::new(&world, 42, "en");
    anna.say("/start").await;
    buy_a_month(&anna).await;
    let end = anna.access_until();
    assert!(world.panel.delete("tg_42_1"));
    world.settle().await;
    assert_eq!(anna.access_until(), end);
    let writes = world.panel.calls().iter().filter(|call| call.method != "GET").count();
    world.settle().await;
    assert_eq!(
        world.panel.calls().iter().filter(|call| call.method != "GET").count(),
        writes,
        "its echo is no news"
    );
    all_is_well(&world);
}

#[tokio::test]
async fn days_given_in_the_panel_are_kept() {
    let world = world().await;
    let anna = Buyer::new(&world, 42, "en");
    anna.say("/start").await;
    buy_a_month(&anna).await;
    world.panel.edit("tg_42_1", &json!({"expireAt": "2027-03-01T00:00:00.000Z"})).unwrap();
    world.settle().await;
    assert_eq!(anna.events("end_adopted"), 1, "{:#?}", anna.stored("EVENT#"));
    buy_a_month(&anna).await;
    assert_eq!(anna.access_until(), "2027-04-01T00:00:00Z".parse().unwrap());
    all_is_well(&world);
}

#[tokio::test]
async fn a_strangers_button_and_an_old_button_do_no_harm() {
    let world = world().await;
    let anna = Buyer::new(&world, 42, "en");
    anna.say("/start").await;
    order_a_month(&anna).await;
    let (_, check) = anna.find("I have paid");
    let mallory = Buyer::new(&world, 66, "en");
    mallory.say("/start").await;
    let menu = mallory.messages().last().unwrap().id;
    let before = anna.stored("");
    for data in
        [check.as_str(), "0:old", "1:", "subscribe_period:1", "pay_yk:1:0.01:subscription", "1:plan:nope"]
    {
        world.telegram.press_stale(66, menu, data).unwrap();
        world.settle().await;
    }
    assert_eq!(anna.stored(""), before);
    assert_eq!(mallory.stored("#SUB").len(), 0);
    all_is_well(&world);
}

#[tokio::test]
async fn health_tells_the_truth() {
    let world = world().await;
    let health = async || {
        let answer = reqwest::get(format!("{}/health", world.address.base())).await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let (status, body) = health().await;
    assert_eq!((status, &body["ok"]), (200, &json!(true)), "{body:#}");
    for part in [
        "/table",
        "/panels/main",
        "/panels/marzban",
        "/telegram",
        "/queues/provisioning",
        "/queues/notifications",
    ] {
        assert!(body.pointer(part).unwrap()["latency_ms"].is_number(), "{part}");
    }
    let down = |target| Rule {
        target,
        operation: None,
        when: When::Always,
        effect: Effect::Answer(Answer::unavailable(target)),
    };
    world.outside.faults.push(down(Target::Panel));
    let (status, body) = health().await;
    assert_eq!(
        (status, &body["panels"]["main"]["ok"], &body["table"]["ok"]),
        (200, &json!(false), &json!(true))
    );
    world.outside.faults.push(down(Target::Dynamodb));
    let (status, body) = health().await;
    assert_eq!((status, &body["table"]["ok"]), (503, &json!(false)));
}

#[tokio::test]
async fn the_redirect_page_opens_listed_apps_only() {
    let world = world().await;
    let open = async |url: &str| {
        let query: String =
            url::form_urlencoded::Serializer::new(String::new()).append_pair("url", url).finish();
        let answer = reqwest::get(format!("{}/open?{query}", world.address.base())).await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let (status, page) = open("happ://add/https://sub.example.com/abc").await;
    assert!(status == 200 && page.contains("happ://add/https://sub.example.com/abc"));
    for bad in [
        "javascript:alert(1)",
        "https://evil.example",
        "happ://add/http://x",
        "data:text/html,x",
        "happ://evil/https://x.example/a",
        "",
    ] {
        assert_eq!(open(bad).await.0, 400, "{bad}");
    }
}

#[tokio::test]
async fn broken_settings_are_listed_all_at_once() {
    let settings = Overrides::default()
        .with("PRICE_1_MONTH_RUB", "1,50")
        .with("TIME_ZONE", "Mars")
        .with("BOT_TOKEN", "token")
        .with("TELEGRAM_API_URL", "here")
        .with("WEBHOOK_SECRET_TOKEN", "with space");
    let plan = Plan { settings, ..Plan::at(start_of_time()) };
    let Err(error) = World::start(plan, |_| axum::Router::new()).await else { panic!("started") };
    let text = error.to_string();
    for name in ["PRICE_1_MONTH_RUB", "TIME_ZONE", "BOT_TOKEN", "TELEGRAM_API_URL", "WEBHOOK_SECRET_TOKEN"] {
        assert!(text.contains(name), "{name} in {text}");
    }
    assert!(!text.contains("with space"), "no secret is shown: {text}");
}

/// Every provider switched on and none of them set up right: one list with all of it, and no secret in it.
#[tokio::test]
async fn bad_keys_of_all_providers_are_listed_at_once() {
    let broken = [
        ("YOOKASSA_SHOP_ID", "shop"),
        ("YOOKASSA_SECRET_KEY", "hush hush"),
        ("FREEKASSA_CURRENCIES", "doubloons"),
        ("ROBOKASSA_HASH", "crc"),
        ("WATA_TOKEN", "hush hush"),
        ("STRIPE_SECRET_KEY", "pk_live_hush"),
        ("STRIPE_WEBHOOK_SECRET", "hush hush"),
        ("PAYPAL_WEBHOOK_ID", "two words"),
        ("CRYPTOPAY_TOKEN", "hush hush"),
        ("TRIBUTE_API_KEY", "hush hush"),
        ("TRIBUTE_ITEMS", "m1 for nothing"),
    ];
    let mut settings = Overrides::default();
    for (name, value) in broken {
        settings.set(name, value);
    }
    let plan = Plan { settings, ..Plan::at(start_of_time()) };
    let Err(error) = World::start(plan, |_| axum::Router::new()).await else { panic!("started") };
    let text = error.to_string();
    for (name, _) in broken {
        assert!(text.contains(name), "{name} in {text}");
    }
    assert!(!text.contains("hush"), "no secret is shown: {text}");
}

#[tokio::test]
async fn nothing_is_for_sale_without_prices() {
    let mut settings = Overrides::default();
    for months in ["1_MONTH", "3_MONTHS", "6_MONTHS", "12_MONTHS"] {
        settings.set(&format!("PRICE_{months}_RUB"), "0");
        settings.set(&format!("PRICE_{months}_STARS"), "0");
        settings.set(&format!("PRICE_{months}_USD"), "0");
    }
    let world = world_with(Plan { settings, ..Plan::at(start_of_time()) }).await;
    let anna = Buyer::new(&world, 42, "en");
    anna.say("/buy").await;
    assert!(anna.reads().contains("Nothing is for sale"), "{}", anna.chat());
    world.pass(SignedDuration::from_mins(2)).await;
    all_is_well(&world);
}
