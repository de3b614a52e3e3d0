//! The only place that spells keys. `#…` sorts before letters, so that one query returns a buyer's live records and
//! stops before their history.

use domain::{EventId, JobId, PaymentId, PlanId, ReferralCode, SubscriptionNo, UserId};
use jiff::Timestamp;

/// How many partitions the alarm clock has: 4 carry about 4 000 changes a second.
pub const SHARDS: u8 = 4;

pub(crate) const PK: &str = "PK";
pub(crate) const SK: &str = "SK";
pub(crate) const BY_OWNER_PK: &str = "GSI1PK";
pub(crate) const BY_OWNER_SK: &str = "GSI1SK";
pub(crate) const DUE_PK: &str = "GSI2PK";
pub(crate) const DUE_SK: &str = "GSI2SK";
pub(crate) const DUE_INDEX: &str = "due";
/// Seconds since 1970 after which DynamoDB may drop the item.
pub(crate) const TTL: &str = "expires_at";

pub(crate) const PROFILE: &str = "#PROFILE";
pub(crate) const QUOTE: &str = "#QUOTE";
pub(crate) const SUBSCRIPTION: &str = "#SUB#";
pub(crate) const EVENT: &str = "EVENT#";
pub(crate) const PLAN: &str = "PLAN#";
pub(crate) const SETTINGS: &str = "SETTINGS";
/// The sort key of a record that is alone in its partition.
pub(crate) const ALONE: &str = "#";
/// The partition of plans and stored settings.
pub(crate) const CATALOG: &str = "CATALOG";

/// A partition key and a sort key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    pub pk: String,
    pub sk: String,
}

fn key(pk: impl Into<String>, sk: impl Into<String>) -> Key {
    Key { pk: pk.into(), sk: sk.into() }
}

pub(crate) fn user_partition(user: UserId) -> String {
    format!("USER#{user}")
}

pub(crate) fn profile(user: UserId) -> Key {
    key(user_partition(user), PROFILE)
}

pub(crate) fn quote(user: UserId) -> Key {
    key(user_partition(user), QUOTE)
}

pub(crate) fn subscription(user: UserId, no: SubscriptionNo) -> Key {
    key(user_partition(user), format!("{SUBSCRIPTION}{no}"))
}

pub(crate) fn event(user: Option<UserId>, id: EventId) -> Key {
    let partition = user.map_or_else(|| "SHOP".to_owned(), user_partition);
    key(partition, format!("{EVENT}{}", id.sort_key()))
}

pub(crate) fn payment(id: PaymentId) -> Key {
    key(format!("PAY#{id}"), ALONE)
}

pub(crate) fn referral_code(code: &ReferralCode) -> Key {
    key(format!("CODE#{code}"), ALONE)
}

pub(crate) fn plan(id: &PlanId) -> Key {
    key(CATALOG, format!("{PLAN}{id}"))
}

pub(crate) fn once(business_key: &str) -> Key {
    key(format!("ONCE#{business_key}"), ALONE)
}

pub(crate) fn claim(job: &JobId) -> Key {
    key(format!("JOB#{job}"), ALONE)
}

pub(crate) fn due_partition(shard: u8) -> String {
    format!("DUE#{shard}")
}

/// Where a record that belongs to `user` rings: always the same shard.
pub(crate) fn due_shard(user: UserId) -> String {
    let shard = u8::try_from(user.0.rem_euclid(i64::from(SHARDS))).unwrap_or(0);
    due_partition(shard)
}

/// Sortable seconds: equal width for any year that matters.
pub(crate) fn seconds(at: Timestamp) -> String {
    format!("{:012}", at.as_second().max(0))
}

/// What the alarm clock rang for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DueKey {
    /// A subscription.
    Subscription(UserId, SubscriptionNo),
    /// A payment.
    Payment(PaymentId),
}

impl DueKey {
    pub(crate) fn parse(pk: &str, sk: &str) -> Option<Self> {
        if let Some(id) = pk.strip_prefix("PAY#") {
            return id.parse().ok().map(Self::Payment);
        }
        let user = pk.strip_prefix("USER#")?.parse().ok()?;
        let no = sk.strip_prefix(SUBSCRIPTION)?.parse().ok()?;
        Some(Self::Subscription(user, no))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn live_records_sort_before_history() {
        let user = UserId(7);
        let id = EventId::derive(Timestamp::UNIX_EPOCH, "x");
        for live in [profile(user), quote(user), subscription(user, SubscriptionNo(65_535))] {
            assert!(live.sk.as_str() < "EVENT" && live.sk < event(Some(user), id).sk, "{live:?}");
        }
    }

    #[test]
    fn what_is_due_reads_back() {
        let subscription = subscription(UserId(42), SubscriptionNo(3));
        let found = DueKey::parse(&subscription.pk, &subscription.sk);
        assert_eq!(found, Some(DueKey::Subscription(UserId(42), SubscriptionNo(3))));
        let id = PaymentId::derive(Timestamp::UNIX_EPOCH, "x");
        let payment = payment(id);
        assert_eq!(DueKey::parse(&payment.pk, &payment.sk), Some(DueKey::Payment(id)));
        assert_eq!(DueKey::parse("ONCE#x", "#"), None);
    }

    #[test]
    fn time_sorts_as_text() {
        let mut previous = seconds(Timestamp::UNIX_EPOCH);
        for second in [1_i64, 999_999_999, 1_000_000_000, 4_102_444_799] {
            let next = seconds(Timestamp::from_second(second).unwrap());
            assert!(previous < next);
            previous = next;
        }
    }
}
