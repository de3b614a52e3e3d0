//! The panel's events, typed. What is not read cannot leak: keys, passwords, and the password that somebody tried at the
//! panel's login page are in no type here.

use crate::{
    Device, Link, Node,
    remnawave::{devices, loose, overview},
};
use jiff::Timestamp;
use serde_json::Value;

/// What happened. Events repeat, overtake each other and get lost: a hint to look at the panel, not a fact to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The group it belongs to.
    pub scope: Scope,
    /// The panel's name for it: `user.modified`, ….
    pub name: String,
    /// When the panel sent it.
    pub at: Timestamp,
    /// What it is, with what belongs to this kind alone.
    pub kind: Kind,
    /// The account it speaks of.
    pub user: Option<User>,
    /// The device it speaks of.
    pub device: Option<Device>,
    /// The server it speaks of.
    pub node: Option<Node>,
}

/// A group of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Accounts.
    User,
    /// Devices of accounts.
    Devices,
    /// Servers.
    Node,
    /// The panel itself.
    Service,
    /// Something the panel could not do.
    Errors,
    /// Bills of the operator.
    Crm,
    /// Torrents seen on servers.
    TorrentBlocker,
    /// One that a newer panel has.
    Other(String),
}

/// A kind of event. The names in the comments are the panel's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// `user.created`.
    UserCreated,
    /// `user.modified`; also for every change of our own.
    UserModified,
    /// `user.deleted`.
    UserDeleted,
    /// `user.revoked`: a new link.
    UserRevoked,
    /// `user.disabled`.
    UserDisabled,
    /// `user.enabled`.
    UserEnabled,
    /// `user.limited`.
    UserLimited,
    /// `user.expired`.
    UserExpired,
    /// `user.traffic_reset`.
    TrafficReset,
    /// `user.first_connected`.
    FirstConnected,
    /// `user.bandwidth_usage_threshold_reached`.
    ThresholdReached,
    /// `user.not_connected`.
    NotConnected {
        /// How long after the account was made, in hours.
        hours: Option<i64>,
    },
    /// `user.expiration`, up to 2.7 `user.expires_in_24_hours` and the like.
    Expiration {
        /// Distance to the end in hours; negative before it.
        hours: Option<i64>,
    },
    /// `user_hwid_devices.added`.
    DeviceAdded,
    /// `user_hwid_devices.deleted`.
    DeviceDeleted,
    /// `node.created`.
    NodeCreated,
    /// `node.modified`.
    NodeModified,
    /// `node.disabled`.
    NodeDisabled,
    /// `node.enabled`.
    NodeEnabled,
    /// `node.deleted`.
    NodeDeleted,
    /// `node.connection_lost`.
    NodeLost,
    /// `node.connection_restored`.
    NodeRestored,
    /// `node.traffic_notify`: a server has used the share of its traffic that the operator set.
    NodeTraffic,
    /// `service.panel_started`.
    PanelStarted {
        /// What it calls itself.
        version: Option<String>,
    },
    /// `service.login_attempt_failed`.
    LoginFailed(LoginAttempt),
    /// `service.login_attempt_success`.
    LoginSucceeded(LoginAttempt),
    /// `service.subpage_config_changed`.
    SubpageConfigChanged,
    /// `service.api_token_created`.
    TokenCreated(Token),
    /// `service.api_token_deleted`.
    TokenDeleted(Token),
    /// `errors.bandwidth_usage_threshold_reached_max_notifications`.
    TooManyThresholds {
        /// The panel's words.
        description: Option<String>,
    },
    /// `crm.infra_billing_node_payment_…`.
    NodePayment(NodePayment),
    /// `torrent_blocker.report`.
    Torrent(Torrent),
    /// One that a newer panel has: see [`Event::name`].
    Unknown,
}

/// An account in an event: what it takes to find it, and how it was then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Its name.
    pub username: String,
    /// Numeric id, from 2.3 on.
    pub panel_id: Option<i64>,
    /// UUID, in 2.x.
    pub panel_uuid: Option<String>,
    /// Whose it is.
    pub telegram_id: Option<i64>,
    /// `ACTIVE`, `DISABLED`, `LIMITED`, `EXPIRED`, or what a newer panel calls it.
    pub status: Option<String>,
    /// Until when it is open.
    pub end: Option<Timestamp>,
    /// Bytes used in this reset period.
    pub used: Option<u64>,
    /// Bytes it may use; 0 = unlimited.
    pub traffic_limit: Option<u64>,
    /// When the traffic was last counted anew; `None` = never.
    pub reset_at: Option<Timestamp>,
    /// The last share of it that was reported, in percent.
    pub threshold: Option<u64>,
    /// Its link; not in events before 2.3.
    pub link: Option<Link>,
}

/// Somebody at the panel's login page. The password tried is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginAttempt {
    /// The name given.
    pub username: Option<String>,
    /// From where.
    pub ip: Option<String>,
    /// With what.
    pub user_agent: Option<String>,
    /// The panel's words.
    pub description: Option<String>,
}

/// An API token, by its label; the token itself is never sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its label.
    pub name: Option<String>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// What it may do.
    pub scopes: Vec<String>,
}

/// A bill for a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodePayment {
    /// Who wants the money.
    pub provider: Option<String>,
    /// For which server.
    pub node: Option<String>,
    /// When it is due.
    pub due_at: Option<Timestamp>,
    /// Distance to that in hours; negative before it.
    pub hours: i64,
}

/// An account that shared torrents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Torrent {
    /// It was cut off for a while.
    pub blocked: bool,
    /// The address that was cut off.
    pub ip: Option<String>,
    /// For how many seconds.
    pub seconds: Option<u64>,
}

/// The events of servers' bills, and their distance in hours.
const PAYMENTS: [(&str, i64); 7] = [
    ("in_7_days", -168),
    ("in_48hrs", -48),
    ("in_24hrs", -24),
    ("due_today", 0),
    ("overdue_24hrs", 24),
    ("overdue_48hrs", 48),
    ("overdue_7_days", 168),
];

impl Scope {
    pub(super) fn of(name: &str) -> Self {
        match name {
            "user" => Self::User,
            "user_hwid_devices" => Self::Devices,
            "node" => Self::Node,
            "service" => Self::Service,
            "errors" => Self::Errors,
            "crm" => Self::Crm,
            "torrent_blocker" => Self::TorrentBlocker,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The panel's name for it.
    pub fn name(&self) -> &str {
        match self {
            Self::User => "user",
            Self::Devices => "user_hwid_devices",
            Self::Node => "node",
            Self::Service => "service",
            Self::Errors => "errors",
            Self::Crm => "crm",
            Self::TorrentBlocker => "torrent_blocker",
            Self::Other(name) => name,
        }
    }
}

impl Event {
    /// Reads what a message says. Panels before 2.5 name no scope: it is the first part of the event's name.
    pub(super) fn read(scope: Option<&str>, name: String, at: Timestamp, data: &Value, meta: &Value) -> Self {
        let scope = Scope::of(scope.or_else(|| name.split('.').next()).unwrap_or_default());
        let (user, node) = match scope {
            Scope::User => (data, &Value::Null),
            Scope::Devices | Scope::TorrentBlocker => (&data["user"], &data["node"]),
            Scope::Node => (&Value::Null, data),
            _ => (&Value::Null, &Value::Null),
        };
        Self {
            kind: Kind::read(&name, data, meta),
            user: User::read(user),
            device: devices::read(&data["hwidUserDevice"]),
            node: overview::read_node(node),
            scope,
            name,
            at,
        }
    }
}

impl Kind {
    fn read(name: &str, data: &Value, meta: &Value) -> Self {
        match name.split_once('.') {
            Some(("user", event)) => Self::of_user(event, meta),
            Some(("user_hwid_devices", "added")) => Self::DeviceAdded,
            Some(("user_hwid_devices", "deleted")) => Self::DeviceDeleted,
            Some(("node", event)) => Self::of_node(event),
            Some(("service", event)) => Self::of_service(event, data),
            Some(("errors", "bandwidth_usage_threshold_reached_max_notifications")) => {
                Self::TooManyThresholds { description: loose::text(&data["description"]) }
            }
            Some(("crm", event)) => NodePayment::read(event, data).map_or(Self::Unknown, Self::NodePayment),
            Some(("torrent_blocker", "report")) => {
                let report = &data["report"]["actionReport"];
                Self::Torrent(Torrent {
                    blocked: report["blocked"] == true,
                    ip: loose::text(&report["ip"]),
                    seconds: loose::count(&report["blockDuration"]),
                })
            }
            _ => Self::Unknown,
        }
    }

    fn of_user(event: &str, meta: &Value) -> Self {
        match event {
            "created" => Self::UserCreated,
            "modified" => Self::UserModified,
            "deleted" => Self::UserDeleted,
            "revoked" => Self::UserRevoked,
            "disabled" => Self::UserDisabled,
            "enabled" => Self::UserEnabled,
            "limited" => Self::UserLimited,
            "expired" => Self::UserExpired,
            "traffic_reset" => Self::TrafficReset,
            "first_connected" => Self::FirstConnected,
            "bandwidth_usage_threshold_reached" => Self::ThresholdReached,
            "not_connected" => Self::NotConnected { hours: loose::whole(&meta["notConnectedAfterHours"]) },
            "expiration" => Self::Expiration { hours: loose::whole(&meta["expiration"]) },
            "expires_in_72_hours" => Self::Expiration { hours: Some(-72) },
            "expires_in_48_hours" => Self::Expiration { hours: Some(-48) },
            "expires_in_24_hours" => Self::Expiration { hours: Some(-24) },
            "expired_24_hours_ago" => Self::Expiration { hours: Some(24) },
            _ => Self::Unknown,
        }
    }

    fn of_node(event: &str) -> Self {
        match event {
            "created" => Self::NodeCreated,
            "modified" => Self::NodeModified,
            "disabled" => Self::NodeDisabled,
            "enabled" => Self::NodeEnabled,
            "deleted" => Self::NodeDeleted,
            "connection_lost" => Self::NodeLost,
            "connection_restored" => Self::NodeRestored,
            "traffic_notify" => Self::NodeTraffic,
            _ => Self::Unknown,
        }
    }

    fn of_service(event: &str, data: &Value) -> Self {
        match event {
            "panel_started" => Self::PanelStarted { version: loose::text(&data["panelVersion"]) },
            "login_attempt_failed" => Self::LoginFailed(LoginAttempt::read(&data["loginAttempt"])),
            "login_attempt_success" => Self::LoginSucceeded(LoginAttempt::read(&data["loginAttempt"])),
            "subpage_config_changed" => Self::SubpageConfigChanged,
            "api_token_created" => Self::TokenCreated(Token::read(&data["apiToken"])),
            "api_token_deleted" => Self::TokenDeleted(Token::read(&data["apiToken"])),
            _ => Self::Unknown,
        }
    }
}

impl User {
    fn read(user: &Value) -> Option<Self> {
        let traffic = if user["userTraffic"].is_object() { &user["userTraffic"] } else { user };
        Some(Self {
            username: loose::text(&user["username"])?,
            panel_id: loose::whole(&user["id"]),
            panel_uuid: loose::text(&user["uuid"]),
            telegram_id: loose::whole(&user["telegramId"]),
            status: loose::text(&user["status"]),
            end: loose::instant(&user["expireAt"]),
            used: loose::count(&traffic["usedTrafficBytes"]),
            traffic_limit: loose::count(&user["trafficLimitBytes"]),
            reset_at: loose::instant(&user["lastTrafficResetAt"]),
            threshold: loose::count(&user["lastTriggeredThreshold"]).filter(|percent| *percent > 0),
            link: loose::text(&user["subscriptionUrl"]).and_then(Link::new),
        })
    }
}

impl LoginAttempt {
    fn read(attempt: &Value) -> Self {
        Self {
            username: loose::text(&attempt["username"]),
            ip: loose::text(&attempt["ip"]),
            user_agent: loose::text(&attempt["userAgent"]),
            description: loose::text(&attempt["description"]),
        }
    }
}

impl Token {
    fn read(token: &Value) -> Self {
        let scopes = token["scopes"].as_array().into_iter().flatten();
        Self {
            name: loose::text(&token["name"]),
            expires_at: loose::instant(&token["expireAt"]),
            scopes: scopes.filter_map(loose::text).collect(),
        }
    }
}

impl NodePayment {
    fn read(event: &str, data: &Value) -> Option<Self> {
        let when = event.strip_prefix("infra_billing_node_payment_")?;
        let (_, hours) = PAYMENTS.iter().find(|(name, _)| *name == when)?;
        Some(Self {
            provider: loose::text(&data["providerName"]),
            node: loose::text(&data["nodeName"]),
            due_at: loose::instant(&data["nextBillingAt"]),
            hours: *hours,
        })
    }
}
