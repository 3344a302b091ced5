//! Audits a repository for what a prototype still lacks before it may go to production.
//!
//! The modules stand in the order of the pipeline; `src/README.md` is the map.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use config::Options;
use facts::{Problem, ProblemKind};
use gap::{RuleId, RuleText};
use project::Project;
use report::Report;

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
pub mod suppress;

/// The files below `rules/`, inside the binary.
pub mod embedded;

mod assemble;

/// Audits the tree below `root`.
pub fn check(root: &Path, options: &Options) -> Report {
    lower::on_large_stacks(|| check_here(root, options))
}

fn check_here(root: &Path, options: &Options) -> Report {
    (options.progress)("reading files");
    let mut walk = walk::files(root, &walk::Options { exclude: options.config.exclude.clone() });
    if let Some(only) = &options.only {
        walk.files.retain(|file| *file.path == **only);
    }
    (options.progress)("understanding files");
    let (facts, mut problems) = lower::all(&walk.files);
    problems.append(&mut walk.problems);
    let coverage = assemble::coverage(&walk, &facts, &problems);
    let (vocabulary, refused) = vocabulary(options);
    problems.extend(refused);

    (options.progress)("judging");
    let rules: Vec<rules::Rule> =
        all_rules().into_iter().filter(|rule| options.selection.includes(rule.id())).collect();
    let project = Project::join_declared(
        walk.files,
        facts,
        walk.names,
        vocabulary,
        options.config.declarations(options.today),
    );
    let mut verdicts = rules::run(&rules, &project);
    let texts = rule_texts();
    let known: Vec<&str> = texts.keys().map(|id| &**id).collect();
    problems.extend(suppress::apply(
        &mut verdicts,
        &project,
        &problems,
        &known,
        &options.config,
        options.today,
    ));

    (options.progress)("scoring");
    let score = assemble::score(&project, &verdicts, &coverage);
    let mut report = Report::new(
        report::Parts {
            target: options.target.clone(),
            texts,
            score,
            routes: assemble::routes(&project),
            trusted: assemble::trusted(&project, &options.config, options.today),
            coverage,
            problems: assemble::problems(&problems),
            min_confidence: options.min_confidence,
            verdicts,
            phases: Vec::new(),
        },
        &|place| assemble::line(&project, place),
    );
    report.judge(&options.gate);
    report
}

/// This version's vocabulary and the rows that the configuration adds.
fn vocabulary(options: &Options) -> (facts::vocabulary::Vocabulary, Option<Problem>) {
    let mut vocabulary = rules::vocabulary().expect("a test loads every vocabulary file");
    let added = options.config.vocabulary.as_deref().map(|text| vocabulary.add(text));
    let refused = added.and_then(Result::err).map(|error| Problem {
        path: options.config.path.clone().unwrap_or_default(),
        kind: ProblemKind::Configuration,
        message: format!("[vocabulary]: {error}"),
    });
    (vocabulary, refused)
}

fn all_rules() -> Vec<rules::Rule> {
    rules::all().expect("a test loads every rule file")
}

/// The texts of all rules, by name.
pub fn rule_texts() -> BTreeMap<RuleId, Arc<RuleText>> {
    let rules = all_rules().into_iter();
    rules.map(|rule| (rule.id().clone(), Arc::new(rule.text))).collect()
}
