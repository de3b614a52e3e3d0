//! One queue's messages and the rules of SQS about them, as plain state: time comes in as an argument, nothing
//! is answered here.

use std::collections::{BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};
use md5::{Digest, Md5};

use super::error::QueueError;
use super::settings::{Disorder, QueueSettings};

/// For how long a FIFO queue remembers a deduplication id.
const DEDUPLICATION: SignedDuration = SignedDuration::from_mins(5);
/// What the template's queues keep: the longest that SQS allows.
pub(super) const RETENTION: SignedDuration = SignedDuration::from_hours(14 * 24);

/// A message in a queue.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub id: String,
    pub body: String,
    pub group: Option<String>,
    pub deduplication: Option<String>,
    /// Order of sending, over all queues.
    pub sequence: u64,
    pub sent_at: Timestamp,
    pub first_received_at: Option<Timestamp>,
    pub receives: u32,
    /// Hidden until then: delayed if there is no receipt, in flight if there is.
    pub visible_at: Timestamp,
    pub receipt: Option<String>,
    /// ARN of the queue that gave it up.
    pub dead_from: Option<String>,
}

/// What a sender hands in.
#[derive(Clone, Debug, Default)]
pub(super) struct NewMessage {
    pub body: String,
    pub delay_seconds: i64,
    pub group: Option<String>,
    pub deduplication: Option<String>,
}

/// What a sender is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sent {
    pub id: String,
    pub sequence: u64,
}

/// Source of ids, sequence numbers and receipts: a counter, so that runs repeat.
#[derive(Debug, Default)]
pub(super) struct Numbers(u64);

impl Numbers {
    pub fn next(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }
}

#[derive(Debug)]
pub(super) struct Queue {
    pub settings: QueueSettings,
    pub messages: Vec<Message>,
    pub disorder: Disorder,
    sent: u32,
    remembered: HashMap<String, (Timestamp, Sent)>,
}

impl Message {
    pub fn in_flight(&self, now: Timestamp) -> bool {
        self.receipt.is_some() && self.visible_at > now
    }

    pub fn md5(&self) -> String {
        md5_of(&self.body)
    }

    /// SQS's 20-digit form.
    pub fn sequence_number(&self) -> String {
        sequence_number(self.sequence)
    }
}

pub(super) fn md5_of(text: &str) -> String {
    hex::encode(Md5::digest(text.as_bytes()))
}

pub(super) fn sequence_number(sequence: u64) -> String {
    format!("18{sequence:018}")
}

impl Queue {
    pub fn new(settings: QueueSettings) -> Self {
        Self {
            settings,
            messages: Vec::new(),
            disorder: Disorder::default(),
            sent: 0,
            remembered: HashMap::new(),
        }
    }

    /// Takes in a message, unless a FIFO queue remembers its deduplication id: then the answer is that of the
    /// first one.
    pub fn send(
        &mut self,
        new: NewMessage,
        now: Timestamp,
        numbers: &mut Numbers,
    ) -> Result<Sent, QueueError> {
        self.check(&new)?;
        let deduplication = self.deduplication(&new)?;
        let key = deduplication.as_ref().map(|id| self.settings.deduplication_key(new.group.as_deref(), id));
        self.remembered.retain(|_, (until, _)| *until > now);
        if let Some((_, first)) = key.as_ref().and_then(|key| self.remembered.get(key)) {
            return Ok(first.clone());
        }
        let sequence = numbers.next();
        let sent = Sent { id: format!("00000000-0000-4000-8000-{sequence:012x}"), sequence };
        if let Some(key) = key {
            self.remembered.insert(key, (now + DEDUPLICATION, sent.clone()));
        }
        self.put(new, deduplication, &sent, now);
        Ok(sent)
    }

    fn put(&mut self, new: NewMessage, deduplication: Option<String>, sent: &Sent, now: Timestamp) {
        let message = Message {
            id: sent.id.clone(),
            body: new.body,
            group: new.group,
            deduplication,
            sequence: sent.sequence,
            sent_at: now,
            first_received_at: None,
            receives: 0,
            visible_at: now + SignedDuration::from_secs(new.delay_seconds),
            receipt: None,
            dead_from: None,
        };
        self.sent += 1;
        if self.disorder.duplicates(self.sent) {
            self.messages.push(message.clone());
        }
        self.messages.push(message);
    }

    fn check(&self, new: &NewMessage) -> Result<(), QueueError> {
        let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{FFFD}' | '\u{10000}'..);
        if new.body.is_empty() {
            return Err(QueueError::MissingParameter("MessageBody"));
        }
        if !new.body.chars().all(allowed) {
            return Err(QueueError::InvalidCharacters);
        }
        if new.body.len() > super::MAX_BYTES {
            let text =
                "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.";
            return Err(QueueError::InvalidValue(text.into()));
        }
        if !(0..=900).contains(&new.delay_seconds) {
            let reason = "DelaySeconds must be >= 0 and <= 900.";
            return Err(QueueError::out_of_range(new.delay_seconds, "DelaySeconds", reason));
        }
        match (self.settings.is_fifo(), &new.group) {
            (true, None) => Err(QueueError::MissingParameter("MessageGroupId")),
            (true, _) if new.delay_seconds != 0 => Err(QueueError::delay_not_allowed(new.delay_seconds)),
            (false, _) if new.deduplication.is_some() => {
                let text = "The request includes a parameter that is not valid for this queue type";
                Err(QueueError::InvalidValue(text.into()))
            }
            _ => check_id(new.group.as_deref(), "MessageGroupId")
                .and_then(|()| check_id(new.deduplication.as_deref(), "MessageDeduplicationId")),
        }
    }

    fn deduplication(&self, new: &NewMessage) -> Result<Option<String>, QueueError> {
        match &new.deduplication {
            _ if !self.settings.is_fifo() => Ok(None),
            Some(id) => Ok(Some(id.clone())),
            None if self.settings.content_deduplication => Ok(Some(md5_of(&new.body))),
            None => {
                let text = "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly";
                Err(QueueError::InvalidValue(text.into()))
            }
        }
    }

    /// Messages whose time in the queue is over, and those received too often; the latter belong into the
    /// dead-letter queue.
    pub fn take_dead(&mut self, now: Timestamp) -> Vec<Message> {
        self.messages.retain(|message| message.sent_at + RETENTION > now);
        let Some(redrive) = &self.settings.redrive else { return Vec::new() };
        let limit = redrive.max_receives;
        self.messages
            .extract_if(.., |message| message.receives >= limit && message.visible_at <= now)
            .collect()
    }

    /// Hands out up to `limit` messages and hides them for `hide`. A FIFO queue keeps order within a group:
    /// nothing of a group comes while an earlier message of it is hidden.
    pub fn receive(
        &mut self,
        limit: usize,
        hide: SignedDuration,
        now: Timestamp,
        numbers: &mut Numbers,
    ) -> Vec<Message> {
        let mut taken = Vec::new();
        let mut blocked = BTreeSet::new();
        for index in self.disorder.order(self.messages.len()) {
            let message = &mut self.messages[index];
            let group = message.group.clone().filter(|_| self.settings.is_fifo());
            if message.visible_at > now {
                blocked.extend(group);
                continue;
            }
            if taken.len() == limit || group.is_some_and(|group| blocked.contains(&group)) {
                continue;
            }
            message.receives += 1;
            message.first_received_at.get_or_insert(now);
            message.visible_at = now + hide;
            message.receipt = Some(format!("AQEB{:016x}", numbers.next()));
            taken.push(message.clone());
        }
        taken
    }

    /// Deletes what was received with `receipt`. A receipt that a later one replaced, or of a message that is
    /// gone, does nothing.
    pub fn delete(&mut self, receipt: &str, now: Timestamp) -> Result<(), QueueError> {
        let Some(index) = self.find(receipt)? else { return Ok(()) };
        if self.settings.is_fifo() && !self.messages[index].in_flight(now) {
            return Err(QueueError::receipt_of_no_message(receipt, "The receipt handle has expired."));
        }
        self.messages.remove(index);
        Ok(())
    }

    /// Hides a message in flight for `seconds` from now; zero gives it back at once.
    pub fn change_visibility(
        &mut self,
        receipt: &str,
        seconds: i64,
        now: Timestamp,
    ) -> Result<(), QueueError> {
        if !(0..=43_200).contains(&seconds) {
            let reason = "VisibilityTimeout must be an integer between 0 and 43200.";
            return Err(QueueError::out_of_range(seconds, "VisibilityTimeout", reason));
        }
        let Some(index) = self.find(receipt)? else {
            let reason = "Message does not exist or is not available for visibility timeout change.";
            return Err(QueueError::receipt_of_no_message(receipt, reason));
        };
        let message = &mut self.messages[index];
        if !message.in_flight(now) {
            return Err(QueueError::NotInFlight);
        }
        message.visible_at = now + SignedDuration::from_secs(seconds);
        Ok(())
    }

    fn find(&self, receipt: &str) -> Result<Option<usize>, QueueError> {
        let genuine = receipt
            .strip_prefix("AQEB")
            .is_some_and(|rest| rest.len() == 16 && u64::from_str_radix(rest, 16).is_ok());
        if !genuine {
            return Err(QueueError::InvalidReceipt(receipt.to_owned()));
        }
        Ok(self.messages.iter().position(|message| message.receipt.as_deref() == Some(receipt)))
    }
}

/// Group and deduplication ids: 1 to 128 letters, digits and punctuation.
fn check_id(id: Option<&str>, parameter: &str) -> Result<(), QueueError> {
    match id {
        Some(id) if id.is_empty() || id.len() > 128 || !id.bytes().all(|byte| byte.is_ascii_graphic()) => {
            Err(QueueError::InvalidValue(format!(
                "Value {id} for parameter {parameter} is invalid. Reason: {parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length."
            )))
        }
        _ => Ok(()),
    }
}
