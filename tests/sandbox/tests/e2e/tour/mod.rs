//! A tour through the whole bot: everybody we know of presses every button of every screen, in both languages. There is
//! no dead end, no button without an answer, no text without a translation, nothing that Telegram refuses, and no press
//! that costs more than it may. Prints what it visited; with `UPDATE_DOCS` what each press cost stands in
//! `docs/performance.md`.
//!
//! Screens are found, not listed: a new one is visited as soon as a button leads to it. What a person has to be or to
//! have for a button to be there is in `stages`; what they answer to a question in `walk`.

mod judge;
mod stages;
mod walk;

use crate::{buyer::start_of_time, measures::document, providers::act};
use judge::Report;
use stages::STAGES;
use walk::Walk;

async fn tour(language: &'static str) {
    let mut report = Report::new(language);
    for stage in STAGES {
        let world = stage.world(language).await;
        let mut walk = Walk::begin(&world, *stage, language, &mut report).await;
        walk.everywhere().await;
        report.complaints_of(*stage, &world);
    }
    println!("{report}");
    if language == "en" {
        document("buttons", &report.costs());
    }
    let wrong = report.wrong();
    assert!(wrong.is_empty(), "{} things are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test]
async fn every_button_in_english() {
    tour("en").await;
}

#[tokio::test]
async fn every_button_in_russian() {
    tour("ru").await;
}
