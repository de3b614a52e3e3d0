//! Remnawave's notifications: one event a delivery, signed.

use super::{NodeNews, Refused, Told};
use domain::PanelId;
use jiff::Timestamp;
use panel::webhook::{self, Kind};
use runtime::Request;
use secrecy::SecretString;
use shop::delivery::Hint;

/// What a delivery says.
pub(super) fn read(secret: &SecretString, request: &Request, now: Timestamp) -> Result<Told, Refused> {
    let signature = request.header("x-remnawave-signature");
    let event = match webhook::verify(secret, &request.body, signature, now) {
        Ok(event) => event,
        Err(webhook::WebhookError::Malformed) => return Err(Refused::Malformed),
        Err(error) => return Err(Refused::Unproved(error.to_string())),
    };
    let details = event.details();
    let up = match details.kind {
        Kind::NodeLost => Some(false),
        Kind::NodeRestored => Some(true),
        _ => None,
    };
    let server = details.node.as_ref().map(|node| node.name.clone());
    let node = server.zip(up).map(|(name, up)| NodeNews { name, up, key: event.delivery_id().to_owned() });
    let hint = event.username().map(|username| Hint {
        panel: PanelId::default(),
        username: username.to_owned(),
        event: event.event().to_owned(),
        end: event.end(),
        lost: matches!(details.kind, Kind::UserDeleted | Kind::UserDisabled | Kind::UserRevoked),
        key: event.delivery_id().to_owned(),
    });
    if hint.is_none() && node.is_none() {
        tracing::info!(event = event.event(), "panel event");
    }
    Ok(Told { hints: hint.into_iter().collect(), node })
}
