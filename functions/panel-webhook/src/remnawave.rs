//! Remnawave's notifications: one event a delivery, signed.

use super::Refused;
use domain::PanelId;
use jiff::Timestamp;
use panel::webhook;
use runtime::Request;
use secrecy::SecretString;
use shop::delivery::Hint;

/// What a delivery says about accounts.
pub(super) fn read(secret: &SecretString, request: &Request, now: Timestamp) -> Result<Vec<Hint>, Refused> {
    let signature = request.header("x-remnawave-signature");
    let event = match webhook::verify(secret, &request.body, signature, now) {
        Ok(event) => event,
        Err(webhook::WebhookError::Malformed) => return Err(Refused::Malformed),
        Err(error) => return Err(Refused::Unproved(error.to_string())),
    };
    let Some(username) = event.username() else {
        tracing::info!(event = event.event(), "panel event");
        return Ok(Vec::new());
    };
    Ok(vec![Hint {
        panel: PanelId::default(),
        username: username.to_owned(),
        event: event.event().to_owned(),
        end: event.end(),
        lost: matches!(event.event(), "user.deleted" | "user.disabled" | "user.revoked"),
        key: event.delivery_id().to_owned(),
    }])
}
