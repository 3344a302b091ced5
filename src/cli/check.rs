//! `gapcheck check`

use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::{Args, ValueEnum};

use super::{EXIT_NOT_RUN, OutputOptions, RunOptions, complain, target};
use crate::{
    config::RulePattern,
    gap::Confidence,
    report::{Report, Threshold, Verdict, json, terminal},
};

#[derive(Args)]
pub(super) struct Arguments {
    /// A folder, or a file inside one
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Fail when the low end of the score is below N (0 to 100)
    #[arg(long, value_name = "N", value_parser = score)]
    min_score: Option<f64>,
    /// Fail on open gaps of this severity or worse [default: critical]
    #[arg(long, value_enum, value_name = "SEVERITY")]
    fail_on: Option<Threshold>,
    #[arg(long, value_enum, default_value_t = Format::Terminal, value_name = "FORMAT")]
    format: Format,
    /// Run these rules only: names, dimensions, `all`
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    select: Vec<String>,
    /// Do not run these rules
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    ignore: Vec<String>,
    /// Leave out gaps that are less sure
    #[arg(long, value_enum, value_name = "CONFIDENCE")]
    min_confidence: Option<MinConfidence>,
    /// Exit with 0 even if the gate fails (never if the run is incomplete)
    #[arg(long)]
    exit_zero: bool,
    #[command(flatten)]
    run: RunOptions,
    #[command(flatten)]
    output: OutputOptions,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Terminal,
    Json,
}

#[derive(Clone, Copy, ValueEnum)]
enum MinConfidence {
    Heuristic,
    Likely,
    Certain,
}

impl From<MinConfidence> for Confidence {
    fn from(choice: MinConfidence) -> Self {
        match choice {
            MinConfidence::Heuristic => Self::Heuristic,
            MinConfidence::Likely => Self::Likely,
            MinConfidence::Certain => Self::Certain,
        }
    }
}

fn score(text: &str) -> Result<f64> {
    let score: f64 = text.parse()?;
    ensure!((0.0..=100.0).contains(&score), "a score is a number from 0 to 100");
    Ok(score)
}

pub(super) fn run(arguments: &Arguments) -> Result<u8> {
    let target = target::Target::of(&arguments.path)?;
    let mut options = target.options(&arguments.run)?;
    options.selection.select = patterns(&arguments.select)?;
    options.selection.ignore = patterns(&arguments.ignore)?;
    options.gate = options.config.gate(arguments.fail_on, arguments.min_score);
    options.gate.is_partial = !arguments.select.is_empty();
    options.min_confidence = arguments.min_confidence.map(Into::into);
    let report = crate::check(&target.root, &options);
    (options.progress)("");
    if !arguments.run.quiet {
        warn(&report);
    }
    let text = match arguments.format {
        Format::Terminal => terminal::render(&report, arguments.output.look()),
        Format::Json => json::render(&report),
    };
    arguments.output.write(&text)?;
    Ok(match report.verdict.exit_code() {
        1 if arguments.exit_zero => 0,
        code => code,
    })
}

fn patterns(names: &[String]) -> Result<Vec<RulePattern>> {
    let known = target::known_rules();
    let patterns: Vec<RulePattern> = names.iter().map(|name| RulePattern::new(name)).collect();
    patterns.iter().try_for_each(|pattern| pattern.check(&known))?;
    Ok(patterns)
}

/// An incomplete run also says so where a redirected report does not hide it.
fn warn(report: &Report) {
    if let Verdict::Incomplete(reasons) = &report.verdict {
        debug_assert_eq!(report.verdict.exit_code(), EXIT_NOT_RUN, "the codes agree");
        let first = reasons.first().map_or("the run is incomplete", String::as_str);
        let others = match reasons.len().saturating_sub(1) {
            0 => String::new(),
            others => format!(" (and {others} more)"),
        };
        complain(&format!("incomplete: {first}{others}"));
    }
}
