//! The shop's voice in Telegram: an update comes in, a use case runs, a screen goes out.
//!
//! ```text
//! body ─▶ update::Update ─▶ dispatch::Bot::handle ─▶ shop (use cases) ─▶ screens::* ─▶ client::Telegram
//!                                                                                 └─▶ the webhook's own answer
//! ```
//!
//! [`update`] reads what Telegram sends into types of our own, which survive whatever a newer Bot API adds. [`Bot`]
//! decides which use case an update is and runs it; every wording is a pure function in [`screens`], from records to a
//! [`Screen`]. A screen answers a message inside the webhook's own answer; a button press edits the message it sits on,
//! through [`client::Telegram`], and is then acknowledged in the webhook's answer. What goes into a button is a
//! [`callback::Button`]: typed, versioned, and never a price. Messages nobody asked for are made by [`Notices`],
//! letters of the same words too.
//!
//! Architecture invariant: nothing here decides about money, time or rights, and nothing here is remembered.

pub mod callback;
pub mod client;
pub mod connect;
mod dispatch;
mod letters;
pub mod method;
mod notices;
pub mod qr;
pub mod screens;
mod send_error;
mod settings;
pub mod update;

pub use client::Telegram;
pub use dispatch::{Bot, BotError};
pub use letters::LetterText;
pub use locale::Wording;
pub use method::Method;
pub use notices::Notices;
pub use screens::Screen;
pub use send_error::{Retry, SendError};
pub use settings::{BotSettings, Channel, Gate, PaceLimits, Scope};
pub use update::{Update, UpdateError};
