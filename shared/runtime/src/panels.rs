//! The panels' settings, and the clients they make. One panel needs no name: its settings begin with `PANEL_`. Further ones
//! are named in `PANELS`, and their settings begin with `PANEL_<NAME>_`.
//!
//! | variable (after the prefix) | what | default |
//! |---|---|---|
//! | `KIND` | `remnawave` or `marzban` | `remnawave` |
//! | `API_URL` | its address | required |
//! | `API_KEY` | Remnawave: an API token | required |
//! | `USERNAME`, `PASSWORD` | Marzban: an administrator | required |
//! | `PROTOCOLS` | Marzban: what an account gets if its plan names nothing, with a flow or cipher (`vless=xtls-rprx-vision, shadowsocks`) | all that it offers |
//! | `EXTRA_HEADERS` | `Name: value; Name: value` for a gate in front of it | none |
//! | `COOKIE` | `NAME=VALUE` for a gate that wants a cookie | none |
//! | `TINYAUTH` | `user:password` for TinyAuth | none |
//! | `WEBHOOK_SECRET` | what its webhooks are proved by | none is believed |

use crate::vars::{Mistakes, Reader, Vars};
use domain::PanelId;
use panel::{AnyPanel, Marzban, Panels, Remnawave, marzban};
use reqwest::Client;
use secrecy::SecretString;
use std::collections::BTreeMap;
use url::Url;

/// A kind of panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PanelKind {
    /// Remnawave.
    Remnawave,
    /// Marzban.
    Marzban,
}

impl std::str::FromStr for PanelKind {
    type Err = domain::IdError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.to_ascii_lowercase().as_str() {
            "remnawave" => Ok(Self::Remnawave),
            "marzban" => Ok(Self::Marzban),
            _ => Err(domain::IdError { kind: "kind of panel" }),
        }
    }
}

/// How a panel's webhooks are believed.
#[derive(Debug, Clone)]
pub struct PanelDoor {
    /// Whose words they are in.
    pub kind: PanelKind,
    /// What proves them; `None`: nothing is believed.
    pub secret: Option<SecretString>,
}

/// The panels of the shop.
#[derive(Debug, Clone, Default)]
pub struct PanelConfig {
    /// Their clients.
    pub panels: Panels,
    /// Their webhooks.
    pub doors: BTreeMap<PanelId, PanelDoor>,
}

/// Reads all panels from `vars` (settings and secrets together), or says everything that is wrong.
pub fn read(vars: &Vars, http: &Client) -> Result<PanelConfig, Mistakes> {
    let mut reader = Reader::new(vars);
    let mut names = vec![(PanelId::default(), "PANEL_".to_owned())];
    for name in reader.list("PANELS") {
        match name.parse::<PanelId>() {
            Ok(id) if names.iter().all(|(known, _)| *known != id) => {
                names.push((id, format!("PANEL_{}_", name.to_ascii_uppercase())));
            }
            Ok(_) => reader.mistake("PANELS", format_args!("{name:?} is taken")),
            Err(_) => reader.mistake("PANELS", format_args!("1-16 of a-z 0-9 _ are expected, not {name:?}")),
        }
    }
    let mut config = PanelConfig::default();
    let mut panels = Vec::new();
    for (id, prefix) in names {
        let mut desk = Desk { reader: &mut reader, prefix };
        let (panel, door) = desk.panel(http);
        panels.push((id.clone(), panel));
        config.doors.insert(id, door);
    }
    config.panels = Panels::new(panels);
    reader.finish(config)
}

/// Reads the settings of one panel.
struct Desk<'a, 'v> {
    reader: &'a mut Reader<'v>,
    prefix: String,
}

impl Desk<'_, '_> {
    fn name(&self, rest: &str) -> String {
        format!("{}{rest}", self.prefix)
    }

    fn required(&mut self, rest: &str) -> String {
        let name = self.name(rest);
        self.reader.required(&name)
    }

    fn panel(&mut self, http: &Client) -> (AnyPanel, PanelDoor) {
        let name = self.name("KIND");
        let kind = self.reader.parsed(&name, "remnawave or marzban", PanelKind::Remnawave);
        let name = self.name("API_URL");
        let base_url = self.reader.required_url(&name).unwrap_or_else(unset);
        let extra_headers = self.headers();
        let panel = match kind {
            PanelKind::Remnawave => {
                let token = self.required("API_KEY").into();
                let config = panel::Config { base_url, token, extra_headers };
                AnyPanel::Remnawave(Remnawave::new(http.clone(), config))
            }
            PanelKind::Marzban => {
                let proxies = self.protocols();
                let config = marzban::Config {
                    base_url,
                    username: self.required("USERNAME"),
                    password: self.required("PASSWORD").into(),
                    extra_headers,
                    proxies,
                };
                AnyPanel::Marzban(Marzban::new(http.clone(), config))
            }
        };
        let secret = self.reader.optional(&self.name("WEBHOOK_SECRET")).map(Into::into);
        (panel, PanelDoor { kind, secret })
    }

    /// `vless=xtls-rprx-vision, trojan, shadowsocks=aes-256-gcm`.
    fn protocols(&mut self) -> Vec<marzban::Proxy> {
        let name = self.name("PROTOCOLS");
        let mut proxies = Vec::new();
        for text in self.reader.list(&name) {
            let (protocol, how) =
                text.split_once('=').map_or((&*text, None), |(name, how)| (name.trim(), Some(how.trim())));
            let how = how.map(str::to_owned);
            match protocol.parse() {
                Ok(protocol @ marzban::Protocol::Shadowsocks) => {
                    proxies.push(marzban::Proxy { protocol, flow: None, method: how });
                }
                Ok(protocol) => proxies.push(marzban::Proxy { protocol, flow: how, method: None }),
                Err(_) => self.reader.mistake(
                    &name,
                    format_args!("vmess, vless, trojan or shadowsocks are expected, not {text:?}"),
                ),
            }
        }
        proxies
    }

    /// `Name: value; Name2: value2`, and the cookie.
    fn headers(&mut self) -> Vec<(String, String)> {
        let name = self.name("EXTRA_HEADERS");
        let text = self.reader.optional(&name).unwrap_or_default();
        let mut headers = Vec::new();
        for pair in text.split(';').map(str::trim).filter(|pair| !pair.is_empty()) {
            match pair.split_once(':') {
                Some((key, value)) if !key.trim().is_empty() => {
                    headers.push((key.trim().to_owned(), value.trim().to_owned()));
                }
                _ => self.reader.mistake(&name, "\"Name: value; Name2: value2\" is expected"),
            }
        }
        let name = self.name("COOKIE");
        if let Some(text) = self.reader.optional(&name) {
            match panel::Config::cookie(&text) {
                Some(header) => headers.push(header),
                None => self.reader.mistake(&name, "NAME=VALUE is expected"),
            }
        }
        let name = self.name("TINYAUTH");
        if let Some(text) = self.reader.optional(&name) {
            match text.split_once(':') {
                Some((user, password)) => headers.push(panel::Config::tiny_auth(user, password)),
                None => self.reader.mistake(&name, "user:password is expected"),
            }
        }
        headers
    }
}

/// Stands in for an address that is missing or wrong while the other settings are still being read.
#[expect(clippy::expect_used, reason = "a constant")]
fn unset() -> Url {
    Url::parse("http://unset.invalid").expect("an address")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vars(pairs: &[(&str, &str)]) -> Vars {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn one_panel_needs_no_name() {
        let config = read(
            &vars(&[("PANEL_API_URL", "https://panel.example"), ("PANEL_API_KEY", "key")]),
            &Client::new(),
        );
        let config = config.unwrap();
        assert!(matches!(config.panels.get(&PanelId::default()), Some(AnyPanel::Remnawave(_))));
        assert!(config.doors[&PanelId::default()].secret.is_none());
    }

    #[test]
    fn further_panels_have_settings_of_their_own() {
        let config = read(
            &vars(&[
                ("PANEL_API_URL", "https://panel.example"),
                ("PANEL_API_KEY", "key"),
                ("PANELS", "de"),
                ("PANEL_DE_KIND", "marzban"),
                ("PANEL_DE_API_URL", "https://de.example"),
                ("PANEL_DE_USERNAME", "shop"),
                ("PANEL_DE_PASSWORD", "hush"),
                ("PANEL_DE_WEBHOOK_SECRET", "hush"),
            ]),
            &Client::new(),
        );
        let config = config.unwrap();
        let de: PanelId = "de".parse().unwrap();
        assert!(matches!(config.panels.get(&de), Some(AnyPanel::Marzban(_))));
        assert_eq!(config.doors[&de].kind, PanelKind::Marzban);
        assert!(!format!("{config:?}").contains("hush"));
    }

    #[test]
    fn every_mistake_is_named_at_once() {
        let wrong = vars(&[
            ("PANEL_KIND", "x-ui"),
            ("PANEL_API_URL", "here"),
            ("PANEL_EXTRA_HEADERS", "hush"),
            ("PANEL_COOKIE", "hush"),
            ("PANEL_TINYAUTH", "hush"),
            ("PANELS", "main, De, fi"),
            ("PANEL_FI_KIND", "marzban"),
        ]);
        let Err(Mistakes(mistakes)) = read(&wrong, &Client::new()) else { panic!("read") };
        let text = mistakes.join("\n");
        for name in [
            "PANEL_KIND",
            "PANEL_API_URL",
            "PANEL_API_KEY",
            "PANEL_EXTRA_HEADERS",
            "PANEL_COOKIE",
            "PANEL_TINYAUTH",
            "\"main\" is taken",
            "\"De\"",
            "PANEL_FI_API_URL",
            "PANEL_FI_USERNAME",
            "PANEL_FI_PASSWORD",
        ] {
            assert!(text.contains(name), "{name} in {text}");
        }
        assert!(!text.contains("hush"), "{text}");
    }
}
