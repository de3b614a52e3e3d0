//! The policy table of `Panel::converge`, whose account it is and how it comes and goes, in both families, over HTTP.

mod support;

use panel::{Fault, Panel, PanelError};
use serde_json::json;
use standin_panels::remnawave::{self as standin, Fault as Break};
use support::{FAMILIES, bench, bench_with_deletion, desired, settled};

#[tokio::test]
async fn nobodys_account_is_adopted() {
    for family in FAMILIES {
        let bench = bench(family).await;
        let mut want = desired(&bench);
        bench.client.converge(&want, bench.now()).await.unwrap();
        bench.panel.edit("tg_7_1", &json!({"telegramId": null, "description": "made by hand"})).unwrap();
        bench.calls();
        bench.client.converge(&want, bench.now()).await.unwrap();
        let adopted = json!({"telegramId": 7, "description": "2getpro 7/1\nmade by hand"});
        assert_eq!(bench.patched("tg_7_1"), adopted);
        want.telegram_id = 8;
        bench.client.converge(&want, bench.now()).await.unwrap();
        assert_eq!(bench.patched("tg_7_1"), json!({"telegramId": 8}), "our mark is worth more than the id");
    }
}

#[tokio::test]
async fn somebody_elses_account_is_left_alone() {
    for family in FAMILIES {
        let bench = bench(family).await;
        let mut want = desired(&bench);
        bench.client.converge(&want, bench.now()).await.unwrap();
        // Another shop's mark that begins like ours is not ours.
        let patch = json!({"telegramId": 9, "description": "2getpro 7/11"});
        let theirs = bench.panel.edit("tg_7_1", &patch).unwrap();
        bench.calls();
        want.access.end = bench.after(90 * 24);
        let error = bench.client.converge(&want, bench.now()).await.unwrap_err();
        assert!(matches!(&error, PanelError::Foreign { username } if username == "tg_7_1"), "{error:?}");
        assert_eq!((bench.calls(), bench.panel.user("tg_7_1")), (vec!["GET 200".to_owned()], Some(theirs)));
    }
}

#[tokio::test]
async fn a_lost_answer_to_a_create_makes_no_second_account() {
    for family in FAMILIES {
        let bench = bench(family).await;
        let want = desired(&bench);
        bench.panel.fail_next([Break::Pass, Break::LoseAnswer]);
        let account = bench.client.converge(&want, bench.now()).await.unwrap();
        assert_eq!(bench.calls(), ["GET 404", "POST 0", "POST 400", "GET 200"]);
        assert_eq!((bench.panel.users().len(), account.access), (1, want.access.clone()));
        // Both answers lost: looked up all the same.
        bench.panel.delete("tg_7_1");
        bench.panel.fail_next([Break::Pass, Break::LoseAnswer, Break::HangUp]);
        bench.client.converge(&want, bench.now()).await.unwrap();
        assert_eq!(bench.calls(), ["GET 404", "POST 0", "POST 0", "GET 200"]);
        assert_eq!(bench.panel.users().len(), 1);
    }
}

#[tokio::test]
async fn a_lost_answer_to_a_change_is_repeated_without_harm() {
    for family in FAMILIES {
        let bench = bench(family).await;
        let mut want = settled(&bench).await;
        want.access.end = bench.after(60 * 24);
        bench.panel.fail_next([Break::Pass, Break::LoseAnswer]);
        let account = bench.client.converge(&want, bench.now()).await.unwrap();
        assert_eq!(bench.calls(), ["GET 200", "PATCH 0", "PATCH 200"]);
        assert_eq!(account.access, want.access);
    }
}

#[tokio::test]
async fn an_account_that_vanishes_is_created_anew_once() {
    for family in FAMILIES {
        let bench = bench_with_deletion(family, "tg_7_1").await;
        let mut want = settled(&bench).await;
        want.access.end = bench.after(60 * 24);
        let account = bench.client.converge(&want, bench.now()).await.unwrap();
        assert_eq!(bench.calls(), ["GET 200", "PATCH 404", "GET 404", "POST 201", "GET 200"]);
        assert_eq!(account.access, want.access);
        assert_ne!(account.panel_id, want.known.and_then(|known| known.panel_id));
    }
}

#[tokio::test]
async fn two_vanishings_are_left_to_a_retry() {
    let bench = bench(standin::Family::V3).await;
    let mut want = settled(&bench).await;
    want.access.end = bench.after(60 * 24);
    // Gone at both writes, there at both reads: somebody deletes and creates in turn.
    let body = json!({"message": "User not found", "errorCode": "A025"}).to_string();
    let gone = Break::Answer { status: 404, headers: Vec::new(), body };
    bench.panel.fail_next([Break::Pass, gone.clone(), Break::Pass, gone]);
    let error = bench.client.converge(&want, bench.now()).await.unwrap_err();
    assert!(matches!(error, PanelError::Unavailable { cause: Fault::Vanished }), "{error:?}");
    assert_eq!(bench.calls(), ["GET 200", "PATCH 404", "GET 200", "PATCH 404"]);
}
