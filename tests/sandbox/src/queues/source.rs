//! The queue as an event source: what Lambda's poller does between a queue and a function.

use serde_json::{Map, Value, json};

use super::queue::Message;
use super::{QueueError, Queues, arn};
use crate::batch::{Failures, Outcome};
use crate::{ACCOUNT, REGION};

/// Messages on their way to a function. Hidden in the queue until [`Queues::settle`], or until their visibility
/// ends.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Name of the queue.
    pub queue: String,
    /// The event as Lambda delivers it: `{"Records": […]}`.
    pub event: Value,
    held: Vec<Held>,
}

#[derive(Clone, Debug)]
struct Held {
    id: String,
    receipt: String,
    group: Option<String>,
}

/// What became of the messages of a batch, by message id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Deleted: dealt with.
    pub deleted: Vec<String>,
    /// Kept: they come again when their visibility ends.
    pub kept: Vec<String>,
    /// Deleted by a FIFO queue although an earlier message of their group failed. Lambda deletes whatever is
    /// not reported, so this is the function's mistake: it has to report what comes after a failure. Always
    /// empty in a sound shop.
    pub overtaken: Vec<String>,
}

impl Queues {
    /// Takes the next batch of at most `size` messages (1 to 10) from the queue `name`; `None` if nothing is
    /// visible.
    ///
    /// # Errors
    /// If there is no such queue or the size is out of range.
    pub fn poll(&self, name: &str, size: usize) -> Result<Option<Batch>, QueueError> {
        if !(1..=10).contains(&size) {
            return Err(QueueError::InvalidValue(format!("BatchSize {size} is not between 1 and 10")));
        }
        let now = self.clock.now();
        let messages = self.lock().receive(name, size, None, now)?;
        if messages.is_empty() {
            return Ok(None);
        }
        let records: Vec<_> = messages.iter().map(|message| record(name, message)).collect();
        let held = messages.into_iter().filter_map(|message| {
            Some(Held { id: message.id, receipt: message.receipt?, group: message.group })
        });
        Ok(Some(Batch { queue: name.to_owned(), event: json!({ "Records": records }), held: held.collect() }))
    }

    /// Ends a delivery: deletes what the function dealt with and leaves the rest hidden until its visibility
    /// ends, which the function may have changed. A message whose visibility ended meanwhile is not deleted: it
    /// is somebody else's by now.
    ///
    /// # Errors
    /// If the queue does not exist.
    pub fn settle(&self, batch: Batch, outcome: &Outcome) -> Result<Settled, QueueError> {
        let failures = outcome.failures(batch.held.iter().map(|held| held.id.as_str()));
        let now = self.clock.now();
        let mut state = self.lock();
        let queue = state.queue(&batch.queue)?;
        let mut settled = Settled::default();
        let mut failed_groups = Vec::new();
        for held in batch.held {
            let failed = match &failures {
                Failures::None => false,
                Failures::All => true,
                Failures::These(ids) => ids.contains(&held.id),
            };
            if failed || queue.delete(&held.receipt, now).is_err() {
                failed_groups.push(held.group);
                settled.kept.push(held.id);
                continue;
            }
            if queue.settings.is_fifo() && failed_groups.contains(&held.group) {
                settled.overtaken.push(held.id.clone());
            }
            settled.deleted.push(held.id);
        }
        Ok(settled)
    }
}

/// A message as a record of Lambda's `SqsEvent`.
fn record(queue: &str, message: &Message) -> Value {
    json!({
        "messageId": message.id,
        "receiptHandle": message.receipt,
        "body": message.body,
        "attributes": attributes(message),
        "messageAttributes": {},
        "md5OfBody": message.md5(),
        "eventSource": "aws:sqs",
        "eventSourceARN": arn(queue),
        "awsRegion": REGION,
    })
}

/// The system attributes, which are all text.
pub(super) fn attributes(message: &Message) -> Map<String, Value> {
    let mut attributes = Map::new();
    let mut put = |name: &str, value: Option<String>| {
        attributes.extend(value.map(|value| (name.to_owned(), Value::String(value))));
    };
    let millis = |time: jiff::Timestamp| time.as_millisecond().to_string();
    let is_fifo = message.deduplication.is_some();
    put("ApproximateReceiveCount", Some(message.receives.to_string()));
    put("SentTimestamp", Some(millis(message.sent_at)));
    put("SequenceNumber", is_fifo.then(|| message.sequence_number()));
    put("MessageGroupId", message.group.clone());
    put("SenderId", Some(ACCOUNT.to_owned()));
    put("MessageDeduplicationId", message.deduplication.clone());
    put("ApproximateFirstReceiveTimestamp", message.first_received_at.map(millis));
    put("DeadLetterQueueSourceArn", message.dead_from.clone());
    attributes
}
