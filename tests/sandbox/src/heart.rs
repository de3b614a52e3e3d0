//! What keeps a world moving when no test does: it delivers whatever can be delivered, sleeps while there is nothing,
//! and tells the page that something changed.

use crate::world::World;
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};

/// How long an idle world rests. Updates of the stand-in for Telegram end the rest at once; a payment on the payment
/// page waits for the end of it.
const REST: Duration = Duration::from_millis(30);
/// A leap through time is made in about so many strides.
const STRIDES: i32 = 100;
/// A stride is not shorter than this.
const SHORTEST: SignedDuration = SignedDuration::from_mins(5);
/// A stride is not longer than this: the schedules run after each, and a reminder may come so much too late.
const LONGEST: SignedDuration = SignedDuration::from_hours(6);

/// A handle on what keeps the world moving; clones share it.
#[derive(Clone, Debug)]
pub struct Heart {
    beats: watch::Sender<u64>,
    leaps: mpsc::Sender<Leap>,
}

/// What [`Heart::new`] hands to whoever runs the world.
#[derive(Debug)]
pub struct Rhythm {
    heart: Heart,
    leaps: mpsc::Receiver<Leap>,
}

#[derive(Debug)]
struct Leap {
    span: SignedDuration,
    done: oneshot::Sender<()>,
}

impl Heart {
    /// A heart at rest. Its beats are counted from `first`; runs that must not be confused begin at different numbers.
    pub fn new(first: u64) -> (Self, Rhythm) {
        let (leaps, ordered) = mpsc::channel(8);
        let heart = Self { beats: watch::Sender::new(first), leaps };
        (heart.clone(), Rhythm { heart, leaps: ordered })
    }

    /// Something changed that people may want to see.
    pub fn touch(&self) {
        self.beats.send_modify(|beat| *beat = beat.wrapping_add(1));
    }

    /// The number of the last change.
    pub fn beat(&self) -> u64 {
        *self.beats.borrow()
    }

    /// Waits until the number of the last change is another one than `seen`, and answers it; `None` after `patience`.
    pub async fn after(&self, seen: u64, patience: Duration) -> Option<u64> {
        let mut beats = self.beats.subscribe();
        let changed = beats.wait_for(|beat| *beat != seen);
        tokio::time::timeout(patience, changed).await.ok()?.ok().map(|beat| *beat)
    }

    /// Lets `span` go by at once, with everything that happens in it; answers when it is over. `false` if nobody runs
    /// the world.
    pub async fn leap(&self, span: SignedDuration) -> bool {
        let (done, over) = oneshot::channel();
        self.leaps.send(Leap { span, done }).await.is_ok() && over.await.is_ok()
    }
}

impl Rhythm {
    /// Keeps the world moving; ends with the task it runs in.
    pub async fn run(mut self, world: World) {
        let mut calls = world.outside.calls.total();
        loop {
            let moved = world.step().await;
            let total = world.outside.calls.total();
            if moved > 0 || total != calls {
                calls = total;
                self.heart.touch();
            }
            let leap = match self.leaps.try_recv() {
                Ok(leap) => Some(leap),
                Err(_) if moved > 0 => None,
                Err(_) => self.rest(&world).await,
            };
            if let Some(leap) = leap {
                self.carry_out(&world, leap).await;
            }
        }
    }

    async fn rest(&mut self, world: &World) -> Option<Leap> {
        tokio::select! {
            leap = self.leaps.recv() => leap,
            () = world.telegram.update_ready() => None,
            () = tokio::time::sleep(REST) => None,
        }
    }

    /// A month minute by minute would be 43 200 runs of the schedule, so time goes in strides; only queues are met
    /// at their exact moments.
    async fn carry_out(&self, world: &World, leap: Leap) {
        let end = world.clock.now() + leap.span;
        let stride = (leap.span / STRIDES).clamp(SHORTEST, LONGEST);
        let mut milestone = world.clock.now() + stride;
        while world.clock.now() < end {
            let now = world.clock.now();
            let visible = world.queues.next_visible().filter(|at| *at > now);
            let next: Timestamp = visible.into_iter().chain([milestone, end]).min().unwrap_or(end);
            world.clock.set(next.max(now));
            world.settle().await;
            self.heart.touch();
            while milestone <= world.clock.now() {
                milestone += stride;
            }
        }
        // Whoever ordered it may be gone.
        let _ = leap.done.send(());
    }
}
