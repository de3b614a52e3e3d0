//! Presses of buttons: which use case, how it is shown, and how the press ends.

use super::{Bot, BotError, gate::Passage};
use crate::{
    Method, Screen, SendError,
    callback::Button,
    method::{AnswerCallbackQuery, ParseMode, SendInvoice, SendPhoto, chat_of},
    qr,
    screens::{self, Greeting, alert_key, markup},
    update::{Place, Press},
};
use domain::{Goods, Language, Person, Refusal, Subscription, UserState};
use jiff::Timestamp;
use locale::{Texts, Wording, shorten, shorten_html};
use payments::GatewayError;
use shop::ShopError;

/// What the person gets to see.
pub(super) enum Show {
    /// Nothing new.
    Nothing,
    /// This instead of the pressed message.
    Screen(Screen),
    /// An invoice below it.
    Invoice(SendInvoice),
    /// A picture below it.
    Photo(SendPhoto),
}

/// What a press leads to.
pub(super) struct Reply {
    pub(super) show: Show,
    /// A window to be read and closed.
    pub(super) alert: Option<String>,
    /// A line that passes.
    pub(super) toast: Option<String>,
    /// In which to say that Telegram is busy.
    pub(super) voice: Voice,
}

/// A language and the words it is spoken in, kept until the press is answered.
pub(super) struct Voice {
    language: Language,
    wording: Wording,
}

impl Voice {
    fn texts(&self) -> Texts<'_> {
        Texts::over(self.language, &self.wording)
    }
}

impl Reply {
    pub(super) fn new(show: Show, texts: Texts<'_>) -> Self {
        let voice = Voice { language: texts.language(), wording: texts.wording() };
        Self { show, alert: None, toast: None, voice }
    }

    pub(super) fn screen(screen: Screen, texts: Texts<'_>) -> Self {
        Self::new(Show::Screen(screen), texts)
    }

    pub(super) fn alert(self, key: &str) -> Self {
        Self { alert: Some(self.voice.texts().plain(key, &[])), ..self }
    }

    pub(super) fn toast(self, key: &str) -> Self {
        Self { toast: Some(self.voice.texts().plain(key, &[])), ..self }
    }
}

impl Bot {
    pub(super) async fn press(&self, press: Press, now: Timestamp) -> Result<Option<Method>, BotError> {
        let person = &press.from;
        let chat = match &press.place {
            Place::Message { chat, id, editable } if chat.private && chat.id == chat_of(person.id) => {
                editable.then_some(*id)
            }
            // Someone else's chat is no place for anybody's subscription.
            Place::Message { .. } => return Ok(Some(self.turned_away(&press, "alert-foreign", now))),
            Place::Inline => return Ok(Some(self.turned_away(&press, "alert-stale-here", now))),
        };
        let reply = match press.data.parse() {
            // Who is no operator learns nothing of their buttons.
            Ok(Button::Desk(_)) if !self.is_operator(person) => self.stale(person, now).await?,
            Ok(button) => self.reply(person, button, now).await?,
            Err(_) => self.stale(person, now).await?,
        };
        self.deliver(&press, chat, reply, now).await.map(Some)
    }

    async fn stale(&self, person: &Person, now: Timestamp) -> Result<Reply, BotError> {
        let state = self.shop.load(person, now).await?;
        Ok(self.reply_menu(&state, now).alert("alert-stale"))
    }

    async fn reply(&self, person: &Person, button: Button, now: Timestamp) -> Result<Reply, BotError> {
        let button = match Box::pin(self.through_gate(person, button, now)).await? {
            Passage::Held(reply) => return Ok(reply),
            Passage::Free(button) => button,
            Passage::Start(payload) => {
                let screen = Box::pin(self.start(person, &payload, now)).await?;
                let state = self.shop.load(person, now).await?;
                return Ok(Reply::screen(screen, self.view(&state, now).texts));
            }
        };
        match Box::pin(self.act(person, button.clone(), now)).await {
            Ok(reply) => Ok(reply),
            Err(Step::Refused(refusal)) => Box::pin(self.refused(person, refusal, now)).await,
            Err(Step::KeyRefused) if self.doubts_secrets(now) => {
                Err(ShopError::from(GatewayError::Unauthorized).into())
            }
            Err(Step::ProviderDown | Step::KeyRefused) => self.provider_down(person, &button, now).await,
            Err(Step::Busy) => {
                let state = self.shop.load(person, now).await?;
                Ok(Reply::new(Show::Nothing, self.view(&state, now).texts).alert("alert-busy"))
            }
            Err(Step::Failed(error)) => Err(error),
        }
    }

    fn turned_away(&self, press: &Press, key: &str, now: Timestamp) -> Method {
        let text = self.view_of_stranger(&press.from, now).texts.plain(key, &[]);
        answer(press, Some(text), true)
    }

    /// The use case behind `button`, and its screen.
    async fn act(&self, person: &Person, button: Button, now: Timestamp) -> Result<Reply, Step> {
        match button {
            Button::Trial => {
                let state = self.shop.start_trial(person, now).await?;
                let view = self.view(&state, now);
                Ok(Reply::screen(screens::trial_started(&view, &state), view.texts))
            }
            Button::Speak(language) => {
                let state = self.shop.choose_language(person, language, now).await?;
                Ok(self.reply_menu(&state, now))
            }
            Button::Plan(_)
            | Button::PlanFor(..)
            | Button::Choose(..)
            | Button::Gift(_)
            | Button::ChooseGift(..)
            | Button::ChooseFor(..)
            | Button::Offer(_)
            | Button::TopUp(_)
            | Button::Pay(..)
            | Button::Spend(..)
            | Button::Subscribe(_)
            | Button::Check(_) => self.buy(person, button, now).await,
            Button::Prefer(_)
            | Button::Forget(_)
            | Button::ForgetNow(_)
            | Button::Bind(_)
            | Button::Renew(..)
            | Button::StopStars(_) => self.arrange(person, button, now).await,
            Button::MakePrimary(_) | Button::Rename(_) | Button::Unname(_) | Button::Package(..) => {
                Box::pin(self.keep_apart(person, button, now)).await
            }
            Button::Devices(_)
            | Button::Unlink(..)
            | Button::UnlinkAll(_)
            | Button::UnlinkAllNow(_)
            | Button::NewLink(_)
            | Button::NewLinkNow(_) => Box::pin(self.own_access(person, button, now)).await,
            Button::Promo | Button::ForgetPromo | Button::OtherSum(_) | Button::Cancel => {
                Box::pin(self.talk(person, button, now)).await
            }
            Button::Mine(own) => Box::pin(self.mine(person, own, now)).await,
            Button::Take(code) => Box::pin(self.take_gift(person, &code, now)).await,
            Button::Desk(desk) => {
                let mut reply = Box::pin(self.desk(person, desk, now)).await?;
                if let Show::Screen(screen) = reply.show {
                    reply.show = Show::Screen(screens::desk(&self.desk_view(now), screen));
                }
                Ok(reply)
            }
            button => {
                let state = self.shop.load(person, now).await?;
                self.look(&state, &button, now).await
            }
        }
    }

    /// Screens that change nothing.
    async fn look(&self, state: &UserState, button: &Button, now: Timestamp) -> Result<Reply, Step> {
        if let Some(reply) = Box::pin(self.look_at_one(state, button, now)).await? {
            return Ok(reply);
        }
        let view = self.view(state, now);
        let screen = match button {
            Button::Plans => self.plans(state, now).await?,
            Button::Gifts => self.gift_plans(state, now).await?,
            Button::MyGifts => screens::my_gifts(&view, state),
            Button::Subscription => self.subscription(state, now).await?,
            Button::Balance => self.balance(state, now).await?,
            Button::History => self.history(state, now).await?,
            Button::Methods => screens::methods(&view, state, &self.binds()),
            Button::Connect => screens::platforms(&view, state),
            Button::ConnectOn(platform) => screens::guide(&view, state, *platform),
            Button::Qr => match state.primary(now) {
                Some(own) => return self.picture(state, own, now),
                None => screens::platforms(&view, state),
            },
            Button::Help => screens::help(&view),
            Button::Invite => self.invite(state, now),
            Button::Languages => screens::languages(&view),
            _ => self.menu(state, Greeting::Hello, now),
        };
        Ok(Reply::screen(screen, view.texts))
    }

    pub(super) fn reply_menu(&self, state: &UserState, now: Timestamp) -> Reply {
        Reply::screen(self.menu(state, Greeting::Hello, now), self.view(state, now).texts)
    }

    pub(super) fn picture(
        &self,
        state: &UserState,
        own: &Subscription,
        now: Timestamp,
    ) -> Result<Reply, Step> {
        let view = self.view(state, now);
        let (Some((link, screen)), Some(user)) = (screens::qr_caption_of(&view, own), &state.user) else {
            return Ok(Reply::screen(screens::platforms_of(&view, Some(own)), view.texts));
        };
        let photo = SendPhoto {
            chat_id: chat_of(user.id),
            png: qr::png(link).map_err(|error| Step::Failed(error.into()))?,
            caption: shorten_html(screen.text, locale::Place::Caption.limit()),
            parse_mode: ParseMode::Html,
            reply_markup: markup(screen.keyboard),
        };
        Ok(Reply::new(Show::Photo(photo), view.texts))
    }

    /// The sentence as an alert, and a screen from which to go on.
    async fn refused(&self, person: &Person, refusal: Refusal, now: Timestamp) -> Result<Reply, BotError> {
        let state = self.shop.load(person, now).await?;
        let view = self.view(&state, now);
        let giving = state.quote.as_ref().is_some_and(|quote| matches!(quote.goods, Goods::Gift(_)));
        let topping_up = state.quote.as_ref().is_some_and(|quote| quote.goods == Goods::TopUp);
        if let Some(screen) = self.packages_of_offer(&state, now).await?
            && matches!(refusal, Refusal::QuoteExpired | Refusal::MethodUnavailable | Refusal::OtherDeal)
        {
            return Ok(Reply::screen(screen, view.texts).alert(alert_key(refusal)));
        }
        let screen = match refusal {
            Refusal::QuoteExpired | Refusal::MethodUnavailable | Refusal::OtherDeal if topping_up => {
                self.balance(&state, now).await?
            }
            Refusal::PlanUnavailable
            | Refusal::QuoteExpired
            | Refusal::MethodUnavailable
            | Refusal::OtherDeal
                if giving =>
            {
                self.gift_plans(&state, now).await?
            }
            Refusal::PlanUnavailable
            | Refusal::QuoteExpired
            | Refusal::MethodUnavailable
            | Refusal::OtherDeal => self.plans(&state, now).await?,
            Refusal::AlreadyPaid
            | Refusal::HasSubscription
            | Refusal::NoSubscription
            | Refusal::NoTraffic
            | Refusal::TooMany
            | Refusal::Which
            | Refusal::BadName
            | Refusal::TooSoon
            | Refusal::RenewsElsewhere => self.subscription(&state, now).await?,
            Refusal::NotEnough | Refusal::BadAmount => self.balance(&state, now).await?,
            Refusal::MethodUnknown => screens::methods(&view, &state, &self.binds()),
            Refusal::TrialOff
            | Refusal::TrialUsed
            | Refusal::PaymentUnknown
            | Refusal::NotRefundable
            | Refusal::PanelUnknown
            | Refusal::NotRegistered => self.menu(&state, Greeting::Hello, now),
        };
        Ok(Reply::screen(screen, view.texts).alert(alert_key(refusal)))
    }

    /// Shows the reply and ends the press. `message` is the one to edit, if it can be.
    async fn deliver(
        &self,
        press: &Press,
        message: Option<i64>,
        reply: Reply,
        now: Timestamp,
    ) -> Result<Method, BotError> {
        let chat = chat_of(press.from.id);
        let sent = match reply.show {
            Show::Nothing => Ok(()),
            Show::Screen(screen) => self.show(chat, message, screen).await,
            Show::Invoice(invoice) => self.telegram.call(&Method::SendInvoice(invoice)).await.map(drop),
            Show::Photo(photo) => self.telegram.call(&Method::SendPhoto(photo)).await.map(drop),
        };
        match sent {
            Ok(()) => {}
            Err(SendError::Blocked(_)) => self.shop.set_reachability(press.from.id, true, now).await?,
            // What was to happen has happened; only the picture of it is late, and one more press brings it.
            Err(error @ (SendError::RetryAfter(_) | SendError::Server(_) | SendError::Network(_))) => {
                tracing::warn!(error = %error, "a screen could not be shown");
                return Ok(answer(press, Some(reply.voice.texts().plain("alert-busy", &[])), true));
            }
            Err(error) => return Err(error.into()),
        }
        let window = reply.alert.is_some();
        Ok(answer(press, reply.alert.or(reply.toast), window))
    }

    /// Edits the message, or sends a new one where there is nothing to edit.
    async fn show(&self, chat: i64, message: Option<i64>, screen: Screen) -> Result<(), SendError> {
        if let Some(id) = message {
            let edit = Method::EditMessageText(screen.clone().edit(chat, id));
            match self.telegram.call(&edit).await {
                Ok(_) | Err(SendError::NotModified) => return Ok(()),
                Err(SendError::MessageGone) => {}
                Err(error) => return Err(error),
            }
        }
        self.telegram.call(&Method::SendMessage(screen.message(chat))).await.map(drop)
    }
}

/// Why a press got no reply of its own.
pub(super) enum Step {
    Refused(Refusal),
    ProviderDown,
    /// The provider does not take our key.
    KeyRefused,
    /// Telegram did not carry out a call; one more press may.
    Busy,
    Failed(BotError),
}

impl From<ShopError> for Step {
    fn from(error: ShopError) -> Self {
        match error {
            ShopError::Refused(refusal) => Self::Refused(refusal),
            ShopError::Provider(GatewayError::Unauthorized) => Self::KeyRefused,
            ShopError::Provider(error) => {
                tracing::warn!(%error, "a payment provider failed");
                Self::ProviderDown
            }
            store @ ShopError::Store(_) => Self::Failed(store.into()),
        }
    }
}

fn answer(press: &Press, text: Option<String>, show_alert: bool) -> Method {
    let callback_query_id = press.id.clone();
    let text = text.map(|text| shorten(&text, locale::Place::Alert.limit()));
    Method::AnswerCallbackQuery(AnswerCallbackQuery { callback_query_id, text, show_alert })
}
