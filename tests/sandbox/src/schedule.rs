//! `EventBridge` Scheduler on the world's clock: `rate(n minutes)` schedules and the events they send.

use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::clock::Clock;
use crate::{ACCOUNT, REGION, lock};

/// The schedules of the world; clones share them.
#[derive(Clone, Debug)]
pub struct Schedules {
    clock: Clock,
    entries: Arc<Mutex<Vec<Entry>>>,
}

#[derive(Debug)]
struct Entry {
    name: String,
    every: SignedDuration,
    next: Timestamp,
    ticks: u64,
    input: Option<Value>,
}

/// One due invocation.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// The schedule's name, as given to [`Schedules::every`].
    pub schedule: String,
    /// The event a function receives when its schedule has no input of its own.
    pub event: Value,
}

impl Schedules {
    /// No schedules yet.
    pub fn new(clock: Clock) -> Self {
        Self { clock, entries: Arc::default() }
    }

    /// Adds a `rate(minutes)` schedule; the first tick is due after one interval. Less than a minute counts as
    /// one.
    pub fn every(&self, minutes: u32, name: impl Into<String>) {
        self.add(minutes, name.into(), None);
    }

    /// The same, with an input of its own, which the function receives as its event.
    pub fn every_with(&self, minutes: u32, name: impl Into<String>, input: Value) {
        self.add(minutes, name.into(), Some(input));
    }

    fn add(&self, minutes: u32, name: String, input: Option<Value>) {
        let every = SignedDuration::from_mins(i64::from(minutes.max(1)));
        let next = self.clock.now() + every;
        lock(&self.entries).push(Entry { name, every, next, ticks: 0, input });
    }

    /// What has come due since the last call, a tick a schedule. A clock that jumped over several ticks finds
    /// one: the others are too old to be delivered, as with `MaximumEventAgeInSeconds`.
    pub fn due(&self) -> Vec<Tick> {
        let now = self.clock.now();
        lock(&self.entries).iter_mut().filter_map(|entry| entry.tick(now)).collect()
    }

    /// When the next tick is due, so that a test can move the clock there.
    pub fn next(&self) -> Option<Timestamp> {
        lock(&self.entries).iter().map(|entry| entry.next).min()
    }
}

impl Entry {
    fn tick(&mut self, now: Timestamp) -> Option<Tick> {
        let mut due = None;
        while self.next <= now {
            due = Some(self.next);
            self.next += self.every;
        }
        self.ticks += u64::from(due.is_some());
        let usual = |time| event(&self.name, time, self.ticks);
        due.map(|time| Tick {
            schedule: self.name.clone(),
            event: self.input.clone().unwrap_or_else(|| usual(time)),
        })
    }
}

fn event(name: &str, time: Timestamp, number: u64) -> Value {
    json!({
        "version": "0",
        "id": format!("00000000-0000-4000-9000-{number:012x}"),
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": ACCOUNT,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "region": REGION,
        "resources": [format!("arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/{name}")],
        "detail": "{}",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_come_due_with_the_clock_and_do_not_pile_up() {
        let clock = Clock::fixed("2026-03-01T00:00:30Z".parse().unwrap());
        let schedules = Schedules::new(clock.clone());
        schedules.every(1, "expiry");
        schedules.every(10, "sync");
        assert!(schedules.due().is_empty());
        assert_eq!(schedules.next(), Some("2026-03-01T00:01:30Z".parse().unwrap()));

        clock.advance(SignedDuration::from_mins(1));
        let due = schedules.due();
        assert_eq!(due.len(), 1);
        assert_eq!(due[0].event["time"], "2026-03-01T00:01:30Z");
        assert_eq!(
            due[0].event["resources"][0],
            "arn:aws:scheduler:eu-central-1:000000000000:schedule/default/expiry"
        );
        assert!(schedules.due().is_empty(), "a tick is handed out once");

        clock.advance(SignedDuration::from_mins(30));
        let names: Vec<_> = schedules.due().into_iter().map(|tick| tick.schedule).collect();
        assert_eq!(names, ["expiry", "sync"], "one each, however many were missed");
        assert_eq!(schedules.next(), Some("2026-03-01T00:32:30Z".parse().unwrap()));
    }

    #[test]
    fn the_event_is_one_that_lambda_types_accept() {
        let event = event("expiry", "2026-03-01T00:01:30Z".parse().unwrap(), 7);
        let parsed: aws_lambda_events::eventbridge::EventBridgeEvent = serde_json::from_value(event).unwrap();
        assert_eq!(parsed.source, "aws.scheduler");
        assert_eq!(parsed.detail_type, "Scheduled Event");
    }
}
