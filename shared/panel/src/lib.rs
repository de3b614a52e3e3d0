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
//! One folder a panel; only Remnawave so far. Protocol facts were recorded from running panels (2.7.4 and 3.3.2); the
//! recordings lie beside the stand-in, `tests/standins/panels/data`.

mod error;
mod remnawave;

use domain::{Access, provisioning::Account};
use jiff::Timestamp;
use std::future::Future;

pub use error::{Fault, GateSign, PanelError, Retry};
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Its version; `None` where it does not tell (before 2.5, or the token may not ask).
    pub version: Option<String>,
    /// Its family, where the version or its absence shows it.
    pub family: Option<Family>,
}

/// A panel. All calls are safe to repeat.
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
    /// | vanished between read and write | created anew, once |
    /// | nothing differs | nothing after the one read |
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
}
