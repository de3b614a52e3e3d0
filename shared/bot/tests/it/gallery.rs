//! Every screen in both languages: its words as snapshots, its form as rules.

use crate::fixtures::{
    ANNA, bare_settings, now, on_its_way, payment, plans, quote, revoked, seen, settings, state,
    subscription, user,
};
use crate::{
    devices_gallery, friends_gallery, gift_gallery, money_gallery, profile_gallery, promo_gallery,
    several_gallery, sync_gallery, texts_gallery,
};
use bot::{
    BotSettings, Screen,
    callback::{Button, Intent, LONGEST},
    connect::Platform,
    screens::{self, Action, Beside, Door, Greeting, Offer, Offers, View},
};
use domain::{Language, PaymentState, Provider, Refusal, Subscription, UserState, Wallet, credit::Verdict};
use jiff::ToSpan;
use shop::{Check, Way};
use std::fmt::Write;

pub type Gallery = Vec<(&'static str, Screen)>;

pub type Room = fn(&BotSettings, Language) -> Gallery;

fn menus(settings: &BotSettings, language: Language) -> Gallery {
    let view = View::new(settings, language, now());
    let menu = |subscription, trial, greeting| {
        let offers = Offers { trial };
        screens::menu(&view, &state(language, subscription), offers, greeting)
    };
    let month = now() + 720.hours();
    vec![
        ("new", menu(None, true, Greeting::Welcome)),
        ("known, no trial", menu(None, false, Greeting::Hello)),
        ("wrote text", menu(None, false, Greeting::ReadsButtons)),
        ("trial runs", menu(Some(subscription(now() + 5.hours(), true, 0)), false, Greeting::Hello)),
        ("paid", menu(Some(subscription(month, false, 0)), false, Greeting::Hello)),
        ("on its way", menu(Some(on_its_way(subscription(month, false, 0), true)), false, Greeting::Hello)),
        ("over", menu(Some(subscription(now() - 1.hour(), false, 0)), false, Greeting::Hello)),
        (
            "bare shop",
            screens::menu(
                &View::new(&bare_settings(), language, now()),
                &state(language, None),
                Offers::default(),
                Greeting::Hello,
            ),
        ),
        ("in a group", screens::group_hint(&view, "promo-SUMMER_26")),
        ("in a group, hostile payload", screens::group_hint(&view, "<b>&x")),
    ]
}

fn buying(settings: &BotSettings, language: Language) -> Gallery {
    let view = View::new(settings, language, now());
    let plans = plans();
    let quote = quote(&plans[2]);
    let pay = |provider, price: usize| Way::Pay(provider, quote.prices[price].total);
    let ways = [pay(Provider::Yookassa, 0), pay(Provider::Stars, 1)];
    let offer = Offer { quote: &quote, ways: &ways, balance: &Wallet::default(), can_save: false };
    let running = Some(subscription(now() + 48.hours(), false, 0));
    vec![
        ("plans", screens::plans(&view, &state(language, None), &plans)),
        ("plans, renewal", screens::plans(&view, &state(language, running), &plans)),
        ("nothing for sale", screens::plans(&view, &state(language, None), &[])),
        ("checkout", screens::checkout(&view, &offer)),
        ("checkout, no way to pay", screens::checkout(&view, &Offer { ways: &[], ..offer })),
        ("pay", screens::pay(&view, &payment(Provider::Yookassa, PaymentState::Awaiting)).unwrap()),
    ]
}

fn outcomes(settings: &BotSettings, language: Language) -> Gallery {
    let view = View::new(settings, language, now());
    let delivered = state(language, Some(subscription(now() + 720.hours(), false, 0)));
    let waiting = state(language, Some(on_its_way(subscription(now() + 720.hours(), false, 0), true)));
    let check = |name| {
        let check = Check {
            payment: payment(Provider::Yookassa, name),
            state: delivered.clone(),
            verdict: Verdict::Nothing,
        };
        screens::check_result(&view, &check)
    };
    assert_eq!((check(PaymentState::Created), check(PaymentState::Awaiting)), (None, None));
    vec![
        ("trial begun", screens::trial_started(&view, &waiting)),
        (
            "received, on its way",
            screens::received(&view, &waiting, &payment(Provider::Yookassa, PaymentState::Succeeded)),
        ),
        ("received, delivered", check(PaymentState::Succeeded).unwrap()),
        ("canceled", check(PaymentState::Canceled).unwrap()),
        ("expired", check(PaymentState::Expired).unwrap()),
        ("held", check(PaymentState::Held).unwrap()),
        ("refunding", check(PaymentState::Refunding).unwrap()),
        ("refunded", check(PaymentState::Refunded).unwrap()),
        ("fits no payment", screens::unmatched(&view, "stx<1>")),
    ]
}

fn subscriptions(settings: &BotSettings, language: Language) -> Gallery {
    let view = View::new(settings, language, now());
    let show =
        |subscription| screens::subscription(&view, &state(language, subscription), &Beside::default());
    let gb = 1 << 30;
    let mut unlimited = subscription(now() + 23.hours(), false, 3 * gb / 2);
    (unlimited.terms.traffic_limit, unlimited.terms.device_limit) = (0, None);
    let month = |used: u64| subscription(now() + 720.hours(), false, used * gb);
    vec![
        ("none", show(None)),
        (
            "none, trial due",
            screens::subscription(
                &view,
                &state(language, None),
                &Beside { trial_due: true, ..Beside::default() },
            ),
        ),
        ("runs", show(Some(subscription(now() + 720.hours(), false, 31 * gb)))),
        (
            "with devices",
            screens::subscription(
                &view,
                &state(language, Some(month(31))),
                &Beside { has_devices: true, ..Beside::default() },
            ),
        ),
        ("online", show(Some(seen(month(31), 59.seconds(), 4.minutes())))),
        ("five minutes old", show(Some(seen(month(31), 5.minutes(), 9.minutes())))),
        ("never connected", show(Some(Subscription { started_at: now() - 1.hour(), ..month(0) }))),
        ("no data", show(Some(Subscription { observed: None, ..month(31) }))),
        ("no data, unlimited", show(Some(Subscription { observed: None, ..unlimited.clone() }))),
        ("link revoked", show(Some(revoked(month(31))))),
        ("unlimited", show(Some(unlimited))),
        ("trial", show(Some(subscription(now() + 30.minutes(), true, 100 * gb)))),
        ("first delivery", show(Some(on_its_way(subscription(now() + 720.hours(), false, 0), true)))),
        ("renewal on its way", show(Some(on_its_way(subscription(now() + 720.hours(), false, 0), false)))),
        ("over", show(Some(subscription(now() - 1.second(), false, gb)))),
    ]
}

fn connecting(settings: &BotSettings, language: Language) -> Gallery {
    let view = View::new(settings, language, now());
    let running = state(language, Some(subscription(now() + 720.hours(), false, 0)));
    let over = state(language, Some(subscription(now() - 1.hour(), false, 0)));
    let mut gallery = vec![
        ("platforms", screens::platforms(&view, &running)),
        ("platforms, over", screens::platforms(&view, &over)),
        ("qr", screens::qr_caption(&view, &running).unwrap().1),
    ];
    assert_eq!(screens::qr_caption(&view, &over), None);
    gallery.extend(Platform::ALL.map(|on| (on.name(), screens::guide(&view, &running, on))));
    gallery
}

fn talk(settings: &BotSettings, language: Language) -> Gallery {
    let view = View::new(settings, language, now());
    let bare = bare_settings();
    let bare = View::new(&bare, language, now());
    vec![
        ("help", screens::help(&view)),
        ("help, no support", screens::help(&bare)),
        ("payments", screens::payments(&view, ANNA)),
        ("terms", screens::terms(&view)),
        ("terms, none", screens::terms(&bare)),
        ("languages", screens::languages(&view)),
    ]
}

fn gates(settings: &BotSettings, language: Language) -> Gallery {
    let view = View::new(settings, language, now());
    let door = |name: Option<&str>, url: Option<&str>| Door {
        name: name.map(str::to_owned),
        url: url.map(|url| url.parse().unwrap()),
    };
    let (open, private) =
        (door(Some("@vpn_news"), Some("https://t.me/vpn_news")), door(None, Some("https://t.me/+AbC")));
    let several = [open.clone(), private.clone(), private];
    let known = UserState { user: Some(user(language)), ..UserState::default() };
    let trial = Intent::press(Button::Trial);
    vec![
        ("one channel, on the way to the trial", screens::gate(&view, &[open], trial)),
        ("several, on the way from a link", screens::gate(&view, &several, Intent::start("promo_SUMMER"))),
        ("no known way in", screens::gate(&view, &[door(None, None)], Intent::press(Button::Menu))),
        ("operator: a forwarded stranger", screens::writer(&view, ANNA, &UserState::default())),
        ("operator: a forwarded buyer", screens::writer(&view, ANNA, &known)),
        ("operator: a hidden writer", screens::hidden_writer(&view)),
    ]
}

#[test]
fn the_cards_of_inline_mode_read_as_reviewed() {
    let settings = settings();
    let cards: Vec<_> = Language::ALL
        .into_iter()
        .flat_map(|language| {
            let view = View::new(&settings, language, now());
            [screens::share(&view, None), screens::share(&view, Some(&user(language).referral_code))]
        })
        .map(|card| serde_json::to_value(card).unwrap())
        .collect();
    insta::assert_snapshot!(serde_json::to_string_pretty(&cards).unwrap());
}

pub const ROOMS: [(&str, Room); 25] = [
    ("gates", gates),
    ("menu", menus),
    ("buying", buying),
    ("outcomes", outcomes),
    ("subscription", subscriptions),
    ("connecting", connecting),
    ("talk", talk),
    ("offers", money_gallery::offers),
    ("money", money_gallery::money),
    ("renewals", money_gallery::renewals),
    ("desk", money_gallery::desk),
    ("syncs", sync_gallery::syncs),
    ("texts", texts_gallery::texts),
    ("devices", devices_gallery::devices),
    ("several", several_gallery::several),
    ("packages", several_gallery::packages),
    ("profile", profile_gallery::profile),
    ("payments", profile_gallery::payments),
    ("friends", friends_gallery::friends),
    ("gifts", gift_gallery::giving),
    ("gifts_opened", gift_gallery::opening),
    ("gift_notices", gift_gallery::notices),
    ("promos", promo_gallery::codes),
    ("promo_notices", promo_gallery::notices),
    ("promo_desk", promo_gallery::desk),
];

pub fn shown(screen: &Screen) -> String {
    let mut shown = screen.text.clone();
    for row in screen.keyboard.iter().filter(|row| !row.is_empty()) {
        shown.push('\n');
        for key in row {
            let leads = match &key.action {
                Action::Press(button) => button.to_string(),
                Action::Open(url) => url.to_string(),
                Action::Copy(text) => format!("copy {text}"),
                Action::Pay => "pay".into(),
            };
            write!(shown, "[{} → {leads}] ", key.label).unwrap();
        }
    }
    shown.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_screen_reads_as_reviewed() {
    for language in Language::ALL {
        for (room, gallery) in ROOMS {
            let pages: Vec<String> = gallery(&settings(), language)
                .iter()
                .map(|(name, screen)| format!("═══ {name}\n{}", shown(screen)))
                .collect();
            insta::assert_snapshot!(format!("{room}_{language}"), pages.join("\n\n"));
        }
    }
}

#[test]
fn every_screen_obeys_telegrams_rules() {
    for language in Language::ALL {
        for (room, gallery) in ROOMS {
            for (name, screen) in gallery(&settings(), language) {
                obeys(&screen).unwrap_or_else(|problem| panic!("{language} {room} {name}: {problem}"));
            }
        }
    }
}

#[test]
fn hostile_names_change_no_screen() {
    let settings = settings();
    let names =
        ["<b>&\"x</b>", "</b><a href=\"https://evil.example\">", "\u{202e}evil", "@admin t.me/x", "", "&lt;"];
    for name in names {
        let mut state = state(Language::En, None);
        state.user.as_mut().unwrap().first_name = name.into();
        let view = View::of(&settings, &state, now());
        let screen = screens::menu(&view, &state, Offers::default(), Greeting::Hello);
        obeys(&screen).unwrap_or_else(|problem| panic!("{name:?}: {problem}"));
        assert!(
            !screen.text.contains("evil.example") && !screen.text.contains('\u{202e}'),
            "{}",
            screen.text
        );
    }
}

#[test]
fn a_payment_without_a_page_to_go_to_has_no_screen() {
    let settings = settings();
    let view = View::new(&settings, Language::En, now());
    for url in [None, Some("javascript:alert(1)"), Some("pay"), Some("")] {
        let mut payment = payment(Provider::Yookassa, PaymentState::Awaiting);
        payment.pay_url = url.map(str::to_owned);
        assert_eq!(screens::pay(&view, &payment), None, "{url:?}");
    }
}

#[test]
fn every_refusal_has_its_sentence_and_fits_an_alert() {
    let all = [
        Refusal::TrialOff,
        Refusal::TrialUsed,
        Refusal::HasSubscription,
        Refusal::PlanUnavailable,
        Refusal::QuoteExpired,
        Refusal::MethodUnavailable,
        Refusal::PaymentUnknown,
        Refusal::AlreadyPaid,
        Refusal::OtherDeal,
        Refusal::NotRegistered,
        Refusal::NotEnough,
        Refusal::BadAmount,
        Refusal::NotRefundable,
        Refusal::MethodUnknown,
        Refusal::NoSubscription,
        Refusal::Which,
        Refusal::TooMany,
        Refusal::BadName,
        Refusal::NoTraffic,
        Refusal::TooSoon,
        Refusal::PanelUnknown,
    ];
    let others = [
        "alert-pending",
        "alert-stale",
        "alert-foreign",
        "alert-provider-down",
        "alert-made-primary",
        "alert-busy",
        "alert-too-fast",
        "alert-stopped-for-a-while",
        "alert-text-saved",
        "alert-text-reset",
        "alert-text-gone",
        "alert-text-same",
        "alert-text-many",
        "alert-text-unfit",
        "alert-try-later",
        "alert-check-later",
        "alert-bind-down",
        "alert-bind-pending",
        "alert-stop-failed",
        "alert-stopped",
        "alert-renews-elsewhere",
        "alert-refund-asked",
        "alert-refund-open",
        "alert-refund-done",
        "alert-refund-failed",
        "alert-payment-changed",
        "alert-released",
    ];
    for language in Language::ALL {
        let texts = locale::Texts::new(language);
        for key in all.map(screens::alert_key).into_iter().chain(others) {
            let text = texts.plain(key, &[]);
            assert!(text != key && text.chars().count() <= 200, "{language} {key}: {text}");
        }
    }
}

/// Balanced tags of the few kinds we use, known entities only, and Telegram's limits.
pub fn obeys(screen: &Screen) -> Result<(), String> {
    let mut open = Vec::new();
    let mut visible = 0;
    let mut rest = screen.text.as_str();
    while let Some(at) = rest.find(['<', '&', '>']) {
        visible += rest[..at].chars().count();
        rest = &rest[at..];
        let end = if rest.starts_with('&') { ';' } else { '>' };
        let (token, after) = rest.split_once(end).ok_or_else(|| format!("bare {rest:.9}"))?;
        match token {
            "<b" | "<code" | "<pre" => open.push(&token[1..]),
            "</b" | "</code" | "</pre" if open.pop() == Some(&token[2..]) => {}
            "&lt" | "&gt" | "&amp" | "&quot" => visible += 1,
            other => return Err(format!("unexpected {other:?}")),
        }
        rest = after;
    }
    visible += rest.chars().count();
    let labels_fit =
        screen.keyboard.iter().flatten().all(|key| (1..=64).contains(&key.label.chars().count()));
    let data_fits = screen.keyboard.iter().flatten().all(|key| match &key.action {
        Action::Press(button) => button.to_string().len() <= LONGEST,
        Action::Open(url) => matches!(url.scheme(), "http" | "https" | "tg") && url.as_str().len() <= 2048,
        Action::Copy(text) => (1..=256).contains(&text.chars().count()),
        Action::Pay => true,
    });
    match (open.is_empty(), (1..=4096).contains(&visible), labels_fit && data_fits) {
        (true, true, true) => Ok(()),
        wrong => Err(format!("balanced, short, buttons: {wrong:?}")),
    }
}
