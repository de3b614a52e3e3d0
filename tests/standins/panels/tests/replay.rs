//! Every recorded call, made to the stand-in: the status must be the same, and so must the shape of the answer (keys
//! and types, at every depth). Ids differ between runs, so those learned from answers are translated in later calls.
#![expect(clippy::unwrap_used, reason = "the functions beside the tests are tests too")]

use axum::{Router, body::Body, http::Request};
use jiff::Timestamp;
use serde_json::{Value, json};
use standin_panels::remnawave::{Config, Family, Remnawave, Webhook};
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};
use tower::ServiceExt;

const V3: &str = include_str!("../data/remnawave-3.3.2.jsonl");
const V2: &str = include_str!("../data/remnawave-2.7.4.jsonl");

/// Recorded calls that are not replayed: part of the path or the label, and why. A path must then be an unknown route.
const LEFT_OUT: &[(&str, &str)] = &[
    ("/api/users/bulk/", "the shop makes no bulk calls: they skip unknown users silently and prove nothing"),
    ("/accessible-nodes", "servers are not stood in for"),
    ("/subscription-request-history", "nobody fetches subscriptions from the stand-in"),
    ("/api/hwid/devices/stats", "statistics of the whole panel are not used"),
    ("/api/subscriptions/", "the shop reads accounts; this is for subscription pages"),
    ("/api/bandwidth-stats/", "nobody is shown traffic by day and server"),
    ("/api/hosts", "how apps reach servers is the panel's affair"),
    ("/api/config-profiles", "how servers are configured is the panel's affair"),
    ("/api/subscription-settings", "how apps show subscriptions is the panel's affair"),
    ("/api/system/stats/", "statistics of servers and months are not used; system/stats is carried"),
    ("/api/system/health", "the panel's own process metrics are not used"),
    ("all hwid", "the list of everybody's devices is not used"),
    ("list filter tg", "filters of the list are not used; 3.x has the stream for that"),
    (
        "admin jwt without browser header",
        "made with an admin's login token; the stand-in knows API tokens only",
    ),
    ("RO ", "made with a token of narrower scope; the stand-in's token may do everything"),
    (
        "unknown field",
        "the stand-in refuses what a panel drops silently: see `unknown_fields_are_refused_loudly`",
    ),
];

/// Answers that may differ in one place: label, JSON pointer, and why.
const MAY_DIFFER: &[(&str, &str, &str)] = &[
    (
        "get now",
        "/response/activeInternalSquads ",
        "a bulk call that is left out had put the user into a squad",
    ),
    ("get now", "/response/tag ", "a bulk call that is left out had set it"),
];

fn panel(family: Family) -> Remnawave {
    let webhook = Some(Webhook { secret: "s".repeat(64) });
    let config =
        Config { family, token: "key".to_owned(), sub_domain: "sub.example.com".to_owned(), webhook };
    let now: Timestamp = "2026-11-20T21:12:30Z".parse().unwrap();
    Remnawave::new(config, Arc::new(move || now))
}

async fn call(router: &Router, line: &Value, path: &str, body: Option<&Value>) -> (u16, Value) {
    let mut uri = path.to_owned();
    for (index, (name, value)) in line["query"].as_object().into_iter().flatten().enumerate() {
        let mark = if index == 0 { "?" } else { "&" };
        uri.extend([mark, name, "=", value.as_str().unwrap()]);
    }
    let mut request = Request::builder().method(line["method"].as_str().unwrap()).uri(uri);
    request = request.header("x-forwarded-for", "127.0.0.1").header("x-forwarded-proto", "https");
    request = match line["auth"].as_str().unwrap() {
        "token" => request.header("authorization", "Bearer key"),
        "wrong" => request.header("authorization", "Bearer other"),
        _ => request,
    };
    let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    let request = request.header("content-type", "application/json").body(body).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    // The recorder wrote an empty body down as an empty text.
    (status, if bytes.is_empty() { json!("") } else { serde_json::from_slice(&bytes).unwrap() })
}

/// Recorded id → the stand-in's.
#[derive(Default)]
struct Names(HashMap<String, Value>);

impl Names {
    fn learn(&mut self, recorded: &Value, ours: &Value) {
        for key in ["id", "uuid", "shortUuid"] {
            let (Some(old), Some(new)) = (recorded.get(key), ours.get(key)) else { continue };
            self.0.insert(old.as_str().map_or_else(|| old.to_string(), str::to_owned), new.clone());
        }
    }

    fn path(&self, path: &str) -> String {
        let translate = |segment: &str| match self.0.get(segment) {
            Some(new) => new.as_str().map_or_else(|| new.to_string(), str::to_owned),
            None => segment.to_owned(),
        };
        path.split('/').map(translate).collect::<Vec<_>>().join("/")
    }

    fn body(&self, value: &Value, key: &str) -> Value {
        match value {
            Value::Object(map) => {
                map.iter().map(|(key, value)| (key.clone(), self.body(value, key))).collect()
            }
            Value::Array(items) => items.iter().map(|item| self.body(item, key)).collect(),
            Value::String(text) => self.0.get(text).cloned().unwrap_or_else(|| value.clone()),
            Value::Number(id) if key.to_lowercase().ends_with("id") => {
                self.0.get(&id.to_string()).cloned().unwrap_or_else(|| value.clone())
            }
            other => other.clone(),
        }
    }
}

/// Where two values differ in keys or types.
fn differences(at: &str, recorded: &Value, ours: &Value, found: &mut Vec<String>) {
    match (recorded, ours) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys()).collect::<BTreeSet<_>>() {
                match (a.get(key), b.get(key)) {
                    (Some(a), Some(b)) => differences(&format!("{at}/{key}"), a, b, found),
                    (Some(_), None) => found.push(format!("{at}/{key} is missing")),
                    _ => found.push(format!("{at}/{key} should not be there")),
                }
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            if a.len() != b.len() {
                found.push(format!("{at} has {} items, not {}", b.len(), a.len()));
            }
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                differences(&format!("{at}/{index}"), a, b, found);
            }
        }
        _ => {
            if std::mem::discriminant(recorded) != std::mem::discriminant(ours) {
                found.push(format!("{at} is {ours}, recorded was {recorded}"));
            }
        }
    }
}

fn tolerated(label: &str, difference: &str) -> bool {
    MAY_DIFFER.iter().any(|(call, at, _)| label == *call && difference.starts_with(at))
}

async fn replay(family: Family, recording: &str, unused: &mut Vec<&'static str>) -> usize {
    let panel = panel(family);
    let router = panel.router();
    let (mut names, mut replayed, mut wrong) = (Names::default(), 0, Vec::new());
    for line in recording.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let (label, path) = (line["label"].as_str().unwrap(), line["path"].as_str().unwrap());
        if let Some((reason, _)) =
            LEFT_OUT.iter().find(|(part, _)| path.contains(part) || label.contains(part))
        {
            unused.retain(|part| part != reason);
            if reason.starts_with('/') {
                let (status, answer) = call(&router, &line, &names.path(path), None).await;
                let unrouted = answer["message"].as_str().unwrap().starts_with("Cannot ");
                assert!(status == 404 && unrouted, "{label}: {status} {answer}");
            }
            continue;
        }
        let body = line.get("body").map(|body| names.body(body, ""));
        let (status, ours) = call(&router, &line, &names.path(path), body.as_ref()).await;
        names.learn(&line["answer"]["response"], &ours["response"]);
        let squads =
            (&line["answer"]["response"]["internalSquads"][0], &ours["response"]["internalSquads"][0]);
        names.learn(squads.0, squads.1);
        replayed += 1;
        let mut found = Vec::new();
        if line["status"] != status {
            found.push(format!("status {status}, recorded was {}", line["status"]));
        }
        differences("", &line["answer"], &ours, &mut found);
        found.retain(|difference| !tolerated(label, difference));
        for pointer in ["/errorCode", "/message"] {
            if line["answer"].pointer(pointer).is_some()
                && names.path(line["answer"].pointer(pointer).and_then(Value::as_str).unwrap())
                    != ours.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
            {
                found.push(format!("{pointer} is {:?}", ours.pointer(pointer)));
            }
        }
        wrong.extend(found.into_iter().map(|what| format!("{label}: {} {path}: {what}", line["method"])));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    replayed
}

#[tokio::test]
async fn the_recorded_calls_are_answered_alike() {
    let mut unused: Vec<_> = LEFT_OUT.iter().map(|(part, _)| *part).collect();
    let v3 = replay(Family::V3, V3, &mut unused).await;
    let v2 = replay(Family::V2, V2, &mut unused).await;
    assert!(unused.is_empty(), "nothing recorded is left out for {unused:?}");
    // Of 107 and 47: a recording that shrinks is noticed.
    assert_eq!((v3, v2), (79, 43));
}

#[tokio::test]
async fn unknown_fields_are_refused_loudly() {
    let panel = panel(Family::V3);
    let line = json!({"method": "POST", "auth": "token"});
    let body = json!({"username": "tg_1", "expireAt": "2026-12-20T21:12:54.000Z", "foo": 1});
    let (status, answer) = call(&panel.router(), &line, "/api/users", Some(&body)).await;
    assert_eq!((status, &answer["error"]), (400, &json!("STRICT")));
    assert!(answer["message"].as_str().unwrap().contains("`foo`"));
    assert!(panel.users().is_empty());
}
