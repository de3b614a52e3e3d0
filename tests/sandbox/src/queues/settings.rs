//! How a queue is set up, and how unruly it is.

use std::cell::Cell;

use jiff::SignedDuration;

/// A queue's attributes. It is a FIFO queue if its name ends in `.fifo`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueSettings {
    /// The queue's name.
    pub name: String,
    /// How long a received message stays hidden.
    pub visibility: SignedDuration,
    /// Where messages go that were received too often.
    pub redrive: Option<Redrive>,
    /// Whether a FIFO queue derives a missing deduplication id from the body.
    pub content_deduplication: bool,
    /// Whether a deduplication id counts within its message group only (`DeduplicationScope: messageGroup`).
    pub deduplication_per_group: bool,
}

/// A redrive policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redrive {
    /// Name of the dead-letter queue.
    pub dead_letters: String,
    /// How often a message may be received before it goes there.
    pub max_receives: u32,
}

impl QueueSettings {
    /// A queue with SQS's own defaults: visible again after 30 seconds, no dead letters.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            visibility: SignedDuration::from_secs(30),
            redrive: None,
            content_deduplication: false,
            deduplication_per_group: false,
        }
    }

    /// The queues of the shop, set up as in the template (a test holds them equal).
    pub fn shop() -> Vec<Self> {
        let working = |name: &str, dead: &str, max_receives| Self {
            visibility: SignedDuration::from_secs(180),
            redrive: Some(Redrive { dead_letters: dead.into(), max_receives }),
            deduplication_per_group: true,
            ..Self::new(name)
        };
        vec![
            working("provisioning.fifo", "provisioning-dead.fifo", 400),
            Self::new("provisioning-dead.fifo"),
            Self { deduplication_per_group: false, ..working("notifications", "notifications-dead", 20) },
            Self::new("notifications-dead"),
        ]
    }

    /// Whether the queue keeps order within a group and refuses repetitions.
    pub fn is_fifo(&self) -> bool {
        self.name.strip_suffix(".fifo").is_some()
    }

    pub(super) fn deduplication_key(&self, group: Option<&str>, id: &str) -> String {
        let group = group.filter(|_| self.deduplication_per_group).unwrap_or_default();
        format!("{group}\n{id}")
    }
}

/// What a standard queue is allowed to do and rarely does. Both are off by default.
#[derive(Clone, Debug, Default)]
pub struct Disorder {
    duplicate_every: Option<u32>,
    /// State of the shuffling, never zero.
    shuffle: Option<Cell<u64>>,
}

impl Disorder {
    /// Every `duplicate_every`-th message arrives twice; messages are handed out in an order derived from the
    /// seed `shuffle` (the same seed gives the same order).
    pub fn new(duplicate_every: Option<u32>, shuffle: Option<u64>) -> Self {
        let spread = |seed: u64| Cell::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        Self { duplicate_every, shuffle: shuffle.map(spread) }
    }

    pub(super) fn is_on(&self) -> bool {
        self.duplicate_every.is_some() || self.shuffle.is_some()
    }

    pub(super) fn duplicates(&self, number: u32) -> bool {
        self.duplicate_every.is_some_and(|every| every != 0 && number.is_multiple_of(every))
    }

    /// In which order to look at `len` messages.
    pub(super) fn order(&self, len: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..len).collect();
        if let Some(state) = &self.shuffle {
            for last in (1..len).rev() {
                order.swap(last, draw(state, last + 1));
            }
        }
        order
    }
}

/// A number below `bound` (xorshift64).
fn draw(state: &Cell<u64>, bound: usize) -> usize {
    let mut drawn = state.get();
    drawn ^= drawn << 13;
    drawn ^= drawn >> 7;
    drawn ^= drawn << 17;
    state.set(drawn);
    let bound = u64::try_from(bound).unwrap_or(u64::MAX);
    usize::try_from(drawn % bound).unwrap_or(0)
}
