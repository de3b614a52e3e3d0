//! Judges the shop by a folder of recorded updates: `cargo run -q -p sandbox --example updates -- DIR`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command speaks")]

use sandbox::samples;
use std::{path::PathBuf, process::ExitCode};

#[tokio::main]
async fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("a folder with an index.json is expected");
        return ExitCode::from(2);
    };
    match samples::judge(&folder).await {
        Ok(verdicts) => {
            print!("{verdicts}");
            ExitCode::from(u8::from(!verdicts.failed.is_empty()))
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}
