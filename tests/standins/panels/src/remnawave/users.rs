//! Users: create, change, switch, delete.

use super::{
    Family,
    issue::Issues,
    reply::Reply,
    validate::{Field, Rule, check, instant},
    world::{Status, User, World},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

const STRATEGIES: &[&str] = &["NO_RESET", "DAY", "WEEK", "MONTH", "MONTH_ROLLING"];
const STATUSES: &[&str] = &["ACTIVE", "DISABLED", "LIMITED", "EXPIRED"];

/// Null is taken only for `tag`, `telegramId`, `email` and `externalSquadUuid`.
const CREATE: &[Field] = &[
    Field::required("username", Rule::Username),
    Field::optional("status", Rule::OneOf(STATUSES)),
    Field::optional("shortUuid", Rule::Text),
    Field::optional("trojanPassword", Rule::Password),
    Field::optional("vlessUuid", Rule::Uuid),
    Field::optional("ssPassword", Rule::Password),
    Field::optional("trafficLimitBytes", Rule::Bytes),
    Field::optional("trafficLimitStrategy", Rule::OneOf(STRATEGIES)),
    Field::required("expireAt", Rule::Instant),
    Field::optional("description", Rule::Text),
    Field::nullable("tag", Rule::Tag),
    Field::nullable("telegramId", Rule::Id),
    Field::nullable("email", Rule::Email),
    Field::optional("hwidDeviceLimit", Rule::Count),
    Field::optional("activeInternalSquads", Rule::Uuids),
    Field::nullable("externalSquadUuid", Rule::Uuid),
];

/// Null clears; the key comes besides.
const PATCH: &[Field] = &[
    Field::optional("username", Rule::Text),
    Field::optional("status", Rule::OneOf(&["ACTIVE", "DISABLED"])),
    Field::optional("trafficLimitBytes", Rule::Bytes),
    Field::optional("trafficLimitStrategy", Rule::OneOf(STRATEGIES)),
    Field::optional("expireAt", Rule::Future),
    Field::nullable("description", Rule::Text),
    Field::nullable("tag", Rule::Tag),
    Field::nullable("telegramId", Rule::Id),
    Field::nullable("email", Rule::Email),
    Field::nullable("hwidDeviceLimit", Rule::Count),
    Field::optional("activeInternalSquads", Rule::Uuids),
    Field::nullable("externalSquadUuid", Rule::Uuid),
];

pub(super) fn create(world: &mut World, body: &Value, now: Timestamp) -> Result<Reply, Reply> {
    let fields = check(world.config.family, "POST /api/users", body, CREATE, now)?;
    if !squads_exist(world, &fields) {
        world.next_id();
        return Err(Reply::domain("A018"));
    }
    let username = text(&fields, "username").unwrap_or_default();
    let short = text(&fields, "shortUuid").unwrap_or_else(|| world.mint_text(16));
    let id = world.next_id();
    if world.find(|user| user.username == username).is_some() {
        return Err(Reply::domain("A019"));
    }
    if world.find(|user| user.short_uuid == short).is_some() {
        return Err(Reply::domain("A020"));
    }
    let mut user = User {
        uuid: world.mint_uuid(),
        id,
        short_uuid: short,
        username,
        status: Status::of(fields.get("status").and_then(Value::as_str).unwrap_or("ACTIVE")),
        traffic_limit: 0,
        strategy: "NO_RESET".to_owned(),
        expire_at: now,
        telegram_id: None,
        email: None,
        description: None,
        tag: None,
        hwid_limit: None,
        external_squad: None,
        trojan: text(&fields, "trojanPassword").unwrap_or_else(|| world.mint_text(32)),
        vless: text(&fields, "vlessUuid").unwrap_or_else(|| world.mint_uuid()),
        ss: text(&fields, "ssPassword").unwrap_or_else(|| world.mint_text(32)),
        revoked_at: None,
        reset_at: None,
        threshold: 0,
        created_at: now,
        updated_at: now,
        squads: Vec::new(),
        used: 0,
        lifetime: 0,
        online_at: None,
        first_connected_at: None,
        devices: Vec::new(),
    };
    assign(&mut user, &fields);
    world.users.push(user);
    let index = world.users.len() - 1;
    let created = Reply::created(world.show(&world.users[index]));
    if world.forgetful > 0 {
        world.forgetful -= 1;
        world.users.pop();
    } else {
        world.emit("user.created", index, now);
    }
    Ok(created)
}

pub(super) fn patch(world: &mut World, body: &Value, now: Timestamp) -> Result<Reply, Reply> {
    let family = world.config.family;
    let (key, rule, missing) = match family {
        Family::V2 => ("uuid", Rule::Uuid, "Either uuid or username must be provided"),
        Family::V3 => ("id", Rule::Id, "At least one of username, id must be provided"),
    };
    if body.is_object() && body.get(key).is_none() && body.get("username").is_none() {
        let mut issues = Issues::new(family);
        issues.custom(&[], missing);
        return Err(Reply::validation(&issues.list));
    }
    let mut rules = vec![Field::optional(key, rule)];
    rules.extend(PATCH);
    let fields = check(family, "PATCH /api/users", body, &rules, now)?;
    // The id wins over the name if both are there.
    let found = world.find(|user| match fields.get(key) {
        Some(value) => *value == user.uuid.as_str() || *value == user.id,
        None => fields.get("username").is_some_and(|name| *name == user.username.as_str()),
    });
    let index = found.ok_or_else(|| Reply::domain("A025"))?;
    if !squads_exist(world, &fields) {
        return Err(Reply::domain("A039"));
    }
    let user = &mut world.users[index];
    user.status = status_after(user, &fields);
    user.updated_at = now;
    assign(user, &fields);
    world.emit("user.modified", index, now);
    Ok(Reply::ok(world.show(&world.users[index])))
}

/// What a PATCH does to the status: a date re-opens EXPIRED; a larger limit, or none, re-opens LIMITED; only
/// ACTIVE ↔ DISABLED obey a `status`.
fn status_after(user: &User, fields: &Map<String, Value>) -> Status {
    let raised = fields.get("trafficLimitBytes").and_then(Value::as_u64);
    match (user.status, fields.get("status").and_then(Value::as_str)) {
        (Status::Expired, _) if fields.contains_key("expireAt") => Status::Active,
        (Status::Limited, _) if raised.is_some_and(|limit| limit == 0 || limit > user.traffic_limit) => {
            Status::Active
        }
        (Status::Active, Some("DISABLED")) => Status::Disabled,
        (Status::Disabled, Some("ACTIVE")) => Status::Active,
        (status, _) => status,
    }
}

fn assign(user: &mut User, fields: &Map<String, Value>) {
    for (name, value) in fields {
        let text = value.as_str().map(str::to_owned);
        match name.as_str() {
            "trafficLimitBytes" => {
                user.traffic_limit = value.as_u64().unwrap_or_default();
                user.threshold = 0;
            }
            "trafficLimitStrategy" => user.strategy = text.unwrap_or_default(),
            "expireAt" => user.expire_at = text.and_then(|text| instant(&text)).unwrap_or(user.expire_at),
            // Zero comes back as null.
            "telegramId" => user.telegram_id = value.as_i64().filter(|id| *id != 0),
            "email" => user.email = text,
            "description" => user.description = text,
            "tag" => user.tag = text,
            "hwidDeviceLimit" => user.hwid_limit = value.as_u64(),
            "externalSquadUuid" => user.external_squad = text,
            "activeInternalSquads" => user.squads = strings(value),
            _ => {}
        }
    }
}

fn squads_exist(world: &World, fields: &Map<String, Value>) -> bool {
    let internal = fields.get("activeInternalSquads").map(strings).unwrap_or_default();
    let external = text(fields, "externalSquadUuid");
    internal.iter().all(|uuid| world.internal_squads.iter().any(|squad| squad.uuid == *uuid))
        && external.iter().all(|uuid| world.external_squads.iter().any(|squad| squad.uuid == *uuid))
}

fn text(fields: &Map<String, Value>, name: &str) -> Option<String> {
    fields.get(name)?.as_str().map(str::to_owned)
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

/// `actions/enable` and `actions/disable`.
pub(super) fn switch(world: &mut World, index: usize, on: bool, now: Timestamp) -> Result<Reply, Reply> {
    let (status, event, already) = if on {
        (Status::Active, "user.enabled", "A030")
    } else {
        (Status::Disabled, "user.disabled", "A029")
    };
    let user = &mut world.users[index];
    if user.status == status {
        return Err(Reply::domain(already));
    }
    user.status = status;
    user.updated_at = now;
    world.emit(event, index, now);
    Ok(Reply::ok(world.show(&world.users[index])))
}

/// `actions/reset-traffic`: LIMITED is over.
pub(super) fn reset(world: &mut World, index: usize, now: Timestamp) -> Reply {
    let user = &mut world.users[index];
    user.used = 0;
    user.reset_at = Some(now);
    user.threshold = 0;
    user.updated_at = now;
    if user.status == Status::Limited {
        user.status = Status::Active;
    }
    world.emit("user.traffic_reset", index, now);
    Reply::ok(world.show(&world.users[index]))
}

/// `actions/revoke`: new keys, and a new link unless only the keys are asked for.
pub(super) fn revoke(world: &mut World, index: usize, body: &Value, now: Timestamp) -> Result<Reply, Reply> {
    const FIELDS: &[Field] =
        &[Field::optional("revokeOnlyPasswords", Rule::Flag), Field::optional("shortUuid", Rule::ShortUuid)];
    let fields = check(world.config.family, "POST /api/users/{u}/actions/revoke", body, FIELDS, now)?;
    let short = match (fields.get("revokeOnlyPasswords"), text(&fields, "shortUuid")) {
        (Some(Value::Bool(true)), _) => world.users[index].short_uuid.clone(),
        (_, Some(short)) => short,
        (_, None) => world.mint_text(16),
    };
    let (trojan, vless, ss) = (world.mint_text(32), world.mint_uuid(), world.mint_text(32));
    let user = &mut world.users[index];
    (user.short_uuid, user.trojan, user.vless, user.ss) = (short, trojan, vless, ss);
    user.revoked_at = Some(now);
    user.updated_at = now;
    world.emit("user.revoked", index, now);
    Ok(Reply::ok(world.show(&world.users[index])))
}

/// `actions/extend` (3.x): counted from the end, or from now if that has passed. Adds again when repeated.
pub(super) fn extend(world: &mut World, index: usize, body: &Value, now: Timestamp) -> Result<Reply, Reply> {
    const FIELDS: &[Field] = &[Field::required("days", Rule::Days)];
    let fields = check(world.config.family, "POST /api/users/{u}/actions/extend", body, FIELDS, now)?;
    let days = fields["days"].as_i64().unwrap_or_default();
    let user = &mut world.users[index];
    let end = user.expire_at.max(now).saturating_add(SignedDuration::from_hours(24 * days));
    user.expire_at = end.unwrap_or(user.expire_at);
    user.updated_at = now;
    if user.status == Status::Expired {
        user.status = Status::Active;
    }
    world.emit("user.modified", index, now);
    Ok(Reply::ok(world.show(&world.users[index])))
}

/// Deletes; the families answer differently.
pub(super) fn remove(world: &mut World, index: usize, now: Timestamp) -> Reply {
    world.emit("user.deleted", index, now);
    world.users.remove(index);
    match world.config.family {
        Family::V2 => Reply::ok(json!({"isDeleted": true})),
        Family::V3 => Reply::empty(),
    }
}
