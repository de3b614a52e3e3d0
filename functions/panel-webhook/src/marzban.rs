//! Marzban's notifications: many items a delivery, proved by a word in a header.

use super::{Refused, Told};
use domain::PanelId;
use jiff::Timestamp;
use panel::marzban::webhook::{Event, WebhookError, verify};
use runtime::Request;
use secrecy::SecretString;
use shop::delivery::Hint;

/// Repetitions of an item come within minutes; later the same words mean something new.
const REPEATS_WITHIN: i64 = 15 * 60;

/// What a delivery says.
pub(super) fn read(secret: &SecretString, request: &Request, now: Timestamp) -> Result<Told, Refused> {
    let header = request.header("x-webhook-secret");
    match verify(secret, header.map(str::as_bytes), &request.body) {
        Ok(events) => Ok(Told { hints: events.iter().map(|event| hinted(event, now)).collect(), node: None }),
        Err(WebhookError::Malformed) => Err(Refused::Malformed),
        Err(error) => Err(Refused::Unproved(error.to_string())),
    }
}

fn hinted(event: &Event, now: Timestamp) -> Hint {
    let window = now.as_second().div_euclid(REPEATS_WITHIN);
    Hint {
        panel: PanelId::default(),
        username: event.username.clone(),
        event: event.action.clone(),
        end: event.end(),
        lost: matches!(&*event.action, "user_deleted" | "user_disabled" | "subscription_revoked"),
        key: format!("{}/{window}", event.delivery_id()),
    }
}
