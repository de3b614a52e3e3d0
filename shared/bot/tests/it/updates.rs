//! Every recorded update is read as `updates/index.json` expects, and nothing at all makes the parser panic.

use bot::update::{Content, Kind, Place, Update, UpdateError};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::{fs, path::PathBuf};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/updates")
}

pub fn samples() -> Vec<(String, Value)> {
    let mut samples: Vec<(String, Value)> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().is_some_and(|name| name != "index.json"))
        .map(|path| {
            let value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), value)
        })
        .collect();
    samples.sort_by(|a, b| a.0.cmp(&b.0));
    samples
}

fn reading(update: &Update) -> String {
    match &update.kind {
        Kind::Message(message) => {
            let place = if message.chat.private { "private" } else { "group" };
            let who = message.from.as_ref().map_or("nobody".into(), |person| person.id.to_string());
            let what = match &message.content {
                Content::Command(command) => format!(
                    "/{} of {} with {:?}",
                    command.name,
                    command.addressee.as_deref().unwrap_or("anybody"),
                    command.payload
                ),
                Content::Paid(charge) => format!("paid {} {}", charge.total_amount, charge.currency),
                Content::Refunded(charge) => format!("refunded {}", charge.telegram_payment_charge_id),
                Content::Text(text) => {
                    let start: String = text.chars().take(40).collect();
                    format!("text of {} beginning {start:?}", text.chars().count())
                }
                other => format!("{other:?}"),
            };
            let origin =
                message.origin.as_ref().map(|origin| format!(", from {origin:?}")).unwrap_or_default();
            format!("{place} {who}: {what}{origin}")
        }
        Kind::Press(press) => {
            let place = match &press.place {
                Place::Message { editable: true, .. } => "on a message",
                Place::Message { editable: false, .. } => "on a lost message",
                Place::Inline => "inline",
            };
            format!("press {} {place}", press.data)
        }
        Kind::PreCheckout(query) => format!("asks for {} {}", query.total_amount, query.currency),
        Kind::Membership(change) => format!("gone: {}", change.gone),
        Kind::Member(change) => {
            format!("{} of {} is inside: {:?}", change.user, change.chat.id, change.inside)
        }
        Kind::InlineQuery(query) => format!("inline query of {}, more: {}", query.from.id, query.more),
        Kind::StarSubscription(change) => format!("subscription {}", change.state),
        Kind::Other(kind) => format!("other {kind}"),
    }
}

#[test]
fn every_sample_is_read_as_expected() {
    let readings: Vec<String> = samples()
        .into_iter()
        .map(|(name, value)| {
            let body = serde_json::to_vec(&value).unwrap();
            let update = Update::parse(&body).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(Some(update.id), value["update_id"].as_i64());
            format!("{name}: {}", reading(&update))
        })
        .collect();
    assert_eq!(readings.len(), 38);
    insta::assert_snapshot!(readings.join("\n"));
}

#[test]
fn what_is_no_update_is_an_error() {
    let bodies: [&[u8]; 9] = [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"{\"update_id\":\"1\"}",
        b"{\"update_id\":1.5}",
        b"{\"update_id\":99999999999999999999}",
        b"{\"update_id\":1",
        b"\xff\xfe",
    ];
    for body in bodies {
        assert_eq!(Update::parse(body), Err(UpdateError::NotAnUpdate), "{body:?}");
    }
    let deep = format!("{{\"update_id\":1,\"x\":{}1{}}}", "[".repeat(5000), "]".repeat(5000));
    assert_eq!(Update::parse(deep.as_bytes()), Err(UpdateError::NotAnUpdate));
}

#[test]
fn a_payment_that_cannot_be_read_is_not_taken_for_chatter() {
    let message = json!({"message_id": 1, "chat": {"id": 5, "type": "private"}, "from": {"id": 5},
        "date": 1, "text": "x", "successful_payment": {"currency": "XTR", "total_amount": "250"}});
    let update = json!({"update_id": 7, "message": message});
    let error = UpdateError::Incomplete { id: 7, kind: "message", missing: "total_amount" };
    assert_eq!(Update::from_value(&update), Err(error));
}

fn message(fields: &Value) -> bot::update::Message {
    let mut message = json!({"message_id": 1, "chat": {"id": 5, "type": "private", "first_name": "Eva"},
        "from": {"id": 5, "first_name": "Eva"}, "date": 1});
    for (name, value) in fields.as_object().unwrap() {
        message[name] = value.clone();
    }
    match Update::from_value(&json!({"update_id": 7, "message": message})).unwrap().kind {
        Kind::Message(message) => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_a_person_sends_is_never_taken_for_silence() {
    for fields in [json!({"rich_message": {}}), json!({"text": 5}), json!({"thing_of_2030": {}}), json!({})] {
        assert_eq!(message(&fields).content, Content::Chatter, "{fields}");
    }
    for fields in [json!({"pinned_message": {}}), json!({"migrate_to_chat_id": -1005}), json!({"gift": {}})] {
        assert_eq!(message(&fields).content, Content::Service, "{fields}");
    }
    assert_eq!(message(&json!({"from": null})).from.unwrap().id.0, 5, "a private chat is the person");
}

#[test]
fn what_stands_for_many_people_is_nobody() {
    for id in [777_000, 1_087_968_824, 136_817_688] {
        assert_eq!(message(&json!({"from": {"id": id, "first_name": "X"}})).from, None, "{id}");
    }
    assert_eq!(message(&json!({"sender_chat": {"id": -1005, "type": "channel"}})).from, None);
    assert_eq!(message(&json!({"from": {"id": 5, "is_bot": true}})).from, None);
}

#[test]
fn the_topic_of_a_forum_is_kept_and_that_of_a_thread_is_not() {
    assert_eq!(message(&json!({"message_thread_id": 9, "is_topic_message": true})).topic, Some(9));
    assert_eq!(message(&json!({"message_thread_id": 9})).topic, None);
}

#[test]
fn a_member_is_in_by_any_status_that_says_so() {
    let cases = [
        (json!({"status": "creator"}), Some(true)),
        (json!({"status": "administrator"}), Some(true)),
        (json!({"status": "member"}), Some(true)),
        (json!({"status": "restricted", "is_member": true}), Some(true)),
        (json!({"status": "restricted", "is_member": false}), Some(false)),
        (json!({"status": "left"}), Some(false)),
        (json!({"status": "kicked"}), Some(false)),
        (json!({"status": "guest_of_2030"}), None),
    ];
    for (mut member, inside) in cases {
        member["user"] = json!({"id": 5, "first_name": "Eva"});
        let change = json!({"chat": {"id": -1005, "type": "channel"}, "from": {"id": 6, "first_name": "Admin"},
            "new_chat_member": member});
        match Update::from_value(&json!({"update_id": 7, "chat_member": change})).unwrap().kind {
            Kind::Member(change) => assert_eq!((change.user.0, change.inside), (5, inside)),
            other => panic!("{other:?}"),
        }
    }
}

/// Replaces the `index`-th value of the tree by `new`.
fn mutilate(value: &mut Value, index: &mut usize, new: &Value) {
    if *index == 0 {
        *value = new.clone();
    }
    *index = index.wrapping_sub(1);
    match value {
        Value::Object(fields) => fields.values_mut().for_each(|field| mutilate(field, index, new)),
        Value::Array(items) => items.iter_mut().for_each(|item| mutilate(item, index, new)),
        _ => {}
    }
}

proptest! {
    #[test]
    fn mutilated_updates_are_read_or_refused(sample in 0_usize..38, at in 1_usize..60, with in 0_usize..6) {
        let (_, mut value) = samples().swap_remove(sample);
        let news = [Value::Null, json!(-1), json!("\u{0}<&"), json!([]), json!({}), json!(1e300)];
        mutilate(&mut value, &mut { at }, &news[with]);
        match Update::from_value(&value) {
            Ok(update) => prop_assert_eq!(Some(update.id), value["update_id"].as_i64()),
            Err(UpdateError::NotAnUpdate) => prop_assert!(value["update_id"].as_i64().is_none()),
            Err(UpdateError::Incomplete { kind, .. }) => prop_assert!(value.get(kind).is_some()),
        }
    }
}
