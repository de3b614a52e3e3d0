//! The only place that spells keys. `#…` sorts before letters, so that one query returns a buyer's live records and
//! stops before their history.

use domain::{
    EventId, GiftCode, JobId, Language, MethodId, PackageId, PanelId, PaymentId, PlanId, PromoCode, Provider,
    ReferralCode, SubscriptionNo, UserId,
};
use jiff::{Timestamp, civil::Date, tz::Offset};

/// How many partitions the alarm clock has: 4 carry about 4 000 changes a second.
pub const SHARDS: u8 = 4;

pub(crate) const PK: &str = "PK";
pub(crate) const SK: &str = "SK";
pub(crate) const BY_DAY_PK: &str = "GSI1PK";
pub(crate) const BY_DAY_SK: &str = "GSI1SK";
/// Lists payments by the day they were opened. The name is older than that, and an index cannot be renamed.
pub(crate) const BY_DAY_INDEX: &str = "by-owner";
pub(crate) const DUE_PK: &str = "GSI2PK";
pub(crate) const DUE_SK: &str = "GSI2SK";
pub(crate) const DUE_INDEX: &str = "due";
/// Seconds since 1970 after which DynamoDB may drop the item.
pub(crate) const TTL: &str = "expires_at";

pub(crate) const PROFILE: &str = "#PROFILE";
pub(crate) const QUOTE: &str = "#QUOTE";
pub(crate) const DIALOG: &str = "#DIALOG";
pub(crate) const REFERRALS: &str = "#REFERRAL";
pub(crate) const PACE: &str = "#PACE";
pub(crate) const SUBSCRIPTION: &str = "#SUB#";
pub(crate) const METHOD: &str = "#METHOD#";
/// A gift among what its giver has; a gift by its code has a partition of its own.
pub(crate) const GIFT: &str = "#GIFT#";
pub(crate) const EVENT: &str = "EVENT#";
/// What a provider said about a payment, beside it.
pub(crate) const CALL: &str = "CALL#";
pub(crate) const PLAN: &str = "PLAN#";
pub(crate) const PACKAGE: &str = "PACKAGE#";
pub(crate) const HEALTH: &str = "HEALTH#";
/// A text in own words, beside the plans.
pub(crate) const TEXT: &str = "TEXT#";
pub(crate) const SETTINGS: &str = "SETTINGS";
/// The sort key of a record that is alone in its partition.
pub(crate) const ALONE: &str = "#";
/// The partition of the comparisons with panels.
pub(crate) const SYNCS: &str = "SYNC";
/// Lists the promo codes, in the index that lists a day's payments.
pub(crate) const PROMOS: &str = "PROMOS";
/// The partition of plans, traffic packages, stored settings and the health of providers.
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

pub(crate) fn dialog(user: UserId) -> Key {
    key(user_partition(user), DIALOG)
}

pub(crate) fn referrals(user: UserId) -> Key {
    key(user_partition(user), REFERRALS)
}

pub(crate) fn pace(user: UserId) -> Key {
    key(user_partition(user), PACE)
}

pub(crate) fn promo(code: &PromoCode) -> Key {
    key(format!("PROMO#{code}"), ALONE)
}

pub(crate) fn activation(code: &PromoCode, user: UserId) -> Key {
    key(promo(code).pk, format!("BY#{user}"))
}

pub(crate) fn subscription(user: UserId, no: SubscriptionNo) -> Key {
    key(user_partition(user), format!("{SUBSCRIPTION}{no}"))
}

pub(crate) fn method(user: UserId, id: MethodId) -> Key {
    key(user_partition(user), format!("{METHOD}{id}"))
}

pub(crate) fn gift(code: &GiftCode) -> Key {
    key(format!("GIFT#{code}"), ALONE)
}

/// Named after the payment, so that the clock's log tells no codes.
pub(crate) fn own_gift(giver: UserId, payment: PaymentId) -> Key {
    key(user_partition(giver), format!("{GIFT}{payment}"))
}

pub(crate) fn event(user: Option<UserId>, id: EventId) -> Key {
    let partition = user.map_or_else(|| "SHOP".to_owned(), user_partition);
    key(partition, format!("{EVENT}{}", id.sort_key()))
}

pub(crate) fn payment(id: PaymentId) -> Key {
    key(format!("PAY#{id}"), ALONE)
}

/// `digest` tells apart what came in the same millisecond.
pub(crate) fn callback(payment: PaymentId, at: Timestamp, digest: &str) -> Key {
    key(self::payment(payment).pk, format!("{CALL}{:015}#{digest}", at.as_millisecond().max(0)))
}

pub(crate) fn stray(provider: Provider, external_id: &str) -> Key {
    key(format!("STRAY#{provider}#{external_id}"), ALONE)
}

pub(crate) fn sheet(day: Date) -> Key {
    key(format!("SHEET#{day}"), ALONE)
}

pub(crate) fn sync(panel: &PanelId) -> Key {
    key(SYNCS, panel.to_string())
}

pub(crate) fn health(provider: Provider) -> Key {
    key(CATALOG, format!("{HEALTH}{provider}"))
}

/// The day (UTC) of a moment.
pub(crate) fn day_of(at: Timestamp) -> Date {
    Offset::UTC.to_datetime(at).date()
}

/// Where the payments of a day are listed.
pub(crate) fn day_partition(day: Date) -> String {
    format!("DAY#{day}")
}

pub(crate) fn referral_code(code: &ReferralCode) -> Key {
    key(format!("CODE#{code}"), ALONE)
}

pub(crate) fn plan(id: &PlanId) -> Key {
    key(CATALOG, format!("{PLAN}{id}"))
}

pub(crate) fn text(language: Language, key_of_text: &str) -> Key {
    key(CATALOG, format!("{TEXT}{language}#{key_of_text}"))
}

pub(crate) fn package(id: &PackageId) -> Key {
    key(CATALOG, format!("{PACKAGE}{id}"))
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

/// Where a record rings that belongs to no buyer.
pub(crate) fn shop_shard() -> String {
    due_partition(0)
}

/// Sortable seconds: equal width for any year that matters.
pub(crate) fn seconds(at: Timestamp) -> String {
    format!("{:012}", at.as_second().max(0))
}

/// What the alarm clock rang for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DueKey {
    /// A subscription.
    Subscription(UserId, SubscriptionNo),
    /// A payment.
    Payment(PaymentId),
    /// A gift of this giver, by its payment.
    Gift(UserId, PaymentId),
    /// A stray, by its provider and the provider's id of the money.
    Stray(Provider, String),
    /// The balance sheet of a day.
    Sheet(Date),
}

impl DueKey {
    pub(crate) fn parse(pk: &str, sk: &str) -> Option<Self> {
        if let Some(id) = pk.strip_prefix("PAY#") {
            return id.parse().ok().map(Self::Payment);
        }
        if let Some(name) = pk.strip_prefix("STRAY#") {
            // What follows the provider is foreign: it may hold anything, this sign too.
            let (provider, external_id) = name.split_once('#')?;
            return Some(Self::Stray(provider.parse().ok()?, external_id.to_owned()));
        }
        if let Some(day) = pk.strip_prefix("SHEET#") {
            return day.parse().ok().map(Self::Sheet);
        }
        let user = pk.strip_prefix("USER#")?.parse().ok()?;
        if let Some(payment) = sk.strip_prefix(GIFT) {
            return payment.parse().ok().map(|payment| Self::Gift(user, payment));
        }
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
        let method = method(user, MethodId::of(user, Provider::Wata, "x"));
        let gift = own_gift(user, PaymentId::derive(Timestamp::UNIX_EPOCH, "x"));
        for live in [profile(user), quote(user), subscription(user, SubscriptionNo(65_535)), method, gift] {
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
        let gift = own_gift(UserId(42), id);
        assert_eq!(DueKey::parse(&gift.pk, &gift.sk), Some(DueKey::Gift(UserId(42), id)));
        for external_id in ["22d6d597-000f", "a#b##", "", "STRAY#wata#x"] {
            let stray = stray(Provider::Wata, external_id);
            let found = DueKey::parse(&stray.pk, &stray.sk);
            assert_eq!(found, Some(DueKey::Stray(Provider::Wata, external_id.to_owned())));
        }
        let day = jiff::civil::date(2026, 11, 9);
        assert_eq!(DueKey::parse(&sheet(day).pk, &sheet(day).sk), Some(DueKey::Sheet(day)));
        for foreign in ["ONCE#x", "STRAY#nobody#x", "STRAY#wata", "SHEET#today", "USER#7"] {
            assert_eq!(DueKey::parse(foreign, "#"), None, "{foreign}");
        }
    }

    #[test]
    fn days_are_those_of_utc() {
        let day = |text: &str| day_partition(day_of(text.parse().unwrap()));
        assert_eq!(day("2026-11-20T23:59:59.999Z"), "DAY#2026-11-20");
        assert_eq!(day("2026-11-21T00:00:00+00:00"), "DAY#2026-11-21");
        assert_eq!(day("2026-11-21T02:59:59+03:00"), "DAY#2026-11-20");
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
