//! The texts in own words, as operators find and change them.

use crate::{
    fixtures::{chosen, now},
    gallery::Gallery,
};
use bot::{
    BotSettings,
    callback::Words,
    screens::{self, TextCard, View},
};
use domain::{Language, OwnText, TextId, UserId};
use locale::Mistake;

fn own(key: &str, language: Language, text: &str) -> OwnText {
    let text = Some(chosen(text));
    OwnText { key: key.into(), language, text, by: UserId(7), at: now(), version: 1 }
}

pub fn texts(settings: &BotSettings, language: Language) -> Gallery {
    let view = View::new(settings, language, now());
    let own =
        [own("button-menu", Language::En, "🏠 Home"), own("menu-hello", Language::Ru, "Привет, { $name }!")];
    let keys: Vec<&str> = locale::keys().collect();
    let card = |key| TextCard { key, own: &own };
    let draft = |key: &str, text: &str| locale::check(language, key, text).unwrap();
    let mistake = |mistake| screens::text_mistake(&view, (language, TextId::of("menu-hello")), &mistake);
    let words = Words::of("Menu");
    vec![
        ("list", screens::texts(&view, &keys[..20], &own, (1, &Words::default()))),
        ("found", screens::texts(&view, &["button-menu", "menu-hello"], &own, (0, &words))),
        ("nothing found", screens::texts(&view, &[], &own, (7, &words))),
        ("card", screens::text_card(&view, card("period-days"))),
        ("card, own", screens::text_card(&view, card("menu-hello"))),
        ("card, a button", screens::text_card(&view, card("button-menu"))),
        ("ask", screens::ask_text(&view, card("menu-hello"), language)),
        (
            "preview",
            screens::text_preview(
                &view,
                (language, "menu-hello"),
                &draft("menu-hello", "<b>{ $name }</b> &amp; co"),
            ),
        ),
        (
            "preview, a button",
            screens::text_preview(&view, (language, "button-menu"), &draft("button-menu", "A & B")),
        ),
        (
            "preview, a window",
            screens::text_preview(&view, (language, "alert-busy"), &draft("alert-busy", "1 > 0")),
        ),
        ("mistake, unknown", mistake(Mistake::Unknown)),
        ("mistake, empty", mistake(Mistake::Empty)),
        ("mistake, bytes", mistake(Mistake::Source)),
        ("mistake, unreadable", mistake(Mistake::Unreadable(chosen("Expected a token starting with \"}\"")))),
        ("mistake, default", mistake(Mistake::NoDefault)),
        ("mistake, variable", mistake(Mistake::Variable(chosen("secret")))),
        ("mistake, reference", mistake(Mistake::Reference(chosen("menu-text")))),
        ("mistake, markup", mistake(Mistake::Markup(chosen("<b>")))),
        ("mistake, long", mistake(Mistake::Long { length: 65, most: 64 })),
    ]
}
