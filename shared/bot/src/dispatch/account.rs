//! What is the person's own: subscription, balance, history, saved methods, renewals.

use super::{
    Bot,
    press::{Reply, Step},
};
use crate::{
    Method, Screen, SendError,
    callback::Button,
    method::EditUserStarSubscription,
    screens::{self, Beside, Outlook},
};
use domain::{Money, Person, Provider, Refusal, Renewal, Subscription, SubscriptionNo, UserState, catalog};
use jiff::Timestamp;
use shop::ShopError;

/// So many events are read for a history; one page.
const EVENTS: i32 = 50;

impl Bot {
    /// The list of subscriptions, or the only one.
    pub(super) async fn subscription(&self, state: &UserState, now: Timestamp) -> Result<Screen, ShopError> {
        if self.shop.must_choose(state) {
            return Ok(screens::subscriptions(&self.view(state, now), state, self.shop.new_number(state)));
        }
        self.own(state, state.primary_no(now), now).await
    }

    /// A subscription as the panel shows it now, with how it goes on.
    pub(super) async fn own(
        &self,
        state: &UserState,
        no: SubscriptionNo,
        now: Timestamp,
    ) -> Result<Screen, ShopError> {
        let state = &self.shop.refreshed(state.clone(), no, now).await;
        let own = state.subscription(no);
        let outlook = match own {
            Some(first) if first.renewal == Renewal::Charge => self.outlook(state, first, now).await?,
            _ => None,
        };
        let saves = |abilities: &payments::Abilities| abilities.saves_methods || abilities.binds;
        let saves_methods = self.shop.gateways().all().any(|gateway| saves(gateway.abilities()));
        let panel = own.map(|own| &own.terms.panel);
        let has_devices = panel.is_some_and(|panel| self.shop.has_devices(panel));
        let trial_due = self.shop.trial_due(state);
        let packages = self.shop.sells_traffic();
        let no = self.shop.must_choose(state).then_some(no);
        let beside = Beside { no, packages, trial_due, saves_methods, has_devices, outlook };
        Ok(screens::subscription(&self.view(state, now), state, &beside))
    }

    async fn outlook(
        &self,
        state: &UserState,
        subscription: &Subscription,
        now: Timestamp,
    ) -> Result<Option<Outlook>, ShopError> {
        let shown = self.shop.shown(now).await?;
        let plan = catalog::find(&shown.plans, &subscription.terms.plan);
        let takes = |provider, price: Money| {
            let abilities = self.shop.gateways().get(provider).map(payments::Gateway::abilities);
            abilities.is_some_and(|abilities| abilities.saves_methods && abilities.takes(price))
        };
        Ok(screens::outlook(&self.view(state, now), state, subscription, plan, takes))
    }

    pub(super) async fn balance(&self, state: &UserState, now: Timestamp) -> Result<Screen, ShopError> {
        let (view, shown) = (self.view(state, now), self.shop.shown(now).await?);
        let events = match &state.user {
            Some(user) => self.shop.store().events(user.id, EVENTS).await?,
            None => Vec::new(),
        };
        Ok(screens::balance(&view, state, &self.shop.settings().top_ups, (&events, &shown.plans)))
    }

    pub(super) async fn history(&self, state: &UserState, now: Timestamp) -> Result<Screen, ShopError> {
        let (view, shown) = (self.view(state, now), self.shop.shown(now).await?);
        let events = match &state.user {
            Some(user) => self.shop.store().events(user.id, EVENTS).await?,
            None => Vec::new(),
        };
        Ok(screens::history(&view, &events, &shown.plans))
    }

    /// Where a method can be saved without paying.
    pub(super) fn binds(&self) -> Vec<Provider> {
        let all = self.shop.gateways().all();
        all.filter(|gateway| gateway.abilities().binds).map(payments::Gateway::provider).collect()
    }

    /// Decisions about methods and renewals.
    pub(super) async fn arrange(
        &self,
        person: &Person,
        button: Button,
        now: Timestamp,
    ) -> Result<Reply, Step> {
        match button {
            Button::Prefer(id) => {
                let state = self.shop.choose_method(person, id, now).await?;
                Ok(self.reply_methods(&state, now))
            }
            Button::Forget(id) => {
                let state = self.shop.load(person, now).await?;
                let view = self.view(&state, now);
                let screen = screens::forget(&view, &state, id);
                Ok(Reply::screen(screen.ok_or(Step::Refused(Refusal::MethodUnknown))?, view.texts))
            }
            Button::ForgetNow(id) => {
                let state = self.shop.remove_method(person, id, now).await?;
                Ok(self.reply_methods(&state, now))
            }
            Button::Bind(provider) => {
                let (state, payment) = self.shop.open_binding(person, provider, now).await?;
                self.bill(&state, &payment, now)
            }
            Button::Renew(no, on) => self.renew(person, (no, on), now).await,
            Button::StopStars(no) => self.stop_stars(person, no, now).await,
            _ => Err(Step::Refused(Refusal::MethodUnknown)),
        }
    }

    fn reply_methods(&self, state: &UserState, now: Timestamp) -> Reply {
        let view = self.view(state, now);
        Reply::screen(screens::methods(&view, state, &self.binds()), view.texts)
    }

    pub(super) async fn reply_own(
        &self,
        state: &UserState,
        no: SubscriptionNo,
        now: Timestamp,
    ) -> Result<Reply, Step> {
        Ok(Reply::screen(self.own(state, no, now).await?, self.view(state, now).texts))
    }

    async fn renew(
        &self,
        person: &Person,
        (no, on): (SubscriptionNo, bool),
        now: Timestamp,
    ) -> Result<Reply, Step> {
        let state = self.shop.set_renewal(person, no, on, now).await?;
        self.reply_own(&state, no, now).await
    }

    /// Telegram is asked first: only what it confirmed is written down.
    async fn stop_stars(&self, person: &Person, no: SubscriptionNo, now: Timestamp) -> Result<Reply, Step> {
        let state = self.shop.load(person, now).await?;
        let reference = match state.subscription(no).map(|subscription| &subscription.renewal) {
            Some(Renewal::Provider { provider: Provider::Stars, reference }) => reference.clone(),
            _ => return self.reply_own(&state, no, now).await,
        };
        let stop = EditUserStarSubscription {
            user_id: person.id.0,
            telegram_payment_charge_id: reference,
            is_canceled: true,
        };
        match self.telegram.call(&Method::EditUserStarSubscription(stop)).await {
            Ok(_) => {}
            Err(error @ SendError::BadRequest(_)) => {
                tracing::error!(%error, "a subscription in Stars could not be stopped");
                return Ok(self.reply_own(&state, no, now).await?.alert("alert-stop-failed"));
            }
            Err(error) => return Err(super::buy::unmade(error)),
        }
        let state = self.shop.renewed_by(person, (no, Provider::Stars, false), now).await?;
        Ok(self.reply_own(&state, no, now).await?.alert("alert-stopped"))
    }
}
