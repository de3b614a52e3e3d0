//! What the panel tells about a subscription's use at the moment somebody looks at it.

use crate::Shop;
use domain::{
    Applied, Decision, Standing, Subscription, SubscriptionNo, UserState,
    provisioning::{self, Account},
};
use jiff::Timestamp;
use panel::{AccountKey, Fault, Panel, PanelError};
use std::time::Duration;

/// So long a person who looks waits for the panel; then they see what is known.
const PATIENCE: Duration = Duration::from_secs(1);

/// The panel did not say in time.
struct Silent;

impl Shop {
    /// `state` with fresh figures of the subscription `no` that is shown, if it runs and those we have are older than a minute.
    /// They are kept for later; a write that loses a race, or a panel that is slow, dead or not in the settings, only leaves
    /// them as they were. The one place where a screen asks a panel.
    pub async fn refreshed(&self, mut state: UserState, no: SubscriptionNo, now: Timestamp) -> UserState {
        let Some(first) = state.subscription(no).filter(|first| is_due(first, now)) else {
            return state;
        };
        let Some(applied) = first.there() else { return state };
        let Ok(account) = self.look_up(applied, now).await else { return state };
        let decision = provisioning::looked_at(first, account.as_ref(), now);
        self.keep(&decision).await;
        let first = state.subscriptions.iter_mut().find(|own| own.no == no);
        if let (Some(account), Some(first)) = (account, first) {
            first.observed = Some(provisioning::seen(first, &account, now));
        }
        state
    }

    /// The account as the panel shows it; `None` if it is gone there.
    async fn look_up(&self, applied: &Applied, now: Timestamp) -> Result<Option<Account>, Silent> {
        let key = AccountKey::from(applied);
        let asked = self.panels.call(&applied.panel, now, async |panel| {
            let answer = tokio::time::timeout(PATIENCE, panel.account(&key)).await;
            answer.unwrap_or(Err(PanelError::Unavailable { cause: Fault::Timeout }))
        });
        asked.await.ok_or(Silent)?.map_err(|error| {
            tracing::warn!(panel.id = %applied.panel, %error, "shown without fresh figures");
            Silent
        })
    }

    async fn keep(&self, decision: &Decision) {
        if let Err(error) = self.store.commit(decision).await {
            tracing::warn!(%error, "fresh figures are not kept");
        }
    }
}

fn is_due(subscription: &Subscription, now: Timestamp) -> bool {
    let fresh = subscription.observed.as_ref().is_some_and(|observed| observed.is_fresh(now));
    !fresh && subscription.is_delivered() && subscription.standing(now) != Standing::Expired
}
