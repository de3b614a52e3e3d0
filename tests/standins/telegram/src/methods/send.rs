//! Messages.

use serde_json::{Value, json};

use super::Outcome;
use crate::failure::Failure;
use crate::markup::{Below, Markup};
use crate::model::Content;
use crate::params::Params;
use crate::rich::Formatted;
use crate::state::{Draft, State};
use crate::text::{self, CAPTION_LIMIT, TEXT_LIMIT};

pub(super) fn message(state: &mut State, params: &Params) -> Outcome {
    let text = text::parse(params.text("text").unwrap_or_default(), params.text("parse_mode"))?;
    let markup = Markup::read(params.value("reply_markup"), Below::Message)?;
    let chat_id = recipient(state, params)?;
    check_text(&text, "message is too long")?;
    post(state, chat_id, params, (Content::Text(text), markup))
}

pub(super) fn photo(state: &mut State, params: &Params) -> Outcome {
    with_file(state, params, "photo")
}

pub(super) fn document(state: &mut State, params: &Params) -> Outcome {
    with_file(state, params, "document")
}

fn with_file(state: &mut State, params: &Params, kind: &str) -> Outcome {
    let caption = text::parse(params.text("caption").unwrap_or_default(), params.text("parse_mode"))?;
    let markup = Markup::read(params.value("reply_markup"), Below::Message)?;
    let chat_id = recipient(state, params)?;
    check_caption(&caption, "message caption is too long")?;
    let content = file_content(state, params, (kind, params.text(kind).unwrap_or_default()), caption)?;
    post(state, chat_id, params, (content, markup))
}

/// Builds the content of a message with a file out of `(kind, reference)`; the reference is an upload or a known file.
pub(super) fn file_content(
    state: &mut State,
    params: &Params,
    (kind, reference): (&str, &str),
    caption: Formatted,
) -> Result<Content, Failure> {
    let picture = kind == "photo";
    let file_id = if reference.starts_with("attach://") {
        let upload = params.upload(reference);
        let upload = upload.ok_or_else(|| Failure::bad(format_args!("there is no {kind} in the request")))?;
        state.store_file(upload, picture)?
    } else if reference.contains("://") {
        return Err(Failure::not_carried_out("files by URL"));
    } else {
        match state.files.get(reference) {
            Some(file) if (file.width > 0) == picture => reference.to_owned(),
            Some(_) => return Err(Failure::bad(format_args!("can't use file of another type as {kind}"))),
            None => {
                return Err(Failure::bad(
                    "wrong remote file identifier specified: can't unserialize it. Wrong last symbol",
                ));
            }
        }
    };
    Ok(if picture { Content::Photo { file_id, caption } } else { Content::Document { file_id, caption } })
}

pub(super) fn copy(state: &mut State, params: &Params) -> Outcome {
    let caption = match params.value("caption") {
        Some(Value::String(caption)) => Some(text::parse(caption, params.text("parse_mode"))?),
        _ => None,
    };
    let markup = Markup::read(params.value("reply_markup"), Below::Message)?;
    let source = state.find_chat(params.value("from_chat_id"))?;
    let original = params.int("message_id").and_then(|id| state.chats.get(&source)?.messages.get(&id));
    let mut content = original
        .map(|message| message.content.clone())
        .ok_or_else(|| Failure::bad("message to copy not found"))?;
    match &mut content {
        Content::Photo { caption: own, .. } | Content::Document { caption: own, .. } => {
            if let Some(caption) = caption {
                check_caption(&caption, "message caption is too long")?;
                *own = caption;
            }
        }
        Content::Text(_) => {}
        Content::Invoice(_) | Content::Payment(_) | Content::Refund(_) => {
            return Err(Failure::bad("the message can't be copied"));
        }
    }
    let chat_id = recipient(state, params)?;
    let copied = post(state, chat_id, params, (content, markup))?;
    Ok(json!({ "message_id": copied.result["message_id"] }).into())
}

pub(super) fn chat_action(state: &mut State, params: &Params) -> Outcome {
    const ACTIONS: [&str; 11] = [
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ];
    let action = params.text("action").unwrap_or_default();
    if !ACTIONS.contains(&action.to_ascii_lowercase().as_str()) {
        return Err(Failure::bad("wrong parameter action in request"));
    }
    recipient(state, params)?;
    Ok(json!(true).into())
}

/// The chat a message goes to, if the bot may write there.
pub(super) fn recipient(state: &State, params: &Params) -> Result<i64, Failure> {
    let chat_id = state.find_chat(params.value("chat_id"))?;
    state.check_writable(chat_id)?;
    // Every group here has every topic; a private chat has none.
    if params.int("message_thread_id").is_some() && state.chat(chat_id)?.is_private() {
        return Err(Failure::bad("message thread not found"));
    }
    Ok(chat_id)
}

/// Posts what the bot sends.
pub(super) fn post(
    state: &mut State,
    chat_id: i64,
    params: &Params,
    (content, markup): (Content, Markup),
) -> Outcome {
    markup.check_place(state.chat(chat_id)?.is_private())?;
    let reply_to = state.reply_target(chat_id, params)?;
    Ok(state.post(chat_id, Draft { outgoing: true, content, markup, reply_to })?.into())
}

/// Not empty and not too long; sending and editing word the second differently.
pub(super) fn check_text(text: &Formatted, too_long: &str) -> Result<(), Failure> {
    match text.chars() {
        0 => Err(Failure::bad("text must be non-empty")),
        chars if chars > TEXT_LIMIT => Err(Failure::bad(too_long)),
        _ => Ok(()),
    }
}

/// Not too long.
pub(super) fn check_caption(caption: &Formatted, too_long: &str) -> Result<(), Failure> {
    if caption.chars() > CAPTION_LIMIT { Err(Failure::bad(too_long)) } else { Ok(()) }
}
