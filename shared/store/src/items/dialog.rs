//! What a buyer was asked.

use super::parts::{UserIdShape, item, shape_of};
use domain::{Dialog, Email, Topic, email::Proof};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_with::{DefaultOnError, DeserializeAs, DisplayFromStr, SerializeAs, serde_as};

/// No code stands here: it follows from these and a key that is not in the table.
#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Proof")]
struct ProofShape {
    #[serde_as(as = "DisplayFromStr")]
    email: Email,
    asked_at: Timestamp,
    #[serde(default)]
    wrong: u8,
}
shape_of!(ProofShape, Proof);

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
    #[serde_as(as = "DefaultOnError<Option<ProofShape>>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    proof: Option<Proof>,
    // `expires_at` is the table's TTL attribute, in seconds.
    #[serde(rename = "valid_until")]
    expires_at: Timestamp,
    version: u64,
}
item!(DialogItem, Dialog, "Shape");
