//! An event.

use super::{
    parts::{HoldReasonShape, NewsShape, UserIdShape, item},
    sync::CountsShape,
};
use domain::{
    Actor, Event, EventId, EventKind, Language, Money, PackageId, PaymentId, PlanId, PromoCode, PromoEffect,
    Provider, Reward, SubscriptionNo, TimePolicy, UserId, Zone,
    event::HoldReason,
    provisioning::Cause,
    sync::{Counts, Depth},
    upkeep::Stage,
    usage::News,
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use serde_with::{DefaultOnError, DisplayFromStr, serde_as};

/// Refunds were first written down when a buyer had one subscription.
fn first() -> SubscriptionNo {
    SubscriptionNo::FIRST
}

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "EventKind", rename_all = "snake_case", tag = "kind")]
enum KindShape {
    Registered {
        #[serde_as(as = "Option<UserIdShape>")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        referrer: Option<UserId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        campaign: Option<String>,
    },
    LanguageChosen {
        #[serde_as(as = "DisplayFromStr")]
        language: Language,
    },
    ZoneChosen {
        #[serde_as(as = "DefaultOnError<Option<DisplayFromStr>>")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        zone: Option<Zone>,
    },
    EmailCodeDue {
        asked_at: Timestamp,
    },
    EmailConfirmed {
        email: String,
    },
    EmailRemoved {
        email: String,
    },
    EmailRefused {
        email: String,
    },
    LettersSet {
        on: bool,
    },
    TrialStarted {
        #[serde_as(as = "DisplayFromStr")]
        no: SubscriptionNo,
        end: Timestamp,
    },
    PaymentOpened {
        #[serde_as(as = "DisplayFromStr")]
        payment: PaymentId,
        #[serde_as(as = "DisplayFromStr")]
        provider: Provider,
        #[serde_as(as = "DisplayFromStr")]
        amount: Money,
        #[serde_as(as = "Option<DisplayFromStr>")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        plan: Option<PlanId>,
    },
    Credited {
        #[serde_as(as = "DisplayFromStr")]
        payment: PaymentId,
        external_id: String,
        #[serde_as(as = "DisplayFromStr")]
        amount: Money,
        #[serde_as(as = "Option<DisplayFromStr>")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from_balance: Option<Money>,
        #[serde_as(as = "DisplayFromStr")]
        plan: PlanId,
        #[serde_as(as = "DisplayFromStr")]
        no: SubscriptionNo,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Timestamp>,
        to: Timestamp,
    },
    TrafficBought {
        #[serde_as(as = "DisplayFromStr")]
        payment: PaymentId,
        external_id: String,
        #[serde_as(as = "DisplayFromStr")]
        amount: Money,
        #[serde_as(as = "Option<DisplayFromStr>")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from_balance: Option<Money>,
        #[serde_as(as = "DisplayFromStr")]
        package: PackageId,
        #[serde_as(as = "DisplayFromStr")]
        no: SubscriptionNo,
        bytes: u64,
    },
    TrafficEnded {
        #[serde_as(as = "DisplayFromStr")]
        no: SubscriptionNo,
        bytes: u64,
        #[serde_as(as = "Option<DisplayFromStr>")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        payment: Option<PaymentId>,
    },
    GiftBought {
        #[serde_as(as = "DisplayFromStr")]
        payment: PaymentId,
        external_id: String,
        #[serde_as(as = "DisplayFromStr")]
        amount: Money,
        #[serde_as(as = "Option<DisplayFromStr>")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from_balance: Option<Money>,
        #[serde_as(as = "DisplayFromStr")]
        plan: PlanId,
    },
    GiftOpened {
        #[serde_as(as = "DisplayFromStr")]
        payment: PaymentId,
        #[serde_as(as = "UserIdShape")]
        giver: UserId,
        #[serde_as(as = "DisplayFromStr")]
        plan: PlanId,
        #[serde_as(as = "DisplayFromStr")]
        no: SubscriptionNo,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Timestamp>,
        to: Timestamp,
    },
    GiftTaken {
        #[serde_as(as = "DisplayFromStr")]
        payment: PaymentId,
        #[serde_as(as = "UserIdShape")]
        by: UserId,
    },
    GiftCut {
        #[serde_as(as = "DisplayFromStr")]
        payment: PaymentId,
        #[serde_as(as = "DisplayFromStr")]
        no: SubscriptionNo,
        from: Timestamp,
        to: Timestamp,
    },
    GiftReminded {
        #[serde_as(as = "DisplayFromStr")]
        payment: PaymentId,
    },
    GiftReturned {
        #[serde_as(as = "DisplayFromStr")]
        payment: PaymentId,
        #[serde_as(as = "DisplayFromStr")]
        amount: Money,
    },
    ToppedUp {
        #[serde_as(as = "DisplayFromStr")]
        payment: PaymentId,
        external_id: String,
        #[serde_as(as = "DisplayFromStr")]
        amount: Money,
        shortfall: bool,
    },
    PaymentHeld {
        #[serde_as(as = "DisplayFromStr")]
        payment: PaymentId,
        external_id: String,
        #[serde_as(as = "DisplayFromStr")]
        expected: Money,
        #[serde_as(as = "DisplayFromStr")]
        received: Money,
        #[serde(with = "HoldReasonShape")]
        reason: HoldReason,
    },
    PaymentCanceled {
        #[serde_as(as = "DisplayFromStr")]
        payment: PaymentId,
        reason: String,
    },
    PaymentExpired {
        #[serde_as(as = "DisplayFromStr")]
        payment: PaymentId,
    },
    RefundRequested {
        #[serde_as(as = "DisplayFromStr")]
        payment: PaymentId,
        no: u32,
        #[serde_as(as = "DisplayFromStr")]
        amount: Money,
        #[serde_as(as = "DisplayFromStr")]
        time: TimePolicy,
    },
    PaymentRefunded {
        #[serde_as(as = "DisplayFromStr")]
        payment: PaymentId,
        #[serde_as(as = "DisplayFromStr")]
        amount: Money,
        full: bool,
        #[serde(default)]
        to_balance: bool,
        #[serde_as(as = "DisplayFromStr")]
        #[serde(default = "first")]
        no: SubscriptionNo,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cut: Option<(Timestamp, Timestamp)>,
        #[serde_as(as = "Option<DisplayFromStr>")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        missing: Option<Money>,
    },
    RefundFailed {
        #[serde_as(as = "DisplayFromStr")]
        payment: PaymentId,
        no: u32,
        reason: String,
    },
    PaymentDisputed {
        #[serde_as(as = "DisplayFromStr")]
        payment: PaymentId,
        reason: String,
        #[serde_as(as = "DisplayFromStr")]
        no: SubscriptionNo,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cut: Option<(Timestamp, Timestamp)>,
    },
    MethodSaved {
        #[serde_as(as = "DisplayFromStr")]
        provider: Provider,
        title: String,
    },
    MethodRemoved {
        #[serde_as(as = "DisplayFromStr")]
        provider: Provider,
        title: String,
        reason: String,
    },
    RenewalSet {
        #[serde_as(as = "DisplayFromStr")]
        no: SubscriptionNo,
        #[serde_as(as = "Option<DisplayFromStr>")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Provider>,
    },
    RenewalStarted {
        #[serde_as(as = "DisplayFromStr")]
        no: SubscriptionNo,
        #[serde_as(as = "DisplayFromStr")]
        payment: PaymentId,
        #[serde_as(as = "DisplayFromStr")]
        amount: Money,
        attempt: u8,
    },
    RenewalFailed {
        #[serde_as(as = "DisplayFromStr")]
        no: SubscriptionNo,
        end: Timestamp,
        reason: String,
        last: bool,
    },
    StrayReported {
        #[serde_as(as = "DisplayFromStr")]
        provider: Provider,
        external_id: String,
        #[serde_as(as = "Option<DisplayFromStr>")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        amount: Option<Money>,
    },
    StrayResolved {
        #[serde_as(as = "DisplayFromStr")]
        provider: Provider,
        external_id: String,
    },
    SheetClosed {
        day: Date,
        balanced: bool,
    },
    Provisioned {
        #[serde_as(as = "DisplayFromStr")]
        no: SubscriptionNo,
        revision: u64,
        end: Timestamp,
        #[serde_as(as = "Vec<DisplayFromStr>")]
        causes: Vec<Cause>,
    },
    ProvisionDelayed {
        #[serde_as(as = "DisplayFromStr")]
        no: SubscriptionNo,
        revision: u64,
        #[serde_as(as = "Vec<DisplayFromStr>")]
        causes: Vec<Cause>,
    },
    EndAdopted {
        #[serde_as(as = "DisplayFromStr")]
        no: SubscriptionNo,
        from: Timestamp,
        to: Timestamp,
    },
    RedeliveryDue {
        #[serde_as(as = "DisplayFromStr")]
        no: SubscriptionNo,
        revision: u64,
    },
    Reminded {
        #[serde_as(as = "DisplayFromStr")]
        no: SubscriptionNo,
        #[serde_as(as = "DisplayFromStr")]
        stage: Stage,
        end: Timestamp,
    },
    PanelHint {
        #[serde_as(as = "DisplayFromStr")]
        no: SubscriptionNo,
        hint: String,
    },
    UseReported {
        #[serde_as(as = "DisplayFromStr")]
        no: SubscriptionNo,
        revision: u64,
        #[serde(with = "NewsShape")]
        news: News,
    },
    LinkChanged {
        #[serde_as(as = "DisplayFromStr")]
        no: SubscriptionNo,
    },
    AccountForeign {
        #[serde_as(as = "DisplayFromStr")]
        no: SubscriptionNo,
        #[serde_as(as = "DisplayFromStr")]
        panel: domain::PanelId,
        username: String,
    },
    NodeChanged {
        #[serde_as(as = "DisplayFromStr")]
        panel: domain::PanelId,
        node: String,
        up: bool,
    },
    GateBroken {
        channel: String,
        reason: String,
    },
    DriftFound {
        #[serde_as(as = "DisplayFromStr")]
        no: SubscriptionNo,
        #[serde_as(as = "DisplayFromStr")]
        panel: domain::PanelId,
        fields: Vec<String>,
    },
    LinkReset {
        #[serde_as(as = "DisplayFromStr")]
        no: SubscriptionNo,
    },
    DevicesUnlinked {
        #[serde_as(as = "DisplayFromStr")]
        no: SubscriptionNo,
        all: bool,
    },
    Imported {
        #[serde_as(as = "DisplayFromStr")]
        no: SubscriptionNo,
        #[serde_as(as = "DisplayFromStr")]
        panel: domain::PanelId,
        username: String,
        end: Timestamp,
    },
    SyncAsked {
        #[serde_as(as = "DisplayFromStr")]
        panel: domain::PanelId,
        run: u32,
        #[serde_as(as = "DisplayFromStr")]
        depth: Depth,
    },
    SyncEnded {
        #[serde_as(as = "DisplayFromStr")]
        panel: domain::PanelId,
        run: u32,
        #[serde_as(as = "DisplayFromStr")]
        depth: Depth,
        #[serde(with = "CountsShape")]
        counts: Counts,
        told: bool,
    },
    PanelVersion {
        #[serde_as(as = "DisplayFromStr")]
        panel: domain::PanelId,
        version: String,
        newer: bool,
    },
    PanelLeft {
        #[serde_as(as = "DisplayFromStr")]
        no: SubscriptionNo,
        #[serde_as(as = "DisplayFromStr")]
        panel: domain::PanelId,
    },
    PromoApplied {
        #[serde_as(as = "DisplayFromStr")]
        code: PromoCode,
        #[serde_as(as = "DisplayFromStr")]
        effect: PromoEffect,
        #[serde_as(as = "Option<DisplayFromStr>")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        no: Option<SubscriptionNo>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Timestamp>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<Timestamp>,
    },
    PromoConsumed {
        #[serde_as(as = "DisplayFromStr")]
        code: PromoCode,
        #[serde_as(as = "DisplayFromStr")]
        payment: PaymentId,
        #[serde_as(as = "DisplayFromStr")]
        off: Money,
    },
    PromoGuessed {
        failures: u32,
    },
    PaceStopped {
        requests: u32,
        until: Timestamp,
        told: bool,
    },
    PromoCreated {
        #[serde_as(as = "DisplayFromStr")]
        code: PromoCode,
        #[serde_as(as = "DisplayFromStr")]
        effect: PromoEffect,
    },
    PromoOff {
        #[serde_as(as = "DisplayFromStr")]
        code: PromoCode,
    },
    ReferralRewarded {
        #[serde_as(as = "UserIdShape")]
        friend: UserId,
        #[serde_as(as = "DisplayFromStr")]
        payment: PaymentId,
        #[serde_as(as = "DisplayFromStr")]
        reward: Reward,
        #[serde_as(as = "Option<DisplayFromStr>")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        no: Option<SubscriptionNo>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Timestamp>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<Timestamp>,
    },
    ReferralBonus {
        #[serde_as(as = "DisplayFromStr")]
        payment: PaymentId,
        #[serde_as(as = "DisplayFromStr")]
        reward: Reward,
        #[serde_as(as = "Option<DisplayFromStr>")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        no: Option<SubscriptionNo>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Timestamp>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<Timestamp>,
    },
    ReferralDaysAdded {
        days: u16,
        #[serde_as(as = "DisplayFromStr")]
        no: SubscriptionNo,
        from: Timestamp,
        to: Timestamp,
    },
    ReferralReversed {
        #[serde_as(as = "DisplayFromStr")]
        payment: PaymentId,
        #[serde_as(as = "Option<UserIdShape>")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        friend: Option<UserId>,
        #[serde_as(as = "DisplayFromStr")]
        reward: Reward,
        #[serde_as(as = "Option<DisplayFromStr>")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        taken: Option<Money>,
    },
    ReachabilityChanged {
        unreachable: bool,
    },
    TextChanged {
        key: String,
        #[serde_as(as = "DisplayFromStr")]
        language: Language,
        own: bool,
    },
    PlansSeeded {
        #[serde_as(as = "Vec<DisplayFromStr>")]
        plans: Vec<PlanId>,
    },
    PackagesSeeded {
        #[serde_as(as = "Vec<DisplayFromStr>")]
        packages: Vec<PackageId>,
    },
}

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Event")]
struct Shape {
    #[serde_as(as = "DisplayFromStr")]
    id: EventId,
    #[serde_as(as = "Option<UserIdShape>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user: Option<UserId>,
    at: Timestamp,
    #[serde_as(as = "DisplayFromStr")]
    actor: Actor,
    #[serde(with = "KindShape")]
    kind: EventKind,
}
item!(EventItem, Event, "Shape");
