//! What the settings of all gateways have in common.

use thiserror::Error;
use url::Url;

/// Every mistake found in a gateway's settings; each begins with the setting's name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}", .0.join("; "))]
pub struct ConfigError(pub Vec<String>);

/// Collects mistakes.
#[derive(Debug, Default)]
pub(crate) struct Check(Vec<String>);

impl Check {
    /// Notes `problem` about `setting` unless `holds`.
    pub fn rule(&mut self, holds: bool, setting: &str, problem: &str) {
        if !holds {
            self.0.push(format!("{setting}: {problem}"));
        }
    }

    /// All mistakes, if there are any.
    pub fn finish(self) -> Result<(), ConfigError> {
        if self.0.is_empty() { Ok(()) } else { Err(ConfigError(self.0)) }
    }
}

/// An http(s) address with a host.
pub(crate) fn is_http(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// Something that a mail server may take as an address.
pub(crate) fn is_email(text: &str) -> bool {
    let plain = text.len() <= 254 && text.bytes().all(|b| b.is_ascii_graphic());
    plain
        && text
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.contains('@'))
}
