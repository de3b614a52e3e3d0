//! Users: look-ups and lists.

use super::{
    Family,
    issue::{Bound, Issues},
    reply::Reply,
    validate::{Field, Rule, check, is_uuid},
    world::{User, World},
};
use jiff::Timestamp;
use serde_json::{Value, json};

/// The user that `{u}` of a path means: a number in 3.x, a UUID in 2.x. `missing` is the code for nobody.
pub(super) fn addressed(world: &World, key: &str, missing: &str) -> Result<usize, Reply> {
    let found = match world.config.family {
        Family::V2 if is_uuid(key) => world.find(|user| user.uuid == key),
        Family::V3 if key.parse::<i64>().is_ok() => world.find(|user| user.id.to_string() == key),
        family => {
            let mut issues = Issues::new(family);
            match family {
                Family::V2 => issues.format(&["uuid"], "uuid", "Invalid uuid", "Invalid UUID"),
                Family::V3 => issues.not_a_number(&["userId"]),
            }
            return Err(Reply::validation(&issues.list));
        }
    };
    found.ok_or_else(|| Reply::domain(missing))
}

/// A look-up by something unique.
pub(super) fn one(world: &World, is: impl Fn(&User) -> bool) -> Result<Reply, Reply> {
    let user = world.users.iter().find(|user| is(user)).ok_or_else(|| Reply::domain("A063"))?;
    Ok(Reply::ok(world.show(user)))
}

/// A look-up by something that several users may share (2.x).
pub(super) fn many(world: &World, is: impl Fn(&User) -> bool) -> Reply {
    Reply::ok(world.users.iter().filter(|user| is(user)).map(|user| world.show(user)).collect())
}

/// `POST /api/users/resolve`: one key in, all keys out.
pub(super) fn resolve(world: &World, body: &Value, now: Timestamp) -> Result<Reply, Reply> {
    const FIELDS: &[Field] = &[
        Field::optional("id", Rule::Id),
        Field::optional("shortUuid", Rule::Text),
        Field::optional("username", Rule::Text),
        Field::optional("uuid", Rule::Uuid),
    ];
    let family = world.config.family;
    let fields = check(family, "POST /api/users/resolve", body, FIELDS, now)?;
    if fields.len() != 1 {
        let mut issues = Issues::new(family);
        issues.custom(&[], "Exactly one of id, shortUuid, or username must be provided");
        return Err(Reply::validation(&issues.list));
    }
    let is = |user: &&User| {
        fields.iter().all(|(name, value)| match name.as_str() {
            "id" => *value == user.id,
            "shortUuid" => *value == user.short_uuid.as_str(),
            "uuid" => *value == user.uuid.as_str(),
            _ => *value == user.username.as_str(),
        })
    };
    let user = world.users.iter().find(is).ok_or_else(|| Reply::domain("A025"))?;
    let keys = json!({"id": user.id, "username": user.username, "shortUuid": user.short_uuid});
    Ok(Reply::ok(match family {
        Family::V2 => {
            json!({"uuid": user.uuid, "id": user.id, "username": user.username, "shortUuid": user.short_uuid})
        }
        Family::V3 => keys,
    }))
}

fn number(
    family: Family,
    query: &[(String, String)],
    name: &str,
    default: usize,
    most: Option<(usize, &str)>,
) -> Result<usize, Reply> {
    let Some((_, text)) = query.iter().find(|(key, _)| key == name) else { return Ok(default) };
    let mut issues = Issues::new(family);
    match text.parse::<usize>() {
        Err(_) => issues.not_a_number(&[name]),
        Ok(value) => match most {
            Some((most, message)) if value > most => {
                issues.bound(&[name], "number", Bound::Big(u64::try_from(most).unwrap_or_default()), message);
            }
            _ => return Ok(value),
        },
    }
    Err(Reply::validation(&issues.list))
}

fn known(query: &[(String, String)], names: &[&str]) -> Result<(), Reply> {
    let unknown = query.iter().find(|(key, _)| !names.contains(&key.as_str()));
    unknown.map_or(Ok(()), |(key, _)| Err(Reply::strict(&format!("unknown query parameter `{key}`"))))
}

/// `GET /api/users`: the newest first, unless told otherwise.
pub(super) fn list(world: &World, query: &[(String, String)]) -> Result<Reply, Reply> {
    let family = world.config.family;
    known(query, &["start", "size", "sorting"])?;
    let start = number(family, query, "start", 0, None)?;
    let size = number(family, query, "size", 25, Some((1000, "Size (limit) must be less than 1000")))?;
    let mut users: Vec<_> = world.users.iter().rev().collect();
    if let Some((_, sorting)) = query.iter().find(|(name, _)| name == "sorting") {
        // A database gives what sorts alike in any order, and not twice in the same.
        if world.calls.len() % 2 == 1 {
            users.reverse();
        }
        sort(&mut users, sorting)?;
    }
    let users: Vec<_> = users.into_iter().skip(start).take(size).map(|user| world.show(user)).collect();
    Ok(Reply::ok(json!({"total": world.users.len(), "users": users})))
}

/// `[{"id": "createdAt", "desc": false}, …]`, as text; the first one counts most.
fn sort(users: &mut [&User], sorting: &str) -> Result<(), Reply> {
    let keys: Vec<Value> =
        serde_json::from_str(sorting).map_err(|_| Reply::strict("`sorting` is not JSON"))?;
    for key in keys.iter().rev() {
        match key["id"].as_str() {
            Some("createdAt") => users.sort_by_key(|user| user.created_at),
            Some("username") => users.sort_by(|a, b| a.username.cmp(&b.username)),
            _ => return Err(Reply::strict(&format!("sorting by `{}` is not stood in for", key["id"]))),
        }
        if key["desc"] == true {
            users.reverse();
        }
    }
    Ok(())
}

/// `GET /api/users/stream` (2.8): ascending ids, a cursor that is a string; from 3.0 on filters.
pub(super) fn stream(world: &World, query: &[(String, String)]) -> Result<Reply, Reply> {
    let family = world.config.family;
    match family {
        Family::V2 => known(query, &["cursor", "size"])?,
        Family::V3 => known(query, &["cursor", "size", "telegramId", "email", "tag"])?,
    }
    let cursor = number(family, query, "cursor", 0, None)?;
    let most = Some((1000, "Too big: expected number to be <=1000"));
    let size = number(family, query, "size", 250, most)?;
    let fits = |user: &&User| {
        query.iter().all(|(name, wanted)| match name.as_str() {
            "telegramId" => user.telegram_id.is_some_and(|id| id.to_string() == *wanted),
            "email" => user.email.as_ref() == Some(wanted),
            "tag" => user.tag.as_ref() == Some(wanted),
            _ => true,
        })
    };
    let ahead = |user: &&User| usize::try_from(user.id).is_ok_and(|id| id > cursor);
    let rest: Vec<_> = world.users.iter().filter(ahead).filter(fits).collect();
    let page = &rest[..size.min(rest.len())];
    let more = rest.len() > page.len();
    let next = page.last().filter(|_| more).map(|user| user.id.to_string());
    let users: Vec<_> = page.iter().map(|user| world.show(user)).collect();
    Ok(Reply::ok(json!({"users": users, "nextCursor": next, "hasMore": more})))
}

/// `GET /api/users/tags`.
pub(super) fn tags(world: &World) -> Reply {
    let mut tags: Vec<_> = world.users.iter().filter_map(|user| user.tag.clone()).collect();
    tags.sort();
    tags.dedup();
    Reply::ok(json!({"tags": tags}))
}
