//! Friends: loading whoever earns by a purchase, and counting who came by a link.

use crate::{
    Rulebook, ShopError,
    error::{Attempt, commit, until_done},
};
use domain::{
    Goods, Payment, UserId, UserState,
    credit::{self, Report, Status},
    referral::{self, Inviter, Rules},
};
use store::{Store, StoreError};

/// `state` with whoever brought its owner, if a purchase now earns anybody anything: one query more, only then.
pub(crate) async fn with_earner(
    store: &Store,
    state: UserState,
    rules: Option<&Rules>,
) -> Result<UserState, StoreError> {
    let inviter = rules.and_then(|rules| referral::due(&state, rules));
    with_inviter(store, state, inviter, rules).await
}

/// `state` with whoever `report` about `payment` gives something to, or takes something from.
pub(crate) async fn with_party(
    store: &Store,
    state: UserState,
    (payment, report): (&Payment, &Report),
    rules: &Rulebook,
) -> Result<UserState, StoreError> {
    match &report.status {
        Status::Paid(_) if is_plan(payment) && credit::is_news(payment, &report.external_id) => {
            with_earner(store, state, rules.referral.as_ref()).await
        }
        Status::Refunded(_) | Status::RefundedPart { .. } => with_debtor(store, state, payment).await,
        _ => Ok(state),
    }
}

/// `state` with whoever a refund of `payment` takes something from.
pub(crate) async fn with_debtor(
    store: &Store,
    state: UserState,
    payment: &Payment,
) -> Result<UserState, StoreError> {
    with_inviter(store, state, referral::owing(payment), None).await
}

const fn is_plan(payment: &Payment) -> bool {
    matches!(payment.goods, Goods::Plan(_))
}

async fn with_inviter(
    store: &Store,
    state: UserState,
    inviter: Option<UserId>,
    rules: Option<&Rules>,
) -> Result<UserState, StoreError> {
    let Some(id) = inviter else { return Ok(UserState { inviter: None, ..state }) };
    // Boxed: every purchase passes here, few of them of somebody who was brought.
    let known = Box::pin(store.user_state(id)).await?;
    let inviter = Inviter { rules: rules.copied(), state: known };
    Ok(UserState { inviter: Some(Box::new(inviter)), ..state })
}

/// `friend` came by the link of `inviter`: counted once, however often it is told. Answers the inviter's records.
pub async fn joined(store: &Store, inviter: UserId, friend: UserId) -> Result<UserState, ShopError> {
    until_done(async |_| {
        let state = store.user_state(inviter).await?;
        let decision = referral::joined(&state, friend);
        match commit(store, &decision, ()).await? {
            Attempt::Done(()) => Ok(Attempt::Done(state.after(&decision))),
            Attempt::Again => Ok(Attempt::Again),
        }
    })
    .await
}
