//! The listing of all accounts, in parts.
//!
//! Marzban pages by offset, which alone is not safe: every account that is deleted before the offset moves one of the
//! following across it, unseen. So the order is that of creation (new accounts come at the end), and a cursor carries,
//! besides the offset, the last account that was given: its time of creation and name. The next part begins one
//! account earlier; if the last one is not found there, it steps back until it is, or until it stands before that
//! time. Accounts created in the same second as one that was just deleted may be given twice; none is left out.

use super::{
    call::{Call, LARGE},
    wire::User,
};
use crate::{Listed, Page, PanelError, http};
use jiff::Timestamp;
use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;

/// No part has more accounts: the panel builds every link of every one of them while we wait.
const MOST: usize = 200;

/// Where a part ended.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Cursor {
    /// How many came before.
    offset: usize,
    /// When the last one was created.
    at: Timestamp,
    /// Its name.
    username: String,
}

impl Cursor {
    fn write(&self) -> String {
        format!("{} {} {}", self.offset, self.at, self.username)
    }

    fn read(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, ' ');
        let (offset, at, username) = (parts.next()?, parts.next()?, parts.next()?);
        let (offset, at) = (offset.parse().ok()?, at.parse().ok()?);
        Some(Self { offset, at, username: username.to_owned() })
    }

    /// How many of `users` were given already; `None` = some before them may not have been.
    fn given(&self, users: &[User], from: usize) -> Option<usize> {
        if let Some(index) = users.iter().position(|user| user.username == self.username) {
            return Some(index + 1);
        }
        let before = users.iter().take_while(|user| user.created_at < self.at).count();
        (before > 0 || from == 0).then_some(before)
    }
}

#[derive(Deserialize)]
struct Users {
    users: Vec<Value>,
    total: usize,
}

struct Part {
    users: Vec<User>,
    /// That was not all.
    more: bool,
}

impl super::Marzban {
    /// See [`crate::Panel::page`]. At most 200 accounts at once, whatever `size` says.
    pub(super) async fn listed(&self, cursor: Option<&str>, size: u16) -> Result<Page, PanelError> {
        let size = usize::from(size).clamp(1, MOST);
        let Some(text) = cursor else {
            let part = self.part(0, size).await?;
            return self.finish(part, 0, 0);
        };
        let unknown = || PanelError::NotOffered { what: "such place in its list of accounts" };
        let cursor = Cursor::read(text).ok_or_else(unknown)?;
        let (mut from, mut step) = (cursor.offset.saturating_sub(1), size);
        loop {
            let part = self.part(from, size + 1).await?;
            if let Some(given) = cursor.given(&part.users, from) {
                return self.finish(part, from, given);
            }
            from = from.saturating_sub(step);
            step *= 2;
        }
    }

    async fn part(&self, offset: usize, limit: usize) -> Result<Part, PanelError> {
        let (offset_text, limit) = (offset.to_string(), limit.to_string());
        let query = [("offset", offset_text.as_str()), ("limit", &limit), ("sort", "created_at,username")];
        let call = Call { method: Method::GET, path: &["users"], query: &query, body: None, largest: LARGE };
        let Users { users, total } = http::decode(self.ask(&call).await?)?;
        let more = offset + users.len() < total && !users.is_empty();
        let users = users.into_iter().map(http::decode).collect::<Result<_, _>>()?;
        Ok(Part { users, more })
    }

    fn finish(&self, part: Part, from: usize, given: usize) -> Result<Page, PanelError> {
        let Part { users, more } = part;
        let cursor = users.last().map(|last| Cursor {
            offset: from + users.len(),
            at: last.created_at,
            username: last.username.clone(),
        });
        let listed = users.into_iter().skip(given).map(|user| user.into_listed(&self.door.line.base));
        let accounts = listed.collect::<Result<Vec<Listed>, _>>()?;
        Ok(Page { accounts, next: cursor.filter(|_| more).map(|cursor| cursor.write()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back() {
        let at = "2026-11-20T20:40:36.691487Z".parse().unwrap();
        let cursor = Cursor { offset: 200, at, username: "tg_7_1".to_owned() };
        assert_eq!(Cursor::read(&cursor.write()), Some(cursor));
        for text in ["", "200", "200 tg_7_1", "x 2026-11-20T20:40:36Z tg_7_1"] {
            assert_eq!(Cursor::read(text), None, "{text}");
        }
    }
}
