//! Promo codes: what they give, to how many, and who holds a use of them.
//!
//! Days, balance, traffic and trial days act when the code is entered ([`enter`]), in one commit with the counter. A
//! percentage or a fixed sum is chosen instead, reduces the next offer, is held while an order made from that offer can
//! still be paid ([`Hold`]), and counts in the commit that credits the payment.
//!
//! Uses never exceed the limit, with one exception by design: an order keeps its price, so that money which comes after
//! its hold ended (or a second charge of the same order) counts as one more use even if the limit was reached meanwhile.

mod draft;
mod enter;
mod reduce;

pub(crate) use enter::failed;
pub use enter::{Offered, Outcome, enter, forget};
pub use reduce::{Deal, preview};
pub(crate) use reduce::{Reduced, consumed, reduced};

use crate::{Actor, Decision, Event, EventKind, IdError, Money, PlanId, QuoteId, Record, UserId};
use jiff::{SignedDuration, Timestamp};
use std::{fmt, str::FromStr};

/// A code as it is stored: upper case, `[A-Z0-9_-]{3,32}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PromoCode(String);

impl PromoCode {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PromoCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for PromoCode {
    type Err = IdError;
    /// Reads what people type: any case, spaces around it.
    fn from_str(text: &str) -> Result<Self, IdError> {
        let code = text.trim().to_ascii_uppercase();
        let plain = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
        let valid = (3..=32).contains(&code.len()) && code.bytes().all(plain);
        if valid { Ok(Self(code)) } else { Err(IdError { kind: "promo code" }) }
    }
}

/// What a code gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromoEffect {
    /// So many days more.
    Days(u16),
    /// So many percent off, 1 to 100.
    Percent(u8),
    /// This much off, of prices in its currency.
    Fixed(Money),
    /// This much on the balance.
    Balance(Money),
    /// So many GiB more for the plan that runs.
    Traffic(u16),
    /// So many days more of the trial.
    Trial(u16),
}

impl PromoEffect {
    /// It reduces a price, rather than acting at once.
    pub const fn is_discount(self) -> bool {
        matches!(self, Self::Percent(_) | Self::Fixed(_))
    }

    /// The name of its kind, in commands and records.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Days(_) => "days",
            Self::Percent(_) => "percent",
            Self::Fixed(_) => "fixed",
            Self::Balance(_) => "balance",
            Self::Traffic(_) => "traffic",
            Self::Trial(_) => "trial",
        }
    }
}

impl fmt::Display for PromoEffect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind();
        match self {
            Self::Days(n) | Self::Traffic(n) | Self::Trial(n) => write!(f, "{kind}/{n}"),
            Self::Percent(n) => write!(f, "{kind}/{n}"),
            Self::Fixed(money) | Self::Balance(money) => write!(f, "{kind}/{money}"),
        }
    }
}

impl FromStr for PromoEffect {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let error = IdError { kind: "effect of a promo code" };
        let (kind, value) = text.split_once('/').ok_or(error.clone())?;
        let count = |most: u16| value.parse::<u16>().ok().filter(|n| (1..=most).contains(n));
        let money = || value.parse::<Money>().ok().filter(|money| money.is_positive());
        let effect = match kind {
            "days" => count(3_650).map(Self::Days),
            "percent" => count(100).and_then(|n| u8::try_from(n).ok()).map(Self::Percent),
            "fixed" => money().map(Self::Fixed),
            "balance" => money().map(Self::Balance),
            "traffic" => count(10_000).map(Self::Traffic),
            "trial" => count(365).map(Self::Trial),
            _ => None,
        };
        effect.ok_or(error)
    }
}

/// A use that is kept for somebody's order until `until`. Nobody has to give it back: it just ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// For whom.
    pub user: UserId,
    /// For which offer.
    pub quote: QuoteId,
    /// Until when.
    pub until: Timestamp,
}

/// A promo code of the shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promo {
    /// The code.
    pub code: PromoCode,
    /// What it gives.
    pub effect: PromoEffect,
    /// How often it can be used in all; `None` = any number.
    pub limit: Option<u32>,
    /// How often by one person.
    pub per_user: u32,
    /// From when.
    pub from: Option<Timestamp>,
    /// Until when.
    pub until: Option<Timestamp>,
    /// For which plans; empty = all.
    pub plans: Vec<PlanId>,
    /// From which price on.
    pub min: Option<Money>,
    /// What the operator wrote beside it.
    pub note: Option<String>,
    /// Switched off.
    pub off: bool,
    /// How often it was used.
    pub used: u32,
    /// Uses that wait for a payment; only counted where there is a limit.
    pub holds: Vec<Hold>,
    /// When it was made.
    pub created_at: Timestamp,
    /// 0 = not stored yet.
    pub version: u64,
}

/// At most so many holds are kept at once: they stand in one record.
const MOST_HOLDS: usize = 1_000;

impl Promo {
    /// It is switched on and in its time.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        !self.off && self.from.is_none_or(|from| from <= now) && self.until.is_none_or(|until| now < until)
    }

    /// Uses that are held at `now`.
    pub fn held(&self, now: Timestamp) -> usize {
        self.holds.iter().filter(|hold| hold.until > now).count()
    }

    /// There is a use left for `user`; one that is held for them is theirs.
    fn has_room(&self, user: UserId, now: Timestamp) -> bool {
        let Some(limit) = self.limit else { return true };
        let others = self.holds.iter().filter(|hold| hold.until > now && hold.user != user).count();
        let taken = u64::from(self.used) + others as u64;
        others < MOST_HOLDS && taken < u64::from(limit)
    }
}

/// How often somebody used a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activation {
    /// Which code.
    pub code: PromoCode,
    /// Who.
    pub user: UserId,
    /// How often.
    pub count: u32,
    /// The last time.
    pub at: Timestamp,
    /// 0 = not stored yet.
    pub version: u64,
}

/// A code as one person meets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promotion {
    /// The code.
    pub promo: Promo,
    /// Their uses of it.
    pub activation: Option<Activation>,
}

impl Promotion {
    /// `user` may use it now.
    pub fn is_open_to(&self, user: UserId, now: Timestamp) -> bool {
        let uses = self.activation.as_ref().map_or(0, |activation| activation.count);
        self.promo.is_valid(now) && self.promo.has_room(user, now) && uses < self.promo.per_user
    }

    /// Both records after one more use by `user`, who holds none any more.
    fn used_by(&self, user: UserId, now: Timestamp) -> [Record; 2] {
        let mut promo = self.promo.clone();
        promo.used = promo.used.saturating_add(1);
        promo.holds.retain(|hold| hold.user != user && hold.until > now);
        let (count, version) = self.activation.as_ref().map_or((0, 0), |known| (known.count, known.version));
        let code = promo.code.clone();
        let activation = Activation { code, user, count: count.saturating_add(1), at: now, version };
        [Record::Promo(promo), Record::Activation(activation)]
    }
}

/// What a reduced payment owes to a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reduction {
    /// Which code.
    pub code: PromoCode,
    /// How much less is paid.
    pub off: Money,
}

/// What promo codes left on a buyer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Promos {
    /// The discount they chose for their next purchase.
    pub chosen: Option<PromoCode>,
    /// Days that wait for the trial to begin.
    pub trial_days: u16,
    /// Codes that did not work.
    pub guesses: Guesses,
}

/// Wrong codes in a row of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Guesses {
    /// Since when they are counted.
    pub since: Option<Timestamp>,
    /// How many since.
    pub count: u32,
    /// Since when they are counted for the day.
    pub day: Option<Timestamp>,
    /// How many since.
    pub of_day: u32,
}

impl Guesses {
    const WINDOW: SignedDuration = SignedDuration::from_mins(10);
    const DAY: SignedDuration = SignedDuration::from_hours(24);
    const MOST: u32 = 5;
    /// The operators hear of so many in a day.
    const SUSPICIOUS: u32 = 20;

    /// No more codes are looked at for now, right ones neither.
    pub fn is_blocked(&self, now: Timestamp) -> bool {
        self.count >= Self::MOST && runs(self.since, Self::WINDOW, now)
    }

    fn one_more(self, now: Timestamp) -> Self {
        let same = runs(self.since, Self::WINDOW, now);
        let same_day = runs(self.day, Self::DAY, now);
        Self {
            since: if same { self.since } else { Some(now) },
            count: if same { self.count.saturating_add(1) } else { 1 },
            day: if same_day { self.day } else { Some(now) },
            of_day: if same_day { self.of_day.saturating_add(1) } else { 1 },
        }
    }
}

fn runs(since: Option<Timestamp>, window: SignedDuration, now: Timestamp) -> bool {
    since.is_some_and(|since| now.duration_since(since) < window)
}

/// An operator makes a code.
pub fn create(promo: Promo, operator: UserId, now: Timestamp) -> Decision {
    let (code, effect) = (promo.code.clone(), promo.effect);
    let key = format!("promo/{code}");
    let kind = EventKind::PromoCreated { code, effect };
    let event = Event::of_shop(now, Actor::Operator(operator), kind, &key);
    Decision { once: None, records: vec![Record::Promo(promo)], events: vec![event] }
}

/// An operator switches a code off. Orders that were made with it keep their price.
pub fn switch_off(promo: &Promo, operator: UserId, now: Timestamp) -> Decision {
    if promo.off {
        return Decision::nothing();
    }
    let code = promo.code.clone();
    let key = format!("promo/{code}/{}", promo.version);
    let event = Event::of_shop(now, Actor::Operator(operator), EventKind::PromoOff { code }, &key);
    let next = Promo { off: true, ..promo.clone() };
    Decision { once: None, records: vec![Record::Promo(next)], events: vec![event] }
}
