//! What a buyer was asked.

use super::parts::{UserIdShape, item};
use domain::{Dialog, Topic};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_with::{DefaultOnError, DisplayFromStr, serde_as};

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Dialog")]
struct Shape {
    #[serde_as(as = "UserIdShape")]
    user: domain::UserId,
    // What a newer version asked is nothing to an older one.
    #[serde_as(as = "DefaultOnError<Option<DisplayFromStr>>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    topic: Option<Topic>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    draft: Option<String>,
    // `expires_at` is the table's TTL attribute, in seconds.
    #[serde(rename = "valid_until")]
    expires_at: Timestamp,
    version: u64,
}
item!(DialogItem, Dialog, "Shape");
