//! Several subscriptions of a person, and extra traffic for one of them.

use super::{
    Bot,
    press::{Reply, Step},
};
use crate::{Screen, callback::Button, screens};
use domain::{Goods, Person, Refusal, Subscription, SubscriptionNo, UserState};
use jiff::Timestamp;
use locale::clean_name;
use shop::{ShopError, Wanted};

/// The subscription of this number; of one that the person does not have nothing is shown.
pub(super) fn held(state: &UserState, no: SubscriptionNo) -> Result<&Subscription, Step> {
    state.subscription(no).ok_or(Step::Refused(Refusal::NoSubscription))
}

impl Bot {
    /// Changes that a person makes among their subscriptions.
    pub(super) async fn keep_apart(
        &self,
        person: &Person,
        button: Button,
        now: Timestamp,
    ) -> Result<Reply, Step> {
        match button {
            Button::MakePrimary(no) => {
                let state = self.shop.prefer(person, no, now).await?;
                Ok(self.reply_own(&state, no, now).await?.toast("alert-made-primary"))
            }
            Button::Rename(no) => {
                let state = self.shop.ask_name(person, no, now).await?;
                let view = self.view(&state, now);
                Ok(Reply::screen(screens::ask_name(&view, held(&state, no)?, false), view.texts))
            }
            Button::Unname(no) => {
                let state = self.shop.rename(person, (no, ""), now).await?;
                self.reply_own(&state, no, now).await
            }
            Button::Package(no, id, choice) => {
                let wanted = Wanted { no, package: &id };
                let (state, quote) = self.shop.freeze_traffic(person, wanted, choice, now).await?;
                self.offered(&state, &quote, now).await
            }
            _ => Err(Step::Refused(Refusal::NoSubscription)),
        }
    }

    /// Screens of one subscription that change nothing; `None` for other buttons.
    pub(super) async fn look_at_one(
        &self,
        state: &UserState,
        button: &Button,
        now: Timestamp,
    ) -> Result<Option<Reply>, Step> {
        let view = self.view(state, now);
        let screen = match button {
            Button::Own(no) => {
                held(state, *no)?;
                // Whoever looks elsewhere does not answer what was asked.
                let state = self.shop.stop_asking(state.clone()).await?;
                self.own(&state, *no, now).await?
            }
            Button::ConnectTo(no) => screens::platforms_of(&view, Some(held(state, *no)?)),
            Button::ConnectToOn(no, platform) => screens::guide_of(&view, Some(held(state, *no)?), *platform),
            Button::QrOf(no) => return self.picture(state, held(state, *no)?, now).map(Some),
            Button::PlansFor(no) => {
                if state.subscription(*no).is_none() && self.shop.new_number(state) != Some(*no) {
                    return Err(Step::Refused(Refusal::NoSubscription));
                }
                self.plans_for(state, *no, now).await?
            }
            Button::Packages(no) => self.packages(state, *no, now).await?,
            _ => return Ok(None),
        };
        Ok(Some(Reply::screen(screen, view.texts)))
    }

    async fn packages(&self, state: &UserState, no: SubscriptionNo, now: Timestamp) -> Result<Screen, Step> {
        let own = held(state, no)?;
        if !own.takes_traffic(now) {
            return Err(Step::Refused(Refusal::NoTraffic));
        }
        let shown = self.shop.shown(now).await?;
        Ok(screens::packages(&self.view(state, now), state, own, &shown.packages))
    }

    /// Where to go on when the offer of a package does not hold any more.
    pub(super) async fn packages_of_offer(
        &self,
        state: &UserState,
        now: Timestamp,
    ) -> Result<Option<Screen>, ShopError> {
        let quote = state.quote.as_ref().filter(|quote| matches!(quote.goods, Goods::Traffic { .. }));
        let own = quote.and_then(|quote| state.subscription(quote.no)).filter(|own| own.takes_traffic(now));
        let Some(own) = own else { return Ok(None) };
        let shown = self.shop.shown(now).await?;
        Ok(Some(screens::packages(&self.view(state, now), state, own, &shown.packages)))
    }

    /// A name that the person sent; one that is too long is asked for again, one of which nothing is left after cleaning
    /// gives the default name back.
    pub(super) async fn name(
        &self,
        person: &Person,
        state: &UserState,
        (no, text): (SubscriptionNo, &str),
        now: Timestamp,
    ) -> Result<Screen, ShopError> {
        match self.shop.rename(person, (no, &clean_name(text)), now).await {
            Ok(state) => self.own(&state, no, now).await,
            Err(ShopError::Refused(Refusal::BadName)) => {
                let own = state.subscription(no).ok_or(Refusal::NoSubscription)?;
                Ok(screens::ask_name(&self.view(state, now), own, true))
            }
            Err(ShopError::Refused(_)) => self.subscription(state, now).await,
            Err(error) => Err(error),
        }
    }
}
