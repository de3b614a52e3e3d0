//! E-mail addresses: confirmed by their owners alone, and letters that go nowhere else.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do: by panicking")]

mod support;

use domain::{
    Email, EventKind, UserState,
    email::{self, Answered, Asked},
    reaction::{self, Letter, Notice, Task},
};
use jiff::{SignedDuration, Timestamp};
use support::{now, registered};

fn address() -> Email {
    "anna@example.com".parse().unwrap()
}

fn seconds(count: i64) -> Timestamp {
    now() + SignedDuration::from_secs(count)
}

fn asked(state: &UserState, at: Timestamp) -> (Asked, UserState) {
    let (asked, decision) = email::ask(state, &address(), at).unwrap();
    (asked, state.clone().after(&decision))
}

fn answered(state: &UserState, right: bool, at: Timestamp) -> (Answered, UserState) {
    let (answered, decision) = email::answer(state, |_| right, at).unwrap();
    (answered, state.clone().after(&decision))
}

fn confirmed() -> UserState {
    let state = asked(&registered(), now()).1;
    let (told, state) = answered(&state, true, seconds(60));
    assert_eq!(told, Answered::Confirmed);
    state
}

#[test]
fn only_a_right_code_in_time_makes_an_address_count() {
    let state = asked(&registered(), now()).1;
    assert_eq!(state.user.as_ref().unwrap().email, None);
    assert_eq!(answered(&state, true, seconds(900)).0, Answered::Late);
    assert_eq!(answered(&registered(), true, now()).0, Answered::Late);
    let state = confirmed();
    let user = state.user.as_ref().unwrap();
    assert_eq!((user.receipt_email(), user.letter_email()), (Some(&address()), Some(&address())));
    assert_eq!(answered(&state, true, seconds(61)).0, Answered::Late, "a code counts once");
}

#[test]
fn five_wrong_codes_end_it() {
    let mut state = asked(&registered(), now()).1;
    for left in (1..5).rev() {
        let (told, next) = answered(&state, false, seconds(1));
        assert_eq!(told, Answered::Wrong(left));
        state = next;
    }
    let (told, state) = answered(&state, false, seconds(1));
    assert_eq!(told, Answered::Spent);
    assert_eq!(answered(&state, true, seconds(1)).0, Answered::Late);
}

/// Changing what is asked is no way to more letters: they are counted with the person.
#[test]
fn three_code_letters_an_hour_and_one_a_minute() {
    let (first, state) = asked(&registered(), now());
    assert_eq!((first, asked(&state, seconds(59)).0), (Asked::Sent, Asked::TooSoon));
    let (_, state) = asked(&state, seconds(60));
    let state = UserState { dialog: None, ..state };
    let (third, state) = asked(&state, seconds(120));
    assert_eq!((third, asked(&state, seconds(180)).0), (Asked::Sent, Asked::TooMany));
    assert_eq!(
        (asked(&state, seconds(3599)).0, asked(&state, seconds(3600)).0),
        (Asked::TooMany, Asked::Sent)
    );
}

#[test]
fn a_code_letter_is_owed_for_every_question_and_carries_no_code() {
    let (_, decision) = email::ask(&registered(), &address(), now()).unwrap();
    let [event] = decision.events.as_slice() else { panic!("{decision:?}") };
    let jobs = reaction::jobs(event);
    assert_eq!(jobs.len(), 1);
    assert_eq!(jobs[0].task, Task::Letter(Letter::Code { asked_at: now() }));
}

#[test]
fn a_refused_address_is_told_once_and_used_no_more() {
    let state = confirmed();
    let user = state.user.as_ref().unwrap();
    let other = "bob@example.com".parse().unwrap();
    assert!(email::refuse(user, &other, now()).is_nothing(), "it was changed meanwhile");
    let decision = email::refuse(user, &address(), now());
    assert!(
        matches!(&decision.events[0].kind, EventKind::EmailRefused { email } if email == "a•••@example.com")
    );
    let told = reaction::jobs(&decision.events[0]);
    assert!(
        matches!(told.as_slice(), [job] if matches!(job.task, Task::Notify(Notice::EmailRefused { .. })))
    );
    let state = state.clone().after(&decision);
    let user = state.user.as_ref().unwrap();
    assert_eq!((user.receipt_email(), user.letter_email()), (None, None));
    assert!(email::refuse(user, &address(), now()).is_nothing());
    // The owner can show that it works again.
    let state = asked(&state, seconds(3700)).1;
    let state = answered(&state, true, seconds(3701)).1;
    assert!(state.user.unwrap().letter_email().is_some());
}

#[test]
fn letters_can_be_switched_off_and_receipts_stay() {
    let state = confirmed();
    let user = state.user.as_ref().unwrap();
    assert!(email::set_letters(user, true, now()).is_nothing());
    let state = state.clone().after(&email::set_letters(user, false, now()));
    let user = state.user.as_ref().unwrap();
    assert_eq!((user.receipt_email().is_some(), user.letter_email().is_some()), (true, false));
    let state = state.clone().after(&email::remove(user, now()));
    assert_eq!(state.user.unwrap().receipt_email(), None);
}
