//! What the panel confirmed, turned into records and events.

use crate::{
    Access, Actor, Applied, Decision, Event, EventKind, IdError, Leaving, Observed, Once, PanelId, PaymentId,
    Record, Subscription, upkeep,
};
use jiff::{SignedDuration, Timestamp};
use std::{fmt, str::FromStr};

/// So long the account in the old panel works beside the new one.
const MOVING: SignedDuration = SignedDuration::from_hours(24);

/// What is over after a cut ends this soon in a panel.
const SOON: SignedDuration = SignedDuration::from_mins(10);

/// Why a buyer waits for delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// They paid.
    Payment(PaymentId),
    /// They took the trial.
    Trial,
    /// They paid for extra traffic: the count of the period goes on.
    Traffic(PaymentId),
    /// A promo code gave something.
    Promo,
    /// A friend bought; another message tells.
    Referral,
    /// They opened the gift that this payment of somebody paid.
    Gift(PaymentId),
    /// Money of this payment went back, and the time with it: the end may move back.
    Refund(PaymentId),
}

impl Cause {
    /// The buyer is told when it is there. Of the rest another message tells.
    pub const fn is_awaited(&self) -> bool {
        !matches!(self, Self::Refund(_) | Self::Referral)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Payment(id) => id.fmt(f),
            Self::Trial => f.write_str("trial"),
            Self::Traffic(id) => write!(f, "traffic/{id}"),
            Self::Promo => f.write_str("promo"),
            Self::Referral => f.write_str("referral"),
            Self::Gift(id) => write!(f, "gift/{id}"),
            Self::Refund(id) => write!(f, "refund/{id}"),
        }
    }
}

impl FromStr for Cause {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        match text.split_once('/') {
            None if text == "trial" => Ok(Self::Trial),
            None if text == "promo" => Ok(Self::Promo),
            None if text == "referral" => Ok(Self::Referral),
            None => text.parse().map(Self::Payment),
            Some(("gift", id)) => id.parse().map(Self::Gift),
            Some(("traffic", id)) => id.parse().map(Self::Traffic),
            Some(("refund", id)) => id.parse().map(Self::Refund),
            Some(_) => Err(IdError { kind: "cause of a delivery" }),
        }
    }
}

/// An account as the panel described it after our call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The user name in the panel.
    pub username: String,
    /// Numeric id, where the panel has one.
    pub panel_id: Option<i64>,
    /// UUID, where the panel has one.
    pub panel_uuid: Option<String>,
    /// The link for the buyer's app.
    pub link: String,
    /// The panel makes a new link for every answer, and all of them work: the one that the buyer has is kept.
    pub link_varies: bool,
    /// The values in force.
    pub access: Access,
    /// Bytes used in this reset period.
    pub used: u64,
    /// First time an app connected.
    pub first_connected_at: Option<Timestamp>,
    /// Last time an app was online.
    pub online_at: Option<Timestamp>,
}

/// The panel confirmed `account` for the entitlement `subscription` as it was loaded.
///
/// An end date that is later in the panel than ours was given there by a person: it is adopted, never cut.
/// Answers an empty decision if nothing differs from what is stored.
pub fn confirmed(subscription: &Subscription, account: &Account, now: Timestamp) -> Decision {
    let before = subscription.there();
    let keeps =
        |known: &&Applied| account.link_varies && known.username == account.username && !known.revoked;
    let known = before.filter(keeps);
    let applied = Applied {
        panel: subscription.terms.panel.clone(),
        revision: subscription.revision,
        at: now,
        access: account.access.clone(),
        username: account.username.clone(),
        panel_id: account.panel_id,
        panel_uuid: account.panel_uuid.clone(),
        link: known.map_or(&account.link, |known| &known.link).clone(),
        revoked: false,
    };
    let other_link = before.is_some_and(|before| is_dead(before, &applied));
    let unchanged =
        subscription.applied.as_ref().is_some_and(|old| Applied { at: now, ..old.clone() } == applied);
    if unchanged && subscription.pending.is_empty() {
        return Decision::nothing();
    }
    let mut next = subscription.clone();
    next.leaving.retain(|left| left.panel != applied.panel);
    next.leaving.extend(left(subscription, now));
    next.applied = Some(applied);
    next.observed = Some(seen(subscription, account, now));
    let key = format!("applied/{}/{}/{}", next.user, next.no, next.version);
    let mut events = Vec::new();
    if account.access.end > subscription.end && !is_ours(subscription, account, now) {
        next.end = account.access.end;
        let kind = EventKind::EndAdopted { no: next.no, from: subscription.end, to: next.end };
        events.push(Event::new(next.user, now, Actor::Panel, kind, &key));
    }
    let mut causes = std::mem::take(&mut next.pending);
    causes.retain(|cause| !matches!(cause, Cause::Refund(_)));
    if !causes.is_empty() {
        let kind = EventKind::Provisioned { no: next.no, revision: next.revision, end: next.end, causes };
        events.push(Event::new(next.user, now, Actor::System, kind, &key));
    } else if other_link {
        // Of a delivery another message tells, with the link.
        let kind = EventKind::LinkChanged { no: next.no };
        events.push(Event::new(next.user, now, Actor::Panel, kind, &key));
    }
    next.next_at = upkeep::next_at(&next, now);
    Decision { once: None, records: vec![Record::Subscription(next)], events }
}

/// The link that the buyer has works no more. Where an account has no id of its own, its link varies, and another one says
/// nothing unless the panel told that the first was revoked.
fn is_dead(before: &Applied, now: &Applied) -> bool {
    let stays = now.panel_id.is_some() || now.panel_uuid.is_some();
    before.link != now.link && (stays || before.revoked)
}

/// What `account` tells about use, as read at `now`. A first connection that the panel has forgotten (an account made anew)
/// is remembered.
pub fn seen(subscription: &Subscription, account: &Account, now: Timestamp) -> Observed {
    let before = subscription.observed.as_ref();
    Observed {
        at: now,
        used: account.used,
        first_connected_at: before
            .and_then(|before| before.first_connected_at)
            .or(account.first_connected_at),
        online_at: account.online_at.max(before.and_then(|before| before.online_at)),
    }
}

/// What the panel answered when it was only looked at: the figures are kept. If the account is gone, or not as we left it,
/// the provisioner is asked to look, which decides what to do about it.
pub fn looked_at(subscription: &Subscription, account: Option<&Account>, now: Timestamp) -> Decision {
    let next = account.map(|account| {
        let observed = Some(seen(subscription, account, now));
        Record::Subscription(Subscription { observed, ..subscription.clone() })
    });
    let as_left = account.zip(subscription.there()).is_some_and(|(account, left)| is_as_left(account, left));
    let key = format!("looked/{}/{}/{}", subscription.user, subscription.no, subscription.version);
    let kind = EventKind::PanelHint { no: subscription.no, hint: "looked at".to_owned() };
    let event = (!as_left).then(|| Event::new(subscription.user, now, Actor::Panel, kind, &key));
    Decision { once: None, records: next.into_iter().collect(), events: event.into_iter().collect() }
}

/// Only by what every kind of panel has a word for: a look does not know what was wanted of the rest.
fn is_as_left(account: &Account, left: &Applied) -> bool {
    let granted = |access: &Access| (access.end, access.traffic_limit);
    granted(&account.access) == granted(&left.access) && (account.link_varies || account.link == left.link)
}

/// The link is dead in the panel (revoked, or gone with its account), as the delivery `key` of the event `hint` says: nobody is shown it any more, and the
/// provisioner fetches the new one.
pub fn revoked(subscription: &Subscription, hint: &str, key: &str, now: Timestamp) -> Decision {
    let Some(applied) = subscription.applied.clone() else { return Decision::nothing() };
    let mut next = subscription.clone();
    next.applied = Some(Applied { revoked: true, ..applied });
    next.next_at = upkeep::next_at(&next, now);
    Decision { records: vec![Record::Subscription(next)], ..hinted(subscription, hint, key, now) }
}

/// The panel says, by the delivery `key` of the event `hint`, that the account changed: the provisioner looks at it.
pub fn hinted(subscription: &Subscription, hint: &str, key: &str, now: Timestamp) -> Decision {
    let kind = EventKind::PanelHint { no: subscription.no, hint: hint.to_owned() };
    let event = Event::new(subscription.user, now, Actor::Panel, kind, key);
    let once = Once::new(format!("hint/{key}"), "noted");
    Decision { once: Some(once), records: Vec::new(), events: vec![event] }
}

/// The account that the subscription has just moved away from.
fn left(subscription: &Subscription, now: Timestamp) -> Option<Leaving> {
    let old = subscription.applied.as_ref().filter(|old| old.panel != subscription.terms.panel)?;
    let until = now.checked_add(MOVING).unwrap_or(now);
    Some(Leaving { panel: old.panel.clone(), username: old.username.clone(), until })
}

/// The account in another panel is deleted there.
pub fn gone(subscription: &Subscription, panel: &PanelId, now: Timestamp) -> Decision {
    let mut next = subscription.clone();
    next.leaving.retain(|left| left.panel != *panel);
    if next.leaving.len() == subscription.leaving.len() {
        return Decision::nothing();
    }
    let key = format!("left/{}/{}/{}/{panel}", next.user, next.no, next.version);
    let kind = EventKind::PanelLeft { no: next.no, panel: panel.clone() };
    let event = Event::new(next.user, now, Actor::System, kind, &key);
    next.next_at = upkeep::next_at(&next, now);
    Decision { once: None, records: vec![Record::Subscription(next)], events: vec![event] }
}

/// The later end in the panel is our own doing: it still has what we confirmed, or time was just cut, and the panel took
/// no past date.
fn is_ours(subscription: &Subscription, account: &Account, now: Timestamp) -> bool {
    let cut = subscription.pending.iter().any(|cause| matches!(cause, Cause::Refund(_)));
    let known = subscription.there().map(|applied| applied.access.end);
    let soon = now.checked_add(SOON).unwrap_or(now);
    known == Some(account.access.end)
        || (cut && known.is_none_or(|known| account.access.end <= known.max(soon)))
}

/// The account is somebody else's: told to the operators once for this entitlement.
pub fn foreign(subscription: &Subscription, username: &str, now: Timestamp) -> Decision {
    let (user, no, revision) = (subscription.user, subscription.no, subscription.revision);
    let panel = subscription.terms.panel.clone();
    let key = format!("foreign/{user}/{no}/{revision}/{panel}");
    let kind = EventKind::AccountForeign { no, panel, username: username.to_owned() };
    let event = Event::new(user, now, Actor::Panel, kind, &key);
    Decision { once: Some(Once::new(key, "told")), records: Vec::new(), events: vec![event] }
}

/// A panel lost a server, or has it back. `key` names the delivery that says so.
pub fn node(panel: &PanelId, node: &str, up: bool, key: &str, now: Timestamp) -> Decision {
    let kind = EventKind::NodeChanged { panel: panel.clone(), node: node.to_owned(), up };
    let event = Event::of_shop(now, Actor::Panel, kind, key);
    let once = Once::new(format!("node/{key}"), "told");
    Decision { once: Some(once), records: Vec::new(), events: vec![event] }
}

/// The panel cannot be reached while a buyer waits: tell them once for this entitlement.
pub fn delayed(subscription: &Subscription, now: Timestamp) -> Decision {
    if !subscription.pending.iter().any(Cause::is_awaited) {
        return Decision::nothing();
    }
    let (user, no, revision) = (subscription.user, subscription.no, subscription.revision);
    let key = format!("delayed/{user}/{no}/{revision}");
    let kind = EventKind::ProvisionDelayed { no, revision, causes: subscription.pending.clone() };
    let event = Event::new(user, now, Actor::System, kind, &key);
    Decision { once: Some(Once::new(key, "told")), records: Vec::new(), events: vec![event] }
}
