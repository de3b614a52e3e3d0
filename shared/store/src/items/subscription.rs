//! A subscription.

use super::parts::{
    AppliedShape, ExtraShape, LeavingShape, ObservedShape, TermsShape, UserIdShape, is_default, item,
};
use domain::{
    Applied, Extra, Leaving, Observed, Provider, Renewal, Resets, Subscription, Terms, provisioning::Cause,
    upkeep::Stage,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_with::{DisplayFromStr, serde_as};

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Renewal", rename_all = "snake_case")]
enum RenewalShape {
    Off,
    Charge,
    Provider {
        #[serde_as(as = "DisplayFromStr")]
        provider: Provider,
        reference: String,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Resets")]
struct ResetsShape {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    link: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    devices: Option<Timestamp>,
}

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Subscription")]
struct Shape {
    #[serde_as(as = "UserIdShape")]
    user: domain::UserId,
    #[serde_as(as = "DisplayFromStr")]
    no: domain::SubscriptionNo,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(with = "TermsShape")]
    terms: Terms,
    #[serde_as(as = "Vec<ExtraShape>")]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    extras: Vec<Extra>,
    trial: bool,
    started_at: Timestamp,
    end: Timestamp,
    revision: u64,
    #[serde_as(as = "Option<AppliedShape>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    applied: Option<Applied>,
    #[serde_as(as = "Vec<LeavingShape>")]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    leaving: Vec<Leaving>,
    #[serde_as(as = "Vec<DisplayFromStr>")]
    #[serde(default)]
    pending: Vec<Cause>,
    #[serde_as(as = "Option<ObservedShape>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    observed: Option<Observed>,
    #[serde_as(as = "DisplayFromStr")]
    stage: Stage,
    #[serde(default, skip_serializing_if = "is_default", with = "RenewalShape")]
    renewal: Renewal,
    #[serde(default, skip_serializing_if = "is_default")]
    attempts: u8,
    #[serde(default, skip_serializing_if = "is_default", with = "ResetsShape")]
    resets: Resets,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next_at: Option<Timestamp>,
    version: u64,
}
item!(SubscriptionItem, Subscription, "Shape");
