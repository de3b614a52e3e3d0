//! Servers: only what a panel tells of them.

use super::{
    reply::Reply,
    version::Version,
    world::{World, instant},
};
use jiff::Timestamp;
use serde_json::{Value, json};

/// A server behind the panel.
pub(super) struct Node {
    pub(super) name: String,
    pub(super) connected: bool,
    pub(super) disabled: bool,
    pub(super) online: u64,
    uuid: String,
    created_at: Timestamp,
}

impl Node {
    pub(super) fn new(name: &str, uuid: String, now: Timestamp) -> Self {
        Self { name: name.to_owned(), connected: true, disabled: false, online: 0, uuid, created_at: now }
    }
}

/// `GET /api/nodes`.
pub(super) fn list(world: &World) -> Reply {
    Reply::ok((0..world.nodes.len()).map(|index| show(world, index)).collect())
}

/// The server at `index` as the panel's version shows it.
pub(super) fn show(world: &World, index: usize) -> Value {
    let node = &world.nodes[index];
    let created = instant(node.created_at);
    let mut shown = json!({
        "uuid": node.uuid, "name": node.name, "address": "192.0.2.1", "port": 2222,
        "isConnected": node.connected, "isDisabled": node.disabled, "isConnecting": false,
        "lastStatusChange": created, "lastStatusMessage": null, "isTrafficTrackingActive": false,
        "trafficResetDay": 1, "trafficLimitBytes": 0, "trafficUsedBytes": 0, "notifyPercent": 0,
        "viewPosition": index + 1, "countryCode": "DE", "consumptionMultiplier": 1,
        "createdAt": created, "updatedAt": created,
        "configProfile": {"activeConfigProfileUuid": null, "activeInbounds": []},
        "providerUuid": null, "provider": null, "usersOnline": node.online,
    });
    let more = if world.version < Version(2, 7, 0) {
        json!({
            "isNodeOnline": node.connected, "isXrayRunning": node.connected, "xrayVersion": null, "nodeVersion": null,
            "xrayUptime": "0", "cpuCount": null, "cpuModel": null, "totalRam": null,
        })
    } else {
        json!({
            "tags": [], "activePluginUuid": null, "system": null, "versions": null, "xrayUptime": 0,
        })
    };
    let newest = json!({
        "id": index + 1, "proxyUrl": null, "nodeConsumptionMultiplier": 1, "integrationUuids": [], "ips": [], "note": null,
    });
    let parts = [Some(more), (world.version >= Version(3, 2, 0)).then_some(newest)];
    for part in parts.into_iter().flatten() {
        if let (Some(shown), Value::Object(part)) = (shown.as_object_mut(), part) {
            shown.extend(part);
        }
    }
    shown
}
