//! Marzban 0.8.4, as far as a shop uses it, its faults included. Held to recordings of it in `tests/marzban.rs`.
//!
//! What it does not do: servers (`/api/core`, `/api/hosts`, counts by node: nothing runs behind it), templates, bulk
//! calls and the list of the expired (a shop makes none), subscriptions in other forms than the plain one (apps are
//! not stood in for), changing the owner or other administrators, and waiting between two deliveries (they are taken
//! when a test wants them, and each once: whether one is repeated is decided by whoever plays the network).

mod find;
mod route;
mod show;
mod users;
mod validate;
mod webhook;
mod world;

use axum::{Router, body::Bytes, extract::State, http::Request, response::Response};
use jiff::Timestamp;
use route::Incoming;
use serde_json::Value;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use world::World;

pub use route::{Call, Fault};
pub use webhook::Delivery;

/// The panel's clock.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// An administrator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admin {
    /// Name.
    pub username: String,
    /// Password.
    pub password: String,
    /// May see the accounts of others, and the nodes.
    pub sudo: bool,
}

/// How the panel is set up.
#[derive(Debug, Clone)]
pub struct Config {
    /// The administrator of the environment (`SUDO_USERNAME`): always sudo, and not in the database.
    pub environment: Admin,
    /// Those in the database.
    pub admins: Vec<Admin>,
    /// `XRAY_SUBSCRIPTION_URL_PREFIX`; empty = links without a host.
    pub link_prefix: String,
    /// How long a login is good, in minutes; 0 = for ever.
    pub login_minutes: i64,
    /// `WEBHOOK_SECRET`; `None` = no webhooks.
    pub webhook_secret: Option<String>,
}

/// A panel. Clones are the same panel.
#[derive(Clone)]
pub struct Marzban {
    world: Arc<Mutex<World>>,
    clock: Clock,
}

impl Marzban {
    /// An empty panel with one inbound each of Shadowsocks, VLESS and Trojan.
    pub fn new(config: Config, clock: Clock) -> Self {
        let world = World::new(config, clock());
        Self { world: Arc::new(Mutex::new(world)), clock }
    }

    /// The panel's API, `/api/…`, and the public `/sub/…`.
    pub fn router(&self) -> Router {
        let serve = axum::routing::any(serve);
        Router::new().route("/", serve.clone()).route("/{*path}", serve).with_state(self.clone())
    }

    /// All users as the API shows them, the oldest first; a broken one has empty `proxies`.
    pub fn users(&self) -> Vec<Value> {
        let (world, now) = (self.world(), (self.clock)());
        world.users.iter().map(|user| show::user(&world, user, now)).collect()
    }

    /// One user as the API shows it.
    pub fn user(&self, username: &str) -> Option<Value> {
        let (world, now) = (self.world(), (self.clock)());
        world.users.iter().find(|user| user.username == username).map(|user| show::user(&world, user, now))
    }

    /// Makes a user as a person (or another bot) would: `body` is that of the API's POST.
    ///
    /// # Errors
    /// The body that the panel would answer.
    pub fn create(&self, body: &Value) -> Result<Value, Value> {
        let (mut world, now) = (self.world(), (self.clock)());
        let by = world.config.environment.username.clone();
        users::create(&mut world, body, &by, now)
            .map_or_else(|refusal| Err(refusal.into_json()), |reply| Ok(reply.into_json()))
    }

    /// Changes a user as a person at the panel's screen would: `patch` is the body of a PUT, but a `next_plan` that is
    /// not in it stays.
    ///
    /// # Errors
    /// The body that the panel would answer.
    pub fn edit(&self, username: &str, patch: &Value) -> Result<Value, Value> {
        let (mut world, now) = (self.world(), (self.clock)());
        let mut body = patch.clone();
        let user = world.users.iter().find(|user| user.username == username);
        if let (Some(plan), None) = (user.and_then(|user| user.next_plan.clone()), patch.get("next_plan")) {
            body["next_plan"] = plan;
        }
        let by = world.config.environment.username.clone();
        users::modify(&mut world, username, &body, &by, now)
            .map_or_else(|refusal| Err(refusal.into_json()), |reply| Ok(reply.into_json()))
    }

    /// Deletes a user as a person would. `false`: there was none.
    pub fn delete(&self, username: &str) -> bool {
        let mut world = self.world();
        let by = world.config.environment.username.clone();
        world.position(username).map(|index| users::remove(&mut world, index, &by)).is_some()
    }

    /// Makes all links so far worthless, as a person would. `false`: there is no such user.
    pub fn revoke(&self, username: &str) -> bool {
        let (mut world, now) = (self.world(), (self.clock)());
        let by = world.config.environment.username.clone();
        world.position(username).map(|index| users::revoke(&mut world, index, &by, now)).is_some()
    }

    /// An app connects and moves `bytes`. `false`: it is not let in (no such user, not active or on hold, or without
    /// an inbound). Limits are looked at by the job, see [`Self::tick`].
    pub fn connect(&self, username: &str, bytes: u64) -> bool {
        let now = (self.clock)();
        self.world().connect(username, bytes, now)
    }

    /// Takes a user's proxies away, as a create without them does: a row that the panel cannot show.
    pub fn break_user(&self, username: &str) {
        let mut world = self.world();
        if let Some(index) = world.position(username) {
            world.users[index].proxies.clear();
        }
    }

    /// What the panel offers: protocol and tag of every inbound.
    pub fn set_inbounds(&self, inbounds: &[(&str, &str)]) {
        let owned = inbounds.iter().map(|(protocol, tag)| ((*protocol).to_owned(), (*tag).to_owned()));
        self.world().inbounds = owned.collect();
    }

    /// Adds a node; `status` is `connected`, `connecting`, `error` or `disabled`.
    pub fn add_node(&self, name: &str, status: &str) {
        self.world().nodes.push((name.to_owned(), status.to_owned()));
    }

    /// Runs the jobs that limit, expire, start and reset users, as of now. A panel runs them every 10 s; calls to the
    /// API run them too when that long has passed.
    pub fn tick(&self) {
        let now = (self.clock)();
        self.world().tick(now);
    }

    /// What the panel has to report since the last time it was asked: one delivery, or none.
    pub fn take_webhooks(&self) -> Option<Delivery> {
        self.world().take_webhooks()
    }

    /// Makes all logins so far worthless.
    pub fn expire_tokens(&self) {
        self.world().tokens.clear();
    }

    /// All calls so far, logins among them.
    pub fn calls(&self) -> Vec<Call> {
        self.world().calls.clone()
    }

    /// Forgets the calls so far.
    pub fn clear_calls(&self) {
        self.world().calls.clear();
    }

    /// Makes the next calls fail, one fault a call, in this order.
    pub fn fail_next(&self, faults: impl IntoIterator<Item = Fault>) {
        self.world().faults.extend(faults);
    }

    /// Answers the next `count` creates as done and keeps none of the users: a panel whose database goes back to what
    /// it was before.
    pub fn forget_created(&self, count: u32) {
        self.world().forgetful = count;
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn serve(State(panel): State<Marzban>, request: Request<axum::body::Body>) -> Response {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap_or_else(|_| Bytes::new());
    let now = (panel.clock)();
    let incoming = Incoming::new(&head, &body);
    let mut world = panel.world();
    route::serve(&mut world, &incoming, now)
}
