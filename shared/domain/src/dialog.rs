//! A conversation of several steps: what the shop asked, and until when an answer counts.

use crate::{
    Currency, Decision, IdError, Language, Record, SubscriptionNo, TextId, UserId, UserState, email::Proof,
};
use jiff::{SignedDuration, Timestamp};
use std::{fmt, str::FromStr};

/// So long an answer is waited for.
pub const LIFETIME: SignedDuration = SignedDuration::from_hours(1);

/// What was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// A promo code.
    PromoCode,
    /// A name for this subscription.
    Rename(SubscriptionNo),
    /// An e-mail address.
    Email,
    /// The code that was sent to an e-mail address.
    EmailCode,
    /// How much of this currency to put on the balance.
    TopUp(Currency),
    /// Own words for a text, from an operator.
    Text(Language, TextId),
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PromoCode => f.write_str("promo_code"),
            Self::Rename(no) => write!(f, "rename/{no}"),
            Self::Email => f.write_str("email_address"),
            Self::EmailCode => f.write_str("email_code"),
            Self::TopUp(currency) => write!(f, "top_up/{currency}"),
            Self::Text(language, text) => write!(f, "text/{language}/{text}"),
        }
    }
}

impl FromStr for Topic {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let unknown = IdError { kind: "topic of a dialog" };
        match text.split_once('/') {
            None if text == "promo_code" => Ok(Self::PromoCode),
            Some(("rename", no)) => no.parse().map(Self::Rename).map_err(|_| unknown),
            None if text == "email_address" => Ok(Self::Email),
            None if text == "email_code" => Ok(Self::EmailCode),
            Some(("top_up", currency)) => currency.parse().map(Self::TopUp).map_err(|_| unknown),
            Some(("text", rest)) => {
                let (language, text) = rest.split_once('/').ok_or(IdError { kind: "topic of a dialog" })?;
                Ok(Self::Text(language.parse()?, text.parse()?))
            }
            _ => Err(unknown),
        }
    }
}

/// The one conversation of a buyer. Its version decides between a message and a press that come at the same moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialog {
    /// With whom.
    pub user: UserId,
    /// What was asked; `None` if nothing is (or something that only a newer version of the shop understands).
    pub topic: Option<Topic>,
    /// What was answered and waits for a yes.
    pub draft: Option<String>,
    /// What the answer is held against, if a code of an e-mail address is asked for.
    pub proof: Option<Proof>,
    /// Until when the answer counts.
    pub expires_at: Timestamp,
    /// 0 = not stored yet.
    pub version: u64,
}

impl UserState {
    /// What the next message answers.
    pub fn topic(&self, now: Timestamp) -> Option<Topic> {
        self.dialog.as_ref().filter(|dialog| now < dialog.expires_at).and_then(|dialog| dialog.topic)
    }
}

/// Asks about `topic`; whatever was asked before is forgotten.
pub fn ask(state: &UserState, user: UserId, topic: Topic, now: Timestamp) -> Decision {
    let version = state.dialog.as_ref().map_or(0, |dialog| dialog.version);
    let expires_at = now.checked_add(LIFETIME).unwrap_or(now);
    let dialog = Dialog { user, topic: Some(topic), draft: None, proof: None, expires_at, version };
    Decision { once: None, records: vec![Record::Dialog(dialog)], events: Vec::new() }
}

/// Keeps an answer to `topic` until they say yes.
pub fn propose(state: &UserState, user: UserId, topic: Topic, draft: &str, now: Timestamp) -> Decision {
    let mut decision = ask(state, user, topic, now);
    for record in &mut decision.records {
        if let Record::Dialog(dialog) = record {
            dialog.draft = Some(draft.to_owned());
        }
    }
    decision
}

/// Nothing is asked any more.
pub fn end(state: &UserState) -> Decision {
    Decision { once: None, records: ended(state).into_iter().collect(), events: Vec::new() }
}

/// The ended dialog, for a decision that answers it; `None` if nothing was asked.
pub(crate) fn ended(state: &UserState) -> Option<Record> {
    let dialog = state.dialog.as_ref().filter(|dialog| dialog.topic.is_some())?;
    Some(Record::Dialog(Dialog { topic: None, draft: None, proof: None, ..dialog.clone() }))
}
