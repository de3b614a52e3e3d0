//! A saved way to pay.
//!
//! The token is a secret of low power: without the shop's own key at the provider it charges nothing. It is stored as
//! it is, in a table that is encrypted at rest, and never printed: the domain type has no token in its `Debug`.

use super::parts::{UserIdShape, item};
use domain::SavedMethod;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_with::{DisplayFromStr, serde_as};

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "SavedMethod")]
struct Shape {
    #[serde_as(as = "DisplayFromStr")]
    id: domain::MethodId,
    #[serde_as(as = "UserIdShape")]
    user: domain::UserId,
    #[serde_as(as = "DisplayFromStr")]
    provider: domain::Provider,
    token: String,
    title: String,
    default: bool,
    created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deleted_at: Option<Timestamp>,
    version: u64,
}
item!(MethodItem, SavedMethod, "Shape");
