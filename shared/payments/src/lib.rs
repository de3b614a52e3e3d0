//! Payment providers: opening payments, and learning for certain what became of them.
//!
//! Data flows in two directions. Out: an [`Order`] goes to [`Gateway::create`], which answers where the buyer pays. In: a
//! raw webhook goes to [`Gateway::authenticate`], which either reads a signed statement, or, where the provider does not
//! sign, only names the object to ask about; [`Gateway::fetch`] asks the provider itself. Both ways end in
//! [`Verified`]`<`[`Fetched`]`>`, the only form in which a statement about money leaves this crate, and only this crate
//! can make one: nothing unverified can reach [`domain::credit::report`].
//!
//! One file a provider: `<name>.rs` holds the protocol (calls, authenticity), `<name>/wire.rs` its shapes. Providers with
//! an HTTP API of their own implement [`Gateway`] and stand in [`Gateways`]; [`stars`] come through Telegram's updates
//! and have functions instead.
//!
//! Architecture invariants: no clock, no store, no retries beyond one call's own budget of eight seconds, no floats, and
//! no provider's wire type outside its own module.

mod amount;
mod attempts;
mod config;
pub mod cryptopay;
mod error;
mod exchange;
mod fields;
pub mod freekassa;
mod gateway;
pub mod paypal;
pub mod robokassa;
mod sign;
pub mod stars;
pub mod stripe;
mod text;
pub mod tribute;
mod verified;
pub mod wata;
pub mod yookassa;

pub use config::ConfigError;
pub use error::{AuthError, Cause, GatewayError, Retry};
pub use gateway::{
    Abilities, Asking, BoxFuture, Claim, Gateway, Gateways, Limits, ObjectRef, Order, RawWebhook,
    RefundOrder, Refunds,
};
pub use verified::{Fetched, Sale, SaleChange, Verified};
