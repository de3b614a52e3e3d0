//! The front door: plain HTTP in, API Gateway's HTTP API events (payload 2.0) to the functions, and their
//! answers back.
//!
//! Shape of both: "Working with AWS Lambda proxy integrations for HTTP APIs" in the API Gateway developer
//! guide.

mod answer;
mod event;
#[cfg(test)]
mod tests;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderName, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::future::BoxFuture;
use serde_json::Value;

use crate::clock::Clock;
use crate::line::Caller;
pub use answer::respond;
pub use event::{Arrival, event};

/// API Gateway's limit of a request body, in bytes.
const MAX_BODY: usize = 10 * 1024 * 1024;

/// By this header a caller says whose address it comes from. The world listens on loopback only, and stand-ins
/// of services with known addresses must be told from strangers. Functions do not see it.
pub const SOURCE_IP: HeaderName = HeaderName::from_static("x-sandbox-source-ip");

/// A function behind the front door.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Function {
    /// `telegram-webhook`
    TelegramWebhook,
    /// `payment-webhook`
    PaymentWebhook,
    /// `panel-webhook`
    PanelWebhook,
    /// `api`
    Api,
}

/// A route of the HTTP API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// Method and path as API Gateway writes them: `GET /pay/return/{quote}`.
    pub key: &'static str,
    /// Who answers.
    pub function: Function,
}

/// The routes of the template (a test holds them equal), the more exact ones first.
pub const ROUTES: [Route; 8] = [
    Route { key: "POST /webhook/telegram", function: Function::TelegramWebhook },
    Route { key: "POST /webhook/panel", function: Function::PanelWebhook },
    Route { key: "POST /webhook/panel/{panel}", function: Function::PanelWebhook },
    Route { key: "POST /webhook/{provider}", function: Function::PaymentWebhook },
    Route { key: "GET /webhook/{provider}", function: Function::PaymentWebhook },
    Route { key: "GET /health", function: Function::Api },
    Route { key: "GET /open", function: Function::Api },
    Route { key: "GET /pay/return/{quote}", function: Function::Api },
];

impl Route {
    /// The route for `method` and `path`, and the values of its path parameters as they stand in the path.
    pub fn find<'a>(method: &Method, path: &'a str) -> Option<(Self, Vec<(&'static str, &'a str)>)> {
        ROUTES
            .into_iter()
            .find_map(|route| route.parameters(method, path).map(|parameters| (route, parameters)))
    }

    fn parameters<'a>(self, method: &Method, path: &'a str) -> Option<Vec<(&'static str, &'a str)>> {
        let (wanted, pattern) = self.key.split_once(' ')?;
        let mut parts = path.split('/');
        let mut parameters = Vec::new();
        for pattern in pattern.split('/') {
            let part = parts.next()?;
            match pattern.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                Some(_) if part.is_empty() => return None,
                Some(name) => parameters.push((name, part)),
                None if part != pattern => return None,
                None => {}
            }
        }
        (parts.next().is_none() && method.as_str() == wanted).then_some(parameters)
    }
}

/// Runs a function with an event. The error is for the log only; the caller sees API Gateway's 500.
pub type Invoke = Arc<dyn Fn(Function, Value) -> BoxFuture<'static, Result<Value, String>> + Send + Sync>;

#[derive(Clone)]
struct Door {
    invoke: Invoke,
    clock: Clock,
    requests: Arc<AtomicU64>,
}

/// The front door with its routes and nothing else, to be merged with the page.
pub fn router(clock: Clock, invoke: Invoke) -> Router {
    let door = Door { invoke, clock, requests: Arc::default() };
    let paths = ["/webhook/{provider}", "/webhook/panel/{panel}", "/health", "/open", "/pay/return/{quote}"];
    paths
        .into_iter()
        .fold(Router::new(), |router, path| router.route(path, axum::routing::any(enter)))
        .with_state(door)
}

async fn enter(State(door): State<Door>, request: Request) -> Response {
    let (mut head, body) = request.into_parts();
    let Some((route, parameters)) = Route::find(&head.method, head.uri.path()) else {
        return plain(StatusCode::NOT_FOUND, "Not Found");
    };
    let Ok(body) = to_bytes(body, MAX_BODY).await else {
        return plain(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
    };
    let parameters = parameters.into_iter().map(|(name, value)| (name, value.to_owned())).collect();
    let claimed = head.headers.remove(SOURCE_IP).and_then(|value| value.to_str().ok()?.parse().ok());
    let connected =
        head.extensions.get::<ConnectInfo<Caller>>().map(|ConnectInfo(caller)| caller.address.ip());
    let arrival = Arrival {
        source_ip: claimed.or(connected).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        at: door.clock.now(),
        number: door.requests.fetch_add(1, Ordering::Relaxed) + 1,
        parameters,
    };
    let event = event(route, &head, &body, arrival);
    match (door.invoke)(route.function, event).await {
        Ok(answer) => respond(&answer),
        Err(error) => {
            tracing::warn!(function = ?route.function, error, "a function failed");
            plain(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
        }
    }
}

/// What API Gateway says itself.
fn plain(status: StatusCode, message: &str) -> Response {
    let body = serde_json::json!({ "message": message }).to_string();
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}
