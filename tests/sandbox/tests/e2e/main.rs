//! The shop as people meet it, through its real handlers, on real wire formats.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may fail, and says what it did"
)]

mod balance;
mod buyer;
mod chaos;
mod devices;
mod doors;
mod gate;
mod gifts;
mod inline;
mod letters;
mod limits;
mod measures;
mod observed;
mod packages;
mod panel_chaos;
mod panels;
mod profile;
mod promo;
mod providers;
mod purchase;
mod referrals;
mod refunds;
mod renewals;
mod secrets;
mod several;
mod storms;
mod sync;
mod sync_at_scale;
mod texts;
mod tour;
mod trial;
mod updates;
