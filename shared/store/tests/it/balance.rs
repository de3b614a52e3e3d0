//! Many hands on one balance.

use crate::support::{ANNA, anna, put, rub, store};
use domain::{Decision, Once, Record, Refusal, User};
use store::{Commit, Store};
use tokio::task::JoinSet;

/// Takes 10.00 from the balance, once; whether it was there.
async fn withdraw(store: Store, hand: u32) -> bool {
    loop {
        let user = store.user_state(ANNA).await.unwrap().user.unwrap();
        let balance = match user.balance.minus(rub(1_000)) {
            Ok(balance) => balance,
            Err(refusal) => {
                assert_eq!(refusal, Refusal::NotEnough);
                return false;
            }
        };
        let decision = Decision {
            once: Some(Once::new(format!("withdrawn/{hand}"), "done")),
            records: vec![Record::User(User { balance, ..user })],
            events: Vec::new(),
        };
        match store.commit(&decision).await.unwrap() {
            Commit::Committed => return true,
            Commit::Conflict => {}
            Commit::AlreadyDone(outcome) => panic!("a hand takes once: {outcome}"),
        }
    }
}

#[tokio::test]
async fn thirty_two_hands_take_what_is_there_and_no_more() {
    let store = store().await;
    put(&store, [Record::User(anna(10_500))]).await;
    let mut hands = JoinSet::new();
    for hand in 0..32 {
        hands.spawn(withdraw(store.clone(), hand));
    }
    let taken = hands.join_all().await.into_iter().filter(|taken| *taken).count();
    let left = store.user_state(ANNA).await.unwrap().user.unwrap();
    assert_eq!((taken, left.balance.amounts(), left.version), (10, &[rub(500)][..], 11));
}
