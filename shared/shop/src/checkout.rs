//! From a plan (or a sum for the balance) to a payment and its state.

use crate::{
    Shop, ShopError,
    confirm::{self, Confirmed, Loaded},
    error::{PATIENCE, commit, within},
    referrals::with_earner,
};
use domain::{
    Currency, Decision, Language, Money, Payment, PaymentId, PaymentState, Person, PlanId, Provider, Quote,
    QuoteId, Refusal, SubscriptionNo, UserId, UserState, catalog,
    checkout::{self, Choice, Opened},
    credit::Verdict,
    quote::describe,
    several,
};
use jiff::Timestamp;
use payments::{GatewayError, ObjectRef, Order};
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
    /// Freezes an offer of a plan, or keeps the open one. `wanted`: for which subscription, or the number of a new one;
    /// `None` keeps that of an open offer of the same plan if a `choice` is made about it; whoever has several has to say
    /// ([`Refusal::Which`]). `choice`: `None` keeps what was
    /// chosen for an open offer of the same plan.
    pub async fn freeze(
        &self,
        person: &Person,
        (plan, wanted): (&PlanId, Option<SubscriptionNo>),
        choice: Option<Choice>,
        now: Timestamp,
    ) -> Result<(UserState, Quote), ShopError> {
        let plans = self.plans(now).await?;
        let plan = catalog::find(&plans, plan).ok_or(Refusal::PlanUnavailable)?;
        let floors = self.floors(plan.prices.iter().map(|price| price.currency));
        let decide = |state: &UserState| {
            let open = state.quote.as_ref().filter(|open| {
                open.is_open(now) && open.goods.terms().is_some_and(|terms| terms.plan == plan.terms.plan)
            });
            let kept =
                open.map(|open| Choice { use_balance: open.uses_balance(), save_method: open.save_method });
            if wanted.is_none() && choice.is_none() && self.must_choose(state) {
                return Err(Refusal::Which);
            }
            let no = wanted.or_else(|| open.map(|open| open.no));
            let no = several::place(state, no, self.settings.subscription_limit, now)?;
            let choice = choice.or(kept).unwrap_or_default();
            checkout::freeze_for(state, (plan, no), choice, &floors, now)
        };
        self.commit_deal(person, now, decide).await
    }

    /// Freezes an offer to put `amount` on the balance; only sums from the menu.
    pub async fn freeze_top_up(
        &self,
        person: &Person,
        amount: Money,
        now: Timestamp,
    ) -> Result<(UserState, Quote), ShopError> {
        if !self.settings.top_ups.contains(&amount) {
            return Err(Refusal::BadAmount.into());
        }
        self.commit_with(person, now, |state| checkout::freeze_top_up(state, amount, now)).await
    }

    /// Pays a quote wholly from the balance.
    pub async fn spend(
        &self,
        person: &Person,
        (quote, currency): (QuoteId, Currency),
        now: Timestamp,
    ) -> Result<(UserState, Payment), ShopError> {
        let decided = within(PATIENCE, async |_| {
            let state = self.with_code(self.load(person, now).await?).await?;
            let state = with_earner(&self.store, state, self.settings.rules.referral.as_ref()).await?;
            self.has_place(&state, now)?;
            let (paid, decision) = checkout::spend(&state, quote, currency, now)?;
            commit(&self.store, &decision, (state.after(&decision), paid)).await
        });
        match decided.await {
            // The quote is closed because this very press (or its twin) has just paid it.
            Err(ShopError::Refused(Refusal::QuoteExpired)) => {
                let twin = self.store.payment(PaymentId::of(quote, Provider::Balance)).await?;
                let twin = twin.filter(|paid| paid.user == person.id).ok_or(Refusal::QuoteExpired)?;
                Ok((self.load(person, now).await?, twin))
            }
            other => other,
        }
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
        self.has_place(&state, now)?;
        let price = self.price_with(provider, quote).ok_or(Refusal::MethodUnavailable)?;
        let draft = checkout::payment(&state, id, (provider, price.currency), now)?;
        let created = match self.gateways.get(provider) {
            Some(gateway) => gateway.create(&self.order(&draft, quote.language, &state)).await,
            None => Ok(Opened::default()),
        };
        self.note_health(provider, created.as_ref().err(), now).await;
        self.opened(state, &draft, created?, now).await
    }

    /// Opens the payment by which a quote is taken as a subscription in Stars; the bot makes the link.
    pub async fn open_star_subscription(
        &self,
        person: &Person,
        quote: QuoteId,
        now: Timestamp,
    ) -> Result<(UserState, Payment), ShopError> {
        let state = self.load(person, now).await?;
        if !self.settings.star_subscriptions {
            return Err(Refusal::MethodUnavailable.into());
        }
        self.has_place(&state, now)?;
        let draft = checkout::star_subscription(&state, quote, now)?;
        self.opened(state, &draft, Opened::default(), now).await
    }

    /// Opens the page on which a method is saved without paying.
    pub async fn open_binding(
        &self,
        person: &Person,
        provider: Provider,
        now: Timestamp,
    ) -> Result<(UserState, Payment), ShopError> {
        let state = self.load(person, now).await?;
        let gateway = self.gateways.get(provider).filter(|gateway| gateway.abilities().binds);
        let gateway = gateway.ok_or(Refusal::MethodUnavailable)?;
        let limits = gateway.abilities().limits.first().ok_or(Refusal::MethodUnavailable)?;
        let draft = checkout::binding(person.id, provider, limits.min.currency, now);
        let language = state.user.as_ref().map_or(self.settings.default_language, |user| user.language);
        let opened = gateway.bind(&self.order(&draft, language, &state)).await?;
        self.opened(state, &draft, opened, now).await
    }

    fn order<'a>(&self, payment: &'a Payment, language: Language, state: &UserState) -> Order<'a> {
        let return_url = format!("{}/{}?payment={}", self.settings.return_url, payment.quote, payment.id);
        let mut order = Order::new(payment, &describe(&payment.goods, language), return_url);
        order.language = language;
        order.save_method = payment.save_method;
        order.receipt_email =
            state.user.as_ref().and_then(|user| user.receipt_email().map(ToString::to_string));
        order
    }

    async fn opened(
        &self,
        state: UserState,
        draft: &Payment,
        opened: Opened,
        now: Timestamp,
    ) -> Result<(UserState, Payment), ShopError> {
        let (payment, decision) = checkout::opened(draft, opened, now);
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

    /// Remembers how opening a payment went. Nothing depends on it, so nothing fails by it; nor is anything written
    /// while all is well.
    async fn note_health(&self, provider: Provider, failure: Option<&GatewayError>, now: Timestamp) {
        let known = self.health_of(provider);
        let decision = match failure {
            // A limit of our own rate says nothing about the provider.
            Some(GatewayError::RateLimited { .. }) => Decision::nothing(),
            Some(_) => domain::health::failed(known.as_ref(), provider, now),
            None => domain::health::worked(known.as_ref()),
        };
        if decision.is_nothing() {
            return;
        }
        match self.store.commit(&decision).await {
            Ok(_) => self.forget_window(),
            Err(error) => tracing::warn!(%provider, %error, "the provider's health is not noted"),
        }
    }

    /// "I have paid": asks the provider unless the answer is known.
    pub async fn check(&self, person: &Person, id: PaymentId, now: Timestamp) -> Result<Check, ShopError> {
        let (payment, state) = tokio::join!(self.store.payment(id), self.load(person, now));
        let payment = payment?.filter(|payment| payment.user == person.id).ok_or(Refusal::PaymentUnknown)?;
        Box::pin(self.ask(payment, state?, now)).await
    }

    /// A browser came back from a provider's page: asks about the payment. Whoever opens the address only makes us ask
    /// the provider.
    pub async fn returned(&self, id: PaymentId, now: Timestamp) -> Result<Option<Check>, ShopError> {
        let Some(Loaded { payment, state }) = confirm::load(&self.store, id).await? else { return Ok(None) };
        self.ask(payment, state, now).await.map(Some)
    }

    async fn ask(&self, payment: Payment, state: UserState, now: Timestamp) -> Result<Check, ShopError> {
        let settled = payment.state.is_settled() && payment.state != PaymentState::Refunding;
        let gateway = self.gateways.get(payment.provider);
        let nothing = |payment, state| Ok(Check { payment, state, verdict: Verdict::Nothing });
        let (Some(gateway), Some(external_id), false) = (gateway, &payment.external_id, settled) else {
            return nothing(payment, state);
        };
        if !self.pace.may_ask(payment.id, gateway.abilities().asking, now) {
            return nothing(payment, state);
        }
        let fetched = match gateway.fetch(&object(&payment, external_id)).await {
            Ok(Some(fetched)) => fetched,
            // Asked too often: the answer comes with the webhook, or at the next press.
            Ok(None) | Err(GatewayError::RateLimited { .. }) => return nothing(payment, state),
            Err(error) => return Err(error.into()),
        };
        let loaded = Loaded { payment, state };
        let Confirmed { payment, state, verdict } =
            confirm::report(&self.store, loaded, &fetched.report, &self.settings.rules, now).await?;
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

/// What to ask a provider about `payment`.
pub(crate) fn object(payment: &Payment, external_id: &str) -> ObjectRef {
    let (refund, goods) = (&payment.refund, &payment.goods);
    match (refund.as_ref().and_then(|refund| refund.external_id.clone()), goods) {
        (Some(refund), _) => ObjectRef::Refund { refund, payment: external_id.to_owned() },
        (None, domain::Goods::Method) => ObjectRef::Method(external_id.to_owned()),
        (None, _) => ObjectRef::Payment(external_id.to_owned()),
    }
}
