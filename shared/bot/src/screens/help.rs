//! Help, terms and the language.

use super::{Action, Key, Screen, View, paragraphs};
use crate::callback::Button;
use domain::{Language, UserId};

/// Common questions.
pub fn help(view: &View<'_>) -> Screen {
    let support = view.support();
    let ask = if support.is_empty() { String::new() } else { view.html("help-support", &[]) };
    let text = paragraphs([view.html("help-text", &[]), ask]);
    Screen { text, keyboard: vec![support, view.back_to_menu()] }
}

/// `/paysupport`, which Telegram asks of every bot that takes Stars.
pub fn payments(view: &View<'_>, user: UserId) -> Screen {
    let text = view.html("help-payments", &[("user", user.to_string().into())]);
    Screen { text, keyboard: vec![view.support(), view.back_to_menu()] }
}

/// `/terms`, asked for by Telegram too.
pub fn terms(view: &View<'_>) -> Screen {
    let open: Vec<Key> = view.settings.terms_url.iter().map(|url| view.open("button-terms", url)).collect();
    let key = if open.is_empty() { "help-terms-none" } else { "help-terms-open" };
    let text = paragraphs([view.html("help-terms", &[]), view.html(key, &[])]);
    let ask = if open.is_empty() { view.support() } else { Vec::new() };
    Screen { text, keyboard: vec![open, ask, view.back_to_menu()] }
}

/// The languages, each in its own words, the present one ticked.
pub fn languages(view: &View<'_>) -> Screen {
    let key = |language: Language| {
        let name = match language {
            Language::Ru => "🇷🇺 Русский",
            Language::En => "🇬🇧 English",
        };
        let tick = if language == view.texts.language() { "✅ " } else { "" };
        Key { label: format!("{tick}{name}"), action: Action::Press(Button::Speak(language)) }
    };
    let row = Language::ALL.into_iter().map(key).collect();
    Screen {
        text: view.html("language-title", &[]),
        keyboard: vec![row, vec![view.press("button-back", Button::Menu)]],
    }
}
