//! The shop of a schedule: the real use cases over a table, and the providers' stand-ins behind a border where calls go
//! wrong. Whole: in a [`World`], with the embedded database behind HTTP and the function `payment-webhook`. Fast: over
//! [`Memory`], and webhooks settled here as that function settles them.

use crate::{
    cases::Case,
    life::{STRANGER, person},
    memory::{Item, Memory},
};
use domain::{Provider, UserId, registration::StartLink};
use jiff::Timestamp;
use payments::{Claim, Gateways, RawWebhook};
use runtime::{Edge, Http, PanelConfig, Running, Settings, Vars, providers, respond};
use sandbox::{
    calls::Target,
    clock::Clock,
    gateway::{Mount, Server, Site},
    outside::Outside,
    tills::Tills,
    world::{Plan, World},
};
use serde_json::json;
use shop::{Rulebook, Shop, ShopSettings, Shown, clock::ring, confirm::confirm, sold};
use standin_providers::Webhook;
use std::{collections::BTreeMap, time::Duration};
use store::Store;

/// When every schedule begins.
pub fn start_of_time() -> Timestamp {
    "2026-11-21T10:00:00Z".parse().unwrap()
}

/// The providers, and the shop as its settings describe it. Many schedules are run in one.
pub struct Market {
    pub case: Case,
    pub clock: Clock,
    pub outside: Outside,
    pub tills: Tills,
    pub gateways: Gateways,
    settings: ShopSettings,
    /// What is in every table of the fast kind from the beginning: the plans, and a stranger.
    template: BTreeMap<(String, String), Item>,
    plans: Vec<domain::Plan>,
    whole: Option<Whole>,
    _server: Option<Server>,
}

struct Whole {
    world: World,
    door: Running<Http<payment_webhook::PaymentWebhook>>,
    store: Store,
}

impl Market {
    /// Stand-ins and gateways; the table is made for every schedule.
    pub async fn fast(case: Case) -> Self {
        let clock = Clock::fixed(start_of_time());
        let outside = Outside::new(clock.clone());
        let site = Site::take(0).await.unwrap();
        let mut plan = Plan::at(start_of_time());
        plan.port = site.address.socket().port();
        plan.settings = case.settings();
        let (settings, _) = plan.environment();
        let tills = case.tills(Tills::new(&settings, site.address, &clock), site.address, &clock);
        let mounts = tills.all().iter().map(Mount::provider).collect();
        let server = site.serve(&outside, mounts, axum::Router::new());
        let given = settings.iter().filter(|(name, _)| Some(*name) != case.without());
        let vars: Vars = given.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(7));
        let http = http.redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let providers = providers::read(&vars, &http).unwrap();
        let mut shop = Settings::read(&vars).unwrap().shop;
        shop.rules.live = providers.live;
        shop.rules.articles = providers.articles;
        let gateways = providers.gateways;
        let market = Self {
            case,
            clock,
            outside,
            tills,
            gateways,
            settings: shop,
            template: BTreeMap::new(),
            plans: Vec::new(),
            whole: None,
            _server: Some(server),
        };
        market.furnished().await
    }

    /// With the plans in the window, and a stranger who has been here before.
    async fn furnished(mut self) -> Self {
        let stage = self.stage(0);
        let now = stage.now();
        stage.shop.enter(&person(STRANGER), &StartLink::Plain, now).await.unwrap();
        let plans = stage.shop.plans(now).await.unwrap();
        let template = stage.memory.as_ref().map(Memory::items).unwrap_or_default();
        (self.plans, self.template) = (plans, template);
        self
    }

    /// A whole world.
    pub async fn whole(case: Case) -> Self {
        let plan = Plan { settings: case.settings(), ..Plan::at(start_of_time()) };
        let world = World::start(plan, |_| axum::Router::new()).await.unwrap();
        let vars: Vars =
            world.settings().iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let edge = Edge::new(vars, runtime::Clock::Virtual(world.clock.millis())).unwrap();
        let config = edge.config().await.unwrap();
        let door = Running::start(edge.clone()).await.unwrap();
        let whole = Whole { world: world.clone(), door, store: edge.store(&config) };
        Self {
            case,
            clock: world.clock.clone(),
            outside: world.outside.clone(),
            tills: world.tills.clone(),
            gateways: config.gateways.clone(),
            settings: config.settings.shop,
            template: BTreeMap::new(),
            plans: Vec::new(),
            whole: Some(whole),
            _server: None,
        }
        .furnished()
        .await
    }

    /// The shop at the beginning of a schedule.
    pub fn stage(&self, seed: u64) -> Stage<'_> {
        self.clock.set(start_of_time());
        self.outside.faults.clear();
        self.outside.calls.clear();
        let memory = self.whole.is_none().then(|| Memory::new(seed, true).with(&self.template));
        let store = match (&self.whole, &memory) {
            (Some(whole), _) => whole.store.clone(),
            (None, Some(memory)) => Store::new(memory.client(), "shop"),
            (None, None) => unreachable!("one of them"),
        };
        let shop =
            Shop::new(store, self.gateways.clone(), PanelConfig::default().panels, self.settings.clone());
        shop.remember(Shown { plans: self.plans.clone(), ..Shown::default() }, start_of_time());
        // In one world every schedule has a buyer of its own.
        let buyer = UserId(1_000 + i64::try_from(seed % 1_000_000_000).unwrap());
        Stage { market: self, shop, memory, buyer }
    }
}

/// The shop in one schedule.
pub struct Stage<'m> {
    pub market: &'m Market,
    pub shop: Shop,
    pub memory: Option<Memory>,
    pub buyer: UserId,
}

impl Stage<'_> {
    pub fn now(&self) -> Timestamp {
        self.market.clock.now()
    }

    pub fn store(&self) -> &Store {
        self.shop.store()
    }

    pub fn rules(&self) -> &Rulebook {
        &self.shop.settings().rules
    }

    /// The sweeper's round.
    pub async fn sweep(&self) -> Result<shop::clock::Round, shop::ShopError> {
        ring(self.store(), &self.market.gateways, self.rules(), self.now()).await
    }

    /// Delivers a webhook; the status of the answer.
    pub async fn webhook(&self, webhook: &Webhook) -> u16 {
        match &self.market.whole {
            Some(whole) => through_the_function(&whole.door, webhook).await,
            None => self.settled(webhook).await,
        }
    }

    async fn settled(&self, webhook: &Webhook) -> u16 {
        let provider: Provider = webhook.provider.parse().unwrap();
        let Some(gateway) = self.market.gateways.get(provider) else { return 404 };
        let now = self.now();
        let raw = RawWebhook {
            headers: webhook.headers.clone(),
            body: webhook.body.clone(),
            source_ip: Some(webhook.source_ip),
            query: webhook.query.clone(),
            received_at: now,
        };
        let fetched = match gateway.authenticate(&raw).await {
            Err(error) => return error.status(),
            Ok(Claim::Ignore(_)) => return 200,
            Ok(Claim::Sold(sale)) => return status(&sold(self.store(), &sale, self.rules(), now).await),
            Ok(Claim::Signed(fetched)) => fetched,
            Ok(Claim::Ask(object)) => match gateway.fetch(&object).await {
                Ok(Some(fetched)) => fetched,
                Ok(None) => return 200,
                Err(_) => return 503,
            },
        };
        status(&confirm(self.store(), &fetched, self.rules(), now).await)
    }

    /// How many writes were asked of the table so far.
    pub fn writes(&self) -> usize {
        if let Some(memory) = &self.memory {
            return memory.writes();
        }
        let calls = self.market.outside.calls.to(Target::Dynamodb, "");
        let writes =
            |name: &str| ["PutItem", "TransactWriteItems", "UpdateItem", "DeleteItem"].contains(&name);
        calls.iter().filter(|call| writes(&call.operation)).count()
    }

    /// Everything in the table, by key.
    pub fn items(&self) -> BTreeMap<(String, String), Item> {
        match (&self.memory, &self.market.whole) {
            (Some(memory), _) => memory.items(),
            (None, Some(whole)) => {
                let part =
                    |item: &serde_json::Value, name: &str| item[name]["S"].as_str().unwrap().to_owned();
                let items = whole.world.table.items().unwrap().into_iter();
                let keyed = items
                    .map(|item| ((part(&item, "PK"), part(&item, "SK")), item.as_object().unwrap().clone()));
                keyed.collect()
            }
            (None, None) => unreachable!("one of them"),
        }
    }
}

fn status<T>(done: &Result<T, shop::ShopError>) -> u16 {
    if done.is_ok() { 200 } else { 503 }
}

async fn through_the_function(
    door: &Running<Http<payment_webhook::PaymentWebhook>>,
    webhook: &Webhook,
) -> u16 {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let headers: BTreeMap<&str, &str> =
        webhook.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let event = json!({
        "rawPath": format!("/webhook/{}", webhook.provider),
        "rawQueryString": webhook.query.clone().unwrap_or_default(),
        "headers": headers,
        "body": STANDARD.encode(&webhook.body),
        "isBase64Encoded": true,
        "requestContext": {
            "http": { "method": webhook.method, "sourceIp": webhook.source_ip.to_string() }, "stage": "$default",
        },
    });
    respond(door, serde_json::from_value(event).unwrap()).await.status_code
}
