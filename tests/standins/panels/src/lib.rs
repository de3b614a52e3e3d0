//! Stand-ins for VPN panels: the real wire formats, the real errors, the real side effects, and no servers behind.
//!
//! A stand-in is a value with two faces. The shop talks HTTP to its `router()`, exactly as to a panel. The page and
//! the tests hold a clone of the handle, and see or do what a person at the panel's own screen could: look at the
//! users, change one, delete one, let an app connect. Time comes from the caller's clock; what the panel would send
//! by itself piles up until it is taken.
//!
//! It is stricter than a panel in one thing: a request field that it does not know fails the call, loudly
//! (`"error":"STRICT"`), where a panel would silently drop it.
//!
//! One folder a kind of panel: [`remnawave`], [`marzban`].

pub mod marzban;
pub mod remnawave;
