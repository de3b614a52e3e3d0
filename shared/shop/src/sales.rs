//! What a provider sold by its own link, without an order of ours.

use crate::{
    Rulebook, ShopError,
    confirm::{self},
    error::{Attempt, PATIENCE, commit, until_done, within},
    referrals::with_earner,
};
use domain::{
    Money, Stray, catalog,
    credit::{Report, Status},
    renewal,
    sale::{self, Sold},
};
use jiff::Timestamp;
use payments::{Sale, SaleChange, Verified};
use store::Store;

/// Takes in a sale: credits it once, stops renewals, takes back what went back. An article that no plan stands behind is
/// put into quarantine.
pub async fn sold(
    store: &Store,
    sale: &Verified<Sale>,
    rules: &Rulebook,
    now: Timestamp,
) -> Result<(), ShopError> {
    match &sale.change {
        SaleChange::Paid { amount, until, renews, .. } => {
            let sold = Sold {
                provider: sale.provider,
                user: sale.user,
                external_id: sale.external_id.clone(),
                amount: *amount,
                until: *until,
                renews: *renews,
            };
            if sale.test == rules.live.at(sale.provider) {
                return quarantine(store, sale, *amount, now).await;
            }
            paid(store, sale, &sold, rules, now).await
        }
        SaleChange::Canceled { .. } => stopped(store, sale, now).await,
        SaleChange::Refunded { amount } => refunded(store, sale, *amount, rules, now).await,
    }
}

async fn paid(
    store: &Store,
    sale: &Sale,
    sold: &Sold,
    rules: &Rulebook,
    now: Timestamp,
) -> Result<(), ShopError> {
    let catalog = store.catalog().await?;
    // Nobody may have looked into the window yet.
    let plans = if catalog.plans.is_empty() { &rules.plans } else { &catalog.plans };
    let plan = rules.plan_of(sale.provider, &sale.item).and_then(|id| catalog::find(plans, id));
    let Some(plan) = plan else { return quarantine(store, sale, sold.amount, now).await };
    within(PATIENCE, async |_| {
        let state = store.user_state(sold.user).await?;
        let state = with_earner(store, state, rules.referral.as_ref()).await?;
        commit(store, &sale::take(&state, sold, plan, now), ()).await
    })
    .await
}

async fn stopped(store: &Store, sale: &Sale, now: Timestamp) -> Result<(), ShopError> {
    until_done(async |_| {
        let state = store.user_state(sale.user).await?;
        let renewed = state.renewed_by(sale.provider).map(|own| own.no);
        let stop = |no| renewal::by_provider(&state, no, (sale.provider, false), now);
        let mut decision = renewed.map(stop).unwrap_or_default();
        if !decision.is_nothing() {
            // An old cancellation that is delivered again must not stop a subscription that was bought anew.
            decision.once = Some(renewal::once(sale.provider, &format!("canceled/{}", sale.external_id)));
        }
        commit(store, &decision, ()).await
    })
    .await
}

async fn refunded(
    store: &Store,
    sale: &Sale,
    amount: Option<Money>,
    rules: &Rulebook,
    now: Timestamp,
) -> Result<(), ShopError> {
    let id = sale::payment_id(sale.provider, &sale.external_id);
    let loaded = confirm::load(store, id).await?;
    let received = loaded.as_ref().and_then(|loaded| loaded.payment.received);
    let Some(total) = amount.or(received) else { return Ok(()) };
    let report = Report {
        external_id: sale.external_id.clone(),
        status: Status::Refunded(total),
        test: sale.test,
        saved: None,
    };
    match loaded {
        Some(loaded) => confirm::report(store, loaded, &report, rules, now).await.map(drop),
        // It may have overtaken the news of the sale: looked at again.
        None => kept(store, &Stray::new(sale.provider, Some(id), report, now)).await,
    }
}

async fn quarantine(store: &Store, sale: &Sale, amount: Money, now: Timestamp) -> Result<(), ShopError> {
    let report = Report {
        external_id: format!("{}:{}", sale.item, sale.external_id),
        status: Status::Paid(amount),
        test: sale.test,
        saved: None,
    };
    tracing::error!(provider = %sale.provider, item = sale.item, "a sale that no plan stands behind");
    kept(store, &Stray::new(sale.provider, None, report, now)).await
}

async fn kept(store: &Store, stray: &Stray) -> Result<(), ShopError> {
    until_done(async |_| match commit(store, &stray.kept(), ()).await? {
        // Kept already.
        Attempt::Again | Attempt::Done(()) => Ok(Attempt::Done(())),
    })
    .await
}
