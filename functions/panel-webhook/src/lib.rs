//! `POST /webhook/panel` and `/webhook/panel/{panel}`: a panel says that accounts changed, or how they are used. Of the first
//! it is a hint only: if it is news, the provisioner looks at the panel and decides by what it finds there. The second the
//! buyer is told.

mod marzban;
mod remnawave;

use domain::{PanelId, usage};
use jiff::Timestamp;
use runtime::{Config, Edge, Endpoint, Failure, HttpResponse, PanelDoor, PanelKind, Request, StartError};
use shop::{
    delivery::node,
    hints::{Hint, hint},
};
use std::collections::BTreeMap;
use store::Store;

const MAX_BODY: usize = 1 << 20;

/// The function.
pub struct PanelWebhook {
    store: Store,
    doors: BTreeMap<PanelId, PanelDoor>,
}

impl Endpoint for PanelWebhook {
    fn new(edge: &Edge, config: &Config) -> Result<Self, StartError> {
        Ok(Self { store: edge.store(config), doors: config.panels.doors.clone() })
    }

    async fn answer(&self, request: Request, now: Timestamp) -> Result<HttpResponse, Failure> {
        if request.body.len() > MAX_BODY {
            return Ok(HttpResponse::text(413, "too large"));
        }
        let named = request.path.strip_prefix("/webhook/panel/").map(str::parse::<PanelId>);
        let Ok(id) = named.unwrap_or_else(|| Ok(PanelId::default())) else {
            return Ok(HttpResponse::text(404, "no such panel"));
        };
        let Some(door) = self.doors.get(&id) else { return Ok(HttpResponse::text(404, "no such panel")) };
        let Some(secret) = &door.secret else {
            return Err(Failure::Unauthorized(format!("no WEBHOOK_SECRET of panel {id} is set")));
        };
        let told = match door.kind {
            PanelKind::Remnawave => remnawave::read(secret, &request, now),
            PanelKind::Marzban => marzban::read(secret, &request, now),
        };
        let told = match told {
            Ok(told) => told,
            Err(Refused::Malformed) => return Ok(HttpResponse::text(400, "not an event")),
            Err(Refused::Unproved(why)) => return Err(Failure::Unauthorized(why)),
        };
        if let Some(NodeNews { name, up, key }) = told.node {
            tracing::warn!(panel.id = %id, node = name, up, "panel event");
            node(&self.store, (&id, &name, up), &key, now).await?;
        }
        for hinted in told.hints {
            let hinted = Hint { panel: id.clone(), ..hinted };
            let news = hint(&self.store, &hinted, now).await?;
            tracing::info!(panel.id = %id, event = hinted.event, panel.user = hinted.username, news, "panel event");
        }
        Ok(HttpResponse::text(200, "ok"))
    }
}

/// A share of the traffic that was reached but is not all of it.
fn below_all(percent: u64) -> u8 {
    u8::try_from(percent).unwrap_or(usage::ALL).min(usage::ALL - 1)
}

/// What a delivery says.
#[derive(Default)]
struct Told {
    /// About accounts.
    hints: Vec<Hint>,
    /// About a server.
    node: Option<NodeNews>,
}

/// A server was lost, or is back.
struct NodeNews {
    name: String,
    up: bool,
    /// Names the delivery.
    key: String,
}

/// Why a delivery is not taken.
enum Refused {
    /// It cannot be read.
    Malformed,
    /// It does not come from the panel, and why.
    Unproved(String),
}
