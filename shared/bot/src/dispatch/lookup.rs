//! Whose message an operator forwards.

use super::{Bot, BotError};
use crate::{
    Screen,
    screens::{self, View},
    update::{Message, Origin},
};
use domain::Person;
use jiff::Timestamp;

impl Bot {
    /// What is known of the writer of a message that an operator forwards; `None` if it is no forward of a person's
    /// words, or the person is no operator.
    pub(super) async fn desk_forward(
        &self,
        person: &Person,
        message: &Message,
        now: Timestamp,
    ) -> Result<Option<Screen>, BotError> {
        let Some(origin) = message.origin.as_ref().filter(|_| self.is_operator(person)) else {
            return Ok(None);
        };
        let view = View::new(&self.settings, self.settings.default_language, now);
        match origin {
            Origin::Person(id) => {
                let state = self.shop.store().user_state(*id).await.map_err(shop::ShopError::from)?;
                Ok(Some(screens::desk(&view, screens::writer(&view, *id, &state))))
            }
            Origin::Hidden => Ok(Some(screens::desk(&view, screens::hidden_writer(&view)))),
            Origin::Other => Ok(None),
        }
    }
}
