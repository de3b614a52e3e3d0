//! Buttons of an operator who puts texts in their own words.

use super::{Stale, number, read};
use domain::{Language, TextId};
use std::fmt;

/// The most bytes of what is looked for; the rest of a button is for the page.
const LONGEST_WORDS: usize = 40;

/// What an operator does with texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextDesk {
    /// A page of the texts in which these words are found; of all without words.
    List(u16, Words),
    /// A text.
    Card(TextId),
    /// Ask for own words.
    Edit(Language, TextId),
    /// Take the words that wait for a yes.
    Save(Language, TextId),
    /// Say the shop's own text again.
    Reset(Language, TextId),
}

/// Words to look for, as short and plain as a button needs them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words(String);

impl Words {
    /// In lower case, with single spaces, without colons; the first 40 bytes.
    pub fn of(text: &str) -> Self {
        let plain = text.to_lowercase().replace(':', " ");
        let mut words = String::new();
        for word in plain.split_whitespace() {
            let gap = usize::from(!words.is_empty());
            if words.len() + gap + word.len() > LONGEST_WORDS {
                break;
            }
            words.extend((gap > 0).then_some(' '));
            words.push_str(word);
        }
        Self(words)
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.split(' ').filter(|word| !word.is_empty())
    }
}

impl fmt::Display for TextDesk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List(page, Words(words)) => write!(f, "texts:{page}:{words}"),
            Self::Card(text) => write!(f, "text:{text}"),
            Self::Edit(language, text) => write!(f, "textedit:{language}:{text}"),
            Self::Save(language, text) => write!(f, "textsave:{language}:{text}"),
            Self::Reset(language, text) => write!(f, "textreset:{language}:{text}"),
        }
    }
}

/// The button of these parts.
pub(super) fn parse(parts: &[&str]) -> Result<TextDesk, Stale> {
    match parts {
        ["texts", page, words] => {
            let known = Words::of(words);
            if known.0 == *words { Ok(TextDesk::List(number(page)?, known)) } else { Err(Stale) }
        }
        ["text", text] => Ok(TextDesk::Card(read(text)?)),
        ["textedit", language, text] => Ok(TextDesk::Edit(read(language)?, read(text)?)),
        ["textsave", language, text] => Ok(TextDesk::Save(read(language)?, read(text)?)),
        ["textreset", language, text] => Ok(TextDesk::Reset(read(language)?, read(text)?)),
        _ => Err(Stale),
    }
}
