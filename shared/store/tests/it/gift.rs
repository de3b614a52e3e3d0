//! Many people and one gift.

use crate::support::{ANNA, anna, at, put, store};
use domain::{
    Gift, GiftState, Localized, PanelId, Payment, Period, Record, Terms, TrafficReset, User, UserId, gift,
};
use jiff::{SignedDuration, Timestamp};
use store::{Commit, DueKey, SHARDS, Store};
use tokio::task::JoinSet;

fn now() -> Timestamp {
    at("2026-11-21T10:00:00Z")
}

fn terms() -> Terms {
    Terms {
        plan: "m1".parse().unwrap(),
        name: Localized { ru: "Месяц".into(), en: "A month".into() },
        period: Period::Months(1),
        traffic_limit: 0,
        traffic_reset: TrafficReset::NoReset,
        device_limit: None,
        panel: PanelId::default(),
        squads: Vec::new(),
        external_squad: None,
    }
}

fn gift() -> Gift {
    let payment: Payment = crate::support::payment("gift", now());
    let end = now() + SignedDuration::from_hours(72);
    Gift {
        code: "aB3dE6gH9jK2mN5pQ8sT1vW4".parse().unwrap(),
        giver: ANNA,
        from: "Anna".into(),
        terms: terms(),
        payment: payment.id,
        state: GiftState::Waiting,
        bought_at: now(),
        expires_at: Some(end),
        reminded: true,
        next_at: Some(end),
        version: 0,
    }
}

/// Presses "take it" until the store knows what came of it; true if it is theirs.
async fn take(store: Store, user: UserId) -> bool {
    loop {
        let state = store.user_state(user).await.unwrap();
        let known = store.gift(&gift().code).await.unwrap().unwrap();
        let (found, decision) = gift::open(&state, &known, now()).unwrap();
        if store.commit(&decision).await.unwrap() == Commit::Committed {
            return matches!(found.state, GiftState::Opened { by, .. } if by == user);
        }
    }
}

#[tokio::test]
async fn of_thirty_two_people_one_has_the_gift() {
    let store = store().await;
    let people = (0..32).map(|index| {
        let referral_code = domain::ReferralCode::derive(UserId(100 + index), now(), 0);
        Record::User(User { id: UserId(100 + index), referral_code, ..anna(0) })
    });
    let both = [Record::Gift(gift()), Record::OwnGift(gift()), Record::User(anna(0))];
    put(&store, people.chain(both)).await;
    let mut hands = JoinSet::new();
    for index in 0..32 {
        hands.spawn(take(store.clone(), UserId(100 + index)));
    }
    let winners = hands.join_all().await.into_iter().filter(|mine| *mine).count();
    let (mut served, mut told) = (0, 0);
    for index in 0..32 {
        let user = UserId(100 + index);
        served += store.user_state(user).await.unwrap().subscriptions.len();
        told += store.events(user, 10).await.unwrap().len();
    }
    assert_eq!((winners, served, told), (1, 1, 1));
    assert_eq!(store.events(ANNA, 10).await.unwrap().len(), 1, "the giver hears of it once");
    let own = store.user_state(ANNA).await.unwrap().gifts;
    assert_eq!(own, [store.gift(&gift().code).await.unwrap().unwrap()]);
}

#[tokio::test]
async fn the_clock_rings_for_a_gift_that_waits_and_not_for_an_opened_one() {
    let store = store().await;
    put(&store, [Record::Gift(gift()), Record::OwnGift(gift()), Record::User(anna(0))]).await;
    let due = async |hours| {
        let mut found = Vec::new();
        for shard in 0..SHARDS {
            let at = now() + SignedDuration::from_hours(hours);
            found.extend(store.due(shard, at, 10).await.unwrap());
        }
        found
    };
    assert_eq!(due(71).await, []);
    assert_eq!(due(72).await, [DueKey::Gift(ANNA, gift().payment)]);
    assert!(take(store.clone(), ANNA).await, "one's own");
    let left = due(72).await;
    assert!(!left.contains(&DueKey::Gift(ANNA, gift().payment)), "{left:?}");
    assert_eq!(store.gift(&"0000000000000000000000ZZ".parse().unwrap()).await.unwrap(), None);
}
