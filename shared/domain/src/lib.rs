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
pub mod dialog;
pub mod email;
pub mod event;
pub mod extra;
pub mod gate;
pub mod gift;
mod hash;
pub mod health;
mod id;
pub mod method;
mod money;
pub mod pace;
pub mod package;
pub mod payment;
mod plan;
pub mod promo;
pub mod provisioning;
pub mod quote;
pub mod reaction;
pub mod referral;
pub mod refund;
pub mod registration;
pub mod renewal;
pub mod reset;
pub mod sale;
pub mod several;
mod sheet;
mod stray;
mod subscription;
pub mod sync;
pub mod text;
pub mod trial;
pub mod upkeep;
pub mod usage;
mod user;
mod wallet;
pub mod zone;

pub use decision::{Decision, Once, Record, Refusal, UserState};
pub use dialog::{Dialog, Topic};
pub use email::{Email, Letters};
pub use event::{Actor, Event, EventKind};
pub use extra::Extra;
pub use gift::{Gift, GiftCode, GiftOrder, GiftSecret, GiftState};
pub use health::ProviderHealth;
pub use id::{
    EventId, IdError, JobId, MethodId, PackageId, PanelId, PaymentId, PlanId, QuoteId, ReferralCode,
    SubscriptionNo, UserId,
};
pub use method::SavedMethod;
pub use money::{Currency, Money, MoneyError};
pub use pace::Pace;
pub use package::Package;
pub use payment::{Goods, Payment, PaymentState, Provider, Refund, TimePolicy};
pub use plan::{Localized, Period, Plan, Terms, TrafficReset, new_end};
pub use promo::{Activation, Guesses, Hold, Promo, PromoCode, PromoEffect, Promos, Promotion, Reduction};
pub use quote::Quote;
pub use referral::{Referrals, Reward};
pub use reset::Resets;
pub use sheet::{Row, Sheet};
pub use stray::Stray;
pub use subscription::{Access, Applied, Leaving, Observed, Renewal, Standing, Subscription};
pub use sync::Sync;
pub use text::{OwnText, TextId};
pub use user::{Language, Person, User};
pub use wallet::Wallet;
pub use zone::Zone;
