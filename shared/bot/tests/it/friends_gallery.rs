//! The screens about friends.

use crate::{
    fixtures::{ANNA, credited, now, plans, rub, state, subscription, with_balance},
    gallery::Gallery,
};
use bot::{
    BotSettings,
    screens::{self, Greeting, Offers, View},
};
use domain::{
    Actor, Currency, Event, EventKind, Language, Money, Referrals, Reward, UserId, UserState, Wallet,
    provisioning::Cause,
    reaction::{Alert, Notice},
    referral::{Bonus, Gift, Rules},
};
use jiff::ToSpan;

fn counted(figures: Referrals, state: UserState) -> UserState {
    UserState { referrals: Some(figures), ..state }
}

pub fn friends(settings: &BotSettings, language: Language) -> Gallery {
    let days = settings.referral.unwrap();
    let shop = |rules: Rules| BotSettings { referral: Some(rules), ..settings.clone() };
    let shares = Rules { inviter: Gift::Percent(10), friend: Gift::Percent(5), first_only: false, cap: 21 };
    let (both, alone) = (shop(shares), shop(Rules { friend: Gift::Percent(0), cap: 0, ..shares }));
    let few = shop(Rules { inviter: Gift::Days([0, 7, 0, 0]), friend: Gift::Days([0; 4]), ..days });
    let view = |settings| View::new(settings, language, now());
    let (none, running) =
        (state(language, None), state(language, Some(subscription(now() + 720.hours(), false, 0))));
    let busy = Referrals {
        invited: 12,
        bought: 5,
        days: 33,
        money: Wallet::of([rub(1_550), Money::new(15, Currency::Xtr)]),
        waiting: 7,
        ..Referrals::of(ANNA)
    };
    let payment = credited(now() + 720.hours());
    let of = |reward| {
        let bonus = Some(Bonus { payment: payment.id, reward });
        counted(Referrals { bonus, ..Referrals::of(ANNA) }, running.clone())
    };
    let mut brought = none.clone();
    brought.user.as_mut().unwrap().referrer = Some(UserId(7));
    let rich = with_balance(none.clone(), &[rub(1_550)]);
    let told = |state: &UserState, notice: Notice| screens::notice(&view(settings), state, &notice).unwrap();
    let rewarded = |state: &UserState, reward, waits| told(state, Notice::Rewarded { reward, waits });
    let money = Reward::Money(rub(1_550));
    let reversed = |reward, taken| {
        let alert = Alert::ReferralReversed { person: UserId(42), payment: payment.id, reward, taken };
        screens::alert(&view(settings), &alert)
    };
    let delivered =
        Notice::Delivered { no: domain::SubscriptionNo::FIRST, causes: vec![Cause::Payment(payment.id)] };
    vec![
        ("invite", screens::invite(&view(settings), &none).unwrap()),
        ("invite, counted", screens::invite(&view(settings), &counted(busy, none.clone())).unwrap()),
        ("invite, few gifts", screens::invite(&view(&few), &none).unwrap()),
        ("invite, shares", screens::invite(&view(&both), &none).unwrap()),
        ("invite, a share for one", screens::invite(&view(&alone), &none).unwrap()),
        ("brought", screens::menu(&view(settings), &brought, Offers::default(), Greeting::Welcome)),
        ("paid, with days", screens::received(&view(settings), &of(Reward::Days(1)), &payment)),
        ("delivered, with money", told(&of(money), delivered)),
        (
            "joined",
            told(
                &counted(Referrals { invited: 2, ..Referrals::of(ANNA) }, none.clone()),
                Notice::FriendJoined { friend: UserId(7) },
            ),
        ),
        ("days", rewarded(&running, Reward::Days(3), false)),
        ("days that wait", rewarded(&none, Reward::Days(3), true)),
        ("money", rewarded(&rich, money, false)),
        ("taken back", told(&rich, Notice::RewardReversed { amount: rub(1_000) })),
        ("alert, money", reversed(money, Some(rub(1_000)))),
        ("alert, nothing left", reversed(money, None)),
        ("alert, days", reversed(Reward::Days(3), None)),
        ("history", screens::history(&view(settings), &events(), &plans())),
    ]
}

fn events() -> Vec<Event> {
    let payment = credited(now()).id;
    let (no, from, to, reward) = (None, None, None, Reward::Money(rub(1_550)));
    let kinds = [
        EventKind::ReferralRewarded { friend: UserId(43), payment, reward, no, from, to },
        EventKind::ReferralRewarded { friend: UserId(43), payment, reward: Reward::Days(3), no, from, to },
        EventKind::ReferralBonus { payment, reward, no, from, to },
        EventKind::ReferralReversed { payment, friend: Some(UserId(43)), reward, taken: Some(rub(1_000)) },
        EventKind::ReferralReversed { payment, friend: None, reward, taken: None },
    ];
    kinds.into_iter().map(|kind| Event::new(ANNA, now(), Actor::System, kind, "key")).collect()
}

#[test]
fn later_friends_are_told_by_the_dozen_and_nobody_where_nothing_is_given() {
    let settings = crate::fixtures::settings();
    let off = BotSettings { referral: None, ..settings.clone() };
    let told = |settings: &BotSettings, invited| {
        let figures = Referrals { invited, ..Referrals::of(ANNA) };
        let state = counted(figures, state(Language::En, None));
        let view = View::of(settings, &state, now());
        screens::notice(&view, &state, &Notice::FriendJoined { friend: UserId(7) }).is_some()
    };
    let heard: Vec<u32> = (1..50).filter(|invited| told(&settings, *invited)).collect();
    assert_eq!(heard, (1..=12).chain([24, 36, 48]).collect::<Vec<u32>>());
    assert!((1..50).all(|invited| !told(&off, invited)));
    let view = View::new(&off, Language::En, now());
    assert!(screens::invite(&view, &state(Language::En, None)).is_none());
}
