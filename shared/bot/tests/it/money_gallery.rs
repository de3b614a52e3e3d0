//! The screens of money: offers with choices, balance, history, methods, renewals, and the operators' desk.

use crate::{
    fixtures::{
        ANNA, credited, now, payment, plans, quote, rub, state, subscription, with_balance, with_card,
    },
    gallery::Gallery,
};
use bot::{
    BotSettings,
    screens::{self, Beside, Call, Case, Offer, Outlook, Source, View},
};
use domain::{
    Actor, Currency, Event, EventKind, Goods, Language, Money, PanelId, Payment, PaymentId, PaymentState,
    Plan, Provider, Quote, Refund, Renewal, Sheet, Subscription, SubscriptionNo, TimePolicy, UserState,
    Wallet,
    checkout::{self, Choice},
    event::HoldReason,
    reaction::Alert,
};
use jiff::{Timestamp, ToSpan};
use payments::Refunds;
use shop::Way;

const NO: SubscriptionNo = SubscriptionNo::FIRST;

fn stars(minor: i64) -> Money {
    Money::new(minor, Currency::Xtr)
}

fn frozen(state: &UserState, plan: &Plan, choice: Choice) -> Quote {
    let quote = checkout::freeze(state, plan, choice, &[], now()).unwrap().0;
    Quote { expires_at: now() + 1.hour(), ..quote }
}

pub fn offers(settings: &BotSettings, language: Language) -> Gallery {
    let view = View::new(settings, language, now());
    let rich = with_balance(state(language, None), &[rub(5_000), stars(20)]);
    let balance = rich.user.as_ref().unwrap().balance.clone();
    let month = &plans()[0];
    let plain = frozen(&rich, month, Choice::default());
    let all: Vec<Way> = Provider::ALL[1..].iter().map(|by| Way::Pay(*by, rub(15_000))).collect();
    let offer = Offer { quote: &plain, ways: &all, balance: &balance, can_save: true };
    let chosen = frozen(&rich, month, Choice { use_balance: true, save_method: true });
    let ways =
        [Way::Balance(rub(15_000)), Way::Pay(Provider::Stars, stars(80)), Way::StarSubscription(stars(100))];
    let top_up = checkout::freeze_top_up(&rich, rub(50_000), now()).unwrap().0;
    let desk = [Way::Pay(Provider::Yookassa, rub(50_000))];
    let bill = |goods, state| Payment { goods, ..payment(Provider::Yookassa, state) };
    let monthly = Payment { recurring: true, ..payment(Provider::Stars, PaymentState::Awaiting) };
    let link = "https://t.me/$stars1".parse().unwrap();
    let paid = |goods| screens::received(&view, &rich, &bill(goods, PaymentState::Succeeded));
    vec![
        ("every provider", screens::checkout(&view, &offer)),
        ("with choices", screens::checkout(&view, &Offer { quote: &chosen, ways: &ways, ..offer })),
        (
            "top-up",
            screens::checkout(&view, &Offer { quote: &top_up, ways: &desk, can_save: false, ..offer }),
        ),
        (
            "no balance",
            screens::checkout(&view, &Offer { quote: &quote(month), balance: &Wallet::default(), ..offer }),
        ),
        ("pay, top-up", screens::pay(&view, &bill(Goods::TopUp, PaymentState::Awaiting)).unwrap()),
        ("save a method", screens::pay(&view, &bill(Goods::Method, PaymentState::Awaiting)).unwrap()),
        ("subscribe in Stars", screens::subscribe(&view, &monthly, link)),
        ("topped up", paid(Goods::TopUp)),
        ("method saved", paid(Goods::Method)),
    ]
}

fn events() -> Vec<Event> {
    let id = |seed: &str| PaymentId::derive(now(), seed);
    let (plan, external_id) = (plans()[2].terms.plan.clone(), String::new());
    let kinds = [
        EventKind::Registered { referrer: None, campaign: None },
        EventKind::ToppedUp { payment: id("a"), external_id, amount: rub(50_000), shortfall: false },
        EventKind::Credited {
            payment: id("b"),
            external_id: String::new(),
            amount: rub(99_000),
            from_balance: Some(rub(50_000)),
            plan,
            no: NO,
            from: None,
            to: now(),
        },
        EventKind::Credited {
            payment: id("c"),
            external_id: String::new(),
            amount: stars(100),
            from_balance: None,
            plan: "gone".parse().unwrap(),
            no: NO,
            from: None,
            to: now(),
        },
        EventKind::PaymentHeld {
            payment: id("d"),
            external_id: String::new(),
            expected: rub(15_000),
            received: rub(14_900),
            reason: HoldReason::Amount,
        },
        refunded(id("e"), true),
        refunded(id("f"), false),
    ];
    let day = |index: usize| now() - (20 - i64::try_from(index).unwrap()).hours() * 24;
    let event = |(index, kind)| Event::new(ANNA, day(index), Actor::Buyer, kind, &index.to_string());
    kinds.into_iter().enumerate().map(event).rev().collect()
}

fn refunded(payment: PaymentId, to_balance: bool) -> EventKind {
    let amount = rub(7_550);
    EventKind::PaymentRefunded { payment, amount, full: false, to_balance, no: NO, cut: None, missing: None }
}

pub fn money(settings: &BotSettings, language: Language) -> Gallery {
    let view = View::new(settings, language, now());
    let poor = state(language, None);
    let rich = with_balance(poor.clone(), &[rub(5_050), stars(20)]);
    let (events, plans) = (events(), plans());
    let cards = with_card(with_card(poor.clone(), "Visa •4444"), "<Мир> •1111");
    let one = with_card(poor.clone(), "Visa •4444");
    let top_ups = [rub(10_000), rub(50_000), stars(100)];
    let binds = [Provider::Yookassa, Provider::Stripe];
    vec![
        ("balance", screens::balance(&view, &rich, &top_ups, (&events, &plans))),
        ("balance, empty", screens::balance(&view, &poor, &[], (&[], &plans))),
        ("history", screens::history(&view, &events, &plans)),
        ("history, empty", screens::history(&view, &[], &plans)),
        ("methods", screens::methods(&view, &cards, &binds)),
        ("methods, none", screens::methods(&view, &poor, &[])),
        ("forget", screens::forget(&view, &cards, cards.saved[1].id).unwrap()),
        ("forget the last", screens::forget(&view, &one, one.saved[0].id).unwrap()),
    ]
}

fn running(renewal: Renewal) -> Subscription {
    Subscription { renewal, ..subscription(now() + 720.hours(), false, 0) }
}

pub fn renewals(settings: &BotSettings, language: Language) -> Gallery {
    let view = View::new(settings, language, now());
    let show = |renewal, source: Option<Source>, at: Timestamp| {
        let state = with_card(state(language, Some(running(renewal))), "Visa •4444");
        let outlook = source.map(|source| Outlook { at, source });
        let beside = Beside { outlook, saves_methods: true, ..Beside::default() };
        screens::subscription(&view, &state, &beside)
    };
    let by = |provider, reference: &str| Renewal::Provider { provider, reference: reference.into() };
    let later = now() + 696.hours();
    let card = || Source::Method { title: "Visa •4444".into(), amount: rub(15_000) };
    vec![
        ("off", show(Renewal::Off, None, later)),
        ("by a card", show(Renewal::Charge, Some(card()), later)),
        ("by a card, now", show(Renewal::Charge, Some(card()), now())),
        ("from the balance", show(Renewal::Charge, Some(Source::Balance(rub(15_000))), later)),
        ("nothing to charge", show(Renewal::Charge, Some(Source::Nothing), later)),
        ("given up", show(Renewal::Charge, None, later)),
        ("Stars", show(by(Provider::Stars, "stx1"), None, later)),
        ("Stars, charge unknown", show(by(Provider::Stars, ""), None, later)),
        ("Tribute", show(by(Provider::Tribute, "1644/1"), None, later)),
    ]
}

pub fn desk(settings: &BotSettings, language: Language) -> Gallery {
    let view = View::new(settings, language, now());
    let buyer = state(language, Some(subscription(now() + 720.hours(), false, 0)));
    let paid = Payment { from_balance: Some(rub(1_000)), ..credited(now() + 720.hours()) };
    let calls: Vec<Call> = (0..7)
        .map(|index| Call {
            at: now() + index.minutes(),
            provider: Provider::Yookassa,
            body: format!("{{\"n\": {index}, \"<b>\":\n \"{}\"}}", "long ".repeat(60)),
        })
        .collect();
    let refund = Refund {
        no: 1,
        amount: rub(5_000),
        time: TimePolicy::Cut,
        external_id: None,
        requested_at: now(),
        before: PaymentState::PartiallyRefunded,
    };
    let back = Payment {
        state: PaymentState::Refunding,
        refunded: 2_500,
        to_balance: 2_500,
        refund: Some(refund),
        ..paid.clone()
    };
    let held = Payment { state: PaymentState::Held, granted: None, ..paid.clone() };
    let topped = Payment { goods: Goods::TopUp, granted: None, from_balance: None, ..paid.clone() };
    let open = payment(Provider::Stars, PaymentState::Awaiting);
    let case = |payment, calls| screens::case(&view, &Case { payment, state: &buyer, calls });
    let choice = |payment: &Payment, to_payer, minor| {
        let rich = with_balance(buyer.clone(), &[rub(90_000)]);
        let ends = screens::ends(&rich, payment, rub(minor), ANNA, now()).unwrap();
        screens::refunding(&view, (payment, to_payer), rub(minor), &ends)
    };
    let mut gallery = vec![
        ("payment", case(&paid, &calls[..])),
        ("payment, refunding", case(&back, &[])),
        ("payment, held", case(&held, &[])),
        ("payment, open", case(&open, &[])),
        ("no payment", screens::no_such_payment(&view)),
        ("usage", screens::usage(&view)),
        ("refund, all", choice(&paid, Refunds::Partial, 15_000)),
        ("refund, half, whole only", choice(&paid, Refunds::Full, 7_500)),
        ("refund, by hand", choice(&held, Refunds::Never, 15_000)),
        ("refund, top-up", choice(&topped, Refunds::Partial, 15_000)),
    ];
    gallery.extend(sheets(&view, &paid));
    gallery.extend(alerts().map(|(name, alert)| (name, screens::alert(&view, &alert))));
    gallery
}

fn sheets(view: &View<'_>, paid: &Payment) -> Gallery {
    let day = "2026-11-20".parse().unwrap();
    let begun = Sheet::begin(day, now());
    let mut balanced = Sheet { next_at: None, ..begun.clone() };
    balanced.count(paid, Some(rub(15_000)));
    let mut wrong = balanced.clone();
    wrong.count(&Payment { state: PaymentState::Held, to_balance: 500, ..paid.clone() }, Some(rub(123_456)));
    wrong.count(&Payment { provider: Provider::Stars, received: Some(stars(100)), ..paid.clone() }, None);
    vec![
        ("sheet", screens::sheet(view, &balanced)),
        ("sheet, difference", screens::sheet(view, &wrong)),
        ("sheet, counting", screens::sheet(view, &begun)),
        ("sheet, none", screens::no_sheet(view, day)),
    ]
}

fn alerts() -> [(&'static str, Alert); 10] {
    let payment = PaymentId::derive(now(), "alert");
    let stray = |amount| Alert::Stray { provider: Provider::Wata, external_id: "<1>".into(), amount };
    [
        ("alert, held", Alert::Held { payment, expected: rub(15_000), received: stars(1) }),
        ("alert, stray", stray(Some(rub(100)))),
        ("alert, stray of unknown sum", stray(None)),
        ("alert, disputed", Alert::Disputed { payment, reason: "fraudulent & <worse>".repeat(50) }),
        ("alert, refund failed", Alert::RefundFailed { payment, reason: "insufficient funds".into() }),
        ("alert, unbalanced", Alert::Unbalanced { day: "2026-11-20".parse().unwrap() }),
        ("alert, foreign account", Alert::Foreign { panel: PanelId::default(), username: "tg_42_1".into() }),
        ("alert, server lost", Alert::Node { panel: PanelId::default(), node: "Riga <1>".into(), up: false }),
        (
            "alert, gate",
            Alert::Gate {
                channel: "@news".into(),
                reason: "Bad Request: member list is <inaccessible>".into(),
            },
        ),
        ("alert, server back", Alert::Node { panel: PanelId::default(), node: "Riga <1>".into(), up: true }),
    ]
}
