//! The page of `cargo shop`: its endpoints over HTTP, and the page itself in a headless Chromium.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![expect(clippy::print_stdout, reason = "how long things took is worth a line")]

mod browser;
mod endpoints;
mod picture;
mod shop;
mod walk;
