//! What the pipelines run: tests, builds, analyses, followed through scripts and task files.

use super::{
    Location, Project,
    manifests::{Ecosystem, Job, Step, Workflow},
};

/// A command of a pipeline that checks the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    pub kind: CheckKind,
    /// The step that runs it.
    pub location: Location,
    /// The pipeline runs on every change.
    pub is_automatic: bool,
    /// Why a failure does not stop anything.
    pub neutralised: Option<&'static str>,
}

/// What a command checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CheckKind {
    Test,
    /// Builds, type-checks or lints.
    Build,
}

impl Check {
    /// Does it stop a bad change?
    pub fn is_effective(&self) -> bool {
        self.is_automatic && self.neutralised.is_none()
    }
}

/// Events that come with every change; without a list of events the provider runs on every push.
const CHANGE_EVENTS: [&str; 6] = [
    "push",
    "pull_request",
    "pull_request_target",
    "merge_request_event",
    "merge_group",
    "workflow_call",
];

/// Words in a row that run tests.
const TESTS: [&str; 38] = [
    "pytest",
    "py.test",
    "unittest",
    "manage.py test",
    "tox",
    "nox",
    "cargo test",
    "cargo nextest",
    "nextest run",
    "go test",
    "gotestsum",
    "vitest",
    "jest",
    "mocha",
    "ava",
    "playwright test",
    "cypress run",
    "karma start",
    "node --test",
    "tsx --test",
    "bun test",
    "deno test",
    "react-scripts test",
    "ng test",
    "nx test",
    "turbo test",
    "mvn test",
    "mvn verify",
    "mvn install",
    "mvn package",
    "gradle test",
    "gradle check",
    "gradle build",
    "newman run",
    "hatch test",
    "rspec",
    "phpunit",
    "wdio",
];

/// Words in a row that build, type-check or lint.
const BUILDS: [&str; 38] = [
    "tsc",
    "eslint",
    "biome",
    "prettier",
    "next build",
    "next lint",
    "vite build",
    "ng build",
    "react-scripts build",
    "webpack",
    "rollup",
    "esbuild",
    "tsup",
    "astro",
    "svelte-check",
    "ruff",
    "mypy",
    "pyright",
    "flake8",
    "pylint",
    "black",
    "isort",
    "cargo build",
    "cargo check",
    "cargo clippy",
    "cargo fmt",
    "go build",
    "go vet",
    "golangci-lint",
    "staticcheck",
    "mvn compile",
    "gradle assemble",
    "docker build",
    "buildx build",
    "compose build",
    "pre-commit",
    "manage.py check",
    "turbo build",
];

/// Actions that do the same, by a part of their names.
const TEST_ACTIONS: [&str; 2] = ["cypress-io/github-action", "action-pytest"];
const BUILD_ACTIONS: [&str; 4] =
    ["docker/build-push-action", "golangci-lint-action", "super-linter", "pre-commit/action"];

/// How far scripts that call scripts are followed.
const SCRIPTS_MAX: usize = 5;

/// All checks of all pipelines, in their order.
pub fn of(project: &Project) -> Vec<Check> {
    let workflows = &project.manifests().workflows;
    workflows.iter().flat_map(|workflow| of_workflow(project, workflow)).collect()
}

/// Does the pipeline run when something changes?
pub fn is_automatic(workflow: &Workflow) -> bool {
    let triggers = &workflow.triggers;
    triggers.is_empty() || triggers.iter().any(|event| CHANGE_EVENTS.contains(&event.as_str()))
}

fn of_workflow(project: &Project, workflow: &Workflow) -> Vec<Check> {
    let is_automatic = is_automatic(workflow);
    let folder = workflow_folder(project, workflow);
    let mut checks = Vec::new();
    for job in &workflow.jobs {
        for step in &job.steps {
            for (kind, neutralised) in of_step(project, &folder, step) {
                let neutralised = ignored(job, step).or(neutralised);
                checks.push(Check { kind, location: step.location, is_automatic, neutralised });
            }
        }
        for (_, text) in &job.with {
            let mut found = Vec::new();
            commands(project, &folder, text, SCRIPTS_MAX, &mut found);
            let location = job.location;
            checks.extend(found.into_iter().map(|(kind, neutralised)| Check {
                kind,
                location,
                is_automatic,
                neutralised,
            }));
        }
    }
    checks
}

fn workflow_folder(project: &Project, workflow: &Workflow) -> String {
    let path = &project.file(workflow.file).path;
    path.split_once(".github/").map_or("", |(folder, _)| folder).trim_end_matches('/').to_owned()
}

type Found = (CheckKind, Option<&'static str>);

fn of_step(project: &Project, folder: &str, step: &Step) -> Vec<Found> {
    let mut found = Vec::new();
    let own = step.with.iter().chain(&step.variables);
    let handed = own.clone().find(|(name, _)| name.contains("working")).map(|(_, path)| path);
    let directory = step.directory.as_ref().or(handed);
    let folder =
        directory.map_or(folder, |path| path.trim_start_matches("./").trim_end_matches('/'));
    if let Some(run) = &step.run {
        commands(project, folder, run, SCRIPTS_MAX, &mut found);
    }
    let action = step.uses.as_deref().unwrap_or_default();
    if TEST_ACTIONS.iter().any(|known| action.contains(known)) {
        found.push((CheckKind::Test, None));
    } else if BUILD_ACTIONS.iter().any(|known| action.contains(known)) {
        found.push((CheckKind::Build, None));
    }
    // An action or a shared pipeline that is handed the command.
    for (_, text) in &step.with {
        commands(project, folder, text, SCRIPTS_MAX, &mut found);
    }
    found
}

/// What the lines of a script check.
fn commands(project: &Project, folder: &str, text: &str, depth: usize, found: &mut Vec<Found>) {
    let joined = text.replace("\\\n", " ");
    let mut folder = folder.to_owned();
    for line in joined.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        let (line, neutralised) = match line.split_once("||") {
            Some((line, rest)) if is_nothing(rest) => {
                (line, Some("the result is thrown away in the same line"))
            }
            _ => (line, None),
        };
        for command in line.split(['&', ';', '|']).map(str::trim) {
            if let Some(path) = command.strip_prefix("cd ") {
                folder = joined_path(&folder, path.trim());
                continue;
            }
            let first = found.len();
            one_command(project, &folder, command, depth, found);
            for (_, own) in &mut found[first..] {
                *own = own.or(neutralised);
            }
        }
    }
}

fn is_nothing(rest: &str) -> bool {
    let rest = rest.trim();
    rest == "true" || rest == ":" || rest == "exit 0" || rest.starts_with("echo")
}

fn one_command(
    project: &Project,
    folder: &str,
    command: &str,
    depth: usize,
    found: &mut Vec<Found>,
) {
    let words: Vec<&str> =
        command.split_whitespace().map(|word| word.trim_matches(['"', '\'', '(', ')'])).collect();
    let Some(&first) = words.first() else { return };
    let installs = ["install", "add", "i", "which", "uninstall"];
    let is_silent =
        matches!(first, "echo" | "printf" | "export" | "rm" | "mkdir" | "cp" | "if" | "git");
    let is_install = words.iter().take(4).any(|word| installs.contains(word)) && first != "mvn";
    if is_silent || is_install && !first.contains("mvnw") {
        return;
    }
    let skips =
        ["-DskipTests", "-Dmaven.test.skip=true", "--no-run", "--version", "--collect-only"];
    let skips_tests = words.iter().any(|word| skips.contains(word))
        || words.windows(2).any(|pair| pair == ["-x", "test"]);
    let plain = normalised(&words);
    if TESTS.iter().any(|known| has_words(&plain, known)) && !skips_tests {
        found.push((CheckKind::Test, None));
    } else if BUILDS.iter().any(|known| has_words(&plain, known)) || skips_tests {
        found.push((CheckKind::Build, None));
    }
    if depth > 0 {
        scripts(project, folder, &words, depth - 1, found);
    }
}

/// The words without paths and wrappers: `./mvnw -B verify` is `mvn verify`.
fn normalised(words: &[&str]) -> Vec<String> {
    let plain = words.iter().filter(|word| !word.starts_with('-') || **word == "--test");
    plain
        .map(|word| {
            let name = word.rsplit('/').next().unwrap_or(word);
            match name {
                "mvnw" | "mvnw.cmd" => "mvn",
                "gradlew" | "gradlew.bat" => "gradle",
                other => other.split('@').next().unwrap_or(other),
            }
            .to_owned()
        })
        .collect()
}

/// Do the words stand there in this order? A build tool may have other tasks between them.
fn has_words(words: &[String], known: &str) -> bool {
    let mut wanted = known.split(' ');
    let Some(tool) = wanted.next() else { return false };
    let Some(start) = words.iter().position(|word| word == tool) else { return false };
    let rest = &words[start + 1..];
    let loose = matches!(tool, "mvn" | "gradle" | "turbo" | "nx");
    match wanted.next() {
        None => true,
        Some(task) if loose => rest.iter().any(|word| word.rsplit(':').next() == Some(task)),
        Some(task) => rest.first().is_some_and(|word| word == task),
    }
}

/// Follows `npm run check`, `make test`, `bash scripts/test.sh`.
fn scripts(project: &Project, folder: &str, words: &[&str], depth: usize, found: &mut Vec<Found>) {
    let plain: Vec<&str> = words.iter().copied().filter(|word| !word.starts_with('-')).collect();
    let manager = ["npm", "yarn", "pnpm", "bun"];
    if let Some(start) = plain.iter().position(|word| manager.contains(word)) {
        let rest: Vec<&str> = plain[start + 1..]
            .iter()
            .copied()
            .filter(|word| !matches!(*word, "run" | "run-script"))
            .collect();
        let directory =
            words.windows(2).find(|pair| matches!(pair[0], "--prefix" | "-C" | "--cwd" | "--dir"));
        let folder = directory.map_or(folder.to_owned(), |pair| joined_path(folder, pair[1]));
        for name in rest {
            let name = if name == "t" { "test" } else { name };
            let packages = project.manifests().packages.iter();
            let own = packages.filter(|package| {
                package.ecosystem == Ecosystem::Npm
                    && (package.folder == folder || folder.is_empty() && package.folder.is_empty())
            });
            let script =
                own.flat_map(|package| &package.scripts).find(|script| script.name == name);
            if let Some(script) = script {
                commands(project, &folder, &script.command, depth, found);
                break;
            }
        }
    }
    if let Some(start) = plain.iter().position(|word| matches!(*word, "make" | "just" | "task")) {
        for target in &plain[start + 1..] {
            if let Some(recipe) = recipe(project, folder, target) {
                commands(project, folder, &recipe, depth, found);
            }
        }
    }
    for word in plain.iter().filter(|word| word.ends_with(".sh") || word.starts_with("./")) {
        let path = joined_path(folder, word);
        let at_root = word.trim_start_matches("./");
        // Inside a container the folder is another: the ending of the path decides.
        let file = project.file_at(&path).or_else(|| project.file_at(at_root)).or_else(|| {
            let ending = format!("/{at_root}");
            let mut matching =
                project.units().filter(|(_, unit)| unit.file.path.ends_with(&ending));
            matching.next().map(|(file, _)| file)
        });
        if let Some(file) = file {
            let text = project.file(file).text.clone();
            commands(project, folder, &text, depth, found);
        }
    }
}

/// The lines below a target of a task file.
fn recipe(project: &Project, folder: &str, target: &str) -> Option<String> {
    let names = ["Makefile", "makefile", "GNUmakefile", "justfile", "Justfile"];
    let file = names.iter().find_map(|name| project.file_at(&joined_path(folder, name)))?;
    let text = &project.file(file).text;
    let mut lines = text.lines().skip_while(|line| {
        let head = line.split(':').next().unwrap_or_default();
        !line.contains(':')
            || line.starts_with(['\t', ' '])
            || !head.split_whitespace().any(|one| one == target)
    });
    let head = lines.next()?;
    let body: Vec<&str> =
        lines.take_while(|line| line.starts_with(['\t', ' ']) || line.is_empty()).collect();
    let needed = head.split_once(':').map(|(_, needed)| needed).unwrap_or_default();
    let needed = needed.split_whitespace().map(|name| format!("make {name}\n"));
    Some(
        needed.collect::<String>()
            + &body
                .iter()
                .map(|line| line.trim_start_matches(['\t', ' ', '@']))
                .collect::<Vec<_>>()
                .join("\n"),
    )
}

fn joined_path(folder: &str, path: &str) -> String {
    let mut segments: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            part => segments.push(part),
        }
    }
    segments.join("/")
}

/// May the step fail, or not run at all, without anybody noticing?
fn ignored(job: &Job, step: &Step) -> Option<&'static str> {
    let is_never = |condition: &Option<crate::facts::Text>| {
        condition.as_ref().is_some_and(|text| matches!(text.trim(), "false" | "${{ false }}"))
    };
    if job.may_fail || step.may_fail {
        Some("a failure of this step is ignored")
    } else if is_never(&job.condition) || is_never(&step.condition) {
        Some("this step never runs")
    } else {
        None
    }
}

/// Definitions of pipelines that are recognised by name and not read.
const OTHER_PIPELINES: [&str; 9] = [
    "Jenkinsfile",
    "cloudbuild.yaml",
    "cloudbuild.yml",
    "buildspec.yml",
    ".drone.yml",
    ".woodpecker.yml",
    ".buildkite/pipeline.yml",
    ".travis.yml",
    "Earthfile",
];

/// The name of a pipeline's definition that exists and is not read.
pub fn unread(project: &Project) -> Option<&'static str> {
    let exists = |name: &&&str| project.names().iter().any(|path| path == **name);
    OTHER_PIPELINES.iter().find(exists).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(command: &str) -> Vec<String> {
        normalised(&command.split_whitespace().collect::<Vec<_>>())
    }

    #[test]
    fn runners_are_found_behind_wrappers() {
        for (command, known) in [
            ("uv run pytest -q", "pytest"),
            ("./mvnw -B verify", "mvn verify"),
            ("./gradlew clean :app:test", "gradle test"),
            ("npx vitest@2 run", "vitest"),
            ("cargo +nightly test", "cargo"),
            ("node --test", "node --test"),
        ] {
            assert!(has_words(&kinds(command), known), "{command}");
        }
        assert!(!has_words(&kinds("cargo build --tests"), "cargo test"));
    }

    #[test]
    fn paths_are_joined() {
        assert_eq!(joined_path("a/b", "../c"), "a/c");
        assert_eq!(joined_path("", "./x.sh"), "x.sh");
    }
}
