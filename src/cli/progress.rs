//! One line on standard error that says what is going on, and goes away.

use std::io::{self, IsTerminal as _, Write as _};

use super::RunOptions;

/// Shows the stage that begins; an empty one clears the line. Silent unless somebody can see it.
pub(super) fn reporter(run: &RunOptions) -> impl Fn(&str) + Send + Sync + use<> {
    let is_wanted = !run.quiet && !run.no_progress;
    let is_seen = is_wanted && io::stderr().is_terminal() && std::env::var_os("CI").is_none();
    move |stage| {
        if is_seen {
            let text =
                if stage.is_empty() { String::new() } else { format!("gapcheck: {stage}…") };
            let mut stderr = io::stderr().lock();
            // Progress that cannot be shown is no reason to stop.
            let _ = write!(stderr, "\r\u{1b}[2K{text}").and_then(|()| stderr.flush());
        }
    }
}
