//! The plans for sale, remembered for a minute in a warm container.

use crate::{Shop, ShopError};
use domain::{Plan, catalog};
use jiff::{SignedDuration, Timestamp};
use std::sync::{Arc, Mutex, PoisonError};

const REMEMBER: SignedDuration = SignedDuration::from_secs(60);

type Remembered = Option<(Timestamp, Arc<Vec<Plan>>)>;

#[derive(Default)]
pub(crate) struct Window(Mutex<Remembered>);

impl Window {
    fn get(&self, now: Timestamp) -> Option<Arc<Vec<Plan>>> {
        let slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = |read: Timestamp| (SignedDuration::ZERO..REMEMBER).contains(&now.duration_since(read));
        slot.as_ref().filter(|(read, _)| fresh(*read)).map(|(_, plans)| Arc::clone(plans))
    }

    fn set(&self, now: Timestamp, plans: &Arc<Vec<Plan>>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, Arc::clone(plans)));
    }
}

impl Shop {
    /// All plans. An empty table is filled from the settings first.
    pub async fn plans(&self, now: Timestamp) -> Result<Arc<Vec<Plan>>, ShopError> {
        if let Some(plans) = self.window.get(now) {
            return Ok(plans);
        }
        let mut plans = self.store.catalog().await?.plans;
        if plans.is_empty() && !self.settings.plans.is_empty() {
            // Losing a race here means that somebody else has just written the same plans.
            self.store.commit(&catalog::seed(&self.settings.plans, now)).await?;
            plans = self.store.catalog().await?.plans;
        }
        let plans = Arc::new(plans);
        self.window.set(now, &plans);
        Ok(plans)
    }

    /// Puts plans that were read elsewhere (by the warm-up) into the window.
    pub fn remember_plans(&self, plans: Vec<Plan>, now: Timestamp) {
        if !plans.is_empty() {
            self.window.set(now, &Arc::new(plans));
        }
    }
}
