//! What is due: reminders, ends, deliveries that did not arrive, payments nobody reported.

use crate::{
    Live, ShopError,
    confirm::{self, Loaded},
    error::{Attempt, commit, until_done},
};
use domain::{
    Payment, PaymentId, SubscriptionNo, UserId,
    credit::{self, Verdict},
    upkeep,
};
use jiff::Timestamp;
use payments::{Gateways, ObjectRef};
use store::{DueKey, SHARDS, Store};

/// What one round did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Round {
    /// Subscriptions looked at.
    pub subscriptions: usize,
    /// Payments asked about.
    pub payments: usize,
    /// Of both, how many failed and stay due.
    pub failed: usize,
    /// There is more: a shard was cut at the limit.
    pub more: bool,
}

/// How many of a shard are done in one round, so that a round ends within the function's time.
const LIMIT: i32 = 100;

/// Does everything that is due. One thing that fails stays due and does not stop the others.
pub async fn ring(
    store: &Store,
    gateways: &Gateways,
    live: Live,
    now: Timestamp,
) -> Result<Round, ShopError> {
    let mut round = Round::default();
    for shard in 0..SHARDS {
        let due = store.due(shard, now, LIMIT).await?;
        round.more |= i32::try_from(due.len()).is_ok_and(|count| count == LIMIT);
        for key in due {
            let done = match key {
                DueKey::Subscription(user, no) => {
                    round.subscriptions += 1;
                    subscription(store, (user, no), now).await
                }
                DueKey::Payment(id) => {
                    round.payments += 1;
                    payment(store, gateways, id, live, now).await
                }
            };
            if let Err(error) = done {
                round.failed += 1;
                tracing::warn!(due = ?key, error = ?error, "stays due");
            }
        }
    }
    Ok(round)
}

async fn subscription(store: &Store, key: (UserId, SubscriptionNo), now: Timestamp) -> Result<(), ShopError> {
    until_done(async |_| {
        let state = store.user_state(key.0).await?;
        let due = state.subscription(key.1).map(|subscription| upkeep::tick(subscription, now));
        commit(store, &due.unwrap_or_default(), ()).await
    })
    .await
}

/// Asks the provider about a payment that nobody reported; ends it when its time is up.
async fn payment(
    store: &Store,
    gateways: &Gateways,
    id: PaymentId,
    live: Live,
    now: Timestamp,
) -> Result<(), ShopError> {
    let Some(payment) = store.payment(id).await? else { return Ok(()) };
    if !payment.state.is_open() || payment.next_at.is_none_or(|at| at > now) {
        return Ok(());
    }
    let answer = ask(gateways, &payment).await;
    if let Ok(Some(fetched)) = &answer {
        let state = store.user_state(payment.user).await?;
        let loaded = Loaded { payment, state };
        let confirmed = confirm::with_loaded(store, loaded, fetched, live, now).await?;
        if !confirmed.payment.state.is_open() {
            return Ok(());
        }
    }
    // A provider that cannot be asked must not let the payment expire, nor block those that are due after it.
    end_or_wait(store, id, answer.is_ok(), now).await?;
    answer.map(drop)
}

async fn end_or_wait(store: &Store, id: PaymentId, may_end: bool, now: Timestamp) -> Result<(), ShopError> {
    until_done(async |_| {
        let open = store.payment(id).await?.filter(|payment| payment.state.is_open());
        let Some(payment) = open else { return Ok(Attempt::Done(())) };
        let state = store.user_state(payment.user).await?;
        let (verdict, expired) = credit::expired(&state, &payment, now);
        let ends = may_end && verdict == Verdict::Closed;
        let decision = if ends { expired } else { credit::ask_later(&payment, now) };
        commit(store, &decision, ()).await
    })
    .await
}

async fn ask(
    gateways: &Gateways,
    payment: &Payment,
) -> Result<Option<payments::Verified<payments::Fetched>>, ShopError> {
    match (gateways.get(payment.provider), &payment.external_id) {
        (Some(gateway), Some(external_id)) => {
            Ok(gateway.fetch(&ObjectRef::Payment(external_id.clone())).await?)
        }
        _ => Ok(None),
    }
}
