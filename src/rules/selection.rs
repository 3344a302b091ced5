//! Which rules run.

use anyhow::{Result, bail};
use regex::Regex;

use super::Rule;
use crate::gap::Dimension;

/// Which rules run: those that match `select` (all, if it is empty) and none of `ignore`.
///
/// A pattern is a rule (`auth/jwt-not-verified`), a dimension (`auth`), or has `*` for any characters
/// (`auth/*-without-*`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    pub select: Vec<String>,
    pub ignore: Vec<String>,
}

impl Selection {
    /// The rules that run, in their order.
    ///
    /// # Errors
    /// When a pattern matches no rule: a typo must not switch a rule off unseen.
    pub fn of(&self, rules: Vec<Rule>) -> Result<Vec<Rule>> {
        let select = patterns(&self.select, &rules)?;
        let ignore = patterns(&self.ignore, &rules)?;
        let is_selected = |rule: &Rule| select.is_empty() || matches(&select, rule);
        Ok(rules.into_iter().filter(|rule| is_selected(rule) && !matches(&ignore, rule)).collect())
    }
}

fn matches(patterns: &[Regex], rule: &Rule) -> bool {
    patterns.iter().any(|pattern| pattern.is_match(rule.id()))
}

fn patterns(written: &[String], rules: &[Rule]) -> Result<Vec<Regex>> {
    written.iter().map(|pattern| compile(pattern, rules)).collect()
}

fn compile(written: &str, rules: &[Rule]) -> Result<Regex> {
    let is_dimension = Dimension::ALL.iter().any(|dimension| dimension.name() == written);
    if is_dimension {
        return Ok(Regex::new(&format!("^{written}/"))?);
    }
    let pattern = Regex::new(&format!("^{}$", regex::escape(written).replace(r"\*", ".*")))?;
    if rules.iter().any(|rule| pattern.is_match(rule.id())) {
        return Ok(pattern);
    }
    match most_similar(written, rules) {
        Some(id) => bail!("no rule matches `{written}`; did you mean `{id}`?"),
        None => bail!("no rule matches `{written}`; `gapcheck rules` lists them all"),
    }
}

/// The rule or dimension whose name is nearest, if it is near at all. The name alone, without its
/// dimension, is compared too, as that is what people remember.
pub fn most_similar<'r>(written: &str, rules: &'r [Rule]) -> Option<&'r str> {
    let distance = |known: &str| {
        let name = known.rsplit('/').next().unwrap_or(known);
        strsim::damerau_levenshtein(written, known).min(strsim::damerau_levenshtein(written, name))
    };
    let ids = rules.iter().map(|rule| &**rule.id());
    let known = ids.chain(Dimension::ALL.iter().map(|dimension| dimension.name()));
    let (nearest, distance) =
        known.map(|known| (known, distance(known))).min_by_key(|(_, distance)| *distance)?;
    (distance <= written.chars().count() / 3 + 1).then_some(nearest)
}
