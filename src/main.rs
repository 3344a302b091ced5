//! The program: everything is in the library.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    process::ExitCode,
};

/// Usage, configuration or internal error, or a run that is not complete.
const NOT_RUN: u8 = 2;

fn main() -> ExitCode {
    let run = || gapcheck::cli::run(std::env::args_os());
    // The panic's message is on standard error; 0 and 1 would claim a result that there is not.
    ExitCode::from(catch_unwind(AssertUnwindSafe(run)).unwrap_or(NOT_RUN))
}
