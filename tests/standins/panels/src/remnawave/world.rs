//! What the panel remembers, and what happens to it by itself.

use super::{
    Config, DEFAULT_SQUAD, Family,
    devices::Device,
    nodes::{self, Node},
    reply::Reply,
    route::{Call, Fault},
    squads::Squad,
    version::Version,
    webhook::{Delivery, Event},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::VecDeque;

/// The expiry job runs every 30 s.
const JOB_INTERVAL: SignedDuration = SignedDuration::from_secs(30);

/// `BANDWIDTH_USAGE_NOTIFICATIONS_THRESHOLD`.
const THRESHOLDS: [u64; 2] = [80, 95];

pub(super) struct World {
    pub(super) config: Config,
    pub(super) version: Version,
    pub(super) nodes: Vec<Node>,
    pub(super) users: Vec<User>,
    pub(super) internal_squads: Vec<Squad>,
    pub(super) external_squads: Vec<Squad>,
    pub(super) calls: Vec<Call>,
    pub(super) outbox: Vec<Delivery>,
    pub(super) faults: VecDeque<Fault>,
    pub(super) proxy_check: bool,
    /// So many accounts are still to be created and forgotten.
    pub(super) forgetful: u32,
    pub(super) started: Timestamp,
    last_id: i64,
    minted: u64,
    jobs_ran: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Active,
    Disabled,
    Limited,
    Expired,
}

impl Status {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Disabled => "DISABLED",
            Self::Limited => "LIMITED",
            Self::Expired => "EXPIRED",
        }
    }

    pub(super) fn of(name: &str) -> Self {
        match name {
            "DISABLED" => Self::Disabled,
            "LIMITED" => Self::Limited,
            "EXPIRED" => Self::Expired,
            _ => Self::Active,
        }
    }
}

pub(super) struct User {
    pub(super) uuid: String,
    pub(super) id: i64,
    pub(super) short_uuid: String,
    pub(super) username: String,
    pub(super) status: Status,
    pub(super) traffic_limit: u64,
    pub(super) strategy: String,
    pub(super) expire_at: Timestamp,
    pub(super) telegram_id: Option<i64>,
    pub(super) email: Option<String>,
    pub(super) description: Option<String>,
    pub(super) tag: Option<String>,
    pub(super) hwid_limit: Option<u64>,
    pub(super) external_squad: Option<String>,
    pub(super) trojan: String,
    pub(super) vless: String,
    pub(super) ss: String,
    pub(super) revoked_at: Option<Timestamp>,
    pub(super) reset_at: Option<Timestamp>,
    /// The last share of the traffic that was reported, in percent.
    pub(super) threshold: u64,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) squads: Vec<String>,
    pub(super) used: u64,
    pub(super) lifetime: u64,
    pub(super) online_at: Option<Timestamp>,
    pub(super) first_connected_at: Option<Timestamp>,
    pub(super) devices: Vec<Device>,
}

impl User {
    /// The highest share of the traffic that is used and was not reported.
    fn crossed(&self) -> Option<u64> {
        let used =
            |percent: &u64| self.used.saturating_mul(100) >= self.traffic_limit.saturating_mul(*percent);
        let runs = self.status == Status::Active && self.traffic_limit > 0;
        let reached = THRESHOLDS.into_iter().rev().find(used);
        reached.filter(|percent| runs && *percent > self.threshold)
    }
}

impl World {
    pub(super) fn new(config: Config, now: Timestamp) -> Self {
        Self {
            version: Version::recorded(config.family),
            config,
            nodes: Vec::new(),
            users: Vec::new(),
            internal_squads: vec![Squad::new(DEFAULT_SQUAD, "Default-Squad", now)],
            external_squads: Vec::new(),
            calls: Vec::new(),
            outbox: Vec::new(),
            faults: VecDeque::new(),
            proxy_check: true,
            forgetful: 0,
            started: now,
            // No panel of ours was new: an id is never a position.
            last_id: 100,
            minted: 0,
            jobs_ran: now,
        }
    }

    /// A number that was not used before, as a database sequence gives it: failed inserts use it up.
    pub(super) fn next_id(&mut self) -> i64 {
        self.last_id += 1;
        self.last_id
    }

    fn mint(&mut self) -> [u8; 32] {
        self.minted += 1;
        Sha256::digest(format!("minted/{}", self.minted)).into()
    }

    /// A version 4 UUID: the same run mints the same ones.
    pub(super) fn mint_uuid(&mut self) -> String {
        let text = hex::encode(self.mint());
        format!("{}-{}-4{}-a{}-{}", &text[..8], &text[8..12], &text[13..16], &text[17..20], &text[20..32])
    }

    /// A text of `length` (at most 32) letters of the panel's alphabet for short ids and passwords.
    pub(super) fn mint_text(&mut self, length: usize) -> String {
        const ALPHABET: &[u8; 64] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz-";
        let letters = self.mint().into_iter().take(length);
        letters.map(|byte| char::from(ALPHABET[usize::from(byte % 64)])).collect()
    }

    /// Where the user of that name is; else what the panel answers to a write.
    pub(super) fn by_name(&self, username: &str) -> Result<usize, Reply> {
        self.find(|user| user.username == username).ok_or_else(|| Reply::domain("A025"))
    }

    pub(super) fn find(&self, is: impl Fn(&User) -> bool) -> Option<usize> {
        self.users.iter().position(is)
    }

    /// The user as the API of the panel's family shows it.
    pub(super) fn show(&self, user: &User) -> Value {
        let squads = user.squads.iter().filter_map(|uuid| {
            let squad = self.internal_squads.iter().find(|squad| squad.uuid == *uuid)?;
            Some(json!({"uuid": squad.uuid, "name": squad.name}))
        });
        let mut shown = json!({});
        if self.config.family == Family::V2 {
            shown["uuid"] = json!(user.uuid);
        }
        if self.version >= Version(2, 3, 0) {
            shown["id"] = json!(user.id);
        }
        let rest = json!({
            "shortUuid": user.short_uuid,
            "username": user.username,
            "status": user.status.name(),
            "trafficLimitBytes": user.traffic_limit,
            "trafficLimitStrategy": user.strategy,
            "expireAt": instant(user.expire_at),
            "telegramId": user.telegram_id,
            "email": user.email,
            "description": user.description,
            "tag": user.tag,
            "hwidDeviceLimit": user.hwid_limit,
            "externalSquadUuid": user.external_squad,
            "trojanPassword": user.trojan,
            "vlessUuid": user.vless,
            "ssPassword": user.ss,
            "lastTriggeredThreshold": user.threshold,
            "subRevokedAt": user.revoked_at.map(instant),
            "lastTrafficResetAt": user.reset_at.map(instant),
            "createdAt": instant(user.created_at),
            "updatedAt": instant(user.updated_at),
            "subscriptionUrl": self.link(user),
            "activeInternalSquads": squads.collect::<Vec<_>>(),
        });
        if let (Some(shown), Value::Object(rest)) = (shown.as_object_mut(), rest) {
            shown.extend(rest);
        }
        self.show_traffic(user, &mut shown);
        shown
    }

    /// Before 2.3 the counters lay in the user itself; external squads came with 2.2, and 2.7 dropped the last fetch.
    fn show_traffic(&self, user: &User, shown: &mut Value) {
        let mut traffic = json!({
            "usedTrafficBytes": user.used,
            "lifetimeUsedTrafficBytes": user.lifetime,
            "onlineAt": user.online_at.map(instant),
            "lastConnectedNodeUuid": null,
            "firstConnectedAt": user.first_connected_at.map(instant),
        });
        if self.version < Version(2, 7, 0) {
            shown["subLastUserAgent"] = Value::Null;
            shown["subLastOpenedAt"] = Value::Null;
        }
        if self.version >= Version(2, 3, 0) {
            shown["userTraffic"] = traffic;
            return;
        }
        shown["lastConnectedNode"] = Value::Null;
        shown["happ"] = json!({"cryptoLink": format!("happ://crypt3/{}", user.short_uuid)});
        if let (Some(shown), Some(traffic)) = (shown.as_object_mut(), traffic.as_object_mut()) {
            traffic.shift_remove("lastConnectedNodeUuid");
            shown.append(traffic);
            if self.version < Version(2, 2, 0) {
                shown.shift_remove("externalSquadUuid");
            }
        }
    }

    pub(super) fn link(&self, user: &User) -> String {
        format!("https://{}/{}", self.config.sub_domain, user.short_uuid)
    }

    /// Reports what happened to the user at `index`, if this panel reports at all.
    pub(super) fn emit(&mut self, event: &'static str, index: usize, now: Timestamp) {
        let data = self.show(&self.users[index]);
        self.report(Event::User { event, data, meta: Value::Null }, now);
    }

    pub(super) fn report(&mut self, event: Event, now: Timestamp) {
        if let Some(webhook) = &self.config.webhook {
            self.outbox.push(webhook.deliver(event, self.version, now));
        }
    }

    pub(super) fn add_node(&mut self, name: &str, now: Timestamp) {
        let uuid = self.mint_uuid();
        self.nodes.push(Node::new(name, uuid, now));
        self.report_node("node.created", self.nodes.len() - 1, now);
    }

    pub(super) fn set_node(&mut self, name: &str, connected: bool, online: u64, now: Timestamp) {
        let Some(index) = self.nodes.iter().position(|node| node.name == name) else { return };
        let node = &mut self.nodes[index];
        let changed = node.connected != connected;
        (node.connected, node.online) = (connected, online);
        if changed {
            let event = if connected { "node.connection_restored" } else { "node.connection_lost" };
            self.report_node(event, index, now);
        }
    }

    fn report_node(&mut self, event: &'static str, index: usize, now: Timestamp) {
        let data = nodes::show(self, index);
        self.report(Event::Node { event, data }, now);
    }

    /// Runs the jobs if their time has come.
    pub(super) fn catch_up(&mut self, now: Timestamp) {
        if now.duration_since(self.jobs_ran) >= JOB_INTERVAL {
            self.tick(now);
        }
    }

    /// The jobs: what ran out expires, what used up its traffic is limited.
    pub(super) fn tick(&mut self, now: Timestamp) {
        self.jobs_ran = now;
        for index in 0..self.users.len() {
            let user = &mut self.users[index];
            let runs = matches!(user.status, Status::Active | Status::Limited);
            if runs && user.expire_at <= now {
                user.status = Status::Expired;
                self.emit("user.expired", index, now);
            } else if user.status == Status::Active
                && user.traffic_limit > 0
                && user.used >= user.traffic_limit
            {
                user.status = Status::Limited;
                self.emit("user.limited", index, now);
            } else if let Some(threshold) = user.crossed() {
                user.threshold = threshold;
                self.emit("user.bandwidth_usage_threshold_reached", index, now);
            }
        }
    }

    pub(super) fn connect(&mut self, username: &str, bytes: u64, now: Timestamp) -> bool {
        self.catch_up(now);
        let open = |user: &User| user.status == Status::Active && !user.squads.is_empty();
        let Some(index) = self.find(|user| user.username == username && open(user)) else { return false };
        let user = &mut self.users[index];
        user.used = user.used.saturating_add(bytes);
        user.lifetime = user.lifetime.saturating_add(bytes);
        user.online_at = Some(now);
        if user.first_connected_at.is_none() {
            user.first_connected_at = Some(now);
            self.emit("user.first_connected", index, now);
        }
        true
    }
}

/// The form that the panel prints: UTC, milliseconds.
pub(super) fn instant(at: Timestamp) -> String {
    format!("{at:.3}")
}
