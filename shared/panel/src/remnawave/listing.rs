//! All accounts, part by part, in an order in which none is left out.
//!
//! From 2.8 on the panel has a stream by ascending id: a place in it is the last id, whatever comes and goes. Before,
//! there are only numbered positions, the newest first. We ask for the oldest first: then what is created meanwhile
//! comes at the end. What is deleted meanwhile moves the rest forward, so every part begins with the last user of the
//! part before. If a younger one stands there instead, we step back until we are sure to have passed nobody.

use super::{Remnawave, loose, user::User};
use crate::{Listed, Page, PanelError};
use jiff::Timestamp;
use serde_json::Value;

const MOST: u16 = 1000;

/// By time of creation, then by name, for those that were imported in the same instant. Understood since 2.0.
const OLDEST_FIRST: &str = r#"[{"id":"createdAt","desc":false},{"id":"username","desc":false}]"#;

/// Where a part begins.
#[derive(Debug, PartialEq)]
enum Cursor {
    /// `s:<id>`: after this id, in the stream.
    Stream(String),
    /// `p:<position>:<created>:<name>`.
    Position(Position),
}

/// A numbered position, and who stood before it.
#[derive(Debug, Clone, PartialEq)]
struct Position {
    start: u64,
    created: Timestamp,
    name: String,
}

impl Cursor {
    fn read(text: &str) -> Option<Self> {
        match text.split_once(':')? {
            ("s", id) => Some(Self::Stream(id.to_owned())),
            ("p", rest) => {
                // The time has colons itself, a name has none.
                let (start, rest) = rest.split_once(':')?;
                let (created, name) = rest.rsplit_once(':')?;
                let (start, created) = (start.parse().ok()?, created.parse().ok()?);
                Some(Self::Position(Position { start, created, name: name.to_owned() }))
            }
            _ => None,
        }
    }

    fn write(&self) -> String {
        match self {
            Self::Stream(id) => format!("s:{id}"),
            Self::Position(Position { start, created, name }) => format!("p:{start}:{created}:{name}"),
        }
    }
}

pub(super) async fn page(panel: &Remnawave, cursor: Option<&str>, size: u16) -> Result<Page, PanelError> {
    let size = size.clamp(1, MOST);
    let Some(cursor) = cursor else {
        return match stream(panel, None, size).await {
            Err(error) if has_no_stream(&error) => positions(panel, None, size).await,
            settled => settled,
        };
    };
    match Cursor::read(cursor) {
        Some(Cursor::Stream(id)) => stream(panel, Some(&id), size).await,
        Some(Cursor::Position(place)) => positions(panel, Some(place), size).await,
        None => Err(PanelError::NotOffered { what: "such place in its list of accounts" }),
    }
}

/// Up to 2.7 the path is read as the UUID of a user, and a wrong one.
fn has_no_stream(error: &PanelError) -> bool {
    matches!(error, PanelError::Refused { status: 400 | 404, code: None, .. })
}

async fn stream(panel: &Remnawave, after: Option<&str>, size: u16) -> Result<Page, PanelError> {
    let size = size.to_string();
    let mut query = vec![("size", size.as_str())];
    query.extend(after.map(|id| ("cursor", id)));
    let mut answer = panel.look(&["users", "stream"], &query).await?;
    let users = take(&mut answer)?;
    let next = match &answer["nextCursor"] {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    };
    // The same place again would never end.
    let next = next.filter(|id| answer["hasMore"] != false && Some(id.as_str()) != after);
    Ok(Page { accounts: listed(users), next: next.map(|id| Cursor::Stream(id).write()) })
}

async fn positions(panel: &Remnawave, place: Option<Position>, size: u16) -> Result<Page, PanelError> {
    let Some(place) = place else {
        let (users, total) = part(panel, 0, size).await?;
        return Ok(ending(users, 0, total));
    };
    // One more, for the user that was last.
    let size = size.saturating_add(1).min(MOST);
    let mut start = place.start.saturating_sub(1);
    loop {
        let (mut users, total) = part(panel, start, size).await?;
        if start == 0 || users.first().is_some_and(|user| place.is_passed(user)) {
            let page = ending(users.clone(), start, total);
            users.retain(|user| !place.has_seen(user));
            return Ok(Page { accounts: listed(users), ..page });
        }
        // A younger user, or none: at least one that we had listed is deleted.
        start = start.saturating_sub(u64::from(size));
    }
}

impl Position {
    /// Is nobody unseen before `user`?
    fn is_passed(&self, user: &Value) -> bool {
        user["username"] == self.name.as_str()
            || loose::instant(&user["createdAt"]).is_none_or(|created| created < self.created)
    }

    /// Has `user` been listed? In doubt it is listed again.
    fn has_seen(&self, user: &Value) -> bool {
        user["username"] == self.name.as_str()
            || loose::instant(&user["createdAt"]).is_some_and(|created| created < self.created)
    }
}

/// A part of the list, and how many users there are in all.
async fn part(panel: &Remnawave, start: u64, size: u16) -> Result<(Vec<Value>, u64), PanelError> {
    let (first, size) = (start.to_string(), size.to_string());
    let query = [("start", first.as_str()), ("size", size.as_str()), ("sorting", OLDEST_FIRST)];
    let mut answer = panel.look(&["users"], &query).await?;
    let total = loose::count(&answer["total"]).unwrap_or_default();
    let users = take(&mut answer)?;
    if !users.iter().filter_map(|user| loose::instant(&user["createdAt"])).is_sorted() {
        return Err(PanelError::Garbage { cause: "the users are not in the order asked for".to_owned() });
    }
    Ok((users, total))
}

fn ending(users: Vec<Value>, start: u64, total: u64) -> Page {
    let end = start.saturating_add(u64::try_from(users.len()).unwrap_or(u64::MAX));
    let last = users.iter().rev().find_map(|user| {
        let (created, name) = (loose::instant(&user["createdAt"])?, loose::text(&user["username"])?);
        Some(Cursor::Position(Position { start: end, created, name }).write())
    });
    Page { accounts: listed(users), next: last.filter(|_| end < total) }
}

fn take(answer: &mut Value) -> Result<Vec<Value>, PanelError> {
    match answer["users"].take() {
        Value::Array(users) => Ok(users),
        _ => Err(PanelError::Garbage { cause: "no list of users".to_owned() }),
    }
}

/// One that cannot be read (a traffic strategy of a newer panel, say) must not hide the others.
fn listed(users: Vec<Value>) -> Vec<Listed> {
    let there = users.len();
    let mut first = None;
    let read = |user| match User::read(user).and_then(User::into_listed) {
        Ok(user) => Some(user),
        Err(error) => {
            first.get_or_insert(error);
            None
        }
    };
    let listed: Vec<_> = users.into_iter().filter_map(read).collect();
    if let Some(error) = first {
        tracing::warn!(skipped = there - listed.len(), first = %error, "accounts that cannot be read are left out");
    }
    listed
}
