//! The page of `cargo shop`: its endpoints over HTTP, and the page itself in a headless Chromium.

mod browser;
mod endpoints;
mod picture;
mod shop;
mod walk;
