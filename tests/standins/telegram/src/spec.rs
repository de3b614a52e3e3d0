//! The Bot API's own description, reduced to what a shop bot uses (`spec/bot-api-extract.json`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

/// The extract as it is stored; see `spec/extract.py` for how it is made and where it comes from.
#[derive(Deserialize)]
pub(crate) struct Spec {
    version: String,
    all_methods: BTreeSet<String>,
    methods: BTreeMap<String, Shape>,
    types: BTreeMap<String, Shape>,
}

/// The fields of a method or a type.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Shape {
    /// Field name to the types it may have, in the notation of the documentation (`Array of LabeledPrice`).
    pub(crate) fields: BTreeMap<String, Vec<String>>,
    pub(crate) required: Vec<String>,
    /// Fields whose value is fixed, such as `type: photo`; they tell the members of a union apart.
    pub(crate) constants: BTreeMap<String, String>,
    /// Not empty for a union.
    pub(crate) subtypes: Vec<String>,
    /// Known to exist, but not described.
    pub(crate) opaque: bool,
    /// Types of the result, for a method.
    pub(crate) returns: Vec<String>,
}

/// What a method name means.
pub(crate) enum Lookup {
    /// Described in the extract: the canonical name and its parameters.
    Described(&'static str, &'static Shape),
    /// In the full API, but not in the extract.
    Known(&'static str),
    /// Not a method.
    Unknown,
}

static SPEC: LazyLock<Spec> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../spec/bot-api-extract.json")).expect("the extract is compiled in")
});

/// The version of the Bot API this server plays, for example `Bot API 10.3`.
pub fn bot_api_version() -> &'static str {
    &SPEC.version
}

impl Spec {
    /// The compiled-in extract.
    pub(crate) fn get() -> &'static Self {
        &SPEC
    }

    /// Finds a method; names are compared without regard to case, as the server does.
    pub(crate) fn method(&'static self, name: &str) -> Lookup {
        if let Some((name, shape)) = self.methods.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            return Lookup::Described(name, shape);
        }
        match self.all_methods.iter().find(|known| known.eq_ignore_ascii_case(name)) {
            Some(name) => Lookup::Known(name),
            None => Lookup::Unknown,
        }
    }

    /// Finds a described type.
    pub(crate) fn shape(&'static self, name: &str) -> Option<&'static Shape> {
        self.types.get(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_that_is_mentioned_is_described() {
        let spec = Spec::get();
        let scalars = ["Integer", "String", "Boolean", "Float", "InputFile"];
        let shapes = || spec.methods.values().chain(spec.types.values());
        let mentioned = shapes()
            .flat_map(|shape| shape.fields.values().flatten().chain(&shape.subtypes))
            .map(|name| name.trim_start_matches("Array of "));
        for name in mentioned {
            assert!(scalars.contains(&name) || spec.types.contains_key(name), "{name} is not in the extract");
        }
        assert!(shapes().all(|shape| shape.required.iter().all(|field| shape.fields.contains_key(field))));
    }

    #[test]
    fn methods_are_found_in_any_case() {
        let spec = Spec::get();
        assert_eq!(bot_api_version(), "Bot API 10.3");
        assert!(matches!(spec.method("SENDMESSAGE"), Lookup::Described("sendMessage", _)));
        assert!(matches!(spec.method("sendvideo"), Lookup::Known("sendVideo")));
        assert!(matches!(spec.method("sendMoney"), Lookup::Unknown));
    }
}
