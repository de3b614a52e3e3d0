//! All panels of a shop, of whatever kind.

use crate::{
    Account, AccountKey, Desired, Device, Health, Marzban, Node, Page, Panel, PanelError, Remnawave, Squad,
    Statistics, breaker::Breaker,
};
use domain::PanelId;
use jiff::Timestamp;
use std::{collections::BTreeMap, sync::Arc};

/// A panel of any kind.
#[derive(Debug, Clone)]
pub enum AnyPanel {
    /// Remnawave.
    Remnawave(Remnawave),
    /// Marzban.
    Marzban(Marzban),
}

/// The operator's panels by their short names. Clones share them, and what was found out about them.
#[derive(Debug, Clone, Default)]
pub struct Panels(BTreeMap<PanelId, (AnyPanel, Arc<Breaker>)>);

impl Panels {
    /// These panels.
    pub fn new(panels: impl IntoIterator<Item = (PanelId, AnyPanel)>) -> Self {
        Self(panels.into_iter().map(|(id, panel)| (id, (panel, Arc::default()))).collect())
    }

    /// The one of this name, without regard to whether it is down; work on accounts goes through [`Self::call`].
    pub fn get(&self, id: &PanelId) -> Option<&AnyPanel> {
        self.0.get(id).map(|(panel, _)| panel)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&PanelId, &AnyPanel)> {
        self.0.iter().map(|(id, (panel, _))| (id, panel))
    }

    /// Does `work` with the panel `id`, unless it was down a moment ago: then the answer is
    /// [`PanelError::Resting`], and `work` is not begun. `None`: there is no panel of this name.
    pub async fn call<T>(
        &self,
        id: &PanelId,
        now: Timestamp,
        work: impl AsyncFnOnce(&AnyPanel) -> Result<T, PanelError>,
    ) -> Option<Result<T, PanelError>> {
        let (panel, breaker) = self.0.get(id)?;
        if let Err(resting) = breaker.admit(now) {
            return Some(Err(resting));
        }
        let outcome = work(panel).await;
        breaker.settle(outcome.as_ref().map(drop), now);
        Some(outcome)
    }
}

macro_rules! each {
    ($self:ident, $panel:ident => $call:expr) => {
        match $self {
            Self::Remnawave($panel) => $call,
            Self::Marzban($panel) => $call,
        }
    };
}

impl Panel for AnyPanel {
    async fn converge(&self, want: &Desired, now: Timestamp) -> Result<Account, PanelError> {
        each!(self, panel => panel.converge(want, now).await)
    }

    async fn health(&self) -> Result<Health, PanelError> {
        each!(self, panel => panel.health().await)
    }

    async fn account(&self, key: &AccountKey) -> Result<Option<Account>, PanelError> {
        each!(self, panel => panel.account(key).await)
    }

    async fn revoke(&self, key: &AccountKey) -> Result<Option<Account>, PanelError> {
        each!(self, panel => panel.revoke(key).await)
    }

    async fn set_enabled(&self, key: &AccountKey, enabled: bool) -> Result<bool, PanelError> {
        each!(self, panel => panel.set_enabled(key, enabled).await)
    }

    async fn reset_traffic(&self, key: &AccountKey) -> Result<bool, PanelError> {
        each!(self, panel => panel.reset_traffic(key).await)
    }

    async fn delete(&self, key: &AccountKey) -> Result<bool, PanelError> {
        each!(self, panel => panel.delete(key).await)
    }

    async fn page(&self, cursor: Option<&str>, size: u16) -> Result<Page, PanelError> {
        each!(self, panel => panel.page(cursor, size).await)
    }

    async fn squads(&self) -> Result<Vec<Squad>, PanelError> {
        each!(self, panel => panel.squads().await)
    }

    async fn statistics(&self) -> Result<Statistics, PanelError> {
        each!(self, panel => panel.statistics().await)
    }

    async fn nodes(&self) -> Result<Vec<Node>, PanelError> {
        each!(self, panel => panel.nodes().await)
    }

    async fn devices(&self, key: &AccountKey) -> Result<Vec<Device>, PanelError> {
        each!(self, panel => panel.devices(key).await)
    }

    async fn forget_device(&self, key: &AccountKey, hwid: &str) -> Result<Vec<Device>, PanelError> {
        each!(self, panel => panel.forget_device(key, hwid).await)
    }

    async fn forget_devices(&self, key: &AccountKey) -> Result<(), PanelError> {
        each!(self, panel => panel.forget_devices(key).await)
    }
}
