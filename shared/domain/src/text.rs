//! Texts in the operator's own words. What a text may say is judged by whoever knows the shop's own texts; here is
//! decided who changed which, and how many there may be.

use crate::{Actor, Decision, Event, EventKind, IdError, Language, Record, UserId, UserState, dialog};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::{fmt, str::FromStr};

/// So many texts may be in own words.
pub const MOST: usize = 300;

/// A short name of a text's key: fits a button, and stays the same whatever texts come or go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TextId(u32);

impl TextId {
    /// The name of `key`.
    pub fn of(key: &str) -> Self {
        let digest = Sha256::digest(key.as_bytes());
        Self(u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]))
    }
}

impl fmt::Display for TextId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

impl FromStr for TextId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let id = u32::from_str_radix(text, 16).map(Self).map_err(|_| IdError { kind: "text" })?;
        if id.to_string() == text { Ok(id) } else { Err(IdError { kind: "text" }) }
    }
}

/// A text in the operator's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnText {
    /// Of which key.
    pub key: String,
    /// In which language.
    pub language: Language,
    /// The words; `None` = the shop's own again.
    pub text: Option<String>,
    /// Who changed it last.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
    /// 0 = not stored yet.
    pub version: u64,
}

/// Why a text was not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unchanged {
    /// [`MOST`] texts are in own words already.
    TooMany,
    /// It says so already.
    Same,
}

/// Puts a text in own words (or back, with `text` = `None`), given all that are `known`.
pub fn change(
    known: &[OwnText],
    (language, key): (Language, &str),
    text: Option<String>,
    (operator, now): (UserId, Timestamp),
) -> Result<Decision, Unchanged> {
    let before = known.iter().find(|own| own.key == key && own.language == language);
    if before.and_then(|own| own.text.as_ref()) == text.as_ref() {
        return Err(Unchanged::Same);
    }
    let others =
        known.iter().filter(|own| own.text.is_some() && !before.is_some_and(|before| *own == before));
    if text.is_some() && others.count() >= MOST {
        return Err(Unchanged::TooMany);
    }
    let kind = EventKind::TextChanged { key: key.to_owned(), language, own: text.is_some() };
    let version = before.map_or(0, |own| own.version);
    let event =
        Event::of_shop(now, Actor::Operator(operator), kind, &format!("text/{language}/{key}/{version}"));
    let own = OwnText { key: key.to_owned(), language, text, by: operator, at: now, version };
    Ok(Decision { once: None, records: vec![Record::OwnText(own)], events: vec![event] })
}

/// The same with the question answered that led to it.
#[must_use]
pub fn answered(decision: Decision, operator: &UserState) -> Decision {
    let records = decision.records.into_iter().chain(dialog::ended(operator)).collect();
    Decision { records, ..decision }
}
