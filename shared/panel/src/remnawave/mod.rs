//! Remnawave, families 2.x and 3.x.
//!
//! The family is never remembered: every user object shows it (`uuid` = 2.x), so an operator may upgrade the panel
//! under a warm function. Accounts are looked up by user name, which every version offers and an upgrade keeps.
//!
//! `call` and `wire` speak HTTP, `user` and `loose` read what any version writes, `diff` decides what a subscription
//! needs; `account`, `devices`, `listing` and `overview` hold one group of calls each; `gate` what lets them through.

mod account;
mod call;
mod devices;
mod diff;
mod gate;
mod listing;
mod loose;
mod overview;
mod user;
pub mod webhook;
mod wire;

use crate::{
    AccountKey, Desired, Device, Family, Fault, Health, Node, Page, Panel, PanelError, Squad, Statistics,
    http::{self, Line},
};
use diff::Changes;
use domain::provisioning::Account;
use jiff::Timestamp;
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::fmt;
use url::Url;
use user::User;

/// How to reach a panel.
pub struct Config {
    /// Its address, with or without `/api` at the end.
    pub base_url: Url,
    /// An API token made in the panel.
    pub token: SecretString,
    /// What a gate in front of the panel wants: `X-Api-Key` for caddy-security, what [`Config::cookie`] and
    /// [`Config::tiny_auth`] make, `CF-Access-Client-Id` and `CF-Access-Client-Secret` for Cloudflare Access, ….
    pub extra_headers: Vec<(String, String)>,
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.extra_headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("Config")
            .field("host", &self.base_url.host_str())
            .field("extra_headers", &names)
            .finish_non_exhaustive()
    }
}

/// A client of one Remnawave panel.
#[derive(Clone)]
pub struct Remnawave {
    line: Line,
    token_expires: Option<Timestamp>,
}

impl fmt::Debug for Remnawave {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remnawave").field("host", &self.line.base.host_str()).finish_non_exhaustive()
    }
}

impl Remnawave {
    /// A client; does no I/O. `http` must not follow redirects (a gate would look like a panel) and should drop idle
    /// connections before the panel does, which is after 5 s.
    pub fn new(http: reqwest::Client, config: Config) -> Self {
        let headers = call::headers(&config);
        let token_expires = gate::expiry(config.token.expose_secret());
        Self { line: Line::new(http, config.base_url, headers), token_expires }
    }

    /// When the panel will stop taking our token, as the token itself says; `None` if it does not. Panels before 2.8
    /// give tokens for centuries, later ones for as long as the operator chose.
    pub fn token_expires(&self) -> Option<Timestamp> {
        self.token_expires
    }

    async fn find(&self, username: &str) -> Result<Option<User>, PanelError> {
        let user = self.present(Method::GET, &["users", "by-username", username], None).await?;
        user.map(|user| user.named(username)).transpose()
    }

    /// Creates the account, or finds the one that stands in its place: another worker's, or that of an earlier call
    /// of ours whose answer was lost. It is always read back: an account that the panel says it made and does not
    /// have must not be told to the buyer. `None`: it has none.
    async fn create(&self, want: &Desired) -> Result<Option<User>, PanelError> {
        let refusal = match self.call(Method::POST, &["users"], Some(&diff::creation(want))).await {
            Ok(answer) => User::read(answer)?.named(&want.username).map(|_| None)?,
            Err(error) if error.is_taken() || error.may_have_worked() => Some(error),
            Err(error) => return Err(error),
        };
        match (self.find(&want.username).await?, refusal) {
            (None, Some(refusal)) => Err(refusal),
            (found, _) => Ok(found),
        }
    }

    /// Brings `user` to what is wanted. `None`: it vanished meanwhile.
    async fn adjust(&self, user: User, want: &Desired, now: Timestamp) -> Result<Option<User>, PanelError> {
        if !diff::is_ours(&user, want) {
            return Err(PanelError::Foreign { username: user.username });
        }
        let Changes { fields, by_hand, reset } = diff::changes(&user, want, now);
        if !by_hand.is_empty() {
            tracing::warn!(account.username = user.username, fields = ?by_hand, "values changed by hand in the panel are set back");
        }
        let mut user = user;
        if !fields.is_empty() {
            let (key, id) = user.key();
            let mut body = Map::from_iter([(key.to_owned(), id)]);
            body.extend(fields);
            match self.present(Method::PATCH, &["users"], Some(&Value::Object(body))).await? {
                Some(patched) => user = patched.same_as(&user)?,
                None => return Ok(None),
            }
        }
        if reset {
            return account::act(self, &user, "reset-traffic", None).await;
        }
        if user.telegram_id == Some(want.telegram_id) {
            return Ok(Some(user));
        }
        Err(PanelError::Garbage { cause: format!("{:?} came back with another Telegram id", user.username) })
    }

    /// A call that answers with the user; `None` if there is no such user.
    async fn present(
        &self,
        method: Method,
        path: &[&str],
        body: Option<&Value>,
    ) -> Result<Option<User>, PanelError> {
        match self.call(method, path, body).await {
            Ok(answer) => User::read(answer).map(Some),
            Err(error) if error.is_absent() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Panel for Remnawave {
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
                return user.into_account();
            }
        }
        Err(PanelError::Unavailable { cause: Fault::Vanished })
    }

    async fn health(&self) -> Result<Health, PanelError> {
        #[derive(Deserialize)]
        struct Metadata {
            version: String,
        }
        let family = match self.call(Method::GET, &["system", "metadata"], None).await {
            Ok(answer) => {
                let Metadata { version } = http::decode(answer)?;
                let family = wire::family_of(&version);
                let newer = wire::is_newer(&version);
                return Ok(Health {
                    version: Some(version),
                    family,
                    newer,
                    token_expires: self.token_expires,
                });
            }
            // The route exists from 2.5 on.
            Err(error) if wire::is_unrouted(&error) => Some(Family::V2),
            // A token may lack `system:read` (scopes exist from 2.8 on) and still do all we need.
            Err(PanelError::Unauthorized) => None,
            Err(error) => return Err(error),
        };
        // Whether it exists does not matter: an answer proves panel and token, in every version.
        self.find("nobody-of-that-name").await?;
        Ok(Health { version: None, family, newer: false, token_expires: self.token_expires })
    }

    async fn account(&self, key: &AccountKey) -> Result<Option<Account>, PanelError> {
        self.find(&key.username).await?.map(User::into_account).transpose()
    }

    async fn revoke(&self, key: &AccountKey) -> Result<Option<Account>, PanelError> {
        account::revoke(self, key).await
    }

    async fn set_enabled(&self, key: &AccountKey, enabled: bool) -> Result<bool, PanelError> {
        account::switch(self, key, enabled).await
    }

    async fn reset_traffic(&self, key: &AccountKey) -> Result<bool, PanelError> {
        account::reset_traffic(self, key).await
    }

    async fn delete(&self, key: &AccountKey) -> Result<bool, PanelError> {
        account::delete(self, key).await
    }

    async fn page(&self, cursor: Option<&str>, size: u16) -> Result<Page, PanelError> {
        listing::page(self, cursor, size).await
    }

    async fn squads(&self) -> Result<Vec<Squad>, PanelError> {
        overview::squads(self).await
    }

    async fn statistics(&self) -> Result<Statistics, PanelError> {
        overview::statistics(self).await
    }

    async fn nodes(&self) -> Result<Vec<Node>, PanelError> {
        overview::nodes(self).await
    }

    async fn devices(&self, key: &AccountKey) -> Result<Vec<Device>, PanelError> {
        devices::list(self, key).await
    }

    async fn forget_device(&self, key: &AccountKey, hwid: &str) -> Result<Vec<Device>, PanelError> {
        devices::forget(self, key, hwid).await
    }

    async fn forget_devices(&self, key: &AccountKey) -> Result<(), PanelError> {
        devices::forget_all(self, key).await
    }
}
