//! Questions the bot has to answer once and in time: pressed buttons and inline queries.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::Value;

/// How long `answerCallbackQuery` is accepted. Telegram documents no figure; bots see refusals after some seconds to
/// minutes, so this is on the strict side.
pub(crate) const CALLBACK_WINDOW: SignedDuration = SignedDuration::from_secs(30);
/// How long `answerInlineQuery` is accepted: the server gives up delivering the query after this time.
pub(crate) const INLINE_WINDOW: SignedDuration = SignedDuration::from_secs(30);

/// A pressed button.
#[derive(Clone, Debug, Serialize)]
pub struct Callback {
    /// `callback_query.id`.
    pub id: String,
    /// Who pressed.
    pub user_id: i64,
    /// The message the button is on.
    pub message_id: i64,
    /// `callback_data`.
    pub data: String,
    /// When.
    pub pressed: Timestamp,
    /// What the bot said to it, once it did.
    pub answer: Option<CallbackAnswer>,
}

/// What the person sees after pressing a button.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CallbackAnswer {
    /// Empty if the bot only stopped the progress indicator.
    pub text: String,
    /// A dialog instead of a passing notice.
    pub show_alert: bool,
}

/// `@bot text` typed somewhere.
#[derive(Clone, Debug)]
pub(crate) struct InlineQuery {
    pub(crate) asked: Timestamp,
    /// The accepted results.
    pub(crate) results: Option<Vec<Value>>,
}
