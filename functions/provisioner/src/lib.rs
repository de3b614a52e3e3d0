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
        let mut messages = batch.records.iter();
        for message in messages.by_ref() {
            let Err(failure) = self.work(message, now).await else { continue };
            if let Failure::KeyRefused(_) = failure {
                return Err(failure);
            }
            tracing::error!(%failure, message.id = message.message_id, attempt = message.attempt(), "not delivered");
            self.wait_longer(message).await;
            // What follows may be the same user's: it must not overtake. And a panel that is down stays down.
            let rest = std::iter::once(message).chain(messages).map(|message| message.message_id.clone());
            return Ok(BatchResponse::failed(rest));
        }
        Ok(BatchResponse::default())
    }
}

impl Provisioner {
    async fn work(&self, message: &QueueMessage, now: Timestamp) -> Result<(), Failure> {
        let job = queue::from_text(&message.body).map_err(|error| Failure::Defect(error.to_string()))?;
        let Task::Provision(no) = job.task else {
            return Err(Failure::Defect(format!("{} is not a job of the provisioner", job.id)));
        };
        let delivered = deliver(&self.store, &self.panels, (job.user, no), now).await;
        if let Err(DeliveryError::Panel(PanelError::Foreign { username })) = &delivered {
            tracing::error!(
                panel.user = username,
                "the account belongs to somebody else: an operator must decide"
            );
        }
        Ok(delivered?)
    }

    /// 5, 10, 20 … seconds up to a quarter of an hour: the panel gets air, and a day's outage fits the queue's patience.
    async fn wait_longer(&self, message: &QueueMessage) {
        let seconds = 5_u64.saturating_mul(1 << message.attempt().saturating_sub(1).min(8)).min(900);
        let postponed: Result<(), QueueError> = self.queue.postpone(&message.receipt_handle, seconds).await;
        if let Err(error) = postponed {
            tracing::warn!(%error, "comes back after the queue's own pause");
        }
    }
}
