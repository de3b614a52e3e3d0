//! A day's balance sheet; sums are in minor units.

use super::parts::{item, shape_of};
use domain::{Row, Sheet};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_with::{DeserializeAs, DisplayFromStr, SerializeAs, serde_as};

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Row")]
struct RowShape {
    #[serde_as(as = "DisplayFromStr")]
    provider: domain::Provider,
    #[serde_as(as = "DisplayFromStr")]
    currency: domain::Currency,
    count: u64,
    created: i64,
    paid: i64,
    credited: i64,
    held: i64,
    refunded: i64,
    unasked: u64,
}
shape_of!(RowShape, Row);

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Sheet")]
struct Shape {
    day: Date,
    #[serde_as(as = "Vec<RowShape>")]
    rows: Vec<Row>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next_at: Option<Timestamp>,
    version: u64,
}
item!(SheetItem, Sheet, "Shape");
