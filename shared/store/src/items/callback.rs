//! What a provider said about a payment. Not a record: it has no version and ends by itself.

use domain::Provider;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_with::{DisplayFromStr, serde_as};

/// The stored form.
#[serde_as]
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CallbackItem {
    pub at: Timestamp,
    #[serde_as(as = "DisplayFromStr")]
    pub provider: Provider,
    pub body: String,
}
