//! The channel that people join first: who is held up, and where they go on afterwards.
//!
//! Telegram is asked once in ten minutes; where it cannot tell, people pass: nobody is locked out by a mistake in the
//! settings or by an outage.

use super::{
    Bot, BotError,
    press::{Reply, Show},
};
use crate::{
    Channel, Method, Scope, Screen, SendError,
    callback::{Button, Intent},
    method::{GetChat, GetChatMember, chat_of},
    screens::{self, Door},
    update::{Member, read::inside},
};
use domain::{Person, UserId, UserState, gate};
use jiff::Timestamp;
use url::Url;

/// What becomes of a press at the gate.
pub(super) enum Passage {
    /// Not yet: this is shown.
    Held(Reply),
    /// On to what this button does.
    Free(Button),
    /// On to where this link leads.
    Start(String),
}

/// What Telegram says of somebody in a channel.
enum Look {
    Inside,
    Outside,
    /// It cannot tell now.
    Unknown,
}

impl Bot {
    /// Lets a press through, or holds it up with its intent kept.
    pub(super) async fn through_gate(
        &self,
        person: &Person,
        button: Button,
        now: Timestamp,
    ) -> Result<Passage, BotError> {
        let (intent, checks) = match button {
            Button::Join(intent) => (intent, true),
            button if self.leads_past_gate(&button) => return Ok(Passage::Free(button)),
            button => (Intent::Press(Box::new(button)), false),
        };
        let state = self.shop.load(person, now).await?;
        if self.is_held(&state, now).await? {
            let texts = self.view(&state, now).texts;
            return Ok(Passage::Held(match intent {
                _ if checks => Reply::new(Show::Nothing, texts).alert("alert-not-joined"),
                Intent::Press(button) => {
                    Reply::screen(self.gate(&state, Intent::press(*button), now).await, texts)
                }
                intent @ Intent::Start(_) => Reply::screen(self.gate(&state, intent, now).await, texts),
            }));
        }
        Ok(match intent {
            Intent::Press(button) => Passage::Free(*button),
            Intent::Start(payload) => Passage::Start(payload),
        })
    }

    /// The gate instead of what a message leads to, if everybody has to pass it.
    pub(super) async fn gate_of_message(
        &self,
        state: &UserState,
        intent: impl FnOnce() -> Intent,
        now: Timestamp,
    ) -> Result<Option<Screen>, BotError> {
        if self.settings.gate.scope != Scope::All || !self.is_held(state, now).await? {
            return Ok(None);
        }
        Ok(Some(self.gate(state, intent(), now).await))
    }

    /// What is open to everybody: help, languages, what was paid already, and the operators' desk.
    fn leads_past_gate(&self, button: &Button) -> bool {
        match self.settings.gate.scope {
            Scope::Off => true,
            Scope::Trial => !matches!(button, Button::Trial),
            Scope::All => matches!(
                button,
                Button::Help
                    | Button::Languages
                    | Button::Speak(_)
                    | Button::Check(_)
                    | Button::MyGifts
                    | Button::Desk(_)
            ),
        }
    }

    /// The person has to join, and has not.
    async fn is_held(&self, state: &UserState, now: Timestamp) -> Result<bool, BotError> {
        let Some(user) = &state.user else { return Ok(false) };
        let asks = self.settings.gate.scope != Scope::Off && !self.settings.operators.contains(&user.id);
        if !asks || gate::is_exempt(state, now) || gate::has_passed(user, now) {
            return Ok(false);
        }
        Ok(!self.is_joined(user.id, now).await?)
    }

    /// Asks Telegram about every channel, and remembers what it says for sure.
    async fn is_joined(&self, id: UserId, now: Timestamp) -> Result<bool, BotError> {
        let mut sure = true;
        for channel in &self.settings.gate.channels {
            match self.look_into(channel, id, now).await? {
                Look::Inside => {}
                Look::Unknown => sure = false,
                Look::Outside => return Ok(false),
            }
        }
        if sure {
            self.shop.seen_at_gate(id, true, now).await?;
        }
        Ok(true)
    }

    async fn look_into(&self, channel: &Channel, id: UserId, now: Timestamp) -> Result<Look, BotError> {
        let ask = GetChatMember { chat_id: channel.id.clone(), user_id: chat_of(id) };
        match self.telegram.call(&Method::GetChatMember(ask)).await {
            Ok(member) if inside(&member) == Some(false) => Ok(Look::Outside),
            Ok(_) => Ok(Look::Inside),
            Err(SendError::Blocked(why) | SendError::BadRequest(why)) if never_there(&why) => {
                Ok(Look::Outside)
            }
            Err(SendError::Blocked(why) | SendError::BadRequest(why)) => {
                tracing::error!(
                    channel = channel.id,
                    why,
                    "the required channel cannot be checked: people pass"
                );
                self.shop.gate_broken(&channel.id, &why, now).await?;
                Ok(Look::Inside)
            }
            Err(error) => {
                tracing::warn!(channel = channel.id, %error, "Telegram does not tell who is in the channel");
                Ok(Look::Unknown)
            }
        }
    }

    async fn gate(&self, state: &UserState, intent: Intent, now: Timestamp) -> Screen {
        let mut doors = Vec::new();
        for channel in &self.settings.gate.channels {
            let name = channel.id.starts_with('@').then(|| channel.id.clone());
            let url = match &channel.link {
                Some(link) => Some(link.clone()),
                None => self.invitation(channel).await,
            };
            doors.push(Door { name, url });
        }
        screens::gate(&self.view(state, now), &doors, intent)
    }

    /// Where one joins a channel whose link nobody gave.
    async fn invitation(&self, channel: &Channel) -> Option<Url> {
        let chat =
            self.telegram.call(&Method::GetChat(GetChat { chat_id: channel.id.clone() })).await.ok()?;
        let named = chat["username"].as_str().map(|name| format!("https://t.me/{name}"));
        let link = named.or_else(|| chat["invite_link"].as_str().map(str::to_owned))?;
        Url::parse(&link).ok()
    }

    /// Somebody came into one of the channels, or left it.
    pub(super) async fn member(&self, change: &Member, now: Timestamp) -> Result<(), BotError> {
        let gate = &self.settings.gate;
        let ours = gate.scope != Scope::Off && gate.channels.iter().any(|channel| channel.is(&change.chat));
        match change.inside {
            // Of several channels one is not enough: the next press asks about all.
            Some(true) if ours && gate.channels.len() == 1 => {
                self.shop.seen_at_gate(change.user, true, now).await?;
            }
            Some(false) if ours => self.shop.seen_at_gate(change.user, false, now).await?,
            _ => {}
        }
        Ok(())
    }
}

/// Telegram has never seen the person in the channel.
fn never_there(why: &str) -> bool {
    ["user not found", "PARTICIPANT_ID_INVALID", "USER_NOT_PARTICIPANT"].iter().any(|text| why.contains(text))
}
