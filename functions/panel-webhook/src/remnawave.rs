//! Remnawave's notifications: one event a delivery, signed.

use super::{NodeNews, Refused, Told, below_all};
use domain::{
    PanelId,
    usage::{ALL, News, Report},
};
use jiff::Timestamp;
use panel::{
    Device,
    webhook::{self, Event, Kind, User},
};
use runtime::Request;
use secrecy::SecretString;
use shop::hints::{Hint, Says};

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
    let hint = details.user.as_ref().map(|user| Hint {
        panel: PanelId::default(),
        username: user.username.clone(),
        telegram_id: user.telegram_id,
        event: details.name.clone(),
        end: user.end,
        says: says(details, user, event.delivery_id()),
        key: event.delivery_id().to_owned(),
    });
    if hint.is_none() && node.is_none() {
        tracing::info!(event = event.event(), "panel event");
    }
    Ok(Told { hints: hint.into_iter().collect(), node })
}

fn says(event: &Event, user: &User, delivery: &str) -> Says {
    let reset = user.reset_at.map_or_else(|| "first".to_owned(), |at| at.to_string());
    let report =
        |news, period| Says::Use(Report { news, at: event.at, used: user.used, period: Some(period) });
    match event.kind {
        Kind::UserDeleted => Says::Deleted,
        Kind::UserDisabled => Says::Disabled,
        Kind::UserRevoked => Says::Revoked(user.link.clone()),
        Kind::UserExpired | Kind::Expiration { hours: Some(1..) } => Says::Expired,
        Kind::TrafficReset => Says::Reset { used: user.used.unwrap_or(0), at: event.at },
        Kind::UserLimited => report(News::Traffic { percent: ALL }, reset),
        Kind::ThresholdReached => match user.threshold {
            Some(percent) => report(News::Traffic { percent: below_all(percent) }, reset),
            None => Says::Nothing,
        },
        Kind::FirstConnected => report(News::FirstConnection, String::new()),
        Kind::NotConnected { hours } => report(News::NotConnected, hours.unwrap_or(0).to_string()),
        Kind::DeviceAdded => {
            let device = event.device.as_ref().map(name_of).unwrap_or_default();
            report(News::DeviceAdded { device }, delivery.to_owned())
        }
        _ => Says::Nothing,
    }
}

/// `Pixel 8, Android 14`; of an app that says neither, its own name.
fn name_of(device: &Device) -> String {
    let platform = [device.platform.as_deref(), device.os_version.as_deref()];
    let platform = platform.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let parts = [device.model.clone(), Some(platform).filter(|platform| !platform.is_empty())];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    match parts.as_slice() {
        [] => device.user_agent.clone().unwrap_or_default(),
        parts => parts.join(", "),
    }
}
