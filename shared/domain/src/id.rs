//! Identifiers. Each has its own type and, where it is ours, a prefix: an id in a log tells its kind.

use crate::{Provider, hash};
use jiff::Timestamp;
use std::{fmt, str::FromStr};
use thiserror::Error;
use ulid::Ulid;

/// Text that is not an identifier of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("not a {kind}")]
pub struct IdError {
    /// What was expected.
    pub kind: &'static str,
}

/// A Telegram user's id: positive, up to 52 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId(pub i64);

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for UserId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        match text.parse::<i64>() {
            Ok(id) if id > 0 => Ok(Self(id)),
            _ => Err(IdError { kind: "user id" }),
        }
    }
}

/// Which of a user's subscriptions: 1, 2, … in order of creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SubscriptionNo(pub u16);

impl SubscriptionNo {
    /// The first subscription of a user.
    pub const FIRST: Self = Self(1);
}

impl fmt::Display for SubscriptionNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for SubscriptionNo {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        text.parse().map(Self).map_err(|_| IdError { kind: "subscription number" })
    }
}

macro_rules! ulid_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $kind:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Ulid);

        impl $name {
            /// The id that `seed` has at `at`: the same seed and time give the same id.
            pub fn derive(at: Timestamp, seed: &str) -> Self {
                Self(hash::ulid(at, seed))
            }

            /// When the thing it names was made, to the millisecond.
            pub fn time(self) -> Timestamp {
                i64::try_from(self.0.timestamp_ms())
                    .ok()
                    .and_then(|millis| Timestamp::from_millisecond(millis).ok())
                    .unwrap_or(Timestamp::UNIX_EPOCH)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                text.strip_prefix($prefix)
                    .filter(|rest| rest.len() == 26)
                    .and_then(|rest| Ulid::from_string(rest).ok())
                    // A ULID has several spellings (case, overflow); only the one we print is an id.
                    .filter(|ulid| text.strip_prefix($prefix) == Some(ulid.to_string().as_str()))
                    .map(Self)
                    .ok_or(IdError { kind: $kind })
            }
        }
    };
}

ulid_id!(
    /// A frozen offer.
    QuoteId, "quo_", "quote id"
);
ulid_id!(
    /// One attempt to be paid through one provider; sent to the provider as our order id.
    PaymentId, "pay_", "payment id"
);
ulid_id!(
    /// Something that happened; sorts by time.
    EventId, "evt_", "event id"
);

ulid_id!(
    /// A saved way to pay.
    MethodId, "met_", "method id"
);

impl MethodId {
    /// The id of this token of this buyer.
    pub fn of(user: UserId, provider: Provider, token: &str) -> Self {
        Self::derive(Timestamp::UNIX_EPOCH, &format!("{user}/{provider}/{token}"))
    }
}

impl PaymentId {
    /// The id as a provider carried it: our own spelling, or the same 128 bits as a hyphenated UUID, in which orders
    /// of an earlier shop are named that were taken over.
    pub fn from_order(text: &str) -> Option<Self> {
        let own = text.parse().ok();
        own.or_else(|| {
            let groups: Vec<&str> = text.split('-').collect();
            let shape = groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12]);
            let bits = u128::from_str_radix(&groups.concat(), 16).ok().filter(|_| shape)?;
            Some(Self(Ulid(bits)))
        })
    }

    /// The payment by which a quote is taken as a subscription in Stars.
    pub fn recurring(quote: QuoteId) -> Self {
        Self::derive(quote.time(), &format!("{quote}/stars/recurring"))
    }

    /// The payment of a quote through a provider: pressing "pay" again names the same payment.
    pub fn of(quote: QuoteId, provider: Provider) -> Self {
        Self::derive(quote.time(), &format!("{quote}/{provider}"))
    }
}

impl EventId {
    /// The sortable text without prefix, as in the sort key.
    pub fn sort_key(self) -> String {
        self.0.to_string()
    }
}

/// The name of one piece of work owed for an event; the same however often the event is delivered.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(String);

impl JobId {
    /// The `index`-th job of an event.
    pub fn of(event: EventId, index: usize) -> Self {
        Self(format!("job_{}_{index}", event.sort_key()))
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for JobId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if text.starts_with("job_") && text.len() <= 64 && plain {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdError { kind: "job id" })
        }
    }
}

macro_rules! slug {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                let plain = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
                if plain && (1..=16).contains(&text.len()) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(IdError { kind: $kind })
                }
            }
        }
    };
}

slug!(
    /// A plan's short name chosen by the operator: 1-16 of `a-z 0-9 _`.
    PlanId,
    "plan id"
);
slug!(
    /// A traffic package's short name: 1-16 of `a-z 0-9 _`.
    PackageId,
    "package id"
);
slug!(
    /// One of the operator's panels by its short name: 1-16 of `a-z 0-9 _`. A shop with one panel has `main`.
    PanelId,
    "panel id"
);

impl Default for PanelId {
    fn default() -> Self {
        Self("main".to_owned())
    }
}

/// The code in a person's referral link: 9 capital letters and digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ReferralCode(String);

impl ReferralCode {
    /// The code a person gets at registration; `attempt` tells candidates apart if one is taken.
    pub fn derive(user: UserId, registered: Timestamp, attempt: u32) -> Self {
        Self(hash::code(9, &format!("referral/{user}/{}/{attempt}", registered.as_nanosecond())))
    }
}

impl fmt::Display for ReferralCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ReferralCode {
    type Err = IdError;
    /// Letters of either case; kept in capitals.
    fn from_str(text: &str) -> Result<Self, IdError> {
        if text.len() == 9 && text.bytes().all(|b| b.is_ascii_alphanumeric()) {
            Ok(Self(text.to_ascii_uppercase()))
        } else {
            Err(IdError { kind: "referral code" })
        }
    }
}
