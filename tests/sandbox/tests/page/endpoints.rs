//! The endpoints behind the page, as a browser calls them and as it must not be able to.

use crate::shop::Shop;
use reqwest::{Client, Method, StatusCode, header};
use sandbox::world::Overrides;
use serde_json::{Value, json};

const ANNA: i64 = 500_001;
const JOHN: i64 = 500_002;

struct Caller<'s> {
    shop: &'s Shop,
    http: Client,
}

impl<'s> Caller<'s> {
    fn new(shop: &'s Shop) -> Self {
        Self { shop, http: Client::builder().no_proxy().build().unwrap() }
    }

    async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        let request = self.http.post(self.shop.address(path)).header("x-sandbox", "1").json(&body);
        let answer = request.send().await.unwrap();
        (answer.status(), answer.json().await.unwrap_or_default())
    }

    async fn ok(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.post(path, body).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    async fn get(&self, path: &str) -> (StatusCode, Value) {
        let request = self.http.get(self.shop.address(path)).header("x-sandbox", "1");
        let answer = request.send().await.unwrap();
        (answer.status(), answer.json().await.unwrap_or_default())
    }

    /// The state once `is` holds; each look waits for news.
    async fn state(&self, user: i64, is: impl Fn(&Value) -> bool) -> Value {
        let mut path = format!("/ui/state?user={user}");
        for _ in 0..200 {
            let (status, state) = self.get(&path).await;
            assert_eq!(status, 200, "the world stands still: {state}");
            if is(&state) {
                return state;
            }
            path = format!("/ui/state?user={user}&seen={}", state["version"]);
        }
        panic!("never came true");
    }
}

fn button(state: &Value, label: &str) -> Option<(i64, String)> {
    let messages = state["chat"]["messages"].as_array()?;
    messages.iter().rev().find_map(|message| {
        let rows = message["buttons"].as_array()?;
        let mut buttons = rows.iter().flat_map(|row| row.as_array().into_iter().flatten());
        let found =
            buttons.find(|button| button["text"].as_str().is_some_and(|text| text.contains(label)))?;
        Some((message["id"].as_i64()?, found["value"].as_str()?.to_owned()))
    })
}

#[tokio::test]
async fn a_person_writes_presses_and_sees_the_answer() {
    let shop = Shop::open().await;
    let caller = Caller::new(&shop);
    caller.ok("/ui/say", json!({ "user": JOHN, "text": "/start" })).await;
    let state = caller.state(JOHN, |state| button(state, "Try it free").is_some()).await;
    let (message, data) = button(&state, "Try it free").unwrap();
    caller.ok("/ui/press", json!({ "user": JOHN, "message": message, "data": data })).await;
    let state = caller.state(JOHN, |state| state["events"][0]["kind"] == "provisioned").await;
    assert_eq!(state["panel"][0]["telegram_id"], JOHN);
    assert!(state["calls_total"].as_u64().unwrap() > 3 && state["calls"][0]["request"].is_null());
    let titles: Vec<&str> =
        state["records"].as_array().unwrap().iter().map(|record| record["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["Buyer", "Subscription 1"]);
    let state = caller.state(JOHN, |state| !state["presses"][0]["answer"].is_null()).await;
    assert_eq!(state["presses"][0]["message"], message);

    let number = &state["calls"][0]["number"];
    let (status, call) = caller.get(&format!("/ui/call/{number}")).await;
    assert!(status == 200 && call["request"].is_string(), "{call}");
    assert_eq!(caller.get("/ui/call/999999").await.0, 404);
}

#[tokio::test]
async fn a_card_of_inline_mode_goes_to_somebody_else() {
    let shop = Shop::open().await;
    let caller = Caller::new(&shop);
    caller.ok("/ui/inline", json!({ "user": JOHN, "text": "" })).await;
    let state = caller.state(JOHN, |state| state["inline"].is_array()).await;
    let card = &state["inline"][0];
    assert!(card["title"].as_str().is_some_and(|title| !title.is_empty()), "{card}");
    caller.ok("/ui/share", json!({ "user": JOHN, "to": ANNA, "card": card["id"] })).await;
    let state = caller.state(ANNA, |state| state["shared"][0].is_object()).await;
    let shared = &state["shared"][0];
    assert_eq!((&shared["from"], &shared["card"]), (&json!("John"), card));
    assert_eq!(shared["card"]["buttons"][0][0]["action"], "url");
    // What was sent is not offered any more.
    let again = json!({ "user": JOHN, "to": ANNA, "card": card["id"] });
    assert_eq!(caller.post("/ui/share", again).await.0, 409);
}

#[tokio::test]
async fn what_no_person_could_do_is_refused() {
    let shop = Shop::open().await;
    let caller = Caller::new(&shop);
    let refused = [
        ("/ui/press", json!({ "user": JOHN, "message": 1, "data": "x" }), 409),
        ("/ui/press", json!({ "user": JOHN, "message": 1 }), 422),
        ("/ui/pay", json!({ "user": JOHN, "message": 1 }), 409),
        ("/ui/inline", json!({ "user": 1, "text": "" }), 409),
        ("/ui/share", json!({ "user": JOHN, "to": JOHN, "card": "shop-en" }), 409),
        ("/ui/say", json!({ "user": 1, "text": "hello" }), 409),
        ("/ui/say", json!({ "user": JOHN, "text": " " }), 409),
        ("/ui/say", json!({ "user": "John" }), 422),
        ("/ui/block", json!({ "user": JOHN, "blocked": true }), 409),
        ("/ui/person", json!({ "first_name": "  " }), 422),
        ("/ui/clock", json!({ "hours": 0 }), 422),
        ("/ui/clock", json!({ "hours": 1_000_000 }), 422),
        ("/ui/fault", json!({ "switch": "everything", "on": true }), 422),
        ("/ui/panel", json!({ "username": "nobody", "action": "disable" }), 409),
        ("/ui/panel", json!({ "username": "nobody", "action": "connect" }), 409),
        ("/ui/panel", json!({ "username": "nobody", "action": "delete" }), 409),
    ];
    for (path, body, status) in refused {
        let (answered, text) = caller.post(path, body.clone()).await;
        assert_eq!(answered, status, "{path} {body}: {text}");
    }
}

#[tokio::test]
async fn other_peoples_pages_cannot_press() {
    let shop = Shop::open().await;
    let http = Client::builder().no_proxy().build().unwrap();
    let say = json!({ "user": JOHN, "text": "/start" }).to_string();
    let request = |method: Method, path: &str| http.request(method, shop.address(path)).body(say.clone());
    let json = (header::CONTENT_TYPE, "application/json");
    let plain = (header::CONTENT_TYPE, "text/plain");
    let own = ("x-sandbox", "1");
    let foreign = (header::HOST, "evil.example:8088");
    let cases = [
        ("no header", request(Method::POST, "/ui/say").header(json.0, json.1), 403),
        (
            "a name that points here",
            request(Method::POST, "/ui/say").header(own.0, own.1).header(foreign.0, foreign.1),
            403,
        ),
        ("a form", request(Method::POST, "/ui/say").header(own.0, own.1).header(plain.0, plain.1), 415),
        ("a picture", request(Method::GET, "/ui/say").header(own.0, own.1), 405),
        ("a look", http.get(shop.address("/ui/state?user=1")), 403),
    ];
    for (what, request, status) in cases {
        assert_eq!(request.send().await.unwrap().status(), status, "{what}");
    }
    assert!(!shop.world.telegram.chat(JOHN).unwrap().started);
}

#[tokio::test]
async fn the_files_are_own_and_forbid_foreign_scripts() {
    let shop = Shop::open().await;
    let http = Client::builder().no_proxy().build().unwrap();
    let page = http.get(shop.address("/")).send().await.unwrap();
    let policy = page.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'self'"), "{policy}");
    let text = page.text().await.unwrap();
    let named = text.split('"').filter(|part| part.starts_with("/ui/"));
    let mut files = 0;
    for file in named {
        assert_eq!(http.get(shop.address(file)).send().await.unwrap().status(), 200, "{file}");
        files += 1;
    }
    assert!(files >= 4 && !text.contains("http:") && !text.contains("https:"), "{files} files");
}

#[tokio::test]
async fn time_trouble_people_and_the_panel_obey() {
    let shop = Shop::open().await;
    let caller = Caller::new(&shop);
    let before = shop.world.clock.now();
    caller.ok("/ui/clock", json!({ "hours": 24 })).await;
    let gone = shop.world.clock.now().duration_since(before);
    assert!(gone.as_hours() == 24, "{gone:#}");

    let on = caller.ok("/ui/fault", json!({ "switch": "panel_down", "on": true })).await;
    assert_eq!(on["on"], json!(["panel_down"]));
    caller.ok("/ui/say", json!({ "user": JOHN, "text": "/start" })).await;
    let state = caller.state(JOHN, |state| button(state, "Try it free").is_some()).await;
    let (message, data) = button(&state, "Try it free").unwrap();
    caller.ok("/ui/press", json!({ "user": JOHN, "message": message, "data": data })).await;
    let state = caller.state(JOHN, |state| state["events"][0]["kind"] == "provision_delayed").await;
    assert_eq!((&state["panel"], &state["faults"]), (&json!([]), &json!(["panel_down"])));
    caller.ok("/ui/fault", json!({ "on": false })).await;
    caller.ok("/ui/clock", json!({ "hours": 1 })).await;
    let state = caller.state(JOHN, |state| state["events"][0]["kind"] == "provisioned").await;
    let username = state["panel"][0]["username"].as_str().unwrap().to_owned();

    let act = |action: &str| json!({ "username": username, "action": action });
    caller.ok("/ui/panel", act("connect")).await;
    caller.ok("/ui/panel", act("disable")).await;
    let user = &shop.world.panel.users()[0];
    assert_eq!(
        (&user["status"], &user["userTraffic"]["usedTrafficBytes"]),
        (&json!("DISABLED"), &json!(1 << 30))
    );
    caller.ok("/ui/panel", act("enable")).await;
    assert_eq!(shop.world.panel.users()[0]["status"], "ACTIVE");
    caller.ok("/ui/panel", act("delete")).await;
    assert!(shop.world.panel.users().is_empty());

    let added = caller
        .ok("/ui/person", json!({ "first_name": "<b>Eve</b>", "username": "@eve", "language": "" }))
        .await;
    let eve = shop.world.telegram.chat(added["id"].as_i64().unwrap()).unwrap().user;
    assert_eq!(
        (eve.first_name.as_str(), eve.username.as_deref(), eve.language_code),
        ("<b>Eve</b>", Some("eve"), None)
    );
    caller.ok("/ui/say", json!({ "user": eve.id, "text": "/start" })).await;
    caller.ok("/ui/block", json!({ "user": eve.id, "blocked": true })).await;
    assert!(shop.world.telegram.chat(eve.id).unwrap().blocked);
    caller.ok("/ui/block", json!({ "user": eve.id, "blocked": false })).await;
    assert!(!shop.world.telegram.chat(eve.id).unwrap().blocked);
}

#[tokio::test]
async fn with_a_real_telegram_the_people_are_the_shops_own() {
    let elsewhere =
        Overrides::default().with("BOT_TOKEN", "7:A").with("TELEGRAM_API_URL", "http://127.0.0.1:9");
    let shop = Shop::open_with(elsewhere).await;
    let caller = Caller::new(&shop);
    assert_eq!(caller.state(JOHN, |_| true).await["people"], json!([]));
    let from = json!({ "id": 7, "is_bot": false, "first_name": "Eve", "language_code": "en" });
    let chat = json!({ "id": 7, "type": "private", "first_name": "Eve" });
    let message = json!({ "message_id": 1, "date": 1, "chat": chat, "from": from, "text": "/start" });
    let request = caller.http.post(shop.address("/webhook/telegram"));
    let request =
        request.header("x-telegram-bot-api-secret-token", shop.world.setting("WEBHOOK_SECRET_TOKEN"));
    let answer = request.json(&json!({ "update_id": 1, "message": message })).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let state = caller.state(7, |state| state["people"][0]["id"] == 7).await;
    assert_eq!((&state["chat"], &state["real"]["telegram"]), (&Value::Null, &json!(true)));
    assert_eq!(state["events"][0]["kind"], "registered");
}
