//! A buyer.

use super::parts::{UserIdShape, item};
use domain::{User, UserId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_with::{DisplayFromStr, serde_as};

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "User")]
struct Shape {
    #[serde_as(as = "UserIdShape")]
    id: UserId,
    first_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    #[serde_as(as = "DisplayFromStr")]
    language: domain::Language,
    registered_at: Timestamp,
    #[serde_as(as = "DisplayFromStr")]
    referral_code: domain::ReferralCode,
    #[serde_as(as = "Option<UserIdShape>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    referrer: Option<UserId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    campaign: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trial_at: Option<Timestamp>,
    #[serde(default)]
    unreachable: bool,
    version: u64,
}
item!(UserItem, User, "Shape");
