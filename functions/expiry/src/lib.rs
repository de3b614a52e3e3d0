//! Every minute: reminders, ends, renewals, deliveries that did not arrive, payments and refunds that nobody reported. Its
//! cost follows what is due, not how many subscriptions exist.
//!
//! Once a day the schedule sends `{"task":"sheet"}`: the balance sheet of the day before begins, and the rounds that
//! follow count it page by page.

use jiff::Timestamp;
use payments::Gateways;
use runtime::{Edge, Failure, Function, StartError};
use serde_json::{Value, json};
use shop::{Rulebook, clock::ring, sheets};
use store::Store;

/// The function.
pub struct Expiry {
    store: Store,
    gateways: Gateways,
    rules: Rulebook,
}

impl Function for Expiry {
    type Event = Value;
    type Answer = Value;

    async fn start(edge: &Edge) -> Result<Self, StartError> {
        let config = edge.config().await?;
        let rules = config.settings.shop.rules.clone();
        Ok(Self { store: edge.store(&config), gateways: config.gateways.clone(), rules })
    }

    async fn handle(&self, schedule: Value, now: Timestamp) -> Result<Value, Failure> {
        if schedule["task"] == "sheet" {
            let day = sheets::begin(&self.store, now).await?;
            return Ok(json!({ "sheet": day.to_string() }));
        }
        let round = ring(&self.store, &self.gateways, &self.rules, now).await?;
        tracing::info!(
            subscriptions = round.subscriptions,
            payments = round.payments,
            others = round.others,
            failed = round.failed,
            more = round.more,
            "round"
        );
        Ok(
            json!({ "subscriptions": round.subscriptions, "payments": round.payments, "failed": round.failed }),
        )
    }
}
