//! The panel about itself, and the public page of a subscription.

use super::{
    reply::Reply,
    world::{Status, User, World, instant},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// Who was seen in this time is online.
const ONLINE: SignedDuration = SignedDuration::from_mins(1);

pub(super) fn metadata(world: &World) -> Reply {
    let commit = "0f344f388807f5323b49024a563b3f8146d66857";
    let url = |part: &str| format!("https://github.com/remnawave/{part}/commit/{commit}");
    Reply::ok(json!({
        "version": world.version.to_string(),
        "build": {"time": "2011-11-11T11:11:11Z", "number": "0"},
        "git": {
            "backend": {"commitSha": commit, "branch": "dev", "commitUrl": url("backend")},
            "frontend": {"commitSha": commit, "commitUrl": url("frontend")},
        },
    }))
}

pub(super) fn configuration(world: &World) -> Reply {
    Reply::ok(json!({
        "notifications": {
            "webhook": world.config.webhook.is_some(),
            "bandwidthUsage": [50, 80], "notConnectedAfter": [1, 24, 48], "expirationNotifications": [-72, -48, -24, 24],
        },
        "service": {
            "cleanUsageHistory": false, "disableUserUsageRecords": false, "disableSrhRecords": false,
            "exportToRedisStream": false,
        },
        "misc": {
            "shortUuidLength": 16, "userUsageIgnoreBelowBytes": 0, "subPublicDomain": world.config.sub_domain,
        },
    }))
}

pub(super) fn stats(world: &World, now: Timestamp) -> Reply {
    let count = |status| world.users.iter().filter(|user| user.status == status).count();
    let total = world.users.len();
    let online = |user: &&User| user.online_at.is_some_and(|at| now.duration_since(at) <= ONLINE);
    let never = world.users.iter().filter(|user| user.first_connected_at.is_none()).count();
    let statuses = json!({
        "ACTIVE": count(Status::Active), "DISABLED": count(Status::Disabled),
        "LIMITED": count(Status::Limited), "EXPIRED": count(Status::Expired),
    });
    Reply::ok(json!({
        "cpu": {"cores": 2},
        "memory": {"total": 4_294_967_296_u64, "free": 2_147_483_648_u64, "used": 2_147_483_648_u64},
        "uptime": now.duration_since(world.started).as_secs(),
        "timestamp": now.as_millisecond(),
        "users": {"statusCounts": statuses, "totalUsers": total},
        "onlineStats": {"onlineNow": world.users.iter().filter(online).count(), "lastDay": total - never, "lastWeek": total - never, "neverOnline": never},
        "nodes": {"totalOnline": 0, "totalBytesLifetime": "0"},
    }))
}

/// `/api/sub/{short}/info`: public, and the byte counts are strings.
pub(super) fn subscription(world: &World, short: &str, now: Timestamp) -> Result<Reply, Reply> {
    let user =
        world.users.iter().find(|user| user.short_uuid == short).ok_or_else(|| Reply::domain("A025"))?;
    Ok(Reply::ok(json!({
        "isFound": true,
        "user": {
            "shortUuid": user.short_uuid,
            "daysLeft": (user.expire_at.duration_since(now).as_hours() / 24).max(0),
            "trafficUsed": human(user.used),
            "trafficLimit": human(user.traffic_limit),
            "lifetimeTrafficUsed": human(user.lifetime),
            "lifetimeTrafficUsedBytes": user.lifetime.to_string(),
            "trafficLimitBytes": user.traffic_limit.to_string(),
            "trafficUsedBytes": user.used.to_string(),
            "username": user.username,
            "expiresAt": instant(user.expire_at),
            "isActive": user.status == Status::Active,
            "userStatus": user.status.name(),
            "trafficLimitStrategy": user.strategy,
        },
        "links": links(user),
        "ssConfLinks": {},
        "subscriptionUrl": world.link(user),
    })))
}

/// A panel without hosts explains itself in the names of placeholder servers.
fn links(user: &User) -> Vec<Value> {
    let hints: &[&str] = match user.status {
        Status::Active => &["Remnawave", "No hosts found", "Check Hosts tab", "Check Internal Squads tab"],
        Status::Expired => &["Subscription expired"],
        Status::Limited => &["Traffic limit reached"],
        Status::Disabled => &["Subscription disabled"],
    };
    let link = |hint: &&str| {
        let name = hint.replace(' ', "%20");
        json!(format!(
            "vless://00000000-0000-0000-0000-000000000000@0.0.0.0:1?encryption=none&type=tcp&security=none#%E2%86%92%20{name}"
        ))
    };
    hints.iter().map(link).collect()
}

/// `100.00 GiB`; nothing is `0`.
fn human(bytes: u64) -> String {
    const UNITS: [(&str, u64); 4] = [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    if bytes == 0 {
        return "0".to_owned();
    }
    UNITS.iter().find(|(_, size)| bytes >= *size).map_or_else(
        || format!("{bytes} B"),
        |(unit, size)| {
            format!("{}.{:02} {unit}", bytes / size, u128::from(bytes % size) * 100 / u128::from(*size))
        },
    )
}
