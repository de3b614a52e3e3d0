//! Who asks too fast: what they are answered instead. Money is never held up, whoever brings it and however often.

use super::Bot;
use crate::{
    Method,
    method::{AnswerCallbackQuery, AnswerInlineQuery, chat_of},
    screens::{self, View},
    update::{Content, Kind, Message},
};
use domain::{Language, Person};
use jiff::{SignedDuration, Timestamp};
use locale::{Place, shorten};
use shop::{Limit, Verdict};

/// So many seconds Telegram keeps the empty answer for somebody who types too fast.
const CACHE: u32 = 10;

/// What becomes of a request before anything else does.
pub(super) enum Held {
    /// It goes on.
    Free,
    /// It ends here, with this answer or in silence.
    Back(Option<Method>),
}

/// What has to be answered, and how.
enum Asked<'a> {
    /// A press ends its spinner by our answer.
    Press(&'a str),
    /// A message in the person's own chat.
    Message,
    /// A command in a group: others read along.
    Group,
    /// A typed query waits for its answer.
    Query(&'a str),
}

impl Bot {
    /// Holds back whoever is too fast. Makes no call for a request over the limit.
    pub(super) async fn held_back(&self, kind: &Kind, now: Timestamp) -> Held {
        let Some((person, asked)) = self.counted(kind) else { return Held::Free };
        let limits = &self.settings.pace;
        let limit = if self.is_operator(person) {
            Limit { per_minute: limits.of_operators, stop: SignedDuration::ZERO }
        } else {
            Limit { per_minute: limits.per_minute, stop: limits.stop }
        };
        let (tell, language) = match Box::pin(self.shop.pace(person.id, limit, now)).await {
            Verdict::Free => return Held::Free,
            Verdict::Slow { wait, tell, language } => (tell.then_some(Told::Wait(wait)), language),
            Verdict::Stopped { until, tell, language } => (tell.then_some(Told::Until(until)), language),
        };
        let view = self.view_in(person, language, now);
        Held::Back(match asked {
            Asked::Press(id) => Some(Method::AnswerCallbackQuery(AnswerCallbackQuery {
                callback_query_id: id.to_owned(),
                show_alert: tell.is_some(),
                text: tell.map(|told| shorten(&told.alert(&view), Place::Alert.limit())),
            })),
            Asked::Message => {
                tell.map(|told| Method::SendMessage(told.screen(&view).message(chat_of(person.id))))
            }
            Asked::Group => None,
            Asked::Query(id) => Some(Method::AnswerInlineQuery(AnswerInlineQuery {
                inline_query_id: id.to_owned(),
                results: Vec::new(),
                cache_time: CACHE,
                is_personal: true,
            })),
        })
    }

    /// Who asks, if it counts. Payments, what Telegram tells by itself, and talk that is not ours do not.
    fn counted<'a>(&self, kind: &'a Kind) -> Option<(&'a Person, Asked<'a>)> {
        match kind {
            Kind::Press(press) => Some((&press.from, Asked::Press(&press.id))),
            Kind::InlineQuery(query) => Some((&query.from, Asked::Query(&query.id))),
            Kind::Message(message) => Some((message.from.as_ref()?, self.counted_message(message)?)),
            Kind::PreCheckout(_)
            | Kind::Membership(_)
            | Kind::Member(_)
            | Kind::StarSubscription(_)
            | Kind::Other(_) => None,
        }
    }

    fn counted_message(&self, message: &Message) -> Option<Asked<'static>> {
        let private = message.chat.private;
        match &message.content {
            Content::Command(command) if !private => {
                command.names(&self.settings.bot_username).then_some(Asked::Group)
            }
            Content::Command(_) | Content::Text(_) | Content::Chatter => private.then_some(Asked::Message),
            Content::Paid(_) | Content::Refunded(_) | Content::WriteAccess | Content::Service => None,
        }
    }

    /// In the language that is known, or the one that the person's client announces.
    fn view_in(&self, person: &Person, language: Option<Language>, now: Timestamp) -> View<'_> {
        match language {
            Some(language) => View::new(&self.settings, language, now),
            None => self.view_of_stranger(person, now),
        }
    }
}

/// What somebody is told who is too fast.
#[derive(Clone, Copy)]
enum Told {
    /// For so many seconds.
    Wait(u64),
    /// Until then.
    Until(Timestamp),
}

impl Told {
    fn alert(self, view: &View<'_>) -> String {
        match self {
            Self::Wait(seconds) => view.texts.plain("alert-too-fast", &[("count", seconds.into())]),
            Self::Until(until) => screens::stopped_alert(view, until),
        }
    }

    fn screen(self, view: &View<'_>) -> screens::Screen {
        match self {
            Self::Wait(seconds) => screens::too_fast(view, seconds),
            Self::Until(until) => screens::stopped(view, until),
        }
    }
}
