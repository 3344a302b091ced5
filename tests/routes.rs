//! The ways into each application of `fixtures/routes/<framework>/<case>`, as its `expected.txt` lists
//! them: method, path, authentication, purpose, and where the handler stands. In the place of the
//! authentication stands `edge` with its credit where something before the application asks.

use std::{
    fs,
    path::{Path, PathBuf},
};

use gapcheck::{
    facts::vocabulary::Vocabulary,
    lower,
    project::{Project, routes},
    walk,
};

/// Lowering recurses over trees that the depth scan has bounded.
const STACK_BYTES: usize = 256 << 20;

#[test]
fn routes_are_found_and_judged() {
    let cases = cases(&manifest_folder().join("fixtures/routes"));
    assert!(!cases.is_empty(), "there are fixtures of routes");
    let mut differences = Vec::new();
    for case in cases {
        let file = case.join("expected.txt");
        let expected = fs::read_to_string(&file).expect("every case says what is expected");
        let mut expected: Vec<&str> =
            expected.lines().filter(|line| !line.trim().is_empty()).collect();
        expected.sort_unstable();
        let found = found(&case);
        let missing = expected.iter().filter(|line| !found.iter().any(|other| other == *line));
        differences.extend(missing.map(|line| format!("{}: missing: {line}", case.display())));
        let more = found.iter().filter(|line| !expected.contains(&line.as_str()));
        differences.extend(more.map(|line| format!("{}: found: {line}", case.display())));
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

fn manifest_folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folders that hold an `expected.txt`, two levels below `root`, sorted.
fn cases(root: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        folders(root).iter().flat_map(|framework| folders(framework)).collect();
    found.retain(|folder| folder.join("expected.txt").is_file());
    found.sort();
    found
}

fn folders(root: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(root).into_iter().flatten();
    entries.filter_map(Result::ok).map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
}

/// One line for each route that is found in `root`, sorted.
fn found(root: &Path) -> Vec<String> {
    let root = root.to_owned();
    let reader = std::thread::Builder::new().stack_size(STACK_BYTES);
    let reader = reader.spawn(move || {
        let walked = walk::files(&root, &walk::Options::default());
        let (facts, _) = lower::all(&walked.files);
        let project = Project::join(walked.files, facts, walked.names, shipped());
        let routes = project.routes().iter().chain(project.jobs());
        let mut lines: Vec<String> = routes.map(|route| line(&project, route)).collect();
        lines.sort_unstable();
        lines
    });
    reader.expect("a thread can be started").join().expect("no fixture makes it panic")
}

fn line(project: &Project, route: &routes::Route) -> String {
    let handler = route.handler.map(|function| project.body(function).location());
    let location = handler.unwrap_or(route.location);
    let method = if route.method.is_empty() { route.kind.name() } else { &route.method };
    let authentication = match &route.edge {
        Some(edge) => format!("edge({})", edge.credit),
        None => route.authentication.name().to_owned(),
    };
    format!(
        "{method} {} {authentication} {} {}:{}",
        route.path,
        route.public.unwrap_or("-"),
        project.file(location.file).path,
        project.line(location),
    )
}

fn shipped() -> Vocabulary {
    let mut vocabulary = Vocabulary::default();
    let mut files: Vec<PathBuf> = fs::read_dir(manifest_folder().join("rules/vocabulary"))
        .expect("the folder is part of the repository")
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .collect();
    files.sort();
    for file in files {
        let text = fs::read_to_string(&file).expect("vocabulary files are text");
        vocabulary.add(&text).expect("vocabulary files are well formed");
    }
    vocabulary
}
