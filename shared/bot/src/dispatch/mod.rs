//! From an update to a use case, and from its outcome to the screen.
//!
//! A message is answered inside the webhook's own answer. A press edits its message through the API and is then
//! acknowledged in the webhook's answer: one outgoing call. What the store could not do is an error, and Telegram
//! delivers the update again; everything else is told to the person.

mod account;
mod buy;
mod devices;
mod gate;
mod gift;
mod inline;
mod lookup;
mod message;
mod operator;
mod pace;
mod press;
mod profile;
mod setup;
mod several;
mod stars;
mod talk;
mod texts;

use crate::{
    BotSettings, Method, Retry, Screen, SendError, Telegram,
    method::{SendMessage, chat_of},
    screens::{self, View},
    update::{Kind, Membership, Update},
};
use domain::{Language, Person, UserState};
use jiff::Timestamp;
use locale::Wording;
use pace::Held;
use serde_json::Value;
use shop::{SECRETS_HOLD, Shop, ShopError};
use std::sync::Arc;
use thiserror::Error;

/// Why an update was not dealt with.
#[derive(Debug, Error)]
pub enum BotError {
    /// A use case failed in a way that is not told to the person.
    #[error("the shop failed")]
    Shop(#[from] ShopError),
    /// Telegram did not carry out a call that had to be.
    #[error("a call to Telegram failed")]
    Telegram(#[from] SendError),
    /// A screen could not be made: a defect.
    #[error("the picture could not be made")]
    Picture(#[from] crate::qr::QrError),
}

impl BotError {
    /// The same update may go better later: let Telegram deliver it again. Otherwise it never will.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Shop(error) => !matches!(error, ShopError::Refused(_)),
            Self::Telegram(error) => error.retry() != Retry::Never,
            Self::Picture(_) => false,
        }
    }
}

/// The bot: the shop's use cases, spoken to through Telegram.
#[derive(Clone)]
pub struct Bot {
    shop: Arc<Shop>,
    telegram: Telegram,
    settings: BotSettings,
    /// When its secrets were read; `None` = they cannot be read anew.
    secrets_read_at: Option<Timestamp>,
}

impl Bot {
    /// A bot over `shop`, which sends through `telegram`.
    pub fn new(shop: Arc<Shop>, telegram: Telegram, settings: BotSettings) -> Self {
        Self { shop, telegram, settings, secrets_read_at: None }
    }

    /// The same bot, whose secrets were read at `at` and can be read anew: when a provider refuses them, the update
    /// fails with that error, so that the caller may read them and try again. Freshly read ones are not doubted.
    #[must_use]
    pub fn with_secrets_of(self, at: Timestamp) -> Self {
        Self { secrets_read_at: Some(at), ..self }
    }

    fn doubts_secrets(&self, now: Timestamp) -> bool {
        self.secrets_read_at.is_some_and(|at| now.duration_since(at) >= SECRETS_HOLD)
    }

    /// Deals with `update`, received at `now`. What it answers belongs into the webhook's answer (200, JSON); a poller
    /// makes that call itself.
    pub async fn handle(&self, update: Update, now: Timestamp) -> Result<Option<Value>, BotError> {
        let quick = self.worded(self.shop.last_wording());
        if let Held::Back(answer) = Box::pin(quick.held_back(&update.kind, now)).await {
            return Ok(answer.as_ref().and_then(Method::webhook_answer));
        }
        // What must be answered in time, or shows no text, does not wait for the operator's words.
        let shows = matches!(update.kind, Kind::Message(_) | Kind::Press(_) | Kind::InlineQuery(_));
        let wording = if shows { Box::pin(self.shop.wording(now)).await } else { self.shop.last_wording() };
        Box::pin(self.worded(wording).dispatch(update, now)).await
    }

    /// The same bot, speaking in these words.
    fn worded(&self, wording: Wording) -> Self {
        Self { settings: BotSettings { wording, ..self.settings.clone() }, ..self.clone() }
    }

    async fn dispatch(&self, update: Update, now: Timestamp) -> Result<Option<Value>, BotError> {
        // Boxed: the futures of the use cases are large, and every caller would carry them on its stack.
        let method = match update.kind {
            Kind::Message(message) => Box::pin(self.message(message, now)).await?,
            Kind::Press(press) => Box::pin(self.press(press, now)).await?,
            Kind::PreCheckout(query) => Box::pin(self.pre_checkout(query, now)).await?,
            Kind::Membership(membership) => self.membership(&membership, now).await?,
            Kind::StarSubscription(change) => self.star_subscription(&change, now).await?,
            Kind::Member(change) => {
                self.member(&change, now).await?;
                None
            }
            Kind::InlineQuery(query) => self.inline_query(query, now).await?,
            Kind::Other(_) => None,
        };
        Ok(method.as_ref().and_then(Method::webhook_answer))
    }

    async fn membership(&self, change: &Membership, now: Timestamp) -> Result<Option<Method>, BotError> {
        // In a group the same update speaks of the group, not of the person.
        if change.chat.private {
            self.shop.set_reachability(change.from.id, change.gone, now).await?;
        }
        Ok(None)
    }

    fn view(&self, state: &UserState, now: Timestamp) -> View<'_> {
        View::of(&self.settings, state, now)
    }

    /// For somebody whose records were not read.
    fn view_of_stranger(&self, person: &Person, now: Timestamp) -> View<'_> {
        let announced = person.language_tag.as_deref().and_then(Language::from_tag);
        View::new(&self.settings, announced.unwrap_or(self.settings.default_language), now)
    }

    /// How to invite friends; the menu where nothing is given for them.
    fn invite(&self, state: &UserState, now: Timestamp) -> Screen {
        let screen = screens::invite(&self.view(state, now), state);
        screen.unwrap_or_else(|| self.menu(state, screens::Greeting::Hello, now))
    }

    fn menu(&self, state: &UserState, greeting: screens::Greeting, now: Timestamp) -> Screen {
        let offers = screens::Offers { trial: self.shop.trial_due(state) };
        screens::menu(&self.view(state, now), state, offers, greeting)
    }
}

/// `screen` as a new message to `person`.
fn message_to(person: &Person, screen: Screen) -> SendMessage {
    screen.message(chat_of(person.id))
}
