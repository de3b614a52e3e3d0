//! A text as an operator writes it: read, and checked before it may stand in place of the shop's own.

use crate::{
    Place,
    examples::Examples,
    markup::{MarkupError, visible_length},
    source::{self, Found},
    texts::base,
};
use domain::Language;
use fluent_bundle::{FluentResource, types::FluentNumber};
use fluent_syntax::{ast::Entry, parser::ErrorKind};
use std::sync::Arc;
use thiserror::Error;

/// The longest own text, in bytes.
pub const LONGEST: usize = 4096;

/// Why a text cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Mistake {
    /// There is no text of that key.
    #[error("no such text")]
    Unknown,
    /// Nothing would be shown.
    #[error("nothing is shown")]
    Empty,
    /// More than [`LONGEST`] bytes.
    #[error("longer than {LONGEST} bytes")]
    Source,
    /// It cannot be read; in the reader's own words.
    #[error("unreadable: {0}")]
    Unreadable(String),
    /// A choice without a form for everything else (`*[other]`).
    #[error("a choice has no *[…]")]
    NoDefault,
    /// A variable that the shop does not give here.
    #[error("${0} is not given")]
    Variable(String),
    /// Another text or a function, which own texts cannot call.
    #[error("{0} cannot be used")]
    Reference(String),
    /// Markup where none is read, tags that Telegram does not know, or that are not closed.
    #[error("markup: {0}")]
    Markup(String),
    /// Longer than it may be where it is shown.
    #[error("{length} characters of {most}")]
    Long {
        /// What it would show, in UTF-16 units.
        length: usize,
        /// What it may.
        most: usize,
    },
}

impl From<MarkupError> for Mistake {
    fn from(error: MarkupError) -> Self {
        Self::Markup(error.to_string())
    }
}

/// A checked text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// As it is kept: the value of a Fluent message.
    pub text: String,
    /// As it looks, with examples for its variables: HTML if its place reads markup.
    pub shown: String,
}

/// Checks `text` for `key` in `language`. Fluent syntax is read, and plain text with variables like `{ $name }`.
pub fn check(language: Language, key: &str, text: &str) -> Result<Draft, Mistake> {
    let text = value_of(key, text);
    let (text, resource) = match fitting(key, &text) {
        Ok(resource) => (text, resource),
        Err(first @ (Mistake::Unreadable(_) | Mistake::Empty)) => {
            // Signs that mean something to Fluent at the beginning of a line mean nothing in plain text.
            let plain = plain_lines(&text);
            let resource = fitting(key, &plain).map_err(|_| first)?;
            (plain, resource)
        }
        Err(other) => return Err(other),
    };
    let found = Found::in_resource(&resource, key).ok_or(Mistake::Empty)?;
    let mut bundle = base(language);
    bundle.add_resource_overriding(Arc::new(resource));
    let place = Place::of(key);
    let mut first = None;
    for args in Examples::of(language, key, &found, place.has_markup()) {
        let pattern = bundle.get_message(key).and_then(|message| message.value()).ok_or(Mistake::Empty)?;
        let shown = bundle.format_pattern(pattern, Some(&args), &mut Vec::new()).into_owned();
        fits(place, &shown)?;
        first.get_or_insert(shown);
    }
    Ok(Draft { text, shown: first.unwrap_or_default() })
}

fn fits(place: Place, shown: &str) -> Result<(), Mistake> {
    let length = if place.has_markup() {
        visible_length(shown)?
    } else {
        let tag = ["<b>", "<i>", "<u>", "<code>", "<a ", "</"].into_iter().find(|tag| shown.contains(tag));
        if let Some(tag) = tag {
            return Err(Mistake::Markup(tag.to_owned()));
        }
        shown.chars().map(char::len_utf16).sum()
    };
    if shown.trim().is_empty() || length == 0 {
        return Err(Mistake::Empty);
    }
    if length > place.limit() { Err(Mistake::Long { length, most: place.limit() }) } else { Ok(()) }
}

/// `text` as a resource of one message, if it is one that the shop's own text allows: no more variables than those.
pub(crate) fn fitting(key: &str, text: &str) -> Result<FluentResource, Mistake> {
    let allowed = source::variables(key).ok_or(Mistake::Unknown)?;
    if text.len() > LONGEST {
        return Err(Mistake::Source);
    }
    let resource = message(key, text)?;
    let found = Found::in_resource(&resource, key).ok_or(Mistake::Empty)?;
    if let Some(other) = found.references.into_iter().next() {
        return Err(Mistake::Reference(other));
    }
    let stranger = found.variables.into_iter().find(|name| !allowed.contains(name));
    stranger.map_or(Ok(resource), |name| Err(Mistake::Variable(name)))
}

fn message(key: &str, text: &str) -> Result<FluentResource, Mistake> {
    if text.trim().is_empty() {
        return Err(Mistake::Empty);
    }
    let lines: Vec<String> = text.lines().map(|line| format!("    {line}")).collect();
    let source = format!("{key} =\n{}\n", lines.join("\n"));
    let resource = FluentResource::try_new(source).map_err(|(_, errors)| {
        let kinds = errors.into_iter().map(|error| error.kind);
        kinds.map(unread).next().unwrap_or(Mistake::Unreadable(String::new()))
    })?;
    let alone = {
        let mut entries = resource.entries();
        let ours = matches!(entries.next(), Some(Entry::Message(message))
            if message.id.name == key && message.value.is_some() && message.attributes.is_empty());
        ours && entries.next().is_none()
    };
    if alone { Ok(resource) } else { Err(Mistake::Unreadable("attributes".into())) }
}

fn unread(kind: ErrorKind) -> Mistake {
    match kind {
        ErrorKind::MissingDefaultVariant => Mistake::NoDefault,
        other => Mistake::Unreadable(other.to_string()),
    }
}

/// What an operator sent, without the `key =` that may stand before it and without the indentation all lines share.
fn value_of(key: &str, text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\t', "    ");
    let trimmed = text.trim_end().trim_start_matches('\n');
    let value = trimmed.trim_start().strip_prefix(key).and_then(|rest| rest.trim_start().strip_prefix('='));
    let value = value.map_or(trimmed, |rest| rest.trim_start_matches(' ').trim_start_matches('\n'));
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let shared = value.lines().filter(|line| !line.trim().is_empty()).map(indent).min().unwrap_or(0);
    let lines = value.lines().map(|line| line.get(shared..).unwrap_or_default().trim_end());
    lines.collect::<Vec<_>>().join("\n")
}

fn plain_lines(text: &str) -> String {
    let line = |line: &str| match line.trim_start().chars().next() {
        Some(first @ ('[' | '*' | '.')) => {
            let rest = &line.trim_start()[first.len_utf8()..];
            format!("{{\"{first}\"}}{rest}")
        }
        _ => line.to_owned(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// A count as an example of a variable.
pub(crate) fn count(value: u64) -> FluentNumber {
    FluentNumber::from(value)
}

#[cfg(test)]
#[path = "draft_tests.rs"]
mod tests;
