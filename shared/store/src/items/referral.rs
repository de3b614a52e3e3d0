//! What a person's friends brought, and what a payment did for whoever brought its buyer.

use super::{
    parts::{UserIdShape, is_default, item, shape_of},
    user::WalletShape,
};
use domain::{
    PaymentId, Referrals, Reward, UserId, Wallet,
    referral::{Bonus, Earned},
};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_with::{DeserializeAs, DisplayFromStr, SerializeAs, serde_as};

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Bonus")]
struct BonusShape {
    #[serde_as(as = "DisplayFromStr")]
    payment: PaymentId,
    #[serde_as(as = "DisplayFromStr")]
    reward: Reward,
}
shape_of!(BonusShape, Bonus);

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Earned")]
pub(super) struct EarnedShape {
    #[serde_as(as = "UserIdShape")]
    inviter: UserId,
    #[serde_as(as = "Option<DisplayFromStr>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reward: Option<Reward>,
    #[serde_as(as = "Option<DisplayFromStr>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bonus: Option<Reward>,
}
shape_of!(EarnedShape, Earned);

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Referrals")]
struct Shape {
    #[serde_as(as = "UserIdShape")]
    user: UserId,
    #[serde(default)]
    invited: u32,
    #[serde(default)]
    bought: u32,
    #[serde(default)]
    days: u32,
    #[serde(default, skip_serializing_if = "Wallet::is_empty", with = "WalletShape")]
    money: Wallet,
    #[serde(default, skip_serializing_if = "is_default")]
    waiting: u16,
    #[serde(default, skip_serializing_if = "is_default")]
    recent: Vec<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first_purchase: Option<Timestamp>,
    #[serde_as(as = "Option<BonusShape>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bonus: Option<Bonus>,
    version: u64,
}
item!(ReferralsItem, Referrals, "Shape");
