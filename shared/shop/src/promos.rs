//! Promo codes, and the questions that a message answers.

use crate::{
    Shop, ShopError,
    error::{Attempt, commit, until_done},
};
use domain::{
    Currency, Money, Person, Promo, PromoCode, Refusal, Topic, UserId, UserState, catalog, checkout, dialog,
    promo::{self, Offered, Outcome},
};
use jiff::Timestamp;
use payments::stars;
use store::{Commit, Store, StoreError};

/// So many codes fit into one list.
const LISTED: i32 = 100;

/// `state` with what is known of `code`.
pub(crate) async fn with_promotion(
    store: &Store,
    state: UserState,
    code: Option<PromoCode>,
) -> Result<UserState, StoreError> {
    let (Some(code), Some(user)) = (code, state.user.as_ref().map(|user| user.id)) else { return Ok(state) };
    // Boxed: every use case loads a buyer, few of them with a code.
    let promotion = Box::pin(store.promotion(&code, user)).await?;
    Ok(UserState { promotion: promotion.map(Box::new), ..state })
}

impl Shop {
    /// The buyer enters what may be a code. Whatever is wrong with it, the answer is the same.
    pub async fn enter_code(
        &self,
        person: &Person,
        text: &str,
        now: Timestamp,
    ) -> Result<(UserState, Outcome), ShopError> {
        let code = text.parse::<PromoCode>().ok();
        let plans = self.plans(now).await?;
        let plan = catalog::visible(&plans).first().map(|plan| &plan.terms);
        let offered = Offered { trial: self.settings.trial.as_ref(), plan };
        until_done(async |_| {
            let state = self.store.user_state(person.id).await?;
            self.saw(&state, now);
            let known = match &code {
                Some(code) => self.store.promotion(code, person.id).await?,
                None => None,
            };
            let (outcome, decision) = promo::enter(&state, known.as_ref(), offered, now)?;
            let state = UserState { promotion: known.map(Box::new), ..state }.after(&decision);
            commit(&self.store, &decision, (state, outcome)).await
        })
        .await
    }

    /// The buyer takes the discount off that they chose.
    pub async fn forget_code(&self, person: &Person, now: Timestamp) -> Result<UserState, ShopError> {
        self.commit_with(person, now, |state| Ok(((), promo::forget(state, now)))).await.map(|done| done.0)
    }

    /// Asks the buyer about `topic`: their next message answers it.
    pub async fn ask_about(
        &self,
        person: &Person,
        topic: Topic,
        now: Timestamp,
    ) -> Result<UserState, ShopError> {
        let decide = |state: &UserState| Ok(((), dialog::ask(state, person.id, topic, now)));
        self.commit_with(person, now, decide).await.map(|done| done.0)
    }

    /// Nothing is asked any more. If something else is asked at this moment, that stands.
    pub async fn stop_asking(&self, state: UserState) -> Result<UserState, ShopError> {
        let decision = dialog::end(&state);
        match self.store.commit(&decision).await? {
            Commit::Committed | Commit::AlreadyDone(_) => Ok(state.after(&decision)),
            Commit::Conflict => Ok(state),
        }
    }

    /// The currencies of the balance, each with the least and the most that somebody takes at once.
    pub fn top_up_limits(&self) -> Vec<(Money, Money)> {
        let mut currencies: Vec<Currency> = self.settings.top_ups.iter().map(|sum| sum.currency).collect();
        currencies.sort_unstable();
        currencies.dedup();
        currencies.into_iter().filter_map(|currency| self.limits(currency)).collect()
    }

    /// The least and the most of `currency` that any provider takes.
    fn limits(&self, currency: Currency) -> Option<(Money, Money)> {
        let stars =
            Some(stars::LIMITS).filter(|limits| self.settings.stars && limits.min.currency == currency);
        let all = self.gateways.all().filter_map(|gateway| gateway.abilities().limits(currency)).chain(stars);
        let (mut least, mut most) = (None, None);
        for limits in all {
            least = Some(least.map_or(limits.min.minor, |least: i64| least.min(limits.min.minor)));
            most = Some(most.map_or(limits.max.minor, |most: i64| most.max(limits.max.minor)));
        }
        Some((Money::new(least?, currency), Money::new(most?, currency)))
    }

    /// The least that can be paid of each of `currencies`.
    pub(crate) fn floors(&self, currencies: impl Iterator<Item = Currency>) -> Vec<Money> {
        currencies.filter_map(|currency| self.limits(currency)).map(|(least, _)| least).collect()
    }

    /// Freezes an offer to put a sum of the buyer's own choice on the balance.
    pub async fn freeze_own_top_up(
        &self,
        person: &Person,
        amount: Money,
        now: Timestamp,
    ) -> Result<(UserState, domain::Quote), ShopError> {
        let fits = |(least, most): &(Money, Money)| {
            least.currency == amount.currency && (least.minor..=most.minor).contains(&amount.minor)
        };
        if !self.top_up_limits().iter().any(fits) {
            return Err(Refusal::BadAmount.into());
        }
        self.commit_with(person, now, |state| checkout::freeze_top_up(state, amount, now)).await
    }

    /// All codes, by name.
    pub async fn promos(&self) -> Result<Vec<Promo>, ShopError> {
        Ok(self.store.promos(LISTED).await?)
    }

    /// An operator makes a code; false if there is one of that name.
    pub async fn create_promo(
        &self,
        operator: UserId,
        promo: Promo,
        now: Timestamp,
    ) -> Result<bool, ShopError> {
        let made = self.store.commit(&promo::create(promo, operator, now)).await?;
        Ok(made == Commit::Committed)
    }

    /// An operator switches a code off; false if there is none of that name.
    pub async fn switch_promo_off(
        &self,
        operator: UserId,
        code: &PromoCode,
        now: Timestamp,
    ) -> Result<bool, ShopError> {
        until_done(async |_| {
            let Some(known) = self.store.promotion(code, operator).await? else {
                return Ok(Attempt::Done(false));
            };
            commit(&self.store, &promo::switch_off(&known.promo, operator, now), true).await
        })
        .await
    }
}
