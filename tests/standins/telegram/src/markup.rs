//! Keyboards below messages.

use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::links;

/// Longest `callback_data` in bytes.
const CALLBACK_DATA_LIMIT: usize = 64;
/// Most buttons of one inline keyboard.
const BUTTON_LIMIT: usize = 100;
/// Most buttons of a row that every client shows.
const ROW_LIMIT: usize = 8;
/// Longest text of a copy button in characters.
const COPY_LIMIT: usize = 256;

/// What a button does, in the order in which the server looks; it takes the first it finds.
const ACTIONS: [&str; 11] = [
    "url",
    "callback_data",
    "callback_game",
    "pay",
    "switch_inline_query",
    "switch_inline_query_chosen_chat",
    "switch_inline_query_current_chat",
    "login_url",
    "web_app",
    "copy_text",
    "disabled",
];

/// A checked `reply_markup`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Markup {
    #[default]
    None,
    /// `InlineKeyboardMarkup`, links in the server's form.
    Inline(Value),
    /// A reply keyboard, its removal or a forced reply: below the input field, not part of the message.
    Reply(Value),
}

/// Where a keyboard is going to be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Below {
    Message,
    Invoice,
}

impl Markup {
    /// Checks a `reply_markup` whose shape was already compared with the description of the Bot API.
    ///
    /// # Errors
    /// What the server says of bad buttons; STRICT for buttons it would silently drop.
    pub(crate) fn read(value: Option<&Value>, below: Below) -> Result<Self, Failure> {
        let Some(value) = value else { return Ok(Self::None) };
        let Some(rows) = value.get("inline_keyboard").and_then(Value::as_array) else {
            check_reply_keyboard(value)?;
            return Ok(Self::Reply(value.clone()));
        };
        let mut markup = value.clone();
        let mut total = 0;
        for (row_index, row) in rows.iter().enumerate() {
            let buttons = row.as_array().map(Vec::as_slice).unwrap_or_default();
            if buttons.is_empty() || buttons.len() > ROW_LIMIT {
                return Err(Failure::strict(format_args!("row {row_index} has {} buttons", buttons.len())));
            }
            total += buttons.len();
            for (index, button) in buttons.iter().enumerate() {
                let first = row_index == 0 && index == 0;
                let button = button.as_object().cloned().unwrap_or_default();
                markup["inline_keyboard"][row_index][index] =
                    Value::Object(inline_button(button, first, below)?);
            }
        }
        if total > BUTTON_LIMIT {
            return Err(Failure::bad("reply markup is too long"));
        }
        match (total, below) {
            (0, _) => Ok(Self::None),
            (_, Below::Invoice) if markup["inline_keyboard"][0][0].get("pay").is_none() => {
                Err(Failure::bad("REPLY_MARKUP_BUY_EMPTY"))
            }
            _ => Ok(Self::Inline(markup)),
        }
    }

    /// Same, where only an inline keyboard can be (edits).
    ///
    /// # Errors
    /// As [`Markup::read`].
    pub(crate) fn read_inline(value: Option<&Value>, below: Below) -> Result<Option<Value>, Failure> {
        match Self::read(value, below)? {
            Self::Inline(markup) => Ok(Some(markup)),
            Self::None => Ok(None),
            Self::Reply(_) => Err(Failure::bad("inline keyboard expected")),
        }
    }

    /// Mini App buttons work in private chats only.
    ///
    /// # Errors
    /// `BUTTON_TYPE_INVALID` outside a private chat.
    pub(crate) fn check_place(&self, private: bool) -> Result<(), Failure> {
        match self {
            Self::Inline(markup)
                if !private && buttons(markup).any(|button| button.get("web_app").is_some()) =>
            {
                Err(Failure::bad("BUTTON_TYPE_INVALID"))
            }
            _ => Ok(()),
        }
    }
}

/// All buttons of an inline keyboard.
pub(crate) fn buttons(markup: &Value) -> impl Iterator<Item = &Value> {
    markup
        .get("inline_keyboard")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_array)
        .flatten()
}

fn inline_button(
    mut button: Map<String, Value>,
    first: bool,
    below: Below,
) -> Result<Map<String, Value>, Failure> {
    let text = |button: &Map<String, Value>, key: &str| {
        button.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    if text(&button, "text").trim().is_empty() {
        return Err(Failure::strict("the server silently drops a button with an empty text"));
    }
    if let Some(style) = button.get("style").and_then(Value::as_str)
        && !["danger", "success", "primary"].contains(&style)
    {
        return Err(Failure::strict(format_args!("unknown button style {style}")));
    }
    let optional_text = |key: &str| matches!(key, "url" | "callback_data") && text(&button, key).is_empty();
    let actions: Vec<_> =
        ACTIONS.into_iter().filter(|key| button.contains_key(*key) && !optional_text(key)).collect();
    if let [_, another, ..] = actions.as_slice() {
        return Err(Failure::strict(format_args!("the server silently ignores the second action {another}")));
    }
    match actions.first().copied() {
        None => {
            return Err(Failure::bad(
                "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
            ));
        }
        Some("url") => {
            let url = text(&button, "url");
            if links::mentioned_user(&url).is_none() {
                button.insert("url".to_owned(), link(&url, "", false)?.into());
            }
        }
        Some("callback_data") if text(&button, "callback_data").len() > CALLBACK_DATA_LIMIT => {
            return Err(Failure::bad("BUTTON_DATA_INVALID"));
        }
        Some(action @ ("web_app" | "login_url")) => {
            let url = button[action].get("url").and_then(Value::as_str).unwrap_or_default().to_owned();
            let name = if action == "web_app" { "Web App " } else { "login " };
            button[action]["url"] = link(&url, name, true)?.into();
        }
        Some("pay") if below == Below::Message => return Err(Failure::bad("BUTTON_TYPE_INVALID")),
        Some("pay" | "callback_game") if !first => return Err(Failure::bad("BUTTON_POS_INVALID")),
        Some("copy_text") => {
            let copied = button["copy_text"].get("text").and_then(Value::as_str).unwrap_or_default();
            if copied.is_empty() || copied.chars().count() > COPY_LIMIT {
                return Err(Failure::bad("BUTTON_COPY_TEXT_INVALID"));
            }
        }
        Some(_) => {}
    }
    Ok(button)
}

/// Longest link of a button in bytes.
const URL_LIMIT: usize = 2048;

fn link(url: &str, name: &str, https_only: bool) -> Result<String, Failure> {
    if url.len() > URL_LIMIT {
        return Err(Failure::bad("BUTTON_URL_INVALID"));
    }
    links::check(url, https_only).map_err(|reason| {
        Failure::bad(format_args!("inline keyboard button {name}URL '{url}' is invalid: {reason}"))
    })
}

fn check_reply_keyboard(value: &Value) -> Result<(), Failure> {
    let rows = value.get("keyboard").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut buttons = rows.iter().filter_map(Value::as_array).flatten();
    if buttons.any(|button| button.get("text").and_then(Value::as_str).is_none_or(str::is_empty)) {
        return Err(Failure::strict("the server silently drops a button with an empty text"));
    }
    let flag = |key: &str| value.get(key).is_none_or(|flag| flag == true);
    if !(flag("remove_keyboard") && flag("force_reply")) {
        return Err(Failure::strict("remove_keyboard and force_reply can only be true"));
    }
    Ok(())
}
