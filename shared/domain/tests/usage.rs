//! What a panel tells about use: told once, and only what is true.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod support;

use domain::{
    Access, Applied, EventKind, Observed, Subscription, TrafficReset,
    provisioning::{self, Account},
    reaction::{self, Notice, Task},
    usage::{self, ALL, News, Report},
};
use jiff::{SignedDuration, Timestamp};
use support::{World, later, now, subscription_in};

const GB: u64 = 1 << 30;

fn account(subscription: &Subscription, used: u64) -> Account {
    Account {
        username: subscription.panel_username(),
        panel_id: Some(5),
        panel_uuid: None,
        link_varies: false,
        link: "https://sub.example/old".into(),
        access: subscription.access(),
        used,
        first_connected_at: None,
        online_at: None,
    }
}

/// A month with 100 GB that the panel confirmed an hour later.
fn delivered() -> Subscription {
    let mut world = World::new();
    world.buy("ext-1");
    let mut bought = world.subscription().clone();
    (bought.terms.traffic_limit, bought.terms.traffic_reset) = (100 * GB, TrafficReset::Week);
    let next = subscription_in(&provisioning::confirmed(&bought, &account(&bought, 0), later(1)));
    Subscription { version: next.version + 1, ..next }
}

fn used(gigabytes: u64, percent: u8) -> Report {
    Report { news: News::Traffic { percent }, at: later(2), used: Some(gigabytes * GB), period: None }
}

fn report(news: News, period: &str) -> Report {
    Report { news, at: later(2), used: None, period: Some(period.into()) }
}

/// The once-key, if anything is told.
fn key(subscription: &Subscription, report: &Report, now: Timestamp) -> Option<String> {
    usage::reported(subscription, report, now).once.map(|once| once.key)
}

#[test]
fn a_share_of_the_traffic_is_told_with_the_figures_that_prove_it() {
    let subscription = delivered();
    let decision = usage::reported(&subscription, &used(81, 80), later(2));
    let next = subscription_in(&decision);
    assert_eq!(next.observed.as_ref().map(|seen| (seen.used, seen.at)), Some((81 * GB, later(2))));
    let task = reaction::jobs(&decision.events[0]).remove(0).task;
    let Task::Notify(Notice::Use { revision, news, .. }) = task else { panic!("{task:?}") };
    assert!(news.holds(&next, revision, later(3)), "still true when it is sent");
    let renewed = Subscription { revision: revision + 1, ..next.clone() };
    assert!(!news.holds(&renewed, revision, later(3)), "renewed since");
    let reset = subscription_in(&usage::counted_anew(&next, 0, later(3), later(3)));
    assert!(!news.holds(&reset, revision, later(3)), "counted anew since");
    assert!(!news.holds(&next, revision, next.end), "over since");
}

#[test]
fn what_is_not_true_of_the_traffic_is_not_told() {
    let subscription = delivered();
    assert_eq!(key(&subscription, &used(79, 80), later(2)), None, "not so much of our limit");
    assert_eq!(key(&subscription, &used(100, ALL), subscription.end), None, "over");
    let mut unlimited = subscription.clone();
    unlimited.applied.as_mut().unwrap().access.traffic_limit = 0;
    assert_eq!(key(&unlimited, &used(100, ALL), later(2)), None, "no limit");
    let moved = Subscription { applied: None, ..subscription.clone() };
    assert_eq!(key(&moved, &used(100, ALL), later(2)), None, "no account");
    // The report was overtaken by a reset.
    let seen = Observed { at: later(3), used: GB, first_connected_at: None, online_at: None };
    let fresh = Subscription { observed: Some(seen), ..subscription.clone() };
    assert_eq!(key(&fresh, &used(100, ALL), later(4)), None, "older than what we know");
    // A panel whose clock is ahead does not make figures of the future.
    let decision = usage::reported(&subscription, &used(81, 80), later(1));
    assert_eq!(subscription_in(&decision).observed.unwrap().at, later(1));
}

#[test]
fn the_same_is_told_once_in_a_period_and_again_in_the_next() {
    let subscription = delivered();
    let at = |report: Report, hours| key(&subscription, &Report { at: later(hours), ..report }, later(hours));
    let first = at(used(81, 80), 2).unwrap();
    assert_eq!(at(used(85, 80), 100), Some(first.clone()), "the same week");
    for other in [at(used(96, 95), 2), at(used(100, ALL), 2), at(used(81, 80), 1 + 7 * 24)] {
        assert!(other.is_some_and(|other| other != first));
    }
    let named = |period: &str| at(Report { period: Some(period.into()), ..used(81, 80) }, 2).unwrap();
    assert_eq!(named("2026-11-01"), named("2026-11-01"));
    assert_ne!(named("2026-11-01"), named("2026-12-01"));
    let renewed = Subscription { revision: 2, ..subscription.clone() };
    assert_ne!(key(&renewed, &used(81, 80), later(2)), Some(first), "another entitlement");
}

#[test]
fn connections_are_told_while_they_are_news() {
    let subscription = delivered();
    let unused = |hours: &str| report(News::NotConnected, hours);
    let first = usage::reported(&subscription, &report(News::FirstConnection, ""), later(2));
    let connected = subscription_in(&first);
    assert_eq!(connected.observed.as_ref().unwrap().first_connected_at, Some(later(2)));
    assert_ne!(key(&subscription, &unused("6"), later(6)), key(&subscription, &unused("24"), later(24)));
    assert_eq!(key(&connected, &unused("6"), later(6)), None, "connected by now");
    assert!(!News::NotConnected.holds(&connected, 1, later(6)));
    // A look at the panel was faster than its webhook.
    assert!(key(&connected, &report(News::FirstConnection, ""), later(3)).is_some());
    let again = Report { at: later(27), ..report(News::FirstConnection, "") };
    assert_eq!(key(&connected, &again, later(27)), None, "made anew in the panel, used for long");
    let device = |delivery: &str| report(News::DeviceAdded { device: "Pixel 8".into() }, delivery);
    let keys = ["a", "a", "b"].map(|delivery| key(&connected, &device(delivery), later(3)).unwrap());
    assert!(keys[0] == keys[1] && keys[1] != keys[2]);
}

#[test]
fn a_reset_is_noted_unless_we_know_better() {
    let mut subscription = delivered();
    let seen = Observed { at: later(2), used: 5, first_connected_at: Some(now()), online_at: Some(now()) };
    subscription.observed = Some(seen.clone());
    let noted = usage::counted_anew(&subscription, 0, later(3), later(3));
    assert_eq!(subscription_in(&noted).observed, Some(Observed { at: later(3), used: 0, ..seen }));
    assert!(noted.events.is_empty() && noted.once.is_none());
    assert!(usage::counted_anew(&subscription, 0, later(1), later(3)).is_nothing(), "older");
    assert!(usage::counted_anew(&subscription, 5, later(3), later(3)).is_nothing(), "no change");
}

#[test]
fn looking_keeps_the_figures_and_asks_for_help_where_the_panel_has_something_else() {
    let subscription = delivered();
    let look = |account: Option<Account>| provisioning::looked_at(&subscription, account.as_ref(), later(5));
    let seen = look(Some(account(&subscription, 7)));
    assert_eq!(subscription_in(&seen).observed.unwrap().used, 7);
    assert!(seen.events.is_empty() && seen.once.is_none(), "a single put");
    let with = |access: Access| Some(Account { access, ..account(&subscription, 7) });
    let cases = [
        ("gone", None),
        ("earlier end", with(Access { end: later(3), ..subscription.access() })),
        ("less traffic", with(Access { traffic_limit: 1, ..subscription.access() })),
        (
            "another link",
            Some(Account { link: "https://sub.example/new".into(), ..account(&subscription, 7) }),
        ),
    ];
    for (name, account) in cases {
        let decision = look(account);
        assert!(matches!(decision.events[0].kind, EventKind::PanelHint { .. }), "{name}");
    }
    let varies =
        Account { link_varies: true, link: "https://sub.example/new".into(), ..account(&subscription, 7) };
    assert!(look(Some(varies)).events.is_empty(), "all its links work");
    let poor = Access { device_limit: None, traffic_reset: TrafficReset::Month, ..subscription.access() };
    assert!(look(with(poor)).events.is_empty(), "a panel that has no word for these");
}

#[test]
fn a_revoked_link_is_replaced_and_told() {
    let subscription = delivered();
    let decision = provisioning::revoked(&subscription, "user.revoked", "delivery", later(2));
    let revoked = subscription_in(&decision);
    assert!(!revoked.is_delivered() && revoked.applied.as_ref().unwrap().revoked);
    assert!(revoked.next_at.unwrap() <= later(3), "looked at again also if the queue gives up");
    assert!(matches!(decision.events[0].kind, EventKind::PanelHint { .. }));
    // Also where every answer carries another link and the first is kept otherwise.
    for link_varies in [false, true] {
        let answer = Account { link_varies, link: "https://sub.example/new".into(), ..account(&revoked, 0) };
        let decision = provisioning::confirmed(&revoked, &answer, later(3));
        let next = subscription_in(&decision);
        let Applied { link, revoked, .. } = next.applied.clone().unwrap();
        assert_eq!((link.as_str(), revoked), ("https://sub.example/new", false));
        let task = reaction::jobs(&decision.events[0]).remove(0).task;
        assert!(matches!(task, Task::Notify(Notice::LinkChanged { .. })), "{task:?}");
        assert_eq!(next.observed.unwrap().at, later(3));
    }
    // Where links vary another one may come at any time; the first still works.
    let nameless = |account| Account { panel_id: None, link: "https://sub.example/new".into(), ..account };
    let other = provisioning::confirmed(&subscription, &nameless(account(&subscription, 0)), later(3));
    assert!(other.events.is_empty() && !other.records.is_empty());
    let other = provisioning::confirmed(&revoked, &nameless(account(&revoked, 0)), later(3));
    assert!(matches!(other.events[0].kind, EventKind::LinkChanged { .. }));
    // It was ours: the link is known already.
    let same = provisioning::confirmed(&revoked, &account(&revoked, 0), later(3));
    assert!(same.events.is_empty() && subscription_in(&same).is_delivered());
}

#[test]
fn figures_are_fresh_for_a_minute() {
    let seen = Observed { at: now(), used: 0, first_connected_at: None, online_at: None };
    let after = |seconds| now() + SignedDuration::from_secs(seconds);
    assert!(seen.is_fresh(after(59)) && seen.is_fresh(after(-5)) && !seen.is_fresh(after(60)));
}
