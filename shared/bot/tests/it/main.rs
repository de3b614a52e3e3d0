//! The bot from outside: updates in, screens out, against a strict Bot API and a real table.
#![recursion_limit = "256"]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do: by panicking"
)]

mod conversation;
mod desk;
mod devices_gallery;
mod fixtures;
mod friends_gallery;
mod gallery;
mod gift_gallery;
mod hostile;
mod money;
mod money_gallery;
mod notices;
mod pace;
mod profile_gallery;
mod promo_gallery;
mod several_gallery;
mod sync_gallery;
mod texts;
mod texts_gallery;
mod trouble;
mod updates;
mod world;
