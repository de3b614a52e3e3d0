//! Where every verified report of a provider ends: webhook, "I have paid" button, return page and sweeper alike.

use crate::{
    Rulebook, ShopError,
    error::{PATIENCE, pause},
    promos::with_promotion,
    referrals::with_party,
};
use domain::{
    Decision, GiftState, Payment, PaymentId, Provider, Record, Stray, UserState,
    credit::{self, Report, Status, Verdict},
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

pub(crate) async fn load(store: &Store, id: PaymentId) -> Result<Option<Loaded>, ShopError> {
    let Some(payment) = store.payment(id).await? else { return Ok(None) };
    let state = Box::pin(store.user_state(payment.user)).await?;
    let code = payment.promo.as_ref().map(|reduction| reduction.code.clone());
    let state = with_promotion(store, state, code).await?;
    let state = with_recipient(store, state, &payment).await?;
    Ok(Some(Loaded { payment, state }))
}

/// `state` with whoever opened the gift of `payment`: of money that goes back they may lose the time.
async fn with_recipient(store: &Store, state: UserState, payment: &Payment) -> Result<UserState, StoreError> {
    match state.gift(payment.id).map(|gift| gift.state) {
        Some(GiftState::Opened { by, .. }) if by != payment.user => {
            let recipient = Box::pin(store.user_state(by)).await?;
            Ok(UserState { recipient: Some(Box::new(recipient)), ..state })
        }
        _ => Ok(state),
    }
}

/// Applies a verified report. `None`: it names no payment of ours; if it speaks of money, it was put into quarantine. So
/// is news of money going back that comes before the news that it came.
pub async fn confirm(
    store: &Store,
    fetched: &Verified<Fetched>,
    rules: &Rulebook,
    now: Timestamp,
) -> Result<Option<Confirmed>, ShopError> {
    match Box::pin(find(store, (fetched.provider, fetched.payment), &fetched.report)).await? {
        Some(loaded) => {
            let confirmed = report(store, loaded, &fetched.report, rules, now).await?;
            if credit::is_early(&confirmed.payment, &fetched.report) {
                keep(store, fetched, now).await?;
            }
            Ok(Some(confirmed))
        }
        None => quarantine(store, fetched, now).await.map(|()| None),
    }
}

/// The payment that `report` is about.
async fn find(
    store: &Store,
    (provider, payment): (Provider, Option<PaymentId>),
    report: &Report,
) -> Result<Option<Loaded>, ShopError> {
    let Some(id) = payment else { return Ok(None) };
    match load(store, id).await?.filter(|loaded| loaded.payment.provider == provider) {
        Some(loaded) => of_charge(store, loaded, report).await,
        None => Ok(None),
    }
}

/// Keeps a report to be looked at again. A repetition finds it kept already.
async fn keep(store: &Store, fetched: &Fetched, now: Timestamp) -> Result<(), ShopError> {
    let stray = Stray::new(fetched.provider, fetched.payment, fetched.report.clone(), now);
    store.commit(&stray.kept()).await?;
    Ok(())
}

/// Money that goes back names the charge it came with. An order that was paid twice has two: the second is a payment of
/// its own. `None`: of this one nobody has heard yet.
async fn of_charge(store: &Store, loaded: Loaded, report: &Report) -> Result<Option<Loaded>, ShopError> {
    let goes_back = matches!(
        report.status,
        Status::Refunded(_) | Status::RefundedPart { .. } | Status::RefundFailed(_) | Status::Disputed(_)
    );
    let of_this = loaded.payment.external_id.as_deref() == Some(&report.external_id);
    if !goes_back || of_this || loaded.payment.received.is_none() {
        return Ok(Some(loaded));
    }
    load(store, credit::second_charge(loaded.payment.id, &report.external_id)).await
}

/// Keeps a report that belongs to nothing.
async fn quarantine(store: &Store, fetched: &Fetched, now: Timestamp) -> Result<(), ShopError> {
    // Saving a method moves no money; who opened it is found by asking.
    if matches!(&fetched.report.status, Status::Paid(amount) if !amount.is_positive()) {
        return Ok(());
    }
    keep(store, fetched, now).await?;
    tracing::error!(
        provider = %fetched.provider,
        external_id = fetched.report.external_id,
        "money reported for no payment of ours"
    );
    Ok(())
}

/// Looks again for the payment of a stray; gives it its report if it is there by now.
pub(crate) async fn retry_stray(
    store: &Store,
    (provider, external_id): (Provider, &str),
    rules: &Rulebook,
    now: Timestamp,
) -> Result<(), ShopError> {
    let Some(stray) = store.stray(provider, external_id).await? else { return Ok(()) };
    if stray.next_at.is_none_or(|at| at > now) {
        return Ok(());
    }
    let decision = match find(store, (provider, stray.payment), &stray.report).await? {
        Some(loaded) => {
            let confirmed = report(store, loaded, &stray.report, rules, now).await?;
            let early = credit::is_early(&confirmed.payment, &stray.report);
            if early { stray.missed(now) } else { stray.found(now) }
        }
        None => stray.missed(now),
    };
    store.commit(&decision).await?;
    Ok(())
}

/// Applies a report to the payment it names. To be called with what a provider is known to have said.
pub(crate) async fn report(
    store: &Store,
    loaded: Loaded,
    report: &Report,
    rules: &Rulebook,
    now: Timestamp,
) -> Result<Confirmed, ShopError> {
    // Boxed: it holds a buyer's records several times, and every caller would carry them on its stack.
    Box::pin(settle(store, loaded, report, rules, now)).await
}

async fn settle(
    store: &Store,
    mut loaded: Loaded,
    report: &Report,
    rules: &Rulebook,
    now: Timestamp,
) -> Result<Confirmed, ShopError> {
    let (rulebook, rules) = (rules, rules.of(loaded.payment.provider));
    let code = loaded.payment.promo.as_ref().map(|reduction| reduction.code.clone());
    let known = loaded.state.promotion.as_ref().map(|promotion| &promotion.promo.code);
    if code.is_some() && code.as_ref() != known {
        // Whoever loaded the buyer for a screen knows only the code that they chose since.
        loaded.state = with_promotion(store, loaded.state, code).await?;
    }
    if loaded.state.recipient.is_none() {
        loaded.state = with_recipient(store, loaded.state, &loaded.payment).await?;
    }
    for round in 0..PATIENCE {
        let Loaded { payment, state } = loaded;
        let state = with_party(store, state, (&payment, report), rulebook).await?;
        let (verdict, decision) = credit::report(&state, &payment, report, rules, now);
        let done = match store.commit(&decision).await {
            Ok(Commit::Committed) => return Ok(after(payment, state, &decision, verdict)),
            Ok(Commit::AlreadyDone(_)) => true,
            Ok(Commit::Conflict) | Err(StoreError::Contended) => false,
            Err(error) => return Err(error.into()),
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
        Record::Payment(payment) => Some(Payment { version: payment.version + 1, ..payment.clone() }),
        _ => None,
    });
    Confirmed { payment: written.unwrap_or(payment), state: state.after(decision), verdict }
}
