//! A whole world in one process, for the tests and for `cargo shop`: everything the shop meets in the cloud, on
//! loopback, on a clock that a test may move.
//!
//! Data flows like this. A [`gateway`] server stands in for every outside address. What the shop sends *out*
//! (store, queues, Telegram, panel, YooKassa) passes one middleware ([`outside`]) that numbers the call, spoils
//! it if a [`faults`] rule says so, writes it into the [`calls`] log and adds it to the [`meter`]. What comes
//! *in* over HTTP passes the [`front`] door, which speaks API Gateway's payload 2.0. What the shop's own writes
//! cause comes back as Lambda would deliver it: [`stream`] reads the [`table`], [`queues`] holds the jobs,
//! [`schedule`] ticks. Each hands out a batch as Lambda's event JSON and is told the [`batch::Outcome`];
//! nothing is forgotten before that.
//!
//! Nothing in here moves by itself: the deliveries are pulled by whoever runs the world. A test does so step by step;
//! `cargo shop` lets a [`heart`] do it, shows everything on a [`page`], fetches updates of a real Telegram ([`polling`])
//! and remembers what a restart needs ([`keep`]).

pub mod batch;
pub mod calls;
pub mod clock;
pub mod faults;
pub mod front;
pub mod gateway;
pub mod heart;
pub mod keep;
mod line;
pub mod meter;
pub mod outside;
pub mod page;
pub mod pattern;
pub mod polling;
pub mod queues;
pub mod samples;
pub mod schedule;
pub mod stream;
pub mod table;
#[cfg(test)]
mod template;
pub mod tills;
pub mod world;

/// Region in every ARN and event of the sandbox.
pub const REGION: &str = "eu-central-1";
/// Account in every ARN, queue URL and event of the sandbox.
pub const ACCOUNT: &str = "000000000000";

/// Locks, whatever happened to the last holder: a test that panicked must not hide what the others would say.
fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
