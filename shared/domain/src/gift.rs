//! Gifts: a plan that was paid for somebody else, behind a link that works once.
//!
//! The purchase is like any other until the money comes ([`crate::credit`]): then no subscription moves, and a [`Gift`]
//! waits instead. Whoever opens its link first has the plan, like a purchase of their own ([`open`]). One that nobody
//! opened in its days goes back: the whole price, to the giver's balance ([`tick`]).
//!
//! The code in the link follows from a random [`GiftSecret`] and from the payment: reports that repeat make the same gift,
//! while every further charge of the same order is a gift of its own, whose code nobody can guess from the first.

mod back;
mod open;

pub(crate) use back::{kept, withdrawn};
pub use back::{later, tick};
pub use open::{Found, found, open, wrong};

use crate::{
    Actor, Decision, Event, EventKind, Goods, IdError, Money, Once, Payment, PaymentId, Record, Refusal,
    Subscription, SubscriptionNo, Terms, User, UserId, UserState, credit, hash, promo,
};
use jiff::{SignedDuration, Timestamp};
use std::{fmt, str::FromStr};

/// So long before it goes back the giver hears that it still waits.
const REMINDED_BEFORE: SignedDuration = SignedDuration::from_hours(72);

fn is_word(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

macro_rules! hidden_word {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// How many letters and digits it has: more than 140 bits.
            pub const LENGTH: usize = 24;
        }

        /// Whoever reads a log must not be able to open gifts.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                if is_word(text, Self::LENGTH) { Ok(Self(text.to_owned())) } else { Err(IdError { kind: $kind }) }
            }
        }
    };
}

hidden_word!(
    /// What stands behind `gift_` in a link: 24 letters and digits. Whoever has it may open the gift.
    GiftCode,
    "gift code"
);
hidden_word!(
    /// What the codes of an order follow from. It is drawn when the order is offered, and nobody is ever shown it.
    GiftSecret,
    "secret of a gift"
);

impl GiftSecret {
    /// The secret out of random bytes.
    pub fn draw(random: [u8; Self::LENGTH]) -> Self {
        Self(hash::letters(&random))
    }

    /// The code of the gift that `payment` buys.
    pub fn code(&self, payment: PaymentId) -> GiftCode {
        GiftCode(hash::word(GiftCode::LENGTH, &format!("gift/{}/{payment}", self.0)))
    }
}

/// What is ordered when a gift is: frozen with the quote, so that a later change of plan or settings changes no deal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GiftOrder {
    /// What the recipient will have.
    pub terms: Terms,
    /// What the code follows from.
    pub secret: GiftSecret,
    /// In so many days it has to be opened; 0 = whenever.
    pub days: u16,
}

/// Where a gift stands. All but `Waiting` are for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GiftState {
    /// Nobody has opened it.
    Waiting,
    /// Somebody has it.
    Opened {
        /// Who.
        by: UserId,
        /// When.
        at: Timestamp,
        /// Which of their subscriptions it made longer.
        no: SubscriptionNo,
        /// From when until when.
        granted: (Timestamp, Timestamp),
    },
    /// Nobody opened it in time: `amount` is back on the giver's balance.
    Returned {
        /// When.
        at: Timestamp,
        /// How much.
        amount: Money,
    },
    /// The money went back to the payer, or is on its way.
    Withdrawn {
        /// When.
        at: Timestamp,
    },
}

impl GiftState {
    /// When it came to its end; `None` while it waits.
    pub fn done_at(self) -> Option<Timestamp> {
        match self {
            Self::Waiting => None,
            Self::Opened { at, .. } | Self::Returned { at, .. } | Self::Withdrawn { at } => Some(at),
        }
    }
}

/// A gift that was paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gift {
    /// What opens it.
    pub code: GiftCode,
    /// Who paid it.
    pub giver: UserId,
    /// Their first name when they did; chosen by them, so hostile until escaped.
    pub from: String,
    /// What is in it.
    pub terms: Terms,
    /// Which payment paid it.
    pub payment: PaymentId,
    /// Where it stands.
    pub state: GiftState,
    /// When it was paid.
    pub bought_at: Timestamp,
    /// When it goes back if nobody has opened it; `None` = never.
    pub expires_at: Option<Timestamp>,
    /// The giver heard that it still waits.
    pub reminded: bool,
    /// When [`tick`] wants to look.
    pub next_at: Option<Timestamp>,
    /// 0 = not stored yet. The gift and the giver's copy of it are written together and have the same.
    pub version: u64,
}

impl Gift {
    /// Nobody has opened it, and its money has not gone back.
    pub fn is_waiting(&self) -> bool {
        self.state == GiftState::Waiting
    }

    /// Both records of it: by its code, and among the giver's own.
    fn records(&self) -> [Record; 2] {
        [Record::Gift(self.clone()), Record::OwnGift(self.clone())]
    }

    /// The same, at its end.
    fn ended(&self, state: GiftState) -> Self {
        Self { state, next_at: None, ..self.clone() }
    }
}

impl UserState {
    /// Whose time `payment` bought, as far as they are loaded, which of their subscriptions has it, and from when until
    /// when: of an opened gift the recipient's.
    pub(crate) fn granted_by(
        &self,
        payment: &Payment,
    ) -> Option<(&Self, SubscriptionNo, (Timestamp, Timestamp))> {
        let Some(GiftState::Opened { by, no, granted, .. }) = self.gift(payment.id).map(|gift| gift.state)
        else {
            return Some((self, payment.no, payment.granted?));
        };
        let is = |state: &&Self| state.user.as_ref().is_some_and(|user| user.id == by);
        let holder = [Some(self), self.recipient.as_deref()].into_iter().flatten().find(is)?;
        // Written only once something was cut for good.
        Some((holder, no, payment.granted.unwrap_or(granted)))
    }

    /// The gift that this buyer paid with `payment`.
    pub fn gift(&self, payment: PaymentId) -> Option<&Gift> {
        self.gifts.iter().find(|gift| gift.payment == payment)
    }
}

/// The recipient's time was cut because money of the gift went back: told in their history. `before`: its end before.
pub(crate) fn cut(
    shorter: &Subscription,
    payment: &Payment,
    before: Timestamp,
    (actor, key): (Actor, &str),
    now: Timestamp,
) -> Event {
    let kind = EventKind::GiftCut { payment: payment.id, no: shorter.no, from: before, to: shorter.end };
    Event::new(shorter.user, now, actor, kind, key)
}

/// Credits `paid`, whose goods are a gift: it waits from now on, and no subscription moves. `user`: the giver, if the
/// balance paid a part.
pub(crate) fn bought(
    state: &UserState,
    paid: Payment,
    user: Option<User>,
    (actor, key): (Actor, String),
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let giver = state.user.as_ref().ok_or(Refusal::NotRegistered)?;
    let Goods::Gift(order) = &paid.goods else { return Err(Refusal::PlanUnavailable) };
    let gift = fresh(giver, paid.id, order, now);
    let kind = EventKind::GiftBought {
        payment: paid.id,
        external_id: paid.external_id.clone().unwrap_or_default(),
        amount: credit::counted(&paid),
        from_balance: paid.from_balance,
        plan: order.terms.plan.clone(),
    };
    let event = Event::new(paid.user, now, actor, kind, &key);
    let mut records: Vec<Record> = credit::closed_quote(state, &paid).into_iter().collect();
    let (used, user, reduced) = promo::consumed(state, &paid, user, &key, now);
    records.extend(user.map(Record::User).into_iter().chain(used).chain(gift.records()));
    records.push(Record::Payment(paid));
    let events = [event].into_iter().chain(reduced).collect();
    Ok(Decision { once: Some(Once::new(key, "a gift")), records, events })
}

fn fresh(giver: &User, payment: PaymentId, order: &GiftOrder, now: Timestamp) -> Gift {
    let wait = SignedDuration::from_hours(24 * i64::from(order.days));
    let gift = Gift {
        code: order.secret.code(payment),
        giver: giver.id,
        from: giver.first_name.clone(),
        terms: order.terms.clone(),
        payment,
        state: GiftState::Waiting,
        bought_at: now,
        expires_at: now.checked_add(wait).ok().filter(|_| order.days > 0),
        reminded: false,
        next_at: None,
        version: 0,
    };
    Gift { next_at: back::next_at(&gift, now), ..gift }
}
