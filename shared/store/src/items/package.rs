//! A traffic package.

use super::parts::item;
use domain::{Money, Package, PackageId};
use serde::{Deserialize, Serialize};
use serde_with::{DisplayFromStr, serde_as};

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Package")]
struct Shape {
    #[serde_as(as = "DisplayFromStr")]
    id: PackageId,
    bytes: u64,
    #[serde_as(as = "Vec<DisplayFromStr>")]
    prices: Vec<Money>,
    order: u32,
    visible: bool,
    version: u64,
}
item!(PackageItem, Package, "Shape");
