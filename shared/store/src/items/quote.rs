//! A quote.

use super::{
    goods::GoodsShape,
    parts::{UserIdShape, is_default, item, shape_of},
};
use domain::{
    Goods, Money, Quote,
    quote::{Line, LineKind, Price},
};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_with::{DeserializeAs, DisplayFromStr, SerializeAs, serde_as};

#[derive(Serialize, Deserialize)]
#[serde(remote = "LineKind", rename_all = "snake_case")]
enum LineKindShape {
    Base,
    Promo,
    Balance,
}

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Line")]
struct LineShape {
    #[serde(with = "LineKindShape")]
    kind: LineKind,
    #[serde_as(as = "DisplayFromStr")]
    amount: Money,
}
shape_of!(LineShape, Line);

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Price")]
struct PriceShape {
    #[serde_as(as = "Vec<LineShape>")]
    lines: Vec<Line>,
    #[serde_as(as = "DisplayFromStr")]
    total: Money,
}
shape_of!(PriceShape, Price);

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Quote")]
struct Shape {
    #[serde_as(as = "DisplayFromStr")]
    id: domain::QuoteId,
    #[serde_as(as = "UserIdShape")]
    user: domain::UserId,
    #[serde_as(as = "DisplayFromStr")]
    no: domain::SubscriptionNo,
    // The attributes `terms` and `goods`.
    #[serde(flatten, with = "GoodsShape")]
    goods: Goods,
    #[serde_as(as = "Vec<PriceShape>")]
    prices: Vec<Price>,
    #[serde_as(as = "Option<DisplayFromStr>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    promo: Option<domain::PromoCode>,
    #[serde_as(as = "DisplayFromStr")]
    language: domain::Language,
    // `expires_at` is the table's TTL attribute, in seconds.
    #[serde(rename = "valid_until")]
    expires_at: Timestamp,
    #[serde(default, skip_serializing_if = "is_default")]
    save_method: bool,
    closed: bool,
    version: u64,
}
item!(QuoteItem, Quote, "Shape");
