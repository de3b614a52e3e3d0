//! The shop's functions in this process: started as in Lambda, given events as JSON, killed when the world says so.

use super::Overrides;
use crate::{
    batch::Outcome,
    clock::Clock,
    faults::{Faults, run_or_crash},
    front,
};
use futures::future::BoxFuture;
use runtime::{Edge, Function, Http, Running, StartError, Vars, respond};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// All functions. Each starts with its first event, as a cold container would.
#[derive(Clone)]
pub struct Functions {
    inner: Arc<Inner>,
}

struct Inner {
    vars: Vars,
    clock: Clock,
    faults: Faults,
    telegram: OnceCell<Running<Http<telegram_webhook::TelegramWebhook>>>,
    payment: OnceCell<Running<Http<payment_webhook::PaymentWebhook>>>,
    panel: OnceCell<Running<Http<panel_webhook::PanelWebhook>>>,
    api: OnceCell<Running<Http<api::Api>>>,
    relay: OnceCell<Running<relay::Relay>>,
    provisioner: OnceCell<Running<provisioner::Provisioner>>,
    notifier: OnceCell<Running<notifier::Notifier>>,
    expiry: OnceCell<Running<expiry::Expiry>>,
    sync: OnceCell<Running<sync::Sync>>,
}

/// A function that is not behind the front door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worker {
    /// `relay`
    Relay,
    /// `provisioner`
    Provisioner,
    /// `notifier`
    Notifier,
    /// `expiry`
    Expiry,
    /// `sync`
    Sync,
}

async fn running<'a, F: Function>(
    cell: &'a OnceCell<Running<F>>,
    inner: &Inner,
) -> Result<&'a Running<F>, StartError> {
    cell.get_or_try_init(|| async {
        let clock = runtime::Clock::Virtual(inner.clock.millis());
        Running::start(Edge::new(inner.vars.clone(), clock)?).await
    })
    .await
}

fn read<E: DeserializeOwned>(event: Value) -> Result<E, String> {
    serde_json::from_value(event).map_err(|error| format!("the function cannot read its event: {error}"))
}

impl Functions {
    pub(super) fn new(settings: &Overrides, clock: Clock, faults: Faults) -> Self {
        let vars = settings.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let inner = Inner {
            vars,
            clock,
            faults,
            telegram: OnceCell::new(),
            payment: OnceCell::new(),
            panel: OnceCell::new(),
            api: OnceCell::new(),
            relay: OnceCell::new(),
            provisioner: OnceCell::new(),
            notifier: OnceCell::new(),
            expiry: OnceCell::new(),
            sync: OnceCell::new(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Starts the function that needs every setting, so that a wrong one is told before anything else happens.
    pub(super) async fn check(&self) -> Result<(), StartError> {
        self.inner.clock.now();
        running(&self.inner.telegram, &self.inner).await?;
        running(&self.inner.relay, &self.inner).await?;
        Ok(())
    }

    /// Runs a function behind the front door.
    pub(super) async fn http(&self, function: front::Function, event: Value) -> Result<Value, String> {
        self.inner.clock.now();
        let event = read(event)?;
        let inner = &self.inner;
        let started = |error: StartError| error.to_string();
        let work: BoxFuture<'_, Result<_, String>> = match function {
            front::Function::TelegramWebhook => Box::pin(async move {
                Ok(respond(running(&inner.telegram, inner).await.map_err(started)?, event).await)
            }),
            front::Function::PaymentWebhook => Box::pin(async move {
                Ok(respond(running(&inner.payment, inner).await.map_err(started)?, event).await)
            }),
            front::Function::PanelWebhook => Box::pin(async move {
                Ok(respond(running(&inner.panel, inner).await.map_err(started)?, event).await)
            }),
            front::Function::Api => Box::pin(async move {
                Ok(respond(running(&inner.api, inner).await.map_err(started)?, event).await)
            }),
        };
        let answer = run_or_crash(work, &inner.faults).await.map_err(|crashed| crashed.to_string())??;
        serde_json::to_value(answer).map_err(|error| error.to_string())
    }

    /// Runs a worker with a batch.
    pub(super) async fn work(&self, worker: Worker, event: Value) -> Outcome {
        self.inner.clock.now();
        let inner = &self.inner;
        let work: BoxFuture<'_, Result<Value, String>> = match worker {
            Worker::Relay => Box::pin(handle(&inner.relay, inner, event)),
            Worker::Provisioner => Box::pin(handle(&inner.provisioner, inner, event)),
            Worker::Notifier => Box::pin(handle(&inner.notifier, inner, event)),
            Worker::Expiry => Box::pin(handle(&inner.expiry, inner, event)),
            Worker::Sync => Box::pin(handle(&inner.sync, inner, event)),
        };
        let result = run_or_crash(work, &inner.faults).await.map_err(|crashed| crashed.to_string());
        let result = result.and_then(|answered| answered);
        if let Err(error) = &result {
            tracing::warn!(?worker, error, "a function failed");
        }
        Outcome::from(result)
    }
}

async fn handle<F: Function>(
    cell: &OnceCell<Running<F>>,
    inner: &Inner,
    event: Value,
) -> Result<Value, String> {
    let event = read(event)?;
    let running = running(cell, inner).await.map_err(|error| error.to_string())?;
    let answer = running.handle(event).await.map_err(|failure| failure.to_string())?;
    serde_json::to_value(answer).map_err(|error| error.to_string())
}
