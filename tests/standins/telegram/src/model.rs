//! What the server remembers: people, chats, messages, invoices, files.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::rich::Formatted;

/// A person with a Telegram account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Positive, up to 52 bits.
    pub id: i64,
    /// May hold anything a person can type, HTML included.
    pub first_name: String,
    /// Absent for many people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// Without the `@`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// IETF tag of the app's language; some clients do not send it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language_code: Option<String>,
}

impl User {
    /// Somebody with nothing but a name.
    pub fn new(id: i64, first_name: impl Into<String>) -> Self {
        Self { id, first_name: first_name.into(), last_name: None, username: None, language_code: None }
    }

    /// As a `User` object.
    pub(crate) fn to_json(&self) -> Value {
        let mut user = json!({ "id": self.id, "is_bot": false, "first_name": self.first_name });
        set(&mut user, "last_name", self.last_name.clone());
        set(&mut user, "username", self.username.clone());
        set(&mut user, "language_code", self.language_code.clone());
        user
    }
}

/// Adds a field unless it is absent.
pub(crate) fn set(object: &mut Value, key: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        object[key] = value.into();
    }
}

/// What kind of shared chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GroupKind {
    /// A group of the large kind.
    Supergroup,
    /// A channel.
    Channel,
}

impl GroupKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Supergroup => "supergroup",
            Self::Channel => "channel",
        }
    }
}

/// Somebody's standing in a shared chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// Manages the chat.
    Administrator,
    /// Takes part.
    Member,
    /// Was never there, or left.
    Left,
    /// Was removed.
    Kicked,
}

/// A channel or group: the one a buyer has to join, or the operators' log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Negative, begins with -100.
    pub id: i64,
    /// Channel or supergroup.
    pub kind: GroupKind,
    /// Shown name.
    pub title: String,
    /// Without the `@`; none for a private group.
    pub username: Option<String>,
    /// What our bot is there.
    pub bot: Standing,
    /// Everybody else; who is not listed has never been there.
    pub members: BTreeMap<i64, Standing>,
}

/// A place for messages.
#[derive(Clone, Debug)]
pub(crate) struct Chat {
    pub(crate) place: Place,
    pub(crate) messages: BTreeMap<i64, Message>,
}

#[derive(Clone, Debug)]
pub(crate) enum Place {
    Private {
        user: User,
        /// The person wrote first; before that a bot may not.
        started: bool,
        blocked: bool,
    },
    Group(Group),
}

#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) id: i64,
    /// Sent by the bot.
    pub(crate) outgoing: bool,
    pub(crate) date: Timestamp,
    pub(crate) edited: Option<Timestamp>,
    pub(crate) content: Content,
    pub(crate) inline: Option<Value>,
    /// Reply keyboard that came with the message.
    pub(crate) keyboard: Option<Value>,
    pub(crate) reply_to: Option<i64>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Content {
    Text(Formatted),
    Photo {
        file_id: String,
        caption: Formatted,
    },
    Document {
        file_id: String,
        caption: Formatted,
    },
    Invoice(Invoice),
    /// `SuccessfulPayment`, a service message.
    Payment(Value),
    /// `RefundedPayment`, a service message.
    Refund(Value),
}

impl Content {
    pub(crate) fn is_service(&self) -> bool {
        matches!(self, Self::Payment(_) | Self::Refund(_))
    }
}

/// An invoice in Telegram Stars.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Invoice {
    /// 1-32 characters.
    pub title: String,
    /// 1-255 characters.
    pub description: String,
    /// The bot's own reference, 1-128 bytes; people do not see it.
    pub payload: String,
    /// Always `XTR`.
    pub currency: String,
    /// Whole Stars.
    pub total_amount: i64,
    /// Seconds; only links can be subscriptions.
    pub subscription_period: Option<i64>,
    /// Deep-link parameter, empty if not given.
    pub start_parameter: String,
    /// Picture of the goods.
    pub photo_url: Option<String>,
}

impl Invoice {
    /// As an `Invoice` object.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "title": self.title, "description": self.description, "start_parameter": self.start_parameter,
            "currency": self.currency, "total_amount": self.total_amount,
        })
    }
}

/// An uploaded file.
#[derive(Clone, Debug)]
pub(crate) struct StoredFile {
    pub(crate) name: String,
    pub(crate) mime: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) unique_id: String,
    /// Pixels; zero for what is not a picture.
    pub(crate) width: u32,
    pub(crate) height: u32,
}
