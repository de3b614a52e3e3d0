//! Everything the shop says, in Russian and English.
//!
//! The texts live in `locales/*.ftl` (Fluent) and are compiled in. A caller takes [`Texts`] of a person's language and
//! asks for a key: [`Texts::html`] for message texts (every interpolated value is escaped there, and only there),
//! [`Texts::plain`] for button labels, alerts and invoices, which Telegram shows without markup. Amounts, dates and sizes
//! are written by the same [`Texts`], so that they follow the language; names of people go through [`clean_name`] first.

mod format;
mod name;
mod texts;

pub use name::clean_name;
pub use texts::{Arg, Texts, escape};
