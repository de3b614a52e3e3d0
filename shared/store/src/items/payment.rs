//! A payment.

use super::{
    goods::GoodsShape,
    parts::{UserIdShape, is_default, item, shape_of},
    promo::ReductionShape,
    referral::EarnedShape,
};
use domain::{Goods, Money, Payment, Reduction, Refund, referral::Earned};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_with::{DeserializeAs, DisplayFromStr, SerializeAs, serde_as};

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Refund")]
struct RefundShape {
    no: u32,
    #[serde_as(as = "DisplayFromStr")]
    amount: Money,
    #[serde_as(as = "DisplayFromStr")]
    time: domain::TimePolicy,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    requested_at: Timestamp,
    #[serde_as(as = "DisplayFromStr")]
    before: domain::PaymentState,
}
shape_of!(RefundShape, Refund);

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Payment")]
struct Shape {
    #[serde_as(as = "DisplayFromStr")]
    id: domain::PaymentId,
    #[serde_as(as = "UserIdShape")]
    user: domain::UserId,
    #[serde_as(as = "DisplayFromStr")]
    provider: domain::Provider,
    #[serde_as(as = "DisplayFromStr")]
    amount: Money,
    #[serde_as(as = "Option<DisplayFromStr>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from_balance: Option<Money>,
    #[serde_as(as = "Option<ReductionShape>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    promo: Option<Reduction>,
    // The attributes `terms` and `goods`.
    #[serde(flatten, with = "GoodsShape")]
    goods: Goods,
    #[serde_as(as = "DisplayFromStr")]
    no: domain::SubscriptionNo,
    #[serde_as(as = "DisplayFromStr")]
    quote: domain::QuoteId,
    #[serde_as(as = "DisplayFromStr")]
    state: domain::PaymentState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pay_url: Option<String>,
    created_at: Timestamp,
    // `expires_at` is the table's TTL attribute; a payment is kept for ever.
    #[serde(rename = "payable_until")]
    expires_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    paid_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "is_default")]
    save_method: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    recurring: bool,
    #[serde_as(as = "Option<DisplayFromStr>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    charge: Option<domain::MethodId>,
    #[serde_as(as = "Option<DisplayFromStr>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    received: Option<Money>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    granted: Option<(Timestamp, Timestamp)>,
    #[serde(default, skip_serializing_if = "is_default")]
    refunded: i64,
    #[serde(default, skip_serializing_if = "is_default")]
    to_balance: i64,
    #[serde_as(as = "Option<EarnedShape>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    earned: Option<Earned>,
    #[serde_as(as = "Option<RefundShape>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refund: Option<Refund>,
    version: u64,
}
item!(PaymentItem, Payment, "Shape");
