//! Gifts: ordered by one person, opened by another, sent back by the clock.

use crate::{
    Shop, ShopError,
    confirm::{self, Loaded},
    error::{Attempt, commit, until_done},
};
use domain::{
    GiftCode, GiftSecret, Goods, PaymentId, Person, PlanId, Quote, Refusal, UserState, catalog,
    checkout::{self, Choice},
    gift::{self, Found},
};
use jiff::Timestamp;
use ring::rand::{SecureRandom, SystemRandom};
use store::{Store, StoreError};

fn draw() -> Result<GiftSecret, ShopError> {
    let mut random = [0; GiftSecret::LENGTH];
    let drawn = SystemRandom::new().fill(&mut random);
    drawn.map_err(|_| StoreError::Unavailable("the system has no randomness".into()))?;
    Ok(GiftSecret::draw(random))
}

impl Shop {
    /// Freezes an offer of a plan for somebody else, or keeps the open one. `choice`: `None` keeps what was chosen for
    /// an open offer of the same gift.
    pub async fn freeze_gift(
        &self,
        person: &Person,
        plan: &PlanId,
        choice: Option<Choice>,
        now: Timestamp,
    ) -> Result<(UserState, Quote), ShopError> {
        let plans = self.plans(now).await?;
        let plan = catalog::find(&plans, plan).ok_or(Refusal::PlanUnavailable)?;
        let floors = self.floors(plan.prices.iter().map(|price| price.currency));
        let fresh = (draw()?, self.settings.gift_days);
        let same = |open: &&Quote| match &open.goods {
            Goods::Gift(order) => open.is_open(now) && order.terms.plan == plan.terms.plan,
            _ => false,
        };
        let decide = |state: &UserState| {
            let kept = state.quote.as_ref().filter(same);
            let kept = kept.map(|open| Choice { use_balance: open.uses_balance(), save_method: false });
            let choice = choice.or(kept).unwrap_or_default();
            checkout::freeze_gift(state, plan, fresh.clone(), (choice, &floors), now)
        };
        self.commit_deal(person, now, decide).await
    }

    /// What somebody finds behind `code`, the text after `gift_`. A code that names nothing is counted.
    pub async fn find_gift(
        &self,
        person: &Person,
        code: &str,
        now: Timestamp,
    ) -> Result<(UserState, Found), ShopError> {
        until_done(async |_| match self.behind(person, code, now).await? {
            (state, Found::Unknown) => self.counted(state, now).await,
            found => Ok(Attempt::Done(found)),
        })
        .await
    }

    /// Somebody takes the gift behind `code`. Of several at the same moment one has it; the answer is the gift as it is
    /// then, whoever has it.
    pub async fn open_gift(
        &self,
        person: &Person,
        code: &GiftCode,
        now: Timestamp,
    ) -> Result<(UserState, Found), ShopError> {
        until_done(async |_| match self.behind(person, &code.to_string(), now).await? {
            (state, Found::Gift(found)) => {
                let (found, decision) = gift::open(&state, &found, now)?;
                let state = state.after(&decision);
                commit(&self.store, &decision, (state, Found::Gift(Box::new(found)))).await
            }
            (state, Found::Unknown) => self.counted(state, now).await,
            found => Ok(Attempt::Done(found)),
        })
        .await
    }

    async fn behind(
        &self,
        person: &Person,
        code: &str,
        now: Timestamp,
    ) -> Result<(UserState, Found), ShopError> {
        let code: Option<GiftCode> = code.parse().ok();
        let named = async {
            match &code {
                Some(code) => self.store.gift(code).await,
                None => Ok(None),
            }
        };
        let (state, named) = tokio::join!(self.load(person, now), named);
        let state = state?;
        let found = gift::found(&state, named?, now);
        Ok((state, found))
    }

    async fn counted(
        &self,
        state: UserState,
        now: Timestamp,
    ) -> Result<Attempt<(UserState, Found)>, ShopError> {
        let decision = gift::wrong(&state, now);
        let state = state.after(&decision);
        commit(&self.store, &decision, (state, Found::Unknown)).await
    }
}

/// The clock rang for the gift that `payment` paid.
pub(crate) async fn turn(store: &Store, payment: PaymentId, now: Timestamp) -> Result<(), ShopError> {
    until_done(async |_| {
        let Some(Loaded { payment, state }) = confirm::load(store, payment).await? else {
            return Ok(Attempt::Done(()));
        };
        commit(store, &gift::tick(&state, &payment, now)?, ()).await
    })
    .await
}
