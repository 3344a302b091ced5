use std::collections::BTreeSet;

use crate::rules::prose::{self, Section};
use crate::{
    facts::{Document, Node},
    project::{FileId, Location, Project, Unit},
    rules::{Level, Sites, place},
};

/// What a specification has to say, by words in the headings that introduce it.
const FACETS: [(&str, &[&str]); 4] = [
    (
        "inputs and outputs",
        &[
            "input",
            "output",
            "api",
            "endpoint",
            "interface",
            "request",
            "data model",
            "functional",
            "feature",
            "behavio",
        ],
    ),
    (
        "limits",
        &[
            "constraint",
            "limit",
            "non-goal",
            "out of scope",
            "non goal",
            "scope",
            "assumption",
            "non-functional",
            "nonfunctional",
            "quota",
        ],
    ),
    (
        "failures",
        &[
            "error",
            "failure",
            "edge case",
            "risk",
            "exception",
            "invalid",
            "what can go wrong",
            "fallback",
        ],
    ),
    (
        "acceptance",
        &[
            "acceptance",
            "criteria",
            "user stor",
            "requirement",
            "success metric",
            "definition of done",
            "scenario",
            "use case",
        ],
    ),
];

const WORDS_MIN: usize = 40;
const ITEMS_MIN: usize = 3;
/// Words of this project without which a document may be about any.
const NOUNS_MIN: usize = 2;

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let Some(place) = place::of_project(project) else { return };
    let subject = "the project";
    let nouns = nouns(project);
    let mut facets: BTreeSet<&str> = BTreeSet::new();
    let mut found: Option<Location> = None;
    let mut candidate: Option<Location> = None;
    let top = |file: FileId| project.location(file, crate::facts::Span::default());
    for (file, unit) in prose::documents(project).filter(|(_, unit)| is_named_spec(unit)) {
        candidate.get_or_insert(top(file));
        let own = facets_of(unit);
        if !own.is_empty() && names_project(unit, &nouns) {
            found.get_or_insert(top(file));
            facets.extend(own);
        }
    }
    for (file, unit) in project.units() {
        if let Some(own) = interface(unit) {
            found.get_or_insert(top(file));
            facets.extend(own);
        }
    }
    let listed = facets.iter().copied().collect::<Vec<_>>().join(", ");
    match (facets.len(), found.or(candidate)) {
        (2.., Some(at)) => {
            let level = if facets.len() >= 3 { Level::Wired } else { Level::Substantive };
            sites.level(level, at, subject, format!("a specification says: {listed}"));
        }
        (1, Some(at)) => {
            let message = format!("the specification says only: {listed}");
            sites.level(Level::Named, at, subject, message);
        }
        (_, Some(at)) => {
            let message = "the specification says nothing about this project's behaviour";
            sites.level(Level::Named, at, subject, message);
        }
        (_, None) => {
            let message = "nothing says what the project should do, and what it should refuse";
            sites.level(Level::Absent, place, subject, message);
        }
    }
}

fn is_named_spec(unit: &Unit) -> bool {
    let path = unit.file.path.to_ascii_lowercase();
    let stem = path.rsplit('/').next().unwrap_or_default().trim_end_matches(".md").to_owned();
    let words: Vec<&str> = stem.split(['-', '_', '.', ' ']).collect();
    let by_name = words.iter().any(|word| {
        matches!(
            *word,
            "spec"
                | "specs"
                | "specification"
                | "prd"
                | "srs"
                | "requirements"
                | "requirement"
                | "functional"
        )
    });
    let folders = unit.file.folder().to_ascii_lowercase();
    let by_folder = folders.split('/').any(|one| {
        matches!(one, "spec" | "specs" | "specification" | "specifications" | "requirements")
    });
    by_name || by_folder
}

fn facets_of(unit: &Unit) -> Vec<&'static str> {
    let sections = prose::sections(unit);
    let is_said = |words: &[&str]| {
        // What stands below the headings of lower rank belongs to it.
        sections.iter().enumerate().any(|(number, section)| {
            let title = section.title.to_ascii_lowercase();
            words.iter().any(|word| title.contains(word)) && has_substance(&sections, number)
        })
    };
    FACETS.iter().filter(|(_, words)| is_said(words)).map(|(name, _)| *name).collect()
}

fn has_substance(sections: &[Section<'_>], number: usize) -> bool {
    let level = sections[number].level;
    let below = sections[number + 1..].iter().take_while(|section| section.level > level);
    let own = std::iter::once(&sections[number]).chain(below);
    let (words, items) = own
        .fold((0, 0), |(words, items), section| (words + section.words(), items + section.items()));
    words >= WORDS_MIN || items >= ITEMS_MIN
}

/// Names of this project's types and paths, in lower case.
fn nouns(project: &Project) -> BTreeSet<String> {
    let mut nouns = BTreeSet::new();
    for (_, unit) in project.units().filter(|(_, unit)| unit.file.is_shipped()) {
        nouns.extend(
            unit.facts.classes.iter().map(|class| class.name.as_str().to_ascii_lowercase()),
        );
        let stem = unit.file.name().split('.').next().unwrap_or_default();
        nouns.extend(stem.split(['_', '-']).map(str::to_ascii_lowercase));
    }
    for route in project.routes() {
        nouns.extend(route.path.split('/').map(str::to_ascii_lowercase));
    }
    let general =
        ["index", "main", "utils", "types", "page", "layout", "config", "test", "route", "init"];
    nouns.retain(|noun| noun.len() > 3 && !general.contains(&noun.as_str()));
    nouns
}

fn names_project(unit: &Unit, nouns: &BTreeSet<String>) -> bool {
    let text = unit.file.text.to_ascii_lowercase();
    let words: BTreeSet<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
    let known = |word: &&&str| {
        nouns.contains(**word) || word.strip_suffix('s').is_some_and(|one| nouns.contains(one))
    };
    words.iter().filter(known).count() >= NOUNS_MIN
}

/// What a description of the interface says: its paths, and whether answers other than success are listed.
fn interface(unit: &Unit) -> Option<Vec<&'static str>> {
    let Some(Document::Tree(roots)) = &unit.facts.document else { return None };
    let root = roots.first()?;
    root.get("openapi").or_else(|| root.get("swagger"))?;
    let paths = root.get("paths")?;
    if paths.entries().count() < 2 {
        return None;
    }
    let mut facets = vec![FACETS[0].0];
    let responses = paths
        .entries()
        .flat_map(|(_, path)| path.entries())
        .filter_map(|(_, one)| one.get("responses"));
    let mut statuses = responses.flat_map(Node::entries).map(|(status, _)| status);
    if statuses.any(|status| status.starts_with('4') || status.starts_with('5')) {
        facets.push(FACETS[2].0);
    }
    Some(facets)
}
