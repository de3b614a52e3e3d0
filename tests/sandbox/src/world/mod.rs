//! The world put together: stand-ins, table, queues and clock on one side, the shop's real functions on the other.
//!
//! [`World::start`] builds it from [`Plan`]. Nothing moves by itself: [`World::settle`] delivers everything that can be
//! delivered now (updates, webhooks, stream records, queue messages, due schedules), the way Telegram, the providers and
//! Lambda would, retries included; [`World::pass`] lets time go by, from one due moment to the next.

mod deliver;
mod environment;
mod functions;
mod post;

use crate::{
    clock::Clock,
    front,
    gateway::{Address, MARZBAN, Mount, PANEL, SQS, Server, Site, TELEGRAM},
    lock,
    outside::Outside,
    pattern::Pattern,
    queues::{QueueSettings, Queues},
    schedule::Schedules,
    stream::StreamReader,
    table::{Table, TableError},
    tills::{self, Tills},
};
pub use environment::{EnvFileError, Overrides, Sides};
use functions::Functions;
use jiff::{SignedDuration, Timestamp};
use post::Outbox;
use serde_json::json;
use standin_mail::Mail;
use standin_panels::{
    marzban::{self, Marzban},
    remnawave::{self, Remnawave},
};
use standin_providers::yookassa::Yookassa;
use standin_telegram::{Telegram, TelegramConfig};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
};
use thiserror::Error;

/// What the world should be like.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Its time.
    pub clock: Clock,
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// Keeps the store in this folder; in memory otherwise.
    pub data: Option<PathBuf>,
    /// Settings that replace the world's own.
    pub settings: Overrides,
    /// Which panel stands in.
    pub panel: remnawave::Family,
}

impl Plan {
    /// A world on a clock that stands at `start`, in memory, on a free port.
    pub fn at(start: Timestamp) -> Self {
        Self {
            clock: Clock::fixed(start),
            port: 0,
            data: None,
            // Where time stands still, everything happens in the same minute.
            settings: Overrides::default()
                .with("RATE_LIMIT_PER_MINUTE", "0")
                .with("RATE_LIMIT_OPERATOR_PER_MINUTE", "0"),
            panel: remnawave::Family::V3,
        }
    }

    /// The settings that the functions of this world would run with, and what is real in it, without starting it. With
    /// port 0 the addresses in them mean nothing yet.
    pub fn environment(&self) -> (Overrides, Sides) {
        let address = Address::on(self.port);
        let settings = environment::complete(self.settings.clone(), address);
        let sides = Sides::of(&settings, address);
        (settings, sides)
    }
}

/// The world cannot be built.
#[derive(Debug, Error)]
pub enum WorldError {
    /// The table.
    #[error("table: {0}")]
    Table(#[from] TableError),
    /// The shop's functions do not start; a setting is wrong, most likely.
    #[error("{0}")]
    Start(#[from] runtime::StartError),
    /// The port, or a file.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// A client of the world's own.
    #[error("{0}")]
    Client(#[from] reqwest::Error),
}

/// A running world; clones share it.
#[derive(Clone)]
pub struct World {
    /// Its time.
    pub clock: Clock,
    /// Where it listens.
    pub address: Address,
    /// Faults, calls and costs at the border of the shop.
    pub outside: Outside,
    /// The store.
    pub table: Table,
    /// The queues.
    pub queues: Queues,
    /// The relay's place in the table's stream.
    pub stream: StreamReader,
    /// The schedules.
    pub schedules: Schedules,
    /// The stand-in for Telegram.
    pub telegram: Telegram,
    /// The stand-in for the panel.
    pub panel: Remnawave,
    /// The stand-in for a second panel, which plans may name (`marzban`).
    pub marzban: Marzban,
    /// The stand-in for YooKassa, which most tests pay with.
    pub yookassa: Yookassa,
    /// The stand-ins for all payment providers.
    pub tills: Tills,
    /// The stand-in for the mail server.
    pub mail: Mail,
    /// What is real and what stands in.
    pub sides: Sides,
    settings: Overrides,
    http: reqwest::Client,
    outbox: Arc<Mutex<Outbox>>,
    functions: Functions,
    _server: Arc<Server>,
}

/// What the template's filter lets through to the relay.
const RELAY_FILTER: &str =
    r#"{"eventName":["INSERT"],"dynamodb":{"Keys":{"SK":{"S":[{"prefix":"EVENT#"}]}}}}"#;

impl World {
    /// Builds a world and starts the functions in it. `more` is served beside the front door (the page).
    pub async fn start(
        plan: Plan,
        more: impl FnOnce(&WorldParts) -> axum::Router,
    ) -> Result<Self, WorldError> {
        let Plan { clock, port, data, settings, panel } = plan;
        let site = Site::take(port).await?;
        let address = site.address;
        let mail = Mail::start("shop", "sandbox-mail-password").await?;
        let settings = environment::complete(environment::with_mail(settings, &mail.url()), address);
        let parts = WorldParts::new(&clock, address, &settings, (panel, mail), data.as_deref()).await?;
        let functions = Functions::new(&settings, clock.clone(), parts.outside.faults.clone());
        let invoke = functions.clone();
        let door = front::router(
            clock.clone(),
            Arc::new(move |function, event| {
                let functions = invoke.clone();
                Box::pin(async move { functions.http(function, event).await })
            }),
        );
        parts.telegram.allow_updates(&bot::method::ALLOWED_UPDATES);
        let mut mounts = vec![
            Mount::dynamodb(&parts.table)?,
            Mount::sqs(&parts.queues),
            Mount::telegram(parts.telegram.router()),
            Mount::panel(parts.panel.router()),
            Mount::marzban(parts.marzban.router()),
        ];
        mounts.extend(parts.tills.all().iter().map(Mount::provider));
        let inside = door.merge(more(&parts));
        let server = site.serve(&parts.outside, mounts, inside);
        functions.check().await?;
        parts.outside.calls.clear();
        let schedules = Schedules::new(clock.clone());
        schedules.every(1, "expiry");
        schedules.every(1, "sync");
        schedules.every_with(24 * 60, "sheet", json!({ "task": "sheet" }));
        let filter = Pattern::parse(RELAY_FILTER).ok();
        let stream = StreamReader::new(parts.table.clone(), filter);
        Ok(Self {
            stream,
            schedules,
            sides: Sides::of(&settings, address),
            settings,
            http: reqwest::Client::builder().no_proxy().build()?,
            outbox: Arc::default(),
            functions,
            _server: Arc::new(server),
            clock,
            address,
            outside: parts.outside,
            table: parts.table,
            queues: parts.queues,
            telegram: parts.telegram,
            panel: parts.panel,
            marzban: parts.marzban,
            yookassa: parts.tills.yookassa.clone(),
            tills: parts.tills,
            mail: parts.mail,
        })
    }

    /// A setting as the functions see it.
    pub fn setting(&self, name: &str) -> &str {
        self.settings.get(name).unwrap_or_default()
    }

    /// Every setting the functions run with, as `NAME=value` lines, for other processes that should join this world.
    pub fn settings(&self) -> &Overrides {
        &self.settings
    }

    /// Delivers everything that can be delivered at this moment, again and again, until nothing is left. Returns how
    /// many deliveries there were.
    pub async fn settle(&self) -> usize {
        let mut count = 0;
        loop {
            let step = self.step().await;
            count += step;
            if step == 0 {
                return count;
            }
        }
    }

    /// Lets `span` go by: everything that comes due in it is delivered at its moment. Minutes in which the schedule would
    /// find nothing due are skipped.
    pub async fn pass(&self, span: SignedDuration) {
        let end = self.clock.now() + span;
        loop {
            self.settle().await;
            let now = self.clock.now();
            let wakes = [
                self.queues.next_visible(),
                lock(&self.outbox).next(),
                self.next_round(now),
                Some(now + LEAP),
            ];
            match wakes.into_iter().flatten().filter(|at| *at > now).min().filter(|at| *at <= end) {
                Some(at) => self.clock.set(at),
                None => break,
            }
        }
        self.clock.set(end);
        self.settle().await;
    }

    /// When the schedule first finds something due.
    fn next_round(&self, now: Timestamp) -> Option<Timestamp> {
        let items = self.table.items().unwrap_or_default();
        let rings = items.iter().filter_map(|item| {
            let second = item["GSI2SK"]["S"].as_str()?.parse().ok()?;
            Timestamp::from_second(second).ok()
        });
        // The comparisons with panels have a clock of their own.
        let syncs = items.iter().filter(|item| item["PK"]["S"] == "SYNC");
        let syncs = syncs.filter_map(|item| item["next_at"]["S"].as_str()?.parse().ok());
        let due = rings.chain(syncs).min()?;
        let tick = self.schedules.next()?;
        // What is overdue already was tried and failed: the next tick tries again.
        Some(if due <= now.max(tick) { tick } else { due + SignedDuration::from_secs(60) })
    }
}

/// The longest step of [`World::pass`]: stand-ins with clocks of their own are looked at this often.
const LEAP: SignedDuration = SignedDuration::from_hours(6);

/// The stand-ins before the functions run.
pub struct WorldParts {
    /// The border.
    pub outside: Outside,
    /// The store.
    pub table: Table,
    /// The queues.
    pub queues: Queues,
    /// Telegram.
    pub telegram: Telegram,
    /// The panel.
    pub panel: Remnawave,
    /// The second panel.
    pub marzban: Marzban,
    /// The payment providers.
    pub tills: Tills,
    /// The mail server.
    pub mail: Mail,
}

impl WorldParts {
    async fn new(
        clock: &Clock,
        address: Address,
        settings: &Overrides,
        (family, mail): (remnawave::Family, Mail),
        data: Option<&std::path::Path>,
    ) -> Result<Self, WorldError> {
        let setting = |name: &str| settings.get(name).unwrap_or_default().to_owned();
        let outside = Outside::new(clock.clone());
        for secret in
            ["BOT_TOKEN", "PANEL_API_KEY", "PANEL_MARZBAN_PASSWORD"].into_iter().chain(tills::SECRETS)
        {
            outside.calls.hide(setting(secret));
        }
        let table = match data {
            Some(folder) => {
                std::fs::create_dir_all(folder)?;
                Table::on_disk(&setting("TABLE_NAME"), &folder.join("store.sqlite")).await?
            }
            None => Table::in_memory(&setting("TABLE_NAME"), clock).await?,
        };
        let token = setting("BOT_TOKEN");
        let telegram = TelegramConfig {
            bot_id: token.split(':').next().and_then(|id| id.parse().ok()).unwrap_or_default(),
            token,
            bot_username: setting("BOT_USERNAME"),
        };
        let panel = remnawave::Config {
            family,
            token: setting("PANEL_API_KEY"),
            sub_domain: "sub.sandbox.example".into(),
            webhook: Some(remnawave::Webhook { secret: setting("PANEL_WEBHOOK_SECRET") }),
        };
        let admin = |username: &str, password: &str| marzban::Admin {
            username: username.to_owned(),
            password: password.to_owned(),
            sudo: true,
        };
        let marzban = marzban::Config {
            environment: admin("root", "sandbox-root"),
            admins: vec![admin(&setting("PANEL_MARZBAN_USERNAME"), &setting("PANEL_MARZBAN_PASSWORD"))],
            link_prefix: "https://sub2.sandbox.example".to_owned(),
            login_minutes: 1440,
            webhook_secret: Some(setting("PANEL_MARZBAN_WEBHOOK_SECRET")),
        };
        Ok(Self {
            outside,
            table,
            queues: Queues::new(clock.clone(), &address.below(SQS), QueueSettings::shop()),
            telegram: Telegram::new(telegram, clock.source()),
            panel: Remnawave::new(panel, clock.source()),
            marzban: Marzban::new(marzban, clock.source()),
            tills: Tills::new(settings, address, clock),
            mail,
        })
    }
}

/// Where the stand-ins are found, by the settings that say so.
fn base_urls(address: Address) -> Vec<(&'static str, String)> {
    let mut urls = vec![
        ("TELEGRAM_API_URL", address.below(TELEGRAM)),
        ("PANEL_API_URL", address.below(PANEL)),
        ("PANEL_MARZBAN_API_URL", address.below(MARZBAN)),
    ];
    urls.extend(tills::base_urls(address));
    urls
}
