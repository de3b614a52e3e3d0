//! Makes the panel grant what was bought. One user's jobs come in order; a failure holds back what follows it.

use domain::reaction::Task;
use jiff::Timestamp;
use panel::{PanelError, Panels};
use runtime::{
    BatchResponse, Edge, Failure, Function, Queue, QueueEvent, QueueMessage, StartError,
    queue::{self, QueueError},
};
use shop::delivery::{DeliveryError, deliver};
use store::Store;

/// The function.
pub struct Provisioner {
    store: Store,
    panels: Panels,
    queue: Queue,
}

impl Function for Provisioner {
    type Event = QueueEvent;
    type Answer = BatchResponse;

    async fn start(edge: &Edge) -> Result<Self, StartError> {
        let config = edge.config().await?;
        let queue = edge.queue("PROVISIONING_QUEUE_URL")?;
        Ok(Self { store: edge.store(&config), panels: config.panels.panels.clone(), queue })
    }

    async fn handle(&self, batch: QueueEvent, now: Timestamp) -> Result<BatchResponse, Failure> {
        let mut left: Vec<&QueueMessage> = Vec::new();
        let mut down = false;
        for message in &batch.records {
            // What follows a failed one of the same user must not overtake it. And a panel that has just failed would
            // cost the others a time limit each.
            if down || left.iter().any(|before| before.group() == message.group()) {
                self.postpone(message, soon(message.attempt())).await;
                left.push(message);
                continue;
            }
            let Err(setback) = self.work(message, now).await else { continue };
            let (error, attempt) = (setback.panel(), message.attempt());
            down = error.is_some_and(PanelError::is_outage);
            let resting = matches!(error, Some(PanelError::Resting { .. }));
            let seconds = pause(error, attempt);
            let failure = Failure::from(setback);
            if let Failure::KeyRefused(_) = failure {
                return Err(failure);
            }
            if resting {
                tracing::info!(%failure, message.id = message.message_id, attempt, "waits for the panel");
            } else {
                tracing::error!(%failure, message.id = message.message_id, attempt, "not delivered");
            }
            self.postpone(message, seconds).await;
            left.push(message);
        }
        Ok(BatchResponse::failed(left.iter().map(|message| message.message_id.clone())))
    }
}

/// Why a message has to come again.
enum Setback {
    /// It is no job of ours.
    Job(String),
    /// It was not delivered.
    Delivery(DeliveryError),
}

impl Setback {
    fn panel(&self) -> Option<&PanelError> {
        match self {
            Self::Delivery(DeliveryError::Panel(error)) => Some(error),
            _ => None,
        }
    }
}

impl From<Setback> for Failure {
    fn from(setback: Setback) -> Self {
        match setback {
            Setback::Job(what) => Self::Defect(what),
            Setback::Delivery(error) => error.into(),
        }
    }
}

/// When a message comes back, in seconds from now: 5, 10, 20 … up to a quarter of an hour, not before the panel wants
/// to be asked again, and exactly then while it is left alone.
///
/// A message may be received 400 times before it is given up, and a panel may be down for a day.
fn pause(error: Option<&PanelError>, attempt: u32) -> u64 {
    let own = 5_u64.saturating_mul(1 << attempt.saturating_sub(1).min(8)).min(900);
    match error {
        Some(PanelError::Resting { retry_after }) if attempt <= CLOSE => retry_after.as_secs().max(1),
        Some(PanelError::Resting { retry_after }) => retry_after.as_secs().max(SPARING),
        Some(PanelError::RateLimited { retry_after }) => retry_after.as_secs().max(own),
        _ => own,
    }
}

/// When a message comes back that was not even tried, in seconds: it then finds the panel there, or left alone.
fn soon(attempt: u32) -> u64 {
    if attempt <= CLOSE { 5 } else { SPARING }
}

/// So often a message may meet a panel that is left alone before it has to be sparing with its receives.
const CLOSE: u32 = 60;
/// The shortest pause from then on, in seconds: the longest rest of a panel.
const SPARING: u64 = 300;
/// `maxReceiveCount` of the queue.
#[cfg(test)]
const RECEIVES: u32 = 400;

impl Provisioner {
    async fn work(&self, message: &QueueMessage, now: Timestamp) -> Result<(), Setback> {
        let job = queue::from_text(&message.body).map_err(|error| Setback::Job(error.to_string()))?;
        let Task::Provision(no) = job.task else {
            return Err(Setback::Job(format!("{} is not a job of the provisioner", job.id)));
        };
        let delivered = deliver(&self.store, &self.panels, (job.user, no), now).await;
        if let Err(DeliveryError::Panel(PanelError::Foreign { username })) = &delivered {
            tracing::error!(
                panel.user = username,
                "the account belongs to somebody else: an operator must decide"
            );
        }
        delivered.map_err(Setback::Delivery)
    }

    async fn postpone(&self, message: &QueueMessage, seconds: u64) {
        let postponed: Result<(), QueueError> = self.queue.postpone(&message.receipt_handle, seconds).await;
        if let Err(error) = postponed {
            tracing::warn!(%error, "comes back after the queue's own pause");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn resting(seconds: u64) -> PanelError {
        PanelError::Resting { retry_after: Duration::from_secs(seconds) }
    }

    #[test]
    fn a_message_comes_back_when_the_panel_may_be_asked() {
        let slow_down = |seconds| PanelError::RateLimited { retry_after: Duration::from_secs(seconds) };
        assert_eq!(
            (1..=10).map(|attempt| pause(None, attempt)).collect::<Vec<_>>(),
            [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]
        );
        assert_eq!((pause(Some(&resting(40)), 1), pause(Some(&resting(40)), 20)), (40, 40));
        assert_eq!((pause(Some(&slow_down(700)), 1), pause(Some(&slow_down(7)), 9)), (700, 900));
    }

    /// However the containers' rests fall, and if every single one is met in its last second.
    #[test]
    fn a_days_outage_fits_the_queues_patience() {
        let error = resting(1);
        let pauses = |attempt| [pause(Some(&error), attempt), pause(None, attempt), soon(attempt)];
        let shortest: u64 = (1..RECEIVES).filter_map(|attempt| pauses(attempt).into_iter().min()).sum();
        assert!(shortest > 24 * 3600, "{shortest} s");
        let template = include_str!("../../../template.yaml");
        assert!(template.contains(&format!("\n        maxReceiveCount: {RECEIVES}\n")));
    }
}
