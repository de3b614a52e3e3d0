//! Users as the API shows them, and their links.

use super::world::{Proxy, User, World};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// What signs the links.
const SECRET: &str = "the panel's own";

/// The user object of every answer. Its link is dated now.
pub(super) fn user(world: &World, user: &User, now: Timestamp) -> Value {
    let proxies = map(user, |proxy| proxy.settings.clone());
    let excluded = map(user, |proxy| json!(proxy.excluded));
    json!({
        "proxies": proxies, "expire": user.expire, "data_limit": user.data_limit,
        "data_limit_reset_strategy": user.strategy, "inbounds": inbounds(world, user), "note": user.note,
        "sub_updated_at": user.fetched_at.map(naive), "sub_last_user_agent": user.fetched_by,
        "online_at": user.online_at.map(naive), "on_hold_expire_duration": user.hold_duration,
        "on_hold_timeout": user.hold_timeout, "auto_delete_in_days": user.auto_delete, "next_plan": user.next_plan,
        "username": user.username, "status": user.status, "used_traffic": user.used,
        "lifetime_used_traffic": user.lifetime, "created_at": naive(user.created_at),
        "links": links(world, user), "subscription_url": link(world, &user.username, now),
        "excluded_inbounds": excluded, "admin": user.owner.as_ref().map(|owner| admin(world, owner)),
    })
}

/// The public part, at `/sub/<token>/info`.
pub(super) fn info(world: &World, shown: &User, now: Timestamp) -> Value {
    let mut info = user(world, shown, now);
    if let Some(fields) = info.as_object_mut() {
        for hidden in ["inbounds", "note", "auto_delete_in_days", "excluded_inbounds", "admin"] {
            fields.shift_remove(hidden);
        }
    }
    info
}

pub(super) fn admin(world: &World, username: &str) -> Value {
    let known = world.config.admins.iter().find(|admin| admin.username == username);
    let sudo = known.is_none_or(|admin| admin.sudo);
    json!({
        "username": username, "is_sudo": sudo, "telegram_id": null, "discord_webhook": null,
        "users_usage": known.map(|_| 0),
    })
}

fn map(user: &User, value: impl Fn(&Proxy) -> Value) -> Map<String, Value> {
    user.proxies.iter().map(|proxy| (proxy.protocol.clone(), value(proxy))).collect()
}

/// What the panel offers and the user does not leave out.
pub(super) fn inbounds(world: &World, user: &User) -> Map<String, Value> {
    map(user, |proxy| {
        let tags = world.tags(&proxy.protocol).filter(|tag| !proxy.excluded.contains(tag));
        json!(tags.collect::<Vec<_>>())
    })
}

/// One for every inbound.
pub(super) fn links(world: &World, user: &User) -> Vec<String> {
    let has = |protocol: &str, tag: &String| {
        let proxy = user.proxies.iter().find(|proxy| proxy.protocol == protocol);
        proxy.is_some_and(|proxy| !proxy.excluded.contains(tag))
    };
    let open = world.inbounds.iter().filter(|(protocol, tag)| has(protocol, tag));
    open.map(|(protocol, tag)| format!("{protocol}://{}@127.0.0.1:8443#{tag}", user.username)).collect()
}

fn link(world: &World, username: &str, now: Timestamp) -> String {
    let dated = now.as_second() + i64::from(now.subsec_nanosecond() > 0);
    let name = encode(format!("{username},{dated}").as_bytes(), URL_SAFE, false);
    format!("{}/sub/{name}{}", world.config.link_prefix, seal(&name))
}

fn seal(name: &str) -> String {
    encode(&Sha256::digest(format!("{name}{SECRET}")), URL_SAFE, false)[..10].to_owned()
}

/// Whose link this is, if it is good.
pub(super) fn owner_of(world: &World, token: &str) -> Option<usize> {
    let (name, given) = token.split_at_checked(token.len().checked_sub(10)?)?;
    let text = String::from_utf8(decode(name)?).ok()?;
    let (username, dated) = text.rsplit_once(',')?;
    let dated: i64 = dated.parse().ok()?;
    let index = world.position(username).filter(|_| seal(name) == given)?;
    let user = &world.users[index];
    let since = user.revoked_at.unwrap_or(user.created_at).max(user.created_at);
    (since.as_second() <= dated).then_some(index)
}

/// What `/sub/<token>` answers to an app.
pub(super) fn subscription(world: &World, user: &User) -> String {
    encode(links(world, user).join("\n").as_bytes(), STANDARD, true)
}

fn encode(bytes: &[u8], alphabet: &[u8; 64], padded: bool) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let [a, b, c] = [0, 1, 2].map(|index| u32::from(chunk.get(index).copied().unwrap_or_default()));
        let bits = (a << 16) | (b << 8) | c;
        for place in 0..4_usize {
            if place <= chunk.len() {
                let index = (bits >> (18 - 6 * place)) & 63;
                text.push(char::from(alphabet[usize::try_from(index).unwrap_or_default()]));
            } else if padded {
                text.push('=');
            }
        }
    }
    text
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut bits, mut held) = (0_u32, 0);
    for letter in text.bytes() {
        let digit = URL_SAFE.iter().position(|known| *known == letter)?;
        bits = (bits << 6) | u32::try_from(digit).ok()?;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from((bits >> held) & 255).ok()?);
        }
    }
    Some(bytes)
}

/// UTC without saying so, to the microsecond.
pub(super) fn naive(at: Timestamp) -> String {
    format!("{:.6}", at.to_zoned(TimeZone::UTC).datetime())
}

/// A JSON number that has a fraction.
pub(super) fn fraction(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}
