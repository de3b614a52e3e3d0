//! A Bot API server for tests: it plays `api.telegram.org` for one bot, in this process, and is never kinder than the real
//! one.
//!
//! A call comes in over [`Telegram::router`] (or in the body of an answer to a webhook, [`Telegram::webhook_reply`]), is
//! read (`body`), compared with an extract of the Bot API's description (`spec`, `conform`, `params`), checked by the
//! rules that the description does not hold (`text` and `html`, `markup` and `links`, `methods`) and carried out on the
//! remembered chats (`state`, `model`, `stars`). Refusals use the server's own words, taken from the source of the official
//! server and its library; words that begin with `STRICT:` are ours and mark what the real server would have let pass
//! in silence (an unknown parameter, a null) or what this one cannot do (501).
//!
//! The other half is people: they write, press and pay through the methods of [`Telegram`] (`drive`), which queue updates
//! (`queue`). A deliverer takes them ([`Telegram::take_updates`], [`Telegram::ack`], [`Telegram::requeue`]) or the bot polls
//! `getUpdates`. What a person then sees is a [`ChatView`]; what the bot did wrong is in [`Telegram::violations`].
//!
//! Nothing here reads the system clock: the time comes from the [`Clock`] given at the start. Only the waiting of a
//! `getUpdates` with a timeout is real.

#![expect(clippy::expect_used, reason = "the compiled-in extract is read by a test")]

mod admit;
mod body;
mod cards;
mod conform;
mod drive;
mod failure;
mod fault;
mod html;
mod image;
mod links;
mod log;
mod markup;
mod methods;
mod model;
mod params;
mod queries;
mod queue;
mod rich;
mod router;
mod spec;
mod stars;
mod state;
mod telegram;
mod text;
mod view;

pub use cards::CardView;
pub use conform::conforms;
pub use drive::DriveError;
pub use failure::Failure;
pub use fault::{Fault, FaultKind};
pub use log::{Call, Via, Violation};
pub use model::{Group, GroupKind, Invoice, Standing, User};
pub use queries::{Callback, CallbackAnswer};
pub use queue::queue_of;
pub use spec::bot_api_version;
pub use stars::CheckoutOutcome;
pub use telegram::{Answer, Clock, Telegram, TelegramConfig};
pub use view::{ButtonView, ChatView, DocumentView, MessageView, WebhookView};
