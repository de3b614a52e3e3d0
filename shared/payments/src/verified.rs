//! What is known to come from the provider.

use domain::{Money, PaymentId, Provider, UserId, credit::Report};
use jiff::Timestamp;
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

/// Something sold at the provider, by the provider's own link: no order of ours is behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sale {
    /// Who sold it.
    pub provider: Provider,
    /// Which of the provider's articles, as the operator's settings name it: `subscription/1644`, `product/456`.
    pub item: String,
    /// Who bought it.
    pub user: UserId,
    /// Names this sale, period by period: the business key. The same for every delivery of the same fact.
    pub external_id: String,
    /// What happened.
    pub change: SaleChange,
    /// Test money.
    pub test: bool,
}

/// What happened to a [`Sale`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaleChange {
    /// Paid, the first time or again.
    Paid {
        /// What was taken; nothing for a trial or a gift.
        amount: Money,
        /// Until when the provider has promised access; `None` = what the plan says.
        until: Option<Timestamp>,
        /// The provider will take money again at `until`.
        renews: bool,
        /// The buyer received it from somebody else.
        gift: bool,
    },
    /// It will not be renewed; access stays until then.
    Canceled {
        /// The last promised moment.
        until: Option<Timestamp>,
    },
    /// The money went back.
    Refunded {
        /// How much; `None` = all.
        amount: Option<Money>,
    },
}
