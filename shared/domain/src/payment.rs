//! A payment and the machine of its states. Only this module moves a payment from state to state.

use crate::{
    GiftOrder, IdError, MethodId, Money, PackageId, PaymentId, QuoteId, Reduction, SubscriptionNo, Terms,
    UserId,
};
use jiff::Timestamp;
use std::{fmt, str::FromStr};

macro_rules! providers {
    ($($(#[$doc:meta])* $name:ident $text:literal),+ $(,)?) => {
        /// Who takes the money.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Provider { $($(#[$doc])* $name),+ }

        impl Provider {
            /// All of them, in the order of the menu unless the operator chose another.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The name in paths (`/webhook/yookassa`), callback data and records.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }
        }
    };
}

providers!(
    /// The buyer's own balance in the shop.
    Balance "balance",
    /// YooKassa: cards and SBP in rubles.
    Yookassa "yookassa",
    /// FreeKassa: cards and SBP.
    Freekassa "freekassa",
    /// Robokassa: cards and SBP in rubles.
    Robokassa "robokassa",
    /// WATA: cards and SBP.
    Wata "wata",
    /// Stripe: cards.
    Stripe "stripe",
    /// PayPal.
    Paypal "paypal",
    /// Crypto Pay (@CryptoBot).
    Cryptopay "cryptopay",
    /// Telegram Stars.
    Stars "stars",
    /// Tribute: sells by its own links, inside Telegram.
    Tribute "tribute",
);

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Provider {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::ALL.iter().copied().find(|provider| provider.name() == text).ok_or(IdError { kind: "provider" })
    }
}

macro_rules! states {
    ($($(#[$doc:meta])* $name:ident $text:literal),+ $(,)?) => {
        /// Where a payment stands.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum PaymentState { $($(#[$doc])* $name),+ }

        impl PaymentState {
            /// Every state.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The name in records.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }
        }
    };
}

states!(
    /// Written down; the provider may or may not know of it yet.
    Created "created",
    /// The provider waits for the buyer.
    Awaiting "awaiting",
    /// The money came and was credited.
    Succeeded "succeeded",
    /// The provider gave up on it.
    Canceled "canceled",
    /// We gave up waiting.
    Expired "expired",
    /// The provider refused to create it.
    Failed "failed",
    /// Money came, but not what was agreed: an operator decides.
    Held "held",
    /// A refund is under way.
    Refunding "refunding",
    /// Part of the money went back.
    PartiallyRefunded "partially_refunded",
    /// All of the money went back.
    Refunded "refunded",
    /// The payer's bank disputes it.
    Disputed "disputed",
);

impl fmt::Display for PaymentState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for PaymentState {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let found = Self::ALL.iter().find(|state| state.name() == text);
        found.copied().ok_or(IdError { kind: "payment state" })
    }
}

/// What can happen to a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// The provider took the order.
    Accepted,
    /// The agreed money came.
    Paid,
    /// Money came, but another sum, currency or mode.
    PaidOtherwise,
    /// The provider canceled it.
    Canceled,
    /// Nobody paid in time.
    TimedOut,
    /// It could not be created.
    Refused,
    /// We asked for a refund.
    RefundRequested,
    /// Part of the money went back.
    RefundedInPart,
    /// All of it went back.
    RefundedInFull,
    /// The bank disputes it.
    Disputed,
    /// An operator took held money as good.
    Released,
}

impl PaymentState {
    /// The state after `signal`, or `None` if it changes nothing (a repetition, a late or senseless signal).
    ///
    /// Money that comes late is money: `Paid` counts after `Expired`, `Canceled` and `Failed` too. Nothing but a refund
    /// or a dispute leaves `Succeeded`.
    pub fn after(self, signal: Signal) -> Option<Self> {
        use PaymentState as S;
        let open = matches!(self, S::Created | S::Awaiting);
        let unpaid = open || matches!(self, S::Canceled | S::Expired | S::Failed);
        let paid = matches!(self, S::Succeeded | S::Refunding | S::PartiallyRefunded);
        match signal {
            Signal::Accepted if self == S::Created => Some(S::Awaiting),
            Signal::Paid if unpaid => Some(S::Succeeded),
            Signal::PaidOtherwise if unpaid => Some(S::Held),
            Signal::Canceled if open => Some(S::Canceled),
            Signal::TimedOut if open => Some(S::Expired),
            Signal::Refused if open => Some(S::Failed),
            Signal::RefundRequested if matches!(self, S::Succeeded | S::PartiallyRefunded | S::Held) => {
                Some(S::Refunding)
            }
            Signal::RefundedInPart if paid => Some(S::PartiallyRefunded),
            // What is left of it still waits for the operator.
            Signal::RefundedInPart if self == S::Held => Some(S::Held),
            Signal::Released if self == S::Held => Some(S::Succeeded),
            Signal::RefundedInFull if paid || matches!(self, S::Held | S::Disputed) => Some(S::Refunded),
            Signal::Disputed if paid || self == S::Held => Some(S::Disputed),
            _ => None,
        }
    }

    /// Money of it came, whatever became of it then.
    pub fn is_settled(self) -> bool {
        matches!(
            self,
            Self::Succeeded
                | Self::Held
                | Self::Refunding
                | Self::PartiallyRefunded
                | Self::Refunded
                | Self::Disputed
        )
    }

    /// The buyer may still pay.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Created | Self::Awaiting)
    }
}

/// What a payment is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Goods {
    /// A plan.
    Plan(Terms),
    /// A plan for somebody else.
    Gift(Box<GiftOrder>),
    /// Extra traffic for the payment's subscription.
    Traffic {
        /// Which package.
        package: PackageId,
        /// How many bytes.
        bytes: u64,
    },
    /// Money for the balance.
    TopUp,
    /// Nothing: a method is saved without paying.
    Method,
}

impl Goods {
    /// The plan's terms, if a plan is bought for the buyer.
    pub fn terms(&self) -> Option<&Terms> {
        match self {
            Self::Plan(terms) => Some(terms),
            Self::Gift(_) | Self::Traffic { .. } | Self::TopUp | Self::Method => None,
        }
    }

    /// The terms of what is bought, for whomever.
    pub fn any_terms(&self) -> Option<&Terms> {
        match self {
            Self::Gift(order) => Some(&order.terms),
            other => other.terms(),
        }
    }

    /// The same is bought on the same terms; of gifts whatever their codes are.
    pub fn is_same_deal(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Gift(one), Self::Gift(other)) => one.terms == other.terms && one.days == other.days,
            (one, other) => one == other,
        }
    }
}

/// What a refund does to the time that was bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimePolicy {
    /// The buyer keeps it.
    Keep,
    /// It is cut by the same share as the money.
    Cut,
    /// It ends now.
    End,
}

impl TimePolicy {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Keep, Self::Cut, Self::End];

    /// The name in settings, records and buttons.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Cut => "cut",
            Self::End => "end",
        }
    }
}

impl fmt::Display for TimePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for TimePolicy {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::ALL.into_iter().find(|policy| policy.name() == text).ok_or(IdError { kind: "time policy" })
    }
}

/// A refund that was asked for and is not finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// Which refund of this payment, from 1: with the payment's id the idempotency key.
    pub no: u32,
    /// How much.
    pub amount: Money,
    /// What it does to the time.
    pub time: TimePolicy,
    /// The provider's id of it, once told.
    pub external_id: Option<String>,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// What the payment was before: it is that again if the refund fails.
    pub before: PaymentState,
}

/// One attempt to be paid through one provider, with everything agreed frozen in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// Our id, which the provider carries as the order id.
    pub id: PaymentId,
    /// Who pays.
    pub user: UserId,
    /// Through whom.
    pub provider: Provider,
    /// How much the provider is to take.
    pub amount: Money,
    /// How much more is taken from the balance, in the same currency, when the provider's money comes.
    pub from_balance: Option<Money>,
    /// What a promo code took off the price.
    pub promo: Option<Reduction>,
    /// What is bought.
    pub goods: Goods,
    /// For which subscription.
    pub no: SubscriptionNo,
    /// From which quote.
    pub quote: QuoteId,
    /// Where it stands.
    pub state: PaymentState,
    /// The provider's id: of the order while it waits, of the charge once paid.
    pub external_id: Option<String>,
    /// The page on which to pay.
    pub pay_url: Option<String>,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When we stop waiting.
    pub expires_at: Timestamp,
    /// When the money came.
    pub paid_at: Option<Timestamp>,
    /// When the sweeper should ask the provider next.
    pub next_at: Option<Timestamp>,
    /// The buyer agreed that the method is saved.
    pub save_method: bool,
    /// It renews itself at the provider (Stars, every 30 days).
    pub recurring: bool,
    /// Charged without the buyer: which of their methods.
    pub charge: Option<MethodId>,
    /// What came, once something did.
    pub received: Option<Money>,
    /// The time it bought: the end moved from the first to the second.
    pub granted: Option<(Timestamp, Timestamp)>,
    /// Minor units of `received` that went back to the payer so far, as the provider counts them.
    pub refunded: i64,
    /// Minor units of `received` that went to the buyer's balance instead.
    pub to_balance: i64,
    /// What it brought for somebody having brought the buyer.
    pub earned: Option<crate::referral::Earned>,
    /// The refund that is under way.
    pub refund: Option<Refund>,
    /// 0 = not stored yet.
    pub version: u64,
}

impl Payment {
    /// The idempotency key of its open refund.
    pub fn refund_key(&self, no: u32) -> String {
        format!("{}-r{no}", self.id)
    }

    /// What of it has not gone back yet.
    pub fn refundable(&self) -> Money {
        let received = self.received.unwrap_or(Money::new(0, self.amount.currency));
        Money::new((received.minor - self.refunded - self.to_balance).max(0), received.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SIGNALS: [Signal; 11] = [
        Signal::Accepted,
        Signal::Paid,
        Signal::PaidOtherwise,
        Signal::Canceled,
        Signal::TimedOut,
        Signal::Refused,
        Signal::RefundRequested,
        Signal::RefundedInPart,
        Signal::RefundedInFull,
        Signal::Disputed,
        Signal::Released,
    ];

    fn run(signals: &[usize]) -> (Vec<PaymentState>, usize) {
        let (mut seen, mut credits) = (vec![PaymentState::Created], 0);
        for index in signals {
            let signal = SIGNALS[*index];
            if let Some(next) = seen.last().unwrap().after(signal) {
                credits += usize::from(signal == Signal::Paid);
                seen.push(next);
            }
        }
        (seen, credits)
    }

    proptest! {
        #[test]
        fn credited_at_most_once_in_any_order(signals in proptest::collection::vec(0..SIGNALS.len(), 0..40)) {
            let (_, credits) = run(&signals);
            prop_assert!(credits <= 1);
        }

        #[test]
        fn a_payment_that_came_is_never_lost(signals in proptest::collection::vec(0..SIGNALS.len(), 0..40)) {
            let (seen, credits) = run(&signals);
            let paid = signals.iter().any(|s| matches!(SIGNALS[*s], Signal::Paid | Signal::PaidOtherwise));
            let held = seen.contains(&PaymentState::Held);
            prop_assert_eq!(paid, credits == 1 || held);
        }

        #[test]
        fn repeating_a_signal_changes_nothing(signals in proptest::collection::vec(0..SIGNALS.len(), 0..40)) {
            let doubled: Vec<usize> = signals.iter().flat_map(|s| [*s, *s]).collect();
            let (once, twice) = (run(&signals).0, run(&doubled).0);
            prop_assert_eq!(once.last(), twice.last());
        }
    }

    #[test]
    fn success_is_final_against_what_comes_late() {
        for late in
            [Signal::Canceled, Signal::TimedOut, Signal::Refused, Signal::Accepted, Signal::PaidOtherwise]
        {
            assert_eq!(PaymentState::Succeeded.after(late), None, "{late:?}");
        }
    }

    #[test]
    fn what_is_left_of_held_money_stays_held() {
        assert_eq!(PaymentState::Held.after(Signal::RefundedInPart), Some(PaymentState::Held));
        assert_eq!(PaymentState::Held.after(Signal::RefundedInFull), Some(PaymentState::Refunded));
    }

    #[test]
    fn late_money_counts() {
        for state in [PaymentState::Expired, PaymentState::Canceled, PaymentState::Failed] {
            assert_eq!(state.after(Signal::Paid), Some(PaymentState::Succeeded), "{state:?}");
        }
    }

    #[test]
    fn names_read_back() {
        for state in PaymentState::ALL {
            assert_eq!(state.name().parse(), Ok(*state));
        }
        for provider in Provider::ALL {
            assert_eq!(provider.name().parse(), Ok(*provider));
        }
    }
}
