//! Looking texts up by key.

use domain::Language;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use std::{borrow::Cow, sync::OnceLock};
use unic_langid::LanguageIdentifier;

const RU: &str = include_str!("../../../locales/ru.ftl");
const EN: &str = include_str!("../../../locales/en.ftl");

type Bundle = FluentBundle<FluentResource>;

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Texts {
    language: Language,
}

impl Texts {
    /// The texts of `language`. The files are parsed once, when the first text is asked for.
    pub const fn new(language: Language) -> Self {
        Self { language }
    }

    /// Which language it is.
    pub const fn language(self) -> Language {
        self.language
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
        let bundle = bundle(self.language);
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            return key.to_owned();
        };
        let mut values = FluentArgs::with_capacity(args.len());
        for (name, arg) in args {
            values.set(*name, value(arg, html));
        }
        bundle.format_pattern(pattern, Some(&values), &mut Vec::new()).into_owned()
    }
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
        Language::Ru => RUSSIAN.get_or_init(|| parse(language, RU)),
        Language::En => ENGLISH.get_or_init(|| parse(language, EN)),
    }
}

fn parse(language: Language, source: &str) -> Bundle {
    // What Fluent could read is kept even if a line is wrong; a test refuses files with errors.
    let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(resource, _)| resource);
    let id: LanguageIdentifier = language.code().parse().unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![id]);
    // Isolating marks would end up inside links and copied text; names are isolated by `clean_name`.
    bundle.set_use_isolating(false);
    bundle.add_resource_overriding(resource);
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
