//! Updates that wait for the bot.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// Not sent unless asked for by name.
const OPT_IN: [&str; 3] = ["chat_member", "message_reaction", "message_reaction_count"];

struct Pending {
    update: Value,
    expires: Timestamp,
    /// Somebody is delivering it.
    taken: bool,
}

/// The queue of one bot.
pub(crate) struct Queue {
    next_id: i64,
    waiting: BTreeMap<i64, Pending>,
    /// Kinds the bot asked for; `None` is all but [`OPT_IN`].
    allowed: Option<Vec<String>>,
}

impl Queue {
    /// Real numbering starts anywhere; a fixed start keeps runs repeatable.
    pub(crate) fn new() -> Self {
        Self { next_id: 700_100_001, waiting: BTreeMap::new(), allowed: None }
    }

    /// Whether updates of this kind reach the bot.
    pub(crate) fn allows(&self, kind: &str) -> bool {
        match &self.allowed {
            Some(kinds) => kinds.iter().any(|allowed| allowed == kind),
            None => !OPT_IN.contains(&kind),
        }
    }

    /// Applies `allowed_updates`: nothing given keeps the previous list, an empty list restores the default.
    pub(crate) fn set_allowed(&mut self, kinds: Option<&[Value]>) {
        if let Some(kinds) = kinds {
            let kinds: Vec<_> = kinds.iter().filter_map(Value::as_str).map(str::to_ascii_lowercase).collect();
            self.allowed = Some(kinds).filter(|kinds| !kinds.is_empty());
        }
    }

    /// The kinds the bot asked for.
    pub(crate) fn allowed(&self) -> Option<&[String]> {
        self.allowed.as_deref()
    }

    /// Appends an update, `None` if the bot does not want its kind.
    pub(crate) fn push(&mut self, kind: &str, payload: &Value, now: Timestamp) -> Option<Value> {
        if !self.allows(kind) {
            return None;
        }
        let update = json!({ "update_id": self.next_id, kind: payload });
        let expires = now + lifetime(kind);
        self.waiting.insert(self.next_id, Pending { update: update.clone(), expires, taken: false });
        self.next_id += 1;
        Some(update)
    }

    /// Number of updates not yet confirmed.
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether there is one nobody is delivering.
    pub(crate) fn has_untaken(&self) -> bool {
        self.waiting.values().any(|pending| !pending.taken)
    }

    /// Takes all that nobody is delivering, in order; each must be confirmed or put back.
    pub(crate) fn take(&mut self, now: Timestamp) -> Vec<Value> {
        self.expire(now);
        let free = self.waiting.values_mut().filter(|pending| !pending.taken);
        free.map(|pending| {
            pending.taken = true;
            pending.update.clone()
        })
        .collect()
    }

    /// Removes a delivered update; false if it was not there.
    pub(crate) fn confirm(&mut self, update_id: i64) -> bool {
        self.waiting.remove(&update_id).is_some()
    }

    /// Puts a taken update back; false if it has expired meanwhile, as undelivered updates do.
    pub(crate) fn put_back(&mut self, update_id: i64, now: Timestamp) -> bool {
        if let Some(pending) = self.waiting.get_mut(&update_id) {
            pending.taken = false;
        }
        self.expire(now);
        self.waiting.contains_key(&update_id)
    }

    /// `getUpdates`: a positive offset confirms all before it, a negative one all but the last so many.
    pub(crate) fn poll(&mut self, offset: i64, limit: usize, now: Timestamp) -> Vec<Value> {
        let first = if offset < 0 {
            let back = usize::try_from(offset.unsigned_abs()).unwrap_or(usize::MAX);
            self.waiting
                .keys()
                .rev()
                .nth(back.min(self.waiting.len()).saturating_sub(1))
                .copied()
                .unwrap_or(0)
        } else {
            offset
        };
        self.waiting.retain(|id, _| *id >= first);
        self.expire(now);
        self.waiting.values().take(limit).map(|pending| pending.update.clone()).collect()
    }

    /// `drop_pending_updates`.
    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
    }

    fn expire(&mut self, now: Timestamp) {
        self.waiting.retain(|_, pending| pending.taken || pending.expires > now);
    }
}

/// How long the server keeps trying to deliver an update (server source, version 10.0).
fn lifetime(kind: &str) -> SignedDuration {
    match kind {
        "callback_query" | "pre_checkout_query" | "shipping_query" => SignedDuration::from_secs(150),
        "inline_query" => SignedDuration::from_secs(30),
        "chosen_inline_result" => SignedDuration::from_mins(10),
        _ => SignedDuration::from_hours(24),
    }
}

/// Names the delivery queue of an update: the server delivers one queue strictly in order, different queues in parallel.
pub fn queue_of(update: &Value) -> String {
    let owner = |kind: &str, path: &str| update.get(kind)?.pointer(path)?.as_i64();
    let queues = [
        ("message", "/chat/id", "chat"),
        ("edited_message", "/chat/id", "chat"),
        ("callback_query", "/from/id", "callback"),
        ("inline_query", "/from/id", "inline"),
        ("pre_checkout_query", "/from/id", "payment"),
        ("my_chat_member", "/chat/id", "bot-member"),
        ("chat_member", "/from/id", "member"),
        ("subscription", "/user/id", "subscription"),
    ];
    queues
        .into_iter()
        .find_map(|(kind, path, name)| Some(format!("{name}:{}", owner(kind, path)?)))
        .unwrap_or_else(|| "other".to_owned())
}
