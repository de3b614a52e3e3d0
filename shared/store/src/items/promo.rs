//! Promo codes, who used them, and what they left on a buyer and a payment.

use super::parts::{UserIdShape, is_default, item, shape_of};
use domain::{Activation, Guesses, Hold, Money, Promo, PromoCode, PromoEffect, Promos, Reduction};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_with::{DeserializeAs, DisplayFromStr, SerializeAs, serde_as};

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Hold")]
struct HoldShape {
    #[serde_as(as = "UserIdShape")]
    user: domain::UserId,
    #[serde_as(as = "DisplayFromStr")]
    quote: domain::QuoteId,
    until: Timestamp,
}
shape_of!(HoldShape, Hold);

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Promo")]
struct Shape {
    #[serde_as(as = "DisplayFromStr")]
    code: PromoCode,
    #[serde_as(as = "DisplayFromStr")]
    effect: PromoEffect,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    limit: Option<u32>,
    per_user: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
    #[serde_as(as = "Vec<DisplayFromStr>")]
    #[serde(default, skip_serializing_if = "is_default")]
    plans: Vec<domain::PlanId>,
    #[serde_as(as = "Option<DisplayFromStr>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    min: Option<Money>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    off: bool,
    #[serde(default)]
    used: u32,
    #[serde_as(as = "Vec<HoldShape>")]
    #[serde(default, skip_serializing_if = "is_default")]
    holds: Vec<Hold>,
    created_at: Timestamp,
    version: u64,
}
item!(PromoItem, Promo, "Shape");

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Activation")]
struct ActivationShape {
    #[serde_as(as = "DisplayFromStr")]
    code: PromoCode,
    #[serde_as(as = "UserIdShape")]
    user: domain::UserId,
    count: u32,
    at: Timestamp,
    version: u64,
}
item!(ActivationItem, Activation, "ActivationShape");

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Reduction")]
pub(super) struct ReductionShape {
    #[serde_as(as = "DisplayFromStr")]
    code: PromoCode,
    #[serde_as(as = "DisplayFromStr")]
    off: Money,
}
shape_of!(ReductionShape, Reduction);

#[derive(Serialize, Deserialize)]
#[serde(remote = "Guesses")]
struct GuessesShape {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
    #[serde(default)]
    count: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    day: Option<Timestamp>,
    #[serde(default)]
    of_day: u32,
}

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Promos")]
pub(super) struct PromosShape {
    #[serde_as(as = "Option<DisplayFromStr>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    chosen: Option<PromoCode>,
    #[serde(default, skip_serializing_if = "is_default")]
    trial_days: u16,
    #[serde(default, skip_serializing_if = "is_default", with = "GuessesShape")]
    guesses: Guesses,
}
