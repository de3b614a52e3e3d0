//! Every minute: reminders, ends, deliveries that did not arrive, payments that nobody reported. Its cost follows what is
//! due, not how many subscriptions exist.

use jiff::Timestamp;
use payments::Gateways;
use runtime::{Edge, Failure, Function, StartError};
use serde_json::{Value, json};
use shop::{Live, clock::ring};
use store::Store;

/// The function.
pub struct Expiry {
    store: Store,
    gateways: Gateways,
    live: Live,
}

impl Function for Expiry {
    type Event = Value;
    type Answer = Value;

    async fn start(edge: &Edge) -> Result<Self, StartError> {
        let config = edge.config().await?;
        let live = config.settings.shop.live;
        Ok(Self { store: edge.store(&config), gateways: edge.gateways(&config)?, live })
    }

    async fn handle(&self, _schedule: Value, now: Timestamp) -> Result<Value, Failure> {
        let round = ring(&self.store, &self.gateways, self.live, now).await?;
        tracing::info!(
            subscriptions = round.subscriptions,
            payments = round.payments,
            failed = round.failed,
            more = round.more,
            "round"
        );
        Ok(
            json!({ "subscriptions": round.subscriptions, "payments": round.payments, "failed": round.failed }),
        )
    }
}
