//! Thousands of accounts, a page at a time. The table has no stream here: the emulator's grows slower with every record.
//!
//! `SYNC_ACCOUNTS=20000 cargo test -p sandbox --test e2e -- at_scale --nocapture` runs it at full size (about nine minutes, in
//! which the emulator is slow and nothing else).

use crate::purchase::at;
use aws_sdk_dynamodb::{
    Client,
    config::{BehaviorVersion, Credentials, Region},
};
use axum::Router;
use domain::{
    Sync, UserId,
    sync::{Counts, Depth},
};
use dynoxide::Database;
use jiff::{SignedDuration, Timestamp};
use panel::{AnyPanel, Config, Panels, Remnawave};
use serde_json::{Value, json};
use shop::sync::{Schedule, turn};
use standin_panels::remnawave::{self as standin, Fault};
use std::{sync::Arc, time::Instant};
use store::Store;

/// Three pages, of which one is asked for twice.
const FEW: i64 = 1200;

fn many() -> i64 {
    std::env::var("SYNC_ACCOUNTS").ok().and_then(|text| text.parse().ok()).unwrap_or(FEW)
}

async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

/// The table as the sandbox has it, without its stream.
async fn store() -> Store {
    let mut definition: Value = sandbox::table::definition("shop");
    definition.as_object_mut().unwrap().remove("StreamSpecification");
    let database = Database::memory().unwrap();
    database.create_table(serde_json::from_value(definition).unwrap()).unwrap();
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(dynoxide::server::serve_on(listener, database));
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::from_keys("test", "test", None))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(format!("http://{address}"));
    Store::new(Client::from_conf(config.build()), "shop")
}

async fn panel(now: Timestamp) -> (standin::Remnawave, Panels) {
    let config = standin::Config {
        family: standin::Family::V3,
        token: "key".to_owned(),
        sub_domain: "sub.example.com".to_owned(),
        webhook: None,
    };
    let panel = standin::Remnawave::new(config, Arc::new(move || now));
    let base = serve(panel.router()).await;
    let config = Config { base_url: base.parse().unwrap(), token: "key".into(), extra_headers: Vec::new() };
    let client = AnyPanel::Remnawave(Remnawave::new(reqwest::Client::new(), config));
    (panel, Panels::new([("main".parse().unwrap(), client)]))
}

fn account(number: i64) -> Value {
    json!({
        "username": format!("old_{number}"), "telegramId": 100_000 + number, "expireAt": "2027-03-01T00:00:00.000Z",
        "trafficLimitBytes": 5_000_000_000_u64, "trafficLimitStrategy": "MONTH",
        "activeInternalSquads": [standin::DEFAULT_SQUAD],
    })
}

/// Lets slices turn until the run is over; answers what was counted, and the memory after each slice in MiB.
async fn run(store: &Store, panels: &Panels, depth: Depth, now: Timestamp) -> (Counts, Vec<u64>) {
    let known: Option<Sync> = store.syncs().await.unwrap().into_iter().next();
    if let Some(known) = known {
        store.commit(&known.asked(depth, UserId(7), now)).await.unwrap();
    }
    let schedule = Schedule { every: SignedDuration::ZERO, depth };
    let mut memory = Vec::new();
    loop {
        let later = now + SignedDuration::from_mins(2 * i64::try_from(memory.len()).unwrap());
        let turned = turn(store, panels, schedule, later).await.unwrap();
        memory.push(resident());
        assert!(memory.len() < 10, "{:?}", store.syncs().await);
        if turned.ended == 1 {
            return (store.syncs().await.unwrap()[0].counts, memory);
        }
    }
}

/// This process's memory in MiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or_default() / 1024
}

#[tokio::test]
async fn thousands_of_accounts_are_compared_and_taken_over() {
    let many = many();
    let now = at("2026-11-21T10:00:00Z");
    let (store, (panel, panels)) = (store().await, panel(now).await);
    for number in 0..many {
        panel.create(&account(number)).unwrap();
    }
    println!("{many} accounts, {} MiB", resident());
    let all = u64::try_from(many).unwrap();
    let look = Counts { checked: all, movable: all, ..Counts::default() };
    let adopt = Counts { created: all, ..look };
    let same = Counts { checked: all, found: all, ..Counts::default() };
    for (depth, expected) in [(Depth::Look, look), (Depth::Adopt, adopt), (Depth::Look, same)] {
        panel.clear_calls();
        let busy = || Fault::Answer { status: 503, headers: Vec::new(), body: "busy".into() };
        panel.fail_next([Fault::Pass, Fault::Pass, busy()]);
        let begun = Instant::now();
        let (counts, memory) = run(&store, &panels, depth, now).await;
        let took = begun.elapsed();
        assert_eq!(counts, expected);
        let calls = panel.calls();
        let reads = calls.iter().filter(|call| call.method == "GET").count();
        assert_eq!(reads, calls.len(), "nothing is written to the panel");
        assert!(memory.len() > 1, "it was interrupted, and went on");
        println!("{depth}: {took:.1?}, {} calls of the panel, after each slice {memory:?} MiB", calls.len());
    }
}
