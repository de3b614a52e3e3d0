//! What Telegram sends, read tolerantly.
//!
//! Only fields that the shop uses are looked at, one by one, so that unknown kinds, new fields, new entity types and
//! surprising shapes elsewhere in a message never hide the part we need. Typed libraries lose a whole message there.

pub(crate) mod read;

use domain::{Person, UserId};
use payments::stars::StarCharge;
use thiserror::Error;

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
    /// Somebody came into a channel or group where the bot is an administrator, or left it.
    Member(Member),
    /// A subscription in Stars changed its state.
    StarSubscription(StarSubscription),
    /// Somebody types the bot's name in some chat.
    InlineQuery(InlineQuery),
    /// A kind the shop does not use, by name.
    Other(String),
}

/// A chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chat {
    /// Its id; for a private chat the person's own.
    pub id: i64,
    /// Its `@name` without the at sign, if it has one.
    pub username: Option<String>,
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
    /// In which topic of a forum; an answer belongs there too.
    pub topic: Option<i64>,
    /// Whose words these are, if they were forwarded.
    pub origin: Option<Origin>,
    /// What.
    pub content: Content,
}

/// Who wrote a forwarded message first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// This person.
    Person(UserId),
    /// Somebody whose account Telegram does not name.
    Hidden,
    /// A chat, a channel or a bot.
    Other,
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
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// Somebody's place in a channel or group changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// In which.
    pub chat: Chat,
    /// Who came or went; somebody else may have let them in, or removed them.
    pub user: UserId,
    /// They are in; `None` if the update says it in words that are newer than this code.
    pub inside: Option<bool>,
}

/// `@bot …`, typed in some chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InlineQuery {
    /// To be answered with.
    pub id: String,
    /// Who types.
    pub from: Person,
    /// Asks for more results than the first.
    pub more: bool,
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
