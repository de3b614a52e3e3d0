//! The rules of queues and of their event sources, on a clock that stands still between steps.

use aws_lambda_events::sqs::SqsEvent;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::*;
use crate::batch::Outcome;
use crate::template;

const FIFO: &str = "jobs.fifo";
const STANDARD: &str = "notes";

struct World {
    clock: Clock,
    queues: Queues,
}

impl World {
    fn new() -> Self {
        let clock = Clock::fixed("2026-05-01T00:00:00Z".parse().unwrap());
        let working = |name: &str, dead: &str| QueueSettings {
            redrive: Some(Redrive { dead_letters: dead.into(), max_receives: 2 }),
            deduplication_per_group: true,
            ..QueueSettings::new(name)
        };
        let settings = vec![working(FIFO, "dead.fifo"), working(STANDARD, "dead")];
        Self { queues: Queues::new(clock.clone(), "http://sqs", settings), clock }
    }

    fn send(&self, queue: &str, group: Option<&str>, body: &str) -> String {
        let mut state = self.queues.lock();
        let State { queues, numbers } = &mut *state;
        let queue = queues.get_mut(queue).unwrap();
        let deduplication = queue.settings.is_fifo().then(|| body.to_owned());
        let new = queue::NewMessage {
            body: body.into(),
            group: group.map(str::to_owned),
            deduplication,
            delay_seconds: 0,
        };
        queue.send(new, self.clock.now(), numbers).unwrap().id
    }

    fn poll(&self, queue: &str) -> Option<Batch> {
        self.queues.poll(queue, 10).unwrap()
    }

    fn bodies(&self, queue: &str) -> Vec<String> {
        self.poll(queue).map(|batch| bodies(&batch)).unwrap_or_default()
    }

    fn view(&self, queue: &str) -> QueueView {
        self.queues.snapshot().into_iter().find(|view| view.name == queue).unwrap()
    }

    fn wait(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }
}

fn records(batch: &Batch) -> &Vec<Value> {
    batch.event["Records"].as_array().unwrap()
}

fn bodies(batch: &Batch) -> Vec<String> {
    records(batch).iter().map(|record| record["body"].as_str().unwrap().to_owned()).collect()
}

fn failing(batch: &Batch, indexes: &[usize]) -> Outcome {
    let item = |index: &usize| json!({ "itemIdentifier": records(batch)[*index]["messageId"] });
    Outcome::Answered(json!({ "batchItemFailures": indexes.iter().map(item).collect::<Vec<_>>() }))
}

#[test]
fn a_group_keeps_its_order_and_waits_for_what_is_in_flight() {
    let world = World::new();
    world.send(FIFO, Some("anna"), "a1");
    world.send(FIFO, Some("anna"), "a2");
    world.send(FIFO, Some("boris"), "b1");
    let first = world.queues.poll(FIFO, 1).unwrap().unwrap();
    assert_eq!(bodies(&first), ["a1"]);
    let second = world.poll(FIFO).unwrap();
    assert_eq!(bodies(&second), ["b1"], "a2 waits behind a1");
    world.queues.settle(first, &Outcome::Answered(Value::Null)).unwrap();
    assert_eq!(world.bodies(FIFO), ["a2"]);
}

#[test]
fn a_failed_message_comes_first_again_when_its_visibility_ends() {
    let world = World::new();
    for body in ["a1", "a2", "a3"] {
        world.send(FIFO, Some("anna"), body);
    }
    let batch = world.poll(FIFO).unwrap();
    let settled = world.queues.settle(batch.clone(), &failing(&batch, &[1, 2])).unwrap();
    assert_eq!((settled.deleted.len(), settled.kept.len(), settled.overtaken.len()), (1, 2, 0));
    world.send(FIFO, Some("anna"), "a4");
    assert!(world.poll(FIFO).is_none(), "the group is blocked");
    world.wait(29);
    assert!(world.poll(FIFO).is_none());
    assert_eq!(world.queues.next_visible(), Some(world.clock.now() + SignedDuration::from_secs(1)));
    world.wait(1);
    assert_eq!(world.bodies(FIFO), ["a2", "a3", "a4"]);
}

#[test]
fn what_a_function_lets_overtake_a_failure_is_named() {
    let world = World::new();
    for (group, body) in [("anna", "a1"), ("anna", "a2"), ("boris", "b1")] {
        world.send(FIFO, Some(group), body);
    }
    let batch = world.poll(FIFO).unwrap();
    let overtaken = records(&batch)[1]["messageId"].as_str().unwrap().to_owned();
    let settled = world.queues.settle(batch.clone(), &failing(&batch, &[0])).unwrap();
    assert_eq!(settled.overtaken, [overtaken]);
    assert_eq!(settled.deleted.len(), 2);
}

#[test]
fn a_deduplication_id_counts_for_five_minutes_within_its_group() {
    let world = World::new();
    let first = world.send(FIFO, Some("anna"), "same");
    assert_eq!(world.send(FIFO, Some("anna"), "same"), first);
    assert_ne!(world.send(FIFO, Some("boris"), "same"), first);
    let batch = world.poll(FIFO).unwrap();
    assert_eq!(bodies(&batch), ["same", "same"]);
    world.queues.settle(batch, &Outcome::Answered(Value::Null)).unwrap();
    world.wait(299);
    assert_eq!(world.send(FIFO, Some("anna"), "same"), first, "remembered though delivered and deleted");
    assert!(world.poll(FIFO).is_none());
    world.wait(1);
    assert_ne!(world.send(FIFO, Some("anna"), "same"), first);
    assert_eq!(world.bodies(FIFO), ["same"]);
}

#[test]
fn a_message_received_too_often_goes_to_the_dead_letters() {
    for (queue, dead, group) in [(FIFO, "dead.fifo", Some("anna")), (STANDARD, "dead", None)] {
        let world = World::new();
        world.send(queue, group, "poison");
        world.send(queue, group, "next");
        for _ in 0..2 {
            let batch = world.queues.poll(queue, 1).unwrap().unwrap();
            assert_eq!(bodies(&batch), ["poison"]);
            world.queues.settle(batch, &Outcome::Failed).unwrap();
            world.wait(30);
        }
        assert_eq!(world.bodies(queue), ["next"]);
        let view = world.view(dead);
        assert!(view.dead_letters);
        assert_eq!((view.waiting, view.messages[0].body.as_str()), (1, "poison"));
        let batch = world.poll(dead).unwrap();
        let source = &records(&batch)[0]["attributes"]["DeadLetterQueueSourceArn"];
        assert_eq!(source.as_str().unwrap(), arn(queue));
    }
}

#[test]
fn a_crash_keeps_everything_until_visibility_ends() {
    let world = World::new();
    world.send(STANDARD, None, "one");
    world.send(STANDARD, None, "two");
    let batch = world.poll(STANDARD).unwrap();
    let settled = world.queues.settle(batch, &Outcome::Failed).unwrap();
    assert_eq!((settled.deleted.len(), settled.kept.len()), (0, 2));
    assert_eq!(world.view(STANDARD).in_flight, 2);
    world.wait(30);
    let again = world.poll(STANDARD).unwrap();
    assert_eq!(bodies(&again), ["one", "two"]);
    assert_eq!(records(&again)[0]["attributes"]["ApproximateReceiveCount"], "2");
}

#[test]
fn a_slow_function_cannot_delete_what_was_delivered_to_another() {
    for (queue, group) in [(FIFO, Some("anna")), (STANDARD, None)] {
        let world = World::new();
        world.send(queue, group, "job");
        let slow = world.poll(queue).unwrap();
        world.wait(31);
        let other = world.poll(queue).unwrap();
        world.queues.settle(slow, &Outcome::Answered(Value::Null)).unwrap();
        assert_eq!(world.view(queue).in_flight, 1, "{queue}");
        world.queues.settle(other, &Outcome::Answered(Value::Null)).unwrap();
        assert!(world.view(queue).messages.is_empty(), "{queue}");
    }
}

#[test]
fn a_standard_queue_duplicates_and_reorders_on_demand() {
    let world = World::new();
    world.queues.set_disorder(STANDARD, Disorder::new(Some(3), Some(7))).unwrap();
    let sent: Vec<String> = (1..=6).map(|number| number.to_string()).collect();
    for body in &sent {
        world.send(STANDARD, None, body);
    }
    let received = world.bodies(STANDARD);
    let mut sorted = received.clone();
    sorted.sort();
    assert_eq!(sorted, ["1", "2", "3", "3", "4", "5", "6", "6"]);
    assert_ne!(received, sorted, "the order is another one");
    assert!(world.queues.set_disorder(FIFO, Disorder::new(None, Some(1))).is_err());
}

#[test]
fn the_event_has_lambdas_shape() {
    let world = World::new();
    world.send(FIFO, Some("anna"), "a1");
    let batch = world.poll(FIFO).unwrap();
    let event: SqsEvent = serde_json::from_value(batch.event).unwrap();
    let message = &event.records[0];
    assert_eq!(message.md5_of_body.as_deref(), Some("8a8bb7cd343aa2ad99b7d762030857a2"));
    assert_eq!(message.event_source_arn.as_deref(), Some("arn:aws:sqs:eu-central-1:000000000000:jobs.fifo"));
    assert_eq!(message.event_source.as_deref(), Some("aws:sqs"));
    let attribute = |name: &str| message.attributes.get(name).map(String::as_str);
    assert_eq!(attribute("MessageGroupId"), Some("anna"));
    assert_eq!(attribute("MessageDeduplicationId"), Some("a1"));
    assert_eq!(attribute("ApproximateReceiveCount"), Some("1"));
    assert_eq!(attribute("SentTimestamp"), Some("1777593600000"));
    assert_eq!(attribute("SequenceNumber").map(str::len), Some(20));
}

#[test]
fn the_shops_queues_are_the_templates_queues() {
    let text = template::text();
    let pairs = [("ProvisioningQueue", "provisioning.fifo"), ("NotificationsQueue", "notifications")];
    for (resource, name) in pairs {
        let part = template::resource(&text, resource);
        let settings = QueueSettings::shop().into_iter().find(|settings| settings.name == name).unwrap();
        let deployed = template::values(part, "QueueName")[0];
        assert!(deployed.ends_with(&format!("-{name}")), "{deployed}");
        assert_eq!(template::values(part, "VisibilityTimeout"), [settings.visibility.as_secs().to_string()]);
        assert_eq!(
            template::values(part, "MessageRetentionPeriod"),
            [queue::RETENTION.as_secs().to_string()]
        );
        let redrive = settings.redrive.as_ref().unwrap();
        assert_eq!(template::values(part, "maxReceiveCount"), [redrive.max_receives.to_string()]);
        assert_eq!(!template::values(part, "FifoQueue").is_empty(), settings.is_fifo());
        assert_eq!(
            template::values(part, "DeduplicationScope") == ["messageGroup"],
            settings.deduplication_per_group
        );
        assert_eq!(
            !template::values(part, "ContentBasedDeduplication").is_empty(),
            settings.content_deduplication
        );
        let grave = template::values(part, "deadLetterTargetArn")[0]
            .trim_start_matches("!GetAtt ")
            .trim_end_matches(".Arn");
        let grave = template::values(template::resource(&text, grave), "QueueName")[0];
        assert!(grave.ends_with(&format!("-{}", redrive.dead_letters)), "{grave}");
    }
}
