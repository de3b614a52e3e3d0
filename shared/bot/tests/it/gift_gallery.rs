//! The screens of gifts.

use crate::{
    fixtures::{ANNA, now, payment, plans, rub, state, subscription, with_balance},
    gallery::Gallery,
};
use bot::{
    BotSettings,
    screens::{self, Offer, View},
};
use domain::{
    Actor, Event, EventKind, Gift, GiftCode, GiftOrder, GiftSecret, GiftState, Goods, Language, Payment,
    PaymentId, PaymentState, Provider, SubscriptionNo, UserId, UserState,
    checkout::{self, Choice},
    gift::Found,
    provisioning::Cause,
    reaction::{GiftNews, Notice},
};
use jiff::ToSpan;
use shop::Way;

fn code() -> GiftCode {
    "aB3dE6gH9jK2mN5pQ8sT1vW4".parse().unwrap()
}

fn id(seed: &str) -> PaymentId {
    PaymentId::derive(now(), seed)
}

fn gift(seed: &str, state: GiftState) -> Gift {
    Gift {
        code: code(),
        giver: ANNA,
        from: "<b>Ann\u{202e}a</b>".into(),
        terms: plans()[0].terms.clone(),
        payment: id(seed),
        state,
        bought_at: now(),
        expires_at: Some(now() + 720.hours()),
        reminded: false,
        next_at: None,
        version: 1,
    }
}

fn opened(by: UserId) -> GiftState {
    let granted = (now(), now() + 720.hours());
    GiftState::Opened { by, at: now() + 24.hours(), no: SubscriptionNo::FIRST, granted }
}

/// Somebody who gave in every way.
fn giver(language: Language) -> UserState {
    let at = now() + 24.hours();
    let gifts = vec![
        gift("a", GiftState::Waiting),
        Gift { expires_at: None, ..gift("b", GiftState::Waiting) },
        gift("c", opened(UserId(43))),
        gift("d", GiftState::Returned { at, amount: rub(15_000) }),
        gift("e", GiftState::Withdrawn { at }),
    ];
    UserState { gifts, ..with_balance(state(language, None), &[rub(15_000)]) }
}

fn paid(seed: &str, state: PaymentState) -> Payment {
    let secret = GiftSecret::draw([7; GiftSecret::LENGTH]);
    let order = GiftOrder { terms: plans()[0].terms.clone(), secret, days: 30 };
    Payment { id: id(seed), goods: Goods::Gift(Box::new(order)), ..payment(Provider::Yookassa, state) }
}

pub fn giving(settings: &BotSettings, language: Language) -> Gallery {
    let view = View::new(settings, language, now());
    let (known, none) = (giver(language), with_balance(state(language, None), &[rub(4_000)]));
    let drawn = (GiftSecret::draw([7; GiftSecret::LENGTH]), 30);
    let part = Choice { use_balance: true, save_method: false };
    let quote = checkout::freeze_gift(&none, &plans()[0], drawn, (part, &[]), now()).unwrap().0;
    let ways = [Way::Pay(Provider::Yookassa, rub(11_000)), Way::Pay(Provider::Stars, rub(11_000))];
    let balance = &none.user.as_ref().unwrap().balance;
    let offer = Offer { quote: &quote, ways: &ways, balance, can_save: false };
    let event = |kind| Event::new(ANNA, now(), Actor::System, kind, "key");
    let (plan, external_id) = (plans()[0].terms.plan.clone(), String::new());
    let bought = |from_balance| EventKind::GiftBought {
        payment: id("a"),
        external_id: external_id.clone(),
        amount: rub(11_000),
        from_balance,
        plan: plan.clone(),
    };
    let events = [
        event(EventKind::GiftReturned { payment: id("a"), amount: rub(15_000) }),
        event(EventKind::PaymentRefunded {
            payment: id("a"),
            amount: rub(11_000),
            full: true,
            to_balance: true,
            no: SubscriptionNo::FIRST,
            cut: None,
            missing: None,
        }),
        event(bought(Some(rub(4_000)))),
        event(bought(None)),
        event(EventKind::GiftOpened {
            payment: id("a"),
            giver: UserId(43),
            plan: plan.clone(),
            no: SubscriptionNo::FIRST,
            from: None,
            to: now() + 720.hours(),
        }),
    ];
    vec![
        ("plans", screens::gift_plans(&view, &known, &plans())),
        ("checkout", screens::checkout(&view, &offer)),
        ("pay", screens::pay(&view, &paid("a", PaymentState::Awaiting)).unwrap()),
        ("ready", screens::received(&view, &known, &paid("a", PaymentState::Succeeded))),
        ("opened before it was shown", screens::received(&view, &known, &paid("c", PaymentState::Succeeded))),
        ("my gifts", screens::my_gifts(&view, &known)),
        ("no gifts", screens::my_gifts(&view, &none)),
        ("history", screens::history(&view, &events, &plans())),
        ("balance's latest", screens::balance(&view, &none, &[], (&events, &plans()))),
    ]
}

pub fn opening(settings: &BotSettings, language: Language) -> Gallery {
    let view = View::new(settings, language, now());
    let none = state(language, None);
    let running = state(language, Some(subscription(now() + 720.hours(), false, 0)));
    let of = |giver, state| Found::Gift(Box::new(Gift { giver, ..gift("a", state) }));
    let other = UserId(43);
    let nameless = Gift { giver: other, from: String::new(), ..gift("a", GiftState::Waiting) };
    let found = |state: &UserState, found: Found| screens::gift_found(&view, state, &found);
    vec![
        ("for somebody new", found(&none, of(other, GiftState::Waiting))),
        ("for somebody with a subscription", found(&running, of(other, GiftState::Waiting))),
        ("from nobody", found(&none, Found::Gift(Box::new(nameless)))),
        ("one's own", found(&none, of(ANNA, GiftState::Waiting))),
        ("taken, on its way", found(&none, of(other, opened(ANNA)))),
        ("taken", found(&running, of(other, opened(ANNA)))),
        ("taken by another", found(&none, of(other, opened(UserId(44))))),
        ("returned", found(&none, of(other, GiftState::Withdrawn { at: now() }))),
        ("unknown", found(&none, Found::Unknown)),
        ("later", found(&none, Found::Later)),
    ]
}

pub fn notices(settings: &BotSettings, language: Language) -> Gallery {
    let view = View::new(settings, language, now());
    let known = giver(language);
    let told =
        |seed, news| screens::notice(&view, &known, &Notice::Gift { payment: id(seed), news }).unwrap();
    let running = state(language, Some(subscription(now() + 720.hours(), false, 0)));
    let mut waiting = running.clone();
    waiting.subscriptions[0].revision += 1;
    let (no, causes) = (SubscriptionNo::FIRST, vec![Cause::Gift(id("a"))]);
    let delivered = Notice::Delivered { no, causes: causes.clone() };
    for (seed, news) in [("c", GiftNews::Ready), ("d", GiftNews::Waits), ("a", GiftNews::Opened)] {
        let stale = Notice::Gift { payment: id(seed), news };
        assert!(screens::notice(&view, &known, &stale).is_none(), "{news:?} is no longer true");
    }
    let twice = Notice::Refunded { payment: id("d"), amount: rub(15_000), to_balance: true };
    assert!(screens::notice(&view, &known, &twice).is_none(), "told of the gift already");
    vec![
        ("ready", told("a", GiftNews::Ready)),
        ("ready, for ever", told("b", GiftNews::Ready)),
        ("still waits", told("a", GiftNews::Waits)),
        ("opened", told("c", GiftNews::Opened)),
        ("returned", told("d", GiftNews::Returned)),
        ("delivered", screens::notice(&view, &running, &delivered).unwrap()),
        ("delayed", screens::notice(&view, &waiting, &Notice::Delayed { no, causes }).unwrap()),
    ]
}
