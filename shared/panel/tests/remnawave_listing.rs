//! All accounts, part by part, and the panel's own lists and counts, against panels of all versions, over HTTP; and
//! every call against answers that were recorded.
#![expect(clippy::unwrap_used, clippy::panic, reason = "the functions beside the tests are tests too")]

mod support;

use axum::{Router, extract::Request, http::StatusCode, response::IntoResponse};
use panel::{Node, Page, Panel, PanelError, Remnawave, Squad, Statistics};
use serde_json::{Value, json};
use standin_panels::remnawave::{self as standin, Fault as Break};
use std::{collections::HashMap, sync::Arc};
use support::{Bench, VERSIONS, bench, bench_of, client, named, serve, settled};

const V3: &str = include_str!("../../../tests/standins/panels/data/remnawave-3.3.2.jsonl");
const V2: &str = include_str!("../../../tests/standins/panels/data/remnawave-2.7.4.jsonl");

/// Five accounts, the middle three of one instant.
async fn five(version: &str) -> Bench {
    let bench = bench_of(version).await;
    for (name, hours) in [("acc_3", 1), ("acc_9", 0), ("acc_5", 0), ("acc_7", 1), ("acc_1", 1)] {
        add(&bench, name).await;
        bench.pass(hours);
    }
    bench
}

async fn add(bench: &Bench, name: &str) {
    bench.import(json!({"username": name, "expireAt": "2026-12-21T10:00:00.000Z"})).await;
}

fn usernames(page: &Page) -> Vec<&str> {
    page.accounts.iter().map(|listed| listed.account.username.as_str()).collect()
}

/// All names from `cursor` on.
async fn rest(bench: &Bench, mut cursor: Option<String>, size: u16) -> Vec<String> {
    let mut names = Vec::new();
    for _ in 0..20 {
        let page = bench.client.page(cursor.as_deref(), size).await.unwrap();
        names.extend(usernames(&page).into_iter().map(str::to_owned));
        match page.next {
            Some(next) => cursor = Some(next),
            None => return names,
        }
    }
    panic!("no end: {names:?}");
}

#[tokio::test]
async fn all_accounts_are_listed_once() {
    for version in VERSIONS {
        let bench = five(version).await;
        bench.panel.edit("acc_7", &json!({"status": "DISABLED", "telegramId": null})).unwrap();
        for size in [1, 2, 3, 4, 5, 1000] {
            let mut names = rest(&bench, None, size).await;
            names.sort();
            assert_eq!(names, ["acc_1", "acc_3", "acc_5", "acc_7", "acc_9"], "{version}, {size}");
        }
        let page = bench.client.page(None, 1000).await.unwrap();
        let shown: Vec<_> = page.accounts.iter().map(|one| (one.telegram_id, one.disabled)).collect();
        assert_eq!(shown.iter().filter(|one| **one == (None, true)).count(), 1);
        assert_eq!(shown.iter().filter(|one| **one == (Some(7), false)).count(), 4);
        assert_eq!(page.accounts[0].description.as_deref(), Some("2getpro 7/1"));
        let next = bench.client.page(None, 2).await.unwrap().next.unwrap();
        assert!(next.starts_with(if version < "2.8" { "p:2:" } else { "s:" }), "{version}: {next}");
    }
}

#[tokio::test]
async fn nobody_is_left_out_while_others_come_and_go() {
    for version in VERSIONS {
        let bench = five(version).await;
        let page = bench.client.page(None, 2).await.unwrap();
        let seen: Vec<_> = usernames(&page).into_iter().map(str::to_owned).collect();
        assert_eq!(seen[0], "acc_3");
        // One that was listed goes, and so does the one that the next part would begin with; one comes.
        for name in &seen {
            assert!(bench.panel.delete(name));
        }
        add(&bench, "acc_0").await;
        let mut names = rest(&bench, page.next, 2).await;
        names.sort();
        names.dedup();
        let mut expected = vec!["acc_0", "acc_1", "acc_3", "acc_5", "acc_7", "acc_9"];
        expected.retain(|name| !seen.iter().any(|gone| gone == name));
        assert_eq!(names, expected, "{version}");
        // Everybody goes.
        let page = bench.client.page(None, 2).await.unwrap();
        for name in ["acc_0", "acc_1", "acc_5", "acc_7", "acc_9"] {
            bench.panel.delete(name);
        }
        assert!(rest(&bench, page.next, 2).await.is_empty(), "{version}");
        assert_eq!(bench.client.page(None, 2).await.unwrap(), Page { accounts: Vec::new(), next: None });
    }
}

#[tokio::test]
async fn a_listing_goes_on_through_an_upgrade() {
    let bench = five("2.7.4").await;
    let page = bench.client.page(None, 2).await.unwrap();
    let mut names: Vec<_> = usernames(&page).into_iter().map(str::to_owned).collect();
    bench.panel.set_version("3.3.2");
    names.extend(rest(&bench, page.next, 2).await);
    names.sort();
    assert_eq!(names, ["acc_1", "acc_3", "acc_5", "acc_7", "acc_9"]);
}

#[tokio::test]
async fn one_account_that_cannot_be_read_hides_no_other() {
    for version in VERSIONS {
        let bench = five(version).await;
        let mut users = bench.panel.users();
        users[1]["trafficLimitStrategy"] = json!("LUNAR");
        users[2].as_object_mut().unwrap().shift_remove("expireAt");
        users[3]["status"] = json!("FROZEN");
        let inside = json!({"total": 5, "users": users, "nextCursor": null, "hasMore": false});
        let headers = vec![("content-type", "application/json".to_owned())];
        let body = json!({"response": inside}).to_string();
        let answer = Break::Answer { status: 200, headers, body };
        let faults = if version < "2.8" { vec![Break::Pass, answer] } else { vec![answer] };
        bench.panel.fail_next(faults);
        let page = bench.client.page(None, 5).await.unwrap();
        assert_eq!((usernames(&page), &page.next), (vec!["acc_3", "acc_7", "acc_1"], &None), "{version}");
    }
}

#[tokio::test]
async fn a_place_in_another_list_is_refused() {
    let bench = bench(standin::Family::V3).await;
    for cursor in ["", "7", "x:7", "p:7", "p:seven:2026-11-21T10:00:00Z:tg_7_1", "p:7:today:tg_7_1"] {
        let error = bench.client.page(Some(cursor), 5).await.unwrap_err();
        assert!(matches!(error, PanelError::NotOffered { .. }), "{cursor}: {error:?}");
    }
    assert_eq!(bench.calls(), [""; 0]);
}

#[tokio::test]
async fn a_panel_that_ignores_the_order_is_not_believed() {
    let bench = five("2.7.4").await;
    let mut users = bench.panel.users();
    users.reverse();
    let body = json!({"response": {"total": 9, "users": users}}).to_string();
    bench.panel.fail_next([Break::Pass, Break::Answer { status: 200, headers: Vec::new(), body }]);
    let error = bench.client.page(None, 5).await.unwrap_err();
    assert!(matches!(error, PanelError::Garbage { .. }), "{error:?}");
}

#[tokio::test]
async fn squads_are_told_with_their_members() {
    for version in VERSIONS {
        let bench = bench_of(version).await;
        settled(&bench).await;
        bench.panel.add_external_squad("5062eee9-5b79-4ffb-93b4-9b17840a86eb", "Premium");
        let squad = |id: &str, name: &str, external, members| Squad {
            id: id.to_owned(),
            name: name.to_owned(),
            external,
            members: Some(members),
        };
        let mut expected = vec![squad(standin::DEFAULT_SQUAD, "Default-Squad", false, 1)];
        if version > "2.2" {
            expected.push(squad("5062eee9-5b79-4ffb-93b4-9b17840a86eb", "Premium", true, 0));
        }
        assert_eq!(bench.client.squads().await.unwrap(), expected, "{version}");
    }
}

#[tokio::test]
async fn servers_and_counts_are_told() {
    for version in VERSIONS {
        let bench = bench_of(version).await;
        assert_eq!(bench.client.nodes().await.unwrap(), []);
        bench.panel.add_node("Berlin");
        bench.panel.add_node("Oslo");
        bench.panel.set_node("Oslo", false, 3);
        let node = |name: &str, connected, online| Node {
            name: name.to_owned(),
            connected,
            disabled: false,
            online: Some(online),
        };
        let expected = [node("Berlin", true, 0), node("Oslo", false, 3)];
        assert_eq!(bench.client.nodes().await.unwrap(), expected, "{version}");
        settled(&bench).await;
        bench
            .import(
                json!({"username": "acc_1", "status": "DISABLED", "expireAt": "2026-12-21T10:00:00.000Z"}),
            )
            .await;
        bench
            .import(json!({"username": "acc_2", "status": "LIMITED", "expireAt": "2026-12-21T10:00:00.000Z"}))
            .await;
        assert!(bench.panel.connect("tg_7_1", 1));
        let counts = Statistics { accounts: 3, active: 1, expired: 0, limited: 1, disabled: 1, online: 1 };
        assert_eq!(bench.client.statistics().await.unwrap(), counts, "{version}");
    }
}

/// A panel that gives to each method and path what a real one gave, as it stood in one of these recorded calls.
async fn recorded(recording: &str, labels: &[&str]) -> Remnawave {
    let mut answers = HashMap::new();
    for line in recording.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        if labels.contains(&line["label"].as_str().unwrap()) {
            let call = format!("{} {}", line["method"].as_str().unwrap(), line["path"].as_str().unwrap());
            let status = u16::try_from(line["status"].as_u64().unwrap()).unwrap();
            let body = if line["answer"] == "" { String::new() } else { line["answer"].to_string() };
            assert!(answers.insert(call.clone(), (status, body)).is_none(), "{call} twice");
        }
    }
    assert_eq!(answers.len(), labels.len());
    let answers = Arc::new(answers);
    let give = move |request: Request| {
        let call = format!("{} {}", request.method(), request.uri().path());
        let unknown = json!({"message": format!("Cannot {call}"), "error": "Not Found", "statusCode": 404});
        let (status, body) = answers.get(&call).cloned().unwrap_or((404, unknown.to_string()));
        async move { (StatusCode::from_u16(status).unwrap(), body).into_response() }
    };
    client(&serve(Router::new().fallback(give)).await, "key")
}

#[tokio::test]
async fn what_version_3_answered_is_understood() {
    let labels = [
        "internal squads",
        "stream page1",
        "system stats",
        "nodes",
        "by username",
        "list hwid",
        "delete hwid",
        "delete all hwid",
        "disable",
        "reset traffic",
        "revoke default",
        "metadata",
    ];
    let panel = recorded(V3, &labels).await;
    let key = named("tg_100500");
    let page = panel.page(None, 2).await.unwrap();
    assert_eq!((usernames(&page), page.next.as_deref()), (vec!["tg_1", "tg_100500"], Some("s:52")));
    assert_eq!((page.accounts[0].telegram_id, page.accounts[1].telegram_id), (None, Some(7_123_456_789)));
    let counts = Statistics { accounts: 9, active: 8, limited: 1, ..Statistics::default() };
    assert_eq!(panel.statistics().await.unwrap(), counts);
    assert_eq!(panel.squads().await.unwrap()[0].name, "Default-Squad");
    assert_eq!(panel.nodes().await.unwrap(), []);
    let devices = panel.devices(&key).await.unwrap();
    assert_eq!((devices.len(), devices[5].model.as_deref()), (6, Some("Pixel 8")));
    assert_eq!(panel.forget_device(&key, "dev-aaaaaaaaaa").await.unwrap(), devices[..5]);
    panel.forget_devices(&key).await.unwrap();
    assert!(panel.set_enabled(&key, false).await.unwrap() && panel.reset_traffic(&key).await.unwrap());
    let before = panel.account(&key).await.unwrap().unwrap();
    assert_ne!(panel.revoke(&key).await.unwrap().unwrap().link, before.link);
    assert_eq!(panel.health().await.unwrap().version.as_deref(), Some("3.3.2"));
}

#[tokio::test]
async fn what_version_2_answered_is_understood() {
    let labels = [
        "internal squads",
        "stream (2.8+)",
        "list",
        "stats",
        "by username",
        "list hwid",
        "delete hwid",
        "delete all",
        "disable",
        "reset",
        "revoke",
        "metadata",
    ];
    let panel = recorded(V2, &labels).await;
    let key = named("tg_100500");
    let page = panel.page(None, 1).await.unwrap();
    assert_eq!(
        (usernames(&page), page.next.as_deref()),
        (vec!["tg_1"], Some("p:1:2026-11-20T21:12:54.941Z:tg_1"))
    );
    let counts = Statistics { accounts: 2, active: 2, ..Statistics::default() };
    assert_eq!(panel.statistics().await.unwrap(), counts);
    assert_eq!(panel.squads().await.unwrap().len(), 1);
    let devices = panel.devices(&key).await.unwrap();
    assert_eq!((devices.len(), devices[0].platform.as_deref()), (1, Some("Android")));
    assert_eq!(panel.forget_device(&key, "dev-aaaaaaaaaa").await.unwrap(), []);
    panel.forget_devices(&key).await.unwrap();
    assert!(panel.set_enabled(&key, false).await.unwrap() && panel.reset_traffic(&key).await.unwrap());
    let before = panel.account(&key).await.unwrap().unwrap();
    assert_ne!(panel.revoke(&key).await.unwrap().unwrap().link, before.link);
    assert_eq!(panel.health().await.unwrap().version.as_deref(), Some("2.7.4"));
}
