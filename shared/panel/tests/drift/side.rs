//! Either kind of panel with its client, and its words put into those of the document.

use crate::{
    cases::{Case, Event, NAMES},
    marzban, support,
};
use domain::provisioning::Account;
use jiff::{SignedDuration, Timestamp};
use panel::{Desired, Panel};
use serde_json::{Value, json};
use standin_panels::remnawave as standin;

pub const SECOND: &str = "11111111-1111-4111-8111-11111111111a";
pub const PREMIUM: &str = "5062eee9-5b79-4ffb-93b4-9b17840a86eb";
pub const GOLD: &str = "6062eee9-5b79-4ffb-93b4-9b17840a86eb";
const NAME: &str = "tg_7_1";
const DAY: i64 = 86_400;
/// 2026-11-21T10:00:00Z, when both benches begin.
const START: i64 = 1_795_255_200;

pub enum Side {
    Remnawave(support::Bench),
    Marzban(marzban::Bench),
}

/// `day 30`.
pub fn day(at: Timestamp) -> String {
    let seconds = at.as_second() - START;
    assert_eq!(seconds % DAY, 0, "{at}");
    format!("day {}", seconds / DAY)
}

/// The moment of `day number`.
pub fn on(number: i64) -> Timestamp {
    Timestamp::from_second(START).unwrap() + SignedDuration::from_secs(number * DAY)
}

impl Side {
    pub async fn remnawave(family: standin::Family) -> Self {
        let bench = support::bench(family).await;
        bench.panel.add_internal_squad(SECOND, "Second");
        bench.panel.add_external_squad(PREMIUM, "Premium");
        bench.panel.add_external_squad(GOLD, "Gold");
        Self::Remnawave(bench)
    }

    pub async fn marzban() -> Self {
        Self::Marzban(marzban::bench().await)
    }

    pub fn now(&self) -> Timestamp {
        match self {
            Self::Remnawave(bench) => bench.now(),
            Self::Marzban(bench) => bench.now(),
        }
    }

    pub fn other_group(&self) -> &'static str {
        if matches!(self, Self::Remnawave(_)) { SECOND } else { "trojan" }
    }

    pub async fn settle(&self) -> Desired {
        match self {
            Self::Remnawave(bench) => support::settled(bench).await,
            Self::Marzban(bench) => marzban::settled(bench).await,
        }
    }

    pub async fn converge(&self, want: &Desired) -> Account {
        match self {
            Self::Remnawave(bench) => bench.client.converge(want, bench.now()).await.unwrap(),
            Self::Marzban(bench) => bench.converge(want).await,
        }
    }

    pub fn user(&self) -> Option<Value> {
        match self {
            Self::Remnawave(bench) => bench.panel.user(NAME),
            Self::Marzban(bench) => bench.panel.user(NAME),
        }
    }

    pub fn status(&self) -> String {
        self.user().unwrap()["status"].as_str().unwrap().to_lowercase()
    }

    pub fn clear(&self) {
        match self {
            Self::Remnawave(bench) => bench.panel.clear_calls(),
            Self::Marzban(bench) => bench.panel.clear_calls(),
        }
    }

    /// Lets the case happen in the panel; `false`: it cannot.
    pub fn change(&self, case: &Case) -> bool {
        let event = if matches!(self, Self::Remnawave(_)) { case.remnawave } else { case.marzban };
        match event {
            Event::None => return false,
            Event::Edit(fields) => self.edit(fields),
            Event::Use => {
                let used = 100 * support::GIB;
                assert!(match self {
                    Self::Remnawave(bench) => bench.panel.connect(NAME, used),
                    Self::Marzban(bench) => bench.panel.connect(NAME, used),
                });
                self.pass(0);
            }
            Event::Pass(days) => self.pass(24 * days),
            Event::Delete => assert!(match self {
                Self::Remnawave(bench) => bench.panel.delete(NAME),
                Self::Marzban(bench) => bench.panel.delete(NAME),
            }),
        }
        true
    }

    fn pass(&self, hours: i64) {
        match self {
            Self::Remnawave(bench) => bench.pass(hours),
            Self::Marzban(bench) => bench.pass(hours),
        }
    }

    fn edit(&self, fields: &str) {
        let mut patch: Value = serde_json::from_str(fields).unwrap();
        for value in patch.as_object_mut().unwrap().values_mut() {
            let Some(text) = value.as_str().map(str::to_owned) else { continue };
            if let Some(number) = text.strip_prefix("day ") {
                let at = on(number.parse().unwrap());
                *value = match self {
                    Self::Remnawave(_) => json!(at.to_string()),
                    Self::Marzban(_) => json!(at.as_second()),
                };
            } else if let Some(number) = text.strip_suffix(" GiB") {
                *value = json!(number.parse::<u64>().unwrap() * support::GIB);
            } else if let Some((uuid, _)) = NAMES.iter().find(|(_, name)| *name == text) {
                *value = json!(uuid);
            }
        }
        match self {
            Self::Remnawave(bench) => bench.panel.edit(NAME, &patch).unwrap(),
            Self::Marzban(bench) => bench.panel.edit(NAME, &patch).unwrap(),
        };
    }

    /// What was written since [`Self::clear`]: every call but reads, with its body but for the account's key.
    /// `before` = the account then, whose keys need not be shown.
    pub fn written(&self, before: Option<&Value>) -> String {
        let calls: Vec<(String, String, Option<Value>, u16)> = match self {
            Self::Remnawave(bench) => {
                let calls = bench.panel.calls().into_iter();
                calls.map(|call| (call.method, call.path, call.body, call.status)).collect()
            }
            Self::Marzban(bench) => {
                let calls = bench.panel.calls().into_iter();
                calls.map(|call| (call.method, call.path, call.body, call.status)).collect()
            }
        };
        let mut written = Vec::new();
        for (method, path, body, status) in calls.into_iter().filter(is_write) {
            assert!((200..300).contains(&status), "{method} {path} {status}");
            written.push(match (method.as_str(), path.rsplit('/').next().unwrap()) {
                ("PATCH" | "PUT", _) => format!("`{}`", plain(body.unwrap(), before)),
                ("POST", "users" | "user") => "a create".to_owned(),
                ("POST", "reset" | "reset-traffic") => "a reset".to_owned(),
                _ => panic!("{method} {path}"),
            });
        }
        if written.is_empty() { "nothing".to_owned() } else { written.join(", then ") }
    }
}

fn is_write((method, path, ..): &(String, String, Option<Value>, u16)) -> bool {
    method != "GET" && !path.ends_with("/token")
}

/// A body in the document's words.
fn plain(mut body: Value, before: Option<&Value>) -> Value {
    let fields = body.as_object_mut().unwrap();
    if let Some(before) = before {
        for key in ["uuid", "id"] {
            if let Some(sent) = fields.shift_remove(key) {
                assert_eq!(Some(&sent), before.get(key), "another account's key");
            }
        }
    }
    for (name, value) in fields.iter_mut() {
        *value = match (name.as_str(), &*value) {
            ("expireAt", Value::String(text)) => json!(day(text.parse().unwrap())),
            ("expire", Value::Number(seconds)) => {
                json!(day(Timestamp::from_second(seconds.as_i64().unwrap()).unwrap()))
            }
            ("trafficLimitBytes" | "data_limit", Value::Number(bytes)) => {
                let bytes = bytes.as_u64().unwrap();
                assert_eq!(bytes % support::GIB, 0);
                json!(format!("{} GiB", bytes / support::GIB))
            }
            ("proxies", Value::Object(proxies)) => {
                let kept =
                    |name: &String| before.is_some_and(|before| before["proxies"][name] == proxies[name]);
                let tell =
                    |name: &String| if kept(name) { json!("as before") } else { proxies[name].clone() };
                proxies.keys().map(|name| (name.clone(), tell(name))).collect()
            }
            (_, value) => named(value),
        };
    }
    body
}

fn named(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(named).collect(),
        Value::String(text) => {
            let name = NAMES.iter().find(|(uuid, _)| uuid == text);
            name.map_or_else(|| value.clone(), |(_, name)| json!(name))
        }
        other => other.clone(),
    }
}
