//! What can happen to calls on their way to an API and back.

use axum::{
    Router,
    extract::Request,
    http::StatusCode,
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
};
use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::sync::Notify;

/// What a call meets before or after the API.
#[derive(Clone)]
pub enum Meets {
    /// Nothing unusual.
    Answer,
    /// Carried out, but answered with this.
    Lost(u16),
    /// Carried out, and never answered; the notification tells the test that it was.
    Silence(Arc<Notify>),
    /// Not carried out; answered with this status, body and `Retry-After`.
    Refusal(u16, &'static str, Option<u64>),
}

/// The n-th call meets the n-th fate; later calls meet nothing unusual.
pub fn fated(api: Router, fates: Vec<Meets>) -> Router {
    let (fates, calls) = (Arc::new(fates), Arc::new(AtomicUsize::new(0)));
    api.layer(from_fn(move |request: Request, next: Next| {
        let call = calls.fetch_add(1, Ordering::SeqCst);
        meet(fates.get(call).cloned().unwrap_or(Meets::Answer), request, next)
    }))
}

async fn meet(fate: Meets, request: Request, next: Next) -> Response {
    let status = |status| StatusCode::from_u16(status).unwrap();
    match fate {
        Meets::Answer => next.run(request).await,
        Meets::Lost(code) => {
            next.run(request).await;
            (status(code), "<html>bad gateway</html>").into_response()
        }
        Meets::Silence(carried_out) => {
            next.run(request).await;
            carried_out.notify_one();
            std::future::pending().await
        }
        Meets::Refusal(code, body, retry_after) => {
            let mut response = (status(code), body).into_response();
            if let Some(seconds) = retry_after {
                response.headers_mut().insert("Retry-After", seconds.into());
            }
            response
        }
    }
}

/// Runs `future`; whenever a call was carried out in silence, moves the timers beyond one attempt.
pub async fn impatiently<T>(future: impl Future<Output = T>, silence: &Notify) -> T {
    let mut future = Box::pin(future);
    loop {
        tokio::select! {
            done = &mut future => return done,
            () = silence.notified() => {
                tokio::time::pause();
                tokio::time::advance(Duration::from_millis(3_600)).await;
                tokio::time::resume();
            }
        }
    }
}
