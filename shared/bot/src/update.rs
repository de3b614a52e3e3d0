//! What Telegram sends, read tolerantly.
//!
//! Only fields that the shop uses are looked at, one by one, so that unknown kinds, new fields, new entity types and
//! surprising shapes elsewhere in a message never hide the part we need. Typed libraries lose a whole message there.

use domain::{Person, UserId};
use payments::stars::StarCharge;
use serde_json::{Map, Value};
use thiserror::Error;

/// Contents a person sends that are not text. Anything else without text is a service message, which nobody answers.
const MEDIA: [&str; 16] = [
    "animation",
    "audio",
    "contact",
    "dice",
    "document",
    "location",
    "paid_media",
    "photo",
    "poll",
    "sticker",
    "story",
    "venue",
    "video",
    "video_note",
    "voice",
    "web_app_data",
];

/// A body that is no update, or one that lacks what its kind always has.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UpdateError {
    /// Not a JSON object with an integer `update_id`.
    #[error("not an update")]
    NotAnUpdate,
    /// A kind we use lacks a field that it must have.
    #[error("update {id}: {kind} without a readable {missing}")]
    Incomplete {
        /// The update's id.
        id: i64,
        /// Which kind.
        kind: &'static str,
        /// Which field.
        missing: &'static str,
    },
}

/// One update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// Telegram's number; unique for a week or more, not always rising.
    pub id: i64,
    /// What happened.
    pub kind: Kind,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A message to the bot, or in a group the bot is in.
    Message(Message),
    /// A press of a button.
    Press(Press),
    /// Telegram asks whether it may take Stars; to be answered within 10 seconds.
    PreCheckout(PreCheckout),
    /// The bot was blocked, unblocked, added or removed.
    Membership(Membership),
    /// A subscription in Stars changed its state.
    StarSubscription(StarSubscription),
    /// A kind the shop does not use, by name.
    Other(String),
}

/// A chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chat {
    /// Its id; for a private chat the person's own.
    pub id: i64,
    /// One person and the bot.
    pub private: bool,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Where.
    pub chat: Chat,
    /// Who wrote it; `None` for channels, anonymous administrators, automatic forwards and bots.
    pub from: Option<Person>,
    /// What.
    pub content: Content,
}

/// What a message holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// `/name@bot payload`.
    Command(Command),
    /// Other text: it may answer what the bot asked.
    Text(String),
    /// A picture, a contact …: something for people to read.
    Chatter,
    /// Stars were paid.
    Paid(StarCharge),
    /// Stars went back.
    Refunded(StarCharge),
    /// The person allowed the bot to write.
    WriteAccess,
    /// A service message.
    Service,
}

/// A command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// In lower case, without the slash.
    pub name: String,
    /// The bot it is addressed to, if it names one.
    pub addressee: Option<String>,
    /// The rest of the text, trimmed.
    pub payload: String,
}

/// A press of a button.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Press {
    /// To be answered with, once.
    pub id: String,
    /// Who pressed.
    pub from: Person,
    /// Where the button sits.
    pub place: Place,
    /// What the button carries; anybody can send anything here.
    pub data: String,
}

/// Where a button sits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// On a message of the bot.
    Message {
        /// In this chat.
        chat: Chat,
        /// The message.
        id: i64,
        /// It holds text and can still be reached; pictures and invoices have no text to edit.
        editable: bool,
    },
    /// On a message sent through inline mode, whose chat nobody tells us.
    Inline,
}

/// A question before Stars are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreCheckout {
    /// To be answered with.
    pub id: String,
    /// Who pays.
    pub from: Person,
    /// `XTR`.
    pub currency: String,
    /// Whole Stars.
    pub total_amount: i64,
    /// What the invoice carried.
    pub invoice_payload: String,
}

/// The bot's place in a chat changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// In which chat.
    pub chat: Chat,
    /// Who changed it.
    pub from: Person,
    /// The bot is out: blocked, in a private chat.
    pub gone: bool,
}

/// A subscription in Stars (Bot API 10.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StarSubscription {
    /// Whose.
    pub user: Person,
    /// What the invoice carried.
    pub invoice_payload: String,
    /// `canceled`, `active` or `failed`.
    pub state: String,
}

impl StarSubscription {
    /// Telegram will (or will not) charge again; `None` for a state that is newer than this code.
    pub fn goes_on(&self) -> Option<bool> {
        match self.state.as_str() {
            "active" => Some(true),
            "canceled" | "failed" => Some(false),
            _ => None,
        }
    }
}

impl Update {
    /// Reads the body of a webhook call.
    pub fn parse(body: &[u8]) -> Result<Self, UpdateError> {
        let value: Value = serde_json::from_slice(body).map_err(|_| UpdateError::NotAnUpdate)?;
        Self::from_value(&value)
    }

    /// Reads one element of what `getUpdates` answers.
    pub fn from_value(value: &Value) -> Result<Self, UpdateError> {
        let update = value.as_object().ok_or(UpdateError::NotAnUpdate)?;
        let id = update.get("update_id").and_then(Value::as_i64).ok_or(UpdateError::NotAnUpdate)?;
        let incomplete = |kind| move |missing| UpdateError::Incomplete { id, kind, missing };
        let kind = if let Some(value) = update.get("message") {
            Kind::Message(message(value).map_err(incomplete("message"))?)
        } else if let Some(value) = update.get("callback_query") {
            Kind::Press(press(value).map_err(incomplete("callback_query"))?)
        } else if let Some(value) = update.get("pre_checkout_query") {
            Kind::PreCheckout(pre_checkout(value).map_err(incomplete("pre_checkout_query"))?)
        } else if let Some(value) = update.get("my_chat_member") {
            Kind::Membership(membership(value).map_err(incomplete("my_chat_member"))?)
        } else if let Some(value) = update.get("subscription") {
            Kind::StarSubscription(star_subscription(value).map_err(incomplete("subscription"))?)
        } else {
            Kind::Other(other_kind(update))
        };
        Ok(Self { id, kind })
    }
}

/// What is missing.
type Missing = &'static str;

fn other_kind(update: &Map<String, Value>) -> String {
    let name = update.keys().find(|key| *key != "update_id").map_or("nothing", String::as_str);
    name.chars().take(64).collect()
}

fn text(value: &Value, key: Missing) -> Result<&str, Missing> {
    value.get(key).and_then(Value::as_str).ok_or(key)
}

fn number(value: &Value, key: Missing) -> Result<i64, Missing> {
    value.get(key).and_then(Value::as_i64).ok_or(key)
}

fn owned(value: &Value, key: Missing) -> Result<String, Missing> {
    text(value, key).map(str::to_owned)
}

fn person(value: &Value, key: Missing) -> Result<Person, Missing> {
    let value = value.get(key).ok_or(key)?;
    let optional = |key| text(value, key).ok().map(str::to_owned);
    let id = number(value, "id").ok().filter(|id| *id > 0).ok_or(key)?;
    Ok(Person {
        id: UserId(id),
        first_name: optional("first_name").unwrap_or_default(),
        username: optional("username"),
        language_tag: optional("language_code"),
    })
}

fn chat(value: &Value) -> Result<Chat, Missing> {
    let value = value.get("chat").ok_or("chat")?;
    Ok(Chat { id: number(value, "id").map_err(|_| "chat")?, private: text(value, "type") == Ok("private") })
}

fn message(value: &Value) -> Result<Message, Missing> {
    let flag = |value: &Value, key| value.get(key).and_then(Value::as_bool).unwrap_or(false);
    let bot = value.get("from").is_some_and(|from| flag(from, "is_bot"));
    let faceless = bot || value.get("sender_chat").is_some() || flag(value, "is_automatic_forward");
    let from = if faceless { None } else { person(value, "from").ok() };
    Ok(Message { chat: chat(value)?, from, content: content(value)? })
}

fn content(value: &Value) -> Result<Content, Missing> {
    if let Some(paid) = value.get("successful_payment") {
        return star_charge(paid).map(Content::Paid);
    }
    if let Some(refunded) = value.get("refunded_payment") {
        return star_charge(refunded).map(Content::Refunded);
    }
    if value.get("write_access_allowed").is_some() {
        return Ok(Content::WriteAccess);
    }
    Ok(match text(value, "text") {
        Ok(text) => Command::parse(text).map_or_else(|| Content::Text(text.to_owned()), Content::Command),
        Err(_) if MEDIA.iter().any(|key| value.get(key).is_some()) => Content::Chatter,
        Err(_) => Content::Service,
    })
}

fn star_charge(value: &Value) -> Result<StarCharge, Missing> {
    let flag = |key: &str| value.get(key).and_then(Value::as_bool).unwrap_or(false);
    Ok(StarCharge {
        currency: owned(value, "currency")?,
        total_amount: number(value, "total_amount")?,
        invoice_payload: owned(value, "invoice_payload")?,
        telegram_payment_charge_id: owned(value, "telegram_payment_charge_id")?,
        subscription_expiration_date: value.get("subscription_expiration_date").and_then(Value::as_i64),
        is_recurring: flag("is_recurring"),
        is_first_recurring: flag("is_first_recurring"),
    })
}

fn press(value: &Value) -> Result<Press, Missing> {
    let place = match value.get("message") {
        Some(message) => Place::Message {
            chat: chat(message)?,
            id: number(message, "message_id")?,
            editable: number(message, "date").is_ok_and(|date| date != 0) && text(message, "text").is_ok(),
        },
        None => Place::Inline,
    };
    let data = owned(value, "data").unwrap_or_default();
    Ok(Press { id: owned(value, "id")?, from: person(value, "from")?, place, data })
}

fn pre_checkout(value: &Value) -> Result<PreCheckout, Missing> {
    Ok(PreCheckout {
        id: owned(value, "id")?,
        from: person(value, "from")?,
        currency: owned(value, "currency")?,
        total_amount: number(value, "total_amount")?,
        invoice_payload: owned(value, "invoice_payload")?,
    })
}

fn membership(value: &Value) -> Result<Membership, Missing> {
    let now = value.get("new_chat_member").ok_or("new_chat_member")?;
    let gone = matches!(text(now, "status")?, "kicked" | "left");
    Ok(Membership { chat: chat(value)?, from: person(value, "from")?, gone })
}

fn star_subscription(value: &Value) -> Result<StarSubscription, Missing> {
    Ok(StarSubscription {
        user: person(value, "user")?,
        invoice_payload: owned(value, "invoice_payload")?,
        state: owned(value, "state")?,
    })
}

impl Command {
    /// Reads `/name@bot payload`; a line break ends the command as a space does. `None` if `text` is no command.
    fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix('/')?;
        let (head, payload) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let (name, addressee) = head.split_once('@').map_or((head, None), |(name, bot)| (name, Some(bot)));
        let word = |part: &str| {
            (1..=32).contains(&part.len())
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        let addressee = addressee.map(str::to_owned);
        let valid = word(name) && addressee.as_deref().is_none_or(word);
        valid.then(|| Self { name: name.to_ascii_lowercase(), addressee, payload: payload.trim().to_owned() })
    }

    /// It names the bot `username`, in whatever case.
    pub fn names(&self, username: &str) -> bool {
        self.addressee.as_deref().is_some_and(|addressee| addressee.eq_ignore_ascii_case(username))
    }

    /// It is meant for another bot than `username`.
    pub fn is_for_another(&self, username: &str) -> bool {
        self.addressee.is_some() && !self.names(username)
    }
}
