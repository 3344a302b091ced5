use crate::{
    facts::Span,
    project::{
        Project,
        checks::{self, Check, CheckKind},
        manifests::Workflow,
    },
    rules::{Level, Sites, place},
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let Some(place) = place::of_project(project) else { return };
    let workflows = &project.manifests().workflows;
    if let Some(name) = checks::unread(project) {
        sites.unknown(place, "the project", format!("`{name}` is not read"));
    }
    if workflows.is_empty() && sites.is_empty() {
        let message = "no pipeline checks a change before it is merged";
        sites.level(Level::Absent, place, "the project", message);
    }
    let checks = checks::of(project);
    for workflow in workflows {
        let own = |check: &&Check| check.location.file == workflow.file;
        judge(project, workflow, &checks.iter().filter(own).collect::<Vec<_>>(), sites);
    }
}

fn judge(project: &Project, workflow: &Workflow, checks: &[&Check], sites: &mut Sites) {
    let top = project.location(workflow.file, Span::default());
    let effective =
        |kind: CheckKind| checks.iter().find(|check| check.kind == kind && check.is_effective());
    match (effective(CheckKind::Test), effective(CheckKind::Build)) {
        (Some(test), Some(_)) => {
            let fact = "tests and a build or lint run on every change";
            sites.level(Level::Exercised, test.location, "the project", fact);
        }
        (Some(test), None) => {
            sites.level(Level::Wired, test.location, "the project", "tests run on every change");
        }
        (None, Some(check)) => {
            let fact = "a build or lint runs on every change, no tests";
            sites.level(Level::Substantive, check.location, "the project", fact);
        }
        (None, None) => {
            let draft =
                sites.level(Level::Named, top, "the project", "the pipeline stops no bad change");
            let neutralised = checks.iter().find_map(|check| Some((check, check.neutralised?)));
            if !checks::is_automatic(workflow) {
                draft.because(top, "it does not run when something changes");
            } else if let Some((check, why)) = neutralised {
                draft.because(check.location, why);
            }
        }
    }
}
