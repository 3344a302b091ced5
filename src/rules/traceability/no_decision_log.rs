use crate::rules::prose::{self, Section};
use crate::{
    project::{Location, Project, Unit},
    rules::{Level, Sites, place},
};

/// Folders of records of decisions.
const FOLDERS: [&str; 9] = [
    "adr",
    "adrs",
    "decisions",
    "decision-records",
    "architecture-decisions",
    "rfc",
    "rfcs",
    "decision",
    "architecture_decisions",
];

/// Words of context, decision and reason below which a record says nothing.
const WORDS_MIN: usize = 30;

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let Some(place) = place::of_project(project) else { return };
    let subject = "the project";
    let mut records: Vec<Location> = Vec::new();
    let mut candidate = None;
    for (file, unit) in prose::documents(project) {
        if !is_log(unit) {
            continue;
        }
        candidate.get_or_insert(project.location(file, crate::facts::Span::default()));
        records.extend(records_in(unit).into_iter().map(|span| project.location(file, span)));
    }
    match (records.first(), candidate) {
        (Some(&first), _) => {
            let level = if records.len() >= 3 { Level::Wired } else { Level::Substantive };
            let fact = match records.len() {
                1 => "1 decision is written down with its reason".to_owned(),
                count => format!("{count} decisions are written down with their reasons"),
            };
            sites.level(level, first, subject, fact);
        }
        (None, Some(candidate)) => {
            let message = "the record of decisions says neither what was decided nor why";
            sites.level(Level::Named, candidate, subject, message);
        }
        (None, None) => {
            sites.level(
                Level::Absent,
                place,
                subject,
                "no decision is written down with its reason",
            );
        }
    }
}

fn is_log(unit: &Unit) -> bool {
    let path = unit.file.path.to_ascii_lowercase();
    let name = path.rsplit('/').next().unwrap_or_default();
    let stem = name.strip_suffix(".md").unwrap_or(name);
    let in_folder =
        unit.file.folder().to_ascii_lowercase().split('/').any(|one| FOLDERS.contains(&one));
    let is_index = matches!(stem, "readme" | "index") || stem.contains("template");
    let is_named = ["decision-log", "decisions", "decision_log", "decisionlog", "adr"]
        .contains(&stem)
        || stem.starts_with("adr-")
        || stem == "architecture"
        || stem.ends_with("-decisions");
    in_folder && !is_index || is_named
}

/// A document is one record, or a list of them.
fn records_in(unit: &Unit) -> Vec<crate::facts::Span> {
    let sections = prose::sections(unit);
    let has_title = |words: &[&str]| {
        sections.iter().any(|section| {
            let title = section.title.to_ascii_lowercase();
            words.iter().any(|word| title.contains(word)) && section.words() > 4
        })
    };
    let words: usize = sections.iter().map(Section::words).sum();
    if has_title(&["decision", "decided", "choice"])
        && has_title(&["context", "reason", "rationale", "why", "problem", "consequence", "driver"])
        && words >= WORDS_MIN
    {
        return sections.first().map(|section| section.span).into_iter().collect();
    }
    let is_record = |section: &&Section<'_>| {
        let text = section.text.to_ascii_lowercase();
        let decides =
            ["decided", "decision", "we chose", "chosen", "we use ", "instead of", "adopt"];
        let explains =
            ["because", "reason", "rationale", "so that", "trade-off", "tradeoff", "due to"];
        section.level > 1
            && section.words() >= WORDS_MIN
            && decides.iter().any(|word| text.contains(word))
            && explains.iter().any(|word| text.contains(word))
    };
    sections.iter().filter(is_record).map(|section| section.span).collect()
}
