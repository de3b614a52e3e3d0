//! From the table's stream to the queues: every event owes the jobs that [`domain::reaction::jobs`] names.
//!
//! The stream delivers at least once and in order; job ids are the same at every delivery. A record that cannot be read
//! is reported as failed: the stream retries, halves the batch around it, and finally puts it aside for the operator.

use domain::reaction::{self, Job, Task};
use jiff::Timestamp;
use runtime::{BatchResponse, Edge, Failure, Function, Queue, StartError, StreamEvent};
use store::event_from_image;

/// The function.
pub struct Relay {
    provisioning: Queue,
    notifications: Queue,
}

impl Function for Relay {
    type Event = StreamEvent;
    type Answer = BatchResponse;

    async fn start(edge: &Edge) -> Result<Self, StartError> {
        let provisioning = edge.queue("PROVISIONING_QUEUE_URL")?;
        Ok(Self { provisioning, notifications: edge.queue("NOTIFICATIONS_QUEUE_URL")? })
    }

    async fn handle(&self, batch: StreamEvent, _now: Timestamp) -> Result<BatchResponse, Failure> {
        let first = batch.records.first().map(|record| record.dynamodb.sequence_number.clone());
        let mut jobs = Vec::new();
        let mut unreadable = None;
        for record in batch.records {
            match event_from_image(record.dynamodb.new_image) {
                Ok(event) => jobs.extend(event.iter().flat_map(reaction::jobs)),
                Err(error) => {
                    tracing::error!(%error, stream.sequence = record.dynamodb.sequence_number, "unreadable event");
                    unreadable = Some(record.dynamodb.sequence_number);
                    break;
                }
            }
        }
        if let Err(failure) = self.send(jobs).await {
            tracing::error!(%failure, "jobs not queued; the stream delivers again");
            return Ok(BatchResponse::failed(first));
        }
        Ok(BatchResponse::failed(unreadable))
    }
}

impl Relay {
    async fn send(&self, jobs: Vec<Job>) -> Result<(), Failure> {
        let is_provisioning = |job: &Job| matches!(job.task, Task::Provision(_));
        let (provisioning, notifications): (Vec<Job>, Vec<Job>) = jobs.into_iter().partition(is_provisioning);
        self.provisioning.send(&provisioning).await?;
        self.notifications.send(&notifications).await?;
        Ok(())
    }
}
