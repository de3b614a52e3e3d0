//! Whatever people and operators write, every screen is one that Telegram takes: its stand-in's own validator says so.

use crate::{
    fixtures::{now, settings, with_hostile},
    gallery::ROOMS,
    world::{ANNA, TOKEN},
};
use bot::{
    BotSettings,
    screens::{self, Screen, View},
};
use domain::{Language, PaymentState, Provider};
use locale::{Place, Wording, default_text, keys, variables};
use proptest::prelude::*;
use serde_json::{Value, json};
use standin_telegram::{Telegram, TelegramConfig, User};
use std::sync::Arc;

fn telegram() -> Telegram {
    let config =
        TelegramConfig { token: TOKEN.into(), bot_username: "test_vpn_bot".into(), bot_id: 123_456_789 };
    let telegram = Telegram::new(config, Arc::new(now));
    telegram.add_user(User::new(ANNA, "Anna"));
    telegram.send_text(ANNA, "/start").unwrap();
    telegram
}

fn takes(telegram: &Telegram, screen: &Screen) -> Result<(), Value> {
    let message = serde_json::to_value(screen.clone().message(ANNA)).unwrap();
    let sent = telegram.call("sendMessage", message);
    let sent = sent.result().ok_or_else(|| sent.body.clone())?;
    let mut other = screen.clone();
    other.text.insert(0, '.');
    let edit = serde_json::to_value(other.edit(ANNA, sent["message_id"].as_i64().unwrap())).unwrap();
    let edited = telegram.call("editMessageText", edit);
    edited.result().map(drop).ok_or(edited.body)
}

/// Sends every screen of the galleries, with `words` for every word that somebody chose.
fn all_are_taken(settings: &BotSettings, words: &str) -> Result<(), TestCaseError> {
    let telegram = telegram();
    with_hostile(words, || {
        for language in Language::ALL {
            for (room, gallery) in ROOMS {
                for (name, screen) in gallery(settings, language) {
                    let taken = takes(&telegram, &screen);
                    prop_assert!(taken.is_ok(), "{language} {room} {name}: {taken:?}\n{}", screen.text);
                }
            }
            invoices_and_cards(&telegram, settings, language)?;
        }
        Ok(())
    })
}

fn invoices_and_cards(
    telegram: &Telegram,
    settings: &BotSettings,
    language: Language,
) -> Result<(), TestCaseError> {
    let view = View::new(settings, language, now());
    let bill = crate::fixtures::payment(Provider::Stars, PaymentState::Awaiting);
    if let Ok(invoice) = screens::invoice(&view, &bill) {
        let answer = telegram.call("sendInvoice", serde_json::to_value(invoice).unwrap());
        prop_assert!(answer.result().is_some(), "{:?}", answer.body);
    }
    let query = telegram.inline_query(ANNA, "").unwrap();
    let results = json!([screens::share(&view, None)]);
    let asked = &query["inline_query"]["id"];
    let answer = telegram.call("answerInlineQuery", json!({ "inline_query_id": asked, "results": results }));
    prop_assert!(answer.result().is_some(), "{:?}", answer.body);
    Ok(())
}

/// Signs that mean something to Telegram, to Fluent, or to the eye.
fn words() -> impl Strategy<Value = String> {
    let sign = prop_oneof![
        Just("<b>".to_owned()),
        Just("</code>".to_owned()),
        Just("&amp;&lt;\"'".to_owned()),
        Just("{ $name } -> *[x]".to_owned()),
        Just("\u{202e}\u{200b}\u{2066}محمد".to_owned()),
        Just("https://t.me/evil @evil t․me/x ".to_owned()),
        Just("Telegram Support".to_owned()),
        Just("😀👨\u{200d}👩\u{200d}👧\u{301}\u{301}\u{301}".to_owned()),
        Just("\n\n".to_owned()),
        "\\PC{1,40}",
    ];
    (prop::collection::vec(sign, 0..6), 0_usize..200)
        .prop_map(|(signs, times)| signs.concat().repeat(times + 1))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn whatever_people_are_called(words in words()) {
        all_are_taken(&settings(), &words)?;
    }
}

#[test]
fn the_longest_and_the_emptiest() {
    for words in ["", " ", "\u{200b}", "&", &"&".repeat(5_000), &"😀".repeat(5_000), &"W".repeat(5_000)] {
        all_are_taken(&settings(), words).unwrap_or_else(|error| panic!("{words:.9}: {error}"));
    }
}

/// The longest own text that is accepted for `key`: all its variables, and as much as its place allows.
fn longest(language: Language, key: &str) -> Option<String> {
    let given = variables(key)?;
    let variables = given.iter().map(|name| format!("{{ ${name} }}")).collect::<Vec<_>>().join(" ");
    (0..=Place::of(key).limit()).rev().step_by(7).find_map(|length| {
        let text = format!("{variables}{}", "W".repeat(length));
        locale::check(language, key, &text).ok().map(|draft| draft.text)
    })
}

#[test]
fn own_words_as_long_as_they_may_be() {
    let own: Vec<(Language, &str, String)> = Language::ALL
        .into_iter()
        .flat_map(|language| keys().filter_map(move |key| Some((language, key, longest(language, key)?))))
        .collect();
    assert!(own.len() > keys().count(), "most texts can be long");
    let (wording, unfit) =
        Wording::new(own.iter().map(|(language, key, text)| (*language, *key, text.as_str())));
    assert!(unfit.is_empty(), "{unfit:?}");
    let settings = BotSettings { wording, ..settings() };
    for words in ["Anna", &"😀 & ".repeat(500)] {
        all_are_taken(&settings, words).unwrap_or_else(|error| panic!("{error}"));
    }
    assert!(default_text(Language::En, "menu-hello").is_some());
}
