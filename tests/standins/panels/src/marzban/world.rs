//! What the panel remembers, and what happens to it by itself.

use super::{
    Config,
    route::{Call, Fault},
    show,
    webhook::{Item, Remembered},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::VecDeque;

/// The job that reviews users runs every 10 s.
const JOB_INTERVAL: SignedDuration = SignedDuration::from_secs(10);
const DAY: i64 = 86_400;

pub(super) struct World {
    pub(super) config: Config,
    pub(super) users: Vec<User>,
    /// Protocol and tag, in the order of the configuration.
    pub(super) inbounds: Vec<(String, String)>,
    pub(super) nodes: Vec<(String, String)>,
    /// Token, whose, until when.
    pub(super) tokens: Vec<(String, String, Option<Timestamp>)>,
    pub(super) calls: Vec<Call>,
    pub(super) outbox: Vec<Item>,
    pub(super) faults: VecDeque<Fault>,
    /// So many accounts are still to be created and forgotten.
    pub(super) forgetful: u32,
    pub(super) started: Timestamp,
    minted: u64,
    jobs_ran: Timestamp,
}

/// Keys for one protocol, and the inbounds of it that are left out.
pub(super) struct Proxy {
    pub(super) protocol: String,
    pub(super) settings: Value,
    pub(super) excluded: Vec<String>,
}

pub(super) struct User {
    pub(super) username: String,
    pub(super) status: String,
    pub(super) proxies: Vec<Proxy>,
    pub(super) expire: Option<i64>,
    pub(super) data_limit: Option<u64>,
    pub(super) strategy: String,
    pub(super) note: Option<String>,
    pub(super) hold_duration: Option<i64>,
    pub(super) hold_timeout: Option<String>,
    pub(super) auto_delete: Option<i64>,
    pub(super) next_plan: Option<Value>,
    pub(super) used: u64,
    pub(super) lifetime: u64,
    pub(super) created_at: Timestamp,
    pub(super) reset_at: Timestamp,
    pub(super) edited_at: Option<Timestamp>,
    pub(super) online_at: Option<Timestamp>,
    pub(super) fetched_at: Option<Timestamp>,
    pub(super) fetched_by: Option<String>,
    pub(super) revoked_at: Option<Timestamp>,
    /// An administrator of the database.
    pub(super) owner: Option<String>,
    /// Which reminders were given.
    pub(super) reminded: Remembered,
}

impl User {
    /// Bytes are used up.
    fn is_used_up(&self) -> bool {
        self.data_limit.is_some_and(|limit| self.used >= limit)
    }

    fn is_over(&self, now: Timestamp) -> bool {
        self.expire.is_some_and(|end| end <= now.as_second())
    }

    /// Applies `next_plan`. What is left of the old limit is added when the plan says not to.
    pub(super) fn start_next(&mut self, now: Timestamp) {
        let Some(plan) = self.next_plan.take() else { return };
        let left = self.data_limit.unwrap_or(0).saturating_sub(self.used);
        let added = if plan["add_remaining_traffic"] == true { 0 } else { left };
        self.data_limit = Some(plan["data_limit"].as_u64().unwrap_or(0) + added).filter(|limit| *limit > 0);
        self.expire = plan["expire"].as_i64().filter(|end| *end != 0);
        "active".clone_into(&mut self.status);
        self.used = 0;
        self.reset_at = now;
    }
}

impl World {
    pub(super) fn new(config: Config, now: Timestamp) -> Self {
        let inbounds =
            [("shadowsocks", "Shadowsocks TCP"), ("vless", "VLESS TCP REALITY"), ("trojan", "TROJAN WS")];
        Self {
            config,
            users: Vec::new(),
            inbounds: inbounds.map(|(protocol, tag)| (protocol.to_owned(), tag.to_owned())).to_vec(),
            nodes: Vec::new(),
            tokens: Vec::new(),
            calls: Vec::new(),
            outbox: Vec::new(),
            faults: VecDeque::new(),
            forgetful: 0,
            started: now,
            minted: 0,
            jobs_ran: now,
        }
    }

    pub(super) fn position(&self, username: &str) -> Option<usize> {
        self.users.iter().position(|user| user.username == username)
    }

    /// 64 hex digits that were not seen before.
    pub(super) fn mint(&mut self) -> String {
        self.minted += 1;
        hex::encode(Sha256::digest(format!("marzban/{}", self.minted)))
    }

    pub(super) fn uuid(&mut self) -> String {
        let digits = self.mint();
        format!(
            "{}-{}-4{}-8{}-{}",
            &digits[..8],
            &digits[8..12],
            &digits[13..16],
            &digits[17..20],
            &digits[20..32]
        )
    }

    /// A moment that no other row has.
    pub(super) fn moment(&mut self, now: Timestamp) -> Timestamp {
        self.minted += 1;
        let micros = i64::try_from(self.minted % 1_000_000).unwrap_or_default();
        now.saturating_add(SignedDuration::from_micros(micros)).unwrap_or(now)
    }

    pub(super) fn tags<'a>(&'a self, protocol: &'a str) -> impl Iterator<Item = &'a String> + 'a {
        self.inbounds.iter().filter(move |(of, _)| of == protocol).map(|(_, tag)| tag)
    }

    pub(super) fn connect(&mut self, username: &str, bytes: u64, now: Timestamp) -> bool {
        let Some(index) = self.position(username) else { return false };
        let open = matches!(self.users[index].status.as_str(), "active" | "on_hold");
        let reachable = show::inbounds(self, &self.users[index]).values().any(|tags| tags != &json!([]));
        if !open || !reachable {
            return false;
        }
        let user = &mut self.users[index];
        user.used += bytes;
        user.lifetime += bytes;
        user.online_at = Some(now);
        true
    }

    pub(super) fn catch_up(&mut self, now: Timestamp) {
        if self.jobs_ran.duration_until(now) >= JOB_INTERVAL {
            self.tick(now);
        }
    }

    pub(super) fn tick(&mut self, now: Timestamp) {
        self.jobs_ran = now;
        for index in 0..self.users.len() {
            self.count_anew(index, now);
            match self.users[index].status.as_str() {
                "active" => self.review(index, now),
                "on_hold" => self.review_held(index, now),
                "expired" if self.users[index].expire.is_some() && !self.users[index].is_over(now) => {
                    "active".clone_into(&mut self.users[index].status);
                }
                _ => {}
            }
        }
    }

    /// Week and month are 7 and 30 days since the last time.
    fn count_anew(&mut self, index: usize, now: Timestamp) {
        let user = &mut self.users[index];
        let days = match user.strategy.as_str() {
            "day" => 1,
            "week" => 7,
            "month" => 30,
            "year" => 365,
            _ => return,
        };
        let due = now.as_second() - user.reset_at.as_second() >= days * DAY;
        if due && matches!(user.status.as_str(), "active" | "limited") {
            user.used = 0;
            user.reset_at = now;
            "active".clone_into(&mut user.status);
        }
    }

    fn review(&mut self, index: usize, now: Timestamp) {
        let user = &mut self.users[index];
        let (limited, expired) = (user.is_used_up(), user.is_over(now));
        if !limited && !expired {
            return self.remind(index, now);
        }
        let either = user.next_plan.as_ref().is_some_and(|plan| plan["fire_on_either"] == true);
        if user.next_plan.is_some() && (either || (limited && expired)) {
            user.start_next(now);
            return self.report("data_reset_by_next", index, None, &[], now);
        }
        let (status, action) =
            if limited { ("limited", "user_limited") } else { ("expired", "user_expired") };
        status.clone_into(&mut user.status);
        self.report(action, index, None, &[], now);
    }

    /// Its time starts with the first connection since the last change, or with the timeout.
    fn review_held(&mut self, index: usize, now: Timestamp) {
        let user = &mut self.users[index];
        let since = user.edited_at.unwrap_or(user.created_at);
        let connected = user.online_at.is_some_and(|at| at >= since);
        let timeout = user.hold_timeout.as_ref().and_then(|text| format!("{text}Z").parse().ok());
        if connected || timeout.is_some_and(|at: Timestamp| at <= now) {
            "active".clone_into(&mut user.status);
            user.expire = user.hold_duration.take().map(|seconds| now.as_second() + seconds);
            user.hold_timeout = None;
        }
    }

    fn remind(&mut self, index: usize, now: Timestamp) {
        let user = &mut self.users[index];
        let percent = user.data_limit.map(|limit| user.used * 100 / limit.max(1));
        if let Some(percent) = percent.filter(|percent| *percent >= 80 && !user.reminded.percent) {
            user.reminded.percent = true;
            let percent = show::fraction(&format!("{percent}.0"));
            self.report("reached_usage_percent", index, None, &[("used_percent", percent)], now);
        }
        let user = &mut self.users[index];
        let days = user.expire.map(|end| (end - now.as_second()).div_euclid(DAY));
        if let Some(days) = days.filter(|days| *days <= 3 && !user.reminded.days) {
            user.reminded.days = true;
            self.report("reached_days_left", index, None, &[("days_left", json!(days))], now);
        }
    }
}
