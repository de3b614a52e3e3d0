//! People.

use crate::{
    Email, IdError, Letters, Promos, ReferralCode, SubscriptionNo, UserId, Wallet, Zone, gate::Pass,
};
use jiff::Timestamp;
use std::{fmt, str::FromStr};

/// The languages the shop speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// Russian.
    Ru,
    /// English.
    En,
}

impl Language {
    /// All of them, in the order of the language screen.
    pub const ALL: [Self; 2] = [Self::Ru, Self::En];

    /// The ISO 639-1 code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ru => "ru",
            Self::En => "en",
        }
    }

    /// The language a client announces (`ru`, `en-US`, `pt-br` …), if we speak it.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.code().eq_ignore_ascii_case(primary))
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Language {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::ALL.into_iter().find(|language| language.code() == text).ok_or(IdError { kind: "language" })
    }
}

/// What Telegram says about a person with every update. Chosen by that person, so hostile until escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub id: UserId,
    /// First name.
    pub first_name: String,
    /// `@name` without the at sign.
    pub username: Option<String>,
    /// The client's language tag.
    pub language_tag: Option<String>,
}

/// A registered buyer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Telegram id, which is also the private chat's id.
    pub id: UserId,
    /// First name as last seen.
    pub first_name: String,
    /// `@name` as last seen.
    pub username: Option<String>,
    /// The language of every text.
    pub language: Language,
    /// First contact.
    pub registered_at: Timestamp,
    /// The code in this person's own referral link.
    pub referral_code: ReferralCode,
    /// Who brought this person; set once, at first contact.
    pub referrer: Option<UserId>,
    /// Advertising parameter of the first link; set once.
    pub campaign: Option<String>,
    /// When the one trial was taken.
    pub trial_at: Option<Timestamp>,
    /// Their money in the shop.
    pub balance: Wallet,
    /// What promo codes left on them.
    pub promos: Promos,
    /// Their e-mail address, once they have shown that it is theirs.
    pub email: Option<Email>,
    /// Which letters go there.
    pub letters: Letters,
    /// In which dates are shown to them; `None` = the shop's.
    pub zone: Option<Zone>,
    /// The bot was blocked or the account deleted: do not write.
    pub unreachable: bool,
    /// The subscription that is meant when nobody says which, if they chose one.
    pub primary: Option<SubscriptionNo>,
    /// The last look into the channel that people have to join.
    pub gate: Option<Pass>,
    /// 0 = not stored yet.
    pub version: u64,
}
