//! Making the panel grant what was bought.

use crate::{
    ShopError,
    error::{commit, until_done},
};
use domain::{
    Leaving, PanelId, Subscription, SubscriptionNo, UserId,
    provisioning::{self, Account, Cause},
};
use jiff::Timestamp;
use panel::{AccountKey, Desired, Panel, PanelError, Panels};
use store::{Commit, Store};
use thiserror::Error;

/// A delivery did not arrive.
#[derive(Debug, Error)]
pub enum DeliveryError {
    /// The panel did not do it, or was left alone because it was down a moment ago.
    #[error("panel: {0}")]
    Panel(#[source] PanelError),
    /// The settings name no such panel (any more): an operator must act.
    #[error("the settings know no panel {0}")]
    Unknown(PanelId),
    /// The table did not.
    #[error("store: {0}")]
    Shop(#[from] ShopError),
}

/// How often a delivery is made anew when the entitlement changed meanwhile.
const ATTEMPTS: u32 = 4;

/// Makes the panel grant the present entitlement of a subscription and writes down what it confirmed.
///
/// Safe to repeat: values are absolute, and nothing is written when nothing differs. If the panel cannot be reached
/// while a buyer waits, they are told once, and the error comes back so that the queue delivers again.
pub async fn deliver(
    store: &Store,
    panels: &Panels,
    (user, no): (UserId, SubscriptionNo),
    now: Timestamp,
) -> Result<(), DeliveryError> {
    for round in 0..ATTEMPTS {
        let state = store.user_state(user).await.map_err(ShopError::from)?;
        let Some(subscription) = state.subscription(no) else {
            tracing::warn!(user.id = %user, subscription.no = %no, "nothing to deliver");
            return Ok(());
        };
        let account = match converge(panels, subscription, now).await {
            Ok(account) => account,
            Err(error) => {
                tell(store, subscription, &error, now).await?;
                return Err(error);
            }
        };
        let decision = provisioning::confirmed(subscription, &account, now);
        let over = subscription.leaving.iter().filter(|left| left.until <= now);
        let over: Vec<Leaving> = over.cloned().collect();
        match store.commit(&decision).await.map_err(ShopError::from)? {
            Commit::Committed | Commit::AlreadyDone(_) => {
                return leave(store, panels, ((user, no), over), now).await;
            }
            Commit::Conflict => crate::error::pause(round).await,
        }
    }
    Err(DeliveryError::Shop(store::StoreError::Contended.into()))
}

async fn converge(
    panels: &Panels,
    subscription: &Subscription,
    now: Timestamp,
) -> Result<Account, DeliveryError> {
    let (id, want) = (&subscription.terms.panel, desired(subscription));
    let asked = panels.call(id, now, async |panel| panel.converge(&want, now).await).await;
    asked.ok_or_else(|| DeliveryError::Unknown(id.clone()))?.map_err(DeliveryError::Panel)
}

/// Deletes the accounts in panels that the subscription moved away from, whose time is `over`. A panel that is not in the
/// settings any more cannot be asked; nothing depends on it.
async fn leave(
    store: &Store,
    panels: &Panels,
    ((user, no), over): ((UserId, SubscriptionNo), Vec<Leaving>),
    now: Timestamp,
) -> Result<(), DeliveryError> {
    for left in over {
        let key = AccountKey { panel_id: None, panel_uuid: None, username: left.username };
        let deleted = panels.call(&left.panel, now, async |panel| panel.delete(&key).await).await;
        deleted.transpose().map_err(DeliveryError::Panel)?;
        until_done(async |_| {
            let state = store.user_state(user).await?;
            let decision = state
                .subscription(no)
                .map(|own| provisioning::gone(own, &left.panel, now))
                .unwrap_or_default();
            commit(store, &decision, ()).await
        })
        .await?;
    }
    Ok(())
}

/// The buyer who waits, and the operators if only they can help, are told once.
async fn tell(
    store: &Store,
    subscription: &Subscription,
    error: &DeliveryError,
    now: Timestamp,
) -> Result<(), ShopError> {
    if let DeliveryError::Panel(PanelError::Foreign { username }) = error {
        store.commit(&provisioning::foreign(subscription, username, now)).await?;
    }
    store.commit(&provisioning::delayed(subscription, now)).await?;
    Ok(())
}

/// Tells the operators that a panel lost a server, or has it back. `key` names the delivery that says so.
pub async fn node(
    store: &Store,
    (panel, node, up): (&PanelId, &str, bool),
    key: &str,
    now: Timestamp,
) -> Result<(), ShopError> {
    store.commit(&provisioning::node(panel, node, up, key, now)).await?;
    Ok(())
}

fn desired(subscription: &Subscription) -> Desired {
    // What another panel confirmed says nothing about this one.
    let applied = subscription.there();
    Desired {
        username: subscription.panel_username(),
        telegram_id: subscription.user.0,
        description: format!("2getpro user {} subscription {}", subscription.user, subscription.no),
        access: subscription.access(),
        known: applied.map(AccountKey::from),
        applied: applied.map(|applied| applied.access.clone()),
        shortened: subscription.pending.iter().any(|cause| matches!(cause, Cause::Refund(_))),
        fresh_period: subscription.pending.iter().any(|cause| matches!(cause, Cause::Payment(_))),
    }
}
