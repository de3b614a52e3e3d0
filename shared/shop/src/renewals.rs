//! Saved methods and renewals: what a buyer decides about them, and the charge before the end.

use crate::{
    Rulebook, Shop, ShopError,
    confirm::{self, Loaded},
    referrals::with_earner,
};
use domain::{
    Actor, Decision, Event, EventKind, Language, MethodId, Payment, Person, Provider, Refusal, SavedMethod,
    SubscriptionNo, UserId, UserState, catalog,
    credit::{Report, Status},
    method,
    quote::describe,
    renewal::{self, Step},
};
use jiff::Timestamp;
use payments::{GatewayError, Gateways, Order};
use store::{Commit, Store};

impl Shop {
    /// Turns the charge before the end on or off.
    pub async fn set_renewal(
        &self,
        person: &Person,
        no: SubscriptionNo,
        on: bool,
        now: Timestamp,
    ) -> Result<UserState, ShopError> {
        let decide = |state: &UserState| Ok(((), renewal::set(state, no, on, now)?));
        self.commit_with(person, now, decide).await.map(|decided| decided.0)
    }

    /// Makes a saved method the one that renewals take.
    pub async fn choose_method(
        &self,
        person: &Person,
        id: MethodId,
        now: Timestamp,
    ) -> Result<UserState, ShopError> {
        let decide = |state: &UserState| {
            state.method(id).ok_or(Refusal::MethodUnknown)?;
            Ok(((), Decision { once: None, records: method::choose(state, id), events: Vec::new() }))
        };
        self.commit_with(person, now, decide).await.map(|decided| decided.0)
    }

    /// Removes a saved method for good.
    pub async fn remove_method(
        &self,
        person: &Person,
        id: MethodId,
        now: Timestamp,
    ) -> Result<UserState, ShopError> {
        let decide = |state: &UserState| {
            let gone = state.method(id).ok_or(Refusal::MethodUnknown)?;
            let kind = EventKind::MethodRemoved {
                provider: gone.provider,
                title: gone.title.clone(),
                reason: "the buyer removed it".to_owned(),
            };
            let key = format!("method/{id}/{}", gone.version);
            let events = vec![Event::new(gone.user, now, Actor::Buyer, kind, &key)];
            Ok(((), Decision { once: None, records: method::remove(state, id, now), events }))
        };
        self.commit_with(person, now, decide).await.map(|decided| decided.0)
    }

    /// The provider says that its own renewal of the subscription `no` goes on, or stopped (Telegram's `subscription`
    /// update).
    pub async fn renewed_by(
        &self,
        person: &Person,
        (no, provider, goes_on): (SubscriptionNo, Provider, bool),
        now: Timestamp,
    ) -> Result<UserState, ShopError> {
        let decide = |state: &UserState| Ok(((), renewal::by_provider(state, no, (provider, goes_on), now)));
        self.commit_with(person, now, decide).await.map(|decided| decided.0)
    }
}

/// Makes the attempt that is due for a subscription, if one is.
pub(crate) async fn renew(
    store: &Store,
    gateways: &Gateways,
    rules: &Rulebook,
    (user, no): (UserId, SubscriptionNo),
    now: Timestamp,
) -> Result<(), ShopError> {
    let (state, catalog) = tokio::join!(store.user_state(user), store.catalog());
    let (state, catalog) = (with_earner(store, state?, rules.referral.as_ref()).await?, catalog?);
    let Some(subscription) = state.subscription(no) else { return Ok(()) };
    let plan = catalog::find(&catalog.plans, &subscription.terms.plan);
    let takes = |provider, price| {
        let gateway = gateways.get(provider);
        gateway.is_some_and(|gateway| gateway.abilities().saves_methods && gateway.abilities().takes(price))
    };
    match renewal::begin(&state, no, plan, takes, now) {
        Step::Nothing => Ok(()),
        // A conflict means that something moved: the clock rings again.
        Step::Commit(decision) => store.commit(&decision).await.map(drop).map_err(ShopError::from),
        Step::Charge { payment, method, decision } => match store.commit(&decision).await? {
            Commit::Committed => charge(store, gateways, rules, &payment, &method, now).await,
            Commit::AlreadyDone(_) | Commit::Conflict => Ok(()),
        },
    }
}

/// Charges again what was begun and never answered: the same key, so the same charge.
pub(crate) async fn charge_again(
    store: &Store,
    gateways: &Gateways,
    rules: &Rulebook,
    Loaded { payment, state }: Loaded,
    now: Timestamp,
) -> Result<(), ShopError> {
    let method = payment.charge.and_then(|id| state.saved.iter().find(|method| method.id == id));
    match method {
        Some(method) if method.deleted_at.is_none() => {
            charge(store, gateways, rules, &payment, &method.clone(), now).await
        }
        _ => Ok(()),
    }
}

async fn charge(
    store: &Store,
    gateways: &Gateways,
    rules: &Rulebook,
    payment: &Payment,
    method: &SavedMethod,
    now: Timestamp,
) -> Result<(), ShopError> {
    let Some(gateway) = gateways.get(payment.provider) else { return Ok(()) };
    let order = Order::new(payment, &describe(&payment.goods, Language::Ru), String::new());
    let report = match gateway.charge(&order, &method.token).await {
        Ok(fetched) => fetched.report.clone(),
        // A plain no: nothing was taken, and asking again would not help.
        Err(GatewayError::Refused { code, .. }) => Report {
            external_id: payment.id.to_string(),
            status: Status::Canceled(code),
            test: !rules.live.at(payment.provider),
            saved: None,
        },
        Err(error) => return Err(error.into()),
    };
    let loaded = confirm::load(store, payment.id).await?;
    let Some(mut loaded) = loaded else { return Ok(()) };
    if report.status == Status::Pending && loaded.payment.external_id.is_none() {
        // From now on the provider can be asked about it.
        loaded.payment.external_id = Some(report.external_id.clone());
        let records = vec![domain::Record::Payment(loaded.payment)];
        store.commit(&Decision { once: None, records, events: Vec::new() }).await?;
        return Ok(());
    }
    confirm::report(store, loaded, &report, rules, now).await.map(drop)
}
