//! First contact, and what a start link carries.

use crate::{
    Actor, Decision, Event, EventKind, Language, Letters, Person, Promos, Record, ReferralCode, User, UserId,
    Wallet,
};
use jiff::Timestamp;

/// What a `/start` payload means. Anything may be typed there, so everything is either understood or dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StartLink {
    /// No payload, or one that means nothing.
    Plain,
    /// `ref_<code>` or `ref_u<code>`.
    Referral(ReferralCode),
    /// `ref_<telegram id>`, the form of older bots.
    ReferralById(UserId),
    /// `promo_<code>`.
    Promo(String),
    /// `gift_<code>`: what stands there may be no code at all.
    Gift(String),
    /// `plan_<id>`.
    Plan(crate::PlanId),
    /// Any other `[A-Za-z0-9_-]{2,64}`: an advertising parameter.
    Campaign(String),
}

impl StartLink {
    /// Reads the payload after `/start `.
    pub fn parse(payload: &str) -> Self {
        let plain = payload.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        if !plain || !(2..=64).contains(&payload.len()) {
            return Self::Plain;
        }
        if let Some(rest) = payload.strip_prefix("ref_") {
            return Self::referral(rest);
        }
        if let Some(code) = payload.strip_prefix("promo_").filter(|code| !code.is_empty()) {
            return Self::Promo(code.to_ascii_uppercase());
        }
        if let Some(code) = payload.strip_prefix("gift_").filter(|code| !code.is_empty()) {
            return Self::Gift(code.to_owned());
        }
        if let Some(plan) = payload.strip_prefix("plan_").and_then(|id| id.parse().ok()) {
            return Self::Plan(plan);
        }
        Self::Campaign(payload.to_owned())
    }

    fn referral(rest: &str) -> Self {
        let without_u = rest.strip_prefix(['u', 'U']).unwrap_or(rest);
        // A nine-digit number is an id and, by form, a code too: ids came first.
        if let Ok(id) = rest.parse() {
            return Self::ReferralById(id);
        }
        let code = if rest.len() == 9 { rest } else { without_u };
        code.parse().map_or(Self::Plain, Self::Referral)
    }
}

/// Registers `person`. `referrer` is already resolved to somebody who exists; naming oneself is ignored.
/// `attempt` counts referral codes that turned out to be taken.
pub fn register(
    person: &Person,
    touch: FirstTouch,
    default_language: Language,
    now: Timestamp,
    attempt: u32,
) -> (User, Decision) {
    let announced = person.language_tag.as_deref().and_then(Language::from_tag);
    let code = ReferralCode::derive(person.id, now, attempt);
    let user = User {
        id: person.id,
        first_name: person.first_name.clone(),
        username: person.username.clone(),
        language: announced.unwrap_or(default_language),
        registered_at: now,
        referral_code: code.clone(),
        referrer: touch.referrer.filter(|referrer| *referrer != person.id),
        campaign: touch.campaign,
        trial_at: None,
        balance: Wallet::default(),
        promos: Promos::default(),
        email: None,
        letters: Letters::default(),
        zone: None,
        unreachable: false,
        primary: None,
        gate: None,
        version: 0,
    };
    let kind = EventKind::Registered { referrer: user.referrer, campaign: user.campaign.clone() };
    let event = Event::new(user.id, now, Actor::Buyer, kind, "registered");
    let records = vec![Record::User(user.clone()), Record::ReferralCode { code, user: user.id }];
    (user, Decision { once: None, records, events: vec![event] })
}

/// Where a person came from, kept for ever from the first contact.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FirstTouch {
    /// Who brought them.
    pub referrer: Option<UserId>,
    /// Which advertisement.
    pub campaign: Option<String>,
}

/// The profile as Telegram shows it now; nothing if it did not change.
pub fn refresh(user: &User, person: &Person) -> Decision {
    let same = user.first_name == person.first_name && user.username == person.username && !user.unreachable;
    if same {
        return Decision::nothing();
    }
    let next = User {
        first_name: person.first_name.clone(),
        username: person.username.clone(),
        unreachable: false,
        ..user.clone()
    };
    Decision { once: None, records: vec![Record::User(next)], events: Vec::new() }
}

/// The buyer chose `language`.
pub fn choose_language(user: &User, language: Language, now: Timestamp) -> Decision {
    if user.language == language {
        return Decision::nothing();
    }
    let key = format!("language/{}", user.version);
    let event = Event::new(user.id, now, Actor::Buyer, EventKind::LanguageChosen { language }, &key);
    Decision {
        once: None,
        records: vec![Record::User(User { language, ..user.clone() })],
        events: vec![event],
    }
}

/// The buyer blocked the bot, or can be written to again.
pub fn reachability(user: &User, unreachable: bool, now: Timestamp) -> Decision {
    if user.unreachable == unreachable {
        return Decision::nothing();
    }
    let kind = EventKind::ReachabilityChanged { unreachable };
    let event = Event::new(user.id, now, Actor::Buyer, kind, &format!("reach/{}", user.version));
    Decision {
        once: None,
        records: vec![Record::User(User { unreachable, ..user.clone() })],
        events: vec![event],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn start_links() {
        let code = |text: &str| StartLink::Referral(text.parse().unwrap());
        let cases = [
            ("", StartLink::Plain),
            ("x", StartLink::Plain),
            ("ref_123", StartLink::ReferralById(UserId(123))),
            ("ref_A1B2C3D4E", code("A1B2C3D4E")),
            ("ref_ua1b2c3d4e", code("A1B2C3D4E")),
            ("ref_U1B2C3D4E", code("U1B2C3D4E")),
            ("ref_", StartLink::Plain),
            ("ref_-5", StartLink::Plain),
            ("promo_summer", StartLink::Promo("SUMMER".into())),
            ("promo-SUMMER_26", StartLink::Campaign("promo-SUMMER_26".into())),
            ("gift_aB3xYz", StartLink::Gift("aB3xYz".into())),
            ("gift_", StartLink::Campaign("gift_".into())),
            ("plan_m3", StartLink::Plan("m3".parse().unwrap())),
            ("vk_ads-7", StartLink::Campaign("vk_ads-7".into())),
            ("<b>", StartLink::Plain),
            ("a b", StartLink::Plain),
        ];
        for (payload, want) in cases {
            assert_eq!(StartLink::parse(payload), want, "{payload:?}");
        }
    }

    proptest! {
        #[test]
        fn any_payload_is_read_without_panic(payload in "\\PC{0,80}") {
            let _ = StartLink::parse(&payload);
        }
    }
}
