//! A plan.

use super::parts::{TermsShape, item};
use domain::{Money, Plan, Terms};
use serde::{Deserialize, Serialize};
use serde_with::{DisplayFromStr, serde_as};

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Plan")]
struct Shape {
    #[serde(with = "TermsShape")]
    terms: Terms,
    #[serde_as(as = "Vec<DisplayFromStr>")]
    prices: Vec<Money>,
    order: u32,
    visible: bool,
    version: u64,
}
item!(PlanItem, Plan, "Shape");
