//! How choices are spelled in a button: a letter or two.

use super::Stale;
use domain::{TimePolicy, checkout::Choice, credit::Release, refund::Target};

const CHOICES: [(bool, bool, &str); 4] =
    [(false, false, "n"), (true, false, "b"), (false, true, "s"), (true, true, "bs")];

pub(super) fn choice_code(choice: Choice) -> &'static str {
    let same = |(balance, save, _): &&(bool, bool, &str)| {
        (*balance, *save) == (choice.use_balance, choice.save_method)
    };
    CHOICES.iter().find(same).map_or("n", |(_, _, code)| code)
}

pub(super) fn choice_of(text: &str) -> Result<Choice, Stale> {
    let found = CHOICES.iter().find(|(_, _, code)| *code == text).ok_or(Stale)?;
    Ok(Choice { use_balance: found.0, save_method: found.1 })
}

pub(super) const fn target_code(target: Target) -> &'static str {
    match target {
        Target::Payer => "p",
        Target::Balance => "b",
    }
}

pub(super) const fn time_code(time: TimePolicy) -> &'static str {
    match time {
        TimePolicy::Keep => "k",
        TimePolicy::Cut => "c",
        TimePolicy::End => "e",
    }
}

pub(super) const fn release_code(how: Release) -> &'static str {
    match how {
        Release::AsOrdered => "o",
        Release::ToBalance => "b",
    }
}
