//! What people do, and what happens to updates on their way to the bot.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::markup::buttons;
use crate::methods::bot::member_json;
use crate::model::{Chat, Content, Group, Message, Place, Standing, User};
use crate::queries::{Callback, InlineQuery};
use crate::rich::Formatted;
use crate::stars::CheckoutOutcome;
use crate::state::{Draft, State};
use crate::telegram::Telegram;
use crate::text::TEXT_LIMIT;

/// Something a person with a real Telegram app could not have done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DriveError {
    /// [`Telegram::add_user`] or [`Telegram::add_group`] was not called.
    #[error("nobody has the id {0}")]
    NoSuchChat(i64),
    /// The person has not pressed Start yet.
    #[error("user {0} has not started the bot")]
    NotStarted(i64),
    /// The app offers nothing but unblocking.
    #[error("user {0} has blocked the bot")]
    Blocked(i64),
    /// No such message in the chat.
    #[error("no message {0}")]
    NoSuchMessage(i64),
    /// The message has no button with this data.
    #[error("no button with the data {0:?}")]
    NoSuchButton(String),
    /// There is nothing to pay on that message.
    #[error("message {0} is not an invoice")]
    NotAnInvoice(i64),
    /// No such invoice link.
    #[error("no invoice link {0:?}")]
    NoSuchLink(String),
    /// No running subscription began with this charge.
    #[error("no running subscription of the charge {0:?}")]
    NoSuchSubscription(String),
    /// Clients refuse empty texts and split long ones.
    #[error("a message has 1-4096 characters")]
    BadText,
    /// It happened, but `allowed_updates` keeps the bot from hearing of it.
    #[error("the bot does not receive {0} updates")]
    NotWanted(&'static str),
}

type Driven<T> = Result<T, DriveError>;

impl State {
    fn person(&mut self, user_id: i64) -> Driven<(&mut bool, &mut bool)> {
        match self.chats.get_mut(&user_id).map(|chat| &mut chat.place) {
            Some(Place::Private { started, blocked, .. }) => Ok((started, blocked)),
            _ => Err(DriveError::NoSuchChat(user_id)),
        }
    }

    /// A person who can act: started the bot and did not block it.
    pub(crate) fn check_active(&mut self, user_id: i64) -> Driven<()> {
        match self.person(user_id)? {
            (_, true) => Err(DriveError::Blocked(user_id)),
            (false, _) => Err(DriveError::NotStarted(user_id)),
            _ => Ok(()),
        }
    }

    fn message(&self, user_id: i64, message_id: i64) -> Driven<&Message> {
        let message = self.chats.get(&user_id).and_then(|chat| chat.messages.get(&message_id));
        message.ok_or(DriveError::NoSuchMessage(message_id))
    }

    fn push(&mut self, kind: &'static str, payload: &Value) -> Driven<Value> {
        self.queue.push(kind, payload, self.now).ok_or(DriveError::NotWanted(kind))
    }

    fn press(&mut self, user_id: i64, message_id: i64, data: &str) -> Driven<Value> {
        self.check_active(user_id)?;
        // Of a deleted message the server says no more than that it existed.
        let message = self.message_json(user_id, message_id).unwrap_or_else(|_| {
            let chat = self.chats.get(&user_id).map(Chat::to_json);
            json!({ "chat": chat, "message_id": message_id, "date": 0 })
        });
        let id = self.query_id();
        let query = json!({
            "id": id, "from": self.user_json(user_id), "message": message,
            "chat_instance": format!("{}", user_id.wrapping_mul(-7_046_029_254)), "data": data,
        });
        let (data, pressed) = (data.to_owned(), self.now);
        self.callbacks.insert(id.clone(), Callback { id, user_id, message_id, data, pressed, answer: None });
        self.push("callback_query", &query)
    }

    /// `my_chat_member` in a private chat: blocking and unblocking.
    fn standing_changed(&mut self, user_id: i64, old: Standing, new: Standing) -> Driven<Value> {
        let bot = self.bot_json();
        let change = json!({
            "chat": self.chats.get(&user_id).map(Chat::to_json),
            "from": self.user_json(user_id),
            "date": self.now.as_second(),
            "old_chat_member": member_json(&bot, old),
            "new_chat_member": member_json(&bot, new),
        });
        self.push("my_chat_member", &change)
    }
}

impl Telegram {
    /// Makes a person known; adding an id again replaces the profile and keeps the chat.
    pub fn add_user(&self, user: User) {
        self.with(|state| {
            let chat = state.chats.entry(user.id).or_insert_with(|| Chat {
                place: Place::Private { user: user.clone(), started: false, blocked: false },
                messages: BTreeMap::new(),
            });
            if let Place::Private { user: known, .. } = &mut chat.place {
                *known = user;
            }
        });
    }

    /// Makes a channel or supergroup known, or replaces it.
    pub fn add_group(&self, group: Group) {
        self.with(|state| {
            state.chats.insert(group.id, Chat { place: Place::Group(group), messages: BTreeMap::new() });
        });
    }

    /// Lets somebody join or leave a channel or group. The bot hears of it where it is an administrator and asked for
    /// `chat_member` updates.
    pub fn set_member(&self, group_id: i64, user_id: i64, standing: Standing) -> Driven<()> {
        self.act(|state| {
            let user = state.user_json(user_id).ok_or(DriveError::NoSuchChat(user_id))?;
            let chat = state.chats.get_mut(&group_id).ok_or(DriveError::NoSuchChat(group_id))?;
            let chat_json = chat.to_json();
            let Place::Group(group) = &mut chat.place else { return Err(DriveError::NoSuchChat(group_id)) };
            let old = group.members.insert(user_id, standing).unwrap_or(Standing::Left);
            if group.bot == Standing::Administrator {
                let change = json!({
                    "chat": chat_json, "from": user, "date": state.now.as_second(),
                    "old_chat_member": member_json(&user, old),
                    "new_chat_member": member_json(&user, standing),
                });
                state.queue.push("chat_member", &change, state.now);
            }
            Ok(())
        })
    }

    /// A person writes to the bot; the first message starts the chat. Answers the queued update.
    pub fn send_text(&self, user_id: i64, text: &str) -> Driven<Value> {
        self.act(|state| {
            let (started, blocked) = state.person(user_id)?;
            if *blocked {
                return Err(DriveError::Blocked(user_id));
            }
            if text.trim().is_empty() || text.chars().count() > TEXT_LIMIT {
                return Err(DriveError::BadText);
            }
            *started = true;
            let draft = Draft::incoming(Content::Text(Formatted::typed(text.trim())));
            let message = state.post(user_id, draft).map_err(|_| DriveError::NoSuchChat(user_id))?;
            state.push("message", &message)
        })
    }

    /// A person presses a button that is on the message. Answers the queued update.
    pub fn press(&self, user_id: i64, message_id: i64, data: &str) -> Driven<Value> {
        self.act(|state| {
            let inline = state.message(user_id, message_id)?.inline.as_ref();
            let has = inline.into_iter().flat_map(buttons).any(|button| button["callback_data"] == data);
            if !has {
                return Err(DriveError::NoSuchButton(data.to_owned()));
            }
            state.press(user_id, message_id, data)
        })
    }

    /// A press with any data on any message, as old screens and modified clients send. Answers the queued update.
    pub fn press_stale(&self, user_id: i64, message_id: i64, data: &str) -> Driven<Value> {
        self.act(|state| state.press(user_id, message_id, data))
    }

    /// A person types `@bot query` in some chat. Answers the queued update.
    pub fn inline_query(&self, user_id: i64, query: &str) -> Driven<Value> {
        self.act(|state| {
            let user = state.user_json(user_id).ok_or(DriveError::NoSuchChat(user_id))?;
            let id = state.query_id();
            state.inline_queries.insert(id.clone(), InlineQuery { asked: state.now, results: None });
            let query =
                json!({ "id": id, "from": user, "chat_type": "private", "query": query, "offset": "" });
            state.push("inline_query", &query)
        })
    }

    /// A person blocks the bot. Answers the queued update.
    pub fn block(&self, user_id: i64) -> Driven<Value> {
        self.act(|state| {
            state.check_active(user_id)?;
            *state.person(user_id)?.1 = true;
            state.standing_changed(user_id, Standing::Member, Standing::Kicked)
        })
    }

    /// A person unblocks the bot. Answers the queued update.
    pub fn unblock(&self, user_id: i64) -> Driven<Value> {
        self.act(|state| {
            let (started, blocked) = state.person(user_id)?;
            if !*blocked {
                return Err(DriveError::NotStarted(user_id));
            }
            (*started, *blocked) = (true, false);
            state.standing_changed(user_id, Standing::Kicked, Standing::Member)
        })
    }

    /// A person presses Pay below an invoice: the bot is asked first. Answers the queued `pre_checkout_query` update;
    /// [`Telegram::checkout`] tells how it went.
    pub fn pay_invoice(&self, user_id: i64, message_id: i64) -> Driven<Value> {
        self.act(|state| {
            state.check_active(user_id)?;
            let Content::Invoice(invoice) = &state.message(user_id, message_id)?.content else {
                return Err(DriveError::NotAnInvoice(message_id));
            };
            let invoice = invoice.clone();
            state.begin_checkout(user_id, invoice).ok_or(DriveError::NotWanted("pre_checkout_query"))
        })
    }

    /// A person opens an invoice link (`https://t.me/$slug`, or the slug alone) and presses Pay.
    pub fn pay_invoice_link(&self, user_id: i64, link: &str) -> Driven<Value> {
        self.act(|state| {
            state.person(user_id)?;
            let slug = link.rsplit('$').next().unwrap_or(link);
            let invoice = state.links.get(slug).cloned();
            let invoice = invoice.ok_or_else(|| DriveError::NoSuchLink(link.to_owned()))?;
            state.begin_checkout(user_id, invoice).ok_or(DriveError::NotWanted("pre_checkout_query"))
        })
    }

    /// How an attempt to pay stands; the id is that of the `pre_checkout_query`.
    pub fn checkout(&self, query_id: &str) -> Option<CheckoutOutcome> {
        self.with(|state| Some(state.checkouts.get(query_id)?.outcome_at(state.now)))
    }

    /// Telegram charges a subscription for another period. Answers the new charge id.
    pub fn renew_subscription(&self, first_charge_id: &str) -> Driven<String> {
        let missing = || DriveError::NoSuchSubscription(first_charge_id.to_owned());
        self.act(|state| state.renew(first_charge_id).map_err(|_| missing()))
    }

    /// A person stops a subscription in the app's settings. Answers the queued `subscription` update.
    pub fn cancel_subscription(&self, first_charge_id: &str) -> Driven<Value> {
        self.act(|state| {
            let subscription =
                state.subscriptions.get_mut(first_charge_id).filter(|own| !own.canceled_by_person);
            let subscription =
                subscription.ok_or_else(|| DriveError::NoSuchSubscription(first_charge_id.to_owned()))?;
            subscription.canceled_by_person = true;
            let (user_id, payload) = (subscription.user_id, subscription.invoice.payload.clone());
            let user = state.user_json(user_id);
            state.push(
                "subscription",
                &json!({ "user": user, "invoice_payload": payload, "state": "canceled" }),
            )
        })
    }

    /// The kinds of updates that the bot asked for, as `setWebhook` would set them.
    pub fn allow_updates(&self, kinds: &[&str]) {
        let kinds: Vec<Value> = kinds.iter().map(|kind| Value::from(*kind)).collect();
        self.with(|state| state.queue.set_allowed(Some(&kinds)));
    }

    /// Takes every update nobody is delivering, oldest first. Each has to be given to [`Telegram::ack`] or
    /// [`Telegram::requeue`]; keeping the order within [`crate::queue_of`] is the deliverer's part.
    pub fn take_updates(&self) -> Vec<Value> {
        self.with(|state| state.queue.take(state.now))
    }

    /// An update was delivered (2xx); false if it was not waiting.
    pub fn ack(&self, update_id: i64) -> bool {
        self.with(|state| state.queue.confirm(update_id))
    }

    /// An update could not be delivered: the reason appears in `getWebhookInfo`, the update is taken again later.
    /// False if it has expired, as after 24 hours or, for buttons and pre-checkout, 150 seconds.
    pub fn requeue(&self, update_id: i64, reason: &str) -> bool {
        self.act(|state| {
            let now = state.now;
            if let Some(webhook) = &mut state.webhook {
                webhook.last_error = Some((now, reason.to_owned()));
            }
            state.queue.put_back(update_id, now)
        })
    }
}
