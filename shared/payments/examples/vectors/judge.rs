//! From a file's text to a verdict on every case in it.
//!
//! [`file`] finds the cases, [`settings`] says how a shop must be set up for one, [`shop`] is that shop, [`services`] what
//! it finds outside. One module a kind of case: [`webhook`] (with [`fields`]), [`outgoing`], [`scenario`], [`sequence`]
//! (with [`order`] and [`paypal`]). [`others`] holds the providers that the shop does not sell through.

mod fields;
mod file;
mod order;
mod others;
mod outgoing;
mod paypal;
mod scenario;
mod sequence;
mod services;
mod settings;
mod shop;
mod webhook;

use file::{Case, FileError, Owner};
use sandbox::world::Overrides;
use services::Services;
use shop::Shop;
use std::fmt;

/// What a case should have shown, and what it showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// The first.
    pub expected: String,
    /// The second.
    pub happened: String,
}

impl Mismatch {
    fn new(expected: impl Into<String>, happened: impl Into<String>) -> Self {
        Self { expected: expected.into(), happened: happened.into() }
    }

    /// The case itself cannot be judged.
    fn unknown(what: impl Into<String>) -> Self {
        Self::new("a case that this runner knows how to judge", what)
    }

    /// What should be there to judge a case by is broken.
    fn broken(what: &str, error: impl fmt::Display) -> Self {
        Self::new(what, error.to_string())
    }
}

/// `Ok` if `holds`.
fn expect(
    holds: bool,
    expected: impl Into<String>,
    happened: impl FnOnce() -> String,
) -> Result<(), Mismatch> {
    if holds { Ok(()) } else { Err(Mismatch::new(expected, happened())) }
}

/// The verdicts on a whole file.
#[derive(Debug, Default)]
pub struct Verdicts {
    /// How many cases passed, whoever's they are.
    pub passed: usize,
    /// How many of these belong to providers that the shop does not sell through.
    pub elsewhere: usize,
    /// Which did not, and why.
    pub failed: Vec<(String, Mismatch)>,
}

impl fmt::Display for Verdicts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (id, Mismatch { expected, happened }) in &self.failed {
            writeln!(f, "{id}\n  expected: {expected}\n  happened: {happened}")?;
        }
        if self.elsewhere > 0 {
            writeln!(
                f,
                "{} of the passed are of providers that the shop does not sell through",
                self.elsewhere
            )?;
        }
        writeln!(f, "{} passed, {} failed", self.passed, self.failed.len())
    }
}

/// Judges every case in `text`.
///
/// # Errors
/// If `text` is no JSON, or holds no cases.
pub async fn judge(text: &str) -> Result<Verdicts, FileError> {
    let cases = file::cases(text)?;
    let mut bench = Bench::default();
    let mut verdicts = Verdicts::default();
    for case in &cases {
        match Box::pin(bench.judge(case)).await {
            Ok(()) => {
                verdicts.passed += 1;
                verdicts.elsewhere += usize::from(matches!(case.owner(), Some(Owner::Other(_))));
            }
            Err(mismatch) => verdicts.failed.push((case.id.clone(), mismatch)),
        }
    }
    Ok(verdicts)
}

/// What cases are judged with, kept from one to the next: a shop is slow to build, and deliveries of the same
/// configuration can share one.
#[derive(Default)]
struct Bench {
    services: Option<Services>,
    shops: Vec<(Overrides, Shop)>,
}

impl Bench {
    async fn judge(&mut self, case: &Case) -> Result<(), Mismatch> {
        let owner = case.owner().ok_or_else(|| Mismatch::unknown("a provider that it does not know"))?;
        if let Owner::Other(other) = owner {
            return others::check(other, case);
        }
        match case.kind.as_str() {
            "webhook" => webhook::check(self.shop(case).await?, owner, case).await,
            "source_ip" => webhook::check_source(self.shop(case).await?, owner, case).await,
            "outgoing_signature" => outgoing::check(owner, case),
            "scenario" => Box::pin(scenario::check(self.services().await?, owner, case)).await,
            "sequence" => Box::pin(sequence::check(self.services().await?, owner, case)).await,
            kind => Err(Mismatch::unknown(format!("the kind {kind:?}"))),
        }
    }

    async fn services(&mut self) -> Result<&Services, Mismatch> {
        if self.services.is_none() {
            self.services = Some(Services::start().await?);
        }
        self.services.as_ref().ok_or_else(|| Mismatch::unknown("no services"))
    }

    /// The shop with the case's configuration.
    async fn shop(&mut self, case: &Case) -> Result<&Shop, Mismatch> {
        let settings = settings::of(case, self.services().await?)?;
        let same = |other: &Overrides| other.iter().eq(settings.iter());
        let place = self.shops.iter().position(|(other, _)| same(other));
        if place.is_none() {
            let shop = Shop::open(settings.clone()).await?;
            self.shops.push((settings, shop));
        }
        let place = place.unwrap_or(self.shops.len() - 1);
        Ok(&self.shops[place].1)
    }
}
