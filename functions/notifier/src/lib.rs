//! Tells buyers what happened. What is said is made from what is true now, not from what was true when it was queued.
//!
//! Telegram has no idempotency key. A job is claimed before it is sent and closed after; only a process that dies
//! exactly in between can make a buyer read the same thing twice, and no death can make them read nothing.
//!
//! Letters to e-mail addresses are jobs beside the messages. Those of a batch come last: a slow mail server keeps nobody
//! from reading in Telegram.

mod letters;
mod smtp;

use bot::{Method, Notices, SendError, Telegram};
use domain::reaction::{Alert, Job, Notice, Task};
use jiff::{SignedDuration, Timestamp};
use letters::Letters;
use runtime::{
    BatchResponse, Edge, Failure, Function, Queue, QueueEvent, QueueMessage, StartError, chain, queue,
};
use shop::Words;
use store::{Claim, Store};

/// Longer than a call to Telegram may take.
const LEASE: SignedDuration = SignedDuration::from_secs(30);

/// The function.
pub struct Notifier {
    store: Store,
    telegram: Telegram,
    notices: Notices,
    words: Words,
    letters: Option<Letters>,
    queue: Queue,
}

impl Function for Notifier {
    type Event = QueueEvent;
    type Answer = BatchResponse;

    async fn start(edge: &Edge) -> Result<Self, StartError> {
        let config = edge.config().await?;
        let words = Words::default();
        words.take(config.catalog.texts.clone(), edge.clock.now());
        Ok(Self {
            words,
            store: edge.store(&config),
            telegram: edge.telegram(&config),
            notices: Notices::new(config.settings.bot.clone()),
            letters: Letters::new(edge, &config)?,
            queue: edge.queue("NOTIFICATIONS_QUEUE_URL")?,
        })
    }

    async fn handle(&self, batch: QueueEvent, now: Timestamp) -> Result<BatchResponse, Failure> {
        let mut failed = Vec::new();
        let mut silent_for = None;
        let (letters, messages): (Vec<_>, Vec<_>) = batch.records.into_iter().partition(is_letter);
        for message in messages {
            let outcome = match silent_for {
                Some(seconds) => Outcome::Later(seconds),
                None => self.work(&message, now).await?,
            };
            match outcome {
                Outcome::Done => continue,
                Outcome::Failed => {}
                Outcome::Busy => self.postpone(&message, 30).await,
                Outcome::Later(seconds) => {
                    // Telegram's limit is the bot's, not the buyer's: nobody is written to until it ends.
                    silent_for = Some(seconds);
                    self.postpone(&message, seconds).await;
                }
            }
            failed.push(message.message_id);
        }
        failed.extend(self.write(&letters, now).await);
        Ok(BatchResponse::failed(failed))
    }
}

fn is_letter(message: &QueueMessage) -> bool {
    queue::from_text(&message.body).is_ok_and(|job| matches!(job.task, Task::Letter(_)))
}

enum Outcome {
    Done,
    /// Comes again after the queue's pause.
    Failed,
    /// Somebody else is at it, or died at it.
    Busy,
    /// Telegram wants silence for so many seconds.
    Later(u64),
}

impl Notifier {
    /// Writes letters; answers the messages that have to come again. A shop without a mail server owes none.
    async fn write(&self, messages: &[QueueMessage], now: Timestamp) -> Vec<String> {
        let Some(letters) = self.letters.as_ref().filter(|_| !messages.is_empty()) else { return Vec::new() };
        let jobs = messages.iter().filter_map(|message| {
            let job = queue::from_text(&message.body).ok()?;
            Some((job, message.attempt()))
        });
        let outcomes = Box::pin(letters.send_all(&jobs.collect::<Vec<_>>(), now)).await;
        let mut failed = Vec::new();
        for (message, outcome) in messages.iter().zip(outcomes) {
            if let letters::Outcome::Later(seconds) = outcome {
                self.postpone(message, seconds).await;
                failed.push(message.message_id.clone());
            }
        }
        failed
    }

    async fn work(&self, message: &QueueMessage, now: Timestamp) -> Result<Outcome, Failure> {
        match self.tell(message, now).await {
            Ok(outcome) => Ok(outcome),
            Err(failure @ Failure::KeyRefused(_)) => Err(failure),
            Err(failure) => {
                tracing::error!(%failure, message.id = message.message_id, "not told");
                Ok(Outcome::Failed)
            }
        }
    }

    async fn tell(&self, message: &QueueMessage, now: Timestamp) -> Result<Outcome, Failure> {
        let job = queue::from_text(&message.body).map_err(|error| Failure::Defect(error.to_string()))?;
        let notice = match &job.task {
            Task::Notify(notice) => notice,
            Task::Alert(alert) => return self.alert(&job, alert, now).await,
            Task::Provision(_) | Task::Letter(_) => {
                return Err(Failure::Defect(format!("{} is not a job of the notifier", job.id)));
            }
        };
        match self.store.claim(&job.id, now, LEASE).await? {
            Claim::Done => return Ok(Outcome::Done),
            Claim::Busy => return Ok(Outcome::Busy),
            Claim::Mine => {}
        }
        let loaded = async {
            match notice {
                Notice::FriendJoined { friend } => shop::joined(&self.store, job.user, *friend).await,
                _ => Ok(self.store.user_state(job.user).await?),
            }
        };
        let (state, notices) = tokio::join!(loaded, self.worded(now));
        let state = state?;
        let user = state.user.as_ref();
        let Some(method) = user.and_then(|user| notices.notice(user, &state, notice, now)) else {
            self.store.claim_done(&job.id).await?;
            return Ok(Outcome::Done);
        };
        self.send(&job, &method, now).await
    }

    /// In the operator's words of the last minute.
    async fn worded(&self, now: Timestamp) -> Notices {
        self.notices.in_words(self.words.current(&self.store, now).await)
    }

    /// Tells every operator. One who cannot be written to does not keep the others from knowing.
    async fn alert(&self, job: &Job, alert: &Alert, now: Timestamp) -> Result<Outcome, Failure> {
        match self.store.claim(&job.id, now, LEASE).await? {
            Claim::Done => return Ok(Outcome::Done),
            Claim::Busy => return Ok(Outcome::Busy),
            Claim::Mine => {}
        }
        let notices = self.worded(now).await;
        for operator in notices.operators() {
            let method = notices.alert(*operator, alert, now);
            match self.telegram.call(&method).await {
                Err(SendError::RetryAfter(seconds)) => {
                    self.store.claim_free(&job.id).await?;
                    return Ok(Outcome::Later(seconds));
                }
                Err(error) => tracing::error!(operator.id = %operator, %error, "an operator is not told"),
                Ok(_) => {}
            }
        }
        self.store.claim_done(&job.id).await?;
        Ok(Outcome::Done)
    }

    async fn send(&self, job: &Job, method: &Method, now: Timestamp) -> Result<Outcome, Failure> {
        match self.telegram.call(method).await {
            Ok(_) => {}
            Err(SendError::RetryAfter(seconds)) => {
                self.store.claim_free(&job.id).await?;
                return Ok(Outcome::Later(seconds));
            }
            Err(SendError::Blocked(reason)) => {
                tracing::info!(user.id = %job.user, reason, "cannot be written to");
                shop::set_reachability(&self.store, job.user, true, now).await?;
            }
            Err(SendError::Unauthorized) => {
                self.store.claim_free(&job.id).await?;
                return Err(Failure::KeyRefused("Telegram refused the bot's token".into()));
            }
            Err(error @ SendError::BadRequest(_)) => {
                self.store.claim_free(&job.id).await?;
                return Err(Failure::Defect(chain(&error)));
            }
            // Nobody knows whether it arrived: the lease ends, then it is sent again. Rather twice than never.
            Err(error) => return Err(Failure::Retry(chain(&error))),
        }
        self.store.claim_done(&job.id).await?;
        Ok(Outcome::Done)
    }

    async fn postpone(&self, message: &QueueMessage, seconds: u64) {
        if let Err(error) = self.queue.postpone(&message.receipt_handle, seconds).await {
            tracing::warn!(%error, "comes back after the queue's own pause");
        }
    }
}
