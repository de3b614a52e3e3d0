//! Queues, and the wire form of a job.

use crate::aws::cause;
use aws_sdk_sqs::{
    Client,
    types::{QueueAttributeName, SendMessageBatchRequestEntry},
};
use domain::{
    JobId, Money, PanelId, PaymentId, Provider, Reward, SubscriptionNo, UserId,
    provisioning::Cause,
    reaction::{Alert, GiftNews, Job, Letter, Notice, Task},
    sync::{Counts, Depth},
    upkeep::Stage,
    usage::News,
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use serde_with::{DisplayFromStr, serde_as};
use thiserror::Error;

/// A queue did not do what was asked; the same request may work later.
#[derive(Debug, Error)]
#[error("queue: {0}")]
pub struct QueueError(String);

/// One queue.
#[derive(Debug, Clone)]
pub struct Queue {
    client: Client,
    url: String,
    fifo: bool,
}

/// SQS takes ten messages a call.
const BATCH: usize = 10;

impl Queue {
    /// The queue at `url`.
    pub fn new(client: Client, url: impl Into<String>) -> Self {
        let url = url.into();
        // SQS wants the suffix in lower case in the names of FIFO queues.
        let fifo = url.rsplit_once('.').is_some_and(|(_, suffix)| suffix == "fifo");
        Self { client, url, fifo }
    }

    /// Puts jobs on the queue. All or an error: what was accepted before the error comes twice, which workers expect.
    pub async fn send(&self, jobs: &[Job]) -> Result<(), QueueError> {
        for chunk in jobs.chunks(BATCH) {
            let entries = chunk.iter().enumerate().map(|(index, job)| self.entry(index, job));
            let entries = entries.collect::<Result<Vec<_>, _>>()?;
            let sent =
                self.client.send_message_batch().queue_url(&self.url).set_entries(Some(entries)).send().await;
            let sent = sent.map_err(|error| QueueError(cause(&error)))?;
            if let Some(failed) = sent.failed().first() {
                return Err(QueueError(format!("{} of the batch: {}", sent.failed().len(), failed.code())));
            }
        }
        Ok(())
    }

    fn entry(&self, index: usize, job: &Job) -> Result<SendMessageBatchRequestEntry, QueueError> {
        let entry = SendMessageBatchRequestEntry::builder().id(index.to_string()).message_body(to_text(job)?);
        let entry = if self.fifo {
            entry.message_group_id(job.user.to_string()).message_deduplication_id(job.id.to_string())
        } else {
            entry
        };
        entry.build().map_err(|error| QueueError(error.to_string()))
    }

    /// Shows a delivery again after `seconds` (at most 12 hours) instead of the queue's own pause.
    pub async fn postpone(&self, receipt_handle: &str, seconds: u64) -> Result<(), QueueError> {
        let seconds = i32::try_from(seconds.min(43_200)).unwrap_or(43_200);
        let request = self.client.change_message_visibility().queue_url(&self.url);
        let sent = request.receipt_handle(receipt_handle).visibility_timeout(seconds).send().await;
        sent.map(drop).map_err(|error| QueueError(cause(&error)))
    }

    /// About how many messages wait.
    pub async fn depth(&self) -> Result<u64, QueueError> {
        let name = QueueAttributeName::ApproximateNumberOfMessages;
        let request = self.client.get_queue_attributes().queue_url(&self.url).attribute_names(name.clone());
        let answer = request.send().await.map_err(|error| QueueError(cause(&error)))?;
        let count = answer.attributes().and_then(|all| all.get(&name)).and_then(|count| count.parse().ok());
        count.ok_or_else(|| QueueError("no message count in the answer".into()))
    }
}

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum TaskShape {
    Provision {
        #[serde_as(as = "DisplayFromStr")]
        no: SubscriptionNo,
    },
    Delivered {
        #[serde_as(as = "DisplayFromStr")]
        no: SubscriptionNo,
        #[serde_as(as = "Vec<DisplayFromStr>")]
        causes: Vec<Cause>,
    },
    Delayed {
        #[serde_as(as = "DisplayFromStr")]
        no: SubscriptionNo,
        #[serde_as(as = "Vec<DisplayFromStr>")]
        causes: Vec<Cause>,
    },
    Held {
        #[serde_as(as = "DisplayFromStr")]
        payment: PaymentId,
    },
    Canceled {
        #[serde_as(as = "DisplayFromStr")]
        payment: PaymentId,
    },
    Gift {
        #[serde_as(as = "DisplayFromStr")]
        payment: PaymentId,
        #[serde(with = "GiftNewsShape")]
        news: GiftNews,
    },
    ToppedUp {
        #[serde_as(as = "DisplayFromStr")]
        amount: Money,
        shortfall: bool,
    },
    Refunded {
        #[serde_as(as = "DisplayFromStr")]
        payment: PaymentId,
        #[serde_as(as = "DisplayFromStr")]
        amount: Money,
        to_balance: bool,
    },
    MethodSaved {
        title: String,
    },
    RenewalFailed {
        #[serde_as(as = "DisplayFromStr")]
        no: SubscriptionNo,
        last: bool,
    },
    Reminder {
        #[serde_as(as = "DisplayFromStr")]
        no: SubscriptionNo,
        #[serde_as(as = "DisplayFromStr")]
        stage: Stage,
    },
    Use {
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
    FriendJoined {
        #[serde_as(as = "DisplayFromStr")]
        friend: UserId,
    },
    Rewarded {
        #[serde_as(as = "DisplayFromStr")]
        reward: Reward,
        waits: bool,
    },
    RewardReversed {
        #[serde_as(as = "DisplayFromStr")]
        amount: Money,
    },
    EmailRefused {
        email: String,
    },
    Letter(Box<TaskShape>),
    CodeLetter {
        asked_at: Timestamp,
    },
    Alert(AlertShape),
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "GiftNews", rename_all = "snake_case")]
enum GiftNewsShape {
    Ready,
    Opened,
    Waits,
    Returned,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "News", rename_all = "snake_case")]
enum NewsShape {
    Traffic { percent: u8 },
    FirstConnection,
    NotConnected,
    DeviceAdded { device: String },
}

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum AlertShape {
    Held {
        #[serde_as(as = "DisplayFromStr")]
        payment: PaymentId,
        #[serde_as(as = "DisplayFromStr")]
        expected: Money,
        #[serde_as(as = "DisplayFromStr")]
        received: Money,
    },
    Stray {
        #[serde_as(as = "DisplayFromStr")]
        provider: Provider,
        external_id: String,
        #[serde_as(as = "Option<DisplayFromStr>")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        amount: Option<Money>,
    },
    Disputed {
        #[serde_as(as = "DisplayFromStr")]
        payment: PaymentId,
        reason: String,
    },
    RefundFailed {
        #[serde_as(as = "DisplayFromStr")]
        payment: PaymentId,
        reason: String,
    },
    Unbalanced {
        #[serde_as(as = "DisplayFromStr")]
        day: Date,
    },
    Foreign {
        #[serde_as(as = "DisplayFromStr")]
        panel: PanelId,
        username: String,
    },
    Node {
        #[serde_as(as = "DisplayFromStr")]
        panel: PanelId,
        node: String,
        up: bool,
    },
    Gate {
        channel: String,
        reason: String,
    },
    Synced {
        #[serde_as(as = "DisplayFromStr")]
        panel: PanelId,
        #[serde_as(as = "DisplayFromStr")]
        depth: Depth,
        #[serde(with = "CountsShape")]
        counts: Counts,
    },
    PanelNewer {
        #[serde_as(as = "DisplayFromStr")]
        panel: PanelId,
        version: String,
    },
    ReferralReversed {
        #[serde_as(as = "DisplayFromStr")]
        person: UserId,
        #[serde_as(as = "DisplayFromStr")]
        payment: PaymentId,
        #[serde_as(as = "DisplayFromStr")]
        reward: Reward,
        #[serde_as(as = "Option<DisplayFromStr>")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        taken: Option<Money>,
    },
    Guessing {
        #[serde_as(as = "DisplayFromStr")]
        person: UserId,
        failures: u32,
    },
    Hurry {
        #[serde_as(as = "DisplayFromStr")]
        person: UserId,
        requests: u32,
        until: Timestamp,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Counts")]
struct CountsShape {
    checked: u64,
    found: u64,
    drifted: u64,
    missing: u64,
    movable: u64,
    created: u64,
    updated: u64,
    foreign: u64,
    errors: u64,
}

#[serde_as]
#[derive(Serialize, Deserialize)]
struct JobShape {
    #[serde_as(as = "DisplayFromStr")]
    id: JobId,
    // A plain number: 0 stands for the operators, and a `UserId` is not read from that.
    user: i64,
    task: TaskShape,
}

impl From<Task> for TaskShape {
    fn from(task: Task) -> Self {
        match task {
            Task::Provision(no) => Self::Provision { no },
            Task::Notify(notice) => notice.into(),
            Task::Letter(Letter::Notice(notice)) => Self::Letter(Box::new(notice.into())),
            Task::Letter(Letter::Code { asked_at }) => Self::CodeLetter { asked_at },
            Task::Alert(alert) => Self::Alert(alert.into()),
        }
    }
}

impl From<Notice> for TaskShape {
    fn from(notice: Notice) -> Self {
        match notice {
            Notice::Delivered { no, causes } => Self::Delivered { no, causes },
            Notice::Delayed { no, causes } => Self::Delayed { no, causes },
            Notice::Held { payment } => Self::Held { payment },
            Notice::Canceled { payment } => Self::Canceled { payment },
            Notice::Gift { payment, news } => Self::Gift { payment, news },
            Notice::ToppedUp { amount, shortfall } => Self::ToppedUp { amount, shortfall },
            Notice::Refunded { payment, amount, to_balance } => {
                Self::Refunded { payment, amount, to_balance }
            }
            Notice::MethodSaved { title } => Self::MethodSaved { title },
            Notice::RenewalFailed { no, last } => Self::RenewalFailed { no, last },
            Notice::Reminder { no, stage } => Self::Reminder { no, stage },
            Notice::Use { no, revision, news } => Self::Use { no, revision, news },
            Notice::LinkChanged { no } => Self::LinkChanged { no },
            Notice::FriendJoined { friend } => Self::FriendJoined { friend },
            Notice::Rewarded { reward, waits } => Self::Rewarded { reward, waits },
            Notice::RewardReversed { amount } => Self::RewardReversed { amount },
            Notice::EmailRefused { email } => Self::EmailRefused { email },
        }
    }
}

impl From<TaskShape> for Task {
    fn from(shape: TaskShape) -> Self {
        let notice = match shape {
            TaskShape::Provision { no } => return Self::Provision(no),
            TaskShape::Alert(alert) => return Self::Alert(alert.into()),
            TaskShape::CodeLetter { asked_at } => return Self::Letter(Letter::Code { asked_at }),
            TaskShape::Letter(of) => {
                return match Self::from(*of) {
                    Self::Notify(notice) => Self::Letter(Letter::Notice(notice)),
                    other => other,
                };
            }
            TaskShape::Delivered { no, causes } => Notice::Delivered { no, causes },
            TaskShape::Delayed { no, causes } => Notice::Delayed { no, causes },
            TaskShape::Held { payment } => Notice::Held { payment },
            TaskShape::Canceled { payment } => Notice::Canceled { payment },
            TaskShape::Gift { payment, news } => Notice::Gift { payment, news },
            TaskShape::ToppedUp { amount, shortfall } => Notice::ToppedUp { amount, shortfall },
            TaskShape::Refunded { payment, amount, to_balance } => {
                Notice::Refunded { payment, amount, to_balance }
            }
            TaskShape::MethodSaved { title } => Notice::MethodSaved { title },
            TaskShape::RenewalFailed { no, last } => Notice::RenewalFailed { no, last },
            TaskShape::Reminder { no, stage } => Notice::Reminder { no, stage },
            TaskShape::Use { no, revision, news } => Notice::Use { no, revision, news },
            TaskShape::LinkChanged { no } => Notice::LinkChanged { no },
            TaskShape::FriendJoined { friend } => Notice::FriendJoined { friend },
            TaskShape::Rewarded { reward, waits } => Notice::Rewarded { reward, waits },
            TaskShape::RewardReversed { amount } => Notice::RewardReversed { amount },
            TaskShape::EmailRefused { email } => Notice::EmailRefused { email },
        };
        Self::Notify(notice)
    }
}

impl From<Alert> for AlertShape {
    fn from(alert: Alert) -> Self {
        match alert {
            Alert::Held { payment, expected, received } => Self::Held { payment, expected, received },
            Alert::Stray { provider, external_id, amount } => Self::Stray { provider, external_id, amount },
            Alert::Disputed { payment, reason } => Self::Disputed { payment, reason },
            Alert::RefundFailed { payment, reason } => Self::RefundFailed { payment, reason },
            Alert::Unbalanced { day } => Self::Unbalanced { day },
            Alert::Foreign { panel, username } => Self::Foreign { panel, username },
            Alert::Node { panel, node, up } => Self::Node { panel, node, up },
            Alert::Gate { channel, reason } => Self::Gate { channel, reason },
            Alert::Synced { panel, depth, counts } => Self::Synced { panel, depth, counts },
            Alert::PanelNewer { panel, version } => Self::PanelNewer { panel, version },
            Alert::ReferralReversed { person, payment, reward, taken } => {
                Self::ReferralReversed { person, payment, reward, taken }
            }
            Alert::Guessing { person, failures } => Self::Guessing { person, failures },
            Alert::Hurry { person, requests, until } => Self::Hurry { person, requests, until },
        }
    }
}

impl From<AlertShape> for Alert {
    fn from(shape: AlertShape) -> Self {
        match shape {
            AlertShape::Held { payment, expected, received } => Self::Held { payment, expected, received },
            AlertShape::Stray { provider, external_id, amount } => {
                Self::Stray { provider, external_id, amount }
            }
            AlertShape::Disputed { payment, reason } => Self::Disputed { payment, reason },
            AlertShape::RefundFailed { payment, reason } => Self::RefundFailed { payment, reason },
            AlertShape::Unbalanced { day } => Self::Unbalanced { day },
            AlertShape::Foreign { panel, username } => Self::Foreign { panel, username },
            AlertShape::Node { panel, node, up } => Self::Node { panel, node, up },
            AlertShape::Gate { channel, reason } => Self::Gate { channel, reason },
            AlertShape::Synced { panel, depth, counts } => Self::Synced { panel, depth, counts },
            AlertShape::PanelNewer { panel, version } => Self::PanelNewer { panel, version },
            AlertShape::ReferralReversed { person, payment, reward, taken } => {
                Self::ReferralReversed { person, payment, reward, taken }
            }
            AlertShape::Guessing { person, failures } => Self::Guessing { person, failures },
            AlertShape::Hurry { person, requests, until } => Self::Hurry { person, requests, until },
        }
    }
}

/// The message body of a job.
pub fn to_text(job: &Job) -> Result<String, QueueError> {
    let shape = JobShape { id: job.id.clone(), user: job.user.0, task: job.task.clone().into() };
    serde_json::to_string(&shape).map_err(|error| QueueError(error.to_string()))
}

/// The job in a message body.
pub fn from_text(body: &str) -> Result<Job, QueueError> {
    let shape: JobShape =
        serde_json::from_str(body).map_err(|error| QueueError(format!("not a job: {error}")))?;
    Ok(Job { id: shape.id, user: UserId(shape.user), task: shape.task.into() })
}

#[cfg(test)]
mod tests;
