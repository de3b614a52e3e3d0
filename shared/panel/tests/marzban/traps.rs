//! What Marzban does that nobody would expect, and that the client copes with it: M1 to M10 of `src/marzban/mod.rs`.

use crate::bench::{GIB, VLESS, bench, bench_of_environment, confirmed, desired, key, settled};
use panel::{Desired, Fault, Panel, PanelError};
use serde_json::json;
use standin_panels::marzban::Fault as Break;

fn is_500(error: &PanelError) -> bool {
    matches!(error, PanelError::Unavailable { cause: Fault::Status(500) })
}

fn crash() -> Break {
    let headers = vec![("content-type", "text/plain; charset=utf-8".to_owned())];
    Break::Answer { status: 500, headers, body: "Internal Server Error".to_owned() }
}

#[tokio::test]
async fn m1_a_broken_row_that_we_made_is_deleted() {
    let bench = bench().await;
    let want = desired(&bench);
    // The panel stores it, fails to answer, and cannot show it.
    bench.panel.fail_next([Break::Pass, Break::Pass, Break::Crash, crash()]);
    let error = bench.client.converge(&want, bench.now()).await.unwrap_err();
    assert!(is_500(&error), "{error:?}");
    let calls = ["LOGIN 200", "GET 404", "POST 500", "GET 500", "GET 200", "DELETE 200"];
    assert_eq!((bench.calls(), bench.panel.users().len()), (calls.map(str::to_owned).to_vec(), 0));
    assert_eq!(bench.converge(&want).await.access, want.access);
}

#[tokio::test]
async fn m1_a_sound_row_behind_a_500_is_kept() {
    let bench = bench().await;
    let want = desired(&bench);
    bench.panel.fail_next([Break::Pass, Break::Pass, Break::Crash]);
    assert_eq!(bench.converge(&want).await.access, want.access);
    assert_eq!(bench.calls(), ["LOGIN 200", "GET 404", "POST 500", "GET 200"]);
    // Nothing was stored: nothing is deleted.
    bench.panel.delete("tg_7_1");
    bench.panel.fail_next([Break::Pass, crash()]);
    assert!(is_500(&bench.client.converge(&want, bench.now()).await.unwrap_err()));
    assert_eq!(bench.calls(), ["GET 404", "POST 500", "GET 404"]);
}

#[tokio::test]
async fn m1_nothing_is_deleted_while_the_whole_panel_is_in_trouble() {
    let bench = bench().await;
    let want = desired(&bench);
    bench.panel.fail_next([Break::Pass, Break::Pass, Break::Crash, crash(), crash()]);
    assert!(is_500(&bench.client.converge(&want, bench.now()).await.unwrap_err()));
    assert_eq!(bench.panel.users().len(), 1);
}

#[tokio::test]
async fn m1_a_broken_row_that_was_there_before_is_left_alone() {
    let bench = bench().await;
    let want = settled(&bench).await;
    bench.panel.break_user("tg_7_1");
    assert!(is_500(&bench.client.converge(&want, bench.now()).await.unwrap_err()));
    assert!(is_500(&bench.client.page(None, 10).await.unwrap_err()));
    assert_eq!((bench.calls(), bench.panel.users().len()), (vec!["GET 500".to_owned(); 2], 1));
}

#[tokio::test]
async fn m2_a_create_gives_servers() {
    for squads in [vec![], vec!["vless".to_owned()], vec![format!("vless:{VLESS}")]] {
        let bench = bench().await;
        let mut want = desired(&bench);
        want.access.squads = squads;
        bench.converge(&want).await;
        assert!(bench.panel.connect("tg_7_1", 1), "{:?}", want.access.squads);
    }
}

#[tokio::test]
async fn m3_no_change_makes_new_keys() {
    let bench = bench().await;
    let mut want = settled(&bench).await;
    let keys = bench.panel.user("tg_7_1").unwrap()["proxies"]["vless"].clone();
    for step in 1..5_u64 {
        want.access.end = bench.after(60 * 24);
        want.access.traffic_limit = step * GIB;
        want.access.squads =
            [vec!["shadowsocks".to_owned()], vec!["vless".to_owned()]][usize::from(step % 2 == 0)].clone();
        want.fresh_period = step == 3;
        bench.converge(&want).await;
        assert_eq!(bench.panel.user("tg_7_1").unwrap()["proxies"]["vless"], keys, "step {step}");
    }
}

#[tokio::test]
async fn m4_an_operators_next_plan_is_kept() {
    let bench = bench().await;
    let mut want = settled(&bench).await;
    let plan =
        json!({"data_limit": GIB, "expire": null, "add_remaining_traffic": true, "fire_on_either": false});
    bench.panel.edit("tg_7_1", &json!({"next_plan": plan})).unwrap();
    let kept = || bench.panel.user("tg_7_1").unwrap()["next_plan"].clone();
    want.access.end = bench.after(60 * 24);
    bench.converge(&want).await;
    assert_eq!(bench.put(), json!({"expire": 1_800_439_200, "next_plan": plan}));
    bench.client.set_enabled(&key(), false).await.unwrap();
    bench.client.set_enabled(&key(), true).await.unwrap();
    assert_eq!(kept(), plan);
    // A reset deletes it, too.
    bench.panel.connect("tg_7_1", GIB);
    bench.calls();
    bench.converge(&Desired { fresh_period: true, ..want.clone() }).await;
    assert_eq!(
        (bench.calls(), kept()),
        (["GET 200", "POST 200", "PUT 200"].map(str::to_owned).to_vec(), plan.clone())
    );
    bench.panel.connect("tg_7_1", GIB);
    assert!(bench.client.reset_traffic(&key()).await.unwrap());
    assert_eq!(kept(), plan);
}

#[tokio::test]
async fn m5_a_delete_that_answers_500_has_worked() {
    let bench = bench_of_environment().await;
    settled(&bench).await;
    assert!(bench.client.delete(&key()).await.unwrap());
    assert_eq!(bench.calls(), ["DELETE 500", "GET 404"]);
    assert!(!bench.client.delete(&key()).await.unwrap());
    // And one that has not worked is an error.
    settled(&bench).await;
    bench.panel.fail_next([crash()]);
    assert!(is_500(&bench.client.delete(&key()).await.unwrap_err()));
    assert_eq!(bench.panel.users().len(), 1);
}

#[tokio::test]
async fn m6_a_reset_leaves_an_account_switched_off_or_on_hold() {
    let bench = bench().await;
    settled(&bench).await;
    for status in [json!({"status": "disabled"}), json!({"status": "active"})] {
        bench.panel.edit("tg_7_1", &json!({"status": "active"})).unwrap();
        bench.panel.connect("tg_7_1", GIB);
        bench.panel.edit("tg_7_1", &status).unwrap();
        assert!(bench.client.reset_traffic(&key()).await.unwrap());
        let user = bench.panel.user("tg_7_1").unwrap();
        assert_eq!((&user["status"], &user["used_traffic"]), (&status["status"], &json!(0)));
    }
    bench.panel.edit("tg_7_1", &json!({"expire": 0})).unwrap();
    bench.panel.connect("tg_7_1", GIB);
    let held = json!({"status": "on_hold", "on_hold_expire_duration": 86_400});
    bench.panel.edit("tg_7_1", &held).unwrap();
    bench.calls();
    assert!(bench.client.reset_traffic(&key()).await.unwrap());
    assert_eq!((bench.status().as_str(), bench.put()), ("on_hold", held));
    assert!(bench.client.reset_traffic(&key()).await.unwrap());
    assert_eq!(bench.calls(), ["GET 200"], "at zero already");
}

#[tokio::test]
async fn m7_a_limited_account_is_reset_after_its_new_end_is_set() {
    let bench = bench().await;
    let mut want = settled(&bench).await;
    bench.panel.connect("tg_7_1", 100 * GIB);
    bench.pass(20 * 24);
    want.access.end = bench.after(60 * 24);
    bench.converge(&want).await;
    bench.pass(1);
    assert_eq!(bench.status(), "limited", "an end alone opens nothing");
    bench.converge(&Desired { fresh_period: true, ..want.clone() }).await;
    bench.pass(1);
    assert_eq!(bench.status(), "active");
}

#[tokio::test]
async fn m8_active_next_is_never_called() {
    let bench = bench().await;
    let mut want = settled(&bench).await;
    bench.panel.edit("tg_7_1", &json!({"next_plan": {"data_limit": GIB}})).unwrap();
    want.fresh_period = true;
    want.access.end = bench.after(60 * 24);
    bench.panel.connect("tg_7_1", GIB);
    bench.converge(&want).await;
    assert!(bench.panel.calls().iter().all(|call| !call.path.contains("active-next")));
}

#[tokio::test]
async fn m9_one_on_hold_is_on_hold_again_when_it_is_switched_on() {
    let bench = bench().await;
    bench.import(json!({"status": "on_hold", "on_hold_expire_duration": 86_400})).await;
    assert!(bench.client.set_enabled(&key(), true).await.unwrap());
    assert_eq!(bench.calls(), ["LOGIN 200", "GET 200"], "it is not switched off");
    bench.client.set_enabled(&key(), false).await.unwrap();
    assert_eq!(bench.status(), "disabled");
    bench.client.set_enabled(&key(), true).await.unwrap();
    assert_eq!(bench.status(), "on_hold");
    bench.pass(1);
    bench.panel.connect("tg_7_1", 1);
    bench.pass(0);
    let user = bench.panel.user("tg_7_1").unwrap();
    assert_eq!(user["expire"], bench.after(24).as_second(), "not for ever");
}

#[tokio::test]
async fn m10_a_lost_answer_to_a_create_makes_no_second_account() {
    let bench = bench().await;
    let want = desired(&bench);
    bench.panel.fail_next([Break::Pass, Break::Pass, Break::LoseAnswer]);
    let account = bench.converge(&want).await;
    assert_eq!(bench.calls(), ["LOGIN 200", "GET 404", "POST 0", "POST 409", "GET 200"]);
    assert_eq!((bench.panel.users().len(), &account.access), (1, &want.access));
    // Both answers lost: looked up all the same.
    bench.panel.delete("tg_7_1");
    bench.panel.fail_next([Break::Pass, Break::LoseAnswer, Break::HangUp]);
    bench.converge(&want).await;
    assert_eq!(bench.calls(), ["GET 404", "POST 0", "POST 0", "GET 200"]);
    // Somebody else was faster.
    bench.panel.delete("tg_7_1");
    bench.import(json!({"note": "theirs"})).await;
    bench.panel.fail_next([Break::Answer {
        status: 404,
        headers: Vec::new(),
        body: json!({"detail": "User not found"}).to_string(),
    }]);
    let error = bench.client.converge(&want, bench.now()).await.unwrap_err();
    assert!(matches!(error, PanelError::Foreign { .. }), "{error:?}");
    assert_eq!(bench.calls(), ["GET 404", "POST 409", "GET 200"]);
}

#[tokio::test]
async fn a_lost_answer_to_a_change_or_a_reset_is_repeated_without_harm() {
    let bench = bench().await;
    let mut want = settled(&bench).await;
    bench.panel.connect("tg_7_1", GIB);
    want.access.end = bench.after(60 * 24);
    want.fresh_period = true;
    bench.panel.fail_next([Break::Pass, Break::LoseAnswer, Break::Pass, Break::LoseAnswer]);
    let account = bench.converge(&want).await;
    assert_eq!(bench.calls(), ["GET 200", "PUT 0", "PUT 200", "POST 0", "POST 200"]);
    assert_eq!((&account.access, account.used), (&want.access, 0));
    let again = bench.converge(&confirmed(&want, &account)).await;
    assert_eq!((again.access, bench.calls()), (account.access, vec!["GET 200".to_owned()]));
}

#[tokio::test]
async fn an_account_that_vanishes_is_created_anew_once() {
    let bench = bench().await;
    let mut want = settled(&bench).await;
    want.access.end = bench.after(60 * 24);
    let body = json!({"detail": "User not found"}).to_string();
    let gone = Break::Answer { status: 404, headers: Vec::new(), body };
    bench.panel.fail_next([Break::Pass, gone.clone()]);
    let account = bench.converge(&want).await;
    assert_eq!(bench.calls(), ["GET 200", "PUT 404", "GET 200", "PUT 200"]);
    assert_eq!(account.access, want.access);
    want.access.end = bench.after(90 * 24);
    bench.panel.fail_next([Break::Pass, gone.clone(), Break::Pass, gone]);
    let error = bench.client.converge(&want, bench.now()).await.unwrap_err();
    assert!(matches!(error, PanelError::Unavailable { cause: Fault::Vanished }), "{error:?}");
}
