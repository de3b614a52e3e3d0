//! The bot from outside: updates in, screens out, against a strict Bot API and a real table.
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
mod gallery;
mod gift_gallery;
mod money;
mod money_gallery;
mod notices;
mod promo_gallery;
mod sync_gallery;
mod trouble;
mod updates;
mod world;
