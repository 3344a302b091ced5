//! What the stages found, as the plain values of a report.

use std::collections::BTreeMap;

use crate::{
    facts::{Facts, File, Language, Problem, ProblemKind},
    gap::Place,
    report::{self, Coverage, Extent},
    walk::Walk,
};

/// What was read, and what was not.
pub(crate) fn coverage(walk: &Walk, facts: &[Facts], problems: &[Problem]) -> Coverage {
    let failed_paths: std::collections::BTreeSet<&str> = problems
        .iter()
        .filter(|problem| matches!(problem.kind, ProblemKind::TooDeep | ProblemKind::Internal))
        .map(|problem| problem.path.as_str())
        .collect();
    let mut coverage = Coverage {
        walked: walk.files.len() + walk.skipped.values().sum::<usize>(),
        skipped: walk
            .skipped
            .iter()
            .map(|(reason, count)| ((*reason).to_owned(), *count))
            .collect(),
        ..Coverage::default()
    };
    for (file, facts) in walk.files.iter().zip(facts) {
        let Some(name) = language_name(file.language) else { continue };
        if failed_paths.contains(&*file.path) {
            coverage.failed += 1;
        } else if facts.broken.is_empty() {
            coverage.lowered += 1;
        } else {
            coverage.partial += 1;
        }
        add(&mut coverage.languages, name, 1, file.lines.count(&file.text));
    }
    for (language, extent) in &walk.not_assessed {
        add(&mut coverage.not_assessed, language, extent.files, extent.lines);
    }
    coverage
}

fn add(extents: &mut BTreeMap<String, Extent>, name: &str, files: usize, lines: usize) {
    let extent = extents.entry(name.to_owned()).or_default();
    extent.files += files;
    extent.lines += lines;
}

/// The name that people use; nothing for what is not lowered.
fn language_name(language: Language) -> Option<&'static str> {
    Some(match language {
        Language::JavaScript => "JavaScript",
        Language::TypeScript => "TypeScript",
        Language::Vue => "Vue",
        Language::Svelte => "Svelte",
        Language::Python => "Python",
        Language::Notebook => "Notebook",
        Language::Rust => "Rust",
        Language::Go => "Go",
        Language::Java => "Java",
        Language::Sql => "SQL",
        Language::Json => "JSON",
        Language::Yaml => "YAML",
        Language::Toml => "TOML",
        Language::Xml => "XML",
        Language::Dockerfile => "Dockerfile",
        Language::Env => "Environment",
        Language::Markdown => "Markdown",
        Language::Html => "HTML",
        Language::Shell => "Shell",
        Language::Lines | Language::Text => "Text",
        Language::Unsupported => return None,
    })
}

/// Problems with their fixed names.
pub(crate) fn problems(problems: &[Problem]) -> Vec<report::Problem> {
    let plain = |problem: &Problem| report::Problem {
        path: problem.path.clone(),
        kind: kind_name(problem.kind).to_owned(),
        message: problem.message.clone(),
        makes_incomplete: matches!(problem.kind, ProblemKind::Unreadable | ProblemKind::Internal),
    };
    problems.iter().map(plain).collect()
}

fn kind_name(kind: ProblemKind) -> &'static str {
    match kind {
        ProblemKind::Unreadable => "unreadable",
        ProblemKind::DidNotParse => "did-not-parse",
        ProblemKind::TooDeep => "too-deep",
        ProblemKind::TooLarge => "too-large",
        ProblemKind::Internal => "internal",
        ProblemKind::Configuration => "configuration",
    }
}

/// The source line of a place.
pub(crate) fn line(files: &[File], place: &Place) -> Option<String> {
    let index = files.binary_search_by(|file| file.path.cmp(&place.path)).ok()?;
    Some(files[index].lines.text_of(&files[index].text, place.line).to_owned())
}
