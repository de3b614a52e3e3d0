//! The policy table of `Panel::converge`: what is set and what is kept, whose account it is.

use crate::bench::{GIB, VLESS, bench, confirmed, desired, settled};
use domain::TrafficReset;
use panel::{Desired, Panel, PanelError};
use serde_json::{Value, json};

#[tokio::test]
async fn a_missing_account_is_created() {
    let bench = bench().await;
    let want = desired(&bench);
    let account = bench.converge(&want).await;
    let body = bench.panel.calls().iter().rfind(|call| call.method == "POST").unwrap().body.clone().unwrap();
    let expected = json!({
        "username": "tg_7_1", "proxies": {"vless": {"flow": "xtls-rprx-vision"}}, "inbounds": {},
        "expire": 1_797_847_200, "data_limit": 107_374_182_400_u64, "data_limit_reset_strategy": "month",
        "note": "2getpro 7/1",
    });
    assert_eq!(body, expected);
    assert_eq!(bench.calls(), ["LOGIN 200", "GET 404", "POST 200", "GET 200"]);
    assert_eq!((&account.access, account.used, account.link_varies), (&want.access, 0, true));
    let again = bench.converge(&confirmed(&want, &account)).await;
    assert_eq!((again.access, bench.calls()), (account.access, vec!["GET 200".to_owned()]));
}

#[tokio::test]
async fn an_expired_account_is_reopened_by_its_end() {
    let bench = bench().await;
    let mut want = settled(&bench).await;
    bench.pass(31 * 24);
    assert_eq!(bench.status(), "expired");
    bench.converge(&want).await;
    assert!(!bench.calls().contains(&"PUT 200".to_owned()), "a past end is not sent");
    want.access.end = bench.after(24);
    bench.converge(&want).await;
    assert_eq!((bench.put(), bench.status().as_str()), (json!({"expire": 1_798_020_000}), "active"));
}

#[tokio::test]
async fn an_end_is_never_lowered_and_a_later_one_is_reported() {
    let bench = bench().await;
    let want = settled(&bench).await;
    for (end, reported) in [(json!(1_900_000_000), 1_900_000_000), (json!(0), 4_102_444_799_i64)] {
        bench.panel.edit("tg_7_1", &json!({"expire": end})).unwrap();
        let account = bench.converge(&want).await;
        assert_eq!((bench.calls(), account.access.end.as_second()), (vec!["GET 200".to_owned()], reported));
    }
}

#[tokio::test]
async fn values_changed_by_hand_are_set_back() {
    let bench = bench().await;
    let mut want = settled(&bench).await;
    want.access.squads = vec![format!("vless:{VLESS}")];
    let end = bench.after(24).as_second();
    let patch = json!({
        "expire": end, "data_limit": 5, "data_limit_reset_strategy": "year", "inbounds": {"vless": []},
        "note": "my note",
    });
    bench.panel.edit("tg_7_1", &patch).unwrap();
    let account = bench.converge(&want).await;
    let back = json!({
        "expire": 1_797_847_200, "data_limit": 107_374_182_400_u64, "data_limit_reset_strategy": "month",
        "inbounds": {"vless": [VLESS]},
    });
    assert_eq!((bench.put(), account.access), (back, want.access.clone()));
    assert_eq!(bench.panel.user("tg_7_1").unwrap()["note"], "my note");
}

#[tokio::test]
async fn a_protocol_is_added_without_new_keys_for_the_others() {
    let bench = bench().await;
    let mut want = settled(&bench).await;
    let before = bench.panel.user("tg_7_1").unwrap()["proxies"]["vless"].clone();
    want.access.squads = vec!["trojan:TROJAN WS".to_owned(), "vless".to_owned()];
    let account = bench.converge(&want).await;
    let sent = json!({"proxies": {"vless": before, "trojan": {}}, "inbounds": {"trojan": ["TROJAN WS"]}});
    assert_eq!((bench.put(), account.access), (sent, want.access.clone()));
    assert_eq!(bench.panel.user("tg_7_1").unwrap()["proxies"]["vless"], before);
    // A protocol that the plan no longer has keeps its keys and loses its servers.
    want.access.squads = vec!["trojan".to_owned()];
    bench.converge(&want).await;
    assert_eq!(bench.put(), json!({"inbounds": {"vless": []}}));
    let shown = bench.panel.user("tg_7_1").unwrap();
    assert_eq!((&shown["proxies"]["vless"], shown["links"].as_array().unwrap().len()), (&before, 1));
    want.access.squads.clear();
    let account = bench.converge(&want).await;
    assert_eq!(bench.calls(), ["GET 200"], "the servers are left to the operator");
    assert_eq!(account.access.squads, ["trojan"]);
}

#[tokio::test]
async fn a_new_inbound_of_a_granted_protocol_needs_nothing() {
    let bench = bench().await;
    let mut want = settled(&bench).await;
    bench.panel.set_inbounds(&[("vless", VLESS), ("vless", "VLESS GRPC")]);
    bench.converge(&want).await;
    assert_eq!(bench.calls(), ["GET 200"]);
    bench.panel.edit("tg_7_1", &json!({"inbounds": {"vless": [VLESS]}})).unwrap();
    bench.converge(&want).await;
    assert_eq!(bench.put(), json!({"inbounds": {"vless": ["VLESS GRPC", VLESS]}}));
    // An account leaves out what the panel no longer has: that is all, and naming it would be refused.
    bench.panel.edit("tg_7_1", &json!({"inbounds": {"vless": [VLESS]}})).unwrap();
    bench.panel.set_inbounds(&[("vless", VLESS)]);
    bench.converge(&want).await;
    assert_eq!(bench.calls(), ["GET 200", "GET 200"]);
    want.access.squads = vec!["vless:VLESS GRPC".to_owned()];
    let error = bench.client.converge(&want, bench.now()).await.unwrap_err();
    let PanelError::Refused { status: 422, message, .. } = &error else { panic!("{error:?}") };
    assert!(message.contains("VLESS GRPC") && error.retry() == panel::Retry::Never);
}

#[tokio::test]
async fn a_limited_account_starts_anew_only_with_a_fresh_period() {
    let bench = bench().await;
    let mut want = settled(&bench).await;
    assert!(bench.panel.connect("tg_7_1", 100 * GIB));
    bench.pass(1);
    assert_eq!(bench.status(), "limited");
    let account = bench.converge(&want).await;
    assert_eq!((bench.calls(), account.used), (vec!["GET 200".to_owned()], 100 * GIB));
    want.fresh_period = true;
    want.access.end = bench.after(60 * 24);
    let account = bench.converge(&want).await;
    assert_eq!(bench.calls(), ["GET 200", "PUT 200", "POST 200"]);
    assert_eq!((bench.status().as_str(), account.used), ("active", 0));
    bench.converge(&want).await;
    assert_eq!(bench.calls(), ["GET 200"], "a counter at zero is not reset");
}

#[tokio::test]
async fn a_limit_that_grows_or_falls_away_reopens() {
    for limit in [200 * GIB, 0] {
        let bench = bench().await;
        let mut want = settled(&bench).await;
        assert!(bench.panel.connect("tg_7_1", 100 * GIB));
        bench.pass(1);
        want.access.traffic_limit = limit;
        let account = bench.converge(&want).await;
        assert_eq!((bench.put(), bench.status().as_str()), (json!({"data_limit": limit}), "active"));
        assert_eq!(account.access.traffic_limit, limit);
        bench.converge(&want).await;
        assert_eq!(bench.calls(), ["GET 200"]);
    }
}

#[tokio::test]
async fn one_on_hold_starts_when_it_is_paid_for_and_not_before() {
    for status in ["on_hold", "disabled"] {
        let bench = bench().await;
        let held = json!({"status": "on_hold", "on_hold_expire_duration": 86_400, "note": "2getpro 7/1",
            "data_limit": 100 * GIB, "data_limit_reset_strategy": "month"});
        bench.import(held).await;
        let again = json!({"status": status, "on_hold_expire_duration": 86_400});
        bench.panel.edit("tg_7_1", &again).unwrap();
        let mut want = desired(&bench);
        let account = bench.converge(&want).await;
        assert_eq!(bench.calls(), ["LOGIN 200", "GET 200"]);
        assert_eq!(account.access.end, want.access.end, "not for ever");
        want.fresh_period = true;
        bench.converge(&want).await;
        assert_eq!(bench.put(), json!({"expire": 1_797_847_200, "status": "active"}));
        assert_eq!(bench.status(), "active");
    }
}

#[tokio::test]
async fn time_whose_money_went_back_is_taken_back_but_not_what_a_person_gave() {
    let bench = bench().await;
    let want = desired(&bench);
    let account = bench.converge(&want).await;
    let mut less = confirmed(&want, &account);
    less.access.end = bench.after(48);
    let kept = bench.converge(&less).await;
    assert_eq!(kept.access.end, want.access.end, "without a refund nothing is taken back");
    less.shortened = true;
    let cut = bench.converge(&less).await;
    assert_eq!(cut.access.end, bench.after(48));
    let mut over = Desired { shortened: true, ..confirmed(&less, &cut) };
    over.access.end = bench.after(-1);
    let ended = bench.converge(&over).await;
    assert_eq!((ended.access.end, bench.status().as_str()), (bench.after(-1), "expired"));
    bench.panel.edit("tg_7_1", &json!({"expire": bench.after(5).as_second()})).unwrap();
    let given = bench.converge(&Desired { shortened: true, ..confirmed(&over, &ended) }).await;
    assert_eq!(given.access.end, bench.after(5), "somebody gave more than we had confirmed");
}

#[tokio::test]
async fn nobodys_account_is_adopted_and_somebody_elses_left_alone() {
    for (note, sent) in [
        (Value::Null, json!({"note": "2getpro 7/1"})),
        (json!("VIP\n2getpro 7/1 \nx"), Value::Null),
        (json!("2getpro 7/11"), json!("foreign")),
    ] {
        let bench = bench().await;
        let want = desired(&bench);
        let fields = json!({"note": note, "expire": want.access.end.as_second(), "data_limit": 100 * GIB,
            "data_limit_reset_strategy": "month"});
        bench.import(fields).await;
        let result = bench.client.converge(&want, bench.now()).await;
        if sent == "foreign" {
            assert!(matches!(result, Err(PanelError::Foreign { .. })), "{result:?}");
        } else {
            assert_eq!(result.unwrap().access, want.access);
        }
        if sent.is_object() {
            assert_eq!(bench.put(), sent);
        } else {
            assert_eq!(bench.calls(), ["LOGIN 200", "GET 200"]);
        }
    }
}

#[tokio::test]
async fn a_deleted_account_is_created_anew_and_its_old_link_given_up() {
    let bench = bench().await;
    let want = settled(&bench).await;
    bench.pass(48);
    assert!(bench.converge(&want).await.link_varies);
    assert!(bench.panel.delete("tg_7_1"));
    bench.calls();
    assert!(!bench.converge(&want).await.link_varies);
    assert_eq!(bench.calls(), ["GET 404", "POST 200", "GET 200"]);
    assert!(!bench.converge(&want).await.link_varies, "also if the first answer was lost");
    bench.pass(48);
    assert!(bench.converge(&want).await.link_varies);
}

#[tokio::test]
async fn both_kinds_of_month_are_one_here() {
    let bench = bench().await;
    let mut want = settled(&bench).await;
    want.access.traffic_reset = TrafficReset::Month;
    let account = bench.converge(&want).await;
    assert_eq!((bench.calls(), account.access), (vec!["GET 200".to_owned()], want.access.clone()));
}

#[tokio::test]
async fn without_groups_an_account_gets_what_the_settings_say_or_all() {
    let bench = bench().await;
    let mut want = desired(&bench);
    want.access.squads.clear();
    bench.converge(&want).await;
    assert_eq!(
        bench.panel.calls().iter().rfind(|call| call.method == "POST").unwrap().body.as_ref().unwrap()["inbounds"],
        json!({})
    );
    assert_eq!(bench.panel.user("tg_7_1").unwrap()["links"].as_array().unwrap().len(), 1);
    bench.panel.delete("tg_7_1");
    let mut config = crate::bench::config(&bench.base, "secret");
    config.proxies.clear();
    let client = panel::marzban::Marzban::new(crate::bench::http(), config);
    let account = client.converge(&want, bench.now()).await.unwrap();
    assert_eq!(account.access.squads, ["shadowsocks", "trojan", "vless"]);
    bench.panel.delete("tg_7_1");
    bench.panel.set_inbounds(&[]);
    let error = client.converge(&want, bench.now()).await.unwrap_err();
    assert!(matches!(error, PanelError::Refused { .. }) && bench.panel.users().is_empty(), "{error:?}");
}
