//! What an action costs: DynamoDB calls and capacity, queue calls, HTTP calls, summed between [`Meter::start`]
//! and [`Meter::stop`].
//!
//! While the meter runs, DynamoDB is asked to report the capacity of every call.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::AddAssign;
use std::sync::{Arc, Mutex};

use serde::Serialize;
use serde_json::Value;

use crate::calls::Target;
use crate::lock;

/// Capacity units, in tenths: DynamoDB counts in halves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Units(pub u64);

impl AddAssign for Units {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl fmt::Display for Units {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0 / 10, self.0 % 10) {
            (whole, 0) => write!(f, "{whole}"),
            (whole, tenths) => write!(f, "{whole}.{tenths}"),
        }
    }
}

/// What was counted under one label.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Reading {
    /// How often the meter was started with the label.
    pub runs: u32,
    /// DynamoDB calls.
    pub calls: u32,
    /// Read capacity, indexes included.
    pub read_units: Units,
    /// Write capacity, indexes included.
    pub write_units: Units,
    /// SQS calls.
    pub queue_calls: u32,
    /// Calls to Telegram, the panel and the payment provider.
    pub http_calls: u32,
    /// Every call in order: `dynamodb TransactWriteItems`, `telegram POST /bot•••/sendMessage`.
    pub operations: Vec<String>,
}

/// The world's meter; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    label: Option<String>,
    readings: BTreeMap<String, Reading>,
}

impl Meter {
    /// Counts under `label` from now on; several runs with the same label add up.
    pub fn start(&self, label: impl Into<String>) {
        let mut inner = lock(&self.inner);
        let label = label.into();
        inner.readings.entry(label.clone()).or_default().runs += 1;
        inner.label = Some(label);
    }

    /// Stops counting and returns what has been counted under the label so far. Zeros if the meter was not
    /// running.
    pub fn stop(&self) -> Reading {
        let mut inner = lock(&self.inner);
        let label = inner.label.take();
        label.and_then(|label| inner.readings.get(&label).cloned()).unwrap_or_default()
    }

    /// Everything counted, by label.
    pub fn readings(&self) -> BTreeMap<String, Reading> {
        lock(&self.inner).readings.clone()
    }

    pub(crate) fn is_on(&self) -> bool {
        lock(&self.inner).label.is_some()
    }

    /// Counts one call. `response` is the body of DynamoDB's answer, for its capacity.
    pub(crate) fn count(&self, target: Target, operation: &str, response: &[u8]) {
        let mut inner = lock(&self.inner);
        let Inner { label: Some(label), readings } = &mut *inner else { return };
        let Some(reading) = readings.get_mut(label) else { return };
        reading.operations.push(format!("{target} {operation}"));
        match target {
            Target::Dynamodb => {
                reading.calls += 1;
                let units = consumed(response);
                *(if is_read(operation) { &mut reading.read_units } else { &mut reading.write_units }) +=
                    units;
            }
            Target::Sqs => reading.queue_calls += 1,
            Target::Telegram | Target::Panel | Target::Marzban | Target::Provider(_) => {
                reading.http_calls += 1;
            }
        }
    }
}

/// The request of a DynamoDB operation that consumes capacity, asking for the capacity to be reported. `None`
/// if there is nothing to add.
pub(crate) fn asking_for_capacity(operation: &str, body: &[u8]) -> Option<Vec<u8>> {
    let writes = ["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"];
    if !is_read(operation) && !writes.contains(&operation) {
        return None;
    }
    let mut request: Value = serde_json::from_slice(body).ok()?;
    request.as_object_mut()?.insert("ReturnConsumedCapacity".into(), "INDEXES".into());
    serde_json::to_vec(&request).ok()
}

fn is_read(operation: &str) -> bool {
    ["GetItem", "BatchGetItem", "TransactGetItems", "Query", "Scan"].contains(&operation)
}

/// `ConsumedCapacity.CapacityUnits`, an object or one for each table.
fn consumed(response: &[u8]) -> Units {
    let response: Value = serde_json::from_slice(response).unwrap_or_default();
    let mut sum = Units::default();
    match &response["ConsumedCapacity"] {
        Value::Array(tables) => tables.iter().for_each(|table| sum += units(&table["CapacityUnits"])),
        table => sum += units(&table["CapacityUnits"]),
    }
    sum
}

/// A JSON number in tenths, read from its decimal text so that nothing is rounded.
fn units(number: &Value) -> Units {
    let Value::Number(number) = number else { return Units::default() };
    let text = number.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, "0"));
    let tenth = fraction.chars().next().and_then(|digit| digit.to_digit(10)).unwrap_or(0);
    Units(whole.parse::<u64>().unwrap_or(0) * 10 + u64::from(tenth))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn body(value: &Value) -> Vec<u8> {
        serde_json::to_vec(value).unwrap()
    }

    #[test]
    fn costs_add_up_under_their_label() {
        let meter = Meter::default();
        meter.count(Target::Telegram, "POST /sendMessage", b"");
        meter.start("checkout");
        meter.count(
            Target::Dynamodb,
            "Query",
            &body(&json!({ "ConsumedCapacity": { "CapacityUnits": 0.5 } })),
        );
        meter.count(
            Target::Dynamodb,
            "GetItem",
            &body(&json!({ "ConsumedCapacity": { "CapacityUnits": 1 } })),
        );
        let two = json!([{ "CapacityUnits": 6.0 }, { "CapacityUnits": 2.5 }]);
        meter.count(Target::Dynamodb, "TransactWriteItems", &body(&json!({ "ConsumedCapacity": two })));
        meter.count(Target::Provider("yookassa"), "POST /v3/payments", b"");
        meter.count(Target::Sqs, "SendMessage", b"");
        let reading = meter.stop();
        meter.count(Target::Sqs, "SendMessage", b"");
        assert_eq!((reading.calls, reading.queue_calls, reading.http_calls), (3, 1, 1));
        assert_eq!(
            (reading.read_units.to_string(), reading.write_units.to_string()),
            ("1.5".into(), "8.5".into())
        );
        assert_eq!(reading.operations[2], "dynamodb TransactWriteItems");

        meter.start("checkout");
        meter.count(Target::Sqs, "SendMessage", b"");
        assert_eq!((meter.stop().queue_calls, meter.readings()["checkout"].runs), (2, 2));
        assert_eq!(meter.stop(), Reading::default());
    }

    #[test]
    fn capacity_is_asked_for_where_there_is_some() {
        let asked =
            asking_for_capacity("Query", br#"{"TableName":"t","ReturnConsumedCapacity":"NONE"}"#).unwrap();
        assert_eq!(asked, br#"{"TableName":"t","ReturnConsumedCapacity":"INDEXES"}"#);
        assert_eq!(asking_for_capacity("DescribeTable", b"{}"), None);
        assert_eq!(asking_for_capacity("Query", b"nonsense"), None);
    }
}
