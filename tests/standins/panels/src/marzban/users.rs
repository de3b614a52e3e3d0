//! What administrators do to users.

use super::{
    route::Reply,
    show, validate,
    webhook::Remembered,
    world::{Proxy, User, World},
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

pub(super) fn create(world: &mut World, body: &Value, by: &str, now: Timestamp) -> Result<Reply, Reply> {
    validate::user(world, body, true)?;
    are_offered(world, body)?;
    let username = body["username"].as_str().unwrap_or_default();
    if world.position(username).is_some() {
        return Err(Reply::detail(409, "User already exists"));
    }
    let mut proxies = Vec::new();
    for (protocol, settings) in body["proxies"].as_object().into_iter().flatten() {
        proxies.push(proxy(world, protocol, settings));
    }
    for proxy in &mut proxies {
        // Without the key nothing is granted; with it, a protocol that is not in it gets all of its own.
        let given = body.get("inbounds").map(|inbounds| list(&inbounds[&proxy.protocol]));
        let all = given.as_ref().is_some_and(Vec::is_empty);
        let has = |tag: &String| all || given.as_ref().is_some_and(|tags| tags.contains(tag));
        proxy.excluded = world.tags(&proxy.protocol).filter(|tag| !has(tag)).cloned().collect();
    }
    let owner = world.config.admins.iter().find(|admin| admin.username == by);
    let owner = owner.map(|admin| admin.username.clone());
    let created_at = world.moment(now);
    let broken = proxies.is_empty();
    world.users.push(User {
        username: username.to_owned(),
        status: body["status"].as_str().unwrap_or("active").to_owned(),
        proxies,
        expire: body["expire"].as_i64().filter(|end| *end != 0),
        data_limit: bytes(&body["data_limit"]).filter(|limit| *limit > 0),
        strategy: body["data_limit_reset_strategy"].as_str().unwrap_or("no_reset").to_owned(),
        note: body["note"].as_str().map(str::to_owned),
        hold_duration: body["on_hold_expire_duration"].as_i64(),
        hold_timeout: body["on_hold_timeout"].as_str().map(str::to_owned),
        auto_delete: body["auto_delete_in_days"].as_i64(),
        next_plan: body.get("next_plan").filter(|plan| !plan.is_null()).map(whole_plan),
        used: 0,
        lifetime: 0,
        created_at,
        reset_at: now,
        edited_at: None,
        online_at: None,
        fetched_at: None,
        fetched_by: None,
        revoked_at: None,
        owner,
        reminded: Remembered::default(),
    });
    let index = world.users.len() - 1;
    if broken {
        // The row is there; showing it fails.
        return Err(Reply::crash());
    }
    let created = answer(world, index, now);
    if world.forgetful > 0 {
        world.forgetful -= 1;
        world.users.pop();
    } else {
        world.report("user_created", index, Some(by), &[], now);
    }
    Ok(created)
}

pub(super) fn modify(
    world: &mut World,
    username: &str,
    body: &Value,
    by: &str,
    now: Timestamp,
) -> Result<Reply, Reply> {
    validate::user(world, body, false)?;
    let index = world.position(username).ok_or_else(absent)?;
    are_offered(world, body)?;
    let before = world.users[index].status.clone();
    change_proxies(world, index, body);
    let user = &mut world.users[index];
    if let Some(status) = body["status"].as_str() {
        status.clone_into(&mut user.status);
    }
    change_limits(user, body, now);
    if let Some(note) = body["note"].as_str() {
        user.note = Some(note.to_owned()).filter(|note| !note.is_empty());
    }
    if let Some(strategy) = body["data_limit_reset_strategy"].as_str() {
        strategy.clone_into(&mut user.strategy);
    }
    user.hold_duration = body["on_hold_expire_duration"].as_i64().or(user.hold_duration);
    if let Some(timeout) = body["on_hold_timeout"].as_str() {
        user.hold_timeout = Some(timeout.to_owned());
    }
    user.auto_delete = body["auto_delete_in_days"].as_i64().or(user.auto_delete);
    // What is not sent is deleted.
    user.next_plan = body.get("next_plan").filter(|plan| !plan.is_null()).map(whole_plan);
    user.edited_at = Some(now);
    if world.users[index].proxies.is_empty() {
        return Err(Reply::crash());
    }
    world.report("user_updated", index, Some(by), &[], now);
    tell_status(world, index, (&before, by), now);
    Ok(answer(world, index, now))
}

/// The status follows the limit before the end; a limited user keeps it whatever its end becomes.
fn change_limits(user: &mut User, body: &Value, now: Timestamp) {
    if let Some(limit) = bytes(&body["data_limit"]) {
        user.data_limit = Some(limit).filter(|limit| *limit > 0);
        user.reminded.percent = false;
        let used_up = user.data_limit.is_some_and(|limit| user.used >= limit);
        match user.status.as_str() {
            "expired" | "disabled" => {}
            _ if used_up => "limited".clone_into(&mut user.status),
            "on_hold" => {}
            _ => "active".clone_into(&mut user.status),
        }
    }
    if let Some(end) = body["expire"].as_i64() {
        user.expire = Some(end).filter(|end| *end != 0);
        user.reminded.days = false;
        if matches!(user.status.as_str(), "active" | "expired") {
            let open = user.expire.is_none_or(|end| end > now.as_second());
            if open { "active" } else { "expired" }.clone_into(&mut user.status);
        }
    }
}

/// `proxies` replaces all of them, with new keys where none are given; `inbounds` changes the protocols it names.
fn change_proxies(world: &mut World, index: usize, body: &Value) {
    let given = body["proxies"].as_object().filter(|proxies| !proxies.is_empty());
    if let Some(given) = given.cloned() {
        let mut proxies = Vec::new();
        for (protocol, settings) in &given {
            let mut new = proxy(world, protocol, settings);
            if let Some(old) = world.users[index].proxies.iter().find(|old| old.protocol == *protocol) {
                new.excluded.clone_from(&old.excluded);
            }
            proxies.push(new);
        }
        world.users[index].proxies = proxies;
    }
    for (protocol, tags) in body["inbounds"].as_object().into_iter().flatten() {
        let tags = list(tags);
        let excluded: Vec<_> = world.tags(protocol).filter(|tag| !tags.contains(tag)).cloned().collect();
        if let Some(proxy) = world.users[index].proxies.iter_mut().find(|old| old.protocol == *protocol) {
            proxy.excluded = excluded;
        }
    }
}

fn tell_status(world: &mut World, index: usize, (before, by): (&str, &str), now: Timestamp) {
    let status = world.users[index].status.clone();
    match status.as_str() {
        same if same == before => {}
        "active" => world.report("user_enabled", index, Some(by), &[], now),
        "disabled" => world.report("user_disabled", index, Some(by), &[("reason", Value::Null)], now),
        "limited" => world.report("user_limited", index, None, &[], now),
        "expired" => world.report("user_expired", index, None, &[], now),
        _ => {}
    }
}

/// Opens every user but an expired one, and deletes the next plan.
pub(super) fn reset(world: &mut World, index: usize, by: &str, now: Timestamp) -> Result<Reply, Reply> {
    let user = &mut world.users[index];
    user.used = 0;
    user.reset_at = now;
    user.reminded.percent = false;
    if user.status != "expired" {
        "active".clone_into(&mut user.status);
    }
    user.next_plan = None;
    if user.proxies.is_empty() {
        return Err(Reply::crash());
    }
    world.report("data_usage_reset", index, Some(by), &[], now);
    Ok(answer(world, index, now))
}

/// New keys; links dated before are dead.
pub(super) fn revoke(world: &mut World, index: usize, by: &str, now: Timestamp) -> Result<Reply, Reply> {
    for place in 0..world.users[index].proxies.len() {
        let old = &world.users[index].proxies[place];
        let mut kept = old.settings.clone();
        let protocol = old.protocol.clone();
        if let Some(fields) = kept.as_object_mut() {
            fields.shift_remove("id");
            fields.shift_remove("password");
        }
        world.users[index].proxies[place].settings = proxy(world, &protocol, &kept).settings;
    }
    world.users[index].revoked_at = Some(now);
    if world.users[index].proxies.is_empty() {
        return Err(Reply::crash());
    }
    world.report("subscription_revoked", index, Some(by), &[], now);
    Ok(answer(world, index, now))
}

/// A user of the environment's administrator has no owner; then the answer fails after the work is done.
pub(super) fn remove(world: &mut World, index: usize, by: &str) -> Result<Reply, Reply> {
    let user = world.users.remove(index);
    if user.owner.is_none() {
        return Err(Reply::crash());
    }
    world.enqueue("user_deleted", &user.username, Some(by), Vec::new());
    Ok(Reply::detail(200, "User successfully deleted"))
}

/// Answers "there is none" also after it has worked.
pub(super) fn start_next(world: &mut World, index: usize, now: Timestamp) -> Reply {
    world.users[index].start_next(now);
    Reply::detail(404, "User doesn't have next plan")
}

pub(super) fn absent() -> Reply {
    Reply::detail(404, "User not found")
}

pub(super) fn answer(world: &World, index: usize, now: Timestamp) -> Reply {
    Reply::json(200, show::user(world, &world.users[index], now))
}

fn are_offered(world: &World, body: &Value) -> Result<(), Reply> {
    let mut protocols = body["proxies"].as_object().into_iter().flat_map(Map::keys);
    let Some(missing) = protocols.find(|name| world.tags(name).next().is_none()) else { return Ok(()) };
    let name = match missing.as_str() {
        "vmess" => "VMess",
        "vless" => "VLESS",
        "trojan" => "Trojan",
        _ => "Shadowsocks",
    };
    Err(Reply::detail(400, &format!("Protocol ProxyTypes.{name} is disabled on your server")))
}

fn proxy(world: &mut World, protocol: &str, given: &Value) -> Proxy {
    let mut settings = match protocol {
        "vmess" => json!({"id": world.uuid()}),
        "vless" => json!({"id": world.uuid(), "flow": ""}),
        "trojan" => json!({"password": world.mint()[..22], "flow": ""}),
        _ => json!({"password": world.mint()[..22], "method": "chacha20-ietf-poly1305"}),
    };
    for (name, value) in given.as_object().into_iter().flatten() {
        settings[name] = value.clone();
    }
    Proxy { protocol: protocol.to_owned(), settings, excluded: Vec::new() }
}

fn list(tags: &Value) -> Vec<String> {
    let tags = tags.as_array().into_iter().flatten();
    tags.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Whole bytes; a fraction is cut off.
fn bytes(value: &Value) -> Option<u64> {
    let text = value.as_number()?.to_string();
    text.split('.').next()?.parse().ok()
}

fn whole_plan(plan: &Value) -> Value {
    json!({
        "data_limit": plan["data_limit"], "expire": plan["expire"],
        "add_remaining_traffic": plan["add_remaining_traffic"].as_bool().unwrap_or(false),
        "fire_on_either": plan["fire_on_either"].as_bool().unwrap_or(true),
    })
}
