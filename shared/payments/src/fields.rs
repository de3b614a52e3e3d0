//! Form fields of a webhook: from the query of a GET, or from the body of a POST.

use crate::{AuthError, RawWebhook};
use url::form_urlencoded;

/// Decoded fields, in order. A name that comes twice is refused: which of the two was signed is nobody's guess.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads the body, or the query if there is no body.
    pub fn read(raw: &RawWebhook) -> Result<Self, AuthError> {
        let encoded = match (&raw.body[..], &raw.query) {
            ([], Some(query)) => query.as_bytes(),
            (body, _) => body,
        };
        let mut fields: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(encoded) {
            if fields.iter().any(|(known, _)| *known == name) {
                return Err(AuthError::Malformed("a field comes twice"));
            }
            fields.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self(fields))
    }

    /// A field's literal value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A field that must be there.
    pub fn need(&self, name: &'static str) -> Result<&str, AuthError> {
        self.get(name).ok_or(AuthError::Malformed("a field is missing"))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}
