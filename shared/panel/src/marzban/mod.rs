//! Marzban 0.8.
//!
//! Accounts are known by user name only. Marzban has no Telegram ids, devices or external squads: our mark stands in
//! the note, and the last two are reported back as they were wanted.
//!
//! Where it differs from what one would expect, each seen with a running 0.8.4:
//!
//! | | what happens | what is done here |
//! |---|---|---|
//! | M1 | a create without `proxies` answers 500 and leaves a row that breaks every listing | never sent so; a create that answers 500 is looked up, and what is broken is deleted |
//! | M2 | a create without `inbounds` gives no servers | always sent |
//! | M3 | `proxies` in a change makes new keys and drops the protocols that are not in it | only sent to add a protocol, with the present keys of the others |
//! | M4 | any change without `next_plan` deletes it | an existing one is sent along |
//! | M5 | a delete may answer 500 and have worked | looked up |
//! | M6 | a traffic reset opens every account but an expired one, and deletes `next_plan` | only on a fresh period, after the rest; else what it changed is set back |
//! | M7 | a limited account stays so whatever end it gets | traffic is reset, or the limit raised |
//! | M8 | `active-next` answers 404 and has worked | never called |
//! | M9 | on hold needs a duration and no end | switched on again so |
//! | M10 | a create that is repeated answers 409 | looked up |
//!
//! The link is a new one in every answer, and all of them stay good until they are revoked or the account is deleted:
//! `Account::link` is what the panel says now, and `Account::link_varies` tells to keep a known one. It is false where
//! a known one is dead: after a revocation, and while the account is so young that it may have been created anew.

mod account;
mod call;
mod diff;
mod groups;
mod page;
pub mod webhook;
mod wire;

use crate::{AccountKey, Desired, Fault, Health, Node, Page, Panel, PanelError, Squad, Statistics, http};
use account::Inbound;
use call::{Call, Door, SMALL};
use domain::provisioning::Account;
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::{fmt, sync::Arc};
use url::Url;
use wire::{End, User};

pub use groups::{Protocol, UnknownProtocol};

/// So long after its creation the newest link is taken.
const YOUNG: SignedDuration = SignedDuration::from_hours(24);

/// How to reach a panel.
pub struct Config {
    /// Its address; `/api` or `/dashboard` at the end does no harm.
    pub base_url: Url,
    /// An administrator's name: best one made for the shop, not the one of the panel's environment.
    pub username: String,
    /// And password.
    pub password: SecretString,
    /// What a gate in front of the panel wants: `X-Api-Key`, `Cookie`, ….
    pub extra_headers: Vec<(String, String)>,
    /// What an account gets whose plan names no groups (none = every protocol that the panel offers), and how the
    /// protocols are set up that a plan names.
    pub proxies: Vec<Proxy>,
}

/// How a protocol is set up for a new account; keys are made by the panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// Which.
    pub protocol: Protocol,
    /// For VLESS and Trojan: `xtls-rprx-vision`, or none.
    pub flow: Option<String>,
    /// For Shadowsocks: the cipher; none = the panel's default.
    pub method: Option<String>,
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.extra_headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("Config")
            .field("host", &self.base_url.host_str())
            .field("username", &self.username)
            .field("extra_headers", &names)
            .field("proxies", &self.proxies)
            .finish_non_exhaustive()
    }
}

/// A client of one Marzban panel. Clones share the login.
#[derive(Clone)]
pub struct Marzban {
    door: Arc<Door>,
    proxies: Arc<[Proxy]>,
}

impl fmt::Debug for Marzban {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Marzban").field("host", &self.door.line.base.host_str()).finish_non_exhaustive()
    }
}

impl Marzban {
    /// A client; does no I/O. `http` must not follow redirects (a gate would look like a panel) and should drop idle
    /// connections before the panel does, which is after 5 s.
    pub fn new(http: reqwest::Client, config: Config) -> Self {
        Self { door: Arc::new(Door::new(http, &config)), proxies: config.proxies.into() }
    }

    fn account_of(&self, user: User) -> Result<Account, PanelError> {
        user.into_account(&self.door.line.base, None)
    }

    /// The account as wanted. A link known for one that was just created belongs to another that had its name: the
    /// panel takes only links that are younger than the account.
    fn converged(&self, user: User, want: &Desired, now: Timestamp) -> Result<Account, PanelError> {
        let young = user.created_at.duration_until(now) < YOUNG;
        let account = user.into_account(&self.door.line.base, Some(&want.access))?;
        Ok(Account { link_varies: !young || want.known.is_none(), ..account })
    }
}

#[derive(Deserialize)]
struct System {
    version: String,
    total_user: u64,
    online_users: u64,
    users_active: u64,
    users_disabled: u64,
    users_expired: u64,
    users_limited: u64,
}

#[derive(Deserialize)]
struct Server {
    name: String,
    status: String,
}

impl Panel for Marzban {
    /// As the table says, with these differences: a past end is taken by this panel, so a `shortened` one is set to
    /// the second; an account without an end counts as one until 2099-12-31T23:59:59Z; one on hold stays so until a
    /// fresh period starts, and its end is reported as wanted until then.
    async fn converge(&self, want: &Desired, now: Timestamp) -> Result<Account, PanelError> {
        let username = want.known.as_ref().map_or(&want.username, |known| &known.username);
        for _ in 0..2 {
            let user = match self.find(username).await? {
                Some(user) => user,
                None => match self.create(want).await? {
                    Some(user) => user,
                    None => continue,
                },
            };
            if let Some(user) = self.adjust(user, want, now).await? {
                return self.converged(user, want, now);
            }
        }
        Err(PanelError::Unavailable { cause: Fault::Vanished })
    }

    async fn health(&self) -> Result<Health, PanelError> {
        #[derive(Deserialize)]
        struct Version {
            version: String,
        }
        let system = Call { method: Method::GET, path: &["system"], query: &[], body: None, largest: SMALL };
        match self.door.call(&system).await {
            Ok(answer) => {
                let Version { version } = http::decode(answer)?;
                let newer = !version.trim_start_matches('v').starts_with("0.");
                Ok(Health { version: Some(version), newer, ..Health::default() })
            }
            // Our administrator may not ask for that, or this panel has it not: is it a panel, and is it ours? A
            // login that failed is not tried again for this: the panel's owner is told of each.
            Err(PanelError::Refused { status: 403 | 404, .. }) => {
                let answer = self.get(&["admin"]).await?;
                let known = answer["username"].is_string();
                let garbage = || PanelError::Garbage { cause: "an administrator without a name".to_owned() };
                known.then(Health::default).ok_or_else(garbage)
            }
            Err(error) => Err(error),
        }
    }

    async fn account(&self, key: &AccountKey) -> Result<Option<Account>, PanelError> {
        self.find(&key.username).await?.map(|user| self.account_of(user)).transpose()
    }

    async fn revoke(&self, key: &AccountKey) -> Result<Option<Account>, PanelError> {
        let user = self.present(&key.username, Method::POST, Some("revoke_sub"), None).await?;
        let account = user.map(|user| self.account_of(user)).transpose()?;
        Ok(account.map(|account| Account { link_varies: false, ..account }))
    }

    /// One that was on hold when it was switched off is on hold again afterwards.
    async fn set_enabled(&self, key: &AccountKey, enabled: bool) -> Result<bool, PanelError> {
        let Some(user) = self.find(&key.username).await? else { return Ok(false) };
        if enabled != (user.status == "disabled") {
            return Ok(true);
        }
        let fields = match (enabled, user.end()) {
            (false, _) => json!({"status": "disabled"}),
            (true, End::Held(seconds)) => json!({"on_hold_expire_duration": seconds, "status": "on_hold"}),
            (true, _) => json!({"status": "active"}),
        };
        Ok(self.change(&user, object(fields)).await?.is_some())
    }

    /// Nothing is done where nothing was used. For a moment an account that is switched off works; should the second
    /// call fail, it stays so until somebody switches it off again.
    async fn reset_traffic(&self, key: &AccountKey) -> Result<bool, PanelError> {
        let Some(user) = self.find(&key.username).await? else { return Ok(false) };
        if user.used_traffic == 0 && user.status != "limited" {
            return Ok(true);
        }
        let fields = match (user.status.as_str(), user.end()) {
            ("disabled", _) => json!({"status": "disabled"}),
            ("on_hold", End::Held(seconds)) => {
                json!({"on_hold_expire_duration": seconds, "status": "on_hold"})
            }
            _ => json!({}),
        };
        Ok(self.reset(user, object(fields)).await?.is_some())
    }

    async fn delete(&self, key: &AccountKey) -> Result<bool, PanelError> {
        self.remove(&key.username).await
    }

    /// At most 200 at once. A single broken account (M1) makes the panel refuse the whole listing.
    async fn page(&self, cursor: Option<&str>, size: u16) -> Result<Page, PanelError> {
        self.listed(cursor, size).await
    }

    async fn squads(&self) -> Result<Vec<Squad>, PanelError> {
        let offer = self.offer().await?;
        let squad = |protocol: &str, Inbound { tag }| Squad {
            id: format!("{protocol}:{tag}"),
            name: tag,
            external: false,
            members: None,
        };
        let squads = offer.into_iter().flat_map(|(protocol, inbounds)| {
            inbounds.into_iter().map(move |inbound| squad(&protocol, inbound)).collect::<Vec<_>>()
        });
        Ok(squads.collect())
    }

    /// Accounts on hold are in the whole number only.
    async fn statistics(&self) -> Result<Statistics, PanelError> {
        let system: System = http::decode(self.get(&["system"]).await?)?;
        tracing::debug!(panel.version = system.version, "counted");
        Ok(Statistics {
            accounts: system.total_user,
            active: system.users_active,
            expired: system.users_expired,
            limited: system.users_limited,
            disabled: system.users_disabled,
            online: system.online_users,
        })
    }

    /// Those besides the panel's own machine, which is none of its nodes.
    async fn nodes(&self) -> Result<Vec<Node>, PanelError> {
        let servers: Vec<Server> = http::decode(self.get(&["nodes"]).await?)?;
        let node = |server: Server| Node {
            name: server.name,
            connected: server.status == "connected",
            disabled: server.status == "disabled",
            online: None,
        };
        Ok(servers.into_iter().map(node).collect())
    }
}

fn object(value: Value) -> Map<String, Value> {
    if let Value::Object(fields) = value { fields } else { Map::new() }
}
