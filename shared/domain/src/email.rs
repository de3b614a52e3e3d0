//! A buyer's e-mail address: how it reads, how it is confirmed by a code, and which letters go there.
//!
//! An address counts only once its owner typed the code that was sent to it. Neither the table nor a queue nor a log
//! holds the code: it follows from the [`Proof`] and a key that only the functions have, so that whoever reads the
//! records cannot answer for the buyer.

use crate::{
    Actor, Decision, Dialog, Event, EventKind, IdError, Record, Refusal, Topic, User, UserId, UserState,
    dialog::ended,
};
use jiff::{SignedDuration, Timestamp};
use std::{fmt, str::FromStr};

/// So long a code counts.
pub const CODE_LIFETIME: SignedDuration = SignedDuration::from_mins(15);
/// So many wrong answers a code survives, and one less.
const TRIES: u8 = 5;
/// Code letters of a person in [`WINDOW`].
const MOST_LETTERS: usize = 3;
const WINDOW: SignedDuration = SignedDuration::from_hours(1);
/// Between two code letters of a person.
const PAUSE: SignedDuration = SignedDuration::from_secs(60);

/// An e-mail address: plain ASCII without quotes or comments, so that it is safe in headers, forms and texts. The domain
/// is in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

impl Email {
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As it is shown to its owner and written into events: `a•••@example.com`.
    pub fn masked(&self) -> String {
        let (name, domain) = self.0.split_once('@').unwrap_or((&self.0, ""));
        let first = name.chars().next().unwrap_or('•');
        format!("{first}•••@{domain}")
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Email {
    type Err = IdError;

    /// Reads what people type: spaces around it, a domain in any case.
    fn from_str(text: &str) -> Result<Self, IdError> {
        let error = IdError { kind: "e-mail address" };
        let (name, domain) = text.trim().rsplit_once('@').ok_or(error.clone())?;
        let domain = domain.to_ascii_lowercase();
        let fits = name.len() + 1 + domain.len() <= 254;
        if fits && is_name(name) && is_domain(&domain) {
            Ok(Self(format!("{name}@{domain}")))
        } else {
            Err(error)
        }
    }
}

/// The part before the sign: dots only between other characters.
fn is_name(name: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    name.len() <= 64 && name.split('.').all(|part| !part.is_empty() && part.bytes().all(legal))
}

/// A name with a dot, whose last label is no number: addresses of machines are nobody's.
fn is_domain(domain: &str) -> bool {
    let label = |label: &str| {
        let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let edges = label.starts_with('-') || label.ends_with('-');
        (1..=63).contains(&label.len()) && label.bytes().all(legal) && !edges
    };
    let last = domain.rsplit('.').next().unwrap_or_default();
    let named = last.len() >= 2 && last.bytes().any(|byte| byte.is_ascii_lowercase());
    domain.contains('.') && domain.split('.').all(label) && named
}

/// What a buyer's letters depend on, beside the address.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Letters {
    /// The buyer wants none.
    pub off: bool,
    /// The address does not exist any more, says its server.
    pub refused: bool,
    /// When the last code letters were asked for.
    pub codes: Vec<Timestamp>,
}

/// A code that was sent and is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Which address it was sent to.
    pub email: Email,
    /// When it was asked for; with buyer and address this makes the code.
    pub asked_at: Timestamp,
    /// Wrong answers so far.
    pub wrong: u8,
}

impl Proof {
    /// What the code is made of: no two codes are asked for by the same words.
    pub fn words(&self, user: UserId) -> String {
        format!("{user}/{}/{}", self.asked_at.as_nanosecond(), self.email)
    }
}

/// What came of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// A code is on its way, whoever the address belongs to.
    Sent,
    /// The last one was sent a moment ago.
    TooSoon,
    /// There were too many in an hour.
    TooMany,
}

/// What came of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// The address is confirmed.
    Confirmed,
    /// It is another code; so many tries are left.
    Wrong(u8),
    /// That was the last try.
    Spent,
    /// No code is waited for.
    Late,
}

impl User {
    /// Where receipts go: the confirmed address, unless its server refuses it.
    pub fn receipt_email(&self) -> Option<&Email> {
        self.email.as_ref().filter(|_| !self.letters.refused)
    }

    /// Where letters go, if the buyer has a confirmed address and wants them.
    pub fn letter_email(&self) -> Option<&Email> {
        self.receipt_email().filter(|_| !self.letters.off)
    }
}

impl UserState {
    /// The code that is waited for.
    pub fn proof(&self, now: Timestamp) -> Option<&Proof> {
        let dialog = self.dialog.as_ref().filter(|dialog| now < dialog.expires_at)?;
        dialog.proof.as_ref().filter(|_| dialog.topic == Some(Topic::EmailCode))
    }
}

/// The buyer wants a code at `email`.
pub fn ask(state: &UserState, email: &Email, now: Timestamp) -> Result<(Asked, Decision), Refusal> {
    let user = state.user.as_ref().ok_or(Refusal::NotRegistered)?;
    let recent = |at: &&Timestamp| now.duration_since(**at) < WINDOW;
    let mut codes: Vec<Timestamp> = user.letters.codes.iter().filter(recent).copied().collect();
    if codes.iter().any(|at| now.duration_since(*at) < PAUSE) {
        return Ok((Asked::TooSoon, Decision::nothing()));
    }
    if codes.len() >= MOST_LETTERS {
        return Ok((Asked::TooMany, Decision::nothing()));
    }
    codes.push(now);
    let dialog = Dialog {
        user: user.id,
        topic: Some(Topic::EmailCode),
        draft: None,
        proof: Some(Proof { email: email.clone(), asked_at: now, wrong: 0 }),
        expires_at: now.checked_add(CODE_LIFETIME).unwrap_or(now),
        version: state.dialog.as_ref().map_or(0, |dialog| dialog.version),
    };
    let letters = Letters { codes, ..user.letters.clone() };
    let next = User { letters, ..user.clone() };
    let kind = EventKind::EmailCodeDue { asked_at: now };
    let records = vec![Record::User(next), Record::Dialog(dialog)];
    Ok((Asked::Sent, told(user, records, kind, now)))
}

/// The buyer typed a code; `right` says what it has to be.
pub fn answer(
    state: &UserState,
    right: impl Fn(&Proof) -> bool,
    now: Timestamp,
) -> Result<(Answered, Decision), Refusal> {
    let user = state.user.as_ref().ok_or(Refusal::NotRegistered)?;
    let (Some(proof), Some(dialog)) = (state.proof(now), &state.dialog) else {
        return Ok((Answered::Late, Decision::nothing()));
    };
    if right(proof) {
        let letters = Letters { refused: false, ..user.letters.clone() };
        let next = User { email: Some(proof.email.clone()), letters, ..user.clone() };
        let records = [Record::User(next)].into_iter().chain(ended(state)).collect();
        let kind = EventKind::EmailConfirmed { email: proof.email.masked() };
        return Ok((Answered::Confirmed, told(user, records, kind, now)));
    }
    let wrong = proof.wrong.saturating_add(1);
    let (answered, record) = if wrong >= TRIES {
        (Answered::Spent, ended(state))
    } else {
        let proof = Some(Proof { wrong, ..proof.clone() });
        (Answered::Wrong(TRIES - wrong), Some(Record::Dialog(Dialog { proof, ..dialog.clone() })))
    };
    Ok((answered, Decision { once: None, records: record.into_iter().collect(), events: Vec::new() }))
}

/// The buyer takes the address off.
pub fn remove(user: &User, now: Timestamp) -> Decision {
    let Some(email) = &user.email else { return Decision::nothing() };
    let letters = Letters { refused: false, ..user.letters.clone() };
    let next = User { email: None, letters, ..user.clone() };
    told(user, vec![Record::User(next)], EventKind::EmailRemoved { email: email.masked() }, now)
}

/// The buyer wants letters, or none.
pub fn set_letters(user: &User, on: bool, now: Timestamp) -> Decision {
    if user.letters.off != on {
        return Decision::nothing();
    }
    let letters = Letters { off: !on, ..user.letters.clone() };
    let next = User { letters, ..user.clone() };
    told(user, vec![Record::User(next)], EventKind::LettersSet { on }, now)
}

/// The server of `email` says that there is no such address. Nothing if the buyer has another one meanwhile.
pub fn refuse(user: &User, email: &Email, now: Timestamp) -> Decision {
    if user.letters.refused || user.email.as_ref() != Some(email) {
        return Decision::nothing();
    }
    let letters = Letters { refused: true, ..user.letters.clone() };
    let kind = EventKind::EmailRefused { email: email.masked() };
    let next = User { letters, ..user.clone() };
    let mut decision = told(user, vec![Record::User(next)], kind, now);
    for event in &mut decision.events {
        event.actor = Actor::System;
    }
    decision
}

/// `records` with the event that tells of them, named after the version that they replace.
fn told(user: &User, records: Vec<Record>, kind: EventKind, now: Timestamp) -> Decision {
    let event = Event::new(user.id, now, Actor::Buyer, kind, &format!("email/{}", user.version));
    Decision { once: None, records, events: vec![event] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_are_read_or_refused() {
        let read = |text: &str| text.parse::<Email>().map(|email| email.0).ok();
        for (typed, want) in [
            (" Anna.Smirnova+vpn@Example.COM ", "Anna.Smirnova+vpn@example.com"),
            ("a@xn--e1afmkfd.xn--p1ai", "a@xn--e1afmkfd.xn--p1ai"),
            ("o'neil@mail.example.co.uk", "o'neil@mail.example.co.uk"),
        ] {
            assert_eq!(read(typed).as_deref(), Some(want), "{typed}");
        }
        let long = format!("{}@example.com", "a".repeat(65));
        let longer =
            format!("{}@{}.com", "a".repeat(64), ["b".repeat(63), "c".repeat(63), "d".repeat(63)].join("."));
        for wrong in [
            "",
            "@",
            "anna",
            "anna@",
            "@example.com",
            "anna@example",
            "a b@example.com",
            ".a@example.com",
            "a.@example.com",
            "a..b@example.com",
            "a@-example.com",
            "a@example-.com",
            "a@example..com",
            "a@127.0.0.1",
            "a@[127.0.0.1]",
            "a@example.c",
            "\"a\"@example.com",
            "a@b@example.com",
            "a@example.com\r\nBcc: eve@example.com",
            "a\n@example.com",
            "а@example.com",
            "a@пример.рф",
            "a<b>@example.com",
            "Anna <a@example.com>",
            "a,b@example.com",
            &long,
            &longer,
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_masked_address_shows_one_letter() {
        let email: Email = "anna@example.com".parse().unwrap();
        assert_eq!(email.masked(), "a•••@example.com");
    }

    proptest! {
        #[test]
        fn what_is_read_is_safe_and_reads_as_itself(text in "\\PC{0,40}@[a-zA-Z.-]{0,20}") {
            if let Ok(email) = text.parse::<Email>() {
                prop_assert!(email.0.is_ascii() && email.0.len() <= 254);
                prop_assert!(!email.0.contains(['\r', '\n', ' ', '<', '>', ',', ';', '"', '(', ')']));
                prop_assert_eq!(email.0.parse::<Email>(), Ok(email.clone()));
            }
        }
    }
}
