//! The one way to write money, time and rights.

use crate::{
    Store, StoreError,
    items::{self, Item, VERSION, Write},
    keys,
};
use aws_sdk_dynamodb::{
    error::SdkError,
    operation::{put_item::PutItemError, transact_write_items::TransactWriteItemsError},
    types::{
        AttributeValue, CancellationReason, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
    },
};
use domain::Decision;
use std::time::Duration;

/// What became of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Commit {
    /// It is written, all of it.
    Committed,
    /// Its once-key was used before; nothing was written. Holds the outcome of the first time.
    AlreadyDone(String),
    /// A record (or its absence) is not what it was when it was loaded; nothing was written. Load and decide again.
    Conflict,
}

/// How often a write is tried that meets another one on the same items; the pauses sum up to about a tenth of a second.
const CROSSINGS: u32 = 6;

/// What came of one try to write.
enum Tried {
    Ended(Commit),
    /// Another write was on the same items just then. Nobody knows yet whether it will change them: DynamoDB refuses one of
    /// two that meet, and sometimes both.
    Crossed,
}

impl Store {
    /// Writes `decision` wholly or not at all: every record on its version, every event only if new, the once-key
    /// only if never used.
    ///
    /// A lone record without event or once-key (a screen's state, not money or time) costs a single conditional put.
    pub async fn commit(&self, decision: &Decision) -> Result<Commit, StoreError> {
        if decision.is_nothing() {
            return Ok(Commit::Committed);
        }
        for round in 0..CROSSINGS {
            let tried = match (&decision.once, decision.events.as_slice(), decision.records.as_slice()) {
                (None, [], [record]) => self.put_one(items::record(record)?).await?,
                _ => self.transact(decision).await?,
            };
            if let Tried::Ended(commit) = tried {
                return Ok(commit);
            }
            tokio::time::sleep(Duration::from_millis(fastrand::u64(0..=2 << round))).await;
        }
        Err(StoreError::Contended)
    }

    async fn put_one(&self, write: Write) -> Result<Tried, StoreError> {
        let request = self.client.put_item().table_name(&self.table).set_item(Some(write.item));
        let request = match expectation(write.expected) {
            Expectation::Absent => request.condition_expression(ABSENT),
            Expectation::Version(version) => request
                .condition_expression(AT_VERSION)
                .expression_attribute_names("#v", VERSION)
                .expression_attribute_values(":v", version),
        };
        match request.send().await {
            Ok(_) => Ok(Tried::Ended(Commit::Committed)),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(Tried::Ended(Commit::Conflict)),
                Some(PutItemError::TransactionConflictException(_)) => Ok(Tried::Crossed),
                _ => Err(StoreError::from_sdk("PutItem", &error)),
            },
        }
    }

    async fn transact(&self, decision: &Decision) -> Result<Tried, StoreError> {
        let mut writes = Vec::with_capacity(1 + decision.records.len() + decision.events.len());
        // The once-key stands first: its cancellation reason is looked up by position.
        if let Some(once) = &decision.once {
            writes.push(self.put(Write { item: items::once(once)?, expected: 0 })?);
        }
        for record in &decision.records {
            writes.push(self.put(items::record(record)?)?);
        }
        for event in &decision.events {
            writes.push(self.put(Write { item: items::event(event)?, expected: 0 })?);
        }
        let sent = self.client.transact_write_items().set_transact_items(Some(writes)).send().await;
        match sent {
            Ok(_) => Ok(Tried::Ended(Commit::Committed)),
            Err(error) => canceled(&error, decision.once.is_some()),
        }
    }

    fn put(&self, write: Write) -> Result<TransactWriteItem, StoreError> {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(write.item))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let put = match expectation(write.expected) {
            Expectation::Absent => put.condition_expression(ABSENT),
            Expectation::Version(version) => put
                .condition_expression(AT_VERSION)
                .expression_attribute_names("#v", VERSION)
                .expression_attribute_values(":v", version),
        };
        let put = put.build().map_err(|error| StoreError::Defect(error.to_string()))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

const ABSENT: &str = "attribute_not_exists(PK)";
const AT_VERSION: &str = "#v = :v";

enum Expectation {
    Absent,
    Version(AttributeValue),
}

fn expectation(version: u64) -> Expectation {
    match version {
        0 => Expectation::Absent,
        known => Expectation::Version(AttributeValue::N(known.to_string())),
    }
}

fn canceled<R: std::fmt::Debug>(
    error: &SdkError<TransactWriteItemsError, R>,
    has_once: bool,
) -> Result<Tried, StoreError> {
    let reasons = match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(canceled)) => {
            canceled.cancellation_reasons()
        }
        Some(TransactWriteItemsError::TransactionInProgressException(_)) => return Ok(Tried::Crossed),
        _ => return Err(StoreError::from_sdk("TransactWriteItems", error)),
    };
    if let Some(first) = reasons.first().filter(|first| has_once && code(first) == CONDITION) {
        return outcome(first.item().cloned()).map(|outcome| Tried::Ended(Commit::AlreadyDone(outcome)));
    }
    let expected = |reason| matches!(code(reason), "None" | CONDITION | CROSSED);
    if reasons.iter().all(expected) {
        let changed = reasons.iter().any(|reason| code(reason) == CONDITION);
        return Ok(if changed { Tried::Ended(Commit::Conflict) } else { Tried::Crossed });
    }
    let codes: Vec<&str> = reasons.iter().map(code).collect();
    let throttled = |code: &&str| matches!(*code, "ThrottlingError" | "ProvisionedThroughputExceeded");
    let text = format!("TransactWriteItems canceled: {codes:?}");
    if codes.iter().any(throttled) {
        Err(StoreError::Unavailable(text))
    } else {
        Err(StoreError::Defect(text))
    }
}

const CONDITION: &str = "ConditionalCheckFailed";
const CROSSED: &str = "TransactionConflict";

fn code(reason: &CancellationReason) -> &str {
    reason.code().unwrap_or("None")
}

fn outcome(item: Option<Item>) -> Result<String, StoreError> {
    let mut item = item.unwrap_or_default();
    item.remove(keys::PK);
    item.remove(keys::SK);
    if item.is_empty() {
        // The service may leave the old item out; that it exists is what counts.
        return Ok(String::new());
    }
    items::decode::<items::OnceItem>("once", item).map(|once| once.outcome)
}
