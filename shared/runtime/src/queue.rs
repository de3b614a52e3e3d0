//! Queues, and the wire form of a job.

use crate::aws::cause;
use aws_sdk_sqs::{
    Client,
    types::{QueueAttributeName, SendMessageBatchRequestEntry},
};
use domain::{
    JobId, PaymentId, SubscriptionNo, UserId,
    provisioning::Cause,
    reaction::{Job, Notice, Task},
    upkeep::Stage,
};
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
    Reminder {
        #[serde_as(as = "DisplayFromStr")]
        no: SubscriptionNo,
        #[serde_as(as = "DisplayFromStr")]
        stage: Stage,
    },
}

#[serde_as]
#[derive(Serialize, Deserialize)]
struct JobShape {
    #[serde_as(as = "DisplayFromStr")]
    id: JobId,
    user: i64,
    task: TaskShape,
}

/// The message body of a job.
pub fn to_text(job: &Job) -> Result<String, QueueError> {
    let task = match job.task.clone() {
        Task::Provision(no) => TaskShape::Provision { no },
        Task::Notify(Notice::Delivered { no, causes }) => TaskShape::Delivered { no, causes },
        Task::Notify(Notice::Delayed { no, causes }) => TaskShape::Delayed { no, causes },
        Task::Notify(Notice::Held { payment }) => TaskShape::Held { payment },
        Task::Notify(Notice::Canceled { payment }) => TaskShape::Canceled { payment },
        Task::Notify(Notice::Reminder { no, stage }) => TaskShape::Reminder { no, stage },
    };
    let shape = JobShape { id: job.id.clone(), user: job.user.0, task };
    serde_json::to_string(&shape).map_err(|error| QueueError(error.to_string()))
}

/// The job in a message body.
pub fn from_text(body: &str) -> Result<Job, QueueError> {
    let shape: JobShape =
        serde_json::from_str(body).map_err(|error| QueueError(format!("not a job: {error}")))?;
    let task = match shape.task {
        TaskShape::Provision { no } => Task::Provision(no),
        TaskShape::Delivered { no, causes } => Task::Notify(Notice::Delivered { no, causes }),
        TaskShape::Delayed { no, causes } => Task::Notify(Notice::Delayed { no, causes }),
        TaskShape::Held { payment } => Task::Notify(Notice::Held { payment }),
        TaskShape::Canceled { payment } => Task::Notify(Notice::Canceled { payment }),
        TaskShape::Reminder { no, stage } => Task::Notify(Notice::Reminder { no, stage }),
    };
    Ok(Job { id: shape.id, user: UserId(shape.user), task })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::EventId;
    use jiff::Timestamp;

    fn jobs() -> Vec<Job> {
        let no = SubscriptionNo::FIRST;
        let payment = PaymentId::derive(Timestamp::UNIX_EPOCH, "p");
        let causes = vec![Cause::Trial, Cause::Payment(payment)];
        let tasks = [
            Task::Provision(no),
            Task::Notify(Notice::Delivered { no, causes: causes.clone() }),
            Task::Notify(Notice::Delayed { no, causes }),
            Task::Notify(Notice::Held { payment }),
            Task::Notify(Notice::Canceled { payment }),
            Task::Notify(Notice::Reminder { no, stage: Stage::OneDay }),
        ];
        let event = EventId::derive(Timestamp::UNIX_EPOCH, "e");
        let numbered = tasks.into_iter().enumerate();
        numbered.map(|(index, task)| Job { id: JobId::of(event, index), user: UserId(7), task }).collect()
    }

    #[test]
    fn jobs_read_back() {
        for job in jobs() {
            assert_eq!(from_text(&to_text(&job).unwrap()).unwrap(), job);
        }
    }

    #[test]
    fn the_wire_form_is_kept() {
        let first = to_text(&jobs()[1]).unwrap();
        assert!(
            first.ends_with("}}}")
                && first.contains(r#""task":{"delivered":{"no":"1","causes":["trial","pay_"#),
            "{first}"
        );
    }

    #[test]
    fn foreign_bodies_are_refused() {
        for body in ["", "{}", "null", r#"{"id":"x","user":1,"task":{"provision":{"no":"1"}}}"#] {
            assert!(from_text(body).is_err(), "{body}");
        }
    }
}
