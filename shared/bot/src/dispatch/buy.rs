//! From an offer to a payment.

use super::{
    Bot, BotError,
    press::{Reply, Show, Step},
};
use crate::{
    Method, Screen, SendError,
    callback::Button,
    screens::{self, Offer},
};
use domain::{
    Goods, Payment, Person, PlanId, Provider, Quote, QuoteId, Refusal, SubscriptionNo, UserState,
    checkout::Choice,
};
use jiff::Timestamp;
use shop::{Check, ShopError, Way};
use url::Url;

impl Bot {
    pub(super) async fn buy(&self, person: &Person, button: Button, now: Timestamp) -> Result<Reply, Step> {
        match button {
            Button::Plan(plan) => match self.shop.freeze(person, (&plan, None), None, now).await {
                Ok((state, quote)) => self.offered(&state, &quote, now).await,
                Err(ShopError::Refused(Refusal::Which)) => {
                    let state = self.shop.load(person, now).await?;
                    Ok(Reply::screen(self.which(&state, &plan, now), self.view(&state, now).texts))
                }
                Err(error) => Err(error.into()),
            },
            Button::PlanFor(no, plan) => self.freeze(person, (&plan, Some(no)), None, now).await,
            Button::Choose(plan, choice) => self.freeze(person, (&plan, None), Some(choice), now).await,
            Button::ChooseFor(no, plan, choice) => {
                self.freeze(person, (&plan, Some(no)), Some(choice), now).await
            }
            Button::Gift(plan) => {
                let (state, quote) = self.shop.freeze_gift(person, &plan, None, now).await?;
                self.offered(&state, &quote, now).await
            }
            Button::ChooseGift(plan, use_balance) => {
                let choice = Choice { use_balance, save_method: false };
                let (state, quote) = self.shop.freeze_gift(person, &plan, Some(choice), now).await?;
                self.offered(&state, &quote, now).await
            }
            Button::TopUp(place) => {
                let sum = self.shop.settings().top_ups.get(usize::from(place));
                let sum = *sum.ok_or(Step::Refused(Refusal::BadAmount))?;
                let (state, quote) = self.shop.freeze_top_up(person, sum, now).await?;
                self.offered(&state, &quote, now).await
            }
            Button::Offer(id) => {
                let state = self.shop.load(person, now).await?;
                let quote = open(&state, id, now).ok_or(Step::Refused(Refusal::QuoteExpired))?;
                self.offered(&state, quote, now).await
            }
            Button::Spend(quote, currency) => {
                let (state, payment) = self.shop.spend(person, (quote, currency), now).await?;
                let view = self.view(&state, now);
                Ok(Reply::screen(screens::received(&view, &state, &payment), view.texts))
            }
            Button::Subscribe(quote) => self.subscribe(person, quote, now).await,
            Button::Pay(quote, provider) => {
                let (state, payment) = self.shop.open_payment(person, (quote, provider), now).await?;
                self.bill(&state, &payment, now)
            }
            Button::Check(payment) => Ok(self.checked(&self.shop.check(person, payment, now).await?, now)),
            _ => Err(Step::Refused(Refusal::QuoteExpired)),
        }
    }

    /// The plans for sale, at the prices that a chosen code leaves.
    pub(super) async fn plans(&self, state: &UserState, now: Timestamp) -> Result<Screen, ShopError> {
        let state = self.shop.with_code(state.clone()).await?;
        Ok(screens::plans(&self.view(&state, now), &state, &self.shop.shown(now).await?.plans))
    }

    /// The same for one subscription.
    pub(super) async fn plans_for(
        &self,
        state: &UserState,
        no: SubscriptionNo,
        now: Timestamp,
    ) -> Result<Screen, ShopError> {
        let state = self.shop.with_code(state.clone()).await?;
        Ok(screens::plans_for(&self.view(&state, now), &state, &self.shop.shown(now).await?.plans, Some(no)))
    }

    /// The same for gifts.
    pub(super) async fn gift_plans(&self, state: &UserState, now: Timestamp) -> Result<Screen, ShopError> {
        let state = self.shop.with_code(state.clone()).await?;
        Ok(screens::gift_plans(&self.view(&state, now), &state, &self.shop.shown(now).await?.plans))
    }

    /// For which of their subscriptions somebody buys `plan`.
    pub(super) fn which(&self, state: &UserState, plan: &PlanId, now: Timestamp) -> Screen {
        screens::choose(&self.view(state, now), state, plan, self.shop.new_number(state))
    }

    async fn freeze(
        &self,
        person: &Person,
        wanted: (&PlanId, Option<SubscriptionNo>),
        choice: Option<Choice>,
        now: Timestamp,
    ) -> Result<Reply, Step> {
        let (state, quote) = self.shop.freeze(person, wanted, choice, now).await?;
        self.offered(&state, &quote, now).await
    }

    pub(super) async fn offered(
        &self,
        state: &UserState,
        quote: &Quote,
        now: Timestamp,
    ) -> Result<Reply, Step> {
        let screen = self.checkout(state, quote, None, now).await?;
        Ok(Reply::screen(screen, self.view(state, now).texts))
    }

    /// The offer with the ways to pay it; without the one behind `failed`, unless it is the only one.
    pub(super) async fn checkout(
        &self,
        state: &UserState,
        quote: &Quote,
        failed: Option<&Button>,
        now: Timestamp,
    ) -> Result<Screen, ShopError> {
        let shown = self.shop.shown(now).await?;
        let balance = state.user.as_ref().map(|user| user.balance.clone()).unwrap_or_default();
        let mut ways = self.shop.ways(quote, &balance, &shown.health, now);
        let works = |way: &Way| failed.is_none_or(|button| !leads_to(button, *way));
        if ways.iter().any(works) {
            ways.retain(works);
        }
        let can_save = self.shop.can_save(quote);
        let offer = Offer { quote, ways: &ways, balance: &balance, can_save };
        let view = self.view(state, now);
        let purpose = match quote.goods {
            Goods::Plan(_) | Goods::Traffic { .. } => screens::purpose(&view, state, quote.no),
            Goods::Gift(_) | Goods::TopUp | Goods::Method => String::new(),
        };
        Ok(screens::checkout_for(&view, &offer, purpose))
    }

    /// The link is made by Telegram, so this press costs one more call.
    async fn subscribe(&self, person: &Person, quote: QuoteId, now: Timestamp) -> Result<Reply, Step> {
        let (state, payment) = self.shop.open_star_subscription(person, quote, now).await?;
        let view = self.view(&state, now);
        let invoice = screens::subscription_invoice(&view, &payment).map_err(|error| {
            tracing::error!(payment.id = %payment.id, %error, "no subscription in Stars");
            Step::ProviderDown
        })?;
        let answer = self.telegram.call(&Method::CreateInvoiceLink(invoice)).await.map_err(unmade)?;
        let link = answer.as_str().and_then(|link| Url::parse(link).ok());
        let link = link.ok_or_else(|| {
            tracing::error!(payment.id = %payment.id, is_text = answer.is_string(), "Telegram made no link");
            Step::ProviderDown
        })?;
        Ok(Reply::screen(screens::subscribe(&view, &payment, link), view.texts))
    }

    /// Where to pay.
    pub(super) fn bill(&self, state: &UserState, payment: &Payment, now: Timestamp) -> Result<Reply, Step> {
        let view = self.view(state, now);
        if payment.provider != Provider::Stars {
            let screen = screens::pay(&view, payment).ok_or(Step::ProviderDown)?;
            return Ok(Reply::screen(screen, view.texts));
        }
        let invoice = screens::invoice(&view, payment).map_err(|error| {
            tracing::error!(payment.id = %payment.id, %error, "no invoice in Stars");
            Step::ProviderDown
        })?;
        Ok(Reply::new(Show::Invoice(invoice), view.texts).toast("alert-invoice"))
    }

    fn checked(&self, check: &Check, now: Timestamp) -> Reply {
        let view = self.view(&check.state, now);
        let pending =
            if check.payment.goods == Goods::Method { "alert-bind-pending" } else { "alert-pending" };
        match screens::check_result(&view, check) {
            Some(screen) => Reply::screen(screen, view.texts),
            None => Reply::new(Show::Nothing, view.texts).alert(pending),
        }
    }

    /// A provider failed behind `button`. Where it was one way to pay of several, the others are shown at once.
    pub(super) async fn provider_down(
        &self,
        person: &Person,
        button: &Button,
        now: Timestamp,
    ) -> Result<Reply, BotError> {
        let state = self.shop.load(person, now).await?;
        let quote = match button {
            Button::Pay(quote, _) | Button::Subscribe(quote) => open(&state, *quote, now),
            _ => None,
        };
        let show = match quote {
            Some(quote) => Show::Screen(self.checkout(&state, quote, Some(button), now).await?),
            None => Show::Nothing,
        };
        let key = match button {
            Button::Check(_) => "alert-check-later",
            Button::Bind(_) => "alert-bind-down",
            _ => "alert-provider-down",
        };
        Ok(Reply::new(show, self.view(&state, now).texts).alert(key))
    }
}

fn open(state: &UserState, id: QuoteId, now: Timestamp) -> Option<&Quote> {
    state.quote.as_ref().filter(|quote| quote.id == id && quote.is_open(now))
}

fn leads_to(button: &Button, way: Way) -> bool {
    match (button, way) {
        (Button::Pay(_, pressed), Way::Pay(provider, _)) => *pressed == provider,
        (Button::Subscribe(_), Way::StarSubscription(_)) => true,
        _ => false,
    }
}

/// A call that had to be made for the screen failed.
pub(super) fn unmade(error: SendError) -> Step {
    match error {
        SendError::RetryAfter(_) | SendError::Server(_) | SendError::Network(_) => {
            tracing::warn!(%error, "Telegram did not carry out a call");
            Step::Busy
        }
        SendError::BadRequest(_) => {
            tracing::error!(%error, "Telegram refused a call");
            Step::ProviderDown
        }
        other => Step::Failed(other.into()),
    }
}
