//! Calls and their answers, one line each.

#![expect(clippy::unwrap_used, clippy::panic, reason = "test support fails as tests do")]
#![expect(clippy::needless_pass_by_value, reason = "JSON literals are passed as they are")]

mod world;

use serde_json::{Value, json};
use standin_telegram::{Group, GroupKind, Standing, conforms};
use world::{ANNA, STRANGER, World, bad_requests, button, check, invoice};

const CHANNEL: i64 = -1_001_000_000_001;

const TOO_OLD: &str = "query is too old and response timeout expired or query ID is invalid";

/// Parameters for Anna's chat.
fn to_anna(extra: Value) -> Value {
    let mut params = json!({ "chat_id": ANNA });
    params.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    params
}

#[test]
fn messages_have_to_be_well_formed() {
    let world = World::new();
    bad_requests(
        &world,
        "sendMessage",
        &[
            (json!([]), "JSON object expected"),
            (json!({ "text": "x" }), "chat_id is empty"),
            (to_anna(json!({})), "message text is empty"),
            (to_anna(json!({ "text": "" })), "message text is empty"),
            (to_anna(json!({ "text": " \n " })), "text must be non-empty"),
            (to_anna(json!({ "text": 5 })), "STRICT: text must be a String"),
            (
                to_anna(json!({ "text": "x", "disable_web_page_preview": true })),
                "STRICT: unknown field disable_web_page_preview of sendMessage",
            ),
            (
                to_anna(json!({ "text": "x", "parse_mode": null })),
                "STRICT: parse_mode is null, which the server reads as the text \"null\"",
            ),
            (to_anna(json!({ "text": "x", "parse_mode": "BBCode" })), "unsupported parse_mode"),
            (
                to_anna(json!({ "text": "x", "reply_markup": "{" })),
                "can't parse reply keyboard markup JSON object",
            ),
            (
                to_anna(json!({ "text": "x", "reply_markup": { "inline_keyboard": [[{ "txt": "a" }]] } })),
                "STRICT: unknown field reply_markup.inline_keyboard[0][0].txt",
            ),
            (
                to_anna(json!({ "text": "x", "reply_parameters": { "message_id": 1 } })),
                "message to be replied not found",
            ),
        ],
    );
}

#[test]
fn missing_parameters_are_refused_in_many_words() {
    let world = World::new();
    for (method, params, words) in [
        ("sendPhoto", to_anna(json!({})), "there is no photo in the request"),
        ("sendDocument", to_anna(json!({})), "there is no document in the request"),
        (
            "sendPhoto",
            to_anna(json!({ "photo": "AgAC" })),
            "wrong remote file identifier specified: can't unserialize it. Wrong last symbol",
        ),
        ("answerCallbackQuery", json!({}), TOO_OLD),
        ("answerPreCheckoutQuery", json!({ "pre_checkout_query_id": "1", "ok": true }), TOO_OLD),
        (
            "answerPreCheckoutQuery",
            json!({ "pre_checkout_query_id": "1", "ok": false }),
            "parameter \"error_message\" is required",
        ),
        ("sendChatAction", to_anna(json!({ "action": "dance" })), "wrong parameter action in request"),
        ("getChatMember", json!({ "chat_id": ANNA, "user_id": -1 }), "invalid user_id specified"),
        ("deleteMessage", to_anna(json!({})), "message identifier is not specified"),
        ("editMessageText", json!({ "text": "x" }), "message identifier is not specified"),
        (
            "setChatMenuButton",
            json!({ "menu_button": { "type": "x" } }),
            "STRICT: menu_button is none of: MenuButtonCommands, MenuButtonWebApp, MenuButtonDefault",
        ),
    ] {
        bad_requests(&world, method, &[(params, words)]);
    }
}

#[test]
fn what_the_stand_in_cannot_do_is_said_loudly() {
    let world = World::new();
    let with_thread = to_anna(json!({ "text": "x", "message_thread_id": 7 }));
    check(
        &world,
        &[
            ("sendMoney", json!({}), 404, "Not Found"),
            (
                "sendVideo",
                json!({}),
                501,
                "Not Implemented: STRICT: the stand-in does not carry out the method sendVideo",
            ),
            ("sendMessage", with_thread, 400, "Bad Request: message thread not found"),
            (
                "sendMessage",
                to_anna(json!({ "text": "x", "parse_mode": "MarkdownV2" })),
                501,
                "Not Implemented: STRICT: the stand-in does not carry out Markdown; use HTML",
            ),
            (
                "sendPhoto",
                to_anna(json!({ "photo": "https://example.com/a.png" })),
                501,
                "Not Implemented: STRICT: the stand-in does not carry out files by URL",
            ),
        ],
    );
}

#[test]
fn editing_follows_what_is_there() {
    let world = World::new();
    let message_id = world.message(json!({ "reply_markup": button("d") }));
    let edit =
        |message_id: i64, text: &str| json!({ "chat_id": ANNA, "message_id": message_id, "text": text });
    let invoice_id = world.ok("sendInvoice", invoice(json!({})))["message_id"].as_i64().unwrap();
    let keyboard = json!({ "keyboard": [[{ "text": "Menu" }]] });
    let with_keyboard = world.message(json!({ "reply_markup": keyboard }));
    let own_message =
        world.telegram.send_text(ANNA, "hi").unwrap()["message"]["message_id"].as_i64().unwrap();
    let mut same = edit(message_id, "menu");
    same["reply_markup"] = button("d");
    let not_modified = "message is not modified: specified new message content and reply markup are \
                        exactly the same as a current content and reply markup of the message";
    bad_requests(
        &world,
        "editMessageText",
        &[
            (same, not_modified),
            (edit(9, "x"), "message to edit not found"),
            (edit(invoice_id, "x"), "message can't be edited"),
            (edit(with_keyboard, "x"), "message can't be edited"),
            (edit(own_message, "x"), "message can't be edited"),
            (edit(message_id, &"x".repeat(4097)), "MESSAGE_TOO_LONG"),
        ],
    );
    let no_caption = json!({ "chat_id": ANNA, "message_id": message_id, "caption": "x" });
    bad_requests(&world, "editMessageCaption", &[(no_caption, "there is no caption in the message to edit")]);
    let missing = json!({ "chat_id": ANNA, "message_id": 9 });
    bad_requests(&world, "deleteMessage", &[(missing, "message to delete not found")]);
    let copy = json!({ "chat_id": ANNA, "from_chat_id": ANNA, "message_id": invoice_id });
    bad_requests(&world, "copyMessage", &[(copy, "the message can't be copied")]);

    let mut other_button = edit(message_id, "menu");
    other_button["reply_markup"] = button("e");
    world.ok("editMessageText", other_button);
    let edited = world.ok("editMessageText", edit(message_id, "new"));
    assert_eq!((edited["text"].as_str(), edited.get("reply_markup")), (Some("new"), None));
    let copied =
        world.ok("copyMessage", json!({ "chat_id": ANNA, "from_chat_id": ANNA, "message_id": message_id }));
    let view = world.telegram.chat(ANNA).unwrap();
    assert!(view.messages.iter().any(|message| copied["message_id"] == message.id && message.text == "new"));
    assert!(view.messages.iter().any(|message| message.id == message_id && message.edited));
    world.pass(48 * 3600);
    world.ok("deleteMessage", json!({ "chat_id": ANNA, "message_id": message_id }));
    world.pass(1);
    let late = world.refused("deleteMessage", json!({ "chat_id": ANNA, "message_id": invoice_id }));
    assert_eq!(late, (400, "Bad Request: message can't be deleted for everyone".to_owned()));
}

#[test]
fn people_can_be_out_of_reach() {
    let world = World::new();
    let to = |chat_id: Value| json!({ "chat_id": chat_id, "text": "x" });
    let message_id = world.message(json!({}));
    world.telegram.block(ANNA).unwrap();
    let blocked = world.update();
    assert_eq!(blocked["my_chat_member"]["new_chat_member"]["status"], "kicked");
    let group = |bot| Group {
        id: CHANNEL,
        kind: GroupKind::Channel,
        title: "News".into(),
        username: Some("news".into()),
        bot,
        members: [(ANNA, Standing::Member)].into(),
    };
    world.telegram.add_group(group(Standing::Left));
    let by_bot = "Forbidden: bot was blocked by the user";
    check(
        &world,
        &[
            ("sendMessage", to(json!(ANNA)), 403, by_bot),
            (
                "editMessageText",
                json!({ "chat_id": ANNA, "message_id": message_id, "text": "y" }),
                403,
                by_bot,
            ),
            (
                "sendMessage",
                to(json!(STRANGER)),
                403,
                "Forbidden: bot can't initiate conversation with a user",
            ),
            ("sendMessage", to(json!(77)), 400, "Bad Request: chat not found"),
            ("sendMessage", to(json!("@nobody")), 400, "Bad Request: chat not found"),
            ("sendMessage", to(json!("@news")), 403, "Forbidden: bot is not a member of the channel chat"),
            (
                "getChatMember",
                json!({ "chat_id": CHANNEL, "user_id": ANNA }),
                400,
                "Bad Request: member list is inaccessible",
            ),
            (
                "getChatMember",
                json!({ "chat_id": CHANNEL, "user_id": 77 }),
                400,
                "Bad Request: PARTICIPANT_ID_INVALID",
            ),
        ],
    );
    world.telegram.add_group(group(Standing::Administrator));
    for (user_id, status) in [(ANNA, "member"), (STRANGER, "left"), (7_000_000_001, "administrator")] {
        let member = world.ok("getChatMember", json!({ "chat_id": "@news", "user_id": user_id }));
        assert_eq!(member["status"], status);
        conforms("ChatMember", &member).unwrap();
    }
    let posted = world.ok("sendMessage", to(json!("@NEWS")));
    assert_eq!(posted["sender_chat"]["id"], CHANNEL);
    world.telegram.unblock(ANNA).unwrap();
    assert_eq!(world.update()["my_chat_member"]["new_chat_member"]["status"], "member");
    world.message(json!({}));
}

#[test]
fn answers_are_what_the_bot_api_describes() {
    let world = World::new();
    world.ok("setMyCommands", json!({ "commands": [{ "command": "start", "description": "Menu" }] }));
    world.ok("setChatMenuButton", json!({ "menu_button": { "type": "commands" } }));
    let view = world.telegram.chat(ANNA).unwrap();
    assert_eq!(
        (view.commands.unwrap()[0]["command"].as_str(), view.menu_button),
        (Some("start"), Some(json!({ "type": "commands" })))
    );
    let webhook = json!({ "url": "https://shop.example/hook", "secret_token": "a-B_9", "allowed_updates": ["message"] });
    world.ok("setWebhook", webhook);
    for (method, params, type_name) in [
        ("getMe", json!({}), "User"),
        ("getChat", json!({ "chat_id": ANNA }), "ChatFullInfo"),
        ("getWebhookInfo", json!({}), "WebhookInfo"),
        ("getStarTransactions", json!({}), "StarTransactions"),
        ("sendInvoice", invoice(json!({})), "Message"),
        ("GETCHATMEMBER", json!({ "chat_id": ANNA, "user_id": ANNA }), "ChatMember"),
    ] {
        conforms(type_name, &world.ok(method, params)).unwrap();
    }
    assert_eq!(world.telegram.webhook().unwrap().secret_token.as_deref(), Some("a-B_9"));
    assert!(world.telegram.violations().is_empty());
}

#[test]
fn a_reply_keyboard_stays_until_it_is_removed() {
    let world = World::new();
    let keyboard = || world.telegram.chat(ANNA).unwrap().keyboard;
    let menu = json!({ "keyboard": [[{ "text": "Menu" }]], "resize_keyboard": true });
    world.message(json!({ "reply_markup": menu }));
    world.message(json!({ "reply_markup": { "force_reply": true } }));
    assert_eq!(keyboard(), Some(menu));
    world.message(json!({ "reply_markup": { "remove_keyboard": true } }));
    assert_eq!(keyboard(), None);
    assert_eq!(world.telegram.users().iter().map(|user| user.id).collect::<Vec<_>>(), [ANNA, STRANGER]);
}
