//! Which version the panel is of, and what that changes.

use super::Family;

/// Major, minor, patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(pub(super) u32, pub(super) u32, pub(super) u32);

impl Version {
    /// The one that was recorded of this family.
    pub(super) fn recorded(family: Family) -> Self {
        match family {
            Family::V2 => Self(2, 7, 4),
            Family::V3 => Self(3, 3, 2),
        }
    }

    /// Reads `2.8.1`; what is missing or no number counts as 0.
    pub(super) fn read(text: &str) -> Self {
        let mut parts = text.split('.').map(|part| part.parse().unwrap_or_default());
        let mut next = || parts.next().unwrap_or_default();
        Self(next(), next(), next())
    }

    pub(super) fn family(self) -> Family {
        if self.0 < 3 { Family::V2 } else { Family::V3 }
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}
