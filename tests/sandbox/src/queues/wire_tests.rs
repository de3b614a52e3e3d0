//! The queue service through the real SDK, over HTTP.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::{MessageSystemAttributeName, QueueAttributeName, SendMessageBatchRequestEntry};
use jiff::SignedDuration;
use tokio::net::TcpListener;

use super::*;

async fn service() -> (Clock, Queues, Client) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let clock = Clock::fixed("2026-05-01T00:00:00Z".parse().unwrap());
    let queues = Queues::new(clock.clone(), &address, QueueSettings::shop());
    let router = queues.router();
    tokio::spawn(async move { axum::serve(listener, router).await });
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(crate::REGION))
        .credentials_provider(Credentials::new("id", "key", None, None, "test"))
        .endpoint_url(address)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    (clock, queues, Client::from_conf(config))
}

#[tokio::test]
async fn a_message_travels_there_and_back() {
    let (clock, queues, sqs) = service().await;
    let found = sqs.get_queue_url().queue_name("notifications").send().await.unwrap();
    let url = found.queue_url().unwrap().to_owned();
    assert_eq!(url, queues.url("notifications"));
    let sent =
        sqs.send_message().queue_url(&url).message_body("привет").delay_seconds(5).send().await.unwrap();
    assert_eq!(sent.md5_of_message_body(), Some("608333adc72f545078ede3aad71bfe74"));
    assert!(sqs.receive_message().queue_url(&url).send().await.unwrap().messages().is_empty(), "delayed");
    clock.advance(SignedDuration::from_secs(5));

    let receive =
        sqs.receive_message().queue_url(&url).message_system_attribute_names(MessageSystemAttributeName::All);
    let received = receive.send().await.unwrap();
    let message = &received.messages()[0];
    assert_eq!((message.body(), message.message_id()), (Some("привет"), sent.message_id()));
    assert_eq!(message.attributes().unwrap()[&MessageSystemAttributeName::ApproximateReceiveCount], "1");

    let receipt = message.receipt_handle().unwrap();
    let change = sqs.change_message_visibility().queue_url(&url).receipt_handle(receipt);
    change.clone().visibility_timeout(600).send().await.unwrap();
    assert_eq!(queues.next_visible(), Some(clock.now() + SignedDuration::from_mins(10)));
    let get = sqs.get_queue_attributes().queue_url(&url).attribute_names(QueueAttributeName::All);
    let attributes = get.send().await.unwrap().attributes.unwrap();
    assert_eq!(attributes[&QueueAttributeName::ApproximateNumberOfMessagesNotVisible], "1");
    assert!(attributes[&QueueAttributeName::RedrivePolicy].contains("notifications-dead"));

    sqs.delete_message().queue_url(&url).receipt_handle(receipt).send().await.unwrap();
    assert!(queues.snapshot().iter().all(|queue| queue.messages.is_empty()));
    let error = change.visibility_timeout(0).send().await.unwrap_err();
    assert_eq!(error.code(), Some("InvalidParameterValue"));
}

#[tokio::test]
async fn a_batch_is_answered_entry_by_entry() {
    let (_, queues, sqs) = service().await;
    let entry = |id: &str, group: Option<&str>| {
        let builder =
            SendMessageBatchRequestEntry::builder().id(id).message_body(id).message_deduplication_id(id);
        builder.set_message_group_id(group.map(str::to_owned)).build().unwrap()
    };
    let send = sqs.send_message_batch().queue_url(queues.url("provisioning.fifo"));
    let sent = send.clone().entries(entry("a", Some("anna"))).entries(entry("b", None)).send().await.unwrap();
    assert_eq!(sent.successful()[0].id(), "a");
    assert_eq!(sent.successful()[0].md5_of_message_body(), "0cc175b9c0f1b6a831c399e269772661");
    assert!(sent.successful()[0].sequence_number().is_some());
    assert_eq!((sent.failed()[0].id(), sent.failed()[0].code()), ("b", "MissingParameter"));

    let repeated = send.clone().entries(entry("a", Some("x"))).entries(entry("a", Some("x"))).send().await;
    assert!(repeated.unwrap_err().into_service_error().is_batch_entry_ids_not_distinct());
    let many = send
        .clone()
        .set_entries(Some((0..11).map(|id| entry(&id.to_string(), Some("x"))).collect()))
        .send()
        .await;
    assert!(many.unwrap_err().into_service_error().is_too_many_entries_in_batch_request());
    let none = send.set_entries(Some(vec![])).send().await;
    assert!(none.unwrap_err().into_service_error().is_empty_batch_request());

    let batch = queues.poll("provisioning.fifo", 10).unwrap().unwrap();
    assert_eq!(batch.event["Records"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn refusals_carry_the_codes_that_the_sdk_knows() {
    let (_, queues, sqs) = service().await;
    let missing = sqs.send_message().queue_url(queues.url("nobody")).message_body("x").send().await;
    assert!(missing.unwrap_err().into_service_error().is_queue_does_not_exist());
    let fifo = sqs.send_message().queue_url(queues.url("provisioning.fifo")).message_body("x");
    let no_group = fifo.clone().message_deduplication_id("1").send().await.unwrap_err();
    assert_eq!(no_group.code(), Some("MissingParameter"));
    let no_id = fifo.message_group_id("anna").send().await.unwrap_err();
    assert_eq!(no_id.code(), Some("InvalidParameterValue"));
    let bell = sqs.send_message().queue_url(queues.url("notifications")).message_body("\u{7}").send().await;
    assert!(bell.unwrap_err().into_service_error().is_invalid_message_contents());
    let delete =
        sqs.delete_message().queue_url(queues.url("notifications")).receipt_handle("made up").send().await;
    assert!(delete.unwrap_err().into_service_error().is_receipt_handle_is_invalid());
    let list = sqs.list_queues().send().await.unwrap_err();
    assert_eq!(list.code(), Some("InvalidAction"), "what is not modelled is refused");
}
