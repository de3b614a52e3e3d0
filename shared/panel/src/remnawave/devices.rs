//! The devices of an account (`/api/hwid`).

use super::{Remnawave, loose, user::User, wire};
use crate::{AccountKey, Device, PanelError};
use reqwest::Method;
use serde_json::{Map, Value};
use std::cmp::Reverse;

/// The account's devices; none if there is no such account.
pub(super) async fn list(panel: &Remnawave, key: &AccountKey) -> Result<Vec<Device>, PanelError> {
    match panel.find(&key.username).await? {
        Some(user) => of(panel, &user).await,
        None => Ok(Vec::new()),
    }
}

async fn of(panel: &Remnawave, user: &User) -> Result<Vec<Device>, PanelError> {
    let answer = panel.call(Method::GET, &["hwid", "devices", &user.segment()], None).await;
    left(answer)
}

/// Forgets one. It may have gone already, by an earlier try of ours too; then the rest is asked for.
pub(super) async fn forget(
    panel: &Remnawave,
    key: &AccountKey,
    hwid: &str,
) -> Result<Vec<Device>, PanelError> {
    let Some(user) = panel.find(&key.username).await? else { return Ok(Vec::new()) };
    let mut body = about(&user);
    body.insert("hwid".to_owned(), hwid.into());
    let answer = panel.call(Method::POST, &["hwid", "devices", "delete"], Some(&Value::Object(body))).await;
    match answer {
        Err(PanelError::Refused { code: Some(code), .. }) if code == "A204" => of(panel, &user).await,
        answer => left(answer),
    }
}

/// Forgets all. Panels before 2.1 only take them one by one.
pub(super) async fn forget_all(panel: &Remnawave, key: &AccountKey) -> Result<(), PanelError> {
    let Some(user) = panel.find(&key.username).await? else { return Ok(()) };
    let body = Value::Object(about(&user));
    match panel.call(Method::POST, &["hwid", "devices", "delete-all"], Some(&body)).await {
        Ok(_) => Ok(()),
        Err(error) if error.is_absent() => Ok(()),
        Err(error) if wire::is_unrouted(&error) => {
            for device in of(panel, &user).await? {
                forget(panel, key, &device.hwid).await?;
            }
            Ok(())
        }
        Err(error) => Err(error),
    }
}

fn about(user: &User) -> Map<String, Value> {
    let (name, value) = user.device_key();
    Map::from_iter([(name.to_owned(), value)])
}

/// The devices in an answer, the newest first; none of an account that is gone.
fn left(answer: Result<Value, PanelError>) -> Result<Vec<Device>, PanelError> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) if error.is_absent() => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let list = answer["devices"]
        .as_array()
        .ok_or_else(|| PanelError::Garbage { cause: "no list of devices".to_owned() })?;
    let mut devices: Vec<_> = list.iter().filter_map(read).collect();
    if devices.len() < list.len() {
        tracing::warn!(skipped = list.len() - devices.len(), "devices that cannot be read");
    }
    devices.sort_by_key(|device| Reverse(device.added_at));
    Ok(devices)
}

/// A device of any version; whose it is (a UUID, from 2.8 on a number) and its address are not read.
pub(super) fn read(device: &Value) -> Option<Device> {
    Some(Device {
        hwid: loose::text(&device["hwid"])?,
        platform: loose::text(&device["platform"]),
        os_version: loose::text(&device["osVersion"]),
        model: loose::text(&device["deviceModel"]),
        user_agent: loose::text(&device["userAgent"]),
        added_at: loose::instant(&device["createdAt"])?,
    })
}
