//! Comparing accounts with subscriptions.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use domain::{
    Access, Decision, EventKind, PanelId, Period, Record, Refusal, Subscription, Sync, TrafficReset, UserId,
    UserState,
    provisioning::Account,
    sync::{self, Counts, Depth, Verdict},
    trial, upkeep,
};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

const CARL: UserId = UserId(77);

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-11-21T10:00:00Z")
}

fn main_panel() -> PanelId {
    PanelId::default()
}

fn account(end: Timestamp) -> Account {
    Account {
        username: "tg_77".into(),
        panel_id: Some(9),
        panel_uuid: Some("baf876eb-0715-4732-b63c-ac1ea8747f69".into()),
        link: "https://sub.example.com/abc".into(),
        link_varies: false,
        access: Access {
            end,
            traffic_limit: 5_000,
            traffic_reset: TrafficReset::Month,
            device_limit: Some(2),
            squads: vec!["A".into()],
            external_squad: None,
        },
        used: 10,
        first_connected_at: None,
        online_at: None,
    }
}

/// What a decision writes of a subscription, stored.
fn stored(decision: &Decision) -> Subscription {
    let [Record::Subscription(own)] = decision.records.as_slice() else { panic!("{decision:?}") };
    Subscription { version: own.version + 1, ..own.clone() }
}

fn taken_over(account: &Account) -> UserState {
    let decision =
        sync::adopted(&UserState::default(), CARL, (&main_panel(), account), Some(UserId(7)), now());
    UserState { subscriptions: vec![stored(&decision)], ..UserState::default() }
}

fn run(depth: Depth) -> Sync {
    Sync { depth, ..Sync::first(main_panel(), now()) }
}

#[test]
fn what_was_taken_over_is_known_again_by_any_of_its_names() {
    let account = account(at("2027-03-01T00:00:00Z"));
    let state = taken_over(&account);
    let same = |account: &Account| {
        matches!(sync::judge(&state, &main_panel(), (account, Some(CARL))), Verdict::Same(_))
    };
    assert!(same(&account));
    // A panel of version 3 no longer tells the UUID, one of version 2 no number.
    assert!(same(&Account { panel_uuid: None, ..account.clone() }));
    assert!(same(&Account { panel_id: None, ..account.clone() }));
    let other = Account {
        username: "old".into(),
        panel_id: Some(10),
        panel_uuid: Some("00000000-0715-4732-b63c-ac1ea8747f69".into()),
        ..account.clone()
    };
    assert_eq!(sync::judge(&state, &main_panel(), (&other, Some(CARL))), Verdict::Movable);
    let elsewhere: PanelId = "de".parse().unwrap();
    assert_eq!(sync::judge(&state, &elsewhere, (&account, Some(CARL))), Verdict::Movable, "another panel's");
}

#[test]
fn every_field_that_a_person_changed_is_named() {
    let known = account(at("2027-03-01T00:00:00Z"));
    let state = taken_over(&known);
    let changed = |change: fn(&mut Account)| {
        let mut account = known.clone();
        change(&mut account);
        match sync::judge(&state, &main_panel(), (&account, Some(CARL))) {
            Verdict::Drifted(_, fields) => fields,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(changed(|a| a.access.end += SignedDuration::from_secs(1)), ["end"]);
    assert_eq!(changed(|a| a.access.end -= SignedDuration::from_secs(1)), ["end"]);
    assert_eq!(changed(|a| a.access.traffic_limit = 0), ["traffic_limit"]);
    assert_eq!(changed(|a| a.access.traffic_reset = TrafficReset::Day), ["traffic_reset"]);
    assert_eq!(changed(|a| a.access.device_limit = None), ["device_limit"]);
    assert_eq!(changed(|a| a.access.squads = vec!["B".into()]), ["squads"]);
    assert_eq!(changed(|a| a.access.external_squad = Some("C".into())), ["external_squad"]);
    assert_eq!(changed(|a| a.username = "carl".into()), ["username"]);
    assert_eq!(changed(|a| a.link = "https://sub.example.com/new".into()), ["link"]);
    // Neither the case of a UUID nor a link that is new at every look is a change.
    for same in [
        Account { access: Access { squads: vec!["a".into()], ..known.access.clone() }, ..known.clone() },
        Account { link: "https://sub.example.com/1".into(), link_varies: true, ..known.clone() },
    ] {
        assert!(matches!(sync::judge(&state, &main_panel(), (&same, None)), Verdict::Same(_)), "{same:?}");
    }
    let stolen = sync::judge(&state, &main_panel(), (&known, Some(UserId(5))));
    assert!(matches!(stolen, Verdict::Drifted(_, fields) if fields == ["telegram_id"]));
}

#[test]
fn what_is_under_way_is_left_alone() {
    let known = account(at("2027-03-01T00:00:00Z"));
    let mut state = taken_over(&known);
    state.subscriptions[0].revision += 1;
    assert_eq!(sync::judge(&state, &main_panel(), (&known, None)), Verdict::Passing, "a delivery is owed");
    let mut state = taken_over(&known);
    state.subscriptions[0].applied = None;
    let coming = Account { username: "tg_77_1".into(), ..known.clone() };
    assert_eq!(
        sync::judge(&state, &main_panel(), (&coming, None)),
        Verdict::Passing,
        "about to be confirmed"
    );
    assert_eq!(sync::judge(&state, &main_panel(), (&known, None)), Verdict::Movable);
}

#[test]
fn looking_hands_nothing_over_and_repairing_does_once_a_run() {
    let known = account(at("2027-03-01T00:00:00Z"));
    let state = taken_over(&known);
    let own = &state.subscriptions[0];
    for (depth, events) in [(Depth::Look, 0), (Depth::Repair, 1), (Depth::Adopt, 1)] {
        let run = run(depth);
        for decision in
            [sync::observed(own, &known, (&run, &["end"]), now()), sync::missing(own, &run, now())]
        {
            assert_eq!(decision.events.len(), events, "{depth}");
            assert_eq!(decision.once.is_some(), events > 0, "{depth}");
        }
        let quiet = sync::observed(own, &known, (&run, &[]), now());
        assert!(quiet.events.is_empty() && quiet.once.is_none());
    }
}

#[test]
fn only_running_delivered_subscriptions_are_missed() {
    let known = account(at("2027-03-01T00:00:00Z"));
    let own = taken_over(&known).subscriptions.remove(0);
    let later = Sync { started_at: now() + SignedDuration::from_secs(1), ..run(Depth::Repair) };
    assert!(sync::is_due(&own, &later, now()));
    assert!(!sync::is_due(&own, &run(Depth::Repair), now()), "it was seen in this run");
    let over = Subscription { end: now(), ..own.clone() };
    assert!(!sync::is_due(&over, &later, now()), "it is over");
    let owed = Subscription { revision: 9, ..own.clone() };
    assert!(!sync::is_due(&owed, &later, now()), "delivery is at it");
    let other = Sync { panel: "de".parse().unwrap(), ..later };
    assert!(!sync::is_due(&own, &other, now()), "it is in another panel");
}

#[test]
fn operators_hear_of_what_they_asked_for_and_of_what_is_wrong() {
    let told = |run: Sync| {
        let decision = run.ended(SignedDuration::from_hours(24), now());
        let EventKind::SyncEnded { told, .. } = &decision.events[0].kind else { panic!("{decision:?}") };
        *told
    };
    let well = run(Depth::Repair);
    assert!(!told(well.clone()));
    assert!(told(Sync { asked_by: Some(UserId(7)), ..well.clone() }));
    for counts in [
        Counts { drifted: 1, ..Counts::default() },
        Counts { missing: 1, ..Counts::default() },
        Counts { errors: 1, ..Counts::default() },
    ] {
        assert!(told(Sync { counts, ..well.clone() }));
    }
    let strangers = Counts { movable: 9, foreign: 9, ..Counts::default() };
    assert!(!told(Sync { counts: strangers, ..well }), "strangers are nobody's trouble");
}

#[test]
fn a_panel_that_fails_is_asked_ever_more_rarely_and_never_before_it_wants() {
    let mut run = run(Depth::Repair);
    let mut waits = Vec::new();
    for _ in 0..9 {
        run = run.troubled("down".into(), None, now());
        waits.push((run.next_at - now()).total(jiff::Unit::Minute).unwrap());
    }
    assert_eq!(waits, [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 32.0, 32.0, 32.0]);
    let asked = run.clone().troubled("busy".into(), Some(SignedDuration::from_hours(2)), now());
    assert_eq!(asked.next_at, now() + SignedDuration::from_hours(2));
    run.turned(Some("s:1".into()));
    assert_eq!((run.failures, run.trouble), (0, None));
}

#[test]
fn findings_are_few() {
    let mut run = run(Depth::Look);
    (0..100).for_each(|number| run.note("foreign", &format!("a{number}"), ""));
    run.note("missing", "b", "");
    assert_eq!(run.findings.len(), 6);
}

proptest! {
    /// Taking over changes nothing: what the subscription grants is what the account had, so delivery has nothing to write.
    #[test]
    fn nothing_is_extended_and_nothing_cut(second in 0_i64..4_000_000_000, limit: u64, devices: Option<u32>) {
        let mut account = account(Timestamp::from_second(second).unwrap());
        account.access.traffic_limit = limit;
        account.access.device_limit = devices;
        let own = taken_over(&account).subscriptions.remove(0);
        prop_assert_eq!(&own.access(), &account.access);
        prop_assert_eq!(&own.applied.as_ref().unwrap().access, &account.access);
        prop_assert!(own.is_delivered() && own.pending.is_empty());
        // What was over before is not announced; what runs is reminded of as any other.
        let due = own.next_at.map(|at| upkeep::tick(&Subscription { next_at: Some(at), ..own.clone() }, at));
        prop_assert_eq!(due.is_some(), own.end > now());
        // No trial besides.
        let state = UserState { subscriptions: vec![own], ..support::registered() };
        let terms = support::terms("trial", Period::Days(3));
        prop_assert_eq!(trial::start(&state, Some(&terms), now()), Err(Refusal::HasSubscription));
    }
}
