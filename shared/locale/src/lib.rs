//! Everything the shop says, in Russian and English.
//!
//! The texts live in `locales/*.ftl` (Fluent) and are compiled in. A caller takes [`Texts`] of a person's language and
//! asks for a key: [`Texts::html`] for message texts (every interpolated value is escaped there, and only there),
//! [`Texts::plain`] for button labels, alerts and invoices, which Telegram shows without markup. Amounts, dates and sizes
//! are written by the same [`Texts`], so that they follow the language; names of people go through [`clean_name`] first.

//!
//! An operator may put texts in their own words: [`check`] judges such a text before it is used, a [`Wording`] holds all
//! of them, and [`Texts::over`] speaks with them. Whatever is wrong with a stored one, the shop's own text is said instead.

mod draft;
mod examples;
mod format;
mod markup;
mod name;
mod place;
mod source;
mod texts;
mod wording;

pub use draft::{Draft, LONGEST, Mistake, check};
pub use markup::{MarkupError, shorten, shorten_html, visible_length};
pub use name::clean_name;
pub use place::Place;
pub use source::{default_text, keys, variables};
pub use texts::{Arg, Texts, escape};
pub use wording::{Unfit, Wording};
