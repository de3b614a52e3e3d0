//! Reading settings: every mistake is collected, none is guessed around.

use jiff::tz::TimeZone;
use std::{collections::BTreeMap, fmt, str::FromStr};
use url::Url;

/// Settings by name. Layers are put over one another: defaults below, then stored settings, then the environment.
#[derive(Clone, Default)]
pub struct Vars(BTreeMap<String, String>);

impl Vars {
    /// The process's environment.
    pub fn from_env() -> Self {
        Self(std::env::vars().collect())
    }

    /// The value of `name`; blank counts as absent.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// All of them.
    pub fn pairs(&self) -> BTreeMap<String, String> {
        self.0.clone()
    }

    /// These settings over `below`. A blank one here covers nothing: a deployment names every setting, set or not.
    #[must_use]
    pub fn over(mut self, below: BTreeMap<String, String>) -> Self {
        for (name, value) in below {
            if self.get(&name).is_none() {
                self.0.insert(name, value);
            }
        }
        self
    }
}

impl FromIterator<(String, String)> for Vars {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(pairs: T) -> Self {
        Self(pairs.into_iter().collect())
    }
}

/// Names only: values may be secret.
impl fmt::Debug for Vars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}

/// What is wrong with the settings: all of it, one line each, with the setting's name and never a secret's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistakes(pub Vec<String>);

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} setting(s) need attention:", self.0.len())?;
        self.0.iter().try_for_each(|mistake| write!(f, "\n  - {mistake}"))
    }
}

impl std::error::Error for Mistakes {}

/// Reads typed values and notes every mistake; a wrong value reads as the default so that the reading can go on.
pub struct Reader<'a> {
    vars: &'a Vars,
    mistakes: Vec<String>,
}

impl<'a> Reader<'a> {
    /// Starts reading.
    pub fn new(vars: &'a Vars) -> Self {
        Self { vars, mistakes: Vec::new() }
    }

    /// Notes a mistake about `name`.
    pub fn mistake(&mut self, name: &str, problem: impl fmt::Display) {
        self.mistakes.push(format!("{name}: {problem}"));
    }

    /// Notes mistakes that name their settings already.
    pub fn mistakes(&mut self, mistakes: impl IntoIterator<Item = String>) {
        self.mistakes.extend(mistakes);
    }

    /// The raw text, if set.
    pub fn optional(&self, name: &str) -> Option<String> {
        self.vars.get(name).map(str::to_owned)
    }

    /// The raw text, which must be set.
    pub fn required(&mut self, name: &str) -> String {
        self.optional(name).unwrap_or_else(|| {
            self.mistake(name, "is required");
            String::new()
        })
    }

    /// A value of `T`, or the default if unset. `what` says what is expected.
    pub fn parsed<T: FromStr>(&mut self, name: &str, what: &str, default: T) -> T {
        self.parsed_optional(name, what).unwrap_or(default)
    }

    /// A value of `T`, if set.
    pub fn parsed_optional<T: FromStr>(&mut self, name: &str, what: &str) -> Option<T> {
        let text = self.vars.get(name)?;
        let value = text.parse().ok();
        if value.is_none() {
            self.mistake(name, format_args!("{what} is expected, not {text:?}"));
        }
        value
    }

    /// `true`/`false` (also 1/0, yes/no, on/off).
    pub fn flag(&mut self, name: &str, default: bool) -> bool {
        match self.vars.get(name).map(str::to_ascii_lowercase).as_deref() {
            None => default,
            Some("true" | "1" | "yes" | "on") => true,
            Some("false" | "0" | "no" | "off") => false,
            Some(other) => {
                self.mistake(name, format_args!("true or false is expected, not {other:?}"));
                default
            }
        }
    }

    /// An http(s) address without a trailing slash.
    pub fn url(&mut self, name: &str, default: &str) -> Option<Url> {
        let text = self.vars.get(name).unwrap_or(default).trim_end_matches('/');
        if text.is_empty() {
            return None;
        }
        match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Some(url),
            _ => {
                self.mistake(name, format_args!("an http(s) address is expected, not {text:?}"));
                None
            }
        }
    }

    /// An http(s) address that must be set.
    pub fn required_url(&mut self, name: &str) -> Option<Url> {
        if self.vars.get(name).is_none() {
            self.mistake(name, "is required");
            return None;
        }
        self.url(name, "")
    }

    /// A list divided by commas.
    pub fn list(&self, name: &str) -> Vec<String> {
        let parts = self.vars.get(name).unwrap_or_default().split(',');
        parts.map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    /// A list of UUIDs divided by commas.
    pub fn uuids(&mut self, name: &str) -> Vec<String> {
        let list = self.list(name);
        for wrong in list.iter().filter(|text| !is_uuid(text)) {
            self.mistake(name, format_args!("{wrong:?} is not a UUID"));
        }
        list
    }

    /// A time zone by its IANA name.
    pub fn time_zone(&mut self, name: &str, default: &str) -> TimeZone {
        let text = self.vars.get(name).unwrap_or(default);
        TimeZone::get(text).unwrap_or_else(|_| {
            self.mistake(name, format_args!("an IANA time zone (Europe/Moscow) is expected, not {text:?}"));
            TimeZone::UTC
        })
    }

    /// Ends the reading.
    pub fn finish<T>(self, value: T) -> Result<T, Mistakes> {
        if self.mistakes.is_empty() { Ok(value) } else { Err(Mistakes(self.mistakes)) }
    }
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let sizes: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    sizes == [8, 4, 4, 4, 12] && text.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs<T: FromIterator<(String, String)>>(pairs: &[(&str, &str)]) -> T {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn what_is_blank_above_shows_what_is_below() {
        let environment: Vars = pairs(&[("TIME_ZONE", ""), ("DEFAULT_LANGUAGE", "en")]);
        let stored =
            pairs(&[("TIME_ZONE", "Asia/Omsk"), ("DEFAULT_LANGUAGE", "ru"), ("STARS_ENABLED", "no")]);
        let vars = environment.over(stored);
        let read = ["TIME_ZONE", "DEFAULT_LANGUAGE", "STARS_ENABLED"].map(|name| vars.get(name));
        assert_eq!(read, [Some("Asia/Omsk"), Some("en"), Some("no")]);
    }

    #[test]
    fn the_environment_stands_over_what_is_stored_and_that_over_defaults() {
        let environment: Vars = [("TIME_ZONE".to_owned(), "Asia/Tokyo".to_owned())].into_iter().collect();
        let stored = [("TIME_ZONE", "Europe/Berlin"), ("DEFAULT_LANGUAGE", "en")];
        let stored = stored.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let vars = environment.over(stored);
        let mut reader = Reader::new(&vars);
        assert_eq!(reader.time_zone("TIME_ZONE", "UTC").iana_name(), Some("Asia/Tokyo"));
        assert_eq!(reader.parsed("DEFAULT_LANGUAGE", "a language", String::new()), "en");
        assert!(reader.flag("STARS_ENABLED", true), "the default");
        assert!(reader.finish(()).is_ok());
    }

    #[test]
    fn blank_is_absent_and_values_are_not_shown() {
        let vars: Vars =
            [("BOT_TOKEN".to_owned(), " secret ".to_owned()), ("PROXY".to_owned(), "  ".to_owned())]
                .into_iter()
                .collect();
        assert_eq!((vars.get("BOT_TOKEN"), vars.get("PROXY")), (Some("secret"), None));
        assert!(!format!("{vars:?}").contains("secret"));
    }
}
