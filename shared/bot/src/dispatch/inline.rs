//! Inline mode: what is offered to somebody who types the bot's name in another chat.

use super::{Bot, BotError};
use crate::{Method, method::AnswerInlineQuery, screens, update::InlineQuery};
use jiff::Timestamp;

/// So many seconds Telegram may show the same cards to the same person: a stranger who registers sees their own soon.
const CACHE: u32 = 10;

impl Bot {
    /// Somebody who types is not registered by it: they have not come to us.
    pub(super) async fn inline_query(
        &self,
        query: InlineQuery,
        now: Timestamp,
    ) -> Result<Option<Method>, BotError> {
        let state = self.shop.glance(query.from.id, now).await?;
        let view = match &state.user {
            Some(_) => self.view(&state, now),
            None => self.view_of_stranger(&query.from, now),
        };
        let card = screens::share(&view, state.user.as_ref().map(|user| &user.referral_code));
        let results = if query.more { Vec::new() } else { vec![card] };
        let answer =
            AnswerInlineQuery { inline_query_id: query.id, results, cache_time: CACHE, is_personal: true };
        Ok(Some(Method::AnswerInlineQuery(answer)))
    }
}
