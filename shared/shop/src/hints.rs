//! What a panel's webhook says about an account, and what follows from it. A hint is never a fact about rights: what it says
//! of those makes the provisioner look; what it says of use is told to the buyer.

use crate::{
    ShopError,
    error::{commit, until_done},
};
use domain::{
    Applied, Decision, PanelId, Subscription, SubscriptionNo, UserId, UserState,
    provisioning::{hinted, revoked},
    usage::{self, Report},
};
use jiff::{SignedDuration, Timestamp};
use panel::Link;
use store::Store;

/// By so much a panel's clock may differ from ours.
const CLOCKS: SignedDuration = SignedDuration::from_mins(10);

/// What the panel's webhook said about an account that may be ours.
#[derive(Debug, Clone)]
pub struct Hint {
    /// Which panel.
    pub panel: PanelId,
    /// The account's name in the panel.
    pub username: String,
    /// Whose it is, where the panel knows Telegram ids.
    pub telegram_id: Option<i64>,
    /// The event's name.
    pub event: String,
    /// The account's end there, if the event carries it.
    pub end: Option<Timestamp>,
    /// What the event says besides.
    pub says: Says,
    /// Names this delivery; a repetition does nothing.
    pub key: String,
}

/// What an event says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Says {
    /// No more than that the account is as it is.
    Nothing,
    /// The account is gone, and its link with it.
    Deleted,
    /// The account is switched off.
    Disabled,
    /// Its time is over there.
    Expired,
    /// Its link was replaced, by this one if the event tells it.
    Revoked(Option<Link>),
    /// Something about its use.
    Use(Report),
    /// Its traffic is counted anew.
    Reset {
        /// Bytes used since.
        used: u64,
        /// When the panel said so.
        at: Timestamp,
    },
}

/// Takes a hint of the panel: if the account differs from what we know, the panel is looked at again; news of its use are
/// told. Our own writes come back as hints too; they change nothing and are dropped here. `true` if the hint was news.
pub async fn hint(store: &Store, hint: &Hint, now: Timestamp) -> Result<bool, ShopError> {
    let Some(owner) = owner(hint) else { return Ok(false) };
    let looked = decide(store, hint, owner, |own, applied| look_again(own, applied, hint, now)).await?;
    let told = match &hint.says {
        Says::Use(report) => decide(store, hint, owner, |own, _| usage::reported(own, report, now)).await?,
        Says::Reset { used, at } => {
            decide(store, hint, owner, |own, _| usage::counted_anew(own, *used, *at, now)).await?
        }
        Says::Nothing | Says::Deleted | Says::Disabled | Says::Expired | Says::Revoked(_) => false,
    };
    Ok(looked || told)
}

/// Commits what follows for the subscription that the hint is about; `true` if something does.
async fn decide(
    store: &Store,
    hint: &Hint,
    owner: Owner,
    follows: impl Fn(&Subscription, &Applied) -> Decision,
) -> Result<bool, ShopError> {
    until_done(async |_| {
        let state = store.user_state(owner.user()).await?;
        let decision = owner.find(&state, hint).map(|(own, applied)| follows(own, applied));
        let decision = decision.unwrap_or_default();
        let news = !decision.is_nothing();
        commit(store, &decision, news).await
    })
    .await
}

fn look_again(own: &Subscription, applied: &Applied, hint: &Hint, now: Timestamp) -> Decision {
    let moved = hint.end.is_some_and(|end| end != applied.access.end);
    let news = match &hint.says {
        // The link that we know already is one that we asked for.
        Says::Revoked(link) if link.as_ref().is_none_or(|link| !link.is(&applied.link)) => {
            return revoked(own, &hint.event, &hint.key, now);
        }
        Says::Deleted if own.end > now => return revoked(own, &hint.event, &hint.key, now),
        Says::Disabled => own.end > now,
        Says::Expired => own.end.duration_since(now) > CLOCKS || (moved && own.end > now),
        _ => moved && own.end > now,
    };
    if news { hinted(own, &hint.event, &hint.key, now) } else { Decision::nothing() }
}

/// Where to look for the account's subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    /// The account's name says it.
    Named(UserId, SubscriptionNo),
    /// The panel says whose it is: it was made by others, and is ours if one of their subscriptions took it over.
    Told(UserId),
}

fn owner(hint: &Hint) -> Option<Owner> {
    marked(&hint.username)
        .map(|(user, no)| Owner::Named(user, no))
        .or_else(|| hint.telegram_id.map(UserId).map(Owner::Told))
}

/// The subscription that a panel user name marks as ours.
pub(crate) fn marked(username: &str) -> Option<(UserId, SubscriptionNo)> {
    let (user, no) = username.strip_prefix("tg_")?.split_once('_')?;
    Some((user.parse().ok()?, no.parse().ok()?))
}

impl Owner {
    const fn user(self) -> UserId {
        match self {
            Self::Named(user, _) | Self::Told(user) => user,
        }
    }

    /// The subscription, if it has this very account in this panel. What an account that was left behind does is its own
    /// affair.
    fn find<'s>(self, state: &'s UserState, hint: &Hint) -> Option<(&'s Subscription, &'s Applied)> {
        let mine = |own: &Subscription| match self {
            Self::Named(_, no) => own.no == no,
            Self::Told(_) => true,
        };
        let with_account = |own: &'s Subscription| own.there().map(|applied| (own, applied));
        let same = |applied: &Applied| applied.panel == hint.panel && applied.username == hint.username;
        let own = state.subscriptions.iter().filter(|own| mine(own)).filter_map(with_account);
        own.into_iter().find(|(_, applied)| same(applied))
    }
}

#[cfg(test)]
mod tests;
