//! `gapcheck routes`

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum};

use super::{OutputOptions, RunOptions, target};
use crate::report::{RouteRow, Verdict, routes};

#[derive(Args)]
pub(super) struct Arguments {
    /// A folder, or a file inside one
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Only those that nothing guards and that are not public by purpose
    #[arg(long)]
    open: bool,
    #[arg(long, value_enum, default_value_t = Format::Terminal, value_name = "FORMAT")]
    format: Format,
    #[command(flatten)]
    run: RunOptions,
    #[command(flatten)]
    output: OutputOptions,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Terminal,
    Json,
    Markdown,
    Csv,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8> {
    let target = target::Target::of(&arguments.path)?;
    let mut options = target.options(&arguments.run)?;
    // The inventory is whole without a score.
    options.gate.is_partial = true;
    let report = crate::check(&target.root, &options);
    (options.progress)("");
    let wanted = |route: &&RouteRow| !arguments.open || route.is_open();
    let rows: Vec<RouteRow> = report.routes.iter().filter(wanted).cloned().collect();
    let text = match arguments.format {
        Format::Terminal => routes::terminal(&rows, arguments.output.look()),
        Format::Json => routes::json(&rows),
        Format::Markdown => routes::markdown(&rows),
        Format::Csv => routes::csv(&rows),
    };
    arguments.output.write(&text)?;
    // An inventory has no gate, but one that misses files must not look whole.
    Ok(match report.verdict {
        Verdict::Incomplete(_) => {
            super::complain(&format!("incomplete: {}", report.verdict.reasons().join("; ")));
            report.verdict.exit_code()
        }
        Verdict::Pass | Verdict::Fail(_) => 0,
    })
}
