//! Where every verified report of a provider ends: webhook, "I have paid" button, return page and sweeper alike.

use crate::{Live, ShopError, error::pause};
use domain::{
    Decision, Payment, PaymentId, Record, UserState,
    credit::{self, Verdict},
};
use jiff::Timestamp;
use payments::{Fetched, Verified};
use store::{Commit, Store, StoreError};

/// What came of a report.
#[derive(Debug, Clone)]
pub struct Confirmed {
    /// The payment now.
    pub payment: Payment,
    /// Its buyer now.
    pub state: UserState,
    /// What changed.
    pub verdict: Verdict,
}

pub(crate) struct Loaded {
    pub payment: Payment,
    pub state: UserState,
}

async fn load(store: &Store, id: PaymentId) -> Result<Option<Loaded>, ShopError> {
    let Some(payment) = store.payment(id).await? else { return Ok(None) };
    let state = store.user_state(payment.user).await?;
    Ok(Some(Loaded { payment, state }))
}

/// Applies a verified report. `None`: it names no payment of ours; the caller decides whom to tell.
///
pub async fn confirm(
    store: &Store,
    fetched: &Verified<Fetched>,
    live: Live,
    now: Timestamp,
) -> Result<Option<Confirmed>, ShopError> {
    let Some(id) = fetched.payment else { return Ok(None) };
    match load(store, id).await? {
        Some(loaded) if loaded.payment.provider == fetched.provider => {
            with_loaded(store, loaded, fetched, live, now).await.map(Some)
        }
        _ => Ok(None),
    }
}

/// How often a credit is decided anew: fifty webhooks at once for one payment settle well within it.
const ATTEMPTS: u32 = 10;

pub(crate) async fn with_loaded(
    store: &Store,
    mut loaded: Loaded,
    fetched: &Verified<Fetched>,
    live: Live,
    now: Timestamp,
) -> Result<Confirmed, ShopError> {
    for round in 0..ATTEMPTS {
        let Loaded { payment, state } = loaded;
        let (verdict, decision) =
            credit::report(&state, &payment, &fetched.report, live.at(fetched.provider), now);
        let done = match store.commit(&decision).await? {
            Commit::Committed => return Ok(after(payment, state, &decision, verdict)),
            Commit::AlreadyDone(_) => true,
            Commit::Conflict => false,
        };
        if !done {
            pause(round).await;
        }
        let id = payment.id;
        loaded = load(store, id).await?.ok_or_else(|| StoreError::Defect(format!("{id} vanished")))?;
        if done {
            return Ok(Confirmed { payment: loaded.payment, state: loaded.state, verdict: Verdict::Nothing });
        }
    }
    Err(StoreError::Contended.into())
}

fn after(payment: Payment, state: UserState, decision: &Decision, verdict: Verdict) -> Confirmed {
    let written = decision.records.iter().find_map(|record| match record {
        Record::Payment(payment) => Some(payment.clone()),
        _ => None,
    });
    Confirmed { payment: written.unwrap_or(payment), state: state.after(decision), verdict }
}
