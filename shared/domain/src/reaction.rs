//! From an event to the work it owes: a pure table.
#![allow(missing_docs, reason = "the sentence of a variant speaks of its fields")]

use crate::{Event, EventKind, JobId, PaymentId, SubscriptionNo, UserId, provisioning::Cause, upkeep::Stage};

/// A piece of work. Delivered at least once; its id lets the worker do it once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its name, the same at every delivery.
    pub id: JobId,
    /// For whom.
    pub user: UserId,
    /// What to do.
    pub task: Task,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// Make the panel grant the present entitlement.
    Provision(SubscriptionNo),
    /// Tell the buyer.
    Notify(Notice),
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
    /// The subscription ends soon, or has ended.
    Reminder { no: SubscriptionNo, stage: Stage },
}

/// The work that `event` owes.
pub fn jobs(event: &Event) -> Vec<Job> {
    let Some(user) = event.user else { return Vec::new() };
    let tasks = tasks(&event.kind);
    let numbered = tasks.into_iter().enumerate();
    numbered.map(|(index, task)| Job { id: JobId::of(event.id, index), user, task }).collect()
}

fn tasks(kind: &EventKind) -> Vec<Task> {
    match kind {
        EventKind::TrialStarted { no, .. }
        | EventKind::Credited { no, .. }
        | EventKind::RedeliveryDue { no, .. }
        | EventKind::PanelHint { no, .. } => vec![Task::Provision(*no)],
        EventKind::Provisioned { no, causes, .. } => {
            vec![Task::Notify(Notice::Delivered { no: *no, causes: causes.clone() })]
        }
        EventKind::ProvisionDelayed { no, causes, .. } => {
            vec![Task::Notify(Notice::Delayed { no: *no, causes: causes.clone() })]
        }
        EventKind::PaymentHeld { payment, .. } => vec![Task::Notify(Notice::Held { payment: *payment })],
        EventKind::PaymentCanceled { payment, .. } => {
            vec![Task::Notify(Notice::Canceled { payment: *payment })]
        }
        EventKind::Reminded { no, stage, .. } => {
            vec![Task::Notify(Notice::Reminder { no: *no, stage: *stage })]
        }
        EventKind::Registered { .. }
        | EventKind::LanguageChosen { .. }
        | EventKind::PaymentOpened { .. }
        | EventKind::PaymentExpired { .. }
        | EventKind::PaymentRefunded { .. }
        | EventKind::EndAdopted { .. }
        | EventKind::ReachabilityChanged { .. }
        | EventKind::PlansSeeded { .. } => Vec::new(),
    }
}
