//! The one table without a database: what the store asks of DynamoDB, carried out on a map in this process, behind the real
//! SDK client. Ten times faster than the embedded database, and checked against it (see `likeness.rs`).
//!
//! It knows exactly the requests that the store makes and panics at any other. Between a request and its answer other
//! work may run, as a seed says, so that people who press at once collide here as they would there.

use aws_sdk_dynamodb::{
    Client,
    config::{
        BehaviorVersion, Credentials, HttpClient, Region, RuntimeComponents, StalledStreamProtectionConfig,
        http::{HttpRequest, HttpResponse},
        retry::RetryConfig,
        timeout::TimeoutConfig,
    },
};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    result::ConnectorError,
};
use fastrand::Rng;
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard},
};

pub type Item = Map<String, Value>;
type Key = (String, String);

/// A table; clones share it.
#[derive(Clone, Debug)]
pub struct Memory(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    items: BTreeMap<Key, Item>,
    rng: Rng,
    /// Other work may run while a request is on its way.
    shuffles: bool,
    /// Requests that would write, refused ones too.
    writes: usize,
    /// How many of the next writes are done and their answers lost.
    losing: u32,
    /// How many of the next writes meet another transaction.
    crossing: u32,
}

impl Memory {
    pub fn new(seed: u64, shuffles: bool) -> Self {
        let inner = Inner {
            items: BTreeMap::new(),
            rng: Rng::with_seed(seed),
            shuffles,
            writes: 0,
            losing: 0,
            crossing: 0,
        };
        Self(Arc::new(Mutex::new(inner)))
    }

    /// An SDK client of it. It repeats nothing: whoever meets a lost answer must cope.
    pub fn client(&self) -> Client {
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(sandbox::REGION))
            .credentials_provider(Credentials::new("memory", "memory", None, None, "memory"))
            .http_client(self.clone())
            .endpoint_url("http://memory.invalid")
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .allow_no_auth()
            .auth_scheme_preference(["noAuth".into()])
            .build();
        Client::from_conf(config)
    }

    /// Every item, by key.
    pub fn items(&self) -> BTreeMap<Key, Item> {
        self.inner().items.clone()
    }

    /// A table that holds this from the beginning.
    #[must_use]
    pub fn with(self, items: &BTreeMap<Key, Item>) -> Self {
        self.inner().items.clone_from(items);
        self
    }

    /// When the clock first rings for a payment or a stray, in seconds since 1970.
    pub fn next_due(&self) -> Option<i64> {
        let inner = self.inner();
        let money = |pk: &str| pk.starts_with("PAY#") || pk.starts_with("STRAY#");
        let due = inner.items.iter().filter(|((pk, _), _)| money(pk));
        due.filter_map(|(_, item)| text(item, "GSI2SK")?.parse().ok()).min()
    }

    /// How many writes were asked for so far.
    pub fn writes(&self) -> usize {
        self.inner().writes
    }

    /// The answers of the next `count` writes are lost, after the work was done.
    pub fn lose_answers(&self, count: u32) {
        self.inner().losing = count;
    }

    /// The next `count` writes meet another transaction on the same items and are refused.
    pub fn cross(&self, count: u32) {
        self.inner().crossing = count;
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }

    /// Lets others run for a moment.
    async fn on_the_way(&self) {
        let steps = {
            let mut inner = self.inner();
            if inner.shuffles { inner.rng.u8(0..4) } else { 0 }
        };
        for _ in 0..steps {
            tokio::task::yield_now().await;
        }
    }

    fn answer(&self, operation: &str, request: &Value) -> Result<(u16, Value), ConnectorError> {
        let mut inner = self.inner();
        let writes = matches!(operation, "PutItem" | "TransactWriteItems");
        if !writes {
            return Ok(match operation {
                "GetItem" => (200, inner.get(request)),
                "Query" => (200, inner.query(request)),
                other => panic!("the store makes no {other}"),
            });
        }
        inner.writes += 1;
        if inner.crossing > 0 {
            inner.crossing -= 1;
            return Ok(crossed(operation, request));
        }
        let answer = match operation {
            "PutItem" => inner.put_one(request),
            _ => inner.transact(request),
        };
        if inner.losing > 0 {
            inner.losing -= 1;
            return Err(ConnectorError::io("the answer was lost".into()));
        }
        Ok(answer)
    }
}

impl HttpClient for Memory {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Memory {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let body: Value = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap();
        let memory = self.clone();
        HttpConnectorFuture::new(async move {
            memory.on_the_way().await;
            let (status, answer) = memory.answer(&operation, &body)?;
            memory.on_the_way().await;
            Ok(HttpResponse::new(status.try_into().unwrap(), answer.to_string().into()))
        })
    }
}

fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?["S"].as_str()
}

fn key(item: &Item) -> Key {
    let part = |name| text(item, name).unwrap().to_owned();
    (part("PK"), part("SK"))
}

fn object(value: &Value) -> Item {
    value.as_object().cloned().unwrap_or_default()
}

const EXCEPTION: &str = "com.amazonaws.dynamodb.v20120810#";

/// Another transaction was on the same items.
fn crossed(operation: &str, request: &Value) -> (u16, Value) {
    if operation == "PutItem" {
        return (400, json!({ "__type": format!("{EXCEPTION}TransactionConflictException"), "message": "" }));
    }
    let count = request["TransactItems"].as_array().unwrap().len();
    let reasons =
        (0..count).map(|at| json!({ "Code": if at == 0 { "TransactionConflict" } else { "None" } }));
    canceled(&reasons.collect::<Vec<_>>())
}

fn canceled(reasons: &[Value]) -> (u16, Value) {
    let kind = format!("{EXCEPTION}TransactionCanceledException");
    let message = "Transaction cancelled, please refer cancellation reasons for specific reasons";
    (400, json!({ "__type": kind, "Message": message, "CancellationReasons": reasons }))
}

impl Inner {
    fn get(&self, request: &Value) -> Value {
        match self.items.get(&key(&object(&request["Key"]))) {
            Some(item) => json!({ "Item": item }),
            None => json!({}),
        }
    }

    /// `A = :x AND B < :y`, with `<=` and `begins_with(B, :y)` besides, on the table or an index.
    fn query(&self, request: &Value) -> Value {
        let condition = request["KeyConditionExpression"].as_str().unwrap();
        let values = &request["ExpressionAttributeValues"];
        let holds: Vec<_> = condition.split(" AND ").map(|part| clause(part, values)).collect();
        let sort = match request["IndexName"].as_str() {
            Some("due") => "GSI2SK",
            Some("by-owner") => "GSI1SK",
            Some(other) => panic!("no index {other}"),
            None => "SK",
        };
        let mut found: Vec<&Item> =
            self.items.values().filter(|item| holds.iter().all(|hold| hold(item))).collect();
        found.sort_by_key(|item| (text(item, sort).map(str::to_owned), key(item)));
        if request["ScanIndexForward"] == false {
            found.reverse();
        }
        let limit = request["Limit"].as_u64().and_then(|limit| usize::try_from(limit).ok());
        found.truncate(limit.unwrap_or(usize::MAX));
        json!({ "Count": found.len(), "ScannedCount": found.len(), "Items": found })
    }

    fn put_one(&mut self, request: &Value) -> (u16, Value) {
        if self.refusal(request).is_some() {
            let kind = format!("{EXCEPTION}ConditionalCheckFailedException");
            return (400, json!({ "__type": kind, "message": "The conditional request failed" }));
        }
        self.write(request);
        (200, json!({}))
    }

    fn transact(&mut self, request: &Value) -> (u16, Value) {
        let puts: Vec<&Value> =
            request["TransactItems"].as_array().unwrap().iter().map(|write| &write["Put"]).collect();
        let keys: BTreeSet<Key> = puts.iter().map(|put| key(&object(&put["Item"]))).collect();
        assert!(keys.len() == puts.len() && puts.len() <= 100, "DynamoDB refuses this transaction: {keys:?}");
        let refusals: Vec<Option<Item>> = puts.iter().map(|put| self.refusal(put)).collect();
        if refusals.iter().all(Option::is_none) {
            for put in puts {
                self.write(put);
            }
            return (200, json!({}));
        }
        let reason = |refusal: Option<Item>| match refusal {
            None => json!({ "Code": "None" }),
            Some(old) if old.is_empty() => json!({ "Code": "ConditionalCheckFailed", "Message": "" }),
            Some(old) => json!({ "Code": "ConditionalCheckFailed", "Message": "", "Item": old }),
        };
        canceled(&refusals.into_iter().map(reason).collect::<Vec<_>>())
    }

    /// The item that is in the way of a conditional put (empty if the wanted one is missing).
    fn refusal(&self, put: &Value) -> Option<Item> {
        let old = self.items.get(&key(&object(&put["Item"])));
        let fits = match put["ConditionExpression"].as_str() {
            None => true,
            Some("attribute_not_exists(PK)") => old.is_none(),
            Some("#v = :v") => {
                let name = put["ExpressionAttributeNames"]["#v"].as_str().unwrap();
                old.is_some_and(|old| old.get(name) == Some(&put["ExpressionAttributeValues"][":v"]))
            }
            Some(other) => panic!("the store sets no condition {other}"),
        };
        (!fits).then(|| old.cloned().unwrap_or_default())
    }

    fn write(&mut self, put: &Value) {
        let item = object(&put["Item"]);
        self.items.insert(key(&item), item);
    }
}

/// One clause of a key condition. Items without the attribute (not in the index) never hold.
fn clause(part: &str, values: &Value) -> Box<dyn Fn(&Item) -> bool> {
    let value = |name: &str| values[name.trim()]["S"].as_str().unwrap().to_owned();
    let prefix = part.strip_prefix("begins_with(").and_then(|rest| rest.strip_suffix(')'));
    if let Some((name, wanted)) = prefix.and_then(|rest| rest.split_once(", ")) {
        let (name, wanted) = (name.to_owned(), value(wanted));
        return Box::new(move |item| text(item, &name).is_some_and(|found| found.starts_with(&wanted)));
    }
    let mut words = part.split(' ');
    let (name, sign, wanted) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
    let (name, wanted) = (name.to_owned(), value(wanted));
    match sign {
        "=" => Box::new(move |item| text(item, &name) == Some(wanted.as_str())),
        "<" => Box::new(move |item| text(item, &name).is_some_and(|found| found < wanted.as_str())),
        "<=" => Box::new(move |item| text(item, &name).is_some_and(|found| found <= wanted.as_str())),
        other => panic!("no sign {other} in {part}"),
    }
}
