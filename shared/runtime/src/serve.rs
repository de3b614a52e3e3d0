//! From `main` to the handler: start once, then serve events; read the secrets anew when one does not fit.

use crate::{
    clock::Clock,
    edge::{Config, Edge, StartError},
    event::{HttpEvent, HttpResponse, Request},
    failure::Failure,
    vars::Vars,
};
use jiff::Timestamp;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde::{Serialize, de::DeserializeOwned};
use shop::SECRETS_HOLD;
use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
};

/// A function: what it is built from and what it does with an event.
pub trait Function: Sized + Send + Sync + 'static {
    /// The event as Lambda hands it over.
    type Event: DeserializeOwned + Clone + Send;
    /// The answer.
    type Answer: Serialize + Send;

    /// Builds it, reading what it needs: most read [`Edge::config`], some need neither settings nor secrets.
    fn start(edge: &Edge) -> impl Future<Output = Result<Self, StartError>> + Send;

    /// Handles one event.
    fn handle(
        &self,
        event: Self::Event,
        now: Timestamp,
    ) -> impl Future<Output = Result<Self::Answer, Failure>> + Send;
}

/// A function that stays built while its container lives, and is built anew when a secret was changed.
pub struct Running<F> {
    edge: Edge,
    current: Mutex<(Arc<F>, Timestamp)>,
}

impl<F: Function> Running<F> {
    /// Starts the function.
    pub async fn start(edge: Edge) -> Result<Self, StartError> {
        let function = Arc::new(F::start(&edge).await?);
        let started = edge.clock.now();
        Ok(Self { edge, current: Mutex::new((function, started)) })
    }

    fn current(&self) -> (Arc<F>, Timestamp) {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Handles one event; if a secret did not fit, reads the secrets anew (at most once a minute) and tries once more.
    pub async fn handle(&self, event: F::Event) -> Result<F::Answer, Failure> {
        let (function, built) = self.current();
        let now = self.edge.clock.now();
        let first = function.handle(event.clone(), now).await;
        let Err(Failure::Unauthorized(cause) | Failure::KeyRefused(cause)) = &first else { return first };
        if now.duration_since(built) < SECRETS_HOLD {
            return first;
        }
        tracing::warn!(cause, "a secret did not fit; reading the secrets anew");
        let fresh = F::start(&self.edge).await.map_err(|error| Failure::Retry(error.to_string()))?;
        let fresh = Arc::new(fresh);
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = (Arc::clone(&fresh), now);
        fresh.handle(event, now).await
    }
}

/// Serves `F` until Lambda ends the process.
pub async fn serve<F: Function>() -> Result<(), lambda_runtime::Error> {
    crate::telemetry::init();
    let running = Running::<F>::start(Edge::new(Vars::from_env(), Clock::System)?).await?;
    let running = &running;
    let handle = |event: LambdaEvent<F::Event>| async move {
        running.handle(event.payload).await.map_err(|failure| {
            tracing::error!(%failure, request.id = event.context.request_id, "failed");
            Diagnostic::from(failure)
        })
    };
    lambda_runtime::run(service_fn(handle)).await
}

/// A function behind API Gateway.
pub trait Endpoint: Sized + Send + Sync + 'static {
    /// Builds it.
    fn new(edge: &Edge, config: &Config) -> Result<Self, StartError>;

    /// Answers one request.
    fn answer(
        &self,
        request: Request,
        now: Timestamp,
    ) -> impl Future<Output = Result<HttpResponse, Failure>> + Send;
}

/// Makes an [`Endpoint`] a [`Function`]: decodes the request and turns what is left of an error into a status.
pub struct Http<E>(E);

impl<E: Endpoint> Function for Http<E> {
    type Event = HttpEvent;
    type Answer = HttpResponse;

    async fn start(edge: &Edge) -> Result<Self, StartError> {
        E::new(edge, &edge.config().await?).map(Self)
    }

    async fn handle(&self, event: HttpEvent, now: Timestamp) -> Result<HttpResponse, Failure> {
        let Some(request) = event.decode() else { return Ok(HttpResponse::text(400, "bad body")) };
        self.0.answer(request, now).await
    }
}

/// Answers one HTTP event: also when the handler failed, with a status that tells the sender what to do.
pub async fn respond<E: Endpoint>(running: &Running<Http<E>>, event: HttpEvent) -> HttpResponse {
    match running.handle(event).await {
        Ok(response) => response,
        Err(Failure::Unauthorized(cause)) => {
            tracing::warn!(cause, "refused");
            HttpResponse::text(401, "unauthorized")
        }
        Err(failure @ (Failure::Retry(_) | Failure::KeyRefused(_))) => {
            tracing::error!(%failure, "try later");
            HttpResponse::text(503, "try later").with("retry-after", "5")
        }
        Err(failure @ Failure::Defect(_)) => {
            tracing::error!(%failure, "defect");
            HttpResponse::text(500, "internal error")
        }
    }
}

/// Serves an endpoint until Lambda ends the process.
pub async fn serve_http<E: Endpoint>() -> Result<(), lambda_runtime::Error> {
    crate::telemetry::init();
    let running = Running::<Http<E>>::start(Edge::new(Vars::from_env(), Clock::System)?).await?;
    let running = &running;
    let handle = |event: LambdaEvent<HttpEvent>| async move {
        Ok::<_, lambda_runtime::Error>(respond(running, event.payload).await)
    };
    lambda_runtime::run(service_fn(handle)).await
}
