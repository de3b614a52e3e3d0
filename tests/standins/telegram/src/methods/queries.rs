//! Answers to pressed buttons and inline queries.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Outcome;
use super::send::check_text;
use crate::failure::{Failure, query_is_too_old};
use crate::markup::{Below, Markup};
use crate::params::Params;
use crate::queries::{CALLBACK_WINDOW, CallbackAnswer, INLINE_WINDOW};
use crate::state::State;
use crate::text;

/// Longest notice in characters.
const NOTICE_LIMIT: usize = 200;
/// Most results of one inline answer.
const RESULT_LIMIT: usize = 50;

pub(super) fn callback(state: &mut State, params: &Params) -> Outcome {
    let now = state.now;
    let text = params.text("text").unwrap_or_default();
    let callback = params.text("callback_query_id").and_then(|id| state.callbacks.get_mut(id));
    let callback = callback
        .filter(|callback| callback.answer.is_none() && now <= callback.pressed + CALLBACK_WINDOW)
        .ok_or_else(query_is_too_old)?;
    if text.chars().count() > NOTICE_LIMIT {
        return Err(Failure::bad("MESSAGE_TOO_LONG"));
    }
    // Only games and t.me links of the bot itself may be opened.
    if params.text("url").is_some() {
        return Err(Failure::not_carried_out("the parameter url of answerCallbackQuery"));
    }
    callback.answer = Some(CallbackAnswer { text: text.to_owned(), show_alert: params.flag("show_alert") });
    Ok(json!(true).into())
}

pub(super) fn inline(state: &mut State, params: &Params) -> Outcome {
    let now = state.now;
    let results = params.list("results");
    if results.len() > RESULT_LIMIT {
        return Err(Failure::bad("RESULTS_TOO_MUCH"));
    }
    let mut ids = BTreeSet::new();
    for result in results {
        let id = result.get("id").and_then(Value::as_str).unwrap_or_default();
        if !(1..=64).contains(&id.len()) {
            return Err(Failure::bad("RESULT_ID_INVALID"));
        }
        if !ids.insert(id) {
            return Err(Failure::bad("RESULT_ID_DUPLICATE"));
        }
        check_result(result)?;
    }
    let query = params.text("inline_query_id").and_then(|id| state.inline_queries.get_mut(id));
    let query = query
        .filter(|query| query.results.is_none() && now <= query.asked + INLINE_WINDOW)
        .ok_or_else(query_is_too_old)?;
    query.results = Some(results.to_vec());
    Ok(json!(true).into())
}

/// The message a result would send has to be sendable.
fn check_result(result: &Value) -> Result<(), Failure> {
    Markup::read(result.get("reply_markup"), Below::Message)?;
    let content = result.get("input_message_content");
    match content.and_then(|content| content.get("message_text")).and_then(Value::as_str) {
        None if result.get("type") == Some(&json!("article")) && content.is_none() => {
            Err(Failure::strict("an article needs input_message_content"))
        }
        None => Ok(()),
        Some(raw) => {
            let mode = content.and_then(|content| content.get("parse_mode")).and_then(Value::as_str);
            check_text(&text::parse(raw, mode)?, "message is too long")
        }
    }
}
