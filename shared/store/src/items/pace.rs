//! How fast somebody presses.

use super::parts::{UserIdShape, item};
use domain::Pace;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_with::serde_as;

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Pace")]
struct Shape {
    #[serde_as(as = "UserIdShape")]
    user: domain::UserId,
    minute: i64,
    count: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stopped_until: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    told_at: Option<Timestamp>,
    version: u64,
}
item!(PaceItem, Pace, "Shape");
