//! The screens of the profile: payments, time zone, e-mail address; and the letters.

use crate::{
    fixtures::{ANNA, now, payment, plans, rub, settings, state, subscription, with_balance, with_card},
    gallery::Gallery,
};
use bot::{
    BotSettings, LetterText, Notices,
    screens::{self, View},
};
use domain::{
    Actor, Dialog, Event, EventKind, Language, Money, Payment, PaymentId, PaymentState, Provider, Reduction,
    SubscriptionNo, Topic, UserState,
    email::{Answered, Asked, Proof},
    provisioning::Cause,
    reaction::Notice,
    upkeep::Stage,
};
use jiff::{SignedDuration, ToSpan};
use shop::email::Typed;

/// Somebody with a confirmed address.
fn reachable(language: Language) -> UserState {
    let mut state = with_balance(state(language, None), &[rub(19_900)]);
    if let Some(user) = &mut state.user {
        user.email = Some("anna.smirnova@example.com".parse().unwrap());
    }
    state
}

/// Somebody who was sent a code.
fn waiting(language: Language) -> UserState {
    let email = "anna.smirnova@example.com".parse().unwrap();
    let dialog = Dialog {
        user: ANNA,
        topic: Some(Topic::EmailCode),
        draft: None,
        proof: Some(Proof { email, asked_at: now(), wrong: 0 }),
        expires_at: now() + 15.minutes(),
        version: 1,
    };
    UserState { dialog: Some(dialog), ..state(language, None) }
}

pub fn profile(settings: &BotSettings, language: Language) -> Gallery {
    let plain = state(language, None);
    let (known, mut off, mut refused) = (reachable(language), reachable(language), reachable(language));
    off.user.as_mut().unwrap().letters.off = true;
    refused.user.as_mut().unwrap().letters.refused = true;
    let mut far = reachable(language);
    far.user.as_mut().unwrap().zone = Some("Asia/Tashkent".parse().unwrap());
    far.user.as_mut().unwrap().promos.chosen = Some("SUMMER".parse().unwrap());
    let view = |state: &UserState| View::of(settings, state, now());
    let waits = waiting(language);
    let answer =
        |state: &UserState, typed| screens::email_answer(&View::of(settings, state, now()), state, &typed);
    vec![
        ("profile", screens::profile(&view(&plain), &plain, true)),
        ("profile, no letters in this shop", screens::profile(&view(&plain), &plain, false)),
        ("profile, all of it", screens::profile(&view(&far), &far, true)),
        ("zones", screens::zones(&view(&plain), None)),
        ("zones, own", screens::zones(&view(&far), None)),
        ("zones, first page", screens::zones(&view(&plain), Some(0))),
        ("zones, beyond the last page", screens::zones(&view(&plain), Some(255))),
        ("e-mail, none", screens::email(&view(&plain), &plain)),
        ("e-mail", screens::email(&view(&known), &known)),
        ("e-mail, letters off", screens::email(&view(&off), &off)),
        ("e-mail, refused", screens::email(&view(&refused), &refused)),
        ("e-mail, remove", screens::email_removal(&view(&known), &known)),
        ("e-mail, ask", screens::ask_email(&view(&plain))),
        ("e-mail, no address", answer(&plain, Typed::Unreadable)),
        ("e-mail, sent", answer(&waits, Typed::Address(Asked::Sent))),
        ("e-mail, no code", answer(&waits, Typed::Unreadable)),
        ("e-mail, too soon", answer(&waits, Typed::Address(Asked::TooSoon))),
        ("e-mail, too many", answer(&plain, Typed::Address(Asked::TooMany))),
        ("e-mail, wrong code", answer(&waits, Typed::Code(Answered::Wrong(1)))),
        ("e-mail, wrong code twice", answer(&waits, Typed::Code(Answered::Wrong(3)))),
        ("e-mail, no tries left", answer(&plain, Typed::Code(Answered::Spent))),
        ("e-mail, late code", answer(&plain, Typed::Code(Answered::Late))),
        ("e-mail, confirmed", answer(&known, Typed::Code(Answered::Confirmed))),
        (
            "notice: refused",
            screens::notice(
                &view(&known),
                &known,
                &Notice::EmailRefused { email: "a•••@example.com".into() },
            )
            .unwrap(),
        ),
    ]
}

fn id(seed: &str) -> PaymentId {
    PaymentId::derive(now(), seed)
}

fn opened(seed: &str, plan: Option<&str>) -> EventKind {
    let (payment, amount) = (id(seed), rub(15_000));
    let plan = plan.map(|plan| plan.parse().unwrap());
    EventKind::PaymentOpened { payment, provider: Provider::Yookassa, amount, plan }
}

fn credited(seed: &str) -> EventKind {
    EventKind::Credited {
        payment: id(seed),
        external_id: "x".into(),
        amount: rub(10_000),
        from_balance: Some(rub(5_000)),
        plan: "m1".parse().unwrap(),
        no: SubscriptionNo::FIRST,
        from: None,
        to: now(),
    }
}

fn refunded(seed: &str, full: bool) -> EventKind {
    EventKind::PaymentRefunded {
        payment: id(seed),
        amount: rub(100),
        full,
        to_balance: false,
        no: SubscriptionNo::FIRST,
        cut: None,
        missing: None,
    }
}

/// Payments of every fate, the newest event first.
fn history() -> Vec<Event> {
    let kinds = vec![
        opened("waits", Some("m1")),
        EventKind::PaymentExpired { payment: id("gone") },
        opened("gone", Some("m1")),
        refunded("back", true),
        credited("back"),
        opened("back", Some("m1")),
        EventKind::ToppedUp {
            payment: id("top"),
            external_id: "t".into(),
            amount: rub(50_000),
            shortfall: false,
        },
        opened("top", None),
        EventKind::PaymentCanceled { payment: id("no"), reason: "declined".into() },
        opened("no", Some("m3")),
        EventKind::PaymentDisputed {
            payment: id("bank"),
            reason: "fraud".into(),
            no: SubscriptionNo::FIRST,
            cut: None,
        },
        credited("bank"),
        refunded("part", false),
        credited("part"),
        credited("old"),
        opened("forgotten", Some("m12")),
    ];
    let at = |index: usize| now() - SignedDuration::from_hours(5 * i64::try_from(index).unwrap());
    kinds
        .into_iter()
        .enumerate()
        .map(|(index, kind)| Event::new(ANNA, at(index), Actor::Buyer, kind, &index.to_string()))
        .collect()
}

pub fn payments(settings: &BotSettings, language: Language) -> Gallery {
    let own = with_card(state(language, None), "Visa •4444");
    let card = own.saved[0].id;
    let view = View::of(settings, &own, now());
    let list = |page| screens::payments_list(&view, &history(), &plans(), page);
    let open = payment(Provider::Yookassa, PaymentState::Awaiting);
    let whole = Payment {
        amount: rub(10_000),
        from_balance: Some(rub(2_000)),
        promo: Some(Reduction { code: "SUMMER".parse().unwrap(), off: rub(3_000) }),
        paid_at: Some(now() + 5.minutes()),
        received: Some(rub(10_000)),
        granted: Some((now(), now() + 720.hours())),
        charge: Some(card),
        ..payment(Provider::Yookassa, PaymentState::Succeeded)
    };
    let back = Payment {
        state: PaymentState::PartiallyRefunded,
        refunded: 4_000,
        to_balance: 1_000,
        ..whole.clone()
    };
    let stars = Payment {
        received: Some(Money::new(100, domain::Currency::Xtr)),
        ..payment(Provider::Stars, PaymentState::Refunded)
    };
    let paid = |payment: &Payment| screens::paid(&view, &own, payment, 1);
    let mut rooms = vec![
        ("payments, none", screens::payments_list(&view, &[], &plans(), 0)),
        ("payments", list(0)),
        ("payments, last page", list(255)),
        ("payment, open", paid(&open)),
        ("payment, all parts", paid(&whole)),
        ("payment, part of it back", paid(&back)),
        ("payment, in Stars, back", paid(&stars)),
    ];
    for state in [
        PaymentState::Held,
        PaymentState::Refunding,
        PaymentState::Disputed,
        PaymentState::Canceled,
        PaymentState::Expired,
    ] {
        rooms.push((state.name(), paid(&payment(Provider::Wata, state))));
    }
    rooms
}

fn letters(language: Language) -> Vec<(&'static str, Option<LetterText>)> {
    let notices = Notices::new(settings());
    let mut state = reachable(language);
    state.user.as_mut().unwrap().first_name = "Анна <b>&".into();
    let no = SubscriptionNo::FIRST;
    let with = |subscription| UserState { subscriptions: vec![subscription], ..state.clone() };
    let running = with(subscription(now() + 720.hours(), false, 0));
    let ending =
        with(domain::Subscription { stage: Stage::ThreeDays, ..subscription(now() + 72.hours(), false, 0) });
    let user = state.user.as_ref().unwrap();
    let letter = |state: &UserState, notice| notices.letter(user, state, &notice, now());
    let payment = payment(Provider::Yookassa, PaymentState::Succeeded).id;
    let paid = Notice::Delivered { no, causes: vec![Cause::Payment(payment)] };
    let trial = Notice::Delivered { no, causes: vec![Cause::Trial] };
    vec![
        ("code", Some(notices.code_letter(&state, "012345", now()))),
        ("paid", letter(&running, paid)),
        ("trial: none", letter(&running, trial)),
        ("ends", letter(&ending, Notice::Reminder { no, stage: Stage::ThreeDays })),
        ("ended: not true", letter(&running, Notice::Reminder { no, stage: Stage::Ended })),
        ("refunded", letter(&running, Notice::Refunded { payment, amount: rub(15_000), to_balance: false })),
        ("link: none", letter(&running, Notice::LinkChanged { no })),
    ]
}

#[test]
fn letters_read_as_reviewed() {
    for language in Language::ALL {
        let told = letters(language).into_iter().map(|(name, letter)| match letter {
            None => format!("═══ {name}\n(no letter)"),
            Some(letter) => {
                assert!(!letter.text.contains("sub.example.com"), "the key to the access is in no letter");
                format!("═══ {name}\n{}\n\n{}\n\n{}", letter.subject, letter.text, letter.html)
            }
        });
        insta::assert_snapshot!(format!("letters_{language}"), told.collect::<Vec<_>>().join("\n\n"));
    }
}

#[test]
fn dates_are_shown_in_the_persons_own_zone() {
    let settings = settings();
    let mut state = state(Language::En, Some(subscription(now() + 720.hours(), false, 0)));
    let shown = |state: &UserState| {
        let menu = screens::menu(
            &View::of(&settings, state, now()),
            state,
            screens::Offers::default(),
            screens::Greeting::Hello,
        );
        menu.text
    };
    assert!(shown(&state).contains("21 December 2026, 13:00 (MSK)"), "{}", shown(&state));
    state.user.as_mut().unwrap().zone = Some("America/New_York".parse().unwrap());
    assert!(shown(&state).contains("21 December 2026, 05:00 (EST)"), "{}", shown(&state));
    state.user.as_mut().unwrap().zone = Some("UTC".parse().unwrap());
    assert!(shown(&state).contains("21 December 2026, 10:00 (UTC)"), "{}", shown(&state));
}
