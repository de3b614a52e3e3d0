//! A subscription: what the buyer is entitled to, and what the panel has confirmed of it.

use crate::{
    Extra, PanelId, Provider, Resets, SubscriptionNo, Terms, TrafficReset, UserId, provisioning::Cause,
    upkeep::Stage,
};
use jiff::{SignedDuration, Timestamp};

/// What the panel must grant: absolute values, so that applying them twice changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Until when (whole seconds, UTC).
    pub end: Timestamp,
    /// Bytes per reset period; 0 = unlimited.
    pub traffic_limit: u64,
    /// When traffic is counted anew.
    pub traffic_reset: TrafficReset,
    /// `None` = the panel's own setting, `Some(0)` = any number.
    pub device_limit: Option<u32>,
    /// Internal squads (UUIDs).
    pub squads: Vec<String>,
    /// External squad (UUID).
    pub external_squad: Option<String>,
}

/// What the panel last confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Which panel.
    pub panel: PanelId,
    /// Which revision of the entitlement.
    pub revision: u64,
    /// When.
    pub at: Timestamp,
    /// The values in force there.
    pub access: Access,
    /// Our marker: the user name in the panel.
    pub username: String,
    /// Numeric id in the panel, where it has one.
    pub panel_id: Option<i64>,
    /// UUID in the panel, where it has one.
    pub panel_uuid: Option<String>,
    /// The subscription link the buyer's app needs.
    pub link: String,
    /// That link was revoked in the panel: the next answer brings the one that counts.
    pub revoked: bool,
}

/// An account in a panel that the subscription has moved away from. It works until the buyer has had the time to set
/// up the new link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaving {
    /// Which panel.
    pub panel: PanelId,
    /// The user name there.
    pub username: String,
    /// When it is deleted.
    pub until: Timestamp,
}

/// What the panel told about use; may be old, `at` says how old.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// When it was read.
    pub at: Timestamp,
    /// Bytes used in this reset period.
    pub used: u64,
    /// First time an app connected.
    pub first_connected_at: Option<Timestamp>,
    /// Last time an app was online.
    pub online_at: Option<Timestamp>,
}

impl Observed {
    /// For so long nobody asks again.
    const FRESH: SignedDuration = SignedDuration::from_secs(60);

    /// As good as asked at `now`.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        now.duration_since(self.at) < Self::FRESH
    }
}

/// A subscription of a buyer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Whose.
    pub user: UserId,
    /// Which of theirs.
    pub no: SubscriptionNo,
    /// What the buyer calls it; `None` = the default name.
    pub name: Option<String>,
    /// What it grants, as bought last.
    pub terms: Terms,
    /// Bytes beyond those of the terms.
    pub extras: Vec<Extra>,
    /// Given as a trial and never paid.
    pub trial: bool,
    /// First start.
    pub started_at: Timestamp,
    /// The end the buyer is entitled to.
    pub end: Timestamp,
    /// Counts changes of the entitlement.
    pub revision: u64,
    /// What the panel confirmed; older than `revision` while delivery is under way.
    pub applied: Option<Applied>,
    /// Accounts in other panels that are still to be deleted.
    pub leaving: Vec<Leaving>,
    /// Why the buyer waits for delivery; empty when everything was delivered.
    pub pending: Vec<Cause>,
    /// Last figures from the panel.
    pub observed: Option<Observed>,
    /// The last reminder given for this end.
    pub stage: Stage,
    /// How it goes on after its end.
    pub renewal: Renewal,
    /// How often the saved method was charged for this end.
    pub attempts: u8,
    /// When the buyer took a new link or unlinked devices.
    pub resets: Resets,
    /// When [`crate::upkeep::tick`] wants to look again.
    pub next_at: Option<Timestamp>,
    /// 0 = not stored yet.
    pub version: u64,
}

/// How a subscription goes on after its end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Renewal {
    /// The buyer renews it, or not.
    #[default]
    Off,
    /// We charge the balance or the default saved method before the end.
    Charge,
    /// The provider takes the money by itself.
    Provider {
        /// Which.
        provider: Provider,
        /// What the provider knows it by: for Stars the first charge.
        reference: String,
    },
}

/// Where a subscription stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// A trial that runs.
    Trial,
    /// Paid and running.
    Active,
    /// Over.
    Expired,
}

impl Subscription {
    /// The access that the panel should grant.
    pub fn access(&self) -> Access {
        Access {
            end: self.end,
            traffic_limit: self.allowance(),
            traffic_reset: self.terms.traffic_reset,
            device_limit: self.terms.device_limit,
            squads: self.terms.squads.clone(),
            external_squad: self.terms.external_squad.clone(),
        }
    }

    /// Where it stands at `now`.
    pub fn standing(&self, now: Timestamp) -> Standing {
        match (self.end > now, self.trial) {
            (false, _) => Standing::Expired,
            (true, true) => Standing::Trial,
            (true, false) => Standing::Active,
        }
    }

    /// What the panel of the present plan has confirmed; nothing yet while the subscription moves there.
    pub fn there(&self) -> Option<&Applied> {
        self.applied.as_ref().filter(|applied| applied.panel == self.terms.panel)
    }

    /// The panel has confirmed the present entitlement, and the link works.
    pub fn is_delivered(&self) -> bool {
        self.there().is_some_and(|applied| applied.revision == self.revision && !applied.revoked)
    }

    /// Our marker in the panel: deterministic, unique, and legal in every panel (`[a-z0-9_]`, 3-36).
    pub fn panel_username(&self) -> String {
        format!("tg_{}_{}", self.user, self.no)
    }
}
