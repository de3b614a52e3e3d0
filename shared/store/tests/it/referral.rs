//! Many friends of one person pay at the same moment.

use crate::support::{anna, at, put, rub, store};
use domain::{
    Currency, Goods, Localized, Money, Payment, PaymentState, Period, Record, Reward, Subscription,
    SubscriptionNo, Terms, TimePolicy, TrafficReset, User, UserId, UserState,
    credit::{self, Report, Rules, Status},
    referral::{self, Gift, Inviter},
};
use jiff::Timestamp;
use std::time::Duration;
use store::{Commit, Store, StoreError};
use tokio::task::JoinSet;

fn now() -> Timestamp {
    at("2026-11-21T10:00:00Z")
}

fn terms() -> Terms {
    Terms {
        plan: "m1".parse().unwrap(),
        name: Localized { ru: "1 месяц".into(), en: "1 month".into() },
        period: Period::Months(1),
        traffic_limit: 0,
        traffic_reset: TrafficReset::NoReset,
        device_limit: None,
        panel: domain::PanelId::default(),
        squads: Vec::new(),
        external_squad: None,
    }
}

fn friend(index: i64) -> User {
    let id = UserId(100 + index);
    let referral_code = domain::ReferralCode::derive(id, now(), 0);
    User { id, referral_code, referrer: Some(anna(0).id), ..anna(0) }
}

fn order(index: i64) -> Payment {
    let payment = crate::support::payment(&format!("order {index}"), now());
    Payment { user: friend(index).id, goods: Goods::Plan(terms()), ..payment }
}

fn paid(index: i64) -> Report {
    let external_id = format!("charge-{index}");
    Report { external_id, status: Status::Paid(rub(10_000)), test: false, saved: None }
}

/// Credits the order of a friend, as the shop does, however often somebody else is faster; answers how often that was.
async fn pay(store: Store, index: i64, rules: referral::Rules) -> u32 {
    let money = Rules { live: true, refund: TimePolicy::Cut, dispute: TimePolicy::End };
    for round in 0..200 {
        let payment = store.payment(order(index).id).await.unwrap().unwrap();
        let state = store.user_state(payment.user).await.unwrap();
        let inviter = referral::due(&state, &rules);
        let inviter = match inviter {
            Some(id) => Some(Inviter { rules: Some(rules), state: store.user_state(id).await.unwrap() }),
            None => None,
        };
        let state = UserState { inviter: inviter.map(Box::new), ..state };
        let (_, decision) = credit::report(&state, &payment, &paid(index), money, now());
        match store.commit(&decision).await {
            Ok(Commit::Committed | Commit::AlreadyDone(_)) => return round,
            Ok(Commit::Conflict) | Err(StoreError::Contended) => {}
            Err(error) => panic!("{error}"),
        }
        tokio::time::sleep(Duration::from_millis(fastrand::u64(0..=2 << round.min(6)))).await;
    }
    panic!("friend {index} was never credited")
}

async fn everybody_pays(store: &Store, friends: i64, rules: referral::Rules) -> UserState {
    let people = (0..friends).flat_map(|index| [Record::User(friend(index)), Record::Payment(order(index))]);
    put(store, people.chain([Record::User(anna(0))])).await;
    let mut hands = JoinSet::new();
    for index in 0..friends {
        hands.spawn(pay(store.clone(), index, rules));
        if index % 4 == 0 {
            // A report that comes twice.
            hands.spawn(pay(store.clone(), index, rules));
        }
    }
    let rounds = hands.join_all().await;
    // What the shop allows itself, with room to spare.
    assert!(rounds.iter().max() < Some(&28), "{rounds:?}");
    for index in 0..friends {
        let payment = store.payment(order(index).id).await.unwrap().unwrap();
        assert_eq!(payment.state, PaymentState::Succeeded, "{index}");
        let state = store.user_state(payment.user).await.unwrap();
        assert_eq!(state.referrals.unwrap().bonus.unwrap().payment, payment.id, "{index}");
    }
    store.user_state(anna(0).id).await.unwrap()
}

#[tokio::test]
async fn thirty_two_friends_at_once_all_earn_days() {
    let store = store().await;
    let end = at("2026-12-01T00:00:00Z");
    let fresh = Subscription { end, ..running() };
    put(&store, [Record::Subscription(fresh)]).await;
    let (inviter, friend) = (Gift::Days([3, 7, 15, 30]), Gift::Days([1, 3, 7, 15]));
    let rules = referral::Rules { inviter, friend, first_only: true, cap: 0 };
    let anna = everybody_pays(&store, 32, rules).await;
    let figures = anna.referrals.unwrap();
    assert_eq!((figures.bought, figures.days, figures.waiting), (32, 96, 0));
    assert_eq!(anna.subscriptions[0].end, at("2027-03-07T00:00:00Z"), "96 days");
    let told = store.events(domain::UserId(42), 100).await.unwrap();
    assert_eq!(told.iter().filter(|event| event.kind.name() == "referral_rewarded").count(), 32);
}

#[tokio::test]
async fn a_dozen_friends_at_once_earn_money_up_to_the_cap() {
    let store = store().await;
    let rules =
        referral::Rules { inviter: Gift::Percent(10), friend: Gift::Percent(5), first_only: false, cap: 7 };
    let anna = everybody_pays(&store, 12, rules).await;
    let (user, figures) = (anna.user.unwrap(), anna.referrals.unwrap());
    assert_eq!(user.balance.get(Currency::Rub), rub(7_000));
    assert_eq!((figures.bought, figures.money.get(Currency::Rub)), (12, rub(7_000)));
    let friend = store.user_state(friend(0).id).await.unwrap();
    assert_eq!(friend.user.unwrap().balance.amounts(), [Money::new(500, Currency::Rub)]);
    assert_eq!(friend.referrals.unwrap().bonus.unwrap().reward, Reward::Money(rub(500)));
}

/// Somebody's link went around: every friend is counted once.
#[tokio::test]
async fn friends_who_come_at_once_are_each_counted_once() {
    let store = store().await;
    put(&store, [Record::User(anna(0))]).await;
    let mut hands = JoinSet::new();
    for index in 0..24 {
        let store = store.clone();
        hands.spawn(async move {
            loop {
                let state = store.user_state(UserId(42)).await.unwrap();
                let decision = referral::joined(&state, UserId(100 + index % 16));
                if let Ok(Commit::Committed | Commit::AlreadyDone(_)) = store.commit(&decision).await {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(fastrand::u64(0..50))).await;
            }
        });
    }
    hands.join_all().await;
    assert_eq!(store.user_state(UserId(42)).await.unwrap().referrals.unwrap().invited, 16);
}

fn running() -> Subscription {
    Subscription {
        user: UserId(42),
        no: SubscriptionNo::FIRST,
        terms: terms(),
        trial: false,
        started_at: now(),
        end: now(),
        revision: 1,
        applied: None,
        leaving: Vec::new(),
        pending: Vec::new(),
        observed: None,
        extras: Vec::new(),
        name: None,
        stage: domain::upkeep::Stage::Fresh,
        renewal: domain::Renewal::Off,
        attempts: 0,
        resets: domain::Resets::default(),
        next_at: None,
        version: 0,
    }
}
