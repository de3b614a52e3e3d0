//! Messages that nobody asked for.

use crate::{
    BotSettings, Method,
    method::chat_of,
    screens::{self, View},
};
use domain::{
    User, UserId, UserState,
    reaction::{Alert, Notice},
};
use jiff::Timestamp;
use locale::Wording;

/// Makes the messages of the notifier, which has no need of a whole bot.
#[derive(Debug, Clone)]
pub struct Notices {
    settings: BotSettings,
}

impl Notices {
    /// In the words that `settings` ask for.
    pub fn new(settings: BotSettings) -> Self {
        Self { settings }
    }

    /// The same, speaking in these words.
    #[must_use]
    pub fn in_words(&self, wording: Wording) -> Self {
        Self { settings: BotSettings { wording, ..self.settings.clone() } }
    }

    /// The message that tells `user` about `notice`, or `None` if it is no longer true or nobody would read it.
    pub fn notice(&self, user: &User, state: &UserState, notice: &Notice, now: Timestamp) -> Option<Method> {
        if user.unreachable {
            return None;
        }
        let view = View::of(&self.settings, state, now);
        let screen = screens::notice(&view, state, notice)?;
        Some(Method::SendMessage(screen.message(chat_of(user.id))))
    }

    pub(crate) fn settings(&self) -> &BotSettings {
        &self.settings
    }

    /// Whom to tell about an alert.
    pub fn operators(&self) -> &[UserId] {
        &self.settings.operators
    }

    /// The message that tells `operator` about `alert`, in the shop's default language.
    pub fn alert(&self, operator: UserId, alert: &Alert, now: Timestamp) -> Method {
        let view = View::new(&self.settings, self.settings.default_language, now);
        Method::SendMessage(screens::alert(&view, alert).message(chat_of(operator)))
    }
}
