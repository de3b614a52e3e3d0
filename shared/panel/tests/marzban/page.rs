//! The listing of all accounts while others come and go.

use crate::bench::{Bench, bench};
use panel::{Page, Panel, PanelError};
use serde_json::json;

/// A panel with the accounts `tg_00` to `tg_<count - 1>`.
async fn filled(count: usize) -> Bench {
    let bench = bench().await;
    for index in 0..count {
        bench
            .import(json!({"username": format!("tg_{index:02}"), "note": format!("2getpro {index}/1")}))
            .await;
    }
    bench
}

fn names(page: &Page) -> Vec<String> {
    page.accounts.iter().map(|listed| listed.account.username.clone()).collect()
}

/// Reads all, and does `between` after each part.
async fn read(bench: &Bench, size: u16, mut between: impl FnMut(usize)) -> Vec<String> {
    let (mut seen, mut cursor) = (Vec::new(), None::<String>);
    for part in 0..100 {
        let page = bench.client.page(cursor.as_deref(), size).await.unwrap();
        seen.extend(names(&page));
        between(part);
        cursor = page.next;
        if cursor.is_none() {
            return seen;
        }
    }
    panic!("no end: {seen:?}");
}

fn expected(range: impl Iterator<Item = usize>) -> Vec<String> {
    range.map(|index| format!("tg_{index:02}")).collect()
}

#[tokio::test]
async fn every_account_comes_once_in_the_order_of_creation() {
    let bench = filled(10).await;
    for size in [0, 1, 3, 5, 10, 1000] {
        assert_eq!(read(&bench, size, |_| {}).await, expected(0..10), "{size}");
    }
    bench.panel.edit("tg_03", &json!({"status": "disabled"})).unwrap();
    let page = bench.client.page(None, 4).await.unwrap();
    let listed = &page.accounts[3];
    assert_eq!((listed.description.as_deref(), listed.disabled), (Some("2getpro 3/1"), true));
    assert_eq!((listed.telegram_id, page.accounts[2].disabled), (None, false));
    assert_eq!(read(&filled(0).await, 5, |_| {}).await, Vec::<String>::new());
}

#[tokio::test]
async fn none_is_left_out_while_others_vanish() {
    for size in [1_u16, 2, 3, 5] {
        let bench = filled(12).await;
        // One that was given already goes with every part, the last one given among them.
        let gone = |part: usize| {
            if part < 4 {
                assert!(bench.panel.delete(&format!("tg_{:02}", part * usize::from(size).min(2))));
            }
        };
        let seen = read(&bench, size, gone).await;
        let left: Vec<_> = bench.panel.users().iter().map(|user| user["username"].clone()).collect();
        for name in &left {
            assert_eq!(seen.iter().filter(|seen| *seen == name).count(), 1, "{size}: {name} in {seen:?}");
        }
    }
}

#[tokio::test]
async fn most_of_those_given_may_vanish_at_once() {
    let bench = filled(20).await;
    let seen = read(&bench, 5, |part| {
        if part == 1 {
            (0..10).for_each(|index| assert!(bench.panel.delete(&format!("tg_{index:02}"))));
        }
    })
    .await;
    assert_eq!(seen, expected(0..20));
}

#[tokio::test]
async fn those_that_come_are_at_the_end() {
    let bench = filled(4).await;
    let first = bench.client.page(None, 3).await.unwrap();
    bench.import(json!({"username": "a_new_one"})).await;
    let rest = bench.client.page(first.next.as_deref(), 3).await.unwrap();
    assert_eq!((names(&rest), rest.next), (vec!["tg_03".to_owned(), "a_new_one".to_owned()], None));
    let error = bench.client.page(Some("3"), 3).await.unwrap_err();
    assert!(matches!(error, PanelError::NotOffered { .. }), "{error:?}");
}
