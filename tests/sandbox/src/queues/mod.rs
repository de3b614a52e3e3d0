//! The queues: SQS as its clients see it ([`Queues::router`]) and as Lambda's event source mappings drain it
//! ([`Queues::poll`], [`Queues::settle`]), on the world's clock.

mod error;
mod protocol;
mod queue;
mod settings;
mod source;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod wire_tests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

pub use error::QueueError;
pub use settings::{Disorder, QueueSettings, Redrive};
pub use source::{Batch, Settled};

use crate::clock::Clock;
use crate::{ACCOUNT, REGION, lock};
use queue::{Message, Numbers, Queue};

/// The longest message and the longest batch, in bytes.
const MAX_BYTES: usize = 1_048_576;

/// The queues of the world; clones share them.
#[derive(Clone, Debug)]
pub struct Queues {
    clock: Clock,
    url: Arc<str>,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    queues: BTreeMap<String, Queue>,
    numbers: Numbers,
}

/// A queue as the page shows it.
#[derive(Clone, Debug, Serialize)]
pub struct QueueView {
    /// The queue's name.
    pub name: String,
    /// How many messages wait to be received.
    pub waiting: usize,
    /// How many are with a function.
    pub in_flight: usize,
    /// How many are delayed by their sender.
    pub delayed: usize,
    /// Whether another queue's dead letters come here.
    pub dead_letters: bool,
    /// The messages, in order of sending.
    pub messages: Vec<MessageView>,
}

/// A message as the page shows it.
#[derive(Clone, Debug, Serialize)]
pub struct MessageView {
    /// Message id.
    pub id: String,
    /// Message group, if it has one.
    pub group: Option<String>,
    /// How often it was received.
    pub receives: u32,
    /// `waiting`, `in flight` or `delayed`.
    pub state: &'static str,
    /// When it can be received next (RFC 3339).
    pub visible_at: String,
    /// The body.
    pub body: String,
}

impl Queues {
    /// Creates the queues `settings`, and the dead-letter queues they name; their URLs begin with `url` (no
    /// slash at the end).
    pub fn new(clock: Clock, url: &str, settings: Vec<QueueSettings>) -> Self {
        let graves: Vec<_> =
            settings.iter().filter_map(QueueSettings::dead_letters).map(QueueSettings::new).collect();
        // What is listed comes last, so that its settings win over a dead-letter queue's defaults.
        let all = graves.into_iter().chain(settings);
        let queues = all.map(|settings| (settings.name.clone(), Queue::new(settings))).collect();
        let state = State { queues, numbers: Numbers::default() };
        Self { clock, url: url.into(), state: Arc::new(Mutex::new(state)) }
    }

    /// The URL of the queue `name`, as the shop's settings want it.
    pub fn url(&self, name: &str) -> String {
        format!("{}/{ACCOUNT}/{name}", self.url)
    }

    /// Makes a standard queue duplicate and reorder messages.
    ///
    /// # Errors
    /// If there is no such queue, or it is a FIFO queue and `disorder` is not empty: those promise order.
    pub fn set_disorder(&self, name: &str, disorder: Disorder) -> Result<(), QueueError> {
        let mut state = self.lock();
        let queue = state.queue(name)?;
        if queue.settings.is_fifo() && disorder.is_on() {
            return Err(QueueError::InvalidValue(format!("{name} is a FIFO queue")));
        }
        queue.disorder = disorder;
        Ok(())
    }

    /// When the next hidden message becomes visible, over all queues, so that a test can move the clock there.
    /// `None` if none is hidden.
    pub fn next_visible(&self) -> Option<Timestamp> {
        let now = self.clock.now();
        let state = self.lock();
        let messages = state.queues.values().flat_map(|queue| &queue.messages);
        messages.map(|message| message.visible_at).filter(|time| *time > now).min()
    }

    /// All queues and their messages.
    pub fn snapshot(&self) -> Vec<QueueView> {
        let now = self.clock.now();
        let state = self.lock();
        let is_dead =
            |name: &str| state.queues.values().any(|queue| queue.settings.dead_letters() == Some(name));
        state.queues.iter().map(|(name, queue)| view(queue, is_dead(name), now)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl State {
    fn queue(&mut self, name: &str) -> Result<&mut Queue, QueueError> {
        self.queues.get_mut(name).ok_or(QueueError::NoSuchQueue)
    }

    /// Receives for clients and event sources alike; buries what was received too often.
    fn receive(
        &mut self,
        name: &str,
        limit: usize,
        visibility: Option<SignedDuration>,
        now: Timestamp,
    ) -> Result<Vec<Message>, QueueError> {
        let queue = self.queue(name)?;
        let dead = queue.take_dead(now);
        let grave = queue.settings.dead_letters().map(str::to_owned);
        self.bury(dead, grave, &arn(name), now);
        let queue = self.queues.get_mut(name).ok_or(QueueError::NoSuchQueue)?;
        let hide = visibility.unwrap_or(queue.settings.visibility);
        Ok(queue.receive(limit, hide, now, &mut self.numbers))
    }

    fn bury(&mut self, dead: Vec<Message>, grave: Option<String>, from: &str, now: Timestamp) {
        let Some(queue) = grave.and_then(|name| self.queues.get_mut(&name)) else { return };
        queue.messages.extend(dead.into_iter().map(|message| Message {
            receipt: None,
            visible_at: now,
            receives: 0,
            first_received_at: None,
            dead_from: Some(from.to_owned()),
            ..message
        }));
    }
}

impl QueueSettings {
    fn dead_letters(&self) -> Option<&str> {
        self.redrive.as_ref().map(|redrive| redrive.dead_letters.as_str())
    }
}

fn arn(name: &str) -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}")
}

fn state_of(message: &Message, now: Timestamp) -> &'static str {
    match (message.visible_at > now, &message.receipt) {
        (false, _) => "waiting",
        (true, Some(_)) => "in flight",
        (true, None) => "delayed",
    }
}

fn view(queue: &Queue, dead_letters: bool, now: Timestamp) -> QueueView {
    let count = |wanted| queue.messages.iter().filter(|message| state_of(message, now) == wanted).count();
    let message = |message: &Message| MessageView {
        id: message.id.clone(),
        group: message.group.clone(),
        receives: message.receives,
        state: state_of(message, now),
        visible_at: message.visible_at.to_string(),
        body: message.body.clone(),
    };
    QueueView {
        name: queue.settings.name.clone(),
        waiting: count("waiting"),
        in_flight: count("in flight"),
        delayed: count("delayed"),
        dead_letters,
        messages: queue.messages.iter().map(message).collect(),
    }
}
