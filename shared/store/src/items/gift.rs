//! A gift, by its code and among what its giver has: the same shape twice.

use super::parts::{TermsShape, UserIdShape, is_default, item, shape_of};
use domain::{Gift, GiftCode, GiftOrder, GiftSecret, GiftState, Money, SubscriptionNo, Terms, UserId};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_with::{DeserializeAs, DisplayFromStr, SerializeAs, serde_as};

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "GiftOrder")]
pub(super) struct OrderShape {
    #[serde_as(as = "TermsShape")]
    terms: Terms,
    #[serde_as(as = "DisplayFromStr")]
    secret: GiftSecret,
    #[serde(default)]
    days: u16,
}
shape_of!(OrderShape, GiftOrder);

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "GiftState", rename_all = "snake_case", tag = "is")]
enum StateShape {
    Waiting,
    Opened {
        #[serde_as(as = "UserIdShape")]
        by: UserId,
        at: Timestamp,
        #[serde_as(as = "DisplayFromStr")]
        no: SubscriptionNo,
        granted: (Timestamp, Timestamp),
    },
    Returned {
        at: Timestamp,
        #[serde_as(as = "DisplayFromStr")]
        amount: Money,
    },
    Withdrawn {
        at: Timestamp,
    },
}

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Gift")]
struct Shape {
    #[serde_as(as = "DisplayFromStr")]
    code: GiftCode,
    #[serde_as(as = "UserIdShape")]
    giver: UserId,
    #[serde(default, skip_serializing_if = "is_default")]
    from: String,
    #[serde_as(as = "TermsShape")]
    terms: Terms,
    #[serde_as(as = "DisplayFromStr")]
    payment: domain::PaymentId,
    #[serde(with = "StateShape")]
    state: GiftState,
    bought_at: Timestamp,
    // `expires_at` is the table's TTL attribute.
    #[serde(rename = "waits_until")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "is_default")]
    reminded: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next_at: Option<Timestamp>,
    version: u64,
}
item!(GiftItem, Gift, "Shape");
