//! What Telegram, the providers and the panel want delivered to the shop, and when they try again.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use standin_providers::Webhook;
use standin_telegram::queue_of;

/// A POST on its way to the shop.
#[derive(Debug, Clone)]
pub(super) struct Post {
    pub letter: Letter,
    /// Not before.
    pub due: Timestamp,
    /// Attempts that failed.
    pub failed: u32,
}

#[derive(Debug, Clone)]
pub(super) enum Letter {
    Update(Value),
    Provider(Webhook),
    Remnawave(Vec<(&'static str, String)>, Vec<u8>),
    Marzban(Vec<(&'static str, String)>, Vec<u8>),
}

impl Letter {
    /// Letters of one lane arrive one after the other.
    fn lane(&self) -> Option<String> {
        match self {
            Self::Update(update) => Some(queue_of(update)),
            Self::Provider(_) | Self::Remnawave(..) | Self::Marzban(..) => None,
        }
    }

    /// How long to wait after the `failed`-th failure; `None` = given up.
    fn pause(&self, failed: u32) -> Option<SignedDuration> {
        match self {
            // At once, then after 2, 4, 8 … up to 60 seconds, until the update expires.
            Self::Update(_) if failed == 1 => Some(SignedDuration::ZERO),
            Self::Update(_) => Some(SignedDuration::from_secs((1 << failed.min(6)).min(60))),
            // For a day; the spacing is not published.
            Self::Provider(_) if failed < 100 => Some(SignedDuration::from_mins(15)),
            // Four attempts within fifteen seconds.
            Self::Remnawave(..) if failed < 4 => Some(SignedDuration::from_secs(5)),
            // Three more times, after three minutes each.
            Self::Marzban(..) if failed < 4 => Some(SignedDuration::from_mins(3)),
            Self::Provider(_) | Self::Remnawave(..) | Self::Marzban(..) => None,
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Outbox(Vec<Post>);

impl Outbox {
    pub fn add(&mut self, letter: Letter, now: Timestamp) {
        self.0.push(Post { letter, due: now, failed: 0 });
    }

    /// The oldest letter that is due and not behind another of its lane.
    pub fn take(&mut self, now: Timestamp) -> Option<Post> {
        let mut waiting = Vec::new();
        let index = self.0.iter().position(|post| {
            let lane = post.letter.lane();
            let behind = lane.as_ref().is_some_and(|lane| waiting.contains(lane));
            waiting.extend(lane);
            post.due <= now && !behind
        })?;
        Some(self.0.remove(index))
    }

    /// It was not taken: it comes again, in its old place. False if its sender gave up.
    pub fn failed(&mut self, mut post: Post, now: Timestamp) -> bool {
        post.failed += 1;
        let Some(pause) = post.letter.pause(post.failed) else { return false };
        post.due = now + pause;
        self.0.insert(0, post);
        true
    }

    pub fn next(&self) -> Option<Timestamp> {
        self.0.iter().map(|post| post.due).min()
    }
}
