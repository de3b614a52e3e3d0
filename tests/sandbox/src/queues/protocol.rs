//! SQS as its clients see it: AWS JSON 1.0, one path, the operation in `X-Amz-Target`. Requests are read
//! strictly: a member that the sandbox does not model (message attributes, say) fails the call instead of
//! getting lost.

use std::collections::BTreeSet;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::queue::{NewMessage, RETENTION, Sent, md5_of, sequence_number};
use super::{MAX_BYTES, QueueError, Queues, arn, source, state_of};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Send {
    queue_url: String,
    #[serde(default)]
    message_body: String,
    #[serde(default)]
    delay_seconds: i64,
    message_group_id: Option<String>,
    message_deduplication_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Batch<T> {
    queue_url: String,
    #[serde(default = "Vec::new")]
    entries: Vec<T>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct SendEntry {
    id: String,
    #[serde(default)]
    message_body: String,
    #[serde(default)]
    delay_seconds: i64,
    message_group_id: Option<String>,
    message_deduplication_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Receive {
    queue_url: String,
    #[serde(default = "one")]
    max_number_of_messages: i64,
    visibility_timeout: Option<i64>,
    /// Not waited for: the answer comes at once.
    #[serde(rename = "WaitTimeSeconds")]
    _wait: Option<i64>,
    #[serde(default, alias = "AttributeNames")]
    message_system_attribute_names: Vec<String>,
    /// There are no message attributes to be named.
    #[serde(rename = "MessageAttributeNames")]
    _names: Option<Vec<String>>,
}

fn one() -> i64 {
    1
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Delete {
    queue_url: String,
    receipt_handle: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct DeleteEntry {
    id: String,
    receipt_handle: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct ChangeVisibility {
    queue_url: String,
    receipt_handle: String,
    visibility_timeout: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Attributes {
    queue_url: String,
    #[serde(default)]
    attribute_names: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Url {
    queue_name: String,
    #[serde(rename = "QueueOwnerAWSAccountId")]
    _owner: Option<String>,
}

impl Queues {
    /// The service, for any path below where it is mounted: the operation and the queue are named by the
    /// request.
    pub fn router(&self) -> Router {
        Router::new().fallback(serve).with_state(self.clone())
    }

    fn answer(&self, operation: &str, body: &[u8]) -> Result<Value, QueueError> {
        match operation {
            "SendMessage" => self.send(parse(body)?),
            "SendMessageBatch" => self.send_batch(parse(body)?),
            "ReceiveMessage" => self.receive(parse(body)?),
            "DeleteMessage" => self.delete(&parse(body)?),
            "DeleteMessageBatch" => self.delete_batch(parse(body)?),
            "ChangeMessageVisibility" => self.change_visibility(&parse(body)?),
            "GetQueueAttributes" => self.attributes(&parse(body)?),
            "GetQueueUrl" => self.queue_url(&parse(body)?),
            other => Err(QueueError::UnknownOperation(other.to_owned())),
        }
    }

    fn send(&self, request: Send) -> Result<Value, QueueError> {
        let Send { queue_url, message_body, delay_seconds, message_group_id, message_deduplication_id } =
            request;
        let new = NewMessage {
            body: message_body,
            delay_seconds,
            group: message_group_id,
            deduplication: message_deduplication_id,
        };
        self.send_one(name_in(&queue_url), new)
    }

    fn send_one(&self, name: &str, new: NewMessage) -> Result<Value, QueueError> {
        let now = self.clock.now();
        let mut state = self.lock();
        let md5 = md5_of(&new.body);
        let super::State { queues, numbers } = &mut *state;
        let queue = queues.get_mut(name).ok_or(QueueError::NoSuchQueue)?;
        let Sent { id, sequence } = queue.send(new, now, numbers)?;
        let mut answer = json!({ "MessageId": id, "MD5OfMessageBody": md5 });
        if queue.settings.is_fifo() {
            answer["SequenceNumber"] = sequence_number(sequence).into();
        }
        Ok(answer)
    }

    fn send_batch(&self, request: Batch<SendEntry>) -> Result<Value, QueueError> {
        check_entries(request.entries.iter().map(|entry| entry.id.as_str()), "SendMessageBatchRequestEntry")?;
        let bytes = request.entries.iter().map(|entry| entry.message_body.len()).sum();
        if bytes > MAX_BYTES {
            return Err(QueueError::BatchTooLong(bytes));
        }
        let name = name_in(&request.queue_url);
        self.lock().queue(name)?;
        let results = request.entries.into_iter().map(|entry| {
            let new = NewMessage {
                body: entry.message_body,
                delay_seconds: entry.delay_seconds,
                group: entry.message_group_id,
                deduplication: entry.message_deduplication_id,
            };
            (entry.id, self.send_one(name, new))
        });
        Ok(batch_answer(results))
    }

    fn receive(&self, request: Receive) -> Result<Value, QueueError> {
        let limit =
            usize::try_from(request.max_number_of_messages).ok().filter(|limit| (1..=10).contains(limit));
        let limit = limit.ok_or_else(|| {
            let reason = "Must be between 1 and 10, if provided.";
            QueueError::out_of_range(request.max_number_of_messages, "MaxNumberOfMessages", reason)
        })?;
        let hide = request.visibility_timeout.map(SignedDuration::from_secs);
        let messages = self.lock().receive(name_in(&request.queue_url), limit, hide, self.clock.now())?;
        let wanted = request.message_system_attribute_names;
        let is_wanted = |name: &String| wanted.iter().any(|wanted| wanted == "All" || wanted == name);
        let message = |message| {
            let attributes: Map<_, _> =
                source::attributes(&message).into_iter().filter(|(name, _)| is_wanted(name)).collect();
            let mut answer = json!({
                "MessageId": message.id, "ReceiptHandle": message.receipt, "MD5OfBody": message.md5(), "Body": message.body,
            });
            if !attributes.is_empty() {
                answer["Attributes"] = attributes.into();
            }
            answer
        };
        let messages: Vec<_> = messages.into_iter().map(message).collect();
        Ok(if messages.is_empty() { json!({}) } else { json!({ "Messages": messages }) })
    }

    fn delete(&self, request: &Delete) -> Result<Value, QueueError> {
        self.delete_one(name_in(&request.queue_url), &request.receipt_handle)
    }

    fn delete_one(&self, name: &str, receipt: &str) -> Result<Value, QueueError> {
        let now = self.clock.now();
        self.lock().queue(name)?.delete(receipt, now).map(|()| json!({}))
    }

    fn delete_batch(&self, request: Batch<DeleteEntry>) -> Result<Value, QueueError> {
        check_entries(
            request.entries.iter().map(|entry| entry.id.as_str()),
            "DeleteMessageBatchRequestEntry",
        )?;
        let name = name_in(&request.queue_url);
        self.lock().queue(name)?;
        let results = request.entries.into_iter().map(|entry| {
            let result = self.delete_one(name, &entry.receipt_handle);
            (entry.id, result)
        });
        Ok(batch_answer(results))
    }

    fn change_visibility(&self, request: &ChangeVisibility) -> Result<Value, QueueError> {
        let now = self.clock.now();
        let mut state = self.lock();
        let queue = state.queue(name_in(&request.queue_url))?;
        queue.change_visibility(&request.receipt_handle, request.visibility_timeout, now).map(|()| json!({}))
    }

    fn attributes(&self, request: &Attributes) -> Result<Value, QueueError> {
        let all = self.all_attributes(name_in(&request.queue_url))?;
        let optional = ["RedrivePolicy", "FifoQueue", "ContentBasedDeduplication", "DeduplicationScope"];
        let known = |name: &str| name == "All" || all.contains_key(name) || optional.contains(&name);
        if let Some(unknown) = request.attribute_names.iter().find(|name| !known(name)) {
            return Err(QueueError::UnknownAttribute(unknown.clone()));
        }
        let wanted =
            |name: &str| request.attribute_names.iter().any(|wanted| wanted == "All" || wanted == name);
        let chosen: Map<_, _> = all.into_iter().filter(|(name, _)| wanted(name)).collect();
        Ok(if chosen.is_empty() { json!({}) } else { json!({ "Attributes": chosen }) })
    }

    fn all_attributes(&self, name: &str) -> Result<Map<String, Value>, QueueError> {
        let now = self.clock.now();
        let mut state = self.lock();
        let queue = state.queue(name)?;
        let settings = &queue.settings;
        let count = |wanted| queue.messages.iter().filter(|message| state_of(message, now) == wanted).count();
        let mut all: Vec<(&str, String)> = vec![
            ("ApproximateNumberOfMessages", count("waiting").to_string()),
            ("ApproximateNumberOfMessagesNotVisible", count("in flight").to_string()),
            ("ApproximateNumberOfMessagesDelayed", count("delayed").to_string()),
            ("QueueArn", arn(name)),
            ("VisibilityTimeout", settings.visibility.as_secs().to_string()),
            ("MessageRetentionPeriod", RETENTION.as_secs().to_string()),
        ];
        if let Some(redrive) = &settings.redrive {
            let policy = json!({ "deadLetterTargetArn": arn(&redrive.dead_letters), "maxReceiveCount": redrive.max_receives });
            all.push(("RedrivePolicy", policy.to_string()));
        }
        if settings.is_fifo() {
            let scope = if settings.deduplication_per_group { "messageGroup" } else { "queue" };
            all.push(("FifoQueue", "true".into()));
            all.push(("ContentBasedDeduplication", settings.content_deduplication.to_string()));
            all.push(("DeduplicationScope", scope.into()));
        }
        Ok(all.into_iter().map(|(name, value)| (name.to_owned(), Value::String(value))).collect())
    }

    fn queue_url(&self, request: &Url) -> Result<Value, QueueError> {
        self.lock().queue(&request.queue_name)?;
        Ok(json!({ "QueueUrl": self.url(&request.queue_name) }))
    }
}

async fn serve(State(queues): State<Queues>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let operation = target.strip_prefix("AmazonSQS.").unwrap_or(target);
    match queues.answer(operation, &body) {
        Ok(answer) => ([(CONTENT_TYPE, "application/x-amz-json-1.0")], answer.to_string()).into_response(),
        Err(error) => error.into_response(),
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, QueueError> {
    serde_json::from_slice(body).map_err(|error| QueueError::Serialization(error.to_string()))
}

/// A queue URL ends in `/account/name`; a name alone will do, as with SQS.
fn name_in(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or(url)
}

fn check_entries<'a>(
    ids: impl ExactSizeIterator<Item = &'a str>,
    kind: &'static str,
) -> Result<(), QueueError> {
    match ids.len() {
        0 => return Err(QueueError::EmptyBatch(kind)),
        1..=10 => {}
        more => return Err(QueueError::TooManyEntries(more)),
    }
    let mut seen = BTreeSet::new();
    for id in ids {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if id.is_empty() || id.len() > 80 || !id.bytes().all(allowed) {
            return Err(QueueError::InvalidEntryId);
        }
        if !seen.insert(id) {
            return Err(QueueError::RepeatedId(id.to_owned()));
        }
    }
    Ok(())
}

fn batch_answer(results: impl Iterator<Item = (String, Result<Value, QueueError>)>) -> Value {
    let mut answer = Map::new();
    for (id, result) in results {
        let (list, entry) = match result {
            Ok(mut entry) => {
                entry["Id"] = id.into();
                ("Successful", entry)
            }
            Err(error) => (
                "Failed",
                json!({ "Id": id, "Code": error.code(), "Message": error.to_string(), "SenderFault": true }),
            ),
        };
        if let Value::Array(entries) = answer.entry(list).or_insert_with(|| json!([])) {
            entries.push(entry);
        }
    }
    answer.into()
}
