//! `gapcheck rules list`

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};

use super::OutputOptions;
use crate::{gap::RuleText, report::explain};

#[derive(Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Every rule in one line
    List(ListArguments),
}

#[derive(Args)]
struct ListArguments {
    #[arg(long, value_enum, default_value_t = Format::Terminal, value_name = "FORMAT")]
    format: Format,
    #[command(flatten)]
    output: OutputOptions,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Terminal,
    Json,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8> {
    let Command::List(arguments) = &arguments.command;
    let texts = crate::rule_texts();
    let texts: Vec<&RuleText> = texts.values().map(|text| &**text).collect();
    let text = match arguments.format {
        Format::Terminal => explain::rules_terminal(&texts, arguments.output.look()),
        Format::Json => explain::rules_json(&texts),
    };
    arguments.output.write(&text)?;
    Ok(0)
}
