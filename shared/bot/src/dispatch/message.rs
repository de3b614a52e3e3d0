//! Messages: commands, chatter and service messages.

use super::{Bot, BotError, message_to};
use crate::{
    Method, Screen,
    callback::{Button, Intent, Own},
    method::SendMessage,
    screens::{self, Greeting},
    update::{Command, Content, Message},
};
use domain::{Person, Refusal, registration::StartLink};
use jiff::Timestamp;
use shop::ShopError;

impl Bot {
    pub(super) async fn message(&self, message: Message, now: Timestamp) -> Result<Option<Method>, BotError> {
        let Some(person) = message.from.clone() else { return Ok(None) };
        if !message.chat.private {
            return Ok(self.in_group(&message, &person, now));
        }
        if let Some(screen) = self.desk_forward(&person, &message, now).await? {
            return Ok(Some(Method::SendMessage(message_to(&person, screen))));
        }
        let screen = match message.content {
            Content::Command(command) if command.is_for_another(&self.settings.bot_username) => {
                return Ok(None);
            }
            Content::Command(command) => Box::pin(self.command(&person, &command, now)).await?,
            Content::Text(text) => Box::pin(self.text(&person, &text, now)).await?,
            Content::Chatter => self.small_talk(&person, now).await?,
            Content::Paid(charge) => self.paid(&person, &charge, now).await?,
            Content::Refunded(charge) => match self.refunded(&person, &charge, now).await? {
                Some(screen) => screen,
                None => return Ok(None),
            },
            Content::WriteAccess => {
                self.shop.set_reachability(person.id, false, now).await?;
                return Ok(None);
            }
            Content::Service => return Ok(None),
        };
        Ok(Some(Method::SendMessage(message_to(&person, screen))))
    }

    /// In groups the bot speaks only when it is called by name.
    fn in_group(&self, message: &Message, person: &Person, now: Timestamp) -> Option<Method> {
        match &message.content {
            Content::Command(command) if command.names(&self.settings.bot_username) => {
                let view = self.view_of_stranger(person, now);
                let hint = screens::group_hint(&view, &command.payload).message(message.chat.id);
                Some(Method::SendMessage(SendMessage { message_thread_id: message.topic, ..hint }))
            }
            _ => None,
        }
    }

    async fn command(&self, person: &Person, command: &Command, now: Timestamp) -> Result<Screen, BotError> {
        if command.name == "start" {
            return self.start(person, &command.payload, now).await;
        }
        // Whoever gives a command does not answer what was asked before.
        let state = self.shop.stop_asking(self.shop.load(person, now).await?).await?;
        if let Some(screen) = Box::pin(self.desk_command(person, command, now)).await? {
            return Ok(screen);
        }
        if let Some(button) = held_up(&command.name)
            && let Some(screen) = self.gate_of_message(&state, || Intent::press(button), now).await?
        {
            return Ok(screen);
        }
        let view = self.view(&state, now);
        Ok(match command.name.as_str() {
            "menu" => self.menu(&state, Greeting::Hello, now),
            "buy" => self.plans(&state, now).await?,
            "subscription" => self.subscription(&state, now).await?,
            "profile" => self.profile(&state, now),
            "balance" => self.balance(&state, now).await?,
            "history" => self.history(&state, now).await?,
            "methods" => screens::methods(&view, &state, &self.binds()),
            "gifts" => screens::my_gifts(&view, &state),
            "connect" => screens::platforms(&view, &state),
            "ref" | "invite" => self.invite(&state, now),
            "help" | "support" => screens::help(&view),
            "paysupport" => screens::payments(&view, person.id),
            "terms" => screens::terms(&view),
            "language" => screens::languages(&view),
            _ => self.menu(&state, Greeting::ReadsButtons, now),
        })
    }

    pub(super) async fn start(
        &self,
        person: &Person,
        payload: &str,
        now: Timestamp,
    ) -> Result<Screen, BotError> {
        let link = StartLink::parse(payload);
        let entry = self.shop.enter(person, &link, now).await?;
        let state = self.shop.stop_asking(entry.state).await?;
        if let Some(screen) = self.gate_of_message(&state, || Intent::start(payload), now).await? {
            return Ok(screen);
        }
        if let StartLink::Promo(code) = &link {
            return Ok(Box::pin(self.code(&state, person, code, now)).await?);
        }
        if let StartLink::Gift(code) = &link {
            return Ok(Box::pin(self.gift_link(person, code, now)).await?);
        }
        if let StartLink::Plan(plan) = &link {
            match self.shop.freeze(person, (plan, None), None, now).await {
                Ok((state, quote)) => return Ok(self.checkout(&state, &quote, None, now).await?),
                Err(ShopError::Refused(Refusal::Which)) => return Ok(self.which(&state, plan, now)),
                // The plan of an old link is gone: the menu has what there is.
                Err(ShopError::Refused(_)) => {}
                Err(other) => return Err(other.into()),
            }
        }
        let greeting = if entry.fresh { Greeting::Welcome } else { Greeting::Hello };
        Ok(self.menu(&state, greeting, now))
    }

    async fn small_talk(&self, person: &Person, now: Timestamp) -> Result<Screen, BotError> {
        let state = self.shop.load(person, now).await?;
        if let Some(screen) = self.gate_of_message(&state, || Intent::press(Button::Menu), now).await? {
            return Ok(screen);
        }
        Ok(self.menu(&state, Greeting::ReadsButtons, now))
    }
}

/// The button that a command is as good as; `None` for commands that are open to everybody.
fn held_up(command: &str) -> Option<Button> {
    Some(match command {
        "help" | "support" | "paysupport" | "terms" | "language" | "gifts" => return None,
        "buy" => Button::Plans,
        "subscription" => Button::Subscription,
        "profile" => Own::Profile.into(),
        "balance" => Button::Balance,
        "history" => Button::History,
        "methods" => Button::Methods,
        "connect" => Button::Connect,
        "ref" | "invite" => Button::Invite,
        _ => Button::Menu,
    })
}
