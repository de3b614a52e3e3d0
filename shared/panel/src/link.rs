//! A subscription link in an event: good for one comparison, and never printed.

use std::fmt;

/// The link that an event tells. Who has it has the access, so it shows in no log.
#[derive(Clone, PartialEq, Eq)]
pub struct Link(String);

impl Link {
    /// `None` of an empty text.
    pub fn new(text: String) -> Option<Self> {
        (!text.is_empty()).then_some(Self(text))
    }

    /// It is the whole link `known`; an event may leave the host out.
    pub fn is(&self, known: &str) -> bool {
        known == self.0 || (self.0.starts_with('/') && known.ends_with(&self.0))
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Link")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_compared_and_not_shown() {
        let whole = Link::new("https://sub.example/sub/abc".into()).unwrap();
        let bare = Link::new("/sub/abc".into()).unwrap();
        for link in [&whole, &bare] {
            assert!(link.is("https://sub.example/sub/abc"));
            assert!(!link.is("https://sub.example/sub/abcd") && !link.is("https://sub.example/sub/ab"));
            assert_eq!(format!("{link:?}"), "Link");
        }
        assert!(!Link::new("abc".into()).unwrap().is("https://sub.example/sub/abc"));
        assert_eq!(Link::new(String::new()), None);
    }
}
