//! The channel gate: who is exempt, how long a look counts, and that one alert a day is enough.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do: by panicking")]

mod support;

use domain::{Currency, Money, Record, User, UserState, Wallet, gate};
use jiff::{SignedDuration, Timestamp};

fn now() -> Timestamp {
    "2026-11-21T10:00:00Z".parse().unwrap()
}

fn newcomer() -> UserState {
    support::registered()
}

fn user_after(state: &UserState, inside: bool, at: Timestamp) -> User {
    let user = state.user.clone().unwrap();
    let decision = gate::seen(&user, inside, at);
    assert!(decision.events.is_empty());
    match decision.records.as_slice() {
        [Record::User(next)] => next.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_look_counts_for_ten_minutes_and_leaving_ends_it() {
    let state = newcomer();
    assert!(!gate::has_passed(state.user.as_ref().unwrap(), now()));
    let passed = user_after(&state, true, now());
    assert!(gate::has_passed(&passed, now() + SignedDuration::from_secs(599)));
    assert!(!gate::has_passed(&passed, now() + SignedDuration::from_secs(600)));
    let inside = UserState { user: Some(passed), ..state.clone() };
    assert!(!gate::has_passed(&user_after(&inside, false, now()), now()));
    assert!(gate::seen(state.user.as_ref().unwrap(), false, now()).is_nothing());
}

#[test]
fn who_has_money_with_us_is_exempt() {
    let mut state = newcomer();
    assert!(!gate::is_exempt(&state, now()));
    let user = state.user.clone().unwrap();
    state.user = Some(User { balance: Wallet::of([Money::new(100, Currency::Rub)]), ..user });
    assert!(gate::is_exempt(&state, now()));
}

#[test]
fn a_broken_gate_is_told_once_a_day() {
    let key = |at: Timestamp| gate::broken("@news", "why", at).once.unwrap().key;
    assert_eq!(key(now()), key(now() + SignedDuration::from_hours(13)));
    assert_ne!(key(now()), key(now() + SignedDuration::from_hours(14)));
}
