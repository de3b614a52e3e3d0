//! What the panel sends by itself: lists of items, with the secret itself in a header.

use super::{show, world::World};
use jiff::Timestamp;
use serde_json::{Value, json};

/// One POST to the shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// A JSON list.
    pub body: Vec<u8>,
}

pub(super) type Item = Value;

/// Reminders are given once for a limit and once for an end.
#[derive(Default)]
pub(super) struct Remembered {
    pub(super) percent: bool,
    pub(super) days: bool,
}

impl World {
    /// Queues an item about a user; `by` is the administrator who did it.
    pub(super) fn report(
        &mut self,
        action: &str,
        index: usize,
        by: Option<&str>,
        more: &[(&str, Value)],
        now: Timestamp,
    ) {
        let user = show::user(self, &self.users[index], now);
        let name = self.users[index].username.clone();
        let mut fields = vec![("user", user)];
        fields.extend(more.iter().cloned());
        self.enqueue(action, &name, by, fields);
    }

    pub(super) fn enqueue(&mut self, action: &str, name: &str, by: Option<&str>, more: Vec<(&str, Value)>) {
        if self.config.webhook_secret.is_none() {
            return;
        }
        // The start of the process, for every item: a quirk of the panel.
        let started = show::fraction(&format!("{}.01345", self.started.as_second()));
        let mut item = json!({
            "enqueued_at": started, "send_at": started, "tries": 0, "username": name, "action": action,
        });
        if let Some(by) = by {
            item["by"] = show::admin(self, by);
        }
        for (key, value) in more {
            item[key] = value;
        }
        self.outbox.push(item);
    }

    pub(super) fn take_webhooks(&mut self) -> Option<Delivery> {
        let items = std::mem::take(&mut self.outbox);
        let secret = self.config.webhook_secret.clone()?;
        let headers = vec![
            ("content-type", "application/json".to_owned()),
            ("user-agent", "python-requests/2.32.3".to_owned()),
            ("x-webhook-secret", secret),
        ];
        let body = Value::Array(items);
        (body != json!([])).then(|| Delivery { headers, body: body.to_string().into_bytes() })
    }
}
