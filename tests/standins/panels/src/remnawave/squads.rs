//! Squads: which servers a user may use.

use super::{
    Family,
    reply::Reply,
    validate::{Field, Rule, check},
    world::{World, instant},
};
use jiff::Timestamp;
use serde_json::{Value, json};

pub(super) struct Squad {
    pub(super) uuid: String,
    pub(super) name: String,
    created_at: Timestamp,
}

impl Squad {
    pub(super) fn new(uuid: &str, name: &str, now: Timestamp) -> Self {
        Self { uuid: uuid.to_owned(), name: name.to_owned(), created_at: now }
    }
}

pub(super) fn internal(world: &World) -> Reply {
    let squads: Vec<_> = world
        .internal_squads
        .iter()
        .enumerate()
        .map(|(index, squad)| {
            let members = world.users.iter().filter(|user| user.squads.contains(&squad.uuid)).count();
            let inbound = json!({
                "uuid": "09dd201c-b60c-473a-92f4-c78a53d5fc7a",
                "profileUuid": "00000000-0000-0000-0000-000000000000",
                "tag": "Shadowsocks", "type": "shadowsocks", "network": null, "security": null, "port": 1234,
                "rawInbound": {
                    "tag": "Shadowsocks", "port": 1234, "protocol": "shadowsocks",
                    "settings": {"method": "chacha20-ietf-poly1305", "clients": [], "network": "tcp,udp"},
                    "sniffing": {"enabled": true, "destOverride": ["http", "tls", "quic"]},
                },
            });
            json!({
                "uuid": squad.uuid, "viewPosition": index + 1, "name": squad.name,
                "info": {"membersCount": members, "inboundsCount": 1}, "inbounds": [inbound],
                "createdAt": instant(squad.created_at), "updatedAt": instant(squad.created_at),
            })
        })
        .collect();
    Reply::ok(json!({"total": squads.len(), "internalSquads": squads}))
}

pub(super) fn external(world: &World) -> Reply {
    let squads: Vec<_> = (0..world.external_squads.len()).map(|index| show(world, index)).collect();
    Reply::ok(json!({"total": squads.len(), "externalSquads": squads}))
}

pub(super) fn create_external(world: &mut World, body: &Value, now: Timestamp) -> Result<Reply, Reply> {
    const FIELDS: &[Field] = &[Field::required("name", Rule::Text)];
    let fields = check(world.config.family, "POST /api/external-squads", body, FIELDS, now)?;
    let name = fields["name"].as_str().unwrap_or_default();
    if world.external_squads.iter().any(|squad| squad.name == name) {
        return Err(Reply::domain("A189"));
    }
    let squad = Squad::new(&world.mint_uuid(), name, now);
    world.external_squads.push(squad);
    Ok(Reply::created(show(world, world.external_squads.len() - 1)))
}

fn show(world: &World, index: usize) -> Value {
    let squad = &world.external_squads[index];
    let members = world.users.iter().filter(|user| user.external_squad.as_ref() == Some(&squad.uuid)).count();
    let mut shown = json!({
        "uuid": squad.uuid, "viewPosition": index + 1, "name": squad.name, "info": {"membersCount": members},
        "templates": [], "subscriptionSettings": null, "hostOverrides": null, "hwidSettings": null,
        "customRemarks": null, "subpageConfigUuid": null,
        "createdAt": instant(squad.created_at), "updatedAt": instant(squad.created_at),
    });
    match world.config.family {
        Family::V2 => shown["responseHeaders"] = Value::Null,
        Family::V3 => {
            shown["responseHeadersAdd"] = json!({});
            shown["responseHeadersRemove"] = json!([]);
        }
    }
    shown
}
