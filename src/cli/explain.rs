//! `gapcheck explain RULE`

use anyhow::{Context as _, Result};
use clap::Args;

use super::{OutputOptions, target};
use crate::{config::RulePattern, report::explain};

#[derive(Args)]
pub(super) struct Arguments {
    /// The rule's name
    rule: String,
    #[command(flatten)]
    output: OutputOptions,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8> {
    let name = arguments.rule.trim();
    RulePattern::new(name).check(&target::known_rules())?;
    let texts = crate::rule_texts();
    let text = texts
        .get(name)
        .with_context(|| format!("`{name}` is a dimension; see `gapcheck rules list`"))?;
    arguments.output.write(&explain::terminal(text, arguments.output.look()))?;
    Ok(0)
}
