//! The list of commands behind the menu button.

use domain::{Language, UserId};
use locale::Texts;
use serde::Serialize;

/// The list behind the menu button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SetMyCommands {
    /// The commands.
    pub commands: Vec<BotCommand>,
    /// In which chats; in all that have no list of their own if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<CommandScope>,
    /// For clients in this language; for all others if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language_code: Option<&'static str>,
}

/// Where a list of commands is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum CommandScope {
    /// In one chat.
    Chat {
        /// Which.
        chat_id: i64,
    },
}

/// One command of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BotCommand {
    /// Without the slash.
    pub command: &'static str,
    /// 1-256 characters.
    pub description: String,
}

const OF_BUYERS: [(&str, &str); 15] = [
    ("start", "command-start"),
    ("menu", "command-menu"),
    ("buy", "command-buy"),
    ("subscription", "command-subscription"),
    ("connect", "command-connect"),
    ("profile", "command-profile"),
    ("balance", "command-balance"),
    ("history", "command-history"),
    ("methods", "command-methods"),
    ("ref", "command-ref"),
    ("gifts", "command-gifts"),
    ("help", "command-help"),
    ("language", "command-language"),
    ("paysupport", "command-paysupport"),
    ("terms", "command-terms"),
];

const OF_OPERATORS: [(&str, &str); 6] = [
    ("payment", "command-payment"),
    ("refund", "command-refund"),
    ("sheet", "command-sheet"),
    ("sync", "command-sync"),
    ("promo", "command-promo"),
    ("texts", "command-texts"),
];

impl SetMyCommands {
    /// The shop's commands for clients in `language`, or (`None`) for everybody else in `fallback`.
    pub fn of(language: Option<Language>, fallback: Language) -> Self {
        let texts = Texts::new(language.unwrap_or(fallback));
        let describe =
            |(command, key): (&'static str, &str)| BotCommand { command, description: texts.plain(key, &[]) };
        let commands = OF_BUYERS.into_iter().map(describe).collect();
        Self { commands, scope: None, language_code: language.map(Language::code) }
    }

    /// The same for an operator's own chat, with what only operators may.
    pub fn of_operator(operator: UserId, language: Option<Language>, fallback: Language) -> Self {
        let texts = Texts::new(language.unwrap_or(fallback));
        let describe =
            |(command, key): (&'static str, &str)| BotCommand { command, description: texts.plain(key, &[]) };
        let mut list = Self::of(language, fallback);
        list.commands.extend(OF_OPERATORS.into_iter().map(describe));
        Self { scope: Some(CommandScope::Chat { chat_id: super::chat_of(operator) }), ..list }
    }
}
