//! What a person does on the page: in the chat, at the panel's screen, to the world.

use super::{Page, Press, Switch, people, refuse, switches};
use crate::lock;
use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Value, json};
use standin_telegram::{DriveError, User};

/// What an app is said to have moved, in bytes.
const GIB: u64 = 1 << 30;
/// Nobody may leap further at once, in hours: a year.
const FARTHEST: u32 = 366 * 24;

pub(super) fn routes() -> Router<Page> {
    Router::new()
        .route("/ui/say", post(say))
        .route("/ui/press", post(press))
        .route("/ui/pay", post(pay))
        .route("/ui/inline", post(inline))
        .route("/ui/share", post(share))
        .route("/ui/block", post(block))
        .route("/ui/person", post(person))
        .route("/ui/clock", post(clock))
        .route("/ui/fault", post(fault))
        .route("/ui/panel", post(panel))
}

fn done(answer: impl Into<Value>) -> Response {
    Json(answer.into()).into_response()
}

impl Page {
    /// Answers what somebody did in the chat.
    fn drove(&self, driven: Result<Value, DriveError>) -> Response {
        self.0.around.heart.touch();
        match driven {
            // Not heard of by the bot, but it happened.
            Ok(_) | Err(DriveError::NotWanted(_)) => done(json!({})),
            Err(error) => refuse(StatusCode::CONFLICT, error),
        }
    }
}

#[derive(Deserialize)]
struct Say {
    user: i64,
    text: String,
}

async fn say(State(page): State<Page>, Json(said): Json<Say>) -> Response {
    lock(&page.0.inline).remove(&said.user);
    page.drove(page.0.telegram.send_text(said.user, &said.text))
}

#[derive(Deserialize)]
struct Pressed {
    user: i64,
    message: i64,
    /// Absent for the Pay button of an invoice.
    #[serde(default)]
    data: Option<String>,
}

async fn press(State(page): State<Page>, Json(pressed): Json<Pressed>) -> Response {
    let Pressed { user, message, data } = pressed;
    let Some(data) = data else { return refuse(StatusCode::UNPROCESSABLE_ENTITY, "data is missing") };
    let driven = page.0.telegram.press(user, message, &data);
    page.asked(driven, "callback_query", Press { user, message, data: Some(data), query: String::new() })
}

async fn pay(State(page): State<Page>, Json(pressed): Json<Pressed>) -> Response {
    let Pressed { user, message, .. } = pressed;
    let driven = page.0.telegram.pay_invoice(user, message);
    page.asked(driven, "pre_checkout_query", Press { user, message, data: None, query: String::new() })
}

impl Page {
    /// A press that the bot has to answer; the update names the query.
    fn asked(&self, driven: Result<Value, DriveError>, kind: &str, press: Press) -> Response {
        if let Ok(update) = &driven {
            let query = update[kind]["id"].as_str().unwrap_or_default().to_owned();
            self.0.remember(Press { query, ..press });
        }
        self.drove(driven)
    }
}

/// A person types `@bot text` in some chat.
async fn inline(State(page): State<Page>, Json(said): Json<Say>) -> Response {
    let driven = page.0.telegram.inline_query(said.user, &said.text);
    if let Ok(update) = &driven {
        let query = update["inline_query"]["id"].as_str().unwrap_or_default().to_owned();
        lock(&page.0.inline).insert(said.user, query);
    }
    page.drove(driven)
}

#[derive(Deserialize)]
struct Shared {
    user: i64,
    to: i64,
    /// Which of the results.
    card: String,
}

/// A person sends one of the cards they are offered to somebody.
async fn share(State(page): State<Page>, Json(shared): Json<Shared>) -> Response {
    let telegram = &page.0.telegram;
    let query = lock(&page.0.inline).remove(&shared.user).unwrap_or_default();
    let cards = telegram.inline_cards(&query).unwrap_or_default();
    let card = cards.into_iter().find(|card| card.id == shared.card);
    let person = |id: i64| telegram.users().into_iter().find(|user| user.id == id);
    let (Some(card), Some(from), Some(_)) = (card, person(shared.user), person(shared.to)) else {
        return refuse(StatusCode::CONFLICT, "that card is not offered any more");
    };
    lock(&page.0.shared).push((shared.to, json!({ "from": from.first_name, "card": card })));
    page.0.around.heart.touch();
    done(json!({}))
}

#[derive(Deserialize)]
struct Block {
    user: i64,
    blocked: bool,
}

async fn block(State(page): State<Page>, Json(block): Json<Block>) -> Response {
    let telegram = &page.0.telegram;
    page.drove(if block.blocked { telegram.block(block.user) } else { telegram.unblock(block.user) })
}

#[derive(Deserialize)]
struct NewPerson {
    first_name: String,
    #[serde(default)]
    username: Option<String>,
    #[serde(default)]
    language: Option<String>,
}

async fn person(State(page): State<Page>, Json(new): Json<NewPerson>) -> Response {
    let given =
        |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let name = new.first_name.trim();
    if name.is_empty() || name.chars().count() > 64 {
        return refuse(StatusCode::UNPROCESSABLE_ENTITY, "a name has 1-64 characters");
    }
    let username = given(new.username).map(|name| name.trim_start_matches('@').to_owned());
    let user = User { username, language_code: given(new.language), ..User::new(0, name) };
    let id = people::add(&page.0.telegram, user);
    page.0.around.heart.touch();
    done(json!({ "id": id }))
}

#[derive(Deserialize)]
struct Leap {
    hours: u32,
}

/// Answers when the time has gone by.
async fn clock(State(page): State<Page>, Json(leap): Json<Leap>) -> Response {
    if !(1..=FARTHEST).contains(&leap.hours) {
        return refuse(StatusCode::UNPROCESSABLE_ENTITY, "1 hour to a year");
    }
    if page.0.around.heart.leap(SignedDuration::from_hours(i64::from(leap.hours))).await {
        done(json!({ "now": page.0.clock.now().to_string() }))
    } else {
        refuse(StatusCode::SERVICE_UNAVAILABLE, "nobody runs this world")
    }
}

#[derive(Deserialize)]
struct Fault {
    /// Absent with `on: false`: all of them.
    #[serde(default)]
    switch: Option<Switch>,
    on: bool,
}

async fn fault(State(page): State<Page>, Json(fault): Json<Fault>) -> Response {
    let mut on = lock(&page.0.switches);
    match (fault.switch, fault.on) {
        (Some(switch), true) => drop(on.insert(switch)),
        (Some(switch), false) => drop(on.remove(&switch)),
        (None, false) => on.clear(),
        (None, true) => return refuse(StatusCode::UNPROCESSABLE_ENTITY, "which one?"),
    }
    switches::apply(&page.0.outside.faults, &on);
    page.0.around.heart.touch();
    done(json!({ "on": &*on }))
}

#[derive(Deserialize)]
struct AtThePanel {
    username: String,
    action: Action,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Action {
    Connect,
    Disable,
    Enable,
    Delete,
}

async fn panel(State(page): State<Page>, Json(act): Json<AtThePanel>) -> Response {
    let (panel, username) = (&page.0.panel, act.username.as_str());
    let switch = |status: &str| panel.edit(username, &json!({ "status": status })).err();
    let gone = || json!("there is no such user");
    let refused = match act.action {
        Action::Connect if panel.connect(username, GIB) => None,
        Action::Connect => Some(json!("the servers do not let this user in")),
        Action::Disable => switch("DISABLED"),
        Action::Enable => switch("ACTIVE"),
        Action::Delete => (!panel.delete(username)).then(gone),
    };
    page.0.around.heart.touch();
    match refused {
        None => done(json!({})),
        Some(Value::String(text)) => refuse(StatusCode::CONFLICT, text),
        Some(body) => refuse(StatusCode::CONFLICT, body["message"].as_str().unwrap_or("the panel refuses")),
    }
}
