//! Buttons, payments, updates and webhook replies over several steps.

#![expect(clippy::unwrap_used, clippy::panic, reason = "test support fails as tests do")]

mod world;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use standin_telegram::{CheckoutOutcome, DriveError, Fault, FaultKind, Via, conforms, queue_of};
use world::{ANNA, STRANGER, TOKEN, World, button, http, post};

const TOO_OLD: &str = "Bad Request: query is too old and response timeout expired or query ID is invalid";
const INVOICE: &str = r#"{"title":"VPN","description":"30 days","payload":"pay_1","currency":"XTR",
    "prices":[{"label":"VPN","amount":150}]}"#;

fn invoice(extra: &[(&str, Value)]) -> Value {
    let mut params: Value = serde_json::from_str(INVOICE).unwrap();
    for (key, value) in extra {
        params[*key] = value.clone();
    }
    params
}

#[test]
fn a_button_is_answered_once_and_in_time() {
    let world = World::new();
    let message_id = world.message(json!({ "reply_markup": button("buy:1") }));
    let missing = world.telegram.press(ANNA, message_id, "buy:2");
    assert_eq!(missing, Err(DriveError::NoSuchButton("buy:2".into())));
    assert_eq!(world.telegram.press_stale(STRANGER, 1, "x"), Err(DriveError::NotStarted(STRANGER)));

    world.telegram.press(ANNA, message_id, "buy:1").unwrap();
    let update = world.update();
    assert_eq!(update["callback_query"]["message"]["message_id"], message_id);
    assert_eq!(queue_of(&update), format!("callback:{ANNA}"));
    let id = update["callback_query"]["id"].as_str().unwrap();
    assert_eq!(world.telegram.unanswered().len(), 1);
    let answer = json!({ "callback_query_id": id, "text": "я".repeat(200), "show_alert": true });
    let mut long = answer.clone();
    long["text"] = "я".repeat(201).into();
    assert_eq!(world.refused("answerCallbackQuery", long).1, "Bad Request: MESSAGE_TOO_LONG");
    world.ok("answerCallbackQuery", answer.clone());
    assert_eq!(world.refused("answerCallbackQuery", answer).1, TOO_OLD);
    assert!(world.telegram.unanswered().is_empty());
    assert!(world.telegram.callback(id).unwrap().answer.unwrap().show_alert);

    world.telegram.press_stale(ANNA, 9, "forged").unwrap();
    let stale = world.update();
    assert_eq!(stale["callback_query"]["message"]["date"], 0);
    world.pass(31);
    let late = json!({ "callback_query_id": stale["callback_query"]["id"] });
    assert_eq!(world.refused("answerCallbackQuery", late).1, TOO_OLD);
}

#[test]
fn an_invoice_is_paid_refused_or_forgotten() {
    let world = World::new();
    let sent = world.ok("sendInvoice", invoice(&[("chat_id", json!(ANNA))]));
    let message_id = sent["message_id"].as_i64().unwrap();
    let ask = || {
        world.telegram.pay_invoice(ANNA, message_id).unwrap();
        let update = world.update();
        assert_eq!(update["pre_checkout_query"]["total_amount"], 150);
        update["pre_checkout_query"]["id"].as_str().unwrap().to_owned()
    };
    let answer = |id: &str| json!({ "pre_checkout_query_id": id, "ok": true });

    let declined = ask();
    world.ok(
        "answerPreCheckoutQuery",
        json!({ "pre_checkout_query_id": declined, "ok": false, "error_message": "Price changed" }),
    );
    let message = "Price changed".to_owned();
    assert_eq!(world.telegram.checkout(&declined), Some(CheckoutOutcome::Declined { message }));

    let forgotten = ask();
    assert_eq!(world.telegram.checkout(&forgotten), Some(CheckoutOutcome::Waiting));
    world.pass(11);
    assert_eq!(world.refused("answerPreCheckoutQuery", answer(&forgotten)).1, TOO_OLD);
    assert_eq!(world.telegram.checkout(&forgotten), Some(CheckoutOutcome::TimedOut));
    assert!(world.telegram.star_transactions().is_empty());

    let paid = ask();
    world.pass(10);
    world.ok("answerPreCheckoutQuery", answer(&paid));
    let payment = world.update()["message"]["successful_payment"].clone();
    let charge_id = payment["telegram_payment_charge_id"].as_str().unwrap().to_owned();
    assert_eq!(payment["invoice_payload"], "pay_1");
    assert_eq!(world.telegram.checkout(&paid), Some(CheckoutOutcome::Paid { charge_id: charge_id.clone() }));
    assert_eq!(world.refused("answerPreCheckoutQuery", answer(&paid)).1, TOO_OLD);

    let refund = |user_id: i64, charge_id: &str| json!({ "user_id": user_id, "telegram_payment_charge_id": charge_id });
    assert_eq!(
        world.refused("refundStarPayment", refund(STRANGER, &charge_id)).1,
        "Bad Request: CHARGE_ID_INVALID"
    );
    world.ok("refundStarPayment", refund(ANNA, &charge_id));
    assert_eq!(
        world.update()["message"]["refunded_payment"]["telegram_payment_charge_id"],
        charge_id.as_str()
    );
    assert_eq!(
        world.refused("refundStarPayment", refund(ANNA, &charge_id)).1,
        "Bad Request: CHARGE_ALREADY_REFUNDED"
    );
    let page = world.ok("getStarTransactions", json!({ "limit": 10 }));
    conforms("StarTransactions", &page).unwrap();
    assert_eq!(page["transactions"].as_array().unwrap().len(), 2);
    assert_eq!(page["transactions"][1]["receiver"]["user"]["id"], ANNA);
}

#[test]
fn a_link_can_be_a_subscription() {
    let world = World::new();
    let month = json!(2_592_000);
    for (extra, error) in [
        (("subscription_period", json!(86_400)), "Bad Request: SUBSCRIPTION_PERIOD_INVALID"),
        (
            ("prices", json!([{ "label": "a", "amount": 10_001 }])),
            "Bad Request: CURRENCY_TOTAL_AMOUNT_INVALID",
        ),
    ] {
        let params = invoice(&[("subscription_period", month.clone()), extra]);
        assert_eq!(world.refused("createInvoiceLink", params).1, error);
    }
    let link = world.ok("createInvoiceLink", invoice(&[("subscription_period", month)]));
    world.telegram.pay_invoice_link(STRANGER, link.as_str().unwrap()).unwrap();
    let id = world.update()["pre_checkout_query"]["id"].clone();
    world.ok("answerPreCheckoutQuery", json!({ "pre_checkout_query_id": id, "ok": true }));
    let first = world.update()["message"]["successful_payment"].clone();
    assert_eq!(
        (first["is_recurring"].as_bool(), first["is_first_recurring"].as_bool()),
        (Some(true), Some(true))
    );
    assert_eq!(first["subscription_expiration_date"], 1_795_600_800_i64 + 2_592_000);
    let charge_id = first["telegram_payment_charge_id"].as_str().unwrap();

    let second = world.telegram.renew_subscription(charge_id).unwrap();
    let renewal = world.update()["message"]["successful_payment"].clone();
    assert_eq!(renewal["telegram_payment_charge_id"], second.as_str());
    assert_eq!(renewal.get("is_first_recurring"), None);
    world.telegram.cancel_subscription(charge_id).unwrap();
    assert_eq!(world.update()["subscription"]["state"], "canceled");
    assert_eq!(
        world.telegram.renew_subscription(charge_id),
        Err(DriveError::NoSuchSubscription(charge_id.into()))
    );
    let enable =
        json!({ "user_id": STRANGER, "telegram_payment_charge_id": charge_id, "is_canceled": false });
    assert!(world.refused("editUserStarSubscription", enable).1.contains("STRICT"));
}

#[test]
fn taken_updates_wait_for_a_verdict() {
    let world = World::new();
    let first = world.telegram.send_text(ANNA, "one").unwrap()["update_id"].as_i64().unwrap();
    world.telegram.send_text(ANNA, "two").unwrap();
    let taken = world.telegram.take_updates();
    assert_eq!(taken.iter().map(|update| &update["message"]["text"]).collect::<Vec<_>>(), ["one", "two"]);
    assert!(world.telegram.take_updates().is_empty());
    assert!(world.telegram.requeue(first, "Wrong response from the webhook: 500 Internal Server Error"));
    assert_eq!(world.telegram.take_updates(), taken[..1]);
    assert!(world.telegram.ack(first) && !world.telegram.ack(first));
    world.pass(24 * 3600);
    assert!(!world.telegram.requeue(first + 1, "timeout"));

    world.ok("setWebhook", json!({ "url": "https://a.b", "allowed_updates": ["callback_query"] }));
    assert_eq!(world.telegram.send_text(ANNA, "x"), Err(DriveError::NotWanted("message")));
    let poll = world.refused("getUpdates", json!({}));
    assert_eq!(poll.0, 409);
    assert!(poll.1.starts_with("Conflict: can't use getUpdates method while webhook is active"));
}

#[tokio::test(start_paused = true)]
async fn polling_confirms_by_offset_and_waits() {
    let world = World::new();
    let poll = |params: Value| http(&world, post("GetUpdates", "application/json", params.to_string()));
    let ids = |body: &Value| {
        conforms("Array of Update", &body["result"]).unwrap();
        body["result"]
            .as_array()
            .unwrap()
            .iter()
            .map(|update| update["update_id"].as_i64().unwrap())
            .collect::<Vec<_>>()
    };
    let first = world.telegram.send_text(ANNA, "one").unwrap()["update_id"].as_i64().unwrap();
    world.telegram.send_text(ANNA, "two").unwrap();
    world.telegram.send_text(ANNA, "three").unwrap();
    assert_eq!(ids(&poll(json!({ "limit": 2 })).await.1), [first, first + 1]);
    assert_eq!(ids(&poll(json!({ "offset": first + 1 })).await.1), [first + 1, first + 2]);
    assert_eq!(ids(&poll(json!({ "offset": -1 })).await.1), [first + 2]);
    assert_eq!(ids(&poll(json!({ "offset": first + 3, "timeout": 30 })).await.1), Vec::<i64>::new());

    // The second future runs only once the first one waits.
    let late = async {
        world.telegram.send_text(ANNA, "four").unwrap();
    };
    let (answer, ()) = tokio::join!(poll(json!({ "offset": first + 3, "timeout": 30 })), late);
    assert_eq!(ids(&answer.1), [first + 3]);

    let waiting = poll(json!({ "offset": first + 4, "timeout": 30 }));
    let (older, newer) = tokio::join!(waiting, poll(json!({ "offset": first + 4 })));
    assert_eq!((older.0, newer.0), (409, 200));
    assert!(
        older.1["description"]
            .as_str()
            .unwrap()
            .starts_with("Conflict: terminated by other getUpdates request")
    );
}

#[tokio::test]
async fn a_webhook_reply_is_carried_out_unseen() {
    let world = World::new();
    let reply = json!({ "method": "sendMessage", "chat_id": ANNA, "text": "from the reply" });
    let call = world.telegram.webhook_reply(reply).unwrap();
    assert_eq!((call.via, call.status), (Via::WebhookReply, 200));
    assert_eq!(world.telegram.chat(ANNA).unwrap().messages.last().unwrap().text, "from the reply");
    assert!(world.telegram.webhook_reply(json!({ "ok": true })).is_none());
    assert!(world.telegram.webhook_reply_raw(None, Vec::new()).await.is_none());

    let form = format!("method=SENDMESSAGE&chat_id={ANNA}&text=a%26b+c");
    let form =
        world.telegram.webhook_reply_raw(Some("application/x-www-form-urlencoded"), form.into_bytes()).await;
    assert_eq!(form.unwrap().answer["result"]["text"], "a&b c");

    assert!(world.telegram.violations().is_empty());
    let ignored = world.telegram.webhook_reply(json!({ "method": "getMe" })).unwrap();
    assert_eq!(ignored.status, 400);
    let text = &world.telegram.violations()[0].description;
    assert_eq!(text, "Bad Request: STRICT: the server ignores getMe in an answer to a webhook");
}

#[tokio::test]
async fn the_http_face_is_that_of_the_server() {
    let world = World::new();
    let get = |path: String| Request::get(path).body(Body::empty()).unwrap();
    for (path, status, description) in [
        ("/bot1:wrong/getMe".to_owned(), 401, "Unauthorized"),
        ("/botwrong/getMe".to_owned(), 401, "Unauthorized: invalid token specified"),
        (format!("/bot{TOKEN}/getNothing"), 404, "Not Found"),
        (format!("/bot{TOKEN}/"), 404, "Not Found"),
        ("/".to_owned(), 404, "Not Found"),
        (format!("/bot{TOKEN}/sendMessage?text=x"), 400, "Bad Request: chat_id is empty"),
    ] {
        let (found, body) = http(&world, get(path.clone())).await;
        assert_eq!(
            (found, body["description"].as_str().unwrap(), &body["ok"]),
            (status, description, &json!(false)),
            "{path}"
        );
    }
    let (status, body) = http(&world, get(format!("/bot{TOKEN}/SendMessage?chat_id={ANNA}&text=a+b"))).await;
    assert_eq!((status, &body["result"]["text"]), (200, &json!("a b")));

    for (kind, body, error) in [
        ("text/plain", "x", "Bad Request: STRICT: the server does not read a body of type \"text/plain\""),
        (
            "application/x-www-form-urlencoded",
            "chat_id=1&chat_id=2",
            "Bad Request: STRICT: parameter chat_id is given twice",
        ),
        (
            "application/x-www-form-urlencoded",
            "chat_id=1&text=x&protect_content=maybe",
            "Bad Request: STRICT: protect_content must be a Boolean",
        ),
        ("multipart/form-data", "x", "Bad Request: boundary not found"),
    ] {
        assert_eq!(http(&world, post("sendMessage", kind, body)).await.1["description"], error);
    }
}

#[tokio::test]
async fn trouble_comes_when_asked_for() {
    let world = World::new();
    let fail = |kind| world.telegram.fail_next(Fault { method: Some("sendMessage".into()), kind });
    fail(FaultKind::TooManyRequests { retry_after: 7 });
    fail(FaultKind::BadGateway);
    fail(FaultKind::AnswerLost);
    let body = json!({ "chat_id": ANNA, "text": "x" }).to_string();
    let send = || http(&world, post("sendMessage", "application/json", body.clone()));
    let texts = || world.telegram.chat(ANNA).unwrap().messages.len();
    let before = texts();
    let (status, limited) = send().await;
    assert_eq!((status, &limited["parameters"]["retry_after"]), (429, &json!(7)));
    assert_eq!((send().await.0, texts()), (502, before));
    assert_eq!((send().await.0, texts()), (502, before + 1));
    assert_eq!((send().await.0, texts()), (200, before + 2));
    assert!(world.telegram.violations().is_empty());
    assert_eq!(
        world.telegram.calls().iter().map(|call| call.status).collect::<Vec<_>>(),
        [429, 502, 200, 200]
    );
}

#[test]
fn inline_queries_are_answered_with_sendable_results() {
    let world = World::new();
    world.telegram.inline_query(ANNA, "gift").unwrap();
    let id = world.update()["inline_query"]["id"].as_str().unwrap().to_owned();
    let article = |text: &str| {
        json!({ "type": "article", "id": "1", "title": "Gift",
            "input_message_content": { "message_text": text, "parse_mode": "HTML" } })
    };
    let answer = |results: Value| json!({ "inline_query_id": id, "results": results, "is_personal": true });
    let duplicate = answer(json!([article("x"), article("x")]));
    assert_eq!(world.refused("answerInlineQuery", duplicate).1, "Bad Request: RESULT_ID_DUPLICATE");
    let broken = world.refused("answerInlineQuery", answer(json!([article("<x>")]))).1;
    assert!(broken.starts_with("Bad Request: can't parse entities: Unsupported start tag"));
    world.ok("answerInlineQuery", answer(json!([article("<b>x</b>")])));
    assert_eq!(world.telegram.inline_results(&id).unwrap().len(), 1);
    assert_eq!(world.refused("answerInlineQuery", answer(json!([]))).1, TOO_OLD);
}
