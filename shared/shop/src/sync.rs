//! Comparing the panels with the shop: pages through all accounts of a panel, then through the shop's own subscriptions.
//!
//! A run is a record ([`domain::Sync`]) that holds where it stopped; [`turn`] does a slice of every run that is due and is
//! to be called every minute. A slice holds one page in memory, whatever the panel holds. Nothing is written to the panel
//! here: what differs becomes an event, and delivery decides by what it finds then.

use crate::{
    Shop, ShopError,
    error::{commit, until_done},
    hints::marked,
};
use domain::{
    Decision, PanelId, Record, Refusal, Subscription, SubscriptionNo, Sync, UserId, UserState,
    provisioning::Account,
    sync::{self, Counts, Depth, Verdict},
};
use futures::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use panel::{AccountKey, AnyPanel, Listed, Panel, PanelError, Panels, Retry};
use std::collections::HashMap;
use store::{Commit, Store, StoreError};

/// So many accounts are looked at in one call of the panel.
const PAGE: u16 = 500;

/// So many pages are turned in one slice: with a slow panel it still ends within the function's time.
const PAGES: u32 = 20;

/// So many accounts are written down at a time.
const HANDS: usize = 8;

/// When runs begin by themselves, and how far they go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// From the end of a run to the next one; zero = only when an operator asks.
    pub every: SignedDuration,
    /// How far.
    pub depth: Depth,
}

/// What a slice did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Turned {
    /// Runs that it worked on.
    pub runs: usize,
    /// Accounts and subscriptions looked at in all of these runs.
    pub checked: u64,
    /// Runs that came to their end.
    pub ended: usize,
    /// A panel did not take our key: it may have been changed since it was read.
    pub unauthorized: bool,
}

/// Does a slice of every run that is due.
pub async fn turn(
    store: &Store,
    panels: &Panels,
    schedule: Schedule,
    now: Timestamp,
) -> Result<Turned, ShopError> {
    let mut known: HashMap<PanelId, Sync> =
        store.syncs().await?.into_iter().map(|run| (run.panel.clone(), run)).collect();
    let mut turned = Turned::default();
    for (id, panel) in panels.iter() {
        let Some(run) = due(known.remove(id), id, schedule, now) else { continue };
        let mut slice = Slice { store, panel, run: run.taken(now), now, unauthorized: false };
        if !slice.keep().await? {
            continue;
        }
        let ended = slice.work(schedule.every).await?;
        turned.runs += 1;
        turned.checked += slice.run.counts.checked;
        turned.ended += usize::from(ended);
        turned.unauthorized |= slice.unauthorized;
        tracing::info!(panel.id = %id, run = slice.run.run, counts = ?slice.run.counts, ended, "compared");
    }
    Ok(turned)
}

/// The run to work on now, if there is one.
fn due(known: Option<Sync>, panel: &PanelId, schedule: Schedule, now: Timestamp) -> Option<Sync> {
    match known {
        None => Some(Sync { depth: schedule.depth, ..Sync::first(panel.clone(), now) }),
        Some(run) if run.next_at > now => None,
        Some(run) if run.is_running() => Some(run),
        Some(_) if schedule.every.is_zero() => None,
        Some(run) => Some(run.again(schedule.depth, None, now)),
    }
}

/// A part of a run, done by one worker.
struct Slice<'a> {
    store: &'a Store,
    panel: &'a AnyPanel,
    run: Sync,
    now: Timestamp,
    unauthorized: bool,
}

/// What became of a page.
enum Page {
    /// There are more.
    Turned,
    /// It was the last of the run.
    Last,
}

/// Why a page was not looked at.
enum Stopped {
    /// By the panel: the run goes on later.
    Panel(PanelError),
    /// By the table.
    Shop(ShopError),
}

impl From<ShopError> for Stopped {
    fn from(error: ShopError) -> Self {
        Self::Shop(error)
    }
}

impl From<StoreError> for Stopped {
    fn from(error: StoreError) -> Self {
        Self::Shop(error.into())
    }
}

/// What was found of one account or subscription.
struct Found {
    username: String,
    outcome: Outcome,
}

enum Outcome {
    Same,
    Drifted {
        fields: Vec<&'static str>,
        handed: bool,
    },
    Passing,
    Movable {
        adopted: bool,
    },
    Missing {
        handed: bool,
    },
    Foreign,
    /// It could not be looked at or written down; the others can.
    Failed(String),
}

impl Slice<'_> {
    /// Writes the run down. `false`: somebody else has it now.
    async fn keep(&mut self) -> Result<bool, ShopError> {
        let decision =
            Decision { once: None, records: vec![Record::Sync(self.run.clone())], events: Vec::new() };
        let kept = self.store.commit(&decision).await? == Commit::Committed;
        self.run.version += u64::from(kept);
        Ok(kept)
    }

    /// Turns pages until the time is up, the panel fails or all is done. `true`: the run ended.
    async fn work(&mut self, every: SignedDuration) -> Result<bool, ShopError> {
        for _ in 0..PAGES {
            let before = self.run.clone();
            match self.page().await {
                Ok(Page::Turned) => {
                    if !self.keep().await? {
                        return Ok(false);
                    }
                }
                Ok(Page::Last) => {
                    self.store.commit(&self.run.clone().ended(every, self.now)).await?;
                    return Ok(true);
                }
                Err(Stopped::Panel(error)) => {
                    tracing::warn!(panel.id = %before.panel, %error, "the comparison waits");
                    self.unauthorized = matches!(error, PanelError::Unauthorized);
                    let wait = match error.retry() {
                        Retry::Later(wait) => SignedDuration::try_from(wait).ok(),
                        Retry::Now | Retry::Never => None,
                    };
                    self.run = before.troubled(error.to_string(), wait, self.now);
                    self.keep().await?;
                    return Ok(false);
                }
                Err(Stopped::Shop(error)) => return Err(error),
            }
        }
        self.run = self.run.clone().paused(self.now);
        self.keep().await?;
        Ok(false)
    }

    async fn page(&mut self) -> Result<Page, Stopped> {
        if self.run.accounts_done {
            return self.own_page().await;
        }
        if self.run.cursor.is_none() {
            self.look_at_version().await?;
        }
        let page = self.panel.page(self.run.cursor.as_deref(), PAGE).await.map_err(Stopped::Panel)?;
        let states = self.states(&page.accounts).await?;
        let found: Vec<_> = stream::iter(page.accounts)
            .map(|listed| self.account(listed, &states))
            .buffered(HANDS)
            .collect()
            .await;
        self.count(found)?;
        self.run.turned(page.next);
        Ok(Page::Turned)
    }

    async fn look_at_version(&mut self) -> Result<(), Stopped> {
        let health = self.panel.health().await.map_err(Stopped::Panel)?;
        let told = sync::version_seen(&mut self.run, health.version, health.newer, self.now);
        self.store.commit(&told).await?;
        Ok(())
    }

    /// The subscriptions that the accounts' names point at.
    async fn states(&self, accounts: &[Listed]) -> Result<HashMap<UserId, UserState>, Stopped> {
        let mut named: Vec<(UserId, SubscriptionNo)> =
            accounts.iter().filter_map(|listed| marked(&listed.account.username)).collect();
        named.sort_unstable_by_key(|(user, no)| (user.0, no.0));
        named.dedup();
        let mut states: HashMap<UserId, UserState> = HashMap::new();
        for subscription in self.store.subscriptions(&named).await? {
            states.entry(subscription.user).or_default().subscriptions.push(subscription);
        }
        Ok(states)
    }

    async fn account(&self, listed: Listed, states: &HashMap<UserId, UserState>) -> Result<Found, Stopped> {
        let username = listed.account.username.clone();
        let telegram_id = listed.telegram_id.map(UserId);
        let named = marked(&username).map(|(user, _)| user);
        let about = (&listed.account, telegram_id);
        // The name that we gave outweighs a Telegram id that a person wrote over ours.
        let known = named.and_then(|user| Some((user, states.get(&user)?)));
        let known = known.filter(|(_, state)| self.judge(state, about) != Verdict::Movable);
        let whose = known.map(|(user, _)| user).or(telegram_id).or(named).or_else(|| former(&username));
        let outcome = match whose {
            None => Outcome::Foreign,
            Some(user) => self.settle(user, about, known.map(|(_, state)| state)).await?,
        };
        Ok(Found { username, outcome })
    }

    fn judge<'a>(&self, state: &'a UserState, about: (&Account, Option<UserId>)) -> Verdict<'a> {
        sync::judge(state, &self.run.panel, about)
    }

    /// Decides what an account is and writes that down. `known` is what was read of the buyer already.
    async fn settle(
        &self,
        user: UserId,
        about: (&Account, Option<UserId>),
        known: Option<&UserState>,
    ) -> Result<Outcome, Stopped> {
        let settled = until_done(async |round| {
            let state = match known.filter(|_| round == 0) {
                Some(state) => state.clone(),
                None => self.store.user_state(user).await?,
            };
            let (outcome, decision) = self.decide(user, &state, about);
            commit(self.store, &decision, outcome).await
        });
        settled.await.or_else(failed)
    }

    fn decide(
        &self,
        user: UserId,
        state: &UserState,
        about: (&Account, Option<UserId>),
    ) -> (Outcome, Decision) {
        let (account, handed) = (about.0, self.run.depth >= Depth::Repair);
        match self.judge(state, about) {
            Verdict::Same(own) => (Outcome::Same, sync::observed(own, account, (&self.run, &[]), self.now)),
            Verdict::Drifted(own, fields) => {
                let decision = sync::observed(own, account, (&self.run, &fields), self.now);
                (Outcome::Drifted { fields, handed }, decision)
            }
            Verdict::Passing => (Outcome::Passing, Decision::nothing()),
            Verdict::Movable if self.run.depth == Depth::Adopt => {
                let at = (&self.run.panel, account);
                let decision = sync::adopted(state, user, at, self.run.asked_by, self.now);
                (Outcome::Movable { adopted: true }, decision)
            }
            Verdict::Movable => (Outcome::Movable { adopted: false }, Decision::nothing()),
        }
    }

    /// A page of the shop's own subscriptions: those that no account answered for are asked for by name.
    async fn own_page(&mut self) -> Result<Page, Stopped> {
        let cursor = self.run.cursor.clone();
        let (own, next) = self.store.clocked_subscriptions(cursor.as_deref(), i32::from(PAGE)).await?;
        let unseen: Vec<_> = own.into_iter().filter(|one| sync::is_due(one, &self.run, self.now)).collect();
        let found: Vec<_> = stream::iter(unseen).map(|one| self.missing(one)).buffered(HANDS).collect().await;
        self.count(found)?;
        let last = next.is_none();
        self.run.turned(next);
        Ok(if last { Page::Last } else { Page::Turned })
    }

    async fn missing(&self, own: Subscription) -> Result<Found, Stopped> {
        let Some(applied) = own.there() else {
            return Ok(Found { username: own.panel_username(), outcome: Outcome::Passing });
        };
        let (key, username) = (AccountKey::from(applied), applied.username.clone());
        let outcome = match self.panel.account(&key).await {
            Ok(Some(account)) => self.settle(own.user, (&account, None), None).await?,
            Ok(None) => {
                self.store.commit(&sync::missing(&own, &self.run, self.now)).await?;
                Outcome::Missing { handed: self.run.depth >= Depth::Repair }
            }
            // What is wrong with this one account does not stop the others.
            Err(
                error @ (PanelError::Refused { .. }
                | PanelError::Foreign { .. }
                | PanelError::Garbage { .. }
                | PanelError::NotOffered { .. }),
            ) => Outcome::Failed(error.to_string()),
            Err(error) => return Err(Stopped::Panel(error)),
        };
        Ok(Found { username, outcome })
    }

    /// Counts what was found.
    fn count(&mut self, found: Vec<Result<Found, Stopped>>) -> Result<(), Stopped> {
        for found in found {
            let Found { username, outcome } = found?;
            let Counts { checked, found, drifted, missing, movable, created, updated, foreign, errors } =
                &mut self.run.counts;
            *checked += 1;
            let told = match outcome {
                Outcome::Same => {
                    *found += 1;
                    None
                }
                Outcome::Passing => None,
                Outcome::Drifted { fields, handed } => {
                    (*found, *drifted, *updated) = (*found + 1, *drifted + 1, *updated + u64::from(handed));
                    Some(("drifted", fields.join(", ")))
                }
                Outcome::Missing { handed } => {
                    (*missing, *updated) = (*missing + 1, *updated + u64::from(handed));
                    Some(("missing", String::new()))
                }
                Outcome::Movable { adopted } => {
                    (*movable, *created) = (*movable + 1, *created + u64::from(adopted));
                    Some(("movable", String::new()))
                }
                Outcome::Foreign => {
                    *foreign += 1;
                    Some(("foreign", String::new()))
                }
                Outcome::Failed(cause) => {
                    *errors += 1;
                    tracing::error!(panel.user = username, cause, "an account could not be compared");
                    Some(("error", cause))
                }
            };
            if let Some((what, detail)) = told {
                self.run.note(what, &username, detail);
            }
        }
        Ok(())
    }
}

/// One record that cannot be read does not stop a run; a table that is down does.
fn failed(error: ShopError) -> Result<Outcome, Stopped> {
    match error {
        ShopError::Store(error) if !error.is_transient() => Ok(Outcome::Failed(error.to_string())),
        other => Err(Stopped::Shop(other)),
    }
}

/// The buyer whom the ancestor's bots name an account after, where the panel knows no Telegram ids: `tg_<id>`.
fn former(username: &str) -> Option<UserId> {
    username.strip_prefix("tg_")?.parse().ok()
}

impl Shop {
    /// An operator asks for a comparison of `panel`. The one under way is given up; the next slice begins within a minute.
    pub async fn ask_sync(
        &self,
        operator: UserId,
        panel: &PanelId,
        depth: Depth,
        now: Timestamp,
    ) -> Result<Sync, ShopError> {
        until_done(async |_| {
            let known = self.store().syncs().await?.into_iter().find(|run| run.panel == *panel);
            let run = known.ok_or(ShopError::Refused(Refusal::PanelUnknown))?;
            let asked = run.again(depth, Some(operator), now);
            commit(self.store(), &run.asked(depth, operator, now), asked).await
        })
        .await
    }
}
