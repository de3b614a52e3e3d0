//! The shop as people meet it, through its real handlers, on real wire formats.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod buyer;
mod doors;
mod measures;
mod purchase;
mod secrets;
mod storms;
mod trial;
