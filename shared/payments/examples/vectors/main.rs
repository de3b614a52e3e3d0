//! Judges the shop by a file of signed, tampered and ordered deliveries: `cargo run -q -p payments --example vectors -- FILE`.
//!
//! Every delivery goes through the front door of a sandbox world to the function that would get it in the cloud, and what
//! the shop answered, read and stored is compared with what the file expects. Prints every failure, then how many cases
//! passed and failed. Ends with 0 if none failed, 1 if some did, 2 if there is nothing to judge.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "what it finds is printed")]

// By its path, as the test does it, so that its own modules lie beside it for both.
#[path = "judge.rs"]
mod judge;

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(path), None) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: vectors FILE");
        return ExitCode::from(2);
    };
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => {
            eprintln!("{path}: {error}");
            return ExitCode::from(2);
        }
    };
    match judge::judge(&text).await {
        Ok(verdicts) => {
            print!("{verdicts}");
            if verdicts.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("{path}: {error}");
            ExitCode::from(2)
        }
    }
}
