//! What shops find outside when they ask: PayPal's certificates and YooKassa's API, as the cases say. Anything else is not
//! there, and nothing ever leaves this machine.

use super::Mismatch;
use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    net::Ipv4Addr,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::{net::TcpListener, task::JoinHandle};

/// The server; it stops when this is dropped.
pub struct Services {
    base: String,
    answers: Answers,
    server: JoinHandle<()>,
}

type Answers = Arc<Mutex<BTreeMap<String, Answer>>>;

/// What is answered.
#[derive(Debug, Clone)]
pub enum Answer {
    /// A text.
    Text(String),
    /// A status with JSON.
    Json(u16, Value),
    /// Nothing, for as long as the caller cares to wait.
    Silence,
}

impl Drop for Services {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Services {
    /// Begins to serve on a free port of loopback.
    pub async fn start() -> Result<Self, Mismatch> {
        let broken = |error: std::io::Error| Mismatch::broken("a port on loopback", error);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(broken)?;
        let base = format!("http://{}", listener.local_addr().map_err(broken)?);
        let answers = Answers::default();
        let router = Router::new().fallback(answer).with_state(Arc::clone(&answers));
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "the services stopped");
            }
        });
        Ok(Self { base, answers, server })
    }

    /// The address of `path`, which begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// From now on, `answer` is what paths that begin with `path` get, unless a longer beginning has an answer of its own.
    pub fn put(&self, path: &str, answer: Answer) {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), answer);
    }
}

async fn answer(State(answers): State<Answers>, request: Request) -> Response {
    let path = request.uri().path();
    let found = {
        let answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
        // Of two beginnings of one path the longer sorts last.
        let mut known = answers.iter().rev();
        known.find(|(known, _)| path.starts_with(known.as_str())).map(|(_, answer)| answer.clone())
    };
    match found {
        Some(Answer::Text(text)) => text.into_response(),
        Some(Answer::Json(status, body)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, axum::Json(body)).into_response()
        }
        Some(Answer::Silence) => std::future::pending().await,
        None => {
            let body = serde_json::json!({ "type": "error", "code": "not_found" });
            (StatusCode::NOT_FOUND, axum::Json(body)).into_response()
        }
    }
}
