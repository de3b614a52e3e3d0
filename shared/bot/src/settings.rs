//! What the operator set and the buyer sees.

use crate::update::Chat;
use domain::{Language, UserId, referral};
use jiff::{SignedDuration, tz::TimeZone};
use locale::Wording;
use std::str::FromStr;
use thiserror::Error;
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
    /// Extra traffic is sold.
    pub traffic_packages: bool,
    /// The channels that people join first.
    pub gate: Gate,
    /// What is given for a friend; `None`: nothing, and nobody is asked to bring one.
    pub referral: Option<referral::Rules>,
    /// How fast people may press.
    pub pace: PaceLimits,
    /// The operator's own words.
    pub wording: Wording,
}

/// How fast people may press.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PaceLimits {
    /// Requests of a person in a minute; 0 = as many as they like.
    pub per_minute: u32,
    /// The same for an operator, who is never stopped.
    pub of_operators: u32,
    /// For so long somebody is not answered who makes twice as many and never paid; zero = they are only slowed.
    pub stop: SignedDuration,
}

/// Who has to join which channels before the shop serves them. People with a paid subscription or a balance, and
/// operators, never do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Gate {
    /// Who.
    pub scope: Scope,
    /// All of these.
    pub channels: Vec<Channel>,
}

/// Who has to join.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scope {
    /// Nobody.
    #[default]
    Off,
    /// Who takes the trial.
    Trial,
    /// Everybody.
    All,
}

impl FromStr for Scope {
    type Err = NoChannel;

    fn from_str(text: &str) -> Result<Self, NoChannel> {
        match text {
            "off" => Ok(Self::Off),
            "trial" => Ok(Self::Trial),
            "all" => Ok(Self::All),
            _ => Err(NoChannel),
        }
    }
}

/// A channel (or group) that people join. The bot has to be an administrator there, or Telegram tells it nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// `@name` or `-100…`, as the Bot API takes it.
    pub id: String,
    /// Where one joins. Without it Telegram is asked for an invitation.
    pub link: Option<Url>,
}

/// Not a channel, or not a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("@name, -100… or -100…|https://t.me/+… is expected")]
pub struct NoChannel;

impl FromStr for Channel {
    type Err = NoChannel;

    /// Reads `@name`, `-100…` or either with `|` and an invitation link.
    fn from_str(text: &str) -> Result<Self, NoChannel> {
        let (id, link) =
            text.split_once('|').map_or((text, None), |(id, link)| (id.trim(), Some(link.trim())));
        let of_telegram =
            |url: &Url| url.scheme() == "https" && matches!(url.host_str(), Some("t.me" | "telegram.me"));
        let link = link.map(|link| Url::parse(link).ok().filter(of_telegram).ok_or(NoChannel)).transpose()?;
        if let Some(name) = id.strip_prefix('@') {
            let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
            if !(4..=32).contains(&name.len()) || !name.bytes().all(word) {
                return Err(NoChannel);
            }
            let own = Url::parse(&format!("https://t.me/{name}")).map_err(|_| NoChannel)?;
            return Ok(Self { id: id.to_owned(), link: Some(link.unwrap_or(own)) });
        }
        let number: i64 = id.parse().map_err(|_| NoChannel)?;
        if number < 0 { Ok(Self { id: number.to_string(), link }) } else { Err(NoChannel) }
    }
}

impl Channel {
    /// An update speaks of this channel.
    pub fn is(&self, chat: &Chat) -> bool {
        match self.id.strip_prefix('@') {
            Some(name) => chat.username.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(name)),
            None => self.id == chat.id.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_read_or_refused() {
        let channel = |text: &str| text.parse::<Channel>().map(|read| (read.id, read.link.map(String::from)));
        let link = |text: &str| Some(text.to_owned());
        assert_eq!(channel("@vpn_news"), Ok(("@vpn_news".into(), link("https://t.me/vpn_news"))));
        assert_eq!(channel("-1002000000003"), Ok(("-1002000000003".into(), None)));
        let private = channel("-1002000000003 | https://t.me/+AbC");
        assert_eq!(private, Ok(("-1002000000003".into(), link("https://t.me/+AbC"))));
        for wrong in
            ["", "news", "@", "@a b", "100", "@news|ftp://t.me/x", "@news|https://evil.example/", "-1x"]
        {
            assert_eq!(channel(wrong), Err(NoChannel), "{wrong}");
        }
    }

    #[test]
    fn an_update_is_matched_by_number_or_name() {
        let chat = |id, name: &str| Chat { id, username: Some(name.into()), private: false };
        let is = |text: &str, chat: &Chat| text.parse::<Channel>().is_ok_and(|channel| channel.is(chat));
        assert!(is("@VPN_news", &chat(-1005, "vpn_News")) && is("-1005", &chat(-1005, "x")));
        assert!(!is("@vpn_news", &chat(-1005, "vpn_news2")) && !is("-1005", &chat(-1006, "vpn_news")));
    }
}
