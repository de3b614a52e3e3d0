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
mod measures;
mod observed;
mod panel_chaos;
mod panels;
mod promo;
mod providers;
mod purchase;
mod refunds;
mod renewals;
mod secrets;
mod storms;
mod sync;
mod sync_at_scale;
mod trial;
mod updates;
