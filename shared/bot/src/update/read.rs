//! How updates are read: field by field, each only where it is needed.

use super::{
    Chat, Command, Content, InlineQuery, Kind, Member, Membership, Message, Origin, Place, PreCheckout,
    Press, StarSubscription, Update, UpdateError,
};
use domain::{Person, UserId};
use payments::stars::StarCharge;
use serde_json::{Map, Value};

/// Messages that Telegram itself writes into a chat about what happened there. Whatever else has no text is something
/// that a person sent, of a kind that may be newer than this code.
const SERVICE: [&str; 54] = [
    "boost_added",
    "channel_chat_created",
    "chat_background_set",
    "chat_owner_changed",
    "chat_owner_left",
    "chat_shared",
    "checklist_tasks_added",
    "checklist_tasks_done",
    "community_chat_added",
    "community_chat_joined",
    "community_chat_removed",
    "connected_website",
    "delete_chat_photo",
    "direct_message_price_changed",
    "forum_topic_closed",
    "forum_topic_created",
    "forum_topic_edited",
    "forum_topic_reopened",
    "general_forum_topic_hidden",
    "general_forum_topic_unhidden",
    "gift",
    "gift_upgrade_sent",
    "giveaway",
    "giveaway_completed",
    "giveaway_created",
    "giveaway_winners",
    "group_chat_created",
    "left_chat_member",
    "managed_bot_created",
    "message_auto_delete_timer_changed",
    "migrate_from_chat_id",
    "migrate_to_chat_id",
    "new_chat_members",
    "new_chat_photo",
    "new_chat_title",
    "paid_message_price_changed",
    "passport_data",
    "pinned_message",
    "poll_option_added",
    "poll_option_deleted",
    "proximity_alert_triggered",
    "suggested_post_approval_failed",
    "suggested_post_approved",
    "suggested_post_declined",
    "suggested_post_paid",
    "suggested_post_refunded",
    "supergroup_chat_created",
    "unique_gift",
    "users_shared",
    "video_chat_ended",
    "video_chat_participants_invited",
    "video_chat_scheduled",
    "video_chat_started",
    "invoice",
];

/// Accounts of Telegram's own that stand for many people: its service, anonymous administrators, channels as writers.
const NOBODY: [i64; 3] = [777_000, 1_087_968_824, 136_817_688];

/// What is missing.
type Missing = &'static str;

impl Update {
    /// Reads the body of a webhook call.
    pub fn parse(body: &[u8]) -> Result<Self, UpdateError> {
        let value: Value = serde_json::from_slice(body).map_err(|_| UpdateError::NotAnUpdate)?;
        Self::from_value(&value)
    }

    /// Reads one element of what `getUpdates` answers.
    pub fn from_value(value: &Value) -> Result<Self, UpdateError> {
        let update = value.as_object().ok_or(UpdateError::NotAnUpdate)?;
        let id = update.get("update_id").and_then(Value::as_i64).ok_or(UpdateError::NotAnUpdate)?;
        for (name, read) in KINDS {
            if let Some(value) = update.get(name) {
                let incomplete = |missing| UpdateError::Incomplete { id, kind: name, missing };
                return Ok(Self { id, kind: read(value).map_err(incomplete)? });
            }
        }
        Ok(Self { id, kind: Kind::Other(other_kind(update)) })
    }
}

type Reader = fn(&Value) -> Result<Kind, Missing>;

const KINDS: [(&str, Reader); 7] = [
    ("message", |value| message(value).map(Kind::Message)),
    ("callback_query", |value| press(value).map(Kind::Press)),
    ("pre_checkout_query", |value| pre_checkout(value).map(Kind::PreCheckout)),
    ("my_chat_member", |value| membership(value).map(Kind::Membership)),
    ("chat_member", |value| member(value).map(Kind::Member)),
    ("subscription", |value| star_subscription(value).map(Kind::StarSubscription)),
    ("inline_query", |value| inline_query(value).map(Kind::InlineQuery)),
];

fn other_kind(update: &Map<String, Value>) -> String {
    let name = update.keys().find(|key| *key != "update_id").map_or("nothing", String::as_str);
    name.chars().take(64).collect()
}

fn text(value: &Value, key: Missing) -> Result<&str, Missing> {
    value.get(key).and_then(Value::as_str).ok_or(key)
}

fn number(value: &Value, key: Missing) -> Result<i64, Missing> {
    value.get(key).and_then(Value::as_i64).ok_or(key)
}

fn owned(value: &Value, key: Missing) -> Result<String, Missing> {
    text(value, key).map(str::to_owned)
}

fn flag(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or(false)
}

fn person(value: &Value, key: Missing) -> Result<Person, Missing> {
    let value = value.get(key).ok_or(key)?;
    let optional = |key| text(value, key).ok().map(str::to_owned);
    let id = number(value, "id").ok().filter(|id| *id > 0).ok_or(key)?;
    Ok(Person {
        id: UserId(id),
        first_name: optional("first_name").unwrap_or_default(),
        username: optional("username"),
        language_tag: optional("language_code"),
    })
}

fn chat(value: &Value) -> Result<Chat, Missing> {
    let value = value.get("chat").ok_or("chat")?;
    Ok(Chat {
        id: number(value, "id").map_err(|_| "chat")?,
        username: owned(value, "username").ok(),
        private: text(value, "type") == Ok("private"),
    })
}

fn message(value: &Value) -> Result<Message, Missing> {
    let chat = chat(value)?;
    Ok(Message {
        from: writer(value, &chat),
        topic: number(value, "message_thread_id").ok().filter(|_| flag(value, "is_topic_message")),
        origin: value.get("forward_origin").filter(|origin| origin.is_object()).map(origin),
        content: content(value)?,
        chat,
    })
}

/// Who wrote a message; nobody, if it was no person.
fn writer(value: &Value, chat: &Chat) -> Option<Person> {
    let bot = value.get("from").is_some_and(|from| flag(from, "is_bot"));
    if bot || value.get("sender_chat").is_some() || flag(value, "is_automatic_forward") {
        return None;
    }
    // A private chat is the person.
    let own = || person(value, "chat").ok().filter(|_| chat.private);
    person(value, "from").ok().or_else(own).filter(|person| !NOBODY.contains(&person.id.0))
}

fn origin(value: &Value) -> Origin {
    match text(value, "type") {
        Ok("user") if value.get("sender_user").is_some_and(|user| flag(user, "is_bot")) => Origin::Other,
        Ok("user") => person(value, "sender_user").map_or(Origin::Hidden, |person| Origin::Person(person.id)),
        Ok("hidden_user") => Origin::Hidden,
        _ => Origin::Other,
    }
}

fn content(value: &Value) -> Result<Content, Missing> {
    if let Some(paid) = value.get("successful_payment") {
        return star_charge(paid).map(Content::Paid);
    }
    if let Some(refunded) = value.get("refunded_payment") {
        return star_charge(refunded).map(Content::Refunded);
    }
    if value.get("write_access_allowed").is_some() {
        return Ok(Content::WriteAccess);
    }
    Ok(match text(value, "text") {
        Ok(text) => Command::parse(text).map_or_else(|| Content::Text(text.to_owned()), Content::Command),
        Err(_) if SERVICE.iter().any(|key| value.get(key).is_some()) => Content::Service,
        Err(_) => Content::Chatter,
    })
}

fn star_charge(value: &Value) -> Result<StarCharge, Missing> {
    Ok(StarCharge {
        currency: owned(value, "currency")?,
        total_amount: number(value, "total_amount")?,
        invoice_payload: owned(value, "invoice_payload")?,
        telegram_payment_charge_id: owned(value, "telegram_payment_charge_id")?,
        subscription_expiration_date: value.get("subscription_expiration_date").and_then(Value::as_i64),
        is_recurring: flag(value, "is_recurring"),
        is_first_recurring: flag(value, "is_first_recurring"),
    })
}

fn press(value: &Value) -> Result<Press, Missing> {
    let place = match value.get("message").filter(|message| !message.is_null()) {
        Some(message) => Place::Message {
            chat: chat(message)?,
            id: number(message, "message_id")?,
            editable: number(message, "date").is_ok_and(|date| date != 0) && text(message, "text").is_ok(),
        },
        None => Place::Inline,
    };
    let data = owned(value, "data").unwrap_or_default();
    Ok(Press { id: owned(value, "id")?, from: person(value, "from")?, place, data })
}

fn pre_checkout(value: &Value) -> Result<PreCheckout, Missing> {
    Ok(PreCheckout {
        id: owned(value, "id")?,
        from: person(value, "from")?,
        currency: owned(value, "currency")?,
        total_amount: number(value, "total_amount")?,
        invoice_payload: owned(value, "invoice_payload")?,
    })
}

fn membership(value: &Value) -> Result<Membership, Missing> {
    let now = value.get("new_chat_member").ok_or("new_chat_member")?;
    let gone = matches!(text(now, "status")?, "kicked" | "left");
    Ok(Membership { chat: chat(value)?, from: person(value, "from")?, gone })
}

fn member(value: &Value) -> Result<Member, Missing> {
    let now = value.get("new_chat_member").ok_or("new_chat_member")?;
    Ok(Member { chat: chat(value)?, user: person(now, "user")?.id, inside: inside(now) })
}

/// Whether a `ChatMember` is in the chat; `None` for a status that is newer than this code.
pub(crate) fn inside(member: &Value) -> Option<bool> {
    match text(member, "status").ok()? {
        "creator" | "administrator" | "member" => Some(true),
        "restricted" => Some(flag(member, "is_member")),
        "left" | "kicked" => Some(false),
        _ => None,
    }
}

fn star_subscription(value: &Value) -> Result<StarSubscription, Missing> {
    Ok(StarSubscription {
        user: person(value, "user")?,
        invoice_payload: owned(value, "invoice_payload")?,
        state: owned(value, "state")?,
    })
}

fn inline_query(value: &Value) -> Result<InlineQuery, Missing> {
    let more = text(value, "offset").is_ok_and(|offset| !offset.is_empty());
    Ok(InlineQuery { id: owned(value, "id")?, from: person(value, "from")?, more })
}
