//! The bot's texts as an operator finds, reads and changes them.

use super::{Action, Key, Screen, View, paragraphs};
use crate::callback::{Button, Desk, TextDesk, Words};
use domain::{Language, OwnText, TextId};
use locale::{Draft, Mistake, Place, default_text, escape, shorten, variables};

/// So many texts are on a page.
const PAGE: usize = 8;
/// So much of a text is seen in the list, and of each version on its card.
const GLIMPSE: usize = 60;
const EXCERPT: usize = 700;
/// So much of it where it alone is shown.
const WHOLE: usize = 2_500;

/// A text with what is in own words.
#[derive(Debug, Clone, Copy)]
pub struct TextCard<'a> {
    /// Its key.
    pub key: &'a str,
    /// All texts that were ever put in own words.
    pub own: &'a [OwnText],
}

impl TextCard<'_> {
    fn own(&self, language: Language) -> Option<&str> {
        let found = self.own.iter().find(|own| own.key == self.key && own.language == language);
        found.and_then(|own| own.text.as_deref())
    }
}

fn press(label: String, desk: TextDesk) -> Key {
    Key { label, action: Action::Press(Button::Desk(Desk::Texts(desk))) }
}

fn tag(language: Language) -> String {
    language.code().to_uppercase()
}

fn source(text: &str, most: usize) -> String {
    format!("<pre>{}</pre>", escape(&shorten(text, most)))
}

/// A page of the texts with the keys `found`, and what was looked for.
pub fn texts(view: &View<'_>, found: &[&str], own: &[OwnText], (page, words): (u16, &Words)) -> Screen {
    let last = found.len().saturating_sub(1) / PAGE;
    let page = usize::from(page).min(last);
    let shown = found.iter().skip(page * PAGE).take(PAGE);
    let changed = |key: &str| own.iter().any(|own| own.key == key && own.text.is_some());
    let title = view.html("texts-title", &[("count", u64::try_from(found.len()).unwrap_or(0).into())]);
    let (mut told, mut keyboard) = (vec![title], Vec::new());
    for key in shown {
        let text = default_text(view.texts.language(), key).unwrap_or_default();
        let glimpse = shorten(text.split_whitespace().collect::<Vec<_>>().join(" ").as_str(), GLIMPSE);
        told.push(format!("<code>{key}</code>\n{}", escape(&glimpse)));
        let mark = if changed(key) { "✏️ " } else { "" };
        keyboard.push(vec![press(format!("{mark}{key}"), TextDesk::Card(TextId::of(key)))]);
    }
    told.push(view.html(if found.is_empty() { "texts-none" } else { "texts-hint" }, &[]));
    let turn = |arrow: &str, page: usize| {
        press(arrow.to_owned(), TextDesk::List(u16::try_from(page).unwrap_or(0), words.clone()))
    };
    let back = (page > 0).then(|| turn("◀️", page - 1));
    let on = (page < last).then(|| turn("▶️", page + 1));
    keyboard.push(back.into_iter().chain(on).collect());
    Screen { text: paragraphs(told), keyboard }
}

/// A text in both languages, as delivered and in own words.
pub fn text_card(view: &View<'_>, card: TextCard<'_>) -> Screen {
    let id = TextId::of(card.key);
    let mut told = vec![about(view, card.key)];
    for language in Language::ALL {
        let args = [("language", tag(language).into())];
        told.push(format!(
            "{}\n{}",
            view.html("texts-delivered", &args),
            source(&default_text(language, card.key).unwrap_or_default(), EXCERPT)
        ));
        if let Some(own) = card.own(language) {
            told.push(format!("{}\n{}", view.html("texts-own", &args), source(own, EXCERPT)));
        }
    }
    let label = |key: &str, language| view.texts.plain(key, &[("language", tag(language).into())]);
    let edits = Language::ALL
        .map(|language| press(label("button-text-edit", language), TextDesk::Edit(language, id)));
    let resets = Language::ALL.into_iter().filter(|language| card.own(*language).is_some());
    let resets =
        resets.map(|language| press(label("button-text-reset", language), TextDesk::Reset(language, id)));
    let back = press(view.texts.plain("button-back", &[]), TextDesk::List(0, Words::default()));
    Screen { text: paragraphs(told), keyboard: vec![edits.into(), resets.collect(), vec![back]] }
}

/// Where it is shown, how long it may be, and what it is given.
fn about(view: &View<'_>, key: &str) -> String {
    let place = Place::of(key);
    let name = match place {
        Place::Message => "message",
        Place::Caption => "caption",
        Place::Alert => "alert",
        Place::Button => "button",
        Place::Title | Place::About => "card",
        Place::Command | Place::Part => "part",
    };
    let given = variables(key).unwrap_or_default();
    let given: Vec<String> = given.into_iter().map(|name| format!("{{ ${name} }}")).collect();
    let given = if given.is_empty() { "–".to_owned() } else { given.join(", ") };
    view.html(
        "texts-about",
        &[
            ("key", key.into()),
            ("place", name.into()),
            ("limit", place.limit().to_string().into()),
            ("given", given.into()),
        ],
    )
}

/// "Send the new text."
pub fn ask_text(view: &View<'_>, card: TextCard<'_>, language: Language) -> Screen {
    let now = card.own(language).map(str::to_owned).or_else(|| default_text(language, card.key));
    let ask = view.html("texts-ask", &[("language", tag(language).into())]);
    let text = paragraphs([ask, source(&now.unwrap_or_default(), WHOLE), about(view, card.key)]);
    Screen { text, keyboard: vec![cancel(view, TextId::of(card.key))] }
}

fn cancel(view: &View<'_>, id: TextId) -> Vec<Key> {
    vec![press(view.texts.plain("button-cancel", &[]), TextDesk::Card(id))]
}

/// The text as it will look, to be saved or not.
pub fn text_preview(view: &View<'_>, (language, key): (Language, &str), draft: &Draft) -> Screen {
    let id = TextId::of(key);
    let head = view.html("texts-preview", &[("language", tag(language).into()), ("key", key.into())]);
    let place = Place::of(key);
    let shown = if place.has_markup() { draft.shown.clone() } else { escape(&draft.shown).into_owned() };
    // A button is seen as a button; it leads back to the text.
    let sample = (place == Place::Button).then(|| press(draft.shown.clone(), TextDesk::Card(id)));
    let save = press(view.texts.plain("button-text-save", &[]), TextDesk::Save(language, id));
    let keyboard = vec![sample.into_iter().collect(), vec![save], cancel(view, id)];
    Screen { text: paragraphs([head, shown]), keyboard }
}

/// What is wrong with a text; another one may be sent.
pub fn text_mistake(view: &View<'_>, (language, id): (Language, TextId), mistake: &Mistake) -> Screen {
    let (reason, detail) = match mistake {
        Mistake::Unknown => ("unknown", String::new()),
        Mistake::Empty => ("empty", String::new()),
        Mistake::Source => ("source", locale::LONGEST.to_string()),
        Mistake::Unreadable(why) => ("unreadable", why.clone()),
        Mistake::NoDefault => ("default", String::new()),
        Mistake::Variable(name) => ("variable", format!("{{ ${name} }}")),
        Mistake::Reference(name) => ("reference", format!("{{ {name} }}")),
        Mistake::Markup(tag) => ("markup", tag.clone()),
        Mistake::Long { length, most } => ("long", format!("{length} > {most}")),
    };
    let args = [
        ("language", tag(language).into()),
        ("reason", reason.into()),
        ("detail", shorten(&detail, 200).into()),
    ];
    Screen { text: view.html("texts-wrong", &args), keyboard: vec![cancel(view, id)] }
}
