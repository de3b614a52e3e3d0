//! From a plan to a payment and its state.

use crate::{
    Shop, ShopError,
    confirm::{self, Confirmed},
};
use domain::{
    Currency, Money, Payment, PaymentId, PaymentState, Person, PlanId, Provider, Quote, QuoteId, Refusal,
    UserId, UserState, catalog,
    checkout::{self, Opened},
    credit::Verdict,
};
use jiff::Timestamp;
use payments::{ObjectRef, Order, stars};
use store::Commit;

/// What the "I have paid" button found out.
#[derive(Debug, Clone)]
pub struct Check {
    /// The payment now.
    pub payment: Payment,
    /// Its buyer now.
    pub state: UserState,
    /// What changed by asking.
    pub verdict: Verdict,
}

impl Shop {
    /// Freezes an offer of a plan, or keeps the open one.
    pub async fn freeze(
        &self,
        person: &Person,
        plan: &PlanId,
        now: Timestamp,
    ) -> Result<(UserState, Quote), ShopError> {
        let plans = self.plans(now).await?;
        let plan = catalog::find(&plans, plan).ok_or(Refusal::PlanUnavailable)?;
        self.commit_with(person, now, |state| checkout::freeze(state, plan, now)).await
    }

    /// The ways to pay a quote: only those that can work.
    pub fn methods(&self, quote: &Quote) -> Vec<(Provider, Money)> {
        let price = |currency: Currency| {
            quote.prices.iter().map(|p| p.total).find(|total| total.currency == currency)
        };
        let mut methods: Vec<(Provider, Money)> = Vec::new();
        for gateway in self.gateways.all() {
            let takes =
                |total: &Money| gateway.limits(total.currency).is_some_and(|limits| limits.allow(*total));
            let found = gateway.currencies().iter().filter_map(|currency| price(*currency)).find(takes);
            methods.extend(found.map(|total| (gateway.provider(), total)));
        }
        if self.settings.stars {
            let stars = price(Currency::Xtr).filter(|total| stars::LIMITS.allow(*total));
            methods.extend(stars.map(|total| (Provider::Stars, total)));
        }
        methods
    }

    /// Opens the payment of a quote through a provider. Pressing again opens the same payment.
    ///
    /// The provider is asked before anything is written: its idempotency key follows from the quote, so that a crash in
    /// between leaves nothing but an order that nobody was shown.
    pub async fn open_payment(
        &self,
        person: &Person,
        (id, provider): (QuoteId, Provider),
        now: Timestamp,
    ) -> Result<(UserState, Payment), ShopError> {
        let state = self.load(person, now).await?;
        let quote = state.quote.as_ref().filter(|open| open.id == id && open.is_open(now));
        let quote = quote.ok_or(Refusal::QuoteExpired)?;
        let methods = self.methods(quote);
        let (_, price) =
            methods.into_iter().find(|(name, _)| *name == provider).ok_or(Refusal::MethodUnavailable)?;
        let draft = checkout::payment(&state, id, (provider, price.currency), now)?;
        let opened = match self.gateways.get(provider) {
            Some(gateway) => {
                let return_url = format!("{}/{id}", self.settings.return_url);
                gateway.create(&Order::new(&draft, &quote.description(), return_url)).await?
            }
            None => Opened::default(),
        };
        let (payment, decision) = checkout::opened(&draft, opened, now);
        match self.store.commit(&decision).await? {
            Commit::Committed | Commit::AlreadyDone(_) => Ok((state, payment)),
            Commit::Conflict => {
                let payment = self.store.payment(draft.id).await?.ok_or(Refusal::PaymentUnknown)?;
                match payment.state {
                    open if open.is_open() => Ok((state, payment)),
                    PaymentState::Succeeded => Err(Refusal::AlreadyPaid.into()),
                    _ => Err(Refusal::QuoteExpired.into()),
                }
            }
        }
    }

    /// "I have paid": asks the provider unless the answer is known.
    pub async fn check(&self, person: &Person, id: PaymentId, now: Timestamp) -> Result<Check, ShopError> {
        let (payment, state) = tokio::join!(self.store.payment(id), self.load(person, now));
        let payment = payment?.filter(|payment| payment.user == person.id).ok_or(Refusal::PaymentUnknown)?;
        self.ask(payment, state?, now).await
    }

    /// A browser came back from a provider's page: asks about the quote's payments. Whoever opens the address only
    /// makes us ask the provider.
    pub async fn returned(&self, quote: QuoteId, now: Timestamp) -> Result<Option<Check>, ShopError> {
        let mut last = None;
        for gateway in self.gateways.all() {
            let Some(payment) = self.store.payment(PaymentId::of(quote, gateway.provider())).await? else {
                continue;
            };
            let state = self.store.user_state(payment.user).await?;
            last = Some(self.ask(payment, state, now).await?);
        }
        Ok(last)
    }

    async fn ask(&self, payment: Payment, state: UserState, now: Timestamp) -> Result<Check, ShopError> {
        let settled =
            matches!(payment.state, PaymentState::Succeeded | PaymentState::Held | PaymentState::Refunded);
        let gateway = self.gateways.get(payment.provider);
        let (Some(gateway), Some(external_id), false) = (gateway, &payment.external_id, settled) else {
            return Ok(Check { payment, state, verdict: Verdict::Nothing });
        };
        let Some(fetched) = gateway.fetch(&ObjectRef::Payment(external_id.clone())).await? else {
            return Ok(Check { payment, state, verdict: Verdict::Nothing });
        };
        let loaded = confirm::Loaded { payment, state };
        let confirmed = confirm::with_loaded(&self.store, loaded, &fetched, self.settings.live, now).await?;
        let Confirmed { payment, state, verdict } = confirmed;
        Ok(Check { payment, state, verdict })
    }

    /// May this person still pay this amount? Asked by Telegram before it takes Stars.
    pub async fn may_pay(
        &self,
        user: UserId,
        id: PaymentId,
        amount: Money,
        now: Timestamp,
    ) -> Result<(), ShopError> {
        let payment = self.store.payment(id).await?.ok_or(Refusal::PaymentUnknown)?;
        Ok(checkout::may_pay(&payment, user, amount, now)?)
    }
}
