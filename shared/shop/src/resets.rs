//! Buyers take a new link, or unlink their devices. The mark that it was done is written first and taken back if the panel
//! says that it was not; what nobody knows is left to the provisioner.

use crate::{
    Shop, ShopError,
    error::{Attempt, commit, until_done},
};
use domain::{
    Applied, Decision, PanelId, Refusal, Subscription, SubscriptionNo, UserId, UserState, provisioning,
    reset::{self, Reset},
};
use jiff::Timestamp;
use panel::{AccountKey, AnyPanel, Device, Fault, Panel, PanelError};
use std::time::Duration;

/// So long a person who looks at their devices waits for the panel.
const PATIENCE: Duration = Duration::from_secs(3);

/// What became of a wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// It is done.
    Yes,
    /// The panel did not do it.
    No,
    /// Nobody knows yet; the buyer is told when it is known.
    Unknown,
}

impl Shop {
    /// The panel of this subscription knows devices.
    pub fn has_devices(&self, panel: &PanelId) -> bool {
        matches!(self.panels.get(panel), Some(AnyPanel::Remnawave(_)))
    }

    /// The devices of a subscription, the newest first; `None` if the panel does not say.
    pub async fn devices(&self, own: &Subscription, now: Timestamp) -> Option<Vec<Device>> {
        let applied = own.there()?;
        let key = AccountKey::from(applied);
        self.call_panel(&applied.panel, now, async |panel| panel.devices(&key).await).await.ok()
    }

    /// Unlinks the device with this tag, or all of them. A device that is gone is success.
    pub async fn unlink(
        &self,
        (user, no): (UserId, SubscriptionNo),
        tag: Option<&str>,
        now: Timestamp,
    ) -> Result<(UserState, Done), ShopError> {
        let what = if tag.is_some() { Reset::Device } else { Reset::Devices };
        let (state, applied) = self.begin(user, no, what, now).await?;
        let key = AccountKey::from(&applied);
        let asked = self
            .call_panel(&applied.panel, now, async |panel| match tag {
                None => panel.forget_devices(&key).await,
                Some(tag) => {
                    let devices = panel.devices(&key).await?;
                    match devices.iter().find(|device| reset::device_tag(&device.hwid) == tag) {
                        Some(device) => panel.forget_device(&key, &device.hwid).await.map(drop),
                        None => Ok(()),
                    }
                }
            })
            .await;
        match asked {
            Ok(()) => Ok((state, Done::Yes)),
            // To unlink twice what is unlinked harms nobody.
            Err(_) => Ok((self.take_back(user, no, what, now).await?, Done::No)),
        }
    }

    /// Gives the subscription a new link; the old one is dead at once.
    pub async fn reset_link(
        &self,
        (user, no): (UserId, SubscriptionNo),
        now: Timestamp,
    ) -> Result<(UserState, Done), ShopError> {
        let (_, applied) = self.begin(user, no, Reset::Link, now).await?;
        let key = AccountKey::from(&applied);
        match self.call_panel(&applied.panel, now, async |panel| panel.revoke(&key).await).await {
            Ok(Some(account)) => {
                let replaced = |own: &Subscription| reset::link_replaced(own, &account, now);
                Ok((self.write(user, no, replaced).await?, Done::Yes))
            }
            Err(error) if !may_have_worked(&error) => {
                Ok((self.take_back(user, no, Reset::Link, now).await?, Done::No))
            }
            // Gone, or done without an answer: the link that we know may be dead.
            Ok(None) | Err(_) => {
                let key = format!("reset/{user}/{no}/{}", now.as_millisecond());
                let doubted = |own: &Subscription| provisioning::revoked(own, "reset", &key, now);
                Ok((self.write(user, no, doubted).await?, Done::Unknown))
            }
        }
    }

    /// Writes the wish down; answers what the panel knows the account by.
    async fn begin(
        &self,
        user: UserId,
        no: SubscriptionNo,
        what: Reset,
        now: Timestamp,
    ) -> Result<(UserState, Applied), ShopError> {
        until_done(async |_| {
            let state = self.store().user_state(user).await?;
            let own = state.subscription(no).ok_or(Refusal::NoSubscription)?;
            let applied = own.there().cloned().ok_or(Refusal::NoSubscription)?;
            let decision = reset::begin(own, what, now)?;
            commit(self.store(), &decision, (state.after(&decision), applied)).await
        })
        .await
    }

    async fn take_back(
        &self,
        user: UserId,
        no: SubscriptionNo,
        what: Reset,
        now: Timestamp,
    ) -> Result<UserState, ShopError> {
        self.write(user, no, |own| reset::failed(own, what, now)).await
    }

    async fn write(
        &self,
        user: UserId,
        no: SubscriptionNo,
        decide: impl Fn(&Subscription) -> Decision,
    ) -> Result<UserState, ShopError> {
        until_done(async |_| {
            let state = self.store().user_state(user).await?;
            let Some(own) = state.subscription(no) else { return Ok(Attempt::Done(state)) };
            let decision = decide(own);
            commit(self.store(), &decision, state.after(&decision)).await
        })
        .await
    }

    async fn call_panel<T>(
        &self,
        panel: &PanelId,
        now: Timestamp,
        work: impl AsyncFnOnce(&AnyPanel) -> Result<T, PanelError>,
    ) -> Result<T, PanelError> {
        let asked = self.panels.call(panel, now, async |panel| {
            let answer = tokio::time::timeout(PATIENCE, work(panel)).await;
            answer.unwrap_or(Err(PanelError::Unavailable { cause: Fault::Timeout }))
        });
        let answer = asked.await.unwrap_or(Err(PanelError::NotOffered { what: "account any more" }));
        answer.inspect_err(|error| tracing::warn!(panel.id = %panel, %error, "a buyer's wish was not done"))
    }
}

/// No answer came to a call that may have arrived.
fn may_have_worked(error: &PanelError) -> bool {
    matches!(
        error,
        PanelError::Unavailable { cause: Fault::Timeout | Fault::Dropped }
            | PanelError::Garbage { .. }
            | PanelError::Gate { .. }
    )
}
