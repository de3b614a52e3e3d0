//! What Telegram is told once a deployment, and may be told again at any time.

use super::{Bot, BotError};
use crate::{Method, SendError, method::SetMyCommands};
use domain::Language;

impl Bot {
    /// Sets the lists of commands, in every language, and those of the operators' chats. An operator who has never
    /// written to the bot has no chat yet and is passed over.
    pub async fn set_up(&self) -> Result<(), BotError> {
        let fallback = self.settings.default_language;
        let languages = || [None].into_iter().chain(Language::ALL.map(Some));
        for language in languages() {
            self.telegram.call(&Method::SetMyCommands(SetMyCommands::of(language, fallback))).await?;
        }
        for operator in &self.settings.operators {
            for language in languages() {
                let list = SetMyCommands::of_operator(*operator, language, fallback);
                match self.telegram.call(&Method::SetMyCommands(list)).await {
                    Ok(_) => {}
                    Err(error @ (SendError::BadRequest(_) | SendError::Blocked(_))) => {
                        tracing::warn!(operator.id = %operator, %error, "an operator has no list of commands");
                        break;
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(())
    }
}
