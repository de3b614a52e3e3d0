//! How well a provider works.

use super::parts::item;
use domain::ProviderHealth;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_with::{DisplayFromStr, serde_as};

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "ProviderHealth")]
struct Shape {
    #[serde_as(as = "DisplayFromStr")]
    provider: domain::Provider,
    failures: u32,
    silent: u32,
    failed_at: Timestamp,
    version: u64,
}
item!(HealthItem, ProviderHealth, "Shape");
