//! The outside world as a function reaches it, and the parts of the shop built over it.

use crate::{
    aws::{Aws, AwsError},
    clock::Clock,
    mail::{self, MailServer},
    panels::{self, PanelConfig},
    providers,
    queue::Queue,
    secrets::{self, Secrets, SecretsError},
    settings::Settings,
    vars::{Mistakes, Vars},
};
use bot::{Bot, Telegram};
use domain::{PanelId, Provider};
use payments::Gateways;
use secrecy::ExposeSecret;
use shop::{CodeKey, Shop, Shown};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use store::{Catalog, Store};
use thiserror::Error;

/// A function cannot start.
#[derive(Debug, Error)]
pub enum StartError {
    /// Settings or secrets are wrong; all of it is listed.
    #[error("{0}")]
    Settings(#[from] Mistakes),
    /// AWS cannot be reached for lack of region or credentials.
    #[error("{0}")]
    Aws(#[from] AwsError),
    /// The secret cannot be read.
    #[error("{0}")]
    Secrets(#[from] SecretsError),
    /// The HTTP client cannot be built.
    #[error("HTTP client: {0}")]
    Http(#[from] reqwest::Error),
}

/// The outside world.
#[derive(Clone)]
pub struct Edge {
    vars: Vars,
    aws: Aws,
    http: reqwest::Client,
    /// Tells the time.
    pub clock: Clock,
}

/// Settings and secrets together.
#[derive(Debug, Clone)]
pub struct Config {
    /// Settings.
    pub settings: Settings,
    /// Secrets.
    pub secrets: Secrets,
    /// The payment providers that are switched on.
    pub gateways: Gateways,
    /// The panels.
    pub panels: PanelConfig,
    /// What letters go through, if any are written.
    pub mail: Option<MailServer>,
    /// What the warm-up read.
    pub catalog: Catalog,
}

/// One outgoing call takes less than this; every function's own limit is longer.
const CALL_TIMEOUT: Duration = Duration::from_secs(7);

/// Every panel that is sold is there.
fn known(settings: &Settings, config: &PanelConfig) -> Result<(), Mistakes> {
    let unknown: BTreeSet<_> = settings.panels().filter(|id| config.panels.get(id).is_none()).collect();
    let mistake = |id: &&PanelId| format!("PANELS: plans name the panel {id}, which is not there");
    let mistakes: Vec<String> = unknown.iter().map(mistake).collect();
    if mistakes.is_empty() { Ok(()) } else { Err(Mistakes(mistakes)) }
}

impl Edge {
    /// Reaches out with these variables and this clock. Does no I/O.
    pub fn new(vars: Vars, clock: Clock) -> Result<Self, StartError> {
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(3))
            .timeout(CALL_TIMEOUT)
            // A gate in front of a panel answers with a redirect to a login page: that is not the panel.
            .redirect(reqwest::redirect::Policy::none())
            // Panels drop idle connections after five seconds, and a frozen function does not notice.
            .pool_idle_timeout(Duration::from_secs(4))
            .build()?;
        Ok(Self { aws: Aws::new(&vars)?, vars, http, clock })
    }

    /// Reads settings and secrets. The read of the catalog opens the connection to the table while the start-up's
    /// extra power lasts, and brings the settings that the operator stored; without the table the rest still starts.
    pub async fn config(&self) -> Result<Config, StartError> {
        let table = self.vars.get("TABLE_NAME").unwrap_or("2getpro");
        let store = Store::new(self.aws.dynamodb(), table);
        let (texts, catalog) = tokio::join!(secrets::load(&self.aws, &self.vars), store.catalog());
        let catalog = catalog.unwrap_or_else(|error| {
            tracing::error!(error = %crate::failure::chain(&error), "started without the table");
            Catalog::default()
        });
        let texts = texts?;
        // The operator may keep any setting in the secret: a provider's settings stand beside its keys.
        let secret: Vars = texts.clone().into_iter().collect();
        let vars = secret.over(self.vars.pairs()).over(catalog.settings.clone());
        let parts = (
            Settings::read(&vars),
            secrets::read(texts),
            providers::read(&vars, &self.http),
            panels::read(&vars, &self.http),
            mail::read(&vars),
        );
        match parts {
            (Ok(mut settings), Ok(secrets), Ok(providers), Ok(panels), Ok(mail)) => {
                let key = || CodeKey::of(secrets.bot_token.expose_secret());
                settings.shop.codes = mail.as_ref().map(|_| key());
                let rules = &mut settings.shop.rules;
                let test_stars = !rules.live.at(Provider::Stars);
                rules.live = providers.live.testing(Provider::Stars, test_stars);
                rules.articles = providers.articles;
                known(&settings, &panels)?;
                Ok(Config { settings, secrets, gateways: providers.gateways, panels, mail, catalog })
            }
            (settings, secrets, providers, panels, mail) => {
                let mistakes = [settings.err(), secrets.err(), providers.err(), panels.err(), mail.err()];
                let mistakes = mistakes.into_iter().flatten();
                Err(Mistakes(mistakes.flat_map(|mistakes| mistakes.0).collect()).into())
            }
        }
    }

    /// The table.
    pub fn store(&self, config: &Config) -> Store {
        Store::new(self.aws.dynamodb(), &config.settings.table)
    }

    /// The queue whose address is in the variable `name`.
    pub fn queue(&self, name: &str) -> Result<Queue, StartError> {
        let url = self.vars.get(name).ok_or_else(|| Mistakes(vec![format!("{name}: is required")]))?;
        Ok(Queue::new(self.aws.sqs(), url))
    }

    /// Telegram's client.
    pub fn telegram(&self, config: &Config) -> Telegram {
        let token = config.secrets.bot_token.clone();
        Telegram::new(self.http.clone(), config.settings.telegram_api.clone(), token)
    }

    /// The shop, with its window already filled by the warm-up.
    pub fn shop(&self, config: &Config) -> Shop {
        let (gateways, panels) = (config.gateways.clone(), config.panels.panels.clone());
        let shop = Shop::new(self.store(config), gateways, panels, config.settings.shop.clone());
        let Catalog { plans, packages, health, texts, .. } = config.catalog.clone();
        let wording = shop::wording(&texts);
        shop.remember(Shown { plans, packages, health, wording }, self.clock.now());
        shop
    }

    /// The bot over the shop.
    pub fn bot(&self, config: &Config) -> Bot {
        let bot = Bot::new(Arc::new(self.shop(config)), self.telegram(config), config.settings.bot.clone());
        bot.with_secrets_of(self.clock.now())
    }
}
