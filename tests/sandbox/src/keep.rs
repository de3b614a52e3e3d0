//! What a restart of `cargo shop --data DIR` needs besides the table: the people, the panel's accounts and the world's
//! time, in one JSON file. Chats, unfinished payments at the provider and messages under way are not kept; the shop
//! finds its way without them, as it would after an outage, because the stream is read again from the oldest record.

use crate::{clock::Clock, world::World};
use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use standin_telegram::User;
use std::path::{Path, PathBuf};
use thiserror::Error;
use tower::ServiceExt;

/// What was kept cannot be read or written.
#[derive(Debug, Error)]
pub enum KeepError {
    /// The file.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// What is in it.
    #[error("{path} is damaged ({source}); delete it to begin with the table alone")]
    Damaged {
        /// Which file.
        path: String,
        /// Where and how.
        source: serde_json::Error,
    },
    /// The panel does not take back an account.
    #[error("the panel's account {username} cannot be brought back: {answer}")]
    Account {
        /// Its name.
        username: String,
        /// What the stand-in said.
        answer: Value,
    },
}

/// What is kept.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// How far the world is ahead of the real time, in seconds.
    ahead: i64,
    people: Vec<Person>,
    /// The panel's accounts as its API shows them.
    accounts: Vec<Value>,
    /// The highest serial number in a charge of Stars.
    charges: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Person {
    user: User,
    started: bool,
    blocked: bool,
}

/// The file.
#[derive(Debug, Clone)]
pub struct Keeper {
    path: PathBuf,
    last: Kept,
}

impl Keeper {
    /// The file in the folder `data`, and what is in it.
    pub fn open(data: &Path) -> Result<Self, KeepError> {
        let path = data.join("sandbox.json");
        let shown = || path.display().to_string();
        let last = match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|source| KeepError::Damaged { path: shown(), source })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Kept::default(),
            Err(source) => return Err(KeepError::Io { path: shown(), source }),
        };
        Ok(Self { path, last })
    }

    /// The real time, as far ahead as it was.
    pub fn clock(&self) -> Clock {
        let clock = Clock::system();
        clock.advance(SignedDuration::from_secs(self.last.ahead));
        clock
    }

    /// Brings back people and accounts; to be called before the world moves.
    pub async fn restore(&self, world: &World) -> Result<(), KeepError> {
        for person in &self.last.people {
            bring_back(world, person);
        }
        if let Some(first) = self.last.people.first() {
            skip_charges(world, first.user.id, self.last.charges);
        }
        for account in &self.last.accounts {
            bring_back_account(world, account).await?;
        }
        // The shop knows all this already.
        drop(world.panel.take_webhooks());
        for update in world.telegram.take_updates() {
            world.telegram.ack(update["update_id"].as_i64().unwrap_or_default());
        }
        world.panel.clear_calls();
        Ok(())
    }

    /// Writes down how things are, if they changed.
    pub fn save(&mut self, world: &World) -> Result<(), KeepError> {
        let now = self.look(world);
        if now == self.last {
            return Ok(());
        }
        let text = serde_json::to_vec_pretty(&now).unwrap_or_default();
        // Nobody finds half a file after a crash.
        let draft = self.path.with_extension("json.new");
        let written = std::fs::write(&draft, text).and_then(|()| std::fs::rename(&draft, &self.path));
        written.map_err(|source| KeepError::Io { path: self.path.display().to_string(), source })?;
        self.last = now;
        Ok(())
    }

    fn look(&self, world: &World) -> Kept {
        let person = |user: User| {
            let chat = world.telegram.chat(user.id);
            let (started, blocked) = chat.map_or((false, false), |chat| (chat.started, chat.blocked));
            Person { user, started, blocked }
        };
        let serial = |charge: &Value| charge["id"].as_str()?.rsplit_once('Q')?.1.parse::<u64>().ok();
        let charges = world.telegram.star_transactions().iter().filter_map(serial).max();
        // A second more or less is not worth a write.
        let ahead = world.clock.now().as_second() - Clock::system().now().as_second();
        Kept {
            ahead: if (ahead - self.last.ahead).abs() <= 1 { self.last.ahead } else { ahead },
            people: world.telegram.users().into_iter().map(person).collect(),
            accounts: world.panel.users(),
            charges: charges.unwrap_or(0).max(self.last.charges),
        }
    }
}

fn bring_back(world: &World, person: &Person) {
    let id = person.user.id;
    world.telegram.add_user(person.user.clone());
    if person.started {
        // A person whose chat is empty cannot be written to. The update is dropped: it was dealt with long ago.
        drop(world.telegram.send_text(id, "/start"));
    }
    if person.blocked {
        drop(world.telegram.block(id));
    }
}

/// A new stand-in numbers its charges from the start, and the shop would take a new charge with an old id for the old
/// one. Questions use the same numbers.
fn skip_charges(world: &World, user_id: i64, charges: u64) {
    for _ in 0..charges {
        drop(world.telegram.inline_query(user_id, ""));
    }
}

/// Fields that the panel's API takes as it shows them.
const PLAIN: [&str; 13] = [
    "username",
    "shortUuid",
    "trojanPassword",
    "vlessUuid",
    "ssPassword",
    "trafficLimitBytes",
    "trafficLimitStrategy",
    "expireAt",
    "description",
    "tag",
    "telegramId",
    "email",
    "hwidDeviceLimit",
];

/// Through the panel's own API, as an operator moving to a new panel would.
async fn bring_back_account(world: &World, account: &Value) -> Result<(), KeepError> {
    let username = account["username"].as_str().unwrap_or_default();
    let plain = PLAIN.iter().map(|name| ((*name).to_owned(), account[*name].clone()));
    let mut body: Map<String, Value> = plain.filter(|(_, value)| !value.is_null()).collect();
    let squads = account["activeInternalSquads"].as_array().into_iter().flatten();
    let squads: Vec<&Value> = squads.map(|squad| &squad["uuid"]).collect();
    body.insert("activeInternalSquads".into(), json!(squads));
    let failed = |answer: Value| KeepError::Account { username: username.to_owned(), answer };
    let (status, answer) = create(world, &Value::Object(body)).await.map_err(|text| failed(text.into()))?;
    if status != StatusCode::CREATED {
        return Err(failed(answer));
    }
    let used = account["userTraffic"]["usedTrafficBytes"].as_u64().unwrap_or(0);
    if used > 0 {
        world.panel.connect(username, used);
    }
    let until: Option<Timestamp> = account["expireAt"].as_str().and_then(|text| text.parse().ok());
    if account["status"] == "DISABLED" && until.is_some_and(|until| until > world.clock.now()) {
        world.panel.edit(username, &json!({ "status": "DISABLED" })).map_err(failed)?;
    }
    Ok(())
}

async fn create(world: &World, body: &Value) -> Result<(StatusCode, Value), String> {
    let request = Request::post("/api/users")
        .header("authorization", format!("Bearer {}", world.setting("PANEL_API_KEY")))
        .header("content-type", "application/json")
        .header("x-forwarded-for", "127.0.0.1")
        .header("x-forwarded-proto", "https")
        .body(Body::from(body.to_string()))
        .map_err(|error| error.to_string())?;
    let answer = world.panel.router().oneshot(request).await.map_err(|error| error.to_string())?;
    let status = answer.status();
    let bytes = to_bytes(answer.into_body(), 1 << 20).await.map_err(|error| error.to_string())?;
    Ok((status, serde_json::from_slice(&bytes).unwrap_or_default()))
}

#[cfg(test)]
mod tests;
