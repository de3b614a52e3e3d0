//! From an event to the work it owes: a pure table.
#![allow(missing_docs, reason = "the sentence of a variant speaks of its fields")]

use crate::{
    Event, EventKind, JobId, Money, PanelId, PaymentId, Provider, Reward, SubscriptionNo, UserId,
    provisioning::Cause,
    sync::{Counts, Depth},
    upkeep::Stage,
    usage::News,
};
use jiff::{Timestamp, civil::Date};

/// A piece of work. Delivered at least once; its id lets the worker do it once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its name, the same at every delivery.
    pub id: JobId,
    /// For whom; [`OPERATORS`] if it is about no buyer.
    pub user: UserId,
    /// What to do.
    pub task: Task,
}

/// Stands for the operators where a buyer is named otherwise.
pub const OPERATORS: UserId = UserId(0);

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// Make the panel grant the present entitlement.
    Provision(SubscriptionNo),
    /// Tell the buyer.
    Notify(Notice),
    /// Write the buyer a letter.
    Letter(Letter),
    /// Tell the operators.
    Alert(Alert),
}

/// What to write to a buyer's e-mail address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Letter {
    /// What they are told in Telegram too, if they want letters.
    Notice(Notice),
    /// The code that confirms an address, asked for at that moment.
    Code { asked_at: Timestamp },
}

/// What to tell the operators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alert {
    /// Money does not fit the deal.
    Held { payment: PaymentId, expected: Money, received: Money },
    /// News of money that belongs to no payment.
    Stray { provider: Provider, external_id: String, amount: Option<Money> },
    /// A payer's bank takes money back.
    Disputed { payment: PaymentId, reason: String },
    /// A refund will not happen.
    RefundFailed { payment: PaymentId, reason: String },
    /// A day's balance sheet shows a difference.
    Unbalanced { day: Date },
    /// An account in a panel is in a subscription's way.
    Foreign { panel: PanelId, username: String },
    /// A server was lost, or is back.
    Node { panel: PanelId, node: String, up: bool },
    /// Nobody can be looked up in the channel that people have to join.
    Gate { channel: String, reason: String },
    /// A panel was compared with the shop.
    Synced { panel: PanelId, depth: Depth, counts: Counts },
    /// A panel is newer than any version that we know.
    PanelNewer { panel: PanelId, version: String },
    /// A purchase went back that had earned `person` this; of money, so much was taken back.
    ReferralReversed { person: UserId, payment: PaymentId, reward: Reward, taken: Option<Money> },
    /// Somebody tries promo codes.
    Guessing { person: UserId, failures: u32 },
    /// Somebody presses without end and was stopped.
    Hurry { person: UserId, requests: u32, until: Timestamp },
}

/// What to tell a buyer. The text is made when it is sent, from what is true then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The access is there.
    Delivered { no: SubscriptionNo, causes: Vec<Cause> },
    /// Paid (or trial taken), but the panel is slow: it will come.
    Delayed { no: SubscriptionNo, causes: Vec<Cause> },
    /// The money does not fit the deal; an operator looks at it.
    Held { payment: PaymentId },
    /// The payment was canceled.
    Canceled { payment: PaymentId },
    /// Something about a gift that they bought.
    Gift { payment: PaymentId, news: GiftNews },
    /// Money came to the balance.
    ToppedUp { amount: Money, shortfall: bool },
    /// Money went back.
    Refunded { payment: PaymentId, amount: Money, to_balance: bool },
    /// A way to pay was saved.
    MethodSaved { title: String },
    /// A renewal could not be charged.
    RenewalFailed { no: SubscriptionNo, last: bool },
    /// The subscription ends soon, or has ended.
    Reminder { no: SubscriptionNo, stage: Stage },
    /// Something about its use; the entitlement was at `revision` when the panel said so.
    Use { no: SubscriptionNo, revision: u64, news: News },
    /// `friend` came by the person's link.
    FriendJoined { friend: UserId },
    /// A friend bought: this is theirs. `waits`: as days for their next subscription.
    Rewarded { reward: Reward, waits: bool },
    /// A friend's purchase went back, and with it this much of their balance.
    RewardReversed { amount: Money },
    /// The link is another one now.
    LinkChanged { no: SubscriptionNo },
    /// Letters to this e-mail address (masked) come back.
    EmailRefused { email: String },
}

impl Notice {
    /// It is worth a letter: money and the end of the access are, what can wait for the next visit is not.
    pub fn is_written(&self) -> bool {
        match self {
            Self::Delivered { causes, .. } => {
                causes.iter().any(|cause| matches!(cause, Cause::Payment(_) | Cause::Traffic(_)))
            }
            Self::Gift { news, .. } => matches!(news, GiftNews::Ready | GiftNews::Returned),
            Self::Held { .. }
            | Self::ToppedUp { .. }
            | Self::Refunded { .. }
            | Self::RenewalFailed { .. }
            | Self::Reminder { .. } => true,
            Self::Delayed { .. }
            | Self::Canceled { .. }
            | Self::MethodSaved { .. }
            | Self::Use { .. }
            | Self::FriendJoined { .. }
            | Self::Rewarded { .. }
            | Self::RewardReversed { .. }
            | Self::LinkChanged { .. }
            | Self::EmailRefused { .. } => false,
        }
    }
}

/// What a giver hears of a gift.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GiftNews {
    /// It is paid: here is its link.
    Ready,
    /// Somebody opened it.
    Opened,
    /// It still waits, and goes back soon.
    Waits,
    /// Nobody opened it; the money is on the balance.
    Returned,
}

/// The work that `event` owes.
pub fn jobs(event: &Event) -> Vec<Job> {
    let user = match &event.kind {
        // It is the inviter who is told.
        EventKind::Registered { referrer: Some(inviter), .. } => *inviter,
        _ => event.user.unwrap_or(OPERATORS),
    };
    let mut tasks = tasks(event, user);
    tasks.extend(letters(&tasks));
    let numbered = tasks.into_iter().enumerate();
    numbered.map(|(index, task)| Job { id: JobId::of(event.id, index), user, task }).collect()
}

/// A letter is a job of its own: whatever becomes of it, the message in Telegram does not wait.
fn letters(tasks: &[Task]) -> Vec<Task> {
    let written = tasks.iter().filter_map(|task| match task {
        Task::Notify(notice) if notice.is_written() => Some(Task::Letter(Letter::Notice(notice.clone()))),
        _ => None,
    });
    written.collect()
}

/// The panel hears of time that was cut.
fn and_cut(told: Task, no: SubscriptionNo, cut: bool) -> Vec<Task> {
    if cut { vec![told, Task::Provision(no)] } else { vec![told] }
}

fn told(notice: Notice) -> Vec<Task> {
    vec![Task::Notify(notice)]
}

fn tasks(event: &Event, user: UserId) -> Vec<Task> {
    match &event.kind {
        EventKind::Registered { .. }
        | EventKind::ReferralRewarded { .. }
        | EventKind::ReferralBonus { .. }
        | EventKind::ReferralDaysAdded { .. }
        | EventKind::ReferralReversed { .. } => of_friends(event, user),
        EventKind::TrialStarted { no, .. }
        | EventKind::Credited { no, .. }
        | EventKind::TrafficBought { no, .. }
        | EventKind::TrafficEnded { no, .. }
        | EventKind::RedeliveryDue { no, .. }
        | EventKind::PanelHint { no, .. }
        | EventKind::GiftOpened { no, .. }
        | EventKind::GiftCut { no, .. }
        | EventKind::PromoApplied { no: Some(no), .. }
        | EventKind::DriftFound { no, .. } => vec![Task::Provision(*no)],
        EventKind::Provisioned { no, causes, .. } => {
            told(Notice::Delivered { no: *no, causes: causes.clone() })
        }
        EventKind::ProvisionDelayed { no, causes, .. } => {
            told(Notice::Delayed { no: *no, causes: causes.clone() })
        }
        EventKind::PaymentHeld { payment, expected, received, .. } => vec![
            Task::Notify(Notice::Held { payment: *payment }),
            Task::Alert(Alert::Held { payment: *payment, expected: *expected, received: *received }),
        ],
        EventKind::GiftBought { payment, .. } => told_of_gift(*payment, GiftNews::Ready),
        EventKind::GiftTaken { payment, .. } => told_of_gift(*payment, GiftNews::Opened),
        EventKind::GiftReminded { payment } => told_of_gift(*payment, GiftNews::Waits),
        EventKind::GiftReturned { payment, .. } => told_of_gift(*payment, GiftNews::Returned),
        EventKind::ToppedUp { amount, shortfall, .. } => {
            told(Notice::ToppedUp { amount: *amount, shortfall: *shortfall })
        }
        EventKind::PaymentRefunded { payment, amount, to_balance, no, cut, .. } => {
            let (payment, amount, to_balance) = (*payment, *amount, *to_balance);
            and_cut(Task::Notify(Notice::Refunded { payment, amount, to_balance }), *no, cut.is_some())
        }
        EventKind::PaymentDisputed { payment, reason, no, cut } => {
            let alert = Alert::Disputed { payment: *payment, reason: reason.clone() };
            and_cut(Task::Alert(alert), *no, cut.is_some())
        }
        EventKind::RefundFailed { payment, reason, .. } => {
            vec![Task::Alert(Alert::RefundFailed { payment: *payment, reason: reason.clone() })]
        }
        EventKind::MethodSaved { title, .. } => told(Notice::MethodSaved { title: title.clone() }),
        EventKind::RenewalFailed { no, last, .. } => told(Notice::RenewalFailed { no: *no, last: *last }),
        EventKind::StrayReported { provider, external_id, amount } => {
            let (provider, external_id, amount) = (*provider, external_id.clone(), *amount);
            vec![Task::Alert(Alert::Stray { provider, external_id, amount })]
        }
        EventKind::AccountForeign { .. }
        | EventKind::NodeChanged { .. }
        | EventKind::GateBroken { .. }
        | EventKind::SyncEnded { .. }
        | EventKind::PanelVersion { .. } => of_operation(&event.kind),
        EventKind::PromoGuessed { .. } | EventKind::PaceStopped { told: true, .. } => {
            suspicion(&event.kind, user).map(Task::Alert).into_iter().collect()
        }
        EventKind::SheetClosed { day, balanced: false } => vec![Task::Alert(Alert::Unbalanced { day: *day })],
        EventKind::PaymentCanceled { payment, .. } => told(Notice::Canceled { payment: *payment }),
        EventKind::Reminded { no, stage, .. } => told(Notice::Reminder { no: *no, stage: *stage }),
        EventKind::UseReported { no, revision, news } => {
            told(Notice::Use { no: *no, revision: *revision, news: news.clone() })
        }
        EventKind::EmailCodeDue { asked_at } => vec![Task::Letter(Letter::Code { asked_at: *asked_at })],
        EventKind::EmailRefused { email } => told(Notice::EmailRefused { email: email.clone() }),
        EventKind::LinkChanged { no } => told(Notice::LinkChanged { no: *no }),
        EventKind::LanguageChosen { .. }
        | EventKind::ZoneChosen { .. }
        | EventKind::EmailConfirmed { .. }
        | EventKind::EmailRemoved { .. }
        | EventKind::LettersSet { .. }
        | EventKind::PaymentOpened { .. }
        | EventKind::PaymentExpired { .. }
        | EventKind::RefundRequested { .. }
        | EventKind::MethodRemoved { .. }
        | EventKind::RenewalSet { .. }
        | EventKind::RenewalStarted { .. }
        | EventKind::StrayResolved { .. }
        | EventKind::SheetClosed { balanced: true, .. }
        | EventKind::EndAdopted { .. }
        | EventKind::ReachabilityChanged { .. }
        | EventKind::PromoApplied { no: None, .. }
        | EventKind::PromoConsumed { .. }
        | EventKind::PaceStopped { told: false, .. }
        | EventKind::PromoCreated { .. }
        | EventKind::PromoOff { .. }
        | EventKind::PanelLeft { .. }
        | EventKind::LinkReset { .. }
        | EventKind::DevicesUnlinked { .. }
        | EventKind::Imported { .. }
        | EventKind::SyncAsked { .. }
        | EventKind::TextChanged { .. }
        | EventKind::PackagesSeeded { .. }
        | EventKind::PlansSeeded { .. } => Vec::new(),
    }
}

fn told_of_gift(payment: PaymentId, news: GiftNews) -> Vec<Task> {
    vec![Task::Notify(Notice::Gift { payment, news })]
}

/// What is told about friends, to whoever brought them.
fn of_friends(event: &Event, inviter: UserId) -> Vec<Task> {
    match &event.kind {
        EventKind::Registered { referrer: Some(_), .. } => {
            let friend = event.user.into_iter();
            friend.map(|friend| Task::Notify(Notice::FriendJoined { friend })).collect()
        }
        EventKind::ReferralRewarded { reward, no, .. } => {
            let waits = no.is_none() && matches!(reward, Reward::Days(_));
            let mut tasks = vec![Task::Notify(Notice::Rewarded { reward: *reward, waits })];
            tasks.extend(no.map(Task::Provision));
            tasks
        }
        EventKind::ReferralReversed { payment, friend: Some(_), reward, taken } => {
            let (payment, reward, taken) = (*payment, *reward, *taken);
            let alert = Alert::ReferralReversed { person: inviter, payment, reward, taken };
            let told = taken.map(|amount| Task::Notify(Notice::RewardReversed { amount }));
            [Some(Task::Alert(alert)), told].into_iter().flatten().collect()
        }
        _ => Vec::new(),
    }
}

/// What operators hear of panels and channels.
fn of_operation(kind: &EventKind) -> Vec<Task> {
    match kind {
        EventKind::AccountForeign { panel, username, .. } => {
            vec![Task::Alert(Alert::Foreign { panel: panel.clone(), username: username.clone() })]
        }
        EventKind::NodeChanged { panel, node, up } => {
            vec![Task::Alert(Alert::Node { panel: panel.clone(), node: node.clone(), up: *up })]
        }
        EventKind::GateBroken { channel, reason } => {
            vec![Task::Alert(Alert::Gate { channel: channel.clone(), reason: reason.clone() })]
        }
        EventKind::SyncEnded { panel, depth, counts, told: true, .. } => {
            vec![Task::Alert(Alert::Synced { panel: panel.clone(), depth: *depth, counts: *counts })]
        }
        EventKind::PanelVersion { panel, version, newer: true } => {
            vec![Task::Alert(Alert::PanelNewer { panel: panel.clone(), version: version.clone() })]
        }
        _ => Vec::new(),
    }
}

/// What looks like mischief of `person`.
fn suspicion(kind: &EventKind, person: UserId) -> Option<Alert> {
    match kind {
        EventKind::PromoGuessed { failures } => Some(Alert::Guessing { person, failures: *failures }),
        EventKind::PaceStopped { requests, until, .. } => {
            Some(Alert::Hurry { person, requests: *requests, until: *until })
        }
        _ => None,
    }
}
