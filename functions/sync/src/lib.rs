//! Every minute: goes on with the comparison of each panel with the shop, if one is due or an operator asked for it. While
//! none is, a tick is one query.

use jiff::Timestamp;
use panel::Panels;
use runtime::{Edge, Failure, Function, StartError};
use serde_json::{Value, json};
use shop::sync::{Schedule, turn};
use store::Store;

/// The function.
pub struct Sync {
    store: Store,
    panels: Panels,
    schedule: Schedule,
}

impl Function for Sync {
    type Event = Value;
    type Answer = Value;

    async fn start(edge: &Edge) -> Result<Self, StartError> {
        let config = edge.config().await?;
        let (panels, schedule) = (config.panels.panels.clone(), config.settings.sync);
        Ok(Self { store: edge.store(&config), panels, schedule })
    }

    async fn handle(&self, _tick: Value, now: Timestamp) -> Result<Value, Failure> {
        let turned = turn(&self.store, &self.panels, self.schedule, now).await?;
        if turned.unauthorized {
            return Err(Failure::KeyRefused("panel".into()));
        }
        Ok(json!({ "runs": turned.runs, "checked": turned.checked, "ended": turned.ended }))
    }
}
