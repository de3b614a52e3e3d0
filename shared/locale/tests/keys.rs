//! The two languages say the same things, and say nothing that nobody asks for.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do: by panicking")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Each message of an `.ftl` file with the variables it uses.
type Messages = BTreeMap<String, BTreeSet<String>>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn messages(language: &str) -> Messages {
    let source = fs::read_to_string(root().join(format!("locales/{language}.ftl"))).unwrap();
    let mut found = Messages::new();
    let mut current = String::new();
    for line in source.lines().filter(|line| !line.starts_with('#')) {
        if let Some((key, _)) = line.split_once(" =").filter(|(key, _)| !key.starts_with([' ', '}'])) {
            assert!(found.insert(key.to_owned(), BTreeSet::new()).is_none(), "{language}: {key} twice");
            key.clone_into(&mut current);
        }
        for rest in line.split('$').skip(1) {
            let name = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            found.get_mut(&current).unwrap().insert(name);
        }
    }
    found
}

fn sources(folder: &Path, into: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(fs::read_to_string(path).unwrap());
        }
    }
}

/// All string literals of the crates that speak, cut at their quotes: rough, and exact for keys, which hold no quotes.
fn literals() -> BTreeSet<String> {
    let mut files = Vec::new();
    for folder in ["shared/locale/src", "shared/bot/src", "shared/shop/src"] {
        sources(&root().join(folder), &mut files);
    }
    assert!(!files.is_empty());
    files.iter().flat_map(|file| file.split('"').map(str::to_owned)).collect()
}

fn shape_of_a_key(text: &str) -> bool {
    text.contains('-') && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

#[test]
fn both_languages_have_the_same_keys_and_variables() {
    assert_eq!(messages("ru"), messages("en"));
}

#[test]
fn every_key_is_used() {
    let literals = literals();
    let idle: Vec<String> = messages("en").into_keys().filter(|key| !literals.contains(key)).collect();
    assert!(idle.is_empty(), "nobody says {idle:?}");
}

#[test]
fn every_used_key_exists() {
    let known = messages("en");
    let families: BTreeSet<&str> = known.keys().filter_map(|key| key.split('-').next()).collect();
    let missing: Vec<String> = literals()
        .into_iter()
        .filter(|text| {
            shape_of_a_key(text) && text.split('-').next().is_some_and(|first| families.contains(first))
        })
        .filter(|text| !known.contains_key(text))
        .collect();
    assert!(missing.is_empty(), "no text for {missing:?}");
}

#[test]
fn labels_carry_no_markup() {
    for language in ["ru", "en"] {
        let source = fs::read_to_string(root().join(format!("locales/{language}.ftl"))).unwrap();
        for line in source.lines() {
            let plain =
                ["button-", "alert-", "invoice-", "command-"].iter().any(|start| line.starts_with(start));
            assert!(!plain || !line.contains('<'), "{language}: {line}");
        }
    }
}
