//! The Marzban client against its stand-in, over HTTP.
#![expect(clippy::unwrap_used, clippy::panic, reason = "the functions beside the tests are tests too")]

#[path = "marzban/bench.rs"]
mod bench;
#[path = "marzban/calls.rs"]
mod calls;
#[path = "marzban/converge.rs"]
mod converge;
#[path = "marzban/deeds.rs"]
mod deeds;
#[path = "marzban/page.rs"]
mod page;
#[path = "marzban/traps.rs"]
mod traps;
