//! A text in the operator's own words.

use super::parts::{UserIdShape, item};
use domain::{Language, OwnText};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_with::{DisplayFromStr, serde_as};

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "OwnText")]
struct Shape {
    key: String,
    #[serde_as(as = "DisplayFromStr")]
    language: Language,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde_as(as = "UserIdShape")]
    by: domain::UserId,
    at: Timestamp,
    version: u64,
}
item!(OwnTextItem, OwnText, "Shape");
