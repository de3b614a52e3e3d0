//! Questions that a message answers, and promo codes.

use super::{
    Bot, BotError,
    press::{Reply, Step},
};
use crate::{
    Screen,
    callback::{Button, Intent, Own},
    screens::{self, Greeting},
};
use domain::{Currency, Money, Person, Promo, PromoCode, Refusal, Topic, UserState, promo::Outcome};
use jiff::Timestamp;
use shop::ShopError;

impl Bot {
    /// Buttons that ask something, and those that take it back.
    pub(super) async fn talk(&self, person: &Person, button: Button, now: Timestamp) -> Result<Reply, Step> {
        match button {
            Button::Promo => {
                let state = self.shop.ask_about(person, Topic::PromoCode, now).await?;
                let view = self.view(&state, now);
                Ok(Reply::screen(screens::ask_code(&view), view.texts))
            }
            Button::OtherSum(currency) => {
                let (least, most) = self.limits_of(currency).ok_or(Step::Refused(Refusal::BadAmount))?;
                let state = self.shop.ask_about(person, Topic::TopUp(currency), now).await?;
                let view = self.view(&state, now);
                Ok(Reply::screen(screens::ask_sum(&view, (least, most), false), view.texts))
            }
            Button::ForgetPromo => {
                let state = self.shop.forget_code(person, now).await?;
                let view = self.view(&state, now);
                let screen = self.plans(&state, now).await?;
                Ok(Reply::screen(screen, view.texts))
            }
            _ => {
                let state = self.shop.stop_asking(self.shop.load(person, now).await?).await?;
                Ok(self.reply_menu(&state, now))
            }
        }
    }

    fn limits_of(&self, currency: Currency) -> Option<(Money, Money)> {
        self.shop.top_up_limits().into_iter().find(|(least, _)| least.currency == currency)
    }

    /// Text that is no command: the answer to what was asked, or nothing that the bot could read.
    pub(super) async fn text(&self, person: &Person, text: &str, now: Timestamp) -> Result<Screen, BotError> {
        let state = self.shop.load(person, now).await?;
        let topic = state.topic(now);
        let way = || match topic {
            None | Some(Topic::Text(..)) => Intent::press(Button::Menu),
            Some(Topic::PromoCode) => Intent::press(Button::Promo),
            Some(Topic::TopUp(_)) => Intent::press(Button::Balance),
            Some(Topic::Rename(no)) => Intent::press(Button::Own(no)),
            Some(Topic::Email | Topic::EmailCode) => Intent::press(Own::Email.into()),
        };
        if let Some(screen) = self.gate_of_message(&state, way, now).await? {
            return Ok(screen);
        }
        match topic {
            Some(Topic::Text(language, id)) if self.is_operator(person) => {
                Ok(Box::pin(self.own_text(person, (language, id), text, now)).await?)
            }
            None | Some(Topic::Text(..)) => Ok(self.menu(&state, Greeting::ReadsButtons, now)),
            Some(Topic::PromoCode) => Ok(self.code(&state, person, text, now).await?),
            Some(Topic::Rename(no)) => Ok(self.name(person, &state, (no, text), now).await?),
            Some(Topic::Email | Topic::EmailCode) => Ok(self.typed_email(person, text, now).await?),
            Some(Topic::TopUp(currency)) => Ok(self.sum(person, &state, (text, currency), now).await?),
        }
    }

    /// What came of a code, typed or carried by a link.
    pub(super) async fn code(
        &self,
        state: &UserState,
        person: &Person,
        text: &str,
        now: Timestamp,
    ) -> Result<Screen, ShopError> {
        let (state, outcome) = self.shop.enter_code(state, person, text, now).await?;
        let view = self.view(&state, now);
        Ok(match outcome {
            Outcome::Wrong => screens::wrong_code(&view, state.topic(now).is_some()),
            Outcome::Later => screens::later_code(&view),
            Outcome::Chosen(effect) => screens::chosen_code(&view, effect),
            Outcome::Applied(effect) => screens::applied_code(&view, &state, effect),
        })
    }

    /// A sum in major units, with a point or a comma; what does not fit is asked for again.
    async fn sum(
        &self,
        person: &Person,
        state: &UserState,
        (text, currency): (&str, Currency),
        now: Timestamp,
    ) -> Result<Screen, ShopError> {
        let Some(limits) = self.limits_of(currency) else {
            return Ok(self.menu(state, Greeting::ReadsButtons, now));
        };
        let digits: String = text.chars().filter(|sign| !sign.is_whitespace()).collect();
        let again = || screens::ask_sum(&self.view(state, now), limits, true);
        let Ok(amount) = Money::parse(&digits.replace(',', "."), currency) else { return Ok(again()) };
        match self.shop.freeze_own_top_up(person, amount, now).await {
            Ok((state, quote)) => self.checkout(&state, &quote, None, now).await,
            Err(ShopError::Refused(Refusal::BadAmount)) => Ok(again()),
            Err(error) => Err(error),
        }
    }

    /// `/promo`, `/promo new …`, `/promo off CODE`.
    pub(super) async fn promo_desk(
        &self,
        person: &Person,
        words: &[&str],
        now: Timestamp,
    ) -> Result<Screen, ShopError> {
        let view = self.desk_view(now);
        Ok(match words {
            [] => screens::promos(&view, &self.shop.promos().await?),
            ["new", order @ ..] => match Promo::draft(order, &self.settings.time_zone, now) {
                Some(promo) if self.shop.create_promo(person.id, promo.clone(), now).await? => {
                    screens::promo_made(&view, &promo)
                }
                Some(_) => screens::promo_exists(&view),
                None => screens::promo_usage(&view),
            },
            ["off", code] => match code.parse::<PromoCode>() {
                Ok(code) if self.shop.switch_promo_off(person.id, &code, now).await? => {
                    screens::promo_off(&view, &code)
                }
                _ => screens::promo_unknown(&view),
            },
            _ => screens::promo_usage(&view),
        })
    }
}
