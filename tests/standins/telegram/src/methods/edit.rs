//! Changing and removing messages.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::Outcome;
use super::send::{check_caption, check_text, file_content};
use crate::failure::Failure;
use crate::markup::{Below, Markup};
use crate::model::{Content, Message};
use crate::params::Params;
use crate::state::State;
use crate::text;

/// Messages older than this cannot be deleted.
const DELETE_WINDOW: SignedDuration = SignedDuration::from_hours(48);

/// A message to be edited.
#[derive(Clone, Copy)]
struct Target {
    chat_id: i64,
    message_id: i64,
}

pub(super) fn text(state: &mut State, params: &Params) -> Outcome {
    let raw = params.text("text").ok_or_else(|| Failure::bad("message text is empty"))?;
    let text = text::parse(raw, params.text("parse_mode"))?;
    let markup = keyboard(params, Below::Message)?;
    let target = target(state, params)?;
    let message = editable(state, target)?;
    if !matches!(message.content, Content::Text(_)) {
        return Err(Failure::bad("there is no text in the message to edit"));
    }
    check_text(&text, "MESSAGE_TOO_LONG")?;
    apply(state, target, Content::Text(text), markup)
}

pub(super) fn caption(state: &mut State, params: &Params) -> Outcome {
    let new = text::parse(params.text("caption").unwrap_or_default(), params.text("parse_mode"))?;
    let markup = keyboard(params, Below::Message)?;
    let target = target(state, params)?;
    let mut content = editable(state, target)?.content.clone();
    let (Content::Photo { caption, .. } | Content::Document { caption, .. }) = &mut content else {
        return Err(Failure::bad("there is no caption in the message to edit"));
    };
    check_caption(&new, "MEDIA_CAPTION_TOO_LONG")?;
    *caption = new;
    apply(state, target, content, markup)
}

pub(super) fn media(state: &mut State, params: &Params) -> Outcome {
    let media = params.value("media").cloned().unwrap_or_default();
    let field = |name: &str| media.get(name).and_then(Value::as_str);
    let kind = field("type").unwrap_or_default();
    if !matches!(kind, "photo" | "document") {
        return Err(Failure::not_carried_out(format_args!("media of type {kind}")));
    }
    if media.get("caption_entities").is_some() || media.get("thumbnail").is_some() {
        return Err(Failure::not_carried_out("caption_entities and thumbnail of media"));
    }
    let caption = text::parse(field("caption").unwrap_or_default(), field("parse_mode"))?;
    let markup = keyboard(params, Below::Message)?;
    let target = target(state, params)?;
    editable(state, target)?;
    check_caption(&caption, "message caption is too long")?;
    let content = file_content(state, params, (kind, field("media").unwrap_or_default()), caption)?;
    apply(state, target, content, markup)
}

pub(super) fn reply_markup(state: &mut State, params: &Params) -> Outcome {
    let target = target(state, params)?;
    let message = found(state, target)?;
    let below = if matches!(message.content, Content::Invoice(_)) { Below::Invoice } else { Below::Message };
    let content = message.content.clone();
    if !message.outgoing || content.is_service() || message.keyboard.is_some() {
        return Err(Failure::bad("message can't be edited"));
    }
    apply(state, target, content, keyboard(params, below)?)
}

pub(super) fn delete(state: &mut State, params: &Params) -> Outcome {
    let chat_id = state.find_chat(params.value("chat_id"))?;
    let message_id = params.int("message_id").unwrap_or(0);
    let now = state.now;
    let messages = &mut state.chats.get_mut(&chat_id).ok_or_else(|| Failure::bad("chat not found"))?.messages;
    let message = messages.get(&message_id).ok_or_else(|| Failure::bad("message to delete not found"))?;
    if now.duration_since(message.date) > DELETE_WINDOW {
        return Err(Failure::bad("message can't be deleted for everyone"));
    }
    messages.remove(&message_id);
    Ok(json!(true).into())
}

fn keyboard(params: &Params, below: Below) -> Result<Option<Value>, Failure> {
    Markup::read_inline(params.value("reply_markup"), below)
}

fn target(state: &State, params: &Params) -> Result<Target, Failure> {
    if params.value("chat_id").is_none() && params.int("message_id").is_none() {
        return Err(Failure::bad("message identifier is not specified"));
    }
    let chat_id = state.find_chat(params.value("chat_id"))?;
    let target = Target { chat_id, message_id: params.int("message_id").unwrap_or(0) };
    found(state, target)?;
    state.check_writable(chat_id)?;
    Ok(target)
}

fn found(state: &State, target: Target) -> Result<&Message, Failure> {
    let message = state.chat(target.chat_id)?.messages.get(&target.message_id);
    message.ok_or_else(|| Failure::bad("message to edit not found"))
}

/// The message, if its content may change: sent by the bot, no invoice or service message, no reply keyboard.
fn editable(state: &State, target: Target) -> Result<&Message, Failure> {
    let message = found(state, target)?;
    let fixed = message.content.is_service() || matches!(message.content, Content::Invoice(_));
    if !message.outgoing || fixed || message.keyboard.is_some() {
        return Err(Failure::bad("message can't be edited"));
    }
    Ok(message)
}

/// Replaces content and keyboard. An edit without a keyboard removes the one that was there.
fn apply(state: &mut State, target: Target, content: Content, inline: Option<Value>) -> Outcome {
    let now = state.now;
    if let Some(markup) = &inline {
        Markup::Inline(markup.clone()).check_place(state.chat(target.chat_id)?.is_private())?;
    }
    let chat = state.chats.get_mut(&target.chat_id).ok_or_else(|| Failure::bad("chat not found"))?;
    let message =
        chat.messages.get_mut(&target.message_id).ok_or_else(|| Failure::bad("message to edit not found"))?;
    if message.content == content && message.inline == inline {
        return Err(Failure::bad(
            "message is not modified: specified new message content and reply markup are exactly the same as a \
             current content and reply markup of the message",
        ));
    }
    (message.content, message.inline, message.edited) = (content, inline, Some(now));
    Ok(state.message_json(target.chat_id, target.message_id)?.into())
}
