//! A subscription.

use super::parts::{AppliedShape, ObservedShape, TermsShape, UserIdShape, item};
use domain::{Applied, Observed, Subscription, Terms, provisioning::Cause, upkeep::Stage};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_with::{DisplayFromStr, serde_as};

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Subscription")]
struct Shape {
    #[serde_as(as = "UserIdShape")]
    user: domain::UserId,
    #[serde_as(as = "DisplayFromStr")]
    no: domain::SubscriptionNo,
    #[serde(with = "TermsShape")]
    terms: Terms,
    trial: bool,
    started_at: Timestamp,
    end: Timestamp,
    revision: u64,
    #[serde_as(as = "Option<AppliedShape>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    applied: Option<Applied>,
    #[serde_as(as = "Vec<DisplayFromStr>")]
    #[serde(default)]
    pending: Vec<Cause>,
    #[serde_as(as = "Option<ObservedShape>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    observed: Option<Observed>,
    #[serde_as(as = "DisplayFromStr")]
    stage: Stage,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next_at: Option<Timestamp>,
    version: u64,
}
item!(SubscriptionItem, Subscription, "Shape");
