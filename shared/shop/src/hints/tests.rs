//! Which account is ours, and which event is news.

use super::*;
use domain::{
    Language, Localized, Period, Person, Record, Terms, TrafficReset, User,
    provisioning::{self, Account},
    registration::{self, FirstTouch},
    trial,
};

fn later(hours: i64) -> Timestamp {
    let start: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
    start + SignedDuration::from_hours(hours)
}

/// A trial of three days whose account the panel confirmed as `username`.
fn trial_of(username: &str) -> UserState {
    let person = Person { id: UserId(42), first_name: "Ann".into(), username: None, language_tag: None };
    let (user, _) = registration::register(&person, FirstTouch::default(), Language::En, later(0), 0);
    let state = UserState { user: Some(User { version: 1, ..user }), ..UserState::default() };
    let terms = Terms {
        plan: "trial".parse().unwrap(),
        name: Localized { ru: "x".into(), en: "x".into() },
        period: Period::Days(3),
        traffic_limit: 0,
        traffic_reset: TrafficReset::NoReset,
        device_limit: None,
        panel: PanelId::default(),
        squads: Vec::new(),
        external_squad: None,
    };
    let state = state.clone().after(&trial::start(&state, Some(&terms), later(0)).unwrap());
    let own = &state.subscriptions[0];
    let account = Account {
        username: username.into(),
        panel_id: None,
        panel_uuid: None,
        link: "https://sub.example/sub/old".into(),
        link_varies: true,
        access: own.access(),
        used: 0,
        first_connected_at: None,
        online_at: None,
    };
    state.clone().after(&provisioning::confirmed(own, &account, later(0)))
}

fn hint_of(username: &str, telegram_id: Option<i64>) -> Hint {
    Hint {
        panel: PanelId::default(),
        username: username.into(),
        telegram_id,
        event: "x".into(),
        end: None,
        says: Says::Nothing,
        key: "delivery".into(),
    }
}

#[test]
fn only_our_marker_is_ours() {
    assert_eq!(marked("tg_42_1"), Some((UserId(42), SubscriptionNo(1))));
    for foreign in ["tg_42", "tg_x_1", "TG_42_1", "admin", "tg_-4_1", "tg_42_1_2", ""] {
        assert_eq!(marked(foreign), None, "{foreign}");
    }
}

#[test]
fn an_account_is_found_by_its_name_or_by_whose_it_is() {
    let found = |state: &UserState, hint: &Hint| {
        owner(hint)
            .filter(|owner| owner.user() == UserId(42))
            .is_some_and(|owner| owner.find(state, hint).is_some())
    };
    let (ours, taken_over) = (trial_of("tg_42_1"), trial_of("anna_old"));
    assert!(found(&ours, &hint_of("tg_42_1", None)));
    assert!(found(&taken_over, &hint_of("anna_old", Some(42))));
    assert!(!found(&taken_over, &hint_of("anna_old", None)), "nobody says whose it is");
    assert!(!found(&taken_over, &hint_of("anna_old", Some(43))), "somebody else's");
    assert!(!found(&taken_over, &hint_of("anna_new", Some(42))), "another account of theirs");
    assert!(!found(&taken_over, &hint_of("tg_42_1", Some(42))), "not the one that the subscription has");
    assert!(!found(&ours, &hint_of("tg_42_2", Some(42))), "no such subscription");
    let elsewhere = Hint { panel: "de".parse().unwrap(), ..hint_of("tg_42_1", None) };
    assert!(!found(&ours, &elsewhere), "an account that was left behind");
}

#[test]
fn news_are_what_differs_from_what_we_know() {
    let state = trial_of("tg_42_1");
    let own = &state.subscriptions[0];
    let is_news = |says: Says, end: Option<Timestamp>, hours: i64| {
        let hint = Hint { end, says, ..hint_of("tg_42_1", None) };
        let decision = look_again(own, own.there().unwrap(), &hint, later(hours));
        !decision.is_nothing()
    };
    let end = own.end;
    assert!(!is_news(Says::Nothing, Some(end), 1) && !is_news(Says::Nothing, None, 1), "our own write");
    assert!(is_news(Says::Nothing, Some(later(9)), 1) && is_news(Says::Disabled, None, 1));
    assert!(is_news(Says::Deleted, None, 1) && !is_news(Says::Deleted, None, 72));
    assert!(!is_news(Says::Disabled, None, 72) && !is_news(Says::Nothing, Some(later(9)), 72), "over anyway");
    assert!(is_news(Says::Expired, Some(end), 1), "our clock says that days are left");
    let minute = Hint { end: Some(end), says: Says::Expired, ..hint_of("tg_42_1", None) };
    let almost = end - SignedDuration::from_mins(1);
    assert!(look_again(own, own.there().unwrap(), &minute, almost).is_nothing(), "clocks differ");
    assert!(!is_news(Says::Expired, Some(end), 72));
}

#[test]
fn a_revoked_link_is_news_unless_it_was_we_who_asked_for_it() {
    let state = trial_of("tg_42_1");
    let own = &state.subscriptions[0];
    let revoked = |link: Option<&str>| {
        let link = link.and_then(|link| Link::new(link.into()));
        let hint = Hint { says: Says::Revoked(link), ..hint_of("tg_42_1", None) };
        // Also after the end: the account may be renewed.
        look_again(own, own.there().unwrap(), &hint, later(100))
    };
    assert!(revoked(Some("https://sub.example/sub/old")).is_nothing());
    assert!(revoked(Some("/sub/old")).is_nothing());
    for link in [None, Some("https://sub.example/sub/new"), Some("/sub/new")] {
        let decision = revoked(link);
        let dead = |record: &Record| match record {
            Record::Subscription(next) => next.applied.as_ref().is_some_and(|applied| applied.revoked),
            _ => false,
        };
        assert!(decision.records.iter().any(dead), "{link:?}");
        assert_eq!(decision.events.len(), 1);
    }
}
