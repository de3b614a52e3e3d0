//! A stray, with the whole report that came. Only a token that came with it is left out: it belongs to a saved method
//! of a known buyer, and a stray has none.

use super::parts::item;
use domain::{
    Money, Stray,
    credit::{Report, SavedToken, Status},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_with::{DisplayFromStr, serde_as};

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Status", rename_all = "snake_case")]
enum StatusShape {
    Pending,
    Paid(#[serde_as(as = "DisplayFromStr")] Money),
    Canceled(String),
    Refunded(#[serde_as(as = "DisplayFromStr")] Money),
    RefundedPart {
        refund: String,
        #[serde_as(as = "DisplayFromStr")]
        amount: Money,
    },
    RefundFailed(String),
    Disputed(String),
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Report")]
struct ReportShape {
    external_id: String,
    #[serde(with = "StatusShape")]
    status: Status,
    test: bool,
    #[serde(skip)]
    saved: Option<SavedToken>,
}

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Stray")]
struct Shape {
    #[serde_as(as = "DisplayFromStr")]
    provider: domain::Provider,
    external_id: String,
    #[serde_as(as = "Option<DisplayFromStr>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payment: Option<domain::PaymentId>,
    #[serde(with = "ReportShape")]
    report: Report,
    at: Timestamp,
    tries: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next_at: Option<Timestamp>,
    resolved: bool,
    version: u64,
}
item!(StrayItem, Stray, "Shape");
