//! The table's stream as Lambda's event source mapping reads it: batches of records that match the mapping's
//! filter, each delivered at least once. The place in the stream moves only over records that the function has
//! dealt with.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::batch::{Failures, Outcome};
use crate::pattern::Pattern;
use crate::table::{Table, TableError, request_from};
use crate::{ACCOUNT, REGION, lock};

/// Reads the stream for one function; clones share the place in it.
#[derive(Clone)]
pub struct StreamReader {
    table: Table,
    filter: Option<Pattern>,
    cursor: Arc<Mutex<Option<String>>>,
}

/// Records on their way to a function.
#[derive(Clone, Debug)]
pub struct StreamBatch {
    /// The event as Lambda delivers it: `{"Records": […]}`.
    pub event: Value,
    /// Sequence numbers of everything read for this batch, filtered records included, in order.
    read: Vec<String>,
}

impl StreamReader {
    /// Reads from the oldest record (`TRIM_HORIZON`), and only those that match `filter`.
    pub fn new(table: Table, filter: Option<Pattern>) -> Self {
        Self { table, filter, cursor: Arc::default() }
    }

    /// The sequence number of the last record dealt with.
    pub fn cursor(&self) -> Option<String> {
        lock(&self.cursor).clone()
    }

    /// Goes on after the record `sequence_number`, or from the oldest one. Going back makes records come again.
    pub fn resume_after(&self, sequence_number: Option<String>) {
        *lock(&self.cursor) = sequence_number;
    }

    /// The next records, at most `size`; `None` if there is nothing new. Until [`StreamReader::settle`] it
    /// answers with the same ones.
    ///
    /// # Errors
    /// If the emulator cannot be read.
    pub fn poll(&self, size: usize) -> Result<Option<StreamBatch>, TableError> {
        let mut records = Vec::new();
        let mut read = Vec::new();
        let (arn, mut iterator) = self.iterator()?;
        while records.len() < size {
            let request = json!({ "ShardIterator": iterator, "Limit": size });
            let page = serde_json::to_value(self.table.database().get_records(request_from(request)?)?)?;
            let found = page["Records"].as_array().map(Vec::as_slice).unwrap_or_default();
            if found.is_empty() {
                break;
            }
            for record in found {
                if records.len() == size {
                    break;
                }
                read.push(sequence_number(record).to_owned());
                if self.filter.as_ref().is_none_or(|filter| filter.matches(record)) {
                    records.push(delivered(record, &arn));
                }
            }
            iterator = page["NextShardIterator"].clone();
        }
        if records.is_empty() {
            if let Some(last) = read.pop() {
                *lock(&self.cursor) = Some(last);
            }
            return Ok(None);
        }
        Ok(Some(StreamBatch { event: json!({ "Records": records }), read }))
    }

    /// Moves on over what the function has dealt with. With partial failures that is everything before the
    /// first failed record: what comes after it is delivered again, done or not, as Lambda does it.
    pub fn settle(&self, batch: &StreamBatch, outcome: &Outcome) {
        let records = batch.event["Records"].as_array().map(Vec::as_slice).unwrap_or_default();
        let done = match outcome.failures(records.iter().map(sequence_number)) {
            Failures::None => batch.read.len(),
            Failures::All => 0,
            Failures::These(failed) => batch.read.iter().position(|read| failed.contains(read)).unwrap_or(0),
        };
        if let Some(last) = done.checked_sub(1).and_then(|last| batch.read.get(last)) {
            *lock(&self.cursor) = Some(last.clone());
        }
    }

    /// The stream's ARN as events carry it, and an iterator at the cursor.
    fn iterator(&self) -> Result<(String, Value), TableError> {
        let streams =
            self.table.database().list_streams(request_from(json!({ "TableName": self.table.name() }))?)?;
        let stream = serde_json::to_value(streams)?["Streams"][0].clone();
        let described = self
            .table
            .database()
            .describe_stream(request_from(json!({ "StreamArn": stream["StreamArn"] }))?)?;
        let shard = serde_json::to_value(described)?["StreamDescription"]["Shards"][0]["ShardId"].clone();
        let cursor = self.cursor();
        let kind = if cursor.is_some() { "AFTER_SEQUENCE_NUMBER" } else { "TRIM_HORIZON" };
        let request = json!({
            "StreamArn": stream["StreamArn"], "ShardId": shard, "ShardIteratorType": kind, "SequenceNumber": cursor,
        });
        let iterator =
            serde_json::to_value(self.table.database().get_shard_iterator(request_from(request)?)?)?;
        let label = stream["StreamLabel"].as_str().unwrap_or_default();
        let arn = format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{}/stream/{label}", self.table.name());
        Ok((arn, iterator["ShardIterator"].clone()))
    }
}

fn sequence_number(record: &Value) -> &str {
    record["dynamodb"]["SequenceNumber"].as_str().unwrap_or_default()
}

/// A record of `GetRecords` as Lambda passes it on: it adds the source.
fn delivered(record: &Value, arn: &str) -> Value {
    let mut record = record.clone();
    record["awsRegion"] = json!(REGION);
    record["eventSourceARN"] = json!(arn);
    record
}

#[cfg(test)]
mod tests {
    use aws_lambda_events::dynamodb::Event;

    use super::*;
    use crate::clock::Clock;
    use crate::template;

    async fn world(filter: Option<Pattern>) -> (Table, StreamReader) {
        let clock = Clock::fixed("2026-05-01T00:00:00Z".parse().unwrap());
        let table = Table::in_memory("shop", &clock).await.unwrap();
        (table.clone(), StreamReader::new(table, filter))
    }

    fn put(table: &Table, sk: &str) {
        let item = json!({ "PK": { "S": "USER#1" }, "SK": { "S": sk }, "amount": { "N": "15000" } });
        table
            .database()
            .put_item(request_from(json!({ "TableName": "shop", "Item": item })).unwrap())
            .unwrap();
    }

    fn keys(batch: &StreamBatch) -> Vec<&str> {
        let records = batch.event["Records"].as_array().unwrap();
        records.iter().map(|record| record["dynamodb"]["Keys"]["SK"]["S"].as_str().unwrap()).collect()
    }

    fn failed(batch: &StreamBatch, index: usize) -> Outcome {
        let id = &batch.event["Records"][index]["dynamodb"]["SequenceNumber"];
        Outcome::Answered(json!({ "batchItemFailures": [{ "itemIdentifier": id }] }))
    }

    #[tokio::test]
    async fn records_come_again_until_they_are_dealt_with() {
        let (table, reader) = world(None).await;
        assert!(reader.poll(10).unwrap().is_none());
        for sk in ["EVENT#1", "EVENT#2", "EVENT#3"] {
            put(&table, sk);
        }
        let batch = reader.poll(10).unwrap().unwrap();
        assert_eq!(keys(&batch), ["EVENT#1", "EVENT#2", "EVENT#3"]);
        reader.settle(&batch, &Outcome::Failed);
        assert_eq!(keys(&reader.poll(2).unwrap().unwrap()), ["EVENT#1", "EVENT#2"]);
        reader.settle(&batch, &failed(&batch, 1));
        let batch = reader.poll(10).unwrap().unwrap();
        assert_eq!(keys(&batch), ["EVENT#2", "EVENT#3"], "from the failed record on");
        reader.settle(&batch, &failed(&batch, 0));
        assert_eq!(keys(&reader.poll(10).unwrap().unwrap()), ["EVENT#2", "EVENT#3"]);
        reader.settle(&batch, &Outcome::Answered(json!({ "batchItemFailures": [] })));
        assert!(reader.poll(10).unwrap().is_none());
        put(&table, "EVENT#4");
        assert_eq!(keys(&reader.poll(10).unwrap().unwrap()), ["EVENT#4"]);
    }

    #[tokio::test]
    async fn the_templates_filter_lets_new_events_through_and_nothing_else() {
        let text = template::text();
        let (_, pattern) = template::resource(&text, "Relay").split_once("Pattern: '").unwrap();
        let pattern = Pattern::parse(pattern.split('\'').next().unwrap()).unwrap();
        let (table, reader) = world(Some(pattern)).await;
        for sk in ["#PROFILE", "EVENT#1", "#SUB#1", "EVENT#1", "EVENT#2", "#SUB#1"] {
            put(&table, sk);
        }
        let batch = reader.poll(10).unwrap().unwrap();
        assert_eq!(keys(&batch), ["EVENT#1", "EVENT#2"], "the rewritten event is a MODIFY");
        reader.settle(&batch, &Outcome::Answered(Value::Null));
        assert!(reader.poll(10).unwrap().is_none());
        let end = reader.cursor();
        put(&table, "#PROFILE");
        assert!(reader.poll(10).unwrap().is_none());
        assert_ne!(reader.cursor(), end, "what does not match is passed over for good");
    }

    #[tokio::test]
    async fn kept_data_and_the_place_in_it_survive_a_restart() {
        let file = std::env::temp_dir().join(format!("sandbox-stream-{}.sqlite", std::process::id()));
        let table = Table::on_disk("shop", &file).await.unwrap();
        let reader = StreamReader::new(table.clone(), None);
        put(&table, "EVENT#1");
        let batch = reader.poll(10).unwrap().unwrap();
        reader.settle(&batch, &Outcome::Answered(Value::Null));
        put(&table, "EVENT#2");
        let place = reader.cursor();
        drop((table, reader));

        let table = Table::on_disk("shop", &file).await.unwrap();
        assert_eq!(table.items().unwrap().len(), 2);
        let reader = StreamReader::new(table, None);
        assert_eq!(keys(&reader.poll(10).unwrap().unwrap()), ["EVENT#1", "EVENT#2"], "from the oldest");
        reader.resume_after(place);
        assert_eq!(keys(&reader.poll(10).unwrap().unwrap()), ["EVENT#2"]);
        for suffix in ["", "-wal", "-shm"] {
            drop(std::fs::remove_file(format!("{}{suffix}", file.display())));
        }
    }

    #[tokio::test]
    async fn the_event_has_lambdas_shape() {
        let (table, reader) = world(None).await;
        put(&table, "EVENT#1");
        let batch = reader.poll(1).unwrap().unwrap();
        let event: Event = serde_json::from_value(batch.event.clone()).unwrap();
        let record = &event.records[0];
        assert_eq!((record.event_name.as_str(), record.aws_region.as_str()), ("INSERT", REGION));
        assert!(!record.event_id.is_empty());
        assert_eq!(record.change.stream_view_type.as_ref().unwrap().to_string(), "NEW_IMAGE");
        assert_eq!(record.change.new_image.inner().len(), 3);
        assert_eq!(record.change.keys.inner().len(), 2);
        assert!(record.change.old_image.inner().is_empty());
        assert!(
            record
                .event_source_arn
                .as_ref()
                .unwrap()
                .starts_with("arn:aws:dynamodb:eu-central-1:000000000000:table/shop/stream/")
        );
        assert_eq!(record.change.approximate_creation_date_time.to_rfc3339(), "2026-05-01T00:00:00+00:00");
    }
}
