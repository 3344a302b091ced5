//! Which rules run.

use anyhow::{Result, bail};

/// A rule's name, `dimension`, `dimension/*` or `all`, and the line of the configuration it stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulePattern {
    pub text: String,
    /// Missing for the command line.
    pub line: Option<u32>,
}

impl RulePattern {
    /// One from the command line.
    pub fn new(text: &str) -> Self {
        Self { text: text.trim().to_owned(), line: None }
    }

    /// Does it stand for the rule named `rule`?
    pub fn matches(&self, rule: &str) -> bool {
        let text = self.text.strip_suffix("/*").unwrap_or(&self.text);
        let dimension = rule.split_once('/').map_or(rule, |(dimension, _)| dimension);
        text.eq_ignore_ascii_case("all") || text == rule || text == dimension
    }

    /// # Errors
    /// When it stands for none of the `known` rules; names the nearest one.
    pub fn check(&self, known: &[&str]) -> Result<()> {
        if known.iter().any(|rule| self.matches(rule)) {
            return Ok(());
        }
        let dimensions =
            known.iter().filter_map(|rule| rule.split_once('/')).map(|(first, _)| first);
        let hint = nearest(&self.text, known.iter().copied().chain(dimensions))
            .map_or_else(String::new, |name| format!(", did you mean `{name}`?"));
        bail!("unknown rule `{}`{hint}", self.text)
    }
}

/// The name that `text` most likely was meant to be.
pub(crate) fn nearest<'n>(text: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let similarity = |name: &str| {
        // A rule is often named without its dimension.
        let bare = name.split_once('/').map_or(name, |(_, bare)| bare);
        strsim::jaro_winkler(text, name).max(strsim::jaro_winkler(text, bare))
    };
    names
        .map(|name| (similarity(name), name))
        .filter(|(similarity, _)| *similarity > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(a.1)))
        .map(|(_, name)| name)
}

/// The rules that run: those selected, without those ignored. A rule that the command line selects runs
/// even if the repository's configuration ignores it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    pub select: Vec<RulePattern>,
    pub ignore: Vec<RulePattern>,
    pub config_select: Vec<RulePattern>,
    pub config_ignore: Vec<RulePattern>,
}

impl Selection {
    /// Does the rule named `rule` run?
    pub fn includes(&self, rule: &str) -> bool {
        let any = |patterns: &[RulePattern]| patterns.iter().any(|pattern| pattern.matches(rule));
        if any(&self.ignore) {
            return false;
        }
        if !self.select.is_empty() {
            return any(&self.select);
        }
        !any(&self.config_ignore) && (self.config_select.is_empty() || any(&self.config_select))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(texts: &[&str]) -> Vec<RulePattern> {
        texts.iter().map(|text| RulePattern::new(text)).collect()
    }

    #[test]
    fn the_command_line_wins() {
        let selection = Selection {
            select: patterns(&["secrets"]),
            ignore: patterns(&["secrets/env-file-committed"]),
            config_ignore: patterns(&["all"]),
            ..Selection::default()
        };
        assert!(selection.includes("secrets/provider-token"));
        assert!(!selection.includes("secrets/env-file-committed"));
        assert!(!selection.includes("auth/jwt-not-verified"));
    }

    #[test]
    fn an_unknown_rule_gets_the_nearest_name() {
        let known = ["auth/jwt-not-verified", "tests/untested-route"];
        let error = RulePattern::new("jwt-not-verifed").check(&known).expect_err("a typo");
        assert!(error.to_string().contains("`auth/jwt-not-verified`"), "{error}");
        assert!(RulePattern::new("auth/*").check(&known).is_ok());
    }
}
