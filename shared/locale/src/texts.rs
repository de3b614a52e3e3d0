//! Looking texts up by key.

use crate::Wording;
use domain::Language;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use std::{
    borrow::Cow,
    sync::{Arc, OnceLock},
};
use unic_langid::LanguageIdentifier;

const RU: &str = include_str!("../../../locales/ru.ftl");
const EN: &str = include_str!("../../../locales/en.ftl");

pub(crate) type Bundle = FluentBundle<Arc<FluentResource>>;

/// A value put into a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arg<'a> {
    /// Shown as it is (escaped in HTML).
    Text(Cow<'a, str>),
    /// A count: chooses the plural form.
    Count(u64),
}

impl<'a> From<&'a str> for Arg<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Arg<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<u64> for Arg<'_> {
    fn from(count: u64) -> Self {
        Self::Count(count)
    }
}

/// The texts of one language.
#[derive(Debug, Clone, Copy)]
pub struct Texts<'a> {
    language: Language,
    wording: Option<&'a Wording>,
}

impl Texts<'static> {
    /// The shop's own texts of `language`. The files are parsed once, when the first text is asked for.
    pub const fn new(language: Language) -> Self {
        Self { language, wording: None }
    }
}

impl<'a> Texts<'a> {
    /// The texts of `language` in the operator's words, where there are any.
    pub const fn over(language: Language, wording: &'a Wording) -> Self {
        Self { language, wording: Some(wording) }
    }

    /// Which language it is.
    pub const fn language(self) -> Language {
        self.language
    }

    /// The operator's own words that it speaks in.
    pub fn wording(self) -> Wording {
        self.wording.cloned().unwrap_or_default()
    }

    /// The text `key` as Telegram's HTML, its values escaped.
    pub fn html(self, key: &str, args: &[(&str, Arg<'_>)]) -> String {
        self.format(key, args, true)
    }

    /// The text `key` for places that know no markup: button labels, alerts, invoices.
    pub fn plain(self, key: &str, args: &[(&str, Arg<'_>)]) -> String {
        self.format(key, args, false)
    }

    /// A key that does not exist gives itself: an odd word is better than no answer. Tests keep it from happening.
    fn format(self, key: &str, args: &[(&str, Arg<'_>)], html: bool) -> String {
        let mut values = FluentArgs::with_capacity(args.len());
        for (name, arg) in args {
            values.set(*name, value(arg, html));
        }
        let own = self.wording.and_then(|wording| wording.bundle(self.language));
        let own = own.and_then(|bundle| say(bundle, key, &values).filter(|(_, whole)| *whole));
        let said = own.or_else(|| say(bundle(self.language), key, &values));
        said.map_or_else(|| key.to_owned(), |(text, _)| text)
    }
}

/// The text, and whether every part of it could be said.
fn say(bundle: &Bundle, key: &str, values: &FluentArgs<'_>) -> Option<(String, bool)> {
    let pattern = bundle.get_message(key).and_then(|message| message.value())?;
    let mut errors = Vec::new();
    let text = bundle.format_pattern(pattern, Some(values), &mut errors).into_owned();
    Some((text, errors.is_empty()))
}

/// The one place where a value enters a text.
fn value<'a>(arg: &'a Arg<'_>, html: bool) -> FluentValue<'a> {
    match arg {
        Arg::Text(text) if html => FluentValue::from(escape(text)),
        Arg::Text(text) => FluentValue::from(text.as_ref()),
        Arg::Count(count) => FluentValue::from(*count),
    }
}

/// `text` with the characters that mean something in Telegram's HTML (and in attributes) written as entities.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"']) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    Cow::Owned(escaped)
}

fn bundle(language: Language) -> &'static Bundle {
    static RUSSIAN: OnceLock<Bundle> = OnceLock::new();
    static ENGLISH: OnceLock<Bundle> = OnceLock::new();
    match language {
        Language::Ru => RUSSIAN.get_or_init(|| base(language)),
        Language::En => ENGLISH.get_or_init(|| base(language)),
    }
}

/// The file of `language`, read.
pub(crate) fn resource(language: Language) -> &'static Arc<FluentResource> {
    static RUSSIAN: OnceLock<Arc<FluentResource>> = OnceLock::new();
    static ENGLISH: OnceLock<Arc<FluentResource>> = OnceLock::new();
    // What Fluent could read is kept even if a line is wrong; a test refuses files with errors.
    let read = |source: &str| {
        Arc::new(FluentResource::try_new(source.to_owned()).unwrap_or_else(|(resource, _)| resource))
    };
    match language {
        Language::Ru => RUSSIAN.get_or_init(|| read(RU)),
        Language::En => ENGLISH.get_or_init(|| read(EN)),
    }
}

/// A bundle of the shop's own texts, to which others may be added.
pub(crate) fn base(language: Language) -> Bundle {
    let id: LanguageIdentifier = language.code().parse().unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![id]);
    // Isolating marks would end up inside links and copied text; names are isolated by `clean_name`.
    bundle.set_use_isolating(false);
    bundle.add_resource_overriding(Arc::clone(resource(language)));
    bundle
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_files_are_free_of_errors() {
        for (name, source) in [("ru", RU), ("en", EN)] {
            let parsed = FluentResource::try_new(source.to_owned());
            assert!(parsed.is_ok(), "{name}: {:?}", parsed.err().map(|(_, errors)| errors));
        }
    }

    #[test]
    fn values_are_escaped_in_html_and_left_alone_elsewhere() {
        let texts = Texts::new(Language::En);
        let name = "<b>&\"x\"</b>";
        assert!(
            texts
                .html("menu-hello", &[("name", name.into())])
                .contains("&lt;b&gt;&amp;&quot;x&quot;&lt;/b&gt;")
        );
        let label = texts.plain("button-plan", &[("name", "A & B".into()), ("price", "$5".into())]);
        assert_eq!(label, "A & B — $5");
    }

    #[test]
    fn plural_forms_follow_the_language() {
        let say = |language, count: u64| Texts::new(language).html("period-days", &[("count", count.into())]);
        let russian: Vec<String> =
            [1, 2, 5, 11, 21, 22, 25, 111].map(|count| say(Language::Ru, count)).into();
        assert_eq!(
            russian,
            ["1 день", "2 дня", "5 дней", "11 дней", "21 день", "22 дня", "25 дней", "111 дней"]
        );
        assert_eq!([say(Language::En, 1), say(Language::En, 21)], ["1 day", "21 days"]);
    }
}
