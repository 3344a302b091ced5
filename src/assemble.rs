//! What the stages found, as the plain values of a report.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    config::{Config, Platform},
    facts::{Facts, Language, Problem, ProblemKind},
    gap::{Place, Verdict},
    project::{Project, routes::Route},
    report::{
        self, Coverage, Extent, RouteRow, Trust, Trusted,
        routes::{RouteEdge, RouteGuard},
    },
    score::{self, Scale, Score},
    suppress::Date,
    walk::Walk,
};

/// What was read, and what was not.
pub(crate) fn coverage(walk: &Walk, facts: &[Facts], problems: &[Problem]) -> Coverage {
    let failed_paths: BTreeSet<&str> = problems
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
        let lines = file.lines.count(&file.text);
        let is_code = file.language.is_code() || file.language == Language::Sql;
        add(&mut coverage.languages, name, Extent { files: 1, lines, is_code });
    }
    for (language, extent) in &walk.not_assessed {
        let extent = Extent { files: extent.files, lines: extent.lines, is_code: true };
        add(&mut coverage.not_assessed, language, extent);
    }
    coverage
}

fn add(extents: &mut BTreeMap<String, Extent>, name: &str, more: Extent) {
    let extent = extents.entry(name.to_owned()).or_default();
    extent.files += more.files;
    extent.lines += more.lines;
    extent.is_code |= more.is_code;
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
        Language::Html | Language::Template => "HTML",
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
pub(crate) fn line(project: &Project, place: &Place) -> Option<String> {
    let file = project.file(project.file_at(&place.path)?);
    Some(file.lines.text_of(&file.text, place.line).to_owned())
}

/// The score of all verdicts.
pub(crate) fn score(project: &Project, verdicts: &[Verdict], coverage: &Coverage) -> Score {
    let scale = Scale::embedded().expect("a test loads it");
    let not_shipped: BTreeSet<String> = project
        .units()
        .filter(|(_, unit)| !unit.file.is_shipped() && unit.file.language.is_code())
        .map(|(_, unit)| unit.file.path.to_string())
        .collect();
    let input = score::Input {
        verdicts,
        not_shipped: &not_shipped,
        lowered: lowered_share(project, coverage),
        profile: score::Profile::default(),
    };
    score::compute(&input, &scale)
}

/// The share of source lines that were lowered.
fn lowered_share(project: &Project, coverage: &Coverage) -> f64 {
    let (mut lowered, mut lost) = (0_usize, 0_usize);
    for (_, unit) in project.units() {
        let file = &unit.file;
        if !file.language.is_code() || !file.is_shipped() {
            continue;
        }
        let whole = unit.facts.broken.iter().any(|span| span.end as usize >= file.text.len());
        let lines = file.lines.count(&file.text);
        if whole && !file.text.is_empty() { lost += lines } else { lowered += lines }
    }
    lost += coverage.not_assessed.values().map(|extent| extent.lines).sum::<usize>();
    let all = lowered + lost;
    if all == 0 {
        return 1.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "line counts are far below 2^52")]
    let share = lowered as f64 / all as f64;
    share
}

/// What is declared of platforms, and how far it counts.
pub(crate) fn trusted(project: &Project, config: &Config, today: Date) -> Vec<Trusted> {
    let declared = |platform: &Platform| {
        let answers = |route: &&Route| {
            let edge = route.edge.as_ref().filter(|edge| edge.location.is_none());
            edge.is_some_and(|edge| edge.name == format!("`{}`", platform.provider))
        };
        let routes = || project.routes().iter();
        let contradicts = |route: &Route| {
            let meant = project.declarations().platform(&route.path);
            meant.is_some_and(|meant| meant.provider == platform.provider)
                && project.exposures().everybody(project, route).is_some()
        };
        let trust = if platform.review_by < today {
            Trust::Overdue
        } else if platform.capability != "authn.edge" {
            Trust::Unused
        } else if routes().any(contradicts) {
            Trust::Contradicted
        } else {
            Trust::Counts
        };
        Trusted {
            capability: platform.capability.clone(),
            provider: platform.provider.clone(),
            scope: platform.scope.clone(),
            evidence: platform.evidence.clone(),
            owner: platform.owner.clone(),
            review_by: platform.review_by.to_string(),
            trust,
            routes: routes().filter(answers).count(),
        }
    };
    config.platforms.iter().map(declared).collect()
}

/// The inventory of ways in.
pub(crate) fn routes(project: &Project) -> Vec<RouteRow> {
    let mut routes: Vec<&Route> = project.routes().iter().chain(project.jobs()).collect();
    routes.sort_by_key(|route| route.location);
    routes.into_iter().map(|route| row(project, route)).collect()
}

fn row(project: &Project, route: &Route) -> RouteRow {
    let guards = route.guards.iter().map(|guard| RouteGuard {
        name: guard.name.to_string(),
        file: project.file(guard.location.file).path.to_string(),
        line: project.line(guard.location),
        grade: guard.assessment.grade.map(|grade| grade.name().to_owned()).unwrap_or_default(),
    });
    RouteRow {
        kind: route.kind.name().to_owned(),
        method: route.method.to_string(),
        path: route.path.to_string(),
        file: project.file(route.location.file).path.to_string(),
        line: project.line(route.location),
        handler: route.handler_name.to_string(),
        mutates: route.mutates,
        authentication: route.authentication.name().to_owned(),
        public: route.public.map(str::to_owned),
        edge: route.edge.as_ref().map(|edge| RouteEdge {
            name: edge.name.clone(),
            place: edge
                .location
                .map(|at| (project.file(at.file).path.to_string(), project.line(at))),
            credit: edge.credit,
        }),
        guards: guards.collect(),
        reason: route.reason.clone(),
    }
}
