//! The calls beside `converge`.

use crate::bench::{GIB, VLESS, bench, bench_of_environment, confirmed, desired, key, settled};
use panel::{AccountKey, Family, Panel, PanelError, Squad, Statistics, marzban::webhook};
use serde_json::json;
use standin_panels::marzban::Fault as Break;

fn nobody() -> AccountKey {
    AccountKey { username: "tg_8_1".to_owned(), ..key() }
}

#[tokio::test]
async fn a_revoked_account_has_a_new_link_and_new_keys() {
    let bench = bench().await;
    let want = settled(&bench).await;
    let before = bench.panel.user("tg_7_1").unwrap();
    let known = bench.client.account(&key()).await.unwrap().unwrap();
    assert!(known.link_varies);
    let account = bench.client.revoke(&key()).await.unwrap().unwrap();
    assert!(!account.link_varies, "the known link is dead");
    let after = bench.panel.user("tg_7_1").unwrap();
    assert_ne!(after["proxies"]["vless"]["id"], before["proxies"]["vless"]["id"]);
    assert_eq!(after["proxies"]["vless"]["flow"], "xtls-rprx-vision");
    assert_eq!(account.access.end, want.access.end);
    assert!(bench.client.revoke(&nobody()).await.unwrap().is_none());
}

#[tokio::test]
async fn accounts_are_switched_reset_and_deleted() {
    let bench = bench().await;
    settled(&bench).await;
    for (enabled, status) in [(true, "active"), (false, "disabled"), (false, "disabled"), (true, "active")] {
        assert!(bench.client.set_enabled(&key(), enabled).await.unwrap());
        assert_eq!(bench.status(), status);
    }
    let puts = bench.calls().iter().filter(|call| call.starts_with("PUT")).count();
    assert_eq!(puts, 2, "what is so already is not said again");
    bench.panel.connect("tg_7_1", 100 * GIB);
    bench.pass(1);
    assert!(bench.client.reset_traffic(&key()).await.unwrap());
    assert_eq!(bench.status(), "active");
    assert!(!bench.client.set_enabled(&nobody(), true).await.unwrap());
    assert!(!bench.client.reset_traffic(&nobody()).await.unwrap());
    assert!(!bench.client.delete(&nobody()).await.unwrap());
    assert!(bench.client.account(&nobody()).await.unwrap().is_none());
    bench.calls();
    bench.panel.fail_next([Break::Answer { status: 200, headers: Vec::new(), body: "[]".to_owned() }]);
    assert!(matches!(bench.client.delete(&key()).await, Err(PanelError::Garbage { .. })));
    assert!(bench.client.delete(&key()).await.unwrap());
    assert!(bench.panel.users().is_empty());
}

#[tokio::test]
async fn an_account_is_told_in_a_plans_words() {
    let bench = bench_of_environment().await;
    let want = desired(&bench);
    bench.converge(&want).await;
    bench.panel.connect("tg_7_1", 5);
    let account = bench.client.account(&key()).await.unwrap().unwrap();
    assert!(account.link.starts_with(&format!("{}/sub/", bench.base)), "{}", account.link);
    assert_eq!((account.used, account.online_at), (5, Some(bench.now())));
    assert_eq!(account.access.squads, ["vless"]);
    let info = crate::bench::http().get(format!("{}/info", account.link)).send().await.unwrap();
    assert_eq!(info.status(), 200, "the link works");
}

#[tokio::test]
async fn the_panel_tells_of_itself() {
    let bench = bench().await;
    settled(&bench).await;
    let health = bench.client.health().await.unwrap();
    assert_eq!((health.version.as_deref(), health.family), (Some("0.8.4"), None::<Family>));
    let squad = |protocol: &str, tag: &str| Squad {
        id: format!("{protocol}:{tag}"),
        name: tag.to_owned(),
        external: false,
        members: None,
    };
    let squads =
        [squad("shadowsocks", "Shadowsocks TCP"), squad("trojan", "TROJAN WS"), squad("vless", VLESS)];
    assert_eq!(bench.client.squads().await.unwrap(), squads);
    bench.import(json!({"username": "tg_9_1"})).await;
    bench.panel.edit("tg_9_1", &json!({"status": "disabled"})).unwrap();
    bench.panel.connect("tg_7_1", 1);
    let expected = Statistics { accounts: 2, active: 1, disabled: 1, online: 1, ..Statistics::default() };
    assert_eq!(bench.client.statistics().await.unwrap(), expected);
    assert_eq!(bench.client.nodes().await.unwrap(), []);
    for status in ["connected", "connecting", "error", "disabled"] {
        bench.panel.add_node(status, status);
    }
    let nodes = bench.client.nodes().await.unwrap();
    let seen: Vec<_> = nodes.iter().map(|node| (node.connected, node.disabled)).collect();
    assert_eq!(seen, [(true, false), (false, false), (false, false), (false, true)]);
    assert!(matches!(bench.client.devices(&key()).await, Err(PanelError::NotOffered { .. })));
}

#[tokio::test]
async fn health_needs_no_right_to_see_the_system() {
    let bench = bench().await;
    let refused = |status: u16| Break::Answer {
        status,
        headers: Vec::new(),
        body: json!({"detail": "You're not allowed"}).to_string(),
    };
    bench.client.health().await.unwrap();
    for status in [403, 404] {
        bench.panel.fail_next([refused(status)]);
        assert_eq!(bench.client.health().await.unwrap().version, None, "{status}");
    }
    bench.panel.fail_next([refused(403), refused(403)]);
    assert!(matches!(bench.client.health().await, Err(PanelError::Unauthorized)));
    bench.panel.fail_next([Break::Answer { status: 403, headers: Vec::new(), body: "{}".to_owned() }]);
    assert!(matches!(bench.client.nodes().await, Err(PanelError::Unauthorized)));
}

#[tokio::test]
async fn what_we_do_comes_back_as_events() {
    let bench = bench().await;
    let mut want = desired(&bench);
    let account = bench.converge(&want).await;
    want = confirmed(&want, &account);
    want.access.end = bench.after(60 * 24);
    bench.converge(&want).await;
    bench.client.delete(&key()).await.unwrap();
    let delivery = bench.panel.take_webhooks().unwrap();
    let header = delivery.headers.iter().find(|(name, _)| *name == "x-webhook-secret").unwrap().1.clone();
    let events = webhook::verify(&"hook".into(), Some(header.as_bytes()), &delivery.body).unwrap();
    let seen: Vec<_> = events.iter().map(|event| (event.action.as_str(), event.end())).collect();
    let expected = [
        ("user_created", Some(account.access.end)),
        ("user_updated", Some(want.access.end)),
        ("user_deleted", None),
    ];
    assert_eq!(seen, expected);
    assert!(events.iter().all(|event| event.username == "tg_7_1" && event.by.as_deref() == Some("shopbot")));
    assert_eq!(events[0].user.as_ref().unwrap().note.as_deref(), Some("2getpro 7/1"));
}
