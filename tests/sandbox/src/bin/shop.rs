//! `cargo shop`: the whole shop on this machine, with a page to try it on.

use clap::Parser;
use runtime::{Mistakes, StartError};
use sandbox::{
    clock::Clock,
    heart::Heart,
    keep::{KeepError, Keeper},
    page::{self, Surroundings},
    polling::{Backoff, Poller, PollingError},
    world::{EnvFileError, Overrides, Plan, Sides, World, WorldError},
};
use standin_panels::remnawave::Family;
use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};
use thiserror::Error;
use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

const EXAMPLES: &str = "\
Examples:
  cargo shop                          play: everything stands in, nothing is kept
  cargo shop --data sandbox-data      go on where you stopped
  cargo shop --env-file .env          with your own settings, for example a real BOT_TOKEN
  cargo shop --print-env              the settings with which other processes join a running shop

What --data keeps: the table with everything the shop knows, the people of the page, the accounts of
the panel's stand-in, and how far you moved the clock. Chats begin empty; payments that were open at the
payment stand-in are gone.

What --env-file takes: any setting of the shop (docs/deploy.md), one NAME=value a line. With a real
BOT_TOKEN the shop fetches that bot's updates from Telegram itself, with a real PANEL_API_URL it
provisions there, with a real YOOKASSA_SECRET_KEY it takes payments there. Each base address is a setting
too: TELEGRAM_API_URL, PANEL_API_URL, STRIPE_API_URL and the like, AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL_SQS.

RUST_LOG (error, warn, info, debug) says how much is logged to stderr; warn if unset.";

/// Runs the whole shop on this machine, with a page to try it on
///
/// The functions are the real ones. Telegram, the panel, YooKassa and AWS stand in
/// around them. The page shows a phone and what happens behind it.
#[derive(Parser)]
#[command(name = "cargo shop", bin_name = "cargo shop", after_help = EXAMPLES)]
struct Arguments {
    /// Port of the page on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 8088, value_name = "N")]
    port: u16,
    /// Keeps the shop in this folder, so that it survives a restart; in memory otherwise
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Settings that replace the sandbox's own
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
    /// Prints all settings, secrets included, as NAME=value lines and ends
    ///
    /// Other processes with these settings share the world of the shop on --port.
    #[arg(long)]
    print_env: bool,
    /// Which generation of the panel stands in
    #[arg(long, value_enum, default_value = "v3")]
    panel: PanelFamily,
    /// Opens the page in the browser
    #[arg(long)]
    open: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum PanelFamily {
    /// Remnawave 2.7
    V2,
    /// Remnawave 3.3
    V3,
}

/// Why there is no shop.
#[derive(Debug, Error)]
enum ShopError {
    #[error("{0}")]
    EnvFile(#[from] EnvFileError),
    #[error("{0}")]
    Settings(Mistakes),
    #[error("{0}")]
    Keep(#[from] KeepError),
    #[error("{0}")]
    Polling(#[from] PollingError),
    #[error("port {port} is taken; stop what uses it, or choose another with --port (0 takes a free one)")]
    PortTaken { port: u16 },
    #[error("{0}")]
    World(WorldError),
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

impl ShopError {
    /// 2: the command line or a setting has to be changed.
    fn code(&self) -> ExitCode {
        let user =
            matches!(self, Self::EnvFile(_) | Self::Settings(_) | Self::Polling(PollingError::Token(_)));
        ExitCode::from(if user { 2 } else { 1 })
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    log();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let run = |runtime: tokio::runtime::Runtime| {
        let result = runtime.block_on(run(&arguments));
        // A request of the page may be waiting for news.
        runtime.shutdown_timeout(Duration::from_millis(200));
        result
    };
    match runtime.map_err(ShopError::from).and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            drop(writeln!(std::io::stderr(), "{error}"));
            error.code()
        }
    }
}

/// The embedded table warns of every condition that does not hold, which is how the shop finds out that something was
/// done already. Whoever sets `RUST_LOG` gets that too.
fn log() {
    let named = std::env::var("RUST_LOG").ok().and_then(|level| level.parse::<LevelFilter>().ok());
    let targets = match named {
        Some(level) => Targets::new().with_default(level),
        None => Targets::new().with_default(LevelFilter::WARN).with_target("dynoxide", LevelFilter::ERROR),
    };
    tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_writer(std::io::stderr)
        .with_target(false)
        .finish()
        .with(targets)
        .init();
}

async fn run(arguments: &Arguments) -> Result<(), ShopError> {
    let given = match &arguments.env_file {
        Some(file) => Overrides::from_file(file)?,
        None => Overrides::default(),
    };
    let mut plan = plan(arguments, given.clone());
    if arguments.print_env {
        return print_env(&plan);
    }
    let mut mistakes = missing_beside(&given);
    let (settings, sides) = plan.environment();
    let mut unreachable = None;
    if sides.real_telegram
        && let Err(error) = introduce(&mut plan, &settings).await
    {
        match error {
            PollingError::Token(_) => mistakes.push(error.to_string()),
            // Told after the mistakes in the settings, which may be its cause.
            other => unreachable = Some(other),
        }
    }
    let keeper = plan.data.as_deref().map(open_keeper).transpose()?;
    if let Some(keeper) = &keeper {
        plan.clock = keeper.clock();
    }
    let (heart, rhythm) = Heart::new(plan.clock.now().as_millisecond().unsigned_abs());
    let bot_username = plan.environment().0.get("BOT_USERNAME").unwrap_or_default().to_owned();
    let around = Surroundings { heart: heart.clone(), sides: sides.clone(), bot_username };
    let world = start(plan, around, mistakes).await?;
    if let Some(error) = unreachable {
        return Err(error.into());
    }
    if let Some(keeper) = &keeper {
        keeper.restore(&world).await?;
    }
    tokio::spawn(rhythm.run(world.clone()));
    if sides.real_telegram {
        tokio::spawn(Poller::new(world.settings(), world.address, Backoff::default())?.run());
    }
    announce(&world, arguments.open)?;
    match keeper {
        Some(keeper) => keep_until_stopped(keeper, &world, &heart).await,
        None => Ok(tokio::signal::ctrl_c().await?),
    }
}

fn plan(arguments: &Arguments, settings: Overrides) -> Plan {
    Plan {
        clock: Clock::system(),
        port: arguments.port,
        data: arguments.data.clone(),
        settings,
        panel: match arguments.panel {
            PanelFamily::V2 => Family::V2,
            PanelFamily::V3 => Family::V3,
        },
    }
}

fn print_env(plan: &Plan) -> Result<(), ShopError> {
    if plan.port == 0 {
        let mistake = "--print-env: the port of the running shop is needed, --port 0 says nothing";
        return Err(ShopError::Settings(Mistakes(vec![mistake.to_owned()])));
    }
    let mut out = std::io::stdout().lock();
    for (name, value) in plan.environment().0.iter() {
        // Readers of such files differ about everything but this.
        let plain = !value.chars().any(|c| c.is_whitespace() || matches!(c, ';' | '\\' | '#'));
        let quote = if plain { "" } else { "'" };
        writeln!(out, "{name}={quote}{value}{quote}")?;
    }
    Ok(())
}

/// What a real service needs besides the setting that makes it real; the sandbox's own value would be refused there,
/// late and with other words.
fn missing_beside(given: &Overrides) -> Vec<String> {
    let needed = [
        ("PANEL_API_URL", "PANEL_API_KEY", "an API token made in the panel"),
        ("PANEL_API_URL", "USER_SQUAD_UUIDS", "UUIDs of the panel's internal squads, divided by commas"),
        ("YOOKASSA_SECRET_KEY", "YOOKASSA_SHOP_ID", "the shop's number"),
        ("FREEKASSA_SECRET_WORD_2", "FREEKASSA_SHOP_ID", "the shop's number"),
        ("ROBOKASSA_PASSWORD_2", "ROBOKASSA_MERCHANT_LOGIN", "the shop's id"),
        ("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "the endpoint's signing secret"),
        ("PAYPAL_CLIENT_SECRET", "PAYPAL_CLIENT_ID", "the app's id"),
        ("PAYPAL_CLIENT_SECRET", "PAYPAL_WEBHOOK_ID", "PayPal's id of the webhook"),
        ("TELEGRAM_API_URL", "BOT_TOKEN", "from @BotFather"),
    ];
    let lacks = |(with, name, _): &(&str, &str, &str)| given.get(with).is_some() && given.get(name).is_none();
    let text = |(with, name, what)| format!("{name}: is required with {with} ({what})");
    needed.into_iter().filter(lacks).map(text).collect()
}

/// Learns the name of the real bot.
async fn introduce(plan: &mut Plan, settings: &Overrides) -> Result<(), PollingError> {
    let nowhere = sandbox::gateway::Address::on(plan.port);
    let username = Poller::new(settings, nowhere, Backoff::default())?.greet().await?;
    if plan.settings.get("BOT_USERNAME").is_none() {
        plan.settings.set("BOT_USERNAME", username);
    }
    Ok(())
}

fn open_keeper(folder: &Path) -> Result<Keeper, ShopError> {
    std::fs::create_dir_all(folder)?;
    Ok(Keeper::open(folder)?)
}

/// Starts the world; everything that is wrong with the settings is told together.
async fn start(plan: Plan, around: Surroundings, mut mistakes: Vec<String>) -> Result<World, ShopError> {
    let port = plan.port;
    let started = World::start(plan, |parts| page::router(parts, around)).await;
    match started {
        Ok(world) if mistakes.is_empty() => {
            world.set_up(world.setting("WEBHOOK_SECRET_TOKEN")).await;
            Ok(world)
        }
        Ok(_) => Err(ShopError::Settings(Mistakes(mistakes))),
        Err(WorldError::Start(StartError::Settings(Mistakes(more)))) => {
            mistakes.extend(more);
            Err(ShopError::Settings(Mistakes(mistakes)))
        }
        Err(WorldError::Io(error)) if error.kind() == std::io::ErrorKind::AddrInUse => {
            Err(ShopError::PortTaken { port })
        }
        Err(other) => Err(ShopError::World(other)),
    }
}

fn announce(world: &World, open: bool) -> Result<(), ShopError> {
    let address = world.address.base();
    let mut out = std::io::stdout().lock();
    writeln!(out, "2getpro is open at {address}")?;
    out.flush()?;
    let Sides { real_telegram, real_panel, real_providers } = &world.sides;
    tracing::info!(real_telegram, real_panel, ?real_providers, "which services are real");
    if open {
        let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
        if let Err(error) = std::process::Command::new(program).arg(&address).spawn() {
            tracing::warn!(%error, "no browser could be opened");
        }
    }
    Ok(())
}

/// Writes down what a restart needs: soon after each change, and at the end.
async fn keep_until_stopped(mut keeper: Keeper, world: &World, heart: &Heart) -> Result<(), ShopError> {
    let mut stop = std::pin::pin!(tokio::signal::ctrl_c());
    let mut seen = heart.beat();
    loop {
        tokio::select! {
            stopped = &mut stop => {
                keeper.save(world)?;
                return Ok(stopped?);
            }
            beat = heart.after(seen, Duration::from_mins(1)) => seen = beat.unwrap_or(seen),
        }
        keeper.save(world)?;
        // Changes come in crowds.
        tokio::select! {
            stopped = &mut stop => {
                keeper.save(world)?;
                return Ok(stopped?);
            }
            () = tokio::time::sleep(Duration::from_millis(500)) => {}
        }
    }
}
