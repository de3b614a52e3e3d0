//! Calls of the Bot API that the shop makes. Absent fields are left out: the server reads JSON `null` as the text "null".

mod chats;
mod commands;

pub use chats::{AnswerInlineQuery, Article, ArticleKind, GetChat, GetChatMember, MessageText};
pub use commands::{BotCommand, CommandScope, SetMyCommands};

use domain::UserId;
use payments::stars::StarRefund;
use serde::Serialize;
use serde_json::Value;

/// Updates that the shop wants. `chat_member` comes from the channels where the bot is an administrator.
pub const ALLOWED_UPDATES: [&str; 7] = [
    "message",
    "callback_query",
    "pre_checkout_query",
    "inline_query",
    "my_chat_member",
    "chat_member",
    "subscription",
];

/// A call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Method {
    /// `sendMessage`.
    SendMessage(SendMessage),
    /// `editMessageText`.
    EditMessageText(EditMessageText),
    /// `answerCallbackQuery`.
    AnswerCallbackQuery(AnswerCallbackQuery),
    /// `sendInvoice`.
    SendInvoice(SendInvoice),
    /// `createInvoiceLink`.
    CreateInvoiceLink(CreateInvoiceLink),
    /// `editUserStarSubscription`.
    EditUserStarSubscription(EditUserStarSubscription),
    /// `refundStarPayment`.
    RefundStarPayment(StarRefund),
    /// `answerPreCheckoutQuery`.
    AnswerPreCheckoutQuery(AnswerPreCheckoutQuery),
    /// `sendPhoto`, with the picture itself.
    SendPhoto(SendPhoto),
    /// `deleteMessage`.
    DeleteMessage(DeleteMessage),
    /// `getChatMember`.
    GetChatMember(GetChatMember),
    /// `getChat`.
    GetChat(GetChat),
    /// `answerInlineQuery`.
    AnswerInlineQuery(AnswerInlineQuery),
    /// `getUpdates`.
    GetUpdates(GetUpdates),
    /// `setWebhook`.
    SetWebhook(SetWebhook),
    /// `deleteWebhook`.
    DeleteWebhook(DeleteWebhook),
    /// `getMe`.
    GetMe(GetMe),
    /// `setMyCommands`.
    SetMyCommands(SetMyCommands),
}

impl Method {
    /// The name on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::SendMessage(_) => "sendMessage",
            Self::EditMessageText(_) => "editMessageText",
            Self::AnswerCallbackQuery(_) => "answerCallbackQuery",
            Self::SendInvoice(_) => "sendInvoice",
            Self::CreateInvoiceLink(_) => "createInvoiceLink",
            Self::EditUserStarSubscription(_) => "editUserStarSubscription",
            Self::RefundStarPayment(_) => "refundStarPayment",
            Self::AnswerPreCheckoutQuery(_) => "answerPreCheckoutQuery",
            Self::SendPhoto(_) => "sendPhoto",
            Self::DeleteMessage(_) => "deleteMessage",
            Self::GetChatMember(_) => "getChatMember",
            Self::GetChat(_) => "getChat",
            Self::AnswerInlineQuery(_) => "answerInlineQuery",
            Self::GetUpdates(_) => "getUpdates",
            Self::SetWebhook(_) => "setWebhook",
            Self::DeleteWebhook(_) => "deleteWebhook",
            Self::GetMe(_) => "getMe",
            Self::SetMyCommands(_) => "setMyCommands",
        }
    }

    /// The call as the body of a webhook's answer: Telegram carries out one call found there. `None` for calls that
    /// it does not accept there, that carry a file, or whose outcome must be known.
    pub fn webhook_answer(&self) -> Option<Value> {
        let barred = matches!(
            self,
            Self::SendPhoto(_)
                | Self::CreateInvoiceLink(_)
                | Self::EditUserStarSubscription(_)
                | Self::RefundStarPayment(_)
                | Self::GetChatMember(_)
                | Self::GetChat(_)
                | Self::GetUpdates(_)
                | Self::SetWebhook(_)
                | Self::DeleteWebhook(_)
                | Self::GetMe(_)
        );
        let mut body = serde_json::to_value(self).ok().filter(|_| !barred)?;
        body.as_object_mut()?.insert("method".to_owned(), Value::from(self.name()));
        Some(body)
    }
}

/// How texts are marked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum ParseMode {
    /// Telegram's HTML.
    #[serde(rename = "HTML")]
    Html,
}

/// Links in texts show no preview: a subscription link must not be fetched by a preview robot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct LinkPreview {
    is_disabled: bool,
}

impl LinkPreview {
    /// No preview.
    pub const OFF: Self = Self { is_disabled: true };
}

/// Buttons under a message, row by row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InlineKeyboard {
    /// The rows.
    pub inline_keyboard: Vec<Vec<InlineButton>>,
}

/// One button; exactly one of the optional fields is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InlineButton {
    /// The label.
    pub text: String,
    /// Sent back when pressed; 1-64 bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callback_data: Option<String>,
    /// Opened when pressed; `http`, `https` or `tg`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Pays the invoice it sits on; must be the first button.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pay: Option<bool>,
    /// Copied when pressed; 1-256 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copy_text: Option<CopyText>,
    /// How it stands out; apps that do not know this show an ordinary button.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub style: Option<Style>,
}

/// How a button stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Style {
    /// Red: what it does cannot be taken back.
    Danger,
    /// Green: it brings the access.
    Success,
}

/// What a button copies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CopyText {
    /// 1-256 characters.
    pub text: String,
}

/// Sends a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SendMessage {
    /// To whom.
    pub chat_id: i64,
    /// Into which topic of a forum.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_thread_id: Option<i64>,
    /// At most 4096 characters after the markup is read.
    pub text: String,
    /// HTML.
    pub parse_mode: ParseMode,
    /// Off.
    pub link_preview_options: LinkPreview,
    /// Buttons.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_markup: Option<InlineKeyboard>,
}

/// Replaces the text and the buttons of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EditMessageText {
    /// In which chat.
    pub chat_id: i64,
    /// Which message.
    pub message_id: i64,
    /// The new text.
    pub text: String,
    /// HTML.
    pub parse_mode: ParseMode,
    /// Off.
    pub link_preview_options: LinkPreview,
    /// The new buttons.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_markup: Option<InlineKeyboard>,
}

/// Ends the spinner on a pressed button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AnswerCallbackQuery {
    /// Which press.
    pub callback_query_id: String,
    /// At most 200 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// A window to be closed instead of a passing line.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub show_alert: bool,
}

/// Sends an invoice. For Stars the provider token is empty and there is one price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SendInvoice {
    /// To whom.
    pub chat_id: i64,
    /// 1-32 characters.
    pub title: String,
    /// 1-255 characters.
    pub description: String,
    /// Comes back with the payment; 1-128 bytes. Our payment id.
    pub payload: String,
    /// Empty for Stars.
    pub provider_token: String,
    /// `XTR`.
    pub currency: String,
    /// One.
    pub prices: Vec<LabeledPrice>,
    /// Buttons, the paying one first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_markup: Option<InlineKeyboard>,
}

/// Makes the link behind which an invoice waits; the only way to a subscription in Stars. Answers the link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CreateInvoiceLink {
    /// 1-32 characters.
    pub title: String,
    /// 1-255 characters.
    pub description: String,
    /// Comes back with every charge; 1-128 bytes. Our payment id.
    pub payload: String,
    /// Empty for Stars.
    pub provider_token: String,
    /// `XTR`.
    pub currency: String,
    /// One.
    pub prices: Vec<LabeledPrice>,
    /// Seconds until Telegram charges again; 30 days, no other.
    pub subscription_period: u32,
}

/// Stops a subscription in Stars at the end of the period that is paid, or lets it go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EditUserStarSubscription {
    /// Whose.
    pub user_id: i64,
    /// The charge that began it.
    pub telegram_payment_charge_id: String,
    /// Stop it.
    pub is_canceled: bool,
}

/// A line of an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LabeledPrice {
    /// What for.
    pub label: String,
    /// Minor units; whole Stars.
    pub amount: i64,
}

/// Lets Telegram take the Stars, or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AnswerPreCheckoutQuery {
    /// Which question.
    pub pre_checkout_query_id: String,
    /// Yes.
    pub ok: bool,
    /// Why not; shown to the buyer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
}

/// Sends a picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SendPhoto {
    /// To whom.
    pub chat_id: i64,
    /// The PNG file; travels as a part of its own.
    #[serde(skip)]
    pub png: Vec<u8>,
    /// At most 1024 characters.
    pub caption: String,
    /// HTML.
    pub parse_mode: ParseMode,
    /// Buttons.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_markup: Option<InlineKeyboard>,
}

/// Deletes a message younger than 48 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct DeleteMessage {
    /// In which chat.
    pub chat_id: i64,
    /// Which message.
    pub message_id: i64,
}

/// Waits for updates; confirms those before `offset`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GetUpdates {
    /// The first update wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<i64>,
    /// Seconds to wait for one.
    pub timeout: u32,
    /// Kinds wanted: [`ALLOWED_UPDATES`].
    pub allowed_updates: Vec<&'static str>,
}

/// Tells Telegram where to send updates. Pending updates are kept: one of them may be a payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SetWebhook {
    /// An https address.
    pub url: String,
    /// Comes back with every call in `X-Telegram-Bot-Api-Secret-Token`; `[A-Za-z0-9_-]{1,256}`.
    pub secret_token: String,
    /// Kinds wanted: [`ALLOWED_UPDATES`].
    pub allowed_updates: Vec<&'static str>,
    /// How many calls at the same time, 1-100.
    pub max_connections: u8,
}

/// Ends the webhook; pending updates are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct DeleteWebhook {}

/// Asks who the bot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct GetMe {}

/// The private chat with a person has the person's id.
pub const fn chat_of(user: UserId) -> i64 {
    user.0
}
