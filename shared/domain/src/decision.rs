//! What a decision is: records to write, events that explain them, and the key under which it may happen once.

use crate::{
    Activation, Dialog, Event, Gift, OwnText, Pace, Package, Payment, Plan, Promo, Promotion, ProviderHealth,
    Quote, ReferralCode, Referrals, SavedMethod, Sheet, Stray, Subscription, SubscriptionNo, Sync, User,
    UserId, referral::Inviter,
};
use thiserror::Error;

/// A changed record. Its `version` is the one that was loaded (0 = must not exist yet); the store writes the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// A buyer.
    User(User),
    /// A subscription.
    Subscription(Subscription),
    /// An open offer.
    Quote(Quote),
    /// What a buyer was asked.
    Dialog(Dialog),
    /// How fast a buyer presses.
    Pace(Pace),
    /// A promo code.
    Promo(Promo),
    /// How often somebody used a promo code.
    Activation(Activation),
    /// What a person's friends brought.
    Referrals(Referrals),
    /// A gift, by its code.
    Gift(Gift),
    /// The same gift among what its giver has; both are written together.
    OwnGift(Gift),
    /// A payment.
    Payment(Payment),
    /// A saved way to pay.
    Method(SavedMethod),
    /// Authentic money, or news of it, that belongs to no payment of ours.
    Stray(Stray),
    /// How well a provider works.
    Health(ProviderHealth),
    /// A day's balance sheet.
    Sheet(Sheet),
    /// The comparison of a panel with the shop.
    Sync(Sync),
    /// Something in the window.
    Plan(Plan),
    /// A text in the operator's own words.
    OwnText(OwnText),
    /// A traffic package in the window.
    Package(Package),
    /// Whose referral code this is; written once.
    ReferralCode {
        /// The code.
        code: ReferralCode,
        /// Its owner.
        user: UserId,
    },
}

/// The key of something that may happen once, for ever, with what to answer if it already did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Once {
    /// The business key, such as `paid/yookassa/<id of their payment>`.
    pub key: String,
    /// Kept beside it: the outcome of the first time.
    pub outcome: String,
}

impl Once {
    /// `key` may happen once, with this `outcome`.
    pub fn new(key: impl Into<String>, outcome: impl Into<String>) -> Self {
        Self { key: key.into(), outcome: outcome.into() }
    }
}

/// What should happen: committed wholly or not at all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decision {
    /// At most once, if given.
    pub once: Option<Once>,
    /// Changed records.
    pub records: Vec<Record>,
    /// What to remember of it.
    pub events: Vec<Event>,
}

impl Decision {
    /// Nothing is to be done.
    pub fn nothing() -> Self {
        Self::default()
    }

    /// There is nothing to commit.
    pub fn is_nothing(&self) -> bool {
        self.once.is_none() && self.records.is_empty() && self.events.is_empty()
    }
}

/// Everything of a buyer that one query reads.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserState {
    /// The profile; `None` before first contact.
    pub user: Option<User>,
    /// By number.
    pub subscriptions: Vec<Subscription>,
    /// The last offer, open or not.
    pub quote: Option<Quote>,
    /// What they were asked last.
    pub dialog: Option<Dialog>,
    /// How fast they press.
    pub pace: Option<Pace>,
    /// The promo code that matters for what is decided. Not of the same query: loaded where a payment or the buyer
    /// names one.
    pub promotion: Option<Box<Promotion>>,
    /// What their friends brought, once anything was counted.
    pub referrals: Option<Referrals>,
    /// Whoever brought them. Not of the same query: loaded where a purchase may earn something, or a refund take it back.
    pub inviter: Option<Box<Inviter>>,
    /// Who opened the gift that the payment at hand bought. Not of the same query: loaded with the payment.
    pub recipient: Option<Box<UserState>>,
    /// Every method ever saved, removed ones too.
    pub saved: Vec<SavedMethod>,
    /// Gifts they bought, the latest first; those that came to their end are forgotten after a while.
    pub gifts: Vec<Gift>,
}

impl UserState {
    /// The state after `decision` was committed to what this was loaded as.
    #[must_use]
    pub fn after(mut self, decision: &Decision) -> Self {
        let owner = self.user.as_ref().map(|user| user.id);
        let is_foreign = |user: UserId| owner.is_some_and(|owner| owner != user);
        for record in &decision.records {
            match record {
                // The inviter's or a gift's recipient's, whose new state nobody asks for.
                Record::User(User { id: user, .. })
                | Record::Subscription(Subscription { user, .. })
                | Record::Referrals(Referrals { user, .. })
                    if is_foreign(*user) => {}
                Record::Referrals(referrals) => {
                    let version = referrals.version + 1;
                    self.referrals = Some(Referrals { version, ..referrals.clone() });
                }
                Record::User(user) => self.user = Some(User { version: user.version + 1, ..user.clone() }),
                Record::Quote(quote) => {
                    self.quote = Some(Quote { version: quote.version + 1, ..quote.clone() });
                }
                Record::Dialog(dialog) => {
                    self.dialog = Some(Dialog { version: dialog.version + 1, ..dialog.clone() });
                }
                Record::Pace(pace) => {
                    self.pace = Some(Pace { version: pace.version + 1, ..pace.clone() });
                }
                Record::Promo(promo) => {
                    let stored = Promo { version: promo.version + 1, ..promo.clone() };
                    let known = self.promotion.filter(|known| known.promo.code == stored.code);
                    let activation = known.and_then(|known| known.activation);
                    self.promotion = Some(Box::new(Promotion { promo: stored, activation }));
                }
                Record::Activation(activation) => {
                    let stored = Activation { version: activation.version + 1, ..activation.clone() };
                    if let Some(known) = &mut self.promotion {
                        known.activation = Some(stored).filter(|stored| stored.code == known.promo.code);
                    }
                }
                Record::Subscription(changed) => {
                    self.subscriptions.retain(|old| old.no != changed.no);
                    let stored = Subscription { version: changed.version + 1, ..changed.clone() };
                    self.subscriptions.push(stored);
                    self.subscriptions.sort_by_key(|subscription| subscription.no);
                }
                Record::Method(changed) => {
                    self.saved.retain(|old| old.id != changed.id);
                    self.saved.push(SavedMethod { version: changed.version + 1, ..changed.clone() });
                    self.saved.sort_by_key(|method| method.id);
                }
                Record::OwnGift(changed) => {
                    if self.user.as_ref().is_some_and(|user| user.id == changed.giver) {
                        self.gifts.retain(|old| old.payment != changed.payment);
                        self.gifts.push(Gift { version: changed.version + 1, ..changed.clone() });
                        self.gifts.sort_by_key(|gift| std::cmp::Reverse((gift.bought_at, gift.payment)));
                    }
                }
                Record::Gift(_)
                | Record::Payment(_)
                | Record::Plan(_)
                | Record::OwnText(_)
                | Record::Package(_)
                | Record::ReferralCode { .. }
                | Record::Stray(_)
                | Record::Health(_)
                | Record::Sheet(_)
                | Record::Sync(_) => {}
            }
        }
        self
    }

    /// The subscription with this number.
    pub fn subscription(&self, no: SubscriptionNo) -> Option<&Subscription> {
        self.subscriptions.iter().find(|subscription| subscription.no == no)
    }
}

/// A person may not do this; shown to them, translated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The shop gives no trials.
    #[error("no trial is offered")]
    TrialOff,
    /// The one trial was taken.
    #[error("the trial was used")]
    TrialUsed,
    /// Trials are for people who have nothing yet.
    #[error("there is a subscription already")]
    HasSubscription,
    /// The plan is gone or hidden.
    #[error("the plan is not for sale")]
    PlanUnavailable,
    /// The offer ended, or was replaced.
    #[error("the quote has expired")]
    QuoteExpired,
    /// The plan has no price for this way to pay.
    #[error("this way to pay is not available")]
    MethodUnavailable,
    /// No such payment of this person.
    #[error("no such payment")]
    PaymentUnknown,
    /// It is paid already.
    #[error("already paid")]
    AlreadyPaid,
    /// What the provider wants to take is not what was agreed.
    #[error("not the agreed deal")]
    OtherDeal,
    /// The person is not registered.
    #[error("not registered")]
    NotRegistered,
    /// The balance does not cover it.
    #[error("not enough on the balance")]
    NotEnough,
    /// Not a sum that can be paid, sent back or put on a balance.
    #[error("not a possible amount")]
    BadAmount,
    /// A refund of this payment is under way, or nothing of it can go back.
    #[error("not refundable now")]
    NotRefundable,
    /// No such saved method of this person.
    #[error("no such saved method")]
    MethodUnknown,
    /// A provider renews it already: it is stopped there.
    #[error("a provider renews it")]
    RenewsElsewhere,
    /// No panel of that name was ever compared with the shop.
    #[error("no such panel")]
    PanelUnknown,
    /// It was done a short while ago.
    #[error("too soon")]
    TooSoon,
    /// There are several, and nobody said which one is meant.
    #[error("which subscription?")]
    Which,
    /// As many subscriptions as a person may have.
    #[error("no more subscriptions")]
    TooMany,
    /// Too long for a name.
    #[error("not a name")]
    BadName,
    /// No extra traffic can be bought for this subscription.
    #[error("no traffic to be added")]
    NoTraffic,
    /// There is nothing to renew.
    #[error("no subscription")]
    NoSubscription,
}
