//! Suppressions: gaps that somebody looked at and answered for, in a comment or in `gapcheck.toml`.
//!
//! `gapcheck: ignore[rule, rule] reason -- text [until=2027-01-31]` stands in a real comment, behind the
//! code it means or on a line before it.

use std::collections::BTreeMap;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::{
    config::{Config, PathSuppression, RulePattern},
    facts::{Problem, ProblemKind},
    gap::{Answer, Site, Status, Suppression, SuppressionReason, Verdict},
    project::{Project, Unit},
};

mod comment;
mod date;

pub use date::Date;

use comment::Directive;

/// Marks the suppressed sites of `verdicts`, and reports what has no effect as written.
///
/// `known` are the names of all rules, also of those that
/// did not run; `problems` tells which files did not parse.
pub fn apply(
    verdicts: &mut [Verdict],
    project: &Project,
    problems: &[Problem],
    known: &[&str],
    config: &Config,
    today: Date,
) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut by_line: BTreeMap<(&str, u32), Vec<usize>> = BTreeMap::new();
    let mut directives: Vec<(Directive, &str, bool)> = Vec::new();
    for (_, Unit { file, facts, .. }) in project.units() {
        let is_whole = facts.broken.is_empty()
            && !problems
                .iter()
                .any(|problem| problem.path == *file.path && hides_sites(problem.kind));
        for read in comment::directives(file, facts) {
            match read.and_then(|directive| directive.check(known, today)) {
                Ok(directive) => {
                    for line in directive.lines.clone() {
                        by_line.entry((&file.path, line)).or_default().push(directives.len());
                    }
                    directives.push((directive, &file.path, is_whole));
                }
                Err((line, message)) => found.push(problem(&file.path, line, &message)),
            }
        }
    }

    let mut used = vec![Vec::new(); directives.len()];
    let mut paths: Vec<PathRule> = config.suppressions.iter().map(PathRule::new).collect();
    for verdict in verdicts.iter_mut() {
        let rule = verdict.rule.clone();
        for site in verdict.sites.iter_mut().filter(|site| can_be_suppressed(site)) {
            let here = by_line.get(&(&*site.place.path, site.place.line));
            let by_comment = here.into_iter().flatten().copied().find(|&index| {
                directives[index].0.rules.iter().any(|name| RulePattern::new(name).matches(&rule))
            });
            if let Some(index) = by_comment {
                used[index].push(rule.clone());
                let directive = &directives[index].0;
                site.status = suppressed(directive.reason, &directive.text);
            } else if let Some(path_rule) = paths.iter_mut().find(|path_rule| {
                path_rule.applies(&rule, &format!("{}{}", config.prefix, site.place.path), today)
            }) {
                path_rule.is_used = true;
                site.status = suppressed(path_rule.entry.reason, &path_rule.entry.text);
            }
        }
    }

    let ran = |name: &str| {
        let pattern = RulePattern::new(name);
        verdicts.iter().any(|verdict| !verdict.failed && pattern.matches(&verdict.rule))
    };
    for ((directive, path, is_whole), used) in directives.iter().zip(&used) {
        for name in directive.rules.iter().filter(|name| *is_whole && ran(name)) {
            let pattern = RulePattern::new(name);
            if !used.iter().any(|rule| pattern.matches(rule)) {
                let message = format!("unused suppression: `{name}` has no gap there");
                found.push(problem(path, directive.line, &message));
            }
        }
    }
    let config_path = config.path.as_deref().unwrap_or_default();
    for path_rule in &paths {
        let (entry, line) = (path_rule.entry, path_rule.entry.rule.line.unwrap_or(1));
        let message = match entry.until {
            Some(until) if until < today => format!("suppression expired on {until}"),
            _ if !path_rule.is_used && ran(&entry.rule.text) => {
                format!("unused suppression: `{}` has no gap in {}", entry.rule.text, entry.path)
            }
            _ => continue,
        };
        found.push(problem(config_path, line, &message));
    }
    found.sort();
    found
}

fn hides_sites(kind: ProblemKind) -> bool {
    matches!(
        kind,
        ProblemKind::DidNotParse
            | ProblemKind::TooDeep
            | ProblemKind::TooLarge
            | ProblemKind::Internal
            | ProblemKind::Unreadable
    )
}

fn can_be_suppressed(site: &Site) -> bool {
    matches!(site.answer, Answer::Gap { .. } | Answer::Unknown { .. })
}

fn suppressed(reason: SuppressionReason, text: &str) -> Status {
    Status::Suppressed(Suppression { reason, text: text.to_owned() })
}

fn problem(path: &str, line: u32, message: &str) -> Problem {
    Problem {
        path: path.to_owned(),
        kind: ProblemKind::Configuration,
        message: format!("line {line}: {message}"),
    }
}

/// A suppression by path, ready to be asked.
struct PathRule<'c> {
    entry: &'c PathSuppression,
    glob: Gitignore,
    is_used: bool,
}

impl<'c> PathRule<'c> {
    fn new(entry: &'c PathSuppression) -> Self {
        let mut builder = GitignoreBuilder::new("");
        // A glob that cannot be read matches nothing, and is then reported as unused.
        let glob = match builder.add_line(None, &entry.path) {
            Ok(builder) => builder.build().unwrap_or_else(|_| Gitignore::empty()),
            Err(_) => Gitignore::empty(),
        };
        Self { entry, glob, is_used: false }
    }

    fn applies(&self, rule: &str, path: &str, today: Date) -> bool {
        self.entry.until.is_none_or(|until| until >= today)
            && self.entry.rule.matches(rule)
            && self.glob.matched_path_or_any_parents(path, false).is_ignore()
    }
}

#[cfg(test)]
mod tests;
