//! VPN panels: the accounts that buyers' apps connect with.
//!
//! The shop knows what a subscription should grant ([`Desired`]); [`Panel::converge`] makes the panel equal to it and
//! answers with the [`Account`] as it then is. Data flows: `Desired` → read the account by its user name → compare
//! (pure, `remnawave/diff.rs`) → at most one create or one PATCH with absolute values, and a traffic reset where one
//! is owed → `Account`, which `domain::provisioning::confirmed` turns into records. Nothing is remembered between two
//! calls, so a repeat after a crash or a lost answer finds the work done and writes nothing.
//!
//! What the panel tells by itself comes in through [`webhook`], is verified there, and is only a hint: the reader
//! then asks the panel.
//!
//! One folder a kind of panel; a shop may have several of any kind ([`Panels`]), and leaves those alone for a while that
//! are down (`breaker.rs`). `http.rs` holds what their clients do alike. Protocol facts were recorded from running
//! panels (Remnawave 2.7.4 and 3.3.2, Marzban 0.8.4); the recordings lie beside the stand-ins,
//! `tests/standins/panels/data`.

mod breaker;
mod error;
mod http;
mod link;
pub mod marzban;
mod panels;
mod remnawave;

use domain::{Access, Applied, provisioning::Account};
use jiff::Timestamp;
use std::future::Future;

pub use error::{Fault, GateSign, PanelError, Retry};
pub use link::Link;
pub use marzban::Marzban;
pub use panels::{AnyPanel, Panels};
pub use remnawave::{Config, Remnawave, webhook};

/// The generation of a panel's API: how it addresses an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Remnawave 2.x: by UUID.
    V2,
    /// Remnawave 3.0 and everything newer that we know of: by number.
    V3,
}

/// How an account is known. The user name survives an upgrade of the panel, the other two may not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountKey {
    /// Numeric id, where the panel has one.
    pub panel_id: Option<i64>,
    /// UUID, where the panel has one.
    pub panel_uuid: Option<String>,
    /// The user name.
    pub username: String,
}

impl From<&Applied> for AccountKey {
    /// As the panel called it when it last confirmed.
    fn from(applied: &Applied) -> Self {
        Self {
            panel_id: applied.panel_id,
            panel_uuid: applied.panel_uuid.clone(),
            username: applied.username.clone(),
        }
    }
}

/// What an account should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desired {
    /// The name to create it under: deterministic, unique, `[a-zA-Z0-9_-]`, 3-36 characters.
    pub username: String,
    /// Whose it is.
    pub telegram_id: i64,
    /// Our mark of ownership: one line, kept among whatever a person writes around it.
    pub description: String,
    /// What it grants.
    pub access: Access,
    /// How the panel called it when it last confirmed; `None` = never confirmed.
    pub known: Option<AccountKey>,
    /// What the panel last confirmed. Tells a change made by hand from one that we owe.
    pub applied: Option<Access>,
    /// A paid period starts: traffic counts from zero if it is or was limited, and an account that a person switched
    /// off is switched on. Must be false again once such a call has succeeded.
    pub fresh_period: bool,
    /// Money went back, and time with it: an end that we had confirmed ourselves may be moved back.
    pub shortened: bool,
}

/// What a panel says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// Its version; `None` where it does not tell (before 2.5, or the token may not ask).
    pub version: Option<String>,
    /// Its family, where the version or its absence shows it.
    pub family: Option<Family>,
    /// It is newer than any that we know, and taken for the newest known.
    pub newer: bool,
    /// When it will stop taking our token, where the token says so.
    pub token_expires: Option<Timestamp>,
}

/// An app that fetched the subscription, as the panel counts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// What the panel tells it apart by.
    pub hwid: String,
    /// `Android`, `iOS`, …, where the app said it.
    pub platform: Option<String>,
    /// The platform's version.
    pub os_version: Option<String>,
    /// `Pixel 8`.
    pub model: Option<String>,
    /// The app, as it names itself to servers.
    pub user_agent: Option<String>,
    /// First seen.
    pub added_at: Timestamp,
}

/// An account as a listing of all shows it, ours or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// As it is.
    pub account: Account,
    /// Whose it is, where the panel knows Telegram ids.
    pub telegram_id: Option<i64>,
    /// What stands in its description or note: our mark among it, if it is ours.
    pub description: Option<String>,
    /// A person switched it off.
    pub disabled: bool,
}

/// A part of the listing of all accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// In an order in which none is left out while others come and go.
    pub accounts: Vec<Listed>,
    /// Where the next part begins, for the same panel and version; `None` = that was all.
    pub next: Option<String>,
}

/// A group of servers (an internal or external squad, an inbound) that a plan may grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Squad {
    /// What a plan names it by.
    pub id: String,
    /// What a person knows it by.
    pub name: String,
    /// It is an external squad.
    pub external: bool,
    /// How many accounts are in it, where the panel counts them.
    pub members: Option<u64>,
}

/// A server behind the panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Connected to the panel now.
    pub connected: bool,
    /// Switched off by a person.
    pub disabled: bool,
    /// People online through it, where the panel counts them.
    pub online: Option<u64>,
}

/// The panel's own counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statistics {
    /// All accounts.
    pub accounts: u64,
    /// Those that work.
    pub active: u64,
    /// Those whose time is over.
    pub expired: u64,
    /// Those whose traffic is used up.
    pub limited: u64,
    /// Those that a person switched off.
    pub disabled: u64,
    /// Online now.
    pub online: u64,
}

/// A panel. All calls are safe to repeat. What a kind of panel has not at all is [`PanelError::NotOffered`].
pub trait Panel {
    /// Makes the account equal to `want` and answers what is then in force.
    ///
    /// | in the panel | done |
    /// |---|---|
    /// | no such account | created |
    /// | an account of that name, ours by id, Telegram id or mark, or nobody's | adopted, then as below |
    /// | an account of that name of somebody else | [`PanelError::Foreign`], nothing written |
    /// | end later than wanted, money went back | set earlier, at the soonest in two minutes; not beyond what a person added |
    /// | end later than wanted | kept, reported in `Account::access.end`: a person gave it |
    /// | end earlier than wanted | set, unless the wanted end has passed (a panel refuses past dates) |
    /// | traffic limit, reset rule, device limit, external squad, Telegram id differ | set, also if changed by hand (logged) |
    /// | internal squads differ | set as a whole; an empty list means that the shop leaves them to the operator |
    /// | mark missing | added in front of the present description when adopting, else left |
    /// | EXPIRED, wanted end ahead | the end is sent, which re-opens it |
    /// | LIMITED | traffic reset on a fresh period; otherwise it stays, unless the limit grew or fell away |
    /// | DISABLED (only a person does that) | enabled on a fresh period, otherwise it stays |
    /// | vanished between read and write, or right after it was created | created anew, once |
    /// | answers about another account, by name, id or Telegram id | [`PanelError::Garbage`], nothing believed |
    /// | nothing differs | nothing after the one read |
    ///
    /// What that means for each field, whoever changed it, stands in `docs/panels.md` and is run by `tests/drift.rs`.
    ///
    /// `now` decides which ends are past.
    fn converge(
        &self,
        want: &Desired,
        now: Timestamp,
    ) -> impl Future<Output = Result<Account, PanelError>> + Send;

    /// Is the panel there, does it take our token, which version is it?
    fn health(&self) -> impl Future<Output = Result<Health, PanelError>> + Send;

    /// The account as it is; `None` if there is none of that name.
    fn account(&self, key: &AccountKey) -> impl Future<Output = Result<Option<Account>, PanelError>> + Send;

    /// Gives the account a new link and new keys: the old link is dead at once. `None` if there is no such account.
    fn revoke(&self, key: &AccountKey) -> impl Future<Output = Result<Option<Account>, PanelError>> + Send;

    /// Switches the account on or off; `false` if there is none. Being so already is success.
    fn set_enabled(
        &self,
        key: &AccountKey,
        enabled: bool,
    ) -> impl Future<Output = Result<bool, PanelError>> + Send;

    /// Counts the account's traffic from zero; `false` if there is none. An account that is switched off stays so.
    fn reset_traffic(&self, key: &AccountKey) -> impl Future<Output = Result<bool, PanelError>> + Send;

    /// Deletes the account; `false` if there was none.
    fn delete(&self, key: &AccountKey) -> impl Future<Output = Result<bool, PanelError>> + Send;

    /// Some of all accounts, from `cursor` (a [`Page::next`]) or the beginning on; `size` from 1 to 1000.
    fn page(&self, cursor: Option<&str>, size: u16) -> impl Future<Output = Result<Page, PanelError>> + Send;

    /// The groups of servers that plans may name.
    fn squads(&self) -> impl Future<Output = Result<Vec<Squad>, PanelError>> + Send;

    /// The panel's own counts.
    fn statistics(&self) -> impl Future<Output = Result<Statistics, PanelError>> + Send;

    /// The servers behind the panel.
    fn nodes(&self) -> impl Future<Output = Result<Vec<Node>, PanelError>> + Send;

    /// The account's devices, newest first.
    fn devices(&self, key: &AccountKey) -> impl Future<Output = Result<Vec<Device>, PanelError>> + Send {
        let _ = key;
        std::future::ready(Err(PanelError::NotOffered { what: "devices" }))
    }

    /// Forgets one device; answers those left. One that is not there is success.
    fn forget_device(
        &self,
        key: &AccountKey,
        hwid: &str,
    ) -> impl Future<Output = Result<Vec<Device>, PanelError>> + Send {
        let _ = (key, hwid);
        std::future::ready(Err(PanelError::NotOffered { what: "devices" }))
    }

    /// Forgets all devices.
    fn forget_devices(&self, key: &AccountKey) -> impl Future<Output = Result<(), PanelError>> + Send {
        let _ = key;
        std::future::ready(Err(PanelError::NotOffered { what: "devices" }))
    }
}
