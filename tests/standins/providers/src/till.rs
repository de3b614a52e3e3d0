//! What every stand-in for a provider can do, so that the world and its page can drive all of them alike.

use crate::{Call, Webhook};
use axum::Router;
use thiserror::Error;

/// A stand-in for a payment provider. Its router is mounted under `/{name}`: the API that the shop calls, and
/// [`crate::pages`], where the buyer pays.
pub trait Till: Send + Sync {
    /// The provider's name, as in `/webhook/{provider}`.
    fn name(&self) -> &'static str;

    /// The API, without pages.
    fn api(&self) -> Router;

    /// This path (below the mount) is called by the shop, not by a browser.
    fn is_api(&self, path: &str) -> bool {
        !path.starts_with("/pay/")
    }

    /// Every order ever opened, in order.
    fn orders(&self) -> Vec<OrderView>;

    /// Something happens to an order: at the page, in the provider's cabinet, or at the payer's bank.
    fn act(&self, id: &str, act: Act) -> Result<(), NotPossible>;

    /// The notifications since the last call, in order.
    fn take_webhooks(&self) -> Vec<Webhook>;

    /// Any body (without a signature, if that would stand in it) as a notification that this provider signed: for what
    /// it would not say by itself.
    fn signed(&self, body: Vec<u8>) -> Webhook;

    /// Every call that the shop made, in order, refused ones too.
    fn calls(&self) -> Vec<Call>;
}

/// What can happen to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// The buyer pays the whole amount.
    Pay,
    /// The buyer pays, and the provider notifies twice.
    PayAndRepeat,
    /// The order is paid by a second charge, where the provider lets that happen; a first one must be there.
    PayAgain,
    /// The buyer confirms now, but the money takes longer than the shop waits (65 minutes).
    PayLate,
    /// Another sum arrives than was ordered, in minor units.
    PayOther(i64),
    /// The buyer pays, but the provider's notification never arrives.
    PaySilently,
    /// The buyer gives up, or the bank declines.
    Cancel,
    /// An operator sends this many minor units back in the provider's cabinet.
    Refund(i64),
    /// The payer's bank disputes it.
    Dispute,
}

/// Why something cannot happen.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotPossible {
    /// No such order.
    #[error("no such order")]
    Unknown,
    /// Not in this state.
    #[error("the order is {0}")]
    State(String),
    /// Not this much.
    #[error("not this amount")]
    Amount,
    /// This provider has no such thing.
    #[error("{0} has no such thing")]
    Never(&'static str),
}

/// An order as the provider sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderView {
    /// The provider's id, as in the address of its page.
    pub id: String,
    /// Our payment's id, as the order carries it.
    pub order: Option<String>,
    /// Minor units.
    pub minor: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// In the provider's own words.
    pub status: String,
    /// It can still be paid.
    pub open: bool,
    /// Minor units that arrived, over all charges.
    pub paid_minor: i64,
    /// Minor units that went back.
    pub refunded_minor: i64,
    /// What the buyer reads.
    pub description: String,
    /// Where the browser goes afterwards.
    pub return_url: String,
}
