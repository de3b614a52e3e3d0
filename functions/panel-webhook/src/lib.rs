//! `POST /webhook/panel`: the panel says that an account changed. A hint only: if it is news, the provisioner looks at
//! the panel and decides by what it finds there.

use jiff::Timestamp;
use panel::webhook;
use runtime::{Config, Edge, Endpoint, Failure, HttpResponse, Request, StartError};
use secrecy::SecretString;
use shop::delivery::{Hint, hint};
use store::Store;

const MAX_BODY: usize = 1 << 20;

/// The function.
pub struct PanelWebhook {
    store: Store,
    secret: Option<SecretString>,
}

impl Endpoint for PanelWebhook {
    fn new(edge: &Edge, config: &Config) -> Result<Self, StartError> {
        Ok(Self { store: edge.store(config), secret: config.secrets.panel_webhook.clone() })
    }

    async fn answer(&self, request: Request, now: Timestamp) -> Result<HttpResponse, Failure> {
        if request.body.len() > MAX_BODY {
            return Ok(HttpResponse::text(413, "too large"));
        }
        let Some(secret) = &self.secret else {
            return Err(Failure::Unauthorized(
                "PANEL_WEBHOOK_SECRET is not set, no panel is believed".into(),
            ));
        };
        let signature = request.header("x-remnawave-signature");
        let event = match webhook::verify(secret, &request.body, signature, now) {
            Ok(event) => event,
            Err(webhook::WebhookError::Malformed) => return Ok(HttpResponse::text(400, "not an event")),
            Err(error) => return Err(Failure::Unauthorized(error.to_string())),
        };
        if let Some(username) = event.username() {
            let lost = matches!(event.event(), "user.deleted" | "user.disabled" | "user.revoked");
            let hinted = Hint {
                username: username.to_owned(),
                event: event.event().to_owned(),
                end: event.end(),
                lost,
                key: event.delivery_id().to_owned(),
            };
            let news = hint(&self.store, &hinted, now).await?;
            tracing::info!(event = event.event(), panel.user = username, news, "panel event");
        } else {
            tracing::info!(event = event.event(), "panel event");
        }
        Ok(HttpResponse::text(200, "ok"))
    }
}
