//! The one table, in an embedded DynamoDB: created as `template.yaml` declares it, served over HTTP on a
//! loopback port of its own.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use dynoxide::{Database, DynoxideError};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::clock::Clock;

/// The table could not be opened or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// The emulator refused a request.
    #[error("embedded DynamoDB: {0}")]
    Database(#[from] DynoxideError),
    /// The loopback listener could not be opened.
    #[error("embedded DynamoDB cannot listen on loopback")]
    Listen(#[from] std::io::Error),
    /// A request or answer had an unexpected shape.
    #[error("embedded DynamoDB: unexpected shape")]
    Shape(#[from] serde_json::Error),
    /// The data kept on disk belongs to a table with other keys or indexes.
    #[error("the kept data has another table definition ({found}); use another folder")]
    OtherDefinition {
        /// What was found on disk.
        found: String,
    },
    /// The path of the data file is not valid Unicode.
    #[error("the path of the data file is not valid Unicode")]
    Path,
}

/// A running table; clones share it. The server stops when the last clone is dropped.
#[derive(Clone)]
pub struct Table {
    db: Database,
    name: String,
    address: SocketAddr,
    _server: Arc<Server>,
}

struct Server(JoinHandle<()>);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Table {
    /// An empty table in memory whose stream and expiry follow `clock`.
    ///
    /// # Errors
    /// If the emulator or its listener does not start.
    pub async fn in_memory(name: &str, clock: &Clock) -> Result<Self, TableError> {
        Self::serve(Database::memory_with_clock(Arc::new(clock.clone()))?, name).await
    }

    /// A table kept in the `SQLite` file `file`, created if it is not there. Its stream and expiry follow the
    /// system's clock.
    ///
    /// # Errors
    /// If the emulator or its listener does not start, or the file holds a table with another definition.
    pub async fn on_disk(name: &str, file: &Path) -> Result<Self, TableError> {
        Self::serve(Database::new(file.to_str().ok_or(TableError::Path)?)?, name).await
    }

    async fn serve(db: Database, name: &str) -> Result<Self, TableError> {
        open(&db, name)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let server = tokio::spawn(dynoxide::server::serve_on(listener, db.clone()));
        Ok(Self { db, name: name.to_owned(), address, _server: Arc::new(Server(server)) })
    }

    /// The table's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the emulator itself listens. The shop is given the gateway's address instead, so that its calls
    /// are seen.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Every item as DynamoDB JSON, sorted by key; for the page and for the invariants of tests.
    ///
    /// # Errors
    /// If the emulator refuses the scan.
    pub fn items(&self) -> Result<Vec<Value>, TableError> {
        let mut items = Vec::new();
        let mut start = None;
        loop {
            let request = json!({ "TableName": self.name, "ExclusiveStartKey": start });
            let page = serde_json::to_value(self.db.scan(request_from(request)?)?)?;
            items.extend(page["Items"].as_array().into_iter().flatten().cloned());
            match page.get("LastEvaluatedKey") {
                Some(key) if !key.is_null() => start = Some(key.clone()),
                _ => break,
            }
        }
        let key = |item: &Value| {
            [&item["PK"]["S"], &item["SK"]["S"]].map(|part| part.as_str().unwrap_or("").to_owned())
        };
        items.sort_by_cached_key(key);
        Ok(items)
    }

    /// Deletes what has expired, as DynamoDB does some time after the moment. Returns how many items went.
    ///
    /// # Errors
    /// If the emulator fails.
    pub fn sweep_expired(&self) -> Result<usize, TableError> {
        Ok(self.db.sweep_ttl()?)
    }

    pub(crate) fn database(&self) -> &Database {
        &self.db
    }
}

/// Name of the attribute that holds an item's expiry (seconds since the epoch).
pub const TTL_ATTRIBUTE: &str = "expires_at";

/// The table as a `CreateTable` request; equal to the template's, which a test holds.
pub fn definition(name: &str) -> Value {
    let text = |name: &str| json!({ "AttributeName": name, "AttributeType": "S" });
    let key = |name: &str, kind: &str| json!({ "AttributeName": name, "KeyType": kind });
    let keys = |hash: &str, range: &str| json!([key(hash, "HASH"), key(range, "RANGE")]);
    let attributes = ["PK", "SK", "GSI1PK", "GSI1SK", "GSI2PK", "GSI2SK"].map(text);
    json!({
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": attributes,
        "KeySchema": keys("PK", "SK"),
        "GlobalSecondaryIndexes": [
            { "IndexName": "by-owner", "KeySchema": keys("GSI1PK", "GSI1SK"), "Projection": { "ProjectionType": "KEYS_ONLY" } },
            { "IndexName": "due", "KeySchema": keys("GSI2PK", "GSI2SK"), "Projection": { "ProjectionType": "KEYS_ONLY" } },
        ],
        "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "NEW_IMAGE" },
    })
}

/// Creates the table, or finds the one kept on disk and compares it.
fn open(db: &Database, name: &str) -> Result<(), TableError> {
    let wanted = definition(name);
    match db.describe_table(request_from(json!({ "TableName": name }))?) {
        Ok(found) => {
            let found = shape(&serde_json::to_value(found)?["Table"]);
            if found == shape(&wanted) {
                Ok(())
            } else {
                Err(TableError::OtherDefinition { found: found.to_string() })
            }
        }
        Err(DynoxideError::ResourceNotFoundException(_)) => {
            db.create_table(request_from(wanted)?)?;
            let ttl = json!({ "AttributeName": TTL_ATTRIBUTE, "Enabled": true });
            db.update_time_to_live(request_from(
                json!({ "TableName": name, "TimeToLiveSpecification": ttl }),
            )?)?;
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// Keys and indexes of a table definition or description, without what a description adds.
fn shape(table: &Value) -> Value {
    let index = |index: &Value| json!([index["IndexName"], index["KeySchema"], index["Projection"]]);
    let indexes = table["GlobalSecondaryIndexes"].as_array().into_iter().flatten().map(index);
    json!({ "keys": table["KeySchema"], "indexes": indexes.collect::<Vec<_>>(), "stream": table["StreamSpecification"] })
}

pub(crate) fn request_from<T: DeserializeOwned>(request: Value) -> Result<T, TableError> {
    Ok(serde_json::from_value(request)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template;

    #[test]
    fn the_table_is_the_templates_table() {
        let text = template::text();
        let table = template::resource(&text, "Table");
        let ours = definition("t");
        let list = |pointer: &str, key: &str| -> Vec<String> {
            ours[pointer]
                .as_array()
                .unwrap()
                .iter()
                .map(|entry| entry[key].as_str().unwrap().to_owned())
                .collect()
        };
        let (definitions, rest) = table.split_once("KeySchema:").unwrap();
        let (_, definitions) = definitions.split_once("AttributeDefinitions:").unwrap();
        assert_eq!(
            list("AttributeDefinitions", "AttributeName"),
            template::values(definitions, "AttributeName")
        );
        assert_eq!(
            list("AttributeDefinitions", "AttributeType"),
            template::values(definitions, "AttributeType")
        );
        assert_eq!(list("GlobalSecondaryIndexes", "IndexName"), template::values(rest, "IndexName"));

        let indexes = ours["GlobalSecondaryIndexes"].as_array().unwrap();
        let projections: Vec<_> =
            indexes.iter().map(|index| index["Projection"]["ProjectionType"].as_str().unwrap()).collect();
        assert_eq!(projections, template::values(rest, "ProjectionType"));
        let schemas =
            std::iter::once(&ours["KeySchema"]).chain(indexes.iter().map(|index| &index["KeySchema"]));
        let ours_keys: Vec<_> = schemas.flat_map(|schema| schema.as_array().unwrap().clone()).collect();
        let key = |name: &str| {
            ours_keys.iter().map(|key| key[name].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(key("AttributeName"), template::values(rest, "AttributeName"));
        assert_eq!(key("KeyType"), template::values(rest, "KeyType"));

        assert_eq!(template::values(table, "StreamViewType"), ["NEW_IMAGE"]);
        let ttl = table.lines().find(|line| line.contains("TimeToLiveSpecification")).unwrap();
        assert_eq!(template::values(ttl, "AttributeName"), [TTL_ATTRIBUTE]);
        assert_eq!(template::values(table, "BillingMode"), [ours["BillingMode"].as_str().unwrap()]);
    }

    #[tokio::test]
    async fn expired_items_go_with_the_clock() {
        let clock = Clock::fixed("2026-05-01T00:00:00Z".parse().unwrap());
        let table = Table::in_memory("shop", &clock).await.unwrap();
        let expires = (clock.now().as_second() + 60).to_string();
        let item = json!({ "PK": { "S": "a" }, "SK": { "S": "#" }, TTL_ATTRIBUTE: { "N": expires } });
        table.db.put_item(request_from(json!({ "TableName": "shop", "Item": item })).unwrap()).unwrap();
        assert_eq!(table.sweep_expired().unwrap(), 0);
        clock.advance(jiff::SignedDuration::from_mins(2));
        assert_eq!(table.sweep_expired().unwrap(), 1);
        assert!(table.items().unwrap().is_empty());
    }

    #[test]
    fn kept_data_of_another_definition_is_refused() {
        let db = Database::memory().unwrap();
        open(&db, "shop").unwrap();
        open(&db, "shop").unwrap();
        let mut other = definition("other");
        other["GlobalSecondaryIndexes"].as_array_mut().unwrap().pop();
        other["AttributeDefinitions"].as_array_mut().unwrap().truncate(4);
        db.create_table(request_from(other).unwrap()).unwrap();
        assert!(matches!(open(&db, "other"), Err(TableError::OtherDefinition { .. })));
    }
}
