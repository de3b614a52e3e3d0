//! What an app offers while somebody types `@bot`, and what it then sends.

use serde::Serialize;
use serde_json::Value;

use crate::telegram::Telegram;
use crate::text;
use crate::view::{ButtonView, button_rows};

/// A result of an inline query.
#[derive(Clone, Debug, Serialize)]
pub struct CardView {
    /// Its id among the results.
    pub id: String,
    /// What the list shows.
    pub title: String,
    /// The line below the title.
    pub description: String,
    /// The text of the message it becomes: escaped, with no other tags than Telegram's.
    pub html: String,
    /// Rows of buttons below that message.
    pub buttons: Vec<Vec<ButtonView>>,
}

impl Telegram {
    /// What is offered for an inline query; `None` until the bot has answered it.
    pub fn inline_cards(&self, query_id: &str) -> Option<Vec<CardView>> {
        Some(self.inline_results(query_id)?.iter().map(card).collect())
    }
}

fn card(result: &Value) -> CardView {
    let of = |key: &str| result.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let content = &result["input_message_content"];
    let message = content["message_text"].as_str().unwrap_or_default();
    // Results that cannot be sent were refused when the bot answered.
    let sent = text::parse(message, content["parse_mode"].as_str()).unwrap_or_default();
    CardView {
        id: of("id"),
        title: of("title"),
        description: of("description"),
        html: sent.to_html(),
        buttons: button_rows(&result["reply_markup"]),
    }
}
