//! A failing schedule, made as short as it can be and still fail.

use crate::{cases::Case, ending::Outcome, market, plan::Step, play};

/// So often a shorter list is tried.
const TRIES: usize = 120;

/// Says what failed, how to play it again, and with how few steps it still fails.
pub async fn fail(case: Case, whole: bool, seed: u64, (mut steps, mut outcome): (Vec<Step>, Outcome)) -> ! {
    let (all, first) = (steps.len(), outcome.wrong.join("\n  "));
    let mut tries = 0;
    let mut at = 0;
    while at < steps.len() && tries < TRIES {
        let mut fewer = steps.clone();
        match &mut fewer[at] {
            Step::Together(several) if several.len() > 1 => drop(several.pop()),
            _ => drop(fewer.remove(at)),
        }
        tries += 1;
        let shorter = play(&market(case, whole).await, seed, &fewer).await;
        if shorter.wrong.is_empty() {
            at += 1;
        } else {
            (steps, outcome) = (fewer, shorter);
        }
    }
    let name = if whole { format!("{case}:whole:{seed}") } else { format!("{case}:{seed}") };
    panic!(
        "{case}, seed {seed}:\n  {first}\nagain: SCHEDULE_SEED={name} cargo test -p sandbox --test schedules -- replay\n\
         with {} of {all} steps:\n  {}\n{}",
        steps.len(),
        outcome.wrong.join("\n  "),
        outcome.story.join("\n"),
    );
}
