//! Everything the page shows, as JSON.

use super::{Inner, Page, Press, records, refuse};
use crate::{calls::Call, lock};
use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use standin_telegram::CheckoutOutcome;
use std::time::Duration;

/// An answer waits so long for something new, then says that there is nothing.
const PATIENCE: Duration = Duration::from_secs(20);
/// How many calls are shown.
const CALLS: usize = 120;
/// How many letters are shown.
const LETTERS: usize = 30;

#[derive(Deserialize)]
pub(super) struct Wanted {
    /// Whose chat and records.
    user: i64,
    /// The version that the asker has.
    #[serde(default)]
    seen: Option<u64>,
}

/// `GET /ui/state?user=…&seen=…`: the state, once its version is another one than `seen`; 204 if that takes too long.
pub(super) async fn show(State(page): State<Page>, Query(wanted): Query<Wanted>) -> Response {
    let heart = &page.0.around.heart;
    let version = match wanted.seen {
        None => Some(heart.beat()),
        Some(seen) => heart.after(seen, PATIENCE).await,
    };
    // The version is read first: what changes meanwhile has a later one.
    match version.map(|version| page.0.state(wanted.user, version)) {
        Some(Ok(state)) => Json(state).into_response(),
        Some(Err(why)) => refuse(StatusCode::INTERNAL_SERVER_ERROR, why),
        None => StatusCode::NO_CONTENT.into_response(),
    }
}

/// `GET /ui/call/{number}`: one outgoing call with its bodies.
pub(super) async fn call(State(page): State<Page>, Path(number): Path<u32>) -> Response {
    let calls = page.0.outside.calls.all();
    match calls.into_iter().rev().find(|call| call.number == number) {
        Some(call) => Json(call).into_response(),
        None => refuse(StatusCode::NOT_FOUND, "no longer kept"),
    }
}

impl Inner {
    fn state(&self, user: i64, version: u64) -> Result<Value, crate::table::TableError> {
        let items = self.table.items()?;
        let (events, records) = records::of_user(&items, user);
        let sides = &self.around.sides;
        let calls = self.outside.calls.all();
        let calls: Vec<Value> = calls.iter().rev().take(CALLS).map(line).collect();
        let people = if sides.real_telegram {
            records::buyers(&items)
        } else {
            self.telegram.users().iter().map(|user| json!(user)).collect()
        };
        Ok(json!({
            "version": version,
            "now": self.clock.now().to_string(),
            "bot": self.around.bot_username,
            "real": {
                "telegram": sides.real_telegram, "panel": sides.real_panel, "providers": sides.real_providers,
            },
            "people": people,
            "chat": self.telegram.chat(user).filter(|_| !sides.real_telegram),
            "presses": self.presses(user),
            "inline": self.offered(user),
            "shared": self.shared(user),
            "panel": self.panel.users().iter().map(account).collect::<Vec<_>>(),
            "letters": self.mail.letters().iter().rev().take(LETTERS).map(letter).collect::<Vec<_>>(),
            "events": events,
            "records": records,
            "items": items.len(),
            "queues": self.queues.snapshot(),
            "calls": calls,
            "calls_total": self.outside.calls.total(),
            "faults": *lock(&self.switches),
        }))
    }

    fn presses(&self, user: i64) -> Vec<Value> {
        let presses = lock(&self.presses);
        presses.iter().filter(|press| press.user == user).map(|press| self.press(press)).collect()
    }

    /// The cards that the person is offered while they type the bot's name.
    fn offered(&self, user: i64) -> Value {
        let query = lock(&self.inline).get(&user).cloned();
        json!(query.and_then(|query| self.telegram.inline_cards(&query)))
    }

    /// The cards that others sent to the person.
    fn shared(&self, user: i64) -> Vec<Value> {
        let shared = lock(&self.shared);
        shared.iter().filter(|(to, _)| *to == user).map(|(_, card)| card.clone()).collect()
    }

    /// A press and how it was answered: `null` while the person waits.
    fn press(&self, press: &Press) -> Value {
        let alert = |text: &str, show_alert: bool| json!({ "text": text, "show_alert": show_alert });
        let answer = match &press.data {
            Some(_) => {
                let answer = self.telegram.callback(&press.query).and_then(|callback| callback.answer);
                answer.map(|answer| alert(&answer.text, answer.show_alert))
            }
            None => match self.telegram.checkout(&press.query) {
                None | Some(CheckoutOutcome::Waiting) => None,
                Some(CheckoutOutcome::Paid { .. }) => Some(alert("", false)),
                Some(CheckoutOutcome::Declined { message }) => Some(alert(&message, true)),
                Some(CheckoutOutcome::TimedOut) => Some(alert("The bot did not answer in time.", true)),
            },
        };
        json!({ "id": press.query, "message": press.message, "data": press.data, "answer": answer })
    }
}

/// A call without its bodies.
fn line(call: &Call) -> Value {
    json!({
        "number": call.number, "at": call.at, "target": call.target, "operation": call.operation,
        "status": call.status, "fault": call.fault,
    })
}

/// A letter, as its mailbox would show it.
fn letter(letter: &standin_mail::Letter) -> Value {
    json!({
        "to": letter.to.join(", "), "date": letter.header("Date"), "subject": letter.subject(),
        "text": letter.text(), "id": letter.header("Message-ID"),
    })
}

/// A panel's user, as its screen would list it.
fn account(user: &Value) -> Value {
    json!({
        "username": user["username"], "status": user["status"], "until": user["expireAt"],
        "limit": user["trafficLimitBytes"], "used": user["userTraffic"]["usedTrafficBytes"],
        "link": user["subscriptionUrl"], "telegram_id": user["telegramId"],
    })
}
