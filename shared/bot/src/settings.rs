//! What the operator set and the buyer sees.

use domain::{Language, UserId};
use jiff::tz::TimeZone;
use url::Url;

/// Settings of the bot's words and buttons.
#[derive(Debug, Clone)]
pub struct BotSettings {
    /// The bot's name without the at sign.
    pub bot_username: String,
    /// Where our own pages are (`/open`), with a path prefix if the gateway has one.
    pub public_url: Url,
    /// Where people help: `https://t.me/…` or `tg://…`.
    pub support_link: Option<Url>,
    /// The terms of sale.
    pub terms_url: Option<Url>,
    /// A page that shows whether the servers are up.
    pub status_url: Option<Url>,
    /// In which dates are shown; they are kept in UTC.
    pub time_zone: TimeZone,
    /// The bot lives in Telegram's test environment: Stars paid there are test money.
    pub test_environment: bool,
    /// For people whose client announces none of our languages, and for operators.
    pub default_language: Language,
    /// Who may see and refund payments; for everybody else those commands do not exist.
    pub operators: Vec<UserId>,
}
