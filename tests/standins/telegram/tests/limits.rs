//! How long, how many, which links: what is too much, and what is just not.

#![expect(clippy::unwrap_used, clippy::panic, reason = "test support fails as tests do")]
#![expect(clippy::needless_pass_by_value, reason = "JSON literals are passed as they are")]

mod world;

use serde_json::{Value, json};
use world::{ANNA, World, bad_requests, button, invoice};

fn text(text: String) -> Value {
    json!({ "chat_id": ANNA, "text": text })
}

fn keyboard(rows: Value) -> Value {
    json!({ "chat_id": ANNA, "text": "x", "reply_markup": { "inline_keyboard": rows } })
}

/// A message with one button that has these fields besides a label.
fn with(fields: Value) -> Value {
    let mut button = json!({ "text": "B" });
    button.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    keyboard(json!([[button]]))
}

fn rows(count: usize) -> Value {
    keyboard(json!(vec![json!([{ "text": "B", "callback_data": "d" }]); count]))
}

#[test]
fn texts_end_at_4096_characters() {
    let world = World::new();
    bad_requests(
        &world,
        "sendMessage",
        &[(text("я".repeat(4097)), "message is too long"), (text("я".repeat(16385)), "text is too long")],
    );
    world.ok("sendMessage", text("я".repeat(4096)));
    let marked = "<b>я</b>".repeat(3000);
    world.ok("sendMessage", json!({ "chat_id": ANNA, "text": marked, "parse_mode": "HTML" }));
}

#[test]
fn buttons_do_one_possible_thing() {
    let world = World::new();
    let long_url = format!("https://a.b/{}", "x".repeat(2048));
    bad_requests(
        &world,
        "sendMessage",
        &[
            (with(json!({ "callback_data": "я".repeat(32) + "a" })), "BUTTON_DATA_INVALID"),
            (
                with(json!({ "callback_data": "" })),
                "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
            ),
            (
                with(json!({ "url": "http://localhost:80" })),
                "inline keyboard button URL 'http://localhost:80' is invalid: Wrong HTTP URL",
            ),
            (
                with(json!({ "url": "vless://a@b.c" })),
                "inline keyboard button URL 'vless://a@b.c' is invalid: Unsupported URL protocol",
            ),
            (with(json!({ "url": long_url })), "BUTTON_URL_INVALID"),
            (
                with(json!({ "web_app": { "url": "http://a.b" } })),
                "inline keyboard button Web App URL 'http://a.b' is invalid: Only HTTPS links are allowed",
            ),
            (
                with(json!({ "callback_data": "d", "url": "https://a.b" })),
                "STRICT: the server silently ignores the second action callback_data",
            ),
            (with(json!({ "pay": true })), "BUTTON_TYPE_INVALID"),
            (with(json!({ "style": "pink", "url": "a.b" })), "STRICT: unknown button style pink"),
            (with(json!({ "copy_text": { "text": "x".repeat(257) } })), "BUTTON_COPY_TEXT_INVALID"),
            (
                keyboard(json!([[{ "text": " ", "callback_data": "d" }]])),
                "STRICT: the server silently drops a button with an empty text",
            ),
            (
                keyboard(json!([vec![json!({ "text": "B", "callback_data": "d" }); 9]])),
                "STRICT: row 0 has 9 buttons",
            ),
            (rows(101), "reply markup is too long"),
        ],
    );
    world.ok("sendMessage", with(json!({ "callback_data": "я".repeat(32) })));
    world.ok("sendMessage", with(json!({ "copy_text": { "text": "x".repeat(256) } })));
    let linked = world.ok("sendMessage", with(json!({ "url": "http://127.0.0.1:8080" })));
    assert_eq!(linked["reply_markup"]["inline_keyboard"][0][0]["url"], "http://127.0.0.1:8080/");
    // A keyboard may also be JSON in a text, and a chat's number too.
    let mut hundred = rows(100);
    hundred["reply_markup"] = hundred["reply_markup"].to_string().into();
    hundred["chat_id"] = ANNA.to_string().into();
    world.ok("sendMessage", hundred);
}

#[test]
fn invoices_are_in_stars() {
    let world = World::new();
    let two = json!([{ "label": "a", "amount": 1 }, { "label": "b", "amount": 1 }]);
    bad_requests(
        &world,
        "sendInvoice",
        &[
            (invoice(json!({ "payload": "я".repeat(65) })), "INVOICE_PAYLOAD_INVALID"),
            (invoice(json!({ "payload": "" })), "parameter \"payload\" is required"),
            (invoice(json!({ "provider_token": "x" })), "STARS_INVOICE_INVALID"),
            (invoice(json!({ "prices": two })), "STARS_INVOICE_INVALID"),
            (invoice(json!({ "prices": [] })), "there must be at least one price"),
            (invoice(json!({ "currency": "RUB" })), "PAYMENT_PROVIDER_INVALID"),
            (invoice(json!({ "prices": [{ "label": "a", "amount": 0 }] })), "CURRENCY_TOTAL_AMOUNT_INVALID"),
            (
                invoice(json!({ "prices": [{ "label": "a", "amount": "150" }] })),
                "STRICT: prices[0].amount must be an Integer",
            ),
            (
                invoice(json!({ "title": "x".repeat(33) })),
                "STRICT: an invoice has a title of 1-32 and a description of 1-255 characters",
            ),
            (invoice(json!({ "need_email": true })), "STRICT: need_email is ignored for payments in Stars"),
            (invoice(json!({ "reply_markup": button("d") })), "REPLY_MARKUP_BUY_EMPTY"),
            (
                invoice(json!({ "subscription_period": 2_592_000 })),
                "STRICT: unknown field subscription_period of sendInvoice",
            ),
        ],
    );
    world.ok("sendInvoice", invoice(json!({ "title": "я".repeat(32), "payload": "я".repeat(64) })));
    let pay = json!({ "inline_keyboard": [[{ "text": "Pay", "pay": true }], [{ "text": "Back", "callback_data": "b" }]] });
    world.ok("sendInvoice", invoice(json!({ "reply_markup": pay })));
    let buttons = world.telegram.chat(ANNA).unwrap().messages.pop().unwrap().buttons;
    assert_eq!(
        buttons.iter().flatten().map(|button| button.action.as_str()).collect::<Vec<_>>(),
        ["pay", "callback_data"]
    );
}

#[test]
fn commands_have_a_form() {
    let world = World::new();
    let command = |name: &str, description: &str| json!({ "commands": [{ "command": name, "description": description }] });
    bad_requests(
        &world,
        "setMyCommands",
        &[
            (command("Start", "x"), "BOT_COMMAND_INVALID"),
            (command("", "x"), "command must be non-empty"),
            (command(&"x".repeat(33), "x"), "command length must not exceed 32"),
            (command("start", ""), "command description must be non-empty"),
            (command("start", &"x".repeat(257)), "command description length must not exceed 256"),
        ],
    );
}

#[test]
fn webhooks_have_a_form() {
    let world = World::new();
    let ports = "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443";
    bad_requests(
        &world,
        "setWebhook",
        &[
            (
                json!({ "url": "http://shop.example" }),
                "bad webhook: An HTTPS URL must be provided for webhook",
            ),
            (json!({ "url": "https://shop.example:8080" }), ports),
            (json!({ "url": "shop" }), "invalid webhook URL specified"),
            (
                json!({ "url": "https://a.b", "secret_token": "a b" }),
                "secret token contains unallowed characters",
            ),
            (json!({ "url": "https://a.b", "secret_token": "a".repeat(257) }), "secret token is too long"),
        ],
    );
    world.ok("setWebhook", json!({ "url": "https://a.b:8443/x", "secret_token": "a".repeat(256) }));
    world.ok("setWebhook", json!({ "url": "" }));
    assert_eq!(world.telegram.webhook(), None);
}
