//! The settings the functions run with: the world's own, replaced by what the operator gave.

use super::base_urls;
use crate::{
    gateway::{Address, DYNAMODB, SQS},
    tills,
};
use std::{collections::BTreeMap, path::Path};
use thiserror::Error;

/// Settings by name.
#[derive(Clone, Default)]
pub struct Overrides(BTreeMap<String, String>);

/// Names only: values may be secret.
impl std::fmt::Debug for Overrides {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// A file of settings cannot be read.
#[derive(Debug, Error)]
pub enum EnvFileError {
    /// The file.
    #[error("cannot read {path}: {source}")]
    Io {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A line.
    #[error("{path}, line {line}: NAME=value is expected")]
    Line {
        /// Which file.
        path: String,
        /// Which line, from 1.
        line: usize,
    },
}

impl Overrides {
    /// Reads `NAME=value` lines; `#` starts a comment, quotes around a value are dropped.
    pub fn from_file(path: &Path) -> Result<Self, EnvFileError> {
        let shown = || path.display().to_string();
        let text =
            std::fs::read_to_string(path).map_err(|source| EnvFileError::Io { path: shown(), source })?;
        let mut settings = Self::default();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim().trim_start_matches("export ");
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (name, value) =
                line.split_once('=').ok_or_else(|| EnvFileError::Line { path: shown(), line: index + 1 })?;
            let value = value.trim();
            let unquoted =
                ['"', '\''].into_iter().find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote));
            // Without quotes a comment may follow; a `#` inside a word is part of it.
            let bare = || value.split(" #").next().unwrap_or(value).trim_end();
            settings.set(name.trim(), unquoted.unwrap_or_else(bare));
        }
        Ok(settings)
    }

    /// Replaces a setting.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// The same settings with one replaced.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.set(name, value);
        self
    }

    /// The value, unless unset or blank.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.trim().is_empty())
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    fn default_to(&mut self, name: &str, value: impl Into<String>) {
        if self.get(name).is_none() {
            self.set(name, value);
        }
    }
}

/// Which sides of the world are real.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sides {
    /// Telegram is elsewhere and polled.
    pub real_telegram: bool,
    /// The panel is elsewhere.
    pub real_panel: bool,
    /// Payment providers that are elsewhere, by name.
    pub real_providers: Vec<&'static str>,
}

impl Sides {
    /// Whoever's base address is not ours is real.
    pub(super) fn of(settings: &Overrides, address: Address) -> Self {
        let ours = base_urls(address);
        let real = |name: &str| {
            let url = ours.iter().find(|(known, _)| *known == name).map(|(_, url)| url.as_str());
            settings.get(name) != url
        };
        let elsewhere = |(_, _, bases): &&tills::Real| real(bases[0].0);
        Self {
            real_telegram: real("TELEGRAM_API_URL"),
            real_panel: real("PANEL_API_URL"),
            real_providers: tills::REAL.iter().filter(elsewhere).map(|(name, ..)| *name).collect(),
        }
    }
}

/// Letters go to our own mail server, unless the operator gave another one, or `off`.
pub(super) fn with_mail(mut settings: Overrides, url: &str) -> Overrides {
    if settings.get("SMTP_URL") == Some("off") {
        settings.set("SMTP_URL", "");
        settings.set("MAIL_FROM", "");
        return settings;
    }
    settings.default_to("SMTP_URL", url);
    settings.default_to("MAIL_FROM", "VPN Sandbox <no-reply@shop.example>");
    settings
}

/// Fills in what the operator did not give. Real keys mean the real service; everything else stands in.
pub(super) fn complete(mut settings: Overrides, address: Address) -> Overrides {
    if settings.get("BOT_TOKEN").is_some() {
        settings.default_to("TELEGRAM_API_URL", "https://api.telegram.org");
    }
    for (_, key, bases) in tills::REAL {
        if settings.get(key).is_some() {
            for (base, real) in bases {
                settings.default_to(base, *real);
            }
        }
    }
    // What only the stand-ins of these need would break the real ones.
    let beside = [
        ("PAYPAL_CERT_BASE_URL", "PAYPAL_API_URL"),
        ("PAYPAL_EXTRA_ROOTS_PEM", "PAYPAL_API_URL"),
        ("TRIBUTE_ITEMS", "TRIBUTE_API_URL"),
    ];
    let urls = base_urls(address);
    for (name, url) in urls.clone() {
        let with = beside.iter().find(|(own, _)| *own == name).map(|(_, with)| *with);
        let ours =
            |with: &str| urls.iter().any(|(known, url)| *known == with && settings.get(with) == Some(url));
        if with.is_none_or(ours) {
            settings.default_to(name, url);
        }
    }
    let fixed = [
        ("TABLE_NAME", "2getpro"),
        ("AWS_REGION", crate::REGION),
        ("AWS_ACCESS_KEY_ID", "sandbox"),
        ("AWS_SECRET_ACCESS_KEY", "sandbox"),
        ("BOT_TOKEN", "7000000001:AAF-sandbox-token-of-the-shop-0001"),
        ("BOT_USERNAME", "sandbox_vpn_bot"),
        ("WEBHOOK_SECRET_TOKEN", "sandbox-webhook-secret"),
        ("PANEL_API_KEY", "sandbox-panel-token"),
        ("PANELS", "marzban"),
        ("PANEL_MARZBAN_KIND", "marzban"),
        ("PANEL_MARZBAN_USERNAME", "shop"),
        ("PANEL_MARZBAN_PASSWORD", "sandbox-marzban-password"),
        ("PANEL_MARZBAN_WEBHOOK_SECRET", "sandbox-marzban-webhook"),
        ("PANEL_WEBHOOK_SECRET", "sandboxpanelwebhooksecret0123456789abcdef0123456789abcdef0123456"),
        ("PRICE_1_MONTH_RUB", "150"),
        ("PRICE_3_MONTHS_RUB", "400"),
        ("PRICE_6_MONTHS_RUB", "750"),
        ("PRICE_12_MONTHS_RUB", "1400"),
        ("PRICE_1_MONTH_USD", "1.99"),
        ("PRICE_3_MONTHS_USD", "4.99"),
        ("PRICE_6_MONTHS_USD", "8.99"),
        ("PRICE_12_MONTHS_USD", "15.99"),
        ("STARS_SUBSCRIPTIONS", "true"),
        ("PRICE_1_MONTH_STARS", "150"),
        ("PRICE_3_MONTHS_STARS", "400"),
        ("PRICE_6_MONTHS_STARS", "750"),
        ("PRICE_12_MONTHS_STARS", "1400"),
        ("SUPPORT_LINK", "https://t.me/sandbox_support"),
        ("TERMS_OF_SERVICE_URL", "https://shop.example/terms"),
    ];
    for (name, value) in fixed.into_iter().chain(tills::SETTINGS) {
        settings.default_to(name, value);
    }
    let ours = [
        ("PUBLIC_URL", address.base()),
        ("AWS_ENDPOINT_URL_DYNAMODB", address.below(DYNAMODB)),
        ("AWS_ENDPOINT_URL_SQS", address.below(SQS)),
        ("PROVISIONING_QUEUE_URL", address.queue("provisioning.fifo")),
        ("NOTIFICATIONS_QUEUE_URL", address.queue("notifications")),
    ];
    for (name, value) in ours {
        settings.default_to(name, value);
    }
    settings.default_to("USER_SQUAD_UUIDS", standin_panels::remnawave::DEFAULT_SQUAD);
    settings
}
