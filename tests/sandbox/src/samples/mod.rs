//! Recorded updates, given to the shop's own webhook, and what should come of each.
//!
//! A folder holds `index.json` (`bot`, `admin_user_id`, `gate_channel`, `entries` of `file`, `kind` and `expect`) and one
//! update a file. [`judge`] puts each into a world of its own ([`stage`]), reads the sentence in `expect` ([`wants`])
//! and compares it with what the shop answered, called and wrote down ([`checks`], [`deals`]). A sentence that is not
//! understood is a failure.

mod checks;
mod deals;
mod gates;
mod stage;
mod talk;
mod wants;

use futures::future::LocalBoxFuture;
use serde::Deserialize;
use serde_json::Value;
use std::{fmt, path::Path};
use thiserror::Error;

/// A folder cannot be judged.
#[derive(Debug, Error)]
pub enum SamplesError {
    /// A file cannot be read.
    #[error("{0}: {1}")]
    Read(String, std::io::Error),
    /// The index is not one.
    #[error("index.json: {0}")]
    Index(#[from] serde_json::Error),
    /// There is nothing in it.
    #[error("index.json: no entries")]
    Empty,
}

/// What a folder says of itself.
#[derive(Debug, Clone, Deserialize)]
pub struct Index {
    /// The bot that the updates were for.
    pub bot: BotOfIndex,
    /// An operator.
    pub admin_user_id: i64,
    /// The channel that people have to join.
    pub gate_channel: i64,
    /// The updates.
    pub entries: Vec<Entry>,
}

/// The bot that updates were for.
#[derive(Debug, Clone, Deserialize)]
pub struct BotOfIndex {
    /// Its name, without the at sign.
    pub username: String,
}

/// One update.
#[derive(Debug, Clone, Deserialize)]
pub struct Entry {
    /// Where it is.
    pub file: String,
    /// What should come of it.
    pub expect: String,
}

/// How the shop did.
#[derive(Debug, Default)]
pub struct Verdicts {
    /// As expected.
    pub passed: usize,
    /// The file, and what was wrong.
    pub failed: Vec<(String, String)>,
}

impl fmt::Display for Verdicts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (file, why) in &self.failed {
            writeln!(f, "{file}: {why}")?;
        }
        writeln!(f, "{} passed, {} failed", self.passed, self.failed.len())
    }
}

/// Judges the shop by every update of a folder.
pub async fn judge(folder: &Path) -> Result<Verdicts, SamplesError> {
    let index: Index = serde_json::from_slice(&read(&folder.join("index.json"))?)?;
    if index.entries.is_empty() {
        return Err(SamplesError::Empty);
    }
    let mut verdicts = Verdicts::default();
    for entry in &index.entries {
        match read(&folder.join(&entry.file)) {
            Ok(body) => verdicts.add(entry, judge_one(&index, entry, &body).await),
            Err(error) => verdicts.add(entry, Err(error.to_string())),
        }
    }
    Ok(verdicts)
}

impl Verdicts {
    fn add(&mut self, entry: &Entry, verdict: Result<(), String>) {
        match verdict {
            Ok(()) => self.passed += 1,
            Err(why) => {
                self.failed.push((entry.file.clone(), format!("{why} (expected: {})", entry.expect)));
            }
        }
    }
}

/// Judges the shop by one update.
pub async fn judge_one(index: &Index, entry: &Entry, body: &[u8]) -> Result<(), String> {
    let wants = wants::read(&entry.expect)?;
    let update: Value = serde_json::from_slice(body).unwrap_or_default();
    let case = stage::Case { index, update: &update, body };
    for want in &wants {
        // Boxed: worlds are large, and every check would carry one on its caller's stack.
        let check: LocalBoxFuture<'_, _> = Box::pin(checks::check(&case, want));
        check.await.map_err(|why| format!("{want}: {why}"))?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>, SamplesError> {
    std::fs::read(path).map_err(|error| SamplesError::Read(path.display().to_string(), error))
}
