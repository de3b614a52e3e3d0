//! The world's server through real clients: the AWS SDK for the store, plain HTTP for the rest.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use std::sync::Arc;

use axum::routing::{any, get};
use futures::FutureExt;
use serde_json::json;

use super::*;
use crate::clock::Clock;
use crate::faults::{Answer, CrashPlan, Crashed, Effect, Loss, Moment, Rule, When, run_or_crash};
use crate::front;
use crate::queues::QueueSettings;

struct World {
    outside: Outside,
    table: Table,
    address: Address,
    store: Client,
    http: reqwest::Client,
    _server: Server,
}

impl World {
    async fn new() -> Self {
        let clock = Clock::fixed("2026-05-01T00:00:00Z".parse().unwrap());
        let site = Site::take(0).await.unwrap();
        let address = site.address;
        let table = Table::in_memory("shop", &clock).await.unwrap();
        let queues = Queues::new(clock.clone(), &address.below(SQS), QueueSettings::shop());
        let telegram = Router::new()
            .route("/{bot}/{method}", any(|body: String| async move { format!("echo {body}") }))
            .route("/page", get(|| async { "for people" }));
        let outside = Outside::new(clock);
        let mounts = vec![Mount::dynamodb(&table).unwrap(), Mount::sqs(&queues), Mount::telegram(telegram)];
        let invoke: front::Invoke = Arc::new(|_, event| {
            let answer = json!({ "statusCode": 200, "body": event["requestContext"]["http"]["sourceIp"] });
            async move { Ok(answer) }.boxed()
        });
        let inside = front::router(outside.clock.clone(), invoke);
        let server = site.serve(&outside, mounts, inside);
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(crate::REGION))
            .credentials_provider(Credentials::new("id", "key", None, None, "test"))
            .endpoint_url(address.below(DYNAMODB))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .retry_config(RetryConfig::disabled())
            .build();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { outside, table, address, store: Client::from_conf(config), http, _server: server }
    }

    async fn put(&self, sk: &str) -> Result<(), SdkError<PutItemError>> {
        let text = |value: &str| AttributeValue::S(value.to_owned());
        let put = self.store.put_item().table_name("shop").item("PK", text("USER#1")).item("SK", text(sk));
        put.send().await.map(drop)
    }

    async fn tell(&self) -> reqwest::Result<String> {
        let url = self.address.below("/telegram/bot1:secret/sendMessage");
        self.http.post(url).body("hi").send().await?.error_for_status()?.text().await
    }

    fn spoil(&self, target: Target, when: When, effect: Effect) {
        self.outside.faults.push(Rule { target, operation: None, when, effect });
    }

    fn items(&self) -> usize {
        self.table.items().unwrap().len()
    }
}

#[tokio::test]
async fn calls_reach_their_services_and_the_log() {
    let world = World::new().await;
    world.put("#PROFILE").await.unwrap();
    assert_eq!(world.tell().await.unwrap(), "echo hi");
    assert_eq!(world.items(), 1);
    let sqs =
        world.http.post(world.address.queue("notifications")).header("x-amz-target", "AmazonSQS.SendMessage");
    let queue = world.address.queue("notifications");
    let sent = sqs.body(json!({ "QueueUrl": queue, "MessageBody": "x" }).to_string()).send().await.unwrap();
    assert_eq!(sent.status(), 200);

    let calls = world.outside.calls.all();
    let seen: Vec<_> = calls.iter().map(|call| (call.number, call.operation.as_str(), call.status)).collect();
    assert_eq!(
        seen,
        [
            (1, "PutItem", Some(200)),
            (2, "POST /bot•••/sendMessage", Some(200)),
            (3, "SendMessage", Some(200))
        ]
    );
    assert_eq!((calls[1].request.as_str(), calls[1].response.as_str()), ("hi", "echo hi"));
    assert_eq!(calls[0].at, "2026-05-01T00:00:00Z");
}

#[tokio::test]
async fn people_and_the_front_door_are_not_calls() {
    let world = World::new().await;
    let get = async |path: &str| {
        world.http.get(world.address.below(path)).send().await.unwrap().text().await.unwrap()
    };
    assert_eq!(get("/telegram/page").await, "for people");
    assert_eq!(get("/health").await, "127.0.0.1", "the function sees who called");
    assert_eq!((world.outside.calls.total(), world.outside.faults.count()), (0, 0));
}

#[tokio::test]
async fn made_up_answers_look_like_the_services_own() {
    let world = World::new().await;
    world.spoil(Target::Dynamodb, When::Nth(1), Effect::Answer(Answer::slow_down(Target::Dynamodb, 1)));
    let error = world.put("#PROFILE").await.unwrap_err();
    assert_eq!(error.code(), Some("ThrottlingException"));
    assert_eq!(world.items(), 0);
    world.put("#PROFILE").await.unwrap();

    world.spoil(Target::Telegram, When::Always, Effect::Answer(Answer::slow_down(Target::Telegram, 7)));
    let url = world.address.below("/telegram/bot1:secret/sendMessage");
    let answer = world.http.post(url).send().await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), answer.headers()["content-type"].to_str().unwrap()),
        (429, "application/json")
    );
    let body: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(body["parameters"]["retry_after"], 7);
    assert_eq!(world.outside.calls.all()[2].fault.as_deref(), Some("answered 429"));
}

#[tokio::test]
async fn a_lost_request_did_nothing_and_a_lost_answer_did_everything() {
    let world = World::new().await;
    world.spoil(Target::Dynamodb, When::Nth(1), Effect::LoseRequest(Loss::Closed));
    world.spoil(Target::Dynamodb, When::Nth(2), Effect::LoseAnswer(Loss::Closed));
    let is_cut = |result| matches!(result, Err(SdkError::DispatchFailure(_)));
    assert!(is_cut(world.put("#PROFILE").await), "no answer of any kind arrives");
    assert_eq!(world.items(), 0);
    assert!(is_cut(world.put("#PROFILE").await));
    assert_eq!(world.items(), 1);
    world.put("#SUB#1").await.unwrap();
    world.spoil(Target::Telegram, When::Always, Effect::LoseRequest(Loss::Closed));
    let cut = world.tell().await.unwrap_err();
    assert!(cut.is_request() && cut.status().is_none() && !cut.is_timeout(), "{cut}");
    let statuses: Vec<_> = world.outside.calls.all().iter().map(|call| call.status).collect();
    assert_eq!(statuses, [None, None, Some(200), None]);
}

#[tokio::test]
async fn silence_lasts_until_the_caller_gives_up() {
    let world = World::new().await;
    world.spoil(Target::Telegram, When::Always, Effect::LoseAnswer(Loss::Silent));
    let url = world.address.below("/telegram/bot1:secret/sendMessage");
    let patience = std::time::Duration::from_millis(50);
    let error = world.http.post(url).body("hi").timeout(patience).send().await.unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(world.outside.calls.all()[0].response, "echo hi", "the service did its work");
}

#[tokio::test]
async fn a_delay_is_only_marked() {
    let world = World::new().await;
    world.spoil(Target::Telegram, When::Always, Effect::Delay(jiff::SignedDuration::from_secs(90)));
    world.tell().await.unwrap();
    assert_eq!(world.outside.calls.all()[0].fault.as_deref(), Some("delayed by 1m 30s"));
}

/// A function that makes three outgoing calls.
async fn purchase(world: &World) {
    world.put("#QUOTE").await.unwrap();
    world.tell().await.unwrap();
    world.put("#SUB#1").await.unwrap();
}

#[tokio::test]
async fn every_call_of_a_run_is_a_place_to_die() {
    let dry = World::new().await;
    dry.outside.faults.begin_run(None);
    run_or_crash(purchase(&dry), &dry.outside.faults).await.unwrap();
    assert_eq!(dry.outside.faults.count(), 3);

    let mut items_after_death = Vec::new();
    for call_number in 1..=3 {
        for moment in [Moment::Before, Moment::After] {
            let world = World::new().await;
            world.outside.faults.begin_run(Some(CrashPlan { call_number, moment }));
            assert_eq!(run_or_crash(purchase(&world), &world.outside.faults).await, Err(Crashed));
            assert_eq!(world.outside.faults.count(), call_number);
            items_after_death.push(world.items());
            run_or_crash(purchase(&world), &world.outside.faults).await.unwrap();
            assert_eq!(world.items(), 2);
        }
    }
    assert_eq!(items_after_death, [0, 1, 1, 1, 1, 2]);
}

#[tokio::test]
async fn the_meter_asks_the_store_what_a_call_cost() {
    let world = World::new().await;
    world.outside.meter.start("write and read");
    world.put("#PROFILE").await.unwrap();
    let get = world.store.query().table_name("shop").key_condition_expression("PK = :pk");
    get.expression_attribute_values(":pk", AttributeValue::S("USER#1".into())).send().await.unwrap();
    world.tell().await.unwrap();
    let reading = world.outside.meter.stop();
    assert_eq!((reading.calls, reading.http_calls), (2, 1));
    assert_eq!((reading.read_units.to_string(), reading.write_units.to_string()), ("0.5".into(), "1".into()));
    world.put("#PROFILE").await.unwrap();
    let log = world.outside.calls.all();
    assert!(log[0].response.contains("ConsumedCapacity") && !log[3].response.contains("ConsumedCapacity"));
}
