//! Every recorded update does what its index says, and the runner that says so would see it if it did not.

use sandbox::samples::{Index, judge, judge_one};
use std::{fs, path::PathBuf};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/bot/tests/updates")
}

#[tokio::test]
async fn every_recorded_update_does_what_is_expected() {
    let verdicts = judge(&folder()).await.unwrap();
    assert_eq!(verdicts.to_string(), "38 passed, 0 failed\n");
}

/// The verdict on a recorded update of which something else is expected.
async fn judged(file: &str, expect: &str) -> Result<(), String> {
    let index: Index = serde_json::from_slice(&fs::read(folder().join("index.json")).unwrap()).unwrap();
    let mut entry = index.entries.iter().find(|entry| entry.file.starts_with(file)).unwrap().clone();
    expect.clone_into(&mut entry.expect);
    let body = fs::read(folder().join(&entry.file)).unwrap();
    judge_one(&index, &entry, &body).await
}

#[tokio::test]
async fn a_wrong_expectation_fails() {
    let wrong = [
        ("01", "ignore"),
        ("01", "command help"),
        ("01", "dance"),
        ("02", "command start payload=ref_124"),
        ("05", "command start"),
        ("09", "free text"),
        ("12", "callback; answer, then send instead of edit"),
        ("13", "ignore"),
        ("15", "revoke"),
        ("20", "mark active"),
        ("24", "free text"),
        ("28", "phone"),
        ("30", "admin: user lookup by id"),
        ("32", "mark subscription active"),
    ];
    for (file, expect) in wrong {
        let verdict = judged(file, expect).await;
        assert!(verdict.is_err(), "{file}: {expect}");
    }
}
