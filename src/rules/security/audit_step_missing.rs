use crate::{
    facts::Span,
    project::{
        Location, Project,
        manifests::{Job, Step},
    },
    rules::{Level, Sites},
};

/// Commands and steps that compare dependencies with known flaws, by a part of their text.
const CHECKS: [&str; 19] = [
    "npm audit",
    "pnpm audit",
    "yarn audit",
    "yarn npm audit",
    "bun audit",
    "pip-audit",
    "safety check",
    "safety scan",
    "osv-scanner",
    "govulncheck",
    "cargo audit",
    "cargo deny",
    "cargo-deny",
    "audit-check",
    "trivy",
    "grype",
    "dependency-check",
    "dependency-review",
    "snyk",
];

/// Files that have a service open a change when a dependency gets old or unsafe.
const SERVICES: [&str; 9] = [
    ".github/dependabot.yml",
    ".github/dependabot.yaml",
    "renovate.json",
    "renovate.json5",
    ".renovaterc",
    ".renovaterc.json",
    ".github/renovate.json",
    ".github/renovate.json5",
    ".gitlab/renovate.json",
];

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let Some(place) = nearest(project) else { return };
    let subject = "the project";
    sites.level(Level::Absent, place, subject, "nothing tells when a dependency has a known flaw");
    for path in SERVICES {
        if let Some(file) = project.file_at(path) {
            let at = project.location(file, Span::default());
            sites.level(Level::Wired, at, subject, "a service keeps the dependencies up to date");
        }
    }
    for workflow in &project.manifests().workflows {
        for job in &workflow.jobs {
            for step in job.steps.iter().filter(|step| is_check(step)) {
                if is_ignored(job, step) {
                    sites.level(
                        Level::Named,
                        step.location,
                        subject,
                        "a failure of the check of dependencies is ignored",
                    );
                } else {
                    sites.level(
                        Level::Exercised,
                        step.location,
                        subject,
                        "the pipeline checks the dependencies",
                    );
                }
            }
        }
    }
}

/// The first manifest that asks for packages.
fn nearest(project: &Project) -> Option<Location> {
    let mut packages = project.manifests().packages.iter();
    let package = packages.find(|package| !package.dependencies.is_empty())?;
    Some(project.location(package.file, Span::default()))
}

fn is_check(step: &Step) -> bool {
    let texts = step.run.iter().chain(&step.uses);
    let mut lines = texts.flat_map(|text| text.lines());
    lines.any(|line| {
        !line.trim_start().starts_with('#') && CHECKS.iter().any(|known| line.contains(known))
    })
}

fn is_ignored(job: &Job, step: &Step) -> bool {
    let lines = step.run.as_deref().unwrap_or_default().lines();
    let mut checks = lines.filter(|line| CHECKS.iter().any(|known| line.contains(known)));
    job.may_fail
        || step.may_fail
        || step.run.is_some()
            && checks.all(|line| line.contains("|| true") || line.contains("|| echo"))
}
