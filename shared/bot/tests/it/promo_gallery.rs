//! The screens of promo codes and of questions.

use crate::{
    fixtures::{now, plans, rub, state, subscription, with_balance},
    gallery::Gallery,
};
use bot::{
    BotSettings,
    screens::{self, Offer, View},
};
use domain::{
    Actor, Event, EventKind, Hold, Language, Promo, PromoCode, PromoEffect, Promotion, QuoteId, UserState,
    checkout::{self, Choice},
    provisioning::Cause,
    reaction::{Alert, Notice},
};
use jiff::ToSpan;
use shop::Way;

fn code() -> PromoCode {
    "SUMMER".parse().unwrap()
}

fn promo(order: &str, settings: &BotSettings) -> Promo {
    let words: Vec<&str> = order.split_whitespace().collect();
    Promo::draft(&words, &settings.time_zone, now()).unwrap()
}

/// Somebody who chose a code.
fn choosing(language: Language, promo: Promo) -> UserState {
    let mut state = with_balance(state(language, None), &[rub(2_000)]);
    state.user.as_mut().unwrap().promos.chosen = Some(promo.code.clone());
    UserState { promotion: Some(Box::new(Promotion { promo, activation: None })), ..state }
}

pub fn codes(settings: &BotSettings, language: Language) -> Gallery {
    let view = View::new(settings, language, now());
    let running = state(language, Some(subscription(now() + 720.hours(), false, 0)));
    let none = state(language, None);
    let rich = with_balance(state(language, None), &[rub(5_000)]);
    let twenty = choosing(language, promo("SUMMER percent 20 plans=m1,m3", settings));
    let gone = choosing(language, Promo { off: true, ..promo("SUMMER percent 20", settings) });
    let free = choosing(language, promo("SUMMER percent 100", settings));
    let offer =
        |state: &UserState, choice| checkout::freeze(state, &plans()[0], choice, &[], now()).unwrap().0;
    let reduced = offer(&twenty, Choice { use_balance: true, save_method: false });
    let nothing = offer(&free, Choice::default());
    let balance = &twenty.user.as_ref().unwrap().balance;
    let pay = [Way::Pay(domain::Provider::Yookassa, reduced.prices[0].total)];
    let take = [Way::Balance(nothing.prices[0].total)];
    let event = |kind| Event::new(crate::fixtures::ANNA, now(), Actor::Buyer, kind, "key");
    let applied = |effect| EventKind::PromoApplied { code: code(), effect, no: None, from: None, to: None };
    let events = [
        event(applied(PromoEffect::Balance(rub(5_000)))),
        event(applied(PromoEffect::Days(7))),
        event(EventKind::PromoConsumed {
            code: code(),
            payment: crate::fixtures::payment(domain::Provider::Yookassa, domain::PaymentState::Succeeded).id,
            off: rub(3_000),
        }),
    ];
    vec![
        ("ask", screens::ask_code(&view)),
        ("wrong", screens::wrong_code(&view, true)),
        ("wrong, by a link", screens::wrong_code(&view, false)),
        ("later", screens::later_code(&view)),
        ("discount", screens::chosen_code(&view, PromoEffect::Percent(20))),
        ("sum off", screens::chosen_code(&view, PromoEffect::Fixed(rub(10_000)))),
        ("days", screens::applied_code(&view, &running, PromoEffect::Days(7))),
        ("balance", screens::applied_code(&view, &rich, PromoEffect::Balance(rub(5_000)))),
        ("traffic", screens::applied_code(&view, &running, PromoEffect::Traffic(10))),
        ("trial, longer", screens::applied_code(&view, &running, PromoEffect::Trial(3))),
        ("trial, later", screens::applied_code(&view, &none, PromoEffect::Trial(3))),
        ("plans, reduced", screens::plans(&view, &twenty, &plans())),
        ("plans, a code that ended", screens::plans(&view, &gone, &plans())),
        (
            "checkout, reduced",
            screens::checkout(&view, &Offer { quote: &reduced, ways: &pay, balance, can_save: false }),
        ),
        (
            "checkout, all off",
            screens::checkout(&view, &Offer { quote: &nothing, ways: &take, balance, can_save: false }),
        ),
        ("sum of one's own", screens::ask_sum(&view, (rub(100), rub(35_000_000)), false)),
        ("sum of one's own, again", screens::ask_sum(&view, (rub(100), rub(35_000_000)), true)),
        ("balance's latest", screens::balance(&view, &rich, &[rub(50_000)], (&events, &plans()))),
        ("history", screens::history(&view, &events, &plans())),
    ]
}

pub fn notices(settings: &BotSettings, language: Language) -> Gallery {
    let view = View::new(settings, language, now());
    let running = state(language, Some(subscription(now() + 720.hours(), false, 0)));
    let mut waiting = running.clone();
    waiting.subscriptions[0].revision += 1;
    let (no, causes) = (domain::SubscriptionNo::FIRST, vec![Cause::Promo]);
    let delivered = Notice::Delivered { no, causes: causes.clone() };
    vec![
        ("delivered", screens::notice(&view, &running, &delivered).unwrap()),
        ("delayed", screens::notice(&view, &waiting, &Notice::Delayed { no, causes }).unwrap()),
        (
            "pressing without end",
            screens::alert(
                &view,
                &Alert::Hurry { person: domain::UserId(42), requests: 61, until: now() + 5.minutes() },
            ),
        ),
        ("guessing", screens::alert(&view, &Alert::Guessing { person: domain::UserId(42), failures: 20 })),
    ]
}

pub fn desk(settings: &BotSettings, language: Language) -> Gallery {
    let view = View::new(settings, language, now());
    let mut busy = promo("SUMMER percent 20 limit=100 until=2026-12-31 note=<b>for & friends", settings);
    busy.used = 41;
    busy.holds =
        vec![Hold { user: domain::UserId(42), quote: QuoteId::derive(now(), "q"), until: now() + 1.hour() }];
    let off = Promo { off: true, ..promo("GIFT balance 50RUB", settings) };
    vec![
        ("list", screens::promos(&view, &[off, busy.clone()])),
        ("empty list", screens::promos(&view, &[])),
        ("made", screens::promo_made(&view, &busy)),
        ("exists", screens::promo_exists(&view)),
        ("unknown", screens::promo_unknown(&view)),
        ("off", screens::promo_off(&view, &code())),
        ("usage", screens::promo_usage(&view)),
    ]
}
