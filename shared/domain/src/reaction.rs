//! From an event to the work it owes: a pure table.
#![allow(missing_docs, reason = "the sentence of a variant speaks of its fields")]

use crate::{
    Event, EventKind, JobId, Money, PanelId, PaymentId, Provider, SubscriptionNo, UserId,
    provisioning::Cause,
    sync::{Counts, Depth},
    upkeep::Stage,
    usage::News,
};
use jiff::civil::Date;

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
    /// Tell the operators.
    Alert(Alert),
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
    /// Somebody tries promo codes.
    Guessing { person: UserId, failures: u32 },
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
    /// The link is another one now.
    LinkChanged { no: SubscriptionNo },
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
    let user = event.user.unwrap_or(OPERATORS);
    let tasks = tasks(&event.kind, user);
    let numbered = tasks.into_iter().enumerate();
    numbered.map(|(index, task)| Job { id: JobId::of(event.id, index), user, task }).collect()
}

#[expect(clippy::too_many_lines, reason = "a table: one arm a kind")]
fn tasks(kind: &EventKind, user: UserId) -> Vec<Task> {
    match kind {
        EventKind::TrialStarted { no, .. }
        | EventKind::Credited { no, .. }
        | EventKind::RedeliveryDue { no, .. }
        | EventKind::PanelHint { no, .. }
        | EventKind::GiftOpened { no, .. }
        | EventKind::GiftCut { no, .. }
        | EventKind::PromoApplied { no: Some(no), .. }
        | EventKind::DriftFound { no, .. } => vec![Task::Provision(*no)],
        EventKind::Provisioned { no, causes, .. } => {
            vec![Task::Notify(Notice::Delivered { no: *no, causes: causes.clone() })]
        }
        EventKind::ProvisionDelayed { no, causes, .. } => {
            vec![Task::Notify(Notice::Delayed { no: *no, causes: causes.clone() })]
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
            vec![Task::Notify(Notice::ToppedUp { amount: *amount, shortfall: *shortfall })]
        }
        EventKind::PaymentRefunded { payment, amount, to_balance, no, cut, .. } => {
            let (payment, amount, to_balance) = (*payment, *amount, *to_balance);
            let mut tasks = vec![Task::Notify(Notice::Refunded { payment, amount, to_balance })];
            tasks.extend(cut.map(|_| Task::Provision(*no)));
            tasks
        }
        EventKind::PaymentDisputed { payment, reason, no, cut } => {
            let alert = Alert::Disputed { payment: *payment, reason: reason.clone() };
            let cut = cut.map(|_| Task::Provision(*no));
            [Some(Task::Alert(alert)), cut].into_iter().flatten().collect()
        }
        EventKind::RefundFailed { payment, reason, .. } => {
            vec![Task::Alert(Alert::RefundFailed { payment: *payment, reason: reason.clone() })]
        }
        EventKind::MethodSaved { title, .. } => {
            vec![Task::Notify(Notice::MethodSaved { title: title.clone() })]
        }
        EventKind::RenewalFailed { no, last, .. } => {
            vec![Task::Notify(Notice::RenewalFailed { no: *no, last: *last })]
        }
        EventKind::StrayReported { provider, external_id, amount } => {
            let (provider, external_id, amount) = (*provider, external_id.clone(), *amount);
            vec![Task::Alert(Alert::Stray { provider, external_id, amount })]
        }
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
        EventKind::PromoGuessed { failures } => {
            vec![Task::Alert(Alert::Guessing { person: user, failures: *failures })]
        }
        EventKind::SheetClosed { day, balanced: false } => vec![Task::Alert(Alert::Unbalanced { day: *day })],
        EventKind::PaymentCanceled { payment, .. } => {
            vec![Task::Notify(Notice::Canceled { payment: *payment })]
        }
        EventKind::Reminded { no, stage, .. } => {
            vec![Task::Notify(Notice::Reminder { no: *no, stage: *stage })]
        }
        EventKind::UseReported { no, revision, news } => {
            vec![Task::Notify(Notice::Use { no: *no, revision: *revision, news: news.clone() })]
        }
        EventKind::LinkChanged { no } => vec![Task::Notify(Notice::LinkChanged { no: *no })],
        EventKind::Registered { .. }
        | EventKind::LanguageChosen { .. }
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
        | EventKind::PromoCreated { .. }
        | EventKind::PromoOff { .. }
        | EventKind::PanelLeft { .. }
        | EventKind::LinkReset { .. }
        | EventKind::DevicesUnlinked { .. }
        | EventKind::Imported { .. }
        | EventKind::SyncAsked { .. }
        | EventKind::SyncEnded { told: false, .. }
        | EventKind::PanelVersion { newer: false, .. }
        | EventKind::PlansSeeded { .. } => Vec::new(),
    }
}

fn told_of_gift(payment: PaymentId, news: GiftNews) -> Vec<Task> {
    vec![Task::Notify(Notice::Gift { payment, news })]
}
