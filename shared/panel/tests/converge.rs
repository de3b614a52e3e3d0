//! The policy table of `Panel::converge`, what is set and what is kept, in both families, over HTTP.

mod support;

use domain::TrafficReset;
use panel::{Desired, Panel};
use serde_json::json;
use standin_panels::remnawave as standin;
use support::{FAMILIES, GIB, bench, confirmed, desired, settled};

#[tokio::test]
async fn a_missing_account_is_created() {
    for family in FAMILIES {
        let bench = bench(family).await;
        let want = desired(&bench);
        let account = bench.client.converge(&want, bench.now()).await.unwrap();
        let body = bench.panel.calls()[1].body.clone().unwrap();
        assert_eq!(
            body,
            json!({
                "username": "tg_7_1", "expireAt": "2026-12-21T10:00:00.000Z", "trafficLimitBytes": 107_374_182_400_u64,
                "trafficLimitStrategy": "MONTH_ROLLING", "telegramId": 7, "description": "2getpro 7/1",
                "hwidDeviceLimit": 3, "activeInternalSquads": [standin::DEFAULT_SQUAD],
            })
        );
        assert_eq!(bench.calls(), ["GET 404", "POST 201", "GET 200"]);
        assert_eq!((account.access.clone(), account.used), (want.access.clone(), 0));
        assert_eq!(account.panel_uuid.is_some(), family == standin::Family::V2);
        let shown = bench.panel.user("tg_7_1").unwrap();
        assert_eq!(account.link, shown["subscriptionUrl"].as_str().unwrap());
        let again = bench.client.converge(&confirmed(&want, &account), bench.now()).await.unwrap();
        assert_eq!((again, bench.calls()), (account, vec!["GET 200".to_owned()]));
    }
}

#[tokio::test]
async fn a_create_leaves_out_what_is_not_set() {
    for family in FAMILIES {
        let bench = bench(family).await;
        let mut want = desired(&bench);
        want.access.device_limit = None;
        want.access.squads.clear();
        want.access.traffic_limit = 0;
        want.access.traffic_reset = TrafficReset::NoReset;
        let account = bench.client.converge(&want, bench.now()).await.unwrap();
        let body = bench.panel.calls()[1].body.clone().unwrap();
        let keys: Vec<_> = body.as_object().unwrap().keys().collect();
        let expected = [
            "username",
            "expireAt",
            "trafficLimitBytes",
            "trafficLimitStrategy",
            "telegramId",
            "description",
        ];
        assert_eq!(keys, expected);
        assert_eq!(account.access, want.access);
    }
}

#[tokio::test]
async fn an_account_marked_expired_with_days_left_is_reopened_with_its_own_end() {
    for family in FAMILIES {
        let bench = bench(family).await;
        let later = json!({"status": "EXPIRED", "expireAt": "2027-06-01T00:00:00.000Z"});
        bench.import(later).await;
        let account = bench.client.converge(&desired(&bench), bench.now()).await.unwrap();
        assert_eq!(bench.patched("tg_7_1"), json!({"expireAt": "2027-06-01T00:00:00.000Z"}));
        assert_eq!(bench.status("tg_7_1"), "ACTIVE");
        assert_eq!(account.access.end, "2027-06-01T00:00:00Z".parse().unwrap());
    }
}

#[tokio::test]
async fn an_end_that_the_panels_clock_may_have_passed_is_not_sent() {
    for family in FAMILIES {
        let bench = bench(family).await;
        let mut want = settled(&bench).await;
        bench.pass(31 * 24);
        want.access.end = bench.now() + jiff::SignedDuration::from_secs(20);
        bench.client.converge(&want, bench.now()).await.unwrap();
        assert_eq!(bench.calls(), ["GET 200"]);
    }
}

#[tokio::test]
async fn a_past_end_is_never_sent() {
    for family in FAMILIES {
        let bench = bench(family).await;
        let mut want = settled(&bench).await;
        bench.pass(40 * 24);
        let there = want.access.end;
        want.access.end = bench.after(-24);
        let account = bench.client.converge(&want, bench.now()).await.unwrap();
        assert_eq!((bench.calls(), account.access.end), (vec!["GET 200".to_owned()], there));
        want.access.device_limit = Some(5);
        bench.client.converge(&want, bench.now()).await.unwrap();
        assert_eq!(bench.patched("tg_7_1"), json!({"hwidDeviceLimit": 5}));
    }
}

#[tokio::test]
async fn values_changed_by_hand_are_set_back() {
    for family in FAMILIES {
        let bench = bench(family).await;
        let want = settled(&bench).await;
        let external = "5062eee9-5b79-4ffb-93b4-9b17840a86eb";
        bench.panel.add_external_squad(external, "Premium");
        let patch = json!({
            "expireAt": "2026-11-25T00:00:00.000Z", "trafficLimitBytes": 5, "trafficLimitStrategy": "DAY",
            "hwidDeviceLimit": null, "activeInternalSquads": [], "externalSquadUuid": external, "telegramId": null,
            "description": "my note", "tag": "VIP", "email": "a@example.com",
        });
        bench.panel.edit("tg_7_1", &patch).unwrap();
        let account = bench.client.converge(&want, bench.now()).await.unwrap();
        let back = json!({
            "expireAt": "2026-12-21T10:00:00.000Z", "trafficLimitBytes": 107_374_182_400_u64,
            "trafficLimitStrategy": "MONTH_ROLLING", "hwidDeviceLimit": 3,
            "activeInternalSquads": [standin::DEFAULT_SQUAD], "externalSquadUuid": null, "telegramId": 7,
        });
        assert_eq!(bench.patched("tg_7_1"), back);
        assert_eq!(account.access, want.access);
        let shown = bench.panel.user("tg_7_1").unwrap();
        assert_eq!((&shown["description"], &shown["tag"]), (&json!("my note"), &json!("VIP")));
    }
}

#[tokio::test]
async fn squads_are_compared_as_sets_and_an_empty_list_leaves_them_alone() {
    for family in FAMILIES {
        let bench = bench(family).await;
        let second = "11111111-1111-4111-8111-11111111111a";
        bench.panel.add_internal_squad(second, "Second");
        let mut want = settled(&bench).await;
        want.access.squads = vec![second.to_uppercase(), standin::DEFAULT_SQUAD.to_owned()];
        bench
            .panel
            .edit("tg_7_1", &json!({"activeInternalSquads": [standin::DEFAULT_SQUAD, second]}))
            .unwrap();
        bench.client.converge(&want, bench.now()).await.unwrap();
        want.access.squads.clear();
        let account = bench.client.converge(&want, bench.now()).await.unwrap();
        assert_eq!(bench.calls(), ["GET 200", "GET 200"]);
        assert_eq!(account.access.squads, [standin::DEFAULT_SQUAD, second]);
    }
}

#[tokio::test]
async fn a_limited_account_starts_anew_only_with_a_fresh_period() {
    for family in FAMILIES {
        let bench = bench(family).await;
        let mut want = settled(&bench).await;
        assert!(bench.panel.connect("tg_7_1", 100 * GIB));
        bench.pass(1);
        assert_eq!(bench.status("tg_7_1"), "LIMITED");
        let account = bench.client.converge(&want, bench.now()).await.unwrap();
        assert_eq!((bench.calls(), account.used), (vec!["GET 200".to_owned()], 100 * GIB));
        want.fresh_period = true;
        want.access.end = bench.after(60 * 24);
        let account = bench.client.converge(&want, bench.now()).await.unwrap();
        assert_eq!(bench.calls(), ["GET 200", "PATCH 200", "POST 200"]);
        assert_eq!((bench.status("tg_7_1").as_str(), account.used), ("ACTIVE", 0));
        bench.client.converge(&want, bench.now()).await.unwrap();
        assert_eq!(bench.calls(), ["GET 200"], "a counter at zero is not reset");
    }
}

#[tokio::test]
async fn a_fresh_period_of_a_limited_plan_counts_from_zero() {
    for family in FAMILIES {
        let bench = bench(family).await;
        let mut want = settled(&bench).await;
        assert!(bench.panel.connect("tg_7_1", GIB));
        want.fresh_period = true;
        let account = bench.client.converge(&want, bench.now()).await.unwrap();
        assert_eq!((bench.calls(), account.used), (vec!["GET 200".to_owned(), "POST 200".to_owned()], 0));
        assert_eq!(account.first_connected_at, Some(bench.now()));
    }
}

#[tokio::test]
async fn an_account_marked_limited_is_reopened_as_well() {
    let month = json!({"status": "LIMITED", "expireAt": "2026-12-21T10:00:00.000Z"});
    for family in FAMILIES {
        // Nothing used, same limit: only a reset helps, and only a fresh period gives one.
        let bench = bench(family).await;
        bench.import(month.clone()).await;
        let want = Desired { fresh_period: true, ..desired(&bench) };
        bench.client.converge(&want, bench.now()).await.unwrap();
        assert_eq!(
            (bench.calls(), bench.status("tg_7_1").as_str()),
            (vec!["GET 200".into(), "POST 200".into()], "ACTIVE")
        );
        // No limit at all: saying so again ends it.
        bench.panel.delete("tg_7_1");
        let mut unlimited = month.clone();
        unlimited["trafficLimitBytes"] = json!(0);
        bench.import(unlimited).await;
        let mut want = desired(&bench);
        want.access.traffic_limit = 0;
        bench.client.converge(&want, bench.now()).await.unwrap();
        assert_eq!(bench.patched("tg_7_1"), json!({"trafficLimitBytes": 0}));
        assert_eq!(bench.status("tg_7_1"), "ACTIVE");
    }
}

#[tokio::test]
async fn a_limit_that_grows_or_falls_away_reopens() {
    for family in FAMILIES {
        for limit in [200 * GIB, 0] {
            let bench = bench(family).await;
            let mut want = settled(&bench).await;
            assert!(bench.panel.connect("tg_7_1", 100 * GIB));
            bench.pass(1);
            want.access.traffic_limit = limit;
            bench.client.converge(&want, bench.now()).await.unwrap();
            assert_eq!(bench.patched("tg_7_1"), json!({"trafficLimitBytes": limit}));
            assert_eq!(bench.status("tg_7_1"), "ACTIVE");
        }
    }
}

#[tokio::test]
async fn time_whose_money_went_back_is_taken_back_but_not_what_a_person_gave() {
    for family in FAMILIES {
        let bench = bench(family).await;
        let want = desired(&bench);
        let account = bench.client.converge(&want, bench.now()).await.unwrap();
        let mut less = confirmed(&want, &account);
        less.access.end = bench.after(48);
        let kept = bench.client.converge(&less, bench.now()).await.unwrap();
        assert_eq!(kept.access.end, want.access.end, "without a refund nothing is taken back");
        less.shortened = true;
        let cut = bench.client.converge(&less, bench.now()).await.unwrap();
        assert_eq!(cut.access.end, bench.after(48));
        let mut over = Desired { shortened: true, ..confirmed(&less, &cut) };
        over.access.end = bench.now();
        let ended = bench.client.converge(&over, bench.now()).await.unwrap();
        assert!(ended.access.end > bench.now() && ended.access.end < bench.after(1));
        over.applied = Some(domain::Access { end: bench.now(), ..ended.access.clone() });
        let given = bench.client.converge(&over, bench.now()).await.unwrap();
        assert_eq!(given.access.end, ended.access.end, "somebody gave more than we had confirmed");
    }
}
