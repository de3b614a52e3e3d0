//! The profile, and what is arranged from there: payments, time zone, e-mail address.

use super::{
    Bot,
    press::{Reply, Step},
};
use crate::{Screen, callback::Own, screens};
use domain::{PaymentId, Person, Refusal, Topic, UserState};
use jiff::Timestamp;
use shop::ShopError;

/// So many events are read for the list of payments.
const EVENTS: i32 = 200;

impl Bot {
    pub(super) fn profile(&self, state: &UserState, now: Timestamp) -> Screen {
        screens::profile(&self.view(state, now), state, self.shop.writes_letters())
    }

    pub(super) async fn mine(&self, person: &Person, own: Own, now: Timestamp) -> Result<Reply, Step> {
        // Where no letters are written there is nothing behind these buttons.
        let (state, screen) = match own {
            Own::Email | Own::EmailAsk | Own::EmailAgain | Own::EmailRemove(_) | Own::Letters(_)
                if self.shop.writes_letters() =>
            {
                self.mail(person, &own, now).await?
            }
            Own::Zone(zone) => {
                let state = self.shop.choose_zone(person, zone, now).await?;
                let screen = screens::zones(&self.view(&state, now), None);
                (state, screen)
            }
            own => {
                let state = self.shop.load(person, now).await?;
                let screen = match own {
                    Own::Payments(page) => self.payments(&state, page, now).await?,
                    Own::Paid(id, page) => self.paid_card(&state, (id, page), now).await?,
                    Own::Zones(page) => screens::zones(&self.view(&state, now), page),
                    _ => self.profile(&state, now),
                };
                (state, screen)
            }
        };
        Ok(Reply::screen(screen, self.view(&state, now).texts))
    }

    async fn payments(&self, state: &UserState, page: u8, now: Timestamp) -> Result<Screen, ShopError> {
        let (view, shown) = (self.view(state, now), self.shop.shown(now).await?);
        let events = match &state.user {
            Some(user) => self.shop.store().events(user.id, EVENTS).await?,
            None => Vec::new(),
        };
        Ok(screens::payments_list(&view, &events, &shown.plans, page))
    }

    /// Somebody else's payment is none.
    async fn paid_card(
        &self,
        state: &UserState,
        (id, page): (PaymentId, u8),
        now: Timestamp,
    ) -> Result<Screen, ShopError> {
        let payment = self.shop.store().payment(id).await?;
        let own = payment.filter(|payment| state.user.as_ref().is_some_and(|user| user.id == payment.user));
        let payment = own.ok_or(Refusal::PaymentUnknown)?;
        Ok(screens::paid(&self.view(state, now), state, &payment, page))
    }

    /// The e-mail address and its letters.
    async fn mail(
        &self,
        person: &Person,
        own: &Own,
        now: Timestamp,
    ) -> Result<(UserState, Screen), ShopError> {
        let state = match own {
            Own::EmailAsk => {
                let state = self.shop.ask_about(person, Topic::Email, now).await?;
                let screen = screens::ask_email(&self.view(&state, now));
                return Ok((state, screen));
            }
            Own::EmailAgain => {
                let (state, typed) = self.shop.resend_code(person, now).await?;
                let screen = screens::email_answer(&self.view(&state, now), &state, &typed);
                return Ok((state, screen));
            }
            Own::EmailRemove(false) => {
                let state = self.shop.load(person, now).await?;
                let screen = screens::email_removal(&self.view(&state, now), &state);
                return Ok((state, screen));
            }
            Own::EmailRemove(true) => self.shop.remove_email(person, now).await?,
            Own::Letters(on) => self.shop.set_letters(person, *on, now).await?,
            _ => self.shop.load(person, now).await?,
        };
        let screen = screens::email(&self.view(&state, now), &state);
        Ok((state, screen))
    }

    /// A message that should be an address, or the code that was sent to one.
    pub(super) async fn typed_email(
        &self,
        person: &Person,
        text: &str,
        now: Timestamp,
    ) -> Result<Screen, ShopError> {
        let (state, typed) = self.shop.enter_email(person, text, now).await?;
        Ok(screens::email_answer(&self.view(&state, now), &state, &typed))
    }
}
