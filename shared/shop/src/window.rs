//! The plans for sale and how well the providers work, remembered for a minute in a warm container.

use crate::{Shop, ShopError};
use domain::{Package, Plan, Provider, ProviderHealth, catalog, package};
use jiff::{SignedDuration, Timestamp};
use locale::Wording;
use std::sync::{Arc, Mutex, PoisonError};

const REMEMBER: SignedDuration = SignedDuration::from_secs(60);

/// What is read together.
#[derive(Debug, Clone, Default)]
pub struct Shown {
    /// All plans.
    pub plans: Vec<Plan>,
    /// All traffic packages.
    pub packages: Vec<Package>,
    /// Providers that something is held against.
    pub health: Vec<ProviderHealth>,
    /// The operator's own words.
    pub wording: Wording,
}

type Remembered = Option<(Timestamp, Arc<Shown>)>;

#[derive(Default)]
pub(crate) struct Window(Mutex<Remembered>);

impl Window {
    fn get(&self, now: Timestamp) -> Option<Arc<Shown>> {
        let slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = |read: Timestamp| (SignedDuration::ZERO..REMEMBER).contains(&now.duration_since(read));
        slot.as_ref().filter(|(read, _)| fresh(*read)).map(|(_, shown)| Arc::clone(shown))
    }

    /// Whatever is remembered, however old.
    fn last(&self) -> Option<Arc<Shown>> {
        let slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slot.as_ref().map(|(_, shown)| Arc::clone(shown))
    }

    fn set(&self, remembered: Remembered) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = remembered;
    }
}

impl Shop {
    /// All plans and packages, and the providers' health. An empty table is filled from the settings first.
    pub async fn shown(&self, now: Timestamp) -> Result<Arc<Shown>, ShopError> {
        if let Some(shown) = self.window.get(now) {
            return Ok(shown);
        }
        let mut catalog = self.store.catalog().await?;
        if catalog.plans.is_empty() && !self.settings.rules.plans.is_empty() {
            // Losing a race here means that somebody else has just written the same plans.
            self.store.commit(&catalog::seed(&self.settings.rules.plans, now)).await?;
            catalog = self.store.catalog().await?;
        }
        if catalog.packages.is_empty() && !self.settings.rules.packages.is_empty() {
            self.store.commit(&package::seed(&self.settings.rules.packages, now)).await?;
            catalog = self.store.catalog().await?;
        }
        let shown = Arc::new(Shown {
            plans: catalog.plans,
            packages: catalog.packages,
            health: catalog.health,
            wording: self.words.take(catalog.texts, now),
        });
        self.window.set(Some((now, Arc::clone(&shown))));
        Ok(shown)
    }

    /// All plans.
    pub async fn plans(&self, now: Timestamp) -> Result<Vec<Plan>, ShopError> {
        Ok(self.shown(now).await?.plans.clone())
    }

    /// Plans and packages as last read, however long ago.
    pub(crate) fn last_shown(&self) -> Option<Arc<Shown>> {
        self.window.last()
    }

    /// What is held against `provider`, as last read.
    pub(crate) fn health_of(&self, provider: Provider) -> Option<ProviderHealth> {
        let shown = self.window.last()?;
        shown.health.iter().find(|health| health.provider == provider).cloned()
    }

    /// The window changed: it is read anew when next looked at.
    pub(crate) fn forget_window(&self) {
        self.window.set(None);
    }

    /// Puts what was read elsewhere (by the warm-up) into the window.
    pub fn remember(&self, shown: Shown, now: Timestamp) {
        self.words.adopt(shown.wording.clone(), now);
        // A window that is still to be filled is not a window.
        let packages = !shown.packages.is_empty() || self.settings.rules.packages.is_empty();
        if !shown.plans.is_empty() && packages {
            self.window.set(Some((now, Arc::new(shown))));
        }
    }
}
