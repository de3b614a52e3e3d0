//! The store against a real table (embedded).
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do: by panicking")]

mod balance;
mod by_day;
mod gift;
mod promo;
mod records;
mod referral;
mod support;
mod timeline;
