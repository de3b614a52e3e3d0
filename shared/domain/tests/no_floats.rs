//! No float touches money: not one stands in the code of the crates that handle it.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Every crate through which an amount goes.
const CRATES: [&str; 6] = ["domain", "payments", "shop", "store", "locale", "runtime"];

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            into.push(path);
        }
    }
}

/// `f32`, `f64` as words or parts of names (`as_f64`), and literals such as `1.5`.
fn has_float(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    // Texts are no code.
    let code: String = code.split('"').step_by(2).collect::<Vec<_>>().join(" ");
    let typed = ["f32", "f64"].iter().any(|name| {
        code.match_indices(name).any(|(at, _)| {
            let before = code[..at].chars().next_back();
            !before.is_some_and(|c| c.is_ascii_alphanumeric())
        })
    });
    let bytes = code.as_bytes();
    let literal = (1..bytes.len().saturating_sub(1)).any(|at| {
        let number = |range: &[u8]| range.iter().all(u8::is_ascii_digit);
        let named = bytes[..at].iter().rev().find(|c| !c.is_ascii_digit() && **c != b'_');
        bytes[at] == b'.'
            && number(&bytes[at - 1..at])
            && number(&bytes[at + 1..at + 2])
            && !named.is_some_and(|c| c.is_ascii_alphabetic() || matches!(c, b'.' | b')'))
    });
    typed || literal
}

#[test]
fn a_float_would_be_seen() {
    for float in ["let x: f64 = y;", "value.as_f64()", "let x = 1.5;", "x * 0.3", "Vec<f32>"] {
        assert!(has_float(float), "{float}");
    }
    for fine in ["pair.0.1", "\"199.00\"", "// 1.5", "0..=5", "id == \"3fa85f64\"", "self.0"] {
        assert!(!has_float(fine), "{fine}");
    }
}

#[test]
fn no_float_stands_where_money_goes() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    for name in CRATES {
        sources(&shared.join(name).join("src"), &mut files);
    }
    assert!(files.len() > 100, "only {} files were found", files.len());
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (number, line) in code.lines().enumerate() {
            assert!(!has_float(line), "{}:{}: {line}", file.display(), number + 1);
        }
    }
}
