//! What a person sees, and what a test wants to know.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::log::{Call, Violation};
use crate::model::{Content, Invoice, Message, Place, StoredFile, User};
use crate::queries::Callback;
use crate::rich::escaped;
use crate::state::State;
use crate::telegram::Telegram;

/// A private chat as an app would show it.
#[derive(Clone, Debug, Serialize)]
pub struct ChatView {
    /// The person.
    pub user: User,
    /// The person wrote to the bot at least once.
    pub started: bool,
    /// The person blocked the bot.
    pub blocked: bool,
    /// Oldest first.
    pub messages: Vec<MessageView>,
    /// The reply keyboard shown now, as `ReplyKeyboardMarkup`.
    pub keyboard: Option<Value>,
    /// The button beside the input field, as `MenuButton`.
    pub menu_button: Option<Value>,
    /// What the menu of commands offers, as `BotCommand` objects of the most specific scope for this person.
    pub commands: Option<Value>,
}

/// A message as an app would show it.
#[derive(Clone, Debug, Serialize)]
pub struct MessageView {
    /// `message_id`.
    pub id: i64,
    /// Sent by the bot.
    pub from_bot: bool,
    /// When it was sent.
    pub date: Timestamp,
    /// It was edited since.
    pub edited: bool,
    /// Text or caption: escaped, with no other tags than Telegram's.
    pub html: String,
    /// Text or caption without formatting.
    pub text: String,
    /// Rows of buttons below it.
    pub buttons: Vec<Vec<ButtonView>>,
    /// Path of the picture below the stand-in's root.
    pub photo: Option<String>,
    /// Attached file.
    pub document: Option<DocumentView>,
    /// Something to pay.
    pub invoice: Option<Invoice>,
    /// A line in the middle instead of a message, as HTML.
    pub service: Option<String>,
    /// The message it answers.
    pub reply_to: Option<i64>,
}

/// A button below a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ButtonView {
    /// Its label.
    pub text: String,
    /// `callback_data`, `url`, `web_app`, `copy_text`, `pay` or another key of `InlineKeyboardButton`.
    pub action: String,
    /// The data, link or text that goes with the action.
    pub value: String,
    /// `danger`, `success` or `primary`.
    pub style: Option<String>,
}

/// A file below a message.
#[derive(Clone, Debug, Serialize)]
pub struct DocumentView {
    /// File name.
    pub name: String,
    /// Path below the stand-in's root.
    pub path: String,
}

/// `setWebhook`'s parameters, for whoever delivers updates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WebhookView {
    /// Where updates go.
    pub url: String,
    /// Sent along as `X-Telegram-Bot-Api-Secret-Token`.
    pub secret_token: Option<String>,
    /// Most deliveries at a time.
    pub max_connections: i64,
}

impl Telegram {
    /// The chat with a person; `None` for an id that is nobody's.
    pub fn chat(&self, user_id: i64) -> Option<ChatView> {
        self.with(|state| {
            let chat = state.chats.get(&user_id)?;
            let Place::Private { user, started, blocked } = &chat.place else { return None };
            let shows_or_hides = |keyboard: &&Value| keyboard.get("force_reply").is_none();
            let mut keyboards = chat.messages.values().rev().filter_map(|message| message.keyboard.as_ref());
            let keyboard =
                keyboards.find(shows_or_hides).filter(|keyboard| keyboard.get("keyboard").is_some());
            Some(ChatView {
                user: user.clone(),
                started: *started,
                blocked: *blocked,
                messages: chat.messages.values().map(|message| message_view(state, message)).collect(),
                keyboard: keyboard.cloned(),
                menu_button: state.menus.get(&Some(user_id)).or_else(|| state.menus.get(&None)).cloned(),
                commands: commands(state, user),
            })
        })
    }

    /// Everybody who was made known, by id.
    pub fn users(&self) -> Vec<User> {
        self.with(|state| {
            let people = state.chats.values().filter_map(|chat| match &chat.place {
                Place::Private { user, .. } => Some(user.clone()),
                Place::Group(_) => None,
            });
            people.collect()
        })
    }

    /// Every call so far.
    pub fn calls(&self) -> Vec<Call> {
        self.with(|state| state.log.calls.clone())
    }

    /// Every call a correct bot would not have made: answered 400, 401, 404 or 501.
    pub fn violations(&self) -> Vec<Violation> {
        self.with(|state| state.log.violations.clone())
    }

    /// Button presses the bot has not answered.
    pub fn unanswered(&self) -> Vec<Callback> {
        self.with(|state| {
            state.callbacks.values().filter(|callback| callback.answer.is_none()).cloned().collect()
        })
    }

    /// A button press by the id of its query.
    pub fn callback(&self, query_id: &str) -> Option<Callback> {
        self.with(|state| state.callbacks.get(query_id).cloned())
    }

    /// The accepted answer to an inline query.
    pub fn inline_results(&self, query_id: &str) -> Option<Vec<Value>> {
        self.with(|state| state.inline_queries.get(query_id)?.results.clone())
    }

    /// All payments and refunds in Stars as `StarTransaction` objects, oldest first.
    pub fn star_transactions(&self) -> Vec<Value> {
        self.with(|state| state.transactions.clone())
    }

    /// Where the bot wants its updates; `None` while it polls.
    pub fn webhook(&self) -> Option<WebhookView> {
        self.with(|state| {
            let webhook = state.webhook.clone()?;
            let crate::state::Webhook { url, secret_token, max_connections, .. } = webhook;
            Some(WebhookView { url, secret_token, max_connections })
        })
    }

    /// The bytes of an uploaded picture.
    pub fn photo(&self, file_id: &str) -> Option<Vec<u8>> {
        self.with(|state| Some(state.files.get(file_id).filter(|file| file.width > 0)?.bytes.clone()))
    }

    /// MIME type and bytes of any upload. The type is our own for pictures: what the bot claims is not trusted.
    pub(crate) fn file(&self, file_id: &str) -> Option<(String, Vec<u8>)> {
        self.with(|state| {
            let StoredFile { bytes, width, .. } = state.files.get(file_id)?;
            let mime = match (width, bytes.starts_with(b"\x89PNG")) {
                (0, _) => "application/octet-stream",
                (_, true) => "image/png",
                (_, false) => "image/jpeg",
            };
            Some((mime.to_owned(), bytes.clone()))
        })
    }
}

fn commands(state: &State, user: &User) -> Option<Value> {
    let language = user.language_code.as_deref().unwrap_or_default();
    let scopes = [
        serde_json::json!({ "type": "chat", "chat_id": user.id }),
        serde_json::json!({ "type": "all_private_chats" }),
        serde_json::json!({ "type": "default" }),
    ];
    let candidates = scopes.iter().flat_map(|scope| [format!("{scope} {language}"), format!("{scope} ")]);
    candidates.into_iter().find_map(|key| state.commands.get(&key).cloned())
}

fn message_view(state: &State, message: &Message) -> MessageView {
    let mut view = MessageView {
        id: message.id,
        from_bot: message.outgoing,
        date: message.date,
        edited: message.edited.is_some(),
        html: String::new(),
        text: String::new(),
        buttons: keys(message),
        photo: None,
        document: None,
        invoice: None,
        service: None,
        reply_to: message.reply_to,
    };
    let body = match &message.content {
        Content::Text(text) => Some(text),
        Content::Photo { file_id, caption } => {
            view.photo = Some(format!("/file/{file_id}"));
            Some(caption)
        }
        Content::Document { file_id, caption } => {
            let name = state.files.get(file_id).map(|file| file.name.clone()).unwrap_or_default();
            view.document = Some(DocumentView { name, path: format!("/file/{file_id}") });
            Some(caption)
        }
        Content::Invoice(invoice) => {
            view.invoice = Some(invoice.clone());
            None
        }
        Content::Payment(payment) => {
            view.service = Some(format!("You paid ⭐️{}", escaped(&payment["total_amount"].to_string())));
            None
        }
        Content::Refund(refund) => {
            view.service =
                Some(format!("You were given back ⭐️{}", escaped(&refund["total_amount"].to_string())));
            None
        }
    };
    if let Some(body) = body {
        view.html = body.to_html();
        view.text.clone_from(&body.text);
    }
    view
}

fn keys(message: &Message) -> Vec<Vec<ButtonView>> {
    let Some(markup) = &message.inline else {
        // Apps put a Pay button below an invoice that came without a keyboard.
        let Content::Invoice(invoice) = &message.content else { return Vec::new() };
        let text = format!("Pay ⭐️{}", invoice.total_amount);
        return vec![vec![ButtonView { text, action: "pay".to_owned(), value: String::new(), style: None }]];
    };
    button_rows(markup)
}

/// The rows of an `InlineKeyboardMarkup`.
pub(crate) fn button_rows(markup: &Value) -> Vec<Vec<ButtonView>> {
    let rows = markup.get("inline_keyboard").and_then(Value::as_array).into_iter().flatten();
    rows.map(|row| row.as_array().into_iter().flatten().map(button_view).collect()).collect()
}

fn button_view(button: &Value) -> ButtonView {
    let text = |key: &str| button.get(key).and_then(Value::as_str).map(str::to_owned);
    let looks = ["text", "style", "icon_custom_emoji_id"];
    let action = button.as_object().into_iter().flatten().find(|(key, _)| !looks.contains(&key.as_str()));
    let value = action.map(|(_, value)| match value {
        Value::String(text) => text.clone(),
        Value::Object(object) => ["url", "text", "query"]
            .iter()
            .find_map(|key| object.get(*key)?.as_str())
            .unwrap_or_default()
            .to_owned(),
        _ => String::new(),
    });
    ButtonView {
        text: text("text").unwrap_or_default(),
        action: action.map(|(key, _)| key.clone()).unwrap_or_default(),
        value: value.unwrap_or_default(),
        style: text("style"),
    }
}
