//! Remnawave 2.7.4 and 3.3.2, as far as a shop uses it. Held to recordings of both in `tests/replay.rs`. Other versions
//! ([`Remnawave::set_version`]) differ as the panel's own source says they do.

mod acts;
mod devices;
mod find;
mod issue;
mod nodes;
mod reply;
mod route;
mod squads;
mod system;
mod users;
mod validate;
mod version;
mod webhook;
mod world;

use axum::{Router, body::Bytes, extract::State, http::Request, response::Response};
use jiff::Timestamp;
use route::Incoming;
use serde_json::{Map, Value, json};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use world::World;

pub use route::{Call, Fault};
pub use webhook::{Delivery, Webhook};

/// The internal squad that every new panel has (with this UUID here).
pub const DEFAULT_SQUAD: &str = "f94b10f8-561c-4c60-afbb-2647d6008ca8";

/// The panel's clock.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Which panel to stand in for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// 2.7.4: users by UUID.
    V2,
    /// 3.3.2: users by number.
    V3,
}

/// How the panel is set up.
#[derive(Debug, Clone)]
pub struct Config {
    /// Which one.
    pub family: Family,
    /// The API token it takes.
    pub token: String,
    /// `SUB_PUBLIC_DOMAIN`: subscription links are `https://<sub_domain>/<short uuid>`.
    pub sub_domain: String,
    /// Whether it reports events.
    pub webhook: Option<Webhook>,
}

/// A panel. Clones are the same panel.
#[derive(Clone)]
pub struct Remnawave {
    world: Arc<Mutex<World>>,
    clock: Clock,
}

impl Remnawave {
    /// An empty panel with one internal squad, [`DEFAULT_SQUAD`].
    pub fn new(config: Config, clock: Clock) -> Self {
        let world = World::new(config, clock());
        Self { world: Arc::new(Mutex::new(world)), clock }
    }

    /// The panel's API: `/api/…`, the public `/api/sub/{short}/info` included.
    pub fn router(&self) -> Router {
        let serve = axum::routing::any(serve);
        Router::new()
            .route("/api", serve.clone())
            .route("/api/{*path}", serve.clone())
            .fallback_service(serve.with_state(self.clone()))
            .with_state(self.clone())
    }

    /// All users as the API shows them, the oldest first.
    pub fn users(&self) -> Vec<Value> {
        let world = self.world();
        world.users.iter().map(|user| world.show(user)).collect()
    }

    /// One user as the API shows it.
    pub fn user(&self, username: &str) -> Option<Value> {
        let world = self.world();
        world.users.iter().find(|user| user.username == username).map(|user| world.show(user))
    }

    /// Makes a user as a person (or another bot) would: `body` is that of the API's POST.
    ///
    /// # Errors
    /// The body that the panel would answer.
    pub fn create(&self, body: &Value) -> Result<Value, Value> {
        let now = (self.clock)();
        users::create(&mut self.world(), body, now)
            .map_or_else(|refusal| Err(refusal.into_body()), |reply| Ok(reply.into_body()))
    }

    /// Changes a user as a person at the panel's screen would: `patch` has the fields of the API's PATCH; a `status`
    /// works in every state, as the screen's switch does.
    ///
    /// # Errors
    /// The body that the panel would answer.
    pub fn edit(&self, username: &str, patch: &Value) -> Result<Value, Value> {
        let mut fields = patch.as_object().cloned().unwrap_or_default();
        let status = fields.remove("status");
        let mut world = self.world();
        let now = (self.clock)();
        if !fields.is_empty() {
            let mut body = Map::from_iter([("username".to_owned(), json!(username))]);
            body.extend(fields);
            users::patch(&mut world, &Value::Object(body), now).map_err(reply::Reply::into_body)?;
        }
        if let Some(status) = status {
            let on = status == "ACTIVE";
            let index = world.by_name(username).map_err(|_| json!("no such user"))?;
            users::switch(&mut world, index, on, now).map_err(reply::Reply::into_body)?;
        }
        let index = world.by_name(username).map_err(|_| json!("no such user"))?;
        Ok(world.show(&world.users[index]))
    }

    /// Deletes a user as a person would. `false`: there was none.
    pub fn delete(&self, username: &str) -> bool {
        let mut world = self.world();
        let now = (self.clock)();
        let index = world.by_name(username);
        index.map(|index| users::remove(&mut world, index, now)).is_ok()
    }

    /// An app connects with the user's keys and moves `bytes`. `false`: it is not let in (no such user, not ACTIVE,
    /// or in no squad).
    pub fn connect(&self, username: &str, bytes: u64) -> bool {
        let now = (self.clock)();
        self.world().connect(username, bytes, now)
    }

    /// Makes an internal squad.
    pub fn add_internal_squad(&self, uuid: &str, name: &str) {
        let now = (self.clock)();
        self.world().internal_squads.push(squads::Squad::new(uuid, name, now));
    }

    /// Makes an external squad.
    pub fn add_external_squad(&self, uuid: &str, name: &str) {
        let now = (self.clock)();
        self.world().external_squads.push(squads::Squad::new(uuid, name, now));
    }

    /// Adds a server, connected.
    pub fn add_node(&self, name: &str) {
        let now = (self.clock)();
        self.world().add_node(name, now);
    }

    /// A server gets lost, or comes back, with so many people on it.
    pub fn set_node(&self, name: &str, connected: bool, online: u64) {
        let now = (self.clock)();
        self.world().set_node(name, connected, online, now);
    }

    /// Turns the panel into another version, `2.0.8` to `3.x`, with all its users: an upgrade under way.
    pub fn set_version(&self, version: &str) {
        let mut world = self.world();
        world.version = version::Version::read(version);
        world.config.family = world.version.family();
    }

    /// Runs the jobs that expire and limit users and report what they used, as of now. A panel runs them every 30 and 45 s; calls to the API
    /// run them too when that long has passed.
    pub fn tick(&self) {
        let now = (self.clock)();
        self.world().tick(now);
    }

    /// What the panel has to report since the last time it was asked; nothing without a [`Webhook`].
    pub fn take_webhooks(&self) -> Vec<Delivery> {
        std::mem::take(&mut self.world().outbox)
    }

    /// All calls so far.
    pub fn calls(&self) -> Vec<Call> {
        self.world().calls.clone()
    }

    /// Forgets the calls so far.
    pub fn clear_calls(&self) {
        self.world().calls.clear();
    }

    /// Whether requests must come through an HTTPS proxy (`x-forwarded-for`, `x-forwarded-proto: https`), as in
    /// production; others are hung up on. On at first.
    pub fn set_proxy_check(&self, on: bool) {
        self.world().proxy_check = on;
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

async fn serve(State(panel): State<Remnawave>, request: Request<axum::body::Body>) -> Response {
    let (head, body) = request.into_parts();
    // A body that cannot be read or is huge counts as none; a panel then misses the fields in it.
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap_or_else(|_| Bytes::new());
    let now = (panel.clock)();
    let incoming = Incoming::new(&head, &body);
    let mut world = panel.world();
    route::serve(&mut world, &incoming, now)
}
