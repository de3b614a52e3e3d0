//! Texts in the operator's own words, over the ones that are compiled in.

use crate::{
    draft::{self, Mistake},
    texts::{Bundle, base},
};
use domain::Language;
use fluent_bundle::FluentResource;
use std::{fmt, sync::Arc};

/// The operator's own words; cheap to clone.
#[derive(Clone, Default)]
pub struct Wording(Option<Arc<Book>>);

struct Book {
    russian: Option<Bundle>,
    english: Option<Bundle>,
}

impl fmt::Debug for Wording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Wording(own)" } else { "Wording(default)" })
    }
}

/// An own text that is not used: the shop's text changed, or it was never right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit {
    /// In which language.
    pub language: Language,
    /// Of which key.
    pub key: String,
    /// What is wrong with it.
    pub mistake: Mistake,
}

impl Wording {
    /// The shop's texts with these own ones `(language, key, text)` over them, and those that do not fit and are left out.
    pub fn new<'a>(own: impl IntoIterator<Item = (Language, &'a str, &'a str)>) -> (Self, Vec<Unfit>) {
        let mut unfit = Vec::new();
        let (mut russian, mut english) = (Vec::new(), Vec::new());
        for (language, key, text) in own {
            match draft::fitting(key, text) {
                Ok(resource) if language == Language::Ru => russian.push(resource),
                Ok(resource) => english.push(resource),
                Err(mistake) => unfit.push(Unfit { language, key: key.to_owned(), mistake }),
            }
        }
        if russian.is_empty() && english.is_empty() {
            return (Self::default(), unfit);
        }
        let book = Book { russian: bundle(Language::Ru, russian), english: bundle(Language::En, english) };
        (Self(Some(Arc::new(book))), unfit)
    }

    /// The texts of `language`, if any of them is an own one.
    pub(crate) fn bundle(&self, language: Language) -> Option<&Bundle> {
        let book = self.0.as_ref()?;
        match language {
            Language::Ru => book.russian.as_ref(),
            Language::En => book.english.as_ref(),
        }
    }
}

fn bundle(language: Language, own: Vec<FluentResource>) -> Option<Bundle> {
    if own.is_empty() {
        return None;
    }
    let mut bundle = base(language);
    for resource in own {
        bundle.add_resource_overriding(Arc::new(resource));
    }
    Some(bundle)
}
