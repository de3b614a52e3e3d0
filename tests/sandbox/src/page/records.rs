//! A person's part of the table, for people to read.

use serde::Serialize;
use serde_json::{Value, json};

/// A name and a value, both as text.
pub type Field = (String, String);

/// Something that happened.
#[derive(Debug, Serialize, PartialEq, Eq)]
pub struct EventLine {
    /// Sorts by time.
    pub id: String,
    /// When (RFC 3339).
    pub at: String,
    /// Who did it.
    pub actor: String,
    /// What: `credited`.
    pub kind: String,
    /// The rest.
    pub fields: Vec<Field>,
}

/// A stored record.
#[derive(Debug, Serialize, PartialEq, Eq)]
pub struct RecordView {
    /// `Buyer`, `Subscription 1`, `Quote`, `Payment`.
    pub title: String,
    /// Its key in the table.
    pub key: String,
    /// Every attribute but keys, nested ones with dots.
    pub fields: Vec<Field>,
}

/// What `user` has in the table: events, newest first, and records.
pub fn of_user(items: &[Value], user: i64) -> (Vec<EventLine>, Vec<RecordView>) {
    let partition = format!("USER#{user}");
    let own = || items.iter().filter(|item| text(item, "PK") == partition);
    let is_event = |item: &&Value| text(item, "SK").starts_with("EVENT#");
    let mut events: Vec<EventLine> = own().filter(is_event).map(event).collect();
    events.reverse();
    let records = own().filter(|item| !is_event(item));
    let owner = user.to_string();
    let is_payment = |item: &&Value| {
        text(item, "PK").starts_with("PAY#") && text(item, "SK") == "#" && item["user"]["N"] == owner.as_str()
    };
    // The newest payment first.
    let mut payments: Vec<&Value> = items.iter().filter(is_payment).collect();
    payments.sort_by_key(|item| std::cmp::Reverse(text(item, "created_at").to_owned()));
    (events, records.chain(payments).map(record).collect())
}

/// Everybody whom the shop knows, as the switch of people wants it.
pub fn buyers(items: &[Value]) -> Vec<Value> {
    let profiles = items.iter().filter(|item| text(item, "SK") == "#PROFILE");
    let person = |item: &Value| {
        let id = item["id"]["N"].as_str().and_then(|id| id.parse::<i64>().ok());
        json!({
            "id": id, "first_name": text(item, "first_name"), "username": item["username"]["S"],
            "language_code": text(item, "language"),
        })
    };
    profiles.map(person).collect()
}

fn text<'a>(item: &'a Value, name: &str) -> &'a str {
    item[name]["S"].as_str().unwrap_or_default()
}

fn event(item: &Value) -> EventLine {
    let kind = &item["kind"]["M"];
    let mut fields = Vec::new();
    for (name, value) in kind.as_object().into_iter().flatten().filter(|(name, _)| *name != "kind") {
        flatten(name.clone(), value, &mut fields);
    }
    // Short facts first: ids are long and say little.
    fields.sort_by_cached_key(|(name, value)| (value.len(), name.clone()));
    EventLine {
        id: text(item, "id").to_owned(),
        at: text(item, "at").to_owned(),
        actor: text(item, "actor").to_owned(),
        kind: text(kind, "kind").to_owned(),
        fields,
    }
}

fn record(item: &Value) -> RecordView {
    let (pk, sk) = (text(item, "PK"), text(item, "SK"));
    let title = match sk {
        "#PROFILE" => "Buyer".to_owned(),
        "#QUOTE" => "Quote".to_owned(),
        _ if pk.starts_with("PAY#") => "Payment".to_owned(),
        _ if sk.starts_with("#METHOD#") => "Saved method".to_owned(),
        _ => sk.strip_prefix("#SUB#").map_or_else(|| sk.to_owned(), |no| format!("Subscription {no}")),
    };
    // A saved method's token is shown to nobody.
    let is_key = |name: &str| matches!(name, "PK" | "SK" | "token") || name.starts_with("GSI");
    let mut fields = Vec::new();
    for (name, value) in item.as_object().into_iter().flatten().filter(|(name, _)| !is_key(name)) {
        flatten(name.clone(), value, &mut fields);
    }
    // What is nested comes last.
    fields.sort_by_cached_key(|(name, _)| (name.contains('.'), name.clone()));
    RecordView { title, key: format!("{pk} {sk}"), fields }
}

/// Writes a DynamoDB value as fields: maps by dotted names, lists of plain values in one.
fn flatten(name: String, value: &Value, into: &mut Vec<Field>) {
    if let Some(map) = value["M"].as_object() {
        for (key, value) in map {
            flatten(format!("{name}.{key}"), value, into);
        }
        return;
    }
    match value["L"].as_array() {
        Some(list) if list.iter().any(|item| item["M"].is_object() || item["L"].is_array()) => {
            for (index, item) in list.iter().enumerate() {
                flatten(format!("{name}.{index}"), item, into);
            }
        }
        Some(list) => into.push((name, list.iter().map(plain).collect::<Vec<_>>().join(", "))),
        None => into.push((name, plain(value))),
    }
}

fn plain(value: &Value) -> String {
    let scalar = value.as_object().and_then(|typed| typed.values().next()).unwrap_or(value);
    match scalar {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_persons_items_are_told_from_others_and_flattened() {
        let s = |text: &str| json!({ "S": text });
        let event = |user: &str, id: &str| {
            json!({
                "PK": s(user), "SK": s(&format!("EVENT#{id}")), "id": s(id), "at": s("2026-11-21T10:00:00Z"),
                "actor": s("buyer"),
                "kind": { "M": { "kind": s("credited"), "no": { "N": "1" }, "causes": { "L": [s("a"), s("b")] } } },
            })
        };
        let terms = json!({ "M": { "name": { "M": { "en": s("1 month") } } } });
        let items = [
            json!({ "PK": s("PAY#old"), "SK": s("#"), "user": { "N": "4" }, "created_at": s("2026-11-20"), "state": s("paid") }),
            json!({ "PK": s("PAY#new"), "SK": s("#"), "user": { "N": "4" }, "created_at": s("2026-11-21"), "state": s("open") }),
            json!({ "PK": s("USER#4"), "SK": s("#SUB#1"), "trial": { "BOOL": false }, "terms": terms }),
            event("USER#4", "1"),
            event("USER#4", "2"),
            event("USER#42", "3"),
        ];
        let (events, records) = of_user(&items, 4);
        assert_eq!(events.iter().map(|event| event.id.as_str()).collect::<Vec<_>>(), ["2", "1"]);
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(events[0].fields, [field("no", "1"), field("causes", "a, b")]);
        let keys: Vec<&str> = records.iter().map(|record| record.key.as_str()).collect();
        assert_eq!(keys, ["USER#4 #SUB#1", "PAY#new #", "PAY#old #"]);
        assert_eq!(records[0].title, "Subscription 1");
        assert_eq!(records[0].fields, [field("trial", "false"), field("terms.name.en", "1 month")]);
    }
}
