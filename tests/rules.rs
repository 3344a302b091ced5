//! Every rule over its own fixtures: see fixtures/README.md.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use gapcheck::{
    gap::{Answer, Verdict},
    lower,
    project::Project,
    rules::{self, Matching, Rule},
    walk,
};
use regex::Regex;
use serde::Deserialize;

/// What a fixture says of one place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Mark {
    path: String,
    line: u32,
    answer: &'static str,
    /// None: any.
    message: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Expected {
    gap: Vec<ExpectedSite>,
    unknown: Vec<ExpectedSite>,
    holds: Vec<ExpectedSite>,
    clean: Vec<ExpectedClean>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedSite {
    fixture: String,
    path: String,
    line: u32,
    message: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedClean {
    fixture: String,
    why: String,
}

/// One `gap…` or `clean…` of a rule.
struct Fixture {
    name: String,
    project: Project,
    marks: Vec<Mark>,
    says_why: bool,
}

#[test]
fn every_rule_finds_what_its_fixtures_say() {
    let mut failures = Vec::new();
    for rule in rules::all().expect("this version's rules load") {
        let fixtures = fixtures_of(&rule);
        for kind in ["gap", "clean"] {
            if !fixtures.iter().any(|fixture| fixture.name.starts_with(kind)) {
                failures.push(format!("{}: has no `{kind}` fixture", rule.id()));
            }
        }
        for fixture in &fixtures {
            let name = format!("{}/{}", rule.id(), fixture.name);
            failures.extend(differences(&rule, fixture).map(|text| format!("{name}: {text}")));
            let is_clean = fixture.name.starts_with("clean");
            let has_gap = fixture.marks.iter().any(|mark| mark.answer == "gap");
            if is_clean == has_gap {
                failures.push(format!("{name}: a `gap` fixture marks a gap, a `clean` one none"));
            }
            if is_clean && !fixture.says_why {
                failures.push(format!("{name}: no comment says why it is fine"));
            }
        }
        failures.extend(clauses_without_need(&rule, &fixtures));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Leaves out one clause at a time. A clause that no fixture misses proves nothing.
fn clauses_without_need(rule: &Rule, fixtures: &[Fixture]) -> Vec<String> {
    let Matching::Clauses(clauses) = &rule.matching else { return Vec::new() };
    let without_need = clauses.each_clause_dropped().into_iter().filter(|(_, clauses)| {
        let changed = Rule { matching: Matching::Clauses(clauses.clone()), ..rule.clone() };
        fixtures.iter().all(|fixture| differences(&changed, fixture).next().is_none())
    });
    without_need.map(|(name, _)| format!("{}: no fixture needs `{name}`", rule.id())).collect()
}

/// What the rule says of a fixture and the marks do not, and the other way round.
fn differences(rule: &Rule, fixture: &Fixture) -> impl Iterator<Item = String> + use<> {
    let verdict = rules::run(std::slice::from_ref(rule), &fixture.project).remove(0);
    let mut failures = Vec::new();
    if verdict.failed {
        failures.push("the rule panicked".to_owned());
    }
    let mut marks = fixture.marks.clone();
    for found in found_by(&verdict) {
        let fits = |mark: &Mark| {
            let place = (&mark.path, mark.line, mark.answer);
            let message = mark.message.is_none() || mark.message == found.message;
            place == (&found.path, found.line, found.answer) && message
        };
        match marks.iter().position(fits) {
            Some(index) => drop(marks.remove(index)),
            None if found.answer == "holds" => {}
            None => failures.push(format!("unmarked: {}", shown(&found))),
        }
    }
    failures.extend(marks.iter().map(|mark| format!("not found: {}", shown(mark))));
    failures.into_iter()
}

fn shown(mark: &Mark) -> String {
    let message = mark.message.as_deref().unwrap_or_default();
    format!("{} in {}:{} {message}", mark.answer, mark.path, mark.line)
}

fn found_by(verdict: &Verdict) -> Vec<Mark> {
    let marks = verdict.sites.iter().map(|site| {
        let (answer, message) = match &site.answer {
            Answer::Gap { message, .. } => ("gap", message),
            Answer::Unknown { reason, .. } => ("unknown", reason),
            Answer::Holds { fact, .. } => ("holds", fact),
        };
        let path = site.place.path.to_string();
        Mark { path, line: site.place.line, answer, message: Some(message.clone()) }
    });
    marks.collect()
}

fn fixtures_of(rule: &Rule) -> Vec<Fixture> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(&**rule.id());
    let expected = match fs::read_to_string(folder.join("expected.toml")) {
        Ok(text) => toml::from_str(&text)
            .unwrap_or_else(|error| panic!("{}/expected.toml: {error}", rule.id())),
        Err(_) => Expected::default(),
    };
    let mut paths: Vec<PathBuf> = match fs::read_dir(&folder) {
        Ok(entries) => entries.map(|entry| entry.expect("it can be listed").path()).collect(),
        Err(_) => Vec::new(),
    };
    paths.sort();
    paths.retain(|path| !path.ends_with("expected.toml"));
    paths.iter().map(|path| fixture(path, &expected)).collect()
}

fn fixture(path: &Path, expected: &Expected) -> Fixture {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    // A single file is a repository of its own; its neighbours are other cases.
    let copy = tempfile::tempdir().expect("a temporary folder can be made");
    let root = if path.is_dir() {
        path
    } else {
        fs::copy(path, copy.path().join(&name)).expect("the fixture can be copied");
        copy.path()
    };
    let walk = walk::files(root, &walk::Options::default());
    let mut marks = expected_marks(&name, expected);
    let mut says_why =
        expected.clean.iter().any(|clean| clean.fixture == name && !clean.why.is_empty());
    for file in &walk.files {
        marks.extend(marks_in(&file.path, &file.text));
        says_why |= has_comment(&file.text);
    }
    let (facts, _) = lower::all(&walk.files);
    let vocabulary = rules::vocabulary().expect("this version's vocabulary loads");
    let project = Project::join(walk.files, facts, walk.names, vocabulary);
    Fixture { name, project, marks, says_why }
}

fn expected_marks(name: &str, expected: &Expected) -> Vec<Mark> {
    let all = [("gap", &expected.gap), ("unknown", &expected.unknown), ("holds", &expected.holds)];
    let marks = all.into_iter().flat_map(|(answer, sites)| {
        sites.iter().filter(|site| site.fixture == name).map(move |site| Mark {
            path: site.path.clone(),
            line: site.line,
            answer,
            message: site.message.clone(),
        })
    });
    marks.collect()
}

/// `#~ gap: message`, `//~^ gap` and the like.
fn marks_in(path: &str, text: &str) -> Vec<Mark> {
    let pattern = Regex::new(
        r"(?:#|//|--|/\*|<!--)~(?<up>\^*) *(?<answer>gap|unknown|holds)\b(?:: *(?<message>.*?))? *(?:\*/|-->)?$",
    )
    .expect("the pattern is well formed");
    let marks = (1..).zip(text.lines()).filter_map(|(line, text): (u32, &str)| {
        let found = pattern.captures(text.trim_end())?;
        let answer =
            ["gap", "unknown", "holds"].into_iter().find(|known| *known == &found["answer"])?;
        let up = u32::try_from(found["up"].len()).ok()?;
        let message = found.name("message").map(|message| message.as_str().to_owned());
        Some(Mark { path: path.to_owned(), line: line.checked_sub(up)?, answer, message })
    });
    marks.collect()
}

/// A comment of some words that is no mark.
fn has_comment(text: &str) -> bool {
    let pattern = Regex::new(r"(?m)(?:#|//|--|/\*|<!--|^ *\*) +[^ ]+ +[^ ]+ +[^ ]+")
        .expect("the pattern is well formed");
    pattern.is_match(text)
}

#[test]
fn every_fixture_folder_belongs_to_a_rule() {
    let rules = rules::all().expect("this version's rules load");
    let known: BTreeSet<String> = rules.iter().map(|rule| rule.id().to_string()).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    for dimension in gapcheck::gap::Dimension::ALL {
        let Ok(entries) = fs::read_dir(root.join(dimension.name())) else { continue };
        for entry in entries {
            let name = entry.expect("it can be listed").file_name();
            let id = format!("{dimension}/{}", name.to_string_lossy());
            assert!(known.contains(&id), "fixtures/{id} belongs to no rule");
        }
    }
}

#[test]
fn files_of_an_application_without_a_guard_share_a_root() {
    let every = rules::all().expect("this version's rules load");
    let named = |rule: &&Rule| &**rule.id() == "auth/route-without-authentication";
    let rule = every.iter().find(named).expect("the rule is there");
    let fixtures = fixtures_of(rule);
    let fixture = fixtures.iter().find(|fixture| fixture.name == "gap-files");
    let project = &fixture.expect("the fixture is there").project;
    let verdict = rules::run(std::slice::from_ref(rule), project).remove(0);
    let gaps = verdict.sites.iter().filter(|site| matches!(site.answer, Answer::Gap { .. }));
    let roots: Vec<_> =
        gaps.map(|site| (site.place.path.split('/').next(), site.root.as_deref())).collect();
    let shared = (Some("open"), Some("routes of open/"));
    let own = (Some("kept"), None);
    assert_eq!(roots, [own, own, shared, shared, shared]);
}

#[test]
fn marks_are_read_in_every_comment_style() {
    let text = "f() #~ gap\nf() //~ gap: no limit\n--~^^ unknown\n<!--~ holds -->\nf() # ~ gap\n";
    let marks: Vec<_> = marks_in("a", text)
        .into_iter()
        .map(|mark| (mark.line, mark.answer, mark.message.unwrap_or_default()))
        .collect();
    assert_eq!(
        marks,
        [
            (1, "gap", String::new()),
            (2, "gap", "no limit".to_owned()),
            (1, "unknown", String::new()),
            (4, "holds", String::new()),
        ]
    );
}
