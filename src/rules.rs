//! 5. The rules, and how they run.
//!
//! A rule is its path: `rules/auth/jwt-not-verified.toml` is `auth/jwt-not-verified`. The file says all
//! that people read. It looks for gaps by its own clauses (`declarative`), or by a detector
//! `src/rules/auth/jwt_not_verified.rs`, a function that sees the project and writes into [`Sites`].

use std::panic::{AssertUnwindSafe, catch_unwind};

use anyhow::{Context as _, Result, ensure};
use rayon::prelude::*;

use crate::{
    embedded,
    facts::vocabulary::Vocabulary,
    gap::{Dimension, Scored, Verdict},
    project::Project,
};

mod branches;
mod common;
mod database;
mod declarative;
mod fingerprint;
mod open_routes;
mod ownership;
mod rule;
mod sites;

mod ai;
mod auth;
mod delivery;
mod errors;
mod input;
mod observability;
mod place;
mod prose;
mod published;
mod reach;
mod secrets;
mod security;
mod stubs;
mod tests;
mod traceability;
mod unread;

#[cfg(test)]
mod engine_tests;
#[cfg(test)]
mod examples;

pub use declarative::{Clauses, Each, Forbid, Forbidden, Literal, Require, Unless};
pub use fingerprint::fingerprint;
pub use rule::{Matching, Rule, RuleError};
pub use sites::{Draft, Level, OfGap, OfHolds, OfOther, Sites};
use unread::Unread;

/// Looks for gaps of one rule. It cannot fail; what it cannot tell it calls unknown.
pub type Inspect = fn(&Project, &mut Sites);

/// A rule written in Rust.
struct Detector {
    /// Its module, whose last two segments are dimension and rule.
    module: &'static str,
    inspect: Inspect,
}

impl Detector {
    /// The rule that it belongs to: its module's path, in a rule's spelling.
    fn id(&self) -> String {
        let mut segments = self.module.rsplit("::");
        let name = segments.next().unwrap_or_default();
        let dimension = segments.next().unwrap_or_default();
        format!("{dimension}/{}", name.replace('_', "-"))
    }
}

/// The detector in the child module of this name.
macro_rules! detector {
    ($name:ident) => {
        $crate::rules::Detector {
            module: concat!(module_path!(), "::", stringify!($name)),
            inspect: $name::inspect,
        }
    };
}
use detector;

/// Each dimension's detectors, in the order of reports.
static DETECTORS: &[&[Detector]] = &[
    // One line each.
    auth::ALL,
    input::ALL,
    secrets::ALL,
    security::ALL,
    errors::ALL,
    observability::ALL,
    tests::ALL,
    traceability::ALL,
    ai::ALL,
    delivery::ALL,
];

/// All rules of this version, sorted by dimension, then by name.
///
/// # Errors
/// When an embedded rule file is wrong, or a detector has no rule file. A test loads them all.
pub fn all() -> Result<Vec<Rule>> {
    let detectors = || DETECTORS.iter().copied().flatten();
    let mut rules = Vec::new();
    for dimension in Dimension::ALL {
        for (path, text) in embedded::files_in(dimension.name()) {
            let id = path.strip_suffix(".toml").unwrap_or(path);
            let detector = detectors().find(|detector| detector.id() == id);
            let inspect = detector.map(|detector| detector.inspect);
            let rule = Rule::parse(path, text, inspect).context("this version's own rules")?;
            rules.push(rule);
        }
    }
    for detector in detectors() {
        let id = detector.id();
        let has_text = rules.iter().any(|rule| **rule.id() == *id);
        ensure!(has_text, "the detector {} has no rules/{id}.toml", detector.module);
    }
    Ok(rules)
}

/// What library names mean, by this version's own vocabulary.
///
/// # Errors
/// When an embedded vocabulary file is wrong. A test loads them all.
pub fn vocabulary() -> Result<Vocabulary> {
    let mut vocabulary = Vocabulary::default();
    for (path, text) in embedded::files_in("vocabulary") {
        vocabulary.add(text).with_context(|| format!("rules/{path}"))?;
    }
    Ok(vocabulary)
}

/// Runs the rules, in parallel, in their order. A rule that panics has failed, and the others go on.
pub fn run(rules: &[Rule], project: &Project) -> Vec<Verdict> {
    let unread = Unread::of(project);
    rules.par_iter().map(|rule| run_one(rule, project, &unread)).collect()
}

fn run_one(rule: &Rule, project: &Project, unread: &Unread) -> Verdict {
    // Nothing outlives a rule that panicked but the project, which rules cannot change.
    let verdict = catch_unwind(AssertUnwindSafe(|| {
        let mut sites = Sites::new(&rule.text, project);
        match &rule.matching {
            Matching::Clauses(clauses) => clauses.inspect(&rule.text, project, &mut sites),
            Matching::Detector(inspect) => inspect(project, &mut sites),
        }
        if rule.text.scored == Scored::Sites && !sites.is_empty() {
            unread.add_to(&mut sites);
        }
        sites.into_verdict()
    }));
    verdict.unwrap_or_else(|_| Verdict {
        rule: rule.id().clone(),
        dimension: rule.text.dimension,
        severity: rule.text.severity,
        scored: rule.text.scored,
        level: None,
        sites: Vec::new(),
        failed: true,
    })
}
