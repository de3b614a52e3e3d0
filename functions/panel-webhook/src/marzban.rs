//! Marzban's notifications: many items a delivery, proved by a word in a header.

use super::{Refused, Told, below_all};
use domain::{
    PanelId,
    usage::{ALL, News, Report},
};
use jiff::Timestamp;
use panel::marzban::webhook::{Event, WebhookError, verify};
use runtime::Request;
use secrecy::SecretString;
use shop::hints::{Hint, Says};

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
        telegram_id: None,
        event: event.action.clone(),
        end: event.end(),
        says: says(event, now),
        key: format!("{}/{window}", event.delivery_id()),
    }
}

/// Days left (`reached_days_left`) are not taken from it: reminders follow our own clock.
fn says(event: &Event, now: Timestamp) -> Says {
    let user = event.user.as_ref();
    let used = user.map(|user| user.used_traffic);
    // It carries no time and names no reset period.
    let traffic =
        |percent| Says::Use(Report { news: News::Traffic { percent }, at: now, used, period: None });
    match &*event.action {
        "user_deleted" => Says::Deleted,
        "user_disabled" => Says::Disabled,
        "user_expired" => Says::Expired,
        "subscription_revoked" => Says::Revoked(user.and_then(|user| user.link.clone())),
        "user_limited" => traffic(ALL),
        "reached_usage_percent" => event.used_percent.map_or(Says::Nothing, |used| traffic(below_all(used))),
        "data_usage_reset" | "data_reset_by_next" => Says::Reset { used: used.unwrap_or(0), at: now },
        _ => Says::Nothing,
    }
}
