//! Many people and one promo code (I5), and one conversation from two sides.

use crate::support::{anna, at, put, rub, store};
use domain::{
    Currency, Dialog, Promo, PromoEffect, Promotion, Record, Topic, User, UserId, UserState, dialog,
    promo::{self, Offered, Outcome},
};
use jiff::{Timestamp, tz::TimeZone};
use store::{Commit, Store};
use tokio::task::JoinSet;

fn now() -> Timestamp {
    at("2026-11-21T10:00:00Z")
}

fn code(order: &str) -> Promo {
    let words: Vec<&str> = order.split_whitespace().collect();
    Promo::draft(&words, &TimeZone::UTC, now()).unwrap()
}

/// Enters the code until the store knows what came of it.
async fn enter(store: Store, user: UserId) -> Outcome {
    let code = "RUSH".parse().unwrap();
    loop {
        let state = store.user_state(user).await.unwrap();
        let known: Option<Promotion> = store.promotion(&code, user).await.unwrap();
        let (outcome, decision) = promo::enter(&state, known.as_ref(), Offered::default(), now()).unwrap();
        if store.commit(&decision).await.unwrap() == Commit::Committed {
            return outcome;
        }
    }
}

#[tokio::test]
async fn thirty_two_people_use_a_code_as_often_as_it_may_be_used() {
    let store = store().await;
    let people = (0..32).map(|index| {
        let referral_code = domain::ReferralCode::derive(UserId(100 + index), now(), 0);
        Record::User(User { id: UserId(100 + index), referral_code, ..anna(0) })
    });
    put(&store, people.chain([Record::Promo(code("RUSH balance 10RUB limit=7"))])).await;
    let mut hands = JoinSet::new();
    for index in 0..32 {
        hands.spawn(enter(store.clone(), UserId(100 + index)));
    }
    let outcomes = hands.join_all().await;
    let applied = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Applied(_))).count();
    let mut richer = 0;
    for index in 0..32 {
        let user = store.user_state(UserId(100 + index)).await.unwrap().user.unwrap();
        richer += usize::from(user.balance.get(Currency::Rub) == rub(1_000));
    }
    let known = store.promotion(&"RUSH".parse().unwrap(), UserId(1)).await.unwrap().unwrap();
    assert_eq!((applied, richer, known.promo.used), (7, 7, 7));
}

#[tokio::test]
async fn codes_are_listed_by_name() {
    let store = store().await;
    assert_eq!(store.promos(10).await.unwrap(), []);
    put(&store, ["ZET days 1", "ABC fixed 1RUB", "M-1 trial 2"].map(|order| Record::Promo(code(order))))
        .await;
    let listed = store.promos(10).await.unwrap();
    let names: Vec<&str> = listed.iter().map(|promo| promo.code.as_str()).collect();
    assert_eq!(names, ["ABC", "M-1", "ZET"]);
    assert_eq!(listed[0].effect, PromoEffect::Fixed(rub(100)));
}

/// A message and a press at the same moment: one of them is decided on what the other wrote.
#[tokio::test]
async fn a_conversation_is_not_changed_from_two_sides_at_once() {
    let store = store().await;
    put(&store, [Record::User(anna(0))]).await;
    let user = anna(0).id;
    let fresh = store.user_state(user).await.unwrap();
    let asked = dialog::ask(&fresh, user, Topic::PromoCode, now());
    let also = dialog::ask(&fresh, user, Topic::TopUp(Currency::Rub), now());
    assert_eq!(store.commit(&asked).await.unwrap(), Commit::Committed);
    assert_eq!(store.commit(&also).await.unwrap(), Commit::Conflict);
    let state: UserState = store.user_state(user).await.unwrap();
    assert_eq!(state.topic(now()), Some(Topic::PromoCode));
    assert_eq!(state.topic(now() + dialog::LIFETIME), None, "the table may drop it days later");
    store.commit(&dialog::end(&state)).await.unwrap();
    assert_eq!(store.commit(&dialog::end(&state)).await.unwrap(), Commit::Conflict);
    let ended = store.user_state(user).await.unwrap();
    assert!(matches!(ended.dialog, Some(Dialog { topic: None, version: 2, .. })));
    assert!(dialog::end(&ended).is_nothing());
}
