//! Updates that were recorded elsewhere: the stand-in takes the place of the server that sent them.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::{Chat, Content, Group, GroupKind, Invoice, Message, Place, Standing, User};
use crate::queries::{Callback, InlineQuery};
use crate::rich::Formatted;
use crate::stars::{Checkout, CheckoutOutcome};
use crate::state::State;
use crate::telegram::Telegram;

impl Telegram {
    /// Makes everything known that `update` speaks of (people, chats, the pressed message, the query), so that the bot's
    /// answer to it can be carried out. The bot is an administrator of channels that nobody named before, and a member
    /// of such groups. Nothing is queued: delivering the update is the caller's part.
    pub fn admit(&self, update: &Value) {
        self.with(|state| {
            state.admit_all(update);
            if let Some(query) = update.get("callback_query") {
                state.admit_press(query);
            }
            let text = |query: &Value, key: &str| query[key].as_str().unwrap_or_default().to_owned();
            if let Some(query) = update.get("inline_query") {
                let known = InlineQuery { asked: state.now, results: None };
                state.inline_queries.insert(text(query, "id"), known);
            }
            if let Some(query) = update.get("pre_checkout_query") {
                state.admit_checkout(query);
            }
            if let Some(message) = update.get("message") {
                state.stands(message["chat"]["id"].as_i64(), false);
            }
            if let Some(change) = update.get("my_chat_member") {
                let gone = change["new_chat_member"]["status"] == "kicked";
                state.stands(change["chat"]["id"].as_i64(), gone);
            }
        });
    }
}

impl State {
    /// Every person and chat anywhere in `value`.
    fn admit_all(&mut self, value: &Value) {
        match value {
            Value::Object(fields) => {
                self.admit_one(value);
                fields.values().for_each(|field| self.admit_all(field));
            }
            Value::Array(items) => items.iter().for_each(|item| self.admit_all(item)),
            _ => {}
        }
    }

    fn admit_one(&mut self, value: &Value) {
        let Some(id) = value["id"].as_i64() else { return };
        let text = |key: &str| value[key].as_str().map(str::to_owned);
        let kind = match value["type"].as_str() {
            Some("channel") => Some(GroupKind::Channel),
            Some("supergroup" | "group") => Some(GroupKind::Supergroup),
            _ => None,
        };
        let person = value["is_bot"] == false || value["type"] == "private";
        let place = if let Some(kind) = kind {
            let bot = if kind == GroupKind::Channel { Standing::Administrator } else { Standing::Member };
            let title = text("title").unwrap_or_default();
            Place::Group(Group {
                id,
                kind,
                title,
                username: text("username"),
                bot,
                members: BTreeMap::default(),
            })
        } else if person && id > 0 {
            let user = User {
                last_name: text("last_name"),
                username: text("username"),
                language_code: text("language_code"),
                ..User::new(id, text("first_name").unwrap_or_default())
            };
            Place::Private { user, started: false, blocked: false }
        } else {
            return;
        };
        self.chats.entry(id).or_insert_with(|| Chat { place, messages: BTreeMap::new() });
    }

    /// Who writes to the bot has started it and does not block it.
    fn stands(&mut self, chat: Option<i64>, gone: bool) {
        let chat = chat.and_then(|id| self.chats.get_mut(&id));
        if let Some(Place::Private { started, blocked, .. }) = chat.map(|chat| &mut chat.place) {
            (*started, *blocked) = (true, gone);
        }
    }

    fn admit_press(&mut self, query: &Value) {
        let message = &query["message"];
        let (chat, number) = (message["chat"]["id"].as_i64(), message["message_id"].as_i64().unwrap_or(0));
        self.stands(chat, false);
        let there = message["date"].as_i64().is_some_and(|date| date > 0);
        if let (Some(chat), Some(text), true) =
            (chat.and_then(|id| self.chats.get_mut(&id)), message["text"].as_str(), there)
        {
            let content = Content::Text(Formatted::typed(text));
            let inline = message.get("reply_markup").cloned();
            chat.messages.insert(
                number,
                Message {
                    id: number,
                    outgoing: true,
                    date: self.now,
                    edited: None,
                    content,
                    inline,
                    keyboard: None,
                    reply_to: None,
                },
            );
        }
        let text = |key: &str| query[key].as_str().unwrap_or_default().to_owned();
        let callback = Callback {
            id: text("id"),
            user_id: query["from"]["id"].as_i64().unwrap_or_default(),
            message_id: number,
            data: text("data"),
            pressed: self.now,
            answer: None,
        };
        self.callbacks.insert(text("id"), callback);
    }

    fn admit_checkout(&mut self, query: &Value) {
        let text = |key: &str| query[key].as_str().unwrap_or_default().to_owned();
        let user_id = query["from"]["id"].as_i64().unwrap_or_default();
        let invoice = Invoice {
            title: String::new(),
            description: String::new(),
            payload: text("invoice_payload"),
            currency: text("currency"),
            total_amount: query["total_amount"].as_i64().unwrap_or_default(),
            subscription_period: None,
            start_parameter: String::new(),
            photo_url: None,
        };
        self.stands(Some(user_id), false);
        let checkout = Checkout { user_id, invoice, asked: self.now, outcome: CheckoutOutcome::Waiting };
        self.checkouts.insert(text("id"), checkout);
    }
}
