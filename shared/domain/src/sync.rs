//! Comparing a panel with the shop, account by account, and what is done about what differs.
//!
//! A run goes through all accounts of a panel ([`judge`] says what each of them is), then through the shop's own
//! subscriptions for those that no account answered for. It is counted page by page in a [`Sync`], so that a run of
//! any length goes on where it stopped. What differs is handed to delivery, which decides by what it finds then.

use crate::{
    Access, Actor, Applied, Decision, Event, EventKind, IdError, Localized, Observed, Once, PanelId, Period,
    PlanId, Record, Renewal, Subscription, SubscriptionNo, Terms, UserId, UserState,
    provisioning::{self, Account},
    upkeep::{self, Stage},
};
use jiff::{SignedDuration, Timestamp};
use std::{collections::BTreeSet, fmt, str::FromStr};

/// How far a run goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// Looks and counts; nothing of a subscription changes.
    Look,
    /// Also hands to delivery what differs or is missing.
    Repair,
    /// Also takes over accounts of people who have none here: moving in from another shop.
    Adopt,
}

impl Depth {
    /// Every depth.
    pub const ALL: [Self; 3] = [Self::Look, Self::Repair, Self::Adopt];

    /// The name in records and buttons.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Look => "look",
            Self::Repair => "repair",
            Self::Adopt => "adopt",
        }
    }
}

impl fmt::Display for Depth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Depth {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let found = Self::ALL.into_iter().find(|depth| depth.name() == text);
        found.ok_or(IdError { kind: "depth of a comparison" })
    }
}

/// What was counted in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Accounts and subscriptions looked at.
    pub checked: u64,
    /// Accounts of our subscriptions.
    pub found: u64,
    /// Of these, accounts that are not as the panel last confirmed them.
    pub drifted: u64,
    /// Running subscriptions whose account is gone.
    pub missing: u64,
    /// Accounts of people who have none here: they could be taken over.
    pub movable: u64,
    /// Of these, taken over.
    pub created: u64,
    /// Handed to delivery.
    pub updated: u64,
    /// Accounts that belong to nobody we could name; left alone.
    pub foreign: u64,
    /// What could not be looked at or written down.
    pub errors: u64,
}

impl Counts {
    /// The panel and the shop agree.
    pub fn agree(&self) -> bool {
        self.drifted == 0 && self.missing == 0 && self.errors == 0
    }
}

/// Something found that an operator may want to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is: `drifted`, `missing`, `movable`, `foreign`, `error`.
    pub what: String,
    /// The account's name in the panel.
    pub username: String,
    /// The fields that differ, or the cause.
    pub detail: String,
}

/// So many findings of a kind are kept.
const EXAMPLES: usize = 5;

/// After a slice that was never reported (its function died) the run goes on so much later.
const LEASE: SignedDuration = SignedDuration::from_mins(6);

/// After the panel failed `n` times in a row the run waits `2^n` minutes, at most this.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(60);

/// The comparison of one panel: the run under way, or the last one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sync {
    /// Which panel.
    pub panel: PanelId,
    /// Counts the runs.
    pub run: u32,
    /// How far this one goes.
    pub depth: Depth,
    /// Who asked for it; `None` = the schedule.
    pub asked_by: Option<UserId>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; `None` = under way.
    pub ended_at: Option<Timestamp>,
    /// All accounts of the panel were looked at; the shop's own subscriptions are next.
    pub accounts_done: bool,
    /// Where it goes on; `None` = from the beginning.
    pub cursor: Option<String>,
    /// What was counted.
    pub counts: Counts,
    /// Some of what was found.
    pub findings: Vec<Finding>,
    /// The panel's version, where it tells.
    pub panel_version: Option<String>,
    /// Why it does not go on, while it does not.
    pub trouble: Option<String>,
    /// How often in a row the panel failed.
    pub failures: u32,
    /// When it goes on, or the next run begins.
    pub next_at: Timestamp,
    /// 0 = not stored yet.
    pub version: u64,
}

impl Sync {
    /// The first run of `panel`, by the schedule: it repairs, and takes nothing over.
    pub fn first(panel: PanelId, now: Timestamp) -> Self {
        Self {
            panel,
            run: 1,
            depth: Depth::Repair,
            asked_by: None,
            started_at: now,
            ended_at: None,
            accounts_done: false,
            cursor: None,
            counts: Counts::default(),
            findings: Vec::new(),
            panel_version: None,
            trouble: None,
            failures: 0,
            next_at: now,
            version: 0,
        }
    }

    /// The next run. One that is under way is given up: what it did stays done.
    #[must_use]
    pub fn again(&self, depth: Depth, asked_by: Option<UserId>, now: Timestamp) -> Self {
        Self {
            run: self.run.saturating_add(1),
            depth,
            asked_by,
            version: self.version,
            panel_version: self.panel_version.clone(),
            ..Self::first(self.panel.clone(), now)
        }
    }

    /// An operator asks for a run, which leaves an event.
    pub fn asked(&self, depth: Depth, by: UserId, now: Timestamp) -> Decision {
        let next = self.again(depth, Some(by), now);
        let kind = EventKind::SyncAsked { panel: next.panel.clone(), run: next.run, depth };
        let key = format!("sync/{}/{}", next.panel, next.run);
        let event = Event::of_shop(now, Actor::Operator(by), kind, &key);
        Decision { once: None, records: vec![Record::Sync(next)], events: vec![event] }
    }

    /// Under way?
    pub fn is_running(&self) -> bool {
        self.ended_at.is_none()
    }

    /// This worker has the run until it says otherwise, or for so long that it must have died.
    #[must_use]
    pub fn taken(mut self, now: Timestamp) -> Self {
        self.next_at = after(now, LEASE);
        self
    }

    /// A page was looked at; the run goes on at `cursor`.
    pub fn turned(&mut self, cursor: Option<String>) {
        self.accounts_done |= cursor.is_none();
        self.cursor = cursor;
        self.trouble = None;
        self.failures = 0;
    }

    /// The worker's time is up; another goes on at once.
    #[must_use]
    pub fn paused(mut self, now: Timestamp) -> Self {
        self.next_at = now;
        self
    }

    /// The panel failed: the run goes on later, not before the panel wants it.
    #[must_use]
    pub fn troubled(mut self, cause: String, wait: Option<SignedDuration>, now: Timestamp) -> Self {
        self.failures = self.failures.saturating_add(1);
        let own = SignedDuration::from_mins(1 << self.failures.min(6).saturating_sub(1)).min(LONGEST_WAIT);
        self.trouble = Some(cause);
        self.next_at = after(now, wait.unwrap_or_default().max(own));
        self
    }

    /// The run is over; the next begins `every` later. Told to the operators if somebody asked for it, or if not all was
    /// well.
    pub fn ended(mut self, every: SignedDuration, now: Timestamp) -> Decision {
        self.ended_at = Some(now);
        self.next_at = after(now, every);
        let (panel, counts) = (self.panel.clone(), self.counts);
        let told = self.asked_by.is_some() || !counts.agree();
        let key = format!("sync/{}/{}", panel, self.run);
        let kind = EventKind::SyncEnded { panel, run: self.run, depth: self.depth, counts, told };
        let event = Event::of_shop(now, Actor::System, kind, &key);
        Decision { once: None, records: vec![Record::Sync(self)], events: vec![event] }
    }

    /// Keeps a finding, if there are not enough of its kind.
    pub fn note(&mut self, what: &str, username: &str, detail: impl Into<String>) {
        if self.findings.iter().filter(|finding| finding.what == what).count() < EXAMPLES {
            let (what, username) = (what.to_owned(), username.to_owned());
            self.findings.push(Finding { what, username, detail: detail.into() });
        }
    }
}

fn after(now: Timestamp, wait: SignedDuration) -> Timestamp {
    now.checked_add(wait).unwrap_or(now)
}

/// What an account of a panel is to the shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// The account of this subscription, as the panel confirmed it.
    Same(&'a Subscription),
    /// The account of this subscription; these fields are not as the panel confirmed them.
    Drifted(&'a Subscription, Vec<&'static str>),
    /// One that a subscription is about to get, or has just left.
    Passing,
    /// Of a person who has no subscription for it.
    Movable,
}

/// What `account` of `panel` is to the buyer whose name or Telegram id it carries.
///
/// An account is known by what the panel confirmed (id, UUID or name) or by the name that we would give it; `telegram_id`
/// is what the panel holds, if it holds one.
pub fn judge<'a>(
    state: &'a UserState,
    panel: &PanelId,
    (account, telegram_id): (&Account, Option<UserId>),
) -> Verdict<'a> {
    let own = state.subscriptions.iter().find_map(|subscription| {
        let applied = subscription.applied.as_ref().filter(|applied| applied.panel == *panel)?;
        is_that(applied, account).then_some((subscription, applied))
    });
    if let Some((subscription, applied)) = own {
        // One that moves away, or waits for a delivery: what is there now is not what will be.
        if !subscription.is_delivered() {
            return Verdict::Passing;
        }
        let mut fields = drift(subscription, applied, account);
        fields.extend(telegram_id.filter(|id| *id != subscription.user).map(|_| "telegram_id"));
        return if fields.is_empty() {
            Verdict::Same(subscription)
        } else {
            Verdict::Drifted(subscription, fields)
        };
    }
    let passing = state.subscriptions.iter().any(|subscription| {
        let leaving = subscription.leaving.iter();
        let mut leaving = leaving.filter(|left| left.panel == *panel && left.username == account.username);
        let coming = subscription.terms.panel == *panel && subscription.there().is_none();
        leaving.next().is_some() || (coming && subscription.panel_username() == account.username)
    });
    if passing { Verdict::Passing } else { Verdict::Movable }
}

fn is_that(applied: &Applied, account: &Account) -> bool {
    let id = applied.panel_id.is_some() && applied.panel_id == account.panel_id;
    let uuid = applied.panel_uuid.is_some() && applied.panel_uuid == account.panel_uuid;
    id || uuid || applied.username == account.username
}

/// What differs between the account and what the panel last confirmed. What the terms leave to the panel's operator is
/// theirs to change.
fn drift(subscription: &Subscription, applied: &Applied, account: &Account) -> Vec<&'static str> {
    let (old, new) = (&applied.access, &account.access);
    let squads = |access: &Access| -> BTreeSet<String> {
        access.squads.iter().map(|squad| squad.to_ascii_lowercase()).collect()
    };
    let owned = !subscription.terms.squads.is_empty();
    let link = !account.link_varies && applied.link != account.link;
    [
        ("end", old.end != new.end),
        ("traffic_limit", old.traffic_limit != new.traffic_limit),
        ("traffic_reset", old.traffic_reset != new.traffic_reset),
        ("device_limit", old.device_limit != new.device_limit),
        ("squads", owned && squads(old) != squads(new)),
        ("external_squad", old.external_squad != new.external_squad),
        ("username", applied.username != account.username),
        ("link", link),
    ]
    .into_iter()
    .filter_map(|(field, differs)| differs.then_some(field))
    .collect()
}

/// Writes down what the account tells about use; with `fields`, delivery is asked to look at it. Once a run.
pub fn observed(
    subscription: &Subscription,
    account: &Account,
    (run, fields): (&Sync, &[&'static str]),
    now: Timestamp,
) -> Decision {
    let mut next = subscription.clone();
    next.observed = Some(provisioning::seen(subscription, account, now));
    let repairs = run.depth >= Depth::Repair && !fields.is_empty();
    let asked = if repairs { handed(subscription, run, fields, now) } else { Decision::nothing() };
    Decision { records: vec![Record::Subscription(next)], ..asked }
}

/// The account of a running subscription is gone, and its link with it: delivery makes it anew. Once a run.
pub fn missing(subscription: &Subscription, run: &Sync, now: Timestamp) -> Decision {
    if run.depth == Depth::Look {
        return Decision::nothing();
    }
    let mut next = subscription.clone();
    next.applied = next.applied.map(|applied| Applied { revoked: true, ..applied });
    next.next_at = upkeep::next_at(&next, now);
    Decision { records: vec![Record::Subscription(next)], ..handed(subscription, run, &["account"], now) }
}

fn handed(subscription: &Subscription, run: &Sync, fields: &[&str], now: Timestamp) -> Decision {
    let (user, no) = (subscription.user, subscription.no);
    let key = format!("sync/{}/{}/{user}/{no}", run.panel, run.run);
    let fields = fields.iter().map(|field| (*field).to_owned()).collect();
    let kind = EventKind::DriftFound { no, panel: run.panel.clone(), fields };
    let event = Event::new(user, now, Actor::Panel, kind, &key);
    Decision { once: Some(Once::new(key, "handed")), records: Vec::new(), events: vec![event] }
}

/// Should a subscription be looked for, which no account answered for in `run`?
pub fn is_due(subscription: &Subscription, run: &Sync, now: Timestamp) -> bool {
    let seen = subscription.observed.as_ref().is_some_and(|observed| observed.at >= run.started_at);
    let there = subscription.there().is_some_and(|applied| applied.panel == run.panel);
    subscription.end > now && subscription.is_delivered() && there && !seen
}

/// Takes an account over as a subscription of `user`, exactly as it is: nothing is extended, nothing cut.
///
/// A buyer who takes it later up finds it; it counts as a subscription, so no trial is due.
pub fn adopted(
    state: &UserState,
    user: UserId,
    (panel, account): (&PanelId, &Account),
    by: Option<UserId>,
    now: Timestamp,
) -> Decision {
    let last = state.subscriptions.iter().map(|subscription| subscription.no.0).max();
    let no = SubscriptionNo(last.map_or(SubscriptionNo::FIRST.0, |last| last.saturating_add(1)));
    let Some(terms) = terms(panel, &account.access) else { return Decision::nothing() };
    let mut subscription = Subscription {
        user,
        no,
        name: None,
        terms,
        extras: Vec::new(),
        trial: false,
        started_at: now,
        end: account.access.end,
        revision: 1,
        applied: Some(Applied {
            panel: panel.clone(),
            revision: 1,
            at: now,
            access: account.access.clone(),
            username: account.username.clone(),
            panel_id: account.panel_id,
            panel_uuid: account.panel_uuid.clone(),
            link: account.link.clone(),
            revoked: false,
        }),
        leaving: Vec::new(),
        pending: Vec::new(),
        observed: Some(Observed {
            at: now,
            used: account.used,
            first_connected_at: account.first_connected_at,
            online_at: account.online_at,
        }),
        // What was over before we came is nobody's news.
        stage: if account.access.end > now { Stage::Fresh } else { Stage::Ended },
        renewal: Renewal::Off,
        attempts: 0,
        resets: crate::Resets::default(),
        next_at: None,
        version: 0,
    };
    subscription.next_at = upkeep::next_at(&subscription, now);
    let actor = by.map_or(Actor::Panel, Actor::Operator);
    let (username, end) = (account.username.clone(), subscription.end);
    let key = format!("adopted/{panel}/{username}/{no}");
    let kind = EventKind::Imported { no, panel: panel.clone(), username, end };
    let event = Event::new(user, now, actor, kind, &key);
    Decision { once: None, records: vec![Record::Subscription(subscription)], events: vec![event] }
}

/// The terms of a subscription that was never bought here.
fn terms(panel: &PanelId, access: &Access) -> Option<Terms> {
    let plan: PlanId = "imported".parse().ok()?;
    Some(Terms {
        plan,
        name: Localized { ru: "Подписка".into(), en: "Subscription".into() },
        period: Period::Months(1),
        traffic_limit: access.traffic_limit,
        traffic_reset: access.traffic_reset,
        device_limit: access.device_limit,
        panel: panel.clone(),
        squads: access.squads.clone(),
        external_squad: access.external_squad.clone(),
    })
}

/// The panel tells another version than before; one newer than any we know is told to the operators.
pub fn version_seen(run: &mut Sync, version: Option<String>, newer: bool, now: Timestamp) -> Decision {
    if version.is_none() || version == run.panel_version {
        return Decision::nothing();
    }
    let told = version.clone().unwrap_or_default();
    run.panel_version = version;
    let key = format!("panel/{}/{told}", run.panel);
    let kind = EventKind::PanelVersion { panel: run.panel.clone(), version: told, newer };
    let event = Event::of_shop(now, Actor::Panel, kind, &key);
    Decision { once: Some(Once::new(key, "told")), records: Vec::new(), events: vec![event] }
}
