//! The comparison of a panel with the shop.

use super::parts::{UserIdShape, item, shape_of};
use domain::{
    PanelId, Sync, UserId,
    sync::{Counts, Depth, Finding},
};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_with::{DeserializeAs, DisplayFromStr, SerializeAs, serde_as};

#[derive(Serialize, Deserialize)]
#[serde(remote = "Counts")]
pub(super) struct CountsShape {
    checked: u64,
    found: u64,
    drifted: u64,
    missing: u64,
    movable: u64,
    created: u64,
    updated: u64,
    foreign: u64,
    errors: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Finding")]
struct FindingShape {
    what: String,
    username: String,
    detail: String,
}
shape_of!(FindingShape, Finding);

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Sync")]
struct Shape {
    #[serde_as(as = "DisplayFromStr")]
    panel: PanelId,
    run: u32,
    #[serde_as(as = "DisplayFromStr")]
    depth: Depth,
    #[serde_as(as = "Option<UserIdShape>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asked_by: Option<UserId>,
    started_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
    accounts_done: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
    #[serde(with = "CountsShape")]
    counts: Counts,
    #[serde_as(as = "Vec<FindingShape>")]
    findings: Vec<Finding>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    panel_version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trouble: Option<String>,
    failures: u32,
    next_at: Timestamp,
    version: u64,
}
item!(SyncItem, Sync, "Shape");
