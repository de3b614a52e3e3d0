//! The list of users, and the panel's counts.

use super::{
    route::Reply,
    show,
    world::{User, World},
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::cmp::Ordering;

/// What a list may be asked for.
const PARAMETERS: [&str; 6] = ["offset", "limit", "username", "search", "status", "sort"];
const SORTS: [&str; 5] = ["username", "used_traffic", "data_limit", "expire", "created_at"];

/// `admin`: whose users, for one that is not sudo.
pub(super) fn list(
    world: &World,
    query: &[(String, String)],
    admin: Option<&str>,
    now: Timestamp,
) -> Result<Reply, Reply> {
    let values = |wanted: &str| {
        query.iter().filter(|(name, _)| name == wanted).map(|(_, value)| value.as_str()).collect::<Vec<_>>()
    };
    check(query, values("status").first().copied())?;
    let (names, search) = (values("username"), values("search").first().map(|text| text.to_lowercase()));
    let status = values("status").first().copied();
    let mut found: Vec<&User> = world.users.iter().collect();
    found.retain(|user| {
        let note = user.note.as_deref().unwrap_or_default();
        (names.is_empty() || names.contains(&user.username.as_str()))
            && admin.is_none_or(|admin| user.owner.as_deref() == Some(admin))
            && status.is_none_or(|status| user.status == status)
            && search.as_ref().is_none_or(|text| {
                user.username.to_lowercase().contains(text) || note.to_lowercase().contains(text)
            })
    });
    if let Some(sort) = values("sort").first() {
        let keys = keys(sort)?;
        found.sort_by(|a, b| keys.iter().fold(Ordering::Equal, |order, key| order.then(by(key, a, b))));
    }
    let number = |name: &str| values(name).first().and_then(|text| text.parse::<usize>().ok()).unwrap_or(0);
    let (total, limit) = (found.len(), Some(number("limit")).filter(|limit| *limit > 0));
    let part: Vec<_> = found.into_iter().skip(number("offset")).take(limit.unwrap_or(usize::MAX)).collect();
    if part.iter().any(|user| user.proxies.is_empty()) {
        return Err(Reply::crash());
    }
    let users: Vec<_> = part.into_iter().map(|user| show::user(world, user, now)).collect();
    Ok(Reply::json(200, json!({"users": users, "total": total})))
}

fn check(query: &[(String, String)], status: Option<&str>) -> Result<(), Reply> {
    let wrong =
        |field: &str, text: &str| Err(Reply::invalid(&Map::from_iter([(field.to_owned(), json!(text))])));
    if let Some((name, _)) = query.iter().find(|(name, _)| !PARAMETERS.contains(&name.as_str())) {
        return wrong(name, "STRICT: a panel ignores it");
    }
    let known = ["active", "disabled", "limited", "expired", "on_hold"];
    if status.is_some_and(|status| !known.contains(&status)) {
        return wrong("status", "Input should be 'active', 'disabled', 'limited', 'expired' or 'on_hold'");
    }
    for (name, value) in query.iter().filter(|(name, _)| name == "offset" || name == "limit") {
        if value.parse::<usize>().is_err() {
            return wrong(name, "Input should be a valid integer, unable to parse string as an integer");
        }
    }
    Ok(())
}

fn keys(sort: &str) -> Result<Vec<&str>, Reply> {
    let keys: Vec<_> = sort.trim_matches(',').split(',').collect();
    match keys.iter().find(|key| !SORTS.contains(&key.trim_start_matches('-'))) {
        Some(unknown) => Err(Reply::detail(400, &format!("\"{unknown}\" is not a valid sort option"))),
        None => Ok(keys),
    }
}

fn by(key: &str, a: &User, b: &User) -> Ordering {
    let order = match key.trim_start_matches('-') {
        "username" => a.username.cmp(&b.username),
        "used_traffic" => a.used.cmp(&b.used),
        "data_limit" => a.data_limit.cmp(&b.data_limit),
        "expire" => a.expire.cmp(&b.expire),
        _ => a.created_at.cmp(&b.created_at),
    };
    if key.starts_with('-') { order.reverse() } else { order }
}

pub(super) fn system(world: &World, admin: Option<&str>, now: Timestamp) -> Reply {
    let own: Vec<_> = world
        .users
        .iter()
        .filter(|user| admin.is_none_or(|admin| user.owner.as_deref() == Some(admin)))
        .collect();
    let count = |status: &str| own.iter().filter(|user| user.status == status).count();
    let recent = |at: Timestamp| now.as_second() - at.as_second() <= 24 * 3600;
    let online = own.iter().filter(|user| user.online_at.is_some_and(recent)).count();
    Reply::json(
        200,
        json!({
            "version": "0.8.4", "mem_total": 25_276_510_208_u64, "mem_used": 272_580_608, "cpu_cores": 2,
            "cpu_usage": show::fraction("4.8"), "total_user": own.len(), "online_users": online,
            "users_active": count("active"), "users_on_hold": count("on_hold"),
            "users_disabled": count("disabled"), "users_expired": count("expired"),
            "users_limited": count("limited"), "incoming_bandwidth": 0, "outgoing_bandwidth": 0,
            "incoming_bandwidth_speed": 0, "outgoing_bandwidth_speed": 0,
        }),
    )
}

pub(super) fn inbounds(world: &World) -> Reply {
    let mut offer = Map::new();
    for (protocol, tag) in &world.inbounds {
        let inbound =
            json!({"tag": tag, "protocol": protocol, "network": "tcp", "tls": "none", "port": 8443});
        if let Value::Array(list) = offer.entry(protocol.clone()).or_insert_with(|| json!([])) {
            list.push(inbound);
        }
    }
    Reply::json(200, Value::Object(offer))
}

pub(super) fn nodes(world: &World) -> Reply {
    let node = |(id, (name, status)): (usize, &(String, String))| {
        json!({
            "name": name, "address": "192.0.2.1", "port": 62050, "api_port": 62051, "usage_coefficient": 1,
            "id": id + 1, "xray_version": "1.8.24", "status": status, "message": null,
        })
    };
    Reply::json(200, world.nodes.iter().enumerate().map(node).collect())
}
