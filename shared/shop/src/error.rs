//! Why a use case did not happen, and trying again when somebody else was faster.

use domain::{Decision, Refusal};
use payments::GatewayError;
use std::time::Duration;
use store::{Commit, Store, StoreError};
use thiserror::Error;

/// A use case did not happen.
#[derive(Debug, Error)]
pub enum ShopError {
    /// The person may not; they are told so.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    /// The payment provider failed.
    #[error("payment provider")]
    Provider(#[from] GatewayError),
    /// The table failed.
    #[error("store")]
    Store(#[from] StoreError),
}

/// How often a decision is made anew before we give up; the pauses in between sum up to about a third of a second.
const ATTEMPTS: u32 = 8;

/// A pause of up to `2^attempt` × 2 ms: long enough for the other writer to finish.
pub(crate) async fn pause(attempt: u32) {
    let ceiling = 2_u64 << attempt.min(6);
    tokio::time::sleep(Duration::from_millis(fastrand::u64(0..=ceiling))).await;
}

/// One attempt: what was decided and what came of it.
pub(crate) enum Attempt<T> {
    /// Finished with this.
    Done(T),
    /// Somebody else was faster.
    Again,
}

/// Runs `attempt` until it is done. It loads, decides and commits; it is told which round this is, from 0.
pub(crate) async fn until_done<T, F>(attempt: impl FnMut(u32) -> F) -> Result<T, ShopError>
where
    F: Future<Output = Result<Attempt<T>, ShopError>>,
{
    within(ATTEMPTS, attempt).await
}

/// How often a purchase is decided anew. Thirty buyers at once whom one person brought all write that person's figures:
/// one of them is done in every round, and the pauses sum up to about a second and a half.
pub(crate) const PATIENCE: u32 = 28;

/// The same with so many attempts.
pub(crate) async fn within<T, F>(rounds: u32, mut attempt: impl FnMut(u32) -> F) -> Result<T, ShopError>
where
    F: Future<Output = Result<Attempt<T>, ShopError>>,
{
    for round in 0..rounds {
        if let Attempt::Done(value) = attempt(round).await? {
            return Ok(value);
        }
        pause(round).await;
    }
    Err(StoreError::Contended.into())
}

/// Commits `decision`; `value` is the answer if it is written now or was written before.
pub(crate) async fn commit<T>(store: &Store, decision: &Decision, value: T) -> Result<Attempt<T>, ShopError> {
    match store.commit(decision).await {
        Ok(Commit::Committed | Commit::AlreadyDone(_)) => Ok(Attempt::Done(value)),
        Ok(Commit::Conflict) | Err(StoreError::Contended) => Ok(Attempt::Again),
        Err(error) => Err(error.into()),
    }
}
