//! Events: what happened, who did it, why. Written by the same transaction as the change, never altered.
//!
//! They are the outbox (the stream turns them into jobs), the audit log and a payment's timeline.
#![allow(missing_docs, reason = "the sentence of a variant speaks of its fields")]

use crate::{
    EventId, IdError, Language, Money, PackageId, PanelId, PaymentId, PlanId, PromoCode, PromoEffect,
    Provider, Reward, SubscriptionNo, TimePolicy, UserId, Zone,
    provisioning::Cause,
    sync::{Counts, Depth},
    upkeep::Stage,
    usage::News,
};
use jiff::{Timestamp, civil::Date};
use std::{fmt, str::FromStr};

/// Who caused an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// The buyer, by a message or a button.
    Buyer,
    /// A payment provider, by a verified report.
    Provider(Provider),
    /// The panel.
    Panel,
    /// The shop itself: a worker or the schedule.
    System,
    /// One of the operators.
    Operator(UserId),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Buyer => f.write_str("buyer"),
            Self::Provider(provider) => provider.fmt(f),
            Self::Panel => f.write_str("panel"),
            Self::System => f.write_str("system"),
            Self::Operator(id) => write!(f, "operator/{id}"),
        }
    }
}

impl FromStr for Actor {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        match text {
            "buyer" => Ok(Self::Buyer),
            "panel" => Ok(Self::Panel),
            "system" => Ok(Self::System),
            other => match other.strip_prefix("operator/") {
                Some(id) => id.parse().map(Self::Operator),
                None => other.parse().map(Self::Provider),
            },
        }
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventKind {
    /// First contact.
    Registered { referrer: Option<UserId>, campaign: Option<String> },
    /// The buyer chose a language.
    LanguageChosen { language: Language },
    /// The buyer chose a time zone; `None` = the shop's.
    ZoneChosen { zone: Option<Zone> },
    /// The buyer asked for a code at an e-mail address, at that moment.
    EmailCodeDue { asked_at: Timestamp },
    /// The buyer has shown that this e-mail address (masked) is theirs.
    EmailConfirmed { email: String },
    /// The buyer took the address (masked) off.
    EmailRemoved { email: String },
    /// There is no such address (masked), says its server.
    EmailRefused { email: String },
    /// The buyer wants letters, or none.
    LettersSet { on: bool },
    /// The one trial began.
    TrialStarted { no: SubscriptionNo, end: Timestamp },
    /// A payment was opened at the provider.
    PaymentOpened { payment: PaymentId, provider: Provider, amount: Money, plan: Option<PlanId> },
    /// Money came and bought time: the end moved `from` → `to`.
    Credited {
        payment: PaymentId,
        external_id: String,
        amount: Money,
        from_balance: Option<Money>,
        plan: PlanId,
        no: SubscriptionNo,
        from: Option<Timestamp>,
        to: Timestamp,
    },
    /// Money came and bought extra traffic for a subscription.
    TrafficBought {
        payment: PaymentId,
        external_id: String,
        amount: Money,
        from_balance: Option<Money>,
        package: PackageId,
        no: SubscriptionNo,
        bytes: u64,
    },
    /// Extra traffic is over: its time ended, or money of this `payment` went back.
    TrafficEnded { no: SubscriptionNo, bytes: u64, payment: Option<PaymentId> },
    /// Money came and bought a gift, which waits to be opened.
    GiftBought {
        payment: PaymentId,
        external_id: String,
        amount: Money,
        from_balance: Option<Money>,
        plan: PlanId,
    },
    /// In the recipient's history: they opened the gift that `payment` paid; the end moved `from` → `to`.
    GiftOpened {
        payment: PaymentId,
        giver: UserId,
        plan: PlanId,
        no: SubscriptionNo,
        from: Option<Timestamp>,
        to: Timestamp,
    },
    /// In the giver's history: somebody else opened the gift.
    GiftTaken { payment: PaymentId, by: UserId },
    /// In the recipient's history: money of the gift went back, and the time with it: the end moved `from` → `to`.
    GiftCut { payment: PaymentId, no: SubscriptionNo, from: Timestamp, to: Timestamp },
    /// Nobody has opened the gift yet, and it goes back soon.
    GiftReminded { payment: PaymentId },
    /// Nobody opened the gift: `amount` is on the giver's balance, with the part of its price that came from there.
    GiftReturned { payment: PaymentId, amount: Money },
    /// Money came and went to the buyer's balance; as a `shortfall` because what it was to buy could not be
    /// had any more: the balance that was to pay the rest was spent, or the subscription that it was for had ended.
    ToppedUp { payment: PaymentId, external_id: String, amount: Money, shortfall: bool },
    /// Money came that does not fit the deal; an operator decides.
    PaymentHeld {
        payment: PaymentId,
        external_id: String,
        expected: Money,
        received: Money,
        reason: HoldReason,
    },
    /// The provider or the buyer gave up.
    PaymentCanceled { payment: PaymentId, reason: String },
    /// Nobody paid in time.
    PaymentExpired { payment: PaymentId },
    /// An operator asked for a refund.
    RefundRequested { payment: PaymentId, no: u32, amount: Money, time: TimePolicy },
    /// This much went back, to the payer or to the balance; `full`: now all of it. The end moved from the first moment
    /// to the second, if time was cut. `missing`: what the balance could not give back of a top-up.
    PaymentRefunded {
        payment: PaymentId,
        amount: Money,
        full: bool,
        to_balance: bool,
        no: SubscriptionNo,
        cut: Option<(Timestamp, Timestamp)>,
        missing: Option<Money>,
    },
    /// A refund that was asked for will not happen.
    RefundFailed { payment: PaymentId, no: u32, reason: String },
    /// The payer's bank takes the money back.
    PaymentDisputed {
        payment: PaymentId,
        reason: String,
        no: SubscriptionNo,
        cut: Option<(Timestamp, Timestamp)>,
    },
    /// A way to pay was saved.
    MethodSaved { provider: Provider, title: String },
    /// A saved way to pay was removed.
    MethodRemoved { provider: Provider, title: String, reason: String },
    /// How the subscription goes on after its end was changed: `None` = it just ends.
    RenewalSet { no: SubscriptionNo, by: Option<Provider> },
    /// A saved method is charged for the next period.
    RenewalStarted { no: SubscriptionNo, payment: PaymentId, amount: Money, attempt: u8 },
    /// The charge was declined, or could not be made; `last`: it is not tried again.
    RenewalFailed { no: SubscriptionNo, end: Timestamp, reason: String, last: bool },
    /// Authentic news of money that belongs to no payment of ours.
    StrayReported { provider: Provider, external_id: String, amount: Option<Money> },
    /// What a stray belonged to was found.
    StrayResolved { provider: Provider, external_id: String },
    /// A day's balance sheet is complete; `balanced`: no difference anywhere.
    SheetClosed { day: Date, balanced: bool },
    /// The panel grants what was bought.
    Provisioned { no: SubscriptionNo, revision: u64, end: Timestamp, causes: Vec<Cause> },
    /// The panel cannot be reached; the buyer waits.
    ProvisionDelayed { no: SubscriptionNo, revision: u64, causes: Vec<Cause> },
    /// A later end, given in the panel by a person, was adopted.
    EndAdopted { no: SubscriptionNo, from: Timestamp, to: Timestamp },
    /// A delivery did not arrive in time and is asked for again.
    RedeliveryDue { no: SubscriptionNo, revision: u64 },
    /// A reminder came due (or the end).
    Reminded { no: SubscriptionNo, stage: Stage, end: Timestamp },
    /// The panel says that the account changed there.
    PanelHint { no: SubscriptionNo, hint: String },
    /// The panel told something about its use that the buyer is told too. The entitlement was at `revision` then.
    UseReported { no: SubscriptionNo, revision: u64, news: News },
    /// The link that the buyer has is dead; the panel has confirmed a new one.
    LinkChanged { no: SubscriptionNo },
    /// The account that the subscription needs is somebody else's there: an operator must decide.
    AccountForeign { no: SubscriptionNo, panel: PanelId, username: String },
    /// A server behind a panel was lost, or is back.
    NodeChanged { panel: PanelId, node: String, up: bool },
    /// Nobody can be looked up in the channel that people have to join.
    GateBroken { channel: String, reason: String },
    /// A comparison found the account other than confirmed: these fields, or `account` if it is gone. Delivery looks.
    DriftFound { no: SubscriptionNo, panel: PanelId, fields: Vec<String> },
    /// The buyer took a new link.
    LinkReset { no: SubscriptionNo },
    /// The buyer unlinked a device, or `all` of them.
    DevicesUnlinked { no: SubscriptionNo, all: bool },
    /// An account that was in the panel before us was taken over as it is.
    Imported { no: SubscriptionNo, panel: PanelId, username: String, end: Timestamp },
    /// An operator asked for a comparison of a panel with the shop.
    SyncAsked { panel: PanelId, run: u32, depth: Depth },
    /// A comparison is complete; `told`: the operators are to hear of it.
    SyncEnded { panel: PanelId, run: u32, depth: Depth, counts: Counts, told: bool },
    /// A panel tells another version than before; `newer`: than any that we know.
    PanelVersion { panel: PanelId, version: String, newer: bool },
    /// The account in a panel that the subscription moved away from is deleted.
    PanelLeft { no: SubscriptionNo, panel: PanelId },
    /// A promo code acted: on the balance, on subscription `no`, whose end may have moved `from` → `to`, or (without
    /// either) on the trial that is still to begin.
    PromoApplied {
        code: PromoCode,
        effect: PromoEffect,
        no: Option<SubscriptionNo>,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    },
    /// A promo code took `off` what was paid.
    PromoConsumed { code: PromoCode, payment: PaymentId, off: Money },
    /// Somebody tries codes: so many failed in a day.
    PromoGuessed { failures: u32 },
    /// Somebody pressed `requests` times within a minute and is not answered before `until`; `told`: the operators hear
    /// of it.
    PaceStopped { requests: u32, until: Timestamp, told: bool },
    /// An operator made a promo code.
    PromoCreated { code: PromoCode, effect: PromoEffect },
    /// An operator switched a promo code off.
    PromoOff { code: PromoCode },
    /// A friend bought: the inviter got this, on the balance, on subscription `no`, whose end moved `from` → `to`, or
    /// (without either) as days that wait.
    ReferralRewarded {
        friend: UserId,
        payment: PaymentId,
        reward: Reward,
        no: Option<SubscriptionNo>,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    },
    /// A purchase brought the buyer this on top, for having been brought by somebody.
    ReferralBonus {
        payment: PaymentId,
        reward: Reward,
        no: Option<SubscriptionNo>,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    },
    /// Days that had waited were added.
    ReferralDaysAdded { days: u16, no: SubscriptionNo, from: Timestamp, to: Timestamp },
    /// The purchase behind a reward (of `friend`) or a bonus went back: of money, this much was taken back.
    ReferralReversed { payment: PaymentId, friend: Option<UserId>, reward: Reward, taken: Option<Money> },
    /// The buyer blocked the bot (or came back).
    ReachabilityChanged { unreachable: bool },
    /// An operator put a text in own words (or back).
    TextChanged { key: String, language: Language, own: bool },
    /// The window was filled from the settings.
    PlansSeeded { plans: Vec<PlanId> },
    /// The window was filled with traffic packages from the settings.
    PackagesSeeded { packages: Vec<PackageId> },
}

/// Why money is held instead of credited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldReason {
    /// Another sum or currency than agreed.
    Amount,
    /// Test money in a live shop, or the reverse.
    Mode,
    /// There is nobody to credit it to.
    Buyer,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its id; sorts by time.
    pub id: EventId,
    /// In whose history it stands; `None` = the shop's own.
    pub user: Option<UserId>,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// What.
    pub kind: EventKind,
}

impl Event {
    /// An event in a buyer's history. `key` names the decision it belongs to: the same decision gives the same id.
    pub fn new(user: UserId, at: Timestamp, actor: Actor, kind: EventKind, key: &str) -> Self {
        let id = EventId::derive(at, &format!("{user}/{key}/{}", kind.name()));
        Self { id, user: Some(user), at, actor, kind }
    }

    /// An event in the shop's own history.
    pub fn of_shop(at: Timestamp, actor: Actor, kind: EventKind, key: &str) -> Self {
        let id = EventId::derive(at, &format!("shop/{key}/{}", kind.name()));
        Self { id, user: None, at, actor, kind }
    }
}

impl EventKind {
    /// The name in records and logs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Registered { .. } => "registered",
            Self::LanguageChosen { .. } => "language_chosen",
            Self::ZoneChosen { .. } => "zone_chosen",
            Self::EmailCodeDue { .. } => "email_code_due",
            Self::EmailConfirmed { .. } => "email_confirmed",
            Self::EmailRemoved { .. } => "email_removed",
            Self::EmailRefused { .. } => "email_refused",
            Self::LettersSet { .. } => "letters_set",
            Self::TrialStarted { .. } => "trial_started",
            Self::PaymentOpened { .. } => "payment_opened",
            Self::Credited { .. } => "credited",
            Self::TrafficBought { .. } => "traffic_bought",
            Self::TrafficEnded { .. } => "traffic_ended",
            Self::PaymentHeld { .. } => "payment_held",
            Self::PaymentCanceled { .. } => "payment_canceled",
            Self::PaymentExpired { .. } => "payment_expired",
            Self::GiftBought { .. } => "gift_bought",
            Self::GiftOpened { .. } => "gift_opened",
            Self::GiftTaken { .. } => "gift_taken",
            Self::GiftCut { .. } => "gift_cut",
            Self::GiftReminded { .. } => "gift_reminded",
            Self::GiftReturned { .. } => "gift_returned",
            Self::ToppedUp { .. } => "topped_up",
            Self::RefundRequested { .. } => "refund_requested",
            Self::PaymentRefunded { .. } => "payment_refunded",
            Self::RefundFailed { .. } => "refund_failed",
            Self::PaymentDisputed { .. } => "payment_disputed",
            Self::MethodSaved { .. } => "method_saved",
            Self::MethodRemoved { .. } => "method_removed",
            Self::RenewalSet { .. } => "renewal_set",
            Self::RenewalStarted { .. } => "renewal_started",
            Self::RenewalFailed { .. } => "renewal_failed",
            Self::StrayReported { .. } => "stray_reported",
            Self::StrayResolved { .. } => "stray_resolved",
            Self::SheetClosed { .. } => "sheet_closed",
            Self::Provisioned { .. } => "provisioned",
            Self::ProvisionDelayed { .. } => "provision_delayed",
            Self::EndAdopted { .. } => "end_adopted",
            Self::RedeliveryDue { .. } => "redelivery_due",
            Self::Reminded { .. } => "reminded",
            Self::PanelHint { .. } => "panel_hint",
            Self::UseReported { .. } => "use_reported",
            Self::LinkChanged { .. } => "link_changed",
            Self::AccountForeign { .. } => "account_foreign",
            Self::NodeChanged { .. } => "node_changed",
            Self::GateBroken { .. } => "gate_broken",
            Self::DriftFound { .. } => "drift_found",
            Self::LinkReset { .. } => "link_reset",
            Self::DevicesUnlinked { .. } => "devices_unlinked",
            Self::Imported { .. } => "imported",
            Self::SyncAsked { .. } => "sync_asked",
            Self::SyncEnded { .. } => "sync_ended",
            Self::PanelVersion { .. } => "panel_version",
            Self::PanelLeft { .. } => "panel_left",
            Self::PromoApplied { .. } => "promo_applied",
            Self::PromoConsumed { .. } => "promo_consumed",
            Self::PromoGuessed { .. } => "promo_guessed",
            Self::PaceStopped { .. } => "pace_stopped",
            Self::PromoCreated { .. } => "promo_created",
            Self::PromoOff { .. } => "promo_off",
            Self::ReferralRewarded { .. } => "referral_rewarded",
            Self::ReferralBonus { .. } => "referral_bonus",
            Self::ReferralDaysAdded { .. } => "referral_days_added",
            Self::ReferralReversed { .. } => "referral_reversed",
            Self::ReachabilityChanged { .. } => "reachability_changed",
            Self::TextChanged { .. } => "text_changed",
            Self::PlansSeeded { .. } => "plans_seeded",
            Self::PackagesSeeded { .. } => "packages_seeded",
        }
    }
}
