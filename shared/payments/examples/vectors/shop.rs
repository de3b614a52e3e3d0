//! A shop in a world of its own: the real functions behind a real front door, over a store that can be looked into.

use super::{
    Mismatch,
    file::{Delivery, Owner},
};
use axum::http::{Method, Request};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{Decision, Plan, UserId, catalog};
use jiff::Timestamp;
use payment_webhook::PaymentWebhook;
use payments::{Gateways, RawWebhook};
use reqwest::Client;
use runtime::{Edge, Http, HttpEvent, Running, StartError, Vars, respond};
use sandbox::{
    front::{self, Arrival, Function, Route, SOURCE_IP},
    world::{Overrides, Plan as WorldPlan, World},
};
use serde_json::Value;
use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};
use store::{Commit, Store};
use telegram_webhook::TelegramWebhook;
use tokio::{net::TcpListener, task::JoinHandle};

/// Settings that every sandbox world has and no shop here: with an API key FreeKassa's gateway asks it about every
/// notification, and it is to be seen what the signature alone decides.
const WITHOUT: [&str; 1] = ["FREEKASSA_API_KEY"];

/// Who sends what nobody says the sender of.
const SOMEBODY: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1));

/// The shop; its world ends when this is dropped.
pub struct Shop {
    world: World,
    functions: Arc<Functions>,
    http: Client,
    base: String,
    door: JoinHandle<()>,
    /// What it remembers.
    pub store: Store,
    /// The gateways that its functions have.
    pub gateways: Gateways,
    /// What it sells.
    pub plans: Vec<Plan>,
}

struct Functions {
    payment: Running<Http<PaymentWebhook>>,
    telegram: Running<Http<TelegramWebhook>>,
}

/// What the shop answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// How the request got in.
    pub way: &'static str,
    /// The status.
    pub status: u16,
    /// The body.
    pub body: String,
}

impl Answer {
    /// It was taken.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// For a mismatch, its body cut: `401 "unauthorized" (front door)`.
    pub fn shown(&self) -> String {
        let body: String = self.body.chars().take(120).collect();
        format!("{} {body:?} ({})", self.status, self.way)
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.door.abort();
    }
}

impl Shop {
    /// Opens a shop with these settings, its window filled as after the first visitor.
    pub async fn open(settings: Overrides) -> Result<Self, Mismatch> {
        let broken =
            |error: &dyn std::fmt::Display| Mismatch::broken("a shop with this configuration", error);
        let plan = WorldPlan { settings, ..WorldPlan::at(Timestamp::UNIX_EPOCH) };
        let world = World::start(plan, |_| axum::Router::new()).await.map_err(|error| broken(&error))?;
        let functions = Functions::start(&world).await.map_err(|error| broken(&error))?;
        let functions = Arc::new(functions);
        let edge = edge(&world).map_err(|error| broken(&error))?;
        let config = edge.config().await.map_err(|error| broken(&error))?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(|error| broken(&error))?;
        let base = format!("http://{}", listener.local_addr().map_err(|error| broken(&error))?);
        let shop = Self {
            door: tokio::spawn(serve(listener, door(&world, &functions))),
            functions,
            http: Client::builder().no_proxy().build().map_err(|error| broken(&error))?,
            base,
            store: edge.store(&config),
            gateways: config.gateways,
            plans: config.settings.shop.rules.plans,
            world,
        };
        shop.write(&catalog::seed(&shop.plans, shop.now())).await?;
        Ok(shop)
    }

    /// The shop's time.
    pub fn now(&self) -> Timestamp {
        self.world.clock.now()
    }

    /// Sets it.
    pub fn set_time(&self, now: Timestamp) {
        self.world.clock.set(now);
    }

    /// Everything stored.
    pub fn items(&self) -> Result<Vec<Value>, Mismatch> {
        self.world.table.items().map_err(|error| Mismatch::broken("a look into the table", error))
    }

    /// How often somebody was credited: everybody, or one buyer.
    pub fn credits(&self, buyer: Option<UserId>) -> Result<usize, Mismatch> {
        let history = buyer.map(|buyer| format!("USER#{buyer}"));
        let items = self.items()?;
        let credits = items.iter().filter(|item| {
            item["kind"]["M"]["kind"]["S"] == "credited"
                && history.as_ref().is_none_or(|history| item["PK"]["S"] == history.as_str())
        });
        Ok(credits.count())
    }

    /// Writes `decision` into the store.
    pub async fn write(&self, decision: &Decision) -> Result<(), Mismatch> {
        match self.store.commit(decision).await {
            Ok(Commit::Committed) => Ok(()),
            Ok(other) => {
                Err(Mismatch::broken("a store that takes what is written", format_args!("{other:?}")))
            }
            Err(error) => Err(Mismatch::broken("a store that takes what is written", error)),
        }
    }

    /// Delivers over HTTP, as the provider does.
    pub async fn deliver(&self, owner: Owner, delivery: &Delivery) -> Result<Answer, Mismatch> {
        let unknown = |error: &dyn std::fmt::Display| {
            Mismatch::unknown(format!("a request that cannot be sent: {error}"))
        };
        let method = Method::from_bytes(delivery.method.as_bytes()).map_err(|error| unknown(&error))?;
        let mut request = self.http.request(method, format!("{}{}", self.base, target(owner, delivery)));
        for (name, value) in &delivery.headers {
            request = request.header(name, value);
        }
        if let Some(address) = &delivery.source_ip {
            request = request.header(SOURCE_IP, address);
        }
        let request = request.body(delivery.body.clone()).build().map_err(|error| unknown(&error))?;
        let silent = |error: reqwest::Error| Mismatch::broken("an answer of the front door", error);
        let answer = self.http.execute(request).await.map_err(silent)?;
        let status = answer.status().as_u16();
        Ok(Answer { way: "front door", status, body: answer.text().await.map_err(silent)? })
    }

    /// Hands the delivery to the function as API Gateway may do it, the body once in base64 and once as text.
    pub async fn deliver_events(&self, owner: Owner, delivery: &Delivery) -> Result<Vec<Answer>, Mismatch> {
        let mut answers = Vec::new();
        if delivery.body.is_empty() {
            return Ok(answers);
        }
        let (function, mut event) = self.event(owner, delivery)?;
        event["body"] = STANDARD.encode(&delivery.body).into();
        event["isBase64Encoded"] = true.into();
        answers.push(self.hand(function, "event in base64", event.clone()).await?);
        if let Ok(text) = std::str::from_utf8(&delivery.body) {
            event["body"] = text.into();
            event["isBase64Encoded"] = false.into();
            answers.push(self.hand(function, "event as text", event).await?);
        }
        Ok(answers)
    }

    async fn hand(&self, function: Function, way: &'static str, event: Value) -> Result<Answer, Mismatch> {
        let functions = Arc::clone(&self.functions);
        // In a task of its own: a panic is an answer, too.
        let answer = tokio::spawn(async move { functions.run(function, event).await }).await;
        let answer = answer.map_err(|error| Mismatch::broken("an answer of the function", error))?;
        let answer = answer.map_err(|error| Mismatch::broken("an answer of the function", error))?;
        let status = answer["statusCode"].as_u64().and_then(|status| u16::try_from(status).ok());
        let body = answer["body"].as_str().unwrap_or_default().to_owned();
        Ok(Answer { way, status: status.unwrap_or_default(), body })
    }

    /// The delivery as gateways see it.
    pub fn raw(&self, owner: Owner, delivery: &Delivery) -> Result<RawWebhook, Mismatch> {
        let (_, event) = self.event(owner, delivery)?;
        let event: HttpEvent =
            serde_json::from_value(event).map_err(|error| Mismatch::broken("an event", error))?;
        let request = event.decode().ok_or_else(|| Mismatch::unknown("a body that cannot be decoded"))?;
        Ok(RawWebhook {
            headers: request.headers.into_iter().collect(),
            body: request.body,
            source_ip: request.source_ip,
            query: Some(request.query).filter(|query| !query.is_empty()),
            received_at: self.now(),
        })
    }

    /// The event that the front door makes of the delivery, and for whom.
    fn event(&self, owner: Owner, delivery: &Delivery) -> Result<(Function, Value), Mismatch> {
        let unknown = |error: &dyn std::fmt::Display| {
            Mismatch::unknown(format!("a request that cannot be sent: {error}"))
        };
        let mut request = Request::builder().method(delivery.method.as_str()).uri(target(owner, delivery));
        for (name, value) in &delivery.headers {
            request = request.header(name, value);
        }
        let (head, ()) = request.body(()).map_err(|error| unknown(&error))?.into_parts();
        let found = Route::find(&head.method, head.uri.path());
        let (route, _) = found.ok_or_else(|| unknown(&"no route for it"))?;
        let source_ip = delivery.source_ip.as_ref().and_then(|address| address.parse().ok());
        let arrival = Arrival {
            source_ip: source_ip.unwrap_or(SOMEBODY),
            at: self.now(),
            number: 1,
            parameters: Vec::new(),
        };
        Ok((route.function, front::event(route, &head, &delivery.body, arrival)))
    }
}

/// Where a delivery arrives.
fn target(owner: Owner, delivery: &Delivery) -> String {
    let query = delivery.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
    match owner {
        Owner::Ours(provider) => format!("/webhook/{provider}{query}"),
        Owner::Telegram | Owner::Other(_) => format!("/webhook/telegram{query}"),
    }
}

/// The functions' view of the world: its settings, but for [`WITHOUT`].
fn edge(world: &World) -> Result<Edge, StartError> {
    let settings = world.settings().iter().filter(|(name, _)| !WITHOUT.contains(name));
    let vars: Vars = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Edge::new(vars, runtime::Clock::Virtual(world.clock.millis()))
}

fn door(world: &World, functions: &Arc<Functions>) -> axum::Router {
    let functions = Arc::clone(functions);
    front::router(
        world.clock.clone(),
        Arc::new(move |function, event| {
            let functions = Arc::clone(&functions);
            Box::pin(async move { functions.run(function, event).await })
        }),
    )
}

async fn serve(listener: TcpListener, router: axum::Router) {
    if let Err(error) = axum::serve(listener, router).await {
        tracing::error!(%error, "the front door stopped");
    }
}

impl Functions {
    async fn start(world: &World) -> Result<Self, StartError> {
        let payment = Running::start(edge(world)?).await?;
        let telegram = Running::start(edge(world)?).await?;
        Ok(Self { payment, telegram })
    }

    async fn run(&self, function: Function, event: Value) -> Result<Value, String> {
        let event: HttpEvent = serde_json::from_value(event).map_err(|error| error.to_string())?;
        let answer = match function {
            Function::PaymentWebhook => respond(&self.payment, event).await,
            Function::TelegramWebhook => respond(&self.telegram, event).await,
            Function::PanelWebhook | Function::Api => return Err(format!("{function:?} is not here")),
        };
        serde_json::to_value(answer).map_err(|error| error.to_string())
    }
}
