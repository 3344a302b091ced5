//! Audits a repository for what a prototype still lacks before it may go to production.
//!
//! The modules stand in the order of the pipeline; `src/README.md` is the map.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use config::Options;
use gap::RuleId;
use report::{Report, RuleText};

/// 1. Repository to files.
pub mod walk;

/// 2. File to facts.
pub mod lower;

pub mod facts;

/// 4. Facts of all files, joined.
pub mod project;

pub mod gap;

/// 5. The rules, and how they run.
pub mod rules;

/// 6. Verdicts to scores.
pub mod score;

/// 7. One value, many formats.
pub mod report;

pub mod cli;
pub mod config;

/// The files below `rules/`, inside the binary.
pub mod embedded;
pub mod suppress;

mod assemble;

/// Audits the tree below `root`.
pub fn check(root: &Path, options: &Options) -> Report {
    (options.progress)("reading files");
    let mut walk = walk::files(root, &walk::Options { exclude: options.config.exclude.clone() });
    if let Some(only) = &options.only {
        walk.files.retain(|file| *file.path == **only);
    }
    (options.progress)("understanding files");
    let (facts, mut problems) = lower::all(&walk.files);
    problems.append(&mut walk.problems);
    (options.progress)("judging");
    let mut verdicts = Vec::new();
    let texts = rule_texts();
    let known: Vec<&str> = texts.keys().map(|id| &**id).collect();
    problems.extend(suppress::apply(
        &mut verdicts,
        &walk.files,
        &facts,
        &problems,
        &known,
        &options.config,
        options.today,
    ));
    let mut report = Report::new(
        report::Parts {
            target: options.target.clone(),
            verdicts,
            texts,
            coverage: assemble::coverage(&walk, &facts, &problems),
            problems: assemble::problems(&problems),
            min_confidence: options.min_confidence,
            ..report::Parts::default()
        },
        &|place| assemble::line(&walk.files, place),
    );
    report.judge(&options.gate);
    report
}

/// The texts of all rules, by name.
pub fn rule_texts() -> BTreeMap<RuleId, Arc<RuleText>> {
    BTreeMap::new()
}
