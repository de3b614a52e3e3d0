//! Calls about channels, and answers shown in other chats.

use super::{InlineKeyboard, LinkPreview, ParseMode};
use serde::Serialize;

/// Asks about somebody's place in a channel, where the bot has to be an administrator. Answers a `ChatMember`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GetChatMember {
    /// `@name` or `-100…`.
    pub chat_id: String,
    /// Who.
    pub user_id: i64,
}

/// Asks about a channel. Answers a `ChatFullInfo`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GetChat {
    /// `@name` or `-100…`.
    pub chat_id: String,
}

/// Offers cards to somebody who types the bot's name in some chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AnswerInlineQuery {
    /// Which question.
    pub inline_query_id: String,
    /// At most 50.
    pub results: Vec<Article>,
    /// How long Telegram may answer the same question by itself, in seconds.
    pub cache_time: u32,
    /// The cards are this person's: others get their own.
    pub is_personal: bool,
}

/// A card that becomes a message where it is chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Article {
    /// `article`.
    #[serde(rename = "type")]
    pub kind: ArticleKind,
    /// 1-64 bytes, unlike the others.
    pub id: String,
    /// The first line of the card.
    pub title: String,
    /// The second.
    pub description: String,
    /// The message that it becomes.
    pub input_message_content: MessageText,
    /// Buttons below that message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_markup: Option<InlineKeyboard>,
}

/// The kind of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ArticleKind {
    /// Text.
    Article,
}

/// What a card becomes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MessageText {
    /// At most 4096 characters after the markup is read.
    pub message_text: String,
    /// HTML.
    pub parse_mode: ParseMode,
    /// Off.
    pub link_preview_options: LinkPreview,
}
