//! The command line: one file a command, and what they share.

use std::{
    ffi::OsString,
    io::{self, IsTerminal as _, Write as _},
    path::PathBuf,
};

use anyhow::Result;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::{
    config::nearest,
    report::{Look, escape::Untrusted, output},
};

mod check;
mod explain;
mod progress;
mod routes;
mod rules;
mod target;

/// Usage, configuration or internal error, or a run that is not complete.
const EXIT_NOT_RUN: u8 = 2;

/// Shows what a prototype still lacks before it may go to production
#[derive(Parser)]
#[command(
    name = "gapcheck",
    version,
    args_conflicts_with_subcommands = true,
    after_help = "Exit codes: 0 passed, 1 the gate failed, 2 usage or configuration error or an incomplete run"
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    check: check::Arguments,
}

#[derive(Subcommand)]
enum Command {
    /// Audit a folder or a file (the default)
    Check(check::Arguments),
    /// List every way in, its guards, and why it is considered guarded, public or open
    Routes(routes::Arguments),
    /// Say why a rule matters, what counts, and how to close its gaps
    Explain(explain::Arguments),
    /// Look at the rules
    Rules(rules::Arguments),
}

/// Options of every command that writes.
#[derive(Args)]
struct OutputOptions {
    /// Write to FILE instead of standard output
    #[arg(short, long = "output-file", value_name = "FILE")]
    output_file: Option<PathBuf>,
    /// When to use colour
    #[arg(long, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    color: ColorChoice,
    /// Show everything
    #[arg(short, long)]
    verbose: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ColorChoice {
    Auto,
    Always,
    Never,
}

/// Options of every command that reads a tree.
#[derive(Args)]
struct RunOptions {
    /// No warnings and no progress on standard error
    #[arg(short, long)]
    quiet: bool,
    /// No progress on standard error
    #[arg(long)]
    no_progress: bool,
    /// The day to compare expiry dates with, instead of today
    #[arg(long, value_name = "YYYY-MM-DD")]
    today: Option<crate::suppress::Date>,
}

/// Runs the program with its arguments and returns the exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return explain_usage(&error),
    };
    let outcome = match cli.command {
        None => check::run(&cli.check),
        Some(Command::Check(arguments)) => check::run(&arguments),
        Some(Command::Routes(arguments)) => routes::run(&arguments),
        Some(Command::Explain(arguments)) => explain::run(&arguments),
        Some(Command::Rules(arguments)) => rules::run(&arguments),
    };
    outcome.unwrap_or_else(|error| {
        complain(&format!("{error:#}"));
        EXIT_NOT_RUN
    })
}

/// Help and version go to standard output and are no error, unless they cannot be written.
fn explain_usage(error: &clap::Error) -> u8 {
    let is_error = error.use_stderr();
    match error.print() {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => EXIT_NOT_RUN,
        _ if is_error => EXIT_NOT_RUN,
        _ => match io::stdout().flush() {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => EXIT_NOT_RUN,
            _ => 0,
        },
    }
}

/// One line on standard error. Where it cannot be written there is nobody left to tell.
fn complain(message: &str) {
    let _ = writeln!(io::stderr().lock(), "gapcheck: {}", Untrusted(message));
}

impl OutputOptions {
    /// How text is laid out there where it goes.
    fn look(&self) -> Look {
        // The line of the score takes up to 76; beyond 100, lines are hard to follow.
        const WIDTHS: (usize, usize) = (76, 100);
        let is_terminal = self.output_file.is_none() && io::stdout().is_terminal();
        let width = terminal_size::terminal_size().filter(|_| is_terminal);
        let width = width.map_or(80, |(width, _)| usize::from(width.0));
        Look {
            colour: self.has_colour(is_terminal),
            width: width.clamp(WIDTHS.0, WIDTHS.1),
            verbose: self.verbose,
        }
    }

    fn has_colour(&self, is_terminal: bool) -> bool {
        let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let is_switched = |name: &str| std::env::var_os(name).is_some_and(|value| value != "0");
        match self.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto if is_set("NO_COLOR") => false,
            ColorChoice::Auto if is_switched("CLICOLOR_FORCE") => true,
            ColorChoice::Auto => {
                is_terminal && std::env::var_os("TERM").is_none_or(|terminal| terminal != "dumb")
            }
        }
    }

    /// Writes the finished text.
    fn write(&self, text: &str) -> Result<()> {
        match &self.output_file {
            Some(path) => output::to_file(path, text),
            None => output::to_stdout(text),
        }
    }
}

/// ` (or did you mean …)` for a path that looks like a mistyped command.
fn command_hint(path: &str) -> String {
    let commands = ["check", "routes", "explain", "rules"];
    nearest(path, commands.into_iter())
        .map_or_else(String::new, |command| format!("; did you mean the command `{command}`?"))
}
