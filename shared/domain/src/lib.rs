//! The shop itself, pure: no I/O, no clock, no randomness, no async.
//!
//! Data flows one way. The caller loads records ([`User`], [`Subscription`], [`Quote`], [`Payment`], [`Plan`]), asks
//! one of the `decide` functions ([`trial::start`], [`checkout::open`], [`credit::report`], [`upkeep::tick`] …) what
//! should happen at `now`, and gets a [`Decision`]: the changed records, the [`Event`]s that explain the change, and
//! the [`Once`] key under which it may happen a single time. The store commits a decision in one transaction; the
//! events come back through the stream, and [`reaction::jobs`] says which work each of them owes the outside world.
//!
//! Architecture invariant: nothing here derives `Serialize`. What is persisted or sent has its own type at that edge.

pub mod catalog;
pub mod checkout;
pub mod credit;
mod decision;
pub mod event;
mod hash;
mod id;
mod money;
pub mod payment;
mod plan;
pub mod provisioning;
pub mod quote;
pub mod reaction;
pub mod registration;
mod subscription;
pub mod trial;
pub mod upkeep;
mod user;

pub use decision::{Decision, Once, Record, Refusal, UserState};
pub use event::{Actor, Event, EventKind};
pub use id::{EventId, IdError, JobId, PaymentId, PlanId, QuoteId, ReferralCode, SubscriptionNo, UserId};
pub use money::{Currency, Money, MoneyError};
pub use payment::{Payment, PaymentState, Provider};
pub use plan::{Localized, Period, Plan, Terms, TrafficReset, new_end};
pub use quote::Quote;
pub use subscription::{Access, Applied, Observed, Standing, Subscription};
pub use user::{Language, Person, User};
