//! What is known to come from the provider.

use domain::{PaymentId, Provider, credit::Report};
use std::ops::Deref;

/// A value that is authentic: signed by the provider and checked, or read from the provider's own API.
///
/// Only this crate makes one, so holding it is the proof:
/// ```compile_fail
/// let forged = payments::Verified("paid");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified<T>(T);

impl<T> Verified<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, once the proof is not needed any more.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Verified<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

/// What a provider says about one payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Which of our payments, as the provider carried it along (order id, metadata, payload). `None` if it carries
    /// none of ours: then the caller may know the provider's id, or the money is foreign.
    pub payment: Option<PaymentId>,
    /// What it says.
    pub report: Report,
    /// Who says it.
    pub provider: Provider,
}
