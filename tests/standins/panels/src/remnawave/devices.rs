//! Devices (`/api/hwid`): which hardware a user's apps run on.

use super::{
    Family,
    reply::Reply,
    validate::{Field, Rule, check},
    version::Version,
    webhook::Event,
    world::{User, World, instant},
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

pub(super) struct Device {
    hwid: String,
    /// `platform`, `osVersion`, `deviceModel`, `userAgent`, `requestIp`, as the app sent them.
    details: Map<String, Value>,
    created_at: Timestamp,
}

const DETAILS: [&str; 5] = ["platform", "osVersion", "deviceModel", "userAgent", "requestIp"];

/// Shows the new way from 2.8 on, while 2.8 still asks the old way.
fn show(version: Version, user: &User, device: &Device) -> Value {
    let mut shown = json!({"hwid": device.hwid});
    if version < Version(2, 8, 0) {
        shown["userUuid"] = json!(user.uuid);
    } else {
        shown["userId"] = json!(user.id);
    }
    for name in details(version) {
        shown[*name] = device.details.get(*name).cloned().unwrap_or_default();
    }
    shown["createdAt"] = json!(instant(device.created_at));
    shown["updatedAt"] = json!(instant(device.created_at));
    shown
}

/// The address came with 2.8.
fn details(version: Version) -> &'static [&'static str] {
    if version < Version(2, 8, 0) { &DETAILS[..4] } else { &DETAILS }
}

/// The devices of the user at `index`, the newest first.
pub(super) fn list(world: &World, index: usize) -> Reply {
    let user = &world.users[index];
    let devices: Vec<_> = user.devices.iter().rev().map(|device| show(world.version, user, device)).collect();
    Reply::ok(json!({"total": devices.len(), "devices": devices}))
}

fn owner(family: Family) -> Field {
    match family {
        Family::V2 => Field::required("userUuid", Rule::Uuid),
        Family::V3 => Field::required("userId", Rule::Id),
    }
}

fn locate(world: &World, fields: &Map<String, Value>) -> Result<usize, Reply> {
    let found = match world.config.family {
        Family::V2 => world.find(|user| fields["userUuid"] == user.uuid.as_str()),
        Family::V3 => world.find(|user| fields["userId"] == user.id),
    };
    found.ok_or_else(|| Reply::domain("A025"))
}

fn hwid(fields: &Map<String, Value>) -> String {
    fields["hwid"].as_str().unwrap_or_default().to_owned()
}

pub(super) fn add(world: &mut World, body: &Value, now: Timestamp) -> Result<Reply, Reply> {
    let family = world.config.family;
    let mut rules = vec![Field::required("hwid", Rule::Hwid), owner(family)];
    rules.extend(details(world.version).iter().map(|name| Field::optional(name, Rule::Text)));
    let fields = check(family, "POST /api/hwid/devices", body, &rules, now)?;
    let index = locate(world, &fields)?;
    let hwid = hwid(&fields);
    if world.users[index].devices.iter().any(|device| device.hwid == hwid) {
        return Err(Reply::domain("A098"));
    }
    let details = fields.into_iter().filter(|(name, _)| DETAILS.contains(&name.as_str())).collect();
    register(world, index, (hwid, details), now);
    Ok(list(world, index))
}

/// An app that fetches the subscription is registered with what it says about itself.
pub(super) fn register(
    world: &mut World,
    index: usize,
    (hwid, details): (String, Map<String, Value>),
    now: Timestamp,
) {
    world.users[index].devices.push(Device { hwid, details, created_at: now });
    let user = &world.users[index];
    let shown = user.devices.last().map(|device| show(world.version, user, device)).unwrap_or_default();
    report(world, "user_hwid_devices.added", index, shown, now);
}

pub(super) fn remove(world: &mut World, body: &Value, now: Timestamp) -> Result<Reply, Reply> {
    let family = world.config.family;
    let rules = [owner(family), Field::required("hwid", Rule::Text)];
    let fields = check(family, "POST /api/hwid/devices/delete", body, &rules, now)?;
    let index = locate(world, &fields)?;
    let hwid = hwid(&fields);
    let position = world.users[index].devices.iter().position(|device| device.hwid == hwid);
    let device = world.users[index].devices.remove(position.ok_or_else(|| Reply::domain("A204"))?);
    let shown = show(world.version, &world.users[index], &device);
    report(world, "user_hwid_devices.deleted", index, shown, now);
    Ok(list(world, index))
}

/// Tells nobody, as the panel.
pub(super) fn remove_all(world: &mut World, body: &Value, now: Timestamp) -> Result<Reply, Reply> {
    let family = world.config.family;
    let fields = check(family, "POST /api/hwid/devices/delete-all", body, &[owner(family)], now)?;
    let index = locate(world, &fields)?;
    world.users[index].devices.clear();
    Ok(list(world, index))
}

fn report(world: &mut World, event: &'static str, index: usize, device: Value, now: Timestamp) {
    let user = world.show(&world.users[index]);
    world.report(Event::Device { event, device, user }, now);
}
