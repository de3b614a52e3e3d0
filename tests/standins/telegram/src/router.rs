//! The HTTP face.

use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::Value;

use crate::body;
use crate::failure::Failure;
use crate::telegram::{Answer, Telegram};

impl Telegram {
    /// Serves `/bot<token>/<method>` as the Bot API does, and uploaded files at `/file/<file_id>` for a page to show.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/file/{file_id}", get(file))
            .fallback(call)
            .layer(DefaultBodyLimit::max(body::BODY_LIMIT))
            .with_state(self.clone())
    }
}

async fn call(State(telegram): State<Telegram>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let answer = match split(&path) {
        _ if !matches!(*request.method(), Method::GET | Method::POST) => refuse(&Failure::not_found()),
        None => refuse(&Failure::not_found()),
        Some((token, method)) => match telegram.check_token(token) {
            Err(failure) => refuse(&failure),
            Ok(()) => telegram.call_http(method, body::read(request).await).await,
        },
    };
    respond(answer)
}

/// Token and method of `/bot<token>/<method>`.
fn split(path: &str) -> Option<(&str, &str)> {
    path.strip_prefix("/bot")?.split_once('/').filter(|(_, method)| !method.is_empty())
}

fn refuse(failure: &Failure) -> Answer {
    Answer { status: failure.code, body: failure.to_json() }
}

fn respond(answer: Answer) -> Response {
    let retry_after = answer.body.pointer("/parameters/retry_after").and_then(Value::as_i64);
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, Json(answer.body)).into_response();
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

async fn file(State(telegram): State<Telegram>, Path(file_id): Path<String>) -> Response {
    match telegram.file(&file_id) {
        None => StatusCode::NOT_FOUND.into_response(),
        Some((mime, bytes)) => ([(CONTENT_TYPE, mime)], bytes).into_response(),
    }
}
