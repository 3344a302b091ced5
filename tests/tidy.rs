//! The project about itself.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
};

use gapcheck::{
    gap::Dimension,
    rules::{self, Matching, Rule},
};
use regex::Regex;

/// Which parts of `src/` a part may name. What is not listed may name everything.
const LAYERS: [(&str, &[&str]); 7] = [
    ("facts", &[]),
    ("gap", &[]),
    ("embedded", &[]),
    ("lower", &["facts", "embedded"]),
    ("project", &["facts"]),
    ("score", &["gap"]),
    ("report", &["gap", "score"]),
];

/// The rules may know these; their engine also reads its files.
const LAYER_OF_RULES: [&str; 4] = ["facts", "project", "gap", "embedded"];

/// A file of more lines than this holds two things.
const LINES_MAX: usize = 700;

const GENERATED: &str = "<!-- generated -->\n";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Files below `folder` with this extension, sorted.
fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(root().join(folder)).sort_by_file_name();
    let paths = entries.into_iter().filter_map(Result::ok).map(walkdir::DirEntry::into_path);
    paths.filter(|path| path.extension().is_some_and(|found| found == extension)).collect()
}

fn relative(path: &Path) -> String {
    let path = path.strip_prefix(root()).unwrap_or(path);
    path.to_string_lossy().replace('\\', "/")
}

/// The code above a file's own tests.
fn without_tests(text: &str) -> &str {
    text.split_once("#[cfg(test)]\nmod tests {").map_or(text, |(code, _)| code)
}

fn is_test(path: &str) -> bool {
    ["tests.rs", "engine_tests.rs", "examples.rs"].iter().any(|name| path.ends_with(name))
}

#[test]
fn layers_know_only_what_is_below() {
    let group =
        Regex::new(r"crate::\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}").expect("well formed");
    let single = Regex::new(r"crate::([a-z_]+)").expect("well formed");
    let nested = Regex::new(r"\{(?:[^{}]|\{[^{}]*\})*\}").expect("well formed");
    let mut failures = Vec::new();
    for path in files("src", "rs") {
        let name = relative(&path);
        let layer = name.trim_start_matches("src/").split(['/', '.']).next().unwrap_or_default();
        let allowed = match LAYERS.iter().find(|(known, _)| *known == layer) {
            Some((_, allowed)) => *allowed,
            None if layer == "rules" => &LAYER_OF_RULES[..],
            None => continue,
        };
        if is_test(&name) {
            continue;
        }
        let text = read(&path);
        let code: String = without_tests(&text)
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect::<Vec<_>>()
            .join("\n");
        let mut known: BTreeSet<String> =
            single.captures_iter(&code).map(|found| found[1].to_owned()).collect();
        for found in group.captures_iter(&code) {
            let outer = nested.replace_all(&found[1], "").into_owned();
            let parts =
                outer.split(',').map(|part| part.trim().split("::").next().unwrap_or_default());
            known.extend(parts.filter(|part| !part.is_empty()).map(str::to_owned));
        }
        known.remove(layer);
        let beyond = known.iter().filter(|other| !allowed.contains(&other.as_str()));
        failures.extend(beyond.map(|other| format!("{name}: {layer} must not know {other}")));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_detector_file_has_a_rule_and_is_listed() {
    // Loading fails when a rule has neither clauses nor a listed detector, and when a listed detector
    // has no rule file. What is left are files that nobody lists.
    let rules = rules::all().expect("this version's rules load");
    let detectors: BTreeSet<String> = rules
        .iter()
        .filter(|rule| matches!(rule.matching, Matching::Detector(_)))
        .map(|rule| rule.id().to_string())
        .collect();
    for dimension in Dimension::ALL {
        let folder = format!("src/rules/{dimension}");
        for path in files(&folder, "rs") {
            let name = relative(&path);
            let inner = name.trim_start_matches(&folder).trim_matches('/');
            // What detectors of one dimension share stands beside them and asks nothing itself.
            if !read(&path).contains("fn inspect(") {
                continue;
            }
            // Parts of a detector stand in a folder of its name.
            let rule = inner.split(['/', '.']).next().unwrap_or_default().replace('_', "-");
            assert!(detectors.contains(&format!("{dimension}/{rule}")), "{name} is not listed");
        }
    }
}

#[test]
fn files_are_short_and_finished() {
    let banned =
        Regex::new(concat!(r"FIX", r"ME|\bdb", r"g!\(|\bto", r"do!\(")).expect("well formed");
    let mut failures = Vec::new();
    for path in ["src", "tests", "rules"].iter().flat_map(|folder| files(folder, "rs")) {
        let (name, text) = (relative(&path), read(&path));
        let lines = text.lines().count();
        if lines > LINES_MAX {
            failures.push(format!("{name}: {lines} lines; split it"));
        }
        let found = (1..).zip(text.lines()).filter(|(_, line)| banned.is_match(line));
        failures.extend(found.map(|(number, line)| format!("{name}:{number}: {}", line.trim())));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn paths_in_documents_exist() {
    let pattern = Regex::new(r"`((?:src|rules|fixtures|tests|benches)/[A-Za-z0-9_./-]+)`")
        .expect("well formed");
    let documents = ["src", "rules", "tests"].iter().flat_map(|folder| files(folder, "md"));
    let top = ["README.md", "fixtures/README.md", "CHANGELOG.md"].map(|name| root().join(name));
    // Rules of the dimension `tests` look like paths.
    let rules: BTreeSet<String> = rules::all()
        .expect("this version's rules load")
        .iter()
        .map(|rule| rule.id().to_string())
        .collect();
    let exists = |name: &str| root().join(name).exists() || rules.contains(name);
    let mut missing = Vec::new();
    for path in documents.chain(top).filter(|path| path.exists()) {
        for found in pattern.captures_iter(&read(&path)) {
            if !exists(&found[1]) && !is_example(&found[1]) {
                missing.push(format!("{}: {}", relative(&path), &found[1]));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// The rule that documents use to show how names go together, until it exists.
fn is_example(path: &str) -> bool {
    path.contains("jwt-not-verified")
        || path.contains("jwt_not_verified")
        || path == "src/rules/auth.rs"
}

#[test]
fn the_table_of_rules_is_up_to_date() {
    let path = root().join("rules/README.md");
    let text = read(&path);
    let (by_hand, _) = text.split_once(GENERATED).expect("rules/README.md has the marker");
    let wanted = format!("{by_hand}{GENERATED}{}", table(&rules::all().expect("the rules load")));
    if text == wanted {
        return;
    }
    if env::var_os("GAPCHECK_UPDATE").is_some() {
        fs::write(&path, wanted).expect("rules/README.md can be written");
        return;
    }
    panic!("rules/README.md is stale; run GAPCHECK_UPDATE=1 cargo test --test tidy");
}

fn table(rules: &[Rule]) -> String {
    let mut lines = vec![
        String::new(),
        "| rule | gap | severity | confidence | phase | shown in |".to_owned(),
        "|---|---|---|---|---|---|".to_owned(),
    ];
    lines.extend(rules.iter().map(|rule| {
        let text = &rule.text;
        let source = match rule.matching {
            Matching::Clauses(_) => format!("{}.toml", text.id),
            Matching::Detector(_) => format!("../src/rules/{}.rs", text.id.replace('-', "_")),
        };
        format!(
            "| [`{}`]({source}) | {} | {} | {} | {} | {} |",
            text.id,
            text.title,
            text.severity,
            text.confidence,
            text.phase.name(),
            languages_of(&text.id),
        )
    }));
    lines.push(String::new());
    lines.join("\n")
}

/// The languages in which a fixture proves that the rule finds a gap.
fn languages_of(rule: &str) -> String {
    let folder = root().join("fixtures").join(rule);
    let known = [
        ("JavaScript", &["js", "jsx", "mjs", "cjs"][..]),
        ("TypeScript", &["ts", "tsx"]),
        ("Vue", &["vue"]),
        ("Svelte", &["svelte"]),
        ("Python", &["py"]),
        ("notebooks", &["ipynb"]),
        ("Rust", &["rs"]),
        ("Go", &["go"]),
        ("Java", &["java"]),
        ("SQL", &["sql"]),
    ];
    let extensions: BTreeSet<String> = walkdir::WalkDir::new(&folder)
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| {
            let inside = entry.path().strip_prefix(&folder).unwrap_or(entry.path());
            inside.to_string_lossy().starts_with("gap")
        })
        .filter_map(|entry| Some(entry.path().extension()?.to_string_lossy().into_owned()))
        .collect();
    let shown = known.iter().filter(|(_, own)| own.iter().any(|own| extensions.contains(*own)));
    shown.map(|(language, _)| *language).collect::<Vec<_>>().join(", ")
}
