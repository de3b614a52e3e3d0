//! Stars: the question before they are taken, and what came of it.

use super::{Bot, BotError};
use crate::{
    Method, Screen, SendError,
    method::AnswerPreCheckoutQuery,
    screens::{self, alert_key},
    update::{PreCheckout, StarSubscription},
};
use domain::{Currency, Money, PaymentId, PaymentState, Person, Provider, Refusal, SubscriptionNo};
use jiff::Timestamp;
use locale::{Place, shorten};
use payments::{
    Fetched, Verified,
    stars::{self, StarCharge, StarsError},
};
use shop::{Confirmed, ShopError, confirm::confirm};

impl Bot {
    /// Answered through the API, because an answer that did not arrive must be noticed: Telegram waits ten seconds.
    pub(super) async fn pre_checkout(
        &self,
        query: PreCheckout,
        now: Timestamp,
    ) -> Result<Option<Method>, BotError> {
        let error_message = match self.may_take(&query, now).await {
            Ok(()) => None,
            Err(failure) => Some(self.objection(&query.from, &failure, now).await),
        };
        let answer = AnswerPreCheckoutQuery {
            pre_checkout_query_id: query.id,
            ok: error_message.is_none(),
            error_message,
        };
        match self.telegram.call(&Method::AnswerPreCheckoutQuery(answer)).await {
            Ok(_) | Err(SendError::QueryTooOld) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn may_take(&self, query: &PreCheckout, now: Timestamp) -> Result<(), ShopError> {
        let payment: PaymentId = query.invoice_payload.parse().map_err(|_| Refusal::PaymentUnknown)?;
        let currency: Currency = query.currency.parse().map_err(|_| Refusal::OtherDeal)?;
        self.shop.may_pay(query.from.id, payment, Money::new(query.total_amount, currency), now).await
    }

    /// Why the Stars are not taken. When the store is down nobody can tell, and then nothing may be taken.
    async fn objection(&self, person: &Person, failure: &ShopError, now: Timestamp) -> String {
        let view = match self.shop.load(person, now).await {
            Ok(state) => self.view(&state, now),
            Err(_) => self.view_of_stranger(person, now),
        };
        let key = match failure {
            ShopError::Refused(refusal) => alert_key(*refusal),
            error => {
                tracing::warn!(%error, "a bill could not be checked");
                "alert-try-later"
            }
        };
        shorten(&view.texts.plain(key, &[]), Place::Alert.limit())
    }

    pub(super) async fn paid(
        &self,
        person: &Person,
        charge: &StarCharge,
        now: Timestamp,
    ) -> Result<Screen, BotError> {
        let number = &charge.telegram_payment_charge_id;
        let Some(Confirmed { payment, state, .. }) =
            self.confirmed(stars::paid(charge, self.settings.test_environment), number, now).await?
        else {
            let state = self.shop.load(person, now).await?;
            return Ok(screens::unmatched(&self.view(&state, now), number));
        };
        let view = self.view(&state, now);
        Ok(match payment.state {
            PaymentState::Succeeded => screens::received(&view, &state, &payment),
            _ => screens::unmatched(&view, &payment.id.to_string()),
        })
    }

    /// `None` if the shop knows the payment: then the notice of the refund tells of it.
    pub(super) async fn refunded(
        &self,
        person: &Person,
        charge: &StarCharge,
        now: Timestamp,
    ) -> Result<Option<Screen>, BotError> {
        let number = &charge.telegram_payment_charge_id;
        let report = stars::refunded(charge, self.settings.test_environment);
        if self.confirmed(report, number, now).await?.is_some() {
            return Ok(None);
        }
        let state = self.shop.load(person, now).await?;
        Ok(Some(screens::refunded_charge(&self.view(&state, now), number)))
    }

    /// A subscription in Stars was stopped, taken up again, or could not be charged.
    pub(super) async fn star_subscription(
        &self,
        change: &StarSubscription,
        now: Timestamp,
    ) -> Result<Option<Method>, BotError> {
        // Stars of people we do not know are not for us to arrange.
        let state = self.shop.store().user_state(change.user.id).await.map_err(ShopError::from)?;
        if state.user.is_none() {
            tracing::warn!(state = change.state, "a subscription in Stars of nobody we know");
        } else if let Some(goes_on) = change.goes_on() {
            let no = self.of_invoice(change).await?;
            let no = no.or_else(|| state.renewed_by(Provider::Stars).map(|own| own.no));
            let no = no.unwrap_or_else(|| state.primary_no(now));
            self.shop.renewed_by(&change.user, (no, Provider::Stars, goes_on), now).await?;
        } else {
            tracing::warn!(state = change.state, "a subscription in Stars in an unknown state");
        }
        Ok(None)
    }

    /// Which of their subscriptions the invoice was for.
    async fn of_invoice(&self, change: &StarSubscription) -> Result<Option<SubscriptionNo>, ShopError> {
        let Ok(id) = change.invoice_payload.parse::<PaymentId>() else { return Ok(None) };
        let payment = self.shop.store().payment(id).await?;
        Ok(payment.filter(|payment| payment.user == change.user.id).map(|payment| payment.no))
    }

    /// What the shop made of `report`; `None` if the Stars belong to no payment, which an operator has to look at.
    async fn confirmed(
        &self,
        report: Result<Verified<Fetched>, StarsError>,
        charge_id: &str,
        now: Timestamp,
    ) -> Result<Option<Confirmed>, BotError> {
        let confirmed = match report {
            Ok(report) => confirm(self.shop.store(), &report, &self.shop.settings().rules, now).await?,
            Err(error) => {
                tracing::error!(charge.id = charge_id, %error, "Stars that cannot be read");
                return Ok(None);
            }
        };
        if confirmed.is_none() {
            tracing::error!(charge.id = charge_id, "Stars that fit no payment");
        }
        Ok(confirmed)
    }
}
