//! The one server of the world, on loopback: stand-ins for the outside under prefixes, the shop's own front
//! door and the page at the root.

use std::net::{Ipv4Addr, SocketAddr};

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::ACCOUNT;
use crate::calls::Target;
pub use crate::line::Caller;
use crate::line::Lines;
use crate::outside::{IsOutgoing, Outside};
use crate::queues::Queues;
use crate::table::Table;
use standin_providers::Till;

/// Prefix of DynamoDB.
pub const DYNAMODB: &str = "/aws/dynamodb";
/// Prefix of SQS.
pub const SQS: &str = "/aws/sqs";
/// Prefix of the Bot API.
pub const TELEGRAM: &str = "/telegram";
/// Prefix of the panel.
pub const PANEL: &str = "/panel";
/// Where the second panel stands in.
pub const MARZBAN: &str = "/marzban";

/// Where the world will be: known before anything in it is built, because settings and stand-ins carry each
/// other's addresses.
#[derive(Debug)]
pub struct Site {
    listener: TcpListener,
    /// The addresses below it.
    pub address: Address,
}

/// The world's addresses. None ends in a slash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address(SocketAddr);

/// A stand-in to be mounted.
pub struct Mount {
    /// Who it stands in for.
    pub target: Target,
    /// Where it is mounted; it sees paths without this.
    pub prefix: String,
    /// The stand-in.
    pub router: Router,
    /// Which of its requests are the shop's.
    pub is_outgoing: IsOutgoing,
}

/// The running server. It stops when this is dropped.
#[derive(Debug)]
pub struct Server(JoinHandle<()>);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Site {
    /// Takes `port` on 127.0.0.1; 0 takes a free one.
    ///
    /// # Errors
    /// If the port is taken.
    pub async fn take(port: u16) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = Address(listener.local_addr()?);
        Ok(Self { listener, address })
    }

    /// Serves `mounts` behind the border `outside`, and `inside` (front door, page) everywhere else.
    pub fn serve(self, outside: &Outside, mounts: Vec<Mount>, inside: Router) -> Server {
        let router = mounts.into_iter().fold(inside, |router, mount| {
            router.nest_service(&mount.prefix, outside.watch(mount.target, mount.router, mount.is_outgoing))
        });
        let service = router.into_make_service_with_connect_info::<Caller>();
        Server(tokio::spawn(async move {
            if let Err(error) = axum::serve(Lines(self.listener), service).await {
                tracing::error!(%error, "the sandbox's server stopped");
            }
        }))
    }
}

impl Address {
    /// The addresses of a world on `port` of 127.0.0.1, whether it runs or not.
    pub fn on(port: u16) -> Self {
        Self(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
    }

    /// Base of the front door and the page (`PUBLIC_URL`).
    pub fn base(self) -> String {
        format!("http://{}", self.0)
    }

    /// The socket.
    pub fn socket(self) -> SocketAddr {
        self.0
    }

    /// Base below `prefix`, for example [`TELEGRAM`].
    pub fn below(self, prefix: &str) -> String {
        format!("{}{prefix}", self.base())
    }

    /// URL of the queue `name`.
    pub fn queue(self, name: &str) -> String {
        format!("{}/{ACCOUNT}/{name}", self.below(SQS))
    }
}

impl Mount {
    /// The store: passes everything on to the embedded DynamoDB.
    ///
    /// # Errors
    /// If no HTTP client can be made.
    pub fn dynamodb(table: &Table) -> Result<Self, reqwest::Error> {
        let upstream = Upstream {
            client: reqwest::Client::builder().no_proxy().build()?,
            url: format!("http://{}/", table.address()),
        };
        let router = Router::new().fallback(forward).with_state(upstream);
        Ok(Self {
            target: Target::Dynamodb,
            prefix: DYNAMODB.to_owned(),
            router,
            is_outgoing: Arc::new(|_, _| true),
        })
    }

    /// The queues. Build them with the URL base `address.below(SQS)`.
    pub fn sqs(queues: &Queues) -> Self {
        Self {
            target: Target::Sqs,
            prefix: SQS.to_owned(),
            router: queues.router(),
            is_outgoing: Arc::new(|_, _| true),
        }
    }

    /// The Bot API: `/bot<token>/…` and `/file/bot<token>/…` are the shop's.
    pub fn telegram(router: Router) -> Self {
        let is_outgoing = |_: &Method, path: &str| path.starts_with("/bot") || path.starts_with("/file/bot");
        let is_outgoing = Arc::new(is_outgoing);
        Self { target: Target::Telegram, prefix: TELEGRAM.to_owned(), router, is_outgoing }
    }

    /// The panel: `/api/…` is the shop's, except the subscription that a person's client fetches.
    pub fn panel(router: Router) -> Self {
        let is_outgoing =
            |_: &Method, path: &str| path.starts_with("/api/") && !path.starts_with("/api/sub/");
        let is_outgoing = Arc::new(is_outgoing);
        Self { target: Target::Panel, prefix: PANEL.to_owned(), router, is_outgoing }
    }

    /// The second panel: `/api/…` is the shop's, `/sub/…` the client's.
    pub fn marzban(router: Router) -> Self {
        let is_outgoing = Arc::new(|_: &Method, path: &str| path.starts_with("/api/"));
        Self { target: Target::Marzban, prefix: MARZBAN.to_owned(), router, is_outgoing }
    }

    /// A payment provider under its own name: its API is the shop's, its pages are the buyer's.
    pub fn provider(till: &Arc<dyn Till>) -> Self {
        let router = till.api().merge(standin_providers::pages(Arc::clone(till)));
        let asked = Arc::clone(till);
        let is_outgoing = Arc::new(move |_: &Method, path: &str| asked.is_api(path));
        Self {
            target: Target::Provider(till.name()),
            prefix: format!("/{}", till.name()),
            router,
            is_outgoing,
        }
    }
}

#[derive(Clone)]
struct Upstream {
    client: reqwest::Client,
    url: String,
}

/// Headers that belong to one connection, or that the client sets itself.
const HOP: [HeaderName; 4] =
    [header::HOST, header::CONNECTION, header::CONTENT_LENGTH, header::TRANSFER_ENCODING];

fn drop_hop_headers(headers: &mut HeaderMap) {
    for name in &HOP {
        headers.remove(name);
    }
}

async fn forward(
    State(upstream): State<Upstream>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut headers = headers;
    drop_hop_headers(&mut headers);
    let answer = upstream.client.request(method, &upstream.url).headers(headers).body(body).send().await;
    let broken = |error: reqwest::Error| {
        (StatusCode::BAD_GATEWAY, format!("embedded DynamoDB: {error}")).into_response()
    };
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return broken(error),
    };
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    drop_hop_headers(&mut headers);
    match answer.bytes().await {
        Ok(body) => (status, headers, Body::from(body)).into_response(),
        Err(error) => broken(error),
    }
}

#[cfg(test)]
mod tests;
