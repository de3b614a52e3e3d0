//! Everything the server knows, behind one lock; the rules that several methods share.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::fault::Fault;
use crate::image;
use crate::log::Log;
use crate::markup::Markup;
use crate::model::{Chat, Content, Invoice, Message, Place, Standing, StoredFile, set};
use crate::params::{Params, Upload};
use crate::queries::{Callback, InlineQuery};
use crate::queue::Queue;
use crate::rich::Formatted;
use crate::stars::{Checkout, Subscription};
use crate::telegram::TelegramConfig;

/// `setWebhook`'s parameters, as far as they matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Webhook {
    pub(crate) url: String,
    pub(crate) secret_token: Option<String>,
    pub(crate) max_connections: i64,
    pub(crate) last_error: Option<(Timestamp, String)>,
}

pub(crate) struct State {
    pub(crate) config: TelegramConfig,
    /// The instant of the operation that holds the lock.
    pub(crate) now: Timestamp,
    pub(crate) chats: BTreeMap<i64, Chat>,
    pub(crate) files: BTreeMap<String, StoredFile>,
    pub(crate) callbacks: BTreeMap<String, Callback>,
    pub(crate) inline_queries: BTreeMap<String, InlineQuery>,
    pub(crate) checkouts: BTreeMap<String, Checkout>,
    /// Invoices behind `https://t.me/$slug`.
    pub(crate) links: BTreeMap<String, Invoice>,
    /// `StarTransaction` objects, oldest first.
    pub(crate) transactions: Vec<Value>,
    /// By the charge id of the first payment.
    pub(crate) subscriptions: BTreeMap<String, Subscription>,
    pub(crate) webhook: Option<Webhook>,
    pub(crate) queue: Queue,
    /// Every accepted `setMyCommands`, by scope and language.
    pub(crate) commands: BTreeMap<String, Value>,
    /// `setChatMenuButton` by chat; `None` is the default for all.
    pub(crate) menus: BTreeMap<Option<i64>, Value>,
    pub(crate) log: Log,
    pub(crate) faults: Vec<Fault>,
    /// Grows with each `getUpdates`, so that an older one can see it was replaced.
    pub(crate) polls: u64,
    issued: i64,
    last_message: i64,
}

/// A message about to be put into a chat.
pub(crate) struct Draft {
    pub(crate) outgoing: bool,
    pub(crate) content: Content,
    pub(crate) markup: Markup,
    pub(crate) reply_to: Option<i64>,
}

impl Draft {
    /// A message from the person (or the system) to the bot.
    pub(crate) fn incoming(content: Content) -> Self {
        Self { outgoing: false, content, markup: Markup::None, reply_to: None }
    }
}

impl State {
    pub(crate) fn new(config: TelegramConfig, now: Timestamp) -> Self {
        Self {
            config,
            now,
            chats: BTreeMap::new(),
            files: BTreeMap::new(),
            callbacks: BTreeMap::new(),
            inline_queries: BTreeMap::new(),
            checkouts: BTreeMap::new(),
            links: BTreeMap::new(),
            transactions: Vec::new(),
            subscriptions: BTreeMap::new(),
            webhook: None,
            queue: Queue::new(),
            commands: BTreeMap::new(),
            menus: BTreeMap::new(),
            log: Log::default(),
            faults: Vec::new(),
            polls: 0,
            issued: 0,
            last_message: 100,
        }
    }

    /// A number that was never given out before.
    pub(crate) fn serial(&mut self) -> i64 {
        self.issued += 1;
        self.issued
    }

    /// An identifier of a query: a decimal number in a text, as the server's are.
    pub(crate) fn query_id(&mut self) -> String {
        let serial = self.serial();
        format!("{}{serial:08}", self.config.bot_id)
    }

    /// The bot as a `User`.
    pub(crate) fn bot_json(&self) -> Value {
        let TelegramConfig { bot_id, bot_username, .. } = &self.config;
        json!({ "id": bot_id, "is_bot": true, "first_name": bot_username, "username": bot_username })
    }

    /// A person as a `User`, if there is one.
    pub(crate) fn user_json(&self, user_id: i64) -> Option<Value> {
        match &self.chats.get(&user_id)?.place {
            Place::Private { user, .. } => Some(user.to_json()),
            Place::Group(_) => None,
        }
    }

    /// Finds the chat a `chat_id` means: a number, a number in a text, or `@username` of a group.
    pub(crate) fn find_chat(&self, chat_id: Option<&Value>) -> Result<i64, Failure> {
        let not_found = || Failure::bad("chat not found");
        let chat_id = chat_id.ok_or_else(|| Failure::bad("chat_id is empty"))?;
        let by_name = |name: &str| {
            self.chats.iter().find_map(|(id, chat)| match &chat.place {
                Place::Group(group) => {
                    group.username.as_deref().filter(|own| own.eq_ignore_ascii_case(name)).map(|_| *id)
                }
                Place::Private { .. } => None,
            })
        };
        let id = match chat_id.as_str() {
            Some(text) => text.strip_prefix('@').map_or_else(|| text.parse().ok(), by_name),
            None => chat_id.as_i64(),
        };
        id.filter(|id| self.chats.contains_key(id)).ok_or_else(not_found)
    }

    /// The chat with this id, which [`State::find_chat`] has answered.
    pub(crate) fn chat(&self, chat_id: i64) -> Result<&Chat, Failure> {
        self.chats.get(&chat_id).ok_or_else(|| Failure::bad("chat not found"))
    }

    /// Whether the bot may write there.
    pub(crate) fn check_writable(&self, chat_id: i64) -> Result<(), Failure> {
        match &self.chat(chat_id)?.place {
            Place::Private { started: false, .. } => {
                Err(Failure::forbidden("bot can't initiate conversation with a user"))
            }
            Place::Private { blocked: true, .. } => Err(Failure::forbidden("bot was blocked by the user")),
            Place::Private { .. } => Ok(()),
            Place::Group(group) => {
                let kind = group.kind.as_str();
                match group.bot {
                    Standing::Kicked => {
                        Err(Failure::forbidden(format_args!("bot was kicked from the {kind} chat")))
                    }
                    Standing::Left => {
                        Err(Failure::forbidden(format_args!("bot is not a member of the {kind} chat")))
                    }
                    Standing::Member if kind == "channel" => {
                        Err(Failure::bad("need administrator rights in the channel chat"))
                    }
                    Standing::Member | Standing::Administrator => Ok(()),
                }
            }
        }
    }

    /// Puts a message into a chat and answers it as a `Message`.
    pub(crate) fn post(&mut self, chat_id: i64, draft: Draft) -> Result<Value, Failure> {
        let Draft { outgoing, content, markup, reply_to } = draft;
        let (inline, keyboard) = match markup {
            Markup::None => (None, None),
            Markup::Inline(markup) => (Some(markup), None),
            Markup::Reply(keyboard) => (None, Some(keyboard)),
        };
        self.last_message += 1;
        let id = self.last_message;
        let message =
            Message { id, outgoing, date: self.now, edited: None, content, inline, keyboard, reply_to };
        if let Some(chat) = self.chats.get_mut(&chat_id) {
            chat.messages.insert(id, message);
        }
        self.message_json(chat_id, id)
    }

    /// `reply_parameters`: the message answered to, if it is there.
    pub(crate) fn reply_target(&self, chat_id: i64, params: &Params) -> Result<Option<i64>, Failure> {
        let Some(reply) = params.value("reply_parameters") else { return Ok(None) };
        let wanted = reply.get("message_id").and_then(Value::as_i64).unwrap_or(0);
        let tolerant = reply.get("allow_sending_without_reply") == Some(&Value::Bool(true));
        match self.chat(chat_id)?.messages.contains_key(&wanted) {
            true => Ok(Some(wanted)),
            false if tolerant => Ok(None),
            false => Err(Failure::bad("message to be replied not found")),
        }
    }

    /// A stored message as a `Message`.
    pub(crate) fn message_json(&self, chat_id: i64, message_id: i64) -> Result<Value, Failure> {
        let chat = self.chat(chat_id)?;
        let message = chat.messages.get(&message_id).ok_or_else(|| Failure::bad("message not found"))?;
        let mut json = self.bare_message_json(chat, message);
        if let Some(replied) = message.reply_to.and_then(|id| chat.messages.get(&id)) {
            json["reply_to_message"] = self.bare_message_json(chat, replied);
        }
        Ok(json)
    }

    fn bare_message_json(&self, chat: &Chat, message: &Message) -> Value {
        let mut json = json!({ "message_id": message.id });
        match &chat.place {
            Place::Group(_) => json["sender_chat"] = chat.to_json(),
            Place::Private { .. } if message.outgoing => json["from"] = self.bot_json(),
            Place::Private { user, .. } => json["from"] = user.to_json(),
        }
        json["chat"] = chat.to_json();
        json["date"] = message.date.as_second().into();
        set(&mut json, "edit_date", message.edited.map(Timestamp::as_second));
        match &message.content {
            Content::Text(text) => self.put_text(&mut json, text, ("text", "entities")),
            Content::Photo { file_id, caption } => {
                json["photo"] = json!([self.file_json(file_id)]);
                self.put_text(&mut json, caption, ("caption", "caption_entities"));
            }
            Content::Document { file_id, caption } => {
                json["document"] = self.file_json(file_id);
                self.put_text(&mut json, caption, ("caption", "caption_entities"));
            }
            Content::Invoice(invoice) => json["invoice"] = invoice.to_json(),
            Content::Payment(payment) => json["successful_payment"] = payment.clone(),
            Content::Refund(refund) => json["refunded_payment"] = refund.clone(),
        }
        set(&mut json, "reply_markup", message.inline.clone());
        json
    }

    fn put_text(&self, json: &mut Value, text: &Formatted, (key, entities_key): (&str, &str)) {
        if !text.text.is_empty() {
            json[key] = text.text.as_str().into();
            let entities = text.entities_json(|id| self.user_json(id));
            set(json, entities_key, Some(entities).filter(|entities| !entities.is_empty()));
        }
    }

    fn file_json(&self, file_id: &str) -> Value {
        let Some(file) = self.files.get(file_id) else { return Value::Null };
        let mut json =
            json!({ "file_id": file_id, "file_unique_id": file.unique_id, "file_size": file.bytes.len() });
        if file.width > 0 {
            json["width"] = file.width.into();
            json["height"] = file.height.into();
        } else {
            json["file_name"] = file.name.as_str().into();
            json["mime_type"] = file.mime.as_str().into();
        }
        json
    }

    /// Stores an upload and answers its `file_id`.
    pub(crate) fn store_file(&mut self, upload: &Upload, picture: bool) -> Result<String, Failure> {
        if upload.bytes.is_empty() {
            return Err(Failure::bad("file must be non-empty"));
        }
        let (width, height) = match (picture, image::size(&upload.bytes)) {
            (false, _) => (0, 0),
            (true, None) => return Err(Failure::bad("IMAGE_PROCESS_FAILED")),
            (true, Some(size)) => size,
        };
        // Documented for sendPhoto: sum of sides at most 10000, ratio at most 20.
        if picture && (width + height > 10_000 || width > 20 * height || height > 20 * width) {
            return Err(Failure::bad("PHOTO_INVALID_DIMENSIONS"));
        }
        let serial = self.serial();
        let prefix = if picture { "AgACAgIAAxkB" } else { "BQACAgIAAxkB" };
        let file_id = format!("{prefix}{serial:08}");
        let Upload { name, mime, bytes } = upload.clone();
        let file = StoredFile { name, mime, bytes, unique_id: format!("AQAD{serial:08}"), width, height };
        self.files.insert(file_id.clone(), file);
        Ok(file_id)
    }
}

impl Chat {
    /// As a `Chat` object.
    pub(crate) fn to_json(&self) -> Value {
        match &self.place {
            Place::Private { user, .. } => {
                let mut chat = json!({ "id": user.id, "type": "private", "first_name": user.first_name });
                set(&mut chat, "last_name", user.last_name.clone());
                set(&mut chat, "username", user.username.clone());
                chat
            }
            Place::Group(group) => {
                let mut chat = json!({ "id": group.id, "type": group.kind.as_str(), "title": group.title });
                set(&mut chat, "username", group.username.clone());
                chat
            }
        }
    }

    /// Whether it is a chat with one person.
    pub(crate) fn is_private(&self) -> bool {
        matches!(self.place, Place::Private { .. })
    }
}
