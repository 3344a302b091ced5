use crate::{
    facts::Span,
    project::{
        Location, Project,
        manifests::{Job, Step, Workflow},
    },
    rules::{Level, Sites},
};

/// Definitions of pipelines that are recognised by name and not read.
const OTHER_PIPELINES: [&str; 7] = [
    "Jenkinsfile",
    "cloudbuild.yaml",
    "buildspec.yml",
    ".drone.yml",
    ".woodpecker.yml",
    ".buildkite/pipeline.yml",
    ".travis.yml",
];

/// Commands that run tests, by the words they start with.
const TEST_COMMANDS: [&str; 32] = [
    "npm test",
    "npm t",
    "npm run test",
    "yarn test",
    "yarn run test",
    "pnpm test",
    "pnpm run test",
    "bun test",
    "bun run test",
    "deno test",
    "npx vitest",
    "npx jest",
    "npx playwright test",
    "vitest",
    "jest",
    "pytest",
    "python -m pytest",
    "python -m unittest",
    "uv run pytest",
    "poetry run pytest",
    "tox",
    "nox",
    "cargo test",
    "cargo nextest",
    "go test",
    "mvn test",
    "mvn verify",
    "./mvnw verify",
    "./gradlew test",
    "./gradlew check",
    "make test",
    "just test",
];

/// Commands that build, type-check or lint, by the words they start with.
const CHECK_COMMANDS: [&str; 30] = [
    "npm run build",
    "npm run lint",
    "npm run typecheck",
    "npm run check",
    "yarn build",
    "yarn lint",
    "pnpm build",
    "pnpm lint",
    "pnpm run build",
    "pnpm run lint",
    "npx tsc",
    "tsc",
    "npx eslint",
    "eslint",
    "npx biome",
    "ruff",
    "uv run ruff",
    "mypy",
    "pyright",
    "flake8",
    "cargo build",
    "cargo check",
    "cargo clippy",
    "go build",
    "go vet",
    "golangci-lint",
    "mvn package",
    "./gradlew build",
    "make lint",
    "docker build",
];

/// Events that come with every change; without a list of events the provider runs on every push.
const CHANGE_EVENTS: [&str; 4] = ["push", "pull_request", "merge_request_event", "merge_group"];

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let Some(place) = nearest_place(project) else { return };
    let workflows = &project.manifests().workflows;
    for name in OTHER_PIPELINES {
        if project.names().iter().any(|path| path == name) {
            sites.unknown(place, "the project", format!("`{name}` is not read"));
        }
    }
    if workflows.is_empty() && sites.is_empty() {
        let message = "no pipeline checks a change before it is merged";
        sites.level(Level::Absent, place, "the project", message);
    }
    for workflow in workflows {
        judge(project, workflow, sites);
    }
}

/// Where a reader starts: a package manifest, else the first file of shipped code. None where there is
/// nothing that a pipeline could check.
fn nearest_place(project: &Project) -> Option<Location> {
    let is_shipped = |(_, unit): &(_, &crate::project::Unit)| {
        unit.file.language.is_code() && unit.file.is_shipped()
    };
    let (first, _) = project.units().find(is_shipped)?;
    let package = project.manifests().packages.first().map(|package| package.file);
    Some(project.location(package.unwrap_or(first), Span::default()))
}

fn judge(project: &Project, workflow: &Workflow, sites: &mut Sites) {
    let top = project.location(workflow.file, Span::default());
    let steps: Vec<(&Job, &Step)> = workflow
        .jobs
        .iter()
        .flat_map(|job| job.steps.iter().map(move |step| (job, step)))
        .collect();
    let runs = |(_, step): &(&Job, &Step), known: &[&str]| {
        step.run.as_ref().is_some_and(|commands| commands.lines().any(|line| starts(line, known)))
    };
    let effective = |known: &[&str]| {
        steps.iter().find(|step| runs(step, known) && !is_neutralised(step.0, step.1, known))
    };

    let is_automatic = workflow.triggers.is_empty()
        || workflow.triggers.iter().any(|event| CHANGE_EVENTS.contains(&event.as_str()));
    let (test, check) = (effective(&TEST_COMMANDS), effective(&CHECK_COMMANDS));
    match (is_automatic, test, check) {
        (true, Some((_, test)), Some(_)) => {
            let fact = "tests and a build or lint run on every change";
            sites.level(Level::Exercised, test.location, "the project", fact);
        }
        (true, Some((_, test)), None) => {
            let fact = "tests run on every change";
            sites.level(Level::Wired, test.location, "the project", fact);
        }
        (true, None, Some((_, check))) => {
            let fact = "a build or lint runs on every change, no tests";
            sites.level(Level::Substantive, check.location, "the project", fact);
        }
        _ => {
            let neutralised = steps.iter().find(|step| runs(step, &TEST_COMMANDS));
            let draft =
                sites.level(Level::Named, top, "the project", "the pipeline stops no bad change");
            if let Some((_, step)) = neutralised.filter(|_| is_automatic) {
                draft.because(step.location, "a failure of this step is ignored");
            } else if !is_automatic {
                draft.because(top, "it does not run when something changes");
            }
        }
    }
}

/// May the step fail, or not run at all, without anybody noticing?
fn is_neutralised(job: &Job, step: &Step, known: &[&str]) -> bool {
    let is_never = |condition: &Option<_>| {
        condition.as_ref().is_some_and(|text: &crate::facts::Text| {
            matches!(text.trim(), "false" | "${{ false }}")
        })
    };
    let ignores_failure = |line: &str| {
        let rest = line.split_once("||").map(|(_, rest)| rest.trim());
        rest.is_some_and(|rest| rest == "true" || rest == ":" || rest.starts_with("echo"))
    };
    let commands = step.run.as_deref().unwrap_or_default();
    job.may_fail
        || step.may_fail
        || is_never(&job.condition)
        || is_never(&step.condition)
        || commands.lines().filter(|line| starts(line, known)).all(ignores_failure)
}

/// Does one of the commands in this line start with one of these?
fn starts(line: &str, known: &[&str]) -> bool {
    line.split(['&', ';', '|']).map(str::trim).any(|command| {
        known.iter().any(|words| {
            let rest = command.strip_prefix(words);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', ':']))
        })
    })
}
